"""How record values become exported cells that read back as the same values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from yuanluo.sheets.kinds import Written

__all__ = ["as_hundredths", "as_phones", "as_text", "as_words", "joined"]

Write = Callable[[Mapping[str, object]], Written]


def as_text(field: str) -> Write:
    """Write the value as text; nothing for null."""

    def write(record: Mapping[str, object]) -> Written:
        value = record.get(field)
        return None if value is None else str(value)

    return write


def as_words(field: str, words: Mapping[str, str]) -> Write:
    """Write an enum value by its first Chinese word; `words` is the reading table, word → value."""
    first: dict[str, str] = {}
    for word, value in words.items():
        first.setdefault(value, word)

    def write(record: Mapping[str, object]) -> Written:
        value = record.get(field)
        return None if value is None else first.get(str(value), str(value))

    return write


def as_hundredths(field: str, *, zero: Written = None) -> Write:
    """Write integer hundredths (fen, 1/100 m²) as a number with two decimals, and `zero` in place of 0."""

    def write(record: Mapping[str, object]) -> Written:
        value = cast("int | None", record.get(field))
        return None if value is None else value / 100 if value else zero

    return write


def as_phones(field: str = "phone", spare: str = "phone_alt") -> Write:
    """Write the phone and the others joined by 、."""

    def write(record: Mapping[str, object]) -> Written:
        others = cast("Sequence[str] | None", record.get(spare)) or ()
        return "、".join(str(phone) for phone in (record.get(field), *others) if phone) or None

    return write


def joined(field: str, words: Mapping[str, str] | None = None) -> Write:
    """Write a list joined by 、, each value by its first word if `words` has one."""
    first: dict[str, str] = {}
    for word, value in (words or {}).items():
        first.setdefault(value, word)

    def write(record: Mapping[str, object]) -> Written:
        values = cast("Sequence[str] | None", record.get(field)) or ()
        return "、".join(first.get(str(value), str(value)) for value in values) or None

    return write
