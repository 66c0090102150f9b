"""The scalars of the schema: how each kind of value is read from a client and written to it.

Values are written by SQL alone (`dialects.py`) or, for Python fields, by `to_json`, in the same form. Reading
turns a client's literal or variable into the Python value that the database drivers bind.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from enum import Enum
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from yuanluo_tenants.columns import Kind

__all__ = [
    "MAX_SAFE",
    "SCALARS",
    "Area",
    "Date",
    "DateTime",
    "Fen",
    "Long",
    "PartialDate",
    "moment_text",
    "scalar_of",
    "to_json",
]

MAX_SAFE = 2**53 - 1
_PARTIAL = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")

Fen = NewType("Fen", int)
Area = NewType("Area", int)
Long = NewType("Long", int)
Date = NewType("Date", dt.date)
DateTime = NewType("DateTime", dt.datetime)
PartialDate = NewType("PartialDate", str)


def _same(value: Any) -> Any:
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"须为整数 (expected a whole number), not {value!r:.40}")
    if not -MAX_SAFE <= value <= MAX_SAFE:
        raise ValueError("超出 ±(2^53-1) (outside of ±(2^53-1))")
    return value


def _date(value: Any) -> dt.date:
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError(f"日期须写作 2026-11-22 (expected a date such as 2026-11-22), not {value!r:.40}")
    return dt.date.fromisoformat(value)


def _moment(value: Any) -> dt.datetime:
    if not isinstance(value, str):
        raise ValueError("时间须写作 2026-11-22T08:00:00Z (expected 2026-11-22T08:00:00Z)")
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("时间须带时区 (the time needs an offset, such as Z or +08:00)")
    return moment.astimezone(dt.timezone.utc)


def _partial(value: Any) -> str:
    if not isinstance(value, str) or not _PARTIAL.fullmatch(value):
        raise ValueError("须写作 1958、1958-07 或 1958-07-02 (expected 1958, 1958-07 or 1958-07-02)")
    return value


def _scalar(name: str, zh: str, en: str, parse: Callable[[Any], Any]) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=f"{zh}: {en}", serialize=_same, parse_value=parse)


SCALARS: dict[object, ScalarDefinition] = {
    Fen: _scalar("Fen", "金额(分)", "money in fen, 1/100 yuan, a whole number within ±(2^53-1)", _whole),
    Area: _scalar("Area", "面积", "area in 1/100 m², a whole number", _whole),
    Long: _scalar("Long", "长整数", "a whole number within ±(2^53-1)", _whole),
    Date: _scalar("Date", "日期", "a calendar day in Asia/Shanghai, such as 2026-11-22", _date),
    DateTime: _scalar("DateTime", "时间", "a moment in UTC to the microsecond", _moment),
    PartialDate: _scalar(
        "PartialDate", "不完整日期", "a date known to the year, month or day: 1958, 1958-07, 1958-07-02", _partial
    ),
}

_OF_KIND: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.CODE: str,
    Kind.SEALED: str,
    Kind.INTEGER: int,
    Kind.MINUTES: int,
    Kind.LONG: Long,
    Kind.FEN: Fen,
    Kind.AREA: Area,
    Kind.FLAG: bool,
    Kind.DAY: Date,
    Kind.PARTIAL_DATE: PartialDate,
    Kind.MOMENT: DateTime,
    Kind.UUID: strawberry.ID,
    Kind.REF: strawberry.ID,
    Kind.UPWARD: strawberry.ID,
}


def scalar_of(kind: Kind) -> Any:
    """Return the Python type that stands for `kind` in a strawberry annotation."""
    return _OF_KIND[kind]


def moment_text(moment: dt.datetime) -> str:
    """Return a moment in UTC to the microsecond, with four digits of the year, which strftime does not give."""
    return moment.astimezone(dt.timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def to_json(value: Any) -> Any:
    """Return a Python field's value in the JSON form that SQL gives the same kind."""
    match value:
        case None | bool() | str() | float():
            return value
        case Enum():
            return value.name
        case int():
            return _whole(value)
        case dt.datetime():
            return moment_text(value)
        case dt.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case _:
            raise TypeError(f"a Python field answered a value of type {type(value).__name__}")
