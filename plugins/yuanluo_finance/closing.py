"""Closing a month and the statement that is posted on the board.

The statement is hashed when the month is closed: months' figures per fund and in total, and every voucher of the
month as it is published, handlers masked. Published amounts must equal the closed ledger, so the hash is computed
anew from the ledger before the statement is published; a voucher in a later month does not touch it (F7, F9).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yuanluo import CommandContext, many, rows
from yuanluo.masking import mask_name
from yuanluo.records import canonical
from yuanluo_finance.book import Book, PeriodState, figures_row, movement_row, statement_row
from yuanluo_finance.chart import ADVANCES, CASH
from yuanluo_finance.months import Month
from yuanluo_finance.rules import Figures, Line, Movement, cash_over_limit, check_books, label, total_of, trial_balance
from yuanluo_finance.tables import AccountClass, Statement, VoucherKind, VoucherStatus

__all__ = [
    "BookedLine",
    "BookedVoucher",
    "check_months",
    "complete_statements",
    "read_figures",
    "read_vouchers",
    "statement_hash",
    "statement_hashes",
]


@dataclass(frozen=True, slots=True)
class BookedLine:
    """A posted line."""

    line: Line
    account_class: AccountClass


@dataclass(frozen=True, slots=True)
class BookedVoucher:
    """A voucher as it stands in the books, with its lines."""

    id: uuid.UUID
    kind: VoucherKind
    number: int
    month: Month
    entry_date: str | None
    summary: str
    handler: str | None
    external_no: str | None
    status: VoucherStatus
    is_opening: bool
    reverses: uuid.UUID | None
    lines: tuple[BookedLine, ...]

    @property
    def label(self) -> str:
        """Its number as it is written: as in the sheet it came from, else 收-001."""
        return self.external_no or label(self.kind, self.number)

    def sum_of(self, account_class: AccountClass, fund: uuid.UUID | None = None) -> int:
        """Return credit - debit of its lines of one class, in one fund or in all."""
        return sum(
            each.line.credit_fen - each.line.debit_fen
            for each in self.lines
            if each.account_class is account_class and fund in (None, each.line.fund)
        )

    def income(self, fund: uuid.UUID | None = None) -> int:
        """Return the income it books."""
        return self.sum_of(AccountClass.INCOME, fund)

    def expense(self, fund: uuid.UUID | None = None) -> int:
        """Return the expense it books."""
        return -self.sum_of(AccountClass.EXPENSE, fund)


async def read_vouchers(
    context: CommandContext, book: Book, periods: Sequence[PeriodState]
) -> dict[Month, list[BookedVoucher]]:
    """Return the vouchers of `periods` in the order in which they were posted."""
    found: dict[Month, list[BookedVoucher]] = {period.month: [] for period in periods}
    if not periods:
        return found
    numbers = {account.id: account for account in book.accounts.values()}
    lines: dict[uuid.UUID, list[BookedLine]] = {}
    ids = [period.id for period in periods]
    for row in await rows(
        context.database,
        "SELECT e.voucher_id, e.fund_id, e.account_id, e.debit_fen, e.credit_fen FROM voucher v"
        " JOIN ledger_entry e ON e.tenant_id = v.tenant_id AND e.voucher_id = v.id"
        f" WHERE v.tenant_id = $1 AND v.period_id IN ({many(ids, 2)}) ORDER BY e.voucher_id, e.line_no",
        context.tenant,
        *ids,
    ):
        account = numbers[row["account_id"]]
        line = Line(row["fund_id"], account.number, row["debit_fen"], row["credit_fen"])
        lines.setdefault(row["voucher_id"], []).append(BookedLine(line, account.account_class))
    for row in await rows(
        context.database,
        "SELECT id, kind, number, month, entry_date, summary, handler, external_no, status, is_opening, reverses_id"
        f" FROM voucher WHERE tenant_id = $1 AND period_id IN ({many(ids, 2)}) ORDER BY id",
        context.tenant,
        *ids,
    ):
        month = Month.parse(row["month"])
        found[month].append(
            BookedVoucher(
                row["id"],
                VoucherKind[row["kind"]],
                row["number"],
                month,
                row["entry_date"],
                row["summary"],
                row["handler"],
                row["external_no"],
                VoucherStatus[row["status"]],
                row["is_opening"],
                row["reverses_id"],
                tuple(lines.get(row["id"], ())),
            )
        )
    return found


async def read_figures(context: CommandContext, book: Book) -> dict[uuid.UUID, dict[Month, Figures]]:
    """Return the figures of every fund in every month up to the last period, months without vouchers included."""
    stored: dict[tuple[uuid.UUID, Month], Movement] = {}
    for row in await rows(
        context.database,
        "SELECT fund_id, month, brought_in_fen, income_fen, expense_fen FROM statement WHERE tenant_id = $1",
        context.tenant,
    ):
        stored[row["fund_id"], Month.parse(row["month"])] = movement_row(row)
    figures: dict[uuid.UUID, dict[Month, Figures]] = {}
    for fund in book.funds:
        before = 0
        for month in sorted(book.periods):
            movement = stored.get((fund, month), Movement())
            each = Figures(before + movement.brought_in_fen, movement)
            figures.setdefault(fund, {})[month] = each
            before = each.closing_fen
    return figures


async def check_months(context: CommandContext, book: Book, periods: Sequence[PeriodState]) -> dict[Month, int]:
    """Refuse to close `periods` whose books are not in order (F9); return the cash of each above the limit (F6)."""
    over: dict[Month, int] = {}
    vouchers = await read_vouchers(context, book, periods)
    figures = await read_figures(context, book)
    cash, advances = await _balances(context, book, CASH), await _balances(context, book, ADVANCES)
    drafts = await rows(
        context.database,
        "SELECT month, count(*) AS n FROM voucher_draft WHERE tenant_id = $1 GROUP BY month",
        context.tenant,
    )
    drafted = {row["month"]: row["n"] for row in drafts}
    names = {fund.id: fund.name for fund in book.funds.values()}
    for period in periods:
        month = period.month
        held, advanced = _held(cash, month), _held(advances, month)
        over[month] = cash_over_limit(held.values())
        lines = [each.line for voucher in vouchers[month] for each in voucher.lines]
        check_books(
            month,
            {names[fund]: sums for fund, sums in trial_balance(lines).items()},
            {names[fund]: months[month].closing_fen - advanced.get(fund, 0) for fund, months in figures.items()},
            {names[fund]: fen for fund, fen in held.items()},
            drafted.get(month.code, 0),
        )
    return over


async def _balances(context: CommandContext, book: Book, account: str) -> list[tuple[Month, uuid.UUID, int]]:
    """Return debit - credit of an account in each month and fund."""
    if account not in book.accounts:
        return []
    found = await rows(
        context.database,
        "SELECT month, fund_id, sum(debit_fen - credit_fen) AS held FROM ledger_entry"
        " WHERE tenant_id = $1 AND account_id = $2 GROUP BY month, fund_id",
        context.tenant,
        book.accounts[account].id,
    )
    return [(Month.parse(row["month"]), row["fund_id"], int(row["held"])) for row in found]


def _held(cash: Sequence[tuple[Month, uuid.UUID, int]], month: Month) -> dict[uuid.UUID, int]:
    held: dict[uuid.UUID, int] = {}
    for booked, fund, moved in cash:
        if booked <= month:
            held[fund] = held.get(fund, 0) + moved
    return held


async def complete_statements(context: CommandContext, book: Book, periods: Sequence[PeriodState]) -> None:
    """Write the statement of every fund that had no voucher in `periods`, so that the closed month shows all."""
    figures = await read_figures(context, book)
    codes = [period.month.code for period in periods]
    found = await rows(
        context.database,
        f"SELECT fund_id, month FROM statement WHERE tenant_id = $1 AND month IN ({many(codes, 2)})",
        context.tenant,
        *codes,
    )
    known = {(row["fund_id"], row["month"]) for row in found}
    await context.insert(
        Statement,
        [
            statement_row(period, fund, figures[fund][period.month])
            for period in periods
            for fund in sorted(book.funds)
            if (fund, period.month.code) not in known
        ],
    )


async def statement_hashes(context: CommandContext, book: Book, periods: Sequence[PeriodState]) -> dict[Month, str]:
    """Return the hash of each month's statement, computed from the ledger as it stands."""
    vouchers = await read_vouchers(context, book, periods)
    figures = await read_figures(context, book)
    names = {fund.id: fund.name for fund in book.funds.values()}
    return {
        period.month: statement_hash(
            period.month,
            {names[fund]: months[period.month] for fund, months in figures.items()},
            [_published(voucher, names) for voucher in vouchers[period.month]],
        )
        for period in periods
    }


def statement_hash(month: Month, figures: Mapping[str, Figures], vouchers: Iterable[Mapping[str, Any]]) -> str:
    """Return SHA-256 over the canonical statement: figures per fund and in total, vouchers as they are published.

    Funds stand under their names, which are unique and kept for good, so that whoever has the statement can compute
    its hash. A fund that is empty and unmoved is left out: one set up later does not change the statements before it.
    """
    shown = {fund: each for fund, each in figures.items() if each != Figures(0, Movement())}
    document: dict[str, Any] = {
        "month": month.code,
        "total": figures_row(total_of(shown.values())),
        "funds": [{"fund": fund, **figures_row(shown[fund])} for fund in sorted(shown)],
        "vouchers": sorted(vouchers, key=lambda each: (each["kind"], each["number"])),
    }
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _published(voucher: BookedVoucher, names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    return {
        "kind": voucher.kind.name,
        "number": voucher.number,
        "external_no": voucher.external_no,
        "date": voucher.entry_date,
        "summary": voucher.summary,
        "handler": mask_name(voucher.handler),
        "status": voucher.status.name,
        "lines": [
            [names[each.line.fund], each.line.account, each.line.debit_fen, each.line.credit_fen]
            for each in voucher.lines
        ],
    }
