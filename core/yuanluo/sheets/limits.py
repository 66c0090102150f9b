"""Time limits in working days: the leading whole number of the cell ("15个工作日", "3日")."""

from __future__ import annotations

import re
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, code, is_moment
from yuanluo.sheets.readings import Reading

__all__ = ["read_limit"]

_LEADING: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]+[年月./-][0-9]+(?:[月./-][0-9]+)?[日号]?")
_PARTED: Final = re.compile(r"[0-9]\s+[0-9]")


def read_limit(cell: Cell, least: int, most: int) -> Reading[int]:
    """Read a limit from `least` to `most` days; another number gives W_LIMIT_RANGE, words without a number nothing.

    A date is none, whether a spreadsheet made it of a typed 3-5 or a .csv kept it as 2026/3/5.
    """
    if isinstance(cell, CellError):
        return Reading(None)
    if is_moment(cell) or (isinstance(cell, str) and _PARTED.search(cell)):
        return Reading(None, "W_LIMIT_RANGE")
    text = (code(cell) or "").removesuffix(".0")
    found = _LEADING.match(text)
    if found is None:
        return Reading(None)
    whole = found.group()
    if not whole.isdigit() or _DATE.fullmatch(text) or not least <= int(whole[:9]) <= most:
        return Reading(None, "W_LIMIT_RANGE")
    return Reading(int(whole))
