"""Writing a kind's workbook: exact headers, constant memory, and text that stays text.

Cells beginning with = + - @ are stored as strings and cannot become formulas; ID numbers and phones are strings in
cells formatted as text. What is written reads back as the same records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

from yuanluo.sheets.kinds import ORDINAL, Column, Form, Frame, Kind, Written
from yuanluo_tenants.errors import Invalid

__all__ = ["LONGEST_TEXT", "TextTooLongForCell", "text_length", "write_template", "write_workbook"]

LONGEST_TEXT: Final = 32_767
"""A cell of a workbook holds no more UTF-16 units; a spreadsheet program drops the rest."""

_TEMPLATE_ROWS: Final = 5_000
_STYLED_ROWS: Final = 201
_LONGEST_PROMPT: Final = 255


class TextTooLongForCell(Invalid):
    """A text does not fit into a cell: an export refuses rather than cuts it. `row` and `label` say where it stands."""

    code = "TEXT_TOO_LONG_FOR_CELL"

    def __init__(self, row: int, label: str, length: int) -> None:
        super().__init__(
            f"第 {row} 条记录的“{label}”有 {length} 字,超过电子表格一格的上限 {LONGEST_TEXT} 字,未导出;请先精简。",
            f"{label!r} of record {row} has {length} characters, more than the {LONGEST_TEXT} that a cell holds;"
            " nothing was exported: shorten it first.",
            field=label,
        )
        self.row = row
        self.label = label


def text_length(text: str) -> int:
    """Return how much of a cell `text` takes: the characters beyond the basic plane count twice."""
    return len(text.encode("utf-16-le")) // 2


_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(
    kind: Kind,
    rows: Iterable[Mapping[str, object]],
    path: str | Path,
    *,
    title: str | None = None,
    meta: Mapping[str, object] | None = None,
    form: Form | None = None,
) -> int:
    """Write `rows`, records in the shape that `kind` reads, to the .xlsx at `path`; return how many there were.

    `title` becomes the merged first row. `meta` has the keys of a preview's meta: a statement takes its opening and
    closing rows from it. `form` is another of the kind's forms than its usual one.
    """
    form = form or kind.form
    columns = form.columns
    frame = form.frame(meta or {}) if form.frame else Frame()
    titles = [text for text in (title, *frame.titles) if text]
    xlsxwriter = cast("Any", import_module("xlsxwriter"))  # ships no types; documented calls only
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        sheet = book.add_worksheet(kind.title[:31])
        head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True})
        formats = {
            digits: book.add_format({"num_format": "@" if digits is None else f"0.{'0' * digits}"})
            for digits in {column.digits for column in columns}
        }
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        last = len(columns) - 1
        for line, text in enumerate(titles):
            sheet.merge_range(line, 0, line, last, text, head)
        line = len(titles)
        for place, column in enumerate(columns):
            sheet.write_string(line, place, column.label, head)
        sheet.freeze_panes(line + 1, 0)

        def put(values: Iterable[Written]) -> None:
            nonlocal line
            line += 1
            for place, value in enumerate(values):
                style = formats[columns[place].digits]
                if isinstance(value, str) and text_length(value) > LONGEST_TEXT:
                    raise TextTooLongForCell(number, columns[place].label, text_length(value))
                if isinstance(value, str) and value:
                    sheet.write_string(line, place, value, style)
                elif value is not None and value != "":
                    sheet.write_number(line, place, value, style)

        number = 0
        for extra in frame.before:
            put(extra.get(column.field) for column in columns)
        for number, row in enumerate(rows, 1):
            put(_cells(columns, row, number))
        for extra in frame.after:
            put(extra.get(column.field) for column in columns)
    return number


def write_template(kind: Kind, path: str | Path) -> int:
    """Write a blank form of `kind` to the .xlsx at `path`; return how many columns it has.

    The header has the export titles in their order. Columns of text are formatted as text, so that a spreadsheet
    program neither cuts ID numbers nor makes dates of rooms; enums offer their words, and hints show in the cells.
    """
    xlsxwriter = cast("Any", import_module("xlsxwriter"))  # ships no types; documented calls only
    with xlsxwriter.Workbook(str(path), _OPTIONS | {"constant_memory": False}) as book:
        sheet = book.add_worksheet(kind.title[:31])
        head = book.add_format(
            {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "num_format": "@"}
        )
        text = book.add_format({"num_format": "@"})
        for place, column in enumerate(kind.columns):
            number = None if column.digits is None else book.add_format({"num_format": f"0.{'0' * column.digits}"})
            sheet.set_column(place, place, column.width, None if column.field == ORDINAL else number or text)
            sheet.write_string(0, place, column.label, head)
            if column.field != ORDINAL:
                for row in range(1, _STYLED_ROWS):  # for programs that pass over the format of a whole column
                    sheet.write_blank(row, place, None, number or text)
            if rule := _validation(column):
                sheet.data_validation(1, place, _TEMPLATE_ROWS, place, rule)
        sheet.freeze_panes(1, 0)
    return len(kind.columns)


def _validation(column: Column) -> dict[str, Any] | None:
    """Return what a blank form says and demands of the cells of `column`."""
    hint = "；".join(part for part in (column.hint, f"可填：{'、'.join(column.words)}" if column.words else "") if part)
    if not hint:
        return None
    shown = {"input_title": column.label[:32], "input_message": hint[:_LONGEST_PROMPT]}
    if not column.words:
        return {"validate": "any", **shown}
    return {
        "validate": "list",
        "source": list(column.words),
        **shown,
        "error_title": column.label[:32],
        "error_message": f"请从列表中选择：{'、'.join(column.words)}"[:_LONGEST_PROMPT],
    }


def _cells(columns: Iterable[Column], row: Mapping[str, object], number: int) -> Iterable[Written]:
    for column in columns:
        if column.field == ORDINAL:
            yield number
        else:
            yield column.write(row) if column.write else None
