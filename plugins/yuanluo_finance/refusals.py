"""What the ledger refuses, each under a stable code; the rule that refused stands in the sentence."""

from __future__ import annotations

from yuanluo import Conflict, Invalid

__all__ = [
    "AlreadyReversed",
    "FundClosed",
    "LedgerNotEmpty",
    "NotReversible",
    "OpeningMismatch",
    "PeriodClosed",
    "PeriodOrder",
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


class TransferNeedsBasis(Invalid):
    """A voucher moves money between funds without naming the resolution that allows it."""

    code = "FUND_TRANSFER_NEEDS_RESOLUTION"


class VoucherPosted(Conflict):
    """A posted voucher can neither be changed, voided nor deleted (F7)."""

    code = "VOUCHER_POSTED"


class AlreadyReversed(Conflict):
    """The voucher has been reversed before (F7)."""

    code = "ALREADY_REVERSED"


class NotReversible(Conflict):
    """The voucher is itself a reversal, or void (F7)."""

    code = "NOT_REVERSIBLE"


class PeriodClosed(Conflict):
    """The period takes no more vouchers (F9)."""

    code = "PERIOD_CLOSED"


class PeriodOrder(Conflict):
    """The period is not in the state that the step begins with, or an earlier one is still open (F9)."""

    code = "PERIOD_STATE"


class TrialBalance(Conflict):
    """The period cannot be closed: trial balance, a fund overdrawn or a draft left over (F9)."""

    code = "TRIAL_BALANCE"


class SamePerson(Conflict):
    """Whoever prepared the closing does not confirm it (`domain.md` §7)."""

    code = "SAME_PERSON"


class LedgerNotEmpty(Conflict):
    """An opening balance is brought into a fund that has entries already."""

    code = "LEDGER_NOT_EMPTY"


class FundClosed(Conflict):
    """The fund takes no more vouchers."""

    code = "FUND_CLOSED"


class OpeningMismatch(Conflict):
    """The opening balance of an imported statement is not the ledger's."""

    code = "OPENING_MISMATCH"


class StatementMismatch(Conflict):
    """The ledger would not close as the imported statement does."""

    code = "STATEMENT_MISMATCH"
