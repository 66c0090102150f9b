"""The scalars of the schema: how each kind of value is read from a client and written to it.

Values are written by SQL alone (`dialects.py`) or, for Python fields, by `to_json`, in the same form. Reading
turns a client's literal or variable into the Python value that the database drivers bind.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from yuanluo.calendar import is_partial_date
from yuanluo.clock import day_in_shanghai

__all__ = [
    "MAX_SAFE",
    "READERS",
    "moment_text",
    "to_json",
]

MAX_SAFE = 2**53 - 1


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
    try:
        day_in_shanghai(moment)
        return moment.astimezone(dt.timezone.utc)
    except OverflowError:
        raise ValueError(
            "超出日历,在北京时间没有这一天 (outside of the calendar: it has no day in Asia/Shanghai)"
        ) from None


def _partial(value: Any) -> str:
    if not isinstance(value, str) or not is_partial_date(value):
        raise ValueError("须写作 1958、1958-07 或 1958-07-02 (expected 1958, 1958-07 or 1958-07-02)")
    return value


READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Fen": _whole,
    "Area": _whole,
    "Long": _whole,
    "Date": _date,
    "DateTime": _moment,
    "PartialDate": _partial,
}
"""What reads a client's value, by the name of its scalar."""


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
