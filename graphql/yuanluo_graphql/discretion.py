"""Log messages that quote nobody: exceptions are shown without what they say."""

from __future__ import annotations

import logging
import traceback
from typing import Any

__all__ = ["WithoutValues"]


class WithoutValues(logging.Formatter):
    """Shows of an exception its classes and lines, and not its message, which may quote what somebody sent."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        """Return the traceback without what the exceptions say."""
        told: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None and len(told) < 100:
            frames = "".join(traceback.format_tb(error.__traceback__))
            told.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\ncaused by:\n".join(told)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Return the message; of asyncio's only what happened, for a task shows the exception that ended it."""
        if record.name == "asyncio":
            record.message = record.message.partition("\n")[0]
        return super().formatMessage(record)
