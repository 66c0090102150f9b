"""Workbooks in and out: what a clerk's form says, as values, and the same form written again (`domain.md` §5).

A kind of form is one value of `Kind`; `preview` reads a file as that kind and tells what an import would do,
`write_workbook` exports it. Nothing here knows a database or a courtyard.
"""

from yuanluo.sheets.cells import Cell, CellError
from yuanluo.sheets.cellwriters import as_hundredths, as_phones, as_text, as_words, joined
from yuanluo.sheets.dates import DateReading, PartialDate, find_date
from yuanluo.sheets.draft import GENDERS, Draft, RowReader, in_words
from yuanluo.sheets.errors import (
    NoHeaderFound,
    NotAWorkbook,
    WorkbookBomb,
    WorkbookBroken,
    WorkbookEmpty,
    WorkbookEncrypted,
    WorkbookMissing,
    WorkbookRefused,
    WorkbookTooLarge,
)
from yuanluo.sheets.issues import ISSUE_CODES, Issue, Side
from yuanluo.sheets.kinds import ORDINAL, Column, Form, Frame, Kind, Written, guess_kind, preview
from yuanluo.sheets.layout import ClosedRow, Layout, Row
from yuanluo.sheets.money import read_amount
from yuanluo.sheets.owner_roster import OWNER_ROSTER
from yuanluo.sheets.preview import Counts, Preview, Record, SheetHeader, SkippedRow
from yuanluo.sheets.workbook import Workbook, open_workbook
from yuanluo.sheets.writer import write_workbook

__all__ = [
    "GENDERS",
    "ISSUE_CODES",
    "ORDINAL",
    "OWNER_ROSTER",
    "Cell",
    "CellError",
    "ClosedRow",
    "Column",
    "Counts",
    "DateReading",
    "Draft",
    "Form",
    "Frame",
    "Issue",
    "Kind",
    "Layout",
    "NoHeaderFound",
    "NotAWorkbook",
    "PartialDate",
    "Preview",
    "Record",
    "Row",
    "RowReader",
    "SheetHeader",
    "Side",
    "SkippedRow",
    "Workbook",
    "WorkbookBomb",
    "WorkbookBroken",
    "WorkbookEmpty",
    "WorkbookEncrypted",
    "WorkbookMissing",
    "WorkbookRefused",
    "WorkbookTooLarge",
    "Written",
    "as_hundredths",
    "as_phones",
    "as_text",
    "as_words",
    "find_date",
    "guess_kind",
    "in_words",
    "joined",
    "open_workbook",
    "preview",
    "read_amount",
    "write_workbook",
]
