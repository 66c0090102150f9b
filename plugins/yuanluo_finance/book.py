"""The books of one courtyard as they stand, and the one way a voucher gets into them.

`post` is the only code that writes vouchers and entries; commands, the importer and the demo all come through it,
with one voucher or with a year's. In the same transaction it carries the statements of the month and of every later
month forward. A month before a closed one is closed too, so what is carried forward is never a closed statement.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yuanluo import CommandContext, NotFound, check_not_future, many, rows
from yuanluo_finance.chart import ADVANCES, CHART
from yuanluo_finance.months import Month
from yuanluo_finance.refusals import LedgerNotEmpty
from yuanluo_finance.rules import (
    Figures,
    Held,
    Line,
    Movement,
    amount_of,
    carry_forward,
    check_chart,
    check_fund_open,
    check_held,
    check_lines,
    check_opening_lines,
    check_period_takes,
    check_sides,
    close_due,
    label,
    movement_of,
    net_of,
    publish_basis,
    publish_due,
    sum_of,
)
from yuanluo_finance.tables import (
    AccountClass,
    FinanceCounts,
    FundKind,
    FundStatus,
    LedgerAccount,
    LedgerEntry,
    Period,
    PeriodStatus,
    Statement,
    Voucher,
    VoucherKind,
    VoucherStatus,
)

__all__ = [
    "AccountState",
    "Book",
    "FundState",
    "NewVoucher",
    "PeriodState",
    "Posted",
    "Series",
    "check_voucher",
    "complete_chart",
    "due_row",
    "ensure_chart",
    "ensure_period",
    "figures_row",
    "load_book",
    "movement_row",
    "next_numbers",
    "post",
    "statement_row",
]

Series = tuple[int, VoucherKind]
"""Year and kind: what voucher numbers are gapless in (F8)."""


@dataclass(frozen=True, slots=True)
class FundState:
    """A fund as stored."""

    id: uuid.UUID
    kind: FundKind
    name: str
    status: FundStatus


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account of the chart as stored."""

    id: uuid.UUID
    number: str
    account_class: AccountClass


@dataclass(frozen=True, slots=True)
class PeriodState:
    """A month of the books as stored."""

    id: uuid.UUID
    month: Month
    status: PeriodStatus
    figures: Figures
    prepared_by: str | None = None
    statement_hash: str | None = None

    @property
    def movement(self) -> Movement:
        """What its vouchers did to all funds together."""
        return self.figures.movement

    @property
    def closing_fen(self) -> int:
        """Its closing balance over all funds."""
        return self.figures.closing_fen


@dataclass(slots=True)
class Book:
    """What every posting needs to know of a courtyard's books, read in three statements."""

    funds: dict[uuid.UUID, FundState]
    accounts: dict[str, AccountState]
    periods: dict[Month, PeriodState]

    @property
    def last_closed(self) -> Month | None:
        """The last month that is closing, closed or published."""
        return max((m for m, each in self.periods.items() if each.status is not PeriodStatus.OPEN), default=None)

    def account(self, number: str) -> AccountState:
        """Return the account `number`; raise NotFound."""
        found = self.accounts.get(number)
        if found is None:
            raise NotFound(f"没有科目 {number}。", f"there is no account {number} in this chart.")
        return found

    def fund(self, fund: uuid.UUID) -> FundState:
        """Return the fund with id `fund`; raise NotFound."""
        found = self.funds.get(fund)
        if found is None:
            raise NotFound("没有找到该资金。", "there is no such fund here.")
        return found

    def fund_of_kind(self, kind: FundKind) -> FundState | None:
        """Return the open fund of `kind`, the first by name; None if there is none."""
        found = (each for each in self.funds.values() if each.kind is kind and each.status is FundStatus.OPEN)
        return min(found, key=lambda each: each.name, default=None)

    def period(self, month: Month) -> PeriodState:
        """Return the period of `month`; raise NotFound."""
        found = self.periods.get(month)
        if found is None:
            raise NotFound(f"没有 {month.code} 的账。", f"the books have no period {month.code}.")
        return found

    def period_with_id(self, period_id: uuid.UUID) -> PeriodState:
        """Return the period with id `period_id`; raise NotFound."""
        for found in self.periods.values():
            if found.id == period_id:
                return found
        raise NotFound("没有找到该会计期间。", "there is no such period here.")

    def check_takes(self, month: Month) -> None:
        """Refuse a voucher in `month` if it is closed, or before a closed one."""
        period = self.periods.get(month)
        check_period_takes(month, period.status if period else None, self.last_closed)


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """A voucher to be posted; `number` where a draft took it already."""

    kind: VoucherKind
    month: Month
    entry_date: str | None
    summary: str
    lines: tuple[Line, ...]
    handler: str | None = None
    external_no: str | None = None
    basis: str | None = None
    is_opening: bool = False
    is_red: bool = False
    reverses: uuid.UUID | None = None
    reason: str | None = None
    number: int | None = None

    @property
    def series(self) -> Series:
        """The series its number belongs to."""
        return self.month.year, self.kind


@dataclass(frozen=True, slots=True)
class Posted:
    """A voucher that was posted."""

    id: uuid.UUID
    kind: VoucherKind
    month: Month
    number: int
    amount_fen: int

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the record says of it: nothing personal."""
        return {
            "voucher": f"{self.month.year}-{label(self.kind, self.number)}",
            "month": self.month.code,
            "amount_fen": self.amount_fen,
        }


async def load_book(context: CommandContext) -> Book:
    """Read funds, chart and periods of the courtyard."""
    database, tenant = context.database, context.tenant
    funds = await rows(database, "SELECT id, kind, name, status FROM fund WHERE tenant_id = $1", tenant)
    periods = await rows(
        database,
        "SELECT id, month, status, brought_in_fen, income_fen, expense_fen, opening_fen, prepared_by, statement_hash"
        " FROM period WHERE tenant_id = $1 ORDER BY month",
        tenant,
    )
    return Book(
        {each["id"]: _fund(each) for each in funds},
        await _accounts(context),
        {each.month: each for each in map(_period, periods)},
    )


async def _accounts(context: CommandContext) -> dict[str, AccountState]:
    sql = "SELECT id, account_no, account_class FROM ledger_account WHERE tenant_id = $1"
    return {
        each["account_no"]: AccountState(each["id"], each["account_no"], AccountClass[each["account_class"]])
        for each in await rows(context.database, sql, context.tenant)
    }


def _fund(row: Mapping[str, Any]) -> FundState:
    return FundState(row["id"], FundKind[row["kind"]], row["name"], FundStatus[row["status"]])


def _period(row: Mapping[str, Any]) -> PeriodState:
    return PeriodState(
        row["id"],
        Month.parse(row["month"]),
        PeriodStatus[row["status"]],
        Figures(row["opening_fen"], movement_row(row)),
        row["prepared_by"],
        row["statement_hash"],
    )


def movement_row(row: Mapping[str, Any]) -> Movement:
    """Return the movement that a stored row of a statement or period tells."""
    return Movement(int(row["brought_in_fen"]), int(row["income_fen"]), int(row["expense_fen"]))


async def ensure_chart(context: CommandContext) -> None:
    """Write the accounts of the standard chart that the courtyard has not."""
    sql = "SELECT account_no FROM ledger_account WHERE tenant_id = $1"
    found = await rows(context.database, sql, context.tenant)
    known = {row["account_no"] for row in found}
    check_chart([*known, *(account.number for account in CHART if account.number not in known)])
    await context.insert(
        LedgerAccount,
        [
            {"account_no": account.number, "name": account.name, "account_class": account.account_class}
            for account in CHART
            if account.number not in known
        ],
    )


async def complete_chart(context: CommandContext, book: Book, new: Iterable[NewVoucher]) -> None:
    """Bring in the standard accounts that vouchers name and books opened earlier have not, such as 2102."""
    named = {line.account for each in new for line in each.lines}
    if (named - book.accounts.keys()) & {account.number for account in CHART}:
        await ensure_chart(context)
        book.accounts = await _accounts(context)


# posting ------------------------------------------------------------------------------------------------------------


def check_voucher(context: CommandContext, book: Book, new: NewVoucher) -> None:
    """Refuse a voucher that the rules do not let into these books."""
    check_lines(new.lines, is_red=new.is_red, basis=new.basis)
    classes = [book.account(line.account).account_class for line in new.lines]
    check_opening_lines(classes, is_opening=new.is_opening)
    check_sides(new.kind, new.lines, classes, is_opening=new.is_opening)
    for fund in {line.fund for line in new.lines}:
        check_fund_open(book.fund(fund).name, book.fund(fund).status)
    check_not_future(new.month.code, context.today, "month", rule="domain 3.3")
    check_not_future(new.entry_date, context.today, "entry_date", rule="domain 3.3")
    book.check_takes(new.month)


async def next_numbers(context: CommandContext, series: Iterable[Series]) -> dict[Series, int]:
    """Return the last number taken in each series, by vouchers and by drafts (F8).

    The head row of the courtyard is locked, so nobody takes a number in between.
    """
    last: dict[Series, int] = dict.fromkeys(series, 0)
    years = sorted({year for year, _ in last})
    if not years:
        return last
    for table in ("voucher", "voucher_draft"):
        found = await rows(
            context.database,
            f"SELECT year, kind, max(number) AS last FROM {table}"
            f" WHERE tenant_id = $1 AND year IN ({many(years, 2)}) GROUP BY year, kind",
            context.tenant,
            *years,
        )
        for each in found:
            key = each["year"], VoucherKind[each["kind"]]
            if key in last:
                last[key] = max(last[key], each["last"])
    return last


async def post(context: CommandContext, new: Sequence[NewVoucher], book: Book | None = None) -> list[Posted]:
    """Post vouchers in the order given: check them, number them, write them, carry the statements forward."""
    book = book or await load_book(context)
    await complete_chart(context, book, new)
    for each in new:
        check_voucher(context, book, each)
    await _check_openings(context, new, book)
    await _check_held(context, new, book)
    movements = _movements(book, new)
    await _carry_total(context, book, movements)
    last = await next_numbers(context, {each.series for each in new if each.number is None})
    numbers: list[int] = []
    for each in new:
        if each.number is None:
            last[each.series] += 1
        numbers.append(each.number if each.number is not None else last[each.series])
    ids = await context.insert(
        Voucher, [_voucher_row(book, each, number) for each, number in zip(new, numbers, strict=True)]
    )
    await context.insert(
        LedgerEntry,
        [
            _entry_row(each, voucher, line_no, line, book.account(line.account))
            for each, voucher in zip(new, ids, strict=True)
            for line_no, line in enumerate(each.lines, 1)
        ],
    )
    await _carry_funds(context, book, movements)
    total = sum_of(movements.values())
    context.bump(
        FinanceCounts,
        vouchers=len(new),
        income_fen=total.income_fen,
        expense_fen=total.expense_fen,
        balance_fen=total.net_fen,
    )
    return [
        Posted(voucher, each.kind, each.month, number, amount_of(each.lines))
        for voucher, each, number in zip(ids, new, numbers, strict=True)
    ]


def _voucher_row(book: Book, new: NewVoucher, number: int) -> dict[str, Any]:
    return {
        "kind": new.kind,
        "year": new.month.year,
        "number": number,
        "period_id": book.period(new.month).id,
        "month": new.month.code,
        "entry_date": new.entry_date,
        "summary": new.summary,
        "amount_fen": amount_of(new.lines),
        "handler": new.handler,
        "external_no": new.external_no,
        "status": VoucherStatus.POSTED,
        "is_opening": new.is_opening,
        "reverses_id": new.reverses,
        "reason": new.reason,
        "basis": new.basis,
    }


def _entry_row(new: NewVoucher, voucher: uuid.UUID, line_no: int, line: Line, account: AccountState) -> dict[str, Any]:
    return {
        "voucher_id": voucher,
        "kind": new.kind,
        "line_no": line_no,
        "fund_id": line.fund,
        "account_id": account.id,
        "account_class": account.account_class,
        "account_no": account.number,
        "month": new.month.code,
        "entry_date": new.entry_date,
        "debit_fen": line.debit_fen,
        "credit_fen": line.credit_fen,
        "net_fen": net_of(account.account_class, line.debit_fen, line.credit_fen),
    }


async def ensure_period(context: CommandContext, book: Book, month: Month) -> PeriodState:
    """Return the period of `month`, making it if the books have none yet."""
    if month not in book.periods:
        await _carry_total(context, book, {(month, uuid.UUID(int=0)): Movement()})
    return book.period(month)


async def _check_openings(context: CommandContext, new: Sequence[NewVoucher], book: Book) -> None:
    """Refuse to bring an opening balance into a fund that has entries, but for the one that was reversed (F7)."""
    used: set[uuid.UUID] = set()
    for each in new:
        funds = {line.fund for line in each.lines}
        if each.is_opening and each.reverses is None:
            for fund in funds:
                if fund in used or not await _takes_opening(context, fund):
                    name = book.fund(fund).name
                    raise LedgerNotEmpty(
                        f"{name}已有账,不能再次建账。", f"{name} has entries already; it is opened only once."
                    )
        used |= funds


async def _takes_opening(context: CommandContext, fund: uuid.UUID) -> bool:
    """Return whether a fund has no entries yet, or its opening was reversed and none has taken its place."""
    opened = "CASE WHEN v.is_opening AND v.reverses_id IS NULL AND r.id IS {} THEN 1 ELSE 0 END"
    [found] = await rows(
        context.database,
        f"SELECT count(*) AS entries, coalesce(sum({opened.format('NULL')}), 0) AS standing,"
        f" coalesce(sum({opened.format('NOT NULL')}), 0) AS reversed FROM ledger_entry e"
        " JOIN voucher v ON v.tenant_id = e.tenant_id AND v.id = e.voucher_id"
        " LEFT JOIN voucher r ON r.tenant_id = v.tenant_id AND r.reverses_id = v.id"
        " WHERE e.tenant_id = $1 AND e.fund_id = $2",
        context.tenant,
        fund,
    )
    return not found["entries"] or (bool(found["reversed"]) and not found["standing"])


async def _check_held(context: CommandContext, new: Sequence[NewVoucher], book: Book) -> None:
    """Refuse to leave a fund below zero at the end of any month from the first touched one on (F9, K5).

    The head row of the courtyard is locked, so two postings do not overdraw it together.
    """
    moved: dict[uuid.UUID, dict[Month, Held]] = {}
    for each in new:
        for line in each.lines:
            months = moved.setdefault(line.fund, {})
            months[each.month] = months.get(each.month, Held()) + _held_of(book, line)
    funds = sorted(moved)
    stored: dict[uuid.UUID, dict[Month, Held]] = {fund: {} for fund in funds}
    for row in await rows(
        context.database,
        "SELECT fund_id, month, sum(CASE WHEN account_class = 'MONEY' THEN debit_fen - credit_fen ELSE 0 END) AS money,"
        " sum(net_fen + CASE WHEN account_no = $2 THEN credit_fen - debit_fen ELSE 0 END) AS own FROM ledger_entry"
        f" WHERE tenant_id = $1 AND fund_id IN ({many(funds, 3)}) GROUP BY fund_id, month",
        context.tenant,
        ADVANCES,
        *funds,
    ):
        stored[row["fund_id"]][Month.parse(row["month"])] = Held(int(row["money"]), int(row["own"]))
    for fund in funds:
        held = change = Held()
        for month in sorted({*stored[fund], *moved[fund]}):
            change += moved[fund].get(month, Held())
            held += stored[fund].get(month, Held()) + moved[fund].get(month, Held())
            check_held(book.fund(fund).name, month, held, change)


def _held_of(book: Book, line: Line) -> Held:
    """Return what one line does to what its fund holds."""
    account = book.account(line.account)
    net = net_of(account.account_class, line.debit_fen, line.credit_fen)
    return Held(
        line.debit_fen - line.credit_fen if account.account_class is AccountClass.MONEY else 0,
        net + (line.credit_fen - line.debit_fen if line.account == ADVANCES else 0),
    )


def _movements(book: Book, new: Sequence[NewVoucher]) -> dict[tuple[Month, uuid.UUID], Movement]:
    """Return what the vouchers do to each fund in each month."""
    movements: dict[tuple[Month, uuid.UUID], Movement] = {}
    for each in new:
        for line in each.lines:
            place = each.month, line.fund
            account_class = book.account(line.account).account_class
            moved = movement_of(account_class, line.debit_fen, line.credit_fen)
            movements[place] = movements.get(place, Movement()) + moved
    return movements


# carrying forward ---------------------------------------------------------------------------------------------------


async def _carry_funds(
    context: CommandContext, book: Book, movements: Mapping[tuple[Month, uuid.UUID], Movement]
) -> None:
    """Write the statements of the touched funds from the first touched month on."""
    first = min(month for month, _ in movements)
    funds = sorted({fund for _, fund in movements})
    before, stored = await _read_statements(context, first, funds)
    fresh: list[dict[str, Any]] = []
    for fund in funds:
        months = sorted(
            {month for month, each in stored if each == fund} | {month for month, each in movements if each == fund}
        )
        moved = [
            (stored[month, fund][1] if (month, fund) in stored else Movement())
            + movements.get((month, fund), Movement())
            for month in months
        ]
        for month, figures in zip(months, carry_forward(before.get(fund, 0), moved), strict=True):
            known = stored.get((month, fund))
            if known is None:
                fresh.append(statement_row(book.period(month), fund, figures))
            elif known[2] != figures:
                await context.update(Statement, known[0], figures_row(figures))
    await context.insert(Statement, fresh)


async def _read_statements(
    context: CommandContext, first: Month, funds: Sequence[uuid.UUID]
) -> tuple[dict[uuid.UUID, int], dict[tuple[Month, uuid.UUID], tuple[uuid.UUID, Movement, Figures]]]:
    """Return what `funds` held before `first`, and their statements from then on."""
    found = await rows(
        context.database,
        "SELECT fund_id, sum(brought_in_fen + income_fen - expense_fen) AS net FROM statement"
        f" WHERE tenant_id = $1 AND month < $2 AND fund_id IN ({many(funds, 3)}) GROUP BY fund_id",
        context.tenant,
        first.code,
        *funds,
    )
    before = {each["fund_id"]: int(each["net"]) for each in found}
    found = await rows(
        context.database,
        "SELECT id, month, fund_id, brought_in_fen, opening_fen, income_fen, expense_fen FROM statement"
        f" WHERE tenant_id = $1 AND month >= $2 AND fund_id IN ({many(funds, 3)})",
        context.tenant,
        first.code,
        *funds,
    )
    stored: dict[tuple[Month, uuid.UUID], tuple[uuid.UUID, Movement, Figures]] = {}
    for each in found:
        movement = movement_row(each)
        stored[Month.parse(each["month"]), each["fund_id"]] = (
            each["id"],
            movement,
            Figures(each["opening_fen"], movement),
        )
    return before, stored


async def _carry_total(
    context: CommandContext, book: Book, movements: Mapping[tuple[Month, uuid.UUID], Movement]
) -> None:
    """Write the totals of every period from the first touched month on; make the periods that are missing."""
    moved: dict[Month, Movement] = {}
    for (month, _), movement in movements.items():
        moved[month] = moved.get(month, Movement()) + movement
    first = min(moved)
    months = sorted({month for month in book.periods if month >= first} | moved.keys())
    before = max((month for month in book.periods if month < first), default=None)
    totals = [
        (book.periods[month].movement if month in book.periods else Movement()) + moved.get(month, Movement())
        for month in months
    ]
    carried = carry_forward(book.periods[before].closing_fen if before else 0, totals)
    fresh: dict[Month, Figures] = {}
    for month, figures in zip(months, carried, strict=True):
        known = book.periods.get(month)
        if known is None:
            fresh[month] = figures
        elif known.figures != figures:
            await context.update(Period, known.id, figures_row(figures))
            book.periods[month] = replace(known, figures=figures)
    ids = await context.insert(Period, [_new_period(month, figures) for month, figures in fresh.items()])
    for period, (month, figures) in zip(ids, fresh.items(), strict=True):
        book.periods[month] = PeriodState(period, month, PeriodStatus.OPEN, figures)


def _new_period(month: Month, figures: Figures) -> dict[str, Any]:
    return {
        "month": month.code,
        "first_day": month.first_day,
        "last_day": month.last_day,
        "year_last_day": month.year_last_day,
        "status": PeriodStatus.OPEN,
        **figures_row(figures),
        **due_row(month),
    }


def due_row(month: Month) -> dict[str, Any]:
    """Return when a month is to be closed and published, by the holidays as they are known now (FIN_MONTHLY, K9)."""
    return {
        "close_due_on": close_due(month),
        "publish_due_on": publish_due(month),
        "publish_due_basis": publish_basis(month),
    }


def figures_row(figures: Figures) -> dict[str, Any]:
    """Return `figures` as stored columns."""
    return {
        "brought_in_fen": figures.movement.brought_in_fen,
        "opening_fen": figures.opening_fen,
        "income_fen": figures.movement.income_fen,
        "expense_fen": figures.movement.expense_fen,
        "closing_fen": figures.closing_fen,
    }


def statement_row(period: PeriodState, fund: uuid.UUID, figures: Figures) -> dict[str, Any]:
    """Return a new row of `Statement`."""
    return {"period_id": period.id, "fund_id": fund, "month": period.month.code, **figures_row(figures)}
