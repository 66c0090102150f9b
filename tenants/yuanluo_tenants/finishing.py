"""Work that is done to its end although nobody waits for it any more.

Whoever waits may be cancelled at every `await`: a client leaves, a deadline passes, the server stops. What others
share must not be left half-way by it, so such work is a task of its own, which goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ["seen_through", "stop_all"]

T = TypeVar("T")


async def seen_through(work: Awaitable[T]) -> T:
    """Await `work` to its end, however often the waiting task is cancelled; its cancellation is raised after that."""
    working = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([working])
        if not working.cancelled():
            working.exception()  # seen: whoever was cancelled has no use for it
        raise


async def stop_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel `tasks` and return when every one has ended; how each did is for its owner to ask."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await seen_through(asyncio.wait(running))
