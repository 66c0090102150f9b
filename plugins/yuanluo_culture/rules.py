"""The rules of activities and volunteering: plain functions of values, no database.

Sources: `domain.md` §3.4; 志愿服务条例 (VOL). What the product itself set ([A]) stands in `CultureParameters`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final, TypeVar

from yuanluo import Invalid, Refused, check_moment_not_future, day_in_shanghai
from yuanluo.clock import SHANGHAI
from yuanluo_culture.terms import ACTIVITY_RULE, ActivityStatus, SignupState

__all__ = [
    "DEFAULTS",
    "TRANSITIONS",
    "Anchor",
    "CultureParameters",
    "RuleRefused",
    "Step",
    "Times",
    "admit",
    "aware",
    "check_check_in",
    "check_check_in_open",
    "check_given_back",
    "check_revisable",
    "check_services",
    "check_sign_up",
    "check_times",
    "coins",
    "is_revisable",
    "minutes_between",
    "minutes_by_day",
    "promoted",
    "step",
]

SERVICE_RULE: Final = "domain 3.4 VolunteerService; 志愿服务条例 19"

T = TypeVar("T")


class RuleRefused(Refused):
    """A rule of the culture module refused; `rule` is its source, `stable_code` says which."""

    code = "CULTURE_RULE"
    rule = "domain 3.4"
    next_zh = "请按提示的状态或时间办理。"
    next_en = "Act in the state or at the time that the message names."

    def __init__(self, code: str, zh: str, en: str, *, rule: str) -> None:
        super().__init__(f"{zh}({rule})", f"{en} ({rule})", code=code)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class CultureParameters:
    """What a courtyard may set otherwise; the values are product defaults ([A]), not law."""

    check_in_opens: int = 60
    """Minutes before the start at which check-in opens."""
    volunteer_minutes_per_day: int = 12 * 60
    """Most minutes that one person may serve on one day."""
    minutes_per_coin: int = 60
    """Minutes that make one coin of the time bank."""


DEFAULTS: Final = CultureParameters()
"""The parameters where nothing else was set."""


@dataclass(frozen=True, slots=True)
class Times:
    """When an activity starts and ends."""

    starts_at: dt.datetime
    ends_at: dt.datetime


def check_times(times: Times, budget_fen: int = 0, capacity: int | None = None) -> None:
    """Refuse an activity that ends before it starts, costs less than nothing or has no place."""
    if aware(times.ends_at, "ends_at") <= aware(times.starts_at, "starts_at"):
        raise Invalid(
            "活动结束须晚于开始。",
            "an activity ends after it starts.",
            field="ends_at",
            code="DATE_ORDER",
            rule=ACTIVITY_RULE,
        )
    if budget_fen < 0:
        raise Invalid(
            "预算不能为负。",
            "a budget cannot be negative.",
            field="budget_fen",
            code="OUT_OF_RANGE",
            rule=ACTIVITY_RULE,
        )
    if capacity is not None and capacity < 1:
        raise Invalid(
            "名额至少为 1;不限名额请留空。",
            "give at least one place, or none for no limit.",
            field="capacity",
            code="OUT_OF_RANGE",
            rule=ACTIVITY_RULE,
        )


def aware(moment: dt.datetime, name: str) -> dt.datetime:
    """Return `moment` in UTC; refuse one that does not say its offset, `name` being the field it came in."""
    if moment.tzinfo is None:
        raise Invalid(
            "时间须带时区。",
            "a moment needs its offset from UTC.",
            field=name,
            code="MOMENT_OFFSET",
            rule=ACTIVITY_RULE,
        )
    return moment.astimezone(dt.UTC)


# the life of an activity ----------------------------------------------------------------------------------------


class Anchor(Enum):
    """A moment in the life of an activity before which a step is too early."""

    CHECK_IN = ("签到开始", "check-in opens")
    START = ("活动开始", "the activity starts")


@dataclass(frozen=True, slots=True)
class Step:
    """What a step from one status to the next needs: a right, and a moment to be reached."""

    right: str
    not_before: Anchor | None = None


_S = ActivityStatus
_ADVANCE: Final = Step("activity.advance")
_CANCEL: Final = Step("activity.cancel")

TRANSITIONS: Final[Mapping[tuple[ActivityStatus, ActivityStatus], Step]] = {
    (_S.PLANNED, _S.APPROVED): Step("activity.approve"),
    (_S.APPROVED, _S.PUBLISHED): _ADVANCE,
    (_S.PUBLISHED, _S.SIGNUP): _ADVANCE,
    (_S.SIGNUP, _S.RUNNING): Step("activity.advance", Anchor.CHECK_IN),
    (_S.RUNNING, _S.FINISHED): Step("activity.advance", Anchor.START),
    (_S.FINISHED, _S.EVALUATED): _ADVANCE,
    (_S.EVALUATED, _S.ARCHIVED): _ADVANCE,
    (_S.PLANNED, _S.CANCELLED): _CANCEL,
    (_S.APPROVED, _S.CANCELLED): _CANCEL,
    (_S.PUBLISHED, _S.CANCELLED): _CANCEL,
    (_S.SIGNUP, _S.CANCELLED): _CANCEL,
    (_S.RUNNING, _S.CANCELLED): _CANCEL,
}
"""Every step there is (`domain.md` §3.4); what was held can no longer be cancelled."""

_REVISABLE: Final = frozenset({_S.PLANNED, _S.APPROVED, _S.PUBLISHED, _S.SIGNUP})


def is_revisable(status: ActivityStatus) -> bool:
    """Return whether time, place and places of an activity may still change: until it runs."""
    return status in _REVISABLE


def step(
    source: ActivityStatus,
    target: ActivityStatus,
    times: Times,
    now: dt.datetime,
    parameters: CultureParameters = DEFAULTS,
) -> Step:
    """Return the step from `source` to `target`, or refuse it as unknown or too early."""
    found = TRANSITIONS.get((source, target))
    if found is None:
        ways = [to for origin, to in TRANSITIONS if origin is source]
        zh = "、".join(to.value[0] for to in ways) or "无"
        en = ", ".join(to.name for to in ways) or "nothing"
        raise RuleRefused(
            "ACTIVITY_STEP",
            f"活动不能由“{source.value[0]}”转为“{target.value[0]}”,下一步只能是:{zh}。",
            f"an activity does not go from {source.name} to {target.name}; next may come {en}.",
            rule=ACTIVITY_RULE,
        )
    if found.not_before is not None:
        opens = times.starts_at if found.not_before is Anchor.START else _check_in_opens(times, parameters)
        if now < opens:
            raise RuleRefused(
                "ACTIVITY_TOO_EARLY",
                f"{found.not_before.value[0]}({_local(opens)})之前不能转为“{target.value[0]}”。",
                f"it cannot become {target.name} before {found.not_before.value[1]} at {_local(opens)}.",
                rule=ACTIVITY_RULE,
            )
    return found


def _check_in_opens(times: Times, parameters: CultureParameters) -> dt.datetime:
    return times.starts_at - dt.timedelta(minutes=parameters.check_in_opens)


def _local(moment: dt.datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


# places ---------------------------------------------------------------------------------------------------------


def check_sign_up(status: ActivityStatus, times: Times, now: dt.datetime, *, at_the_desk: bool) -> None:
    """Refuse a sign-up outside of its window.

    It is open from the opening of sign-up to the start; while the activity runs only those at the desk may still
    enter somebody who walked in.
    """
    if status is _S.SIGNUP and now < times.starts_at:
        return
    if status is _S.RUNNING and now < times.ends_at and at_the_desk:
        return
    raise RuleRefused(
        "SIGN_UP_CLOSED",
        f"该活动现在不能报名(状态:{status.value[0]},开始:{_local(times.starts_at)})。",
        f"sign-up is not open (status {status.name}, starts {_local(times.starts_at)}).",
        rule=ACTIVITY_RULE,
    )


def admit(capacity: int | None, confirmed: int, waiting: int) -> SignupState:
    """Return the state of the next sign-up: a place if one is free and nobody waits for it, else the waitlist."""
    if capacity is None or (confirmed < capacity and not waiting):
        return SignupState.CONFIRMED
    return SignupState.WAITLISTED


def promoted(capacity: int | None, confirmed: int, waiting: Sequence[tuple[int, T]]) -> list[T]:
    """Return who of the waitlist gets a place now, first come first served.

    `waiting` holds `(position, who)` in any order.
    """
    queue = [who for _, who in sorted(waiting, key=lambda each: each[0])]
    return queue if capacity is None else queue[: max(capacity - confirmed, 0)]


def check_revisable(status: ActivityStatus) -> None:
    """Refuse changes to an activity that runs or is over."""
    if not is_revisable(status):
        raise RuleRefused(
            "ACTIVITY_FIXED",
            f"活动处于“{status.value[0]}”,不能再修改。",
            f"an activity that is {status.name} is no longer changed.",
            rule=ACTIVITY_RULE,
        )


_GIVEN_BACK: Final = frozenset({_S.PUBLISHED, _S.SIGNUP, _S.RUNNING})


def check_given_back(status: ActivityStatus, times: Times, now: dt.datetime) -> None:
    """Refuse to give a place back once the activity is over."""
    if status not in _GIVEN_BACK or now > times.ends_at:
        raise RuleRefused(
            "SIGN_UP_CLOSED",
            f"活动处于“{status.value[0]}”,报名不能再取消。",
            f"a sign-up for an activity that is {status.name} is no longer given back.",
            rule=ACTIVITY_RULE,
        )


def check_check_in_open(
    status: ActivityStatus, times: Times, now: dt.datetime, parameters: CultureParameters = DEFAULTS
) -> None:
    """Refuse a check-in outside of its window (an hour before the start to the end)."""
    opens = _check_in_opens(times, parameters)
    if status not in (_S.SIGNUP, _S.RUNNING) or not opens <= now <= times.ends_at:
        raise RuleRefused(
            "CHECK_IN_CLOSED",
            f"签到时间为 {_local(opens)} 至 {_local(times.ends_at)},活动须在报名中或进行中。",
            f"check-in is from {_local(opens)} to {_local(times.ends_at)} of an activity that is on.",
            rule=ACTIVITY_RULE,
        )


def check_check_in(
    status: ActivityStatus,
    state: SignupState,
    times: Times,
    now: dt.datetime,
    parameters: CultureParameters = DEFAULTS,
) -> None:
    """Refuse a check-in outside of its window (an hour before the start to the end), or without a place."""
    check_check_in_open(status, times, now, parameters)
    if state is not SignupState.CONFIRMED:
        raise RuleRefused(
            "NO_PLACE",
            f"报名状态为“{state.value[0]}”,不能签到;请工作人员现场核对名额。",
            f"the sign-up is {state.name}, so it cannot check in; ask the desk for a free place.",
            rule=ACTIVITY_RULE,
        )


# volunteering ---------------------------------------------------------------------------------------------------

Span = tuple[dt.datetime, dt.datetime]
"""From check-in to check-out; the end does not belong to it."""


def minutes_between(check_in: dt.datetime, check_out: dt.datetime) -> int:
    """Return the whole minutes served; what is begun is not counted (志愿服务条例 19: recorded truthfully)."""
    return int((check_out - check_in).total_seconds() // 60)


def minutes_by_day(check_in: dt.datetime, check_out: dt.datetime) -> dict[dt.date, int]:
    """Return the minutes served by day in Asia/Shanghai; they add up to `minutes_between`."""
    found: dict[dt.date, int] = {}
    counted, day = 0, day_in_shanghai(check_in)
    while True:
        midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), SHANGHAI)
        upto = minutes_between(check_in, min(midnight, check_out))
        if upto > counted:
            found[day] = upto - counted
        counted = upto
        if midnight >= check_out:
            return found
        day += dt.timedelta(days=1)


def check_services(
    new: Sequence[Span],
    known: Iterable[Span],
    now: dt.datetime,
    parameters: CultureParameters = DEFAULTS,
) -> None:
    """Refuse services of one person that end before they begin, lie ahead, overlap or fill a day too far.

    `known` are the person's services already on the books around the same days.
    """
    for check_in, check_out in new:
        if minutes_between(aware(check_in, "check_in"), aware(check_out, "check_out")) < 1:
            raise Invalid(
                "签出须晚于签入至少一分钟。",
                "a service lasts a minute at least.",
                field="check_out",
                code="SERVICE_LENGTH",
                rule=SERVICE_RULE,
            )
        check_moment_not_future(check_out, now, "check_out", rule=SERVICE_RULE)
        if check_out - check_in > dt.timedelta(days=1):
            raise Invalid(
                "一次服务不超过一天,请分次登记。",
                "a service does not last beyond a day; split it.",
                field="check_out",
                code="SERVICE_LENGTH",
                rule=SERVICE_RULE,
            )
    ordered = sorted([*new, *known])
    for (begun, ended), (next_begun, _) in pairwise(ordered):
        if next_begun < ended:
            raise RuleRefused(
                "SERVICE_OVERLAP",
                f"同一志愿者的服务时间重叠:{_local(begun)} 至 {_local(ended)} 与 {_local(next_begun)} 开始的一次。",
                f"services of one volunteer overlap: {_local(begun)} to {_local(ended)} and the one of "
                f"{_local(next_begun)}.",
                rule=SERVICE_RULE,
            )
    days: dict[dt.date, int] = {}
    for check_in, check_out in ordered:
        for day, minutes in minutes_by_day(check_in, check_out).items():
            days[day] = days.get(day, 0) + minutes
    touched = {day for check_in, check_out in new for day in minutes_by_day(check_in, check_out)}
    limit = parameters.volunteer_minutes_per_day
    for day in sorted(touched):
        if days[day] > limit:
            raise RuleRefused(
                "SERVICE_DAY_FULL",
                f"{day} 服务时长合计 {days[day]} 分钟,超过每日上限 {limit} 分钟。",
                f"{days[day]} minutes on {day} are more than the {limit} a day may hold.",
                rule="domain 3.4 VolunteerService",
            )


def coins(minutes: int, parameters: CultureParameters = DEFAULTS) -> int:
    """Return the whole coins that `minutes` earn in the time bank; they cannot be turned into money."""
    return minutes // parameters.minutes_per_coin
