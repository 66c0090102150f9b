"""Databases with the schema of a registry, built once in a process and copied for each test that asks for one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from postgres_server import APP, OWNER, Server

from yuanluo_tenants.database import Database
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.migrator import build
from yuanluo_tenants.registry import Registry

__all__ = ["Templates"]

_LONG: Final = 600_000
Tables = tuple[tuple[str, Any], ...]
"""Tables with their plugins, in order: what the schema follows from."""


@dataclass(slots=True)
class Templates:
    """The templates of one engine: files, or databases of `server`."""

    folder: Callable[[], Path]
    """Gives a new folder."""
    server: Server | None = None
    """None for SQLite."""
    max_size: int = 8
    """Connections of a pool at most."""
    _built: dict[Tables, Path | str] = field(default_factory=lambda: {})
    _made: list[tuple[Database, str]] = field(default_factory=lambda: [])

    async def make(self, registry: Registry) -> Database:
        """Return an open database with the schema of `registry` and nothing in it."""
        registry.check()
        tables = tuple((registry.owner(table), table) for table in registry)
        if tables not in self._built:
            self._built[tables] = await self._build(registry)
        template = self._built[tables]
        if isinstance(template, Path):
            name, database = "", self._in_file(shutil.copy(template, self.folder() / "yuanluo.db"))
        else:
            assert self.server is not None
            name = await self.server.new_database(template)
            database = self._on_server(self.server, name)
        database.bind(registry)
        await database.open()
        self._made.append((database, name))
        return database

    async def close(self) -> None:
        """Close and drop everything that was made."""
        for database, _ in self._made:
            await database.close()
        if self.server is not None:
            for name in [*(name for _, name in self._made), *map(str, self._built.values())]:
                await self.server.drop_database(name)

    async def _build(self, registry: Registry) -> Path | str:
        if self.server is None:
            path = self.folder() / "template.db"
            await _migrated(self._in_file(path), registry)
            assert not path.with_name("template.db-wal").exists(), "a copy of the file alone would be empty"
            return path
        name = await self.server.new_database()
        await _migrated(self._on_server(self.server, name), registry)
        return name

    def _in_file(self, path: Path | str) -> Database:
        return SqliteDatabase(Path(path), synchronous="OFF", busy_milliseconds=_LONG, statement_milliseconds=_LONG)

    def _on_server(self, server: Server, name: str) -> Database:
        app, owner = (server.for_database(name, role) for role in (APP, OWNER))
        return PostgresDatabase(app, owner_url=owner, max_size=self.max_size, statement_milliseconds=_LONG)


async def _migrated(database: Database, registry: Registry) -> None:
    database.bind(registry)
    await build(database, registry)
