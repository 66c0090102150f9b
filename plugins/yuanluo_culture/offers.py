"""When the commands of this module can be applied to an activity as it stands, by the rules they themselves use.

Who has signed up already stands in other rows: an offer to sign up, to give a place back or to check in says whether
the activity is open for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yuanluo import Forbidden, Offer, OfferContext, Refused
from yuanluo.offering import choice, moment
from yuanluo_culture.rights import APPROVERS, DESK, RULE
from yuanluo_culture.rules import (
    TRANSITIONS,
    Times,
    check_check_in_open,
    check_given_back,
    check_revisable,
    check_sign_up,
    step,
)
from yuanluo_culture.terms import ActivityStatus

__all__ = ["ADVANCE", "CANCEL", "CANCEL_SIGN_UP", "CHECK_IN", "REVISE", "SIGN_UP"]

Check = Callable[[ActivityStatus, Times, OfferContext], object]


def _offer(check: Check) -> Offer:
    def checked(row: Mapping[str, Any], context: OfferContext) -> None:
        status = choice(row, "status", ActivityStatus)
        starts_at, ends_at = moment(row, "starts_at"), moment(row, "ends_at")
        if status is not None and starts_at is not None and ends_at is not None:
            check(status, Times(starts_at, ends_at), context)

    return Offer(("status", "starts_at", "ends_at"), checked)


def _check_advance(status: ActivityStatus, times: Times, context: OfferContext) -> None:
    """Refuse where no next status can be reached now, as its step would be refused."""
    targets = [to for origin, to in TRANSITIONS if origin is status and to is not ActivityStatus.CANCELLED]
    refused: Refused | None = None
    for target in targets:
        try:
            needed = step(status, target, times, context.now)
        except Refused as refusal:
            refused = refusal
            continue
        if needed.right != "activity.approve" or context.holds(*APPROVERS):
            return
        refused = Forbidden(
            "批准活动须由书记或院委会主任办理。",
            "a planned activity is approved by a secretary or the council director.",
            action=needed.right,
            rule=RULE,
        )
    if refused is not None:
        raise refused
    step(status, ActivityStatus.PLANNED, times, context.now)  # nothing leads on from here: say so


REVISE: Final = _offer(lambda status, _times, _context: check_revisable(status))
ADVANCE: Final = _offer(_check_advance)
CANCEL: Final = _offer(lambda status, times, context: step(status, ActivityStatus.CANCELLED, times, context.now))
SIGN_UP: Final = _offer(
    lambda status, times, context: check_sign_up(status, times, context.now, at_the_desk=context.holds(*DESK))
)
CANCEL_SIGN_UP: Final = _offer(lambda status, times, context: check_given_back(status, times, context.now))
CHECK_IN: Final = _offer(lambda status, times, context: check_check_in_open(status, times, context.now))
