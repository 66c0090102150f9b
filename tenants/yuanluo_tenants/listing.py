"""Listings: rows that are no courtyard's, or that say too much, shown in the schema as rows of a node.

An account, a grant or a token belongs to no courtyard and has no `tenant_id`; an endpoint keeps secrets that must
never be asked for. A listing is the select by which the schema reads such a table: it says at which node each row
stands (its *place*), names the stored columns that are shown, and adds computed ones. To the compiler the rows are then
like any tenant's: held by the scope, by the class of the table and by the generated tests. What a listing leaves out
is in no statement at all.

    class Grant(AccountTable, ..., exposed=False, body="administration", row_class=DataClass.D2,
                listing=Listing(place="t.node", shown=("role",), columns={"state": Shown(about, "CASE ... END")})): ...

In its SQL the stored row is `t`; `{now}` and `{today}` stand for the moment and the day of the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Kind

__all__ = ["NODE_CODE", "NOWHERE", "Listing", "Shown", "Sql", "code_sql"]

Sql = str | Mapping[str, str]
"""An SQL text for both engines, or one per engine."""

NOWHERE: Final = -1
"""The place of a row that stands at no node; no scope holds it."""

NODE_CODE: Final = About(Kind.CODE, "节点", "code of the node at which it stands", DataClass.D0)

_OWNER: Final = About(Kind.LONG, "所属节点编号", "number of the owning node", DataClass.D0, exposed=False)
_KEY: Final = About(Kind.UUID, "编号", "row id", DataClass.D0)


@dataclass(frozen=True, slots=True)
class Shown:
    """A column that only the listing has."""

    about: About
    sql: Sql


@dataclass(frozen=True, slots=True)
class Listing:
    """The select by which the schema reads a table."""

    place: Sql
    """The number of the node at which a row stands."""
    shown: tuple[str, ...]
    """The stored columns that are shown as they are."""
    columns: Mapping[str, Shown] = field(default_factory=lambda: {})
    joined: Sql = ""
    """What stands behind the table in FROM."""
    references: Mapping[str, str] = field(default_factory=lambda: {})
    """Stored columns with the id of another table's row as text, and that table."""
    nodes: tuple[str, ...] = ()
    """Stored columns with the number of a node."""

    def source(self, table: str, dialect: str) -> str:
        """Return the select of the table called `table` for `dialect`, without brackets."""
        parts = [f"{_text(self.place, dialect)} AS tenant_id", "t.id"]
        parts += [f"t.{name}" for name in self.shown]
        for name, each in self.columns.items():
            sql = _text(each.sql, dialect)
            if dialect == "postgresql" and each.about.kind in (Kind.TEXT, Kind.CODE, Kind.CHOICE):
                sql = f'({sql}) COLLATE "C"'
            parts.append(f"{sql} AS {name}")
        return f'SELECT {", ".join(parts)} FROM "{table}" t {_text(self.joined, dialect)}'.rstrip()

    def columns_beside(self, stored: Mapping[str, About]) -> dict[str, About]:
        """Return the columns of the listing, of which `stored` are those of the table."""
        found = {"tenant_id": _OWNER, "id": _KEY, **{name: stored[name] for name in self.shown}}
        return found | {name: each.about for name, each in self.columns.items()}


def _text(sql: Sql, dialect: str) -> str:
    return sql if isinstance(sql, str) else sql[dialect]


def code_sql(number: str) -> str:
    """Return the expression of the code of the node numbered by the expression `number`; null for no node."""
    text = f"CAST({number} AS text)"
    return (
        f"CASE WHEN {number} IS NULL OR {number} <= 0 THEN NULL"
        f" WHEN {number} % 10000000000 = 0 THEN substr({text}, 1, 6)"
        f" WHEN {number} % 10000000 = 0 THEN substr({text}, 1, 9) WHEN {number} % 10000 = 0 THEN substr({text}, 1, 12)"
        f" ELSE {text} END"
    )
