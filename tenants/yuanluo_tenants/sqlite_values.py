"""How Python values are stored in SQLite and come back: by the declared type of the column.

The declared types keep SQLite's affinities (`*_TEXT` is TEXT, `*_INTEGER` is INTEGER) and say the kind. What is
an expression has no declared type and comes back as stored.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from enum import Enum
from typing import Any

__all__ = ["READERS", "stored"]


def stored(value: Any) -> str | int:
    """Return the stored form of a value that SQLite does not know; TypeError if it has none."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise TypeError("a moment must carry its time zone")
        # not strftime, which writes the year 999 with three digits
        return value.astimezone(dt.timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.name
    raise TypeError(f"{type(value).__name__} has no stored form in SQLite")


READERS: dict[str, Callable[[Any], Any]] = {
    "UUID_TEXT": uuid.UUID,
    "DAY_TEXT": dt.date.fromisoformat,
    "MOMENT_TEXT": dt.datetime.fromisoformat,
    "FLAG_INTEGER": bool,
}
"""From the declared type to the Python value; other types come back as they are."""
