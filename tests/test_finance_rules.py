"""The rules of the books as plain functions: balance, reversal, periods, statements, shares."""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanluo import Invalid
from yuanluo_finance.chart import CASH, CHART, LARGEST_CHART, NET_ASSETS, expense_account, income_account, money_account
from yuanluo_finance.months import Month, months_of
from yuanluo_finance.refusals import (
    AlreadyReversed,
    NotReversible,
    PeriodClosed,
    PeriodOrder,
    SamePerson,
    TransferNeedsBasis,
    TrialBalance,
    Unbalanced,
)
from yuanluo_finance.rules import (
    Figures,
    Line,
    Movement,
    carry_forward,
    cash_over_limit,
    check_books,
    check_chart,
    check_confirmer,
    check_lines,
    check_numbers,
    check_opening_lines,
    check_period_takes,
    check_reversal,
    check_step,
    close_due,
    label,
    movement_of,
    net_of,
    publish_due,
    red_lines,
    split_by_largest_remainder,
    sums_of_money,
    total_of,
    trial_balance,
)
from yuanluo_finance.tables import AccountClass, FundKind, PeriodStatus, VoucherKind, VoucherStatus

A, B = uuid.UUID(int=1), uuid.UUID(int=2)
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
amounts = st.integers(min_value=1, max_value=10**12)


def pair(fen: int, fund: uuid.UUID = A, debit: str = "1002", credit: str = "4101") -> list[Line]:
    return [Line(fund, debit, debit_fen=fen), Line(fund, credit, credit_fen=fen)]


# vouchers


def test_a_voucher_that_balances_in_its_fund_is_accepted() -> None:
    check_lines(pair(480_000))
    check_lines([*pair(300), Line(A, "5101", debit_fen=200), Line(A, "1001", credit_fen=200)])


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Line(A, "1002", debit_fen=1)],
        [Line(A, "1002", debit_fen=2), Line(A, "4101", credit_fen=1)],
        [Line(A, "1002", debit_fen=1, credit_fen=1), Line(A, "4101", credit_fen=1)],
        [Line(A, "1002"), Line(A, "4101")],
        [Line(A, "1002", debit_fen=-1), Line(A, "4101", credit_fen=-1)],
        [Line(A, "1002", debit_fen=2**53 - 1), Line(A, "4101", credit_fen=2**53 - 1)] * 1100,
    ],
)
def test_lines_that_do_not_balance_or_have_no_single_side_are_refused(lines: list[Line]) -> None:
    with pytest.raises(Unbalanced):
        check_lines(lines)


def test_a_line_that_no_answer_can_say_is_refused_for_its_amount() -> None:
    with pytest.raises(Invalid) as refused:
        check_lines([Line(A, "1002", debit_fen=2**53), Line(A, "4101", credit_fen=2**53)])
    assert refused.value.stable_code == "AMOUNT_BOUND"


def test_a_voucher_balances_in_each_fund_and_not_only_in_total() -> None:
    with pytest.raises(Unbalanced, match="do not balance"):
        check_lines([Line(A, "1002", debit_fen=5), Line(B, "4101", credit_fen=5)], basis="决议2026-3")


def test_money_moves_between_funds_only_by_a_resolution() -> None:
    lines = [*pair(5, A, "5108", "1002"), *pair(5, B, "1002", "4108")]
    with pytest.raises(TransferNeedsBasis):
        check_lines(lines)
    check_lines(lines, basis="业主大会决议2026-3")


def test_a_red_voucher_has_negative_amounts_only() -> None:
    check_lines(red_lines(pair(5)), is_red=True)
    with pytest.raises(Unbalanced):
        check_lines(pair(5), is_red=True)


@given(st.lists(st.tuples(st.sampled_from([A, B]), amounts), min_size=1, max_size=6))
def test_a_reversal_takes_back_exactly_what_was_booked(moves: list[tuple[uuid.UUID, int]]) -> None:
    lines = [line for fund, fen in moves for line in pair(fen, fund)]
    both = [*lines, *red_lines(lines)]
    assert set(trial_balance(both).values()) == {(0, 0)}
    assert set(sums_of_money(both, ["1002"]).values()) == {0}
    assert tuple(red_lines(red_lines(lines))) == tuple(lines)


def test_a_voucher_is_reversed_once_and_a_reversal_never() -> None:
    check_reversal(VoucherStatus.POSTED, is_reversal=False, is_reversed=False, reason="录入有误")
    with pytest.raises(AlreadyReversed):
        check_reversal(VoucherStatus.POSTED, is_reversal=False, is_reversed=True, reason="录入有误")
    with pytest.raises(NotReversible, match="anew"):
        check_reversal(VoucherStatus.POSTED, is_reversal=True, is_reversed=False, reason="录入有误")
    with pytest.raises(NotReversible, match="void"):
        check_reversal(VoucherStatus.VOIDED, is_reversal=False, is_reversed=False, reason="录入有误")
    with pytest.raises(NotReversible, match="reason"):
        check_reversal(VoucherStatus.POSTED, is_reversal=False, is_reversed=False, reason=" ")


def test_net_assets_stand_in_opening_vouchers_and_nowhere_else() -> None:
    check_opening_lines([AccountClass.MONEY, AccountClass.NET_ASSETS], is_opening=True)
    check_opening_lines([AccountClass.MONEY, AccountClass.INCOME], is_opening=False)
    with pytest.raises(Unbalanced):
        check_opening_lines([AccountClass.MONEY, AccountClass.NET_ASSETS], is_opening=False)
    with pytest.raises(Unbalanced):
        check_opening_lines([AccountClass.MONEY, AccountClass.INCOME], is_opening=True)


def test_voucher_numbers_have_no_gap() -> None:
    check_numbers([3, 1, 2])
    check_numbers([])
    for numbers in ([1, 3], [2], [1, 1, 2]):
        with pytest.raises(TrialBalance):
            check_numbers(numbers)


def test_a_voucher_number_is_written_with_its_kind() -> None:
    assert label(VoucherKind.RECEIPT, 1) == "收-001"
    assert label(VoucherKind.PAYMENT, 12) == "付-012"
    assert label(VoucherKind.TRANSFER, 1234) == "转-1234"


def test_money_is_summed_per_fund_and_account() -> None:
    lines = [*pair(500, A, CASH), *pair(200, A, "5101", CASH), *pair(70, B)]
    assert sums_of_money(lines, [CASH, "1002"]) == {(A, CASH): 300, (B, "1002"): 70}


def test_cash_above_the_limit_is_pointed_out() -> None:
    assert cash_over_limit([60_000, 40_000]) == 0
    assert cash_over_limit([60_000, 40_001]) == 1


# chart


def test_the_chart_has_at_most_30_accounts_and_net_assets_for_every_fund() -> None:
    check_chart([account.number for account in CHART])
    assert len(CHART) <= LARGEST_CHART
    assert NET_ASSETS.keys() == set(FundKind)
    assert set(NET_ASSETS.values()) <= {account.number for account in CHART}
    with pytest.raises(Unbalanced):
        check_chart([str(number) for number in range(31)])
    with pytest.raises(Unbalanced):
        check_chart(["1001", "1001"])


@pytest.mark.parametrize(
    ("summary", "income"),
    [
        ("停车费（48辆）", "4101"),
        ("快递柜场地费", "4103"),
        ("收10月自管费", "4102"),
        ("利息", "4107"),
        ("卖废品", "4199"),
    ],
)
def test_the_words_of_a_receipt_suggest_its_account(summary: str, income: str) -> None:
    assert income_account(summary) == income


@pytest.mark.parametrize(
    ("summary", "expense"),
    [
        ("门卫工资9月", "5101"),
        ("更换 单元门锁 2把", "5104"),
        ("清掏化粪池", "5105"),
        ("重阳节慰问", "5106"),
        ("水电费", "5103"),
        ("保洁费", "5102"),
        ("打印公示", "5107"),
        ("法律咨询", "5199"),
    ],
)
def test_the_words_of_a_payment_suggest_its_account(summary: str, expense: str) -> None:
    assert expense_account(summary) == expense


def test_cash_is_used_where_the_summary_says_so() -> None:
    assert money_account("现金收停车费") == CASH
    assert money_account("停车费") == "1002"


# periods and statements


def test_only_net_assets_income_and_expense_move_a_fund() -> None:
    assert net_of(AccountClass.INCOME, 0, 5) == 5
    assert net_of(AccountClass.EXPENSE, 5, 0) == -5
    assert net_of(AccountClass.MONEY, 5, 0) == 0
    assert movement_of(AccountClass.LIABILITY, 0, 5) == Movement()
    assert movement_of(AccountClass.EXPENSE, 5, 0) == Movement(expense_fen=5)
    assert movement_of(AccountClass.NET_ASSETS, 0, 5) == Movement(brought_in_fen=5)


moves = st.builds(Movement, amounts, amounts, amounts)


@given(st.integers(-(10**9), 10**9), st.lists(moves, min_size=1, max_size=24))
def test_opening_plus_income_minus_expense_is_closing_in_every_month(before: int, months: list[Movement]) -> None:
    figures = carry_forward(before, months)
    for each, following in pairwise(figures):
        assert following.opening_fen == each.closing_fen + following.movement.brought_in_fen
    assert figures[0].opening_fen == before + months[0].brought_in_fen
    assert figures[-1].closing_fen == before + sum(each.net_fen for each in months)


@given(st.lists(st.builds(Figures, amounts, moves), max_size=7))
def test_the_total_closes_with_the_sum_of_the_funds(funds: list[Figures]) -> None:
    assert total_of(funds).closing_fen == sum(each.closing_fen for each in funds)


def test_a_closed_month_and_every_month_before_it_take_no_voucher() -> None:
    check_period_takes(NOVEMBER, None, OCTOBER)
    check_period_takes(NOVEMBER, PeriodStatus.OPEN, OCTOBER)
    for status in (PeriodStatus.CLOSING, PeriodStatus.CLOSED, PeriodStatus.PUBLISHED):
        with pytest.raises(PeriodClosed):
            check_period_takes(OCTOBER, status, None)
    with pytest.raises(PeriodClosed):
        check_period_takes(Month(2026, 9), None, OCTOBER)


def test_a_month_is_closed_step_by_step_and_never_reopened() -> None:
    steps = [PeriodStatus.OPEN, PeriodStatus.CLOSING, PeriodStatus.CLOSED, PeriodStatus.PUBLISHED]
    for status, wanted in pairwise(steps):
        check_step(OCTOBER, status, wanted)
    check_step(OCTOBER, PeriodStatus.CLOSING, PeriodStatus.OPEN)
    for status in (PeriodStatus.CLOSED, PeriodStatus.PUBLISHED):
        with pytest.raises(PeriodOrder):
            check_step(OCTOBER, status, PeriodStatus.OPEN)
    with pytest.raises(PeriodOrder):
        check_step(OCTOBER, PeriodStatus.OPEN, PeriodStatus.PUBLISHED)


def test_months_are_closed_one_after_the_other() -> None:
    with pytest.raises(PeriodOrder, match="before"):
        check_step(NOVEMBER, PeriodStatus.OPEN, PeriodStatus.CLOSING, [PeriodStatus.CLOSED, PeriodStatus.OPEN])
    check_step(NOVEMBER, PeriodStatus.OPEN, PeriodStatus.CLOSING, [PeriodStatus.CLOSED, PeriodStatus.CLOSING])


def test_whoever_prepared_a_closing_does_not_confirm_it() -> None:
    check_confirmer("a", "b", is_account=True)
    check_confirmer("operator", "operator", is_account=False)
    with pytest.raises(SamePerson):
        check_confirmer("a", "a", is_account=True)


@pytest.mark.parametrize(
    ("balances", "closings", "cash", "drafts"),
    [
        ({"公共收益": (5, 4)}, {}, {}, 0),
        ({}, {"公共收益": -1}, {}, 0),
        ({}, {}, {"公共收益": -1}, 0),
        ({}, {}, {}, 1),
    ],
)
def test_a_month_whose_books_are_not_in_order_is_not_closed(
    balances: dict[str, tuple[int, int]], closings: dict[str, int], cash: dict[str, int], drafts: int
) -> None:
    with pytest.raises(TrialBalance):
        check_books(OCTOBER, balances, closings, cash, drafts)


def test_a_month_whose_books_are_in_order_is_closed() -> None:
    check_books(OCTOBER, {"公共收益": (5, 5)}, {"公共收益": 0}, {"公共收益": 0}, 0)


def test_a_month_is_due_on_the_fifth_working_day_and_on_the_board_by_the_tenth() -> None:
    assert close_due(OCTOBER) == dt.date(2026, 11, 6)
    assert close_due(Month(2026, 9)) == dt.date(2026, 10, 13)  # after the holiday, 10 October made up for
    assert publish_due(OCTOBER) == dt.date(2026, 11, 10)
    assert publish_due(Month(2026, 12)) == dt.date(2027, 1, 10)


def test_months_know_their_days_and_quarters_their_months() -> None:
    assert months_of("2026-10") == (OCTOBER,)
    assert [each.code for each in months_of("2026-Q4")] == ["2026-10", "2026-11", "2026-12"]
    assert Month.parse("2026-10-08") == OCTOBER
    assert Month(2026, 12).next == Month(2027, 1)
    assert Month(2026, 1).previous == Month(2025, 12)
    assert Month(2028, 2).last_day == dt.date(2028, 2, 29)
    assert OCTOBER < NOVEMBER < Month(2027, 1)
    for text in ("2026", "2026-13", "10月", "", "2026-100", "2026-10x", "2026-10-32", "２０２６-10", "0000-05"):
        with pytest.raises(Invalid):
            Month.parse(text)


# shares


def test_an_amount_is_split_by_area_with_largest_remainders() -> None:
    shares = split_by_largest_remainder(1_000_000, {"1-1-101": 5832, "1-1-102": 5832, "1-1-201": 7250})
    assert shares == {"1-1-101": 308_343, "1-1-102": 308_343, "1-1-201": 383_314}


def test_ties_go_by_room_key() -> None:
    assert split_by_largest_remainder(2, {"1-1-103": 1, "1-1-101": 1, "1-1-102": 1}) == {
        "1-1-103": 0,
        "1-1-101": 1,
        "1-1-102": 1,
    }


@given(
    st.integers(0, 10**12),
    st.dictionaries(st.integers(1, 999).map("1-1-{}".format), st.integers(1, 50_000), min_size=1, max_size=30),
)
def test_the_shares_add_up_exactly_and_are_off_by_less_than_a_fen(total: int, areas: dict[str, int]) -> None:
    shares = split_by_largest_remainder(total, areas)
    whole = sum(areas.values())
    assert sum(shares.values()) == total
    assert all(abs(shares[room] * whole - total * area) < whole for room, area in areas.items())


@pytest.mark.parametrize(("total", "areas"), [(1, {}), (1, {"a": 0}), (-1, {"a": 1}), (1, {"a": 2, "b": -1})])
def test_an_amount_that_cannot_be_split_is_refused(total: int, areas: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="area"):
        split_by_largest_remainder(total, areas)
