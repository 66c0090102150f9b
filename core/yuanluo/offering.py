"""Reading a row as an offer gets it: columns in JSON form, None where the viewer may not see them.

Offer(("status",), lambda row, context: check_leads(choice(row, "status", OpinionStatus), OpinionStatus.TRIAGED))
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

__all__ = ["choice", "day", "moment", "reference"]

E = TypeVar("E", bound=Enum)


def choice(row: Mapping[str, Any], name: str, choices: type[E]) -> E | None:
    """Return the member that the column `name` holds, or None."""
    text = row[name]
    return None if text is None else choices[text]


def day(row: Mapping[str, Any], name: str) -> dt.date | None:
    """Return the day that the column `name` holds, or None."""
    text = row[name]
    return None if text is None else dt.date.fromisoformat(text)


def moment(row: Mapping[str, Any], name: str) -> dt.datetime | None:
    """Return the moment in UTC that the column `name` holds, or None."""
    text = row[name]
    if text is None:
        return None
    found = dt.datetime.fromisoformat(text)
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def reference(row: Mapping[str, Any], name: str) -> uuid.UUID | None:
    """Return the row id that the column `name` holds, or None."""
    text = row[name]
    return None if text is None else uuid.UUID(str(text))
