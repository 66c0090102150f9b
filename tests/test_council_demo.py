"""The council's demo rows and its part of the unified schema, on both engines."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, COURTYARD, TODAY, at, make_house, schema_of

import yuanluo
import yuanluo_council
from yuanluo import (
    Clearance,
    DemoContext,
    House,
    NodeKind,
    Plugins,
    Range,
    Scope,
    Viewer,
    rows,
    scoped,
    verify,
)
from yuanluo.counters import recount, stored_counts
from yuanluo.demo import Settled
from yuanluo.synthetic import derive, generate_courtyard, plan_district
from yuanluo_council.bodies import CreateBody, create_body
from yuanluo_council.demo import plan_opinions, write_demo
from yuanluo_council.parameters import rule
from yuanluo_council.rights import COUNCIL_COUNTER, COUNCIL_ROLES
from yuanluo_council.rules import due_on, full_day, is_overdue, is_satisfied
from yuanluo_council.tables import BodyKind
from yuanluo_graphql.assembly import build_engine
from yuanluo_graphql.engine import CompiledEngine
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.settings import Settings

YEAR_AGO = dt.timedelta(days=366)


@dataclass(slots=True)
class Yard:
    """A courtyard with the demo's rows in it, and the engine over it."""

    house: House
    engine: CompiledEngine
    settled: Settled
    shared: dict[tuple[str, int, str], uuid.UUID]

    @property
    def database(self) -> Any:
        return self.house.database

    async def ask(self, text: str, rights: Rights) -> Any:
        prepared = self.engine.documents.prepare(f'{{ courtyard(code: "{COURTYARD}") {{ {text} }} }}')
        answer = json.loads(await self.engine.run(prepared, {}, rights))
        assert "errors" not in answer, answer
        return answer["data"]["courtyard"]


def rights(role: str, own: uuid.UUID | None = None) -> Rights:
    """Return the rights of somebody with `role` in the courtyard, from core's and the council's clearances."""
    reach = Range(COURTYARD, COURTYARD)
    said = [*yuanluo.authority.CORE_ROLES, *COUNCIL_ROLES]
    clearances = tuple(
        Clearance(reach, body, klass) for each in said if each.role == role for body, klass in each.clearances.items()
    )
    mine = ((COURTYARD, own),) if own else ()
    return Rights.of(Viewer(uuid.uuid4(), role, Scope.of(COURTYARD), clearances, ((role, COURTYARD),), mine))


async def settle_and_write(house: House, seed: int, households: int = 270) -> tuple[Settled, DemoContext]:
    plan = plan_district(1, seed=seed, households=households)
    context = at(house)
    settled = await yuanluo.settle(context, generate_courtyard(plan.courtyards[0], seed))
    demo = DemoContext(context, NodeKind.COURTYARD, COURTYARD, "梧桐苑", seed, {}, settled)
    await write_demo(demo)
    return settled, demo


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def yard(make_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory) -> Yard:
    house = await make_house(make_database, Plugins.load({"council": yuanluo_council}, entry_points=False))
    settled, demo = await settle_and_write(house, seed=7)
    settings = Settings(environment="development", home=tmp_path_factory.mktemp("home"))
    return Yard(house, build_engine(house, settings, schema=schema_of(house), clock=CLOCK), settled, demo.shared)


async def counted(yard: Yard, sql: str) -> dict[str, int]:
    with scoped(COURTYARD):
        return {each["k"]: each["n"] for each in await rows(yard.database, sql, COURTYARD)}


async def test_bodies_are_of_their_sizes_and_nobody_supervises_himself(yard: Yard) -> None:
    seats = await counted(
        yard,
        "SELECT b.kind AS k, count(*) AS n FROM body b JOIN seat s ON s.tenant_id = b.tenant_id"
        " AND s.organization_id = b.id WHERE b.tenant_id = $1 GROUP BY b.kind",
    )
    assert seats["RESIDENT_COUNCIL"] in (5, 7, 9)
    assert seats["SUPERVISORY"] in (3, 5)
    assert seats["DELIBERATIVE"] >= 3
    both = await counted(
        yard,
        "SELECT s.person_id AS k, count(DISTINCT b.kind) AS n FROM body b JOIN seat s ON s.tenant_id = b.tenant_id"
        " AND s.organization_id = b.id WHERE b.tenant_id = $1 AND b.kind IN ('RESIDENT_COUNCIL', 'SUPERVISORY')"
        " GROUP BY s.person_id",
    )
    assert set(both.values()) == {1}


async def test_five_regulations_are_in_force_and_rule(yard: Yard) -> None:
    in_force = await counted(
        yard,
        "SELECT r.kind AS k, count(*) AS n FROM regulation r JOIN regulation_version v ON v.tenant_id = r.tenant_id"
        " AND v.regulation_id = r.id WHERE r.tenant_id = $1 AND v.status = 'EFFECTIVE' GROUP BY r.kind",
    )
    assert in_force == dict.fromkeys(
        ("REPORTING_TO_BRANCH", "AFFAIRS_DISCLOSURE", "DUTY_LISTS", "MEETING_PROCEDURE", "FINANCE_RULES"), 1
    )
    with scoped(COURTYARD):
        major = await rule(yard.database, COURTYARD, "finance.major_from", TODAY)
    assert (major.value, major.rule.split(" ")[0]) == (500_000, "财务管理制度")


async def test_opinions_come_at_the_rates_of_domain_4(yard: Yard) -> None:
    with scoped(COURTYARD):
        found = await rows(yard.database, "SELECT * FROM opinion WHERE tenant_id = $1 ORDER BY number", COURTYARD)
        assert await stored_counts(yard.database, COUNCIL_COUNTER, COURTYARD) == await recount(
            yard.database, COUNCIL_COUNTER, COURTYARD
        )
        assert (await verify(yard.database, COURTYARD)).is_whole
    households = len(yard.settled.courtyard.households)
    assert 8 <= 100 * len(found) / households <= 15.5
    days = [each["received_on"] for each in found]
    assert days == sorted(days)
    assert days[0] >= (TODAY - YEAR_AGO).isoformat()
    assert days[-1] <= TODAY.isoformat()


async def test_over_many_courtyards_the_shares_are_those_of_domain_4() -> None:
    """Without a database: what the demo plans for forty courtyards."""
    planned = []
    for entry in plan_district(40, seed=3, households=200).courtyards:
        courtyard = generate_courtyard(entry, 3)
        ids = [uuid.UUID(int=person.serial) for person in courtyard.people]
        settled = Settled(courtyard, ids, {}, {})
        planned += list(plan_opinions(derive(3, entry.code, "council"), settled, (), TODAY))
    due = [
        each for each in planned if (last := due_on(full_day(each.received_on), each.limit_workdays)) and last < TODAY
    ]
    late = [
        each
        for each in due
        if is_overdue(due_on(full_day(each.received_on), each.limit_workdays), each.closed_on, TODAY)
    ]
    rated = [each for each in planned if each.satisfaction]
    assert 0.82 <= 1 - len(late) / len(due) <= 0.90
    assert 0.88 <= sum(is_satisfied(each.satisfaction) for each in rated) / len(rated) <= 0.96
    disputes = [each for each in planned if each.category and each.category.name == "NEIGHBOUR_DISPUTE"]
    noisy = [each for each in disputes if any(word in each.content for word in ("家具,", "打麻将", "练琴"))]
    assert 0.22 <= len(noisy) / len(disputes) <= 0.38


async def test_the_same_seed_writes_the_same_rows(make_database: MakeDatabase) -> None:
    ledgers = []
    for _ in range(2):
        house = await make_house(make_database, Plugins.load({"council": yuanluo_council}, entry_points=False))
        await settle_and_write(house, seed=11, households=60)
        exported = await yuanluo.export_records(at(house), "opinion_ledger")
        with scoped(COURTYARD):
            bodies = await rows(
                house.database, "SELECT kind, seats, term_years FROM body WHERE tenant_id = $1 ORDER BY kind", COURTYARD
            )
        ledgers.append((list(exported.records), bodies))
    assert ledgers[0] == ledgers[1]
    assert ledgers[0][0]


async def test_other_plugins_find_the_bodies_and_officers(yard: Yard) -> None:
    names = {name for plugin, number, name in yard.shared if (plugin, number) == ("council", COURTYARD)}
    assert {"RESIDENT_COUNCIL", "SUPERVISORY", "DELIBERATIVE", "RESIDENT_COUNCIL.1", "SUPERVISORY.3"} <= names


# the schema -------------------------------------------------------------------------------------------------------

OVERVIEW = """
    council { kind seats termYears memberCount organization { name status }
              members(first: 20) { totalCount nodes { role title person { name } } } }
    supervisoryCommittee { memberCount }
    councilCounts { opinions closed rated satisfied }
    opinionCount openOpinionCount overdueOpinionCount
    regulations { nodes { kind title currentVersion { version status effectiveOn clauses { nodes { key value } } }
                          versions { totalCount nodes { version } } } }
"""


async def test_a_courtyard_shows_its_council_its_regulations_and_its_counts(yard: Yard) -> None:
    shown = await yard.ask(OVERVIEW, rights("COUNCIL_DIRECTOR"))
    council = shown["council"]
    assert council["kind"] == "RESIDENT_COUNCIL"
    assert council["seats"] == council["memberCount"] == council["members"]["totalCount"]
    assert council["organization"] == {"name": f"{yard.settled.courtyard.plan.name}院委会", "status": "ACTIVE"}
    assert [each["role"] for each in council["members"]["nodes"]].count("CHAIR") == 1
    counts = shown["councilCounts"]
    assert shown["opinionCount"] == int(counts["opinions"])
    assert shown["openOpinionCount"] == int(counts["opinions"]) - int(counts["closed"])
    assert 0 <= shown["overdueOpinionCount"] <= shown["openOpinionCount"]
    assert len(shown["regulations"]["nodes"]) == 5
    for each in shown["regulations"]["nodes"]:
        assert each["currentVersion"]["status"] == "EFFECTIVE"
        assert each["versions"]["nodes"][0]["version"] == each["currentVersion"]["version"]
        assert each["currentVersion"]["clauses"]["nodes"]


LEDGER = """opinions(first: 200) { totalCount nodes {
    category status content result assigneeName reporter { name roomKey phone person { name } } } }"""


async def test_a_resident_sees_that_there_are_opinions_but_not_what_and_whose(yard: Yard) -> None:
    office = (await yard.ask(LEDGER, rights("COUNCIL_MEMBER")))["opinions"]
    resident = (await yard.ask(LEDGER, rights("RESIDENT")))["opinions"]
    assert resident["totalCount"] == office["totalCount"] > 0
    for clear, masked in zip(office["nodes"], resident["nodes"], strict=True):
        assert masked == {**clear, "content": None, "result": None, "reporter": None}
        assert clear["content"]
    assert any(each["reporter"] and each["reporter"]["person"]["name"] for each in office["nodes"])


async def test_the_public_sees_counts_and_regulations_but_no_opinion(yard: Yard) -> None:
    text = "opinionCount opinions { totalCount } regulations { nodes { title currentVersion { version text } } }"
    shown = await yard.ask(text, rights("PUBLIC"))
    assert shown["opinionCount"] > 0
    assert shown["opinions"] is None or shown["opinions"]["totalCount"] == 0
    assert {each["currentVersion"]["text"] for each in shown["regulations"]["nodes"]} == {None}


async def test_nobody_learns_who_reported_from_the_side_of_the_person_but_the_person_himself(yard: Yard) -> None:
    with scoped(COURTYARD):
        [one] = await rows(
            yard.database,
            "SELECT person_id, count(*) AS n FROM opinion_reporter WHERE tenant_id = $1 AND person_id IS NOT NULL"
            " GROUP BY person_id ORDER BY count(*) DESC, person_id LIMIT 1",
            COURTYARD,
        )
    text = """people(first: 200) { nodes { id reportedOpinions { totalCount nodes { opinion { content } } } } }
              reporters { totalCount }"""

    async def seen(of: Rights) -> dict[str, int]:
        pages = await yard.ask(text, of)
        return {
            person["id"]: len(person["reportedOpinions"]["nodes"])
            for person in pages["people"]["nodes"]
            if person["reportedOpinions"] and person["reportedOpinions"]["nodes"]
        }

    assert await seen(rights("RESIDENT")) == {}
    person_id: uuid.UUID = one["person_id"]
    mine = "reporters(first: 200) { totalCount nodes { name opinion { content } } }"
    own = (await yard.ask(mine, rights("RESIDENT", own=person_id)))["reporters"]
    assert own["totalCount"] == one["n"]
    assert all(each["opinion"]["content"] for each in own["nodes"])


async def test_switched_off_the_council_is_null_and_sums_skip_it(make_database: MakeDatabase, tmp_path: Any) -> None:
    house = await make_house(make_database, Plugins.load({"council": yuanluo_council}, entry_points=False))
    engine = build_engine(house, Settings(environment="development", home=tmp_path), clock=CLOCK)
    await yuanluo.run_command(yuanluo.switch_plugin, at(house), yuanluo.SwitchPlugin("council", on=False))
    yard = Yard(house, engine, Settled(None, [], {}, {}), {})  # type: ignore[arg-type]
    shown = await yard.ask(
        "council { kind } opinionCount councilCounts { opinions } opinions { totalCount }", rights("COUNCIL_DIRECTOR")
    )
    assert shown == {"council": None, "opinionCount": None, "councilCounts": None, "opinions": None}
    with pytest.raises(yuanluo.PluginOff):
        await yuanluo.run_command(create_body, at(house), CreateBody(BodyKind.FORUM, "恳谈会"))
