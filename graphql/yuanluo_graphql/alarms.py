"""Alarms that nearly never ring: one timer of the event loop for all of them, instead of one for each request."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

__all__ = ["Alarms", "Deadline", "Ringing"]

_TICK = 0.05


class Ringing(Protocol):
    """What is told when its time is over."""

    def ring(self) -> None:
        """Take notice."""
        ...


class Alarms:
    """Rings for whoever is still there after `seconds`, at most a tick late.

    All have the same delay, so they are due in the order in which they were set.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._tick = min(_TICK, seconds / 4)
        self._due: dict[Ringing, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def set(self, owner: Ringing) -> None:
        """Ring for `owner` unless `stop` comes first."""
        self._due[owner] = time.monotonic() + self._seconds
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.get_running_loop()
            self._loop.call_later(self._tick, self._look)

    def stop(self, owner: Ringing) -> None:
        """Ring no more for `owner`."""
        self._due.pop(owner, None)

    def _look(self) -> None:
        now = time.monotonic()
        try:
            while self._due:
                owner, due = next(iter(self._due.items()))
                if due > now:
                    break
                del self._due[owner]
                owner.ring()
        finally:  # one who cannot be told does not keep the others from being told
            if self._due and self._loop is not None:
                self._loop.call_later(self._tick, self._look)
            else:
                self._loop = None


class Deadline:
    """Cancels the task that made it when it rings; in effect `asyncio.timeout`, without a timer of its own."""

    __slots__ = ("_cancelled_before", "_rang", "_task")

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._rang = False
        self._cancelled_before = task.cancelling()

    def ring(self) -> None:
        """Cancel the task."""
        self._rang = True
        self._task.cancel()

    def was_it(self) -> bool:
        """Whether the task was cancelled by this deadline and by nobody else."""
        return self._rang and self._task.uncancel() <= self._cancelled_before
