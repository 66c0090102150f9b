"""What the ledger refuses, each under a stable code; the rule that refused stands in the sentence."""

from __future__ import annotations

from yuanluo import Conflict, Invalid

__all__ = [
    "AlreadyReversed",
    "FundClosed",
    "FundNotEmpty",
    "FundOverdrawn",
    "LedgerNotEmpty",
    "NotReversible",
    "OpeningMismatch",
    "PeriodClosed",
    "PeriodOrder",
    "PeriodRunning",
    "ReceiptsAndPaymentsApart",
    "SamePerson",
    "StatementMismatch",
    "TransferNeedsBasis",
    "TrialBalance",
    "Unbalanced",
    "VoucherPosted",
]


class Unbalanced(Invalid):
    """The lines of a voucher do not balance per fund, or are no lines at all."""

    code = "UNBALANCED"
    rule = "domain 3.3"
    next_zh = "请核对各行金额,使每笔资金借贷相等后重试。"
    next_en = "Correct the lines so that each fund balances, then try again."


class TransferNeedsBasis(Invalid):
    """A voucher moves money between funds without naming the resolution that allows it."""

    code = "FUND_TRANSFER_NEEDS_RESOLUTION"
    rule = "domain 3.3"
    next_zh = "请在依据中写明允许调拨的决议。"
    next_en = "Name the resolution that allows the transfer in `basis`."


class ReceiptsAndPaymentsApart(Invalid):
    """Receipts, payments and transfers go by vouchers of their own: what comes in pays nothing directly (F6, K5)."""

    code = "RECEIPTS_AND_PAYMENTS_APART"
    rule = "F6, K5"
    next_zh = "请分别填制收款凭证、付款凭证;资金调拨用转账凭证。"
    next_en = "Enter a receipt and a payment voucher, each by itself; a transfer moves money between funds."


class FundOverdrawn(Conflict):
    """A fund would have spent more than it has (F9, K5)."""

    code = "FUND_OVERDRAWN"
    rule = "F9, K5"
    next_zh = "请先入账收款;如有人垫付,请将垫付款记入 2102 应付垫付款。"
    next_en = "Enter the money that came in first; what somebody advanced is booked as a payable on account 2102."

    def __init__(self, fund: str, month: str, short_fen: int) -> None:
        yuan = f"{short_fen // 100}.{short_fen % 100:02}"
        super().__init__(f"{fund} {month} 余额不足,缺 {yuan} 元。", f"{fund} is short of {yuan} yuan in {month}.")
        self.short_fen = short_fen


class VoucherPosted(Conflict):
    """A posted voucher can neither be changed, voided nor deleted (F7)."""

    code = "VOUCHER_POSTED"
    rule = "F7"
    next_zh = "请用红字冲销,再重新记账。"
    next_en = "Reverse it, then enter the voucher anew."


class AlreadyReversed(Conflict):
    """The voucher has been reversed before (F7)."""

    code = "ALREADY_REVERSED"
    rule = "F7"
    next_zh = "请查看已有的冲销凭证;如需更正,请重新记账。"
    next_en = "Look the reversal up; enter a new voucher for a correction."


class NotReversible(Conflict):
    """The voucher is itself a reversal, or void (F7)."""

    code = "NOT_REVERSIBLE"
    rule = "F7"
    next_zh = "请重新记账更正。"
    next_en = "Enter a new voucher for the correction."


class PeriodClosed(Conflict):
    """The period takes no more vouchers (F9)."""

    code = "PERIOD_CLOSED"
    rule = "F9"
    next_zh = "请记入以后的期间。"
    next_en = "Enter it in a later month."


class PeriodOrder(Conflict):
    """The period is not in the state that the step begins with, or an earlier one is still open (F9)."""

    code = "PERIOD_STATE"
    rule = "F9"
    next_zh = "请按 未结账、结账中、已结账、已公示 的顺序逐月办理。"
    next_en = "Take the months one after the other: prepare, confirm, publish."


class PeriodRunning(Conflict):
    """The month is not over yet: what it still brings would find it closed (F9)."""

    code = "PERIOD_RUNNING"
    rule = "F9"
    next_zh = "请在该月结束后结账。"
    next_en = "Close the month once it is over."


class TrialBalance(Conflict):
    """The period cannot be closed: trial balance, a fund overdrawn or a draft left over (F9)."""

    code = "TRIAL_BALANCE"
    rule = "F9"
    next_zh = "请先处理所列问题,再结账。"
    next_en = "Put right what the message names, then close the month."


class SamePerson(Conflict):
    """Whoever prepared the closing does not confirm it (`domain.md` §7)."""

    code = "SAME_PERSON"
    rule = "domain 7"
    next_zh = "请由另一名监委会成员复核。"
    next_en = "Let another supervisor confirm it."


class LedgerNotEmpty(Conflict):
    """An opening balance is brought into a fund that has entries already."""

    code = "LEDGER_NOT_EMPTY"
    rule = "F7"
    next_zh = "请先冲销原建账凭证。"
    next_en = "Reverse the opening voucher first."


class FundClosed(Conflict):
    """The fund takes no more vouchers."""

    code = "FUND_CLOSED"
    rule = "domain 3.3"
    next_zh = "请改用启用中的资金。"
    next_en = "Use a fund that is open."


class FundNotEmpty(Conflict):
    """The fund still holds money, owes some, or has a draft: it is not closed."""

    code = "FUND_NOT_EMPTY"
    rule = "domain 3.3"
    next_zh = "请先转出结余、结清往来并处理草稿,再停用资金。"
    next_en = "Move the balance, settle what is owed and deal with the drafts, then close the fund."


class OpeningMismatch(Conflict):
    """The opening balance of an imported statement is not the ledger's."""

    code = "OPENING_MISMATCH"
    rule = "domain 3.3"
    next_zh = "请核对上期结余与账面是否一致。"
    next_en = "Check the opening balance against the books."


class StatementMismatch(Conflict):
    """The ledger would not close as the imported statement does."""

    code = "STATEMENT_MISMATCH"
    rule = "domain 3.3"
    next_zh = "请核对报表合计与明细。"
    next_en = "Check the totals of the statement against its rows."
