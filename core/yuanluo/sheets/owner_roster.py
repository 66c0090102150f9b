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
from yuanluo.sheets.phones import PHONE_HINT, PHONE_TITLES, SPARE_PHONE_TITLES
from yuanluo.sheets.rooms import read_room, read_split_room

__all__ = ["OCCUPANCIES", "OWNER_ROSTER"]

OCCUPANCIES: Mapping[str, str] = MappingProxyType({"自住": "OWNER_OCCUPIED", "出租": "RENTED", "空置": "VACANT"})
"""What clerks write for the use of a dwelling."""

_PARTS: Final = (
    ("楼栋", "building", ("楼号", "栋号", "幢号", "楼幢", "楼栋号", "栋", "幢", "栋数", "楼房号"), "如 3栋"),
    ("单元", "stairwell", ("单元号", "单元名称"), "如 2单元;没有单元的留空"),
    ("房号", "room", ("室号", "房间号", "房屋号", "门牌号", "室", "户号", "房屋编号", "户室号"), "如 302"),
)

_LOCATIONS: Final[tuple[str, ...]] = (
    *("坐落", "房屋坐落", "坐落位置", "房屋地址", "房屋位置", "房屋座落", "座落", "房产坐落", "地址", "住址"),
    "房屋坐落地址",
)

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
    area = reader.area("area_c").value
    known = rooms.get(key) if key else None
    if area is not None and known and known.area_c is not None and known.area_c != area:
        reader.issue("E_AREA_CONFLICT", "area_c")
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
    if reader.has("room_key") and not reader.has("room"):
        column, key = "room_key", read_room(reader.cell("room_key")).value
    else:
        parts = (reader.cell(part) for part in ("building", "stairwell", "room"))
        column, key = "room", read_split_room(*parts).value
    if key is None:
        reader.issue("E_ROOM_UNPARSEABLE", column)
    return key


def _declared(draft: Draft, layout: Layout, columns: Mapping[str, tuple[int, ...]], accepted: int) -> int | None:
    """Compare the declared totals of a sheet with its accepted dwellings; return the last one that is readable."""
    declared: int | None = None
    for column in columns.get("area_c", ())[:1]:
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
    label, name, synonyms, hint = _PARTS[place]

    def write(record: Mapping[str, object]) -> Written:
        parts = str(record.get("room_key") or "").split("-")
        if len(parts) != 3 or (name == "stairwell" and parts[place] == "0"):
            return None
        return parts[place] + word

    return Column(label, name, synonyms, write, width=8, hint=hint)


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
        Column(
            "建筑面积（㎡）",
            "area_c",
            (
                "面积",
                "产权面积",
                "房屋面积",
                "房屋建筑面积",
                "登记面积",
                "建面",
                "房产证面积",
                "产权证面积",
                "证载面积",
            ),
            as_hundredths("area_c"),
            digits=2,
            hint="平方米,以房产证为准,如 68.50",
            perhaps=("套内面积", "使用面积", "实测面积"),
        ),
        Column(
            "产权人",
            "owner_name",
            (
                *(
                    "产权人姓名",
                    "产权人名称",
                    "产权人姓名/名称",
                    "名称",
                    "业主",
                    "业主姓名",
                    "业主名称",
                    "房主",
                    "房主姓名",
                ),
                *("房屋所有权人", "所有权人", "姓名", "产权所有人", "业主姓名/名称", "产权单位"),
            ),
            as_text("owner_name"),
            hint="姓名或单位全称;共有的每人一行",
            perhaps=("户主", "户主姓名", "联系人"),
        ),
        Column(
            "产权人身份证号",
            "owner_id_number",
            (
                *(
                    "身份证号",
                    "公民身份号码",
                    "证件号码",
                    "产权人证件号码",
                    "产权人公民身份号码",
                    "身份证号码",
                    "身份证",
                ),
                *("证件号", "居民身份证号", "居民身份证号码", "身份证件号", "身份证件号码", "产权人身份证号码"),
                *("产权人身份证", "产权人证件号", "业主身份证号", "业主身份证号码", "业主身份证", "业主证件号码"),
            ),
            as_text("owner_id_number"),
            width=22,
            hint="18位,按文本填写",
        ),
        Column(
            "份额",
            "share",
            (
                "共有份额",
                "产权份额",
                "共有比例",
                "所占份额",
                "产权比例",
                "占有份额",
                "持有比例",
                "份额比例",
                "共有情况",
            ),
            as_text("share"),
            hint="如 1/2 或 50%;独有可留空",
        ),
        Column(
            "居住状态",
            "occupancy",
            (
                *(
                    "居住情况",
                    "房屋状态",
                    "使用状态",
                    "居住状况",
                    "房屋使用情况",
                    "使用情况",
                    "入住情况",
                    "房屋用途状态",
                ),
                *("房屋现状", "自住/出租"),
            ),
            as_words("occupancy", OCCUPANCIES),
            words=tuple(OCCUPANCIES),
        ),
        Column(
            "联系电话",
            "phone",
            (*PHONE_TITLES, "业主电话", "产权人电话", "业主联系电话"),
            as_phones(),
            width=16,
            hint=PHONE_HINT,
        ),
        Column("备注", "remark", ("备注说明", "说明"), width=20),
    ),
    variants=MappingProxyType(dict.fromkeys(_LOCATIONS, "room_key") | dict.fromkeys(SPARE_PHONE_TITLES, "phone_alt")),
    name_field="owner_name",
    rules=_read,
    frame=_frame,
    needs=(("room", "room_key"), ("owner_name",)),
    instead=MappingProxyType({"room_key": ("building", "stairwell", "room"), "room": ("room_key",)}),
)
"""The roster of owners: read by core, since dwellings and ownership are core's."""
