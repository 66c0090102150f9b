"""What a district watches of party building (`domain.md` §3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import TODAY, Courtyards, DataClass, Indicator, RowCount, Tally
from yuanluo.fields import IN_FORCE, Condition
from yuanluo_party.tables import PARTY
from yuanluo_party.terms import PartyOrgStatus, PartyTier

__all__ = ["INDICATORS"]

_BRANCH: Final[Sequence[Condition]] = (
    ("tier", "eq", PartyTier.BRANCH),
    ("status", "ne", PartyOrgStatus.DISSOLVED),
)
_COVERED: Final = RowCount("branch_coverage", IN_FORCE)

INDICATORS: Final[Sequence[Indicator]] = (
    Indicator(
        "PARTY_BRANCHES", "党支部数", "party branches not dissolved", "branches",
        Tally("party_counts", "branches"), source="domain 3.1",
    ),
    Indicator(
        "PARTY_BRANCH_COVERAGE", "党支部覆盖率", "share of courtyards with a branch of their own or a joint one", "%",
        Courtyards([RowCount("party_org", _BRANCH), _COVERED]), Courtyards(), scale=100, source="domain 3.1",
    ),
    Indicator(
        "PARTY_MEMBERS", "正式党员数", "full members registered here", "people",
        Tally("party_counts", "full_members"), source="domain 3.1, 4", klass=DataClass.D3, body=PARTY,
    ),
    Indicator(
        "PARTY_REPORTED_IN", "双报到党员数", "members reported in", "people",
        Tally("party_counts", "reported_in"), source="domain 3.1 R9", klass=DataClass.D3, body=PARTY,
    ),
    Indicator(
        "PARTY_ELECTIONS_OVERDUE", "换届逾期党支部数", "branches whose term has ended without an election", "branches",
        RowCount("party_org", (*_BRANCH, ("term_end", "lt", TODAY))), source="domain 3.1",
    ),
)  # fmt: skip
"""Numbers of members are told from five up to whoever is not cleared for them (A13)."""
