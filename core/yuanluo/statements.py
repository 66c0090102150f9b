"""Core's own few statements, written once for both engines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from yuanluo_tenants.database import Database, Row

__all__ = ["changed", "for_share", "for_update", "many", "rows", "value"]

_PLACEHOLDER: Final = re.compile(r"\$(\d+)")


def _native(database: Database, sql: str) -> str:
    return sql if database.dialect == "postgresql" else _PLACEHOLDER.sub(r"?\1", sql)


async def rows(database: Database, sql: str, *args: Any, shared: bool = False) -> list[Row]:
    """Run a statement with `$1` placeholders on either engine and return its rows."""
    return await database.fetch(_native(database, sql), args, shared=shared)


async def value(database: Database, sql: str, *args: Any, shared: bool = False) -> Any:
    """Return the first column of the first row, or None."""
    found = await rows(database, sql, *args, shared=shared)
    return next(iter(found[0].values())) if found else None


async def changed(database: Database, sql: str, *args: Any, shared: bool = False) -> int:
    """Run a writing statement with `$1` placeholders and return how many rows it changed."""
    return await database.execute(_native(database, sql), args, shared=shared)


def for_share(database: Database) -> str:
    """Return the end of a SELECT whose rows nobody changes until the transaction ends; others may read them so too.

    For what rests on a row of another node: a transaction locks the head of its own node only. SQLite has one writer
    and needs none.
    """
    return " FOR SHARE" if database.dialect == "postgresql" else ""


def for_update(database: Database) -> str:
    """Return the end of a SELECT whose rows are about to change: it waits for those who read them `for_share`."""
    return " FOR UPDATE" if database.dialect == "postgresql" else ""


def many(values: Sequence[Any], start: int = 1) -> str:
    """Return `$start, $start+1, ...` for an IN list of `values`."""
    return ", ".join(f"${index}" for index in range(start, start + len(values)))
