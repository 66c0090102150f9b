"""How much slower this machine is just now than a quiet one, so that figures of different days can be read together."""

from __future__ import annotations

import time
from typing import Final

__all__ = ["slower"]

QUIET: Final = 0.007
"""Seconds of processor that the work takes at a quiet moment: the least of some hundred readings of 2026-11-29."""


def slower() -> float:
    """Return how many times as long a fixed piece of work takes now as on a quiet machine."""
    return min(_work() for _ in range(3)) / QUIET


def _work() -> float:
    began = time.process_time()
    words = {str(number): number for number in range(20_000)}
    text = ",".join(sorted(words, reverse=True))
    assert sum(words[each] for each in text.split(",")) == 199_990_000
    return time.process_time() - began
