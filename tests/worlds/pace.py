"""How much slower this machine is just now than the one of the goals, so that bounds in seconds mean the same on both.

A shared machine does the same work in one second and, a minute later, in three. A goal such as "under 250 ms" is one of
a quiet machine; a test that keeps it stretches the bound by what a fixed piece of work takes longer at that moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

__all__ = ["PATIENCE", "pace", "processor_seconds", "takes_less"]

PATIENCE: Final = 120.0
"""Seconds to wait for what must come before a test gives up: no bound on anything, however slow the machine is."""
QUIET: Final = 0.007
"""Seconds of processor that the work takes at a quiet moment: the least of some hundred readings of 2026-11-29."""
SLOWEST: Final = 4.0
"""A machine that is slower still is too slow to tell anything: no bound is stretched further."""


def pace() -> float:
    """Return by what to multiply a bound in seconds: 1 on a quiet machine, 2 on one half as fast, 4 at most."""
    return min(max(min(_work() for _ in range(3)) / QUIET, 1.0), SLOWEST)


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds that `work` takes here and now."""
    began = time.process_time()
    work()
    return time.process_time() - began


def takes_less(work: Callable[[], object], seconds: float, *, tries: int = 10) -> bool:
    """Return whether one of `tries` takes fewer than so many processor seconds of a quiet machine.

    Who shares the machine can make any one try slow, its processor seconds too; work that is too much is slow each time.
    """
    return any(processor_seconds(work) < seconds * pace() for _ in range(tries))


def _work() -> float:
    began = time.process_time()
    words = {str(number): number for number in range(20_000)}
    text = ",".join(sorted(words, reverse=True))
    assert sum(words[each] for each in text.split(",")) == 199_990_000
    return time.process_time() - began
