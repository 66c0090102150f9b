"""Commands on activities: planned, revised, moved on, cancelled; the festivals of a year; what was already held."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from uuid_utils.compat import uuid7

from yuanluo import Command, CommandContext, Invalid, Outcome, day_in_shanghai, each, rows
from yuanluo.clock import SHANGHAI
from yuanluo_culture.festivals import Festival, festivals
from yuanluo_culture.rights import ORGANISERS, action
from yuanluo_culture.rules import (
    ACTIVITY_RULE,
    RuleRefused,
    Times,
    aware,
    check_times,
    is_revisable,
    promoted,
    step,
)
from yuanluo_culture.stored import StoredActivity, load_activities, load_queues
from yuanluo_culture.tables import CULTURE, Activity, ActivitySignup, CultureCounts
from yuanluo_culture.terms import ActivityKind, ActivityStatus, CheckInMethod, SignupState

__all__ = [
    "AdvanceActivity",
    "Attendance",
    "CancelActivity",
    "PlanActivity",
    "PlanFestivals",
    "RecordActivity",
    "ReviseActivity",
    "advance_activity",
    "cancel_activity",
    "plan_activity",
    "plan_festivals",
    "record_activity",
    "revise_activity",
]


@dataclass(frozen=True, slots=True)
class PlanActivity:
    """An activity to be planned."""

    kind: ActivityKind
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    capacity: int | None = None
    organizer_id: uuid.UUID | None = None
    budget_fen: int = 0
    festival: str | None = None
    festival_day: dt.date | None = None
    check_in_code: str | None = None
    """What the code posted on site says; made up unless given."""
    id: uuid.UUID | None = None
    """The row id to take, for callers that refer to the activity in the same breath."""


@dataclass(frozen=True, slots=True)
class ReviseActivity:
    """Changes to an activity that does not run yet; None leaves a field as it is."""

    activity_id: uuid.UUID
    title: str | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    place: str | None = None
    capacity: int | None = None
    is_unlimited: bool = False
    """Take the limit on places away."""
    organizer_id: uuid.UUID | None = None
    budget_fen: int | None = None


@dataclass(frozen=True, slots=True)
class AdvanceActivity:
    """A step of an activity to its next status."""

    activity_id: uuid.UUID
    status: ActivityStatus


@dataclass(frozen=True, slots=True)
class CancelActivity:
    """An activity to be cancelled; the reason goes to the notice board."""

    activity_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class PlanFestivals:
    """The festivals of a year to be planned, all of them or those in `codes`.

    Days gone by are left out, and so is a festival that has an activity already, a cancelled one included.
    """

    year: int
    codes: tuple[str, ...] = ()
    place: str = "院落坝子"
    start_minute: int = 9 * 60 + 30
    """Minutes after midnight in Asia/Shanghai."""
    minutes: int = 120
    capacity: int | None = None
    organizer_id: uuid.UUID | None = None
    budget_fen: int = 0


@dataclass(frozen=True, slots=True)
class Attendance:
    """One line of the list of an activity that was held; lines stand in the order of sign-up."""

    person_id: uuid.UUID
    signed_up_at: dt.datetime
    checked_in_at: dt.datetime | None = None
    method: CheckInMethod = CheckInMethod.LIST
    state: SignupState = SignupState.CONFIRMED


@dataclass(frozen=True, slots=True)
class RecordActivity:
    """An activity that is over, entered from the books with its list."""

    activity: PlanActivity
    status: ActivityStatus = ActivityStatus.FINISHED
    attendance: tuple[Attendance, ...] = ()
    cancel_reason: str | None = None


_OVER: Final = frozenset(
    {ActivityStatus.FINISHED, ActivityStatus.EVALUATED, ActivityStatus.ARCHIVED, ActivityStatus.CANCELLED}
)


def _columns(plan: PlanActivity, status: ActivityStatus) -> dict[str, Any]:
    """Return the checked columns of a new activity."""
    check_times(Times(plan.starts_at, plan.ends_at), plan.budget_fen, plan.capacity)
    return {
        "id": plan.id or uuid7(),
        "kind": plan.kind,
        "title": _required(plan.title, "title", "名称", "title"),
        "festival": plan.festival,
        "festival_day": plan.festival_day,
        "starts_at": aware(plan.starts_at, "starts_at"),
        "ends_at": aware(plan.ends_at, "ends_at"),
        "day": day_in_shanghai(plan.starts_at),
        "place": _required(plan.place, "place", "地点", "place"),
        "capacity": plan.capacity,
        "organizer_id": plan.organizer_id,
        "budget_fen": plan.budget_fen,
        "status": status,
        "cancel_reason": None,
        "check_in_code": None if status in _OVER else plan.check_in_code or secrets.token_urlsafe(9),
    }


def _required(text: str, field: str, zh: str, en: str) -> str:
    if not (stripped := text.strip()):
        raise Invalid(f"请填写活动{zh}。", f"an activity needs a {en}.", field=field)
    return stripped


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("kind", "title", "starts_at", "ends_at", "place", "capacity", "festival", "budget_fen", "status")
    return {name: row[name] for name in names if row[name] is not None}


async def _plan_activities(context: CommandContext, plans: Sequence[PlanActivity]) -> Sequence[Outcome]:
    new = [_columns(plan, ActivityStatus.PLANNED) for plan in plans]
    await context.insert(Activity, new)
    context.bump(CultureCounts, activities=len(new))
    return [Outcome(row["id"], _said(row)) for row in new]


async def _revise(context: CommandContext, change: ReviseActivity) -> Outcome:
    stored = (await load_activities(context, [change.activity_id]))[change.activity_id]
    if not is_revisable(stored.status):
        raise RuleRefused(
            "ACTIVITY_FIXED",
            f"活动处于“{stored.status.value[0]}”,不能再修改。",
            f"an activity that is {stored.status.name} is no longer changed.",
            rule=ACTIVITY_RULE,
        )
    times = Times(change.starts_at or stored.times.starts_at, change.ends_at or stored.times.ends_at)
    capacity = stored.capacity if change.capacity is None else change.capacity
    if change.is_unlimited:
        capacity = None
    check_times(times, change.budget_fen or 0, capacity)
    changes: dict[str, Any] = {}
    if change.title is not None:
        changes["title"] = _required(change.title, "title", "名称", "title")
    if change.place is not None:
        changes["place"] = _required(change.place, "place", "地点", "place")
    if change.budget_fen is not None:
        changes["budget_fen"] = change.budget_fen
    if change.organizer_id is not None:
        changes["organizer_id"] = change.organizer_id
    if times != stored.times:
        changes |= {
            "starts_at": aware(times.starts_at, "starts_at"),
            "ends_at": aware(times.ends_at, "ends_at"),
            "day": day_in_shanghai(times.starts_at),
        }
    said = dict(changes)
    if capacity != stored.capacity:
        changes["capacity"] = said["capacity"] = capacity
        said["promoted"] = await _change_places(context, stored, capacity)
    await context.update(Activity, stored.id, changes)
    return Outcome(stored.id, said)


async def _change_places(context: CommandContext, stored: StoredActivity, capacity: int | None) -> list[uuid.UUID]:
    """Give places that become free to those who wait; nobody who has one loses it."""
    queue = (await load_queues(context, [stored.id]))[stored.id]
    if capacity is not None and capacity < queue.confirmed:
        raise RuleRefused(
            "PLACES_TAKEN",
            f"已有 {queue.confirmed} 人确认,名额不能少于此数。",
            f"{queue.confirmed} people have a place already; there cannot be fewer.",
            rule=ACTIVITY_RULE,
        )
    lucky = promoted(capacity, queue.confirmed, queue.waiting)
    for signup in lucky:
        await context.update(ActivitySignup, signup.id, {"state": SignupState.CONFIRMED})
    return [signup.id for signup in lucky]


async def _advance(context: CommandContext, move: AdvanceActivity) -> Outcome:
    if move.status is ActivityStatus.CANCELLED:
        raise Invalid("取消活动须说明原因,请用“取消活动”。", "cancelling takes a reason: use cancel.", field="status")
    stored = (await load_activities(context, [move.activity_id]))[move.activity_id]
    needed = step(stored.status, move.status, stored.times, context.now)
    context.may(needed.right).enforce()
    await context.update(Activity, stored.id, {"status": move.status})
    return Outcome(stored.id, {"from": stored.status, "to": move.status})


async def _cancel(context: CommandContext, cancelling: CancelActivity) -> Outcome:
    reason = _required(cancelling.reason, "reason", "取消原因", "reason to be cancelled")
    stored = (await load_activities(context, [cancelling.activity_id]))[cancelling.activity_id]
    step(stored.status, ActivityStatus.CANCELLED, stored.times, context.now)
    await context.update(Activity, stored.id, {"status": ActivityStatus.CANCELLED, "cancel_reason": reason})
    context.bump(CultureCounts, cancelled_activities=1)
    return Outcome(stored.id, {"from": stored.status, "to": ActivityStatus.CANCELLED, "reason": reason})


async def _plan_festivals(context: CommandContext, asked: PlanFestivals) -> Outcome:
    plan = _plan_of(asked.year, asked.codes)
    known = {
        (row["festival"], row["festival_day"])
        for row in await rows(
            context.database,
            "SELECT festival, festival_day FROM activity WHERE tenant_id = $1 AND festival_day BETWEEN $2 AND $3",
            context.tenant,
            plan[0].day,
            plan[-1].day,
        )
    }
    new: list[Festival] = []
    said: dict[str, list[str]] = {"planned": [], "kept": [], "past": []}
    for festival in plan:
        if (festival.code, festival.day) in known:
            said["kept"].append(festival.code)
        elif festival.day < context.today:
            said["past"].append(festival.code)
        else:
            said["planned"].append(festival.code)
            new.append(festival)
    await _plan_activities(context, [_festival_activity(festival, asked) for festival in new])
    return Outcome(None, {"year": asked.year, **said})


def _plan_of(year: int, codes: Sequence[str]) -> list[Festival]:
    try:
        plan = festivals(year)
    except ValueError as error:
        raise Invalid(f"没有 {year} 年的节日表。", str(error), field="year") from error
    if unknown := set(codes) - {festival.code for festival in plan}:
        raise Invalid(
            f"没有这些节日:{'、'.join(sorted(unknown))}。",
            f"there are no such festivals: {', '.join(sorted(unknown))}.",
            field="codes",
        )
    return [festival for festival in plan if not codes or festival.code in codes]


def _festival_activity(festival: Festival, asked: PlanFestivals) -> PlanActivity:
    starts_at = dt.datetime.combine(festival.day, dt.time(), SHANGHAI) + dt.timedelta(minutes=asked.start_minute)
    return PlanActivity(
        kind=ActivityKind.FESTIVAL,
        title=f"{festival.day.year}年{festival.zh}活动",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=asked.minutes),
        place=asked.place,
        capacity=asked.capacity,
        organizer_id=asked.organizer_id,
        budget_fen=asked.budget_fen,
        festival=festival.code,
        festival_day=festival.day,
    )


async def _record_activities(context: CommandContext, held: Sequence[RecordActivity]) -> Sequence[Outcome]:
    activities: list[dict[str, Any]] = []
    signups: list[dict[str, Any]] = []
    outcomes: list[Outcome] = []
    for each_held in held:
        row = _held_columns(each_held, context.now)
        lines = _list_columns(row["id"], each_held.attendance)
        came = sum(line["attended"] for line in lines)
        activities.append(row)
        signups += lines
        outcomes.append(Outcome(row["id"], {**_said(row), "signups": len(lines), "participants": came}))
    await context.insert(Activity, activities)
    await context.insert(ActivitySignup, signups)
    context.bump(
        CultureCounts,
        activities=len(activities),
        cancelled_activities=sum(row["status"] is ActivityStatus.CANCELLED for row in activities),
        participants=sum(line["attended"] for line in signups),
    )
    return outcomes


def _held_columns(held: RecordActivity, now: dt.datetime) -> dict[str, Any]:
    if held.status not in _OVER:
        raise Invalid("只能补录已结束或已取消的活动。", "only what is over is entered afterwards.", field="status")
    row = _columns(held.activity, held.status)
    if held.status is ActivityStatus.CANCELLED:
        row["cancel_reason"] = _required(held.cancel_reason or "", "cancel_reason", "取消原因", "reason")
    elif row["ends_at"] > now:
        raise Invalid("活动尚未结束,不能补录。", "it is not over yet; plan it instead.", field="ends_at")
    return row


def _list_columns(activity_id: uuid.UUID, attendance: Sequence[Attendance]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for position, line in enumerate(attendance, 1):
        came = line.checked_in_at is not None
        if came and line.state is not SignupState.CONFIRMED:
            raise Invalid("候补或已取消的人不会签到。", "only who has a place checks in.", field="attendance")
        lines.append(
            {
                "activity_id": activity_id,
                "person_id": line.person_id,
                "signed_up_at": aware(line.signed_up_at, "signed_up_at"),
                "state": line.state,
                "position": position,
                "checked_in_at": aware(line.checked_in_at, "checked_in_at") if line.checked_in_at else None,
                "check_in_method": line.method if came else None,
                "attended": came,
            }
        )
    return lines


plan_activity: Final = Command(
    action=action("activity.plan", ORGANISERS, "策划活动", "plan activities"),
    input=PlanActivity,
    many=_plan_activities,
    subject_type="Activity",
    body=CULTURE,
)
"""Plan an activity."""

revise_activity: Final = Command(
    action=action("activity.revise", ORGANISERS, "修改活动安排", "change what is planned"),
    input=ReviseActivity,
    many=each(_revise),
    subject_type="Activity",
    body=CULTURE,
)
"""Change an activity that does not run yet; new places go to those who wait."""

advance_activity: Final = Command(
    action=action("activity.advance", ORGANISERS, "推进活动", "move activities on"),
    input=AdvanceActivity,
    many=each(_advance),
    subject_type="Activity",
    body=CULTURE,
)
"""Move an activity to its next status; approving takes a right of its own."""

cancel_activity: Final = Command(
    action=action("activity.cancel", ORGANISERS, "取消活动", "cancel activities"),
    input=CancelActivity,
    many=each(_cancel),
    subject_type="Activity",
    body=CULTURE,
)
"""Cancel an activity that was not held yet."""

plan_festivals: Final = Command(
    action=action("activity.plan_festivals", ORGANISERS, "策划全年节日活动", "plan the festivals of a year"),
    input=PlanFestivals,
    many=each(_plan_festivals),
    subject_type="Activity",
    body=CULTURE,
)
"""Plan the festivals of a year; a second time adds nothing."""

record_activity: Final = Command(
    action=action("activity.record", ORGANISERS, "补录活动", "enter activities that were held"),
    input=RecordActivity,
    many=_record_activities,
    subject_type="Activity",
    body=CULTURE,
)
"""Enter an activity that is over, with its list."""
