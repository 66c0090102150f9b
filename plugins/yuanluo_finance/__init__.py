"""财务: funds, a double-entry ledger that balances per fund, months that are closed and put on the board.

Every voucher balances in fen within each fund; what is posted is corrected by reversal only; numbers have no gap; a
month's statement is opening + income - expense = closing, per fund and in total (`domain.md` §3.3). The workbook is
收支公示表, in and out.
"""

from __future__ import annotations

from collections.abc import Sequence

import yuanluo
from yuanluo import Count, Counter, DataClass, DemoContext, Incompatibility, Office, RoleAbout, hookimpl
from yuanluo_finance.checks import CHECKS
from yuanluo_finance.commands import COMMANDS
from yuanluo_finance.fields import FINANCE_FIELDS
from yuanluo_finance.importing import STATEMENT_EXPORTER, STATEMENT_IMPORTER
from yuanluo_finance.indicators import INDICATORS
from yuanluo_finance.tables import (
    FinanceCounts,
    Fund,
    LedgerAccount,
    LedgerEntry,
    Period,
    Statement,
    Voucher,
    VoucherDraft,
)

__all__ = ["FINANCE_COUNTER"]

FINANCE_COUNTER = Counter(
    FinanceCounts,
    {
        "vouchers": Count("voucher"),
        "income_fen": Count("period", sum_of="income_fen"),
        "expense_fen": Count("period", sum_of="expense_fen"),
        "balance_fen": Count("ledger_entry", sum_of="net_fen"),
        "months_published": Count("period", where=(("status", "PUBLISHED"),)),
        "months_on_time": Count("period", where=(("published_on_time", True),)),
    },
)
"""What the plugin's counters count."""

_IN_THE_CLEAR = ("CASHIER", "ACCOUNTANT", "SIGNATORY", "SUPERVISOR", "COUNCIL_DIRECTOR")
_ENTRIES = (
    "COMMUNITY_SECRETARY",
    "BRANCH_SECRETARY",
    "BRANCH_COMMITTEE",
    "COUNCIL_MEMBER",
    "POST_HOLDER",
    "OWNER",
    "RESIDENT",
    "AUDITOR",
)


@hookimpl
def about() -> yuanluo.PluginAbout:
    """Its name."""
    return yuanluo.PluginAbout("财务", "the courtyard's books", requires={"yuanluo": ">=0.1"})


@hookimpl
def tables() -> Sequence[type[yuanluo.Declared]]:
    """Its tables, referenced ones first."""
    return [Fund, LedgerAccount, Period, Statement, Voucher, LedgerEntry, VoucherDraft, FinanceCounts]


@hookimpl
def graphql_fields() -> Sequence[yuanluo.GraphQLField]:
    """Entries, statements and balances."""
    return FINANCE_FIELDS


@hookimpl
def checks() -> Sequence[yuanluo.Check]:
    """What must hold in the books."""
    return CHECKS


@hookimpl
def commands() -> Sequence[yuanluo.AnyCommand]:
    """Its commands."""
    return COMMANDS


@hookimpl
def importers() -> Sequence[yuanluo.Importer]:
    """收支公示表."""
    return [STATEMENT_IMPORTER]


@hookimpl
def exporters() -> Sequence[yuanluo.Exporter]:
    """收支公示表."""
    return [STATEMENT_EXPORTER]


@hookimpl
def counters() -> Sequence[Counter]:
    """Its row in the roll-up."""
    return [FINANCE_COUNTER]


@hookimpl
def roles() -> Sequence[RoleAbout]:
    """Who handles money sees all of finance; whoever lives or serves here sees every entry, handlers masked (F14).

    District and subdistrict have no clearance: they see sums only.
    """
    return [
        *(RoleAbout(role, {"finance": DataClass.D2}) for role in _IN_THE_CLEAR),
        *(RoleAbout(role, {"finance": DataClass.D1}) for role in _ENTRIES),
    ]


@hookimpl
def seat_incompatibilities() -> Sequence[Incompatibility]:
    """Cashier, accountant and signatory are three people (F1, F3)."""
    return [
        Incompatibility(
            Office(role="CASHIER"), Office(role="ACCOUNTANT"), "F1, 会计法 35",
            "出纳不得兼任会计。", "the cashier is not also the accountant.",
        ),
        Incompatibility(
            Office(role="ACCOUNTANT"), Office(role="SIGNATORY"), "F1, 会计法 25",
            "会计不得兼任签批人。", "the accountant is not also the signatory.",
        ),
        Incompatibility(
            Office(role="CASHIER"), Office(role="SIGNATORY"), "F1, F3",
            "出纳不得兼任签批人。", "the cashier is not also the signatory.",
        ),
    ]  # fmt: skip


@hookimpl
def indicators() -> Sequence[yuanluo.Indicator]:
    """What a district watches."""
    return INDICATORS


@hookimpl
async def demo_rows(context: DemoContext) -> None:
    """A year of books for a courtyard."""
    from yuanluo_finance.demo import write_demo  # a server holds no demo

    await write_demo(context)
