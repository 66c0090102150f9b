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

__all__ = ["write_workbook"]

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
                if isinstance(value, str) and value:
                    sheet.write_string(line, place, value, style)
                elif value is not None and value != "":
                    sheet.write_number(line, place, value, style)

        for extra in frame.before:
            put(extra.get(column.field) for column in columns)
        number = 0
        for number, row in enumerate(rows, 1):
            put(_cells(columns, row, number))
        for extra in frame.after:
            put(extra.get(column.field) for column in columns)
    return number


def _cells(columns: Iterable[Column], row: Mapping[str, object], number: int) -> Iterable[Written]:
    for column in columns:
        if column.field == ORDINAL:
            yield number
        else:
            yield column.write(row) if column.write else None
