"""Commands on attendance: sign up, give a place back, check in; for oneself or, at the desk, for somebody else."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo import STEPS, Command, CommandContext, Conflict, DataClass, Given, Invalid, NotFound, Outcome, each
from yuanluo_culture.offers import CANCEL_SIGN_UP, CHECK_IN, SIGN_UP
from yuanluo_culture.rights import PEOPLE, action
from yuanluo_culture.rules import (
    admit,
    check_check_in,
    check_given_back,
    check_sign_up,
    promoted,
)
from yuanluo_culture.stored import Queue, StoredActivity, StoredSignup, load_activities, load_queues
from yuanluo_culture.tables import CULTURE, ActivitySignup, CultureCounts
from yuanluo_culture.terms import CheckInMethod, SignupState

__all__ = ["CancelSignUp", "CheckIn", "SignUp", "cancel_sign_up", "check_in", "on_behalf_of", "sign_up"]


@dataclass(frozen=True, slots=True)
class SignUp:
    """A person to be signed up for an activity."""

    activity_id: uuid.UUID
    person_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class CancelSignUp:
    """A sign-up to be given back."""

    activity_id: uuid.UUID
    person_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A person who has come: by himself with the code posted on site, or ticked off on the list at the desk."""

    activity_id: uuid.UUID
    person_id: uuid.UUID
    method: Annotated[CheckInMethod, Given("签到方式", "how they check in")] = CheckInMethod.LIST
    code: Annotated[str | None, Given("签到码", "the code on display")] = None


def on_behalf_of(context: CommandContext, person_id: uuid.UUID, right: str) -> uuid.UUID | None:
    """Return None where the actor acts for himself, else the person he acts for, once `right` allows it."""
    if (context.tenant, person_id) in context.actor.own:
        return None
    context.may(right).enforce()
    return person_id


async def _sign_up(context: CommandContext, wanted: Sequence[SignUp]) -> Sequence[Outcome]:
    activities = await load_activities(context, (each.activity_id for each in wanted))
    queues = await load_queues(context, activities)
    outcomes: list[Outcome] = []
    new: list[dict[str, Any]] = []
    for item in wanted:
        activity, queue = activities[item.activity_id], queues[item.activity_id]
        acts_for = on_behalf_of(context, item.person_id, "activity.sign_up_others")
        at_the_desk = context.may("activity.sign_up_others").allowed
        check_sign_up(activity.status, activity.times, context.now, at_the_desk=at_the_desk)
        signup, is_new = _enter(activity, queue, item.person_id)
        columns = {"signed_up_at": context.now, "state": signup.state, "position": signup.position}
        if is_new:
            new.append({"id": signup.id, "activity_id": activity.id, "person_id": item.person_id, **columns})
        else:
            await context.update(ActivitySignup, signup.id, columns)
        outcomes.append(Outcome(signup.id, _said(activity, signup, acts_for)))
    await context.insert(ActivitySignup, new)
    return outcomes


def _enter(activity: StoredActivity, queue: Queue, person_id: uuid.UUID) -> tuple[StoredSignup, bool]:
    """Put a person at the end of the queue; return the sign-up and whether it is a new row."""
    known = queue.signups.get(person_id)
    if known is not None and known.state is not SignupState.CANCELLED:
        raise Conflict(
            f"此人已报名该活动(状态:{known.state.value[0]})。",
            f"this person has signed up already and is {known.state.name}.",
            code="ALREADY_SIGNED_UP",
            rule="domain 3.4 Activity",
        )
    signup = StoredSignup(
        known.id if known else uuid7(),
        person_id,
        admit(activity.capacity, queue.confirmed, len(queue.waiting)),
        queue.next_position,
    )
    queue.signups[person_id] = signup
    return signup, known is None


def _said(activity: StoredActivity, signup: StoredSignup, acts_for: uuid.UUID | None) -> dict[str, Any]:
    return {
        "activity": activity.id,
        "state": signup.state,
        "position": signup.position,
        "on_behalf_of": acts_for,
    }


def _signup_of(queue: Queue, person_id: uuid.UUID) -> StoredSignup:
    signup = queue.signups.get(person_id)
    if signup is None or signup.state is SignupState.CANCELLED:
        raise NotFound("此人没有报名该活动。", "this person has not signed up for this activity.")
    return signup


async def _cancel_sign_up(context: CommandContext, item: CancelSignUp) -> Outcome:
    activity = (await load_activities(context, [item.activity_id]))[item.activity_id]
    acts_for = on_behalf_of(context, item.person_id, "activity.sign_up_others")
    queue = (await load_queues(context, [activity.id]))[activity.id]
    signup = _signup_of(queue, item.person_id)
    check_given_back(activity.status, activity.times, context.now)
    if signup.attended:
        raise Conflict(
            "此人已签到,不能取消报名。",
            "this person has checked in, so the sign-up stands.",
            code="ALREADY_CHECKED_IN",
            rule="domain 3.4 Activity",
        )
    signup.state = SignupState.CANCELLED
    await context.update(ActivitySignup, signup.id, {"state": SignupState.CANCELLED})
    lucky = promoted(activity.capacity, queue.confirmed, queue.waiting)
    for each_lucky in lucky:
        await context.update(ActivitySignup, each_lucky.id, {"state": SignupState.CONFIRMED})
    said = _said(activity, signup, acts_for)
    return Outcome(signup.id, {**said, "promoted": [each_lucky.id for each_lucky in lucky]})


async def _check_in(context: CommandContext, coming: Sequence[CheckIn]) -> Sequence[Outcome]:
    activities = await load_activities(context, (each.activity_id for each in coming))
    queues = await load_queues(context, activities)
    outcomes: list[Outcome] = []
    for item in coming:
        activity = activities[item.activity_id]
        acts_for = _check_method(context, activity, item)
        signup = _signup_of(queues[activity.id], item.person_id)
        check_check_in(activity.status, signup.state, activity.times, context.now)
        if signup.attended:
            raise Conflict(
                "此人已签到。",
                "this person has checked in already.",
                code="ALREADY_CHECKED_IN",
                rule="domain 3.4 Activity",
            )
        signup.attended = True
        await context.update(
            ActivitySignup,
            signup.id,
            {"checked_in_at": context.now, "check_in_method": item.method, "attended": True},
        )
        outcomes.append(Outcome(signup.id, {**_said(activity, signup, acts_for), "method": item.method}))
    context.bump(CultureCounts, participants=len(outcomes))
    return outcomes


def _check_method(context: CommandContext, activity: StoredActivity, item: CheckIn) -> uuid.UUID | None:
    """Refuse ticking off without the right to it, and scanning without the code; return whom the desk acts for."""
    if item.method is CheckInMethod.LIST:
        context.may("activity.check_in_others").enforce()
        return item.person_id if (context.tenant, item.person_id) not in context.actor.own else None
    acts_for = on_behalf_of(context, item.person_id, "activity.check_in_others")
    posted = (activity.check_in_code or "").encode()
    if not posted or not hmac.compare_digest(posted, (item.code or "").encode()):
        raise Invalid(
            "签到码不符,请重新扫描现场的二维码。",
            "the code is not the one posted on site; scan it again.",
            field="code",
            code="CHECK_IN_CODE",
            rule="domain 3.4 Activity",
        )
    return acts_for


sign_up: Final = Command(
    action=action("activity.sign_up", PEOPLE, "报名活动", "sign up for activities"),
    input=SignUp,
    many=_sign_up,
    subject_type="ActivitySignup",
    body=CULTURE,
    disclosure=DataClass.D2,
    unversioned=STEPS,
    acts_for="person_id",
    offer=SIGN_UP,
)
"""Sign somebody up; without a free place he waits, first come first served."""

cancel_sign_up: Final = Command(
    action=action("activity.cancel_sign_up", PEOPLE, "取消报名", "give a sign-up back"),
    input=CancelSignUp,
    many=each(_cancel_sign_up),
    subject_type="ActivitySignup",
    body=CULTURE,
    disclosure=DataClass.D2,
    unversioned=STEPS,
    acts_for="person_id",
    offer=CANCEL_SIGN_UP,
)
"""Give a sign-up back; the first who waits gets the place."""

check_in: Final = Command(
    action=action("activity.check_in", PEOPLE, "活动签到", "check in at activities"),
    input=CheckIn,
    many=_check_in,
    subject_type="ActivitySignup",
    body=CULTURE,
    disclosure=DataClass.D2,
    unversioned=STEPS,
    acts_for="person_id",
    offer=CHECK_IN,
)
"""Check in by the code on site or at the desk by the list."""
