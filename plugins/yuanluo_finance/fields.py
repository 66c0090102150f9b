"""What the books put beside their declarations: entries, statements, balances.

`balance` is what a fund has: its net assets, that is opening + income - expense over all entries, which by double
entry is money + receivables - payables. It is a sum over entries for whoever asks; the entries themselves are D1
(F14: every owner may read every entry, handlers masked).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import TODAY, Aggregate, GraphQLField, Kind, SqlField, ToMany, ToOne
from yuanluo.fields import Condition

__all__ = ["FINANCE_FIELDS"]

_THIS_MONTH: Final[Sequence[Condition]] = (("first_day", "le", TODAY), ("last_day", "ge", TODAY))
_THIS_YEAR: Final[Sequence[Condition]] = (("first_day", "le", TODAY), ("year_last_day", "ge", TODAY))
"""Months begun, of the year that has not ended: this year's, by the day of the request."""

_NUMBER: Final = {
    "sqlite": "CASE {kind} WHEN 'RECEIPT' THEN '收' WHEN 'PAYMENT' THEN '付' ELSE '转' END"
    " || '-' || printf('%03d', {number})",
    "postgresql": "CASE {kind} WHEN 'RECEIPT' THEN '收' WHEN 'PAYMENT' THEN '付' ELSE '转' END"
    " || '-' || to_char({number}, 'FM9999999000')",
}

FINANCE_FIELDS: Final[Sequence[GraphQLField]] = (
    # Courtyard
    Aggregate(
        "Courtyard", "fundsBalance", "LedgerEntry", "sum", "资金结余", "net assets of all funds", column="net_fen"
    ),
    Aggregate(
        "Courtyard", "incomeThisMonth", "Period", "sum", "本月收入", "income of the current month",
        column="income_fen", where=_THIS_MONTH,
    ),
    Aggregate(
        "Courtyard", "expenseThisMonth", "Period", "sum", "本月支出", "expense of the current month",
        column="expense_fen", where=_THIS_MONTH,
    ),
    Aggregate(
        "Courtyard", "incomeThisYear", "Period", "sum", "本年收入", "income of the current year so far",
        column="income_fen", where=_THIS_YEAR,
    ),
    Aggregate(
        "Courtyard", "expenseThisYear", "Period", "sum", "本年支出", "expense of the current year so far",
        column="expense_fen", where=_THIS_YEAR,
    ),
    Aggregate(
        "Courtyard", "periodsPublished", "Period", "count", "已公示月数", "months whose statement is on the board",
        where=[("status", "eq", "PUBLISHED")],
    ),
    Aggregate(
        "Courtyard", "periodsPublishedOnTime", "Period", "count", "按时公示月数", "months published by the due day",
        where=[("published_on_time", "eq", True)],
    ),
    ToOne("Courtyard", "financeCounts", "FinanceCounts", "财务计数", "totals kept by every write"),
    ToOne(
        "Courtyard", "currentPeriod", "Period", "本月", "the current month, if anything is booked in it",
        where=_THIS_MONTH,
    ),
    ToOne(
        "Courtyard", "publishedPeriod", "Period", "最近公示月份", "the last month whose statement is on the board",
        where=[("status", "eq", "PUBLISHED")], order=["-month"],
    ),
    # Fund
    Aggregate("Fund", "balance", "LedgerEntry", "sum", "结余", "its net assets", via="fund_id", column="net_fen"),
    Aggregate(
        "Fund", "income", "LedgerEntry", "sum", "累计收入", "income since the books were opened",
        via="fund_id", column="net_fen", where=[("account_class", "eq", "INCOME")],
    ),
    Aggregate(
        "Fund", "expense", "LedgerEntry", "sum", "累计支出", "expense since the books were opened",
        via="fund_id", column="net_fen", scale=-1, where=[("account_class", "eq", "EXPENSE")],
    ),
    ToMany("Fund", "entries", "LedgerEntry", "分录", "its entries", via="fund_id"),
    ToMany("Fund", "statements", "Statement", "月报", "its months", via="fund_id", order=["month"]),
    # LedgerAccount
    ToMany("LedgerAccount", "entries", "LedgerEntry", "分录", "its entries", via="account_id"),
    Aggregate(
        "LedgerAccount", "debit", "LedgerEntry", "sum", "借方合计", "its debit side in total",
        via="account_id", column="debit_fen",
    ),
    Aggregate(
        "LedgerAccount", "credit", "LedgerEntry", "sum", "贷方合计", "its credit side in total",
        via="account_id", column="credit_fen",
    ),
    # Voucher
    ToMany("Voucher", "entries", "LedgerEntry", "分录", "its lines", via="voucher_id", order=["line_no"]),
    ToOne("Voucher", "reversedBy", "Voucher", "被冲销于", "the red voucher that reverses it", via="reverses_id"),
    SqlField("Voucher", "label", Kind.TEXT, _NUMBER, ["kind", "number"], "编号", "its number as written: 收-001"),
    # Period
    ToMany("Period", "vouchers", "Voucher", "凭证", "its vouchers", via="period_id", order=["entry_date"]),
    ToMany("Period", "statements", "Statement", "各项资金", "its figures per fund", via="period_id", order=["month"]),
)  # fmt: skip
"""Relations, aggregates and computed fields of the books."""
