"""Whether what is stored is true: counters against their rows, indicators against a recount, and what plugins check.

The recount is set-based: one statement per counter table and counted table, for the whole deployment. Writes go on
meanwhile, so whatever differs is looked at again with its courtyard's head row locked; only what still differs then
is reported (and written anew, with `repair`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yuanluo.checks import Check, Finding
from yuanluo.counters import Count, Counter, conditions_of, recount, repair_counter
from yuanluo.house import House
from yuanluo.indicators import Indicator, Tally
from yuanluo.records import lock_head
from yuanluo.statements import rows
from yuanluo_tenants.database import Database
from yuanluo_tenants.scope import crossing, scoped

__all__ = ["Checked", "Found", "WrongCounter", "WrongIndicator", "check_house", "recount_all"]

_PLACE = ("community", "subdistrict", "district")
Totals = dict[str, int]
ByTenant = Mapping[int, Totals]


@dataclass(frozen=True, slots=True)
class WrongCounter:
    """A counter that is not what its rows say; `stored` is None where the courtyard has no such row."""

    tenant: int
    counter: str
    column: str
    stored: int | None
    counted: int | None


@dataclass(frozen=True, slots=True)
class WrongIndicator:
    """An indicator that, summed below a node, is not what a recount gives; numerators and denominators as pairs."""

    node: int
    name: str
    stored: tuple[int, int | None]
    counted: tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Found:
    """What a plugin's check found."""

    plugin: str
    check: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Checked:
    """What was compared, and what differed."""

    counters: int
    indicators: int
    wrong_counters: tuple[WrongCounter, ...]
    wrong_indicators: tuple[WrongIndicator, ...]
    checks: int
    found: tuple[Found, ...]
    """What nobody but a human can repair."""

    @property
    def is_right(self) -> bool:
        """Whether nothing differed."""
        return not self.wrong_counters and not self.wrong_indicators and not self.found


async def check_house(house: House, *, repair: bool = False) -> Checked:
    """Compare every counter and every indicator of a deployment with a recount; `repair` writes wrong counters anew.

    What is returned was wrong before the repair.
    """
    database, counters = house.database, house.composition.counters
    with crossing("yuanluo check"):
        nodes = {row["number"]: row for row in await rows(database, _NODES, shared=True)}
        stored = {each.table._meta.tablename: await _stored(database, each) for each in counters}
        counted = {each.table._meta.tablename: await recount_all(database, each) for each in counters}
        off = {(row["tenant_id"], row["plugin"]) for row in await rows(database, "SELECT * FROM plugin_switch")}
    wrong: list[WrongCounter] = []
    compared = 0
    for each in counters:
        name = each.table._meta.tablename
        tenants = stored[name].keys() | counted[name].keys()
        compared += len(tenants) * len(each.counts)
        for tenant in sorted(tenants):
            expected = _expected(counted[name].get(tenant), each, nodes.get(tenant))
            if stored[name].get(tenant) == expected:
                continue
            now, expected = await _again(database, each, tenant, nodes.get(tenant), repair=repair)
            if now is not None:
                stored[name][tenant] = now
            counted[name][tenant] = {column: expected[column] or 0 for column in each.counts}
            wrong += _differences(name, tenant, now, expected)
    indicators = [(each.indicator, each.plugins) for each in house.composition.indicators.values()]
    tallied = [(one, plugins) for one, plugins in indicators if all(isinstance(m, Tally) for m in one.measures)]
    below = _below(nodes)
    missed = [
        each
        for indicator, plugins in tallied
        for each in _compared(indicator, below, stored, counted, {t for t, plugin in off if plugin in plugins})
    ]
    checks = house.composition.checks
    found = [Found(plugin, check.name, each) for plugin, check in checks for each in await _found(house, plugin, check)]
    return Checked(compared, len(tallied) * len(below), tuple(wrong), tuple(missed), len(checks), tuple(found))


async def _found(house: House, plugin: str, check: Check) -> Sequence[Finding]:
    """Return what a check finds in the whole deployment and once more where no write is under way."""
    sure: list[Finding] = []
    with house.plugins.within(plugin, f"check {check.name}"):
        with crossing("yuanluo check"):
            tenants = {each.tenant for each in await check.find(house)}
        for tenant in sorted(tenants):
            with scoped(tenant):
                async with house.database.transaction():
                    await lock_head(house.database, tenant)
                    sure += await check.find(house)
    return sure


_NODES = "SELECT number, kind, district, subdistrict, community, grid FROM node"


async def _stored(database: Database, counter: Counter) -> dict[int, dict[str, int | None]]:
    columns = ", ".join(f'"{column}"' for column in (*counter.counts, *_PLACE))
    found = await rows(database, f"SELECT tenant_id, {columns} FROM {counter.table._meta.tablename}")
    return {row.pop("tenant_id"): dict(row) for row in (dict(each) for each in found)}


async def recount_all(database: Database, counter: Counter) -> dict[int, Totals]:
    """Return every column of `counter` counted anew for every tenant in scope that has any row to count."""
    by_table: dict[str, dict[str, Count]] = defaultdict(dict)
    for column, count in counter.counts.items():
        by_table[count.table][column] = count
    totals: dict[int, Totals] = defaultdict(lambda: dict.fromkeys(counter.counts, 0))
    for table, counts in by_table.items():
        args: list[Any] = []
        parts = [f'{_filtered(count, args)} AS "{column}"' for column, count in counts.items()]
        found = await rows(database, f"SELECT tenant_id, {', '.join(parts)} FROM {table} GROUP BY tenant_id", *args)
        for row in found:
            totals[row["tenant_id"]].update({column: int(row[column]) for column in counts})
    return dict(totals)


def _filtered(count: Count, args: list[Any]) -> str:
    conditions = conditions_of(count, args)
    only = f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
    return f"count(*){only}" if count.sum_of is None else f'coalesce(sum("{count.sum_of}"){only}, 0)'


def _expected(counted: Totals | None, counter: Counter, node: Mapping[str, Any] | None) -> dict[str, int | None]:
    """Return the row that a counter must have; the place is that of the tree."""
    totals = counted or dict.fromkeys(counter.counts, 0)
    return {**totals, **{level: node[level] if node is not None else None for level in _PLACE}}


async def _again(
    database: Database, counter: Counter, tenant: int, node: Mapping[str, Any] | None, *, repair: bool
) -> tuple[dict[str, int | None] | None, dict[str, int | None]]:
    """Return the stored row and what it must be, with no write of the courtyard under way."""
    with scoped(tenant):
        async with database.transaction():
            await lock_head(database, tenant)
            stored = (await _stored(database, counter)).get(tenant)
            expected = _expected(await recount(database, counter, tenant), counter, node)
            if repair and _is_wrong(stored, expected):
                await repair_counter(database, counter, tenant)
    return stored, expected


def _is_wrong(stored: Mapping[str, int | None] | None, expected: Mapping[str, int | None]) -> bool:
    """Whether a row is wrong; a missing one is right where there is nothing to count."""
    if stored is None:
        return any(value for column, value in expected.items() if column not in _PLACE)
    return dict(stored) != dict(expected)


def _differences(
    counter: str, tenant: int, stored: Mapping[str, int | None] | None, expected: Mapping[str, int | None]
) -> list[WrongCounter]:
    if not _is_wrong(stored, expected):
        return []
    return [
        WrongCounter(tenant, counter, column, stored[column] if stored is not None else None, value)
        for column, value in expected.items()
        if (stored[column] != value if stored is not None else column not in _PLACE and value)
    ]


# along the tree ---------------------------------------------------------------------------------------------------


def _below(nodes: Mapping[int, Mapping[str, Any]]) -> dict[int, list[int]]:
    """Return the nodes at and below every node of the tree."""
    below: dict[int, list[int]] = {number: [] for number in nodes}
    for number, node in nodes.items():
        for above in {number, node["district"], node["subdistrict"], node["community"], node["grid"]} - {None}:
            below[above].append(number)
    return below


def _compared(
    indicator: Indicator,
    below: Mapping[int, Sequence[int]],
    stored: Mapping[str, Mapping[int, Mapping[str, int | None]]],
    counted: Mapping[str, ByTenant],
    off: set[int],
) -> Iterable[WrongIndicator]:
    for node, tenants in below.items():
        reached = [tenant for tenant in tenants if tenant not in off]
        one, two = _pair(indicator, stored, reached), _pair(indicator, counted, reached)
        if one != two:
            yield WrongIndicator(node, indicator.name, one, two)


def _pair(
    indicator: Indicator, tables: Mapping[str, Mapping[int, Mapping[str, int | None]]], tenants: Sequence[int]
) -> tuple[int, int | None]:
    sums: list[int] = []
    for each in indicator.measures:
        assert isinstance(each, Tally)
        found = [tables[each.table].get(tenant, {}) for tenant in tenants]
        total = sum(row.get(each.column) or 0 for row in found)
        sums.append(total - (sum(row.get(each.less) or 0 for row in found) if each.less is not None else 0))
    return sums[0], sums[1] if len(sums) > 1 else None
