"""Vouchers, reversals, periods and their statements on both engines."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from finance_world import FinanceWorld, build_finance_world, payment, receipt
from houses import COURTYARD, OTHER, TODAY

from yuanluo import (
    Backdated,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Receipt,
    run_command,
    run_commands,
    scoped,
    verify,
)
from yuanluo_finance.book import load_book
from yuanluo_finance.closing import statement_hashes
from yuanluo_finance.commands import (
    ClosePeriod,
    ConfirmPeriod,
    DraftVoucher,
    OpenFund,
    PostDraft,
    PostVoucher,
    PublishPeriod,
    ReturnPeriod,
    ReverseVoucher,
    VoidVoucher,
    VoucherLine,
    close_period,
    confirm_period,
    draft_voucher,
    open_fund,
    post_draft,
    post_voucher,
    publish_period,
    return_period,
    reverse_voucher,
    void_voucher,
)
from yuanluo_finance.months import Month
from yuanluo_finance.refusals import (
    AlreadyReversed,
    LedgerNotEmpty,
    NotReversible,
    PeriodClosed,
    PeriodOrder,
    PeriodRunning,
    SamePerson,
    TrialBalance,
    Unbalanced,
    VoucherPosted,
)
from yuanluo_finance.rules import check_numbers
from yuanluo_finance.tables import FundKind, Voucher, VoucherKind


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> FinanceWorld:
    return await build_finance_world(make_database)


async def close(world: FinanceWorld, tenant: int, *months: str, on: dt.date | None = None) -> Receipt:
    """Close months: the accountant prepares, the supervisor confirms, today unless on another day."""
    ids = [await world.period(tenant, month) for month in months]
    await run_commands(close_period, world.at(tenant, "ACCOUNTANT", on), [ClosePeriod(each) for each in ids])
    return await run_commands(confirm_period, world.at(tenant, "SUPERVISOR", on), [ConfirmPeriod(each) for each in ids])


async def statements(world: FinanceWorld, tenant: int, fund: uuid.UUID) -> list[tuple[Any, ...]]:
    found = await world.select(
        tenant,
        "SELECT month, opening_fen, income_fen, expense_fen, closing_fen FROM statement"
        " WHERE tenant_id = $1 AND fund_id = $2 ORDER BY month",
        fund,
    )
    return [tuple(row.values()) for row in found]


async def periods(world: FinanceWorld, tenant: int) -> dict[str, dict[str, Any]]:
    return {row["month"]: row for row in await world.select(tenant, "SELECT * FROM period WHERE tenant_id = $1")}


async def ledger_hash(world: FinanceWorld, tenant: int, month: str) -> str:
    with scoped(tenant):
        context = world.at(tenant)
        book = await load_book(context)
        period = book.period(Month.parse(month))
        return (await statement_hashes(context, book, [period]))[period.month]


def opening(fund: uuid.UUID, fen: int, month: str) -> PostVoucher:
    lines = VoucherLine(fund, "1002", debit_fen=fen), VoucherLine(fund, "3102", credit_fen=fen)
    return PostVoucher(VoucherKind.TRANSFER, month, "建账", lines, is_opening=True)


# posting


async def test_the_first_fund_makes_the_chart_and_a_second_one_does_not_repeat_it(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    await world.fund(tenant)
    await world.fund(tenant, FundKind.DONATION)
    [row] = await world.select(tenant, "SELECT count(*) AS n FROM ledger_account WHERE tenant_id = $1")
    assert row["n"] == 30


async def test_a_donation_names_its_purpose(world: FinanceWorld) -> None:
    with pytest.raises(Invalid, match="purpose"):
        await run_command(open_fund, world.at(COURTYARD), OpenFund(FundKind.DONATION, "捐赠"))


async def test_posting_carries_the_statements_of_this_and_later_months_forward(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, opening(fund, 1000, "2026-09"), receipt(fund, 500, "2026-09-03"))
    await world.post(tenant, payment(fund, 200, "2026-11-02"))
    await world.post(tenant, receipt(fund, 70, "2026-10-05"), payment(fund, 20, "2026-09-30"))
    assert await statements(world, tenant, fund) == [
        ("2026-09", 1000, 500, 20, 1480),
        ("2026-10", 1480, 70, 0, 1550),
        ("2026-11", 1550, 0, 200, 1350),
    ]
    totals = await periods(world, tenant)
    assert [totals[month]["closing_fen"] for month in sorted(totals)] == [1480, 1550, 1350]
    assert totals["2026-09"]["brought_in_fen"] == 1000
    assert await world.counters_agree(tenant)


async def test_the_total_of_a_month_includes_funds_without_a_voucher_in_it(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fees, revenue = await world.fund(tenant, FundKind.SELF_MANAGED_FEES), await world.fund(tenant)
    await world.post(tenant, receipt(fees, 900, "2026-08-01"), receipt(revenue, 100, "2026-09-01"))
    await world.post(tenant, receipt(revenue, 5, "2026-10-01"))
    totals = await periods(world, tenant)
    assert (totals["2026-10"]["opening_fen"], totals["2026-10"]["closing_fen"]) == (1000, 1005)
    await close(world, tenant, "2026-08", "2026-09", "2026-10")
    assert await statements(world, tenant, fees) == [
        ("2026-08", 0, 900, 0, 900),
        ("2026-09", 900, 0, 0, 900),
        ("2026-10", 900, 0, 0, 900),
    ]


async def test_numbers_are_gapless_per_year_and_kind_in_order_of_posting(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(
        tenant, receipt(fund, 1, "2025-12-30"), receipt(fund, 1, "2026-01-02"), payment(fund, 1, "2026-01-02")
    )
    await world.post(tenant, receipt(fund, 1, "2025-12-31"), receipt(fund, 1, "2026-01-03"))
    found = await world.select(tenant, "SELECT kind, year, number FROM voucher WHERE tenant_id = $1 ORDER BY id")
    assert [tuple(row.values()) for row in found] == [
        ("RECEIPT", 2025, 1),
        ("RECEIPT", 2026, 1),
        ("PAYMENT", 2026, 1),
        ("RECEIPT", 2025, 2),
        ("RECEIPT", 2026, 2),
    ]


async def test_a_refused_voucher_leaves_nothing_behind(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    crooked = PostVoucher(
        VoucherKind.RECEIPT,
        "2026-10-01",
        "停车费",
        (VoucherLine(fund, "1002", debit_fen=2), VoucherLine(fund, "4101", credit_fen=1)),
    )
    with pytest.raises(Unbalanced):
        await world.post(tenant, receipt(fund, 1, "2026-10-01"), crooked)
    assert await periods(world, tenant) == {}
    assert await world.select(tenant, "SELECT id FROM voucher WHERE tenant_id = $1") == []


async def test_unknown_funds_accounts_and_future_dates_are_refused(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    elsewhere = await world.fund(await world.courtyard())
    with pytest.raises(NotFound):
        await world.post(tenant, receipt(elsewhere, 1, "2026-10-01"))
    with pytest.raises(NotFound, match="9999"):
        await world.post(
            tenant,
            PostVoucher(
                VoucherKind.RECEIPT,
                "2026-10-01",
                "停车费",
                (VoucherLine(fund, "9999", debit_fen=1), VoucherLine(fund, "4101", credit_fen=1)),
            ),
        )
    for day in ("2026-11-23", "2026-12-01"):
        with pytest.raises(Invalid, match="future"):
            await world.post(tenant, receipt(fund, 1, day))


async def test_a_late_document_is_booked_in_the_month_it_belongs_to(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    late = payment(fund, 5, "2026-11-01", "水电费10月", month="2026-10")
    await world.post(tenant, receipt(fund, 5, "2026-10-01"), late)
    assert [row[0] for row in await statements(world, tenant, fund)] == ["2026-10"]


async def test_a_fund_is_opened_once(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, opening(fund, 10, "2026-10"))
    with pytest.raises(LedgerNotEmpty):
        await world.post(tenant, opening(fund, 10, "2026-10"))


async def test_a_voucher_a_fund_and_a_return_say_what_they_are(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    with pytest.raises(Invalid) as unsaid:
        await world.post(tenant, dataclasses.replace(receipt(fund, 1, "2026-10-01"), summary=" \u3000"))
    assert (unsaid.value.field, unsaid.value.stable_code) == ("summary", "REQUIRED")
    for item, field in (
        (OpenFund(FundKind.PUBLIC_REVENUE, "  "), "name"),
        (OpenFund(FundKind.DONATION, "捐赠", purpose="  "), "purpose"),
    ):
        with pytest.raises(Invalid) as unnamed:
            await run_command(open_fund, world.at(tenant), item)
        assert unnamed.value.field == field
    await world.post(tenant, receipt(fund, 1, "2026-10-01"))
    october = await world.period(tenant, "2026-10")
    await run_command(close_period, world.at(tenant, "ACCOUNTANT"), ClosePeriod(october))
    with pytest.raises(Invalid) as unexplained:
        await run_command(return_period, world.at(tenant, "SUPERVISOR"), ReturnPeriod(october, " "))
    assert (unexplained.value.field, unexplained.value.stable_code) == ("reason", "REASON_REQUIRED")


async def test_a_wrong_opening_is_reversed_and_entered_anew(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    wrong = (await world.post(tenant, opening(fund, 10, "2026-10"))).subject_ids[0]
    assert wrong is not None
    await world.post(tenant, receipt(fund, 5, "2026-10-03"))
    item = ReverseVoucher(wrong, "金额有误", "2026-10-04")
    await run_command(reverse_voucher, world.at(tenant, "ACCOUNTANT"), item)
    await world.post(tenant, opening(fund, 100, "2026-10"))
    assert await statements(world, tenant, fund) == [("2026-10", 100, 5, 0, 105)]
    with pytest.raises(LedgerNotEmpty):
        await world.post(tenant, opening(fund, 10, "2026-10"))
    assert await world.counters_agree(tenant)


async def test_the_cashier_keeps_no_books_even_as_accountant(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    for role in ("CASHIER", "COUNCIL_DIRECTOR", "RESIDENT"):
        with pytest.raises(Forbidden):
            await run_command(post_voucher, world.at(tenant, role), receipt(fund, 1, "2026-10-01"))
    decision = world.house.rules.actions["voucher.post"]
    assert "CASHIER" in decision.never


async def test_posted_rows_cannot_be_changed_in_the_database(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 1, "2026-10-01"))
    for sql in (
        "UPDATE ledger_entry SET credit_fen = 5",
        "DELETE FROM ledger_entry",
        "UPDATE voucher SET summary = 'x'",
        "DELETE FROM voucher",
    ):
        with pytest.raises(Exception, match=r"(?i)append|permission|denied"), scoped(tenant):
            await world.database.execute(sql)
    [row] = await world.select(tenant, "SELECT sum(net_fen) AS n FROM ledger_entry WHERE tenant_id = $1")
    assert int(row["n"]) == 1


# drafts


def draft_of(fund: uuid.UUID, day: str = "2026-10-08") -> DraftVoucher:
    lines = VoucherLine(fund, "1002", debit_fen=9), VoucherLine(fund, "4101", credit_fen=9)
    return DraftVoucher(VoucherKind.RECEIPT, day, "停车费", lines, handler="周福生")


async def test_a_draft_keeps_its_number_whether_it_is_posted_or_voided(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund, accountant = await world.fund(tenant), world.at(tenant, "ACCOUNTANT")
    await world.post(tenant, receipt(fund, 1, "2026-10-01"))
    made = await run_commands(draft_voucher, accountant, [draft_of(fund), draft_of(fund)])
    await world.post(tenant, receipt(fund, 1, "2026-10-02"))
    first, second = made.subject_ids
    assert first is not None
    assert second is not None
    await run_command(void_voucher, accountant, VoidVoucher(first, "重复"))
    await run_command(post_draft, accountant, PostDraft(second))
    found = await world.select(
        tenant, "SELECT number, status, summary, reason FROM voucher WHERE tenant_id = $1 ORDER BY number"
    )
    check_numbers(row["number"] for row in found)
    assert [tuple(row.values()) for row in found] == [
        (1, "POSTED", "停车费", None),
        (2, "VOIDED", "作废", "重复"),
        (3, "POSTED", "停车费", None),
        (4, "POSTED", "停车费", None),
    ]
    assert await statements(world, tenant, fund) == [("2026-10", 0, 11, 0, 11)]
    assert await world.counters_agree(tenant)
    with pytest.raises(NotFound):
        await run_command(post_draft, accountant, PostDraft(second))


async def test_a_month_with_a_draft_left_is_not_closed(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund, accountant = await world.fund(tenant), world.at(tenant, "ACCOUNTANT")
    await world.post(tenant, receipt(fund, 1, "2026-10-01"))
    await run_command(draft_voucher, accountant, draft_of(fund))
    with pytest.raises(TrialBalance, match="1 drafts"):
        await run_command(close_period, accountant, ClosePeriod(await world.period(tenant, "2026-10")))


# closing


async def test_a_month_is_closed_once_it_is_over(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 1, "2026-11-01"))
    november = ClosePeriod(await world.period(tenant, "2026-11"))
    for day in (TODAY, dt.date(2026, 11, 30)):
        with pytest.raises(PeriodRunning, match="2026-12-01") as refused:
            await run_command(close_period, world.at(tenant, "ACCOUNTANT", day), november)
        assert (refused.value.stable_code, refused.value.rule) == ("PERIOD_RUNNING", "F9")
    await run_command(close_period, world.at(tenant, "ACCOUNTANT", dt.date(2026, 12, 1)), november)


async def test_a_month_is_closed_and_published_on_the_day_on_which_that_is_filed(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 1, "2026-10-01"))
    october, supervisor = await world.period(tenant, "2026-10"), world.at(tenant, "SUPERVISOR")
    await run_command(close_period, world.at(tenant, "ACCOUNTANT"), ClosePeriod(october))
    for day in (dt.date(2026, 11, 4), dt.date(2026, 11, 21), dt.date(1900, 1, 1)):
        with pytest.raises(Backdated) as refused:
            await run_command(confirm_period, supervisor, ConfirmPeriod(october, day))
        assert (refused.value.stable_code, refused.value.field) == ("BACKDATED", "closed_on")
    await run_command(confirm_period, supervisor, ConfirmPeriod(october, TODAY))
    for day in (dt.date(2026, 11, 9), dt.date(1900, 1, 1)):
        with pytest.raises(Backdated) as refused:
            await run_command(publish_period, supervisor, PublishPeriod(october, day))
        assert refused.value.field == "published_on"
    await run_command(publish_period, supervisor, PublishPeriod(october))
    row = (await periods(world, tenant))["2026-10"]
    assert (row["closed_on"], row["closed_on_time"], row["published_on"], row["published_on_time"]) == (
        TODAY, False, TODAY, False,
    )  # fmt: skip


async def test_closing_takes_accountant_and_supervisor_who_are_two_people(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 1, "2026-10-01"))
    for role in ("CASHIER", "SUPERVISOR"):
        with pytest.raises(Forbidden):
            await run_command(close_period, world.at(tenant, role), ClosePeriod(await world.period(tenant, "2026-10")))
    accountant = world.at(tenant, "ACCOUNTANT")
    await run_command(close_period, accountant, ClosePeriod(await world.period(tenant, "2026-10")))
    both = replace(accountant.actor, reach=(("SUPERVISOR", accountant.actor.reach[0][1]),))
    with pytest.raises(SamePerson):
        await run_command(
            confirm_period, replace(accountant, actor=both), ConfirmPeriod(await world.period(tenant, "2026-10"))
        )
    await run_command(
        confirm_period, world.at(tenant, "SUPERVISOR"), ConfirmPeriod(await world.period(tenant, "2026-10"))
    )
    row = (await periods(world, tenant))["2026-10"]
    assert (row["status"], row["closed_on"], row["closed_on_time"]) == ("CLOSED", dt.date(2026, 11, 22), False)
    assert row["statement_hash"] == await ledger_hash(world, tenant, "2026-10")


async def test_a_closing_is_returned_before_it_is_confirmed_and_never_after(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund, accountant = await world.fund(tenant), world.at(tenant, "ACCOUNTANT")
    await world.post(tenant, receipt(fund, 1, "2026-10-01"))
    await run_command(close_period, accountant, ClosePeriod(await world.period(tenant, "2026-10")))
    with pytest.raises(PeriodClosed):
        await world.post(tenant, receipt(fund, 1, "2026-10-02"))
    supervisor = world.at(tenant, "SUPERVISOR")
    await run_command(return_period, supervisor, ReturnPeriod(await world.period(tenant, "2026-10"), "缺单据"))
    await world.post(tenant, receipt(fund, 1, "2026-10-02"))
    await close(world, tenant, "2026-10")
    with pytest.raises(PeriodOrder):
        await run_command(return_period, supervisor, ReturnPeriod(await world.period(tenant, "2026-10"), "缺单据"))


async def test_closing_points_out_cash_above_the_limit(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    lines = VoucherLine(fund, "1001", debit_fen=150_000), VoucherLine(fund, "4101", credit_fen=150_000)
    await world.post(tenant, PostVoucher(VoucherKind.RECEIPT, "2026-10-01", "现金停车费", lines))
    closed = await run_command(
        close_period, world.at(tenant, "ACCOUNTANT"), ClosePeriod(await world.period(tenant, "2026-10"))
    )
    assert closed.payload == {"month": "2026-10", "cash_over_limit_fen": 50_000}


async def test_publishing_says_whether_it_was_on_time(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 1, "2026-09-01"), receipt(fund, 1, "2026-10-01"))
    director = world.at(tenant, "COUNCIL_DIRECTOR")
    with pytest.raises(PeriodOrder):
        await run_command(publish_period, director, PublishPeriod(await world.period(tenant, "2026-09")))
    await close(world, tenant, "2026-09", on=dt.date(2026, 10, 9))
    await close(world, tenant, "2026-10", on=dt.date(2026, 11, 9))
    for month, day in (("2026-09", dt.date(2026, 10, 13)), ("2026-10", dt.date(2026, 11, 11))):
        item = PublishPeriod(await world.period(tenant, month))
        await run_command(publish_period, world.at(tenant, "COUNCIL_DIRECTOR", day), item)
    rows = await periods(world, tenant)
    assert [rows[month]["published_on_time"] for month in ("2026-09", "2026-10")] == [True, False]
    with pytest.raises(Forbidden):
        await run_command(
            publish_period, world.at(tenant, "ACCOUNTANT"), PublishPeriod(await world.period(tenant, "2026-10"))
        )


# A10


async def test_a10_a_posted_october_entry_is_reversed_in_november_and_october_stays(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund, accountant = await world.fund(tenant), world.at(tenant, "ACCOUNTANT")
    posted = await world.post(tenant, receipt(fund, 900, "2026-10-01"), payment(fund, 240, "2026-10-10"))
    entry = posted.subject_ids[1]
    assert entry is not None
    await close(world, tenant, "2026-10")
    await run_command(
        publish_period, world.at(tenant, "SUPERVISOR"), PublishPeriod(await world.period(tenant, "2026-10"))
    )
    before = (await periods(world, tenant))["2026-10"]

    with pytest.raises(VoucherPosted) as deleted:
        await run_command(void_voucher, accountant, VoidVoucher(entry, "录错"))
    assert isinstance(deleted.value, Conflict)
    assert deleted.value.stable_code == "VOUCHER_POSTED"

    with pytest.raises(PeriodClosed):
        await run_command(reverse_voucher, accountant, ReverseVoucher(entry, "录错", "2026-10-31"))
    reversal = await run_command(reverse_voucher, accountant, ReverseVoucher(entry, "录错", "2026-11-05"))

    after = (await periods(world, tenant))["2026-10"]
    assert after == before
    assert await ledger_hash(world, tenant, "2026-10") == before["statement_hash"]
    [red] = await world.select(
        tenant, "SELECT month, amount_fen, reverses_id, reason FROM voucher WHERE tenant_id = $1 AND id = $2",
        reversal.subject_id,
    )  # fmt: skip
    assert tuple(red.values()) == ("2026-11", -240, entry, "录错")
    assert (await statements(world, tenant, fund))[-1] == ("2026-11", 660, 0, -240, 900)

    with pytest.raises(AlreadyReversed):
        await run_command(reverse_voucher, accountant, ReverseVoucher(entry, "再次", "2026-11-06"))
    assert reversal.subject_id is not None
    with pytest.raises(NotReversible):
        await run_command(reverse_voucher, accountant, ReverseVoucher(reversal.subject_id, "再次", "2026-11-06"))
    assert await world.counters_agree(tenant)
    with scoped(tenant):
        assert (await verify(world.database, tenant)).is_whole


async def test_the_database_itself_admits_one_reversal_only(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    posted = await world.post(tenant, receipt(fund, 9, "2026-11-01"))
    context = world.at(tenant)
    with scoped(tenant):
        book = await load_book(context)
        period = book.period(Month(2026, 11))
        row = {
            "kind": VoucherKind.RECEIPT, "year": 2026, "period_id": period.id, "month": "2026-11", "summary": "红字",
            "status": "POSTED", "reverses_id": posted.subject_id,
        }  # fmt: skip
        await context.insert(Voucher, [row | {"number": 2}])
        with pytest.raises(Conflict):
            await context.insert(Voucher, [row | {"number": 3}])


# what viewers see


QUERY = """
query($code: String!) { courtyard(code: $code) {
  fundsBalance incomeThisMonth expenseThisMonth incomeThisYear expenseThisYear
  financeCounts { vouchers incomeFen expenseFen balanceFen }
  funds { nodes { name balance income expense
    entries { totalCount nodes { debitFen creditFen account { accountNo } } } } }
  vouchers { nodes { label summary amountFen handler
    entries { nodes { lineNo } } reversedBy { label } reverses { label } } }
  periods { nodes { month status closingFen statements { nodes { fund { name } closingFen } } } }
  statements { totalCount } currentPeriod { month } publishedPeriod { month }
} }
"""


async def test_a_resident_sees_every_entry_with_the_handler_masked(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(
        tenant, receipt(fund, 900, "2025-12-01"), receipt(fund, 500, "2026-10-01", handler="周福生"),
        payment(fund, 40, "2026-11-01"),
    )  # fmt: skip
    [paid] = await world.select(tenant, "SELECT id FROM voucher WHERE tenant_id = $1 AND amount_fen = 40")
    await run_command(reverse_voucher, world.at(tenant, "ACCOUNTANT"), ReverseVoucher(paid["id"], "错"))
    answer = (await world.ask(world.viewer("RESIDENT", tenant), QUERY, code=str(tenant)))["data"]["courtyard"]
    assert answer["fundsBalance"] == 1400
    assert (answer["incomeThisMonth"], answer["expenseThisMonth"]) == (0, 0)
    assert (answer["incomeThisYear"], answer["expenseThisYear"]) == (500, 0)
    assert answer["financeCounts"] == {"vouchers": 4, "incomeFen": 1400, "expenseFen": 0, "balanceFen": 1400}
    [shown] = answer["funds"]["nodes"]
    assert (shown["balance"], shown["income"], shown["expense"], shown["entries"]["totalCount"]) == (1400, 1400, 0, 8)
    vouchers = {each["label"]: each for each in answer["vouchers"]["nodes"]}
    assert [each["label"] for each in answer["vouchers"]["nodes"]] == ["收-001", "收-001", "付-001", "付-002"]
    assert vouchers["收-001"]["handler"] == "周*生"
    assert vouchers["付-001"]["reversedBy"] == {"label": "付-002"}
    assert vouchers["付-002"]["reverses"] == {"label": "付-001"}
    assert [each["lineNo"] for each in vouchers["付-002"]["entries"]["nodes"]] == [1, 2]
    assert answer["currentPeriod"] == {"month": "2026-11"}
    assert answer["publishedPeriod"] is None
    assert answer["periods"]["nodes"][0]["statements"]["nodes"] == [{"fund": {"name": "公共收益"}, "closingFen": 900}]
    clear = await world.ask(world.viewer("ACCOUNTANT", tenant), QUERY, code=str(tenant))
    assert {each["handler"] for each in clear["data"]["courtyard"]["vouchers"]["nodes"]} == {None, "周福生"}


async def test_the_district_sees_sums_and_no_entry(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 900, "2026-11-01", handler="周福生"))
    officer = world.viewer("DISTRICT_ADMIN", 5101060000000000, 10**10 - 1)
    answer = (await world.ask(officer, QUERY, code=str(tenant)))["data"]["courtyard"]
    assert answer["fundsBalance"] == 900
    assert answer["funds"]["nodes"][0]["balance"] == 900
    assert answer["funds"]["nodes"][0]["entries"] is None
    assert answer["vouchers"] is None
    assert answer["periods"]["nodes"][0]["closingFen"] == 900


async def test_another_courtyard_sees_nothing(world: FinanceWorld) -> None:
    fund = await world.fund(OTHER)
    await world.post(OTHER, receipt(fund, 900, "2026-11-01"))
    answer = await world.ask(world.viewer("ACCOUNTANT", COURTYARD), QUERY, code=str(OTHER))
    assert answer["data"]["courtyard"] is None
