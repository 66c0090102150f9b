"""What a connection keeps prepared has a bound in memory, however many different statements are said.

A statement kept by PostgreSQL holds its trees and its plan, some 200 bytes for each of SQL; one kept by SQLite some 20.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import apsw
import pytest
import pytest_asyncio
from databases import MakeDatabase, ground_registry

from yuanluo_graphql.dialects import DIALECTS
from yuanluo_tenants.database import Database
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.scope import Scope, scoped

SCOPE = Scope.of(5101060240010001)
KILOBYTES = 40
POSTGRES_ONLY = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True, scope="session")


@pytest_asyncio.fixture(scope="session")
async def narrow(make_database: MakeDatabase) -> AsyncIterator[Database]:
    """A database with one connection, on PostgreSQL one that keeps 40 kB of SQL."""
    made = await make_database(ground_registry())
    if isinstance(made, SqliteDatabase):
        yield made
        return
    assert isinstance(made, PostgresDatabase)
    narrow = PostgresDatabase(made.url, max_size=1, statement_cache=KILOBYTES)
    narrow.registry = made.registry
    await narrow.open()
    yield narrow
    await narrow.close()


async def say(database: Database, number: int, length: int = 0) -> None:
    """Ask a compiled statement that is like no other, of some `length` characters and seldom more."""
    wide = "+(SELECT count(*) FROM node n WHERE n.name='x')"
    data = f"'{number}'" if not length else f"CASE WHEN 0=0{wide * (length // len(wide))} THEN '{number}' END"
    assert await database.fetch_json(DIALECTS[database.dialect].statement(data), [], SCOPE) == str(number).encode()


async def kept(database: Database) -> dict[int, int]:
    """Return the numbers of the statements that PostgreSQL keeps, with their lengths."""
    with scoped(SCOPE):
        rows = await database.fetch("SELECT statement FROM pg_prepared_statements")
    found = ((re.search(r"'(\d{4})'", row["statement"]), len(row["statement"])) for row in rows)
    return {int(match[1]): length for match, length in found if match}


@POSTGRES_ONLY
async def test_what_is_said_once_pushes_nothing_out(narrow: Database) -> None:
    for number in range(1_000, 1_020):
        for _ in range(2):
            await say(narrow, number, 3_000)
    before = await kept(narrow)
    assert len(before) > 10
    for number in range(1_020, 1_120):
        await say(narrow, number, 3_000)
    assert await kept(narrow) == before
    await say(narrow, 1_050, 3_000)
    assert 1_050 in await kept(narrow)


@POSTGRES_ONLY
async def test_statements_are_kept_up_to_a_length_together(narrow: Database) -> None:
    for number in range(2_000, 2_100):
        for _ in range(3):
            await say(narrow, number, 3_000)
            await say(narrow, 1_999, 3_000)
    found = await kept(narrow)
    # the one that gave way last is closed with the next
    assert 35_000 < sum(found.values()) <= KILOBYTES * 1_000 + 3_100
    assert 1_999 in found, "what is asked all the time gives way to nothing"
    assert 2_099 in found


@POSTGRES_ONLY
async def test_a_statement_that_would_fill_the_cache_is_not_kept(narrow: Database) -> None:
    for _ in range(3):
        await say(narrow, 3_000, 500)
        await say(narrow, 3_001, KILOBYTES * 1_000 // 8)
    found = await kept(narrow)
    assert 3_000 in found
    assert 3_001 not in found


@POSTGRES_ONLY
async def test_what_commands_say_is_kept_by_number_and_length(narrow: Database) -> None:
    with scoped(SCOPE):
        for number in range(700):
            await narrow.fetch(f"SELECT {number} AS command")
        await narrow.fetch(f"SELECT 1 AS long_command /*{'-' * 5_000}*/")
        rows = await narrow.fetch("SELECT statement FROM pg_prepared_statements")
    commands = [row["statement"] for row in rows if "command" in row["statement"]]
    assert 400 < len(commands) <= 512
    assert not any("long_command" in each for each in commands)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize("length", [7_500, 15_500])
async def test_four_hundred_statements_take_a_bounded_part_of_memory(narrow: Database, length: int) -> None:
    before, _ = apsw.status(apsw.SQLITE_STATUS_MEMORY_USED)
    for number in range(1_000, 1_400):
        await say(narrow, number, length)
    after, _ = apsw.status(apsw.SQLITE_STATUS_MEMORY_USED)
    assert after - before < 45_000_000
