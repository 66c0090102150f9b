"""A plausible year of books for a synthetic courtyard, after `domain.md` §4.

A courtyard takes in ¥40 to 80 per household and month, about half of it fees for guard and cleaning, the rest parking
and rent; it spends a little less. Five to nine vouchers a month; four months of five are closed and published on
time. In the courtyard that receives the sample workbooks the books of 公共收益 are left to the import.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yuanluo import Command, CommandContext, DemoContext, Outcome, run_commands, scoped
from yuanluo.calendar import add_workdays
from yuanluo.synthetic import SyntheticCourtyard, day_between, pick
from yuanluo_finance.book import load_book
from yuanluo_finance.chart import BANK, CASH, expense_account, income_account
from yuanluo_finance.commands import (
    ClosePeriod,
    ConfirmPeriod,
    OpenFund,
    PostVoucher,
    PublishPeriod,
    ReverseVoucher,
    VoucherLine,
    close_period,
    confirm_period,
    confirm_periods,
    open_fund,
    opening_lines,
    post_voucher,
    publish_period,
    publish_periods,
    reverse_voucher,
)
from yuanluo_finance.months import Month
from yuanluo_finance.rules import publish_due
from yuanluo_finance.tables import FundCustody, FundKind, VoucherKind

__all__ = ["write_demo"]

PLUGIN: Final = "yuanluo_finance"
MONTHS: Final = 12
ON_TIME: Final = 0.85
REPAIRS: Final = ("更换楼道灯", "更换单元门锁", "维修门禁", "路灯维修", "屋面补漏", "监控维修", "疏通下水管道")
FESTIVALS: Final = {1: "春节慰问", 6: "端午活动", 9: "中秋活动", 10: "重阳节慰问"}


async def write_demo(context: DemoContext) -> None:
    """Write the books of a courtyard; nothing above the courtyards."""
    if context.settled is None:
        return
    database = context.command.database
    with scoped(context.number):
        async with database.transaction():
            await _Year(context, context.settled.courtyard).write()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A voucher to be: income or expense of one fund."""

    day: dt.date
    fund: FundKind
    summary: str
    income_fen: int = 0
    expense_fen: int = 0
    is_cash: bool = False


class _Year:
    """One courtyard's year: what it takes in, what it spends, who closes it when."""

    def __init__(self, context: DemoContext, courtyard: SyntheticCourtyard) -> None:
        self.context = context
        self.rng = context.random(PLUGIN)
        self.today = context.command.today
        self.leaves_public = courtyard.plan.leaves_sample_rooms
        self.months = self.last_months()
        self.handlers = self.pick_handlers(courtyard)
        self.households = max(1, len(courtyard.households))
        rate = self.rng.uniform(4000, 8000)
        self.income = int(self.households * rate)
        self.fee = round(self.income * self.rng.uniform(0.45, 0.6) / self.households / 100) * 100
        self.parking_price = self.rng.randrange(80, 151, 10) * 100
        self.cars = max(2, round((self.income - self.fee * self.households) * 0.85 / self.parking_price))
        self.locker = self.rng.randrange(1000, 3001, 100) * 100 if self.households >= 80 else 0
        self.wage = self.rng.randrange(2200, 3001, 50) * 100
        self.cleaning = self.rng.randrange(1500, 2501, 50) * 100
        self.funds: dict[FundKind, uuid.UUID] = {}

    def last_months(self) -> list[Month]:
        """Return the last twelve months, this one included."""
        months = [Month.of(self.today)]
        while len(months) < MONTHS:
            months.insert(0, months[0].previous)
        return months

    def pick_handlers(self, courtyard: SyntheticCourtyard) -> list[str]:
        """Return the few people who handle money."""
        adults = [person.name for person in courtyard.people if 45 <= person.age_on(self.today) <= 72]
        return self.rng.sample(adults, min(3, len(adults))) or ["出纳"]

    async def write(self) -> None:
        """Write funds, vouchers, corrections and closings."""
        await self.open_funds()
        posted = await self.post_vouchers()
        await self.correct(posted)
        await self.close()

    async def open_funds(self) -> None:
        """Set up the funds; every courtyard has the first one, nearly every one the second."""
        rng, first = self.rng, self.months[0].first_day
        wanted = [OpenFund(FundKind.SELF_MANAGED_FEES, "自管费用", opened_on=first)]
        if not self.leaves_public:
            wanted.append(OpenFund(FundKind.PUBLIC_REVENUE, "公共收益", opened_on=first))
        if rng.random() < 0.4:
            wanted.append(
                OpenFund(FundKind.SPECIAL_MAINTENANCE, "专项维修资金", FundCustody.SPECIAL_ACCOUNT, opened_on=first)
            )
        if rng.random() < 0.25:
            wanted.append(OpenFund(FundKind.COMMUNITY_SUPPORT, "社区保障资金", FundCustody.COMMUNITY, opened_on=first))
        receipt = await run_commands(open_fund, self.context.command, wanted)
        for fund, row_id in zip(wanted, receipt.subject_ids, strict=True):
            if row_id is not None:
                self.funds[fund.kind] = row_id

    async def post_vouchers(self) -> list[tuple[uuid.UUID, PostVoucher]]:
        """Post the opening balances and the year's vouchers in order of days."""
        vouchers = [self.opening(kind) for kind in self.funds]
        drafts = [draft for month in self.months for draft in self.month(month)]
        vouchers += [self.voucher(draft) for draft in sorted(drafts, key=lambda each: each.day)]
        receipt = await run_commands(post_voucher, self.context.command, vouchers)
        return [
            (row_id, voucher)
            for row_id, voucher in zip(receipt.subject_ids, vouchers, strict=True)
            if row_id is not None
        ]

    def opening(self, kind: FundKind) -> PostVoucher:
        """Return the opening voucher of a fund: a few months of income, or what was once paid in for repairs."""
        per_household = self.rng.randrange(60_000, 300_000, 500) if kind is FundKind.SPECIAL_MAINTENANCE else 12_000
        amount = self.households * per_household + self.rng.randrange(100_000, 900_000)
        lines = opening_lines(self.funds[kind], kind, amount)
        return PostVoucher(
            VoucherKind.TRANSFER,
            self.months[0].first_day.isoformat(),
            "上年结余建账",
            tuple(VoucherLine(each.fund, each.account, each.debit_fen, each.credit_fen) for each in lines),
            handler=self.handlers[0],
            is_opening=True,
        )

    def month(self, month: Month) -> list[_Draft]:
        """Return what a month brings, up to today."""
        drafts = [*self.staff(month)]
        if FundKind.PUBLIC_REVENUE in self.funds:
            drafts += self.public(month)
        if FundKind.COMMUNITY_SUPPORT in self.funds and month.number in (5, 11):
            drafts += self.project(month)
        return [draft for draft in drafts if draft.day <= self.today and (draft.income_fen or draft.expense_fen)]

    def staff(self, month: Month) -> list[_Draft]:
        """Return fees, and what guard, cleaning and light cost: what the fees allow."""
        rng, fund = self.rng, FundKind.SELF_MANAGED_FEES
        paying = self.households - int(self.households * rng.uniform(0.02, 0.1))
        fees = paying * self.fee
        yield_left = int(fees * rng.uniform(0.9, 0.99))
        power = min(int(yield_left * rng.uniform(0.08, 0.15)), 300_000)
        guards = max(1, round((yield_left - power - self.cleaning) / self.wage))
        guard = min(guards * self.wage, max(0, (yield_left - power) * 6 // 10))
        cleaning = max(0, yield_left - power - guard)
        first = day_between(rng, month.first_day, month.first_day.replace(day=8))
        wages = f"门卫工资{month.previous.number}月({guards}人)" if guards * self.wage == guard else "门卫补贴"
        return [
            _Draft(first, fund, f"收{month.number}月自管费({paying}户)", fees),
            _Draft(self.day(month, 9, 12), fund, wages, expense_fen=guard),
            _Draft(self.day(month, 9, 14), fund, f"保洁费{month.number}月", expense_fen=cleaning),
            _Draft(self.day(month, 20, 28), fund, "公共水电费", expense_fen=power),
        ]

    def public(self, month: Month) -> list[_Draft]:
        """Return parking and rent, and what they are spent on: repairs, clearing, festivals."""
        rng, fund = self.rng, FundKind.PUBLIC_REVENUE
        cars = max(1, self.cars + rng.randrange(-2, 3))
        income = cars * self.parking_price
        drafts = [_Draft(self.day(month, 3, 10), fund, f"停车费({cars}辆)", income)]
        if self.locker and month.number % 3 == 1:
            drafts.append(_Draft(self.day(month, 10, 20), fund, "快递柜场地费", self.locker))
        for _ in range(1 + (rng.random() < 0.4)):
            repair = int(income * rng.uniform(0.2, 0.45)) // 500 * 500 + 2_000
            drafts.append(_Draft(self.day(month, 11, 25), fund, pick(rng, REPAIRS), expense_fen=repair))
        if rng.random() < 0.5:
            lamps = rng.randrange(1, 7)
            drafts.append(
                _Draft(
                    self.day(month, 5, 27),
                    fund,
                    f"购灯泡{lamps}只",
                    expense_fen=lamps * rng.randrange(2_000, 6_001, 100),
                )
            )
        if month.number in (4, 10):
            septic = rng.randrange(1_000, 1_501, 50) * 100 * max(1, self.households // 150)
            drafts.append(_Draft(self.day(month, 15, 22), fund, "清掏化粪池", expense_fen=min(septic, income)))
        if month.number in FESTIVALS:
            gift = int(income * rng.uniform(0.1, 0.2)) // 1_000 * 1_000 + 10_000
            drafts.append(_Draft(self.day(month, 8, 20), fund, FESTIVALS[month.number], expense_fen=gift))
        if month.number % 3 == 0:
            drafts.append(_Draft(self.day(month, 21, 21), fund, "银行存款利息", rng.randrange(500, 9_000)))
        return drafts

    def project(self, month: Month) -> list[_Draft]:
        """Return a community project: the money comes in and is spent."""
        amount = self.rng.randrange(3_000, 20_001, 500) * 100
        fund = FundKind.COMMUNITY_SUPPORT
        return [
            _Draft(self.day(month, 4, 9), fund, "社区保障资金拨款", amount),
            _Draft(self.day(month, 18, 27), fund, "安装休闲座椅", expense_fen=amount),
        ]

    def day(self, month: Month, first: int, last: int) -> dt.date:
        """Return a day of `month` between two days."""
        return day_between(self.rng, month.first_day.replace(day=first), month.first_day.replace(day=last))

    def voucher(self, draft: _Draft) -> PostVoucher:
        """Return the voucher of a draft: two lines."""
        fund, amount = self.funds[draft.fund], draft.income_fen or draft.expense_fen
        money = CASH if draft.is_cash else BANK
        if draft.income_fen:
            kind, lines = (
                VoucherKind.RECEIPT,
                (
                    VoucherLine(fund, money, debit_fen=amount),
                    VoucherLine(fund, income_account(draft.summary), credit_fen=amount),
                ),
            )
        else:
            kind, lines = (
                VoucherKind.PAYMENT,
                (
                    VoucherLine(fund, expense_account(draft.summary), debit_fen=amount),
                    VoucherLine(fund, money, credit_fen=amount),
                ),
            )
        return PostVoucher(kind, draft.day.isoformat(), draft.summary, lines, handler=pick(self.rng, self.handlers))

    async def correct(self, posted: Sequence[tuple[uuid.UUID, PostVoucher]]) -> None:
        """In one courtyard of five, reverse a payment of the month before last and enter it anew."""
        if self.rng.random() >= 0.2:
            return
        booked = self.months[-2]
        payments = [
            each
            for each in posted
            if each[1].kind is VoucherKind.PAYMENT and each[1].entry_date.startswith(booked.previous.code)
        ]
        if not payments:
            return
        row_id, voucher = pick(self.rng, payments)
        day = self.day(booked, 3, 6).isoformat()
        await run_commands(
            reverse_voucher, self.context.command, [ReverseVoucher(row_id, "金额录入有误", entry_date=day)]
        )
        await run_commands(
            post_voucher,
            self.context.command,
            [PostVoucher(VoucherKind.PAYMENT, day, f"{voucher.summary}(更正)", self.smaller(voucher), voucher.handler)],
        )

    def smaller(self, voucher: PostVoucher) -> tuple[VoucherLine, ...]:
        """Return the lines of `voucher` with a tenth less."""
        return tuple(
            VoucherLine(line.fund_id, line.account_no, line.debit_fen * 9 // 10, line.credit_fen * 9 // 10)
            for line in voucher.lines
        )

    async def close(self) -> None:
        """Close and publish the months that are over; the last one may still be open, a few are late."""
        rng, command = self.rng, self.context.command
        over = self.months[:-2] if self.leaves_public or rng.random() < 0.2 else self.months[:-1]
        closed = [(month, self.closed_on(month)) for month in over]
        published = [
            (month, self.published_on(month, closed_on))
            for month, closed_on in closed
            if month != self.months[-2] or rng.random() < ON_TIME
        ]
        with scoped(command.tenant):
            periods = (await load_book(command)).periods
        await run_commands(close_period, command, [ClosePeriod(periods[month].id) for month in over])
        await run_commands(
            _filed(confirm_period, confirm_periods, [day for _, day in closed]),
            command,
            [ConfirmPeriod(periods[month].id) for month, _ in closed],
        )
        await run_commands(
            _filed(publish_period, publish_periods, [day for _, day in published]),
            command,
            [PublishPeriod(periods[month].id) for month, _ in published],
        )

    def closed_on(self, month: Month) -> dt.date:
        """Return the day a month was closed: by the fifth working day, or some days late."""
        late = 0 if self.rng.random() < ON_TIME else self.rng.randrange(3, 9)
        return min(self.today, add_workdays(month.last_day, self.rng.randrange(2, 6) + late))

    def published_on(self, month: Month, closed_on: dt.date) -> dt.date:
        """Return the day it was posted on the board: by the day it is due, or up to two weeks late."""
        due = publish_due(month)
        if self.rng.random() < ON_TIME and closed_on <= due:
            return day_between(self.rng, closed_on, due)
        return min(self.today, max(closed_on, due) + dt.timedelta(days=self.rng.randrange(1, 15)))


_Writes = Callable[[CommandContext, Sequence[uuid.UUID], Sequence[dt.date]], Awaitable[Sequence[Outcome]]]


def _filed(command: Command[Any], write: _Writes, days: Sequence[dt.date]) -> Command[Any]:
    """Return a command that files the steps of months on `days`, as a server does that ran all the year."""

    async def many(context: CommandContext, inputs: Sequence[Any]) -> Sequence[Outcome]:
        return await write(context, [item.period_id for item in inputs], days)

    return dataclasses.replace(command, many=many)
