"""Workbooks in and out: what a clerk's form says, as values, and the same form written again (`domain.md` §5).

A kind of form is one value of `Kind`; `preview` reads a file as that kind and tells what an import would do,
`write_workbook` exports it. Nothing here knows a database or a courtyard.
"""

from yuanluo.sheets.cells import Cell, CellError
from yuanluo.sheets.cellwriters import as_hundredths, as_phones, as_text, as_words, joined
from yuanluo.sheets.dates import DateReading, PartialDate, find_date
from yuanluo.sheets.draft import GENDERS, Draft, RowReader, in_words
from yuanluo.sheets.errors import (
    ColumnUnknown,
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
from yuanluo.sheets.phones import PHONE_HINT, PHONE_TITLES, SPARE_PHONE_TITLES
from yuanluo.sheets.preview import Counts, Preview, Record, SheetHeader, SkippedRow
from yuanluo.sheets.report import write_report
from yuanluo.sheets.rooms import HOME_TITLES, ROOM_HINT
from yuanluo.sheets.targets import check_target, write_whole
from yuanluo.sheets.titles import ColumnTold, MissingField, TitleChoices
from yuanluo.sheets.workbook import Workbook, open_workbook
from yuanluo.sheets.writer import TextTooLongForCell, write_template, write_workbook

__all__ = [
    "GENDERS",
    "HOME_TITLES",
    "ISSUE_CODES",
    "ORDINAL",
    "OWNER_ROSTER",
    "PHONE_HINT",
    "PHONE_TITLES",
    "ROOM_HINT",
    "SPARE_PHONE_TITLES",
    "Cell",
    "CellError",
    "ClosedRow",
    "Column",
    "ColumnTold",
    "ColumnUnknown",
    "Counts",
    "DateReading",
    "Draft",
    "Form",
    "Frame",
    "Issue",
    "Kind",
    "Layout",
    "MissingField",
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
    "TextTooLongForCell",
    "TitleChoices",
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
    "check_target",
    "find_date",
    "guess_kind",
    "in_words",
    "joined",
    "open_workbook",
    "preview",
    "read_amount",
    "write_report",
    "write_template",
    "write_whole",
    "write_workbook",
]
