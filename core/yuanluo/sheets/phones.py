"""Telephone numbers: one cell may hold several (rule N8)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, code, is_moment, shown

__all__ = ["PHONE_HINT", "PHONE_TITLES", "SPARE_PHONE_TITLES", "PhoneReading", "is_several", "read_phones"]

PHONE_TITLES: Final[tuple[str, ...]] = (
    *("电话", "手机", "手机号", "手机号码", "电话号码", "联系电话号码", "联系方式", "联系手机", "移动电话", "手机电话"),
    *("联络电话", "联系号码", "联系人电话", "本人电话", "本人手机"),
)
"""What clerks call the column of telephone numbers, whatever the form."""

SPARE_PHONE_TITLES: Final[tuple[str, ...]] = (
    "备用电话",
    "备用手机",
    "其他电话",
    "其他联系电话",
    "其它电话",
    "第二电话",
    "座机",
    "固定电话",
)
"""What clerks call a column of further numbers."""

PHONE_HINT: Final = "按文本填写;多个号码用、分开"

_SEPARATORS: Final = re.compile(r"[/、;,\n\r]+")
_POINT_ZERO: Final = re.compile(r"(?<=[0-9])\.0+\s*$")
"""What a program that takes numbers for fractions leaves behind a number: 87654321.0."""

_WORDS: Final = r"[^0-9+]*"
_BODY: Final = re.compile(rf"{_WORDS}(?:(?:\+|\b00)86(?P<rest>[0-9 .-]+)|(?P<body>[0-9][0-9 .-]*)){_WORDS}")
_COUNTRY: Final = re.compile(r"86[ .-]*")
_MARKS: Final = str.maketrans({"(": " ", ")": " ", **dict.fromkeys("‐‑‒–—−_", "-")})
_PARTS: Final = re.compile(r"[ .-]+")
_MOBILE: Final = re.compile(r"1[0-9]{10}|1[0-9]{2}( [0-9]{2,})+|1[0-9]{6} [0-9]{4}")
_LOCAL: Final = re.compile(r"[0-9]{8}|[0-9]{4} [0-9]{4}")
_WITH_AREA_CODE: Final = re.compile(r"0[0-9]{9,11}|0[0-9]{2,3} (?:[0-9]{7,8}|[0-9]{3,4} [0-9]{4})")
_FRACTION: Final = re.compile(r"[0-9]{4,}\.[0-9]+")
_CHENGDU: Final = "028"
_MOBILE_LENGTH: Final = 11


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """The valid numbers of a cell in the order written; `code` is W_PHONE_INVALID if none of them is."""

    numbers: tuple[str, ...] = ()
    code: str | None = None


def read_phones(cell: Cell) -> PhoneReading:
    """Read the numbers of `cell`; invalid parts are dropped, and warned of only if nothing valid remains."""
    if isinstance(cell, CellError) or is_moment(cell):
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
    """Return the number in `part`: one run of digits in its usual groups, with words around it but no other digits.

    Digits of something else are never glued to a number: an extension, a decimal, a day, a second number.
    """
    found = _BODY.fullmatch(_POINT_ZERO.sub("", part.translate(_MARKS).strip()))
    if found is None:
        return None
    body = found["rest"] or found["body"]
    return _digits(body) or (_digits(_COUNTRY.sub("", body, count=1)) if _COUNTRY.match(body) else None)


def _digits(body: str) -> str | None:
    if _FRACTION.fullmatch(body.strip(" .-")):
        return None
    groups = _PARTS.sub(" ", body).strip()
    digits = groups.replace(" ", "")
    if _LOCAL.fullmatch(groups):
        return _CHENGDU + digits
    if (_MOBILE.fullmatch(groups) and len(digits) == _MOBILE_LENGTH) or _WITH_AREA_CODE.fullmatch(groups):
        return digits
    return None
