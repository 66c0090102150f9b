"""A month as the books know it: `2026-10`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from yuanluo import Invalid
from yuanluo.calendar import is_partial_date

__all__ = ["Month", "months_of"]

_QUARTER: Final = re.compile(r"([0-9]{4})-Q([1-4])")
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; months compare by time."""

    year: int
    number: int

    @classmethod
    def of(cls, day: dt.date) -> Month:
        """Return the month of `day`."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `2026-10`, or a partial date that names at least a month; raise Invalid otherwise."""
        if not is_partial_date(text) or len(text) < len("2026-10"):
            raise Invalid(
                f"“{text}”不是月份,应如 2026-10。",
                f"{text!r} is no month such as 2026-10.",
                field="month",
                code="MONTH_FORM",
                rule="F9",
            )
        return cls(int(text[:4]), int(text[5:7]))

    @property
    def code(self) -> str:
        """The month as it is stored: `2026-10`."""
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, self.number, 1)

    @property
    def last_day(self) -> dt.date:
        """Its last day."""
        return self.next.first_day - dt.timedelta(days=1)

    @property
    def year_last_day(self) -> dt.date:
        """The last day of its year."""
        return dt.date(self.year, _DECEMBER, 31)

    @property
    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + 1, 1) if self.number == _DECEMBER else Month(self.year, self.number + 1)

    @property
    def previous(self) -> Month:
        """The month before it."""
        return Month(self.year - 1, _DECEMBER) if self.number == 1 else Month(self.year, self.number - 1)


def months_of(period: str) -> tuple[Month, ...]:
    """Return the months of a statement's period: one for `2026-10`, three for `2026-Q3`."""
    quarter = _QUARTER.fullmatch(period)
    if quarter is None:
        return (Month.parse(period),)
    first = Month(int(quarter[1]), int(quarter[2]) * 3 - 2)
    return first, first.next, first.next.next
