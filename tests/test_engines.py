"""Both engines: values come back as they went in, transactions, errors, speed of the compiled path."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio
from databases import MakeDatabase, ground_registry
from pace import PATIENCE
from postgres_server import APP, OWNER, Server

from yuanluo_graphql.dialects import DIALECTS
from yuanluo_tenants.columns import (
    Area,
    Blob,
    Choice,
    Code,
    Day,
    Fen,
    Flag,
    Integer,
    Moment,
    PartialDate,
    Ref,
    Text,
)
from yuanluo_tenants.database import Broken, Busy, DanglingReference, Database, Duplicate, TooSlow
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.errors import ConfigurationError, DeclarationError, Invalid, IsolationError
from yuanluo_tenants.scope import Range, Scope, scoped
from yuanluo_tenants.tables import TenantTable

A, B, C = 5101060240010001, 5101060240010002, 5101060250010001


class Light(Enum):
    SHADE = ("背阴", "shade")
    SUN = ("向阳", "sun")


class Bed(TenantTable, zh="花床", en="a flower bed", unique=[["code"]]):
    code = Code("编号", "code")
    name = Text("名称", "name", null=True)
    light = Choice("光照", "light", Light)
    cost = Fen("造价", "cost", null=True)
    size = Area("面积", "size", null=True)
    steps = Integer("步数", "steps")
    watered = Flag("已浇水", "watered")
    planted = Day("种植日", "day of planting", null=True)
    founded = PartialDate("始建", "founded")
    seen_at = Moment("巡查时间", "seen at", null=True)
    seed = Blob("种子", "seed", null=True)
    neighbour_id = Ref("相邻", "neighbour", "bed", null=True)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def beds(make_database: MakeDatabase) -> Database:
    registry = ground_registry()
    registry.add("test", [Bed])
    return await make_database(registry)


FULL: dict[str, Any] = {
    "tenant_id": A,
    "code": "full",
    "name": "桂花",
    "light": Light.SUN,
    "cost": 2**53 - 1,
    "size": 1234,
    "steps": -7,
    "watered": True,
    "planted": dt.date(2026, 2, 28),
    "founded": "1958-07",
    "seen_at": dt.datetime(2026, 11, 22, 8, 0, 0, 1, tzinfo=dt.timezone.utc),
    "seed": b"\x00\xff",
}


async def test_every_kind_of_value_comes_back_as_it_went_in(beds: Database) -> None:
    key = uuid.uuid4()
    with scoped(A):
        await beds.insert_rows(Bed, [{**FULL, "id": key}])
        (row,) = await beds.fetch("SELECT * FROM bed WHERE code = 'full'")
        (selected,) = await Bed.select().where(Bed.code == "full")
    expected = {**FULL, "id": key, "light": "SUN", "neighbour_id": None, "revision": 1}
    assert row == expected
    assert selected == expected
    assert isinstance(row["id"], uuid.UUID)
    assert row["watered"] is True


async def test_instances_are_inserted_updated_counted_and_removed(beds: Database) -> None:
    with scoped(B):
        await Bed.insert(Bed(tenant_id=B, code="one", light=Light.SHADE), Bed(tenant_id=B, code="two", light=Light.SUN))
        assert await Bed.count().where(Bed.light == Light.SHADE) == 1
        assert await Bed.count().where(Bed.light.is_in([Light.SHADE, Light.SUN])) == 2
        assert await Bed.count().where(Bed.light != Light.SHADE) == 1
        assert await Bed.count().where(Bed.light.not_in([Light.SHADE])) == 1
        await Bed.update({Bed.light: Light.SUN, Bed.cost: 5}).where(Bed.code == "one")
        one = await Bed.objects().get(Bed.code == "one")
        assert one is not None
        assert (one.light, one.cost) == ("SUN", 5)
        await one.update_self({Bed.cost: Bed.cost + 1})
        assert one.cost == 6
        await one.remove()
        created = await Bed.objects().create(tenant_id=B, code="three", light=Light.SUN)
        assert await Bed.exists().where(Bed.id == created.id)
        assert {row["code"] for row in await Bed.select(Bed.code)} == {"two", "three"}
        await Bed.delete(force=True)


async def test_left_out_columns_take_their_defaults(beds: Database) -> None:
    with scoped(B):
        await beds.insert_rows(Bed, [{"tenant_id": B, "code": "d", "light": "SUN"}])
        (row,) = await beds.fetch("SELECT * FROM bed WHERE code = 'd'")
        with pytest.raises(Invalid) as missing:
            await beds.insert_rows(Bed, [{"tenant_id": B, "code": "e"}])
        with pytest.raises(DeclarationError, match="colour"):
            await beds.insert_rows(Bed, [{"tenant_id": B, "light": "SUN", "colour": "red"}])
        await beds.insert_rows(Bed, [])
        await Bed.delete(force=True)
    assert row["id"].version == 7
    assert (row["steps"], row["watered"], row["name"], row["planted"], row["cost"]) == (0, False, None, None, None)
    assert missing.value.field == "light"


async def test_ten_thousand_rows_are_inserted_at_once_or_not_at_all(beds: Database) -> None:
    rows = [{"tenant_id": B, "code": f"c{n}", "light": Light.SUN, "seen_at": FULL["seen_at"]} for n in range(10_000)]
    with scoped(B):
        await beds.insert_rows(Bed, rows)
        assert await Bed.count() == 10_000
        with pytest.raises(Duplicate):
            await beds.insert_rows(Bed, [{"tenant_id": B, "code": "new", "light": Light.SUN}, *rows])
        assert await Bed.count() == 10_000
        assert await beds.execute(f"DELETE FROM bed WHERE tenant_id = {B} AND code <> 'c1'") == 9_999
        assert await beds.execute(f"DELETE FROM bed WHERE tenant_id = {B}") == 1


@pytest.mark.parametrize(
    ("column", "value", "error"),
    [
        ("light", "DUSK", Broken),
        ("founded", "1958-13", Broken),
        ("founded", "58", Broken),
        ("cost", 2**53, Broken),
        ("code", None, Broken),
        ("neighbour_id", uuid.UUID(int=7), DanglingReference),
    ],
)
async def test_what_breaks_a_constraint_is_refused_by_kind(
    beds: Database, column: str, value: Any, error: type[Exception]
) -> None:
    with scoped(B):
        with pytest.raises(error):
            await beds.insert_rows(Bed, [{"tenant_id": B, "code": "bad", "light": Light.SUN, column: value}])
        assert await Bed.count() == 0


# transactions -----------------------------------------------------------------------------------------------


async def steps(database: Database, code: str = "t") -> int | None:
    rows = await Bed.select(Bed.steps).where(Bed.code == code)
    return rows[0]["steps"] if rows else None


@pytest_asyncio.fixture(loop_scope="session")
async def one_bed(beds: Database) -> AsyncIterator[Database]:
    beds.bind(beds.registry)
    with scoped(B):
        await beds.insert_rows(Bed, [{"tenant_id": B, "code": "t", "light": Light.SUN}])
    yield beds
    with scoped(B):
        await Bed.delete(force=True)


async def test_a_transaction_is_kept_whole_or_not_at_all(one_bed: Database) -> None:
    with scoped(B):
        with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is what is rolled back
            async with one_bed.transaction():
                await one_bed.execute(f"UPDATE bed SET steps = 9 WHERE tenant_id = {B}")
                assert await steps(one_bed) == 9
                _ = 1 / 0
        assert await steps(one_bed) == 0
        async with one_bed.transaction():
            await one_bed.execute(f"UPDATE bed SET steps = 9 WHERE tenant_id = {B}")
        assert await steps(one_bed) == 9
    assert not one_bed.in_transaction()


async def test_a_nested_transaction_joins_the_outer_one(one_bed: Database) -> None:
    with scoped(B):
        with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is what is rolled back
            async with one_bed.transaction():
                async with one_bed.transaction():
                    await one_bed.execute(f"UPDATE bed SET steps = 9 WHERE tenant_id = {B}")
                assert one_bed.in_transaction()
                _ = 1 / 0
        assert await steps(one_bed) == 0


async def test_siblings_share_a_transaction(one_bed: Database) -> None:
    with scoped(B):
        with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is what is rolled back
            async with one_bed.transaction():
                await asyncio.gather(
                    *(one_bed.execute(f"UPDATE bed SET steps = steps + 1 WHERE tenant_id = {B}") for _ in range(20))
                )
                assert await steps(one_bed) == 20
                _ = 1 / 0
        assert await steps(one_bed) == 0


async def test_what_outlives_a_transaction_runs_outside_of_it(one_bed: Database) -> None:
    ended = asyncio.Event()

    async def later() -> int:
        await ended.wait()
        assert not one_bed.in_transaction()
        return await one_bed.execute(f"UPDATE bed SET steps = 7 WHERE tenant_id = {B}")

    with scoped(B):
        async with one_bed.transaction():
            task = asyncio.create_task(later())
            await asyncio.sleep(0)
        ended.set()
        assert await task == 1
        assert await steps(one_bed) == 7


async def test_thirty_concurrent_increments_lose_nothing(one_bed: Database) -> None:
    mark = "FOR UPDATE" if one_bed.dialect == "postgresql" else ""

    async def increment() -> None:
        with scoped(B):
            async with one_bed.transaction():
                (row,) = await one_bed.fetch(f"SELECT steps FROM bed WHERE code = 't' {mark}")
                await asyncio.sleep(0)
                await Bed.update({Bed.steps: row["steps"] + 1}).where(Bed.code == "t")

    await asyncio.gather(*(increment() for _ in range(30)))
    with scoped(B):
        assert await steps(one_bed) == 30


async def test_a_cancelled_transaction_is_rolled_back_and_gives_its_connection_back(one_bed: Database) -> None:
    async def hang() -> None:
        with scoped(B):
            async with one_bed.transaction():
                await one_bed.execute(f"UPDATE bed SET steps = 9 WHERE tenant_id = {B}")
                await asyncio.sleep(60)

    for _ in range(12):  # more than the pool holds
        task = asyncio.create_task(hang())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    with scoped(B):
        assert await steps(one_bed) == 0


async def test_failing_transactions_do_not_leak_connections(one_bed: Database) -> None:
    for _ in range(12):
        with scoped(B), pytest.raises(Duplicate):
            async with one_bed.transaction():
                await one_bed.insert_rows(Bed, [{"tenant_id": B, "code": "t", "light": Light.SUN}])
    with scoped(B):
        assert await steps(one_bed) == 0


async def test_a_swallowed_error_does_not_pass_for_a_commit(one_bed: Database) -> None:
    # PostgreSQL has given the whole transaction up and says so; SQLite has undone the failed statement alone
    with scoped(B):
        try:
            async with one_bed.transaction():
                await one_bed.execute(f"UPDATE bed SET steps = 9 WHERE tenant_id = {B}")
                with pytest.raises(Duplicate):
                    await one_bed.insert_rows(Bed, [{"tenant_id": B, "code": "t", "light": Light.SUN}])
        except Busy:
            assert one_bed.dialect == "postgresql"
            assert await steps(one_bed) == 0
        else:
            assert one_bed.dialect == "sqlite"
            assert await steps(one_bed) == 9


# the compiled path ------------------------------------------------------------------------------------------


def compiled(database: Database, value: str) -> str:
    """Return a statement as the compiler writes it: `value` is a scalar subquery of JSON."""
    return DIALECTS[database.dialect].statement(f"({value})")


def codes(database: Database) -> str:
    if database.dialect == "sqlite":
        return "SELECT json_group_array(tenant_id) FROM (SELECT tenant_id FROM bed ORDER BY 1)"
    return "SELECT coalesce(json_agg(tenant_id ORDER BY tenant_id), '[]'::json) FROM bed"


@pytest_asyncio.fixture(loop_scope="session")
async def three_beds(beds: Database) -> AsyncIterator[Database]:
    beds.bind(beds.registry)
    with scoped(A, B, C):
        await beds.execute("DELETE FROM bed")
        await beds.insert_rows(Bed, [{"tenant_id": n, "code": "j", "light": Light.SUN} for n in (A, B, C)])
    yield beds
    with scoped(A, B, C):
        await beds.execute("DELETE FROM bed")


async def test_json_comes_back_as_bytes_of_the_scope(three_beds: Database) -> None:
    for scope in (Scope.of(A), Scope.of(Range(A, B)), Scope.of(A, C), Scope.of(Range(A, C)), Scope.of(1)):
        sql = compiled(three_beds, codes(three_beds))
        found = await three_beds.fetch_json(sql, [], scope)
        assert isinstance(found, bytes)
        assert json.loads(found) == [number for number in (A, B, C) if number in scope]
    assert await three_beds.fetch_json(compiled(three_beds, "SELECT NULL"), [], Scope.of(A)) is None


async def test_the_scope_is_set_before_any_row_is_read(three_beds: Database) -> None:
    """Pins the evaluation order of the `set_config` statement, on connections that served other scopes before.

    The scope must hold in subqueries of every form the compiler may write, also with plans that were cached.
    """
    rows = codes(three_beds)
    forms = [
        rows,
        f"SELECT coalesce((SELECT max(x) FROM (SELECT ({rows}) AS x) a WHERE 1 = 0), ({rows}))"
        if three_beds.dialect == "sqlite"
        else f"SELECT x FROM (SELECT ({rows}) AS x) a",
        f"WITH every AS MATERIALIZED (SELECT tenant_id FROM bed) {rows.replace('FROM bed', 'FROM every')}",
        rows.replace("FROM bed", "FROM (SELECT b.tenant_id FROM bed b JOIN bed c ON b.id = c.id) j"),
        rows.replace("FROM bed", "FROM (SELECT tenant_id FROM bed b WHERE EXISTS (SELECT 1 FROM bed)) j"),
        rows.replace("FROM bed", "FROM (SELECT tenant_id FROM bed b LIMIT (SELECT count(*) FROM bed)) j"),
    ]

    async def ask(turn: int) -> None:
        # by one courtyard, and by two of them, which travel as ranges
        numbers = ([A], [B], [C], [A, C])[turn % 4]
        form, scope = forms[turn // 4 % len(forms)], Scope.of(*numbers)
        found = await three_beds.fetch_json(compiled(three_beds, form), [], scope)
        assert found is not None
        assert json.loads(found) == numbers, form

    await asyncio.gather(*(ask(turn) for turn in range(len(forms) * 60)))


async def test_after_the_compiled_path_a_connection_has_no_scope(three_beds: Database) -> None:
    sql = compiled(three_beds, codes(three_beds))
    await asyncio.gather(*(three_beds.fetch_json(sql, [], Scope.of(A)) for _ in range(30)))
    found = await asyncio.gather(*(three_beds.fetch("SELECT * FROM bed", shared=True) for _ in range(30)))
    assert found == [[]] * 30


async def test_the_compiled_path_takes_arguments_after_the_scope(three_beds: Database) -> None:
    mark = "$2" if three_beds.dialect == "postgresql" else "?1"
    cast = "::bigint" if three_beds.dialect == "postgresql" else ""
    only = codes(three_beds).replace("FROM bed", f"FROM bed WHERE tenant_id = {mark}{cast}")
    for scope in (Scope.of(Range(A, C)), Scope.of(A, C)):
        sql = compiled(three_beds, only)
        assert await three_beds.fetch_json(sql, [A], scope) == f"[{A}]".encode()


async def test_queries_transactions_and_pings_share_the_connections(three_beds: Database) -> None:
    sql = compiled(three_beds, codes(three_beds))

    async def write() -> None:
        with scoped(B):
            async with three_beds.transaction():
                await Bed.update({Bed.steps: Bed.steps + 1}).where(Bed.code == "j")

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(
            *(
                each
                for _ in range(40)
                for each in (three_beds.fetch_json(sql, [], Scope.of(A)), write(), three_beds.ping())
            )
        )
    with scoped(B):
        assert await steps(three_beds, "j") == 40


async def test_the_owners_door_stays_shut_inside_a_transaction(three_beds: Database) -> None:
    with scoped(A):
        async with three_beds.transaction():
            with pytest.raises(IsolationError):
                async with three_beds.owner():
                    pass


async def test_a_read_reports_no_changed_rows(three_beds: Database) -> None:
    with scoped(A):
        async with three_beds.transaction():
            assert await three_beds.execute(f"UPDATE bed SET steps = 1 WHERE tenant_id = {A}") == 1
            assert await three_beds.execute("SELECT * FROM bed") == 0


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
async def test_two_processes_write_one_file_without_losing_updates(three_beds: Database) -> None:
    assert isinstance(three_beds, SqliteDatabase)
    second = SqliteDatabase(three_beds.path)
    second.registry = three_beds.registry
    await second.open()

    async def increment(database: Database) -> None:
        with scoped(A):
            async with database.transaction():
                (row,) = await database.fetch("SELECT steps FROM bed")
                await asyncio.sleep(0)
                await database.execute(f"UPDATE bed SET steps = ?1 WHERE tenant_id = {A}", [row["steps"] + 1])

    try:
        await asyncio.gather(*(increment(database) for _ in range(15) for database in (three_beds, second)))
        with scoped(A):
            assert await second.fetch("SELECT steps FROM bed") == [{"steps": 30}]
    finally:
        await second.close()


# limits and life --------------------------------------------------------------------------------------------

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS m FROM n"


async def test_an_abandoned_query_is_stopped(beds: Database) -> None:
    tasks = [asyncio.create_task(beds.fetch(ENDLESS, shared=True)) for _ in range(4)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(PATIENCE):
        await beds.ping()
        assert await beds.fetch("SELECT 1 AS one", shared=True) == [{"one": 1}]


async def test_a_statement_over_the_time_limit_is_stopped(beds: Database) -> None:
    limited: Database
    if isinstance(beds, SqliteDatabase):
        limited = SqliteDatabase(beds.path, statement_milliseconds=50)
    else:
        assert isinstance(beds, PostgresDatabase)
        limited = PostgresDatabase(beds.url, statement_milliseconds=50)
    await limited.open()
    try:
        with pytest.raises(TooSlow):
            await limited.fetch(ENDLESS, shared=True)
        assert await limited.fetch("SELECT 1 AS one", shared=True) == [{"one": 1}]
    finally:
        await limited.close()


async def test_a_database_that_is_not_open_says_so(tmp_path: Path) -> None:
    for database in (SqliteDatabase(tmp_path / "x.db"), PostgresDatabase("postgresql://app@localhost/none")):
        with pytest.raises(ConfigurationError, match="not open"):
            await database.ping()
        with pytest.raises(ConfigurationError, match="not open"):
            await database.fetch("SELECT 1", shared=True)
        await database.close()


async def test_a_closed_database_opens_again(beds: Database) -> None:
    await beds.close()
    await beds.open()
    await beds.open()
    await beds.ping()
    await beds.optimize()
    assert "bed" in await beds.table_names()


async def test_piccolos_other_doors_are_closed(beds: Database) -> None:
    with scoped(A):
        with pytest.raises(DeclarationError):
            await Bed.select().batch()
        with pytest.raises(IsolationError):
            await Bed.create_table()
        with pytest.raises(DeclarationError):
            beds.engine.atomic()
        async with beds.engine.transaction():
            assert beds.engine.transaction_exists()
    assert not beds.engine.transaction_exists()
    assert await beds.engine.get_version() >= 3.51


async def test_a_value_without_a_stored_form_is_refused(beds: Database) -> None:
    naive = dt.datetime(2026, 11, 22)  # noqa: DTZ001  # the point of the test
    with scoped(B), pytest.raises((TypeError, asyncpg.DataError)):
        await beds.insert_rows(Bed, [{"tenant_id": B, "code": "n", "light": Light.SUN, "seed": object()}])
    if beds.dialect == "sqlite":
        with scoped(B), pytest.raises(TypeError, match="time zone"):
            await beds.insert_rows(Bed, [{"tenant_id": B, "code": "n", "light": Light.SUN, "seen_at": naive}])


# PostgreSQL's roles -----------------------------------------------------------------------------------------


@pytest.fixture
def server(beds: Database, request: pytest.FixtureRequest) -> tuple[PostgresDatabase, Server]:
    assert isinstance(beds, PostgresDatabase)
    return beds, request.getfixturevalue("postgres_server")


async def refused(url: str, database: PostgresDatabase, pattern: str) -> None:
    powerful = PostgresDatabase(url)
    powerful.registry = database.registry
    with pytest.raises(ConfigurationError, match=pattern):
        await powerful.open()


POSTGRES_ONLY = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True, scope="session")


@POSTGRES_ONLY
async def test_a_powerful_role_is_refused_at_the_start(server: tuple[PostgresDatabase, Server]) -> None:
    database, cluster = server
    name = urlsplit(database.url).path
    superuser = urlunsplit(urlsplit(cluster.url)._replace(path=name))
    await refused(superuser, database, "is a superuser")
    assert database.owner_url is not None
    await refused(database.owner_url, database, "owns the tables")
    connection = await asyncpg.connect(superuser)
    try:
        for grant, take, pattern in (
            ("ALTER ROLE {} BYPASSRLS", "ALTER ROLE {} NOBYPASSRLS", "BYPASSRLS"),
            (f"GRANT {OWNER} TO {{}}", f"REVOKE {OWNER} FROM {{}}", "owns the tables"),
            ("GRANT postgres TO {}", "REVOKE postgres FROM {}", "may become postgres"),
        ):
            await connection.execute(grant.format(APP))
            try:
                await refused(database.url, database, pattern)
            finally:
                await connection.execute(take.format(APP))
        await connection.execute("ALTER TABLE bed NO FORCE ROW LEVEL SECURITY")
        await refused(database.url, database, "bed do not force")
        await connection.execute("ALTER TABLE bed FORCE ROW LEVEL SECURITY")
    finally:
        await connection.close()
    again = PostgresDatabase(database.url)
    again.registry = database.registry
    await again.open()
    await again.close()


@POSTGRES_ONLY
async def test_without_the_owners_url_nothing_migrates(server: tuple[PostgresDatabase, Server]) -> None:
    with pytest.raises(ConfigurationError, match="YUANLUO_OWNER_URL"):
        async with PostgresDatabase(server[0].url).owner():
            pass
