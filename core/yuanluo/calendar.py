"""Periods and working days as Chinese law counts them.

The holiday table is the State Council's yearly notice, as packaged by `chinesecalendar`. It reaches as far as the
last notice the package knew (`has_notice`). In other years Saturday and Sunday are rest days and nothing else is: the
answers stay usable, but a due date there is provisional and may move once the notice is out. Callers that print a
due date ask `has_notice` and say so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final, Protocol, cast

__all__ = ["add_days", "add_workdays", "has_notice", "is_workday"]


class _Notices(Protocol):
    """What is used of `chinese_calendar.constants`, which ships no types: day → name of the festival."""

    holidays: Mapping[dt.date, str]
    workdays: Mapping[dt.date, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """The days of which the notices speak, and their years."""

    holidays: frozenset[dt.date]
    workdays: frozenset[dt.date]
    years: frozenset[int]


@cache
def _known() -> _Known:
    """Read the table on first use: a server whose courtyards count no working days does without."""
    notices = cast("_Notices", import_module("chinese_calendar.constants"))
    holidays = frozenset(notices.holidays)
    return _Known(holidays, frozenset(notices.workdays), frozenset(day.year for day in holidays))


_SATURDAY: Final = 5
_LONGEST_REST: Final = 30


def has_notice(year: int) -> bool:
    """Return whether the holidays and make-up working days of `year` are known, not merely its weekends."""
    return year in _known().years


def is_workday(day: dt.date) -> bool:
    """Return whether `day` is a working day: make-up working days count, holidays do not (国务院节假日安排)."""
    known = _known()
    if day in known.holidays:
        return False
    return day in known.workdays or day.weekday() < _SATURDAY


def add_days(day: dt.date, n: int, *, workday_end: bool = True) -> dt.date:
    """Return the last day of a period of `n` days beginning with the event of `day` (民法典 201, 203).

    The first day is not counted. With `workday_end`, a last day that is a rest day moves to the next working day.
    """
    last = day + dt.timedelta(days=n)
    if not workday_end:
        return last
    for _ in range(_LONGEST_REST):
        if is_workday(last):
            break
        last += dt.timedelta(days=1)
    return last


def add_workdays(day: dt.date, n: int) -> dt.date:
    """Return the `n`-th working day after `day`; `day` itself is not counted (民法典 201)."""
    last = day
    left = n
    while left > 0:
        last += dt.timedelta(days=1)
        left -= is_workday(last)
    return last
