"""Building and changing the schema, as the owner, in one transaction under a lock.

A plugin that ships `migrations/NNNN_name.py` beside its package has frozen its schema: each file holds the
statements for both engines and the shapes of its tables afterwards. `make_migration` writes the next file from the
difference between the last file and the declarations. A plugin without files gets additive changes applied straight
from its declarations, and anything else is refused.

    SNAPSHOT = [...]                                 # shapes after this migration, `TableShape.as_json`
    def statements(dialect: str) -> list[str]: ...   # "sqlite" or "postgresql"

What is applied stands in `yuanluo_migration`; a file changed after it was applied stops the migration. Where a
database was built from declarations and files came later, the files up to the one with the same shapes count as
applied; where none has them, the first that only adds to them takes over. Locks and grants are not frozen: they are
made anew from the declarations whenever they differ from those last made.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import pprint
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from yuanluo_tenants import ddl
from yuanluo_tenants.database import Database, Dialect, OwnerConnection
from yuanluo_tenants.ddl import TableShape
from yuanluo_tenants.errors import ConfigurationError, DeclarationError, PluginError
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.schema_changes import difference, removals

__all__ = [
    "Applied",
    "Migration",
    "Source",
    "absent",
    "build",
    "load_migrations",
    "make_migration",
    "migrate",
    "pending",
    "status",
]

_FILE: Final = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.py")
_DIALECTS: Final[tuple[Dialect, Dialect]] = ("sqlite", "postgresql")
_CORE, _LOCKS = "yuanluo", "locks"
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS yuanluo_migration (plugin TEXT NOT NULL, number INTEGER NOT NULL, "
    "name TEXT NOT NULL, digest TEXT NOT NULL, snapshot TEXT NOT NULL, applied_at TEXT NOT NULL, "
    "PRIMARY KEY (plugin, number))"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A plugin as the migrator sees it: `folder` holds its files, if any; `needs` are migrated before it."""

    plugin: str
    folder: Path | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    """One frozen file."""

    plugin: str
    number: int
    name: str
    digest: str
    statements: Mapping[Dialect, tuple[str, ...]]
    snapshot: tuple[TableShape, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """One line of the status: `applied_at` is None for what is still to be done."""

    plugin: str
    number: int
    name: str
    applied_at: str | None


# files ------------------------------------------------------------------------------------------------------


def load_migrations(source: Source) -> list[Migration]:
    """Return the files of a plugin in order; refuse gaps, doubles and malformed files by name."""
    if source.folder is None or not source.folder.is_dir():
        return []
    found = [_load(source.plugin, path) for path in sorted(source.folder.glob("[0-9]*.py"))]
    numbers = [each.number for each in found]
    if numbers != list(range(1, len(found) + 1)):
        raise PluginError(
            source.plugin,
            f"迁移文件编号不连续:{numbers}。",
            f"its migrations must be numbered from 0001 without gaps: {numbers}.",
        )
    return found


def _load(plugin: str, path: Path) -> Migration:
    matched = _FILE.fullmatch(path.name)
    if matched is None:
        raise PluginError(
            plugin, f"迁移文件名 {path.name} 无效。", f"{path.name} is not named NNNN_name.py in lower case."
        )
    # loaded by path under a name of its own: two plugins may both have 0001_initial.py
    spec = importlib.util.spec_from_file_location(f"yuanluo_migration_{plugin}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PluginError(plugin, f"迁移文件 {path.name} 无法读取。", f"{path.name} cannot be read.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    snapshot, statements = getattr(module, "SNAPSHOT", None), getattr(module, "statements", None)
    if not isinstance(snapshot, list) or not callable(statements):
        raise PluginError(
            plugin,
            f"迁移文件 {path.name} 缺少 SNAPSHOT 或 statements。",
            f"{path.name} must define SNAPSHOT and statements(dialect).",
        )
    texts: dict[Dialect, tuple[str, ...]] = {
        dialect: tuple(cast("list[str]", statements(dialect))) for dialect in _DIALECTS
    }
    shapes = [TableShape.from_json(each) for each in cast("list[dict[str, Any]]", snapshot)]
    content = json.dumps([texts, _frozen(shapes)], ensure_ascii=False, sort_keys=True)
    return Migration(
        plugin=plugin,
        number=int(matched["number"]),
        name=matched["name"],
        digest=sha256(content.encode()).hexdigest(),
        statements=texts,
        snapshot=tuple(shapes),
    )


def make_migration(registry: Registry, source: Source, name: str, *, allow_removal: bool = False) -> Path | None:
    """Freeze what the declarations of a plugin changed since its last file; None where nothing did."""
    if source.folder is None:
        raise PluginError(
            source.plugin,
            "插件是单个模块,没有存放迁移的文件夹;请改为软件包(含 __init__.py 的文件夹)。",
            "it is a single module, which has no folder for migrations; make it a package.",
        )
    files = load_migrations(source)
    old = list(files[-1].snapshot) if files else []
    new = ddl.shapes_of(registry, source.plugin)
    if old == new:
        return None
    lost = removals(old, new)
    if lost and not allow_removal:
        raise DeclarationError(
            f"将丢失数据:{lost}。确认后请使用 --allow-removal。",
            f"data would be lost: {lost}; say --allow-removal if that is meant.",
        )
    path = source.folder / f"{len(files) + 1:04}_{name}.py"
    if _FILE.fullmatch(path.name) is None:
        raise DeclarationError(
            f"迁移名 {name} 只能用小写字母、数字和下划线。",
            f"migration name {name!r} may hold lower-case letters, digits and underscores only.",
        )
    source.folder.mkdir(parents=True, exist_ok=True)
    path.write_text(_file_text(source.plugin, name, old, new), encoding="utf-8")
    return path


def _file_text(plugin: str, name: str, old: Sequence[TableShape], new: Sequence[TableShape]) -> str:
    def shown(value: Any) -> str:
        return pprint.pformat(value, width=105, sort_dicts=False)

    texts = {dialect: difference(old, new, dialect) for dialect in _DIALECTS}
    title = f"{plugin}: {name.replace('_', ' ')}."
    return (
        f'"""{title} Frozen by `yuanluo makemigration`; do not change it once applied."""\n\n'
        "from __future__ import annotations\n\nfrom typing import Any\n\n"
        "# fmt: off\n"
        f"STATEMENTS: dict[str, list[str]] = {shown(texts)}\n\n"
        f"SNAPSHOT: list[dict[str, Any]] = {shown(_frozen(new))}\n"
        "# fmt: on\n\n\n"
        "def statements(dialect: str) -> list[str]:\n"
        '    """Return what runs on `dialect`."""\n'
        "    return STATEMENTS[dialect]\n"
    )


def _frozen(shapes: Sequence[TableShape]) -> list[dict[str, Any]]:
    return [shape.as_json() for shape in shapes]


# applying ---------------------------------------------------------------------------------------------------


async def build(database: Database, registry: Registry) -> None:
    """Build the whole schema of `registry` from its declarations; for tests and for the demo."""
    await migrate(database, registry, [Source(plugin) for plugin in _plugins(registry)])


async def migrate(database: Database, registry: Registry, sources: Sequence[Source]) -> list[Applied]:
    """Apply what is pending and return it; several processes may call it at once, one does the work.

    Everything is one transaction: a failing statement leaves the schema as it was.
    """
    registry.check()
    ordered = _ordered(registry, sources)
    files = {source.plugin: load_migrations(source) for source in ordered}
    done: list[Applied] = []
    async with database.owner() as owner:
        await owner.execute(_TABLE)
        applied = await _read(owner)
        for source in ordered:
            taken = _taken_over(source.plugin, files[source.plugin], applied, database.dialect)
            if taken is not None:
                for sql in taken.statements:
                    await owner.execute(sql)
                noted = await _adopt(owner, database.dialect, source.plugin, taken.files)
                done += [each for each in noted if each.number not in taken.applied]
                applied = await _read(owner)
            for plan in _plans(registry, source, files[source.plugin], applied, database.dialect):
                for sql in plan.statements[database.dialect]:
                    await owner.execute(sql)
                done.append(await _note(owner, database.dialect, plan, _frozen(plan.snapshot)))
        locks = await _lock(owner, database, registry, applied)
    return done or ([locks] if locks else [])


async def pending(database: Database, registry: Registry, sources: Sequence[Source]) -> list[Applied]:
    """Return what `migrate` would apply; empty means the schema is the declared one."""
    return [each for each in await status(database, registry, sources) if each.applied_at is None]


async def status(database: Database, registry: Registry, sources: Sequence[Source]) -> list[Applied]:
    """Return every migration with the time it was applied; needs an open database, not the owner."""
    ordered = _ordered(registry, sources)
    applied = await _read(database) if "yuanluo_migration" in await database.table_names() else []
    lines = [
        Applied(row["plugin"], row["number"], row["name"], row["applied_at"])
        for row in applied
        if row["name"] != _LOCKS
    ]
    for source in ordered:
        files = load_migrations(source)
        plans = _plans(registry, source, files, applied, database.dialect)
        lines += [Applied(plan.plugin, plan.number, plan.name, None) for plan in plans]
    if all(each.applied_at for each in lines) and not _locks_stand(registry, applied, database.dialect):
        lines.append(Applied(_CORE, 0, _LOCKS, None))
    return lines


async def absent(
    source: Database | OwnerConnection, registry: Registry, sources: Sequence[Source]
) -> dict[str, tuple[str, ...]]:
    """Return the plugins that are not there now and the tables they left in a migrated database."""
    here = {_CORE, *(each.plugin for each in _ordered(registry, sources))}
    last = {row["plugin"]: row["snapshot"] for row in await _read(source) if row["plugin"] not in here}
    return {plugin: tuple(each["name"] for each in json.loads(snapshot)) for plugin, snapshot in last.items()}


def _plugins(registry: Registry) -> list[str]:
    return list(dict.fromkeys(registry.owner(table) for table in registry))


def _ordered(registry: Registry, sources: Sequence[Source]) -> list[Source]:
    given = {source.plugin: source for source in sources}
    known = {plugin: given.get(plugin, Source(plugin)) for plugin in _plugins(registry)} | given
    graph = {source.plugin: [each for each in source.needs if each in known] for source in known.values()}
    try:
        return [known[plugin] for plugin in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise ConfigurationError(
            f"插件的迁移互相依赖:{error.args[1]}。",
            f"the migrations of plugins need each other: {error.args[1]}.",
        ) from error


def _plans(
    registry: Registry,
    source: Source,
    files: list[Migration],
    applied: list[dict[str, Any]],
    dialect: Dialect,
) -> list[Migration]:
    rows = {row["number"]: row for row in applied if row["plugin"] == source.plugin}
    declared = ddl.shapes_of(registry, source.plugin)
    if not files:
        return _from_declarations(source.plugin, declared, rows, dialect)
    newer = [row for number, row in rows.items() if number > files[-1].number and row["digest"]]
    if newer:
        last = f"{newer[-1]['number']:04}_{newer[-1]['name']}"
        raise PluginError(
            source.plugin,
            f"数据库比所装的版本新(已应用迁移 {last});请安装不早于它的版本,或恢复升级前的备份。",
            f"the database is newer than what is installed: migration {last} has been applied to it; install a version"
            " that has it, or restore the backup from before the upgrade.",
        )
    taken = _taken_over(source.plugin, files, applied, dialect)
    if taken is not None:  # what was applied from declarations has numbers of its own
        rows = {number: row for number, row in rows.items() if row["digest"]}
    adopted = frozenset[int]() if taken is None else taken.applied
    for file in files:
        row = rows.get(file.number)
        if row is not None and row["digest"] != file.digest:
            raise PluginError(
                source.plugin,
                f"迁移 {file.number:04}_{file.name} 在应用后被改动;请恢复原文件,改动另用 yuanluo makemigration 生成。",
                f"migration {file.number:04}_{file.name} was changed after it had been applied;"
                " restore the file as it was, and freeze the change with `yuanluo makemigration`.",
            )
    if list(files[-1].snapshot) != declared:
        raise PluginError(
            source.plugin,
            f"表声明与最后一个迁移不符,请运行 yuanluo makemigration {source.plugin} 迁移名。",
            f"its declarations differ from its last migration; run `yuanluo makemigration {source.plugin} NAME`.",
        )
    return [file for file in files if file.number not in rows and file.number not in adopted]


@dataclass(frozen=True, slots=True)
class _TakenOver:
    """The files that say what was applied from declarations before there were files, and what the last still adds."""

    files: tuple[Migration, ...]
    statements: tuple[str, ...] = ()

    @property
    def applied(self) -> frozenset[int]:
        """The numbers of the files with nothing left to do."""
        numbers = [file.number for file in self.files]
        return frozenset(numbers[:-1] if self.statements else numbers)


def _taken_over(
    plugin: str, files: Sequence[Migration], applied: Sequence[Mapping[str, Any]], dialect: Dialect
) -> _TakenOver | None:
    """Return the files that take over tables built from declarations; None where there is nothing to take over.

    Where no file says what stands there, the first that only adds to it takes it over: what it adds is applied as it
    would have been from declarations.
    """
    rows = [row for row in applied if row["plugin"] == plugin]
    if not files or not rows or rows[-1]["digest"]:
        return None
    frozen = sum(bool(row["digest"]) for row in rows)
    stands = [TableShape.from_json(each) for each in json.loads(rows[-1]["snapshot"])]
    for file in reversed(files[frozen:]):
        if list(file.snapshot) == stands:
            return _TakenOver(tuple(files[frozen : file.number]))
    for file in files[frozen:]:
        if not removals(stands, file.snapshot):
            added = tuple(difference(stands, list(file.snapshot), dialect))
            return _TakenOver(tuple(files[frozen : file.number]), added)
    lost = removals(stands, files[-1].snapshot)
    raise PluginError(
        plugin,
        f"数据库由表声明直接建立,而迁移文件会丢失其中的内容:{lost};"
        "请先安装建表时的版本,对其运行 yuanluo makemigration,再升级。",
        f"its tables were built from declarations, and its migrations would lose some of it: {lost}; install the"
        " version that built them, freeze that one with `yuanluo makemigration`, and the change after it.",
    )


async def _adopt(owner: OwnerConnection, dialect: Dialect, plugin: str, files: Sequence[Migration]) -> list[Applied]:
    mark = "$1" if dialect == "postgresql" else "?1"
    await owner.execute(f"DELETE FROM yuanluo_migration WHERE plugin = {mark} AND digest = ''", [plugin])
    return [await _note(owner, dialect, file, _frozen(file.snapshot)) for file in files]


def _from_declarations(
    plugin: str, declared: list[TableShape], rows: Mapping[int, Mapping[str, Any]], dialect: Dialect
) -> list[Migration]:
    last = max(rows, default=0)
    old = [TableShape.from_json(each) for each in json.loads(rows[last]["snapshot"])] if rows else []
    if old == declared:
        return []
    lost = removals(old, declared)
    if lost:
        raise PluginError(
            plugin,
            f"没有迁移文件的插件只能增加表和列:{lost}。",
            f"a plugin without migrations may only add tables and columns: {lost}.",
        )
    statements = tuple(difference(old, declared, dialect))
    return [Migration(plugin, last + 1, "declarations", "", {dialect: statements}, tuple(declared))]


async def _read(source: Database | OwnerConnection) -> list[dict[str, Any]]:
    sql = "SELECT plugin, number, name, digest, snapshot, applied_at FROM yuanluo_migration ORDER BY plugin, number"
    return await (source.fetch(sql, shared=True) if isinstance(source, Database) else source.fetch(sql))


async def _note(owner: OwnerConnection, dialect: Dialect, plan: Migration, snapshot: object) -> Applied:
    now = dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
    marks = "$1, $2, $3, $4, $5, $6" if dialect == "postgresql" else "?1, ?2, ?3, ?4, ?5, ?6"
    await owner.execute(
        f"INSERT INTO yuanluo_migration (plugin, number, name, digest, snapshot, applied_at) VALUES ({marks})",
        [plan.plugin, plan.number, plan.name, plan.digest, json.dumps(snapshot, ensure_ascii=False), now],
    )
    return Applied(plan.plugin, plan.number, plan.name, now)


def _locks_of(registry: Registry, dialect: Dialect) -> dict[str, str]:
    """Return the digest of each table's locks, as this version of yuanluo puts them."""
    return {
        shape.name: sha256("\n".join(ddl.guards(shape, dialect)).encode()).hexdigest()[:16]
        for shape in ddl.shapes_of(registry)
    }


def _locks_stand(registry: Registry, applied: Sequence[Mapping[str, Any]], dialect: Dialect) -> bool:
    """Whether every table has the locks of this version; of an older one they would let nothing through, or too much.

    Tables of a plugin that is not there now may have others.
    """
    noted: Any = next((json.loads(row["snapshot"]) for row in applied if row["name"] == _LOCKS), None)
    return isinstance(noted, dict) and _locks_of(registry, dialect).items() <= cast("dict[str, str]", noted).items()


async def _lock(
    owner: OwnerConnection, database: Database, registry: Registry, applied: list[dict[str, Any]]
) -> Applied | None:
    """Put locks and grants on every table, unless the same ones stand already on the same schema."""
    dialect, role = database.dialect, database.app_role
    statements: list[str] = []
    for shape in ddl.shapes_of(registry):
        statements += ddl.guards(shape, dialect)
        if role is not None:
            statements += ddl.grants(shape, role)
    if role is not None:
        statements.append(f'GRANT SELECT ON yuanluo_migration TO "{role}"')
    snapshot = [[row["plugin"], row["number"]] for row in await _read(owner) if row["name"] != _LOCKS]
    digest = sha256(json.dumps([statements, snapshot]).encode()).hexdigest()
    if any(row["name"] == _LOCKS and row["digest"] == digest for row in applied):
        return None
    if dialect == "sqlite":
        for row in await owner.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            await owner.execute(f'DROP TRIGGER "{row["name"]}"')
    for sql in statements:
        await owner.execute(sql)
    await owner.execute(f"DELETE FROM yuanluo_migration WHERE name = '{_LOCKS}'")
    note = Migration(_CORE, 0, _LOCKS, digest, {}, ())
    return await _note(owner, dialect, note, _locks_of(registry, dialect))
