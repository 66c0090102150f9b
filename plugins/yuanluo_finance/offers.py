"""When the commands of the books can be applied to a row as it stands, by the rules the commands themselves use.

What stands in other rows is not seen here: an earlier month that is still open, a draft left over, a reversal that
was entered before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yuanluo import Offer, OfferContext
from yuanluo.command import actor_of
from yuanluo.offering import choice
from yuanluo_finance.months import Month
from yuanluo_finance.rules import check_confirmer, check_fund_open, check_month_over, check_reversible, check_step
from yuanluo_finance.tables import FundStatus, PeriodStatus, VoucherStatus

__all__ = ["CLOSE_FUND", "CONFIRM", "REVERSE", "period_offer"]

Row = Mapping[str, Any]


def period_offer(wanted: PeriodStatus) -> Offer:
    """Return the offer of the step to `wanted`."""

    def check(row: Row, context: OfferContext) -> None:
        if (status := choice(row, "status", PeriodStatus)) is not None:
            check_step(Month.parse(row["month"]), status, wanted)
            if wanted is PeriodStatus.CLOSING:
                check_month_over(Month.parse(row["month"]), context.today)

    return Offer(("status", "month"), check)


def _check_confirm(row: Row, context: OfferContext) -> None:
    if (status := choice(row, "status", PeriodStatus)) is not None:
        check_step(Month.parse(row["month"]), status, PeriodStatus.CLOSED)
    viewer = context.viewer
    check_confirmer(row["prepared_by"], actor_of(viewer), is_account=bool(viewer.account_id.int))


def _check_reverse(row: Row, _context: OfferContext) -> None:
    if (status := choice(row, "status", VoucherStatus)) is not None:
        check_reversible(status, is_reversal=row["reverses_id"] is not None)


def _check_close_fund(row: Row, _context: OfferContext) -> None:
    if (status := choice(row, "status", FundStatus)) is not None:
        check_fund_open(row["name"], status)


CLOSE_FUND: Final = Offer(("name", "status"), _check_close_fund)
CONFIRM: Final = Offer(("status", "month", "prepared_by"), _check_confirm)
REVERSE: Final = Offer(("status", "reverses_id"), _check_reverse)
