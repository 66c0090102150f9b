"""Work that is done to its end although nobody waits for it any more.

Whoever waits may be cancelled at every `await`: a client leaves, a deadline passes, the server stops. What others
share must not be left half-way by it, so such work is a task of its own, which goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["seen_through"]

T = TypeVar("T")


async def seen_through(work: Awaitable[T]) -> T:
    """Await `work` to its end, however often the waiting task is cancelled; its cancellation is raised after that."""
    working = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not working.done():
        try:
            await asyncio.wait([working])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and not working.cancelled():
        working.exception()  # seen: whoever was cancelled has no use for it
        raise cancelled
    return working.result()
