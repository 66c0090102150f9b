"""Turns: which operation runs next, when more are asked for than the database has connections.

At most `total` operations run at once. One token runs at most `per_token` of them and one tenant at most `per_tenant`,
so that whoever sends a hundred at once still leaves connections to the others. Who finds no room waits in the queue
of his own token; whenever an operation ends, the queues are asked in turn, and the first whose caps allow it goes
next. So a token with a thousand operations waiting is served as often as one that waits with a single operation.

Without a crowd a turn costs two dictionary look-ups and no task switch.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import NamedTuple

from yuanluo_graphql.budgets import rate_limited

__all__ = ["Admission"]


class _Waiting(NamedTuple):
    ready: asyncio.Future[None]
    tenant: Hashable


class Admission:
    """The turns of one process."""

    def __init__(self, total: int, per_token: int, per_tenant: int, waiting: int) -> None:
        self.total = total
        self.per_token = per_token
        self.per_tenant = per_tenant
        self.most_waiting = waiting
        self.running = 0
        self._of_token: dict[Hashable, int] = {}
        self._of_tenant: dict[Hashable, int] = {}
        self._queues: OrderedDict[Hashable, deque[_Waiting]] = OrderedDict()

    @classmethod
    def over(cls, connections: int, waiting: int) -> Admission:
        """Return turns for so many connections: a third of them for one token, two thirds for one tenant."""
        return cls(connections, max(1, connections // 3), max(1, connections * 2 // 3), waiting)

    def enter_at_once(self, token: Hashable, tenant: Hashable) -> bool:
        """Whether there is room now; `leave` must follow then."""
        if token in self._queues or not self._has_room(token, tenant):
            return False
        self._take(token, tenant)
        return True

    def leave(self, token: Hashable, tenant: Hashable) -> None:
        """Let the next ones in."""
        self.running -= 1
        for counts, key in ((self._of_token, token), (self._of_tenant, tenant)):
            if counts[key] == 1:
                del counts[key]
            else:
                counts[key] -= 1
        if self._queues:
            self._call_next()

    @property
    def waiting(self) -> int:
        """How many operations wait."""
        return sum(map(len, self._queues.values()))

    def _has_room(self, token: Hashable, tenant: Hashable) -> bool:
        return (
            self.running < self.total
            and self._of_token.get(token, 0) < self.per_token
            and self._of_tenant.get(tenant, 0) < self.per_tenant
        )

    def _take(self, token: Hashable, tenant: Hashable) -> None:
        self.running += 1
        self._of_token[token] = self._of_token.get(token, 0) + 1
        self._of_tenant[tenant] = self._of_tenant.get(tenant, 0) + 1

    def _call_next(self) -> None:
        """Give every free place to the queue whose turn it is."""
        while self.running < self.total:
            for token in list(self._queues):
                waiting = self._first(token)
                if waiting is not None and self._has_room(token, waiting.tenant):
                    break
            else:
                return
            queue = self._queues[token]
            queue.popleft()
            if queue:
                self._queues.move_to_end(token)
            else:
                del self._queues[token]
            self._take(token, waiting.tenant)
            waiting.ready.set_result(None)

    def _first(self, token: Hashable) -> _Waiting | None:
        """Return who waits longest for this token; those who gave up meanwhile are dropped."""
        queue = self._queues[token]
        while queue and queue[0].ready.done():
            queue.popleft()
        if queue:
            return queue[0]
        del self._queues[token]
        return None

    def _forget(self, token: Hashable, waiting: _Waiting) -> None:
        """Drop who waits no longer: he takes no place in the queue from others."""
        queue = self._queues.get(token)
        if queue is not None and waiting in queue:
            queue.remove(waiting)
            if not queue:
                del self._queues[token]

    async def enter(self, token: Hashable, tenant: Hashable) -> None:
        """Return when it is this token's turn; `leave` must follow. Refuse it where too many wait already."""
        if self.enter_at_once(token, tenant):
            return
        queue = self._queues.get(token)
        if queue is None:
            queue = self._queues[token] = deque()
        elif len(queue) >= self.most_waiting:
            raise rate_limited(
                1,
                f"本令牌已有 {len(queue)} 个查询在等待,",
                f"{len(queue)} operations of this token are waiting already",
            )
        waiting = _Waiting(asyncio.get_running_loop().create_future(), tenant)
        queue.append(waiting)
        try:
            await waiting.ready
        except BaseException:
            if waiting.ready.cancelled():
                self._forget(token, waiting)
            else:  # its turn came while it was being cancelled
                self.leave(token, tenant)
            raise
