"""The chart of accounts, and how a line of a notice board's statement finds its account.

At most 30 accounts after 民间非营利组织会计制度 (`domain.md` §3.3): 1xxx money and receivables, 2xxx payables and
deposits held, 3xxx net assets per kind of fund, 4xxx income by source, 5xxx expense by kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yuanluo_finance.tables import AccountClass, FundKind

__all__ = [
    "ADVANCES",
    "BANK",
    "CASH",
    "CHART",
    "LARGEST_CHART",
    "NET_ASSETS",
    "OTHER_EXPENSE",
    "OTHER_INCOME",
    "TRANSFERS",
    "TRANSFER_IN",
    "TRANSFER_OUT",
    "StandardAccount",
    "expense_account",
    "income_account",
    "money_account",
]

LARGEST_CHART: Final = 30
CASH: Final = "1001"
BANK: Final = "1002"
ADVANCES: Final = "2102"
"""What somebody advanced for a fund that had too little (垫付): the one way in which a fund owes more than it has."""
TRANSFER_IN: Final = "4108"
TRANSFER_OUT: Final = "5108"
TRANSFERS: Final = (TRANSFER_IN, TRANSFER_OUT)
"""The two accounts of money that moves from one fund to another."""
OTHER_INCOME: Final = "4199"
OTHER_EXPENSE: Final = "5199"


@dataclass(frozen=True, slots=True)
class StandardAccount:
    """An account that every courtyard's books begin with."""

    number: str
    name: str
    account_class: AccountClass


NET_ASSETS: Final[Mapping[FundKind, str]] = {
    FundKind.SPECIAL_MAINTENANCE: "3101",
    FundKind.PUBLIC_REVENUE: "3102",
    FundKind.SELF_MANAGED_FEES: "3103",
    FundKind.COMMUNITY_SUPPORT: "3104",
    FundKind.COMMUNITY_INCENTIVE: "3105",
    FundKind.DONATION: "3106",
    FundKind.RENOVATION_GRANT: "3107",
}
"""The net assets account of each kind of fund."""

CHART: Final[tuple[StandardAccount, ...]] = (
    StandardAccount(CASH, "库存现金", AccountClass.MONEY),
    StandardAccount(BANK, "银行存款", AccountClass.MONEY),
    StandardAccount("1101", "应收款项", AccountClass.RECEIVABLE),
    StandardAccount("2101", "应付款项及押金", AccountClass.LIABILITY),
    StandardAccount(ADVANCES, "应付垫付款", AccountClass.LIABILITY),
    *(
        StandardAccount(number, f"净资产-{kind.value[0]}", AccountClass.NET_ASSETS)
        for kind, number in NET_ASSETS.items()
    ),
    StandardAccount("4101", "停车收入", AccountClass.INCOME),
    StandardAccount("4102", "自管费收入", AccountClass.INCOME),
    StandardAccount("4103", "场地及广告收入", AccountClass.INCOME),
    StandardAccount("4104", "维修资金交存", AccountClass.INCOME),
    StandardAccount("4105", "捐赠收入", AccountClass.INCOME),
    StandardAccount("4106", "补助收入", AccountClass.INCOME),
    StandardAccount("4107", "利息收入", AccountClass.INCOME),
    StandardAccount(TRANSFER_IN, "资金调入", AccountClass.INCOME),
    StandardAccount(OTHER_INCOME, "其他收入", AccountClass.INCOME),
    StandardAccount("5101", "门卫费用", AccountClass.EXPENSE),
    StandardAccount("5102", "清洁绿化费用", AccountClass.EXPENSE),
    StandardAccount("5103", "水电费", AccountClass.EXPENSE),
    StandardAccount("5104", "维修费用", AccountClass.EXPENSE),
    StandardAccount("5105", "清掏疏通费用", AccountClass.EXPENSE),
    StandardAccount("5106", "活动及慰问支出", AccountClass.EXPENSE),
    StandardAccount("5107", "办公费用", AccountClass.EXPENSE),
    StandardAccount(TRANSFER_OUT, "资金调出", AccountClass.EXPENSE),
    StandardAccount(OTHER_EXPENSE, "其他支出", AccountClass.EXPENSE),
)
"""The chart every courtyard's books begin with."""

_Words = Sequence[tuple[str, tuple[str, ...]]]

_INCOME_WORDS: Final[_Words] = (
    ("4104", ("维修资金", "维修基金")),
    ("4106", ("补助", "补贴", "拨款", "以奖代补", "保障资金", "激励资金")),
    ("4105", ("捐", "赞助")),
    ("4107", ("利息", "结息")),
    ("4101", ("停车", "车位", "泊车", "月卡", "充电")),
    ("4103", ("快递柜", "场地", "广告", "摊位", "租金", "基站", "回收箱", "售水机")),
    ("4102", ("门卫", "清洁", "卫生", "管理费", "物业费", "自管费", "保洁")),
)
"""The first row with a word that stands in the summary gives the account."""

_EXPENSE_WORDS: Final[_Words] = (
    ("5105", ("清掏", "化粪池", "疏通", "管道")),
    ("5106", ("慰问", "活动", "过节", "重阳", "中秋", "春节", "端午", "坝坝宴")),
    ("5103", ("水电", "电费", "水费", "用电", "用水")),
    ("5104", ("维修", "更换", "修理", "修缮", "补漏", "灯", "锁", "门禁", "监控", "安装", "油漆")),
    ("5101", ("门卫", "保安", "值守", "巡逻", "守门")),
    ("5102", ("清洁", "保洁", "垃圾", "绿化", "清扫", "除草", "消杀")),
    ("5107", ("办公", "打印", "复印", "纸", "公示栏", "文具", "电话费")),
)


def income_account(summary: str) -> str:
    """Return the income account that the words of `summary` suggest; 其他收入 where none does."""
    return _by_words(summary, _INCOME_WORDS, OTHER_INCOME)


def expense_account(summary: str) -> str:
    """Return the expense account that the words of `summary` suggest; 其他支出 where none does."""
    return _by_words(summary, _EXPENSE_WORDS, OTHER_EXPENSE)


def money_account(summary: str) -> str:
    """Return 现金 where the summary says so, 银行 otherwise."""
    return CASH if "现金" in summary else BANK


def _by_words(summary: str, words: _Words, other: str) -> str:
    for account, found in words:
        if any(word in summary for word in found):
            return account
    return other
