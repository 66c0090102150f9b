"""The loop that delivers: endpoints beside each other, courtyards of one beside each other, records one by one.

A record is sent only after the receiver took the one before it, under a lease on the courtyard that every delivered
record prolongs and a failed one gives up. A process that is killed leaves its lease behind; it runs out after twice
the time an attempt may take, and whoever takes over sends again what was not written as delivered.

An endpoint at which three courtyards failed in a row with nothing taken in between rests for up to a minute and is
then tried with one courtyard; when that one is taken, the others need not wait for their own next moment. So a
receiver that is down costs one attempt a minute, and not one per courtyard.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import ssl
import uuid
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from yuanluo.authority import operator
from yuanluo.clock import Clock, system_clock
from yuanluo.command import CommandContext, run_command
from yuanluo.house import House
from yuanluo.webhooks import due
from yuanluo.webhooks.answer import Answer
from yuanluo.webhooks.commands import SuspendWebhook, WebhookNotActive, suspend_webhook
from yuanluo.webhooks.due import Endpoint, Lease
from yuanluo.webhooks.payload import Message, message_of
from yuanluo.webhooks.policy import WebhookPolicy
from yuanluo.webhooks.schedule import retry_seconds
from yuanluo.webhooks.signing import signed_headers
from yuanluo_tenants.database import Row
from yuanluo_tenants.finishing import stop_all
from yuanluo_tenants.scope import scoped

if TYPE_CHECKING:
    from yuanluo.webhooks.sending import Sender

__all__ = ["Deliverer"]

T = TypeVar("T")

_log = logging.getLogger("yuanluo.webhooks")

ACTOR: Final = "webhooks"
RECORDS_AT_ONCE: Final = 20
"""Records of one courtyard that are sent before another courtyard gets its turn."""
COURTYARDS_AT_ONCE: Final = 200
RESTS_AFTER: Final = 3
"""Courtyards that fail in a row before an endpoint rests."""
LONGEST_REST: Final = 60.0
COALESCED: Final = 0.05
"""Seconds in which further commits add nothing to the one that woke the loop."""
SWEEP_EVERY: Final = dt.timedelta(hours=1)
GONE: Final = 410


@dataclass(slots=True)
class _Health:
    """What this process saw of an endpoint since it last took something; begins with what those before it left."""

    failed: set[int] = field(default_factory=set[int])
    failures: int = 0
    resting_until: dt.datetime | None = None

    @property
    def is_down(self) -> bool:
        return len(self.failed) >= RESTS_AFTER


class Deliverer:
    """Delivers what is due in `house`; an async context manager around `run` or `round`."""

    def __init__(
        self,
        house: House,
        *,
        clock: Clock = system_clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.house = house
        self.name = uuid.uuid4().hex
        """How its leases are signed."""
        self._clock = clock
        self._jitter = jitter
        self._sender: Sender | None = None
        self._stack = AsyncExitStack()
        self._health: dict[uuid.UUID, _Health] = {}
        self._busy: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._swept: dt.datetime | None = None

    @property
    def policy(self) -> WebhookPolicy:
        """How it delivers."""
        return self.house.webhooks

    async def __aenter__(self) -> Self:
        if self.policy.ca_file is not None:
            ssl.create_default_context(cafile=self.policy.ca_file)  # a wrong file stops the start
        self.house.listeners.append(self.wake)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.house.listeners.remove(self.wake)
        await stop_all(self._busy.values())
        try:
            await self._isolated("give leases back", due.give_back_all(self.house.database, self.name))
        finally:
            await self._stack.__aexit__(kind, error, trace)

    def wake(self, _tenant: int = 0) -> None:
        """Look for what is due now; the house calls it after each commit."""
        self._woken.set()

    # the loop -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Deliver until cancelled; what goes wrong with the database is logged and tried again."""
        while True:
            self._woken.clear()
            await self._isolated("find endpoints", self._start_due())
            with suppress(TimeoutError):
                async with asyncio.timeout(self.policy.poll_seconds):
                    await self._woken.wait()
                    await asyncio.sleep(COALESCED)

    async def _start_due(self) -> None:
        for node, endpoint_id in await due.active_endpoints(self.house.database):
            running = self._busy.get(endpoint_id)
            if running is None or running.done():
                work = self._isolated("deliver", self._serve(node, endpoint_id))
                self._busy[endpoint_id] = asyncio.create_task(work)
        await self._sweep()

    async def round(self) -> None:
        """Deliver everything that is due by now, and return when nothing is."""
        found = await due.active_endpoints(self.house.database)
        await _ended(self._serve(node, endpoint_id) for node, endpoint_id in found)
        await self._sweep()

    async def _sweep(self) -> None:
        now = self._clock()
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            await due.sweep_log(self.house.database, now - self.policy.log_kept)
            self._swept = now

    async def _isolated(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Await `work`; whatever it raises is logged, and the next poll tries again."""
        try:
            await work
        except Exception:  # noqa: BLE001  # logged with its traceback; one endpoint's trouble must not end the loop
            _log.exception("webhooks: could not %s; trying again", what)

    async def _sending(self) -> Sender:
        """Return what sends; its libraries and certificates are loaded when there is something to send."""
        if self._sender is None:
            from yuanluo.webhooks.sending import Sender

            self._sender = await self._stack.enter_async_context(Sender(self.policy))
        return self._sender

    # one endpoint -------------------------------------------------------------------------------------------

    async def _serve(self, node: int, endpoint_id: uuid.UUID) -> None:
        """Deliver to one endpoint until nothing is due there or it rests."""
        health = self._health.get(endpoint_id)
        if health is None:
            failed = await due.failing_courtyards(self.house.database, node, endpoint_id)
            health = self._health[endpoint_id] = _Health(failed, len(failed))
        while health.resting_until is None or health.resting_until <= self._clock():
            was_down = health.is_down
            most = 1 if was_down else COURTYARDS_AT_ONCE
            tenants = await due.due_courtyards(self.house.database, node, endpoint_id, self._clock(), most)
            if not tenants:
                return
            places = asyncio.Semaphore(self.policy.concurrency)

            async def deliver(tenant: int, places: asyncio.Semaphore = places) -> bool:
                async with places:
                    return not health.resting_until and await self._deliver(node, endpoint_id, tenant, health)

            health.resting_until = None
            went = await _ended(map(deliver, tenants))
            if was_down and not health.is_down:
                await due.try_all_again(self.house.database, node, endpoint_id)
            if not any(went):
                return

    # one courtyard ------------------------------------------------------------------------------------------

    async def _deliver(self, node: int, endpoint_id: uuid.UUID, tenant: int, health: _Health) -> bool:
        """Deliver a courtyard's next records in order; return whether any was handled."""
        database = self.house.database
        with scoped(tenant):
            now = self._clock()
            held = await due.lease(database, tenant, endpoint_id, self.name, now, now + self.policy.lease)
            # what is cancelled or fails keeps its lease until it runs out, or until `__aexit__` gives all back
            return held is not None and await self._deliver_held(node, held, health)

    async def _deliver_held(self, node: int, held: Lease, health: _Health) -> bool:
        database, until = self.house.database, held.until
        handled = written = held.sequence
        for record in await due.next_records(database, held.tenant, held.sequence, RECORDS_AT_ONCE):
            endpoint = await due.endpoint_now(database, self.house.keys, node, held.endpoint_id, self._clock())
            if endpoint is None:
                break  # paused or disabled meanwhile
            message = message_of(
                record,
                endpoint.clearances(self.house.rules),
                endpoint.kinds,
                with_payload=endpoint.with_payload,
            )
            if message is not None:
                held_until = await self._attempt(endpoint, held, until, record, message, health)
                if held_until is None:
                    return True
                until, written = held_until, record["sequence"]
            handled = record["sequence"]
        await due.give_back(database, held, handled if handled > written else None)
        return handled > held.sequence

    async def _attempt(
        self,
        endpoint: Endpoint,
        held: Lease,
        until: dt.datetime,
        record: Row,
        message: Message,
        health: _Health,
    ) -> dt.datetime | None:
        """Send one message and write down how it went.

        The lease is held `until` then; return until when it is held now, or None where the next record may not follow.
        """
        database, at, lease = self.house.database, self._clock(), self.policy.lease
        if until - at < lease / 2 and not await due.extend(database, held, at, at + lease):
            return None  # this process stood still for so long that another may have taken over
        headers = {
            "content-type": "application/json",
            "user-agent": "yuanluo-webhooks",
            **signed_headers(endpoint.secrets, message.id, at, message.body),
        }
        answer = await (await self._sending()).send(endpoint.url, headers, message.body)
        first = record["sequence"] == held.sequence + 1
        attempt = held.attempts + 1 if first else 1
        if not answer.is_delivered:
            since = held.failing_since if first and held.failing_since is not None else at
            await self._failed(endpoint, held, record["sequence"], attempt, since, at, answer, health)
            return None
        health.failed.clear()
        health.failures = 0
        until = self._clock() + lease
        async with database.transaction():
            is_kept = await due.advance(database, held, record["sequence"], until)
            await due.log_attempt(database, held, record["sequence"], attempt, at, answer, None)
        return until if is_kept else None

    async def _failed(
        self,
        endpoint: Endpoint,
        held: Lease,
        sequence: int,
        attempt: int,
        since: dt.datetime,
        at: dt.datetime,
        answer: Answer,
        health: _Health,
    ) -> None:
        database, now = self.house.database, self._clock()
        health.failed.add(held.tenant)
        health.failures += 1
        if health.is_down:
            rest = retry_seconds(self.policy, health.failures - RESTS_AFTER + 1, self._jitter())
            health.resting_until = now + dt.timedelta(seconds=min(rest, LONGEST_REST))
        is_last = answer.status == GONE or now - since >= self.policy.give_up_after
        delay = retry_seconds(self.policy, attempt, self._jitter(), answer.retry_after)
        again = None if is_last else now + dt.timedelta(seconds=delay)
        async with database.transaction():
            if sequence > held.sequence + 1:
                await due.advance(database, held, sequence - 1, now)
            kept = await due.set_back(database, held, attempt, since, again)
            await due.log_attempt(database, held, sequence, attempt, at, answer, again)
        _log.info("webhook %s: record %s of %s: %s", endpoint.id, sequence, held.tenant, answer.error)
        if is_last and kept:
            await self._give_up(endpoint, held.tenant, sequence, attempt, since, answer)

    async def _give_up(
        self, endpoint: Endpoint, tenant: int, sequence: int, attempts: int, since: dt.datetime, answer: Answer
    ) -> None:
        """Suspend the courtyard, or disable the endpoint where it took nothing else in all that time, as a record."""
        accepts_others = answer.status != GONE and await due.was_accepted_since(
            self.house.database, endpoint.node, endpoint.id, since
        )
        given_up = SuspendWebhook(
            endpoint.id, tenant if accepts_others else None, sequence, attempts, answer.error or "refused"
        )
        context = CommandContext(self.house, operator(ACTOR), endpoint.node, self._clock)
        try:
            await run_command(suspend_webhook, context, given_up)
        except WebhookNotActive:
            return  # another courtyard's delivery gave it up in this moment, or somebody paused it
        _log.warning("webhook %s is given up (%s): %s", endpoint.id, given_up.tenant or "whole", answer.error)


async def _ended(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Await all, so that none goes on unseen beside the next round; then raise what one of them raised."""
    results: list[T] = []
    failed: list[BaseException] = []
    for ended in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(ended, BaseException):
            failed.append(ended)
        else:
            results.append(ended)
    for error in failed[1:]:
        _log.error("webhooks: could not deliver either; trying again", exc_info=error)
    if failed:
        raise failed[0]
    return results
