"""The numbers behind the rules: keys, defaults, bounds and sources (`domain.md` §8), and what a node set instead.

A node may set a parameter within its bounds from a day on; it holds for the node and all below, and the nearest node
decides. What the sources fix has equal bounds. Core's regulations register will hold these one day; until then
`party_parameter` does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from yuanluo import CommandContext, Invalid, Node, NotFound, Outcome, check_not_far, many, rows, scoped
from yuanluo_party.rules import Thresholds
from yuanluo_party.tables import PartyParameter

__all__ = [
    "PARAMETERS",
    "Parameter",
    "SetPartyParameter",
    "SetValue",
    "in_force",
    "load_thresholds",
    "set_parameters",
    "thresholds_of",
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number: its default, the bounds nobody may cross, its source and how sure that is ([L] [W] [M] [A])."""

    key: str
    default: int
    low: int
    high: int
    basis: str
    zh: str
    en: str

    @property
    def is_fixed(self) -> bool:
        """Whether nobody may set another value."""
        return self.low == self.high


def _fixed(key: str, value: int, basis: str, zh: str, en: str) -> Parameter:
    return Parameter(key, value, value, value, basis, zh, en)


PARAMETERS: Final[Mapping[str, Parameter]] = MappingProxyType(
    {
        each.key: each
        for each in (
            _fixed("branch.min_full", 3, "PBR 4 [W]", "单独成立党支部的正式党员数", "full members of a branch"),
            _fixed(
                "branch.committee_from", 7, "PBR 20 [W]", "设支委会的正式党员数", "full members electing a committee"
            ),
            _fixed("branch.max", 50, "PBR 4 [W]", "党支部党员数上限(一般)", "members of a branch, normally"),
            _fixed(
                "branch.joint_max_units",
                5,
                "PBR 4 [W]",
                "联合党支部覆盖单位数(一般)",
                "units of a joint branch",
            ),
            _fixed("general_branch.from", 50, "R4 [W]", "成立党总支的正式党员数", "full members of a general branch"),
            _fixed("party_committee.from", 100, "R4 [W]", "成立党委的正式党员数", "full members of a party committee"),
            Parameter("branch.term_years", 3, 3, 5, "PBR 21 [W]", "院落党支部任期(年)", "term of a branch"),
            Parameter(
                "community.term_years",
                5,
                3,
                5,
                "PBR 21 [W]",
                "社区党组织任期(年)",
                "term of a community committee",
            ),
            Parameter("committee.low", 3, 3, 7, "PBR 20 [W]", "支委会人数下限", "fewest members of a branch committee"),
            Parameter(
                "committee.high",
                5,
                3,
                7,
                "PBR 20 [W]",
                "支委会人数上限(一般)",
                "size of a committee, normally",
            ),
            _fixed("committee.max", 7, "PBR 20 [W]", "支委会人数上限", "most members of a branch committee"),
            _fixed("joining.age", 18, "R16, 党章 1", "入党年龄", "age of joining"),
            Parameter("joining.probation_years", 1, 1, 2, "R16 [M]", "预备期(年)", "probation in years"),
        )
    }
)
"""Every parameter of the plugin by key."""


@dataclass(frozen=True, slots=True)
class SetValue:
    """A value that a node set, `depth` steps above the asking node (0 = itself)."""

    key: str
    value: int
    effective_on: dt.date
    depth: int = 0


def in_force(values: Iterable[SetValue], day: dt.date) -> dict[str, int]:
    """Return every parameter as in force on `day`: the nearest node's latest value, else the default.

    A stored value outside the bounds (they may have been narrowed since) counts as the nearer bound.
    """
    chosen: dict[str, SetValue] = {}
    for each in values:
        if each.key not in PARAMETERS or each.effective_on > day:
            continue
        known = chosen.get(each.key)
        if known is None or (each.depth, -each.effective_on.toordinal()) < (
            known.depth,
            -known.effective_on.toordinal(),
        ):
            chosen[each.key] = each
    found = {key: parameter.default for key, parameter in PARAMETERS.items()}
    for key, each in chosen.items():
        found[key] = min(max(each.value, PARAMETERS[key].low), PARAMETERS[key].high)
    return found


def thresholds_of(values: Mapping[str, int]) -> Thresholds:
    """Return the numbers of the rules from parameters in force."""
    return Thresholds(
        min_full=values["branch.min_full"],
        committee_from=values["branch.committee_from"],
        max_members=values["branch.max"],
        joint_max_units=values["branch.joint_max_units"],
        general_branch_from=values["general_branch.from"],
        party_committee_from=values["party_committee.from"],
        term_years=values["branch.term_years"],
        committee_term_years=values["community.term_years"],
        committee_low=values["committee.low"],
        committee_high=values["committee.high"],
        committee_max=values["committee.max"],
        joining_age=values["joining.age"],
        probation_years=values["joining.probation_years"],
    )


async def load_thresholds(context: CommandContext, day: dt.date | None = None) -> Thresholds:
    """Return the numbers in force at the node of `context` on `day`, today unless said otherwise."""
    lineage = await _lineage(context)
    with scoped(*lineage):
        found = await rows(
            context.database,
            f"SELECT tenant_id, key, value, effective_on FROM party_parameter WHERE tenant_id IN ({many(lineage)})",
            *lineage,
        )
    depth = {number: index for index, number in enumerate(lineage)}
    values = [SetValue(row["key"], row["value"], row["effective_on"], depth[row["tenant_id"]]) for row in found]
    return thresholds_of(in_force(values, day or context.today))


async def _lineage(context: CommandContext) -> list[int]:
    """Return the numbers of the node and of those above it, the nearest first."""
    node = await Node.objects().get(Node.number == context.tenant)
    if node is None:
        raise NotFound("没有找到该节点。", "there is no such node.")
    above = (node.number, node.grid, node.community, node.subdistrict, node.district)
    return list(dict.fromkeys(number for number in above if number))


@dataclass(frozen=True, slots=True)
class SetPartyParameter:
    """A value to be in force at the node, and below it, from a day on."""

    key: str
    value: int
    effective_on: dt.date
    basis: str
    """The document that sets it."""


async def set_parameters(context: CommandContext, wanted: Sequence[SetPartyParameter]) -> Sequence[Outcome]:
    """Set parameters within their bounds, from today or later: what was in force stays as it was."""
    for each in wanted:
        parameter = PARAMETERS.get(each.key)
        if parameter is None:
            raise Invalid(
                f"没有参数 {each.key}。",
                f"there is no parameter {each.key!r}.",
                field="key",
                code="PARAMETER_UNKNOWN",
                rule="domain 8",
            )
        if not parameter.low <= each.value <= parameter.high:
            raise Invalid(
                f"{parameter.zh}须在 {parameter.low} 至 {parameter.high} 之间。",
                f"{each.key} must be between {parameter.low} and {parameter.high} ({parameter.basis}).",
                field="value",
                code="PARAMETER_BOUND",
                rule=parameter.basis,
            )
        if each.effective_on < context.today:
            raise Invalid(
                "生效日期不能早于今天。",
                "a parameter cannot take effect in the past.",
                field="effective_on",
                code="DATE_PAST",
                rule="domain 8",
            )
        check_not_far(each.effective_on, context.today, "effective_on", rule="domain 8")
        if not each.basis.strip():
            raise Invalid(
                "须注明依据文件。", "name the document that sets it.", field="basis", code="REQUIRED", rule="domain 8"
            )
    new = [
        {"key": each.key, "value": each.value, "effective_on": each.effective_on, "basis": each.basis.strip()}
        for each in wanted
    ]
    ids = await context.insert(PartyParameter, new)
    return [Outcome(row_id, row) for row_id, row in zip(ids, new, strict=True)]
