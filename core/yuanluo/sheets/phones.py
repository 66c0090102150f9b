"""Telephone numbers: one cell may hold several (rule N8)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, code, shown

__all__ = ["PhoneReading", "is_several", "read_phones"]

_SEPARATORS: Final = re.compile(r"[/、;,\n\r]+")
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_MOBILE: Final = re.compile(r"1[0-9]{10}")
_LOCAL: Final = re.compile(r"[0-9]{8}")
_WITH_AREA_CODE: Final = re.compile(r"0[0-9]{9,11}")
_SHORTENED: Final = re.compile(r"\s*[0-9]\.?[0-9]*[Ee]\+?[0-9]{1,2}\s*")
_COUNTRY: Final = re.compile(r"(?:00)?86(?=1[0-9]{10}$)")
_CHENGDU: Final = "028"


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """The valid numbers of a cell in the order written; `code` is W_PHONE_INVALID if none of them is."""

    numbers: tuple[str, ...] = ()
    code: str | None = None


def read_phones(cell: Cell) -> PhoneReading:
    """Read the numbers of `cell`; invalid parts are dropped, and warned of only if nothing valid remains."""
    if isinstance(cell, CellError | dt.datetime):
        return PhoneReading(code="W_PHONE_INVALID")
    if code(cell) is None:
        return PhoneReading()
    written = _written(shown(cell))
    numbers = tuple(number for part in written if (number := _number(part)) is not None)
    return PhoneReading(numbers, "W_PHONE_INVALID" if written and not numbers else None)


def is_several(text: str) -> bool:
    """Return whether `text` holds more than one number, valid or not."""
    return len(_written(text)) > 1


def _written(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(unicodedata.normalize("NFKC", text)) if code(part) is not None]


def _number(part: str) -> str | None:
    """Return the number in `part`; 1.54E+10 has lost digits and is none, whatever is left of it."""
    if _SHORTENED.fullmatch(part):
        return None
    digits = _NOT_DIGITS.sub("", re.sub(r"^\D*\+\s*86", "", part))
    digits = _COUNTRY.sub("", digits)
    if _LOCAL.fullmatch(digits):
        return _CHENGDU + digits
    if _MOBILE.fullmatch(digits) or _WITH_AREA_CODE.fullmatch(digits):
        return digits
    return None
