"""What bounds work, so that a verdict is the same on a quiet machine and on one that stands still now and then.

Calls are counted where work could grow faster than what it is done on; processor seconds are taken where the growth
would be inside of C, against bounds that leave room for a machine several times slower. The clock decides nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

__all__ = ["PATIENCE", "processor_seconds", "steps"]

PATIENCE: Final = 600.0
"""Seconds to wait for what must come before a test gives up: no bound on anything, however slow the machine is."""


class _TooMany(BaseException):
    """More than may be: no `except Exception` on the way keeps it from ending the work."""


def steps(work: Callable[[], object], most: int = sys.maxsize) -> int:
    """Return how many functions `work` calls in this thread, of Python and of C; it is ended where they are too many."""
    made = 0

    def note(_frame: FrameType, happened: str, _about: Any) -> None:
        nonlocal made
        if happened in ("call", "c_call"):
            made += 1
            if made > most:
                raise _TooMany

    sys.setprofile(note)
    try:
        work()
    except _TooMany as many:
        raise AssertionError(f"more than {most} calls") from many
    finally:
        sys.setprofile(None)
    return made


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds that `work` takes in this process."""
    began = time.process_time()
    work()
    return time.process_time() - began
