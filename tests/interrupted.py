"""Cancelling what is awaited at its n-th `await`, and interrupting SQLite at its n-th statement: for every n in turn.

`walk` drives work to its end again and again, cancelled one `await` later each time, until it ends uncancelled. The
three ways are those in which a task is cancelled in practice: as it begins to wait (`EARLY`), between the end of what
it waited for and its own next turn (`LATE`), and while it already winds up because it was cancelled (`TWICE`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import Any, Final, Literal

import apsw
from pace import PATIENCE

from yuanluo_tenants import engine_sqlite
from yuanluo_tenants.sqlite_connection import Connection

__all__ = ["EARLY", "LATE", "TWICE", "Cancelled", "Meddling", "cancelled_at", "walk"]


class Way(Enum):
    """How a task is cancelled."""

    EARLY = "as it begins to wait"
    LATE = "after what it waited for has ended"
    TWICE = "as it begins to wait, and again as it winds up"


EARLY, LATE, TWICE = Way
ENOUGH: Final = 2_000
"""More awaits than anything here has; a walk that comes so far goes in circles."""


class Cancelled:
    """Awaits `work`; cancels the awaiting task at its `at`-th await, and tells whether it came so far."""

    def __init__(self, work: Coroutine[Any, Any, Any], at: int, way: Way) -> None:
        self._work = work
        self._at = at
        self._way = way
        self.was_reached = False

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        awaited = 0
        thrown: BaseException | None = None
        task = asyncio.current_task()
        assert task is not None
        while True:
            try:
                waits_for = steps.send(None) if thrown is None else steps.throw(thrown)
            except StopIteration as ended:
                return ended.value
            thrown = None
            awaited += 1
            is_hit = awaited == self._at or (self._way is TWICE and awaited == self._at + 1)
            if is_hit:
                self.was_reached = True
                if self._way is not LATE:
                    task.cancel()
            try:
                yield waits_for
            except BaseException as error:  # noqa: BLE001  # the work's own to see
                thrown = error
            if is_hit and self._way is LATE and thrown is None:
                thrown = asyncio.CancelledError()


async def cancelled_at(make: Callable[[], Coroutine[Any, Any, Any]], at: int, way: Way) -> bool:
    """Run work in a task of its own, cancelled at its `at`-th await; return whether it had so many.

    What it raises by itself is raised, unless it was cancelled before.
    """
    cancelled = Cancelled(make(), at, way)

    async def run() -> Any:
        return await cancelled

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    if not cancelled.was_reached:
        task.result()
    elif not task.cancelled():
        task.exception()
    return cancelled.was_reached


async def walk(
    make: Callable[[], Coroutine[Any, Any, Any]], way: Way, after: Callable[[], Awaitable[None]], *, step: int = 1
) -> int:
    """Cancel work at its first await, its second and so on until it ends uncancelled, `after` each.

    Return at how many awaits it was not. A `step` of several passes over others, each way over other ones.
    """
    for at in range(1 + list(Way).index(way) % step, ENOUGH, step):
        if not await cancelled_at(make, at, way):
            await after()
            return at - 1
        await after()
    raise AssertionError("it never ends")


class Meddling:
    """Meddles with SQLite connections at the `at`-th statement of all of them, from when it is put in place.

    `interrupt` stops the statement by SQLite's own means, `fail` refuses it, and `leave` cancels `task` and goes on
    once the engine has heard of it: what a client does who leaves in that moment.
    """

    def __init__(self, at: int, how: Literal["interrupt", "fail", "leave"], times: int = 1) -> None:
        self._left = at
        self._how = how
        self._times = times
        self._lock = threading.Lock()
        self._loop = asyncio.get_running_loop()
        self._home = threading.get_ident()
        self._armed: set[int] = set()
        self.task: asyncio.Task[Any] | None = None
        self.was_reached = False

    def _hit(self) -> bool:
        with self._lock:
            self._left -= 1
            if 0 >= self._left > -self._times:
                self.was_reached = True
                return True
            return False

    def watch(self, connection: Connection) -> None:
        """Meddle with `connection` from now on."""
        real: Any = connection

        def trace(_cursor: Any, _sql: str, _bindings: Any) -> bool:
            self._armed.discard(id(real))
            if not self._hit():
                return True
            if self._how == "interrupt":
                self._armed.add(id(real))
            elif self._how == "fail":
                raise apsw.IOError("disk I/O error")
            else:
                self._leave()
            return True

        def is_interrupted() -> bool:
            if id(real) in self._armed:
                self._armed.discard(id(real))
                return True
            return False

        real.set_exec_trace(trace)
        real.set_progress_handler(is_interrupted, 1, id=self)

    def _leave(self) -> None:
        heard = threading.Event()

        def leave() -> None:
            if self.task is not None:
                self.task.cancel()
            # the task runs before what is put behind it here, and so does what it does about being cancelled
            self._loop.call_soon(lambda: self._loop.call_soon(heard.set))

        if threading.get_ident() == self._home:
            leave()
            return
        self._loop.call_soon_threadsafe(leave)
        assert heard.wait(PATIENCE)

    @contextmanager
    def of(self, *connections: Connection) -> Iterator[Meddling]:
        """Meddle with these connections meanwhile."""
        for each in connections:
            self.watch(each)
        try:
            yield self
        finally:
            self._left = -self._times
            for each in connections:
                real: Any = each
                with suppress(apsw.ConnectionClosedError):
                    real.set_exec_trace(None)
                    real.set_progress_handler(None, id=self)

    @contextmanager
    def of_new_connections(self) -> Iterator[Meddling]:
        """Meddle with every connection that is made meanwhile."""
        made = engine_sqlite.connect

        def connect(*args: Any, **named: Any) -> Connection:
            connection = made(*args, **named)
            self.watch(connection)
            return connection

        engine_sqlite.connect = connect
        try:
            yield self
        finally:
            engine_sqlite.connect = made
            self._left = -self._times
