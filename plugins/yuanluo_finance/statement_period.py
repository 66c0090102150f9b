"""The month or quarter that the title of a statement names (`domain.md` §5, rule N12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from yuanluo.sheets import PartialDate

__all__ = ["Period", "period_in_title", "year_in_title"]

_MONTHS_OF_QUARTER: Final = 3
_NOT_A_PERIOD: Final = re.compile(r"(?:公示|填报|制表|制单|打印|编制|填表|公布|截止)(?:日期?|时间)")
_YEAR: Final = r"(?P<year>[12][0-9]{3})(?:年度?|[.\-/])"
_TO: Final = r"起?[-—–~至到]+"
_DAY: Final = r"[月.\-/][0-9]{1,2}日?"
_QUARTER: Final = re.compile(
    r"(?<![0-9])(?P<year>[12][0-9]{3})(?:年度?|[.\-/])?第?(?:(?P<quarter>[一二三四1-4])季度?|[Qq](?P<q>[1-4]))"
)
_RANGE: Final = re.compile(
    rf"{_YEAR}(?P<month>[0-9]{{1,2}})(?:{_DAY}|月?份?)(?:{_TO}|(?:、[0-9]{{1,2}}月?)*[、和])"
    rf"(?:(?P<to>[12][0-9]{{3}})[年.\-/])?(?P<last>[0-9]{{1,2}})(?(to)(?![0-9])|(?:月|(?={_DAY}(?![0-9]))))"
)
_DAYS: Final = re.compile(rf"{_YEAR}(?P<month>[0-9]{{1,2}}){_DAY}{_TO}[0-9]{{1,2}}(?:日|(?![0-9.\-/月]))")
_MONTH: Final = re.compile(rf"{_YEAR}(?P<month>[0-9]{{1,2}})(?:月(?!份?[0-9]{{1,2}}日)|(?![0-9.\-/日月]))")
_ANY_YEAR: Final = re.compile(r"([12][0-9]{3})年")
_CHINESE_DIGITS: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE_YEAR: Final = re.compile(r"[一二][〇○零一二三四五六七八九]{3}(?=年)")
_MONTH_WORDS: Final = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_CHINESE_MONTH: Final = re.compile(rf"(?<=[年至到—–~-])(?:{'|'.join(reversed(_MONTH_WORDS))})(?=[月至到—–~-])")
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter of a year."""

    year: int
    month: int | None = None
    quarter: int | None = None

    @property
    def text(self) -> str:
        """`2026-10` or `2026-Q3`."""
        return f"{self.year}-Q{self.quarter}" if self.quarter else f"{self.year}-{self.month:02}"

    def contains(self, date: PartialDate) -> bool:
        """Return whether `date` lies in the period, as far as its precision tells."""
        if date.year != self.year or date.month is None:
            return date.year == self.year
        if self.quarter:
            return (date.month - 1) // _MONTHS_OF_QUARTER + 1 == self.quarter
        return date.month == self.month


def period_in_title(title: str) -> Period | None:
    """Return the month or quarter that a title names; the date of posting or printing is none."""
    title = _about(title)
    if found := _QUARTER.search(title):
        mark = found["quarter"] or found["q"]
        return Period(int(found["year"]), quarter=_QUARTERS.get(mark) or int(mark))
    if found := _RANGE.search(title):
        year = int(found["year"])
        return _span(year, int(found["month"]), int(found["last"])) if found["to"] in (None, found["year"]) else None
    if found := (_DAYS.search(title) or _MONTH.search(title)):
        month = int(found["month"])
        return Period(int(found["year"]), month) if 1 <= month <= 12 else None
    return None


def year_in_title(title: str) -> int | None:
    """Return the year a title is about, from its period or from its words alone."""
    if period := period_in_title(title):
        return period.year
    found = _ANY_YEAR.search(_about(title))
    return int(found.group(1)) if found else None


def _about(title: str) -> str:
    """Return the part of a title before any date of posting or printing, year and month in Arabic digits."""
    title = _NOT_A_PERIOD.split(title, maxsplit=1)[0]
    title = _CHINESE_YEAR.sub(lambda found: found.group().translate(_CHINESE_DIGITS), title)
    return _CHINESE_MONTH.sub(lambda found: str(_MONTH_WORDS.index(found.group()) + 1), title)


def _span(year: int, first: int, last: int) -> Period | None:
    if first == last and 1 <= first <= 12:
        return Period(year, first)
    if last - first == _MONTHS_OF_QUARTER - 1 and first in (1, 4, 7, 10):
        return Period(year, quarter=last // _MONTHS_OF_QUARTER)
    return None
