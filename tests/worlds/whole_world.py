"""Core with every installed plugin, composed as the server composes it, over canaries: what the oracle is asked last.

To the canaries come a grid, plugins that are off here and there, counters of a size that people have, and sealed
values some of which open.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from canaries import MINE, THEIRS, build_canary_world
from databases import MakeDatabase
from small_world import NOW, World

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo.statements import changed, rows
from yuanluo.viewer import Viewer
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors, PluginInfo
from yuanluo_graphql.finish import SensitiveRead
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.crypto import Field, Keyring
from yuanluo_tenants.database import Database
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.switches import PluginSwitch
from yuanluo_tenants.tables import TableClass, columns_of
from yuanluo_tenants.tree import NodeKind, open_node

__all__ = ["COMMUNITY", "build_whole_world"]

COMMUNITY = MINE // 10_000 * 10_000
"""Of the courtyard MINE."""
KEYS = Keyring.single(bytes(range(32)))


async def build_whole_world(make_database: MakeDatabase) -> tuple[World, Composition]:
    """Build the world and return it with its composition."""
    composition = Composition.of(Plugins.load())
    fields = [(each.plugin, each.field) for each in composition.fields]
    database = (await build_canary_world(make_database, composition.registry, fields)).database
    await _put_in_a_grid(database)
    await _switch_off(database, {MINE: ("finance",), THEIRS: ("council", "culture"), COMMUNITY: ("party",)})
    for tenant in (MINE, THEIRS):
        with scoped(tenant):
            await _count_few(database, composition, tenant)
            await _seal(database, composition, tenant)
    composed = compose(composition, KEYS)
    reads: list[SensitiveRead] = []
    failures: list[str] = []

    async def log_reads(_viewer: Viewer, found: Sequence[SensitiveRead], _request: str) -> None:
        reads.extend(found)

    async def authenticate(_token: str) -> Viewer:
        raise AssertionError("the whole world has no tokens")

    doors = Doors(
        authenticate,
        log_reads,
        plugins=lambda: [PluginInfo("council", "1", "民情", True, None), PluginInfo("party", "2", "党建", False, "x")],
        report=lambda plugin, _field, _error: failures.append(plugin),
        decide=composition.rules.may,
        now=lambda: NOW,
    )
    engine = CompiledEngine(
        database,
        Documents(composed.core),
        Compiler(composed.model, composed.core, database.dialect, PageSizes()),
        Cursors(b"whole world"),
        doors,
    )
    return World(database, composed.model, composed.core, engine, reads, failures, []), composition


async def _put_in_a_grid(database: Database) -> None:
    grid = await open_node(database, NodeKind.GRID, "网格一", parent=COMMUNITY)
    assert await changed(database, "UPDATE node SET grid = $1 WHERE number = $2", grid, MINE, shared=True) == 1
    with scoped(MINE):
        assert await changed(database, "UPDATE courtyard SET grid = $1 WHERE tenant_id = $2", grid, MINE) == 1


async def _switch_off(database: Database, plugins: dict[int, Sequence[str]]) -> None:
    for tenant, names in plugins.items():
        with scoped(tenant):
            off = [{"tenant_id": tenant, "plugin": name, "off_since": NOW} for name in names]
            await database.insert_rows(PluginSwitch, off)


async def _count_few(database: Database, composition: Composition, tenant: int) -> None:
    """Give the counters numbers around the smallest that are told, and the places that the tree says."""
    numbers = (4, 5, 9, 0, 40, 3, 6, 1) if tenant == MINE else (7, 3, 0, 11, 4, 1, 2, 5)
    community = tenant // 10_000 * 10_000
    places = f"district = {community // 10**10 * 10**10}, subdistrict = {community // 10**7 * 10**7}"
    for counter in composition.counters:
        table = counter.table._meta.tablename
        found = await rows(database, f"SELECT id FROM {table} WHERE tenant_id = $1 ORDER BY id", tenant)
        for at, row in enumerate(found):
            counts = ", ".join(
                f"{column} = {0 if at else number}" for column, number in zip(counter.counts, numbers, strict=False)
            )
            sql = f"UPDATE {table} SET {counts}, {places}, community = {community} WHERE tenant_id = $1 AND id = $2"
            assert await changed(database, sql, tenant, row["id"]) == 1


async def _seal(database: Database, composition: Composition, tenant: int) -> None:
    """Seal a text in every other sealed value; the rest stay bytes that no key opens."""
    for table in composition.registry.of_class(TableClass.TENANT):
        name = table._meta.tablename
        sealed = [column for column, about in columns_of(table).items() if about.kind is Kind.SEALED]
        for column in sealed:
            found = await rows(database, f"SELECT id FROM {name} WHERE tenant_id = $1 ORDER BY id", tenant)
            for number, row in enumerate(found[::2]):
                key = uuid.UUID(str(row["id"]))
                value = KEYS.seal(f"{column}{number}", Field(tenant, name, column), key)
                sql = f"UPDATE {name} SET {column} = $1 WHERE tenant_id = $2 AND id = $3"
                assert await changed(database, sql, value, tenant, row["id"]) == 1
