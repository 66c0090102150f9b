"""Reading .xls, .ods and .csv: less is known there, the rules are the same.

Neither format tells us hidden rows here, and a .csv knows only text: an ID number in it has all of its digits or has
lost them before the file was written.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from yuanluo.sheets.cells import Cell
from yuanluo.sheets.container import Container
from yuanluo.sheets.errors import (
    NotAWorkbook,
    WorkbookBroken,
    WorkbookEncrypted,
    WorkbookTooLarge,
)
from yuanluo.sheets.grid import MAX_CELLS, Grid, GridBuilder, Merge
from yuanluo.sheets.ooxml import walk

__all__ = ["check_ods", "read_by_calamine", "read_csv"]

_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_TEXT_SUFFIXES: Final = frozenset({".csv", ".txt"})
_CSV_COLUMNS: Final = 256
_AS_TEXT: Final = re.compile(r'="([^"]*)"')
"""How exports keep a spreadsheet program from taking an ID number for a number: as a formula that is its text."""

_EXACT_FLOATS: Final = 2.0**53


def read_by_calamine(path: Path) -> tuple[Grid, ...]:
    """Return the sheets of an .xls or .ods workbook."""
    try:
        with path.open("rb") as stream:
            book = CalamineWorkbook.from_filelike(stream)
            builder = GridBuilder(path.name)
            return tuple(_grid(book, name, builder) for name in book.sheet_names)
    except PasswordError as error:
        raise WorkbookEncrypted(path.name) from error
    except CalamineError as error:
        if "password" in str(error).casefold() or "encrypt" in str(error).casefold():
            raise WorkbookEncrypted(path.name) from error
        raise WorkbookBroken(path.name) from error


def _grid(book: CalamineWorkbook, name: str, builder: GridBuilder) -> Grid:
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
    return Grid(name, builder.take(), merges)


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
            return value.isoformat()
        case _:
            return None


def check_ods(container: Container, file: str) -> None:
    """Refuse an .ods whose repeated cells would unfold to more than a roster holds.

    A repeated cell costs a few bytes in the file and whole rows in memory, so the bounding box of what is written is
    measured before the reader unfolds it.
    """
    row = column = width = height = 0
    repeat_row = repeat_column = 1
    row_has_value = cell_has_value = False

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal row, column, width, height, repeat_row, repeat_column, row_has_value, cell_has_value
        match name:
            case "table":
                row = width = height = 0
            case "table-row":
                column, row_has_value = 0, False
                repeat_row = int(attributes.get("number-rows-repeated", "1"))
            case "table-cell" | "covered-table-cell":
                repeat_column = int(attributes.get("number-columns-repeated", "1"))
                cell_has_value = "value-type" in attributes or "formula" in attributes
            case "p":
                cell_has_value = True
            case _:
                return

    def end(name: str) -> None:
        nonlocal row, column, width, height, row_has_value
        match name:
            case "table-cell" | "covered-table-cell":
                column += repeat_column
                if cell_has_value:
                    width, row_has_value = max(width, column), True
            case "table-row":
                row += repeat_row
                if row_has_value:
                    height = row
            case "table":
                if width * height > MAX_CELLS * 4:
                    raise WorkbookTooLarge(file, "400万个单元格的区域", "a range of four million cells")
            case _:
                return

    walk(container, "content.xml", start, end, file=file)


def read_csv(path: Path) -> tuple[Grid, ...]:
    """Return the one sheet of a .csv file in UTF-8 or GB18030, named like the file.

    A quote that nobody closes would swallow the rows after it: the file is refused.
    """
    text = _decode(path.read_bytes())
    if path.suffix.casefold() not in _TEXT_SUFFIXES or text is None:
        raise NotAWorkbook(path.name)
    builder = GridBuilder(path.name)
    delimiter = "\t" if text.count("\t") > text.count(",") else ","
    widest = 0
    try:
        for row, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1):
            widest = max(widest, len(cells))
            for column, cell in enumerate(cells[:_CSV_COLUMNS], 1):
                found = _AS_TEXT.fullmatch(cell)
                builder.put(row, column, found.group(1) if found else cell)
    except csv.Error as error:
        raise WorkbookBroken(path.name) from error
    if widest < 2:
        raise NotAWorkbook(path.name)
    return (Grid(path.stem, builder.take()),)


def _decode(content: bytes) -> str | None:
    """Return the text of `content`, or None if it is no text: a table has no control characters but breaks."""
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if any(char < " " and char not in "\t\r\n\v\f" for char in text) else text
    return None
