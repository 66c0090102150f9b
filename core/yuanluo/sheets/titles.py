"""Titles of columns: which field each brings, which one an unknown title seems to mean, and what no column brings.

A title is *near* to a field (K11) if, normalised (N3), it contains a known title of the field, is contained in one, or
differs from one by one character (two where both have at least four); insertions, omissions and replacements count
alike. Known titles of one character are near to nothing but themselves. A near title would lose a column in silence,
so it has to be mapped, passed over or corrected; other unknown titles are read past and told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from yuanluo.sheets.cells import header_label
from yuanluo_tenants.errors import Invalid

__all__ = ["REPORT_TITLE", "ColumnTold", "MissingField", "TitleChoices", "nearest"]

_LONG: Final = 4
_NEVER_NEAR: Final = frozenset({"序号", "编号", "序", "号", "No", "NO", "No.", "NO."})
"""Titles of a column that only counts rows; it is lost in no form."""

REPORT_TITLE: Final = "问题"
"""The last column of a report about a faulty file: no field of any form, also where the report is read again."""


@dataclass(frozen=True, slots=True)
class TitleChoices:
    """What the caller decides about titles: `mapped` title → field (or a known title of it), `ignored` titles."""

    mapped: Mapping[str, str] = field(default_factory=lambda: {})
    ignored: Collection[str] = ()

    def applied(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return the known `labels` as the caller wants them; raise Invalid for a field that the form does not have."""
        chosen = dict(labels)
        fields = dict.fromkeys(labels.values())
        for title, name in self.mapped.items():
            found = name if name in fields else labels.get(header_label(name))
            if found is None:
                known = "、".join(fields)
                raise Invalid(
                    f"列“{title}”指向的字段 {name} 不存在,可用:{known}。",
                    f"the column {title!r} cannot be mapped to {name!r}; use one of {', '.join(fields)}.",
                    field="map",
                    code="FIELD_UNKNOWN",
                )
            chosen[header_label(title)] = found
        for title in self.ignored:
            chosen.pop(header_label(title), None)
        return chosen

    def check_written(self, headers: Collection[str]) -> None:
        """Raise Invalid for a chosen title that no sheet of the file has: a mistyped choice must not pass unseen."""
        for title in (*self.mapped, *self.ignored):
            if header_label(title) not in headers:
                raise Invalid(
                    f"文件中没有标题为“{title}”的列,请核对。",
                    f"no column of the file has the title {title!r}; check it.",
                    field="map" if title in self.mapped else "ignore_column",
                    code="TITLE_ABSENT",
                )

    @property
    def passed_over(self) -> frozenset[str]:
        """The normalised titles that the caller passes over."""
        return frozenset(map(header_label, self.ignored))

    @property
    def preferred(self) -> frozenset[str]:
        """The normalised titles that the caller maps."""
        return frozenset(map(header_label, self.mapped))


@dataclass(frozen=True, slots=True)
class ColumnTold:
    """One column of a sheet: its normalised header, the field read from it, or the field that seems meant by it.

    `meant` is the export title of that other field. `place` counts from 1. A hidden column is read, and told.
    """

    sheet: str
    header: str
    field: str | None
    near: str | None = None
    meant: str | None = None
    place: int = 0
    is_hidden: bool = False

    @property
    def shown(self) -> str:
        """What to call the column in a sentence."""
        return self.header or f"第{self.place}列(无标题)"

    def to_json(self) -> dict[str, object]:
        """Return the column in the shape of the import contract (K11); `hidden` stands there only if it is."""
        plain: dict[str, object] = {
            "sheet": self.sheet,
            "header": self.header,
            "field": self.field,
            "near": self.near,
        }
        return plain | {"hidden": True} if self.is_hidden else plain


@dataclass(frozen=True, slots=True)
class MissingField:
    """A field that no column of a sheet brings: its export header, and whether rows need it."""

    sheet: str
    header: str
    field: str
    is_required: bool

    def to_json(self) -> dict[str, object]:
        """Return what is missing as plain values."""
        return {"sheet": self.sheet, "header": self.header, "field": self.field, "required": self.is_required}


def nearest(title: str, labels: Mapping[str, str], wanted: Collection[str]) -> str | None:
    """Return the field of `wanted` to which the unknown `title` is near, the nearest one if there are several."""
    if not title or title in _NEVER_NEAR or title.startswith(REPORT_TITLE):
        return None
    found = [
        (distance, -len(label), name) for label, name in labels.items() if name in wanted
        if (distance := _distance(title, label)) is not None
    ]  # fmt: skip
    return min(found)[2] if found else None


def _distance(title: str, label: str) -> int | None:
    """Return how far two titles are apart, 0 where one contains the other; None where they are not near."""
    if len(label) < 2:
        return None
    if label in title or title in label:
        return 0
    most = 2 if min(len(title), len(label)) >= _LONG else 1
    if abs(len(title) - len(label)) > most or min(len(title), len(label)) < 2:
        return None
    apart = _edits(title, label)
    return apart if apart <= most else None


def _edits(one: str, other: Iterable[str]) -> int:
    """Return the least number of characters to insert, omit or replace (Levenshtein)."""
    before = list(range(len(one) + 1))
    for row, wanted in enumerate(other, 1):
        line = [row]
        for column, char in enumerate(one, 1):
            line.append(min(line[-1] + 1, before[column] + 1, before[column - 1] + (char != wanted)))
        before = line
    return before[-1]
