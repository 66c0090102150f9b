"""The database as every floor calls it; `engine_sqlite` and `engine_postgres` are the two that exist.

A statement runs in the scope of the current task (`scope.py`) and, inside `async with database.transaction()`,
in that transaction. Statements carry native placeholders: `?1` on SQLite, `$1` on PostgreSQL. Tenant rows can be
reached on three ways only, and each asks for a scope: Piccolo queries on bound tables, `fetch`/`execute` and
`fetch_json`. Statements on REFERENCE and ACCOUNT rows alone say `shared=True` and run without a scope; tenant
rows are invisible to them.

On SQLite a write names its table unqualified and first: `INSERT INTO person ...`, `UPDATE person ...`,
`DELETE FROM person ...`; a leading `WITH` is for reads.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal

from piccolo.columns.base import Column
from piccolo.engine.base import BaseBatch, Engine
from typing_extensions import override

from yuanluo_tenants.columns import Kind, about, default_of
from yuanluo_tenants.errors import Conflict, DeclarationError, Invalid, IsolationError, Refused
from yuanluo_tenants.queries import outside, stored_choice
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import Scope, require_scope
from yuanluo_tenants.tables import Declared, TableClass

if TYPE_CHECKING:
    from piccolo.query.base import Query
    from piccolo.querystring import QueryString

__all__ = [
    "BoundEngine",
    "Broken",
    "Busy",
    "DanglingReference",
    "Database",
    "Dialect",
    "Duplicate",
    "OwnerConnection",
    "Row",
    "TooSlow",
]

Dialect = Literal["sqlite", "postgresql"]
Row = dict[str, Any]


class Duplicate(Conflict):
    """A row with this key exists already; `constraint` names the key where the database says it."""

    code = "DUPLICATE"
    next_zh = "请查看已有记录;如需修改,请更正该记录。"
    next_en = "Look the existing row up, and correct that one if need be."

    def __init__(self, constraint: str) -> None:
        super().__init__(
            f"已有相同的记录({constraint}),请核对后再提交。",
            f"a row with the same key exists already ({constraint}); look it up first.",
        )
        self.constraint = constraint


class DanglingReference(Conflict):
    """A reference to a row that is not in this tenant, or the deletion of a row still referred to."""

    code = "DANGLING_REFERENCE"
    next_zh = "请核对所引用的编号属于本院落。"
    next_en = "Check that the ids you name are of this courtyard."

    def __init__(self, constraint: str) -> None:
        super().__init__(
            f"引用的记录不在本院落,或仍被引用({constraint})。",
            f"the referenced row is not in this tenant, or it is still referred to ({constraint}).",
        )
        self.constraint = constraint


class Broken(Invalid):
    """A value broke a check of the database; `constraint` names it where the database says it."""

    code = "CHECK"
    next_zh = "请核对所填数值。"
    next_en = "Check the values you gave."

    def __init__(self, constraint: str) -> None:
        super().__init__(
            f"数值不符合数据库约束({constraint})。",
            f"a value breaks a constraint of the database ({constraint}).",
        )
        self.constraint = constraint


class Busy(Conflict):
    """The database was busy or two transactions collided; nothing was written, trying again is safe."""

    code = "BUSY"
    next_zh = "请稍后以同一幂等键重试。"
    next_en = "Try again in a moment, with the same idempotency key."

    def __init__(self, detail: str) -> None:
        super().__init__("系统繁忙,未写入任何内容,请重试。", f"the database is busy, nothing was written: {detail}.")


class Away(Refused):
    """The database could not be reached, or the connection was lost; what was sent meanwhile may have been written."""

    code = "DATABASE_AWAY"
    next_zh = "请稍后重试;写入请以同一幂等键重试,已写入的不会重复。"
    next_en = "Try again in a moment; a write with the same idempotency key, so that it is not done twice."

    def __init__(self) -> None:
        super().__init__("数据库暂时无法连接。", "the database cannot be reached just now.")


class TooSlow(Refused):
    """A statement ran longer than the deployment allows and was stopped; nothing was written."""

    code = "TOO_SLOW"
    next_zh = "请缩小范围或分页后再试。"
    next_en = "Ask for less at a time."

    def __init__(self) -> None:
        super().__init__(
            "查询耗时过长,已停止。请缩小范围后再试。",
            "the query took too long and was stopped; ask for less at a time.",
        )


class NoBatches(DeclarationError):
    """Piccolo's server-side batches are not offered: they hold a connection outside of any scope."""


class Database(ABC):
    """One deployment's database; see the module for the rules its statements obey."""

    dialect: Dialect
    engine: BoundEngine

    def __init__(self) -> None:
        self.registry = Registry()
        self.engine = BoundEngine(self, "postgres" if self.dialect == "postgresql" else "sqlite")
        self.hearers: list[Callable[[str], None]] = []
        """Who hears what this process announced, where no server passes it on."""

    # life -----------------------------------------------------------------------------------------------

    @abstractmethod
    async def open(self) -> None:
        """Connect; refuse to start where the set-up would break the isolation between tenants."""

    @abstractmethod
    async def close(self) -> None:
        """Let running statements end, then disconnect."""

    def bind(self, registry: Registry) -> None:
        """Let the tables of `registry` be queried through this database."""
        self.registry = registry
        for table in registry:
            table._meta.db = self.engine

    @abstractmethod
    async def ping(self) -> None:
        """Make a round trip, or raise."""

    @property
    @abstractmethod
    def connections(self) -> tuple[int, int]:
        """How many connections are open for reading, and how many of them are at work just now."""

    @abstractmethod
    async def table_names(self) -> frozenset[str]:
        """Return the names of the tables that exist."""

    # statements -----------------------------------------------------------------------------------------

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Run a block as one transaction; inside of another one it joins that one.

        Siblings started inside may share it; what outlives the block runs outside of any transaction.
        """

    @abstractmethod
    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """Run a block inside the running transaction; where it raises, what it wrote is undone and all before stays."""

    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether the current task is inside a transaction of this database."""

    @abstractmethod
    async def fetch(self, sql: str, args: Sequence[Any] = (), *, shared: bool = False) -> list[Row]:
        """Run a statement and return its rows; values are Python values (`columns.py`, table of kinds)."""

    @abstractmethod
    async def execute(self, sql: str, args: Sequence[Any] = (), *, shared: bool = False) -> int:
        """Run a statement and return the number of rows it changed."""

    @abstractmethod
    async def fetch_json(self, sql: str, args: Sequence[Any], scope: Scope) -> bytes | None:
        """Run a compiled statement of one row and one JSON column in `scope`, outside of any transaction.

        On PostgreSQL the statement sets the scope itself, from `$1`, which is put before `args`. On SQLite `args`
        are `?1` and on.
        """

    @abstractmethod
    async def query(self, sql: str, args: Sequence[Any]) -> list[Row]:
        """Run a statement that the query layer has already scoped (Piccolo's way in)."""

    async def insert_rows(self, table: type[Declared], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows at once; columns left out take their defaults, Enums are stored by name.

        Every `tenant_id` must be in scope, or nothing is sent.
        """
        if not rows:
            return
        columns = [column._meta for column in table._meta.columns]
        names = [column.name for column in columns]
        is_tenant = table.declared.table_class is TableClass.TENANT
        scope = require_scope(table._meta.tablename) if is_tenant else None
        defaults: dict[str, Callable[[], Any]] = {column._meta.name: _default(column) for column in table._meta.columns}
        known = set(names)
        tuples: list[tuple[Any, ...]] = []
        for row in rows:
            if unknown := row.keys() - known:
                raise DeclarationError(
                    f"表 {table._meta.tablename} 没有列 {sorted(unknown)}。",
                    f"table {table._meta.tablename} has no columns {sorted(unknown)}.",
                )
            if scope is not None and row.get("tenant_id") not in scope:
                raise outside(table._meta.tablename, row.get("tenant_id"))
            tuples.append(tuple([stored_choice(row[n]) if n in row else defaults[n]() for n in names]))
        await self._insert_tuples(table, names, tuples, scope)

    @abstractmethod
    async def _insert_tuples(
        self, table: type[Declared], names: list[str], rows: list[tuple[Any, ...]], scope: Scope | None
    ) -> None: ...

    # announcements --------------------------------------------------------------------------------------

    @abstractmethod
    async def announce(self, text: str) -> None:
        """Tell all who listen `text`, of at most 7,000 bytes, once the running transaction is committed.

        A rollback tells nobody. On PostgreSQL every process that listens at `announcements` hears it, on SQLite
        the `hearers` of this process.
        """

    @property
    def announcements(self) -> tuple[str, str] | None:
        """Server and channel on which announcements are heard; None where only `hearers` hear them."""
        return None

    def is_away(self, error: BaseException) -> bool:  # noqa: ARG002
        """Whether `error` says that the database cannot be reached just now, so that trying again makes sense."""
        return False

    async def foreign_commits(self) -> int:
        """Return a number that changes when a process that announces nothing here has written."""
        return 0

    # the owner's door -----------------------------------------------------------------------------------

    @abstractmethod
    def owner(self) -> AbstractAsyncContextManager[OwnerConnection]:
        """Open the schema owner's connection, in one transaction under the migration lock."""

    def _refuse_inside(self) -> None:
        if self.in_transaction():
            raise IsolationError("事务之中不能迁移。", "the owner's door does not open inside a transaction.")

    async def optimize(self) -> None:
        """Let the database count its rows, so that it plans well; after a bulk load, as the owner."""
        async with self.owner() as owner:
            await owner.execute("ANALYZE")

    @abstractmethod
    async def refresh(self) -> None:
        """Take notice of a changed schema; the owner's door calls it when it closes."""

    @abstractmethod
    async def checkpoint(self) -> None:
        """Leave nothing of overwritten rows in the journal, where the engine can; after an erasure's commit."""

    @property
    def app_role(self) -> str | None:
        """The role that the owner grants rights to; None where there are no roles."""
        return None


class OwnerConnection(ABC):
    """The schema owner's connection inside `Database.owner()`: no lock holds here, migrations only."""

    @abstractmethod
    async def execute(self, sql: str, args: Sequence[Any] = ()) -> None:
        """Run one statement."""

    @abstractmethod
    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return its rows."""


_NO_DEFAULT = (Kind.DAY, Kind.MOMENT, Kind.CHOICE, Kind.PARTIAL_DATE, Kind.REF, Kind.UPWARD)


def _default(column: Column) -> Callable[[], Any]:
    """Return what makes the value of a column that a row leaves out; it raises where there is no sensible one."""
    described, name = about(column), column._meta.name
    if described.kind is Kind.UUID:
        return lambda: default_of(column)
    value = None if described.null else default_of(column)
    if described.null or (value is not None and described.kind not in _NO_DEFAULT):
        return lambda: value

    def missing() -> Any:
        raise Invalid(f"缺少“{described.zh}”。", f"{column._meta.table.__name__}.{name} must be given.", field=name)

    return missing


class BoundEngine(Engine[Any]):
    """Piccolo's way to a `Database`: queries of bound tables run on its connections and in its transactions."""

    __slots__ = ("database",)

    def __init__(self, database: Database, engine_type: str) -> None:
        self.database = database
        self.current_transaction = ContextVar("yuanluo_piccolo_transaction", default=None)
        super().__init__(engine_type=engine_type, min_version_number=0)

    @override
    async def check_version(self) -> None:
        """Ask nothing at import: versions are checked when the database opens."""

    @override
    async def get_version(self) -> float:
        """Return the lowest version the engines admit."""
        return self.get_version_sync()

    @override
    def get_version_sync(self) -> float:
        """Return the lowest version the engines admit."""
        return 15.0 if self.engine_type == "postgres" else 3.51

    @override
    async def prep_database(self) -> None:
        """Need no extensions."""

    @override
    async def batch(self, query: Query[Any, Any], batch_size: int = 100, node: str | None = None) -> BaseBatch:
        """Refuse: a batch would hold a connection outside of any scope."""
        raise NoBatches("不支持分批游标,请按键分页。", "batches are not offered; page by key instead.")

    @override
    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:
        """Run a query that Piccolo compiled."""
        sql, args = querystring.compile_string(engine_type=self.engine_type)
        return await self.database.query(sql, args)

    @override
    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:
        """Refuse: the schema changes through migrations only."""
        raise IsolationError("表结构只能由迁移修改。", "the schema is changed by migrations only.")

    @override
    def transaction(self, *args: Any, **kwargs: Any) -> Any:
        """Open a transaction of the database."""
        return self.database.transaction()

    @override
    def transaction_exists(self) -> bool:
        """Whether the current task is inside a transaction."""
        return self.database.in_transaction()

    @override
    def atomic(self) -> Any:
        """Refuse: `transaction()` says the same in plain code."""
        raise DeclarationError("请使用 transaction()。", "use transaction() instead of atomic().")
