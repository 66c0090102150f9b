"""Whatever is set up once is made whole or undone when it is cancelled, interrupted or fails: then everybody is served.

The engines here, over a small schema: each `await` from the connection to the first answers is cancelled in turn, on
SQLite each statement is interrupted, fails, or sees its client leave. `test_interrupted_writes.py` does the same to
what a deployment answers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

import asyncpg
import pytest
import pytest_asyncio
from databases import MakeDatabase, ground_registry
from interrupted import EARLY, LATE, TWICE, Meddling, Way, cancelled_at, walk
from pace import PATIENCE

from yuanluo_tenants.columns import Text
from yuanluo_tenants.database import Database
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.errors import ScopeViolation, YuanluoError
from yuanluo_tenants.scope import Scope, scoped
from yuanluo_tenants.tables import TenantTable

A, B = 5101060240010001, 5101060240010002
MOST: Final = 3
SLOW: Final = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT name FROM pond"
    " WHERE (SELECT count(*) FROM n) > 0",
    "postgresql": "SELECT name FROM pond",
}
JSON: Final = {
    "sqlite": "SELECT json_group_array(name) FROM pond",
    "postgresql": "SELECT CASE WHEN set_config('yuanluo.scope',$1,true) IS NOT NULL"
    " THEN (SELECT json_agg(name) FROM pond) END",
}


class Mere(TenantTable, zh="水塘", en="a mere"):
    name = Text("名称", "name")


class Pond(TenantTable, zh="池塘", en="a pond"):
    name = Text("名称", "name")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(make_database: MakeDatabase) -> Database:
    registry = ground_registry()
    registry.add("test", [Mere, Pond])
    database = await make_database(registry)
    for number, name in ((A, "前池"), (B, "后池")):
        with scoped(number):
            await database.insert_rows(Pond, [{"tenant_id": number, "name": name}])
    return database


@pytest_asyncio.fixture(loop_scope="session")
async def ponds(filled: Database) -> AsyncIterator[Database]:
    """The same ponds by an engine of its own, which nobody has opened yet."""
    database: Database
    if isinstance(filled, SqliteDatabase):
        database = SqliteDatabase(filled.path, readers=MOST, synchronous="OFF")
    else:
        assert isinstance(filled, PostgresDatabase)
        database = PostgresDatabase(filled.url, owner_url=filled.owner_url, min_size=1, max_size=MOST)
    database.bind(filled.registry)
    yield database
    await database.close()


async def names(database: Database, number: int) -> list[str]:
    with scoped(number):
        return [row["name"] for row in await database.fetch(SLOW[database.dialect])]


async def as_json(database: Database, number: int) -> Any:
    found = await database.fetch_json(JSON[database.dialect], [], Scope.of(number))
    return json.loads(found or b"null")


async def put(database: Database, number: int, name: str) -> int:
    return await database.execute(f"UPDATE pond SET name = '{name}' WHERE tenant_id = {number}")  # ours


async def rename(database: Database, first: str, second: str) -> None:
    """Name both ponds anew in one transaction, each in the scope of its own courtyard."""
    async with database.transaction():
        for number, name in ((A, first), (B, second)):
            with scoped(number):
                assert await put(database, number, name) == 1


async def way(database: Database) -> None:
    """Go from the connection to the first answers: every kind of statement, by each kind of connection."""
    await database.open()
    await database.refresh()  # and so the locks are made anew by whoever answers next
    await names(database, A)
    await asyncio.gather(*(names(database, number) for number in (A, B, A, B)))
    await as_json(database, B)
    await rename(database, "新前池", "新后池")
    with scoped(A):
        await put(database, A, "前")
    await database.ping()
    await database.table_names()


def whole(database: Database) -> bool:
    """Whether nothing is borrowed, locked or begun."""
    if isinstance(database, SqliteDatabase):
        guards = [worker.seat.guard for worker in database._workers]
        return (
            not database._write_lock.locked()
            and database._reads == 0
            and all(guard is None or not guard.connection.in_transaction for guard in guards)
        )
    assert isinstance(database, PostgresDatabase)
    pool: Any = database._pool
    return (
        database._slots._value == MOST
        and pool.get_size() - pool.get_idle_size() == len(database._idle)
        and not any(each.is_in_transaction() for each in database._idle)  # type: ignore[attr-defined]
    )


async def everybody_is_served(database: Database) -> None:
    """Every connection answers right, behind its locks; a write is done, whole; nothing is left over."""
    await database.open()
    async with asyncio.timeout(PATIENCE):
        both = ((await names(database, A))[0], (await names(database, B))[0])
        assert both in {("前池", "后池"), ("新前池", "新后池"), ("前", "新后池")}
        await rename(database, "前池", "后池")
        found = await asyncio.gather(*(names(database, number) for number in (A, B) * MOST))
        assert found == [["前池"], ["后池"]] * MOST
        for _ in range(3):
            assert [await as_json(database, A), await as_json(database, B)] == [["前池"], ["后池"]]
        assert await database.fetch("SELECT name FROM pond", shared=True) == []
        with scoped(A), suppress(ScopeViolation):  # which SQLite's locks say, where PostgreSQL's find no row
            assert await put(database, B, "?") == 0
        assert {"mere", "pond"} <= await database.table_names()
        assert not database.in_transaction()
        while not whole(database):  # noqa: ASYNC110  # what was cancelled still winds up; nothing tells of its end
            await asyncio.sleep(0.01)


# awaits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [EARLY, LATE, TWICE])
async def test_the_way_to_the_first_answers_cancelled_at_any_await_spoils_nothing(ponds: Database, how: Way) -> None:
    async def after() -> None:
        await everybody_is_served(ponds)
        await ponds.close()

    assert await walk(lambda: way(ponds), how, after) > 8


@pytest.mark.parametrize("how", [EARLY, LATE, TWICE])
async def test_closing_cancelled_at_any_await_leaves_a_database_that_opens_again(ponds: Database, how: Way) -> None:
    await everybody_is_served(ponds)
    assert await walk(ponds.close, how, lambda: everybody_is_served(ponds)) > 0


@pytest.mark.parametrize("how", [EARLY, LATE, TWICE])
async def test_the_owners_door_cancelled_at_any_await_is_closed_behind_him(ponds: Database, how: Way) -> None:
    await ponds.open()

    async def change() -> None:
        async with ponds.owner() as owner:
            await owner.execute("CREATE TABLE IF NOT EXISTS hut (id integer)")
            await owner.execute("DROP TABLE hut")

    assert await walk(change, how, lambda: everybody_is_served(ponds)) > 3


@pytest.mark.parametrize("how", [EARLY, LATE])
async def test_a_scope_that_nobody_heard_of_is_not_taken_for_another(ponds: Database, how: Way) -> None:
    await ponds.open()

    async def other() -> None:
        await names(ponds, B)

    at, is_left = 0, True
    while is_left:
        at += 1
        try:
            async with ponds.transaction():
                assert await names(ponds, A) == ["前池"]
                is_left = await cancelled_at(other, at, how)
                assert await names(ponds, A) == ["前池"]
        except (YuanluoError, asyncpg.PostgresError):  # an interrupted transaction is over, and says so
            if not is_left:
                raise
    await everybody_is_served(ponds)


# statements of SQLite ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("how", "times"), [("interrupt", 1), ("fail", 1), ("fail", 2), ("leave", 1)])
async def test_no_statement_of_the_way_that_is_stopped_spoils_what_follows(
    ponds: Database, how: Any, times: int, request: pytest.FixtureRequest
) -> None:
    """By default each ninth statement is; `pytest --long` stops them all."""
    step = 1 if request.config.getoption("--long", default=False) else 9
    at, was_reached = times - step, True
    while was_reached:
        at += step
        meddling = Meddling(at, how, times)
        with meddling.of_new_connections():
            meddling.task = asyncio.create_task(way(ponds))
            await asyncio.wait([meddling.task])
        was_reached = meddling.was_reached
        if not was_reached:
            meddling.task.result()
        elif not meddling.task.cancelled():
            meddling.task.exception()
        await everybody_is_served(ponds)
        await ponds.close()
    assert at > 50
