"""Amounts of money in fen (rule N11)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, code, decimal_text, is_moment, is_number, shown
from yuanluo.sheets.numerals import figures, formal_yuan
from yuanluo.sheets.readings import Reading
from yuanluo_tenants.columns import MOST_FEN

__all__ = ["read_amount"]

_FIGURES: Final = re.compile(
    r"(?:人民币|RMB|CNY)?(?P<sign>[+-]?)[¥￥]?(?P<sign2>[+-]?)"
    r"(?P<number>[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?P<wan>万)?(?:元|圆)?[整正]?"
)
_BRACKETS: Final = re.compile(r"\((.+)\)")
_MINUS: Final = str.maketrans(dict.fromkeys("−–‒﹣", "-"))
_LARGEST: Final = Decimal(MOST_FEN) / 100


def read_amount(cell: Cell) -> Reading[int]:
    """Read an amount in yuan as fen, rounded half up: 4,800.00 · ￥2,400 · 0.12万 · （50）· 贰佰元整."""
    if isinstance(cell, CellError) or is_moment(cell):
        return Reading(None, "E_AMOUNT_INVALID")
    if is_number(cell):
        return _reading(Decimal(decimal_text(cell)))
    if code(cell) is None:
        return Reading(None)
    text = figures(shown(cell))
    return _reading(None if text is None else _yuan(text.translate(_MINUS)))


def _yuan(text: str) -> Decimal | None:
    if found := _BRACKETS.fullmatch(text):
        inner = _plain_yuan(found.group(1))
        return None if inner is None or inner < 0 else -inner
    return _plain_yuan(text)


def _plain_yuan(text: str) -> Decimal | None:
    if found := _FIGURES.fullmatch(text):
        if found["sign"] and found["sign2"]:
            return None
        amount = Decimal(found["number"]) * (10_000 if found["wan"] else 1)
        return -amount if "-" in (found["sign"], found["sign2"]) else amount
    return formal_yuan(text)


def _reading(yuan: Decimal | None) -> Reading[int]:
    if yuan is None:
        return Reading(None, "E_AMOUNT_INVALID")
    if abs(yuan) > _LARGEST:
        return Reading(None, "E_AMOUNT_RANGE")
    return Reading(int((yuan * 100).quantize(Decimal(1), ROUND_HALF_UP)))
