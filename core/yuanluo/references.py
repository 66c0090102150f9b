"""Which rows name which, by the declared references of core and every plugin, and what a row is called.

Whatever moves or removes a row asks here, so that a plugin's tables are included without the plugin doing anything. A
name is told only to those who may see the row: for others it does not exist.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, cast

from yuanluo.authority import OPERATOR
from yuanluo.statements import many, rows
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import Declared, TableClass, columns_of

if TYPE_CHECKING:
    from yuanluo.command import CommandContext

__all__ = ["Reference", "called", "may_see", "references_to", "rows_by"]

CHUNK: Final = 500
_DEEP: Final = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """A column by which rows of `table` name rows of another one; of an extending table the id itself."""

    table: type[Declared]
    column: str

    @property
    def is_extension(self) -> bool:
        """Whether the rows share the id of those that they name."""
        return self.column == "id"


def references_to(registry: Registry, target: str) -> list[Reference]:
    """Return every reference to rows of the table called `target` in the same tenant."""
    found: list[Reference] = []
    for table in registry.of_class(TableClass.TENANT):
        if table.declared.extends == target:
            found.append(Reference(table, "id"))
        found += [
            Reference(table, name)
            for name, about in columns_of(table).items()
            if about.kind is Kind.REF and about.target == target
        ]
    return found


async def rows_by(
    context: CommandContext, table: type[Declared], column: str, values: Sequence[Any]
) -> list[dict[str, Any]]:
    """Return the rows of this tenant whose `column` is one of `values`."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(values), CHUNK):
        chunk = values[start : start + CHUNK]
        sql = f'SELECT * FROM {table._meta.tablename} WHERE tenant_id = $1 AND "{column}" IN ({many(chunk, 2)})'
        found += await rows(context.database, sql, context.tenant, *chunk)
    return found


def may_see(context: CommandContext, table: type[Declared]) -> bool:
    """Whether the actor may know of rows of `table` here: he runs the server, or is cleared for their class."""
    about = table.declared
    if about.row_class is DataClass.D0 or OPERATOR in context.actor.roles_at(context.tenant):
        return True
    return any(context.tenant in reached for reached in context.actor.clear_ranges(about.body, about.row_class))


async def called(context: CommandContext, table: type[Declared], row_id: uuid.UUID, deep: int = _DEEP) -> str:
    """Return what a row is called, as 产权“3-2-509 张建国”: its natural key, names in place of ids."""
    found = await rows_by(context, table, "id", [row_id])
    parts = [] if not found else [part async for part in _parts(context, table, found[0], deep)]
    return f"{table.declared.zh}“{' '.join(parts)}”" if parts else table.declared.zh


async def _parts(context: CommandContext, table: type[Declared], row: dict[str, Any], deep: int) -> AsyncGenerator[str]:
    columns = columns_of(table)
    for name in table.declared.natural_key:
        about, value = columns[name], row[name]
        if value is None or about.kind in (Kind.SEALED, Kind.BLOB, Kind.UPWARD):
            continue
        if about.kind is Kind.REF:
            target = context.house.composition.registry.table(about.target or "")
            if deep and may_see(context, target):
                for referred in await rows_by(context, target, "id", [value]):
                    async for part in _parts(context, target, referred, deep - 1):
                        yield part
        elif about.choices is not None:
            yield _term(about.choices, value)
        elif about.klass <= DataClass.D2:
            yield value.isoformat() if isinstance(value, dt.date) else str(value)


def _term(choices: type[Enum], name: str) -> str:
    return str(cast("Any", choices[name]).value[0])


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return some names as text, and how many there are if that is more."""
    every = list(dict.fromkeys(names))
    more = f"等 {len(every)} 项" if len(every) > most else ""
    return "、".join(every[:most]) + more
