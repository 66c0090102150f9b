"""Reading .xlsx: the few parts of ECMA-376 that a roster needs, as a stream.

Why not a library here: openpyxl builds a cell object for every cell of a merged range (A1:XFD1048576 is seventeen
thousand million), and python-calamine allocates the whole bounding box and does not tell hidden rows nor whether a
number was typed as text. Uploaded files are the hostile input of this product, so this reader keeps written cells
only, refuses document type declarations, and never follows a link.
"""

from __future__ import annotations

import datetime as dt
import math
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from yuanluo.sheets.cells import Cell, CellError
from yuanluo.sheets.container import Container
from yuanluo.sheets.errors import NotAWorkbook, WorkbookBroken, WorkbookRefused, WorkbookTooLarge
from yuanluo.sheets.grid import MAX_CELLS, Grid, GridBuilder, Merge

__all__ = ["is_xlsx", "moment_of", "read_xlsx", "walk"]

_MAX_SHEETS: Final = 256
_LONGEST_TOKEN: Final = 1024 * 1024
_MAX_ROW: Final = 1_048_576
_MAX_COLUMN: Final = 16_384
_EPOCH_1900: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a cell's moment knows no zone
_EPOCH_1904: Final = dt.datetime(1904, 1, 1)  # noqa: DTZ001 - a cell's moment knows no zone
_FALSE_LEAP_DAY: Final = 60
_DAY_MILLISECONDS: Final = 86_400_000
_THINNEST: Final = 0.1
"""Rows (in points) and columns (in characters) thinner than this show nothing."""

_REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORMAT_NOISE: Final = re.compile(r"\"[^\"]*\"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.", re.IGNORECASE)
_DATE_LETTERS: Final = re.compile(r"[ymdhs]", re.IGNORECASE)
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})

Attributes = Mapping[str, str]


def is_xlsx(container: Container) -> bool:
    """Return whether the archive holds the parts of an .xlsx or .xlsm workbook."""
    names = {name.casefold() for name in container.names()}
    return "xl/workbook.xml" in names or ("_rels/.rels" in names and "[content_types].xml" in names)


def read_xlsx(container: Container, file: str) -> tuple[tuple[Grid, ...], bool]:
    """Return the sheets of the workbook in order and whether its dates count from 1904."""
    names = {name.replace("\\", "/").casefold(): name for name in container.names()}
    book_part = _workbook_part(container, names, file)
    book = _Book()
    walk(container, names[book_part.casefold()], book.start, file=file)
    links = _links(container, names, book_part, file)
    shared = _Strings()
    if part := _target(links, "sharedStrings", names):
        walk(container, part, shared.start, shared.end, shared.data, file=file)
    styles = _Styles()
    if part := _target(links, "styles", names):
        walk(container, part, styles.start, styles.end, file=file)
    if len(book.sheets) > _MAX_SHEETS:
        raise WorkbookTooLarge(file, f"{_MAX_SHEETS}张工作表", f"{_MAX_SHEETS} sheets")
    grids: list[Grid] = []
    builder = GridBuilder(file)
    for title, link, is_hidden in book.sheets:
        kind, target = links.get(link, ("", ""))
        if kind != "worksheet":
            continue
        if target.casefold() not in names:
            raise WorkbookBroken(file)
        sheet = _Sheet(builder, shared.strings, styles.dates(), book.epoch_1904, file)
        walk(container, names[target.casefold()], sheet.start, sheet.end, sheet.data, file=file)
        grids.append(
            Grid(
                title,
                builder.take(),
                tuple(sheet.merges),
                frozenset(sheet.hidden),
                frozenset(sheet.hidden_columns),
                is_hidden,
            )
        )
    if not grids:
        raise NotAWorkbook(file)
    return tuple(grids), book.epoch_1904


def walk(
    container: Container,
    part: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    data: Callable[[str], None] | None = None,
    *,
    file: str,
) -> None:
    """Stream one XML part through the callbacks; element and attribute names come without namespace."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def on_start(name: str, attributes: dict[str, str]) -> None:
        start(name.rpartition("}")[2], {key.rpartition("}")[2]: value for key, value in attributes.items()})

    def on_doctype(*_: object) -> None:
        raise WorkbookBroken(file)

    parser.StartElementHandler = on_start
    parser.StartDoctypeDeclHandler = on_doctype
    if end is not None:
        on_end = end
        parser.EndElementHandler = lambda name: on_end(name.rpartition("}")[2])
    if data is not None:
        parser.CharacterDataHandler = data
    try:
        fed = 0
        for piece in container.pieces(part):
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
                # Older expat reads an unfinished tag or comment again with every piece: quadratic time.
                raise WorkbookBroken(file)
        parser.Parse(b"", True)
    except WorkbookRefused:
        raise
    except (expat.ExpatError, ValueError, IndexError, OverflowError) as error:
        raise WorkbookBroken(file) from error


@dataclass(slots=True)
class _Book:
    """workbook.xml: the sheets in order with the link to each and whether it is hidden, and the epoch."""

    sheets: list[tuple[str, str, bool]] = field(default_factory=list[tuple[str, str, bool]])
    epoch_1904: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            is_hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), attributes.get("id", ""), is_hidden))
        elif name == "workbookPr":
            self.epoch_1904 = attributes.get("date1904", "0") in {"1", "true"}


@dataclass(slots=True)
class _Strings:
    """sharedStrings.xml: the runs of each string joined, phonetic guides left out."""

    strings: list[str] = field(default_factory=list[str])
    _parts: list[str] = field(default_factory=list[str])
    _in_text: bool = False
    _in_phonetic: bool = False

    def start(self, name: str, _attributes: Attributes) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._in_phonetic = True
        elif name == "t":
            self._in_text = not self._in_phonetic

    def end(self, name: str) -> None:
        if name == "si":
            self.strings.append(_unescape("".join(self._parts)))
        elif name == "rPh":
            self._in_phonetic = False
        elif name == "t":
            self._in_text = False

    def data(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)


@dataclass(slots=True)
class _Styles:
    """styles.xml: which cell formats show a number as a date."""

    _formats: dict[int, bool] = field(default_factory=dict[int, bool])
    _cells: list[int] = field(default_factory=list[int])
    _in_formats: bool = False
    _in_cells: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmts":
            self._in_formats = True
        elif name == "numFmt" and self._in_formats:
            number = int(attributes.get("numFmtId", "0"))
            self._formats[number] = _is_date_format(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._cells.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "numFmts":
            self._in_formats = False
        elif name == "cellXfs":
            self._in_cells = False

    def dates(self) -> frozenset[int]:
        """Return the indices of the cell formats that show dates."""
        return frozenset(
            index for index, number in enumerate(self._cells) if self._formats.get(number, number in _DATE_FORMATS)
        )


@dataclass(slots=True)
class _Sheet:
    """One worksheet: its written cells go to the builder, its merges and hidden rows stay here."""

    builder: GridBuilder
    strings: list[str]
    dates: frozenset[int]
    epoch_1904: bool
    file: str
    merges: list[Merge] = field(default_factory=list[Merge])
    hidden: set[int] = field(default_factory=set[int])
    hidden_columns: set[int] = field(default_factory=set[int])
    _told: int = 0
    _row: int = 0
    _column: int = 0
    _type: str = ""
    _style: int = 0
    _value: str = ""
    _text: list[str] = field(default_factory=list[str])
    _inside: str = ""
    _in_phonetic: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
            if _is_unseen(attributes, "ht"):
                self.hidden.add(self._row)
        elif name == "col":
            first = max(int(attributes.get("min", "1")), self._told + 1)  # in order: no column is told twice
            self._told = max(self._told, min(int(attributes.get("max", "1")), _MAX_COLUMN))
            if _is_unseen(attributes, "width"):
                self.hidden_columns.update(range(first, self._told + 1))
        elif name in {"v", "t"}:
            self._inside = "" if self._in_phonetic else name
        elif name == "rPh":
            self._in_phonetic = True
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name == "c":
            self.builder.put(self._row, self._column, self._cell())
        elif name in {"v", "t"}:
            self._inside = ""
        elif name == "rPh":
            self._in_phonetic = False

    def data(self, text: str) -> None:
        if self._inside == "v":
            self._value += text
        elif self._inside == "t":
            self._text.append(text)

    def _begin_cell(self, attributes: Attributes) -> None:
        self._column += 1
        if reference := attributes.get("r"):
            self._row, self._column = _position(reference)
        self._type = attributes.get("t", "n")
        self._style = int(attributes.get("s", "0"))
        self._value = ""
        self._text = []

    def _cell(self) -> Cell:
        """Return what the cell holds; a formula counts by its cached value, and without one as nothing."""
        match self._type:
            case "inlineStr":
                return _unescape("".join(self._text))
            case "s":
                return self.strings[int(self._value)] if self._value else None
            case "str":
                return _unescape(self._value)
            case "e":
                return CellError(self._value)
            case _ if not self._value.strip():
                return None
            case "b":
                return self._value.strip() not in {"0", "false"}
            case "d":
                return _iso_moment(self._value.strip())
            case _:
                return self._number(self._value.strip())

    def _number(self, text: str) -> Cell:
        number = float(text)
        if self._style in self.dates and (moment := moment_of(number, epoch_1904=self.epoch_1904)):
            return moment
        if text.lstrip("-").isdigit() and len(text) < 300:
            return int(text)
        return number if math.isfinite(number) else CellError(text)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        top, left = _position(first)
        bottom, right = _position(last or first)
        self.merges.append(Merge(min(top, bottom), min(left, right), max(top, bottom), max(left, right)))
        if len(self.merges) > MAX_CELLS // 10:
            raise WorkbookTooLarge(self.file, "10万个合并区域", "100,000 merged ranges")


def _workbook_part(container: Container, names: Mapping[str, str], file: str) -> str:
    if "_rels/.rels" in names:
        for kind, target in _links(container, names, "", file).values():
            if kind == "officeDocument" and target.casefold() in names and target.casefold().endswith(".xml"):
                return target
    if "xl/workbook.xml" in names:
        return "xl/workbook.xml"
    raise NotAWorkbook(file)


def _links(container: Container, names: Mapping[str, str], part: str, file: str) -> dict[str, tuple[str, str]]:
    """Return the relationships of a part: id → (last word of the type, path of the target)."""
    folder, base = posixpath.split(part)
    relations = posixpath.join(folder, "_rels", f"{base}.rels").casefold()
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, target.lstrip("/"))

    if relations in names:
        walk(container, names[relations], start, file=file)
    return found


def _target(links: Mapping[str, tuple[str, str]], kind: str, names: Mapping[str, str]) -> str | None:
    for found, target in links.values():
        if found == kind:
            return names.get(target.casefold())
    return None


def _position(reference: str) -> tuple[int, int]:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(reference)
    column = 0
    for letter in found.group(1).upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    row = int(found.group(2))
    if not 1 <= row <= _MAX_ROW or column > _MAX_COLUMN:
        raise ValueError(reference)
    return row, column


def _is_unseen(attributes: Attributes, size: str) -> bool:
    """Return whether a row or column is hidden, filtered away, or too thin to be seen."""
    return attributes.get("hidden", "0") in {"1", "true"} or float(attributes.get(size, "9")) < _THINNEST


def _iso_moment(text: str) -> Cell:
    """Return the day or the time that a cell of type d holds; its text, if it is neither."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        pass
    try:
        return dt.time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text


def moment_of(serial: float, *, epoch_1904: bool) -> dt.datetime | None:
    """Return the moment of a serial number; a bare time or a number outside of the calendar is none."""
    if not 1 <= serial < 2_958_466 - 1_462 * epoch_1904:
        return None
    milliseconds = round(serial * _DAY_MILLISECONDS)
    if epoch_1904:
        return _EPOCH_1904 + dt.timedelta(milliseconds=milliseconds)
    if serial < _FALSE_LEAP_DAY:
        milliseconds += _DAY_MILLISECONDS
    return _EPOCH_1900 + dt.timedelta(milliseconds=milliseconds)


def _is_date_format(code: str) -> bool:
    section = code.partition(";")[0]
    return _DATE_LETTERS.search(_FORMAT_NOISE.sub("", section)) is not None


def _unescape(text: str) -> str:
    """Undo _xHHHH_; two halves of a character become one, and a half left alone is no character that can be written."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
