"""What an import would do, as a value: nothing has been written anywhere yet (rule N15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yuanluo.sheets.errors import ColumnUnknown
from yuanluo.sheets.issues import Issue
from yuanluo.sheets.titles import ColumnTold, MissingField

__all__ = ["Counts", "Preview", "Record", "SheetHeader", "SkippedRow"]

Record = dict[str, object]
"""An accepted row: sheet, row (side), then the keys of its kind, always all of them."""


@dataclass(frozen=True, slots=True)
class SheetHeader:
    """A sheet that was read, and the Excel row of its header."""

    name: str
    header_row: int


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is no record: BLANK, TITLE, TOTAL, FOOTER, REPEATED_HEADER or OPENING (N4)."""

    sheet: str
    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Accepted records, and the numbers of E_ and W_ issues (not of rows)."""

    records: int
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole outcome of reading one workbook as one kind; records carry full ID numbers."""

    file: str
    file_sha256: str
    kind: str
    sheets: tuple[SheetHeader, ...]
    meta: Mapping[str, object]
    records: tuple[Record, ...]
    issues: tuple[Issue, ...]
    skipped_rows: tuple[SkippedRow, ...]
    columns: tuple[ColumnTold, ...] = ()
    missing: tuple[MissingField, ...] = ()

    @property
    def unknown_columns(self) -> tuple[ColumnTold, ...]:
        """The columns that seem to mean a field and are not read: they keep the whole file from being written."""
        return tuple(column for column in self.columns if column.near is not None)

    def check_columns(self) -> None:
        """Raise ColumnUnknown while a column has neither been mapped nor passed over (K11)."""
        if unknown := self.unknown_columns:
            raise ColumnUnknown(self.file, [(each.header, str(each.near), str(each.meant)) for each in unknown])

    @property
    def counts(self) -> Counts:
        """How many records, errors and warnings there are."""
        errors = sum(issue.is_error for issue in self.issues)
        return Counts(len(self.records), errors, len(self.issues) - errors)

    def to_json(self) -> dict[str, object]:
        """Return the preview in the shape and key order of the import contract (`domain.md` §5, K11)."""
        counts = self.counts
        return {
            "file": self.file,
            "kind": self.kind,
            "sheets": [{"name": sheet.name, "header_row": sheet.header_row} for sheet in self.sheets],
            "meta": dict(self.meta),
            "records": [dict(record) for record in self.records],
            "issues": [issue.to_json() for issue in self.issues],
            "skipped_rows": [
                {"sheet": skipped.sheet, "row": skipped.row, "reason": skipped.reason} for skipped in self.skipped_rows
            ],
            "counts": {
                "records": counts.records,
                "errors": counts.errors,
                "warnings": counts.warnings,
            },
            "columns": [column.to_json() for column in self.columns],
            "missing": [field.to_json() for field in self.missing],
        }
