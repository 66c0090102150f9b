"""The party plugin's demo rows: plausible by `domain.md` §4, the same for the same seed, quickly written."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, OTHER, TODAY, at
from party_world import build_party_house, counters_agree

import yuanluo
from yuanluo import DemoContext, House, NodeKind, rows, scoped, verify
from yuanluo.synthetic import generate_courtyard, plan_district
from yuanluo_party.demo import write_demo
from yuanluo_tenants.database import Database, Row

SEED = 7


@dataclass(slots=True)
class DemoWorld:
    """Two courtyards of one plan: the first of a usual size, the second a small one."""

    house: House
    database: Database


async def write(house: House, households: int, tenant: int, shared: dict[tuple[str, int, str], uuid.UUID]) -> None:
    plan = plan_district(2, seed=SEED, households=households).courtyards[1 if tenant == OTHER else 0]
    context = at(house, tenant)
    settled = await yuanluo.settle(context, generate_courtyard(plan, SEED))
    ancestors = {NodeKind.COMMUNITY: COMMUNITY}
    await write_demo(DemoContext(context, NodeKind.COURTYARD, tenant, "院落", SEED, ancestors, settled, shared))


async def build(make_database: MakeDatabase) -> DemoWorld:
    house = await build_party_house(make_database)
    house.database.bind(house.registry)
    shared: dict[tuple[str, int, str], uuid.UUID] = {}
    await write_demo(
        DemoContext(at(house, COMMUNITY), NodeKind.COMMUNITY, COMMUNITY, "银杏社区", SEED, {}, None, shared)
    )
    await write(house, 270, COURTYARD, shared)
    await write(house, 30, OTHER, shared)
    return DemoWorld(house, house.database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> DemoWorld:
    return await build(make_database)


async def fetch(world: DemoWorld, sql: str, tenant: int = COURTYARD) -> list[Row]:
    with scoped(tenant):
        return await rows(world.database, sql, tenant)


async def test_a_courtyard_of_usual_size_has_its_shares(world: DemoWorld) -> None:
    [residents] = await fetch(world, "SELECT count(DISTINCT person_id) AS n FROM residency WHERE tenant_id = $1")
    found = await fetch(
        world, "SELECT relation, count(*) AS n FROM party_membership WHERE tenant_id = $1 GROUP BY relation"
    )
    numbers = {row["relation"]: row["n"] for row in found}
    assert numbers["REGISTERED"] == round(residents["n"] * 0.03)
    assert 0.01 * residents["n"] <= numbers["REPORTED_IN"] <= 0.02 * residents["n"] + 1
    born = await fetch(
        world,
        "SELECT p.birth FROM party_membership m JOIN person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id"
        " WHERE m.tenant_id = $1 AND m.relation = 'REGISTERED'",
    )
    retired = sum(TODAY.year - int(row["birth"][:4]) >= 60 for row in born)
    assert 0.5 <= retired / len(born) <= 0.7


async def test_the_branch_stands_below_the_community_committee_and_elects_five(world: DemoWorld) -> None:
    [branch] = await fetch(world, "SELECT id, upper_id, status FROM party_org WHERE tenant_id = $1 AND tier = 'BRANCH'")
    [above] = await fetch(world, "SELECT id, tier FROM party_org WHERE tenant_id = $1", COMMUNITY)
    assert (branch["upper_id"], above["tier"]) == (above["id"], "COMMITTEE")
    seats = await fetch(world, "SELECT role, person_id FROM seat WHERE tenant_id = $1 ORDER BY role")
    assert [row["role"] for row in seats] == [
        "DEPUTY_SECRETARY",
        "DISCIPLINE",
        "ORGANISATION",
        "PUBLICITY",
        "SECRETARY",
    ]
    full = await fetch(
        world,
        "SELECT person_id FROM party_membership WHERE tenant_id = $1 AND type = 'FULL' AND relation = 'REGISTERED'",
    )
    assert {row["person_id"] for row in seats} <= {row["person_id"] for row in full}


async def test_a_small_courtyard_still_has_three_full_members_and_no_committee(world: DemoWorld) -> None:
    full = await fetch(world, "SELECT id FROM party_membership WHERE tenant_id = $1 AND relation = 'REGISTERED'", OTHER)
    seats = await fetch(world, "SELECT role FROM seat WHERE tenant_id = $1", OTHER)
    assert len(full) == 3
    assert [row["role"] for row in seats] == ["SECRETARY"]


async def test_counters_and_chains_hold_after_the_demo(world: DemoWorld) -> None:
    for tenant in (COURTYARD, OTHER, COMMUNITY):
        assert await counters_agree(world.house, tenant)
        with scoped(tenant):
            assert (await verify(world.database, tenant)).is_whole


async def test_the_same_seed_gives_the_same_rows(world: DemoWorld, make_database: MakeDatabase) -> None:
    from yuanluo.digest import content_digest

    first = await content_digest(world.database, world.house.registry, world.house.keys)
    again = await build(make_database)
    second = await content_digest(again.database, again.house.registry, again.house.keys)
    assert second == first
