"""Time as an argument: a clock is passed in, days are those of Asia/Shanghai."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

__all__ = ["SHANGHAI", "Clock", "day_in_shanghai", "fixed_clock", "system_clock"]

Clock = Callable[[], dt.datetime]
"""Returns the present moment as an aware UTC datetime."""

SHANGHAI: Final = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
"""China's one civil time; without daylight saving since 1991, so a fixed offset says it all."""


def system_clock() -> dt.datetime:
    """Return the present moment of this computer in UTC."""
    return dt.datetime.now(dt.UTC)


def fixed_clock(moment: dt.datetime | dt.date) -> Clock:
    """Return a clock that stands at `moment`; a day stands at noon in Shanghai."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time(12), SHANGHAI)
    standing = moment.astimezone(dt.UTC)
    return lambda: standing


def day_in_shanghai(moment: dt.datetime) -> dt.date:
    """Return the calendar day of `moment` in Shanghai."""
    return moment.astimezone(SHANGHAI).date()
