"""What reading one cell gives: a value, or the code of what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Reading"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """A value with the issue it raised, if any; an unreadable cell has a code beginning with E_ and no value."""

    value: T_co | None
    code: str | None = None

    @property
    def is_unreadable(self) -> bool:
        """Whether something was written that could not be read."""
        return self.value is None and self.code is not None
