"""The bundled migrations: replayed they equal the declarations, on both engines, and nothing is left to freeze."""

from __future__ import annotations

import pytest
from databases import MakeDatabase
from schema_facts import schema_facts
from test_migrator import without_bookkeeping

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_graphql.assembly import migration_sources
from yuanluo_tenants.migrator import load_migrations, make_migration, migrate, pending
from yuanluo_tenants.registry import Registry


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return Plugins.load()


async def test_replayed_migrations_equal_the_declarations(make_database: MakeDatabase, plugins: Plugins) -> None:
    registry = Composition.of(plugins).registry
    declared = await make_database(registry)
    replayed = await make_database(Registry())
    replayed.bind(registry)
    await migrate(replayed, registry, migration_sources(plugins))
    assert without_bookkeeping(await schema_facts(replayed)) == without_bookkeeping(await schema_facts(declared))
    assert await pending(replayed, registry, migration_sources(plugins)) == []


def test_every_bundled_plugin_and_floor_has_frozen_its_schema(plugins: Plugins) -> None:
    for source in migration_sources(plugins):
        assert load_migrations(source), f"{source.plugin} has no migrations"


def test_no_change_of_a_declaration_is_left_unfrozen(plugins: Plugins) -> None:
    registry = Composition.of(plugins).registry
    for source in migration_sources(plugins):
        written = make_migration(registry, source, "forgotten")
        if written is not None:
            written.unlink()
        assert written is None, f"freeze the change: uv run yuanluo makemigration {source.plugin} NAME"
