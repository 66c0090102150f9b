"""When the council's commands can be applied to a row as it stands, by the rules the commands themselves use."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from yuanluo import Forbidden, Offer, OfferContext, Viewer
from yuanluo.authority import OPERATOR
from yuanluo.offering import choice, day, reference
from yuanluo_council.rules import (
    check_consulted,
    check_enforceable,
    opinion_may_become,
    regulation_may_become,
)
from yuanluo_council.tables import OpinionStatus, RegulationStatus

__all__ = ["ADOPT", "COLLECTORS", "CONSULT", "ENFORCE", "KEEPERS", "RATE", "check_own_or_keeper", "opinion_offer"]

KEEPERS: Final = ("COUNCIL_DIRECTOR", "COUNCIL_MEMBER")
"""Who keeps the ledger and sees what is in it."""
COLLECTORS: Final = (*KEEPERS, "POST_HOLDER", "SUPERVISOR", "BRANCH_SECRETARY", "COMMUNITY_SECRETARY")
"""Who may write down what somebody else said; residents may report for themselves."""

Row = Mapping[str, Any]


def check_own_or_keeper(viewer: Viewer, tenant: int, reporter_id: uuid.UUID | None) -> None:
    """Refuse a resident what is not his own; those who may collect for others pass."""
    held = viewer.roles_at(tenant)
    if held.intersection((*COLLECTORS, OPERATOR)) or (tenant, reporter_id) in viewer.own:
        return
    raise Forbidden(
        "居民只能提交和评价本人反映的民情。",
        "a resident may report and rate only what is his own.",
        action="opinion.collect",
        rule="domain C7",
    )


def opinion_offer(target: OpinionStatus) -> Offer:
    """Return the offer of the step to `target`."""

    def check(row: Row, _context: OfferContext) -> None:
        if (status := choice(row, "status", OpinionStatus)) is not None:
            opinion_may_become(status, target)

    return Offer(("status",), check)


def _check_rate(row: Row, context: OfferContext) -> None:
    check_own_or_keeper(context.viewer, context.tenant, reference(row, "reporter_id"))
    if (status := choice(row, "status", OpinionStatus)) is not None:
        opinion_may_become(status, OpinionStatus.RATED)


RATE: Final = Offer(("status", "reporter_id"), _check_rate)
"""Whoever reported it, or those who may collect for others, once it is closed."""


def _check_consult(row: Row, _context: OfferContext) -> None:
    if (status := choice(row, "status", RegulationStatus)) is not None:
        regulation_may_become(status, RegulationStatus.CONSULTING)


def _check_adopt(row: Row, context: OfferContext) -> None:
    if (status := choice(row, "status", RegulationStatus)) is not None:
        regulation_may_become(status, RegulationStatus.ADOPTED)
    if (until := day(row, "consult_until")) is not None:
        check_consulted(context.today, until)


def _check_enforce(row: Row, context: OfferContext) -> None:
    if (status := choice(row, "status", RegulationStatus)) is not None:
        regulation_may_become(status, RegulationStatus.EFFECTIVE)
    if (effective_on := day(row, "effective_on")) is not None:
        check_enforceable(effective_on, context.today)


CONSULT: Final = Offer(("status",), _check_consult)
ADOPT: Final = Offer(("status", "consult_until"), _check_adopt)
ENFORCE: Final = Offer(("status", "effective_on"), _check_enforce)
