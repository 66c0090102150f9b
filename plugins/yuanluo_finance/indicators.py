"""What a district watches of the courtyards' money (`domain.md` §3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import Indicator, Tally

__all__ = ["INDICATORS"]

_BALANCE: Final = Tally("finance_counts", "balance_fen")

INDICATORS: Final[Sequence[Indicator]] = (
    Indicator(
        "FINANCE_INCOME", "累计收入", "income since the books were opened", "fen",
        Tally("finance_counts", "income_fen"), source="domain 3.3",
    ),
    Indicator(
        "FINANCE_EXPENSE", "累计支出", "expense since the books were opened", "fen",
        Tally("finance_counts", "expense_fen"), source="domain 3.3",
    ),
    Indicator("FINANCE_BALANCE", "资金结余", "net assets of all funds", "fen", _BALANCE, source="domain 3.3"),
    Indicator(
        "FINANCE_SURPLUS_PER_HOUSEHOLD", "户均结余", "net assets per household", "fen per household",
        _BALANCE, Tally("courtyard_counts", "households"), source="domain 3.3",
    ),
    Indicator(
        "FINANCE_MONTHS_PUBLISHED", "已公示月数", "months whose statement is on the board", "months",
        Tally("finance_counts", "months_published"), source="domain 3.2 C10",
    ),
    Indicator(
        "FINANCE_PUBLISHED_ON_TIME", "按时公示率", "share of published months that were published by the due day", "%",
        Tally("finance_counts", "months_on_time"), Tally("finance_counts", "months_published"),
        scale=100, source="domain 3.3",
    ),
)  # fmt: skip
"""All of it is counted."""
