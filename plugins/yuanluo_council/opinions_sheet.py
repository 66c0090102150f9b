"""民情台账 as a workbook (`domain.md` §5, rule N14)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from yuanluo.calendar import add_workdays
from yuanluo.sheets import (
    ORDINAL,
    Column,
    Draft,
    Kind,
    PartialDate,
    RowReader,
    Written,
    as_text,
    as_words,
    in_words,
)
from yuanluo_council.tables import LIMIT

__all__ = ["CATEGORIES", "OPINION_LEDGER", "SATISFACTIONS", "SOURCES"]

CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "设施维修": "FACILITY",
        "邻里纠纷": "NEIGHBOUR_DISPUTE",
        "环境秩序": "ENVIRONMENT",
        "治安": "SECURITY",
        "物业服务": "PROPERTY_SERVICE",
        "建议": "SUGGESTION",
        "其他": "OTHER",
    }
)
"""What an opinion is about; an unknown category is OTHER with a warning."""

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "走访": "VISIT",
        "坝坝会": "OPEN_AIR_MEETING",
        "微信群": "WECHAT",
        "网格员": "GRID",
        "信箱": "BOX",
        "12345": "HOTLINE_12345",
    }
)
"""How an opinion came in."""

SATISFACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "非常满意": "VERY_SATISFIED",
        "满意": "SATISFIED",
        "基本满意": "FAIRLY_SATISFIED",
        "不满意": "DISSATISFIED",
    }
)
"""How the person rated what was done."""

_ANONYMOUS: Final = "匿名"
_DIGITS: Final = 4
_LEADING_INTEGER: Final = re.compile(r"[0-9]+")


def _read(draft: Draft) -> Mapping[str, object]:
    for layout in draft.tables:
        columns = draft.columns(layout)
        for row in layout.rows:
            _read_opinion(draft.row(layout, row, columns))
    return {}


def _read_opinion(reader: RowReader) -> None:
    received = reader.date("received_on").value
    closed = reader.date("closed_on").value
    limit = _limit(reader)
    if received and closed:
        if closed.is_before(received):
            reader.issue("E_DATE_ORDER", "closed_on")
        elif limit is not None and _is_overdue(received, closed, limit):
            reader.issue("W_OVERDUE", "closed_on")
    reporter = reader.name("reporter")
    phone, _ = reader.phones()
    room_key = reader.room("location")
    content = reader.required("content", reader.free_text("content"))
    reader.accept(
        {
            "received_on": received.iso if received else None,
            "reporter": None if reporter == _ANONYMOUS else reporter,
            "room_key": room_key,
            "phone": phone,
            "content": content,
            "category": _category(reader),
            "source": in_words(reader.code("source"), SOURCES),
            "assignee": reader.name("assignee"),
            "limit_workdays": limit,
            "closed_on": closed.iso if closed else None,
            "result": reader.free_text("result"),
            "satisfaction": in_words(reader.code("satisfaction"), SATISFACTIONS),
        }
    )


def _category(reader: RowReader) -> str | None:
    text = reader.code("category")
    if text is not None and text not in CATEGORIES:
        reader.issue("W_CATEGORY_UNKNOWN", "category")
        return "OTHER"
    return in_words(text, CATEGORIES)


def _limit(reader: RowReader) -> int | None:
    """Read the leading integer; one that no limit may be is told and left out, and so is a date (N7, C12)."""
    is_date = isinstance(reader.cell("limit_workdays"), dt.datetime)
    found = None if is_date else _LEADING_INTEGER.match(reader.code("limit_workdays") or "")
    digits = found.group().lstrip("0") if found else ""
    if is_date or (found and not (len(digits) < _DIGITS and LIMIT.least <= int(digits or "0") <= LIMIT.most)):
        reader.issue("W_LIMIT_RANGE", "limit_workdays")
        return None
    return int(digits) if found else None


def _is_overdue(received: PartialDate, closed: PartialDate, limit: int) -> bool:
    """Return whether a case was closed after its limit; without a day of receipt nobody can say (民法典 201)."""
    if (day := received.full) is None:
        return False
    due: dt.date = add_workdays(day, limit)
    return PartialDate.of(due).is_before(closed)


def _write_reporter(record: Mapping[str, object]) -> Written:
    reporter = record.get("reporter")
    return _ANONYMOUS if reporter is None else str(reporter)


def _write_limit(record: Mapping[str, object]) -> Written:
    limit = record.get("limit_workdays")
    return None if limit is None else str(limit)


OPINION_LEDGER: Final = Kind(
    name="opinion_ledger",
    title="民情台账",
    english="ledger of residents' opinions",
    columns=(
        Column("序号", ORDINAL, width=6),
        Column("收集日期", "received_on", write=as_text("received_on")),
        Column("反映人", "reporter", write=_write_reporter),
        Column("住址", "location", ("居住地址", "现居住地"), as_text("room_key")),
        Column("联系电话", "phone", ("电话", "手机", "联系方式"), as_text("phone"), width=16),
        Column("诉求内容", "content", write=as_text("content"), width=40),
        Column("类别", "category", write=as_words("category", CATEGORIES)),
        Column("来源", "source", write=as_words("source", SOURCES)),
        Column("责任人", "assignee", write=as_text("assignee")),
        Column("办理时限（工作日）", "limit_workdays", write=_write_limit),
        Column("办结日期", "closed_on", write=as_text("closed_on")),
        Column("办理结果", "result", write=as_text("result"), width=30),
        Column("满意度", "satisfaction", write=as_words("satisfaction", SATISFACTIONS)),
    ),
    name_field="content",
    rules=_read,
)
"""The running ledger of what residents say and what became of it."""
