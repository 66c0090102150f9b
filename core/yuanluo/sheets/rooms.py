"""Where somebody lives: from what is written to the room key "B-S-R" (rule N9, `domain.md` §2).

    B-S-R · B-R (no stairwell: S=0) · B(栋|幢|号楼)[S单元](F(楼|层)D | R)[号|室]

An address before the first B栋 is passed over; any other word left over makes the whole cell unreadable.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, code, is_moment
from yuanluo.sheets.numerals import COUNT, count
from yuanluo.sheets.readings import Reading

__all__ = ["HOME_TITLES", "ROOM_HINT", "read_room", "read_split_room"]

HOME_TITLES: Final[tuple[str, ...]] = (
    *(
        "住址",
        "居住地址",
        "现居住地",
        "现住址",
        "家庭住址",
        "家庭地址",
        "居住地",
        "地址",
        "门牌号",
        "现居住地址",
        "现居地",
    ),
    *("居住地点", "详细住址", "详细地址", "楼栋房号", "房号", "家庭居住地", "常住地址", "联系地址"),
)
"""What clerks call the column in which somebody's dwelling stands, whatever the form."""

ROOM_HINT: Final = "写成“栋-单元-房号”,如 1-1-101;按文本填写"

_KEY: Final = re.compile(rf"({COUNT})-(?:({COUNT})-)?({COUNT})")
_BUILDING: Final = re.compile(rf"({COUNT})(?:栋|幢|号楼)")
_WITHIN: Final = re.compile(rf"(?:({COUNT})单元)?(?:({COUNT})[楼层]({COUNT})|({COUNT}))[号室]?")
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_SHORTEST: Final = 3
_YEARS: Final = range(1900, 2101)
_PARTED: Final = re.compile(r"[0-9]\s+[0-9]")


def read_room(cell: Cell) -> Reading[str]:
    """Read a location written in one cell; unreadable text gives the code ROOM_UNPARSEABLE without prefix.

    A spreadsheet turns a typed 6-12 into the twelfth of June: which room was meant nobody can tell.
    """
    text = code(cell)
    if text is None and not isinstance(cell, CellError) and not is_moment(cell):
        return Reading(None)
    key = None if _is_parted(cell) else _parse(text or "")
    return Reading(key, None if key else "ROOM_UNPARSEABLE")


def read_split_room(building: Cell, stairwell: Cell, room: Cell) -> Reading[str]:
    """Read a location written in three cells, 楼栋 单元 房号; a bare number takes the column's word."""
    room_text = code(room)
    building_text, stairwell_text = _with_word(building, "栋"), _with_word(stairwell, "单元")
    parts = (building, stairwell, room)
    if room_text is None or any(isinstance(cell, CellError) or is_moment(cell) or _is_parted(cell) for cell in parts):
        return Reading(None, "ROOM_UNPARSEABLE")
    key = _parse(f"{building_text}{stairwell_text}{room_text}")
    return Reading(key, None if key else "ROOM_UNPARSEABLE")


def _is_parted(cell: Cell) -> bool:
    """Return whether only whitespace stands between two digits: 3 12栋 would become building 312."""
    return isinstance(cell, str) and _PARTED.search(unicodedata.normalize("NFKC", cell)) is not None


def _with_word(cell: Cell, word: str) -> str:
    text = code(cell) or ""
    if word == "单元" and count(text.removesuffix("单元")) == 0:
        return ""
    return text + word if count(text) is not None else text


def _parse(text: str) -> str | None:
    if found := _KEY.fullmatch(text.translate(_DASHES)):
        building, stairwell, room = found.groups()
        return _key(building, stairwell, _room_number(room))
    if (found := _BUILDING.search(text)) is None:
        return None
    building = found.group(1)
    if (within := _WITHIN.fullmatch(text[found.end() :])) is None:
        return None
    stairwell, floor, door, room = within.groups()
    return _key(building, stairwell, _room_number(room) if room else _floor_and_door(floor, door))


def _key(building: str, stairwell: str | None, room: str | None) -> str | None:
    """Return the room key; buildings count from 1, and only a stairwell may be 0, which is none.

    A building with a year for its number is a date that was written as text: 2026-3-12.
    """
    b, s = count(building), 0 if stairwell is None else count(stairwell)
    return None if not b or b in _YEARS or s is None or room is None else f"{b}-{s}-{room}"


def _room_number(text: str) -> str | None:
    if (number := count(text)) is None:
        return None
    return (text if text.isascii() else str(number)).zfill(_SHORTEST)


def _floor_and_door(floor: str, door: str) -> str | None:
    f, d = count(floor), count(door)
    if f is None or d is None:
        return None
    if d < 100:
        return f"{f}{d:02}".zfill(_SHORTEST)
    return str(d) if str(d).startswith(str(f)) and len(str(d)) == len(str(f)) + 2 else None
