"""The server engine: PostgreSQL through one asyncpg pool, as a role that row-level security binds.

A scope reaches the server in the transaction that runs the statement: as literal SET LOCAL (the form that Citus
passes on), or inside the statement itself for `fetch_json`. Nothing is set for a session, so that connections may
be shared by a pooler in transaction mode (`statement_cache=0` then).
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Any, Final, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import asyncpg
from cachetools import LRUCache

from yuanluo_tenants import ddl
from yuanluo_tenants.columns import about
from yuanluo_tenants.database import (
    Broken,
    Busy,
    DanglingReference,
    Database,
    Duplicate,
    OwnerConnection,
    Row,
    TooSlow,
)
from yuanluo_tenants.errors import ConfigurationError, Invalid, IsolationError, ScopeViolation, YuanluoError
from yuanluo_tenants.finishing import seen_through
from yuanluo_tenants.postgres_roles import ensure_app_role, refuse_powerful_role
from yuanluo_tenants.queries import stored_choice
from yuanluo_tenants.scope import Scope, current_scope, require_scope
from yuanluo_tenants.tables import Declared, TableClass

__all__ = ["MIGRATION_LOCK", "PostgresDatabase"]

CHANNEL = "yuanluo"
"""The channel of LISTEN and NOTIFY; channels are a database's own."""
MIGRATION_LOCK = 0x7975616E6C756F
"""The key of the advisory lock under which the schema changes (`yuanluo` in ASCII)."""
_ROWS_PER_INSERT = 5_000
_CONNECT_SECONDS: Final = 15.0
"""After how long a server that takes a connection and says nothing, or is behind a wall, is away."""
_COMMANDS: Final = 512
_LONGEST_COMMAND: Final = 4_096
"""How many statements of commands a connection keeps prepared, and of how many bytes at most."""
_REMEMBERED: Final = 4_096
"""How many statements of queries are known to have been said before."""
_SHARE: Final = 8
"""A statement that would take more than this part of what a connection keeps is not kept."""
_FIRST_DAY = dt.date(2000, 1, 1).toordinal()
"""The day from which PostgreSQL counts."""

T = TypeVar("T")


class Statement(Protocol):
    """What is used of a prepared statement of asyncpg."""

    async def fetchval(self, *args: Any) -> Any: ...
    def get_query(self) -> str: ...


class Connection(Protocol):
    """What is used of `asyncpg.Connection`, which carries no types."""

    async def execute(self, query: str, *args: Any) -> str: ...
    async def fetch(self, query: str, *args: Any) -> list[Mapping[str, Any]]: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def prepare(self, query: str, *, name: str | None = None) -> Statement: ...
    def transaction(self) -> AbstractAsyncContextManager[None]: ...
    def is_closed(self) -> bool: ...
    async def close(self) -> None: ...


class Pool(Protocol):
    """What is used of `asyncpg.Pool`, which carries no types."""

    async def acquire(self) -> Connection: ...
    async def release(self, connection: Connection) -> None: ...
    async def expire_connections(self) -> None: ...
    def get_size(self) -> int: ...
    def get_idle_size(self) -> int: ...
    async def close(self) -> None: ...
    def terminate(self) -> None: ...


connect = cast("Callable[..., Awaitable[Connection]]", cast("Any", asyncpg).connect)
create_pool = cast("Callable[..., Awaitable[Pool]]", cast("Any", asyncpg).create_pool)


class _Unknown:
    """No scope equals it."""


_UNKNOWN: Final = _Unknown()


class _Transaction:
    """What tasks of one transaction share; after its end they are outside again."""

    __slots__ = ("connection", "is_over", "lock", "open", "scope")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lock = asyncio.Lock()
        self.scope: Scope | _Unknown | None = _UNKNOWN
        """What the server was told last; unknown while that is being said, and where nobody heard whether it was."""
        self.open = True
        self.is_over = False
        """Whether the server was told to end it."""


def _length(statement: Statement) -> int:
    return len(statement.get_query())


def set_local(scope: Scope | None) -> str:
    """Return the statement that puts `scope` on the running transaction; None takes every tenant row away."""
    return f"SET LOCAL yuanluo.scope = '{scope.setting() if scope is not None else ''}'"


@contextlib.contextmanager
def _reaching(variable: str) -> Generator[None]:
    """Tell in a sentence that no connection could be made, and which setting says where to."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        zh = en = str(error) or type(error).__name__
        if isinstance(error, TimeoutError):
            zh, en = f"{_CONNECT_SECONDS:g} 秒内没有回应", f"no answer within {_CONNECT_SECONDS:g} s"
        raise ConfigurationError(
            f"无法连接数据库({zh}),请检查数据库是否运行,以及 {variable}。",
            f"the database cannot be reached ({en}); see that it runs, and look at {variable}.",
        ) from error


class PostgresDatabase(Database):
    """A database on a PostgreSQL server; `url` names the app's role, `owner_url` the schema's owner."""

    dialect = "postgresql"

    def __init__(
        self,
        url: str,
        *,
        owner_url: str | None = None,
        min_size: int = 1,
        max_size: int = 10,
        statement_cache: int = 512,
        statement_milliseconds: int = 30_000,
        listen_url: str | None = None,
    ) -> None:
        super().__init__()
        self.url = url
        self.owner_url = owner_url
        self.listen_url = listen_url or url
        self._min_size, self._max_size = min_size, max_size
        self._statement_cache = statement_cache
        self._timeout = statement_milliseconds
        self._pool: Pool | None = None
        self._idle: list[Connection] = []
        self._prepared: dict[Connection, LRUCache[str, Statement]] = {}
        self._said: LRUCache[int, None] = LRUCache(_REMEMBERED)
        self._slots = asyncio.Semaphore(max_size)
        self._opening = asyncio.Lock()
        self._current: ContextVar[_Transaction | None] = ContextVar("yuanluo_postgres_transaction", default=None)

    # life -----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect; refuse a role or a table on which row-level security would not hold."""
        async with self._opening:
            if self._pool is not None:
                return
            with _reaching("YUANLUO_DATABASE_URL"):
                self._pool = await self._new_pool()  # cancelled or failing, it closes what it has opened
            try:
                await self._check_role()
            except BaseException:
                await seen_through(self.close())
                raise

    def _new_pool(self) -> Awaitable[Pool]:
        return create_pool(
            self.url,
            min_size=self._min_size,
            max_size=self._max_size,
            timeout=_CONNECT_SECONDS,
            # the driver's own cache is for what commands say: many short statements, over and over
            statement_cache_size=_COMMANDS if self._statement_cache else 0,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=_LONGEST_COMMAND,
            init=_initialise,
            reset=_nothing_to_reset,
            server_settings={
                "application_name": "yuanluo",
                "plan_cache_mode": "force_generic_plan",
                "jit": "off",
                # rows of a courtyard lie together and in memory; at 4 an index that gives the order was passed over
                "random_page_cost": "1.1",
                "timezone": "UTC",
                "statement_timeout": str(self._timeout),
            },
        )

    async def _check_role(self) -> None:
        async with self._borrowed() as connection:
            await refuse_powerful_role(connection, self._tenant_tables())

    def _tenant_tables(self) -> list[str]:
        return [table._meta.tablename for table in self.registry.of_class(TableClass.TENANT)]

    async def close(self) -> None:
        """Let borrowed connections come back, then disconnect."""
        pool, self._pool = self._pool, None
        idle, self._idle = self._idle, []
        if pool is None:
            return
        try:
            for connection in idle:
                await self._give_back(pool, connection)
            await pool.close()
        except BaseException:
            pool.terminate()
            self._prepared.clear()
            raise

    async def _give_back(self, pool: Pool, connection: Connection) -> None:
        self._prepared.pop(connection, None)
        await pool.release(connection)

    # borrowing: asyncpg's own pool makes a task for each release, which costs half as much as a small query;
    # so connections come from it once, wait in `_idle`, and go back to it when something went wrong

    async def _take(self, pool: Pool) -> Connection:
        """Return a connection; the caller holds a slot."""
        while self._idle:
            connection = self._idle.pop()
            if not _is_closed(connection):
                return connection
            await self._give_back(pool, connection)
        return await pool.acquire()

    @contextlib.asynccontextmanager
    async def _borrowed(self) -> AsyncGenerator[Connection]:
        async with self._slots:
            pool = self._open_pool()
            connection = await self._take(pool)
            try:
                yield connection
            except BaseException:
                await self._give_back(pool, connection)
                raise
            if pool is self._pool:
                self._idle.append(connection)
            else:  # closed meanwhile
                await self._give_back(pool, connection)

    async def checkpoint(self) -> None:
        """Do nothing: old versions of rows go with the owner's VACUUM FULL, the journal with its retention."""

    @property
    def connections(self) -> tuple[int, int]:
        """The pool's connections, and those that are borrowed."""
        if self._pool is None:
            return 0, 0
        size = self._pool.get_size()
        return size, size - self._pool.get_idle_size() - len(self._idle)

    async def refresh(self) -> None:
        """Forget cached plans of the old schema and check the locks on the new one."""
        pool = self._pool
        if pool is not None:
            await pool.expire_connections()
            while self._idle:  # one by one: none is lost where this is cancelled
                await self._give_back(pool, self._idle.pop())
            await self._check_role()

    @property
    def app_role(self) -> str | None:
        """The user of the app's URL."""
        return urlsplit(self.url).username

    @property
    def app_password(self) -> str | None:
        """The password of the app's URL, for creating its role."""
        return urlsplit(self.url).password

    async def ping(self) -> None:
        """Ask the server for one row."""
        async with self._borrowed() as connection:
            await connection.fetchval("SELECT 1")

    async def table_names(self) -> frozenset[str]:
        """Ask the catalog."""
        async with self._borrowed() as connection:
            rows = await connection.fetch(
                "SELECT relname FROM pg_class "
                "WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
            )
        return frozenset(row["relname"] for row in rows)

    def _open_pool(self) -> Pool:
        if self._pool is None:
            raise ConfigurationError("数据库尚未打开。", "the database is not open.")
        return self._pool

    # statements -----------------------------------------------------------------------------------------

    def in_transaction(self) -> bool:
        """Whether the current task is inside a transaction that is still open."""
        current = self._current.get()
        return current is not None and current.open

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """Run a block between BEGIN and COMMIT; inside of another one it joins that one."""
        if self.in_transaction():
            yield
            return
        async with self._begun(current_scope()) as current:
            token = self._current.set(current)
            try:
                yield
            finally:
                self._current.reset(token)

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """Run a block between SAVEPOINT and RELEASE of the running transaction."""
        current = self._current.get()
        if current is None or not current.open:
            raise IsolationError("保存点须在事务之中。", "a savepoint needs a running transaction.")
        async with current.lock:
            scope = current.scope
            await _guarded(current.connection.execute("SAVEPOINT step"))
        try:
            yield
        except BaseException:
            async with current.lock:
                if not _is_closed(current.connection):
                    await current.connection.execute("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
                    current.scope = scope  # its SET LOCAL came back with the rest
            raise
        async with current.lock:
            await _guarded(current.connection.execute("RELEASE SAVEPOINT step"))

    @contextlib.asynccontextmanager
    async def _begun(self, scope: Scope | None) -> AsyncGenerator[_Transaction]:
        async with self._borrowed() as connection:
            current = _Transaction(connection)
            try:
                await _guarded(connection.execute(f"BEGIN; {set_local(scope)}"))
                current.scope = scope
                yield current
                tag = await seen_through(self._ended(current, "COMMIT"))
            except BaseException:
                await seen_through(self._ended(current, "ROLLBACK"))
                raise
            if tag != "COMMIT":  # a failed statement was swallowed: the server rolled back
                raise Busy("the transaction had failed and was rolled back")

    @staticmethod
    async def _ended(current: _Transaction, how: str) -> str:
        """End a transaction once its running statement has ended; the connection serves others next."""
        current.open = False
        async with current.lock:
            if how == "ROLLBACK" and (current.is_over or _is_closed(current.connection)):
                return how
            current.is_over = True
            return await _guarded(current.connection.execute(how))

    async def _with_connection(self, scope: Scope | None, work: Callable[[Connection], Awaitable[T]]) -> T:
        current = self._current.get()
        if current is not None and current.open:
            async with current.lock:
                if current.scope != scope:
                    current.scope = _UNKNOWN
                    await current.connection.execute(set_local(scope))
                    current.scope = scope
                return await _guarded(work(current.connection))
        async with self._begun(scope) as alone:
            return await _guarded(work(alone.connection))

    async def query(self, sql: str, args: Sequence[Any]) -> list[Row]:
        """Run a Piccolo query in the current scope, if any."""
        return await self._fetch(sql, args, current_scope())

    async def fetch(self, sql: str, args: Sequence[Any] = (), *, shared: bool = False) -> list[Row]:
        """Run a statement and return its rows."""
        return await self._fetch(sql, args, current_scope() if shared else require_scope(sql[:60]))

    async def _fetch(self, sql: str, args: Sequence[Any], scope: Scope | None) -> list[Row]:
        rows = await self._with_connection(scope, lambda connection: connection.fetch(sql, *map(stored_choice, args)))
        return [dict(row) for row in rows]

    async def execute(self, sql: str, args: Sequence[Any] = (), *, shared: bool = False) -> int:
        """Run a statement and return the number of rows it changed."""
        scope = current_scope() if shared else require_scope(sql[:60])
        tag = await self._with_connection(scope, lambda connection: connection.execute(sql, *map(stored_choice, args)))
        last = tag.rpartition(" ")[2]
        return int(last) if last.isdigit() and not tag.startswith("SELECT") else 0

    async def fetch_json(self, sql: str, args: Sequence[Any], scope: Scope) -> bytes | None:
        """Run a compiled statement that sets its own scope from `$1`."""
        async with self._slots:  # as `_borrowed`, spelt out: this is where every query passes
            pool = self._open_pool()
            connection = await self._take(pool)
            try:
                value: bytes | None
                known = self._prepared.get(connection)
                if known is not None and sql in known:
                    value = await known[sql].fetchval(scope.setting(), *args)
                else:
                    value = await self._fetch_first(connection, sql, (scope.setting(), *args))
            except asyncpg.PostgresError as error:
                await self._give_back(pool, connection)
                raise translated(error) from error
            except BaseException:
                await self._give_back(pool, connection)
                raise
            if pool is self._pool:
                self._idle.append(connection)
            else:  # closed meanwhile
                await self._give_back(pool, connection)
        return value

    async def _fetch_first(self, connection: Connection, sql: str, args: tuple[Any, ...]) -> bytes | None:
        """Run a statement that this connection does not hold, and keep it prepared if it may be.

        Where it would push out others it must have been said before: what is asked once, such as each of a flood of
        different documents, takes no place from what is asked all the time.
        """
        if not self._statement_cache:  # a pooler stands between: nothing of a session lasts
            return cast("bytes | None", await connection.fetchval(sql, *args))
        known = self._prepared.get(connection)
        if known is None:
            known = self._prepared[connection] = LRUCache(self._statement_cache * 1_000, _length)
        said, digest = self._said, hash(sql)
        is_new, said[digest] = digest not in said, None
        if len(sql) > known.maxsize // _SHARE or (is_new and known.currsize + len(sql) > known.maxsize):
            once = await connection.prepare(sql, name="")  # unnamed: the next statement takes its place
            return cast("bytes | None", await once.fetchval(*args))
        known[sql] = statement = await connection.prepare(sql)
        return cast("bytes | None", await statement.fetchval(*args))

    async def _insert_tuples(
        self, table: type[Declared], names: list[str], rows: list[tuple[Any, ...]], scope: Scope | None
    ) -> None:
        types = [ddl.sql_type(about(table._meta.get_column_by_name(name)).kind, "postgresql") for name in names]
        columns = ", ".join(f'"{name}"' for name in names)
        arrays = ", ".join(f"${n}::{each}[]" for n, each in enumerate(types, 1))
        sql = f'INSERT INTO "{table._meta.tablename}" ({columns}) SELECT * FROM unnest({arrays})'
        async with self.transaction():
            for start in range(0, len(rows), _ROWS_PER_INSERT):
                lists = [list(each) for each in zip(*rows[start : start + _ROWS_PER_INSERT], strict=True)]
                await self._with_connection(scope or current_scope(), _executing(sql, lists))

    # announcements --------------------------------------------------------------------------------------

    async def announce(self, text: str) -> None:
        """Notify inside the running transaction: the server tells the listeners when it commits."""
        work = _executing("SELECT pg_notify($1, $2)", [CHANNEL, text])
        await self._with_connection(current_scope(), work)

    @property
    def announcements(self) -> tuple[str, str]:
        """The server itself, or past a pooler that cannot LISTEN."""
        return self.listen_url, CHANNEL

    def is_away(self, error: BaseException) -> bool:
        """Whether the connection was lost, or none could be made."""
        if isinstance(error, asyncpg.DataError):  # of the driver's own errors, the one that a statement is to blame for
            return False
        return isinstance(
            error,
            (
                OSError,
                asyncpg.InterfaceError,
                asyncpg.PostgresConnectionError,
                asyncpg.CannotConnectNowError,
                asyncpg.OperatorInterventionError,
            ),
        )

    # the owner's door -----------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def owner(self) -> AsyncGenerator[OwnerConnection]:
        """Connect as the owner, in one transaction under the migration lock; `refresh` follows."""
        self._refuse_inside()
        if self.owner_url is None:
            raise ConfigurationError(
                "迁移需要表的所有者角色,请设置 YUANLUO_OWNER_URL。",
                "migrations run as the owner of the tables; set YUANLUO_OWNER_URL.",
            )
        with _reaching("YUANLUO_OWNER_URL"):
            connection = await connect(self.owner_url, timeout=_CONNECT_SECONDS)
        try:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
                if self.app_role is not None:
                    await ensure_app_role(connection, self.app_role, self.app_password)
                yield _PostgresOwner(connection)
        finally:
            await connection.close()
        await self.refresh()


class _PostgresOwner(OwnerConnection):
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> None:
        await _guarded(self.connection.execute(sql, *args))

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        return [dict(row) for row in await _guarded(self.connection.fetch(sql, *args))]


def _is_closed(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the server ended it while it was idle, and asyncpg's pool took it back
        return True


def _executing(sql: str, args: Sequence[Any]) -> Callable[[Connection], Awaitable[str]]:
    return lambda connection: connection.execute(sql, *args)


async def _initialise(connection: Any) -> None:
    await connection.set_type_codec("json", schema="pg_catalog", encoder=_same, decoder=_same, format="binary")
    # asyncpg takes 0001-01-01 and 9999-12-31 for the infinities, which JSON would show by that name
    await connection.set_type_codec("date", schema="pg_catalog", encoder=_days, decoder=_day, format="tuple")


def _days(day: dt.date) -> tuple[int]:
    return (day.toordinal() - _FIRST_DAY,)


def _day(days: tuple[int]) -> dt.date:
    return dt.date.fromordinal(days[0] + _FIRST_DAY)


def _same(value: bytes) -> bytes:
    return value


async def _nothing_to_reset(connection: Any) -> None:
    """Keep asyncpg from a round trip per release: a rollback it makes itself, and no session is ever changed."""


async def _guarded(waiting: Awaitable[T]) -> T:
    try:
        return await waiting
    except asyncpg.PostgresError as error:
        raise translated(error) from error
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError) and "value out of" in str(error):
            raise Invalid(
                "数值超出可存储的范围,请核对。", "a number is too large to be stored; check it.", code="OUT_OF_RANGE"
            ) from error
        raise


def translated(error: asyncpg.PostgresError) -> YuanluoError | asyncpg.PostgresError:
    """Return the error of yuanluo that `error` of PostgreSQL means; itself where it means a faulty statement."""
    constraint = str(getattr(error, "constraint_name", None) or getattr(error, "column_name", None) or "")
    if isinstance(error, asyncpg.UniqueViolationError):
        return Duplicate(constraint)
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return DanglingReference(constraint)
    if isinstance(error, (asyncpg.CheckViolationError, asyncpg.NotNullViolationError)):
        return Broken(constraint)
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return ScopeViolation(f"数据库拒绝写入({error})。", f"the database refused: {error}.")
    if isinstance(error, asyncpg.ProgramLimitExceededError):  # a row of an index holds 2.7 kB of text
        return Invalid(
            "文字过长,无法存入索引,请缩短后重试。",
            "a text is too long for its index; shorten it and try again.",
            code="TEXT_TOO_LONG",
        )
    if isinstance(error, asyncpg.QueryCanceledError):
        return TooSlow()
    if isinstance(
        error,
        (
            asyncpg.SerializationError,
            asyncpg.DeadlockDetectedError,
            asyncpg.LockNotAvailableError,
        ),
    ):
        return Busy(str(error))
    return error
