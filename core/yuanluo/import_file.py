"""The file that an importer writes, with what the register says to its rows (`domain.md` §11 K12).

An importer gets an `ImportFile`: a preview that also takes refusals and warnings by row. A preview and a commit run the
very same importer, the preview in a transaction that is rolled back, so what a commit would refuse is what the
preview tells. Three ways to say where a refusal belongs:

    with file.at(record):                  # whatever is refused in the block is this row's; the next row goes on
        share = read_share(record)
    outcomes = await file.by_row(context, add_plots, plots, records)    # a list at once; row by row if refused
    file.warn(record, "keeper", "W_KEEPER_GONE", "认养人已迁出", "the keeper has moved out")

A refusal that says no row is the whole file's and stands at the header row.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from typing_extensions import override

from yuanluo.sheets.cells import header_label
from yuanluo.sheets.errors import RowFailed
from yuanluo.sheets.preview import Preview
from yuanluo_tenants.errors import Invalid, Locale, Refused

if TYPE_CHECKING:
    from yuanluo.command import CommandContext
    from yuanluo.sheets import Kind
    from yuanluo.sheets.issues import Side

__all__ = ["ImportFile", "RegisterIssue", "RowsRefused"]

I = TypeVar("I")  # noqa: E741  # what is written of one row
O = TypeVar("O")  # noqa: E741  # what it became

ROW_OPTION: Final = "person."
"""`person.12=<id>` or `person.Sheet1!12=new` says who is meant in a row that fits several people."""
NEW: Final = "new"
MOST_TOLD: Final = 1000
"""Refused rows after which the rest of a list is not looked at any more."""


@dataclass(frozen=True, slots=True)
class RegisterIssue:
    """What the register says to one row: E_ and the refusal's own code where a commit is refused, W_ otherwise."""

    sheet: str
    row: int
    column: str
    code: str
    zh: str
    en: str
    side: Side | None = None

    @property
    def is_error(self) -> bool:
        """Whether a commit would be refused for it."""
        return self.code.startswith("E_")

    def sentence(self, locale: Locale = "zh-CN") -> str:
        """Return where it is, what it is and what to do next."""
        return self.place(locale) + (self.zh if locale == "zh-CN" else self.en)

    def place(self, locale: Locale = "zh-CN") -> str:
        """Return where it is, as the beginning of a sentence."""
        if locale == "zh-CN":
            side = {"L": "收入侧", "R": "支出侧", None: ""}[self.side]
            return f"工作表“{self.sheet}”第 {self.row} 行{side}“{self.column}”:"
        side = {"L": " (income side)", "R": " (expense side)", None: ""}[self.side]
        return f"row {self.row} of sheet {self.sheet!r}{side}, column {self.column!r}: "

    def to_json(self) -> dict[str, object]:
        """Return the issue in the shape of the import contract, with its sentence."""
        plain: dict[str, object] = {"sheet": self.sheet, "row": self.row, "column": self.column, "code": self.code}
        if self.side is not None:
            plain["side"] = self.side
        return plain | {"message": self.zh, "message_en": self.en}


class RowsRefused(Exception):  # it never leaves the import
    """Rolls an import back of which rows were refused."""


class _Records(tuple[Any, ...]):  # noqa: SLOT001  # a tuple has no room for named ones
    """The records of a file; they remember which one is being worked on, for whoever has to tell that it failed."""

    at: Mapping[str, Any] | None = None

    @override
    def __iter__(self) -> Iterator[Any]:
        return _Steps(self)


class _Steps:
    """Goes through records; no generator, for that one forgets its place when the loop around it fails."""

    def __init__(self, records: _Records) -> None:
        self._records = records
        self._place = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._place == len(self._records):
            self._records.at = None
            raise StopIteration
        record: Mapping[str, Any] = self._records[self._place]
        self._records.at = record
        self._place += 1
        return record


@dataclass(frozen=True, slots=True)
class At:
    """A block that belongs to one row."""

    file: ImportFile
    record: Mapping[str, Any]
    name: str | None = None

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        """Keep a refusal and go on; raise RowFailed for what is none."""
        if isinstance(error, Refused):
            self.file.refuse(self.record, error, self.name)
            return True
        if isinstance(error, Exception) and not isinstance(error, RowFailed | RowsRefused):
            raise RowFailed(self.record["sheet"], self.record["row"]) from error
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile(Preview):
    """A preview on its way into the register; see the module."""

    form: Kind
    chosen: Mapping[str, str] = field(default_factory=lambda: {})
    """Who is meant in rows that fit several people: `{"12": "<id>" or "new"}`, rows as `12` or `Sheet1!12`."""
    issues_found: list[RegisterIssue] = field(default_factory=lambda: [], compare=False)
    refusals: list[Refused] = field(default_factory=lambda: [], compare=False)
    used: set[str] = field(default_factory=set[str], compare=False)

    @classmethod
    def of(cls, preview: Preview, form: Kind, chosen: Mapping[str, str] | None = None) -> ImportFile:
        """Return `preview` as a file to be written."""
        said = {each.name: getattr(preview, each.name) for each in fields(Preview)}
        said["records"] = _Records(preview.records)
        return cls(**said, form=form, chosen=dict(chosen or {}))

    # saying what is wrong ---------------------------------------------------------------------------------------

    def refuse(self, record: Mapping[str, Any], refused: Refused, name: str | None = None) -> None:
        """Refuse the file for what one row holds; `name` is the field, where the refusal does not name it."""
        self.refuse_at(record["sheet"], record["row"], refused, name, record.get("side"))

    def refuse_at(
        self, sheet: str, row: int, refused: Refused, name: str | None = None, side: Side | None = None
    ) -> None:
        """Refuse the file for what stands in a row that is no record, such as a total."""
        column = self.column(name or getattr(refused, "field", None))
        code = f"E_{refused.stable_code}"
        self.issues_found.append(RegisterIssue(sheet, row, column, code, refused.zh, refused.message("en"), side))
        self.refusals.append(refused)

    def refuse_whole(self, refused: Refused, reason: str | None = None) -> None:
        """Refuse the file for what no row says: it stands at the header row of the first sheet.

        With `reason` it stands at the first row that was skipped for it, such as OPENING.
        """
        skipped = next((each for each in self.skipped_rows if each.reason == reason), None)
        if skipped is not None:
            self.refuse_at(skipped.sheet, skipped.row, refused)
        elif self.sheets:
            self.refuse_at(self.sheets[0].name, self.sheets[0].header_row, refused)
        else:
            self.refuse_at(self.file, 1, refused)

    def warn(self, record: Mapping[str, Any], name: str, code: str, zh: str, en: str) -> None:
        """Tell something about a row that does not keep it from being written."""
        issue = RegisterIssue(record["sheet"], record["row"], self.column(name), code, zh, en, record.get("side"))
        self.issues_found.append(issue)

    def at(self, record: Mapping[str, Any], name: str | None = None) -> At:
        """Keep what is refused inside as this row's, and go on; what fails otherwise is told with its row."""
        return At(self, record, name)

    async def by_row(
        self,
        context: CommandContext,
        work: Callable[[CommandContext, Sequence[I]], Awaitable[Sequence[O]]],
        items: Sequence[I],
        records: Sequence[Mapping[str, Any]],
    ) -> list[O | None]:
        """Do `work` for all items at once; where that is refused, by halves, down to the rows that are (None)."""
        outcomes: list[O | None] = [None] * len(items)
        most = len(self.refusals) + MOST_TOLD

        async def halve(start: int, end: int) -> None:
            if len(self.refusals) >= most:
                return
            if end - start == 1:
                with self.at(records[start]):
                    [outcomes[start]] = await self._tried(context, work, items[start:end])
                return
            try:
                outcomes[start:end] = await self._tried(context, work, items[start:end])
                return
            except Exception as error:  # noqa: BLE001  # the rows say which of them it was, and why
                together = error
            refused = len(self.refusals)
            await halve(start, (start + end) // 2)
            await halve((start + end) // 2, end)
            if len(self.refusals) == refused:  # each by itself would do, all of them together do not
                raise together

        if items:
            await halve(0, len(items))
        return outcomes

    @staticmethod
    async def _tried(
        context: CommandContext,
        work: Callable[[CommandContext, Sequence[I]], Awaitable[Sequence[O]]],
        items: Sequence[I],
    ) -> Sequence[O]:
        """Do `work`, or leave nothing of it: rows, counters and what would be logged go with the savepoint."""
        deltas, attempts = copy.deepcopy(context.deltas), len(context.attempts)
        try:
            async with context.database.savepoint():
                return await work(context, items)
        except BaseException:
            context.deltas.clear()
            context.deltas.update(deltas)
            if len(items) > 1:
                del context.attempts[attempts:]
            raise

    def enforce(self) -> None:
        """Stop here if rows were refused: what follows needs them all."""
        if self.refusals:
            raise RowsRefused

    # who is meant -----------------------------------------------------------------------------------------------

    def choice(self, record: Mapping[str, Any]) -> str | None:
        """Return what the clerk chose for a row: an id, `new`, or None where he chose nothing."""
        for key in (f"{record['sheet']}!{record['row']}", str(record["row"])):
            if key in self.chosen:
                self.used.add(key)
                return self.chosen[key]
        return None

    def check_choices(self) -> None:
        """Refuse choices for rows in which nobody had to be chosen: a row number was mistyped."""
        for key in self.chosen.keys() - self.used:
            raise Invalid(
                f"第 {key} 行没有需要选定的人员,请核对 {ROW_OPTION}{key}。",
                f"nobody has to be chosen in row {key}; check {ROW_OPTION}{key}.",
                field="option",
                code="NOTHING_TO_CHOOSE",
                rule="domain K12",
            )

    # telling ----------------------------------------------------------------------------------------------------

    def column(self, name: str | None) -> str:
        """Return the header of a field, as the form names it; that of the row's name where it has none."""
        labels = self.form.main_labels
        within = {"room_key": ("room", "location"), "area_c": ("area",), "file": ()}
        for candidate in (name or "", *within.get(name or "", ()), f"owner_{name}"):
            if candidate in labels:
                return labels[candidate]
        return labels.get(self.form.name_field, header_label(self.form.name_field))

    def first_refusal(self) -> Refused:
        """Return the first refusal, with its row and how many more there are."""
        refused = self.refusals[0]
        issue = next(each for each in self.issues_found if each.is_error)
        others = len(self.refusals) - 1
        refused.zh = issue.sentence() + (f"另有 {others} 处同样不能写入,预览可逐行查看。" if others else "")
        refused.en = issue.sentence("en") + (
            f" {others} more rows are refused; a preview lists them." if others else ""
        )
        refused.args = (refused.en,)
        return refused

    def where_it_failed(self, error: BaseException) -> Exception | None:
        """Return `error` with the row that an importer was working on when it came up; None where no row was.

        That is the row to which the loop over the records had come, where a function of the importer still holds it.
        """
        record = cast("_Records", self.records).at
        if record is None or isinstance(error, RowFailed):
            return None
        for frame in _frames(error.__traceback__):
            if any(value is record for value in frame.tb_frame.f_locals.values()):
                failed = RowFailed(cast("str", record["sheet"]), cast("int", record["row"]))
                failed.__cause__ = error
                return failed
        return None


def _frames(traceback: TracebackType | None) -> Iterable[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def row_choices(options: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Part what was chosen for rows (`person.12`) from the options of a kind; raise Invalid for what is no person."""
    rows = {key.removeprefix(ROW_OPTION): said for key, said in options.items() if key.startswith(ROW_OPTION)}
    for key, said in rows.items():
        try:
            rows[key] = said if said == NEW else str(uuid.UUID(said))
        except ValueError:
            raise Invalid(
                f"{ROW_OPTION}{key} 应为人员编号或 {NEW}(新建),不是 {said}。",
                f"{ROW_OPTION}{key} must be the id of a person, or {NEW!r}; {said!r} is neither.",
                field="option",
            ) from None
    return rows, {key: said for key, said in options.items() if not key.startswith(ROW_OPTION)}
