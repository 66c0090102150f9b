"""Commands on activities: planned, revised, moved on, cancelled."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from uuid_utils.compat import uuid7

from yuanluo import ADDS, STEPS, Command, CommandContext, Given, Invalid, Outcome, day_in_shanghai, each
from yuanluo_culture.offers import ADVANCE, CANCEL, REVISE
from yuanluo_culture.rights import ORGANISERS, action
from yuanluo_culture.rules import (
    RuleRefused,
    Times,
    aware,
    check_revisable,
    check_times,
    promoted,
    step,
)
from yuanluo_culture.stored import StoredActivity, load_activities, load_queues
from yuanluo_culture.tables import CULTURE, Activity, ActivitySignup, CultureCounts
from yuanluo_culture.terms import ACTIVITY_RULE, ActivityKind, ActivityStatus, SignupState

__all__ = [
    "OVER",
    "AdvanceActivity",
    "CancelActivity",
    "PlanActivity",
    "ReviseActivity",
    "activity_columns",
    "advance_activity",
    "cancel_activity",
    "plan_activities",
    "plan_activity",
    "required",
    "revise_activity",
    "said_of",
]


@dataclass(frozen=True, slots=True)
class PlanActivity:
    """An activity to be planned."""

    TABLE: ClassVar = Activity

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
    is_unlimited: Annotated[bool, Given("不限名额", "whether the limit of places is lifted")] = False
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
    reason: Annotated[str, Given("取消原因", "why it is cancelled")]


OVER: Final = frozenset(
    {ActivityStatus.FINISHED, ActivityStatus.EVALUATED, ActivityStatus.ARCHIVED, ActivityStatus.CANCELLED}
)
"""What an activity that is over may be."""


def activity_columns(plan: PlanActivity, status: ActivityStatus) -> dict[str, Any]:
    """Return the checked columns of a new activity."""
    check_times(Times(plan.starts_at, plan.ends_at), plan.budget_fen, plan.capacity)
    return {
        "id": plan.id or uuid7(),
        "kind": plan.kind,
        "title": required(plan.title, "title", "名称", "title"),
        "festival": plan.festival,
        "festival_day": plan.festival_day,
        "starts_at": aware(plan.starts_at, "starts_at"),
        "ends_at": aware(plan.ends_at, "ends_at"),
        "day": day_in_shanghai(plan.starts_at),
        "place": required(plan.place, "place", "地点", "place"),
        "capacity": plan.capacity,
        "organizer_id": plan.organizer_id,
        "budget_fen": plan.budget_fen,
        "status": status,
        "cancel_reason": None,
        "check_in_code": None if status in OVER else plan.check_in_code or secrets.token_urlsafe(9),
    }


def required(text: str, field: str, zh: str, en: str) -> str:
    """Return `text` without blanks around it; refuse it empty, `field` being where it came from."""
    if not (stripped := text.strip()):
        raise Invalid(
            f"请填写活动{zh}。", f"an activity needs a {en}.", field=field, code="REQUIRED", rule="domain 3.4 Activity"
        )
    return stripped


def said_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the record of a new activity says."""
    names = ("kind", "title", "starts_at", "ends_at", "place", "capacity", "festival", "budget_fen", "status")
    return {name: row[name] for name in names if row[name] is not None}


async def plan_activities(context: CommandContext, plans: Sequence[PlanActivity]) -> Sequence[Outcome]:
    """Write planned activities; for commands that plan more than one sentence says."""
    new = [activity_columns(plan, ActivityStatus.PLANNED) for plan in plans]
    await context.insert(Activity, new)
    context.bump(CultureCounts, activities=len(new))
    return [Outcome(row["id"], said_of(row)) for row in new]


async def _revise(context: CommandContext, change: ReviseActivity) -> Outcome:
    stored = (await load_activities(context, [change.activity_id]))[change.activity_id]
    check_revisable(stored.status)
    times = Times(change.starts_at or stored.times.starts_at, change.ends_at or stored.times.ends_at)
    capacity = stored.capacity if change.capacity is None else change.capacity
    if change.is_unlimited:
        capacity = None
    check_times(times, change.budget_fen or 0, capacity)
    changes: dict[str, Any] = {}
    if change.title is not None:
        changes["title"] = required(change.title, "title", "名称", "title")
    if change.place is not None:
        changes["place"] = required(change.place, "place", "地点", "place")
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
        raise Invalid(
            "取消活动须说明原因,请用“取消活动”。",
            "cancelling takes a reason: use cancel.",
            field="status",
            code="REASON_REQUIRED",
            rule="domain 3.4 Activity",
        )
    stored = (await load_activities(context, [move.activity_id]))[move.activity_id]
    needed = step(stored.status, move.status, stored.times, context.now)
    context.may(needed.right).enforce()
    await context.update(Activity, stored.id, {"status": move.status})
    return Outcome(stored.id, {"from": stored.status, "to": move.status})


async def _cancel(context: CommandContext, cancelling: CancelActivity) -> Outcome:
    reason = required(cancelling.reason, "reason", "取消原因", "reason to be cancelled")
    stored = (await load_activities(context, [cancelling.activity_id]))[cancelling.activity_id]
    step(stored.status, ActivityStatus.CANCELLED, stored.times, context.now)
    await context.update(Activity, stored.id, {"status": ActivityStatus.CANCELLED, "cancel_reason": reason})
    context.bump(CultureCounts, cancelled_activities=1)
    return Outcome(stored.id, {"from": stored.status, "to": ActivityStatus.CANCELLED, "reason": reason})


plan_activity: Final = Command(
    action=action("activity.plan", ORGANISERS, "策划活动", "plan activities"),
    input=PlanActivity,
    many=plan_activities,
    subject_type="Activity",
    body=CULTURE,
    unversioned=ADDS,
)
"""Plan an activity."""

revise_activity: Final = Command(
    action=action("activity.revise", ORGANISERS, "修改活动安排", "change what is planned"),
    input=ReviseActivity,
    many=each(_revise),
    subject_type="Activity",
    body=CULTURE,
    offer=REVISE,
)
"""Change an activity that does not run yet; new places go to those who wait."""

advance_activity: Final = Command(
    action=action("activity.advance", ORGANISERS, "推进活动", "move activities on"),
    input=AdvanceActivity,
    many=each(_advance),
    subject_type="Activity",
    body=CULTURE,
    unversioned=STEPS,
    offer=ADVANCE,
)
"""Move an activity to its next status; approving takes a right of its own."""

cancel_activity: Final = Command(
    action=action("activity.cancel", ORGANISERS, "取消活动", "cancel activities"),
    input=CancelActivity,
    many=each(_cancel),
    subject_type="Activity",
    body=CULTURE,
    unversioned=STEPS,
    offer=CANCEL,
)
"""Cancel an activity that was not held yet."""
