"""The faulty file back as a workbook: its cells as they stood, and behind them what is wrong with each row.

Merges, hidden rows and columns stay, so that the copy reads like the original. ID numbers are masked, as in every
report (N15): they are corrected in the original.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

from yuanluo.masking import mask_id_number
from yuanluo.sheets.cells import Cell, CellError, decimal_text
from yuanluo.sheets.grid import Grid
from yuanluo.sheets.issues import Issue
from yuanluo.sheets.preview import Preview
from yuanluo.sheets.titles import REPORT_TITLE
from yuanluo.sheets.workbook import Workbook
from yuanluo.sheets.writer import LONGEST_TEXT, text_length

__all__ = ["write_report"]

_OPTIONS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_ID_NUMBER: Final = re.compile(r"(?<![0-9])[0-9](?:[\s-]?[0-9]){13,}[\s-]?[0-9Xx]")
_NOT_IN_A_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\]|^'|'$")
_LONGEST_SHEET_NAME: Final = 31
_SHORTEST_ID: Final = 10**14
_MOST_MERGED: Final = 100_000
_WIDTH: Final = 60


def write_report(book: Workbook, preview: Preview, path: Path) -> None:
    """Write the sheets of `book` to the .xlsx at `path`, with the issues of `preview` in a last column 问题."""
    rows: dict[str, dict[int, list[Issue]]] = {}
    for issue in preview.issues:
        rows.setdefault(issue.sheet, {}).setdefault(issue.row, []).append(issue)
    headers = {sheet.name: sheet.header_row for sheet in preview.sheets}
    xlsxwriter = cast("Any", import_module("xlsxwriter"))  # ships no types; documented calls only
    with xlsxwriter.Workbook(str(path), _OPTIONS) as made:
        formats = {
            "day": made.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": made.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "time": made.add_format({"num_format": "hh:mm"}),
            "text": made.add_format({"num_format": "@"}),
            "issue": made.add_format({"text_wrap": True, "font_color": "#C00000", "valign": "top"}),
        }
        names: set[str] = set()
        is_first = True
        for grid in book.grids:
            sheet = made.add_worksheet(_sheet_name(grid.name, names))
            _write_grid(sheet, grid, formats)
            place = max((column for cells in grid.rows.values() for column in cells), default=0)
            sheet.set_column(place, place, _WIDTH)
            if (header := headers.get(grid.name)) is not None:
                sheet.write_string(header - 1, place, REPORT_TITLE, formats["issue"])
            for row, issues in rows.get(grid.name, {}).items():
                own = "\n".join(issue.in_row() for issue in issues)
                text = f"{REPORT_TITLE}\n{own}" if row == header else own
                sheet.write_string(row - 1, place, _fitting(text), formats["issue"])
            if grid.is_hidden:
                sheet.hide()
            elif is_first:
                sheet.activate()
                is_first = False


def _write_grid(sheet: Any, grid: Grid, formats: Mapping[str, Any]) -> None:
    for row in grid.hidden:
        if row <= grid.last_row:
            sheet.set_row(row - 1, None, None, {"hidden": True})
    for column in grid.hidden_columns:
        sheet.set_column(column - 1, column - 1, None, None, {"hidden": True})
    for top, left, bottom, right in _merges(grid):
        sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, "")
    for row, cells in sorted(grid.rows.items()):
        for column, cell in sorted(cells.items()):
            _write_cell(sheet, row - 1, column - 1, cell, formats)


def _merges(grid: Grid) -> Iterable[tuple[int, int, int, int]]:
    """Yield the merged ranges within what is written, as far as they neither overlap nor cost too much."""
    last_column = max((column for cells in grid.rows.values() for column in cells), default=0)
    taken: set[tuple[int, int]] = set()
    for merge in grid.merges:
        bottom, right = min(merge.bottom, grid.last_row), min(merge.right, last_column)
        area = (bottom - merge.top + 1) * (right - merge.left + 1)
        if bottom < merge.top or right < merge.left or area < 2 or len(taken) + area > _MOST_MERGED:
            continue
        places = {(row, column) for row in range(merge.top, bottom + 1) for column in range(merge.left, right + 1)}
        if not places & taken:
            taken |= places
            yield merge.top, merge.left, bottom, right


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, formats: Mapping[str, Any]) -> None:
    match cell:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, cell)
        case int() | float() if abs(cell) < _SHORTEST_ID:
            sheet.write_number(row, column, cell)
        case int() | float():  # an ID number typed as a number is one all the same
            sheet.write_string(row, column, _masked(decimal_text(cell)))
        case dt.datetime():
            is_day = cell.time() == dt.time()
            sheet.write_datetime(row, column, cell, formats["day" if is_day else "moment"])
        case dt.time():
            sheet.write_datetime(row, column, cell, formats["time"])
        case CellError():
            sheet.write_string(row, column, cell.text)
        case str():
            sheet.write_string(row, column, _fitting(_masked(cell)), formats["text"])


def _masked(text: str) -> str:
    return _ID_NUMBER.sub(lambda found: mask_id_number(found.group()) or "", text)


def _fitting(text: str) -> str:
    """Return `text` as a cell can hold it; what was cut is told by its end."""
    if text_length(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT // 2] + "……(过长,此处省略 cut here)"


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that a workbook admits for a sheet called `name`, and remember it."""
    plain = _NOT_IN_A_SHEET_NAME.sub("_", name)[:_LONGEST_SHEET_NAME] or "Sheet"
    number = 1
    while plain.casefold() in taken or plain.casefold() == "history":
        number += 1
        plain = f"{plain[: _LONGEST_SHEET_NAME - 5]}({number})"
    taken.add(plain.casefold())
    return plain
