"""The second lock, row-level security or views with triggers: statements that forgot the scope."""

from __future__ import annotations

import asyncio

import apsw
import pytest
import pytest_asyncio
from databases import MakeDatabase
from isolation_tables import A, B, C, Courtyards, Ground, mark, three_courtyards

from yuanluo_tenants.database import DanglingReference, Duplicate
from yuanluo_tenants.errors import IsolationError, ScopeViolation
from yuanluo_tenants.scope import Range, Scope, crossing, scoped


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def yards(make_database: MakeDatabase) -> Courtyards:
    return await three_courtyards(make_database)


UNFILTERED = [
    "SELECT tenant_id FROM ground",
    "SELECT g.tenant_id FROM ground g JOIN ground_note n ON n.ground_id = g.id",
    "SELECT g.tenant_id FROM ground_note n LEFT JOIN ground g ON g.id = n.ground_id",
    "SELECT tenant_id FROM ground UNION ALL SELECT tenant_id FROM ground_note",
    "SELECT tenant_id FROM ground UNION SELECT tenant_id FROM ground_note",
    "SELECT tenant_id FROM ground_note EXCEPT SELECT 0",
    "SELECT tenant_id FROM ground INTERSECT SELECT tenant_id FROM ground_note",
    "WITH every AS (SELECT * FROM ground) SELECT tenant_id FROM every",
    "WITH ground_note AS (SELECT * FROM ground) SELECT tenant_id FROM ground_note",
    "WITH every AS MATERIALIZED (SELECT * FROM ground) SELECT tenant_id FROM every",
    "SELECT tenant_id FROM (SELECT * FROM (SELECT * FROM ground) a) b",
    "SELECT (SELECT max(tenant_id) FROM ground) AS tenant_id FROM ground_note",
    "SELECT max(tenant_id) AS tenant_id FROM ground WHERE EXISTS (SELECT 1 FROM ground_note)",
    "SELECT tenant_id FROM ground WHERE id IN (SELECT ground_id FROM ground_note) OR 1 = 1",
    "SELECT tenant_id FROM ground WHERE tenant_id <> 0 OR tenant_id IS NULL",
    "SELECT tenant_id FROM ground GROUP BY tenant_id HAVING count(*) > 0",
    (
        "WITH RECURSIVE r(tenant_id) AS (SELECT tenant_id FROM ground UNION SELECT tenant_id FROM r) "
        "SELECT tenant_id FROM r"
    ),
]


@pytest.mark.parametrize("sql", UNFILTERED)
async def test_a_planted_unfiltered_query_returns_no_foreign_row(yards: Courtyards, sql: str) -> None:
    with scoped(A):
        assert {row["tenant_id"] for row in await yards.database.fetch(sql)} == {A}
    with scoped(Range(A, B)):
        assert {row["tenant_id"] for row in await yards.database.fetch(sql)} <= {A, B}
    with scoped(A, C):
        assert B not in {row["tenant_id"] for row in await yards.database.fetch(sql)}


async def test_a_planted_query_without_a_scope_returns_no_row(yards: Courtyards) -> None:
    assert await yards.database.fetch("SELECT * FROM ground", shared=True) == []
    assert await yards.database.query("SELECT * FROM ground", []) == []
    assert (await yards.database.fetch("SELECT count(*) AS n FROM ground", shared=True))[0]["n"] == 0


async def test_the_scope_of_one_statement_does_not_outlive_it(yards: Courtyards) -> None:
    for _ in range(5):
        with crossing("test"):
            assert len(await yards.database.fetch("SELECT * FROM ground")) == 3
        assert await yards.database.fetch("SELECT * FROM ground", shared=True) == []


async def test_concurrent_tasks_keep_their_scopes_apart(yards: Courtyards) -> None:
    async def look(number: int) -> set[int]:
        with scoped(number):
            await asyncio.sleep(0)
            rows = await yards.database.fetch("SELECT tenant_id FROM ground")
            return {row["tenant_id"] for row in rows}

    numbers = [(A, B, C)[n % 3] for n in range(90)]
    assert await asyncio.gather(*map(look, numbers)) == [{n} for n in numbers]


async def test_a_scope_opened_inside_a_transaction_holds_inside_it(yards: Courtyards) -> None:
    async def seen() -> set[int]:
        return {row["tenant_id"] for row in await yards.database.fetch("SELECT tenant_id FROM ground")}

    with scoped(A):
        async with yards.database.transaction():
            assert await seen() == {A}
            with scoped(B):
                assert await seen() == {B}
            with scoped(A, C):
                assert await seen() == {A, C}
            assert await seen() == {A}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ground SET name = 'stolen' WHERE tenant_id = {foreign}",
        "UPDATE ground SET name = 'stolen'",
        "DELETE FROM ground_note WHERE tenant_id = {foreign}",
        "DELETE FROM ground_note",
        "INSERT INTO stone (tenant_id, id, text) VALUES ({foreign}, '00000000-0000-7000-8000-000000000001', 'x')",
        "INSERT INTO stone (tenant_id, id, text) SELECT {foreign}, '00000000-0000-7000-8000-000000000002', 'x'",
    ],
)
async def test_a_planted_write_does_not_reach_another_tenant(yards: Courtyards, sql: str) -> None:
    database = yards.database

    async def foreign_rows() -> list[list[dict[str, object]]]:
        with scoped(B, C):
            return [
                await database.fetch(f"SELECT * FROM {name} ORDER BY tenant_id, id")
                for name in ("ground", "ground_note", "stone")
            ]

    before = await foreign_rows()
    with scoped(A):
        # PostgreSQL's policy hides the foreign rows from UPDATE and DELETE, SQLite's triggers abort the statement;
        # what names the foreign tenant in a new row is refused on both
        try:
            async with database.transaction():
                await database.execute(sql.format(foreign=B))
                assert database.dialect == "postgresql"
                assert not sql.startswith("INSERT")
                raise asyncio.CancelledError
        except ScopeViolation:
            pass
        except asyncio.CancelledError:
            pass
    assert await foreign_rows() == before


async def test_a_planted_update_does_not_move_a_row_to_another_tenant(yards: Courtyards) -> None:
    for scope in (Scope.of(A), Scope.of(A, B), Scope.of(Range(A, C))):
        with scoped(scope):
            for sql in (
                f"UPDATE ground SET tenant_id = {B} WHERE tenant_id = {A}",
                f"UPDATE ground SET id = '00000000-0000-7000-8000-000000000003' WHERE tenant_id = {A}",
            ):
                with pytest.raises(ScopeViolation):
                    await yards.database.execute(sql)


async def test_an_upsert_does_not_write_another_tenants_row(yards: Courtyards) -> None:
    database = yards.database
    sql = (
        "INSERT INTO ground (tenant_id, id, code, name, revision) VALUES "
        f"({mark(database, 1)}, {mark(database, 2)}, 'p', 'mine', 1) "
        "ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name"
    )
    with scoped(A):
        with pytest.raises(ScopeViolation):
            await database.execute(sql, [B, yards.plots[C]])
        assert await database.execute(sql, [A, yards.plots[C]]) == 1
    with scoped(B):
        assert (await Ground.select(Ground.name).where(Ground.code == "p"))[0]["name"] == f"plot of {B}"


async def test_a_cross_tenant_reference_cannot_be_created_even_with_every_right(yards: Courtyards) -> None:
    database = yards.database
    values = f"({mark(database, 1)}, '00000000-0000-7000-8000-000000000004', {mark(database, 2)}, 'x', 1)"
    with crossing("test of the third lock"):
        with pytest.raises(DanglingReference):
            await database.execute(
                f"INSERT INTO ground_note (tenant_id, id, ground_id, text, revision) VALUES {values}",
                [A, yards.plots[B]],
            )
        with pytest.raises(DanglingReference):
            await database.execute(
                f"UPDATE ground_note SET ground_id = {mark(database, 1)} WHERE tenant_id = {A}",
                [yards.plots[B]],
            )
        with pytest.raises(DanglingReference):
            await database.execute(f"DELETE FROM ground WHERE tenant_id = {A}")


async def test_the_same_code_may_stand_in_two_tenants_but_not_twice_in_one(yards: Courtyards) -> None:
    with scoped(A), pytest.raises(Duplicate):
        await yards.database.insert_rows(Ground, [{"tenant_id": A, "code": "p", "name": "again"}])


async def test_an_append_only_table_is_not_rewritten(yards: Courtyards) -> None:
    with scoped(A):
        for sql in ("UPDATE stone SET text = 'x'", "DELETE FROM stone"):
            with pytest.raises(ScopeViolation):
                await yards.database.execute(sql)
        assert (await yards.database.fetch("SELECT text FROM stone"))[0]["text"] == f"stone of {A}"


# PostgreSQL's ways round -------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True, scope="session")
@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE ground NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE ground DISABLE ROW LEVEL SECURITY",
        "DROP POLICY yuanluo_scope ON ground",
        "CREATE POLICY open ON ground USING (true)",
        "ALTER ROLE yuanluo_app BYPASSRLS",
        "SET ROLE yuanluo_owner",
        "TRUNCATE ground",
        "DROP TABLE ground",
        "UPDATE ground SET tenant_id = tenant_id",
        "COPY ground FROM '/dev/null'",
        "CREATE TABLE copied AS SELECT * FROM ground",
        "DELETE FROM yuanluo_migration",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
async def test_postgresql_refuses_every_way_round_its_policies(yards: Courtyards, sql: str) -> None:
    with scoped(A), pytest.raises(ScopeViolation):
        await yards.database.execute(sql)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True, scope="session")
async def test_postgresql_refuses_to_read_with_row_security_off(yards: Courtyards) -> None:
    with scoped(A), pytest.raises(ScopeViolation):  # noqa: PT012  # the setting ends with its transaction
        async with yards.database.transaction():
            await yards.database.execute("SET LOCAL row_security = off")
            await yards.database.fetch("SELECT * FROM ground")


# SQLite's ways round ----------------------------------------------------------------------------------------

SNEAKY = [
    "SELECT name FROM main.ground",
    'SELECT name FROM "main"."ground"',
    "SELECT count(*) FROM main.ground",
    "WITH ground AS (SELECT * FROM main.ground) SELECT name FROM ground",
    "WITH ground AS (SELECT count(*) AS n FROM main.ground) SELECT n FROM ground",
    "WITH ground_insert_scope AS (SELECT tenant_id FROM main.ground) SELECT * FROM ground_insert_scope",
    "SELECT 1 FROM ground UNION SELECT tenant_id FROM main.ground",
    "SELECT (SELECT name FROM main.ground LIMIT 1)",
    "SELECT * FROM ground WHERE id IN (SELECT id FROM main.ground)",
    "SELECT name FROM sqlite_master",
    "SELECT sql FROM temp.sqlite_master",
    "SELECT sql FROM sqlite_temp_master",
    "SELECT count(*) FROM sqlite_temp_master",
    "SELECT * FROM pragma_table_info('ground')",
    "SELECT * FROM pragma_table_list",
    "UPDATE ground SET name = (SELECT name FROM main.ground LIMIT 1)",
    'UPDATE ground SET name = (SELECT name FROM "main" . "ground" LIMIT 1)',
    "UPDATE ground SET name = (SELECT name FROM main/**/.ground LIMIT 1)",
    "UPDATE ground SET name = (SELECT name FROM [main].ground LIMIT 1)",
    "DELETE FROM ground WHERE name IN (SELECT name FROM main.ground) RETURNING name",
    "INSERT INTO ground (tenant_id, id, code, name) SELECT 1, id, code, name FROM main.ground RETURNING name",
    "UPDATE ground SET name = 'x' WHERE tenant_id = 0; SELECT name FROM main.ground",
    "SELECT 1; UPDATE main.ground SET name = 'x'",
    "WITH x AS (SELECT 1) UPDATE main.ground SET name = 'x'",
    "WITH x AS (SELECT 1) DELETE FROM main.ground",
    "UPDATE sqlite_master SET sql = ''",
    "DELETE FROM sqlite_temp_master",
    "INSERT INTO yuanluo_migration VALUES (1)",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA writable_schema = ON",
    "PRAGMA query_only = OFF",
    "PRAGMA table_info(ground)",
    "ATTACH ':memory:' AS other",
    "DETACH temp",
    "VACUUM",
    "REINDEX",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT s",
    "DROP TABLE main.ground",
    "DROP VIEW temp.ground",
    "DROP TRIGGER ground_insert_scope",
    "ALTER TABLE main.ground RENAME TO g",
    "CREATE TABLE t AS SELECT * FROM main.ground",
    "CREATE TEMP VIEW v AS SELECT * FROM main.ground",
    "CREATE VIEW v AS SELECT * FROM ground",
    "CREATE TEMP TABLE t AS SELECT * FROM ground",
    "CREATE VIRTUAL TABLE t USING fts5(x)",
    "CREATE INDEX i ON ground (name)",
    "EXPLAIN SELECT name FROM main.ground",
]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize("sql", SNEAKY)
async def test_sqlite_refuses_every_way_round_its_views(yards: Courtyards, sql: str) -> None:
    database = yards.database
    assert database.dialect == "sqlite"
    with scoped(A):
        with pytest.raises((IsolationError, apsw.SQLError)) as caught:
            await database.fetch(sql)
        assert "syntax error" not in str(caught.value)
        async with database.transaction():
            with pytest.raises((IsolationError, apsw.SQLError)):
                await database.execute(sql)
    with crossing("test"):
        assert len(await database.fetch("SELECT * FROM ground")) == 3


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
async def test_another_program_cannot_write_past_the_triggers(yards: Courtyards) -> None:
    stranger = apsw.Connection(str(yards.database.path))  # type: ignore[attr-defined]  # SQLite's own attribute
    with pytest.raises(apsw.SQLError, match="no such function"):
        stranger.execute("UPDATE ground SET name = 'x'")
    stranger.close()
