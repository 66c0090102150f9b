"""The database's own locks never decide which index a statement uses, and cost little per row."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from databases import MakeDatabase, ground_registry
from isolation_tables import TABLES, A, B, C, Stone

from yuanluo import Person, PersonStatus
from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_tenants.database import Database
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_postgres import connect as connect_postgres
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.migrator import build
from yuanluo_tenants.scope import Range, Scope, scoped
from yuanluo_tenants.sqlite_connection import connect
from yuanluo_tenants.sqlite_guard import Guard


async def _take_statistics(database: PostgresDatabase) -> None:
    """Let the planner know of the rows, as the server does by itself a minute after an import."""
    owner = await connect_postgres(database.owner_url or database.url)
    try:
        await owner.execute("ANALYZE person")
    finally:
        await owner.close()


async def _plan_of(database: Database, sql: str) -> str:
    """Return how the database would run `sql`, whose parameters are a courtyard and an id, `{0}1` and `{0}2`."""
    is_postgres = database.dialect == "postgresql"
    explain, mark = ("EXPLAIN (COSTS OFF)", "$") if is_postgres else ("EXPLAIN QUERY PLAN", "?")
    with scoped(A):
        async with database.transaction():
            if is_postgres:
                await database.execute("SET LOCAL enable_seqscan = off")  # an empty table is read whole otherwise
            rows = await database.fetch(f"{explain} {sql.format(mark)}", [A, uuid.uuid4()])
    return "\n".join(str(value) for row in rows for value in row.values())


async def test_a_row_is_looked_up_by_its_key_under_the_locks(make_database: MakeDatabase) -> None:
    database = await make_database(Composition.of(Plugins.load()).registry)
    people = [
        {"tenant_id": A, "name": f"张{number}", "name_pinyin": f"zhang{number}", "status": PersonStatus.ACTIVE}
        for number in range(500)
    ]
    with scoped(A):
        await database.insert_rows(Person, people)
    if isinstance(database, PostgresDatabase):
        await _take_statistics(database)
    plan = await _plan_of(database, "SELECT name FROM person WHERE tenant_id = {0}1 AND id = {0}2")
    if database.dialect == "postgresql":
        [condition] = [line for line in plan.splitlines() if "Index Cond" in line]
        assert "id = " in condition
        assert "tenant_id = " in condition
        assert "person_pkey" in plan
        assert "Filter: CASE WHEN (tenant_id <= (InitPlan" in plan, "the policy is on, and chooses no index"
    else:
        assert "INDEX sqlite_autoindex_person_1 (tenant_id=? AND id=?)" in plan, plan


async def test_the_seats_of_a_person_come_from_the_index_in_their_order(make_database: MakeDatabase) -> None:
    database = await make_database(Composition.of(Plugins.load()).registry)
    plan = await _plan_of(
        database,
        "SELECT role FROM seat WHERE tenant_id = {0}1 AND person_id = {0}2 ORDER BY started_on, role, id LIMIT 5",
    )
    assert "seat_person_id_started_on_role_id_index" in plan
    assert "Sort" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan


async def _two_courtyards_of_stones(folder: Path, rows: int) -> Guard:
    """Return the locks of a new connection to a file with so many stones in A and in C each."""
    registry = ground_registry()
    registry.add("test", TABLES)
    database = SqliteDatabase(folder / "yuanluo.db", synchronous="OFF")
    database.bind(registry)
    await build(database, registry)
    await database.open()
    with scoped(A, B, C):
        await database.insert_rows(Stone, [{"tenant_id": n, "text": str(k)} for n in (A, C) for k in range(rows)])
    await database.close()
    guard = Guard(connect(database.path, cached_statements=8), reads_only=True)
    guard.lock(registry, ())
    return guard


async def test_on_sqlite_a_prepared_statement_asks_for_the_scope_of_each_run(tmp_path: Path) -> None:
    guard = await _two_courtyards_of_stones(tmp_path, 2)
    sql = "SELECT tenant_id, count(*) FROM stone GROUP BY tenant_id ORDER BY 1"
    both = [(A, 2), (C, 2)]
    runs = [(Scope.of(A), [(A, 2)]), (Scope.of(C), [(C, 2)]), (Scope.of(A, C), both), (None, []), (Scope.of(B), [])]
    for scope, expected in [*runs, *reversed(runs), *runs]:
        guard.enter(scope)
        assert guard.connection.execute(sql).fetchall() == expected, scope
        guard.leave()
    guard.connection.close()


@pytest.mark.parametrize(("scope", "asked"), [(Scope.of(Range(A, B)), False), (Scope.of(A, C), True)])
async def test_sqlite_asks_python_about_a_row_only_where_the_scope_has_several_ranges(
    tmp_path: Path, scope: Scope, asked: bool
) -> None:
    rows = 300
    guard = await _two_courtyards_of_stones(tmp_path, rows)
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
