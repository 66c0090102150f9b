"""What a viewer may do to a row, and why not: rights, switches and the row's own state, without a query.

The statement that shows the row also brings the columns that the offers read and the plugins that are off there. The
rest is plain functions: the right (`Rules.may`), then the switch, then the command's offer. An offer that fails
otherwise than by refusing is its plugin's problem: the action is not offered, and the rest of the answer stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from yuanluo.authority import Decision
from yuanluo.citations import cite
from yuanluo.command import OfferContext, PluginOff
from yuanluo.viewer import Viewer
from yuanluo_graphql.model import Mutation, PermissionsField
from yuanluo_tenants.errors import Locale, Refused

__all__ = ["Decide", "Permits", "citation"]

Decide = Callable[[Viewer, str, int], Decision]


class OfferFailed(Refused):
    """A plugin could not say whether its command can be applied to a row."""

    code = "PLUGIN_FAILED"

    next_zh = "可直接办理,或告知管理员。"
    next_en = "Try it all the same, or tell the operator."

    @classmethod
    def of(cls, plugin: str) -> OfferFailed:
        """Return the refusal that stands in place of the one that `plugin` could not name."""
        return cls(
            f"暂时无法判断可否办理(插件 {plugin})。", f"whether it can be done cannot be told now (plugin {plugin})."
        )


@dataclass(frozen=True, slots=True)
class Permits:
    """Answers `permissions` for one viewer, moment and language."""

    decide: Decide
    viewer: Viewer
    now: dt.datetime
    locale: Locale
    failures: list[tuple[str, str, Exception]] = field(default_factory=lambda: [])
    """Plugin, offer and error of what failed since the list was last emptied."""
    successes: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Plugin and offer of what worked."""

    def of(
        self,
        asked: PermissionsField,
        tenant: int,
        row: Mapping[str, Any],
        off: Collection[str],
        actions: Collection[str] | None,
    ) -> list[dict[str, Any]]:
        """Return one entry per command of `asked`, or per one of `actions`, in the order of the schema."""
        return [
            self._entry(each, asked.on, tenant, row, off)
            for each in asked.mutations
            if actions is None or each.command.name in actions
        ]

    def _entry(
        self, mutation: Mutation, on: str, tenant: int, row: Mapping[str, Any], off: Collection[str]
    ) -> dict[str, Any]:
        decision = self.decide(self.viewer, mutation.command.name, tenant)
        allowed, rule = decision.allowed, decision.rule
        reason = decision.zh if self.locale == "zh-CN" else decision.en
        if allowed:
            refusal = self._refusal(mutation, on, tenant, row, off)
            if refusal is not None:
                allowed, rule, reason = False, refusal.rule or rule, refusal.message(self.locale)
        return {
            "action": mutation.command.name,
            "mutation": mutation.name,
            "allowed": allowed,
            "reason": reason,
            "rule": citation(rule),
        }

    def _refusal(
        self, mutation: Mutation, on: str, tenant: int, row: Mapping[str, Any], off: Collection[str]
    ) -> Refused | None:
        if mutation.plugin in off:
            return PluginOff.of(mutation.plugin)
        offer = mutation.offer_on(on)
        if offer is None:
            return None
        place = mutation.plugin, f"offer of {mutation.command.name}"
        refused: Refused | None = None
        try:
            offer.check(row, OfferContext(self.viewer, tenant, self.now))
        except Refused as refusal:
            refused = refusal
        except Exception as error:  # noqa: BLE001  # a plugin's failure is its own: reported, and not offered here
            self.failures.append((*place, error))
            return OfferFailed.of(mutation.plugin)
        self.successes.add(place)
        return refused


def citation(rule: str) -> dict[str, Any]:
    """Return a rule as the type RuleCitation shows it."""
    found = cite(rule)
    return {"document": found.document, "version": found.version, "clause": found.clause, "text": found.text}
