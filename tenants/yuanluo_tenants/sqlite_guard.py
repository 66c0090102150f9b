"""The locks of one SQLite connection: scoped TEMP views, scope functions and an authorizer.

An app connection sees a tenant table only through a TEMP VIEW of the same name, whose predicate calls
`yuanluo_lo()`, `yuanluo_hi()` and, where the scope has several ranges and so no `hi`, `yuanluo_in(tenant_id)`;
these answer for the scope of the running statement, and without a scope they answer NULL and no: no row. The rows
stand behind a common table expression whose name is a secret of the connection: SQLite tells the authorizer the
innermost view or CTE that reads a column, and a CTE that merely borrows the view's name must not pass.

Writes go to `main.<table>`, announced by the engine from the head of the statement (`announce`); nowhere else
may such a statement name the schema, so its subqueries read through the views as well. BEFORE triggers in the
schema itself (`ddl.py`) abort a write outside the scope.
"""

from __future__ import annotations

import math
import re
import secrets
import time
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import apsw

from yuanluo_tenants.ddl import within_scope
from yuanluo_tenants.errors import IsolationError
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import EVERYTHING, Scope
from yuanluo_tenants.sqlite_connection import Connection
from yuanluo_tenants.tables import TableClass, columns_of

__all__ = ["Guard", "announce"]

_HEAD: Final = re.compile(
    r"""\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+
        (?P<schema>main\s*\.\s*)?(?P<quote>"?)(?P<table>\w+)(?P=quote)(?=[\s(;]|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_WRITES: Final = re.compile(r"\s*(?:INSERT|REPLACE|UPDATE|DELETE)\b", re.IGNORECASE)
_QUALIFIED: Final = re.compile(r"\bmain\b[\"\]`']?(?:\s|/\*.*?\*/|--[^\n]*\n)*\.", re.IGNORECASE | re.DOTALL)
_STEPS_PER_LOOK: Final = 100_000
"""Instructions of SQLite's machine between two looks at the clock, about a millisecond."""
_TABLE_FUNCTIONS: Final = frozenset({"json_each", "json_tree"})
_CATALOGS: Final = frozenset({"sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"})


def announce(sql: str) -> tuple[str, str | None]:
    """Return the statement as the connection must run it and the table it writes, None for a read."""
    if not _WRITES.match(sql):
        return sql, None
    head = _HEAD.match(sql)
    if head is None or _QUALIFIED.search(sql, head.end()):
        raise IsolationError(
            "写语句须以表名开头,且不得另行指定库名。",
            "a write begins with its table's name and names the schema nowhere else.",
        )
    table = head.group("table")
    verb = sql[: head.start("schema" if head.group("schema") else "quote")]
    return f'{verb}main."{table}"{sql[head.end() :]}', table


class Guard:
    """The locks on one connection; `scope`, `writing` and `controlling` belong to the running statement."""

    def __init__(
        self,
        connection: Connection,
        longest: float = math.inf,
        *,
        reads_only: bool = False,
        steps_per_look: int = _STEPS_PER_LOOK,
    ) -> None:
        self.connection = connection
        self._reads_only = reads_only
        self._longest = longest
        self._deadline = math.inf
        self.lo: int | None = None
        self.hi: int | None = None
        self.several: Scope | None = None
        self.writing: str | None = None
        self.controlling = False
        self.denied = ""
        """What the authorizer refused last, for the message."""
        self.stopped = False
        """Whether nobody waits for the running statement any more."""
        self.stale = True
        """Whether the views must be renewed before the next statement."""
        self._secret = "yl_" + secrets.token_hex(16)
        self.tables: frozenset[str] = frozenset()
        """The tables that existed when the views were made."""
        self._viewed: frozenset[str] = frozenset()
        self._shared: frozenset[str] = frozenset()
        self._hidden: frozenset[str] = _CATALOGS
        define_scope_functions(connection, self)
        connection.set_progress_handler(self._is_late, steps_per_look)

    def enter(self, scope: Scope | None, writing: str | None = None) -> None:
        """Set the scope and the announced table for the next statement."""
        self.lo = self.hi = self.several = None
        if scope is not None and scope.is_single:
            self.lo, self.hi = scope.lo, scope.hi
        elif scope is not None:
            self.lo, self.several = scope.lo, scope
        self.writing = writing
        self._deadline = time.monotonic() + self._longest

    def leave(self) -> None:
        """Forget the scope: what is not announced sees nothing."""
        self.lo = self.hi = self.several = self.writing = None
        self._deadline = math.inf

    def _is_late(self) -> bool:
        return self.stopped or time.monotonic() > self._deadline

    def lock(self, registry: Registry, shared: Iterable[str]) -> None:
        """Make the views for the tables of `registry` that exist, and close every other way to them.

        Where it raises, the connection stands between two sets of locks: close it.
        """
        self.connection.authorizer = None
        execute = partial(self.connection.execute, can_cache=False)  # said once: kept, each connection holds 440 kB
        execute("PRAGMA query_only = OFF")
        existing = {name for (name,) in execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")}
        for view in self._viewed:
            execute(f'DROP VIEW IF EXISTS temp."{view}"')
        viewed = set[str]()
        for table in registry.of_class(TableClass.TENANT):
            name = table._meta.tablename
            if name not in existing:
                continue
            stored_columns = {row[1] for row in execute(f'PRAGMA main.table_info("{name}")')}
            columns = ", ".join(f'"{each}"' for each in columns_of(table) if each in stored_columns)
            execute(
                f'CREATE TEMP VIEW "{name}" AS WITH "{self._secret}" AS ('
                f'SELECT {columns} FROM main."{name}" '
                f"WHERE {within_scope('+tenant_id')}) "
                f'SELECT {columns} FROM "{self._secret}"'
            )
            viewed.add(name)
        self.tables = frozenset(existing)
        self._viewed = frozenset(viewed)
        self._shared = frozenset(
            {t._meta.tablename for t in registry if t.declared.table_class is not TableClass.TENANT} | set(shared)
        )
        self._hidden = frozenset(existing - self._viewed - self._shared) | _CATALOGS
        if self._reads_only:
            execute("PRAGMA query_only = ON")
        self.connection.authorizer = self._authorize

    def _authorize(
        self, action: int, first: str | None, second: str | None, schema: str | None, context: str | None
    ) -> int:
        decision = self._decide(action, first, second, schema, context)
        if decision != apsw.SQLITE_OK:
            named = ".".join(each for each in (schema, first, second) if each)
            self.denied = f"{apsw.mapping_authorizer_function[action]} {named}"
        return decision

    def _decide(
        self, action: int, first: str | None, second: str | None, schema: str | None, context: str | None
    ) -> int:
        if action in (apsw.SQLITE_SELECT, apsw.SQLITE_RECURSIVE):
            return apsw.SQLITE_OK
        if action == apsw.SQLITE_READ:
            return self._may_read(first or "", second or "", schema, context)
        if action == apsw.SQLITE_FUNCTION:
            return apsw.SQLITE_DENY if second == "load_extension" else apsw.SQLITE_OK
        if action in (apsw.SQLITE_INSERT, apsw.SQLITE_UPDATE, apsw.SQLITE_DELETE):
            allowed = schema == "main" and first == self.writing and first in self._viewed | self._shared
            return apsw.SQLITE_OK if allowed else apsw.SQLITE_DENY
        if action in (apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT):
            return apsw.SQLITE_OK if self.controlling else apsw.SQLITE_DENY
        if action == apsw.SQLITE_PRAGMA:  # the one that only tells whether another process has written
            return apsw.SQLITE_OK if (first, second) == ("data_version", None) else apsw.SQLITE_DENY
        return apsw.SQLITE_DENY

    def _may_read(self, table: str, column: str, schema: str | None, context: str | None) -> int:
        if schema is None and not column:
            # a source none of whose columns is used, named without schema: a view, a shared table or a CTE
            return apsw.SQLITE_DENY if table in self._hidden else apsw.SQLITE_OK
        if table in self._viewed:
            if schema == "temp" or context == self._secret or self.writing is not None:
                return apsw.SQLITE_OK
        elif schema == "main" and (table in self._shared or table in _TABLE_FUNCTIONS):
            return apsw.SQLITE_OK
        return apsw.SQLITE_DENY


def define_scope_functions(connection: Connection, guard: Guard | None) -> None:
    """Give `connection` the functions that views and triggers ask; without a guard they admit everything."""
    # constant while a statement runs, so that SQLite asks once per run and not once per row
    flags = apsw.SQLITE_INNOCUOUS | apsw.SQLITE_DETERMINISTIC

    def lo() -> int | None:
        return guard.lo if guard else EVERYTHING.lo

    def hi() -> int | None:
        return guard.hi if guard else EVERYTHING.hi

    def within(number: Any) -> int:
        return 1 if guard is not None and guard.several is not None and number in guard.several else 0

    connection.create_scalar_function("yuanluo_lo", lo, 0, flags=flags)
    connection.create_scalar_function("yuanluo_hi", hi, 0, flags=flags)
    connection.create_scalar_function("yuanluo_in", within, 1, flags=flags)
