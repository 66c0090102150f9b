"""Resident identity numbers: 18 places with a check character (GB 11643-1999; rule N6)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, Literal

from yuanluo.sheets.cells import Cell, CellError, code, is_moment, is_number, shown
from yuanluo.sheets.readings import Reading

__all__ = ["birth_of", "check_character", "gender_of", "read_id_number"]

_LENGTH: Final = 18
_SHAPE: Final = re.compile(r"[0-9]{17}[0-9X]")
_QUOTES: Final = str.maketrans("", "", "'’‘`´′")
_WEIGHTS: Final = tuple(2**place % 11 for place in range(17, 0, -1))
_CHECKS: Final = "10X98765432"


def check_character(seventeen: str) -> str:
    """Return the eighteenth character for the first seventeen digits (ISO 7064 mod 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def read_id_number(cell: Cell) -> Reading[str]:
    """Read an ID number typed as text; a numeric cell has lost its last digits already (N6)."""
    if is_number(cell):
        return Reading(None, "E_ID_PRECISION")
    if isinstance(cell, CellError) or is_moment(cell):
        return Reading(None, "E_ID_LEN")
    if (text := code(shown(cell).translate(_QUOTES))) is None:
        return Reading(None)
    text = text.upper()
    if len(text) != _LENGTH:
        return Reading(None, "E_ID_LEN")
    if not _SHAPE.fullmatch(text) or check_character(text[:17]) != text[17] or _birth(text) is None:
        return Reading(None, "E_ID_CHECKSUM")
    return Reading(text)


def birth_of(id_number: str) -> dt.date:
    """Return the day of birth that a valid ID number carries."""
    birth = _birth(id_number)
    if birth is None:
        raise ValueError("the ID number has not been checked")
    return birth


def gender_of(id_number: str) -> Literal["M", "F"]:
    """Return the gender that a valid ID number carries: its 17th digit is odd for men."""
    return "M" if int(id_number[16]) % 2 else "F"


def _birth(id_number: str) -> dt.date | None:
    try:
        return dt.date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None
