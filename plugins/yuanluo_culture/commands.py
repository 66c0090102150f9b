"""Every command of the culture module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import AnyCommand
from yuanluo_culture.attendance import cancel_sign_up, check_in, sign_up
from yuanluo_culture.festival_planning import plan_festivals
from yuanluo_culture.planning import (
    advance_activity,
    cancel_activity,
    plan_activity,
    revise_activity,
)
from yuanluo_culture.recording import record_activity
from yuanluo_culture.volunteering import record_service, set_consent

__all__ = ["COMMANDS"]

COMMANDS: Final[Sequence[AnyCommand]] = (
    plan_activity,
    plan_festivals,
    revise_activity,
    advance_activity,
    cancel_activity,
    record_activity,
    sign_up,
    cancel_sign_up,
    check_in,
    record_service,
    set_consent,
)
"""Each is a mutation, an action and a kind of record."""
