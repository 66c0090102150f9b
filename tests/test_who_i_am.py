"""K8: `viewer { person }` says who one is, per courtyard, and nothing of anybody else."""

from __future__ import annotations

import dataclasses
import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, COURTYARD, OTHER, at, make_house

import yuanluo
from yuanluo import CreatePerson, DataClass, House, Plugins, Range, Scope, Viewer, run_command
from yuanluo.viewer import Clearance
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.tree import code_of

WHO = "query W($c: String) { viewer { name mine: person(courtyard: $c) { name } roles { role } } }"


@dataclass(frozen=True, slots=True)
class World:
    house: House
    engine: CompiledEngine
    here: uuid.UUID
    there: uuid.UUID
    neighbour: uuid.UUID

    async def ask(self, viewer: Viewer | None, text: str, **variables: Any) -> Any:
        prepared = self.engine.documents.prepare(text)
        values = self.engine.documents.coerce_variables(prepared, variables).coerced
        rights = Rights.of(viewer) if viewer else self.engine.anonymous
        answer = json.loads(await self.engine.run(prepared, values, rights))
        assert "errors" not in answer, answer
        return answer["data"]["viewer"]

    def resident(self, *own: tuple[int, uuid.UUID]) -> Viewer:
        both = Range(COURTYARD, OTHER)
        return Viewer(
            uuid.uuid4(), "何欣怡", Scope.of(both), (Clearance(both, "registry", DataClass.D1),),
            (("RESIDENT", COURTYARD),), own, reach=(("RESIDENT", both),),
        )  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    house = await make_house(make_database, Plugins.load(entry_points=False))
    composed = compose(house.composition, house.keys)

    async def never(*_: object) -> Any:
        raise AssertionError("these tests bring their viewers")

    async def log(*_: object) -> None:
        """Reading is logged elsewhere."""

    engine = CompiledEngine(
        house.database,
        Documents(composed.core),
        Compiler(composed.model, composed.core, house.database.dialect, PageSizes()),
        Cursors(b"me"),
        Doors(never, log, decide=house.rules.may, now=CLOCK),
    )
    ids: list[uuid.UUID] = []
    for tenant, name in ((COURTYARD, "何欣怡"), (OTHER, "何欣怡(银杏里)"), (COURTYARD, "罗浩然")):
        receipt = await run_command(yuanluo.create_person, at(house, tenant), CreatePerson(name))
        assert receipt.subject_id is not None
        ids.append(receipt.subject_id)
    return World(house, engine, *ids)


async def test_a_resident_asks_who_he_is(world: World) -> None:
    me = world.resident((COURTYARD, world.here))
    answer = await world.ask(me, "{ viewer { person { id name courtyard { name } permissions { action } } name } }")
    assert answer["name"] == "何欣怡"
    assert (answer["person"]["name"], answer["person"]["courtyard"]["name"]) == ("何欣怡", "梧桐苑")
    assert answer["person"]["id"] == f"Person:{COURTYARD}:{world.here}"
    assert answer["person"]["permissions"]
    assert list(answer) == ["person", "name"], "in the order in which it was asked"


async def test_in_several_courtyards_he_is_one_person_each(world: World) -> None:
    me = world.resident((COURTYARD, world.here), (OTHER, world.there))
    answer = await world.ask(me, "{ viewer { people { name courtyard { name } } person { name } __typename } }")
    assert answer == {
        "people": [
            {"name": "何欣怡", "courtyard": {"name": "梧桐苑"}},
            {"name": "何欣怡(银杏里)", "courtyard": {"name": "银杏里"}},
        ],
        "person": None,
        "__typename": "Viewer",
    }
    for tenant, name in ((COURTYARD, "何欣怡"), (OTHER, "何欣怡(银杏里)")):
        assert (await world.ask(me, WHO, c=code_of(tenant)))["mine"] == {"name": name}
    assert (await world.ask(me, WHO, c=None))["mine"] is None


@pytest.mark.parametrize("code", [code_of(OTHER), "510106032001999", "x", "", "0", "9" * 40])
async def test_nobody_is_anybody_elsewhere(world: World, code: str) -> None:
    assert (await world.ask(world.resident((COURTYARD, world.here)), WHO, c=code))["mine"] is None


async def test_who_is_nobody_here_and_who_has_no_token(world: World) -> None:
    nobody = world.resident()
    assert await world.ask(nobody, "{ viewer { people { name } person { name } } }") == {"people": [], "person": None}
    assert await world.ask(None, "{ viewer { people { name } person { name } } }") is None


async def test_a_token_kept_below_another_node_does_not_tell(world: World) -> None:
    me = dataclasses.replace(world.resident((COURTYARD, world.here)), scope=Scope.of(OTHER))
    answer = await world.ask(me, "{ viewer { people { name } person { name } } }")
    assert answer == {"people": [], "person": None}
