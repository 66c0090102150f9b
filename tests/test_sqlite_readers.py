"""Readers of SQLite are started as statements overlap, and see through the same locks as the first."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apsw
import pytest
import pytest_asyncio
from databases import ground_registry

from yuanluo_tenants.columns import Text
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.migrator import build
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import TenantTable

A, B = 5101060240010001, 5101060240010002
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) AS n FROM n"


class Pond(TenantTable, zh="池塘", en="a pond"):
    name = Text("名称", "name")


@pytest_asyncio.fixture(loop_scope="session")
async def ponds(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    registry = ground_registry()
    registry.add("test", [Pond])
    database = SqliteDatabase(tmp_path / "yuanluo.db", readers=3, synchronous="OFF")
    database.bind(registry)
    await build(database, registry)
    await database.open()
    for number, name in ((A, "前池"), (B, "后池")):
        with scoped(number):
            await database.insert_rows(Pond, [{"tenant_id": number, "name": name}])
    yield database
    await database.close()


def readers(database: SqliteDatabase) -> int:
    ours = {id(each) for each in database._workers}
    return sum(id(each) in ours and each.name.startswith("yuanluo-reader") for each in threading.enumerate())


async def test_one_reader_serves_statements_that_follow_each_other(ponds: SqliteDatabase) -> None:
    for _ in range(5):
        assert await ponds.fetch("SELECT count(*) AS n FROM pond", shared=True) == [{"n": 0}]
    assert readers(ponds) == 1


async def test_statements_that_overlap_start_readers_up_to_the_most(ponds: SqliteDatabase) -> None:
    found = await asyncio.gather(*(ponds.fetch(SLOW, shared=True) for _ in range(5)))
    assert found == [[{"n": 1_000_000}]] * 5
    assert readers(ponds) == 3


async def test_a_later_reader_keeps_tenants_apart_like_the_first(ponds: SqliteDatabase) -> None:
    async def names(number: int) -> list[Any]:
        with scoped(number):
            await ponds.fetch(SLOW)
            return [row["name"] for row in await ponds.fetch("SELECT name FROM pond")]

    assert await asyncio.gather(*map(names, (A, B, A, B))) == [["前池"], ["后池"]] * 2
    assert readers(ponds) == 3


async def test_where_no_further_reader_can_be_opened_the_first_serves_all(
    ponds: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> Any:
        raise apsw.CantOpenError("too many open files")

    monkeypatch.setattr(ponds, "_connect_reader", refuse)
    with caplog.at_level(logging.WARNING):
        found = await asyncio.gather(*(ponds.fetch(SLOW, shared=True) for _ in range(2)))
    assert found == [[{"n": 1_000_000}]] * 2
    assert (readers(ponds), "too many open files" in caplog.text) == (1, True)
