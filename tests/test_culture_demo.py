"""The demo's year of activities: plausible, the same for the same seed, a handful of records."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from culture_world import CultureWorld, build_culture_world
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, DISTRICT, OTHER, SUBDISTRICT, TODAY

from yuanluo import DemoContext, NodeKind, Settled, scoped, settle, verify
from yuanluo.synthetic import generate_courtyard, plan_district
from yuanluo_culture.demo import write_demo_rows

SEED = 1
ABOVE = {NodeKind.COMMUNITY: COMMUNITY, NodeKind.SUBDISTRICT: SUBDISTRICT, NodeKind.DISTRICT: DISTRICT}


@dataclass(slots=True)
class Demo:
    """One synthetic courtyard, written into both courtyards of the world with the same seed."""

    world: CultureWorld
    settled: dict[int, Settled]

    @property
    def database(self) -> Any:
        """The database, for the fixture that binds tables."""
        return self.world.database

    async def rows(self, sql: str, tenant: int = COURTYARD) -> list[dict[str, Any]]:
        """Fetch rows of one courtyard."""
        with scoped(tenant):
            return await self.world.database.fetch(sql)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(make_database: MakeDatabase) -> Demo:
    world = await build_culture_world(make_database)
    courtyard = generate_courtyard(plan_district(1, SEED, people=200).courtyards[0], SEED)
    settled: dict[int, Settled] = {}
    for tenant in (COURTYARD, OTHER):
        context = world.context(tenant=tenant)
        settled[tenant] = await settle(context, courtyard)
        await write_demo_rows(
            DemoContext(context, NodeKind.COURTYARD, COURTYARD, "梧桐苑", SEED, ABOVE, settled[tenant])
        )
    return Demo(world, settled)


async def digest(demo: Demo, tenant: int) -> list[Any]:
    """Return what the demo wrote, people by their serials, without ids."""
    serials = {person: serial for serial, person in enumerate(demo.settled[tenant].people, 1)}
    activities = {
        row["id"]: (row["title"], row["starts_at"], row["place"], row["capacity"], row["status"], row["check_in_code"])
        for row in await demo.rows("SELECT * FROM activity", tenant)
    }
    signups = [
        (activities[row["activity_id"]], serials[row["person_id"]], row["state"], row["position"], row["checked_in_at"])
        for row in await demo.rows("SELECT * FROM activity_signup", tenant)
    ]
    services = [
        (serials[row["person_id"]], row["check_in"], row["minutes"], row["task"])
        for row in await demo.rows("SELECT * FROM volunteer_service", tenant)
    ]
    named = [serials[row["id"]] for row in await demo.rows("SELECT * FROM volunteer_consent", tenant)]
    return [sorted(map(repr, each)) for each in (activities.values(), signups, services, named)]


async def test_a_courtyard_has_about_twenty_activities_a_year_and_three_to_come(demo: Demo) -> None:
    rows = await demo.rows("SELECT * FROM activity")
    kinds = Counter(row["kind"] for row in rows)
    coming = [row for row in rows if row["day"] >= TODAY and row["status"] != "CANCELLED"]

    assert 18 <= len(rows) <= 24
    assert set(kinds) == {"FESTIVAL", "GREEN_HOME", "HARMONY_PUBLICITY", "LAW", "SPORT", "HEALTH", "LECTURE"}
    assert kinds["FESTIVAL"] >= 6
    assert len(coming) >= 3
    assert {row["status"] for row in coming} >= {"SIGNUP"}
    assert all(row["day"] == row["festival_day"] for row in rows if row["festival"])


async def test_people_came_and_helped_in_plausible_numbers(demo: Demo) -> None:
    signups = await demo.rows("SELECT * FROM activity_signup")
    services = await demo.rows("SELECT * FROM volunteer_service")
    states = Counter(row["state"] for row in signups)
    came = sum(row["attended"] for row in signups)

    assert len(signups) > 200
    assert states["CONFIRMED"] > 5 * states["CANCELLED"] > 0
    assert 0.6 < came / states["CONFIRMED"] < 1
    assert {row["check_in_method"] for row in signups if row["attended"]} == {"QR", "LIST"}
    assert len(services) > 50
    assert all(40 <= row["minutes"] <= 240 for row in services)


async def test_no_activity_gives_more_places_than_it_has(demo: Demo) -> None:
    places = {row["id"]: row["capacity"] for row in await demo.rows("SELECT id, capacity FROM activity")}
    taken: Counter[uuid.UUID] = Counter()
    for row in await demo.rows("SELECT activity_id FROM activity_signup WHERE state = 'CONFIRMED'"):
        taken[row["activity_id"]] += 1

    assert all(places[each] is None or number <= places[each] for each, number in taken.items())


async def test_the_same_seed_writes_the_same_year(demo: Demo) -> None:
    assert await digest(demo, COURTYARD) == await digest(demo, OTHER)


async def test_the_demo_keeps_counters_and_chain_whole(demo: Demo) -> None:
    for tenant in (COURTYARD, OTHER):
        with scoped(tenant):
            assert await demo.world.counters_agree(tenant)
            assert (await verify(demo.world.database, tenant)).is_whole


async def test_a_courtyards_year_is_a_handful_of_records(demo: Demo) -> None:
    filed = await demo.rows("SELECT kind FROM record WHERE body = 'culture' ORDER BY sequence")

    assert [row["kind"] for row in filed] == [
        "activity.record",
        "activity.plan",
        "activity.advance",
        "activity.sign_up",
        "volunteer.record_service",
        "volunteer.set_consent",
    ]


async def test_above_the_courtyards_nothing_is_written(demo: Demo) -> None:
    context = demo.world.context(tenant=COMMUNITY)
    await write_demo_rows(DemoContext(context, NodeKind.COMMUNITY, COMMUNITY, "银杏社区", SEED, ABOVE))
    assert await demo.rows("SELECT id FROM activity", COMMUNITY) == []
