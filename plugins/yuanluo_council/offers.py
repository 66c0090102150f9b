"""When the council's commands can be applied to a row as it stands, by the rules the commands themselves use."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from yuanluo import Forbidden, Offer, OfferContext, Refused, Viewer
from yuanluo.authority import OPERATOR
from yuanluo.offering import choice, day, reference
from yuanluo_council.rules import (
    check_consulted,
    check_enforceable,
    opinion_may_become,
    regulation_may_become,
)
from yuanluo_council.tables import OpinionStatus, RegulationStatus

__all__ = [
    "ADOPT",
    "COLLECTORS",
    "CONSULT",
    "ENFORCE",
    "KEEPERS",
    "RATE",
    "OwnWork",
    "check_not_keeper",
    "check_own_or_keeper",
    "is_collector",
    "opinion_offer",
]

KEEPERS: Final = ("COUNCIL_DIRECTOR", "COUNCIL_MEMBER")
"""Who keeps the ledger and sees what is in it."""
COLLECTORS: Final = (*KEEPERS, "POST_HOLDER", "SUPERVISOR", "BRANCH_SECRETARY", "COMMUNITY_SECRETARY")
"""Who may write down what somebody else said; residents may report for themselves."""

Row = Mapping[str, Any]


class OwnWork(Refused):
    """Nobody judges his own work: not who is responsible, nor a member of the body whose work it is (K7)."""

    code = "OWN_WORK"
    rule = "K7"
    next_zh = "请由反映人本人评价,或由监委会成员、党支部书记、社区书记代为登记。"
    next_en = "Let the reporter rate it, or a supervisor or secretary enter it for him."

    def __init__(self) -> None:
        super().__init__(
            "责任人和院委会成员不能评价本人或本机构办理的民情,也不能代他人评价。",
            "whoever is responsible for an opinion, and each member of the council, rates none, for others neither.",
        )


def is_collector(viewer: Viewer, tenant: int) -> bool:
    """Whether somebody may write down what others said."""
    return bool(viewer.roles_at(tenant).intersection((*COLLECTORS, OPERATOR)))


def check_not_keeper(viewer: Viewer, tenant: int, assignee_id: uuid.UUID | None = None) -> None:
    """Raise OwnWork for a member of the council, whose work every opinion is, and for who is responsible (K7)."""
    if viewer.roles_at(tenant).intersection(KEEPERS) or (tenant, assignee_id) in viewer.own:
        raise OwnWork


def check_own_or_keeper(viewer: Viewer, tenant: int, reporter_id: uuid.UUID | None) -> None:
    """Refuse a resident what is not his own; those who may collect for others pass."""
    if is_collector(viewer, tenant) or (tenant, reporter_id) in viewer.own:
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
    check_not_keeper(context.viewer, context.tenant, reference(row, "assignee_id"))


RATE: Final = Offer(("status", "reporter_id", "assignee_id"), _check_rate)
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
