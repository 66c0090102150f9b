"""How much slower this machine is just now than the one of the goals, so that bounds in seconds mean the same on both.

A shared machine does the same work in one second and, a minute later, in three. A goal such as "under 250 ms" is one of
a quiet machine; a test that keeps it stretches the bound by what a fixed piece of work takes longer at that moment.
"""

from __future__ import annotations

import time
from typing import Final

__all__ = ["pace"]

QUIET: Final = 0.007
"""Seconds of processor that the work takes at a quiet moment: the least of some hundred readings of 2026-11-29."""
SLOWEST: Final = 4.0
"""A machine that is slower still is too slow to tell anything: no bound is stretched further."""


def pace() -> float:
    """Return by what to multiply a bound in seconds: 1 on a quiet machine, 2 on one half as fast, 4 at most."""
    return min(max(min(_work() for _ in range(3)) / QUIET, 1.0), SLOWEST)


def _work() -> float:
    began = time.process_time()
    words = {str(number): number for number in range(20_000)}
    text = ",".join(sorted(words, reverse=True))
    assert sum(words[each] for each in text.split(",")) == 199_990_000
    return time.process_time() - began
