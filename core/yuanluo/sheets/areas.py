"""Floor areas in 1/100 m² and shares of ownership (rule N10)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, code, decimal_text, is_moment, is_number, shown
from yuanluo.sheets.numerals import COUNT, count, figures
from yuanluo.sheets.readings import Reading
from yuanluo_tenants.columns import MOST_AREA

__all__ = ["LARGE_AREA_C", "read_area", "read_share"]

LARGE_AREA_C: Final = 100_000
"""Areas above 1,000 m² (in 1/100 m²) are accepted with a warning."""

_AREA: Final = re.compile(r"([+-]?(?:[0-9]{1,9}(?:\.[0-9]*)?|\.[0-9]+))(?:m2|平方米|平米|平方|平)?")
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,12})?)%")
_RATIO: Final = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")
_SPOKEN_RATIO: Final = re.compile(rf"({COUNT})分之({COUNT})")
_SHOWN_AS_FRACTION: Final = 1_000
_DECIMAL: Final = re.compile(r"[0-9](?:\.[0-9]{1,15})?|\.[0-9]{1,15}")


def read_area(cell: Cell) -> Reading[int]:
    """Read an area in m² as 1/100 m², rounded half up on the decimal text.

    One that is not positive, or above a square kilometre, is out of range.
    """
    if isinstance(cell, CellError) or is_moment(cell):
        return Reading(None, "E_AREA_RANGE")
    if code(cell) is None:
        return Reading(None)
    text = figures(shown(cell))
    found = None if text is None else _AREA.fullmatch(text)
    if found is None:
        return Reading(None, "E_AREA_RANGE")
    area_c = int((Decimal(found.group(1)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    if not 0 < area_c <= MOST_AREA:
        return Reading(None, "E_AREA_RANGE")
    return Reading(area_c, "W_AREA_LARGE" if area_c > LARGE_AREA_C else None)


def read_share(cell: Cell) -> Fraction | None:
    """Read a share: 50%, 1/2, 0.5 or nothing (the whole); None if it cannot be read.

    A spreadsheet turns a typed 1/2 into the second of January: month and day are taken back as the share. A cell that
    shows 1/3 holds 0.333333333333333: the third is taken back too.
    """
    if isinstance(cell, CellError | dt.time):
        return None
    if isinstance(cell, dt.datetime):
        return Fraction(cell.month, cell.day)
    if is_number(cell) and 0 < cell < 1:
        near = Fraction(cell).limit_denominator(_SHOWN_AS_FRACTION)
        if decimal_text(float(near)) == decimal_text(cell):
            return near
    if code(cell) is None:
        return Fraction(1)
    if (text := figures(shown(cell))) is None:
        return None
    if found := _PERCENT.fullmatch(text):
        return Fraction(found.group(1)) / 100
    if found := _RATIO.fullmatch(text.replace("⁄", "/")):
        return _ratio(found.group(1), found.group(2))
    if found := _SPOKEN_RATIO.fullmatch(text):
        return _ratio(found.group(2), found.group(1))
    return Fraction(text) if _DECIMAL.fullmatch(text) else None


def _ratio(part: str, whole: str) -> Fraction | None:
    n, d = count(part), count(whole)
    return Fraction(n, d) if n is not None and d else None
