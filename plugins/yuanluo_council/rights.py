"""Who sees what of the council's business (`domain.md` §2, §7), and what its counters count."""

from __future__ import annotations

from typing import Final

from yuanluo import Count, Counter, DataClass, RoleAbout
from yuanluo_council.rules import SATISFIED
from yuanluo_council.tables import CouncilCounts

__all__ = ["COUNCIL_COUNTER", "COUNCIL_ROLES"]

OFFICE_HOLDERS: Final = ("COUNCIL_DIRECTOR", "COUNCIL_MEMBER", "SUPERVISOR")
"""Office holders of the bodies concerned: content and reporters in the clear."""

COURTYARD: Final = (
    "COMMUNITY_SECRETARY",
    "BRANCH_SECRETARY",
    "BRANCH_COMMITTEE",
    "CASHIER",
    "ACCOUNTANT",
    "SIGNATORY",
    "POST_HOLDER",
    "AUDITOR",
    "OWNER",
    "RESIDENT",
)
"""Who sees what the courtyard's residents see: that there is an opinion, its category, its state, its rating."""

COUNCIL_ROLES: Final[tuple[RoleAbout, ...]] = (
    *(RoleAbout(role, {"council": DataClass.D2}) for role in OFFICE_HOLDERS),
    *(RoleAbout(role, {"council": DataClass.D1}) for role in COURTYARD),
)
"""Clearances for the body `council`."""

COUNCIL_COUNTER: Final = Counter(
    CouncilCounts,
    {
        "opinions": Count("opinion"),
        "closed": Count("opinion", where=(("status", ("CLOSED", "RATED")),)),
        "rated": Count("opinion", where=(("status", "RATED"),)),
        "satisfied": Count(
            "opinion", where=(("status", "RATED"), ("satisfaction", tuple(each.name for each in SATISFIED)))
        ),
    },
)
"""What `CouncilCounts` counts."""
