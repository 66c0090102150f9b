"""The commands of the culture plugin on both engines: rows, records, counters, refusals."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from culture_world import CultureWorld, build_culture_world
from databases import MakeDatabase
from houses import COURTYARD, OTHER

from yuanluo import (
    Clock,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Receipt,
    Refused,
    fixed_clock,
    run_command,
    run_commands,
    scoped,
)
from yuanluo.clock import SHANGHAI
from yuanluo.counters import stored_counts
from yuanluo_culture.attendance import CancelSignUp, CheckIn, SignUp, cancel_sign_up, check_in, sign_up
from yuanluo_culture.festival_planning import PlanFestivals, plan_festivals
from yuanluo_culture.festivals import festivals
from yuanluo_culture.fields import COUNTERS
from yuanluo_culture.planning import (
    AdvanceActivity,
    CancelActivity,
    PlanActivity,
    ReviseActivity,
    advance_activity,
    cancel_activity,
    plan_activity,
    revise_activity,
)
from yuanluo_culture.recording import Attendance, RecordActivity, record_activity
from yuanluo_culture.rules import RuleRefused
from yuanluo_culture.terms import ActivityKind, ActivityStatus, CheckInMethod, SignupState
from yuanluo_culture.volunteering import RecordService, SetConsent, record_service, set_consent
from yuanluo_tenants.database import DanglingReference, Duplicate

S = ActivityStatus
STARTS = dt.datetime(2026, 11, 25, 9, 30, tzinfo=SHANGHAI)
AT_THE_START: Clock = fixed_clock(STARTS)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> CultureWorld:
    return await build_culture_world(make_database)


def plan(**changes: Any) -> PlanActivity:
    values: dict[str, Any] = {
        "kind": ActivityKind.HEALTH,
        "title": "冬季义诊",
        "starts_at": STARTS,
        "ends_at": STARTS + dt.timedelta(hours=2),
        "place": "院落坝子",
        "capacity": 2,
        "check_in_code": "posted-code",
    }
    return PlanActivity(**(values | changes))


def subject(receipt: Receipt) -> uuid.UUID:
    assert receipt.subject_id is not None
    return receipt.subject_id


async def opened(world: CultureWorld, **changes: Any) -> uuid.UUID:
    """Plan an activity and bring it to sign-up."""
    activity = subject(await run_command(plan_activity, world.context(), plan(**changes)))
    await run_commands(
        advance_activity,
        world.context(),
        [AdvanceActivity(activity, status) for status in (S.APPROVED, S.PUBLISHED, S.SIGNUP)],
    )
    return activity


async def stored(world: CultureWorld, table: str, **where: Any) -> list[dict[str, Any]]:
    """Return rows of the courtyard by equality."""
    mark = "$" if world.database.dialect == "postgresql" else "?"
    tests = [f"{name} = {mark}{index}" for index, name in enumerate(where, 1)]
    with scoped(COURTYARD):
        found = await world.database.fetch(f"SELECT * FROM {table} WHERE {' AND '.join(tests)}", list(where.values()))
    return sorted(found, key=lambda row: row.get("position") or 0)


async def states(world: CultureWorld, activity: uuid.UUID) -> dict[uuid.UUID, str]:
    return {row["person_id"]: row["state"] for row in await stored(world, "activity_signup", activity_id=activity)}


# planning


async def test_an_activity_is_planned_on_the_day_it_starts_in_shanghai(world: CultureWorld) -> None:
    early = dt.datetime(2026, 11, 25, 0, 30, tzinfo=SHANGHAI)
    activity = subject(
        await run_command(plan_activity, world.context(), plan(starts_at=early, title=" 晨练 ", check_in_code=None))
    )
    row = (await stored(world, "activity", id=activity))[0]

    assert (row["day"], row["status"], row["title"]) == (dt.date(2026, 11, 25), "PLANNED", "晨练")
    assert row["starts_at"] == early
    assert len(row["check_in_code"]) >= 12


@pytest.mark.parametrize("changes", [{"title": " "}, {"place": ""}, {"capacity": 0}, {"ends_at": STARTS}])
async def test_a_plan_that_says_nothing_is_refused(world: CultureWorld, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await run_command(plan_activity, world.context(), plan(**changes))


async def test_an_organizer_of_another_courtyard_cannot_be_named(world: CultureWorld) -> None:
    with pytest.raises(DanglingReference):
        await run_command(plan_activity, world.context(), plan(organizer_id=uuid.uuid4()))


@pytest.mark.parametrize(
    ("role", "may"),
    [("COUNCIL_MEMBER", True), ("BRANCH_SECRETARY", True), ("POST_HOLDER", False), ("RESIDENT", False)],
)
async def test_activities_are_planned_by_those_who_run_them(world: CultureWorld, role: str, may: bool) -> None:
    if may:
        assert await run_command(plan_activity, world.context(role), plan())
    else:
        with pytest.raises(Forbidden):
            await run_command(plan_activity, world.context(role), plan())


async def test_an_activity_lives_from_plan_to_archive_and_every_step_is_filed(world: CultureWorld) -> None:
    activity = await opened(world)
    after: Clock = fixed_clock(STARTS + dt.timedelta(hours=3))
    for status in (S.RUNNING, S.FINISHED, S.EVALUATED, S.ARCHIVED):
        receipt = await run_command(advance_activity, world.context(clock=after), AdvanceActivity(activity, status))
        assert receipt.payload["to"] is status
    assert (await stored(world, "activity", id=activity))[0]["status"] == "ARCHIVED"
    with pytest.raises(RuleRefused):
        await run_command(cancel_activity, world.context(), CancelActivity(activity, "雨"))


async def test_a_refused_step_changes_nothing(world: CultureWorld) -> None:
    activity = await opened(world)
    with pytest.raises(RuleRefused) as refused:
        await run_command(advance_activity, world.context(), AdvanceActivity(activity, S.RUNNING))
    assert refused.value.stable_code == "ACTIVITY_TOO_EARLY"
    assert (await stored(world, "activity", id=activity))[0]["status"] == "SIGNUP"


async def test_a_council_member_plans_and_the_director_approves(world: CultureWorld) -> None:
    activity = subject(await run_command(plan_activity, world.context("COUNCIL_MEMBER"), plan()))
    approve = AdvanceActivity(activity, S.APPROVED)
    with pytest.raises(Forbidden) as refused:
        await run_command(advance_activity, world.context("COUNCIL_MEMBER"), approve)
    assert refused.value.action == "activity.approve"
    await run_command(advance_activity, world.context("COUNCIL_DIRECTOR"), approve)
    assert (await stored(world, "activity", id=activity))[0]["status"] == "APPROVED"


async def test_cancelling_says_why_and_is_counted(world: CultureWorld) -> None:
    activity = await opened(world)
    with pytest.raises(Invalid):
        await run_command(advance_activity, world.context(), AdvanceActivity(activity, S.CANCELLED))
    with pytest.raises(Invalid):
        await run_command(cancel_activity, world.context(), CancelActivity(activity, " "))
    await run_command(cancel_activity, world.context(), CancelActivity(activity, "暴雨"))
    row = (await stored(world, "activity", id=activity))[0]

    assert (row["status"], row["cancel_reason"]) == ("CANCELLED", "暴雨")
    with scoped(COURTYARD):
        assert await world.counters_agree()


async def test_an_activity_of_another_courtyard_is_not_there(world: CultureWorld) -> None:
    activity = await opened(world)
    there = world.context(tenant=OTHER)
    for command, item in (
        (advance_activity, AdvanceActivity(activity, S.RUNNING)),
        (cancel_activity, CancelActivity(activity, "雨")),
        (revise_activity, ReviseActivity(activity, title="新")),
        (sign_up, SignUp(activity, uuid.uuid4())),
        (check_in, CheckIn(activity, uuid.uuid4())),
    ):
        with pytest.raises(NotFound):
            await run_command(command, there, item)


async def test_a_revised_plan_moves_its_day_and_gives_new_places_to_who_waits(world: CultureWorld) -> None:
    activity = await opened(world)
    people = await world.people(4)
    await run_commands(sign_up, world.context(), [SignUp(activity, person) for person in people])
    later = STARTS + dt.timedelta(days=1)
    receipt = await run_command(
        revise_activity,
        world.context(),
        ReviseActivity(activity, starts_at=later, ends_at=later + dt.timedelta(hours=1), capacity=3, place="活动室"),
    )
    row = (await stored(world, "activity", id=activity))[0]

    assert (row["day"], row["place"], row["capacity"]) == (dt.date(2026, 11, 26), "活动室", 3)
    assert len(receipt.payload["promoted"]) == 1
    assert list((await states(world, activity)).values()) == ["CONFIRMED"] * 3 + ["WAITLISTED"]
    with pytest.raises(RuleRefused) as refused:
        await run_command(revise_activity, world.context(), ReviseActivity(activity, capacity=2))
    assert refused.value.stable_code == "PLACES_TAKEN"
    await run_command(revise_activity, world.context(), ReviseActivity(activity, is_unlimited=True))
    assert list((await states(world, activity)).values()) == ["CONFIRMED"] * 4
    await run_command(cancel_activity, world.context(), CancelActivity(activity, "雨"))
    with pytest.raises(RuleRefused):
        await run_command(revise_activity, world.context(), ReviseActivity(activity, title="新"))


# festivals


async def test_the_festivals_of_a_year_are_planned_once(world: CultureWorld) -> None:
    asked = PlanFestivals(2028)
    first = await run_command(plan_festivals, world.context(), asked)
    again = await run_command(plan_festivals, world.context(), asked)
    with scoped(COURTYARD):
        held = await world.database.fetch(
            "SELECT festival, day, festival_day, kind, title, starts_at FROM activity"
            " WHERE festival IS NOT NULL AND festival_day > '2028-01-01' AND festival_day < '2029-12-31'"
            if world.database.dialect == "sqlite"
            else "SELECT festival, day, festival_day, kind, title, starts_at FROM activity"
            " WHERE festival IS NOT NULL AND festival_day BETWEEN date '2028-01-01' AND date '2029-12-31'"
        )
    days = {row["festival"]: row["day"] for row in held}

    assert days == {each.code: each.day for each in festivals(2028)}
    assert len(held) == len(days) == len(first.payload["planned"])
    assert again.payload["planned"] == []
    assert again.payload["kept"] == first.payload["planned"]
    # A15: the leap fifth month of 2028 holds no festival
    assert days["DRAGON_BOAT"] == dt.date(2028, 5, 28)
    assert days["MID_AUTUMN"] == dt.date(2028, 10, 3)
    assert days["NEW_YEARS_EVE"] == dt.date(2028, 1, 25)
    assert [code for code, day in days.items() if dt.date(2028, 6, 23) <= day <= dt.date(2028, 7, 21)] == [
        "PARTY_FOUNDING_DAY"
    ]
    assert {row["kind"] for row in held} == {"FESTIVAL"}
    assert {row["starts_at"].astimezone(SHANGHAI).time() for row in held} == {dt.time(9, 30)}


async def test_festivals_gone_by_and_those_not_asked_for_are_left_out(world: CultureWorld) -> None:
    receipt = await run_command(
        plan_festivals, world.context(), PlanFestivals(2026, ("MID_AUTUMN", "WINTER_SOLSTICE", "LABA"))
    )

    assert receipt.payload == {
        "year": 2026,
        "planned": ["WINTER_SOLSTICE", "LABA"],
        "kept": [],
        "past": ["MID_AUTUMN"],
    }


async def test_a_cancelled_or_moved_festival_is_not_planned_again(world: CultureWorld) -> None:
    await run_command(plan_festivals, world.context(), PlanFestivals(2030, ("QIXI", "MID_AUTUMN")))
    qixi = (await stored(world, "activity", festival="QIXI", festival_day=dt.date(2030, 8, 5)))[0]
    moon = (await stored(world, "activity", festival="MID_AUTUMN", festival_day=dt.date(2030, 9, 12)))[0]
    await run_command(cancel_activity, world.context(), CancelActivity(qixi["id"], "场地维修"))
    eve = dt.datetime(2030, 9, 11, 18, tzinfo=SHANGHAI)
    move = ReviseActivity(moon["id"], starts_at=eve, ends_at=eve + dt.timedelta(hours=2))
    await run_command(revise_activity, world.context(), move)
    again = await run_command(plan_festivals, world.context(), PlanFestivals(2030, ("QIXI", "MID_AUTUMN")))

    assert again.payload["planned"] == []


@pytest.mark.parametrize(
    "asked",
    [
        PlanFestivals(1900),
        PlanFestivals(2028, ("DOUBLE_ELEVEN",)),
        PlanFestivals(2031, ("QIXI",), start_minute=-1),
        PlanFestivals(2031, ("QIXI",), start_minute=1440),
    ],
)
async def test_a_year_festival_or_minute_that_there_is_not_is_refused(
    world: CultureWorld, asked: PlanFestivals
) -> None:
    with pytest.raises(Invalid):
        await run_command(plan_festivals, world.context(), asked)


# attendance


async def test_who_comes_after_the_last_place_waits_and_moves_up_in_order(world: CultureWorld) -> None:
    activity = await opened(world)
    a, b, c, d = await world.people(4)
    for person in (a, b, c, d):
        await run_command(sign_up, world.context("RESIDENT", own=person), SignUp(activity, person))
    assert await states(world, activity) == {a: "CONFIRMED", b: "CONFIRMED", c: "WAITLISTED", d: "WAITLISTED"}
    receipt = await run_command(cancel_sign_up, world.context("RESIDENT", own=a), CancelSignUp(activity, a))
    assert await states(world, activity) == {a: "CANCELLED", b: "CONFIRMED", c: "CONFIRMED", d: "WAITLISTED"}
    assert len(receipt.payload["promoted"]) == 1
    # who changes his mind goes to the end of the queue
    again = await run_command(sign_up, world.context("RESIDENT", own=a), SignUp(activity, a))
    assert (again.payload["state"], again.payload["position"]) == (SignupState.WAITLISTED, 5)
    await run_command(cancel_sign_up, world.context("RESIDENT", own=c), CancelSignUp(activity, c))
    assert (await states(world, activity))[d] == "CONFIRMED"
    # giving up a place in the waitlist moves nobody
    receipt = await run_command(cancel_sign_up, world.context("RESIDENT", own=a), CancelSignUp(activity, a))
    assert receipt.payload["promoted"] == []


async def test_a_list_is_signed_up_in_its_order(world: CultureWorld) -> None:
    activity = await opened(world)
    people = await world.people(4)
    await run_commands(sign_up, world.context("POST_HOLDER"), [SignUp(activity, person) for person in people])
    rows = await stored(world, "activity_signup", activity_id=activity)

    assert [(row["person_id"], row["position"]) for row in rows] == list(zip(people, (1, 2, 3, 4), strict=True))
    assert [row["state"] for row in rows] == ["CONFIRMED"] * 2 + ["WAITLISTED"] * 2


async def test_nobody_signs_up_twice(world: CultureWorld) -> None:
    activity = await opened(world)
    (person,) = await world.people(1)
    await run_command(sign_up, world.context(), SignUp(activity, person))
    with pytest.raises(Conflict) as refused:
        await run_command(sign_up, world.context(), SignUp(activity, person))
    assert refused.value.stable_code == "ALREADY_SIGNED_UP"


async def test_a_resident_signs_up_himself_and_nobody_else(world: CultureWorld) -> None:
    activity = await opened(world)
    me, neighbour = await world.people(2)
    resident = world.context("RESIDENT", own=me)
    mine = await run_command(sign_up, resident, SignUp(activity, me))
    for command, item in (
        (sign_up, SignUp(activity, neighbour)),
        (cancel_sign_up, CancelSignUp(activity, neighbour)),
        (check_in, CheckIn(activity, neighbour, CheckInMethod.QR, "posted-code")),
        (check_in, CheckIn(activity, me, CheckInMethod.LIST)),
        (record_service, RecordService(me, STARTS, STARTS)),
        (set_consent, SetConsent(neighbour, True)),
    ):
        with pytest.raises(Forbidden):
            await run_command(command, resident, item)
    theirs = await run_command(sign_up, world.context("POST_HOLDER"), SignUp(activity, neighbour))

    assert mine.payload["on_behalf_of"] is None
    assert theirs.payload["on_behalf_of"] == neighbour


async def test_sign_up_ends_with_the_start_but_the_desk_may_enter_who_walks_in(world: CultureWorld) -> None:
    activity = await opened(world)
    me, other = await world.people(2)
    with pytest.raises(RuleRefused):
        await run_command(sign_up, world.context("RESIDENT", own=me, clock=AT_THE_START), SignUp(activity, me))
    await run_command(advance_activity, world.context(clock=AT_THE_START), AdvanceActivity(activity, S.RUNNING))
    with pytest.raises(RuleRefused):
        await run_command(sign_up, world.context("RESIDENT", own=me, clock=AT_THE_START), SignUp(activity, me))
    await run_command(sign_up, world.context("POST_HOLDER", clock=AT_THE_START), SignUp(activity, other))
    assert await states(world, activity) == {other: "CONFIRMED"}


async def test_check_in_takes_the_code_on_site_or_the_list(world: CultureWorld) -> None:
    activity = await opened(world)
    me, other, late = await world.people(3)
    await run_commands(sign_up, world.context(), [SignUp(activity, each) for each in (me, other, late)])
    resident = world.context("RESIDENT", own=me, clock=AT_THE_START)
    for code in (None, "", "wrong", "posted-code "):
        with pytest.raises(Invalid) as refused:
            await run_command(check_in, resident, CheckIn(activity, me, CheckInMethod.QR, code))
        assert refused.value.stable_code == "CHECK_IN_CODE"
    await run_command(check_in, resident, CheckIn(activity, me, CheckInMethod.QR, "posted-code"))
    await run_commands(check_in, world.context("POST_HOLDER", clock=AT_THE_START), [CheckIn(activity, other)])
    rows = await stored(world, "activity_signup", activity_id=activity)

    assert [row["check_in_method"] for row in rows] == ["QR", "LIST", None]
    assert [row["attended"] for row in rows] == [True, True, False]
    assert rows[0]["checked_in_at"] == STARTS
    with pytest.raises(Conflict):
        await run_command(check_in, world.context(clock=AT_THE_START), CheckIn(activity, me))
    with pytest.raises(Conflict):
        await run_command(cancel_sign_up, resident, CancelSignUp(activity, me))
    with pytest.raises(RuleRefused) as waiting:
        await run_command(check_in, world.context(clock=AT_THE_START), CheckIn(activity, late))
    assert waiting.value.stable_code == "NO_PLACE"
    with scoped(COURTYARD):
        assert await world.counters_agree()


async def test_nobody_checks_in_early_or_without_having_signed_up(world: CultureWorld) -> None:
    activity = await opened(world)
    me, stranger = await world.people(2)
    await run_command(sign_up, world.context(), SignUp(activity, me))
    with pytest.raises(RuleRefused):
        await run_command(check_in, world.context(), CheckIn(activity, me))
    with pytest.raises(NotFound):
        await run_command(check_in, world.context(clock=AT_THE_START), CheckIn(activity, stranger))
    with pytest.raises(NotFound):
        await run_command(cancel_sign_up, world.context(), CancelSignUp(activity, stranger))


async def test_a_sign_up_for_what_is_over_is_not_given_back(world: CultureWorld) -> None:
    activity = await opened(world)
    (me,) = await world.people(1)
    await run_command(sign_up, world.context(), SignUp(activity, me))
    await run_command(cancel_activity, world.context(), CancelActivity(activity, "雨"))
    with pytest.raises(RuleRefused):
        await run_command(cancel_sign_up, world.context("RESIDENT", own=me), CancelSignUp(activity, me))


async def test_a_repeated_key_signs_up_once(world: CultureWorld) -> None:
    activity = await opened(world)
    (me,) = await world.people(1)
    first = await run_command(sign_up, world.context("RESIDENT", own=me), SignUp(activity, me), key="k1")
    resident = world.context()
    once = await run_command(plan_activity, resident, plan(title="一次"), key="plan-1")
    twice = await run_command(plan_activity, resident, plan(title="一次"), key="plan-1")

    assert not first.replayed
    assert (twice.replayed, twice.subject_id) == (True, once.subject_id)
    assert len(await stored(world, "activity", title="一次")) == 1


# what was held


async def test_an_activity_that_was_held_is_entered_with_its_list(world: CultureWorld) -> None:
    held = dt.datetime(2026, 10, 18, 9, tzinfo=SHANGHAI)
    a, b, c = await world.people(3)
    list_of = (
        Attendance(a, held - dt.timedelta(days=3), held),
        Attendance(b, held - dt.timedelta(days=2)),
        Attendance(c, held - dt.timedelta(days=1), state=SignupState.WAITLISTED),
    )
    past = plan(title="重阳敬老", starts_at=held, ends_at=held + dt.timedelta(hours=2))
    receipt = await run_commands(record_activity, world.context(), [RecordActivity(past, S.ARCHIVED, list_of)])
    activity = subject(receipt)
    rows = await stored(world, "activity_signup", activity_id=activity)

    assert [(row["state"], row["attended"]) for row in rows] == [
        ("CONFIRMED", True),
        ("CONFIRMED", False),
        ("WAITLISTED", False),
    ]
    assert (await stored(world, "activity", id=activity))[0]["check_in_code"] is None
    with scoped(COURTYARD):
        assert await world.counters_agree()


async def test_nobody_attended_what_was_cancelled(world: CultureWorld) -> None:
    (a,) = await world.people(1)
    day = dt.datetime(2026, 10, 18, 9, tzinfo=SHANGHAI)
    past = plan(title="下雨取消", starts_at=day, ends_at=day + dt.timedelta(hours=2))
    came = RecordActivity(past, S.CANCELLED, (Attendance(a, day - dt.timedelta(days=3), day),), "下雨")
    with scoped(COURTYARD):
        before = await stored_counts(world.database, COUNTERS[0], COURTYARD)
    with pytest.raises(Invalid) as refused:
        await run_command(record_activity, world.context(), came)
    assert (refused.value.stable_code, refused.value.field) == ("ACTIVITY_NOT_HELD", "attendance")
    assert await stored(world, "activity", title="下雨取消") == []
    signed_up = replace(came, attendance=(Attendance(a, day - dt.timedelta(days=3)),))
    activity = subject(await run_command(record_activity, world.context(), signed_up))
    assert [row["attended"] for row in await stored(world, "activity_signup", activity_id=activity)] == [False]
    with scoped(COURTYARD):
        after = await stored_counts(world.database, COUNTERS[0], COURTYARD)
        assert await world.counters_agree()
    assert before is not None
    assert after is not None
    assert after["participants"] == before["participants"]


async def test_what_is_not_over_is_not_entered_as_held(world: CultureWorld) -> None:
    (a,) = await world.people(1)
    held = dt.datetime(2026, 10, 18, 9, tzinfo=SHANGHAI)
    past = plan(starts_at=held, ends_at=held + dt.timedelta(hours=2))
    waits = Attendance(a, held, held, state=SignupState.WAITLISTED)
    for wrong in (
        RecordActivity(plan()),
        RecordActivity(past, S.RUNNING),
        RecordActivity(past, S.CANCELLED),
        RecordActivity(past, attendance=(waits,)),
    ):
        with pytest.raises(Invalid):
            await run_command(record_activity, world.context(), wrong)
    twice = RecordActivity(past, attendance=(Attendance(a, held), Attendance(a, held)))
    with pytest.raises(Duplicate):
        await run_command(record_activity, world.context(), twice)


# volunteering


def served(person: uuid.UUID, hour: int, length: int, day: int = 20) -> RecordService:
    begun = dt.datetime(2026, 11, day, hour, tzinfo=SHANGHAI)
    return RecordService(person, begun, begun + dt.timedelta(minutes=length), None, "文明劝导")


async def test_services_are_recorded_to_the_minute_and_counted(world: CultureWorld) -> None:
    a, b = await world.people(2)
    receipt = await run_commands(record_service, world.context("POST_HOLDER"), [served(a, 9, 90), served(b, 9, 45)])
    rows = [row for each in receipt.subject_ids for row in await stored(world, "volunteer_service", id=each)]

    assert [(row["person_id"], row["minutes"], row["task"]) for row in rows] == [
        (a, 90, "文明劝导"),
        (b, 45, "文明劝导"),
    ]
    with scoped(COURTYARD):
        assert await world.counters_agree()


async def test_an_overlap_is_refused_against_the_books_and_nothing_is_written(world: CultureWorld) -> None:
    a, b = await world.people(2)
    await run_command(record_service, world.context(), served(a, 9, 60))
    with pytest.raises(RuleRefused) as refused:
        await run_commands(record_service, world.context(), [served(b, 9, 60), served(a, 9, 30)])
    assert refused.value.stable_code == "SERVICE_OVERLAP"
    assert await stored(world, "volunteer_service", person_id=b) == []
    await run_command(record_service, world.context(), served(a, 10, 60))


async def test_a_day_holds_twelve_hours_of_service_whenever_they_are_recorded(world: CultureWorld) -> None:
    (a,) = await world.people(1)
    await run_command(record_service, world.context(), served(a, 6, 360))
    await run_command(record_service, world.context(), served(a, 13, 360))
    with pytest.raises(RuleRefused) as refused:
        await run_command(record_service, world.context(), served(a, 20, 1))
    assert refused.value.stable_code == "SERVICE_DAY_FULL"
    await run_command(record_service, world.context(), served(a, 6, 720, day=21))


async def test_a_service_that_lies_ahead_is_refused(world: CultureWorld) -> None:
    (a,) = await world.people(1)
    with pytest.raises(Invalid):
        await run_command(record_service, world.context(), served(a, 9, 60, day=23))


async def test_consent_stands_until_it_is_withdrawn(world: CultureWorld) -> None:
    me, other = await world.people(2)
    mine = world.context("RESIDENT", own=me)
    await run_command(set_consent, mine, SetConsent(me, True))
    again = await run_command(set_consent, mine, SetConsent(me, True))
    on_paper = await run_command(set_consent, world.context("POST_HOLDER"), SetConsent(other, True))
    assert len(await stored(world, "volunteer_consent", id=me)) == 1
    assert again.payload == {"granted": True, "was_granted": True, "on_behalf_of": None}
    assert on_paper.payload["on_behalf_of"] == other
    await run_commands(set_consent, mine, [SetConsent(me, False), SetConsent(me, True), SetConsent(me, False)])
    assert await stored(world, "volunteer_consent", id=me) == []
    assert len(await stored(world, "volunteer_consent", id=other)) == 1


async def test_a_person_of_another_courtyard_cannot_be_entered(world: CultureWorld) -> None:
    activity = await opened(world)
    (theirs,) = await world.people(1, tenant=OTHER)
    for command, item in (
        (sign_up, SignUp(activity, theirs)),
        (record_service, served(theirs, 9, 60)),
        (set_consent, SetConsent(theirs, True)),
    ):
        with pytest.raises(Refused):
            await run_command(command, world.context(), item)
    assert await states(world, activity) == {}
