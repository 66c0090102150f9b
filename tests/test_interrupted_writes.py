"""Every write of the composed schema, cancelled at each `await` and, on SQLite, interrupted at each statement.

Each mutation comes through the same door as a client's, with an input made from its form, always under one key: so
whatever a cancelled try has written, the next one finds, and in the end the write is there once or, where its input is
refused, not at all. After each try everybody is served. By default some mutations are walked, one of each kind of
write; `pytest --long` walks all.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from interrupted import EARLY, LATE, TWICE, Meddling, walk
from pace import PATIENCE
from two_courtyards import MUTATIONS, Two, build_two

import yuanluo
from yuanluo import scoped, verify
from yuanluo.checking import check_house
from yuanluo_graphql.model import Mutation
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_sqlite import SqliteDatabase

SOME: Final = {
    "opinionCollect": "a plugin's row, numbered within its courtyard",
    "personCreate": "sealed columns and counters",
    "tokenCreate": "a secret, and rows of no courtyard",
    "pluginSwitch": "what the process keeps in memory",
}
FITTING: Final = {"pluginSwitch": {"plugin": "culture"}}
"""What an input needs that its form does not tell."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two(make_database: MakeDatabase) -> Two:
    return await build_two(make_database)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--long", default=False)
        metafunc.parametrize("name", sorted(MUTATIONS) if is_long else sorted(SOME))


def quiet(two: Two) -> bool:
    """Whether nothing is borrowed, locked or begun, and nobody's turn is taken."""
    database: Any = two.world.database
    if two.world.app.state.graphql_view._engine.guards.admission.running:
        return False
    if isinstance(database, SqliteDatabase):
        guard = database._workers[0].seat.guard
        return not database._write_lock.locked() and (guard is None or not guard.connection.in_transaction)
    assert isinstance(database, PostgresDatabase)
    pool: Any = database._pool
    return database._slots._value == database._max_size and pool.get_size() - pool.get_idle_size() == len(
        database._idle
    )


async def everybody_is_served(two: Two) -> None:
    """Others read and write, and nothing is left over."""
    query = f'{{ courtyard(code: "{two.codes[0]}") {{ code }} }}'
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(
            *(two.world.ask(query, role) for role in ("everything", "district_officer", "council_director"))
        )
        assert [each["courtyard"]["code"] for each in answers] == [two.codes[0]] * 3
        async with two.world.database.transaction():
            with scoped(two.theirs):
                await yuanluo.rows(two.world.database, "SELECT tenant_id FROM record_head")
        while not quiet(two):  # noqa: ASYNC110  # what was cancelled still winds up; nothing tells of its end
            await asyncio.sleep(0.01)


class Told:
    """What the last try was answered."""

    def __init__(self, two: Two, mutation: Mutation, key: str) -> None:
        self._two = two
        self._mutation = mutation
        self._values = two.input_of(mutation, FITTING.get(mutation.name, {})) | {"idempotencyKey": key}
        self.answer: Any = None

    async def __call__(self) -> None:
        self.answer = await self._two.send(self._mutation, self._values)


async def filed(two: Two) -> int:
    """Return how many records there are in all."""
    with yuanluo.crossing("test: count all records"):
        return int(await yuanluo.value(two.world.database, "SELECT count(*) AS n FROM record"))


async def once_or_not_at_all(two: Two, told: Told, before: int) -> None:
    """Check what the tries left, all together."""
    is_done = "errors" not in told.answer
    assert await filed(two) - before == (1 if is_done else 0), told.answer
    with scoped(two.mine):
        assert (await verify(two.world.database, two.mine, two.world.house.keys)).is_whole
    assert (await check_house(two.world.house)).is_right


@pytest.mark.parametrize("way", [EARLY, LATE, TWICE])
async def test_a_write_cancelled_at_any_await_is_whole_or_undone(two: Two, name: str, way: Any) -> None:
    before = await filed(two)
    told = Told(two, MUTATIONS[name], f"{name} {way}")
    awaits = await walk(told, way, lambda: everybody_is_served(two))
    await once_or_not_at_all(two, told, before)
    if name in SOME:
        assert awaits > 5
        assert "errors" not in told.answer


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("how", "times"), [("interrupt", 1), ("fail", 1), ("fail", 2)])
async def test_a_write_stopped_at_any_statement_is_whole_or_undone(two: Two, name: str, how: Any, times: int) -> None:
    before = await filed(two)
    told = Told(two, MUTATIONS[name], f"{name} {how} {times}")
    database: Any = two.world.database
    at, was_reached = 0, True
    while was_reached:
        at += 1
        meddling = Meddling(at, how, times)
        with meddling.of(database._workers[0].seat.ready().connection):
            await told()
        was_reached = meddling.was_reached
        await everybody_is_served(two)
    await once_or_not_at_all(two, told, before)
    if name in SOME:
        assert at > 5
        assert "errors" not in told.answer
