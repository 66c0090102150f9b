"""Numbers that regulations set for the workflows, with their defaults and bounds (`domain.md` §8).

A workflow asks `rule(database, tenant, key, day)` and gets what the version in force on that day says, or the
default. A courtyard may tighten a number, never cross its bound; the basis says where default and bound come from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from yuanluo import Database, Invalid, rows
from yuanluo_council.tables import RegulationKind, RegulationStatus

__all__ = [
    "PARAMETERS",
    "DatedVersion",
    "Parameter",
    "Ruling",
    "check_clause",
    "check_clauses",
    "in_force",
    "rule",
    "ruling",
    "rulings",
]

_MEETINGS: Final = RegulationKind.MEETING_PROCEDURE
_DISCLOSURE: Final = RegulationKind.AFFAIRS_DISCLOSURE
_DUTIES: Final = RegulationKind.DUTY_LISTS
_FINANCE: Final = RegulationKind.FINANCE_RULES
_REPORTS: Final = RegulationKind.REPORTING_TO_BRANCH


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that one kind of regulation may set between two bounds, both inclusive."""

    key: str
    kind: RegulationKind
    default: int
    least: int
    most: int
    unit: str
    basis: str
    zh: str
    en: str


_ALL: Final = (
    Parameter(
        "regulation.consult_days", _MEETINGS, 7, 7, 90, "days", "[A]", "制度征求意见天数", "days of consultation"
    ),
    Parameter(
        "vote.notice_days", _MEETINGS, 15, 15, 90, "days", "PMR 14", "业主大会提前通知天数", "notice before a vote"
    ),
    Parameter("publicity.days", _DISCLOSURE, 7, 3, 90, "days", "[A]; Qingdao 92", "公示天数", "days of publicity"),
    Parameter(
        "decision.publish_days_after",
        _DISCLOSURE,
        3,
        1,
        3,
        "days",
        "BJ 37, OAR 39",
        "决定公布期限",
        "publish a decision in",
    ),
    Parameter(
        "candidate.post_days", _MEETINGS, 7, 7, 90, "days", "[A]", "候选人公示天数", "days candidates are posted"
    ),
    Parameter("council.size_min", _MEETINGS, 5, 3, 15, "seats", "[A]", "院委会最少人数", "least size of the council"),
    Parameter(
        "council.size_max", _MEETINGS, 9, 3, 15, "seats", "[A]", "院委会最多人数", "greatest size of the council"
    ),
    Parameter("council.term_years", _MEETINGS, 3, 1, 5, "years", "[A]", "院委会任期", "term of the council"),
    Parameter(
        "supervisory.size_min", _MEETINGS, 3, 3, 9, "seats", "[A]", "监委会最少人数", "least size of the supervisors"
    ),
    Parameter(
        "supervisory.size_max", _MEETINGS, 5, 3, 9, "seats", "[A]", "监委会最多人数", "greatest size of the supervisors"
    ),
    Parameter("supervisory.term_years", _MEETINGS, 3, 1, 5, "years", "[A]", "监委会任期", "term of the supervisors"),
    Parameter("deliberative.term_years", _MEETINGS, 3, 1, 5, "years", "[A]", "议事会任期", "term of the delegates"),
    Parameter("owners_committee.size_min", _MEETINGS, 5, 5, 11, "seats", "OAR 31", "业委会最少人数", "least size"),
    Parameter("owners_committee.size_max", _MEETINGS, 11, 5, 11, "seats", "OAR 31", "业委会最多人数", "greatest size"),
    Parameter("owners_committee.term_years", _MEETINGS, 5, 1, 5, "years", "OAR 32", "业委会任期", "term"),
    Parameter(
        "report.min_per_year", _REPORTS, 3, 3, 12, "reports", "[S]", "每年报告次数", "reports to the branch a year"
    ),
    Parameter(
        "hotline.limits.enquiry", _DUTIES, 3, 1, 3, "working days", "Sichuan 2026", "咨询类时限", "limit of enquiries"
    ),
    Parameter(
        "hotline.limits.request",
        _DUTIES,
        7,
        1,
        7,
        "working days",
        "Sichuan 2026",
        "求助建议类时限",
        "limit of requests",
    ),
    Parameter(
        "hotline.limits.complaint",
        _DUTIES,
        15,
        1,
        15,
        "working days",
        "Sichuan 2026",
        "投诉举报类时限",
        "limit of complaints",
    ),
    Parameter(
        "finance.council_from", _FINANCE, 50_000, 0, 2_000_000, "fen", "[A]", "院委会审议起点", "council decides from"
    ),
    Parameter("finance.major_from", _FINANCE, 500_000, 0, 2_000_000, "fen", "[A]", "重大支出起点", "major from"),
    Parameter(
        "finance.offbudget_major_from",
        _FINANCE,
        200_000,
        0,
        2_000_000,
        "fen",
        "[A]",
        "预算外重大起点",
        "off budget from",
    ),
    Parameter(
        "finance.assembly_from",
        _FINANCE,
        2_000_000,
        0,
        100_000_000,
        "fen",
        "[A]",
        "议事会决议起点",
        "assembly decides from",
    ),
    Parameter("finance.split_window_days", _FINANCE, 30, 30, 365, "days", "[A]", "拆分合并天数", "days summed as one"),
    Parameter("finance.cash_limit_fen", _FINANCE, 100_000, 0, 10_000_000, "fen", "[A]", "库存现金限额", "cash on hand"),
    Parameter("finance.deposit_days", _FINANCE, 3, 1, 30, "days", "[A]", "缴存天数", "days until deposit"),
    Parameter(
        "finance.publish_day", _FINANCE, 10, 1, 30, "day of month", "[A]; BJ 84", "账目公布日", "day of publication"
    ),
)

PARAMETERS: Final[Mapping[str, Parameter]] = MappingProxyType({each.key: each for each in _ALL})
"""Every parameter by key."""


@dataclass(frozen=True, slots=True)
class DatedVersion:
    """A version as the question "what held on that day" sees it; `clauses` are what it sets."""

    title: str
    version: int
    status: RegulationStatus
    effective_on: dt.date | None
    superseded_on: dt.date | None
    clauses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a parameter is on a day, and the rule that says so: a version and its clause, or the default's basis."""

    key: str
    value: int
    rule: str


def check_clause(kind: RegulationKind, key: str, value: int) -> None:
    """Raise Invalid unless a regulation of `kind` may set `key` to `value` (`domain.md` §8)."""
    parameter = PARAMETERS.get(key)
    if parameter is None or parameter.kind is not kind:
        owner = parameter.kind.value[0] if parameter else None
        raise Invalid(
            f"参数 {key} 应由“{owner}”规定。" if owner else f"没有参数 {key}。",
            f"{key!r} is set by {parameter.kind.name}." if parameter else f"there is no parameter {key!r}.",
            field="clauses",
            code="PARAMETER_UNKNOWN",
            rule="domain 8",
        )
    if not parameter.least <= value <= parameter.most:
        raise Invalid(
            f"{parameter.zh}须在 {parameter.least} 至 {parameter.most} 之间,不能定为 {value}。",
            f"{key} must lie between {parameter.least} and {parameter.most} ({parameter.basis}), not be {value}.",
            field="clauses",
            code="PARAMETER_OUT_OF_BOUNDS",
            rule=f"domain 8: {parameter.basis}",
        )


def check_clauses(kind: RegulationKind, clauses: Sequence[tuple[str, int]]) -> None:
    """Raise Invalid unless a version of `kind` may set all of `clauses`: known, within bounds, each once, min ≤ max."""
    given = dict(clauses)
    for key, value in clauses:
        check_clause(kind, key, value)
    if len(given) != len(clauses):
        raise Invalid(
            "同一参数只能规定一次。",
            "each parameter is set once.",
            field="clauses",
            code="PARAMETER_TWICE",
            rule="domain 8",
        )
    for key, value in clauses:
        if key.endswith("_min"):
            upper = key.removesuffix("_min") + "_max"
            _check_span(key, value, upper, given.get(upper, PARAMETERS[upper].default))
        elif key.endswith("_max"):
            lower = key.removesuffix("_max") + "_min"
            _check_span(lower, given.get(lower, PARAMETERS[lower].default), key, value)


def _check_span(lower: str, least: int, upper: str, most: int) -> None:
    if least > most:
        raise Invalid(
            f"{PARAMETERS[lower].zh}({least})不得大于{PARAMETERS[upper].zh}({most})。",
            f"{lower} ({least}) must not be greater than {upper} ({most}).",
            field="clauses",
            code="PARAMETER_OUT_OF_BOUNDS",
            rule="domain 8",
        )


def in_force(versions: Sequence[DatedVersion], day: dt.date) -> DatedVersion | None:
    """Return the version in force on `day`, or None: from its first day to the day before its successor's (C8)."""
    candidates = [
        each
        for each in versions
        if each.status in (RegulationStatus.EFFECTIVE, RegulationStatus.SUPERSEDED)
        and each.effective_on is not None
        and each.effective_on <= day
        and (each.superseded_on is None or day < each.superseded_on)
    ]
    return max(candidates, key=lambda each: each.version, default=None)


def ruling(key: str, versions: Sequence[DatedVersion], day: dt.date) -> Ruling:
    """Return what `key` is on `day` under `versions` of the regulation that sets it."""
    parameter = PARAMETERS[key]
    version = in_force(versions, day)
    if version is None or key not in version.clauses:
        return Ruling(key, parameter.default, f"domain 8 {key} {parameter.basis}")
    return Ruling(key, version.clauses[key], f"{version.title} v{version.version} {key}")


async def rule(database: Database, tenant: int, key: str, day: dt.date) -> Ruling:
    """Return what the regulation in force at `tenant` on `day` says of `key`; the scope must be open.

    Raise KeyError for a key that is not in `PARAMETERS`.
    """
    return (await rulings(database, tenant, [key], day))[key]


async def rulings(database: Database, tenant: int, keys: Sequence[str], day: dt.date) -> dict[str, Ruling]:
    """Return the rulings of several keys, read in one statement."""
    wanted = {key: PARAMETERS[key] for key in keys}
    found = await rows(
        database,
        "SELECT r.kind, r.title, v.id, v.version, v.status, v.effective_on, v.superseded_on, c.key, c.value"
        " FROM regulation_version v"
        " JOIN regulation r ON r.tenant_id = v.tenant_id AND r.id = v.regulation_id"
        " LEFT JOIN regulation_clause c ON c.tenant_id = v.tenant_id AND c.version_id = v.id"
        " WHERE v.tenant_id = $1 AND v.effective_on <= $2",
        tenant,
        day,
    )
    clauses: dict[str, dict[str, int]] = {}
    versions: dict[str, dict[str, DatedVersion]] = {}
    for row in found:
        row_id = str(row["id"])
        set_here = clauses.setdefault(row_id, {})
        if row["key"] is not None:
            set_here[row["key"]] = row["value"]
        versions.setdefault(row["kind"], {})[row_id] = DatedVersion(
            row["title"],
            row["version"],
            RegulationStatus[row["status"]],
            row["effective_on"],
            row["superseded_on"],
            set_here,
        )
    return {
        key: ruling(key, list(versions.get(parameter.kind.name, {}).values()), day) for key, parameter in wanted.items()
    }
