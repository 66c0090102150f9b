"""What a cell may hold, and how its text is cleaned (rules N1, N2).

Two classes of text: codes and names (folded, all whitespace removed) and free text (only its whitespace collapsed).
What a clerk writes for "nothing" reads as None in both.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TypeGuard

from yuanluo.names import normalize_name

__all__ = [
    "Cell",
    "CellError",
    "code",
    "decimal_text",
    "fold",
    "free_text",
    "header_label",
    "is_blank",
    "is_ditto",
    "is_moment",
    "is_number",
    "name",
    "shown",
]


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell in which the spreadsheet program shows an error such as #REF!."""

    text: str


Cell = str | bool | int | float | dt.datetime | dt.time | CellError | None
"""The value of a cell as it is stored: a number stays a number, an ID typed as text stays text."""

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0e-\x1f]")
_SPACES = re.compile(r"\s+")
_GROUP = re.compile(r"\([^()]*\)")
_DEEPEST_GROUP = 4
_DASHES = re.compile(r"[-\u2010-\u2015\u2212\u2500\ufe58\u30fc]+")
_PLACEHOLDERS = frozenset({"", "无", "/", "不详", "N/A", "n/a"})
_DITTO = frozenset({"同上", "〃", "″", "′′", '"', "''", "”", "“", "〞", "〝"})
_WHOLE_FLOAT = 1e15


def decimal_text(number: float) -> str:
    """Return `number` as the decimal text a spreadsheet shows: at most 15 digits, no exponent, no idle zeros."""
    if isinstance(number, int):
        return str(number)
    if number.is_integer() and abs(number) < _WHOLE_FLOAT:
        return str(int(number))
    text = f"{number:.15g}"
    if "e" not in text:
        return text
    return f"{number:.0f}" if abs(number) >= 1 else f"{number:.20f}".rstrip("0")


def shown(cell: Cell) -> str:
    """Return the text a person sees in `cell`; an error cell shows nothing usable."""
    match cell:
        case None | CellError():
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            return decimal_text(cell)
        case dt.datetime():
            return cell.date().isoformat()
        case dt.time():
            return cell.isoformat("minutes")
        case str():
            return cell


def fold(text: str) -> str:
    """Return `text` in NFKC without whitespace and zero-width characters (N1)."""
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _SPACES.sub("", folded)


def code(cell: Cell) -> str | None:
    """Read a code, an enum word or another short text of the codes-and-names class (N1); a moment is none."""
    text = "" if is_moment(cell) else fold(shown(cell))
    return None if _is_placeholder(text) else text


def name(cell: Cell) -> str | None:
    """Read a name: as a code, with every variant of the dot as "·" (N1, N2)."""
    text = code(cell)
    return None if text is None else normalize_name(text)


def free_text(cell: Cell) -> str | None:
    """Read a free text: whitespace and newlines collapsed to one space, width kept (N1); a moment is none."""
    if is_moment(cell):
        return None
    text = _SPACES.sub(" ", _INVISIBLE.sub("", shown(cell))).strip()
    return None if _is_placeholder(fold(text)) else text


def header_label(cell: Cell) -> str:
    """Return a header's text in NFKC without whitespace and (…) groups: what labels and issues compare (N3)."""
    text = fold(cell) if isinstance(cell, str) else ""
    for _ in range(_DEEPEST_GROUP):  # not until nothing changes: 32,767 brackets would cost their square
        text = _GROUP.sub("", text)
    return text


def is_blank(cell: Cell) -> bool:
    """Return whether nothing is written in `cell`, invisible characters aside."""
    return cell is None or (isinstance(cell, str) and not fold(cell))


def is_ditto(cell: Cell) -> bool:
    """Return whether `cell` says "as above" (N5)."""
    return isinstance(cell, str) and bool(cell) and ("".join(cell.split()) in _DITTO or fold(cell) in _DITTO)


def is_moment(cell: Cell) -> TypeGuard[dt.datetime | dt.time]:
    """Return whether `cell` holds a day or a time.

    Where no date belongs, a spreadsheet made it of something else (3-12 becomes the twelfth of March): what was
    written there nobody can tell, and its ISO digits are no text of the clerk's.
    """
    return isinstance(cell, dt.datetime | dt.time)


def is_number(cell: Cell) -> TypeGuard[int | float]:
    """Return whether `cell` holds a finite number (a truth value is none)."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell)


def _is_placeholder(folded: str) -> bool:
    return folded in _PLACEHOLDERS or _DASHES.fullmatch(folded) is not None
