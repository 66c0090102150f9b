"""Reading .ods: python-calamine gives the cells, the file itself tells the epoch and what is hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from yuanluo.sheets.cells import Cell
from yuanluo.sheets.container import Container
from yuanluo.sheets.errors import WorkbookBroken, WorkbookEncrypted, WorkbookTooLarge
from yuanluo.sheets.grid import MAX_CELLS, MAX_ROWS, Grid, GridBuilder, Merge
from yuanluo.sheets.ooxml import walk

__all__ = ["read_ods"]

_EXACT_FLOATS: Final = 2.0**53
_MAX_COLUMN: Final = 16_384
_DAY: Final = dt.timedelta(days=1)
_MIDNIGHT: Final = dt.datetime(1900, 1, 1)  # noqa: DTZ001 - a time of day knows no zone


def read_ods(container: Container, path: Path) -> tuple[tuple[Grid, ...], bool]:
    """Return the sheets of an .ods workbook and whether its dates count from 1904."""
    looks, epoch_1904 = _ods_looks(container, path.name)
    return _read(path, looks), epoch_1904


def _read(path: Path, looks: Sequence[_Looks]) -> tuple[Grid, ...]:
    try:
        with path.open("rb") as stream:
            book = CalamineWorkbook.from_filelike(stream)
            names = book.sheet_names
            if len(names) != len(looks):
                raise WorkbookBroken(path.name)
            builder = GridBuilder(path.name)
            return tuple(_grid(book, name, builder, seen) for name, seen in zip(names, looks, strict=True))
    except PasswordError as error:
        raise WorkbookEncrypted(path.name) from error
    except CalamineError as error:
        if "password" in str(error).casefold() or "encrypt" in str(error).casefold():
            raise WorkbookEncrypted(path.name) from error
        raise WorkbookBroken(path.name) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a damaged file makes of Rust; it is no Exception
            raise
        raise WorkbookBroken(path.name) from error


def _grid(book: CalamineWorkbook, name: str, builder: GridBuilder, looks: _Looks) -> Grid:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > MAX_CELLS * 4:
        raise WorkbookTooLarge(builder.file, "400万个单元格的区域", "a range of four million cells")
    for row, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
        for column, cell in enumerate(cells, 1):
            builder.put(row, column, _cell(cell))
    merges = tuple(
        Merge(top + 1, left + 1, bottom + 1, right + 1)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )
    return Grid(name, builder.take(), merges, frozenset(looks.rows), frozenset(looks.columns), looks.is_hidden)


def _cell(value: object) -> Cell:
    match value:
        case bool() | str() | int():
            return value
        case float():
            return int(value) if value.is_integer() and abs(value) < _EXACT_FLOATS else value
        case dt.datetime():
            return value
        case dt.date():
            return dt.datetime.combine(value, dt.time())
        case dt.time():
            return value
        case dt.timedelta():
            return (_MIDNIGHT + value % _DAY).time()
        case _:
            return None


def _ods_looks(container: Container, file: str) -> tuple[list[_Looks], bool]:
    """Return the looks of each sheet of an .ods, and refuse one whose repeated cells unfold to more than a roster.

    A repeated cell costs a few bytes in the file and whole rows in memory, so the bounding box of what is written is
    measured before the reader unfolds it.
    """
    walked = _Ods(file)
    walk(container, "content.xml", walked.start, walked.end, file=file)
    return walked.sheets, walked.epoch_1904


@dataclass(slots=True)
class _Looks:
    """The rows and columns of one sheet that nobody sees (from 1), and whether the whole sheet is hidden."""

    rows: set[int] = field(default_factory=set[int])
    columns: set[int] = field(default_factory=set[int])
    is_hidden: bool = False


@dataclass(slots=True)
class _Ods:
    """content.xml: styles that show nothing, then sheet by sheet what is hidden and how far the cells unfold."""

    file: str
    sheets: list[_Looks] = field(default_factory=list[_Looks])
    epoch_1904: bool = False
    _unseen: set[str] = field(default_factory=set[str])
    _style: str = ""
    _row: int = 0
    _column: int = 0
    _layout: int = 0
    _width: int = 0
    _height: int = 0
    _repeat_row: int = 1
    _repeat_column: int = 1
    _row_has_value: bool = False
    _cell_has_value: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "style":
                self._style = f"{attributes.get('family', '')} {attributes.get('name', '')}"
            case "table-properties" | "table-row-properties" | "table-column-properties":
                size = attributes.get("row-height", attributes.get("column-width", ""))
                if attributes.get("display") == "false" or (size and not size.strip("0.abcdefghijklmnopqrstuvwxyz")):
                    self._unseen.add(self._style)
            case "null-date":
                self.epoch_1904 = attributes.get("date-value", "").startswith("1904")
            case "table":
                self._row = self._layout = self._width = self._height = 0
                self.sheets.append(_Looks(is_hidden=self._is_unseen("table", attributes)))
            case "table-column":
                last = self._layout + int(attributes.get("number-columns-repeated", "1"))
                if self._is_unseen("table-column", attributes):
                    self.sheets[-1].columns.update(range(self._layout + 1, min(last, _MAX_COLUMN) + 1))
                self._layout = last
            case "table-row":
                self._column, self._row_has_value = 0, False
                self._repeat_row = int(attributes.get("number-rows-repeated", "1"))
                if self._is_unseen("table-row", attributes):
                    last = min(self._row + self._repeat_row, MAX_ROWS)
                    self.sheets[-1].rows.update(range(self._row + 1, last + 1))
            case "table-cell" | "covered-table-cell":
                self._repeat_column = int(attributes.get("number-columns-repeated", "1"))
                self._cell_has_value = "value-type" in attributes or "formula" in attributes
            case "p":
                self._cell_has_value = True
            case _:
                return

    def end(self, name: str) -> None:
        match name:
            case "table-cell" | "covered-table-cell":
                self._column += self._repeat_column
                if self._cell_has_value:
                    self._width, self._row_has_value = max(self._width, self._column), True
            case "table-row":
                self._row += self._repeat_row
                if self._row_has_value:
                    self._height = self._row
            case "table":
                if self._width * self._height > MAX_CELLS * 4:
                    raise WorkbookTooLarge(self.file, "400万个单元格的区域", "a range of four million cells")
            case _:
                return

    def _is_unseen(self, family: str, attributes: Mapping[str, str]) -> bool:
        style = f"{family} {attributes.get('style-name', '')}"
        return attributes.get("visibility", "visible") != "visible" or style in self._unseen
