"""The embedded engine: one SQLite file through apsw, several reader threads and one writer thread.

Each thread owns a connection with its locks (`sqlite_guard.py`). Readers take statements from one queue and are
`query_only`; the writer serves whoever holds the write lock: a transaction (BEGIN IMMEDIATE) or a single write.

A compiled query that a reader answered within a millisecond is asked on the event loop's own thread from then on, by
a connection with the same locks: waking a thread and being woken by it costs as much as a small query. What takes
longer there is given up after three milliseconds and asked of a reader; after three times in a row it stays there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import apsw

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
from yuanluo_tenants.ddl import APPENDED, MOVED, OUTSIDE
from yuanluo_tenants.errors import ConfigurationError, ScopeViolation, YuanluoError
from yuanluo_tenants.scope import Scope, current_scope, require_scope
from yuanluo_tenants.sqlite_connection import Connection, Cursor, connect
from yuanluo_tenants.sqlite_guard import Guard, announce, define_scope_functions
from yuanluo_tenants.sqlite_values import READERS, stored
from yuanluo_tenants.tables import Declared

__all__ = ["BOOKKEEPING", "SqliteDatabase", "Synchronous"]

Synchronous = Literal["FULL", "NORMAL", "OFF"]
_log = logging.getLogger("yuanluo.sqlite")

BOOKKEEPING: Final = ("yuanluo_migration",)
"""Tables of the migrator that the app may read."""
_CACHED_STATEMENTS: Final = 256
_LONGEST_KEPT: Final = 8_000
"""How many statements a connection keeps prepared, and of how many characters: each takes SQLite some 20 bytes."""
_SHORT, _GIVEN_UP = 0.001, 0.003
"""Seconds within which a reader must answer a query for it to be asked at once, and after which that is given up."""
_STEPS_AT_ONCE: Final = 5_000
"""Instructions of SQLite's machine between two looks at the clock there."""
_STRIKES: Final = 3
_TRIALS: Final = 8
"""Runs by a reader after which a query that was never short is held for long."""
_MOST_KNOWN: Final = 2_000
"""Queries of which that is known."""

T = TypeVar("T")
Job = tuple[Callable[[Guard], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]


def _settle(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)


class _Worker(threading.Thread):
    """A thread with a connection of its own that runs jobs from a queue until it meets None."""

    def __init__(self, name: str, jobs: queue.SimpleQueue[Job | None], connect: Callable[[], Guard]) -> None:
        super().__init__(name=name, daemon=True)
        self.jobs = jobs
        self.guard = connect()
        self.turn = threading.Lock()
        self.running: asyncio.Future[Any] | None = None

    def interrupt(self, future: asyncio.Future[Any]) -> None:
        """Stop the job that `future` waits for, if it is running here."""
        with self.turn:
            if self.running is future:
                # the statement may not have begun yet, and an interrupt before it has no effect: hence the flag
                self.guard.stopped = True
                self.guard.connection.interrupt()

    def run(self) -> None:
        guard = self.guard
        get = self.jobs.get
        while (job := get()) is not None:
            work, future, loop = job
            value, error = None, None
            with self.turn:
                self.running = future
                guard.stopped = False
            if not future.cancelled():
                try:
                    value = work(guard)
                except BaseException as caught:  # noqa: BLE001  # handed to the waiting task, which raises it
                    error = caught
            with self.turn:
                self.running = None
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
                loop.call_soon_threadsafe(_settle, future, value, error)
            del work, future, loop, job, value, error
        guard.connection.close()


class _Transaction:
    """What tasks of one transaction share; after its end they are outside again."""

    __slots__ = ("announced", "open")

    def __init__(self) -> None:
        self.open = True
        self.announced: list[str] = []


@contextlib.contextmanager
def _opening(path: Path) -> Generator[None]:
    """Tell in a sentence that a file cannot be opened as a database."""
    try:
        yield
    except (OSError, apsw.NotADBError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.CorruptError) as error:
        raise ConfigurationError(
            f"无法打开数据库 {path}({error}),请检查路径、权限,以及该文件是否为数据库。",
            f"the database {path} cannot be opened ({error}); look at the path, the permissions and the file.",
        ) from error


class SqliteDatabase(Database):
    """A database in the file `path`; `:memory:` is not offered, because readers could not share it."""

    dialect = "sqlite"

    def __init__(
        self,
        path: Path | str,
        *,
        readers: int = 2,
        synchronous: Synchronous = "FULL",
        busy_milliseconds: int = 10_000,
        statement_milliseconds: int = 30_000,
    ) -> None:
        super().__init__()
        self.path = Path(path)
        self._readers = readers
        self._synchronous: Synchronous = synchronous
        self._busy = busy_milliseconds
        self._longest = statement_milliseconds / 1000
        self._reading: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._writing: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._workers: list[_Worker] = []
        self._reads = 0
        self._at_once: Guard | None = None
        self._short: set[str] = set()
        self._runs: dict[str, int] = {}
        self._strikes: dict[str, int] = {}
        self._write_lock = asyncio.Lock()
        self._current: ContextVar[_Transaction | None] = ContextVar("yuanluo_sqlite_transaction", default=None)

    # life -----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the file (it is made if it is missing) and start the writer and the first reader."""
        if self._workers:
            return
        with _opening(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            writer = _Worker("yuanluo-writer", self._writing, self._connect_writer)
        self._workers = [writer, _Worker("yuanluo-reader-0", self._reading, self._connect_reader)]
        for worker in self._workers:
            self._lock_down(worker.guard)
            worker.start()
        self._at_once = self._connect_at_once()
        self._lock_down(self._at_once)

    async def close(self) -> None:
        """Let queued statements end and close every connection."""
        workers, self._workers = self._workers, []
        if self._at_once is not None:
            self._at_once.connection.close()
            self._at_once = None
        for worker in workers:
            worker.jobs.put(None)
        for worker in workers:
            await asyncio.to_thread(worker.join)

    def bind(self, registry: Any) -> None:
        """Bind the tables and renew the views of every connection."""
        changed = registry is not self.registry or len(registry) != self._bound
        super().bind(registry)
        self._bound = len(registry)
        if changed:
            self._renew()

    _bound = -1

    async def refresh(self) -> None:
        """Renew the views after the schema changed."""
        self._renew()

    def _renew(self) -> None:
        # each worker renews its own views before its next job; readers share a queue, hence the flag
        for worker in self._workers:
            worker.guard.stale = True
        if self._at_once is not None:
            self._at_once.stale = True

    def _lock_down(self, guard: Guard) -> None:
        guard.lock(self.registry, BOOKKEEPING)
        guard.stale = False

    def _connect(self) -> Connection:
        connection = connect(self.path, cached_statements=_CACHED_STATEMENTS)
        connection.set_busy_timeout(self._busy)
        connection.convert_binding = lambda _cursor, _number, value: stored(value)
        # else SQLite looks at the values bound and prepares every statement anew at every run
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -8192")
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    def _connect_writer(self) -> Guard:
        connection = self._connect()
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone() or ("none",)
        if mode != "wal":
            raise ConfigurationError(
                f"数据库 {self.path} 不支持 WAL 模式({mode}),请换到本地磁盘。",
                f"the database {self.path} cannot use WAL (it is {mode}); put it on a local disk.",
            )
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute(
            "PRAGMA secure_delete = ON"
        )  # what was erased is overwritten in the file (个人信息保护法 47)
        return Guard(connection, self._longest)

    def _connect_reader(self) -> Guard:
        return Guard(self._connect(), self._longest, reads_only=True)

    def _connect_at_once(self) -> Guard:
        connection = self._connect()
        connection.set_busy_timeout(0)  # the event loop waits for nobody
        return Guard(connection, _GIVEN_UP, reads_only=True, steps_per_look=_STEPS_AT_ONCE)

    async def ping(self) -> None:
        """Ask the writer and a reader for one row."""
        await self._submit(self._reading, lambda guard: guard.connection.execute("SELECT 1").fetchone())
        await self._submit(self._writing, lambda guard: guard.connection.execute("SELECT 1").fetchone())

    @property
    def connections(self) -> tuple[int, int]:
        """The reader threads, and the reads that are asked of them."""
        return max(0, len(self._workers) - 1), self._reads

    async def table_names(self) -> frozenset[str]:
        """Ask the writer, whose guard read the catalog when it made the views."""

        def work(guard: Guard) -> frozenset[str]:
            self._lock_down(guard)
            return guard.tables

        return await self._submit(self._writing, work)

    # statements -----------------------------------------------------------------------------------------

    def _submit(self, jobs: queue.SimpleQueue[Job | None], work: Callable[[Guard], T]) -> asyncio.Future[T]:
        if not self._workers:
            raise ConfigurationError("数据库尚未打开。", "the database is not open.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        jobs.put((work, future, loop))
        return future

    def in_transaction(self) -> bool:
        """Whether the current task is inside a transaction that is still open."""
        current = self._current.get()
        return current is not None and current.open

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """Run a block between BEGIN IMMEDIATE and COMMIT; inside of another one it joins that one."""
        if self.in_transaction():
            yield
            return
        async with self._write_lock:
            current = _Transaction()
            await self._finish(self._submit(self._writing, lambda guard: self._control(guard, "BEGIN IMMEDIATE")))
            token = self._current.set(current)
            try:
                yield
            except BaseException:
                current.open = False
                await self._finish(self._submit(self._writing, lambda guard: self._control(guard, "ROLLBACK")))
                raise
            else:
                current.open = False
                committing = self._submit(self._writing, self._commit)
                try:
                    await self._finish(committing)
                finally:  # it may have been committed although the task was cancelled meanwhile
                    if committing.done() and not committing.cancelled() and committing.exception() is None:
                        self._tell(current.announced)
            finally:
                current.open = False
                self._current.reset(token)

    @staticmethod
    async def _finish(future: asyncio.Future[Any]) -> None:
        # BEGIN, COMMIT and ROLLBACK are seen through even when the task is cancelled meanwhile
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    def _commit(self, guard: Guard) -> None:
        try:
            self._control(guard, "COMMIT")
        except BaseException:
            if guard.connection.in_transaction:
                self._control(guard, "ROLLBACK")
            raise

    def _control(self, guard: Guard, sql: str) -> None:
        self._prepare(guard)
        if sql == "ROLLBACK" and not guard.connection.in_transaction:
            return  # SQLite rolled back by itself, such as when the disk is full
        guard.controlling = True
        try:
            # not cached: a statement prepared with the right to control would serve one without it
            guard.connection.execute(sql, can_cache=False)
        except apsw.Error as error:
            raise translated(error) from error
        finally:
            guard.controlling = False

    async def query(self, sql: str, args: Sequence[Any]) -> list[Row]:
        """Run a Piccolo query in the current scope, if any."""
        return await self._run(sql, args, current_scope(), _rows)

    async def fetch(self, sql: str, args: Sequence[Any] = (), *, shared: bool = False) -> list[Row]:
        """Run a statement and return its rows."""
        return await self._run(sql, args, current_scope() if shared else require_scope(sql[:60]), _rows)

    async def execute(self, sql: str, args: Sequence[Any] = (), *, shared: bool = False) -> int:
        """Run a statement and return the number of rows it changed."""
        scope = current_scope() if shared else require_scope(sql[:60])
        return await self._run(sql, args, scope, _nothing if announce(sql)[1] is None else _changes)

    async def _run(self, sql: str, args: Sequence[Any], scope: Scope | None, collect: Callable[[Cursor], T]) -> T:
        statement, table = announce(sql)
        bound = tuple(args)

        inside = self.in_transaction()

        def work(guard: Guard) -> T:
            self._prepare(guard)
            if inside and not guard.connection.in_transaction:
                raise Busy("the transaction was rolled back by SQLite")  # a full disk, say
            guard.enter(scope, table)
            try:
                return collect(guard.connection.execute(statement, bound, can_cache=len(statement) <= _LONGEST_KEPT))
            except apsw.Error as error:
                raise translated(error, guard) from error
            finally:
                guard.leave()

        if inside:
            return await self._awaited(self._writing, work)
        if table is None:
            return await self._read(work)
        async with self._write_lock:
            return await self._awaited(self._writing, work)

    async def fetch_json(self, sql: str, args: Sequence[Any], scope: Scope) -> bytes | None:
        """Run a compiled statement at once if it is known to be short, else on a reader, and return its one value."""
        guard = self._at_once
        if guard is not None and sql in self._short:
            with contextlib.suppress(TooSlow, Busy):
                started = time.monotonic()
                found = self._json(guard, sql, args, scope)
                if time.monotonic() - started < _GIVEN_UP:
                    self._strikes.pop(sql, None)
                else:
                    self._strike(sql)
                return found
            self._strike(sql)

        def work(guard: Guard) -> bytes | None:
            started = time.monotonic()
            found = self._json(guard, sql, args, scope)
            self._learn(sql, time.monotonic() - started)
            return found

        return await self._read(work)

    def _strike(self, sql: str) -> None:
        """Hold a query for long that was late several times in a row; once may be the machine's fault."""
        strikes = self._strikes.get(sql, 0) + 1
        self._strikes[sql] = strikes
        if strikes >= _STRIKES:
            self._short.discard(sql)
            self._runs[sql] = _TRIALS + 1
            del self._strikes[sql]

    def _learn(self, sql: str, seconds: float) -> None:
        """Note whether a reader answered a query in a short time; its first runs there prepare it and do not count."""
        runs = self._runs.get(sql, 0)
        if runs > _TRIALS or len(sql) > _LONGEST_KEPT:
            return
        if len(self._runs) >= _MOST_KNOWN:
            self._runs.clear()
            self._short.clear()
        self._runs[sql] = runs + 1
        if seconds < _SHORT:
            self._short.add(sql)

    def _json(self, guard: Guard, sql: str, args: Sequence[Any], scope: Scope) -> bytes | None:
        self._prepare(guard)
        guard.enter(scope)
        try:
            row = guard.connection.execute(sql, args, can_cache=len(sql) <= _LONGEST_KEPT).fetchone()
        except apsw.Error as error:
            raise translated(error, guard) from error
        finally:
            guard.leave()
        if row is None or row[0] is None:
            return None
        value = row[0]
        return value if isinstance(value, bytes) else str(value).encode()

    async def _read(self, work: Callable[[Guard], T]) -> T:
        started = len(self._workers) - 1
        if 0 < started < self._readers and self._reads >= started:
            self._start_reader(started)
        self._reads += 1
        try:
            return await self._awaited(self._reading, work)
        finally:
            self._reads -= 1

    def _start_reader(self, number: int) -> None:
        """Start another reader, now that as many statements run as there are: each holds 1.5 MB and its pages."""
        try:
            worker = _Worker(f"yuanluo-reader-{number}", self._reading, self._connect_reader)
        except apsw.Error as error:
            _log.warning("no further reader could be opened, and statements wait for one: %s", error)
            return
        self._workers.append(worker)  # it makes its views before its first statement
        worker.start()

    async def _awaited(self, jobs: queue.SimpleQueue[Job | None], work: Callable[[Guard], T]) -> T:
        """Wait for a statement; it is interrupted when the waiting task is cancelled."""
        future = self._submit(jobs, work)
        try:
            return await future
        except asyncio.CancelledError:
            for worker in self._workers:
                worker.interrupt(future)
            raise

    async def _insert_tuples(
        self, table: type[Declared], names: list[str], rows: list[tuple[Any, ...]], scope: Scope | None
    ) -> None:
        name = table._meta.tablename
        columns = ", ".join(f'"{each}"' for each in names)
        sql = f'INSERT INTO main."{name}" ({columns}) VALUES ({", ".join("?" * len(names))})'

        def work(guard: Guard) -> None:
            self._prepare(guard)
            guard.enter(scope, name)
            try:
                guard.connection.executemany(sql, rows)
            except apsw.Error as error:
                raise translated(error, guard) from error
            finally:
                guard.leave()

        async with self.transaction():
            await self._submit(self._writing, work)

    def _prepare(self, guard: Guard) -> None:
        if guard.stale:
            self._lock_down(guard)

    async def checkpoint(self) -> None:
        """Take the journal into the file and empty it; what long readers still need goes with the next one."""

        def work(guard: Guard) -> None:
            with contextlib.suppress(apsw.BusyError):
                guard.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

        await self._submit(self._writing, work)

    # announcements --------------------------------------------------------------------------------------

    async def announce(self, text: str) -> None:
        """Tell the hearers of this process, after the commit."""
        current = self._current.get()
        if current is not None and current.open:
            current.announced.append(text)
        else:
            self._tell([text])

    def _tell(self, announced: Sequence[str]) -> None:
        for text in announced:
            for hear in tuple(self.hearers):
                hear(text)

    async def foreign_commits(self) -> int:
        """Return SQLite's own count of commits that the writer did not make."""

        def work(guard: Guard) -> int:
            self._prepare(guard)
            (version,) = guard.connection.execute("PRAGMA data_version").fetchone() or (0,)
            return int(version)

        return await self._submit(self._writing, work)

    # the owner's door -----------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def owner(self) -> AsyncGenerator[OwnerConnection]:
        """Open a connection without locks, in one transaction that nobody else can write beside."""
        self._refuse_inside()
        async with self._write_lock:
            with _opening(self.path):
                connection = await asyncio.to_thread(self._connect_owner)
            try:
                yield _SqliteOwner(connection)
                await asyncio.to_thread(_commit_checked, connection)
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                connection.close()
        await self.refresh()

    def _connect_owner(self) -> Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect()
        define_scope_functions(connection, None)
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        # a table is rebuilt under another name and renamed (ddl, migrator): keys are checked before COMMIT
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute("BEGIN IMMEDIATE")
        return connection


def _commit_checked(connection: Connection) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken is not None:
        raise DanglingReference(f"{broken[0]} -> {broken[2]}")
    connection.execute("COMMIT")


class _SqliteOwner(OwnerConnection):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> None:
        await self.fetch(sql, args)

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        try:
            return await asyncio.to_thread(lambda: _rows(self._connection.execute(sql, tuple(args))))
        except apsw.Error as error:
            raise translated(error) from error


def _rows(cursor: Cursor) -> list[Row]:
    first = cursor.fetchone()
    if first is None:
        return []
    described = cursor.get_description()
    names = [each[0] for each in described]
    readers = [(n, READERS[each[1]]) for n, each in enumerate(described) if each[1] in READERS]
    found = [first, *cursor.fetchall()]
    if not readers:
        return [dict(zip(names, row, strict=True)) for row in found]
    result: list[Row] = []
    for row in found:
        values = list(row)
        for place, read in readers:
            if values[place] is not None:
                values[place] = read(values[place])
        result.append(dict(zip(names, values, strict=True)))
    return result


def _nothing(cursor: Cursor) -> int:
    cursor.fetchall()
    return 0


def _changes(cursor: Cursor) -> int:
    cursor.fetchall()
    return cursor.connection.changes()


def translated(error: apsw.Error, guard: Guard | None = None) -> YuanluoError | apsw.Error:
    """Return the error of yuanluo that `error` of SQLite means; itself where it means a fault in a statement."""
    text = str(error)
    detail = text.rpartition(": ")[2]
    if isinstance(error, apsw.ConstraintError):
        if any(mark in text for mark in (OUTSIDE, MOVED, APPENDED)):
            return ScopeViolation(f"数据库拒绝写入({detail})。", f"the database refused the write ({detail}).")
        code = getattr(error, "extendedresult", 0)
        if code in (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY):
            return Duplicate(detail)
        if code == apsw.SQLITE_CONSTRAINT_FOREIGNKEY:
            return DanglingReference(detail)
        return Broken(detail)
    if isinstance(error, apsw.AuthError):
        detail = guard.denied if guard is not None else detail
        return ScopeViolation(f"数据库拒绝该语句({detail})。", f"the database refused the statement ({detail}).")
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return Busy(detail)
    if isinstance(error, apsw.InterruptError):
        return TooSlow()
    return error
