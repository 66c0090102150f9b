"""SQLite asks a query that proved short on the event loop's own thread; whatever is not goes back to the readers."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from databases import ground_registry

from yuanluo_tenants import engine_sqlite
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.errors import ScopeViolation
from yuanluo_tenants.migrator import build
from yuanluo_tenants.scope import Scope
from yuanluo_tenants.sqlite_guard import Guard

SHORT = "SELECT json_array(1, 2)"
LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT json_array(count(*)) FROM n"


@pytest_asyncio.fixture(loop_scope="session")
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    made = SqliteDatabase(tmp_path / "yuanluo.db", synchronous="OFF")
    made.bind(ground_registry())
    await build(made, made.registry)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def threads(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that answered."""
    answered: list[str] = []
    run = database._json

    def noted(guard: Guard, *arguments: object) -> bytes | None:
        answered.append(threading.current_thread().name)
        return run(guard, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "_json", noted)
    return answered


async def test_a_query_that_proved_short_is_asked_at_once(database: SqliteDatabase, threads: list[str]) -> None:
    here = threading.current_thread().name
    for _ in range(12):
        assert await database.fetch_json(SHORT, [], Scope.of(1)) == b"[1,2]"
    assert threads[0].startswith("yuanluo-reader")
    assert threads[-1] == here


async def test_a_long_query_stays_with_the_readers(database: SqliteDatabase, threads: list[str]) -> None:
    for _ in range(12):
        await database.fetch_json(LONG.format(300_000), [], Scope.of(1))
    assert all(name.startswith("yuanluo-reader") for name in threads)


async def test_a_query_that_turns_long_is_given_up_and_answered_by_a_reader(
    database: SqliteDatabase, threads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = threading.current_thread().name
    sql = LONG.format("?1")
    monkeypatch.setattr(engine_sqlite, "_SHORT", 1.0)
    for _ in range(10):
        assert await database.fetch_json(sql, [5], Scope.of(1)) == b"[5]"
    assert threads[-1] == here
    for _ in range(4):
        assert await database.fetch_json(sql, [3_000_000], Scope.of(1)) == b"[3000000]"
    assert threads.count(here) >= 3, "it was tried and given up"
    assert threads[-1].startswith("yuanluo-reader")
    assert threads[-2].startswith("yuanluo-reader"), "after three times it is not tried any more"


async def test_what_is_asked_at_once_stands_under_the_same_locks(database: SqliteDatabase) -> None:
    for _ in range(12):
        await database.fetch_json(SHORT, [], Scope.of(1))
    database._short.add("DELETE FROM main.plugin_switch")
    with pytest.raises(ScopeViolation):
        await database.fetch_json("DELETE FROM main.plugin_switch", [], Scope.of(1))


async def test_a_statement_is_prepared_once_whatever_is_bound(database: SqliteDatabase) -> None:
    assert database._at_once is not None
    guard = database._at_once.ready()
    asked: list[int] = []
    decide = guard.connection.authorizer
    assert decide is not None
    sql = "SELECT json_array(count(*)) FROM plugin_switch WHERE tenant_id = ?1"

    def counted(action: int, *more: str | None) -> int:
        asked.append(action)
        return decide(action, *more)

    guard.connection.authorizer = counted
    database._json(guard, sql, [1], Scope.of(1))
    first = len(asked)
    for number in range(2, 12):
        database._json(guard, sql, [number], Scope.of(number))
    assert len(asked) - first <= 9, "the authorizer is asked when a statement is prepared"
