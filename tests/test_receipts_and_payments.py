"""K5 and K9: receipts pay nothing, no fund falls below zero, and nothing is due on the board before it is closed."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import uuid
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from finance_world import FinanceWorld, build_finance_world, payment, receipt

from yuanluo import Receipt, Refused, run_command, run_commands, scoped
from yuanluo_finance.commands import (
    ClosePeriod,
    DraftVoucher,
    PostDraft,
    PostVoucher,
    ReverseVoucher,
    VoucherLine,
    close_period,
    draft_voucher,
    post_draft,
    reverse_voucher,
)
from yuanluo_finance.months import Month
from yuanluo_finance.rules import close_due, publish_basis, publish_due
from yuanluo_finance.tables import DueBasis, FundKind, LedgerEntry, Voucher, VoucherKind, VoucherStatus
from yuanluo_tenants.database import Broken, DanglingReference

DAY: Final = "2026-11-03"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> FinanceWorld:
    return await build_finance_world(make_database)


def lines(*sides: tuple[uuid.UUID, str, int]) -> tuple[VoucherLine, ...]:
    """Lines by fund, account and fen: a debit above zero, a credit below."""
    return tuple(
        VoucherLine(fund, account, debit_fen=max(fen, 0), credit_fen=max(-fen, 0)) for fund, account, fen in sides
    )


async def code(world: FinanceWorld, tenant: int, *vouchers: PostVoucher) -> str:
    with pytest.raises(Refused) as refused:
        await world.post(tenant, *vouchers)
    return refused.value.stable_code


async def balance(world: FinanceWorld, tenant: int, fund: uuid.UUID) -> int:
    sql = "SELECT coalesce(sum(net_fen), 0) AS n FROM ledger_entry WHERE tenant_id = $1 AND fund_id = $2"
    return int((await world.select(tenant, sql, fund))[0]["n"])


# receipts and payments


async def test_a_receipt_pays_nothing_and_a_payment_takes_nothing_in(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 1000, DAY))
    netted = {
        VoucherKind.RECEIPT: lines((fund, "1002", 80), (fund, "5101", 20), (fund, "4101", -100)),
        VoucherKind.PAYMENT: lines((fund, "5101", 100), (fund, "4101", -20), (fund, "1002", -80)),
    }
    for kind, sides in netted.items():
        voucher = PostVoucher(kind, DAY, "坐支", sides)
        assert await code(world, tenant, voucher) == "RECEIPTS_AND_PAYMENTS_APART"
        draft = DraftVoucher(kind, DAY, "坐支", sides)
        with pytest.raises(Refused, match=r"a (receipt|payment) has no"):
            await run_command(draft_voucher, world.at(tenant, "ACCOUNTANT"), draft)


async def test_a_transfer_moves_money_between_cash_bank_and_funds_alone(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    a, b = await world.fund(tenant), await world.fund(tenant, FundKind.SELF_MANAGED_FEES)
    await world.post(tenant, receipt(a, 1000, DAY))

    def transfer(*sides: tuple[uuid.UUID, str, int], **more: Any) -> PostVoucher:
        return PostVoucher(VoucherKind.TRANSFER, DAY, "转账", lines(*sides), **more)

    for wrong in (
        transfer((a, "1002", 5), (a, "4101", -5)),
        transfer((a, "5101", 5), (a, "1002", -5)),
        transfer((a, "5101", 5), (a, "4101", -5)),
        transfer((a, "1002", 5), (a, "2101", -5)),
        transfer((a, "1002", 5), (a, "4108", -5)),
        transfer((a, "5108", 5), (a, "4108", -5)),
    ):
        assert await code(world, tenant, wrong) == "RECEIPTS_AND_PAYMENTS_APART"
    for kind, sides in (
        (VoucherKind.RECEIPT, lines((a, "1002", 5), (a, "4108", -5))),
        (VoucherKind.PAYMENT, lines((a, "5108", 5), (a, "1002", -5))),
    ):
        assert await code(world, tenant, PostVoucher(kind, DAY, "调拨", sides)) == "RECEIPTS_AND_PAYMENTS_APART"
    await world.post(
        tenant,
        transfer((a, "1001", 100), (a, "1002", -100)),
        transfer((a, "5108", 50), (a, "1002", -50), (b, "1002", 50), (b, "4108", -50), basis="业主大会决议1号"),
    )
    assert (await balance(world, tenant, a), await balance(world, tenant, b)) == (950, 50)


@pytest.mark.parametrize(
    ("kind", "account", "account_class", "refused"),
    [
        ("RECEIPT", "5101", "EXPENSE", Broken),
        ("PAYMENT", "4101", "INCOME", Broken),
        ("TRANSFER", "4101", "INCOME", Broken),
        ("TRANSFER", "5101", "EXPENSE", Broken),
    ],
)
async def test_the_database_refuses_it_too(
    world: FinanceWorld, kind: str, account: str, account_class: str, refused: type[Exception]
) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    voucher_id = uuid.uuid4()
    await world.post(tenant, receipt(fund, 1, DAY))
    period = await world.period(tenant, "2026-11")
    with scoped(tenant):
        await world.database.insert_rows(
            Voucher,
            [
                {
                    "id": voucher_id, "tenant_id": tenant, "kind": VoucherKind[kind], "year": 2026, "number": 900,
                    "period_id": period, "month": "2026-11", "summary": "绕过", "status": VoucherStatus.POSTED,
                    "is_opening": False, "amount_fen": 1,
                }
            ],
        )  # fmt: skip
        [chart] = await world.select(
            tenant, "SELECT id FROM ledger_account WHERE tenant_id = $1 AND account_no = $2", account
        )
        entry = {
            "tenant_id": tenant, "id": uuid.uuid4(), "voucher_id": voucher_id, "kind": kind, "line_no": 1,
            "fund_id": fund, "account_id": chart["id"], "account_class": account_class, "account_no": account,
            "month": "2026-11", "entry_date": DAY, "debit_fen": 1, "credit_fen": 0, "net_fen": -1,
        }  # fmt: skip
        with pytest.raises(refused):
            await world.database.insert_rows(LedgerEntry, [entry])
        lies: list[dict[str, Any]] = [
            entry | {"kind": "PAYMENT" if kind != "PAYMENT" else "RECEIPT"},
            entry | {"account_class": "MONEY"},
            entry | {"account_no": "4108"},
        ]
        for lie in lies:
            with pytest.raises((Broken, DanglingReference)):
                await world.database.insert_rows(LedgerEntry, [lie])


# no fund below zero


async def test_no_voucher_leaves_a_fund_below_zero(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund, other = await world.fund(tenant), await world.fund(tenant, FundKind.SELF_MANAGED_FEES)
    assert await code(world, tenant, payment(fund, 1, DAY)) == "FUND_OVERDRAWN"
    await world.post(tenant, receipt(fund, 100, DAY), receipt(other, 500, DAY))
    assert await code(world, tenant, payment(fund, 101, DAY)) == "FUND_OVERDRAWN"
    assert await code(world, tenant, payment(fund, 60, DAY), payment(fund, 60, DAY)) == "FUND_OVERDRAWN"
    assert await code(world, tenant, payment(fund, 50, "2026-10-31")) == "FUND_OVERDRAWN", "October had nothing yet"
    await world.post(tenant, payment(fund, 100, DAY))
    assert await balance(world, tenant, fund) == 0


async def test_deposits_are_not_spent(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    deposit = PostVoucher(VoucherKind.RECEIPT, DAY, "收押金", lines((fund, "1002", 100), (fund, "2101", -100)))
    await world.post(tenant, deposit)
    assert await code(world, tenant, payment(fund, 1, DAY)) == "FUND_OVERDRAWN"


async def test_what_somebody_advanced_is_a_payable_of_its_own_and_the_month_closes_with_it(
    world: FinanceWorld,
) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    advance = PostVoucher(
        VoucherKind.RECEIPT, "2026-10-09", "张建国垫付", lines((fund, "1002", 80), (fund, "2102", -80))
    )
    await world.post(tenant, advance, payment(fund, 80, "2026-10-10"))
    assert await balance(world, tenant, fund) == -80
    assert await code(world, tenant, payment(fund, 1, "2026-10-10")) == "FUND_OVERDRAWN"
    october = ClosePeriod(await world.period(tenant, "2026-10"))
    await run_command(close_period, world.at(tenant, "ACCOUNTANT"), october)
    back = PostVoucher(VoucherKind.PAYMENT, DAY, "归还垫付", lines((fund, "2102", 80), (fund, "1002", -80)))
    assert await code(world, tenant, back) == "FUND_OVERDRAWN"
    await world.post(tenant, receipt(fund, 80, DAY), back)
    assert await balance(world, tenant, fund) == 0


async def test_a_reversal_or_a_draft_does_not_overdraw_a_fund(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund, accountant = await world.fund(tenant), world.at(tenant, "ACCOUNTANT")
    came = (await world.post(tenant, receipt(fund, 100, DAY))).subject_id
    assert came is not None
    sides = lines((fund, "5101", 70), (fund, "1002", -70))
    drafts = [
        (await run_command(draft_voucher, accountant, DraftVoucher(VoucherKind.PAYMENT, DAY, "工资", sides))).subject_id
        for _ in range(2)
    ]
    first, second = [PostDraft(each) for each in drafts if each]
    await run_command(post_draft, accountant, first)
    for command, item in ((post_draft, second), (reverse_voucher, ReverseVoucher(came, "录入有误", DAY))):
        with pytest.raises(Refused) as refused:
            await run_command(command, accountant, item)
        assert refused.value.stable_code == "FUND_OVERDRAWN"
    assert await balance(world, tenant, fund) == 30


async def test_two_payments_at_once_do_not_overdraw_a_fund_together(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 100, DAY))
    done = await asyncio.gather(*(world.post(tenant, payment(fund, 70, DAY)) for _ in range(4)), return_exceptions=True)
    codes = [each.stable_code for each in done if isinstance(each, Refused)]
    assert (sum(isinstance(each, Receipt) for each in done), codes) == (1, ["FUND_OVERDRAWN"] * 3)
    assert await balance(world, tenant, fund) == 30


async def test_books_that_were_opened_before_get_the_account_of_advances_when_it_is_named(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    with scoped(tenant):
        accounts = await world.select(tenant, "SELECT account_no FROM ledger_account WHERE tenant_id = $1")
        assert len(accounts) == 30
        async with world.database.transaction():
            sql = f"DELETE FROM ledger_account WHERE tenant_id = {tenant} AND account_no = '2102'"
            await world.database.execute(sql, ())
    advance = PostVoucher(VoucherKind.RECEIPT, DAY, "垫付", lines((fund, "1002", 80), (fund, "2102", -80)))
    await run_commands(draft_voucher, world.at(tenant, "ACCOUNTANT"), [
        DraftVoucher(advance.kind, DAY, "垫付", advance.lines)
    ])  # fmt: skip
    await world.post(tenant, advance)


# K9


@pytest.mark.parametrize(
    ("month", "closed_by", "published_by", "basis"),
    [
        (Month(2026, 9), dt.date(2026, 10, 13), dt.date(2026, 10, 13), DueBasis.AFTER_CLOSING),
        (Month(2026, 10), dt.date(2026, 11, 6), dt.date(2026, 11, 10), DueBasis.DAY_OF_MONTH),
        (Month(2025, 9), dt.date(2025, 10, 14), dt.date(2025, 10, 14), DueBasis.AFTER_CLOSING),
        (Month(2025, 1), dt.date(2025, 2, 10), dt.date(2025, 2, 10), DueBasis.DAY_OF_MONTH),
    ],
)
def test_closing_never_falls_due_after_publishing(
    month: Month, closed_by: dt.date, published_by: dt.date, basis: DueBasis
) -> None:
    assert (close_due(month), publish_due(month), publish_basis(month)) == (closed_by, published_by, basis)


def test_no_month_of_any_year_is_due_on_the_board_before_it_is_due_to_be_closed() -> None:
    months = [Month(year, number) for year in range(2005, 2045) for number in range(1, 13)]
    assert [each for each in months if close_due(each) > publish_due(each)] == []
    moved = [each for each in months if publish_due(each).day != 10]
    assert [each for each in months if publish_basis(each) is DueBasis.AFTER_CLOSING] == moved


async def test_a_month_says_when_it_is_due_and_why(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 1, "2026-09-03"), receipt(fund, 1, "2026-10-03"))
    asking = dataclasses.replace(world.viewer("OWNER", tenant))
    answer = await world.ask(
        asking, "{ courtyards { nodes { periods { nodes { month closeDueOn publishDueOn publishDueBasis } } } } }"
    )
    [yard] = answer["data"]["courtyards"]["nodes"]
    assert [tuple(each.values()) for each in yard["periods"]["nodes"]] == [
        ("2026-09", "2026-10-13", "2026-10-13", "AFTER_CLOSING"),
        ("2026-10", "2026-11-06", "2026-11-10", "DAY_OF_MONTH"),
    ]
