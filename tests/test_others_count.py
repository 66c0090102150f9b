"""K8: rows that one may not see are not listed; how many there are is one number that no filter moves."""

from __future__ import annotations

import json
import uuid
from typing import Any, Final

import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, COURTYARD, OTHER, at, make_house
from party_world import viewer

import yuanluo
import yuanluo_council
from yuanluo import CreatePerson, House, Plugins, Range, Viewer, run_command
from yuanluo_council.opinions import CollectOpinion, collect_opinion
from yuanluo_council.tables import OpinionCategory
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors
from yuanluo_graphql.rights import Rights

LIST: Final = "{ courtyards { nodes { reporters%s { totalCount othersCount nodes { name } } } } }"
HERE: Final = Range(COURTYARD, COURTYARD)


class World:
    def __init__(self, house: House, engine: CompiledEngine) -> None:
        self.house = house
        self.engine = engine

    async def ask(self, asking: Viewer, text: str) -> Any:
        prepared = self.engine.documents.prepare(text)
        answer = json.loads(await self.engine.run(prepared, {}, Rights.of(asking)))
        assert "errors" not in answer, answer
        return answer["data"]["courtyards"]["nodes"][0]

    async def report(self, name: str, tenant: int = COURTYARD) -> uuid.UUID:
        person = (await run_command(yuanluo.create_person, at(self.house, tenant), CreatePerson(name))).subject_id
        item = CollectOpinion("噪声", OpinionCategory.OTHER, reporter_id=person, reporter_name=name)
        await run_command(collect_opinion, at(self.house, tenant), item)
        assert person is not None
        return person


@pytest_asyncio.fixture(loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    house = await make_house(make_database, Plugins.load({"council": yuanluo_council}, entry_points=False))
    composed = compose(house.composition, house.keys)

    async def never(*_: object) -> Any:
        raise AssertionError("these tests bring their viewers and read nothing sensitive")

    engine = CompiledEngine(
        house.database,
        Documents(composed.core),
        Compiler(composed.model, composed.core, house.database.dialect, PageSizes()),
        Cursors(b"others"),
        Doors(never, never, now=CLOCK),
    )
    return World(house, engine)


async def test_others_are_counted_not_listed_and_small_numbers_are_withheld(world: World) -> None:
    me = await world.report("何欣怡")
    for name in ("王一", "王二", "王三", "王四", "王五", "王六", "王七"):
        await world.report(name, OTHER)
    resident = viewer(world.house, "RESIDENT", HERE, own=((COURTYARD, me),))
    keeper = viewer(world.house, "COUNCIL_MEMBER", HERE)
    mine = {"totalCount": 1, "nodes": [{"name": "何欣怡"}]}
    assert await world.ask(resident, LIST % "") == {"reporters": {**mine, "othersCount": 0}}
    for number, name in enumerate(("罗一", "罗二", "罗三", "罗四", "罗五", "罗六"), 1):
        await world.report(name)
        told = number if number >= 5 else None
        assert await world.ask(resident, LIST % "") == {"reporters": {**mine, "othersCount": told}}
    for sought, found in (("罗一", 0), ("何欣怡", 1)):
        filtered = (await world.ask(resident, LIST % f'(filter: {{name: {{eq: "{sought}"}}}})'))["reporters"]
        assert (filtered["totalCount"], filtered["othersCount"]) == (found, 6)
        seen = (await world.ask(keeper, LIST % f'(filter: {{name: {{eq: "{sought}"}}}})'))["reporters"]
        assert (seen["totalCount"], seen["othersCount"]) == (1, 0)
    of_each = (
        "{ courtyards { nodes { people(first: 9) { nodes { name reportedOpinions { totalCount othersCount } } } } } }"
    )
    people = {
        each["name"]: each["reportedOpinions"] for each in (await world.ask(resident, of_each))["people"]["nodes"]
    }
    assert people.pop("何欣怡") == {"totalCount": 1, "othersCount": None}
    assert {(each["totalCount"], each["othersCount"]) for each in people.values()} == {(0, None)}
    assert await world.ask(viewer(world.house, "DISTRICT_ADMIN", HERE), LIST % "") == {"reporters": None}
