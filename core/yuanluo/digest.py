"""The content digest: what a deployment says, without the ids and moments that differ from one build to the next.

Two demos of the same seed, or an export and its re-import, have the same digest (`design.md`, question 12). Each
row is written as its business columns, references replaced by the natural key of the row they name, sealed columns
in the clear; rows are sorted, and SHA-256 is taken over the lines. Ids, moments, ciphertexts and the journal (whose
hashes cover ids and moments) are left out.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yuanluo.statements import rows
from yuanluo_tenants.columns import About, Kind
from yuanluo_tenants.crypto import Field, Keyring
from yuanluo_tenants.database import Database, Row
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import Declared, TableClass, columns_of
from yuanluo_tenants.tree import Node

__all__ = ["content_digest"]

_LEFT_OUT = frozenset({Kind.UUID, Kind.MOMENT, Kind.BLOB})
_UNSAID = frozenset({"tenant_id", "revision"})


async def content_digest(database: Database, registry: Registry, keys: Keyring) -> str:
    """Return the SHA-256, in hex, of everything that is exposed in every tenant of the deployment."""
    total = hashlib.sha256()
    nodes = await rows(database, "SELECT number, kind, code, name FROM node ORDER BY number", shared=True)
    tables = [
        table
        for table in registry.of_class(TableClass.TENANT)
        if table.declared.exposed and not table.declared.append_only
    ]
    for node in nodes:
        total.update(_line(Node, {key: node[key] for key in ("number", "kind", "code", "name")}))
        with scoped(node["number"]):
            content = _Content(keys, node["number"])
            for table in tables:
                content.take(table, await _rows_of(database, table, node["number"]))
        for line in content.lines():
            total.update(line)
    return total.hexdigest()


async def _rows_of(database: Database, table: type[Declared], tenant: int) -> Sequence[Row]:
    columns = ", ".join(f'"{name}"' for name in columns_of(table))
    return await rows(database, f"SELECT {columns} FROM {table._meta.tablename} WHERE tenant_id = $1", tenant)


def _line(table: type[Declared], values: Mapping[str, Any]) -> bytes:
    text = json.dumps([table._meta.tablename, values], ensure_ascii=False, sort_keys=True, default=str)
    return text.encode() + b"\n"


@dataclass(slots=True)
class _Content:
    """The rows of one tenant, found by table and id."""

    keys: Keyring
    tenant: int
    rows: dict[str, tuple[type[Declared], dict[uuid.UUID, Row]]] = field(default_factory=lambda: {})
    named: dict[uuid.UUID, Any] = field(default_factory=lambda: {})

    def take(self, table: type[Declared], found: Iterable[Row]) -> None:
        self.rows[table._meta.tablename] = (table, {row["id"]: row for row in found})

    def lines(self) -> list[bytes]:
        lines: list[bytes] = []
        for table, found in self.rows.values():
            columns = columns_of(table)
            for row in found.values():
                values = {
                    name: self._value(table, about, row, name)
                    for name, about in columns.items()
                    if name not in _UNSAID and about.kind not in _LEFT_OUT and about.companion_of is None
                }
                if table.declared.extends:
                    values["extends"] = self._name(table.declared.extends, row["id"])
                lines.append(_line(table, values))
        return sorted(lines)

    def _value(self, table: type[Declared], about: About, row: Row, name: str) -> Any:
        value = row[name]
        if value is None:
            return None
        if about.kind is Kind.REF:
            return self._name(about.target or "", value)
        if about.kind is Kind.UPWARD:
            return "upward"
        if about.kind is Kind.SEALED:
            return self.keys.open(value, Field(self.tenant, table._meta.tablename, name), row["id"])
        return value

    def _name(self, target: str, row_id: uuid.UUID) -> Any:
        """Return the natural key of a row, or of the row it extends."""
        if row_id in self.named:
            return self.named[row_id]
        if target not in self.rows:
            return None
        table, found = self.rows[target]
        row = found.get(row_id)
        if row is None:
            return None
        self.named[row_id] = "…"  # a row that refers to itself in its key ends here
        columns = columns_of(table)
        key = [self._value(table, columns[name], row, name) for name in table.declared.natural_key]
        self.named[row_id] = key or (self._name(table.declared.extends, row_id) if table.declared.extends else "?")
        return self.named[row_id]
