"""A kind of form: its columns, its words, its rules. Plugins make one value of `Kind` per form they read and write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from yuanluo.sheets.cells import header_label
from yuanluo.sheets.draft import Draft
from yuanluo.sheets.errors import NoHeaderFound, RowFailed
from yuanluo.sheets.layout import Labels, count_labels, lay_out
from yuanluo.sheets.preview import Preview, SheetHeader, SkippedRow
from yuanluo.sheets.workbook import Workbook, open_workbook
from yuanluo_tenants.errors import DeclarationError, YuanluoError

__all__ = ["ORDINAL", "Column", "Form", "Frame", "Kind", "Written", "guess_kind", "preview"]

Written = str | int | float | None
"""What an exported cell may hold; text stays text whatever it begins with."""

ORDINAL = "ordinal"
"""The field of the column 序号, which the writer numbers and the reader passes over."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a form: the header to export, the field it fills, other headers people use, how to write it.

    `write` makes the exported cell of a record; without it the column is the ordinal or stays empty. `digits` is the
    number of decimals of a numeric column.
    """

    label: str
    field: str
    synonyms: tuple[str, ...] = ()
    write: Callable[[Mapping[str, object]], Written] | None = None
    width: int = 12
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the exported rows: title lines above the header, rows before and after the records.

    A row maps fields of columns to cells.
    """

    titles: Sequence[str] = ()
    before: Sequence[Mapping[str, Written]] = ()
    after: Sequence[Mapping[str, Written]] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Columns in their order and what stands around the rows: one way to write a kind."""

    columns: tuple[Column, ...]
    frame: Callable[[Mapping[str, object]], Frame] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of workbook that can be imported and exported (`domain.md` §5).

    `rules` reads the rows of a draft and returns the meta of the preview. `variants` maps further headers, which are
    read but never exported, to fields. Issues about a whole row stand in the column of `name_field`.
    """

    name: str
    title: str
    english: str
    columns: tuple[Column, ...]
    name_field: str
    rules: Callable[[Draft], Mapping[str, object]]
    variants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))
    date_field: str | None = None
    frame: Callable[[Mapping[str, object]], Frame] | None = None

    def __post_init__(self) -> None:
        known = {column.field for column in self.columns} | set(self.variants.values())
        for name in (self.name_field, self.date_field):
            if name is not None and name not in known:
                raise DeclarationError(
                    f"表格 {self.name} 没有填写 {name} 的列。",
                    f"no column of the workbook {self.name!r} fills {name!r}.",
                )

    @property
    def form(self) -> Form:
        """The form in which the kind is exported unless its plugin asks for another one."""
        return Form(self.columns, self.frame)

    @property
    def headers(self) -> tuple[str, ...]:
        """The export headers in their exact order."""
        return tuple(column.label for column in self.columns)

    @property
    def labels(self) -> Labels:
        """Every known header text, normalised, with the field it fills (N3)."""
        known: dict[str, str] = {}
        for column in self.columns:
            for label in (column.label, *column.synonyms):
                known[header_label(label)] = column.field
        return known | {header_label(label): name for label, name in self.variants.items()}

    @property
    def main_labels(self) -> Mapping[str, str]:
        """For each field the label that names it in issues when the file has no such column."""
        first = {name: header_label(label) for label, name in reversed(tuple(self.variants.items()))}
        return first | {column.field: header_label(column.label) for column in self.columns}

    def read(self, book: Workbook, today: dt.date, *, default_year: int | None = None) -> Preview:
        """Return what importing `book` as this kind would do; `default_year` completes dates without a year."""
        labels = self.labels
        layouts = tuple(lay_out(grid, labels, date_field=self.date_field, file=book.file) for grid in book.grids)
        if all(layout.header_row is None for layout in layouts):
            raise NoHeaderFound(book.file, self.title)
        draft = Draft(
            layouts,
            today=today,
            default_year=default_year or today.year,
            epoch_1904=book.epoch_1904,
            main_labels=self.main_labels,
            name_field=self.name_field,
        )
        meta = dict(self._ruled(draft))
        if draft.year_was_assumed:
            meta["default_year"] = draft.default_year
        return Preview(
            file=book.file,
            file_sha256=book.file_sha256,
            kind=self.name,
            sheets=tuple(
                SheetHeader(layout.name, layout.header_row) for layout in layouts if layout.header_row is not None
            ),
            meta=meta,
            records=tuple(draft.records),
            issues=tuple(draft.issues),
            skipped_rows=tuple(
                SkippedRow(layout.name, row, reason) for layout in layouts for row, reason in layout.skipped
            ),
        )

    def _ruled(self, draft: Draft) -> Mapping[str, object]:
        """Let the rules read the rows; where they fail, say at which row."""
        try:
            return self.rules(draft)
        except YuanluoError:
            raise
        except Exception as error:
            if draft.place is None:
                raise
            raise RowFailed(*draft.place) from error


def preview(kind: Kind, path: str | Path, *, today: dt.date, default_year: int | None = None) -> Preview:
    """Read the workbook at `path` as `kind` and return what an import would do; nothing is written anywhere."""
    return kind.read(open_workbook(path), today, default_year=default_year)


def guess_kind(kinds: Iterable[Kind], path: str | Path) -> Kind:
    """Return the kind of which the workbook's headers match the most known labels (N3)."""
    book = open_workbook(path)
    scores = [(max((count_labels(grid, kind.labels) for grid in book.grids), default=0), kind) for kind in kinds]
    best, kind = max(scores, key=lambda score: score[0], default=(0, None))
    if kind is None or not best:
        raise NoHeaderFound(book.file)
    return kind
