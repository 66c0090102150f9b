"""Compiled operations are kept up to a size together, their documents with them: no client can fill the memory."""

from __future__ import annotations

import tracemalloc

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, make_house, schema_of

from yuanluo import Plugins
from yuanluo_graphql.assembly import build_engine
from yuanluo_graphql.engine import CompiledEngine
from yuanluo_graphql.plan import Plan
from yuanluo_tenants.settings import Settings

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")


@pytest_asyncio.fixture(scope="session")
async def engine(make_database: MakeDatabase) -> CompiledEngine:
    """An engine that keeps one megabyte of plans."""
    house = await make_house(make_database, Plugins.load())
    return build_engine(house, Settings(environment="test", plan_cache=1), schema=schema_of(house), clock=CLOCK)


def planned(engine: CompiledEngine, number: int, fields: int = 150) -> Plan:
    """Return the plan of a document that is like no other."""
    wide = " ".join(f"a{n}: name" for n in range(fields))
    prepared = engine.documents.prepare(f"query Q{number} {{ courtyards {{ nodes {{ {wide} }} }} }}")
    return engine.plan(prepared, {}, engine.anonymous)


async def test_plans_are_kept_up_to_a_size_together(engine: CompiledEngine) -> None:
    first = planned(engine, 0)
    for number in range(1, 30):
        planned(engine, number)
        assert planned(engine, 0) is first, "what is asked all the time gives way to nothing"
        assert engine._plans.currsize <= 1_000_000
    assert 2 < len(engine._plans) < 10


async def test_what_a_plan_weighs_is_near_what_it_takes(engine: CompiledEngine) -> None:
    planned(engine, 100)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        planned(engine, 101)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    weight = engine._plans.currsize / len(engine._plans)
    assert 0.4 * taken < weight < 3 * taken


async def test_a_plan_larger_than_all_that_is_kept_is_used_and_not_kept(
    engine: CompiledEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_plans", type(engine._plans)(30_000, engine._plans.getsizeof))
    assert planned(engine, 2, 180) is not planned(engine, 2, 180)
    assert planned(engine, 1, 3) is planned(engine, 1, 3)
