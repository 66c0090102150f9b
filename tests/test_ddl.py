"""From declarations to DDL: keys, types and constraints as `stack.md`'s scale-out rules ask, on both engines."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from enum import Enum
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase, ground_registry
from schema_facts import schema_facts

from yuanluo_tenants import ddl
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import (
    Area,
    Blob,
    Choice,
    Code,
    Day,
    Fen,
    Flag,
    Integer,
    Kind,
    Long,
    Mask,
    Minutes,
    Moment,
    PartialDate,
    Ref,
    Sealed,
    Text,
    Upward,
)
from yuanluo_tenants.database import Broken, DanglingReference, Database, Dialect, Duplicate
from yuanluo_tenants.errors import DeclarationError
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import AccountTable, ReferenceTable, TableClass, TenantTable

A = 5101060240010001


class Hue(Enum):
    RED = ("红", "red")
    BLUE = ("蓝", "blue")


class Every(TenantTable, zh="全", en="one column of each kind", tablename="d_every", indexes=[["text", "day"]]):
    text = Text("文", "text")
    code = Code("码", "code", unique=True)
    whole = Integer("整", "whole")
    long = Long("长", "long", null=True)
    fen = Fen("分", "fen")
    area = Area("积", "area")
    minutes = Minutes("时", "minutes")
    flag = Flag("旗", "flag")
    day = Day("日", "day")
    partial = PartialDate("约", "partial")
    moment = Moment("刻", "moment")
    hue = Choice("色", "hue", Hue, null=True)
    every_id = Ref("同", "another", "d_every", null=True)
    above_id = Upward("上", "above", "d_every")
    blob = Blob("块", "blob", null=True)
    secret = Sealed("密", "secret", klass=DataClass.D3, mask=Mask.HIDE, unique=True)
    hidden = Sealed("隐", "hidden", klass=DataClass.D3, mask=Mask.HIDE)


class Extension(TenantTable, zh="扩", en="extends another by the same key", tablename="d_extension", extends=Every):
    remark = Text("注", "remark")


class Log(TenantTable, zh="录", en="appended only", tablename="d_log", append_only=True):
    line = Text("行", "line")


class Place(ReferenceTable, zh="地", en="a place", tablename="d_place"):
    number = Long("号", "number", primary_key=True, default=None)
    code = Code("码", "code", unique=True)


class Login(AccountTable, zh="户", en="a login", tablename="d_login"):
    name = Code("名", "name", unique=True)


TABLES = (Every, Extension, Log, Place, Login)


def registry() -> Registry:
    made = ground_registry()
    made.add("test", TABLES)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def every(make_database: MakeDatabase) -> Database:
    return await make_database(registry())


ROW: dict[str, Any] = {
    "tenant_id": A,
    "day": dt.date(2026, 1, 31),
    "moment": dt.datetime(2026, 1, 31, tzinfo=dt.timezone.utc),
}


def test_every_kind_has_a_stored_type_on_both_engines() -> None:
    assert all(ddl.sql_type(kind, dialect) for kind in Kind for dialect in ("sqlite", "postgresql"))


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_keys_uniques_and_indexes_of_a_tenant_table_begin_with_the_tenant(dialect: Dialect) -> None:
    for table in (Every, Extension, Log):
        shape = ddl.shape_of(table)
        assert 'PRIMARY KEY ("tenant_id", "id")' in ddl.create_table(shape, dialect)
        for sql in ddl.indexes(shape).values():
            assert '("tenant_id"' in sql
        for sql in ddl.foreign_keys(shape).values():
            assert re.search(r'FOREIGN KEY \("tenant_id", "\w+"\) REFERENCES "\w+" \("tenant_id", "id"\)', sql)
    keys = list(ddl.indexes(ddl.shape_of(Every)))
    assert keys == [
        "d_every_code_key",
        "d_every_secret_index_key",
        "d_every_every_id_id_index",
        "d_every_above_id_index",
        "d_every_hidden_index_index",
        "d_every_text_day_index",
    ]


def test_an_index_that_another_begins_with_is_not_made() -> None:
    class Line(TenantTable, zh="行", en="a line", tablename="d_line", indexes=[["every_id", "fen"], ["word", "fen"]]):
        every_id = Ref("全", "its every", Every)
        word = Code("字", "word", index=True)
        name = Code("名", "name", unique=True, index=True)
        fen = Fen("分", "fen")

    assert list(ddl.indexes(ddl.shape_of(Line))) == [
        "d_line_name_key",
        "d_line_every_id_fen_index",
        "d_line_word_fen_index",
    ]


def test_what_refers_to_a_row_is_read_in_its_own_order() -> None:
    class Page(TenantTable, zh="页", en="a page", tablename="d_page", order=["name", "day"]):
        every_id = Ref("全", "its every", Every)
        name = Text("名", "name")
        name_pinyin = Text("拼音", "by which names are sorted")
        day = Day("日", "day")

    class Newest(TenantTable, zh="新", en="the newest first", tablename="d_newest", order=["-day"]):
        every_id = Ref("全", "its every", Every)
        day = Day("日", "day")

    assert ddl.shape_of(Page).indexes == (("tenant_id", "every_id", "name_pinyin", "day", "id"),)
    assert ddl.shape_of(Newest).indexes == (("tenant_id", "every_id"),)


def test_references_get_an_index_and_a_key_and_upward_ones_an_index_alone() -> None:
    assert ddl.shape_of(Every).references == (("every_id", "d_every"),)
    assert ddl.shape_of(Extension).references == (("id", "d_every"),)
    assert ddl.shape_of(Place).key == ("number",)
    assert ddl.shape_of(Login).unique == (("name",),)


def test_sqlite_types_keep_their_affinity() -> None:
    for kind in Kind:
        text = ddl.sql_type(kind, "sqlite")
        affinity = "INTEGER" if "INT" in text else "TEXT" if "TEXT" in text else "BLOB"
        assert text == affinity or text.endswith(f"_{affinity}")


def test_long_names_stay_apart_after_postgresqls_cut() -> None:
    long = "a" * 50
    groups = (("tenant_id", "b" * 40), ("tenant_id", "b" * 41))
    shape = ddl.TableShape(long, TableClass.TENANT, (), ("tenant_id", "id"), (), groups, (), append_only=False)
    names = list(ddl.indexes(shape))
    assert len(set(names)) == 2
    assert all(len(name) <= 63 for name in names)


async def test_postgresql_text_sorts_by_code_points(every: Database) -> None:
    facts = await schema_facts(every)
    if every.dialect == "postgresql":
        texts = [fact for fact in facts if fact.startswith("columns d_") and "|text|" in fact]
        assert texts
        assert all("|C|" in fact for fact in texts)
    with scoped(A):
        rows = [{**ROW, "text": text, "code": text} for text in ("b", "B", "a", "_", "张", "é")]
        await every.insert_rows(Every, rows)
        found = await every.fetch("SELECT text FROM d_every ORDER BY text")
        await Every.delete(force=True)
    assert [row["text"] for row in found] == ["B", "_", "a", "b", "é", "张"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("hue", "GREEN"),
        ("partial", ""),
        ("partial", "1958-00"),
        ("partial", "1958-7"),
        ("partial", "1958-07-32"),
        ("long", 2**53),
        ("fen", -(2**53)),
        ("area", 2**53),
        ("fen", None),
        ("tenant_id", None),
    ],
)
async def test_a_value_outside_its_kind_is_refused(every: Database, column: str, value: Any) -> None:
    row = {**ROW, "code": "x", column: value}
    if column == "tenant_id":
        names, marks = "(tenant_id, id, line)", ("$1, $2, $3" if every.dialect == "postgresql" else "?1, ?2, ?3")
        with scoped(A), pytest.raises(Exception, match=r"(?i)scope|row-level|constraint"):
            await every.execute(f"INSERT INTO d_log {names} VALUES ({marks})", [None, uuid.uuid4(), "x"])
        return
    with scoped(A), pytest.raises(Broken) as caught:
        await every.insert_rows(Every, [row])
    assert column in caught.value.constraint


@pytest.mark.parametrize("value", ["1958", "1958-07", "1958-07-02", None])
async def test_a_partial_date_is_a_year_a_month_or_a_day(every: Database, value: str | None) -> None:
    with scoped(A):
        await every.insert_rows(Every, [{**ROW, "code": "p", "partial": value}])
        (row,) = await every.fetch("SELECT partial FROM d_every")
        await Every.delete(force=True)
    assert row["partial"] == value


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize(
    "change",
    [
        "whole = 2147483648",
        "whole = 1.5",
        "fen = 'much'",
        "flag = 2",
        "day = '2026-02-30'",
        "day = 'today'",
        "moment = '2026-01-31 00:00:00'",
    ],
)
async def test_sqlite_keeps_what_its_loose_types_would_let_through(every: Database, change: str) -> None:
    with scoped(A):
        await every.insert_rows(Every, [{**ROW, "code": "s"}])
        try:
            with pytest.raises(Broken):
                await every.execute(f"UPDATE d_every SET {change}")
        finally:
            await Every.delete(force=True)


async def test_an_extension_shares_the_key_of_its_base(every: Database) -> None:
    key = uuid.uuid4()
    with scoped(A):
        with pytest.raises(DanglingReference):
            await every.insert_rows(Extension, [{"tenant_id": A, "id": key}])
        await every.insert_rows(Every, [{**ROW, "id": key, "code": "e"}])
        await every.insert_rows(Extension, [{"tenant_id": A, "id": key}])
        with pytest.raises(Duplicate):
            await every.insert_rows(Extension, [{"tenant_id": A, "id": key}])
        with pytest.raises(DanglingReference):
            await Every.delete().where(Every.id == key)
        await Extension.delete(force=True)
        await Every.delete(force=True)


async def test_reference_and_account_rows_need_no_scope(every: Database) -> None:
    await every.insert_rows(Place, [{"number": 7, "code": "x"}])
    await every.insert_rows(Login, [{"name": "amy"}])
    assert (await Place.objects().get(Place.number == 7)) is not None
    await Login.update({Login.name: "bea"}).where(Login.name == "amy")
    assert [row["name"] for row in await every.fetch("SELECT name FROM d_login", shared=True)] == ["bea"]
    assert await every.execute("DELETE FROM d_place", shared=True) == 1
    await Login.delete(force=True)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True, scope="session")
async def test_every_tenant_table_forces_row_level_security(every: Database) -> None:
    facts = await schema_facts(every)
    for table in ("d_every", "d_extension", "d_log", "plugin_switch"):
        assert f"locks {table}|True|True" in facts
        assert any(fact.startswith(f"policies {table}|yuanluo_scope|ALL") for fact in facts)
    assert "locks d_place|False|False" in facts
    assert not [fact for fact in facts if re.match(r"column grants d_\w+\|(tenant_id|id)\|UPDATE\|yuanluo_app", fact)]
    assert not [fact for fact in facts if re.match(r"(column )?grants d_log\|.*(UPDATE|DELETE)\|yuanluo_app", fact)]
    assert "column grants d_every|text|UPDATE|yuanluo_app" in facts


def test_a_dangling_target_is_refused_by_name() -> None:
    class Lost(TenantTable, zh="失", en="refers to nothing", tablename="d_lost"):
        x_id = Ref("无", "nothing", "nowhere")

    made = ground_registry()
    made.add("broken", [Lost])
    with pytest.raises(DeclarationError, match="broken targets 'nowhere'"):
        made.check()
