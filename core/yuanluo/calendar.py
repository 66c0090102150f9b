"""Periods and working days as Chinese law counts them.

The holiday table is the State Council's yearly notice, as packaged by `chinesecalendar`. It reaches as far as the
last notice the package knew (`has_notice`). In other years Saturday and Sunday are rest days and nothing else is: the
answers stay usable, but a due date there is provisional and may move once the notice is out. Callers that print a
due date ask `has_notice` and say so.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final, Protocol, cast

from yuanluo.clock import SHANGHAI
from yuanluo_tenants.errors import Invalid

__all__ = [
    "LONGEST_WORKDAYS",
    "Backdated",
    "DateInFuture",
    "PeriodTooLong",
    "add_days",
    "add_workdays",
    "check_moment_not_future",
    "check_not_backdated",
    "check_not_far",
    "check_not_future",
    "day_of_filing",
    "has_notice",
    "is_partial_date",
    "is_workday",
]


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
    off_weekdays: tuple[int, ...]
    """The ordinals of holidays that are no weekend, in order."""
    on_weekends: tuple[int, ...]
    """The ordinals of working days on a weekend, in order."""


@cache
def _known() -> _Known:
    """Read the table on first use: a server whose courtyards count no working days does without."""
    notices = cast("_Notices", import_module("chinese_calendar.constants"))
    holidays = frozenset(notices.holidays)
    workdays = frozenset(notices.workdays) - holidays
    return _Known(
        holidays,
        workdays,
        frozenset(day.year for day in holidays),
        tuple(sorted(day.toordinal() for day in holidays if day.weekday() < _SATURDAY)),
        tuple(sorted(day.toordinal() for day in workdays if day.weekday() >= _SATURDAY)),
    )


_PARTIAL: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_SATURDAY: Final = 5
_LONGEST_REST: Final = 30
LONGEST_WORKDAYS: Final = 9_999
"""The longest period in working days, some forty years: no law or ledger says a longer one."""
_FARTHEST_YEARS: Final = 10


def is_partial_date(text: str) -> bool:
    """Return whether `text` is a date that there is, known to the year, month or day: 1958, 1958-07 or 1958-07-02."""
    if not _PARTIAL.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


class DateInFuture(Invalid):
    """What is recorded has happened already, so its day has come; what is only planned has fields of its own."""

    code = "DATE_FUTURE"
    rule = "N7"
    next_zh = "请核对日期;尚未发生的事,请待发生后再登记。"
    next_en = "Check the date; record what has not happened yet once it has."

    def __init__(self, said: str, field: str, *, rule: str | None = None) -> None:
        super().__init__(
            f"{said} 晚于今天,只能登记已发生的事。",
            f"{said} lies in the future; only what has happened is recorded.",
            field=field,
            rule=rule,
        )


class PeriodTooLong(Invalid):
    """A period in working days is longer than any that there is, and may end where no calendar reaches."""

    code = "PERIOD_TOO_LONG"
    rule = "domain C12"

    def __init__(self, workdays: int) -> None:
        super().__init__(
            f"期限为 {workdays} 个工作日,超过最长的 {LONGEST_WORKDAYS} 个工作日。",
            f"a period of {workdays} working days is longer than the longest, {LONGEST_WORKDAYS}.",
        )


def check_not_future(day: dt.date | str | None, today: dt.date, field: str, *, rule: str | None = None) -> None:
    """Raise DateInFuture if `day` is after `today`; a partial date is compared at its own precision (N7).

    For what has happened: a birth, a voucher, somebody's last day in office. `rule` says which rule asks for it,
    N7 unless given.
    """
    if day is None:
        return
    said = day if isinstance(day, str) else day.isoformat()
    if said > today.isoformat()[: len(said)]:
        raise DateInFuture(said, field, rule=rule)


def check_not_far(day: dt.date | None, today: dt.date, field: str, *, rule: str | None = None) -> None:
    """Raise Invalid if `day` lies more than ten years ahead, for what may begin or end later than today.

    No term, grant or order reaches further: 9999-12-31 is said by leaving the day out.
    """
    if day is not None and day.year > today.year + _FARTHEST_YEARS:
        raise Invalid(
            f"{day} 距今超过 {_FARTHEST_YEARS} 年,请核对;没有期限的请不填。",
            f"{day} lies more than {_FARTHEST_YEARS} years ahead; leave it out where there is no end.",
            field=field,
            code="DATE_TOO_FAR",
            rule=rule,
        )


def check_moment_not_future(
    moment: dt.datetime | None, now: dt.datetime, field: str, *, rule: str | None = None
) -> None:
    """Raise DateInFuture if `moment` is after `now`; both say their offset from UTC."""
    if moment is not None and moment > now:
        raise DateInFuture(moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"), field, rule=rule)


class Backdated(Invalid):
    """A period that protects somebody runs from the day on which its beginning is filed, never from one before (K1)."""

    code = "BACKDATED"
    rule = "K1"
    next_zh = "请不填日期,以登记当日为准;此前在纸面上办结的,请用“登记既有”类操作并附凭据。"
    next_en = "Leave the day out: it is the day of filing. Register with its evidence what was done on paper before."

    def __init__(self, said: dt.date, today: dt.date, field: str, *, rule: str | None = None) -> None:
        super().__init__(
            f"{said} 早于登记当日 {today},不能倒签日期。",
            f"{said} is before the day of filing, {today}; it cannot be dated back.",
            field=field,
            rule=rule,
        )


def check_not_backdated(day: dt.date, today: dt.date, field: str, *, rule: str | None = None) -> None:
    """Raise Backdated if `day` is before `today`, for the first day of what may begin today at the earliest (K1)."""
    if day < today:
        raise Backdated(day, today, field, rule=rule)


def day_of_filing(said: dt.date | None, today: dt.date, field: str, *, rule: str | None = None) -> dt.date:
    """Return the day of an act that is filed today; a caller who says another day is refused (K1).

    For what starts, ends or keeps a term that protects somebody: a consultation, a closing, a publication. Raise
    Backdated for a day before, DateInFuture for one that has not come.
    """
    if said is not None:
        check_not_future(said, today, field, rule=rule)
        check_not_backdated(said, today, field, rule=rule)
    return today


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
    """Return the `n`-th working day after `day`; `day` itself is not counted (民法典 201).

    However far it lies, it takes some twenty looks at the calendar. Raise PeriodTooLong for more than
    `LONGEST_WORKDAYS`.
    """
    if n > LONGEST_WORKDAYS:
        raise PeriodTooLong(n)
    if n <= 0:
        return day
    last = day.toordinal() + 2 * n + _LONGEST_REST
    wanted = _workdays_until(day.toordinal()) + n
    found = bisect_left(range(day.toordinal(), last), wanted, key=_workdays_until)
    return dt.date.fromordinal(day.toordinal() + found)


def _workdays_until(ordinal: int) -> int:
    """Return how many working days there are from the first day of the calendar, a Monday, to a day, included."""
    known = _known()
    weeks, rest = divmod(ordinal, 7)
    by_week = _SATURDAY * weeks + min(rest, _SATURDAY)
    return by_week - bisect_right(known.off_weekdays, ordinal) + bisect_right(known.on_weekends, ordinal)
