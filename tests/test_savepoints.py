"""A savepoint leaves nothing of a block that fails, and everything before and after it, on both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, OTHER, at, make_house

from yuanluo import House, rows, scoped
from yuanluo.importing import ImportBatch
from yuanluo_tenants.database import Duplicate
from yuanluo_tenants.errors import IsolationError


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


async def put(house: House, name: str) -> None:
    context = at(house)
    row = {
        "kind": "owner_roster", "file_name": name, "file_sha256": name, "imported_on": context.today,
        "imported_at": context.now, "imported_by": "officer", "record_count": 1, "counts": "{}",
    }  # fmt: skip
    await context.insert(ImportBatch, [row])


async def names(house: House) -> list[str]:
    sql = "SELECT file_name FROM import_batch WHERE tenant_id = $1 ORDER BY file_name"
    return [row["file_name"] for row in await rows(house.database, sql, COURTYARD)]


async def failing(house: House, *steps: Callable[[], Awaitable[object]]) -> None:
    """Do steps in a savepoint, then raise KeyError unless one of them raised already."""
    async with house.database.savepoint():
        for step in steps:
            await step()
        raise KeyError


async def test_a_block_that_fails_leaves_nothing_and_the_transaction_goes_on(house: House) -> None:
    async def look_elsewhere() -> None:
        with scoped(OTHER):
            await rows(house.database, "SELECT count(*) FROM person")

    with scoped(COURTYARD):
        async with house.database.transaction():
            await put(house, "前")
            with pytest.raises(Duplicate):
                await failing(house, lambda: put(house, "中"), lambda: put(house, "前"))
            async with house.database.savepoint():
                await put(house, "内")
                with pytest.raises(KeyError):
                    await failing(house, look_elsewhere)
                await put(house, "后")
        assert await names(house) == sorted(["前", "内", "后"])


async def test_a_savepoint_needs_a_transaction(house: House) -> None:
    with pytest.raises(IsolationError):
        await failing(house)


async def test_what_was_announced_inside_is_told_to_nobody(house: House) -> None:
    heard: list[str] = []
    house.database.hearers.append(heard.append)
    try:
        with scoped(COURTYARD):
            async with house.database.transaction():
                with pytest.raises(KeyError):
                    await failing(house, lambda: house.database.announce("dropped"))
                await house.database.announce("kept")
    finally:
        house.database.hearers.remove(heard.append)
    told = ["kept"] if house.database.announcements is None else []  # PostgreSQL tells those who listen there
    assert heard == told
