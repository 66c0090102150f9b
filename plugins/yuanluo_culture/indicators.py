"""What a district watches of activities and volunteers (`domain.md` §3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import Indicator, Tally

__all__ = ["INDICATORS"]

_HELD: Final = Tally("culture_counts", "activities", less="cancelled_activities")
_CHECK_INS: Final = Tally("culture_counts", "participants")
_MINUTES: Final = Tally("culture_counts", "volunteer_minutes")

INDICATORS: Final[Sequence[Indicator]] = (
    Indicator("ACTIVITIES", "活动数", "activities that were not cancelled", "activities", _HELD, source="domain 3.4"),
    Indicator(
        "ACTIVITY_CHECK_INS", "参与人次", "check-ins at activities", "check-ins", _CHECK_INS, source="domain 3.4"
    ),
    Indicator(
        "ACTIVITY_TURNOUT", "活动场均人次", "check-ins per activity", "check-ins per activity",
        _CHECK_INS, _HELD, source="domain 3.4",
    ),
    Indicator("VOLUNTEER_MINUTES", "志愿服务时长", "time volunteered", "minutes", _MINUTES, source="domain 3.4"),
    Indicator(
        "VOLUNTEER_MINUTES_PER_1000", "千人志愿服务时长", "time volunteered per 1,000 people on the register",
        "minutes per 1,000 people", _MINUTES, Tally("courtyard_counts", "people"), scale=1_000, source="domain 3.4",
    ),
)  # fmt: skip
"""All of it is counted."""
