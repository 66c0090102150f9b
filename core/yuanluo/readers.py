"""One reader per value: what a workbook, a command and a filter make of the same text is the same.

A column says by `reads` what its texts are. Commands read what they are given before they begin (`inputs.read_given`),
registers what they write, filters what they seek; importers call the same functions on the cells of a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from yuanluo.names import normalize_name
from yuanluo.phones import normalize_phone
from yuanluo.sheets.cells import code
from yuanluo.sheets.ids import read_id_number
from yuanluo.sheets.rooms import read_room, read_split_room
from yuanluo_tenants.columns import Reads
from yuanluo_tenants.errors import Invalid

__all__ = ["normalize_room", "read_text", "room_number", "sought"]


_KEY: Final = re.compile(r"([0-9]{1,4})-([0-9]{1,4})-([^-]+)")


def read_text(reads: Reads, text: str, field: str) -> str:
    """Return `text` as it is stored, empty where nothing is written; raise Invalid naming `field` for another value."""
    return _READERS[reads](text, field)


def sought(reads: Reads, text: str) -> str:
    """Return `text` as a filter compares it: read as it would be stored, else merely folded, which finds nothing."""
    try:
        return read_text(reads, text, "filter")
    except Invalid:
        return normalize_name(text)


def normalize_room(text: str, field: str = "room_key") -> str:
    """Return the room key that `text` says, as a workbook's is read (N9); raise Invalid where it says none.

    A room without a number, such as 3-0-商铺A, is named by its key alone.
    """
    reading = read_room(text)
    if reading.code is None:
        return reading.value or ""
    if (found := _KEY.fullmatch(normalize_name(text))) is None:
        raise Invalid(
            f"房屋 {text.strip()} 应写作“栋-单元-房号”,如 3-2-509。",
            f"{text.strip()!r} is not building-stairwell-room, such as 3-2-509.",
            field=field,
            code="ROOM_KEY",
            rule="N9, domain 2",
        )
    building, stairwell, room = found.groups()
    return f"{int(building)}-{int(stairwell)}-{room_number(int(building), int(stairwell), room)}"


def room_number(building_no: int, stairwell_no: int, text: str) -> str:
    """Return the number of a room as it stands in its key (N9): 101室 and １０１ are 101, 1 is 001.

    What is no number, such as 商铺A, is only folded.
    """
    reading = read_split_room(str(building_no), str(stairwell_no), normalize_name(text))
    return normalize_name(text).upper() if reading.value is None else reading.value.rpartition("-")[2]


def _code(text: str, _field: str) -> str:
    return code(text) or ""


def _name(text: str, _field: str) -> str:
    return normalize_name(text)


def _phone(text: str, field: str) -> str:
    return normalize_phone(text, field) or ""


def _id_number(text: str, field: str) -> str:
    reading = read_id_number(text)
    if reading.code is not None:
        raise Invalid(
            "身份证号无效,请核对号码。",
            "the ID number is not valid; check it.",
            field=field,
            code=reading.code,
            rule="N6, domain 2",
        )
    return reading.value or ""


_READERS: Final[Mapping[Reads, Callable[[str, str], str]]] = {
    Reads.CODE: _code,
    Reads.NAME: _name,
    Reads.ROOM: normalize_room,
    Reads.PHONE: _phone,
    Reads.ID_NUMBER: _id_number,
}
