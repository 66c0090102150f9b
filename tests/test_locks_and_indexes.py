"""The database's own locks are filters: they never decide which index a statement uses, and cost little per row."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from databases import MakeDatabase, ground_registry
from isolation_tables import TABLES, A, B, C, Stone

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.migrator import build
from yuanluo_tenants.scope import Range, Scope, scoped
from yuanluo_tenants.sqlite_connection import connect
from yuanluo_tenants.sqlite_guard import Guard


async def test_a_row_is_looked_up_by_its_key_under_the_locks(make_database: MakeDatabase) -> None:
    database = await make_database(Composition.of(Plugins.load()).registry)
    is_postgres = database.dialect == "postgresql"
    explain, mark = ("EXPLAIN (COSTS OFF)", "$") if is_postgres else ("EXPLAIN QUERY PLAN", "?")
    sql = f"{explain} SELECT name FROM person WHERE tenant_id = {mark}1 AND id = {mark}2"
    with scoped(5101060240010001):
        async with database.transaction():
            if is_postgres:
                await database.execute("SET LOCAL enable_seqscan = off")  # an empty table is read whole otherwise
            rows = await database.fetch(sql, [5101060240010001, uuid.uuid4()])
    plan = "\n".join(str(value) for row in rows for value in row.values())
    if is_postgres:
        [condition] = [line for line in plan.splitlines() if "Index Cond" in line]
        assert "id = " in condition
        assert "tenant_id = " in condition
        assert "InitPlan" not in condition
        assert "InitPlan" in plan, "the policy is on"
    else:
        assert "INDEX sqlite_autoindex_person_1 (tenant_id=? AND id=?)" in plan, plan


@pytest.mark.parametrize(("scope", "asked"), [(Scope.of(Range(A, B)), False), (Scope.of(A, C), True)])
async def test_sqlite_asks_python_about_a_row_only_where_the_scope_has_several_ranges(
    tmp_path: Path, scope: Scope, asked: bool
) -> None:
    rows = 300
    registry = ground_registry()
    registry.add("test", TABLES)
    database = SqliteDatabase(tmp_path / "yuanluo.db", synchronous="OFF")
    database.bind(registry)
    await build(database, registry)
    await database.open()
    with scoped(A, B, C):
        await database.insert_rows(Stone, [{"tenant_id": n, "text": str(k)} for n in (A, C) for k in range(rows)])
    await database.close()
    guard = Guard(connect(database.path, cached_statements=8), reads_only=True)
    guard.lock(registry, ())
    sql = "SELECT count(*) FROM stone WHERE tenant_id BETWEEN ? AND ?"
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    guard.connection.execute(sql, (A, C)).fetchall()  # prepared, so that no lock is asked for the statement itself
    guard.enter(scope)
    sys.setprofile(count)
    try:
        [(found,)] = guard.connection.execute(sql, (A, C)).fetchall()
    finally:
        sys.setprofile(None)
    guard.connection.close()
    assert found == rows * sum(number in scope for number in (A, C))
    assert (calls >= found) is asked
