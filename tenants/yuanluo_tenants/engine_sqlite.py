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
from yuanluo_tenants.errors import ConfigurationError, IsolationError, ScopeViolation, YuanluoError
from yuanluo_tenants.finishing import seen_through
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


@contextlib.contextmanager
def _whole(connection: Connection) -> Generator[Connection]:
    """Close a connection that cannot be set up to the end."""
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


class _Seat:
    """A connection with its locks, or none; what cannot be made whole is closed, and the next call makes another.

    Nobody's statement is running while it is made, so that nobody who leaves can stop it half-way.
    """

    def __init__(self, connect: Callable[[], Guard], lock: Callable[[Guard], None]) -> None:
        self._connect = connect
        self._lock = lock
        self.guard: Guard | None = connect()

    def ready(self) -> Guard:
        """Return the connection with the locks that hold now."""
        guard = self.guard
        if guard is not None and not guard.stale:
            return guard
        try:
            if guard is None:
                guard = self.guard = self._connect()
            guard.stopped = False  # a statement before was
            guard.stale = False  # before the locks are made: they may have to be renewed while they are
            self._lock(guard)
        except BaseException as error:
            self.close()
            if isinstance(error, apsw.Error):
                raise translated(error) from error
            raise
        return guard

    def renew(self) -> None:
        """Have the locks made anew before the next statement."""
        if self.guard is not None:
            self.guard.stale = True

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back by it."""
        guard, self.guard = self.guard, None
        if guard is not None:
            guard.connection.close()


class _Worker(threading.Thread):
    """A thread with a connection of its own that runs jobs from a queue until it meets None."""

    def __init__(self, name: str, jobs: queue.SimpleQueue[Job | None], seat: _Seat) -> None:
        super().__init__(name=name, daemon=True)
        self.jobs = jobs
        self.seat = seat
        self.turn = threading.Lock()
        self.running: asyncio.Future[Any] | None = None

    def interrupt(self, future: asyncio.Future[Any]) -> None:
        """Stop the job that `future` waits for, if it is running here."""
        with self.turn:
            if self.running is future and self.seat.guard is not None:
                # the statement may not have begun yet, and an interrupt before it has no effect: hence the flag
                self.seat.guard.stopped = True
                self.seat.guard.connection.interrupt()

    def run(self) -> None:
        get, ready = self.jobs.get, self.seat.ready
        while (job := get()) is not None:
            work, future, loop = job
            value, error = None, None
            try:
                guard = ready()
                with self.turn:
                    self.running = future
                    guard.stopped = False
                if not future.cancelled():
                    value = work(guard)
            except BaseException as caught:  # noqa: BLE001  # handed to the waiting task, which raises it
                error = caught
            with self.turn:
                self.running = None
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
                loop.call_soon_threadsafe(_settle, future, value, error)
            del work, future, loop, job, value, error
        self.seat.close()


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
        self._at_once: _Seat | None = None
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
        with _opening(self.path), contextlib.ExitStack() as undo:
            self.path.parent.mkdir(parents=True, exist_ok=True)

            def seat(connect: Callable[[], Guard]) -> _Seat:
                made = _Seat(connect, self._lock_down)
                undo.callback(made.close)
                made.ready()
                return made

            # the queues of a life before may still be asked by threads that end
            self._writing, self._reading = queue.SimpleQueue(), queue.SimpleQueue()
            workers = [
                _Worker("yuanluo-writer", self._writing, seat(self._connect_writer)),
                _Worker("yuanluo-reader-0", self._reading, seat(self._connect_reader)),
            ]
            at_once = seat(self._connect_at_once)
            undo.pop_all()
        for worker in workers:
            worker.start()
        self._workers, self._at_once = workers, at_once

    async def close(self) -> None:
        """Let queued statements end and close every connection."""
        workers, self._workers = self._workers, []
        at_once, self._at_once = self._at_once, None
        if at_once is not None:
            at_once.close()
        for worker in workers:
            worker.jobs.put(None)
        for worker in workers:
            await seen_through(asyncio.to_thread(worker.join))

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
            worker.seat.renew()
        if self._at_once is not None:
            self._at_once.renew()

    def _lock_down(self, guard: Guard) -> None:
        guard.lock(self.registry, BOOKKEEPING)

    def _connect(self) -> Connection:
        with _whole(connect(self.path, cached_statements=_CACHED_STATEMENTS)) as connection:
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
        with _whole(self._connect()) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone() or ("none",)
            if mode != "wal":
                raise ConfigurationError(
                    f"数据库 {self.path} 不支持 WAL 模式({mode}),请换到本地磁盘。",
                    f"the database {self.path} cannot use WAL (it is {mode}); put it on a local disk.",
                )
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            # what was erased is overwritten in the file (个人信息保护法 47)
            connection.execute("PRAGMA secure_delete = ON")
            return Guard(connection, self._longest)

    def _connect_reader(self) -> Guard:
        with _whole(self._connect()) as connection:
            return Guard(connection, self._longest, reads_only=True)

    def _connect_at_once(self) -> Guard:
        with _whole(self._connect()) as connection:
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
        """Ask the writer, whose guard reads the catalog when it makes the views."""
        if self._workers:
            self._workers[0].seat.renew()
        return await self._submit(self._writing, lambda guard: guard.tables)

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
            token = self._current.set(current)
            try:
                await self._say("BEGIN IMMEDIATE")
                yield
                current.open = False
                committing = self._submit(self._writing, lambda guard: self._control(guard, "COMMIT"))
                try:
                    await seen_through(committing)
                finally:  # it may have been committed although the task was cancelled meanwhile
                    if committing.done() and not committing.cancelled() and committing.exception() is None:
                        self._tell(current.announced)
            except BaseException:
                current.open = False
                await self._say("ROLLBACK")
                raise
            finally:
                self._current.reset(token)

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """Run a block between SAVEPOINT and RELEASE of the running transaction."""
        current = self._current.get()
        if current is None or not current.open:
            raise IsolationError("保存点须在事务之中。", "a savepoint needs a running transaction.")
        told = len(current.announced)
        await self._say("SAVEPOINT step")
        try:
            yield
        except BaseException:
            del current.announced[told:]
            await self._say("ROLLBACK TO step")
            await self._say("RELEASE step")
            raise
        await self._say("RELEASE step")

    async def _say(self, sql: str) -> None:
        """Begin or end the writer's transaction, though the task be cancelled: the writer serves others next."""
        await seen_through(self._submit(self._writing, lambda guard: self._control(guard, sql)))

    def _control(self, guard: Guard, sql: str) -> None:
        if sql.startswith(("ROLLBACK", "RELEASE")) and not guard.connection.in_transaction:
            return  # it never began, was committed, or SQLite rolled back by itself, such as when the disk is full
        guard.controlling = True
        try:
            # not cached: a statement prepared with the right to control would serve one without it
            guard.connection.execute(sql, can_cache=False)
        except apsw.Error as error:
            if sql == "ROLLBACK":
                self._workers[0].seat.close()  # what cannot be rolled back is not for others
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
        seat = self._at_once
        if seat is not None and sql in self._short:
            with contextlib.suppress(TooSlow, Busy, apsw.Error):  # whatever stands in its way here, a reader is asked
                guard = seat.guard
                if guard is None or guard.stale:
                    guard = seat.ready()
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
            seat = _Seat(self._connect_reader, self._lock_down)
        except apsw.Error as error:
            _log.warning("no further reader could be opened, and statements wait for one: %s", error)
            return
        worker = _Worker(f"yuanluo-reader-{number}", self._reading, seat)
        self._workers.append(worker)  # it makes its locks before its first statement
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
            guard.enter(scope, name)
            try:
                guard.connection.executemany(sql, rows)
            except apsw.Error as error:
                raise translated(error, guard) from error
            finally:
                guard.leave()

        async with self.transaction():
            await self._awaited(self._writing, work)

    async def checkpoint(self) -> None:
        """Take the journal into the file and empty it; what long readers still need goes with the next one."""

        def work(guard: Guard) -> None:
            with contextlib.suppress(apsw.BusyError):
                guard.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

        async with self._write_lock:  # SQLite refuses it inside of a transaction, of whomsoever
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
            (version,) = guard.connection.execute("PRAGMA data_version").fetchone() or (0,)
            return int(version)

        return await self._submit(self._writing, work)

    # the owner's door -----------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def owner(self) -> AsyncGenerator[OwnerConnection]:
        """Open a connection without locks, in one transaction that nobody else can write beside."""
        self._refuse_inside()
        async with self._write_lock:
            with contextlib.ExitStack() as stack:

                def connected() -> Connection:
                    connection = self._connect_owner()
                    stack.callback(connection.close)  # which rolls back what was not committed
                    return connection

                with _opening(self.path):
                    connection = await seen_through(asyncio.to_thread(connected))
                yield _SqliteOwner(connection)
                await seen_through(asyncio.to_thread(_commit_checked, connection))
        await self.refresh()

    def _connect_owner(self) -> Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _whole(self._connect()) as connection:
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
            work = asyncio.to_thread(lambda: _rows(self._connection.execute(sql, tuple(args))))
            return await seen_through(work)  # the thread has the connection: who is cancelled waits until it is free
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
