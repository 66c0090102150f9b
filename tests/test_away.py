"""While the database cannot be reached, clients are told so and when to come back, and the log stays short."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from databases import MakeDatabase
from pace import PATIENCE
from served_world import World, furnish

from yuanluo import Plugins
from yuanluo.composition import Composition
from yuanluo_tenants import engine_postgres
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.errors import ConfigurationError

QUERY = "{ courtyards { nodes { name } } }"
MUTATION = """mutation { personCreate(input: {node: "%s", name: "某某", idempotencyKey: "once-more"}) {
  person { name } replayed } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    plugins = Plugins.load()
    return await furnish(await make_database(Composition.of(plugins).registry), plugins)


@pytest_asyncio.fixture(loop_scope="session")
async def away(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[pytest.MonkeyPatch]:
    """Nothing is heard of the database; undone by `undo`."""

    async def gone(*_args: Any, **_named: Any) -> Any:
        raise ConnectionRefusedError("nobody listens")

    for name in ("fetch", "fetch_json", "execute", "query"):
        monkeypatch.setattr(world.database, name, gone)
    monkeypatch.setattr(world.database, "is_away", lambda error: isinstance(error, ConnectionRefusedError))
    yield monkeypatch


async def test_a_query_is_answered_with_503_and_a_time_to_come_back(
    world: World, away: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = await world.post(QUERY, world.tokens["council_director"], **{"accept-language": "en"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "DATABASE_AWAY"
    assert error["message"].startswith("the database cannot be reached just now.")
    assert [each.exc_info for each in caplog.records] == [None]
    away.undo()
    assert (await world.post(QUERY, world.tokens["council_director"])).status_code == 200


async def test_a_mutation_says_that_its_key_makes_another_try_safe(world: World, away: pytest.MonkeyPatch) -> None:
    text = MUTATION % world.codes[0]
    told = await world.send(text, "council_director")
    assert told["data"] == {"personCreate": None}
    [error] = told["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["personCreate"], "DATABASE_AWAY")
    assert "同一幂等键" in error["extensions"]["nextStep"]
    away.undo()
    again = await world.send(text, "council_director")
    assert again["data"]["personCreate"]["replayed"] is False


def test_a_faulty_argument_is_no_sign_of_a_database_that_is_away(world: World) -> None:
    is_postgres = isinstance(world.database, PostgresDatabase)
    assert world.database.is_away(asyncpg.ConnectionDoesNotExistError()) is is_postgres
    assert not world.database.is_away(asyncpg.DataError("invalid input for query argument $1"))


async def test_a_database_that_takes_the_connection_and_says_nothing_is_told_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_postgres, "_CONNECT_SECONDS", 0.2)
    taken: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _reader, writer: taken.append(writer), "127.0.0.1", 0)
    url = f"postgresql://who@127.0.0.1:{silent.sockets[0].getsockname()[1]}/yuanluo"
    database = PostgresDatabase(url, owner_url=url)
    async with silent, asyncio.timeout(PATIENCE):
        with pytest.raises(ConfigurationError, match=r"no answer within 0\.2 s.*YUANLUO_DATABASE_URL"):
            await database.open()
        with pytest.raises(ConfigurationError, match=r"no answer within 0\.2 s.*YUANLUO_OWNER_URL"):
            async with database.owner():
                pass
        assert len(taken) > 1
        for each in taken:
            each.close()
