"""The scalars as strawberry knows them; `scalars.py` says how their values are read and written."""

from __future__ import annotations

import datetime as dt
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from yuanluo_graphql.scalars import READERS
from yuanluo_tenants.columns import Kind

__all__ = ["SCALARS", "Area", "Date", "DateTime", "Fen", "Long", "PartialDate", "scalar_of"]

Fen = NewType("Fen", int)
Area = NewType("Area", int)
Long = NewType("Long", int)
Date = NewType("Date", dt.date)
DateTime = NewType("DateTime", dt.datetime)
PartialDate = NewType("PartialDate", str)


def _same(value: Any) -> Any:
    return value


def _scalar(name: str, zh: str, en: str) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=f"{zh}: {en}", serialize=_same, parse_value=READERS[name])


SCALARS: dict[object, ScalarDefinition] = {
    Fen: _scalar("Fen", "金额(分)", "money in fen, 1/100 yuan, a whole number within ±(2^53-1)"),
    Area: _scalar("Area", "面积", "area in 1/100 m², a whole number"),
    Long: _scalar("Long", "长整数", "a whole number within ±(2^53-1)"),
    Date: _scalar("Date", "日期", "a calendar day in Asia/Shanghai, such as 2026-11-22"),
    DateTime: _scalar("DateTime", "时间", "a moment in UTC to the microsecond"),
    PartialDate: _scalar(
        "PartialDate", "不完整日期", "a date known to the year, month or day: 1958, 1958-07, 1958-07-02"
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
