"""The preview in the making: rows are read field by field, issues gather, accepted rows become records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from yuanluo.sheets.areas import read_area
from yuanluo.sheets.cells import Cell, code, fold, free_text, is_moment, name, shown
from yuanluo.sheets.dates import DateReading, PartialDate, read_date
from yuanluo.sheets.ids import birth_of, gender_of, read_id_number
from yuanluo.sheets.issues import Issue, Side, masked_value
from yuanluo.sheets.layout import Layout, Row
from yuanluo.sheets.limits import read_limit
from yuanluo.sheets.money import read_amount
from yuanluo.sheets.phones import read_phones
from yuanluo.sheets.preview import Record
from yuanluo.sheets.readings import Reading
from yuanluo.sheets.rooms import read_room

__all__ = ["GENDERS", "Draft", "RowReader", "in_words"]

T = TypeVar("T")

_SEVERAL = frozenset({"phone", "phone_alt"})
_EMPTY = frozenset({"E_REQUIRED", "E_ROOM_UNPARSEABLE"})


class Draft:
    """What the rules of a kind work on: the laid out sheets, and the records and issues gathered so far."""

    def __init__(
        self,
        layouts: Sequence[Layout],
        *,
        today: dt.date,
        default_year: int,
        epoch_1904: bool,
        main_labels: Mapping[str, str],
        name_field: str,
        preferred: Collection[str] = (),
        absent: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.layouts = tuple(layouts)
        self.today = today
        self.default_year = default_year
        self.epoch_1904 = epoch_1904
        self.main_labels = main_labels
        self.name_field = name_field
        self.year_was_assumed = False
        self.place: tuple[str, int] | None = None
        """Sheet and row that was begun last."""
        self.records: list[Record] = []
        self.issues: list[Issue] = []
        self.read_columns: dict[str, set[int]] = {}
        self._preferred = preferred
        self._absent = absent or {}

    @property
    def tables(self) -> tuple[Layout, ...]:
        """The sheets that have a header row."""
        return tuple(layout for layout in self.layouts if layout.header_row is not None)

    def titles(self) -> Iterable[tuple[str, str]]:
        """Yield sheet name and folded text of every title cell; headerless sheets (covers, notes) come last."""
        for layout in sorted(self.layouts, key=lambda layout: layout.header_row is None):
            for row in layout.titles.values():
                for text in row:
                    yield layout.name, text

    def columns(self, layout: Layout, within: Iterable[int] | None = None) -> dict[str, tuple[int, ...]]:
        """Return the columns of each field: those the caller mapped, the kind's own header, then from left to right.

        Only phones are read from several columns; of other fields the first one is.
        """
        allowed = set(layout.fields if within is None else within)
        found: dict[str, list[int]] = {}
        for column, field in sorted(layout.fields.items()):
            if column in allowed:
                found.setdefault(field, []).append(column)
        ordered = {
            field: tuple(sorted(columns, key=lambda column: self._order(layout.labels[column], field)))
            for field, columns in found.items()
        }
        for field, columns in ordered.items():
            self.read_columns.setdefault(layout.name, set()).update(columns if field in _SEVERAL else columns[:1])
        return ordered

    def is_absent(self, layout: Layout, field: str) -> bool:
        """Return whether rows need `field`, the sheet has no column for it, and its header row says so already."""
        return field in self._absent.get(layout.name, ())

    def _order(self, label: str, field: str) -> tuple[bool, bool]:
        return label not in self._preferred, label != self.main_labels[field]

    def row(
        self,
        layout: Layout,
        row: Row,
        columns: Mapping[str, tuple[int, ...]],
        *,
        side: Side | None = None,
        title_year: int | None = None,
    ) -> RowReader:
        """Begin to read `row`; a hidden one is warned of at once (N5)."""
        self.place = (layout.name, row.number)
        reader = RowReader(self, layout, row, columns, side, title_year)
        if row.is_hidden:
            reader.issue("W_ROW_HIDDEN", self.name_field)
        return reader

    def report(self, issue: Issue) -> None:
        """Add an issue that belongs to no row being read, such as one about a total."""
        self.issues.append(issue)


class RowReader:
    """Reads the fields of one row and gathers its issues; `accept` makes a record of it unless one is an error."""

    def __init__(
        self,
        draft: Draft,
        layout: Layout,
        row: Row,
        columns: Mapping[str, tuple[int, ...]],
        side: Side | None,
        title_year: int | None,
    ) -> None:
        self.draft = draft
        self.layout = layout
        self.row = row
        self.side: Side | None = side
        self.is_rejected = False
        self._columns = columns
        self._title_year = title_year

    def cell(self, field: str) -> Cell:
        """Return what stands in the column of `field`."""
        return self.row.cell(self._column(field))

    def label(self, field: str) -> str:
        """Return the file's own header of `field`, or the contract's if the file has no such column."""
        column = self._column(field)
        return self.draft.main_labels[field] if column is None else self.layout.labels[column]

    def has(self, field: str) -> bool:
        """Return whether the sheet has a column for `field`."""
        return field in self._columns

    def issue(self, code: str, field: str, *, label: str | None = None, cell: Cell = None) -> None:
        """Report `code` in the column of `field`; what a whole sheet lacks was said at its header row (K11)."""
        if code in _EMPTY and self.draft.is_absent(self.layout, field):
            self.is_rejected = True
            return
        text = masked_value(code, fold(shown(self.cell(field) if cell is None else cell)))
        issue = Issue(self.layout.name, self.row.number, label or self.label(field), code, self.side, text)
        self.is_rejected = self.is_rejected or issue.is_error
        self.draft.issues.append(issue)

    def accept(self, values: Mapping[str, object]) -> bool:
        """Add the row as a record unless it has an error; return whether it was added (N15)."""
        if self.is_rejected:
            return False
        place: Record = {"sheet": self.layout.name, "row": self.row.number}
        if self.side is not None:
            place["side"] = self.side
        self.draft.records.append(place | dict(values))
        return True

    def code(self, field: str) -> str | None:
        """Read a code or short text (N1)."""
        return code(self._text(field))

    def name(self, field: str) -> str | None:
        """Read a name (N1, N2)."""
        return name(self._text(field))

    def free_text(self, field: str) -> str | None:
        """Read a free text (N1)."""
        return free_text(self._text(field))

    def required(self, field: str, value: T | None) -> T | None:
        """Return `value`, reporting E_REQUIRED in the column of `field` if there is none."""
        if value is None:
            self.issue("E_REQUIRED", field)
        return value

    def date(self, field: str) -> DateReading:
        """Read a date and report what is wrong with it (N7)."""
        reading = read_date(
            self.cell(field),
            title_year=self._title_year,
            default_year=self.draft.default_year,
            epoch_1904=self.draft.epoch_1904,
        )
        if reading.code:
            self.issue(reading.code, field)
        if reading.assumed_year is not None:
            self.draft.year_was_assumed = True
        if reading.value and PartialDate.of(self.draft.today).is_before(reading.value):
            self.issue("E_DATE_FUTURE", field)
        return reading

    def amount(self, field: str) -> Reading[int]:
        """Read an amount in fen (N11)."""
        return self._reported(read_amount(self.cell(field)), field)

    def area(self, field: str) -> Reading[int]:
        """Read an area in 1/100 m² (N10)."""
        return self._reported(read_area(self.cell(field)), field)

    def id_number(self, field: str) -> Reading[str]:
        """Read an ID number (N6); nobody is born after today (N7)."""
        reading = self._reported(read_id_number(self.cell(field)), field)
        if reading.value and birth_of(reading.value) > self.draft.today:
            self.issue("E_DATE_FUTURE", field)
        return reading

    def room(self, field: str) -> str | None:
        """Read a location that is not essential: unreadable gives a warning (N9)."""
        reading = read_room(self.cell(field))
        if reading.code:
            self.issue(f"W_{reading.code}", field)
        return reading.value

    def phones(self, field: str = "phone", spare: str = "phone_alt") -> tuple[str | None, list[str]]:
        """Read the phone and the others: the rest of its cell, further phone columns, then the spare column (N8)."""
        numbers = [number for column in self._columns.get(field, ()) for number in self._numbers(column, field)]
        spares = [number for column in self._columns.get(spare, ()) for number in self._numbers(column, field)]
        return (numbers[0] if numbers else None), [*numbers[1:], *spares]

    def birth_and_gender(self, id_number: str | None) -> tuple[PartialDate | None, str | None]:
        """Read birth and gender; a valid ID number decides, and a cell that contradicts it is warned of (N6)."""
        birth = self.date("birth").value
        gender = in_words(self.code("gender"), GENDERS)
        if id_number is None:
            return birth, gender
        born = PartialDate.of(birth_of(id_number))
        if birth is not None and not birth.agrees_with(born):
            self.issue("W_BIRTH_ID_MISMATCH", "birth")
        if gender is not None and gender != gender_of(id_number):
            self.issue("W_GENDER_ID_MISMATCH", "gender")
        return born, gender_of(id_number)

    def _text(self, field: str) -> Cell:
        """Return the cell of a text; a date that a spreadsheet made of it is warned of, and no text."""
        cell = self.cell(field)
        if is_moment(cell):
            self.issue("W_TEXT_IS_DATE", field)
            return None
        return cell

    def limit(self, field: str, least: int, most: int) -> int | None:
        """Read a time limit from `least` to `most` working days: the leading whole number of the cell."""
        return self._reported(read_limit(self.cell(field), least, most), field).value

    def _column(self, field: str) -> int | None:
        columns = self._columns.get(field)
        return columns[0] if columns else None

    def _numbers(self, column: int, field: str) -> tuple[str, ...]:
        cell = self.row.cell(column)
        reading = read_phones(cell)
        if reading.code:
            self.issue(reading.code, field, label=self.layout.labels[column], cell=cell)
        return reading.numbers

    def _reported(self, reading: Reading[T], field: str) -> Reading[T]:
        if reading.code:
            self.issue(reading.code, field)
        return reading


GENDERS: Mapping[str, str] = {"男": "M", "男性": "M", "女": "F", "女性": "F"}
"""What clerks write for a gender."""


def in_words(text: str | None, words: Mapping[str, T]) -> T | None:
    """Return what `text` stands for in `words`, or None if it is empty or unknown (N1)."""
    return None if text is None else words.get(text)
