"""The rules of the books, as plain functions of values: no database, no clock.

Each says where it comes from; F1 to F14 are those of `domain.md` §3.3. What a courtyard's FINANCE_RULES may set
stands in `Parameters`, with the defaults of `domain.md` §8.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yuanluo import Bound, Kind, check_bound
from yuanluo.calendar import add_workdays
from yuanluo.wording import yuan
from yuanluo_finance.chart import LARGEST_CHART, TRANSFER_IN, TRANSFER_OUT, TRANSFERS
from yuanluo_finance.months import Month
from yuanluo_finance.refusals import (
    AlreadyReversed,
    FundClosed,
    FundOverdrawn,
    NotReversible,
    PeriodClosed,
    PeriodOrder,
    PeriodRunning,
    ReceiptsAndPaymentsApart,
    SamePerson,
    TransferNeedsBasis,
    TrialBalance,
    Unbalanced,
)
from yuanluo_finance.tables import AccountClass, DueBasis, FundStatus, PeriodStatus, VoucherKind, VoucherStatus

__all__ = [
    "DEFAULTS",
    "Figures",
    "Held",
    "Line",
    "Movement",
    "Parameters",
    "amount_of",
    "carry_forward",
    "cash_over_limit",
    "check_books",
    "check_chart",
    "check_confirmer",
    "check_fund_open",
    "check_held",
    "check_lines",
    "check_month_over",
    "check_numbers",
    "check_opening_lines",
    "check_period_takes",
    "check_reversal",
    "check_reversible",
    "check_sides",
    "check_step",
    "close_due",
    "label",
    "movement_of",
    "net_of",
    "publish_basis",
    "publish_due",
    "red_lines",
    "split_by_largest_remainder",
    "sum_of",
    "sums_of_money",
    "total_of",
    "trial_balance",
]

SAFE: Final = 2**53 - 1
_LINE: Final = Bound(-SAFE, SAFE, "AMOUNT_BOUND", "domain 3.3")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a courtyard's finance rules may set (`domain.md` §8)."""

    publish_day: int = 10
    """finance.publish_day: day of the next month by which the statement is on the board."""
    close_workdays: int = 5
    """FIN_MONTHLY: working day of the next month by which the month is closed."""
    cash_limit_fen: int = 100_000
    """finance.cash_limit_fen (F6): cash on hand above it is pointed out when the month is closed."""


DEFAULTS: Final = Parameters()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a voucher: an amount on one side of one account in one fund."""

    fund: uuid.UUID
    account: str
    """The account's number."""
    debit_fen: int = 0
    credit_fen: int = 0


# vouchers -----------------------------------------------------------------------------------------------------------


def check_lines(lines: Sequence[Line], *, is_red: bool = False, basis: str | None = None) -> None:
    """Refuse lines that do not balance per fund in fen (`domain.md` §3.3).

    Each line has an amount on exactly one side: positive, or negative on every line of a red voucher (F7). Lines in
    more than one fund need the `basis` of a transfer: no commingling.
    """
    if len(lines) < 2:
        raise Unbalanced(
            "凭证至少要有借贷两行。", "a voucher needs at least two lines, debit and credit.", field="lines"
        )
    for number, line in enumerate(lines, 1):
        amount = line.debit_fen or line.credit_fen
        check_bound(Kind.FEN, _LINE, amount, "lines", f"第 {number} 行金额", f"the amount of line {number}")
        if (line.debit_fen != 0) == (line.credit_fen != 0) or (amount < 0) != is_red:
            wanted = ("负数(红字)", "negative (red)") if is_red else ("正数", "positive")
            raise Unbalanced(
                f"第 {number} 行须只有一方有金额且为{wanted[0]}。",
                f"line {number} must have an amount on exactly one side, and it must be {wanted[1]}.",
                field="lines",
            )
    for debit, credit in trial_balance(lines).values():
        if max(abs(debit), abs(credit)) > SAFE:
            raise Unbalanced(
                f"同一资金的合计超出 {yuan(SAFE)} 元,请拆分凭证。",
                f"the lines of one fund add up to more than {yuan(SAFE)} yuan; split the voucher.",
                field="lines",
            )
        if debit != credit:
            raise Unbalanced(
                f"同一资金的借方 {yuan(debit)} 元与贷方 {yuan(credit)} 元不平。",
                f"debit {yuan(debit)} and credit {yuan(credit)} yuan of one fund do not balance.",
                field="lines",
            )
    if len({line.fund for line in lines}) > 1 and not basis:
        raise TransferNeedsBasis(
            "资金之间调拨须有允许的决议,请写明依据。",
            "money moves between funds only by a resolution that allows it; name it in `basis`.",
            field="basis",
        )


def check_opening_lines(classes: Sequence[AccountClass], *, is_opening: bool) -> None:
    """Refuse income or expense in an opening voucher, and net assets in any other: the statement formula rests on it.

    Net assets change through income and expense alone once the books are open (`domain.md` §3.3, statement formula).
    """
    forbidden = {AccountClass.INCOME, AccountClass.EXPENSE} if is_opening else {AccountClass.NET_ASSETS}
    if forbidden.intersection(classes):
        raise Unbalanced(
            "建账凭证不得使用收支科目。" if is_opening else "净资产科目只用于建账凭证。",
            "an opening voucher has no income or expense."
            if is_opening
            else "net assets accounts stand in opening vouchers only.",
            field="lines",
        )


def check_sides(kind: VoucherKind, lines: Sequence[Line], classes: Sequence[AccountClass], *, is_opening: bool) -> None:
    """Refuse a voucher that nets receipts against payments (坐支: F6, K5); the database refuses its entries too.

    A receipt has no expense, a payment no income. A transfer moves money between cash, bank and funds alone, and as
    much of it comes into funds as goes out of others; an opening voucher brings in what there was.
    """

    def refuse(zh: str, en: str) -> ReceiptsAndPaymentsApart:
        return ReceiptsAndPaymentsApart(zh, en, field="lines")

    moved = [line for line in lines if line.account in TRANSFERS]
    if kind is not VoucherKind.TRANSFER and moved:
        raise refuse("资金调拨科目只用于转账凭证。", "money moves between funds by a transfer voucher alone.")
    if kind is VoucherKind.RECEIPT and AccountClass.EXPENSE in classes:
        raise refuse(
            "收款凭证不得使用支出科目,收入不得直接用于支出(坐支)。",
            "a receipt has no expense account: what comes in pays nothing directly.",
        )
    if kind is VoucherKind.PAYMENT and AccountClass.INCOME in classes:
        raise refuse(
            "付款凭证不得使用收入科目,支出不得直接抵减收入。",
            "a payment has no income account: what goes out is not taken from what came in.",
        )
    if kind is not VoucherKind.TRANSFER or is_opening:
        return
    other = [
        line.account
        for line, account_class in zip(lines, classes, strict=True)
        if account_class is not AccountClass.MONEY and line.account not in TRANSFERS
    ]
    if other:
        raise refuse(
            f"转账凭证只在现金、银行存款和资金调拨之间划转,不得使用科目 {other[0]}。",
            f"a transfer moves money between cash, bank and funds alone, not on account {other[0]}.",
        )
    sums = {
        account: sum(line.credit_fen - line.debit_fen for line in moved if line.account == account)
        for account in TRANSFERS
    }
    sides = {account: {line.fund for line in moved if line.account == account} for account in TRANSFERS}
    if sum(sums.values()) or sides[TRANSFER_IN] & sides[TRANSFER_OUT]:
        raise refuse(
            "资金调拨的调入与调出须相等,且分属不同资金。",
            "as much must come into funds as goes out of others.",
        )


@dataclass(frozen=True, slots=True)
class Held:
    """What a fund holds: its money, and its net assets with what was advanced for it added."""

    money_fen: int = 0
    own_fen: int = 0

    def __add__(self, other: Held) -> Held:
        return Held(self.money_fen + other.money_fen, self.own_fen + other.own_fen)


def check_held(fund: str, month: Month, held: Held, moved: Held) -> None:
    """Refuse to leave a fund without money, or owing more than was advanced for it, at the end of `month` (F9, K5).

    `moved` is what the vouchers at hand did to it by then: what makes an old deficit smaller is not refused.
    """
    for fen, change in ((held.money_fen, moved.money_fen), (held.own_fen, moved.own_fen)):
        if fen < 0 and change < 0:
            raise FundOverdrawn(fund, month.code, -fen)


def trial_balance(lines: Iterable[Line]) -> dict[uuid.UUID, tuple[int, int]]:
    """Return debit and credit in total per fund, in order of first appearance."""
    sums: dict[uuid.UUID, tuple[int, int]] = {}
    for line in lines:
        debit, credit = sums.get(line.fund, (0, 0))
        sums[line.fund] = debit + line.debit_fen, credit + line.credit_fen
    return sums


def amount_of(lines: Iterable[Line]) -> int:
    """Return the amount of a voucher: its debit side, negative in red."""
    return sum(line.debit_fen for line in lines)


def red_lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return the lines of the reversal: the same lines with the opposite sign (F7)."""
    return tuple(Line(line.fund, line.account, -line.debit_fen, -line.credit_fen) for line in lines)


def check_reversal(status: VoucherStatus, *, is_reversal: bool, is_reversed: bool, reason: str) -> None:
    """Refuse a second reversal, the reversal of a reversal or of a void voucher, and one without a reason (F7)."""
    if is_reversed:
        raise AlreadyReversed(
            "该凭证已冲销过,不能再次冲销。", "the voucher has been reversed already; it is reversed only once."
        )
    check_reversible(status, is_reversal=is_reversal)
    if not reason.strip():
        raise NotReversible("冲销须写明原因。", "a reversal needs a reason.")


def check_reversible(status: VoucherStatus, *, is_reversal: bool) -> None:
    """Refuse the reversal of a reversal or of a void voucher (F7)."""
    if is_reversal:
        raise NotReversible(
            "红字冲销凭证不能再冲销,请重新记账。", "a reversal cannot be reversed; enter the voucher anew."
        )
    if status is not VoucherStatus.POSTED:
        raise NotReversible("作废的凭证没有分录可冲销。", "a void voucher has no entries to reverse.")


def net_of(account_class: AccountClass, debit_fen: int, credit_fen: int) -> int:
    """Return what a line adds to its fund's net assets: credit - debit of net assets, income and expense, else 0."""
    if account_class in (AccountClass.NET_ASSETS, AccountClass.INCOME, AccountClass.EXPENSE):
        return credit_fen - debit_fen
    return 0


def sums_of_money(lines: Iterable[Line], accounts: Iterable[str]) -> dict[tuple[uuid.UUID, str], int]:
    """Return what the money `accounts` hold per fund and account: debit - credit (F6, F9)."""
    wanted = frozenset(accounts)
    held: dict[tuple[uuid.UUID, str], int] = {}
    for line in lines:
        if line.account in wanted:
            place = line.fund, line.account
            held[place] = held.get(place, 0) + line.debit_fen - line.credit_fen
    return held


def cash_over_limit(cash: Iterable[int], parameters: Parameters = DEFAULTS) -> int:
    """Return by how much the cash on hand of all funds together exceeds the limit; 0 if it does not (F6)."""
    return max(0, sum(cash) - parameters.cash_limit_fen)


def label(kind: VoucherKind, number: int) -> str:
    """Return a voucher number as it is written: 收-001."""
    return f"{kind.value[0]}-{number:03}"


def check_numbers(numbers: Iterable[int]) -> None:
    """Refuse a series of voucher numbers that has a gap, a repetition or does not begin at 1 (F8)."""
    for expected, number in enumerate(sorted(numbers), 1):
        if number != expected:
            raise TrialBalance(f"凭证号 {expected} 缺失或重复。", f"voucher number {expected} is missing or repeated.")


def check_chart(numbers: Sequence[str]) -> None:
    """Refuse a chart with more than 30 accounts or with a number twice (`domain.md` §3.3)."""
    if len(numbers) > LARGEST_CHART or len(set(numbers)) != len(numbers):
        raise Unbalanced(
            f"科目不得超过 {LARGEST_CHART} 个,编号不得重复。",
            f"a chart has at most {LARGEST_CHART} accounts, each number once.",
            field="accounts",
        )


# periods and statements ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Movement:
    """What the vouchers of a month did to a fund; also the sum of several."""

    brought_in_fen: int = 0
    income_fen: int = 0
    expense_fen: int = 0

    def __add__(self, other: Movement) -> Movement:
        return Movement(
            self.brought_in_fen + other.brought_in_fen,
            self.income_fen + other.income_fen,
            self.expense_fen + other.expense_fen,
        )

    @property
    def net_fen(self) -> int:
        """What it adds to the fund."""
        return self.brought_in_fen + self.income_fen - self.expense_fen


def movement_of(account_class: AccountClass, debit_fen: int, credit_fen: int) -> Movement:
    """Return what one line does to its fund; lines of money, receivables and liabilities do nothing."""
    net = credit_fen - debit_fen
    match account_class:
        case AccountClass.NET_ASSETS:
            return Movement(brought_in_fen=net)
        case AccountClass.INCOME:
            return Movement(income_fen=net)
        case AccountClass.EXPENSE:
            return Movement(expense_fen=-net)
        case _:
            return Movement()


@dataclass(frozen=True, slots=True)
class Figures:
    """The statement formula: opening + income - expense = closing (`domain.md` §3.3).

    `opening_fen` is the closing of the month before plus what was brought in when the books were opened.
    """

    opening_fen: int
    movement: Movement

    @property
    def closing_fen(self) -> int:
        """The closing balance."""
        return self.opening_fen + self.movement.income_fen - self.movement.expense_fen


def carry_forward(before_fen: int, movements: Iterable[Movement]) -> list[Figures]:
    """Return the figures of consecutive months, the first of which begins with `before_fen`."""
    figures: list[Figures] = []
    for movement in movements:
        figures.append(Figures(before_fen + movement.brought_in_fen, movement))
        before_fen = figures[-1].closing_fen
    return figures


def sum_of(movements: Iterable[Movement]) -> Movement:
    """Return several movements together."""
    total = Movement()
    for each in movements:
        total += each
    return total


def total_of(figures: Iterable[Figures]) -> Figures:
    """Return the figures of all funds together."""
    every = list(figures)
    return Figures(sum(each.opening_fen for each in every), sum_of(each.movement for each in every))


def check_period_takes(month: Month, status: PeriodStatus | None, last_closed: Month | None) -> None:
    """Refuse a voucher in a month that is closing or closed, or that lies before a closed one (F7, F9)."""
    begun = status is not None and status is not PeriodStatus.OPEN
    if begun or (last_closed is not None and month <= last_closed):
        raise PeriodClosed(
            f"{month.code} 已结账或正在结账,请记入以后的期间。",
            f"{month.code} is closed or being closed; enter it in a later period (F9: no reopening).",
        )


_STEPS: Final[Mapping[PeriodStatus, PeriodStatus]] = {
    PeriodStatus.CLOSING: PeriodStatus.OPEN,
    PeriodStatus.CLOSED: PeriodStatus.CLOSING,
    PeriodStatus.PUBLISHED: PeriodStatus.CLOSED,
    PeriodStatus.OPEN: PeriodStatus.CLOSING,
}
"""The state that each step begins with (F9); OPEN is what a closing returned by the supervisor goes back to."""


def check_step(month: Month, status: PeriodStatus, wanted: PeriodStatus, earlier: Iterable[PeriodStatus] = ()) -> None:
    """Refuse a step out of order: OPEN, CLOSING, CLOSED, PUBLISHED; months are closed one after the other (F9)."""
    if status is not _STEPS[wanted]:
        raise PeriodOrder(
            f"{month.code} 现为“{status.value[0]}”,不能变为“{wanted.value[0]}”。",
            f"{month.code} is {status.name}; it cannot become {wanted.name} (F9).",
        )
    if wanted is PeriodStatus.CLOSING and PeriodStatus.OPEN in earlier:
        raise PeriodOrder(
            f"{month.code} 之前还有未结账的月份。", f"a month before {month.code} is still open; close it first."
        )


def check_month_over(month: Month, today: dt.date) -> None:
    """Refuse to close a month before it is over: it is never opened again (F9), and due in the next (FIN_MONTHLY)."""
    if today <= month.last_day:
        raise PeriodRunning(
            f"{month.code} 尚未结束,{month.next.first_day} 起方可结账。",
            f"{month.code} is not over; it may be closed from {month.next.first_day} on (F9).",
        )


def check_fund_open(name: str, status: FundStatus) -> None:
    """Refuse what is done to a fund that was closed."""
    if status is not FundStatus.OPEN:
        raise FundClosed(f"{name}已停用。", f"the fund {name} is closed to new vouchers.")


def check_confirmer(prepared_by: str | None, confirmer: str, *, is_account: bool) -> None:
    """Refuse that one account both prepares and confirms a closing (`domain.md` §7)."""
    if is_account and prepared_by == confirmer:
        raise SamePerson("结账人与复核人须为不同的人。", "whoever prepared the closing does not confirm it.")


def check_books(
    month: Month,
    balances: Mapping[str, tuple[int, int]],
    closings: Mapping[str, int],
    cash: Mapping[str, int],
    drafts: int,
) -> None:
    """Refuse to close a month whose books are not in order (F9).

    Per fund name: trial balance (debit, credit) equal; no negative closing but for what was advanced, which is added
    to it; no negative cash; no draft left over.
    """

    def refuse(zh: str, en: str) -> TrialBalance:
        return TrialBalance(f"{month.code} 不能结账:{zh}。", f"{month.code} cannot be closed: {en} .")

    for fund, (debit, credit) in balances.items():
        if debit != credit:
            said = f"{fund} does not balance, debit {yuan(debit)}, credit {yuan(credit)} yuan"
            raise refuse(f"{fund}借方 {yuan(debit)} 元与贷方 {yuan(credit)} 元不平", said)
    for fund, closing in closings.items():
        if closing < 0:
            said = f"{fund} is overdrawn by {yuan(-closing)} yuan; book what was advanced as a payable"
            raise refuse(f"{fund}透支 {yuan(-closing)} 元", said)
    for fund, held in cash.items():
        if held < 0:
            said = f"{fund} has paid out {yuan(-held)} yuan of cash it did not hold"
            raise refuse(f"{fund}现金短缺 {yuan(-held)} 元", said)
    if drafts:
        raise refuse(f"还有 {drafts} 张草稿", f"{drafts} drafts are neither posted nor voided")


def close_due(month: Month, parameters: Parameters = DEFAULTS) -> dt.date:
    """Return the day by which a month is to be closed: the fifth working day of the next (FIN_MONTHLY)."""
    return add_workdays(month.last_day, parameters.close_workdays)


def publish_due(month: Month, parameters: Parameters = DEFAULTS) -> dt.date:
    """Return the day by which its statement is to be on the board: the tenth of the next month (FIN_MONTHLY).

    Where holidays move closing behind that day, publishing moves with it: no month is due on the board before it is
    due to be closed (K9).
    """
    return max(month.next.first_day.replace(day=parameters.publish_day), close_due(month, parameters))


def publish_basis(month: Month, parameters: Parameters = DEFAULTS) -> DueBasis:
    """Return why the statement is due on that day (K9)."""
    by_day = publish_due(month, parameters).day == parameters.publish_day
    return DueBasis.DAY_OF_MONTH if by_day else DueBasis.AFTER_CLOSING


# shares -------------------------------------------------------------------------------------------------------------


def split_by_largest_remainder(total_fen: int, areas_c: Mapping[str, int]) -> dict[str, int]:
    """Split an amount over rooms by area so that the shares add up exactly (民法典 283).

    By largest remainder, ties by room key: 1,000,000 fen over 5832, 5832 and 7250 c are 308,343, 308,343, 383,314.
    """
    if total_fen < 0 or any(area < 0 for area in areas_c.values()):
        raise ValueError("neither the amount nor an area may be negative")
    whole = sum(areas_c.values())
    if not whole:
        raise ValueError("the areas add up to nothing")
    shares = {room: total_fen * area // whole for room, area in areas_c.items()}
    left = total_fen - sum(shares.values())
    ranked = sorted(areas_c, key=lambda room: (-(total_fen * areas_c[room] % whole), room))
    for room in ranked[:left]:
        shares[room] += 1
    return shares
