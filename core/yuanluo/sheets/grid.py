"""A sheet as a grid of raw typed cells under Excel's own row numbers.

Grids are sparse: only cells in which something is written are kept, so a sheet that claims A1:XFD1048576 and holds
three rows costs three rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from yuanluo.sheets.cells import Cell, CellError, is_blank
from yuanluo.sheets.errors import WorkbookTooLarge

__all__ = ["MAX_CELLS", "MAX_ROWS", "Grid", "GridBuilder", "Merge"]

MAX_CELLS: Final = 1_000_000
"""More written cells than this in one workbook are refused."""

_ERROR: Final = re.compile(r"#(?:REF!|DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!|#+)|Err:[0-9]{3}")
"""An error as its text, or a number that did not fit its column (####): all that some formats keep of it."""

MAX_ROWS: Final = 100_000
"""A sheet with something written below this row is refused: each blank row above it would be told in the preview."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, all four bounds inclusive and counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: written cells by row and column (both from 1), merged ranges, and what of it nobody sees."""

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    merges: tuple[Merge, ...] = ()
    hidden: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    is_hidden: bool = False

    @property
    def last_row(self) -> int:
        """The last row with something written in it; 0 for an empty sheet."""
        return max(self.rows, default=0)


@dataclass(slots=True)
class GridBuilder:
    """Collects the cells of one workbook and refuses to collect too many."""

    file: str
    left: int = MAX_CELLS
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict[int, dict[int, Cell]])

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Keep `cell` unless nothing is written in it."""
        if is_blank(cell):
            return
        if isinstance(cell, str) and cell.lstrip().startswith(("#", "Err:")) and _ERROR.fullmatch(cell.strip()):
            cell = CellError(cell.strip())
        self.left -= 1
        if self.left < 0:
            raise WorkbookTooLarge(self.file, "100万个单元格", "one million cells")
        if row > MAX_ROWS:
            raise WorkbookTooLarge(self.file, "10万行", "100,000 rows")
        self.rows.setdefault(row, {})[column] = cell

    def take(self) -> dict[int, dict[int, Cell]]:
        """Return the rows of the sheet collected so far and begin the next sheet."""
        rows, self.rows = self.rows, {}
        return rows
