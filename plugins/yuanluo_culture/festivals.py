"""FestivalCalendar: festivals are computed from rules, never typed (`domain.md` §3.4, A15).

Three rules exist: a day of the lunar calendar, a solar term, and a fixed day of the civil calendar. A leap
month repeats the number of the month before it (2025 闰六月, 2028 闰五月); a festival is only ever in the
first of the two.

The plan of a year begins with New Year's Eve (除夕) before that year's Spring Festival and ends with the Laba
festival (腊八) of the lunar year that then began, which falls into the next January or so.
`festivals_between` asks by civil days instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

__all__ = ["FIRST_YEAR", "LAST_YEAR", "Festival", "FestivalKind", "festivals", "festivals_between"]

FIRST_YEAR, LAST_YEAR = 1901, 2099


class FestivalKind(Enum):
    """By which rule a festival finds its day."""

    LUNAR = "LUNAR"
    """A day of the lunar calendar (农历)."""
    SOLAR_TERM = "SOLAR_TERM"
    """A solar term (节气)."""
    CIVIL = "CIVIL"
    """A fixed day of the civil calendar (公历)."""


@dataclass(frozen=True, slots=True)
class Festival:
    """One festival of one year's plan."""

    code: str
    zh: str
    en: str
    day: dt.date
    kind: FestivalKind

    @property
    def natural_key(self) -> tuple[dt.date, str]:
        """The order of a plan: by day, then by code."""
        return self.day, self.code


_LUNAR: tuple[tuple[str, str, str, int, int], ...] = (
    ("SPRING_FESTIVAL", "春节", "Spring Festival", 1, 1),
    ("LANTERN_FESTIVAL", "元宵", "Lantern Festival", 1, 15),
    ("DRAGON_BOAT", "端午", "Dragon Boat Festival", 5, 5),
    ("QIXI", "七夕", "Qixi Festival", 7, 7),
    ("MID_AUTUMN", "中秋", "Mid-Autumn Festival", 8, 15),
    ("DOUBLE_NINTH", "重阳", "Double Ninth, the Day of the Elderly", 9, 9),
    ("LABA", "腊八", "Laba Festival", 12, 8),
)

_TERMS: tuple[tuple[str, str, str], ...] = (
    ("QINGMING", "清明", "Qingming, Tomb-Sweeping Day"),
    ("WINTER_SOLSTICE", "冬至", "Winter Solstice"),
)

_CIVIL: tuple[tuple[str, str, str, int, int], ...] = (
    ("LEI_FENG_DAY", "学雷锋纪念日", "Learn-from-Lei-Feng Day", 3, 5),
    ("LABOUR_DAY", "劳动节", "Labour Day", 5, 1),
    ("CHILDRENS_DAY", "儿童节", "Children's Day", 6, 1),
    ("PARTY_FOUNDING_DAY", "建党节", "Party Founding Day", 7, 1),
    ("ARMY_DAY", "建军节", "Army Day", 8, 1),
    ("NATIONAL_DAY", "国庆节", "National Day", 10, 1),
    ("CONSTITUTION_DAY", "国家宪法日", "Constitution Day", 12, 4),
    ("VOLUNTEER_DAY", "国际志愿者日", "International Volunteer Day", 12, 5),
)


def festivals(year: int) -> list[Festival]:
    """Return the festival plan of `year` (1901-2099), by day.

    除夕 is the day before that year's 春节, whether the month before it had 29 or 30 days; 腊八 is that of
    the lunar year begun by that 春节 and so usually falls in the next January. Raise ValueError for a year
    outside the range.
    """
    return list(_plan(year))


def festivals_between(first: dt.date, last: dt.date) -> list[Festival]:
    """Return the festivals that fall on the civil days `first` to `last`, both included, by day."""
    plans = (_plan(year) for year in range(max(first.year - 1, FIRST_YEAR), last.year + 1))
    found = (festival for plan in plans for festival in plan if first <= festival.day <= last)
    return sorted(found, key=_by_day)


@lru_cache(maxsize=64)
def _plan(year: int) -> tuple[Festival, ...]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"no festival plan for {year}: ask for a year from {FIRST_YEAR} to {LAST_YEAR}")
    plan = [
        Festival(code, zh, en, _lunar_day(year, month, day), FestivalKind.LUNAR) for code, zh, en, month, day in _LUNAR
    ]
    eve = _lunar_day(year, 1, 1) - dt.timedelta(days=1)
    plan.append(Festival("NEW_YEARS_EVE", "除夕", "New Year's Eve", eve, FestivalKind.LUNAR))
    plan.extend(Festival(code, zh, en, _term_day(year, zh), FestivalKind.SOLAR_TERM) for code, zh, en in _TERMS)
    plan.extend(
        Festival(code, zh, en, dt.date(year, month, day), FestivalKind.CIVIL) for code, zh, en, month, day in _CIVIL
    )
    return tuple(sorted(plan, key=_by_day))


def _by_day(festival: Festival) -> tuple[dt.date, str]:
    return festival.natural_key


class _Solar(Protocol):
    """The part of lunar_python's Solar (a civil day) that is used; the library ships no types."""

    def getYear(self) -> int: ...  # noqa: N802 - its spelling

    def getMonth(self) -> int: ...  # noqa: N802 - its spelling

    def getDay(self) -> int: ...  # noqa: N802 - its spelling

    def getLunar(self) -> _Lunar: ...  # noqa: N802 - its spelling


class _Lunar(Protocol):
    """The part of lunar_python's Lunar (a lunar day) that is used."""

    def getSolar(self) -> _Solar: ...  # noqa: N802 - its spelling

    def getJieQiTable(self) -> Mapping[str, _Solar]: ...  # noqa: N802 - its spelling


class _LunarDays(Protocol):
    def fromYmd(self, year: int, month: int, day: int, /) -> _Lunar: ...  # noqa: N802 - its spelling


class _SolarDays(Protocol):
    def fromYmd(self, year: int, month: int, day: int, /) -> _Solar: ...  # noqa: N802 - its spelling


class _LunarPython(Protocol):
    Lunar: _LunarDays
    Solar: _SolarDays


def _library() -> _LunarPython:
    """Import lunar_python on first use: it takes 65 ms, which a server start need not spend."""
    return cast("_LunarPython", import_module("lunar_python"))


def _lunar_day(lunar_year: int, month: int, day: int) -> dt.date:
    """Return the civil day of a lunar one; a positive month number is never the leap month."""
    return _civil(_library().Lunar.fromYmd(lunar_year, month, day).getSolar())


def _term_day(year: int, term: str) -> dt.date:
    """Return the civil day of a solar term in the civil `year`.

    The table of a lunar year begins with the winter solstice before it and carries the one at its end under a
    second key, so the term is taken by its year rather than by its key.
    """
    table = _library().Solar.fromYmd(year, 7, 1).getLunar().getJieQiTable()
    keys = (term, "DONG_ZHI") if term == "冬至" else (term,)
    return next(day for key in keys if (day := _civil(table[key])).year == year)


def _civil(solar: _Solar) -> dt.date:
    return dt.date(solar.getYear(), solar.getMonth(), solar.getDay())
