"""收支公示表 into the books and back (`domain.md` §5).

A statement on the board is one pot: all of its rows go into one fund, 公共收益 unless the option `fund` says
otherwise, because what such sheets mostly show (parking, lockers, grounds) is income of common parts and belongs to
the owners (民法典 282). Each accepted row becomes a voucher of two lines: bank or cash against the account that the
words of its summary suggest (`chart.py`). The sheet's own voucher numbers are kept beside ours.

A row dated outside the sheet's period is booked in the period all the same, so that the ledger closes as the sheet
does. The opening balance opens the fund's books if they are empty; otherwise it must be the ledger's. Rows that are
in the books already, under the same number with the same content, are passed over; the same number with another
content refuses the file.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from yuanluo import CommandContext, Exported, Exporter, Importer, Invalid, NotFound, many, rows, value
from yuanluo.importing import Commit, ImportFile
from yuanluo.sheets import Form
from yuanluo.wording import yuan
from yuanluo_finance.book import Book, FundState, NewVoucher, load_book, post
from yuanluo_finance.chart import expense_account, income_account, money_account
from yuanluo_finance.closing import BookedVoucher, read_figures, read_vouchers
from yuanluo_finance.commands import OpenFund, ReverseVoucher, open_funds, opening_lines, reverse_vouchers
from yuanluo_finance.months import Month, months_of
from yuanluo_finance.refusals import OpeningMismatch, StatementMismatch
from yuanluo_finance.rules import Figures, Line, Movement, sum_of
from yuanluo_finance.statement import FINANCE_STATEMENT, SIDE_BY_SIDE, SIDE_BY_SIDE_HANDLED
from yuanluo_finance.tables import FundKind, FundStatus, VoucherKind, VoucherStatus

__all__ = ["STATEMENT_EXPORTER", "STATEMENT_IMPORTER", "StatementImport", "export_statement", "statement_importer"]

BOOKKEEPERS: Final = ("ACCOUNTANT",)
CHUNK: Final = 500
READERS: Final = ("ACCOUNTANT", "SUPERVISOR", "COUNCIL_DIRECTOR", "COMMUNITY_SECRETARY")


@dataclass(frozen=True, slots=True)
class StatementImport:
    """What the sheet does not say: which fund it is about, and where its money lies."""

    fund: FundKind | str = FundKind.PUBLIC_REVENUE
    """A kind (or how it is called), whose fund is set up if there is none, or the name of a fund that is there."""
    money_account: str | None = None
    """An account of the chart for every row; by default cash where the summary says 现金, bank otherwise."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row of the sheet, with the month it is booked in."""

    month: Month
    entry_date: str | None
    voucher_no: str | None
    summary: str
    income_fen: int
    expense_fen: int
    handler: str | None
    record: Mapping[str, Any] = field(compare=False)

    @property
    def content(self) -> tuple[str | None, str, int, int]:
        """What must be equal for two rows to be the same."""
        return self.entry_date, self.summary, self.income_fen, self.expense_fen


def statement_importer(settings: StatementImport) -> Importer:
    """Return an importer of finance_statement with other settings than the bundled one."""

    def committing(settings: StatementImport) -> Commit:
        async def commit(context: CommandContext, file: ImportFile) -> Mapping[str, int]:
            return await _commit(context, file, settings)

        return commit

    return Importer(
        FINANCE_STATEMENT,
        commit=committing(settings),
        roles=BOOKKEEPERS,
        rule="F1, domain 5",
        body="finance",
        options={"fund": "入账资金的名称或种类 name or kind of the fund to book into"},
        configure=lambda chosen: committing(replace(settings, fund=chosen["fund"])),
        undo=_undo,
    )


def _fund_called(book: Book, name: str) -> FundState | FundKind | None:
    """Return the fund called `name`, else the open one of the kind called so, else that kind; None for neither."""
    for fund in book.funds.values():
        if fund.name == name:
            return fund
    kind = next((kind for kind in FundKind if name in (kind.name, kind.value[0])), None)
    return kind and (book.fund_of_kind(kind) or kind)


def _fund_to_import(book: Book, wanted: FundKind | str) -> FundState | FundKind:
    """Return the fund to book into, or the kind of the one to set up."""
    if isinstance(wanted, FundKind):
        return book.fund_of_kind(wanted) or wanted
    found = _fund_called(book, wanted)
    if found is None:
        names = "、".join(fund.name for fund in book.funds.values()) or "无"
        kinds = "、".join(kind.value[0] for kind in FundKind)
        raise NotFound(
            f"没有资金“{wanted}”;已有:{names};种类:{kinds}。",
            f"there is no fund and no kind of funds called {wanted!r}; use one of"
            f" {', '.join(kind.name for kind in FundKind)} or the name of a fund that is there.",
        )
    return found


async def _commit(context: CommandContext, file: ImportFile, settings: StatementImport) -> Mapping[str, int]:
    entries, months = _entries(file)
    file.enforce()
    book = await load_book(context)
    wanted = _fund_to_import(book, settings.fund)
    is_new = isinstance(wanted, FundKind)
    if isinstance(wanted, FundState):
        fund = wanted
    else:
        [opened] = await open_funds(context, [OpenFund(wanted, wanted.value[0], opened_on=months[0].first_day)])
        book = await load_book(context)
        fund = book.fund(cast("Any", opened.subject_id))
    new, skipped = await _missing(context, file, book, fund, entries, months)
    before = await _figures(context, book, fund, months)
    opening = await _opening(context, fund, file, before, months[0])
    if opening:
        await post(context, opening, book)
    file.enforce()
    vouchers = [_voucher(entry, fund, settings) for entry in new]
    await file.by_row(context, post, vouchers, [entry.record for entry in new])
    file.enforce()
    await _check_closing(context, await load_book(context), fund, file, months)
    return {
        "vouchers": len(vouchers),
        "opening_vouchers": len(opening),
        "skipped": skipped,
        "funds": int(is_new),
    }


def _entries(file: ImportFile) -> tuple[list[_Entry], tuple[Month, ...]]:
    """Return the rows that move money, with their months, and the months of the sheet."""
    period = file.meta.get("period")
    months = months_of(str(period)) if period else ()
    entries: list[_Entry] = []
    last = months[0] if months else None
    for record in cast("Sequence[Mapping[str, Any]]", file.records):
        last = _month(record["entry_date"], months, last)
        with file.at(record):
            if last is None:
                raise Invalid(
                    "标题没有月份,日期也不完整,无法入账;请在标题中写明月份。",
                    "the sheet names no period and its first rows no month; put the month into the title.",
                    field="entry_date",
                    code="PERIOD_UNSAID",
                    rule="domain 3.3",
                )
            if record["income_fen"] or record["expense_fen"]:
                entries.append(
                    _Entry(
                        last,
                        record["entry_date"],
                        record["voucher_no"],
                        record["summary"] or "",
                        record["income_fen"],
                        record["expense_fen"],
                        record["handler"],
                        record,
                    )
                )
    return entries, months or tuple(sorted({each.month for each in entries}))


def _month(entry_date: str | None, months: Sequence[Month], last: Month | None) -> Month | None:
    """Return the month to book in: the date's, kept within the sheet's period; the row before's if it has none."""
    if entry_date is None or len(entry_date) < len("2026-10"):
        return last
    month = Month.parse(entry_date)
    return min(max(month, months[0]), months[-1]) if months else month


async def _missing(
    context: CommandContext,
    file: ImportFile,
    book: Book,
    fund: FundState,
    entries: Sequence[_Entry],
    months: Sequence[Month],
) -> tuple[list[_Entry], int]:
    """Return the rows that are not in the books yet, and how many are."""
    periods = [book.periods[month] for month in months if month in book.periods]
    booked: dict[str, set[tuple[str | None, str, int, int]]] = {}
    every = [voucher for each in (await read_vouchers(context, book, periods)).values() for voucher in each]
    undone = _undone_pairs(every, {entry.voucher_no for entry in entries})
    for voucher in every:
        if voucher.id not in undone and any(each.line.fund == fund.id for each in voucher.lines):
            content = voucher.entry_date, voucher.summary, voucher.income(fund.id), voucher.expense(fund.id)
            booked.setdefault(voucher.label, set()).add(content)
    new: list[_Entry] = []
    for entry in entries:
        known = booked.get(entry.voucher_no or "")
        if known is None:
            new.append(entry)
        elif entry.content not in known:
            with file.at(entry.record, "voucher_no"):
                raise StatementMismatch(
                    f"凭证号 {entry.voucher_no} 已入账但内容不同,请先在账上冲销,或改正表中内容。",
                    f"voucher {entry.voucher_no} is in the books with another content; reverse it there first.",
                )
    return new, len(entries) - len(new)


async def _figures(context: CommandContext, book: Book, fund: FundState, months: Sequence[Month]) -> Figures | None:
    """Return the fund's figures over `months` taken together; None where it has nothing up to then."""
    by_month = (await read_figures(context, book)).get(fund.id, {})
    inside = [by_month[month] for month in months if month in by_month]
    if inside:
        return Figures(inside[0].opening_fen, sum_of(each.movement for each in inside))
    earlier = [month for month in by_month if month < months[0]]
    return Figures(by_month[max(earlier)].closing_fen, Movement()) if earlier else None


def _undone_pairs(vouchers: Sequence[BookedVoucher], listed: set[str | None]) -> set[uuid.UUID]:
    """Return the vouchers that were reversed within the period, with their reversals, if the sheet lists no reversal.

    Such a pair has left the books as it found them, so that a sheet with the row alone brings it in anew.
    """
    inside = {voucher.id for voucher in vouchers}
    reversals = [each for each in vouchers if each.reverses in inside and each.label not in listed]
    return {each.id for each in reversals} | {each.reverses for each in reversals if each.reverses is not None}


async def _opening(
    context: CommandContext, fund: FundState, file: ImportFile, before: Figures | None, month: Month
) -> list[NewVoucher]:
    """Return the opening voucher of an empty ledger; refuse a sheet whose opening is not the ledger's."""
    opening = cast("int", file.meta["opening_fen"])
    if not any(row.reason == "OPENING" for row in file.skipped_rows):
        return []
    entries = await value(
        context.database,
        "SELECT count(*) FROM ledger_entry e JOIN voucher v ON v.tenant_id = e.tenant_id AND v.id = e.voucher_id"
        " LEFT JOIN voucher r ON r.tenant_id = v.tenant_id AND r.reverses_id = v.id"
        " WHERE e.tenant_id = $1 AND e.fund_id = $2 AND v.reverses_id IS NULL AND r.id IS NULL",
        context.tenant,
        fund.id,
    )
    if not entries:
        if not opening:
            return []
        lines = opening_lines(fund.id, fund.kind, opening)
        return [NewVoucher(VoucherKind.TRANSFER, month, month.code, "上期结余建账", lines, is_opening=True)]
    held = before.opening_fen if before else 0
    if held != opening:
        file.refuse_whole(
            OpeningMismatch(
                f"表中上期结余为 {yuan(opening)} 元,{fund.name}账上为 {yuan(held)} 元。",
                f"the sheet opens with {yuan(opening)} yuan, the ledger of {fund.name} with {yuan(held)} yuan.",
            ),
            "OPENING",
        )
    return []


def _voucher(entry: _Entry, fund: FundState, settings: StatementImport) -> NewVoucher:
    """Return the voucher of a row: money against income or expense."""
    money = settings.money_account or money_account(entry.summary)
    if entry.income_fen:
        account, amount, kind = income_account(entry.summary), entry.income_fen, VoucherKind.RECEIPT
        lines = Line(fund.id, money, debit_fen=amount), Line(fund.id, account, credit_fen=amount)
    else:
        account, amount, kind = expense_account(entry.summary), entry.expense_fen, VoucherKind.PAYMENT
        lines = Line(fund.id, account, debit_fen=amount), Line(fund.id, money, credit_fen=amount)
    return NewVoucher(
        kind,
        entry.month,
        entry.entry_date,
        entry.summary,
        lines,
        handler=entry.handler,
        external_no=entry.voucher_no,
        is_red=amount < 0,
        reason="导入的红字凭证" if amount < 0 else None,
    )


async def _check_closing(
    context: CommandContext, book: Book, fund: FundState, file: ImportFile, months: Sequence[Month]
) -> None:
    """Refuse the file if the ledger would not move as the sheet says: other vouchers stand in its period."""
    figures = await _figures(context, book, fund, months)
    moved = figures.movement if figures else Movement()
    income, expense = cast("int", file.meta["income_fen"]), cast("int", file.meta["expense_fen"])
    if (moved.income_fen, moved.expense_fen) != (income, expense):
        file.refuse_whole(
            StatementMismatch(
                f"账上本期收入 {yuan(moved.income_fen)} 元、支出 {yuan(moved.expense_fen)} 元,与表中收入"
                f" {yuan(income)} 元、支出 {yuan(expense)} 元不符:该期间账上另有凭证,或表中缺行。",
                f"the ledger has income {yuan(moved.income_fen)} and expense {yuan(moved.expense_fen)} yuan in the"
                f" period, the sheet {yuan(income)} and {yuan(expense)}: other vouchers stand there.",
            ),
            "TOTAL",
        )


async def _undo(context: CommandContext, made: Mapping[str, Sequence[uuid.UUID]], reason: str) -> Mapping[str, int]:
    """Reverse the vouchers of a batch in the months they are booked in (F7): what is posted is never removed.

    A month that was closed since refuses it, and so does a voucher that was reversed since. A fund that the batch set
    up stays, empty.
    """
    ids = made.get("voucher", ())
    if not ids:
        return {"reversed": 0}
    months: dict[uuid.UUID, str] = {}
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        sql = f"SELECT id, month FROM voucher WHERE tenant_id = $1 AND id IN ({many(chunk, 2)})"
        months |= {row["id"]: row["month"] for row in await rows(context.database, sql, context.tenant, *chunk)}
    last_first = sorted(ids, reverse=True)
    await reverse_vouchers(
        context,
        [ReverseVoucher(each, f"撤销导入:{reason}", months[each], months[each]) for each in last_first],
    )
    return {"reversed": len(ids)}


# export -------------------------------------------------------------------------------------------------------------


async def export_statement(context: CommandContext, options: Mapping[str, str]) -> Exported:
    """Return the statement of one fund for a period as records of §5.

    Options: `period` (2026-10 or 2026-Q3; the last month with a voucher by default) and `fund` (a fund's name or
    kind; 公共收益 by default, or the only fund with vouchers). Red entries need the form with both sides: each record
    of such a statement carries its `side`, and the statement that form.
    """
    book = await load_book(context)
    if not book.periods:
        raise NotFound("还没有账。", "there are no books to export yet.")
    months = months_of(options["period"]) if options.get("period") else (max(book.periods),)
    periods = [book.periods[month] for month in months if month in book.periods]
    if not periods:
        raise NotFound("该期间没有账。", "the books have nothing in that period.")
    vouchers = await read_vouchers(context, book, periods)
    every = [voucher for month in sorted(vouchers) for voucher in vouchers[month]]
    fund = _fund_to_export(book, every, options.get("fund"))
    figures = await _figures(context, book, fund, months)
    opening = figures.opening_fen if figures else 0
    records = _records(fund, every, opening)
    income = sum(record["income_fen"] for record in records)
    expense = sum(record["expense_fen"] for record in records)
    name = await value(context.database, "SELECT name FROM courtyard WHERE tenant_id = $1", context.tenant)
    meta = {
        "period": options.get("period") or months[0].code,
        "opening_fen": opening,
        "income_fen": income,
        "expense_fen": expense,
        "closing_fen": opening + income - expense,
    }
    return Exported(records, meta, f"{name or ''}{fund.name}收支公示表", _form(records))


def _form(records: Sequence[Mapping[str, Any]]) -> Form | None:
    """Return the form that takes `records`; None is the usual one."""
    if not any("side" in record for record in records):
        return None
    handled = any(record["side"] == "L" and record["handler"] for record in records)
    return SIDE_BY_SIDE_HANDLED if handled else SIDE_BY_SIDE


def _fund_to_export(book: Book, vouchers: Sequence[BookedVoucher], wanted: str | None) -> FundState:
    if wanted is not None:
        found = _fund_called(book, wanted)
        if isinstance(found, FundState):
            return found
        raise NotFound(f"没有资金“{wanted}”。", f"there is no fund {wanted!r} here.")
    used = {each.line.fund for voucher in vouchers for each in voucher.lines}
    if len(used) == 1:
        return book.fund(used.pop())
    default = book.fund_of_kind(FundKind.PUBLIC_REVENUE)
    if default is None:
        names = "、".join(fund.name for fund in book.funds.values() if fund.status is FundStatus.OPEN)
        raise Invalid(
            f"请指明资金:{names}。", f"say which fund: {names}.", field="fund", code="FUND_UNSAID", rule="domain 3.3"
        )
    return default


def _records(fund: FundState, vouchers: Sequence[BookedVoucher], opening: int) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    taken: set[str] = set()
    for voucher in _by_date(vouchers):
        income, expense = voucher.income(fund.id), voucher.expense(fund.id)
        if voucher.status is VoucherStatus.VOIDED or not (income or expense):
            continue
        for came, went in ((income, 0), (0, expense)):
            if came or went:
                opening += came - went
                records.append(
                    {
                        "entry_date": voucher.entry_date,
                        "voucher_no": _unused(voucher.label, taken),
                        "summary": voucher.summary,
                        "income_fen": came,
                        "expense_fen": went,
                        "balance_fen": opening,
                        "handler": voucher.handler,
                    }
                )
    if any(record["income_fen"] < 0 or record["expense_fen"] < 0 for record in records):
        return [{"side": "L" if record["income_fen"] else "R", **record} for record in records]
    return records


def _by_date(vouchers: Sequence[BookedVoucher]) -> list[BookedVoucher]:
    """Return vouchers by date, in order of posting where dates are equal or missing."""
    keys: list[tuple[str, int]] = []
    last = ""
    for place, voucher in enumerate(vouchers):
        last = voucher.entry_date or last
        keys.append((last, place))
    return [vouchers[place] for _, place in sorted(keys)]


def _unused(number: str, taken: set[str]) -> str:
    """Return `number`, or with a suffix where the statement has it already: a repeated number is refused on import."""
    candidate, count = number, 1
    while candidate in taken:
        count += 1
        candidate = f"{number}-{count}"
    taken.add(candidate)
    return candidate


STATEMENT_IMPORTER: Final = statement_importer(StatementImport())
"""Imports a statement into 公共收益."""

STATEMENT_EXPORTER: Final = Exporter(
    FINANCE_STATEMENT, rows=export_statement, roles=READERS, rule="F14, domain 3.3", body="finance"
)
"""Exports the statement of a fund for a month or a quarter."""
