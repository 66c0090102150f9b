"""Finding the table in a sheet: titles, header, data rows and rows to skip (rules N3, N4, N5).

Two readings of a row matter. What is *written* in it decides whether it is blank and what kind of row it is; what
*stands* in it, merged cells filled down and "as above" resolved, is what its fields are read from. So a merge that
runs over an empty line makes no record of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, code, fold, header_label, is_blank, is_ditto, is_moment, shown
from yuanluo.sheets.errors import WorkbookTooLarge
from yuanluo.sheets.grid import MAX_CELLS, Grid

__all__ = ["ClosedRow", "Labels", "Layout", "Row", "count_labels", "lay_out"]

_TOP_ROWS: Final = 10
_FEWEST_LABELS: Final = 3
_PERIODS: Final = "本期|本月|本季度?|本年度?|期末"
_SIDES: Final = "收入|支出|收支"
_TOTAL: Final = re.compile(
    rf"合计|小计|总计|本页合计|本页小计|累计|承前页|过次页|(?:{_PERIODS})(?:结余|合计|余额|累计|小计)"
    rf"|(?:{_PERIODS})?(?:{_SIDES})(?:合计|小计|总计|累计)"
)
_COMPARED: Final = re.compile(rf"合计|总计|(?:{_PERIODS})合计|(?:{_PERIODS})?(?:{_SIDES})(?:合计|总计)")
_CLOSING: Final = re.compile(rf"(?:{_PERIODS})(?:结余|余额)")
_OPENING: Final = re.compile(r"(?:上期|上月|上季度?|上年度?|期初|月初|年初)(?:结余|结转|余额)")
_FOOTER: Final = re.compile(
    r"制表|审核|填表|注:|备注:|说明"
    r"|(?:填报|填报人|填报单位|出纳|会计|监督|监事会|院委会|负责人|经办人|复核|审批|主管)[人员]?:"
    r"|[^:()]{1,12}\((?:签字|签名|签章|盖章)\)|监督电话:|公示(?:时间|日期|期限?):"
)
_BEFORE_AMOUNT: Final = re.compile(r"^(?:\((?:人民币|大写|小写|单位|[:元])+\)|人民币|大写|小写|:)+")

Labels = Mapping[str, str]
"""The known labels of a kind: normalised header text → name of the field."""


@dataclass(frozen=True, slots=True)
class Row:
    """A data row: its cells as they stand, which of them are written in the row itself, and whether it is hidden."""

    number: int
    cells: Mapping[int, Cell]
    written: Collection[int]
    is_hidden: bool = False

    def cell(self, column: int | None) -> Cell:
        """Return what stands in `column`; None if the sheet has no such column."""
        return None if column is None else self.cells.get(column)

    def is_nothing(self, column: int) -> bool:
        """Return whether `column` is empty or says so in words (无, —)."""
        cell = self.cells.get(column)
        return not isinstance(cell, CellError) and not is_moment(cell) and code(cell) is None


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """A row that carries a total, a closing or an opening amount, and is no record.

    `after_label` is what follows the label in the same cell (本期结余：13,172.97元); `label_column` is that cell.
    """

    number: int
    kind: str
    cells: Mapping[int, Cell]
    label_column: int
    after_label: str


@dataclass(frozen=True, slots=True)
class Layout:
    """One sheet taken apart. Without a header row, all of its rows are titles and nothing else is filled."""

    name: str
    header_row: int | None
    titles: Mapping[int, tuple[str, ...]]
    """The folded texts of every row above the header, by its number."""
    labels: Mapping[int, str]
    fields: Mapping[int, str]
    rows: tuple[Row, ...]
    closed: tuple[ClosedRow, ...]
    skipped: tuple[tuple[int, str], ...]
    headers: Mapping[int, str] = field(default_factory=lambda: {})
    """The normalised title of every column in which anything is written, known or not; empty where it has none."""
    hidden_columns: frozenset[int] = frozenset()


def lay_out(grid: Grid, labels: Labels, *, date_field: str | None = None, file: str = "") -> Layout:
    """Take `grid` apart by the known `labels` of a kind.

    `date_field` names the field whose column may stand before the words 上期结余 or 合计 without hiding them.
    """
    filled = _fill_down(grid, file)
    header = _find_header(grid, filled, labels)
    last = grid.last_row
    above = range(1, last + 1 if header is None else header)
    titles = {
        row: tuple(fold(shown(cell)) for _, cell in sorted(grid.rows[row].items())) for row in above if row in grid.rows
    }
    if header is None:
        skipped = tuple((row, "TITLE") for row in above)
        return Layout(grid.name, None, titles, {}, {}, (), (), skipped)
    return _Walk(grid, filled, header, labels, date_field).layout(titles)


def count_labels(grid: Grid, labels: Labels) -> int:
    """Return how many different known labels the header of `grid` has; 0 without a header."""
    filled = _fill_down(grid, "")
    header = _find_header(grid, filled, labels)
    if header is None:
        return 0
    return len(set(_header_labels(grid, filled, header, labels).values()))


def _fill_down(grid: Grid, file: str) -> dict[int, dict[int, Cell]]:
    """Return the rows with each vertically merged value repeated down its column (N5)."""
    filled = {row: dict(cells) for row, cells in grid.rows.items()}
    budget = MAX_CELLS
    for merge in grid.merges:
        value = grid.rows.get(merge.top, {}).get(merge.left)
        if value is None:
            continue
        for row in range(merge.top + 1, min(merge.bottom, grid.last_row) + 1):
            budget -= 1
            if budget < 0:
                raise WorkbookTooLarge(file, "100万个合并单元格", "one million merged cells")
            filled.setdefault(row, {}).setdefault(merge.left, value)
    return filled


def _find_header(grid: Grid, filled: Mapping[int, Mapping[int, Cell]], labels: Labels) -> int | None:
    """Return the first of the top rows with at least three known labels, and half as many as any of them (N3).

    So a line above the table that says 负责人 … 联系电话 … 日期 … is no header of twelve columns. Cells merged sideways
    are groups over columns, not labels. If labels of the row found are merged downwards next to such a group, the row
    in which they end is the header: there the columns below the group have their own labels.
    """
    groups = _groups(grid)
    for counted_groups in (False, True):
        known = {
            row: sum(
                header_label(cell) in labels and (counted_groups or (row, column) not in groups)
                for column, cell in filled.get(row, {}).items()
            )
            for row in range(1, _TOP_ROWS + 1)
        }
        fewest = max(_FEWEST_LABELS, (max(known.values()) + 1) // 2)
        for row, count in known.items():
            if count >= fewest:
                below = _lower_header(grid, row, labels)
                return row + 1 if below == row and _is_storey(filled, row + 1, labels) else below
    return None


def _groups(grid: Grid) -> set[tuple[int, int]]:
    """Return the places of cells merged sideways."""
    return {(merge.top, merge.left) for merge in grid.merges if merge.right > merge.left}


def _known(row: Mapping[int, Cell], labels: Labels) -> dict[int, str]:
    return {column: label for column, cell in sorted(row.items()) if (label := header_label(cell)) in labels}


def _header_labels(
    grid: Grid, filled: Mapping[int, Mapping[int, Cell]], header: int, labels: Labels
) -> Mapping[int, str]:
    """Return the known label of each column: in the header row or, where that is blank, in the row above."""
    above, groups = _known(filled.get(header - 1, {}), labels), _groups(grid)
    upper = {
        column: label
        for column, label in above.items()
        if column not in filled[header] and (header - 1, column) not in groups
    }
    return dict(sorted((upper | _known(filled[header], labels)).items()))


def _is_storey(filled: Mapping[int, Mapping[int, Cell]], row: int, labels: Labels) -> bool:
    """Return whether `row` labels columns anew: the lower storey of a header that lost its merges (.csv has none)."""
    own, above = _known(filled.get(row, {}), labels), _known(filled[row - 1], labels)
    return len(own) > 1 and not own.items() & above.items()


def _lower_header(grid: Grid, row: int, labels: Labels) -> int:
    below = max(
        (
            merge.bottom
            for merge in grid.merges
            if merge.top <= row < merge.bottom and header_label(grid.rows.get(merge.top, {}).get(merge.left)) in labels
        ),
        default=row,
    )
    own = grid.rows.get(below, {})
    has_own_labels = any(header_label(cell) in labels for cell in own.values())
    return below if below > row and has_own_labels else row


class _Walk:
    """One pass over the rows below the header."""

    def __init__(
        self,
        grid: Grid,
        filled: Mapping[int, Mapping[int, Cell]],
        header: int,
        labels: Labels,
        date_field: str | None,
    ) -> None:
        self._grid = grid
        self._filled = filled
        self._header = header
        self._labels = _header_labels(grid, filled, header, labels)
        self._fields = {column: labels[text] for column, text in self._labels.items()}
        self._dates = {column for column, name in self._fields.items() if name == date_field}
        self._vouchers = {column for column, name in self._fields.items() if name == "voucher_no"}
        self._known = labels
        self._previous: dict[int, Cell] = {}

    def layout(self, titles: Mapping[int, tuple[str, ...]]) -> Layout:
        rows: list[Row] = []
        closed: list[ClosedRow] = []
        skipped = [
            (
                row,
                "TITLE" if any(not is_blank(cell) for cell in self._filled.get(row, {}).values()) else "BLANK",
            )
            for row in range(1, self._header)
        ]
        for number in range(self._header + 1, self._grid.last_row + 1):
            written = self._grid.rows.get(number, {})
            reason = self._reason(number, written)
            if reason is None:
                rows.append(self._data_row(number, written))
                continue
            skipped.append((number, reason[0]))
            if reason[1] is not None:
                closed.append(self._closed_row(number, written, reason[1]))
        return Layout(
            self._grid.name,
            self._header,
            titles,
            self._labels,
            self._fields,
            tuple(rows),
            tuple(closed),
            tuple(skipped),
            self._headers(rows),
            self._grid.hidden_columns,
        )

    def _headers(self, rows: Collection[Row]) -> Mapping[int, str]:
        own, above = self._filled[self._header], self._filled.get(self._header - 1, {})
        groups = _groups(self._grid)
        is_storey = bool(_known(above, self._known))
        titles = {column: header_label(cell) for column, cell in own.items() if header_label(cell)}
        if is_storey:
            upper = {
                column: header_label(cell)
                for column, cell in above.items()
                if column not in own and (self._header - 1, column) not in groups
            }
            titles = upper | titles
        written = {column for row in rows for column in row.written}
        return {column: titles.get(column, "") for column in sorted(written | titles.keys() | self._labels.keys())} | (
            dict(self._labels)
        )

    def _reason(self, number: int, written: Mapping[int, Cell]) -> tuple[str, int | None] | None:
        """Return why a row is skipped, and the column of the word that says so if it carries amounts."""
        standing = self._filled.get(number, {}).values()
        if sum(header_label(cell) in self._known for cell in standing) >= _FEWEST_LABELS:
            return "REPEATED_HEADER", None
        if not written:
            return "BLANK", None
        first = min(written)
        text = fold(shown(written[first]))
        if _OPENING.match(text):
            return "OPENING", first
        if _TOTAL.match(text):
            return "TOTAL", first
        if _FOOTER.match(text):
            return "FOOTER", None
        return self._reason_after_date(written, first)

    def _reason_after_date(self, written: Mapping[int, Cell], first: int) -> tuple[str, int | None] | None:
        """A date may stand before a bare 上期结余 or 合计, if the row has no voucher: it is still no entry."""
        rest = [column for column in sorted(written) if column > first and code(written[column]) is not None]
        if first not in self._dates or not rest or self._vouchers & set(rest):
            return None
        text = fold(shown(written[rest[0]])).rstrip(":")
        if _OPENING.fullmatch(text):
            return "OPENING", rest[0]
        return ("TOTAL", rest[0]) if _TOTAL.fullmatch(text) else None

    def _data_row(self, number: int, written: Mapping[int, Cell]) -> Row:
        cells = dict(self._filled[number])
        for column, name in self._fields.items():
            if is_ditto(cells.get(column)):
                cells[column] = None if name == "remark" else self._previous.get(column)
        self._previous = cells
        own = [column for column, cell in written.items() if not is_blank(cell)]
        return Row(number, cells, frozenset(own), number in self._grid.hidden or self._grid.is_hidden)

    def _closed_row(self, number: int, written: Mapping[int, Cell], column: int) -> ClosedRow:
        text = fold(shown(written[column]))
        for kind, pattern in (
            ("OPENING", _OPENING),
            ("CLOSING", _CLOSING),
            ("TOTAL", _COMPARED),
            ("SUBTOTAL", _TOTAL),
        ):
            if found := pattern.match(text):
                return ClosedRow(number, kind, written, column, _amount_part(text[found.end() :]))
        raise AssertionError(text)


def _amount_part(text: str) -> str:
    """Return what follows a label in its cell: "(元):13,172.97" gives "13,172.97", "(大写):贰佰元整" its figures."""
    return _BEFORE_AMOUNT.sub("", text)
