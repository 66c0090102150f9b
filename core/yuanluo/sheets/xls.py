"""Reading .xls: xlrd tells the cells, the epoch of the dates, and what of a sheet nobody sees.

It is plain Python: a damaged file ends in an exception, not with the process, as it can in python-calamine.
"""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

from yuanluo.sheets.cells import Cell, CellError
from yuanluo.sheets.errors import WorkbookBroken, WorkbookEncrypted, WorkbookRefused
from yuanluo.sheets.grid import Grid, GridBuilder, Merge
from yuanluo.sheets.ooxml import moment_of

__all__ = ["read_xls"]

_EXACT_FLOATS: Final = 2.0**53


def read_xls(path: Path) -> tuple[tuple[Grid, ...], bool]:
    """Return the sheets of an .xls workbook and whether its dates count from 1904."""
    xlrd = cast("Any", import_module("xlrd"))  # ships no types; documented calls only
    try:
        with xlrd.open_workbook(str(path), logfile=io.StringIO(), formatting_info=True, ragged_rows=True) as book:
            epoch_1904 = bool(book.datemode)
            builder = GridBuilder(path.name)
            errors = cast("dict[int, str]", xlrd.error_text_from_code)
            return tuple(_grid(sheet, builder, errors, epoch_1904=epoch_1904) for sheet in book.sheets()), epoch_1904
    except WorkbookRefused:
        raise
    except Exception as error:  # a damaged file raises whatever its broken numbers lead to
        if "encrypt" in str(error).casefold() or "password" in str(error).casefold():
            raise WorkbookEncrypted(path.name) from error
        raise WorkbookBroken(path.name) from error


def _grid(sheet: Any, builder: GridBuilder, errors: dict[int, str], *, epoch_1904: bool) -> Grid:
    for row in range(int(sheet.nrows)):
        kinds, values = sheet.row_types(row), sheet.row_values(row)
        for column, (kind, value) in enumerate(zip(kinds, values, strict=True), 1):
            builder.put(row + 1, column, _cell(kind, value, errors, epoch_1904=epoch_1904))
    return Grid(
        str(sheet.name),
        builder.take(),
        tuple(Merge(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells),
        frozenset(row + 1 for row, looks in sheet.rowinfo_map.items() if looks.hidden or looks.height == 0),
        frozenset(column + 1 for column, looks in sheet.colinfo_map.items() if looks.hidden or looks.width == 0),
        is_hidden=bool(sheet.visibility),
    )


def _cell(kind: int, value: Any, errors: dict[int, str], *, epoch_1904: bool) -> Cell:
    """Return the value of a cell of xlrd's kinds: 1 text, 2 number, 3 date, 4 truth value, 5 error, else nothing."""
    match kind:
        case 1:
            return str(value)
        case 2:
            return _number(float(value))
        case 3:
            return moment_of(float(value), epoch_1904=epoch_1904) or _number(float(value))
        case 4:
            return bool(value)
        case 5:
            return CellError(errors.get(value, "#ERROR!"))
        case _:
            return None


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < _EXACT_FLOATS else value
