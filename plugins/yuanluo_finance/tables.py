"""The books: funds, the chart of accounts, vouchers with their entries, periods with their statements.

What is posted is append-only in the database, not only here: `voucher` and `ledger_entry` admit no UPDATE and no
DELETE. So a draft stands in a table of its own, with its number; posting or voiding it writes the voucher and
removes the draft. An entry repeats what is fixed for ever (month, date, class of its account) so that a sum over
entries needs no join.

Amounts are fen. A red voucher (红字) has negative amounts on the same sides as the one it reverses.
"""

from __future__ import annotations

from enum import Enum

from yuanluo import (
    Choice,
    Code,
    CounterTable,
    DataClass,
    Day,
    Fen,
    Flag,
    Integer,
    Long,
    Mask,
    PartialDate,
    Reads,
    Ref,
    TenantTable,
    Text,
)

__all__ = [
    "AccountClass",
    "DueBasis",
    "FinanceCounts",
    "Fund",
    "FundCustody",
    "FundKind",
    "FundStatus",
    "LedgerAccount",
    "LedgerEntry",
    "Period",
    "PeriodStatus",
    "Statement",
    "Voucher",
    "VoucherDraft",
    "VoucherKind",
    "VoucherStatus",
]


class FundKind(Enum):
    """Whose money it is and what it may be spent on (`domain.md` §3.3)."""

    SPECIAL_MAINTENANCE = ("专项维修资金", "special maintenance fund of the owners")
    PUBLIC_REVENUE = ("公共收益", "income of common parts")
    SELF_MANAGED_FEES = ("自管费用", "guard and cleaning fees of a self-managed courtyard")
    COMMUNITY_SUPPORT = ("社区保障资金", "community support fund")
    COMMUNITY_INCENTIVE = ("社区激励资金", "community incentive fund")
    DONATION = ("捐赠", "donations, bound to their purpose")
    RENOVATION_GRANT = ("改造补助", "government grant for renovation")


class FundCustody(Enum):
    """Who holds the money."""

    COURTYARD = ("院落保管", "held by the courtyard: cash box and receipts account")
    SPECIAL_ACCOUNT = ("专户存储", "special account at the custodian bank")
    COMMUNITY = ("居财居管", "held by the community")
    MEMO = ("备查登记", "held elsewhere, kept here as a memo ledger")


class FundStatus(Enum):
    """Whether the fund takes vouchers."""

    OPEN = ("启用", "open")
    CLOSED = ("停用", "closed")


class AccountClass(Enum):
    """Classes of the chart, after 民间非营利组织会计制度."""

    MONEY = ("货币资金", "cash and bank")
    RECEIVABLE = ("应收", "receivables")
    LIABILITY = ("负债", "payables and deposits held")
    NET_ASSETS = ("净资产", "net assets")
    INCOME = ("收入", "income")
    EXPENSE = ("支出", "expense")


class VoucherKind(Enum):
    """The three series of vouchers, each numbered by itself."""

    RECEIPT = ("收", "receipt")
    PAYMENT = ("付", "payment")
    TRANSFER = ("转", "transfer")


class VoucherStatus(Enum):
    """A voucher's state; only posted ones have entries."""

    DRAFT = ("草稿", "draft")
    POSTED = ("已记账", "posted")
    VOIDED = ("作废", "a voided draft that keeps its number")


class PeriodStatus(Enum):
    """A month's state; there is no way back from CLOSED (F9)."""

    OPEN = ("未结账", "open")
    CLOSING = ("结账中", "closing: prepared, waiting for the supervisor")
    CLOSED = ("已结账", "closed")
    PUBLISHED = ("已公示", "published on the board")


class DueBasis(Enum):
    """Why a month's statement is due on the board on that day (FIN_MONTHLY, K9)."""

    DAY_OF_MONTH = ("次月公示日", "the day of the next month that the rules set")
    AFTER_CLOSING = (
        "结账期限因节假日晚于公示日,公示顺延至结账当日",
        "holidays move closing behind that day, and publishing with it",
    )


class Fund(
    TenantTable,
    zh="资金",
    en="money with one owner and one purpose; never mixed with another fund",
    body="finance",
    natural_key=["name"],
    order=["kind", "name"],
    unique=[["name"]],
):
    """One fund; every voucher balances within it."""

    kind = Choice("类别", "whose money it is and what it may be spent on", FundKind)
    name = Text("名称", "name", klass=DataClass.D0)
    custody = Choice("保管方式", "who holds the money", FundCustody)
    status = Choice("状态", "whether it takes vouchers", FundStatus)
    purpose = Text("用途限定", "the donor's or the project's purpose", klass=DataClass.D0, null=True)
    opened_on = Day("设立日期", "day it was set up")


class LedgerAccount(
    TenantTable,
    zh="会计科目",
    en="an account of the chart",
    body="finance",
    natural_key=["account_no"],
    order=["account_no"],
    unique=[["account_no"], ["id", "account_class", "account_no"]],
):
    """One of at most 30 accounts."""

    account_no = Code("科目编号", "number, such as 1002", reads=Reads.CODE)
    name = Text("科目名称", "name", klass=DataClass.D0)
    account_class = Choice("科目类别", "class of the chart", AccountClass)


class Period(
    TenantTable,
    zh="会计期间",
    en="a month of the books with its totals over all funds",
    body="finance",
    natural_key=["month"],
    order=["month"],
    unique=[["month"]],
):
    """One month: opening + income - expense = closing."""

    month = Code("月份", "month, such as 2026-10")
    first_day = Day("首日", "its first day")
    last_day = Day("末日", "its last day")
    year_last_day = Day("年度末日", "last day of its year")
    status = Choice("状态", "open, closing, closed or published", PeriodStatus)
    brought_in_fen = Fen("建账转入", "opening balances brought into the books in this month")
    opening_fen = Fen("上期结余", "opening: closing of the month before and what was brought in")
    income_fen = Fen("本期收入", "income")
    expense_fen = Fen("本期支出", "expense")
    closing_fen = Fen("本期结余", "closing")
    statement_hash = Code("报表哈希", "SHA-256 of the statement as it was closed", null=True)
    close_due_on = Day("应结账日期", "fifth working day of the next month")
    publish_due_on = Day("应公示日期", "tenth day of the next month, or the day it is to be closed where that is later")
    publish_due_basis = Choice("应公示日期依据", "why it is due on that day", DueBasis, null=True)
    prepared_by = Code("结账人", "account id of who prepared the closing", klass=DataClass.D2, null=True)
    confirmed_by = Code("复核人", "account id of the supervisor who confirmed it", klass=DataClass.D2, null=True)
    closed_on = Day("结账日期", "day on which its closing was filed", null=True)
    closed_on_time = Flag("按时结账", "whether it was closed by the due day", null=True)
    published_on = Day("公示日期", "day on which its publication was filed", null=True)
    published_on_time = Flag("按时公示", "whether it was posted by the due day", null=True)


class Statement(
    TenantTable,
    zh="资金月报",
    en="a fund's month: opening + income - expense = closing",
    body="finance",
    natural_key=["month", "fund_id"],
    order=["month"],
    unique=[["month", "fund_id"]],
):
    """One fund in one month; kept by every posting, complete for all funds once the month is closed."""

    period_id = Ref("会计期间", "the month", Period)
    fund_id = Ref("资金", "the fund", Fund)
    month = Code("月份", "month, such as 2026-10")
    brought_in_fen = Fen("建账转入", "opening balance brought into the books in this month")
    opening_fen = Fen("上期结余", "opening")
    income_fen = Fen("本期收入", "income")
    expense_fen = Fen("本期支出", "expense")
    closing_fen = Fen("本期结余", "closing")


class Voucher(
    TenantTable,
    zh="记账凭证",
    en="a voucher as it was posted, or the number of a voided draft",
    body="finance",
    row_class=DataClass.D1,
    natural_key=["year", "kind", "number"],
    order=["month", "entry_date"],
    unique=[["year", "kind", "number"], ["id", "kind"]],
    append_only=True,
):
    """One voucher; never changed, corrected by a reversal only (F7)."""

    kind = Choice("凭证类别", "receipt, payment or transfer", VoucherKind)
    year = Integer("年度", "year of the series")
    number = Integer("凭证号", "number in its series, without gaps")
    period_id = Ref("会计期间", "the month it is booked in", Period)
    month = Code("月份", "the month it is booked in, such as 2026-10")
    entry_date = PartialDate("日期", "date on the document, as precise as it says")
    summary = Text("摘要", "what for", klass=DataClass.D1)
    amount_fen = Fen("金额", "sum of one side; negative in red", klass=DataClass.D1)
    handler = Text("经手人", "who handled it, as written", klass=DataClass.D2, mask=Mask.NAME, null=True)
    external_no = Code(
        "原凭证号", "number as in the sheet it came from", klass=DataClass.D1, null=True, reads=Reads.CODE
    )
    status = Choice("状态", "posted or voided", VoucherStatus)
    is_opening = Flag("是否建账凭证", "whether it brings an opening balance into the books")
    reverses_id = Ref("冲销凭证", "the voucher it reverses", "voucher", null=True, unique=True)
    reason = Text("冲销原因", "why it reverses, or why the draft was voided", klass=DataClass.D1, null=True)
    basis = Text("调拨依据", "the resolution that allows a transfer between funds", klass=DataClass.D1, null=True)


class LedgerEntry(
    TenantTable,
    zh="分录",
    en="a line of a posted voucher",
    body="finance",
    row_class=DataClass.D1,
    natural_key=["voucher_id", "line_no"],
    order=["month", "entry_date", "line_no"],
    indexes=[["fund_id", "net_fen"]],  # balances are read from it alone
    append_only=True,
    # 收支两条线: what comes in pays nothing by itself, and what is moved is neither income nor expense (F6, K5)
    checks={
        "receipts_pay_nothing": "\"kind\" <> 'RECEIPT' OR \"account_class\" <> 'EXPENSE'",
        "payments_take_nothing_in": "\"kind\" <> 'PAYMENT' OR \"account_class\" <> 'INCOME'",
        "transfers_move_money": (
            "\"kind\" <> 'TRANSFER' OR \"account_class\" NOT IN ('INCOME', 'EXPENSE')"
            " OR \"account_no\" IN ('4108', '5108')"
        ),
    },
    agreeing={"voucher_id": ["kind"], "account_id": ["account_class", "account_no"]},
):
    """One amount on one side of one account in one fund."""

    voucher_id = Ref("凭证", "its voucher", Voucher)
    kind = Choice("凭证类别", "kind of its voucher", VoucherKind)
    line_no = Integer("行号", "line of the voucher, from 1")
    fund_id = Ref("资金", "the fund", Fund)
    account_id = Ref("科目", "the account", LedgerAccount)
    account_class = Choice("科目类别", "class of the account", AccountClass)
    account_no = Code("科目编号", "number of the account")
    month = Code("月份", "the month it is booked in, such as 2026-10")
    entry_date = PartialDate("日期", "date on the document, as precise as it says")
    debit_fen = Fen("借方", "debit", klass=DataClass.D1)
    credit_fen = Fen("贷方", "credit", klass=DataClass.D1)
    net_fen = Fen(
        "净资产变动",
        "what it adds to the fund's net assets: credit - debit on net assets, income and expense, else 0",
        klass=DataClass.D1,
    )


class VoucherDraft(
    TenantTable,
    zh="凭证草稿",
    en="a voucher being prepared; its number is taken already",
    body="finance",
    row_class=DataClass.D2,
    natural_key=["year", "kind", "number"],
    order=["year", "kind", "number"],
    unique=[["year", "kind", "number"]],
):
    """One draft; posting or voiding it removes it and writes the voucher under its number (F8)."""

    kind = Choice("凭证类别", "receipt, payment or transfer", VoucherKind)
    year = Integer("年度", "year of the series")
    number = Integer("凭证号", "number in its series, taken when the draft was made")
    month = Code("月份", "the month it is to be booked in, such as 2026-10")
    entry_date = PartialDate("日期", "date on the document, as precise as it says", klass=DataClass.D2)
    summary = Text("摘要", "what for", klass=DataClass.D2)
    handler = Text("经手人", "who handled it, as written", klass=DataClass.D2, mask=Mask.NAME, null=True)
    external_no = Code(
        "原凭证号", "number as in the document it came from", klass=DataClass.D2, null=True, reads=Reads.CODE
    )
    basis = Text("调拨依据", "the resolution that allows a transfer between funds", klass=DataClass.D2, null=True)
    lines = Text("分录", "its lines as JSON", klass=DataClass.D2, exposed=False)


class FinanceCounts(
    CounterTable, zh="财务计数", en="totals of the courtyard's books, kept by every write", body="finance"
):
    """The roll-up row; what belongs to a month or a year is summed over periods instead, for it depends on the day."""

    vouchers = Long("凭证数", "vouchers, voided ones included", unit="vouchers")
    income_fen = Fen("累计收入", "income since the books were opened")
    expense_fen = Fen("累计支出", "expense since the books were opened")
    balance_fen = Fen("结余", "net assets of all funds")
    months_published = Long("已公示月数", "months whose statement is on the board", unit="months")
    months_on_time = Long("按时公示月数", "months published by the due day", unit="months")
