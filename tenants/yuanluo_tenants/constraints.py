"""What a constraint of the database means in words: of which table, over which fields.

A database names a constraint, or the columns it is over (SQLite), and people want the fields. Names are made from
tables and columns (`ddl`), so they are read back from the tables that were declared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import Declared, columns_of

__all__ = ["Meant", "learn", "meaning_of"]

_COLUMN: Final = re.compile(r"(\w+)\.(\w+)")


@dataclass(frozen=True, slots=True)
class Meant:
    """A table and the columns of it that a constraint is over, the tenant's left out."""

    table: type[Declared]
    columns: tuple[str, ...]

    @property
    def zh(self) -> str:
        """The fields in Chinese."""
        return "、".join(f"“{columns_of(self.table)[self._plain(name)].zh}”" for name in self.columns)

    @property
    def en(self) -> str:
        """The fields in English."""
        return ", ".join(self._plain(name).replace("_", " ") for name in self.columns)

    def _plain(self, name: str) -> str:
        """Return the column that a column of a sealed value stands for."""
        return columns_of(self.table)[name].companion_of or name


_tables: Final[dict[str, type[Declared]]] = {}
_names: Final[dict[str, Meant]] = {}


def learn(registry: Registry) -> None:
    """Remember the tables of a registry; what a name means is the same in every deployment of this process."""
    for table in registry:
        _tables[table._meta.tablename] = table
    _names.clear()


def meaning_of(constraint: str) -> Meant | None:
    """Return what a constraint is over; None where the database says nothing that is known."""
    if not _names:
        _read_back()
    if (found := _names.get(constraint.strip('"'))) is not None:
        return found
    named = _COLUMN.findall(constraint)
    table = _tables.get(named[0][0]) if named else None
    return None if table is None else _meant(table, [column for _, column in named])


def _read_back() -> None:
    from yuanluo_tenants.ddl import (
        check_name,
        foreign_key_name,
        index_name,
        shape_of,
    )  # which needs the database's words

    for name, table in _tables.items():
        shape = shape_of(table)
        for group in shape.unique:
            _add(index_name(name, group, "key"), table, list(group))
        for column in shape.columns:
            _add(check_name(name, column.name).strip('"'), table, [column.name])
        for reference, _ in shape.references:
            _add(foreign_key_name(name, reference), table, [reference])


def _add(name: str, table: type[Declared], columns: list[str]) -> None:
    if (found := _meant(table, columns)) is not None:
        _names[name] = found


def _meant(table: type[Declared], columns: list[str]) -> Meant | None:
    known = columns_of(table)
    said = tuple(name for name in columns if name != "tenant_id" and name in known)
    return Meant(table, said) if said else None
