"""Indicators: one definition, summed along the tree, left out where the plugin is off, small numbers withheld."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, COMMUNITY, COURTYARD, DISTRICT, OTHER, at, make_house

from yuanluo import (
    CreatePerson,
    DataClass,
    House,
    Plugins,
    Range,
    Scope,
    create_person,
    run_commands,
    scoped,
)
from yuanluo.viewer import Clearance, Viewer
from yuanluo_graphql.assembly import build_engine
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.settings import Settings


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load())


async def test_x(house: House) -> None:
    await run_commands(create_person, at(house), [CreatePerson(f"张{n}") for n in "一二三"])
    await run_commands(create_person, at(house, OTHER), [CreatePerson(f"李{n}") for n in "一二"])
    engine = build_engine(house, Settings(environment="test"), clock=CLOCK)
    scope = Scope.of(Range(DISTRICT, DISTRICT + 10**10 - 1))
    viewer = Viewer(uuid.uuid4(), "x", scope, (), ())
    prepared = engine.documents.prepare('{ indicators { name definition dependsOnDay } district(code: "510106") { indicators { name value numerator denominator courtyards suppressed asOf } indicator(name: PEOPLE) { about { zh en scale } value } communities { nodes { indicators(names: [PEOPLE, VOLUNTEER_MINUTES_PER_1000]) { value } courtyards { nodes { indicator(name: PEOPLE) { value courtyards about { __typename dependsOnDay } } } } } } } }')
    print(json.dumps(json.loads(await engine.run(prepared, {}, Rights.of(viewer))), ensure_ascii=False, indent=0))
