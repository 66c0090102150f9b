"""The first lock: Piccolo queries on tenant tables carry the scope, or raise before anything is sent.

The predicate is added when the query is compiled, with the numbers of the scope of that moment; a query is
therefore never frozen. Inserts are checked row by row; no update names `tenant_id` or `id`; `raw()` is refused.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

from piccolo.columns.combination import And, WhereRaw
from piccolo.query.base import FrozenQuery
from piccolo.query.methods import Count, Delete, Exists, Insert, Objects, Select, Update
from piccolo.query.mixins import WhereDelegate
from piccolo.querystring import QueryString

from yuanluo_tenants.errors import DeclarationError, ScopeViolation
from yuanluo_tenants.scope import require_scope

if TYPE_CHECKING:
    from piccolo.columns.base import Column
    from piccolo.table import Table

__all__ = [
    "PLAIN",
    "SCOPED",
    "DescribedUpdate",
    "Queries",
    "ScopedCount",
    "ScopedDelete",
    "ScopedExists",
    "ScopedInsert",
    "ScopedObjects",
    "ScopedSelect",
    "ScopedUpdate",
]


class _Filtered(Protocol):
    table: Any
    where_delegate: WhereDelegate


def scope_condition(table: type[Table]) -> WhereRaw:
    """Return the predicate that keeps a query on `table` inside the current scope."""
    scope = require_scope(table._meta.tablename)
    column = f'"{table._meta.tablename}"."tenant_id"'
    if scope.is_one_tenant:
        return WhereRaw(f"{column} = {{}}", scope.lo)
    parts = " OR ".join(f"{column} BETWEEN {{}} AND {{}}" for _ in scope.ranges)
    return WhereRaw(f"({parts})", *(number for each in scope.ranges for number in (each.lo, each.hi)))


@contextmanager
def _scoped(query: _Filtered) -> Generator[None]:
    original = query.where_delegate
    condition = scope_condition(query.table)
    delegate = WhereDelegate()
    delegate._where = condition if original._where is None else And(condition, original._where)
    query.where_delegate = delegate
    try:
        yield
    finally:
        query.where_delegate = original


class _NeverFrozen:
    def freeze(self) -> FrozenQuery:
        """Refuse: a frozen query would keep the scope of the moment it was frozen."""
        raise DeclarationError(
            "院落表的查询不能冻结。", "a query on a tenant table cannot be frozen: it would keep an old scope."
        )


class ScopedSelect(_NeverFrozen, Select[Any]):
    """A select of rows in scope."""

    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        """Compile with the scope of this moment."""
        with _scoped(self):
            return super().default_querystrings


class ScopedObjects(_NeverFrozen, Objects[Any]):
    """A select of rows in scope, as instances."""

    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        """Compile with the scope of this moment."""
        with _scoped(self):
            return super().default_querystrings


class ScopedExists(_NeverFrozen, Exists[Any]):
    """Whether a row in scope exists."""

    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        """Compile with the scope of this moment."""
        with _scoped(self):
            return super().default_querystrings


class ScopedCount(_NeverFrozen, Count):
    """How many rows in scope there are; the scope is added by the select it is made of."""


class ScopedDelete(_NeverFrozen, Delete):
    """A deletion of rows in scope."""

    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        """Compile with the scope of this moment."""
        with _scoped(self):
            return super().default_querystrings


class DescribedUpdate(Update[Any]):
    """An update that stores Enum members by name."""

    def values(self, values: dict[Column | str, Any] | None = None, **kwargs: Any) -> DescribedUpdate:
        """Set columns to values; an Enum member stands for its name."""
        given: dict[Column | str, Any] = dict(values or {})
        given.update(kwargs)
        self.values_delegate.values({key: stored_choice(value) for key, value in given.items()})
        return self


class ScopedUpdate(_NeverFrozen, DescribedUpdate):
    """An update of rows in scope; rows never change their tenant or id."""

    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        """Compile with the scope of this moment."""
        for column in self.values_delegate._values:
            if column._meta.name in ("tenant_id", "id"):
                raise ScopeViolation(
                    f"表 {self.table._meta.tablename} 的记录不能改变所属节点或编号。",
                    f"a row of {self.table._meta.tablename} never changes its {column._meta.name}.",
                )
        with _scoped(self):
            return super().default_querystrings


class ScopedInsert(_NeverFrozen, Insert[Any]):
    """An insert of rows whose tenants are in scope."""

    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        """Check every row against the scope of this moment, then compile."""
        name = self.table._meta.tablename
        scope = require_scope(name)
        for row in self.add_delegate._add:
            if row["tenant_id"] not in scope:
                raise outside(name, row["tenant_id"])
        return super().default_querystrings


def outside(table: str, number: Any) -> ScopeViolation:
    """Say that a row of `table` belongs to a tenant outside the scope."""
    return ScopeViolation(
        f"表 {table} 的记录属于范围之外的节点 {number},未写入。",
        f"a row of {table} belongs to node {number}, which is outside the scope; nothing was written.",
    )


def stored_choice(value: Any) -> Any:
    """Return an Enum member's name, and any other value as it is."""
    return value.name if isinstance(value, Enum) else value


@dataclass(frozen=True, slots=True)
class Queries:
    """The query classes of a kind of table."""

    select: type[Select[Any]]
    objects: type[Objects[Any]]
    count: type[Count]
    exists: type[Exists[Any]]
    insert: type[Insert[Any]]
    update: type[DescribedUpdate]
    delete: type[Delete]


PLAIN: Final = Queries(Select, Objects, Count, Exists, Insert, DescribedUpdate, Delete)
"""For REFERENCE and ACCOUNT tables: no scope."""
SCOPED: Final = Queries(
    ScopedSelect, ScopedObjects, ScopedCount, ScopedExists, ScopedInsert, ScopedUpdate, ScopedDelete
)
"""For TENANT tables."""
