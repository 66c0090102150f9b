"""What `permissions` and indicators must be, written down a second time: loops over rows, no statement.

Of the house only what it registers is used: its commands with their offers, the rule that decides on a right, its
indicators. Which command stands on which type, which columns an offer gets, what lies at and below a node, where a
plugin is off and what is withheld are said here anew, from docs/graphql.md and the schema's own descriptions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from oracle_stats import MIN_CELL, Lazy

from yuanluo.citations import cite
from yuanluo.command import OfferContext
from yuanluo.composition import Composition, OwnedIndicator
from yuanluo.indicators import Courtyards, Measure, RowCount, Tally
from yuanluo.viewer import Viewer
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.errors import Refused

__all__ = ["HouseRules", "PlaceSeen", "about", "figure", "permissions"]

Row = Mapping[str, Any]
PLACES = ("Courtyard", "District", "Subdistrict", "Community", "Grid")


@dataclass(frozen=True, slots=True, eq=False)
class HouseRules:
    """What a composed house registers, and the moment at which it is asked."""

    composition: Composition
    now: dt.datetime

    def commands_on(self, type_name: str) -> Iterable[tuple[str, Any]]:
        """Yield plugin and command of everything that `permissions` of a type speaks of, in the house's order."""
        for name, command in self.composition.commands.items():
            if command.is_internal:
                continue
            form = self.composition.forms[name]
            places = PLACES if form.anchor is None else (form.anchor.refers,)
            listed = () if form.listed is None else (form.listed.refers,)
            if type_name in (*places, *listed):
                yield self.composition.command_owners[name], command

    def offer_on(self, type_name: str, command: Any) -> Any:
        """Return a command's offer where the rows on which it is made are of that type: places have none."""
        form = self.composition.forms[command.action.name]
        on = form.anchor or form.listed
        return command.offer if on is not None and on.refers == type_name else None


def permissions(
    rules: HouseRules,
    type_name: str,
    tenant: int,
    viewer: Viewer,
    given: Mapping[str, Any],
    seen: Callable[[str], Any],
    is_off: Callable[[str], bool],
) -> list[dict[str, Any]]:
    """Return the entries of a row at `tenant`; `seen` gives a column in JSON form as the viewer sees it."""
    wanted = given.get("actions")
    found: list[dict[str, Any]] = []
    for plugin, command in rules.commands_on(type_name):
        name = command.action.name
        if wanted is not None and name not in wanted:
            continue
        decision = rules.composition.rules.may(viewer, name, tenant)
        allowed, rule, reason = decision.allowed, decision.rule, decision.zh
        if allowed and is_off(plugin):
            allowed, rule = False, "domain 7"
            reason = f"插件“{plugin}”在该院落已停用,请先启用。"
        elif allowed and (offer := rules.offer_on(type_name, command)) is not None:
            row = {column: seen(column) for column in offer.needs}
            try:
                offer.check(row, OfferContext(viewer, tenant, rules.now))
            except Refused as refusal:
                allowed, rule, reason = False, refusal.rule or rule, refusal.zh
        head, *rest = name.replace(".", "_").split("_")
        cited = cite(rule)
        found.append(
            {
                "action": name,
                "mutation": head + "".join(part[:1].upper() + part[1:] for part in rest),
                "allowed": allowed,
                "reason": reason,
                "rule": {
                    "document": cited.document,
                    "version": cited.version,
                    "clause": cited.clause,
                    "text": cited.text,
                },
            }
        )
    return found


def about(owned: OwnedIndicator) -> dict[str, Any]:
    """Return what is told of an indicator."""
    each = owned.indicator
    names = ("name", "zh", "en", "unit", "scale", "definition", "source")
    told = {name: getattr(each, name) for name in names}
    return {**told, "plugin": owned.plugin, "dependsOnDay": each.depends_on_day}


@dataclass(frozen=True, slots=True, eq=False)
class PlaceSeen:
    """A courtyard or a node of the tree as a viewer sees it, for its indicators."""

    rows: Mapping[str, Sequence[Row]]
    below: frozenset[int]
    """The numbers of everything at and below it."""
    is_courtyard: bool
    reaches: Callable[[int], bool]
    is_off: Callable[[int, str], bool]
    holds: Callable[[Row, Any], bool]
    clear: Callable[[str, DataClass], bool]
    """Whether the viewer is cleared for a class of a body at this place."""
    shown_now: str

    def counted(self, table: str, owned: OwnedIndicator) -> list[Row]:
        """Return the rows of a table that count: below, in reach, where every plugin concerned is on."""
        return [
            row
            for row in self.rows[table]
            if row["tenant_id"] in self.below
            and self.reaches(row["tenant_id"])
            and not any(self.is_off(row["tenant_id"], plugin) for plugin in owned.plugins)
        ]

    def measure(self, measure: Measure, owned: OwnedIndicator) -> int:
        """Return what a measure comes to."""
        match measure:
            case Tally(table=table, column=column, less=less):
                rows = self.counted(table, owned)
                return sum(row[column] - (0 if less is None else row[less]) for row in rows)
            case RowCount(table=table, where=where):
                return sum(1 for row in self.counted(table, owned) if self.holds(row, where))
            case Courtyards(having=having):
                courtyards = self.counted("courtyard", owned)
                if not having:
                    return len(courtyards)
                return sum(
                    any(
                        row["tenant_id"] == courtyard["tenant_id"] and self.holds(row, each.where)
                        for each in having
                        for row in self.rows[each.table]
                    )
                    for courtyard in courtyards
                )


def figure(owned: OwnedIndicator, place: PlaceSeen) -> Lazy:
    """Return an indicator at a place."""
    each = owned.indicator
    courtyards = place.measure(Courtyards(), owned)
    numerator = place.measure(each.numerator, owned)
    denominator = None if each.denominator is None else place.measure(each.denominator, owned)
    withheld = _is_withheld(owned, place, numerator, denominator)
    is_told = courtyards > 0 and not withheld
    return Lazy(
        lambda _name: about(owned),
        name=each.name,
        value=_value(numerator, denominator, each.scale) if is_told else None,
        numerator=numerator if is_told else None,
        denominator=denominator if is_told else None,
        courtyards=courtyards,
        suppressed=courtyards > 0 and withheld,
        asOf=place.shown_now,
    )


def _is_withheld(owned: OwnedIndicator, place: PlaceSeen, numerator: int, denominator: int | None) -> bool:
    each = owned.indicator
    if each.klass is DataClass.D0 or place.clear(each.body, each.klass):
        return False
    told = [numerator] if denominator is None else [numerator, denominator, denominator - numerator]
    if any(0 < number < MIN_CELL for number in told):
        return True
    return not place.is_courtyard and not all(place.reaches(number) for number in place.below)


def _value(numerator: int, denominator: int | None, scale: int) -> float | None:
    """Return the number to two digits, half up away from zero."""
    if denominator is None:
        return float(numerator * scale)
    if denominator <= 0:
        return None
    exact = Fraction(abs(numerator) * scale * 100, denominator)
    hundredths = floor(exact + Fraction(1, 2))
    return (-hundredths if numerator < 0 else hundredths) / 100
