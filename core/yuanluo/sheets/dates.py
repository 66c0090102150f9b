"""Dates as clerks write them, with the precision they wrote (rule N7).

A date is often only "1958.07": it is kept as year and month, and no day is invented. Comparisons are made at the
coarser of two precisions; equal there means neither is earlier.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, code, decimal_text, shown
from yuanluo.sheets.readings import Reading

__all__ = ["DateReading", "PartialDate", "find_date", "read_date"]

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100
_SERIALS: Final = range(20_000, 60_001)
_EPOCH_1900: Final = dt.date(1899, 12, 30)
_EPOCH_1904: Final = dt.date(1904, 1, 1)

_FULL: Final = re.compile(r"([0-9]{4})[.\-/年]([0-9]{1,2})(?:[.\-/月]([0-9]{1,2})[日号]?|月?)")
_PACKED: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")
_YEAR: Final = re.compile(r"([0-9]{4})年?")
_MONTH_DAY: Final = re.compile(r"([0-9]{1,2})月([0-9]{1,2})[日号]?")
_SHORT_YEAR: Final = re.compile(
    r"['’]?[0-9]{2}(?:年?|[.\-/年][0-9]{1,2}(?:[.\-/月][0-9]{1,2}[日号]?|月?))"
    r"|[0-9][.\-/][0-9]{1,2}(?:[.\-/][0-9]{1,2})?"
)
_YEAR_LAST: Final = re.compile(r"[0-9]{1,2}[.\-/][0-9]{1,2}[.\-/][0-9]{4}")
_SHORT_PACKED: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})")
_TIME: Final = re.compile(r"(?<=[0-9日号])[T\s]+[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2}(?:\.[0-9]+)?)?\s*$")
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_PARTED: Final = re.compile(r"\d\s+\d")
_SERIAL: Final = re.compile(r"[2-6][0-9]{4}(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A year, a month of a year, or a day: as much as is known."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def of(cls, day: dt.date) -> PartialDate:
        """Return `day` at full precision."""
        return cls(day.year, day.month, day.day)

    @property
    def iso(self) -> str:
        """The ISO text of what is known: 1958, 1958-07 or 1958-07-02."""
        return "-".join((f"{self.year:04}", *(f"{part:02}" for part in self._parts[1:])))

    @property
    def full(self) -> dt.date | None:
        """The calendar day, if the day is known."""
        return None if self.month is None or self.day is None else dt.date(self.year, self.month, self.day)

    def is_before(self, other: PartialDate) -> bool:
        """Return whether this is earlier than `other`, at the coarser of the two precisions."""
        return self._common(other) < other._common(self)

    def agrees_with(self, other: PartialDate) -> bool:
        """Return whether both can be the same day, as far as is known."""
        return self._common(other) == other._common(self)

    def plus_years(self, years: int) -> PartialDate:
        """Return the same month and day `years` later; 29 February stays, as a bound to compare with."""
        return PartialDate(self.year + years, self.month, self.day)

    @property
    def _parts(self) -> tuple[int, ...]:
        return tuple(part for part in (self.year, self.month, self.day) if part is not None)

    def _common(self, other: PartialDate) -> tuple[int, ...]:
        return self._parts[: min(len(self._parts), len(other._parts))]


@dataclass(frozen=True, slots=True)
class DateReading(Reading[PartialDate]):
    """A date, what is wrong with it, and whether its year was assumed rather than written."""

    assumed_year: int | None = None


def read_date(cell: Cell, *, title_year: int | None = None, default_year: int, epoch_1904: bool = False) -> DateReading:
    """Read a date (N7); "M月D日" takes `title_year` silently, else `default_year` with a warning."""
    epoch = _EPOCH_1904 if epoch_1904 else _EPOCH_1900
    if isinstance(cell, dt.datetime):
        return _invalid() if _is_typed_year(cell, epoch) else _checked(cell.year, cell.month, cell.day)
    if isinstance(cell, bool | dt.time | CellError):
        return DateReading(None, "E_DATE_INVALID")
    if isinstance(cell, int | float):
        return _from_number(cell, epoch)
    written = _TIME.sub("", shown(cell))
    text = code(written)
    if text is None:
        return DateReading(None)
    if _PARTED.search(written):
        return _invalid()  # without its spaces 2026 1 1 would be November
    return _from_text(text.translate(_DASHES), title_year, default_year, epoch)


def find_date(text: str) -> PartialDate | None:
    """Return the date that `text` begins with, if any; `text` is already folded (N1)."""
    for pattern in (_FULL, _PACKED):
        if found := pattern.match(text):
            return _checked(*_numbers(found)).value
    return None


def _from_text(text: str, title_year: int | None, default_year: int, epoch: dt.date) -> DateReading:
    if found := (_FULL.fullmatch(text) or _YEAR.fullmatch(text)):
        return _checked(*_numbers(found))
    if found := _PACKED.fullmatch(text):
        reading = _checked(*_numbers(found))
        return _ambiguous_if_short(text) if reading.is_unreadable else reading
    if found := _MONTH_DAY.fullmatch(text):
        month, day = _numbers(found)
        reading = _checked(title_year or default_year, month, day)
        if title_year is not None or reading.is_unreadable:
            return reading
        return DateReading(reading.value, "W_DATE_YEAR_ASSUMED", default_year)
    if _SERIAL.fullmatch(text) and (date := _from_serial(float(text), epoch)):
        return DateReading(date)
    if _YEAR_LAST.fullmatch(text) or _SHORT_YEAR.fullmatch(text):
        return DateReading(None, "E_DATE_AMBIGUOUS")
    return DateReading(None, "E_DATE_INVALID")


def _from_number(number: float, epoch: dt.date) -> DateReading:
    if date := _from_serial(number, epoch):
        return DateReading(date)
    text = decimal_text(number)
    whole, _, fraction = text.partition(".")
    if not fraction:
        return _from_text(text, None, _FIRST_YEAR, epoch) if whole.isdigit() else _invalid()
    if len(whole) <= 2 and whole.isdigit() and len(fraction) <= 2:
        return DateReading(None, "E_DATE_AMBIGUOUS")
    if len(whole) != 4 or not whole.isdigit():
        return _invalid()
    if len(fraction) == 1:
        year = _checked(int(whole))
        return year if year.is_unreadable else DateReading(year.value, "W_DATE_FLOAT_MONTH")
    return _checked(int(whole), int(fraction)) if len(fraction) == 2 else _invalid()


def _from_serial(number: float, epoch: dt.date) -> PartialDate | None:
    if not _SERIALS[0] <= number <= _SERIALS[-1]:
        return None
    return PartialDate.of(epoch + dt.timedelta(days=int(number)))


def _is_typed_year(moment: dt.datetime, epoch: dt.date) -> bool:
    """Return whether a date cell holds a year: 2026 typed there shows as 18 July 1905, which nobody meant (N7)."""
    return _FIRST_YEAR <= (moment.date() - epoch).days <= _LAST_YEAR


def _ambiguous_if_short(digits: str) -> DateReading:
    """Six digits whose first four are no year, such as 850630, are a date with a two-digit year."""
    found = _SHORT_PACKED.fullmatch(digits)
    if found is None or _FIRST_YEAR <= int(digits[:4]) <= _LAST_YEAR:
        return _invalid()
    _, month, day = _numbers(found)
    is_date = 1 <= month <= 12 and 1 <= day <= 31
    return DateReading(None, "E_DATE_AMBIGUOUS") if is_date else _invalid()


def _checked(year: int, month: int | None = None, day: int | None = None) -> DateReading:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return _invalid()
    if month is not None and not 1 <= month <= 12:
        return _invalid()
    if month is not None and day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
        return _invalid()
    return DateReading(PartialDate(year, month, day))


def _invalid() -> DateReading:
    return DateReading(None, "E_DATE_INVALID")


def _numbers(found: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(group) for group in found.groups() if group is not None)
