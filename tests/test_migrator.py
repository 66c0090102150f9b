"""Migrations: replay equals the declarations, on both engines; once, whole or not at all."""

from __future__ import annotations

import asyncio
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase, ground_registry
from schema_facts import schema_facts

from yuanluo_tenants import ddl
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Choice, Code, Day, Fen, Flag, Integer, Long, Mask, Ref, Sealed, Text
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import ConfigurationError, DeclarationError, PluginError
from yuanluo_tenants.migrator import Source, load_migrations, make_migration, migrate, pending, status
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import AccountTable, ReferenceTable, TenantTable

A = 5101060240010001


class Sky(Enum):
    CLEAR = ("晴", "clear")
    RAIN = ("雨", "rain")


class WiderSky(Enum):
    CLEAR = ("晴", "clear")
    RAIN = ("雨", "rain")
    FOG = ("雾", "fog")


def first_version() -> list[Any]:
    class Tree(TenantTable, zh="树", en="a tree", tablename="m_tree", unique=[["code"]], type_name="MTree"):
        code = Code("编号", "code")
        sky = Choice("天气", "sky", Sky)
        old_note = Text("旧注", "old note", null=True)

    class Leaf(TenantTable, zh="叶", en="a leaf", tablename="m_leaf", append_only=True, type_name="MLeaf"):
        tree_id = Ref("树", "tree", "m_tree")

    class Word(ReferenceTable, zh="词", en="a word", tablename="m_word", type_name="MWord"):
        number = Long("号", "number", primary_key=True, default=None)

    class Login(AccountTable, zh="登录", en="a login", tablename="m_login", type_name="MLogin"):
        name = Code("名", "name", unique=True)

    return [Tree, Leaf, Word, Login]


def second_version() -> list[Any]:
    class Tree(
        TenantTable,
        zh="树",
        en="a tree",
        tablename="m_tree",
        unique=[["code", "sky"]],
        indexes=[["planted"]],
        type_name="MTree",
    ):
        code = Code("编号", "code")
        sky = Choice("天气", "sky", WiderSky, null=True)
        old_note = Text("旧注", "old note", null=True)
        planted = Day("种植日", "planted", null=True)
        price = Fen("价", "price")
        tall = Flag("高", "tall")
        rings = Integer("年轮", "rings")
        keeper = Sealed("人", "keeper", klass=DataClass.D3, mask=Mask.NAME, unique=True)
        parent_id = Ref("母树", "parent tree", "m_tree", null=True)

    class Leaf(TenantTable, zh="叶", en="a leaf", tablename="m_leaf", type_name="MLeaf"):
        tree_id = Ref("树", "tree", "m_tree")
        remark = Text("注", "remark")

    class Word(ReferenceTable, zh="词", en="a word", tablename="m_word", type_name="MWord"):
        number = Long("号", "number", primary_key=True, default=None)
        text = Text("词", "text", unique=True)

    class Fruit(TenantTable, zh="果", en="a fruit", tablename="m_fruit", type_name="MFruit"):
        tree_id = Ref("树", "tree", "m_tree")

    return [Tree, Leaf, Word, first_version()[3], Fruit]


def registry_of(tables: list[Any]) -> Registry:
    registry = ground_registry()
    registry.add("orchard", tables)
    return registry


def without_bookkeeping(facts: list[str]) -> list[str]:
    return [fact for fact in facts if "applied_at" not in fact.partition(" ")[0]]


@pytest_asyncio.fixture(loop_scope="session")
async def empty(make_database: MakeDatabase) -> Database:
    return await make_database(Registry())


async def test_replayed_files_equal_the_declarations(
    make_database: MakeDatabase, empty: Database, tmp_path: Path
) -> None:
    source = Source("orchard", tmp_path / "migrations")
    assert make_migration(registry_of(first_version()), source, "initial") is not None
    second = registry_of(second_version())
    path = make_migration(second, source, "grow")
    assert path is not None
    assert path.name == "0002_grow.py"
    assert make_migration(second, source, "nothing") is None
    assert [each.name for each in load_migrations(source)] == ["initial", "grow"]
    done = await migrate(empty, second, [source])
    assert [(each.plugin, each.name) for each in done] == [
        ("tenants", "declarations"),
        ("orchard", "initial"),
        ("orchard", "grow"),
    ]
    fresh = await make_database(second)
    assert await schema_facts(empty) == await schema_facts(fresh)


async def test_additive_changes_of_a_plugin_without_files_equal_the_declarations(
    make_database: MakeDatabase,
) -> None:
    second = registry_of(second_version())
    grown = await make_database(registry_of(first_version()))
    grown.bind(second)
    assert [each.plugin for each in await pending(grown, second, [])] == ["orchard"]
    await migrate(grown, second, [])
    assert await pending(grown, second, []) == []
    assert await schema_facts(grown) == await schema_facts(await make_database(second))


async def test_files_that_come_after_declarations_are_taken_as_applied(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    first, second = registry_of(first_version()), registry_of(second_version())
    database = await make_database(first)
    source = Source("orchard", tmp_path / "migrations")
    make_migration(first, source, "initial")
    assert await pending(database, first, [source]) == []
    assert await migrate(database, first, [source]) == []
    applied = [each for each in await status(database, first, [source]) if each.plugin == "orchard"]
    assert [(each.number, each.name) for each in applied] == [(1, "initial")]
    make_migration(second, source, "grow")
    database.bind(second)
    assert [each.name for each in await pending(database, second, [source])] == ["grow"]
    await migrate(database, second, [source])
    assert await pending(database, second, [source]) == []
    assert await schema_facts(database) == await schema_facts(await make_database(second))


async def test_files_may_come_in_the_middle_of_declarations(make_database: MakeDatabase, tmp_path: Path) -> None:
    first, second = registry_of(first_version()), registry_of(second_version())
    database = await make_database(first)
    database.bind(second)
    await migrate(database, second, [])
    source = Source("orchard", tmp_path / "migrations")
    make_migration(first, source, "initial")
    make_migration(second, source, "grow")
    assert await pending(database, second, [source]) == []
    await migrate(database, second, [source])
    applied = [each for each in await status(database, second, [source]) if each.plugin == "orchard"]
    assert [(each.number, each.name) for each in applied] == [(1, "initial"), (2, "grow")]


async def test_the_first_file_takes_over_declarations_that_it_only_adds_to(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """The declarations were applied, then changed, then frozen: nobody froze them as they were applied."""
    first, second = registry_of(first_version()), registry_of(second_version())
    database = await make_database(first)
    tree = first.table("m_tree")
    with scoped(A):
        await database.insert_rows(tree, [{"tenant_id": A, "code": "t1", "sky": Sky.RAIN, "old_note": "n"}])
    database.bind(second)
    source = Source("orchard", tmp_path / "migrations")
    make_migration(second, source, "initial")
    assert [(each.number, each.name) for each in await pending(database, second, [source])] == [(1, "initial")]
    assert [(each.plugin, each.name) for each in await migrate(database, second, [source])] == [("orchard", "initial")]
    assert await pending(database, second, [source]) == []
    assert await migrate(database, second, [source]) == []
    assert await schema_facts(database) == await schema_facts(await make_database(second))
    with scoped(A):
        (row,) = await database.fetch("SELECT code, old_note FROM m_tree")
    assert row == {"code": "t1", "old_note": "n"}


async def test_later_files_run_after_the_one_that_takes_over(make_database: MakeDatabase, tmp_path: Path) -> None:
    first, second = registry_of(first_version()), registry_of(second_version())
    third = registry_of([*second_version(), seed_table()])
    database = await make_database(first)
    source = Source("orchard", tmp_path / "migrations")
    make_migration(second, source, "initial")
    make_migration(third, source, "seeds")
    database.bind(third)
    done = await migrate(database, third, [source])
    assert [(each.number, each.name) for each in done] == [(1, "initial"), (2, "seeds")]
    assert await pending(database, third, [source]) == []
    assert await schema_facts(database) == await schema_facts(await make_database(third))


def seed_table() -> Any:
    class Seed(TenantTable, zh="种", en="a seed", tablename="m_seed", type_name="MSeed"):
        name = Text("名", "name")

    return Seed


async def test_files_that_would_lose_what_stands_there_are_refused(make_database: MakeDatabase, tmp_path: Path) -> None:
    first = registry_of(first_version())
    database = await make_database(registry_of(second_version()))
    database.bind(first)
    source = Source("orchard", tmp_path / "migrations")
    make_migration(first, source, "initial")
    for look in (migrate, pending):
        with pytest.raises(PluginError, match="install the version that built them"):
            await look(database, first, [source])


async def test_rows_survive_a_change_of_their_table(make_database: MakeDatabase) -> None:
    tree, leaf, *_ = first_version()
    registry = registry_of([tree, leaf, *_])
    database = await make_database(registry)
    with scoped(A):
        await database.insert_rows(tree, [{"tenant_id": A, "code": "t1", "sky": Sky.RAIN, "old_note": "n"}])
        (row,) = await database.fetch("SELECT * FROM m_tree")
        await database.insert_rows(leaf, [{"tenant_id": A, "tree_id": row["id"]}])
    second = registry_of(second_version())
    database.bind(second)
    await migrate(database, second, [])
    with scoped(A):
        (after,) = await database.fetch("SELECT * FROM m_tree")
        (fallen,) = await database.fetch("SELECT * FROM m_leaf")
    assert {key: after[key] for key in row} == row
    assert (after["price"], after["tall"], after["rings"], after["planted"], after["keeper"]) == (
        0,
        False,
        0,
        None,
        None,
    )
    assert fallen["remark"] == ""
    assert fallen["tree_id"] == row["id"]


async def test_three_processes_at_once_do_the_work_once(empty: Database) -> None:
    registry = registry_of(second_version())
    empty.bind(registry)
    done = await asyncio.gather(*(migrate(empty, registry, []) for _ in range(3)))
    assert sorted(len(each) for each in done) == [0, 0, 2]
    assert [each.applied_at is not None for each in await status(empty, registry, [])] == [True, True]


async def test_locks_of_another_version_are_pending_and_put_anew(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = registry_of(first_version())
    database = await make_database(registry)
    assert await pending(database, registry, []) == []
    guards = ddl.guards
    with monkeypatch.context() as patch:
        patch.setattr(ddl, "guards", lambda shape, dialect: [*guards(shape, dialect), "SELECT 1"])
        assert [(each.plugin, each.name) for each in await pending(database, registry, [])] == [("yuanluo", "locks")]
        assert [each.name for each in await migrate(database, registry, [])] == ["locks"]
        assert await pending(database, registry, []) == []
    assert [each.name for each in await pending(database, registry, [])] == ["locks"]
    assert [each.name for each in await migrate(database, registry, [])] == ["locks"]
    assert await migrate(database, registry, []) == []


async def test_a_failing_migration_leaves_the_schema_as_it_was(empty: Database, tmp_path: Path) -> None:
    registry = registry_of(first_version())
    source = Source("orchard", tmp_path / "migrations")
    path = make_migration(registry, source, "initial")
    assert path is not None
    good = path.read_text(encoding="utf-8")
    broken = good.replace(
        "    return STATEMENTS[dialect]", '    return [*STATEMENTS[dialect], "SELECT * FROM nowhere"]'
    )
    path.write_text(broken, encoding="utf-8")
    before = await schema_facts(empty)
    with pytest.raises(Exception, match="nowhere"):
        await migrate(empty, registry, [source])
    assert await schema_facts(empty) == before
    path.write_text(good, encoding="utf-8")
    await migrate(empty, registry, [source])
    assert await pending(empty, registry, [source]) == []


async def test_a_file_changed_after_it_was_applied_stops_the_migration(empty: Database, tmp_path: Path) -> None:
    registry = registry_of(first_version())
    source = Source("orchard", tmp_path / "migrations")
    path = make_migration(registry, source, "initial")
    assert path is not None
    await migrate(empty, registry, [source])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("return STATEMENTS[dialect]", "return STATEMENTS[dialect][:1]"), encoding="utf-8")
    with pytest.raises(PluginError, match="changed after it had been applied; restore the file"):
        await migrate(empty, registry, [source])


async def test_a_database_of_a_newer_version_is_refused(empty: Database, tmp_path: Path) -> None:
    older, newer = registry_of(first_version()), registry_of(second_version())
    source = Source("orchard", tmp_path / "migrations")
    make_migration(older, source, "initial")
    path = make_migration(newer, source, "more", allow_removal=True)
    assert path is not None
    await migrate(empty, newer, [source])
    path.unlink()
    for work in (migrate, pending):
        with pytest.raises(PluginError, match="newer than what is installed: migration 0002_more"):
            await work(empty, older, [source])


async def test_declarations_ahead_of_the_files_stop_the_migration(empty: Database, tmp_path: Path) -> None:
    source = Source("orchard", tmp_path / "migrations")
    make_migration(registry_of(first_version()), source, "initial")
    with pytest.raises(PluginError, match="`yuanluo makemigration orchard NAME`"):
        await migrate(empty, registry_of(second_version()), [source])


async def test_a_plugin_without_files_may_only_add(make_database: MakeDatabase) -> None:
    database = await make_database(registry_of(second_version()))
    with pytest.raises(PluginError, match="may only add"):
        await migrate(database, registry_of(first_version()), [])


async def test_a_removal_is_frozen_only_when_it_is_meant(
    empty: Database, make_database: MakeDatabase, tmp_path: Path
) -> None:
    source = Source("orchard", tmp_path / "migrations")
    make_migration(registry_of(second_version()), source, "initial")
    first = registry_of(first_version())
    with pytest.raises(DeclarationError, match="m_fruit: dropped"):
        make_migration(first, source, "shrink")
    make_migration(first, source, "shrink", allow_removal=True)
    await migrate(empty, first, [source])
    assert await schema_facts(empty) == await schema_facts(await make_database(first))


def test_two_plugins_may_both_have_a_first_migration_of_the_same_name(tmp_path: Path) -> None:
    for plugin, tables in (("one", first_version()[:2]), ("two", first_version()[2:])):
        registry = ground_registry()
        registry.add(plugin, tables)
        make_migration(registry, Source(plugin, tmp_path / plugin), "initial")
    one, two = (load_migrations(Source(plugin, tmp_path / plugin))[0] for plugin in ("one", "two"))
    assert {shape.name for shape in one.snapshot} == {"m_tree", "m_leaf"}
    assert {shape.name for shape in two.snapshot} == {"m_word", "m_login"}


@pytest.mark.parametrize("name", ["0002_gap.py", "0001_Upper.py", "0001.py"])
def test_a_misnamed_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SNAPSHOT = []\ndef statements(dialect): return []\n", encoding="utf-8")
    with pytest.raises(PluginError):
        load_migrations(Source("orchard", tmp_path))


def test_a_file_without_its_two_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_x.py").write_text("SNAPSHOT = []\n", encoding="utf-8")
    with pytest.raises(PluginError, match="must define"):
        load_migrations(Source("orchard", tmp_path))


async def test_plugins_that_need_each_other_are_refused(empty: Database) -> None:
    with pytest.raises(ConfigurationError, match="need each other"):
        await migrate(empty, Registry(), [Source("a", needs=("b",)), Source("b", needs=("a",))])


def test_a_shape_comes_back_from_its_snapshot() -> None:
    for shape in ddl.shapes_of(registry_of(second_version())):
        assert ddl.TableShape.from_json(shape.as_json()) == shape


def test_a_new_column_without_a_default_must_be_nullable(tmp_path: Path) -> None:
    class Tree(TenantTable, zh="树", en="a tree", tablename="m_tree", type_name="MTree"):
        code = Code("编号", "code")

    class Dated(TenantTable, zh="树", en="a tree", tablename="m_tree", type_name="MTree"):
        code = Code("编号", "code")
        planted = Day("种植日", "planted")

    source = Source("orchard", tmp_path)
    make_migration(registry_of([Tree]), source, "initial")
    with pytest.raises(DeclarationError, match="must be nullable"):
        make_migration(registry_of([Dated]), source, "dated")
