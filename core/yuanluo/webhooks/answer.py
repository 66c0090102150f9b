"""How an attempt to deliver ended."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended: a status, or what went wrong before there was one."""

    status: int | None
    milliseconds: int
    error: str | None = None
    retry_after: float | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300
