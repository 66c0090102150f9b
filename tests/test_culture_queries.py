"""What GraphQL shows of the culture plugin, to whom, and how it is found."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from culture_world import CultureWorld, build_culture_world, viewer
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, DISTRICT, OTHER, TODAY

from yuanluo import Viewer, operator, run_command, run_commands, scoped
from yuanluo.clock import SHANGHAI
from yuanluo_culture.attendance import SignUp, sign_up
from yuanluo_culture.planning import (
    AdvanceActivity,
    CancelActivity,
    PlanActivity,
    advance_activity,
    cancel_activity,
    plan_activity,
)
from yuanluo_culture.recording import Attendance, RecordActivity, record_activity
from yuanluo_culture.terms import ActivityKind, ActivityStatus
from yuanluo_culture.volunteering import RecordService, SetConsent, record_service, set_consent
from yuanluo_graphql.rights import Rights


@dataclass(slots=True)
class Filled:
    """The world with a few activities: two people signed up for the next one, one of them a named volunteer."""

    world: CultureWorld
    me: uuid.UUID
    neighbour: uuid.UUID

    @property
    def database(self) -> Any:
        """The database, for the fixture that binds tables."""
        return self.world.database

    def viewer(self, role: str, own: uuid.UUID | None = None) -> Viewer:
        """Return a viewer in `role`."""
        return viewer(self.world.house, role, own=own)

    async def courtyard(self, asking: Viewer, selection: str) -> dict[str, Any]:
        """Ask for a selection on the courtyard."""
        answer = await self.world.ask(asking, f'{{ courtyard(code: "{COURTYARD}") {{ {selection} }} }}')
        assert "errors" not in answer
        return answer["data"]["courtyard"]


def plan(title: str, day: dt.date, hour: int = 9, **changes: Any) -> PlanActivity:
    starts = dt.datetime.combine(day, dt.time(hour), SHANGHAI)
    return PlanActivity(
        ActivityKind.LECTURE, title, starts, starts + dt.timedelta(hours=2), "活动室", budget_fen=50_000, **changes
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(make_database: MakeDatabase) -> Filled:
    world = await build_culture_world(make_database)
    me, neighbour = await world.people(2)
    context = world.context()
    past = plan("上月讲座", TODAY - dt.timedelta(days=30))
    lists = (Attendance(me, past.starts_at, past.starts_at), Attendance(neighbour, past.starts_at))
    await run_command(record_activity, context, RecordActivity(past, ActivityStatus.ARCHIVED, lists))
    titles = [("明晚", 1, 19), ("今天", 0, 9), ("明早", 1, 8), ("下周", 7, 9), ("取消的", 2, 9)]
    receipt = await run_commands(
        plan_activity, context, [plan(title, TODAY + dt.timedelta(days=days), hour) for title, days, hour in titles]
    )
    evening, _, _, _, dropped = receipt.subject_ids
    assert evening
    assert dropped
    await run_command(cancel_activity, context, CancelActivity(dropped, "停电"))
    steps = (ActivityStatus.APPROVED, ActivityStatus.PUBLISHED, ActivityStatus.SIGNUP)
    await run_commands(advance_activity, context, [AdvanceActivity(evening, each) for each in steps])
    await run_commands(sign_up, context, [SignUp(evening, me), SignUp(evening, neighbour)])
    services = [
        RecordService(person, past.starts_at - dt.timedelta(days=1), past.starts_at - dt.timedelta(hours=23))
        for person in (me, neighbour)
    ]
    await run_commands(record_service, context, services)
    await run_command(set_consent, context, SetConsent(neighbour, True))
    await run_command(plan_activity, world.context(tenant=OTHER), plan("邻院的", TODAY + dt.timedelta(days=1)))
    return Filled(world, me, neighbour)


def titles_of(found: dict[str, Any]) -> list[str]:
    return [each["title"] for each in found["nodes"]]


async def test_the_next_three_activities_come_in_order_without_what_was_cancelled(filled: Filled) -> None:
    asking = filled.viewer("PUBLIC")
    found = await filled.courtyard(
        asking, "upcomingActivities(first: 3) { totalCount nodes { title day status budgetFen } }"
    )

    assert titles_of(found["upcomingActivities"]) == ["今天", "明早", "明晚"]
    assert found["upcomingActivities"]["totalCount"] == 4
    assert found["upcomingActivities"]["nodes"][0]["day"] == "2026-11-22"
    every = await filled.courtyard(asking, "activities { nodes { title } } activityCount")
    assert titles_of(every["activities"]) == ["上月讲座", "今天", "明早", "明晚", "取消的", "下周"]
    assert every["activityCount"] == 5


async def test_a_roll_up_shows_the_next_activities_of_every_courtyard(filled: Filled) -> None:
    officer = viewer(filled.world.house, "DISTRICT_ADMIN", tenant=DISTRICT, span=10**10 - 1)
    answer = await filled.world.ask(
        officer,
        "{ courtyards { nodes { name cultureCounts { activities cancelledActivities participants volunteerServices"
        " volunteerMinutes } volunteerMinutes upcomingActivities(first: 3) { nodes { title signupCount } } } } }",
    )
    by_name = {each["name"]: each for each in answer["data"]["courtyards"]["nodes"]}
    one, two = by_name["梧桐苑"], by_name["银杏里"]

    assert two["upcomingActivities"]["nodes"] == [{"title": "邻院的", "signupCount": 0}]
    assert titles_of(one["upcomingActivities"]) == ["今天", "明早", "明晚"]
    assert one["cultureCounts"] == {
        "activities": 6,
        "cancelledActivities": 1,
        "participants": 1,
        "volunteerServices": 2,
        "volunteerMinutes": 120,
    }
    assert one["volunteerMinutes"] == 120


LISTS = """activities { nodes { title signupCount waitlistCount checkedInCount volunteerMinutes checkInCode
  signups { totalCount nodes { state person { name } } } } }"""


async def test_how_many_come_is_public_and_who_comes_is_not(filled: Filled) -> None:
    for role in ("PUBLIC", "RESIDENT", "OWNER", "SUPERVISOR", "DISTRICT_ADMIN"):
        found = (await filled.courtyard(filled.viewer(role), LISTS))["activities"]["nodes"]
        by_title = {each["title"]: each for each in found}
        assert by_title["明晚"]["signupCount"] == 2
        assert by_title["上月讲座"]["checkedInCount"] == 1
        assert all(not each["signups"] or each["signups"]["nodes"] == [] for each in found)
        assert all(not each["signups"] or each["signups"]["totalCount"] == 0 for each in found)
        assert all(each["checkInCode"] is None for each in found)


@pytest.mark.parametrize("role", ["POST_HOLDER", "COUNCIL_MEMBER", "BRANCH_COMMITTEE", "COMMUNITY_SECRETARY"])
async def test_those_who_run_activities_see_the_lists(filled: Filled, role: str) -> None:
    found = (await filled.courtyard(filled.viewer(role), LISTS))["activities"]["nodes"]
    evening = next(each for each in found if each["title"] == "明晚")

    assert [each["person"]["name"] for each in evening["signups"]["nodes"]] == ["测试人0", "测试人1"]
    assert evening["checkInCode"]


PEOPLE = """people { nodes { name activitySignups { nodes { state activity { title } } }
  volunteerServices { sum { minutes } nodes { minutes } } volunteerConsent { minutes grantedOn } } }"""


async def test_a_resident_sees_his_own_sign_ups_and_time_and_nobody_elses(filled: Filled) -> None:
    found = (await filled.courtyard(filled.viewer("RESIDENT", own=filled.me), PEOPLE))["people"]["nodes"]
    mine, theirs = found

    assert [each["activity"]["title"] for each in mine["activitySignups"]["nodes"]] == ["上月讲座", "明晚"]
    assert mine["volunteerServices"] == {"sum": {"minutes": 60}, "nodes": [{"minutes": 60}]}
    assert mine["volunteerConsent"] is None
    assert theirs["activitySignups"]["nodes"] == []
    assert theirs["volunteerServices"] == {"sum": {"minutes": None}, "nodes": []}
    # he agreed to be named, so neighbours may thank him
    assert theirs["volunteerConsent"] == {"minutes": 60, "grantedOn": "2026-11-22"}


async def test_volunteers_are_named_to_the_courtyard_with_consent_and_to_the_public_never(filled: Filled) -> None:
    text = "volunteerConsents { nodes { person { name } minutes } }"
    named = await filled.courtyard(filled.viewer("RESIDENT"), text)
    public = await filled.courtyard(filled.viewer("PUBLIC"), text)

    assert named["volunteerConsents"]["nodes"] == [{"person": {"name": "测试人1"}, "minutes": 60}]
    assert not public["volunteerConsents"] or public["volunteerConsents"]["nodes"] == []


async def test_those_who_keep_the_books_see_everybodys_time(filled: Filled) -> None:
    found = (await filled.courtyard(filled.viewer("POST_HOLDER"), PEOPLE))["people"]["nodes"]

    assert [each["volunteerServices"]["sum"]["minutes"] for each in found] == [60, 60]


async def test_sign_ups_cannot_be_guessed_by_a_filter(filled: Filled) -> None:
    text = "activitySignups(filter: {state: {eq: CONFIRMED}}) { totalCount }"
    hidden = (await filled.courtyard(filled.viewer("RESIDENT"), text))["activitySignups"]
    shown = (await filled.courtyard(filled.viewer("POST_HOLDER"), text))["activitySignups"]

    assert not hidden or hidden["totalCount"] == 0
    assert shown["totalCount"] == 4


# how it is found


async def _plan_of_upcoming(filled: Filled) -> str:
    """Return the engine's plan for the next three activities of every courtyard of the community."""
    world = filled.world
    rights = Rights.of(viewer(world.house, "COMMUNITY_SECRETARY", tenant=COMMUNITY, span=9_999))
    prepared = world.engine.documents.prepare(
        "{ courtyards(first: 200) { nodes { name upcomingActivities(first: 3) { nodes { title day } } } } }"
    )
    plan = world.engine.plan(prepared, {}, rights)
    assert plan.sql is not None
    sql = plan.sql
    with scoped(rights.scope):
        if world.database.dialect == "sqlite":
            rows = await world.database.fetch(f"EXPLAIN QUERY PLAN {sql}", [None] * len(plan.binders))
            return "\n".join(str(row["detail"]) for row in rows)
        async with world.database.transaction():
            await world.database.fetch("SELECT set_config('enable_seqscan', 'off', true)")
            await world.database.fetch("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
            await world.database.fetch(f"PREPARE upcoming AS {sql}")
            nulls = ", ".join(["NULL"] * (len(plan.binders) + 1))
            rows = await world.database.fetch(f"EXPLAIN EXECUTE upcoming({nulls})")
            await world.database.fetch("DEALLOCATE upcoming")
            return "\n".join(str(next(iter(row.values()))) for row in rows)


async def test_upcoming_activities_are_the_head_of_one_index_scan_without_a_sort(filled: Filled) -> None:
    plan = await _plan_of_upcoming(filled)
    lines = plan.splitlines()
    at = next(index for index, line in enumerate(lines) if "activity_day_starts_at_id_index" in line)

    assert sum("activity_day_starts_at_id_index" in line for line in lines) == 1
    if filled.world.database.dialect == "sqlite":
        assert "tenant_id=? AND day>?" in lines[at]
        assert not any("TEMP B-TREE" in line for line in lines[at:])
    else:
        assert lines[at].strip().startswith("->  Index Scan using activity_day_starts_at_id_index on activity")
        assert "tenant_id" in lines[at + 1]
        assert "day" in lines[at + 1]
        assert "Sort" not in lines[at - 1]


async def test_every_answer_takes_one_statement(filled: Filled) -> None:
    asked: list[str] = []
    database = filled.world.database
    fetch_json = database.fetch_json

    async def counted(sql: str, args: Any, scope: Any) -> bytes | None:
        asked.append(sql)
        return await fetch_json(sql, args, scope)

    database.fetch_json = counted
    try:
        await filled.courtyard(operator(), f"{LISTS} {PEOPLE} cultureCounts {{ activities }}")
    finally:
        del database.fetch_json
    assert len(asked) == 1
