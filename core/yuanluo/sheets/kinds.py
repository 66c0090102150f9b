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
from yuanluo.sheets.issues import Issue
from yuanluo.sheets.layout import Labels, Layout, count_labels, lay_out
from yuanluo.sheets.preview import Preview, SheetHeader, SkippedRow
from yuanluo.sheets.titles import ColumnTold, MissingField, TitleChoices, nearest
from yuanluo.sheets.workbook import Workbook, open_workbook
from yuanluo_tenants.errors import DeclarationError, YuanluoError

__all__ = ["ORDINAL", "Column", "Form", "Frame", "Kind", "Written", "guess_kind", "preview"]

Written = str | int | float | None
"""What an exported cell may hold; text stays text whatever it begins with."""

_WIDEST = 256
"""No form has more columns; titles beyond are read past without a look at what they seem to mean."""

ORDINAL = "ordinal"
"""The field of the column 序号, which the writer numbers and the reader passes over."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a form: the header to export, the field it fills, other headers people use, how to write it.

    `field` is the key of the record that the column fills, where it fills one alone. `write` makes the exported cell
    of a record; without it the column is the ordinal, or is not kept. `digits` is the number of decimals of a numeric
    column. `words` are the values that the column takes, `hint` says how to fill it: both go into the blank form. A
    title of `perhaps` may mean the field or something else: it is not read, but asked about (K11).
    """

    label: str
    field: str
    synonyms: tuple[str, ...] = ()
    write: Callable[[Mapping[str, object]], Written] | None = None
    width: int = 12
    digits: int | None = None
    words: tuple[str, ...] = ()
    hint: str = ""
    perhaps: tuple[str, ...] = ()


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

    `needs` names the fields without which no row is accepted, each as a group of which any one will do; `instead`
    names for a field those that need no column of their own where it has one.
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
    needs: tuple[tuple[str, ...], ...] = ()
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {})

    def __post_init__(self) -> None:
        known = {column.field for column in self.columns} | set(self.variants.values())
        for name in (self.name_field, self.date_field, *(name for group in self.needs for name in group)):
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

    def read(
        self,
        book: Workbook,
        today: dt.date,
        *,
        default_year: int | None = None,
        titles: TitleChoices | None = None,
    ) -> Preview:
        """Return what importing `book` as this kind would do.

        `default_year` completes dates without a year; `titles` says what unknown columns mean.
        """
        titles = titles or TitleChoices()
        labels = titles.applied(self.labels)
        layouts = tuple(lay_out(grid, labels, date_field=self.date_field, file=book.file) for grid in book.grids)
        if all(layout.header_row is None for layout in layouts):
            raise NoHeaderFound(book.file, self.title)
        titles.check_written({header for layout in layouts for header in layout.headers.values()})
        missing = tuple(field for layout in layouts for field in self._missing(layout))
        draft = Draft(
            layouts,
            today=today,
            default_year=default_year or today.year,
            epoch_1904=book.epoch_1904,
            main_labels=self.main_labels,
            name_field=self.name_field,
            preferred=titles.preferred,
            absent={
                layout.name: [each.field for each in missing if each.is_required and each.sheet == layout.name]
                for layout in layouts
            },
        )
        meta = dict(self._ruled(draft))
        if draft.year_was_assumed:
            meta["default_year"] = draft.default_year
        columns = tuple(column for layout in draft.tables for column in self._columns_told(draft, layout, titles))
        return Preview(
            file=book.file,
            file_sha256=book.file_sha256,
            kind=self.name,
            sheets=tuple(
                SheetHeader(layout.name, layout.header_row) for layout in layouts if layout.header_row is not None
            ),
            meta=meta,
            records=tuple(draft.records),
            issues=(*self._header_issues(draft, columns, missing), *draft.issues),
            skipped_rows=tuple(
                SkippedRow(layout.name, row, reason) for layout in layouts for row, reason in layout.skipped
            ),
            columns=columns,
            missing=missing,
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

    def _missing(self, layout: Layout) -> Iterable[MissingField]:
        """Yield the fields that no column of a sheet brings, neither by itself nor instead of others."""
        if layout.header_row is None:
            return
        brought = set(layout.fields.values())
        spared = {name for each in brought for name in self.instead.get(each, ())}
        needed = {name for group in self.needs if not brought & set(group) for name in group}
        kept = {column.field for column in self.columns if column.write is not None}
        for name, header in self.main_labels.items():
            if name in kept and name not in brought | spared:
                yield MissingField(layout.name, header, name, name in needed)

    def _columns_told(self, draft: Draft, layout: Layout, titles: TitleChoices) -> Iterable[ColumnTold]:
        """Yield what becomes of each column of a sheet (K11)."""
        brought = set(layout.fields.values())
        spared = {name for each in brought for name in self.instead.get(each, ())}
        kept = {column.field for column in self.columns if column.write is not None} | set(self.variants.values())
        wanted = kept - brought - spared
        known = dict(self.labels)
        for each in self.columns:
            known |= {header_label(title): each.field for title in each.perhaps}
        read = draft.read_columns.get(layout.name, set())
        for column, header in sorted(layout.headers.items()):
            name = layout.fields.get(column)
            is_settled = name is not None or header in titles.passed_over or column > _WIDEST
            near = None if is_settled else nearest(header, known, wanted)
            yield ColumnTold(
                layout.name,
                header,
                field=name if column in read and name not in spared else None,
                near=near,
                meant=None if near is None else self.main_labels[near],
                place=column,
                is_hidden=column in layout.hidden_columns,
            )

    def _header_issues(
        self, draft: Draft, columns: Iterable[ColumnTold], missing: Iterable[MissingField]
    ) -> Iterable[Issue]:
        """Yield what is wrong with header rows: columns unknown, or needed and missing (K11)."""
        rows = {layout.name: layout.header_row or 0 for layout in draft.tables}
        for column in columns:
            if column.near is not None:
                yield Issue(
                    column.sheet,
                    rows[column.sheet],
                    column.header,
                    "E_COLUMN_UNKNOWN",
                    said=(
                        f"不认识此列,似为“{column.meant}”;请改列名,或指明它就是 {column.near},或声明略过",
                        f"the column is not known and seems to mean {column.near}; rename it, map it, or pass over it",
                    ),
                )
        told: set[tuple[str, tuple[str, ...]]] = set()
        for each in missing:
            group = next((group for group in self.needs if each.field in group), ())
            if each.is_required and (each.sheet, group) not in told:
                told.add((each.sheet, group))
                yield Issue(
                    each.sheet,
                    rows[each.sheet],
                    each.header,
                    "E_REQUIRED",
                    said=("缺少此列,各行均无法导入,请补上", "the column is missing, so no row can be taken; add it"),
                )


def preview(
    kind: Kind,
    path: str | Path,
    *,
    today: dt.date,
    default_year: int | None = None,
    titles: TitleChoices | None = None,
) -> Preview:
    """Read the workbook at `path` as `kind` and return what an import would do; nothing is written anywhere.

    `titles` maps unknown columns to fields, or passes over them (K11).
    """
    labels = (titles or TitleChoices()).applied(kind.labels)
    return kind.read(open_workbook(path, labels), today, default_year=default_year, titles=titles)


def guess_kind(kinds: Iterable[Kind], path: str | Path) -> Kind:
    """Return the kind of which the workbook's headers match the most known labels (N3)."""
    kinds = tuple(kinds)
    book = open_workbook(path, {label for kind in kinds for label in kind.labels})
    scores = [(max((count_labels(grid, kind.labels) for grid in book.grids), default=0), kind) for kind in kinds]
    best, kind = max(scores, key=lambda score: score[0], default=(0, None))
    if kind is None or not best:
        raise NoHeaderFound(book.file)
    return kind
