"""民情台账 as a workbook (`domain.md` §5, rule N14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from yuanluo.calendar import add_workdays
from yuanluo.sheets import (
    HOME_TITLES,
    ORDINAL,
    PHONE_HINT,
    PHONE_TITLES,
    ROOM_HINT,
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


def _read(draft: Draft) -> Mapping[str, object]:
    for layout in draft.tables:
        columns = draft.columns(layout)
        for row in layout.rows:
            _read_opinion(draft.row(layout, row, columns))
    return {}


def _read_opinion(reader: RowReader) -> None:
    received = reader.date("received_on").value
    closed = reader.date("closed_on").value
    limit = reader.limit("limit_workdays", LIMIT.least, LIMIT.most)
    if received and closed:
        if closed.is_before(received):
            reader.issue("E_DATE_ORDER", "closed_on")
        elif limit is not None and _is_overdue(received, closed, limit):
            reader.issue("W_OVERDUE", "closed_on")
    reporter = reader.name("reporter")
    phone, _ = reader.phones()
    room_key = reader.room("room_key")
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
        Column("序号", ORDINAL, ("编号",), width=6),
        Column(
            "收集日期",
            "received_on",
            (
                *("收集时间", "受理日期", "受理时间", "登记日期", "登记时间", "反映日期", "反映时间", "日期", "时间"),
                *("来访日期", "来访时间", "接件日期", "收件日期", "接待日期"),
            ),
            as_text("received_on"),
            hint="如 2026.9.2;按文本填写",
        ),
        Column(
            "反映人",
            "reporter",
            ("反映人姓名", "诉求人", "诉求人姓名", "居民姓名", "姓名", "反映居民", "反映者", "来访人", "来访人姓名"),
            _write_reporter,
            hint="不愿留名的写“匿名”",
        ),
        Column(
            "住址",
            "room_key",
            (*HOME_TITLES, "反映人住址", "反映人地址", "居民住址"),
            as_text("room_key"),
            hint=ROOM_HINT,
        ),
        Column(
            "联系电话",
            "phone",
            (*PHONE_TITLES, "反映人电话", "反映人联系电话"),
            as_text("phone"),
            width=16,
            hint=PHONE_HINT,
        ),
        Column(
            "诉求内容",
            "content",
            (
                *("反映内容", "诉求", "诉求事项", "反映问题", "反映事项", "问题描述", "民情内容", "主要内容", "内容"),
                *("主要诉求", "具体诉求", "诉求描述", "反映情况"),
            ),
            as_text("content"),
            width=40,
            hint="必填",
        ),
        Column(
            "类别",
            "category",
            ("诉求类别", "诉求类型", "类型", "分类", "问题类别", "问题类型", "事项类别", "民情类别", "诉求分类"),
            as_words("category", CATEGORIES),
            words=tuple(CATEGORIES),
        ),
        Column(
            "来源",
            "source",
            ("诉求来源", "来源渠道", "收集渠道", "收集方式", "渠道", "反映渠道", "信息来源", "来源方式"),
            as_words("source", SOURCES),
            words=tuple(SOURCES),
        ),
        Column(
            "责任人",
            "assignee",
            ("承办人", "办理人", "责任人员", "经办人", "负责人", "包案人", "责任人姓名", "办理责任人"),
            as_text("assignee"),
        ),
        Column(
            "办理时限（工作日）",
            "limit_workdays",
            ("时限", "办结时限", "办理期限", "处理时限", "限办工作日", "办结期限", "限时", "承诺时限"),
            _write_limit,
            hint="工作日数,如 15",
        ),
        Column(
            "办结日期",
            "closed_on",
            ("办结时间", "完成日期", "完成时间", "办结日", "办理日期", "办理时间", "解决日期"),
            as_text("closed_on"),
            hint="如 2026.9.20;按文本填写",
        ),
        Column(
            "办理结果",
            "result",
            ("处理结果", "办理情况", "处理情况", "结果", "办结情况", "落实情况", "办理进展", "答复情况", "解决情况"),
            as_text("result"),
            width=30,
        ),
        Column(
            "满意度",
            "satisfaction",
            ("满意情况", "满意程度", "群众满意度", "满意度评价", "评价", "群众评价", "居民满意度", "居民评价"),
            as_words("satisfaction", SATISFACTIONS),
            words=tuple(SATISFACTIONS),
            perhaps=("是否满意", "满意与否"),
        ),
    ),
    name_field="content",
    rules=_read,
    needs=(("content",),),
)
"""The running ledger of what residents say and what became of it."""
