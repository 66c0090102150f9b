"""The council's rules as pure functions over values: C1 offices, sizes of bodies, C7 and C8 as tables, C12 limits.

The transition tables are data: a step names where it leads from and to and what must be given with it. What is not
in the table is refused with the steps that are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from yuanluo import Incompatibility, Invalid, Office, Refused, check_not_future
from yuanluo.calendar import add_days, add_workdays, is_partial_date
from yuanluo_council.tables import LIMIT, BodyKind, OpinionCategory, OpinionStatus, RegulationStatus, Satisfaction

__all__ = [
    "BODY_RULES",
    "C1",
    "HANDLING",
    "LIMIT_KEYS",
    "OPINION_STEPS",
    "REGULATION_STEPS",
    "SATISFIED",
    "BodyRule",
    "Step",
    "StepRefused",
    "TooEarly",
    "body_keys",
    "check_body",
    "check_consulted",
    "check_enforceable",
    "check_in_force_from",
    "check_limit",
    "check_order",
    "check_partial",
    "consultation_end",
    "delegates_needed",
    "due_on",
    "full_day",
    "is_closed",
    "is_overdue",
    "is_satisfied",
    "opinion_may_become",
    "opinion_step",
    "regulation_may_become",
    "regulation_step",
    "status_of_past_opinion",
]

S = TypeVar("S", bound=Enum)


# C1: offices -----------------------------------------------------------------------------------------------------

_SUPERVISOR: Final = Office(kind=BodyKind.SUPERVISORY.name)


def _not_with_supervision(office: Office, zh: str, en: str) -> Incompatibility:
    return Incompatibility(
        _SUPERVISOR, office, "domain C1", f"监委会成员不得兼任{zh}", f"a supervisor may not also be {en}"
    )


C1: Final[tuple[Incompatibility, ...]] = (
    _not_with_supervision(Office(kind=BodyKind.RESIDENT_COUNCIL.name), "院委会成员", "a member of the council"),
    _not_with_supervision(Office(role="CASHIER"), "出纳", "the cashier"),
    _not_with_supervision(Office(role="ACCOUNTANT"), "会计", "the accountant"),
    _not_with_supervision(Office(role="SIGNATORY"), "签批人", "the sole signatory"),
)
"""Supervisory × (Council | Cashier | Accountant | Signatory), `domain.md` C1."""


# bodies ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BodyRule:
    """How many seats a body has and for how long; `prefix` names its parameters in `parameters.PARAMETERS`."""

    least: int
    most: int
    odd: bool
    term_years: int
    longest_term: int
    basis: str
    prefix: str | None = None
    has_sizes: bool = False


BODY_RULES: Final[Mapping[BodyKind, BodyRule]] = MappingProxyType(
    {
        BodyKind.RESIDENT_COUNCIL: BodyRule(5, 9, True, 3, 5, "domain 3.2 [A]", "council", has_sizes=True),
        BodyKind.SUPERVISORY: BodyRule(3, 5, True, 3, 5, "domain 3.2 [A]", "supervisory", has_sizes=True),
        BodyKind.OWNERS_COMMITTEE: BodyRule(5, 11, True, 5, 5, "OAR 31-32", "owners_committee", has_sizes=True),
        BodyKind.DELIBERATIVE: BodyRule(3, 200, False, 3, 5, "domain 3.2 [A]", "deliberative"),
        BodyKind.MEDIATION: BodyRule(3, 9, False, 3, 3, "PML 8-9"),
        BodyKind.PMC: BodyRule(3, 15, True, 3, 5, "domain 10 [A]"),
    }
)
"""Bodies with seats and terms; to an owners' assembly or a forum everyone belongs."""


def body_keys(kind: BodyKind) -> tuple[str, ...]:
    """Return the keys of the parameters that bound a body of `kind`."""
    found = BODY_RULES.get(kind)
    if found is None or found.prefix is None:
        return ()
    sizes = (f"{found.prefix}.size_min", f"{found.prefix}.size_max") if found.has_sizes else ()
    return (*sizes, f"{found.prefix}.term_years")


def check_body(kind: BodyKind, seats: int | None, term_years: int | None, ruled: Mapping[str, int]) -> int | None:
    """Return the term in years of a body of `kind` with `seats`; raise Invalid naming the bound it breaks.

    `ruled` holds the values of `body_keys(kind)`; without `term_years` the ruled or usual term is taken.
    """
    found = BODY_RULES.get(kind)
    name = kind.value[0]
    if found is None:
        if seats is None and term_years is None:
            return None
        raise Invalid(
            f"{name}由全体成员组成,不设席位和任期。",
            f"{kind.name} has no seats and no term.",
            field="seats",
            code="BODY_SIZE",
            rule="domain 3.2",
        )
    least = ruled.get(f"{found.prefix}.size_min", found.least)
    most = ruled.get(f"{found.prefix}.size_max", found.most)
    if seats is None or not least <= seats <= most or (found.odd and seats % 2 == 0):
        odd_zh, odd_en = ("的单数", "an odd number ") if found.odd else ("", "")
        raise Invalid(
            f"{name}人数须为 {least} 至 {most} 人{odd_zh}。",
            f"{kind.name} needs {odd_en}from {least} to {most} seats ({found.basis}).",
            field="seats",
            code="BODY_SIZE",
            rule=found.basis,
        )
    term = ruled.get(f"{found.prefix}.term_years", found.term_years) if term_years is None else term_years
    if not 1 <= term <= found.longest_term:
        raise Invalid(
            f"{name}任期须为 1 至 {found.longest_term} 年。",
            f"a term of {kind.name} is from 1 to {found.longest_term} years ({found.basis}).",
            field="term_years",
            code="BODY_TERM",
            rule=found.basis,
        )
    return term


def delegates_needed(stairwells: int, households: int) -> int:
    """Return the least number of delegates: one per stairwell, or one per 30 households where that is fewer [A]."""
    by_households = max(1, -(-households // 30))
    return max(3, min(stairwells, by_households) if stairwells else by_households)


# steps -----------------------------------------------------------------------------------------------------------


class StepRefused(Refused):
    """A step that does not lead from where the matter stands; `rule` says which table decided."""

    code = "STEP_REFUSED"
    next_zh = "请按提示的下一步办理。"
    next_en = "Take one of the next steps that the message names."

    def __init__(self, source: Enum, target: Enum, allowed: Iterable[Enum], rule: str) -> None:
        names = list(allowed)
        zh = "、".join(each.value[0] for each in names) or "无"
        en = ", ".join(each.name for each in names) or "nothing"
        super().__init__(
            f"当前为“{source.value[0]}”,不能转为“{target.value[0]}”;下一步可为:{zh}。",
            f"{source.name} cannot become {target.name}; the next step is {en} ({rule}).",
        )
        self.rule = rule


class TooEarly(Refused):
    """A step whose first day has not come; `first_day` says when it may be taken."""

    code = "TOO_EARLY"
    next_zh = "请在提示的日期之后办理。"
    next_en = "Do it on the day that the message names, or later."

    def __init__(self, first_day: dt.date, rule: str, zh: str, en: str) -> None:
        super().__init__(f"{zh},{first_day} 起方可办理。", f"{en}; it may be done from {first_day} on.")
        self.first_day = first_day
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """One step of a state machine and the fields that must be given with it."""

    source: S
    target: S
    needs: tuple[str, ...] = ()


def _leads(steps: tuple[Step[S], ...], source: S, target: S, rule: str) -> Step[S]:
    from_here = [each for each in steps if each.source is source]
    found = next((each for each in from_here if each.target is target), None)
    if found is None:
        raise StepRefused(source, target, [each.target for each in from_here], rule)
    return found


def _step(
    steps: tuple[Step[S], ...], source: S, target: S, given: Mapping[str, object], rule: str, labels: Mapping[str, str]
) -> Step[S]:
    found = _leads(steps, source, target, rule)
    for name in found.needs:
        if given.get(name) in (None, ""):
            raise Invalid(
                f"转为“{target.value[0]}”须填写{labels.get(name, name)}。",
                f"to become {target.name} it needs {name} ({rule}).",
                field=name,
                code="REASON_REQUIRED",
                rule=rule,
            )
    return found


# C7: opinions ----------------------------------------------------------------------------------------------------

HANDLING: Final = (OpinionStatus.ANSWERED, OpinionStatus.REFERRED, OpinionStatus.MERGED, OpinionStatus.PROPOSED)
"""The four ways in which a triaged opinion is handled."""

OPINION_STEPS: Final[tuple[Step[OpinionStatus], ...]] = (
    Step(OpinionStatus.COLLECTED, OpinionStatus.TRIAGED, ("assignee", "limit_workdays")),
    Step(OpinionStatus.TRIAGED, OpinionStatus.ANSWERED, ("reason",)),
    Step(OpinionStatus.TRIAGED, OpinionStatus.REFERRED, ("reason",)),
    Step(OpinionStatus.TRIAGED, OpinionStatus.MERGED, ("reason", "merged_into")),
    Step(OpinionStatus.TRIAGED, OpinionStatus.PROPOSED, ("reason",)),
    *(Step(each, OpinionStatus.CLOSED, ("result",)) for each in HANDLING),
    Step(OpinionStatus.CLOSED, OpinionStatus.RATED, ("satisfaction",)),
)
"""COLLECTED → TRIAGED → (ANSWERED | REFERRED | MERGED | PROPOSED) → CLOSED → RATED (`domain.md` C7)."""

_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "assignee": "责任人",
        "limit_workdays": "办理时限",
        "reason": "办理说明",
        "merged_into": "并入的民情",
        "result": "办理结果",
        "satisfaction": "满意度",
        "consult_from": "征求意见起始日",
        "resolution": "决议",
        "effective_on": "生效日期",
    }
)


def opinion_step(source: OpinionStatus, target: OpinionStatus, given: Mapping[str, object]) -> Step[OpinionStatus]:
    """Return the step from `source` to `target`; raise StepRefused, or Invalid for a reason that is missing (C7)."""
    return _step(OPINION_STEPS, source, target, given, "domain C7", _LABELS)


def opinion_may_become(source: OpinionStatus, target: OpinionStatus) -> None:
    """Raise StepRefused unless an opinion goes from `source` to `target`, whatever must be given with it (C7)."""
    _leads(OPINION_STEPS, source, target, "domain C7")


SATISFIED: Final = (Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED)
"""What counts as satisfied: 满意率 = SATISFIED+ / rated (C12)."""


def is_satisfied(satisfaction: Satisfaction | None) -> bool:
    """Whether a rating counts as satisfied."""
    return satisfaction in SATISFIED


def is_closed(status: OpinionStatus) -> bool:
    """Whether nothing is left to be done but, perhaps, to rate."""
    return status in (OpinionStatus.CLOSED, OpinionStatus.RATED)


def status_of_past_opinion(
    *, is_assigned: bool, closed_on: str | None, satisfaction: Satisfaction | None
) -> OpinionStatus:
    """Return where an opinion stands that is taken over from a paper ledger, by what its row says."""
    if closed_on is not None:
        return OpinionStatus.CLOSED if satisfaction is None else OpinionStatus.RATED
    return OpinionStatus.TRIAGED if is_assigned else OpinionStatus.COLLECTED


# C12: limits -----------------------------------------------------------------------------------------------------

LIMIT_KEYS: Final[Mapping[OpinionCategory, str]] = MappingProxyType(
    {
        OpinionCategory.FACILITY: "hotline.limits.request",
        OpinionCategory.NEIGHBOUR_DISPUTE: "hotline.limits.complaint",
        OpinionCategory.ENVIRONMENT: "hotline.limits.request",
        OpinionCategory.SECURITY: "hotline.limits.complaint",
        OpinionCategory.PROPERTY_SERVICE: "hotline.limits.complaint",
        OpinionCategory.SUGGESTION: "hotline.limits.request",
        OpinionCategory.OTHER: "hotline.limits.request",
    }
)
"""Which limit a category takes unless triage says otherwise: request 7, complaint 15 working days (C12 [A])."""


def check_limit(limit_workdays: int | None) -> None:
    """Raise Invalid unless a limit may be set or be taken over from a ledger: from 1 to 60 working days [A]."""
    if limit_workdays is not None and not LIMIT.least <= limit_workdays <= LIMIT.most:
        raise Invalid(
            f"办理时限须为 {LIMIT.least} 至 {LIMIT.most} 个工作日。",
            f"a limit is from {LIMIT.least} to {LIMIT.most} working days.",
            field="limit_workdays",
            code="LIMIT_BOUND",
            rule=LIMIT.rule,
        )


def due_on(received_on: dt.date | None, limit_workdays: int | None) -> dt.date | None:
    """Return the last day of a limit in working days; the clock starts on the next working day (C12, 民法典 201).

    None where the limit, or the day of receipt, is not known.
    """
    if received_on is None or limit_workdays is None:
        return None
    return add_workdays(received_on, limit_workdays)


def is_overdue(due: dt.date | None, closed_on: str | None, today: dt.date) -> bool:
    """Whether the limit was, or by now is, exceeded; on the last day it is not.

    A case closed on a day that is not fully known counts as overdue only where even its first possible day is late.
    """
    if due is None:
        return False
    return today > due if closed_on is None else closed_on > due.isoformat()[: len(closed_on)]


def full_day(partial: str | None) -> dt.date | None:
    """Return the day that `partial` says, or None where it is not known to the day."""
    return dt.date.fromisoformat(partial) if partial is not None and len(partial) == len("2026-11-22") else None


def check_partial(partial: str | None, field: str, today: dt.date | None = None) -> None:
    """Raise Invalid unless `partial` is a real date, known to the year, month or day, and not after `today` (N7)."""
    if partial is None:
        return
    if not is_partial_date(partial):
        raise Invalid(
            f"日期 {partial} 无效。", f"{partial!r} is not a date.", field=field, code="PARTIAL_DATE", rule="domain C7"
        )
    if today is not None:
        check_not_future(partial, today, field, rule="domain C7")


def check_order(received_on: str | None, closed_on: str | None) -> None:
    """Raise Invalid where an opinion is closed before it came in, at the coarser of both precisions (N7, N14)."""
    if received_on is None or closed_on is None:
        return
    known = min(len(received_on), len(closed_on))
    if closed_on[:known] < received_on[:known]:
        raise Invalid(
            "办结日期早于收集日期。",
            "an opinion cannot be closed before it was received.",
            field="closed_on",
            code="DATE_ORDER",
            rule="domain C7",
        )


# C8: regulations -------------------------------------------------------------------------------------------------

REGULATION_STEPS: Final[tuple[Step[RegulationStatus], ...]] = (
    Step(RegulationStatus.DRAFT, RegulationStatus.CONSULTING, ("consult_from",)),
    Step(RegulationStatus.CONSULTING, RegulationStatus.ADOPTED, ("resolution", "effective_on")),
    Step(RegulationStatus.ADOPTED, RegulationStatus.EFFECTIVE),
    Step(RegulationStatus.EFFECTIVE, RegulationStatus.SUPERSEDED),
)
"""DRAFT → CONSULTING → ADOPTED → EFFECTIVE → SUPERSEDED (`domain.md` C8)."""


def regulation_step(
    source: RegulationStatus, target: RegulationStatus, given: Mapping[str, object]
) -> Step[RegulationStatus]:
    """Return the step of a version from `source` to `target`; raise StepRefused or Invalid (C8)."""
    return _step(REGULATION_STEPS, source, target, given, "domain C8", _LABELS)


def regulation_may_become(source: RegulationStatus, target: RegulationStatus) -> None:
    """Raise StepRefused unless a version goes from `source` to `target`, whatever must be given with it (C8)."""
    _leads(REGULATION_STEPS, source, target, "domain C8")


def check_consulted(adopted_on: dt.date, consult_until: dt.date) -> None:
    """Raise TooEarly unless the consultation was over on the day before adoption (C8)."""
    if adopted_on <= consult_until:
        raise TooEarly(
            consult_until + dt.timedelta(days=1),
            "domain C8 regulation.consult_days",
            "征求意见期未满",
            "the consultation is not over",
        )


def check_enforceable(effective_on: dt.date, today: dt.date) -> None:
    """Raise TooEarly before the first day of an adopted version (C8)."""
    if effective_on > today:
        raise TooEarly(effective_on, "domain C8", "尚未到生效日期", "its first day has not come")


def consultation_end(consult_from: dt.date, days: int) -> dt.date:
    """Return the last day of a consultation; adoption may follow on the day after (C8, 民法典 201, 203)."""
    return add_days(consult_from, days)


def check_in_force_from(effective_on: dt.date, adopted_on: dt.date, predecessor_from: dt.date | None) -> None:
    """Raise Invalid unless a version may be in force from then on: not before adoption, after its predecessor."""
    if effective_on < adopted_on:
        raise Invalid(
            "生效日期不得早于通过日期。",
            "a version is not in force before it is adopted (domain C8).",
            field="effective_on",
            code="DATE_ORDER",
            rule="domain C8",
        )
    if predecessor_from is not None and effective_on <= predecessor_from:
        raise Invalid(
            f"生效日期须晚于现行版本的生效日期 {predecessor_from}。",
            f"it must be in force later than the version before it, {predecessor_from} (domain C8).",
            field="effective_on",
            code="DATE_ORDER",
            rule="domain C8",
        )
