"""PostgreSQL goes away and comes back: who listens hears what was filed next, and no request fails for it later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from houses import COURTYARD, make_house
from live_world import person, served, token
from pace import PATIENCE
from postgres_server import APP, OWNER, OwnServer

from yuanluo_tenants.database import Database
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.migrator import build
from yuanluo_tenants.registry import Registry

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[OwnServer]:
    """A server of its own, which may be stopped."""
    own = OwnServer()
    try:
        yield own
    finally:
        own.stop()


async def test_a_restart_of_postgresql_is_outlived(server: OwnServer) -> None:
    address = server.start()
    name = await address.new_database()

    async def make(registry: Registry) -> Database:
        database = PostgresDatabase(address.for_database(name, APP), owner_url=address.for_database(name, OWNER))
        database.bind(registry)
        await build(database, registry)
        await database.open()
        return database

    house = await make_house(make)
    query = 'subscription { recordFiled(kinds: ["person.create"]) { id } }'
    try:
        async with served(house) as world, world.subscribed(await token(house), query) as client:
            await asyncio.gather(*(house.database.ping() for _ in range(4)))  # several idle connections will be dead
            await asyncio.to_thread(server._run, "pg_ctl", "-D", str(server.files), "-w", "-m", "fast", "restart")
            for _ in range(3):
                filed = await person(house)
                async with asyncio.timeout(PATIENCE):
                    assert (await client.event())["id"] == f"Record:{COURTYARD}:{filed.record_id}"
    finally:
        await house.database.close()
