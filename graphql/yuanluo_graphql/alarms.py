"""Alarms that nearly never ring: one timer of the event loop for all of them, instead of one for each request."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

__all__ = ["Alarms", "Ringing"]

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
        while self._due:
            owner, due = next(iter(self._due.items()))
            if due > now:
                break
            del self._due[owner]
            owner.ring()
        if self._due and self._loop is not None:
            self._loop.call_later(self._tick, self._look)
        else:
            self._loop = None
