"""Figures and Chinese numerals: thousands and their marks, small counts as in 一单元, formal figures (大写)."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from yuanluo.sheets.cells import fold

__all__ = ["COUNT", "count", "figures", "formal_yuan"]

_LONGEST: Final = 9
_BETWEEN_DIGITS: Final = re.compile(r"(?<=[0-9])\s+(?=[0-9])")
_GROUPED: Final = re.compile(r"(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])")
_SPOKEN: Final = "[零〇○一二两三四五六七八九十百]"
COUNT: Final = rf"(?:(?<![0-9])[0-9]{{1,{_LONGEST}}}|(?<!{_SPOKEN}){_SPOKEN}{{1,{_LONGEST}}})"
"""A regular expression for a count in digits or Chinese numerals; longer ones count nothing in a courtyard."""

_DIGITS: Final = {char: value for value, chars in enumerate(
    ("零〇○", "一", "二两", "三", "四", "五", "六", "七", "八", "九")
) for char in chars}  # fmt: skip
_UNITS: Final = {"十": 10, "百": 100}
_FORMAL_DIGITS: Final = {char: value for value, chars in enumerate(
    ("零〇", "壹", "贰貳", "叁參叄", "肆", "伍", "陆陸", "柒", "捌", "玖")
) for char in chars}  # fmt: skip
_FORMAL_UNITS: Final = {"拾": 10, "佰": 100, "仟": 1000}
_FORMAL: Final = re.compile(
    r"(?:人民币|RMB)?:?(负)?"
    r"(?:([零〇壹贰貳叁參叄肆伍陆陸柒捌玖拾佰仟万萬亿億]+)[元圆圓])"
    r"(?:零?([零〇壹贰貳叁參叄肆伍陆陸柒捌玖])角)?"
    r"(?:零?([零〇壹贰貳叁參叄肆伍陆陸柒捌玖])分)?"
    r"[整正]?"
)


def figures(text: str) -> str | None:
    """Return `text` folded (N1) and without the marks that part thousands (4,800 · 4 800), or None.

    Marks are taken away only where they stand before groups of three digits, and never behind the point: elsewhere
    they mean something else (48,00 is not 4,800, and 12 50 is not 1,250).
    """
    text = _BETWEEN_DIGITS.sub(",", unicodedata.normalize("NFKC", text))
    text = _GROUPED.sub(lambda found: found.group().replace(",", ""), fold(text))
    return None if "," in text else text


def count(text: str) -> int | None:
    """Return the number `text` writes in digits or Chinese numerals (十二, 三〇一, 一百零二), or None."""
    if len(text) > _LONGEST:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(char not in _DIGITS and char not in _UNITS for char in text):
        return None
    if not any(char in _UNITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    return _with_units(text, _DIGITS, _UNITS)


def formal_yuan(text: str) -> Decimal | None:
    """Return the yuan that the formal figures of `text` say (壹万贰仟叁佰元伍角整), or None.

    Only with 元 or 圆: a bare 伍佰 may be anything (N11).
    """
    if (found := _FORMAL.fullmatch(text)) is None:
        return None
    sign, yuan, jiao, fen = found.groups()
    whole = _formal_whole(yuan)
    if whole is None:
        return None
    amount = whole + Decimal(_FORMAL_DIGITS[jiao or "零"]) / 10 + Decimal(_FORMAL_DIGITS[fen or "零"]) / 100
    return -amount if sign else amount


def _formal_whole(text: str) -> Decimal | None:
    total = 0
    for mark, value in (("亿億", 100_000_000), ("万萬", 10_000)):
        parts = re.split(f"[{mark}]", text)
        if len(parts) > 2:
            return None
        if len(parts) == 2:
            section = _with_units(parts[0], _FORMAL_DIGITS, _FORMAL_UNITS)
            if not section:
                return None
            total += section * value
            text = parts[1]
    rest = _with_units(text, _FORMAL_DIGITS, _FORMAL_UNITS)
    return None if rest is None else Decimal(total + rest)


def _with_units(text: str, digits: dict[str, int], units: dict[str, int]) -> int | None:
    """Read digits each followed by its unit, units falling (三百零二, 十二); None if it is no such number."""
    total = 0
    digit: int | None = None
    last_unit = 10_000
    for char in text:
        if char in units:
            unit = units[char]
            if unit >= last_unit or (digit is None and total and unit != 10):
                return None
            total += (1 if digit is None else digit) * unit
            digit, last_unit = None, unit
        elif digit:
            return None
        else:
            digit = digits[char]
    return total + (digit or 0)
