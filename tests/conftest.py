"""Fixtures that every test may use: both engines, each with a fresh database per need.

A module asks `make_database` for a database with the tables it needs:

    @pytest_asyncio.fixture(scope="module", loop_scope="session")
    async def plots(make_database: MakeDatabase) -> Database:
        registry = ground_registry()
        registry.add("test", [Plot])
        return await make_database(registry)

Tests that use either run once per engine. PostgreSQL is never skipped: see `postgres_server.py`.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import hypothesis
import pytest
import pytest_asyncio
from databases import MakeDatabase
from deployments import new_deployment
from postgres_server import APP, OWNER, OwnServer, Server, given_server
from served_demo import Served, free_port, running

from yuanluo_tenants.database import Database
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.migrator import build
from yuanluo_tenants.registry import Registry

# compositions stay until the end of a run: going through all of them at every turn took a twelfth of it
gc.set_threshold(50_000, 20, 50)

# a machine that stands still for a moment makes no example wrong
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server for the whole run."""
    given = given_server()
    if given is not None:
        yield given
        return
    own = OwnServer()
    try:
        yield own.start()
    finally:
        own.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine of this round."""
    return str(request.param)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def make_database(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MakeDatabase]:
    """A factory of fresh databases with the schema of a registry, on the engine of this round."""
    made: list[tuple[Database, str | None]] = []
    server: Server | None = request.getfixturevalue("postgres_server") if engine_name == "postgresql" else None

    async def make(registry: Registry) -> Database:
        database: Database
        name: str | None = None
        if server is None:
            database = SqliteDatabase(tmp_path_factory.mktemp("sqlite") / "yuanluo.db", synchronous="OFF")
        else:
            name = await server.new_database()
            database = PostgresDatabase(
                server.for_database(name, APP), owner_url=server.for_database(name, OWNER), max_size=8
            )
        registry.check()
        database.bind(registry)
        await build(database, registry)
        await database.open()
        made.append((database, name))
        return database

    yield make
    for database, name in made:
        await database.close()
        if server is not None and name is not None:
            await server.drop_database(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """The demo with two courtyards, served by a process of its own on the engine of this round."""
    async with new_deployment(engine_name, request, tmp_path_factory) as place:
        with running(place, free_port()) as (_, facts):
            given = Served(facts["graphql"], tuple(facts["courtyards"]), facts["tokens"])
            with given.client:
                yield given


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Bind the tables to the database that the test asked for; another test may have bound them elsewhere."""
    arguments: dict[str, Any] = getattr(item, "funcargs", {})
    for value in arguments.values():
        bound = getattr(value, "database", value)
        if isinstance(bound, Database):
            bound.bind(bound.registry)
