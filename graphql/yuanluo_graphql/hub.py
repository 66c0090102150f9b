"""The hub: hears of every filed record, whoever filed it, and hands it to this process's subscribers.

One listener per process, however many subscribe. On PostgreSQL it hears through litestar's channels what any process
notified in its transaction; on SQLite the database tells it after each commit, and a look once a second finds what
another process (an import by the command line) wrote; a record of its own that follows one of those waits for that
look, which then comes at once. Whatever was not heard, because the server was away or the
writer announces nothing here, is found by comparing the heads of the record chains, and told all the same, in order.

A subscriber's queue is bounded: who is slower than the record is told so and ends; nobody else waits for him. What the
hub itself had missed comes on top, since it comes at once, and is bounded too.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, cast

import asyncpg
import msgspec
from litestar.channels.backends.asyncpg import AsyncPgChannelsBackend

from yuanluo.live import RecordFiled, heads, records_after
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import ConfigurationError, Refused
from yuanluo_tenants.finishing import stop_all

__all__ = ["Ended", "Hub", "Subscriber", "events_missed"]

_log = logging.getLogger("yuanluo.live")

_LOOK_SECONDS: Final = 1.0
_PULSE_SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 2.0
_LONGEST_WAIT: Final = 30.0
_MOST_MISSED: Final = 2_000
_REMEMBERED: Final = 2 * _MOST_MISSED
_PAGE: Final = 200


class Ended(Refused):
    """A subscription ended that its client did not end; the code says why, the sentence what to do."""

    code = "SUBSCRIPTION_ENDED"


def slow_consumer() -> Ended:
    """Return the end of a subscriber that does not keep up."""
    return Ended(
        "客户端接收过慢,订阅已结束。请用 after 从最后收到的序号续订。",
        "the client is too slow, so the subscription ended; resume with `after` from the last sequence it got.",
        code="SLOW_CONSUMER",
    )


def events_missed() -> Ended:
    """Return the end of subscribers that would not learn of everything that happened."""
    return Ended(
        "与数据库的联系中断过久,订阅已结束。请重新查询并续订。",
        "the database was away for too long, so the subscription ended; query again, then subscribe again.",
        code="EVENTS_MISSED",
    )


def going_away() -> Ended:
    """Return the end of all subscribers when the server stops."""
    return Ended(
        "服务正在重启,请稍后续订。", "the server is going away; subscribe again in a moment.", code="GOING_AWAY"
    )


class Subscriber:
    """The events that wait for one subscription."""

    __slots__ = ("_ended", "_hub", "_limit", "_missed", "_waiting", "_wakes", "wants")

    def __init__(self, hub: Hub, wants: Callable[[RecordFiled], bool], limit: int) -> None:
        self.wants = wants
        self._hub = hub
        self._limit = limit
        self._missed = 0
        """How many came at once since the hub had missed them; the limit is for what the subscriber is slow to take."""
        self._waiting: deque[RecordFiled] = deque()
        self._wakes = asyncio.Event()
        self._ended: Exception | None = None

    def offer(self, record: RecordFiled, *, is_missed: bool = False) -> None:
        """Let `record` wait here; end the subscriber if too many do, not counting those that the hub had missed."""
        if self._ended is not None or not self.wants(record):
            return
        if is_missed:
            self._missed += 1
        if len(self._waiting) >= self._limit + self._missed:
            self.end(slow_consumer())
            return
        self._waiting.append(record)
        self._wakes.set()

    def end(self, error: Exception) -> None:
        """Let what waits be the last, or nothing where the right to it ended; then `next` raises `error`."""
        if self._ended is None or not isinstance(error, Ended):
            if not isinstance(error, Ended):
                self._waiting.clear()
            self._ended = error
            self._wakes.set()

    async def next(self) -> RecordFiled:
        """Wait for the next record; raise why the subscription ended."""
        while not self._waiting:
            self.raise_if_ended()
            self._wakes.clear()
            await self._wakes.wait()
        self._missed = max(0, self._missed - 1)
        return self._waiting.popleft()

    def raise_if_ended(self) -> None:
        """Raise why the subscription ended, if it has."""
        if self._ended is not None:
            raise self._ended

    def close(self) -> None:
        """Hear no more."""
        self._hub.forget(self)


class Hub:
    """What the process hears, and who wants to know it."""

    def __init__(self, database: Database, *, queue: int = 200) -> None:
        self.database = database
        self.on_record: list[Callable[[RecordFiled], None]] = []
        """Called with every record before any subscriber."""
        self._queue = queue
        self._subscribers: set[Subscriber] = set()
        self._heads: dict[int, int] | None = None
        self._recent: dict[uuid.UUID, None] = {}
        self._held: list[RecordFiled] | None = None
        self._gap = asyncio.Event()
        """Set where a record is heard before the one that another process filed ahead of it."""
        self._leaving = False

    # subscribers ------------------------------------------------------------------------------------------

    def subscribe(self, wants: Callable[[RecordFiled], bool]) -> Subscriber:
        """Return a subscriber who gets every record from now on for which `wants` holds."""
        subscriber = Subscriber(self, wants, self._queue)
        if self._leaving:
            subscriber.end(going_away())
        self._subscribers.add(subscriber)
        return subscriber

    def forget(self, subscriber: Subscriber) -> None:
        """Tell `subscriber` nothing any more."""
        self._subscribers.discard(subscriber)

    @property
    def subscribers(self) -> int:
        """How many subscribe."""
        return len(self._subscribers)

    def leave(self) -> None:
        """End every subscription, and each new one, because the server stops."""
        self._leaving = True
        self._end_all(going_away())

    def _end_all(self, error: Ended) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber.end(error)

    def publish(self, record: RecordFiled, *, is_missed: bool = False) -> None:
        """Hand `record` to all who want it, once; `is_missed` where it was found by the heads and not heard."""
        if self._held is not None:
            self._held.append(record)
            return
        if record.record_id in self._recent:
            return
        if self._is_ahead(record):
            self._gap.set()  # the look finds both, in order
            return
        self._recent[record.record_id] = None
        if len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]
        if self._heads is not None:
            self._heads[record.tenant] = record.sequence
        for see in self.on_record:
            see(record)
        for subscriber in tuple(self._subscribers):
            subscriber.offer(record, is_missed=is_missed)

    def _is_ahead(self, record: RecordFiled) -> bool:
        """Whether records come before `record` that are not told yet; a server announces each in order."""
        if self._heads is None or self.database.announcements is not None:
            return False
        return record.sequence > self._heads.get(record.tenant, 0) + 1

    def hear(self, announced: str | bytes) -> None:
        """Publish the record that was announced; pass over what no process of ours can have said."""
        try:
            record = RecordFiled.decoded(announced)
        except msgspec.DecodeError as error:
            _log.warning("heard what is no record: %s", error)
            return
        self.publish(record)

    async def catch_up(self) -> None:
        """Publish what was filed since the heads were looked at last, before anything heard meanwhile."""
        self._held = []
        missed: list[RecordFiled] = []
        is_whole = True
        try:
            known, found = self._heads, await heads(self.database)
            if known is not None and self._subscribers:
                behind = {tenant: head for tenant, head in found.items() if head > known.get(tenant, 0)}
                is_whole = sum(head - known.get(tenant, 0) for tenant, head in behind.items()) <= _MOST_MISSED
                for tenant in behind if is_whole else ():
                    missed += await self._missed(tenant, known.get(tenant, 0))
            self._heads = found
        finally:
            held, self._held = self._held, None
        if not is_whole:
            _log.warning("more than %s records were not heard; subscriptions end", _MOST_MISSED)
            self._end_all(events_missed())
        for record in missed:
            self.publish(record, is_missed=True)
        for record in held:
            self.publish(record)

    async def _missed(self, tenant: int, sequence: int) -> list[RecordFiled]:
        missed: list[RecordFiled] = []
        while page := await records_after(self.database, tenant, sequence, _PAGE):
            missed += page
            sequence = page[-1].sequence
        return missed

    # listening ------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Listen while the block runs; raise ConfigurationError where the server cannot be listened to."""
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = self.database.announcements
        listening = asyncio.create_task(self._look(started) if place is None else self._hear(*place, started))
        try:
            await asyncio.wait([started, listening], return_when=asyncio.FIRST_COMPLETED)
            if not started.done():
                listening.result()
            yield
        finally:
            self.leave()
            await stop_all([listening])

    async def _look(self, started: asyncio.Future[None]) -> None:
        """Hear this process's commits, and look for those of others."""

        self.database.hearers.append(self.hear)
        try:
            seen = await self.database.foreign_commits()
            await self.catch_up()
            started.set_result(None)
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._gap.wait(), _LOOK_SECONDS)
                try:
                    now = await self.database.foreign_commits()
                    if now != seen or self._gap.is_set():
                        self._gap.clear()
                        await self.catch_up()
                        seen = now
                except Exception:  # noqa: BLE001  # logged; nobody else would notice that nothing is heard any more
                    _log.exception("cannot look for records of other processes; trying again")
                    self._gap.set()
                    await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self.database.hearers.remove(self.hear)

    async def _hear(self, url: str, channel: str, started: asyncio.Future[None]) -> None:
        """Hear the server's notifications; connect again whenever the connection is lost."""
        pause = _LOOK_SECONDS
        while True:
            line = _Line(url)
            try:
                async with line.opened(channel) as backend:
                    await self.catch_up()
                    if not started.done():
                        started.set_result(None)
                    else:
                        _log.warning("listening to PostgreSQL again")
                    pause = _LOOK_SECONDS
                    await self._stream(backend, line)
            except Exception as error:
                if not started.done():
                    raise ConfigurationError(
                        f"无法在 PostgreSQL 上侦听({error}),请检查 YUANLUO_LISTEN_URL。",
                        f"cannot LISTEN on PostgreSQL ({error}); check YUANLUO_LISTEN_URL.",
                    ) from error
                _log.warning(
                    "not listening to PostgreSQL, trying again in %s s: %s",
                    pause,
                    error,
                    exc_info=None if self.database.is_away(error) else error,
                )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_WAIT)

    async def _stream(self, backend: AsyncPgChannelsBackend, line: _Line) -> None:
        async def hear() -> None:
            async for _, text in backend.stream_events():
                self.hear(text)

        hearing = asyncio.create_task(hear())
        try:
            await line.until_lost(hearing)
        finally:
            await stop_all([hearing])


class _Line:
    """The one connection on which this process listens, and whether it still holds."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lost = asyncio.Event()
        self._connection: Any = None

    async def _connect(self) -> Any:
        connect = cast("Callable[..., Awaitable[Any]]", cast("Any", asyncpg).connect)
        settings = {"application_name": "yuanluo live"}
        self._connection = await connect(self._url, timeout=_CONNECT_SECONDS, server_settings=settings)
        self._connection.add_termination_listener(self._end)
        return self._connection

    def _end(self, _connection: Any) -> None:
        self._lost.set()

    @asynccontextmanager
    async def opened(self, channel: str) -> AsyncGenerator[AsyncPgChannelsBackend]:
        """Connect, listen on `channel`, and close again."""
        backend = AsyncPgChannelsBackend(make_connection=self._connect)
        await backend.on_startup()
        try:
            await backend.subscribe([channel])
            yield backend
        finally:
            self._connection.remove_termination_listener(self._end)
            try:
                with suppress(TimeoutError):  # a dead network would never answer the farewell
                    await asyncio.wait_for(backend.on_shutdown(), _CLOSE_SECONDS)
            finally:
                self._connection.terminate()

    async def until_lost(self, hearing: asyncio.Task[None]) -> None:
        """Wait until the connection is lost, and raise; ask now and then, since a dead network says nothing."""
        while True:
            waiting = asyncio.create_task(self._lost.wait())
            try:
                await asyncio.wait([waiting, hearing], timeout=_PULSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
            if hearing.done():
                hearing.result()
            if self._lost.is_set():
                raise ConnectionError("the connection was lost")
            await self._connection.execute("SELECT 1", timeout=_CONNECT_SECONDS)
