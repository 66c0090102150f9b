"""The command that enters activities which are over, with their lists: from the paper books, or for the demo."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from yuanluo import ADDS, Command, CommandContext, Given, Invalid, Outcome, check_moment_not_future
from yuanluo_culture.planning import OVER, PlanActivity, activity_columns, required, said_of
from yuanluo_culture.rights import ORGANISERS, action
from yuanluo_culture.rules import aware
from yuanluo_culture.tables import CULTURE, Activity, ActivitySignup, CultureCounts
from yuanluo_culture.terms import ACTIVITY_RULE, ActivityStatus, CheckInMethod, SignupState

__all__ = ["Attendance", "RecordActivity", "record_activity"]


@dataclass(frozen=True, slots=True)
class Attendance:
    """One line of the list of an activity that was held; lines stand in the order of sign-up."""

    TABLE: ClassVar = ActivitySignup

    person_id: uuid.UUID
    signed_up_at: dt.datetime
    checked_in_at: dt.datetime | None = None
    method: Annotated[CheckInMethod, Given("签到方式", "how they checked in")] = CheckInMethod.LIST
    state: SignupState = SignupState.CONFIRMED


@dataclass(frozen=True, slots=True)
class RecordActivity:
    """An activity that is over, entered from the books with its list; of a cancelled one, who had signed up."""

    activity: Annotated[PlanActivity, Given("活动", "what was held")]
    status: ActivityStatus = ActivityStatus.FINISHED
    attendance: Annotated[tuple[Attendance, ...], Given("参加情况", "who came")] = ()
    cancel_reason: str | None = None


async def _record_activities(context: CommandContext, held: Sequence[RecordActivity]) -> Sequence[Outcome]:
    activities: list[dict[str, Any]] = []
    signups: list[dict[str, Any]] = []
    outcomes: list[Outcome] = []
    for each_held in held:
        row = _held_columns(each_held, context.now)
        lines = _list_columns(row["id"], each_held, context.now)
        came = sum(line["attended"] for line in lines)
        activities.append(row)
        signups += lines
        outcomes.append(Outcome(row["id"], {**said_of(row), "signups": len(lines), "participants": came}))
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
    if held.status not in OVER:
        raise Invalid(
            "只能补录已结束或已取消的活动。",
            "only what is over is entered afterwards.",
            field="status",
            code="ACTIVITY_NOT_OVER",
            rule="domain 3.4 Activity",
        )
    row = activity_columns(held.activity, held.status)
    if held.status is ActivityStatus.CANCELLED:
        row["cancel_reason"] = required(held.cancel_reason or "", "cancel_reason", "取消原因", "reason")
    elif row["ends_at"] > now:
        raise Invalid(
            "活动尚未结束,不能补录。",
            "it is not over yet; plan it instead.",
            field="ends_at",
            code="ACTIVITY_NOT_OVER",
            rule="domain 3.4 Activity",
        )
    return row


def _list_columns(activity_id: uuid.UUID, held: RecordActivity, now: dt.datetime) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for position, line in enumerate(held.attendance, 1):
        came = line.checked_in_at is not None
        if came and held.status is ActivityStatus.CANCELLED:
            raise Invalid(
                "已取消的活动没有举办,不能补录签到;报名可以补录。",
                "an activity that was cancelled was not held, so nobody checked in; enter the sign-ups alone.",
                field="attendance",
                code="ACTIVITY_NOT_HELD",
                rule="domain 3.4 Activity",
            )
        if came and line.state is not SignupState.CONFIRMED:
            raise Invalid(
                "候补或已取消的人不会签到。",
                "only who has a place checks in.",
                field="attendance",
                code="NO_PLACE",
                rule="domain 3.4 Activity",
            )
        signed_up_at = aware(line.signed_up_at, "signed_up_at")
        checked_in_at = aware(line.checked_in_at, "checked_in_at") if line.checked_in_at else None
        check_moment_not_future(signed_up_at, now, "signed_up_at", rule=ACTIVITY_RULE)
        check_moment_not_future(checked_in_at, now, "checked_in_at", rule=ACTIVITY_RULE)
        lines.append(
            {
                "activity_id": activity_id,
                "person_id": line.person_id,
                "signed_up_at": signed_up_at,
                "state": line.state,
                "position": position,
                "checked_in_at": checked_in_at,
                "check_in_method": line.method if came else None,
                "attended": came,
            }
        )
    return lines


record_activity: Final = Command(
    action=action("activity.record", ORGANISERS, "补录活动", "enter activities that were held"),
    input=RecordActivity,
    many=_record_activities,
    subject_type="Activity",
    body=CULTURE,
    unversioned=ADDS,
)
"""Enter an activity that is over, with its list."""
