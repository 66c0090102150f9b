"""When the party module's commands can be applied to a row as it stands, by the rules they themselves use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yuanluo import Offer, OfferContext
from yuanluo.offering import choice, reference
from yuanluo_party.dual_reports import OwnReport, ReportStep
from yuanluo_party.memberships import MembershipEnded
from yuanluo_party.organizations import PartyOrgStep
from yuanluo_party.rules import DUAL_REPORT_STEPS, ORG_STEPS
from yuanluo_party.terms import DualReportStatus, PartyMembershipStatus, PartyOrgStatus

__all__ = ["ADVANCE_ORG", "DECIDE_REPORT", "IN_FORCE", "MOVE_REPORT"]

Row = Mapping[str, Any]

_DECIDED: Final = frozenset({DualReportStatus.ACCEPTED, DualReportStatus.REJECTED})


def _check_advance(row: Row, _context: OfferContext) -> None:
    status = choice(row, "status", PartyOrgStatus)
    if status is not None and not ORG_STEPS[status]:
        raise PartyOrgStep(status)


def _check_in_force(row: Row, _context: OfferContext) -> None:
    if choice(row, "status", PartyMembershipStatus) not in (None, PartyMembershipStatus.ACTIVE):
        raise MembershipEnded


def _check_decide(row: Row, context: OfferContext) -> None:
    status = choice(row, "status", DualReportStatus)
    if status is not None and not DUAL_REPORT_STEPS[status] & _DECIDED:
        raise ReportStep(status)
    if (context.tenant, reference(row, "person_id")) in context.viewer.own:
        raise OwnReport


def _check_move(row: Row, _context: OfferContext) -> None:
    status = choice(row, "status", DualReportStatus)
    if status is not None and not DUAL_REPORT_STEPS[status] - _DECIDED:
        raise ReportStep(status)


ADVANCE_ORG: Final = Offer(("status",), _check_advance)
IN_FORCE: Final = Offer(("status",), _check_in_force)
"""Of what is done to a membership in force."""
DECIDE_REPORT: Final = Offer(("status", "person_id"), _check_decide)
MOVE_REPORT: Final = Offer(("status",), _check_move)
