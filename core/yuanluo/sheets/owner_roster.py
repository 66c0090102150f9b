"""业主(居民)花名册: who owns which dwelling, and the roll of votes that follows (rules N9, N10; SPC 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from yuanluo.sheets.areas import read_area, read_share
from yuanluo.sheets.cellwriters import as_hundredths, as_phones, as_text, as_words
from yuanluo.sheets.dates import PartialDate, find_date
from yuanluo.sheets.draft import Draft, RowReader, in_words
from yuanluo.sheets.issues import Issue
from yuanluo.sheets.kinds import Column, Frame, Kind, Written
from yuanluo.sheets.layout import Layout
from yuanluo.sheets.rooms import read_room, read_split_room

__all__ = ["OCCUPANCIES", "OWNER_ROSTER"]

OCCUPANCIES: Mapping[str, str] = MappingProxyType({"自住": "OWNER_OCCUPIED", "出租": "RENTED", "空置": "VACANT"})
"""What clerks write for the use of a dwelling."""

_RECORD_DATE: Final = re.compile(r"(?:截止日期?|截止时间|基准日期?)[:：]?为?")


@dataclass(slots=True)
class _Room:
    """What the accepted rows say of one dwelling."""

    area_c: int | None = None
    shares: Fraction = Fraction(0)
    owners: set[str] = field(default_factory=set[str])
    last: Issue | None = None


def _read(draft: Draft) -> Mapping[str, object]:
    rooms: dict[str, _Room] = {}
    declared: list[int] = []
    for layout in draft.tables:
        areas: dict[str, int] = {}
        columns = draft.columns(layout)
        for row in layout.rows:
            _read_row(draft.row(layout, row, columns), rooms, areas)
        if (total := _declared(draft, layout, columns, sum(areas.values()))) is not None:
            declared.append(total)
    for room in rooms.values():
        if room.shares != 1 and room.last is not None:
            draft.report(room.last)
    meta: dict[str, object] = {}
    if record_date := _record_date(draft):
        meta["record_date"] = record_date
    if declared:
        meta["declared_total_area_c"] = sum(declared)
    meta["voting_roll"] = {
        "units": len(rooms),
        "total_area_c": sum(room.area_c or 0 for room in rooms.values()),
        "headcount": len({frozenset(room.owners) for room in rooms.values()}),
    }
    return meta


def _read_row(reader: RowReader, rooms: dict[str, _Room], areas: dict[str, int]) -> None:
    key = _location(reader)
    area = reader.area("area").value
    known = rooms.get(key) if key else None
    if area is not None and known and known.area_c is not None and known.area_c != area:
        reader.issue("E_AREA_CONFLICT", "area")
    owner = reader.required("owner_name", reader.name("owner_name"))
    id_reading = reader.id_number("owner_id_number")
    if id_reading.value is None and id_reading.code is None:
        reader.issue("W_ID_MISSING", "owner_id_number")
    phone, phone_alt = reader.phones()
    share = read_share(reader.cell("share"))
    is_accepted = reader.accept(
        {
            "room_key": key,
            "area_c": area,
            "owner_name": owner,
            "owner_id_number": id_reading.value,
            "phone": phone,
            "phone_alt": phone_alt,
            "share": None if share is None else f"{share.numerator}/{share.denominator}",
            "occupancy": in_words(reader.code("occupancy"), OCCUPANCIES),
        }
    )
    if not is_accepted or key is None:
        return
    room = rooms.setdefault(key, _Room())
    if room.area_c is None:
        room.area_c = area
    if area is not None:
        areas.setdefault(key, area)
    room.shares += share or 0
    room.owners.add(id_reading.value or owner or "")
    room.last = Issue(reader.layout.name, reader.row.number, reader.label("share"), "W_SHARE_SUM")


def _location(reader: RowReader) -> str | None:
    """Read 楼栋 单元 房号, or 坐落 where the form has that instead; unreadable rejects the row."""
    if reader.has("location") and not reader.has("room"):
        column, key = "location", read_room(reader.cell("location")).value
    else:
        parts = (reader.cell(part) for part in ("building", "stairwell", "room"))
        column, key = "room", read_split_room(*parts).value
    if key is None:
        reader.issue("E_ROOM_UNPARSEABLE", column)
    return key


def _declared(draft: Draft, layout: Layout, columns: Mapping[str, tuple[int, ...]], accepted: int) -> int | None:
    """Compare the declared totals of a sheet with its accepted dwellings; return the last one that is readable."""
    declared: int | None = None
    for column in columns.get("area", ())[:1]:
        for total in layout.closed:
            area = read_area(total.cells.get(column)).value if total.kind == "TOTAL" else None
            if area is None:
                continue
            declared = area
            if area != accepted:
                draft.report(Issue(layout.name, total.number, layout.labels[column], "W_TOTAL_MISMATCH"))
    return declared


def _record_date(draft: Draft) -> str | None:
    """Return the day as of which the roster is written; one that has not come is reported for its row (N7)."""
    for layout in draft.layouts:
        for number, row in layout.titles.items():
            for place, text in enumerate(row):
                found = _RECORD_DATE.search(text)
                if found is None:
                    continue
                date = find_date(text[found.end() :] or "".join(row[place + 1 : place + 2]))
                if date is not None:
                    if PartialDate.of(draft.today).is_before(date):
                        column = draft.main_labels[draft.name_field]
                        draft.report(Issue(layout.name, number, column, "E_DATE_FUTURE", value=date.iso))
                    return date.iso
    return None


def _part(place: int, word: str) -> Column:
    label, name = (("楼栋", "building"), ("单元", "stairwell"), ("房号", "room"))[place]

    def write(record: Mapping[str, object]) -> Written:
        parts = str(record.get("room_key") or "").split("-")
        if len(parts) != 3 or (name == "stairwell" and parts[place] == "0"):
            return None
        return parts[place] + word

    return Column(label, name, write=write, width=8)


def _frame(meta: Mapping[str, object]) -> Frame:
    record_date = meta.get("record_date")
    return Frame(titles=(f"截止日期：{record_date}",) if record_date else ())


OWNER_ROSTER: Final = Kind(
    name="owner_roster",
    title="业主(居民)花名册",
    english="owners' roster",
    columns=(
        _part(0, "栋"),
        _part(1, "单元"),
        _part(2, ""),
        Column("建筑面积（㎡）", "area", write=as_hundredths("area_c"), digits=2),
        Column(
            "产权人",
            "owner_name",
            ("产权人姓名", "产权人名称", "产权人姓名/名称", "名称"),
            as_text("owner_name"),
        ),
        Column(
            "产权人身份证号",
            "owner_id_number",
            ("身份证号", "公民身份号码", "证件号码", "产权人证件号码", "产权人公民身份号码"),
            as_text("owner_id_number"),
            width=22,
        ),
        Column("份额", "share", ("共有份额",), as_text("share")),
        Column("居住状态", "occupancy", ("居住情况",), as_words("occupancy", OCCUPANCIES)),
        Column("联系电话", "phone", ("电话", "手机"), as_phones(), width=16),
        Column("备注", "remark", width=20),
    ),
    variants=MappingProxyType({"坐落": "location", "备用电话": "phone_alt"}),
    name_field="owner_name",
    rules=_read,
    frame=_frame,
)
"""The roster of owners: read by core, since dwellings and ownership are core's."""
