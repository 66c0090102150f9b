"""The closed sets of the party module; each member's value is its Chinese term and English gloss."""

from __future__ import annotations

from enum import Enum

__all__ = [
    "DualReportStatus",
    "DualReportSubject",
    "PartyMemberType",
    "PartyMembershipStatus",
    "PartyOrgKind",
    "PartyOrgStatus",
    "PartyRelation",
    "PartyTier",
]


class PartyTier(Enum):
    """The four tiers, the highest first: 社区党委—二级总支—院落支部—楼栋小组."""

    COMMITTEE = ("党委", "party committee")
    GENERAL_BRANCH = ("党总支", "general branch")
    BRANCH = ("党支部", "party branch, the leading body of a courtyard")
    GROUP = ("党小组", "party group, which carries out tasks and takes no decisions")


class PartyOrgKind(Enum):
    """How an organisation is set up."""

    ORDINARY = ("单独", "of one unit")
    JOINT = ("联合", "joint, of neighbouring units")
    TEMPORARY = ("临时", "temporary")
    FLOATING = ("流动", "of floating members")


class PartyOrgStatus(Enum):
    """Where a party organisation is in its life (R5)."""

    PREPARING = ("筹备", "preparing, not yet approved")
    APPROVED = ("已批复", "approved by the upper committee, not yet elected")
    ACTIVE = ("运行", "active")
    OVERDUE = ("逾期未换届", "term overdue")
    DISSOLVED = ("撤销", "dissolved")


class PartyMemberType(Enum):
    """Full or on probation; a probationary member has no vote and cannot be elected."""

    FULL = ("正式党员", "full member")
    PROBATIONARY = ("预备党员", "probationary member")


class PartyRelation(Enum):
    """What ties a member to the organisation."""

    REGISTERED = ("组织关系在册", "registered here")
    REPORTED_IN = ("双报到", "reported in, registered at the employer")
    FLOATING_OUT = ("流出", "registered here, away for six months or more")
    FLOATING_IN = ("流入", "staying here, registered elsewhere")


class PartyMembershipStatus(Enum):
    """Whether the membership is in force, or how it ended."""

    ACTIVE = ("在籍", "in force")
    TRANSFERRED = ("转出", "transferred to another organisation")
    LOST_CONTACT = ("失联", "lost contact")
    EXPELLED = ("开除党籍", "expelled")
    WITHDRAWN = ("退党", "withdrew")
    DECEASED = ("去世", "deceased")


class DualReportSubject(Enum):
    """Who reports in."""

    PERSON = ("党员", "a member")
    PARTY_UNIT = ("单位党组织", "an employer's party unit")


class DualReportStatus(Enum):
    """Where a report-in is in its life (R9)."""

    SUBMITTED = ("已报到", "submitted")
    ACCEPTED = ("已接收", "accepted")
    REJECTED = ("未接收", "rejected")
    SERVING = ("服务中", "serving, with a post or a zone")
    APPRAISED = ("已评价", "appraised, fed back to the home organisation")
    CLOSED = ("已结束", "closed: moved or left")
