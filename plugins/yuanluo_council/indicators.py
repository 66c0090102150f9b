"""What a district watches of self-government (`domain.md` §3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import TODAY, Courtyards, Indicator, RowCount, Tally
from yuanluo_council.fields import OPEN, STANDING

__all__ = ["INDICATORS"]

_OPINIONS: Final = Tally("council_counts", "opinions")
_OVERDUE: Final = RowCount("opinion", (OPEN, ("due_on", "lt", TODAY)))
_COUNCIL: Final = RowCount("body", (("kind", "eq", "RESIDENT_COUNCIL"), STANDING))

INDICATORS: Final[Sequence[Indicator]] = (
    Indicator(
        "COUNCIL_COVERAGE", "院委会覆盖率", "share of courtyards with a resident council", "%",
        Courtyards([_COUNCIL]), Courtyards(), scale=100, source="domain 3.2",
    ),
    Indicator("OPINIONS", "民情数", "opinions collected", "opinions", _OPINIONS, source="domain 3.2 C7"),
    Indicator(
        "OPINIONS_OPEN", "未办结民情数", "opinions not closed", "opinions",
        Tally("council_counts", "opinions", less="closed"), source="domain 3.2 C7",
    ),
    Indicator(
        "OPINIONS_OVERDUE", "超期未办结民情数", "open opinions past their limit", "opinions",
        _OVERDUE, source="domain 3.2 C7",
    ),
    Indicator(
        "OPINION_CLOSING_RATE", "民情办结率", "share of opinions that are closed", "%",
        Tally("council_counts", "closed"), _OPINIONS, scale=100, source="domain 3.2",
    ),
    Indicator(
        "OPINION_OVERDUE_RATE", "超期率", "share of the open opinions that are past their limit", "%",
        _OVERDUE, Tally("council_counts", "opinions", less="closed"), scale=100, source="domain 3.2",
    ),
    Indicator(
        "OPINION_SATISFACTION", "民情满意率", "share of rated opinions that are satisfied or very satisfied", "%",
        Tally("council_counts", "satisfied"), Tally("council_counts", "rated"), scale=100, source="domain 3.2",
    ),
)  # fmt: skip
"""What stands behind a day (overdue) is computed; the rest is counted."""
