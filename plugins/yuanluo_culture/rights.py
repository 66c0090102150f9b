"""Who may do what in the culture module, and what each role sees of it.

`domain.md` §7 names no action of this module, so they follow the body that owns them: the council and the branch run
activities, post holders stand at the desk, residents act for themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import Action, DataClass, RoleAbout
from yuanluo_culture.tables import CULTURE

__all__ = ["ACTIONS", "ROLES", "action"]

ORGANISERS: Final = (
    "COMMUNITY_SECRETARY",
    "BRANCH_SECRETARY",
    "BRANCH_COMMITTEE",
    "COUNCIL_DIRECTOR",
    "COUNCIL_MEMBER",
)
"""Who plans and runs activities."""

DESK: Final = (*ORGANISERS, "POST_HOLDER")
"""Who keeps lists on site."""

APPROVERS: Final = ("COMMUNITY_SECRETARY", "BRANCH_SECRETARY", "COUNCIL_DIRECTOR")
"""Who says that a planned activity is held."""

PEOPLE: Final = ("RESIDENT", "OWNER", *DESK)
"""Who may act for himself."""

RULE: Final = "domain 7: follows the body that owns the record"


def action(name: str, roles: tuple[str, ...], zh: str, en: str) -> Action:
    """Return an action of this module."""
    return Action(name, roles, RULE, zh, en)


ACTIONS: Final[Sequence[Action]] = (
    action("activity.approve", APPROVERS, "批准活动", "approve activities"),
    action("activity.sign_up_others", DESK, "代他人报名", "sign somebody else up"),
    action("activity.check_in_others", DESK, "按名单签到", "check people in from the list"),
    action("volunteer.consent_others", DESK, "登记志愿者书面同意", "enter a volunteer's written consent"),
)
"""Rights beside the commands': steps and acts on behalf of somebody else."""

_D1: Final = ("SUPERVISOR", "CASHIER", "ACCOUNTANT", "SIGNATORY", "AUDITOR", "OWNER", "RESIDENT")

ROLES: Final[Sequence[RoleAbout]] = (
    *(RoleAbout(role, {CULTURE: DataClass.D2}) for role in DESK),
    *(RoleAbout(role, {CULTURE: DataClass.D1}) for role in _D1),
)
"""Lists for those who run activities, named volunteers for the courtyard; above it, numbers alone."""
