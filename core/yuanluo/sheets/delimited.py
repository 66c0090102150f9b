"""Reading .csv, .tsv and .txt as spreadsheet programs write them: a table of text, its dialect told by its header.

Excel alone writes commas in GB18030, UTF-8 with a mark, tabs in UTF-16 ("Unicode 文本"), semicolons where the comma is
the decimal sign, a first line `sep=;`, and old programs end a file with Ctrl-Z. What a parser would close by itself
is refused with its line: an open quote swallows the rows after it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection
from itertools import islice
from pathlib import Path
from typing import Final

from yuanluo.sheets.cells import header_label
from yuanluo.sheets.errors import NotAWorkbook, WorkbookBroken
from yuanluo.sheets.grid import Grid, GridBuilder

__all__ = ["read_delimited"]

_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SUFFIXES: Final = frozenset({".csv", ".txt", ".tsv", ".tab"})
_DELIMITERS: Final = ",\t;|"
_COLUMNS: Final = 256
_TOP_ROWS: Final = 10
_CTRL_Z: Final = "\x1a"
_SAID: Final = re.compile(r"sep=([,\t;|])(?:\r\n|\n|\r)", re.IGNORECASE)
_AS_TEXT: Final = re.compile(r'="([^"]*)"')
"""How exports keep a spreadsheet program from taking an ID number for a number: as a formula that is its text."""


def read_delimited(path: Path, file: str, labels: Collection[str] = ()) -> tuple[Grid, ...]:
    """Return the one sheet of a delimited text file, named like the file; `labels` are headers that may be in it.

    Raise NotAWorkbook if it is no table of text, WorkbookBroken with the line if a quoted text swallows rows.
    """
    text = _decode(path.read_bytes())
    if path.suffix.casefold() not in _SUFFIXES or text is None:
        raise NotAWorkbook(file)
    if said := _SAID.match(text):
        delimiter, text = said.group(1), text[said.end() :]
    else:
        delimiter = max(_DELIMITERS, key=lambda each: _score(text, each, labels))
    builder = GridBuilder(file)
    widest = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row, line = 0, 1
    try:
        for row, cells in enumerate(reader, 1):
            if _swallows_rows(cells, delimiter, widest):
                raise WorkbookBroken(file, line)
            line = reader.line_num + 1
            widest = max(widest, len(cells))
            for column, cell in enumerate(cells[:_COLUMNS], 1):
                found = _AS_TEXT.fullmatch(cell)
                builder.put(row, column, found.group(1) if found else cell)
    except csv.Error as error:
        raise WorkbookBroken(file, line) from error
    if widest < 2:
        raise NotAWorkbook(file)
    return (Grid(Path(file).stem, builder.take()),)


def _decode(content: bytes) -> str | None:
    """Return the text of `content`, or None if it is no text: a table has no control characters but breaks."""
    encodings = ("utf-16",) if content.startswith(_UTF_16) else _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.rstrip(f"{_CTRL_Z}\r\n") if _CTRL_Z in text else text
        return None if any(char < " " and char not in "\t\r\n\v\f" for char in text) else text
    return None


def _score(text: str, delimiter: str, labels: Collection[str]) -> tuple[int, int]:
    """Return how well `delimiter` parts the top rows: known headers in one row, else the cells of the first row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        top = [row for row in islice(reader, _TOP_ROWS) if any(cell.strip() for cell in row)]
    except csv.Error:  # a field beyond the module's bound; no delimiter of this table
        return 0, 0
    known = max((sum(header_label(cell) in labels for cell in row) for row in top), default=0)
    return known, len(top[0]) if top else 0


def _swallows_rows(cells: list[str], delimiter: str, width: int) -> bool:
    """Return whether a cell holds rows of the table: whole ones, or the end of one and the beginning of the next."""
    for place, cell in enumerate(cells):
        first, *others = cell.splitlines() or [""]
        if not others or width < 2:
            continue
        *whole, last = (line.count(delimiter) for line in others)
        if any(count >= width - 1 for count in whole):
            return True
        if first.count(delimiter) == width - 1 - place and last == width - (len(cells) - place):
            return True
    return False
