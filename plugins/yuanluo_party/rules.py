"""The rules of party organisation (`domain.md` §3.1), as plain functions of values.

Sources: 支部工作条例(试行) 2018 = PBR, 基层组织选举工作条例 2020 = PER. Whole numbers only; 以上 includes the number,
过半数 does not (民法典 1259). What the sources put as 一般 (normally) is a `Finding`, a warning; what they forbid is
refused by the commands. Numbers come in as `Thresholds`, read from the parameters in force (`parameters.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from yuanluo_party.terms import (
    DualReportStatus,
    PartyMembershipStatus,
    PartyMemberType,
    PartyOrgKind,
    PartyOrgStatus,
    PartyRelation,
    PartyTier,
)

__all__ = [
    "DUAL_REPORT_STEPS",
    "ORG_STEPS",
    "PARENT_TIERS",
    "CommitteeAdvice",
    "Finding",
    "Member",
    "MotionOutcome",
    "Thresholds",
    "advised_kind",
    "advised_tier",
    "branch_findings",
    "claims_registration",
    "committee_advice",
    "counts_for_thresholds",
    "decide_motion",
    "dual_report_may_become",
    "entitled",
    "full_count",
    "has_election_quorum",
    "is_before",
    "is_elected",
    "is_entitled",
    "is_term_over",
    "is_under_age",
    "is_valid_parent",
    "joining_findings",
    "lowest_common_node",
    "org_may_become",
    "probation_is_short",
    "term_end",
    "years_after",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """A warning: something the sources call normal is not so; it never blocks."""

    code: str
    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers the rules need, as in force at a node on a day; see `parameters.py` for keys and sources."""

    min_full: int
    committee_from: int
    max_members: int
    joint_max_units: int
    general_branch_from: int
    party_committee_from: int
    term_years: int
    committee_term_years: int
    committee_low: int
    committee_high: int
    committee_max: int
    joining_age: int
    probation_years: int


# R1: the tree ----------------------------------------------------------------------------------------------------

PARENT_TIERS: Final[Mapping[PartyTier, frozenset[PartyTier]]] = {
    PartyTier.COMMITTEE: frozenset(),
    PartyTier.GENERAL_BRANCH: frozenset({PartyTier.COMMITTEE}),
    PartyTier.BRANCH: frozenset({PartyTier.GENERAL_BRANCH, PartyTier.COMMITTEE}),
    PartyTier.GROUP: frozenset({PartyTier.BRANCH}),
}
"""Which tiers may stand directly above a tier; the general branch may be left out (seed, R1)."""


def is_valid_parent(tier: PartyTier, parent: PartyTier | None, status: PartyOrgStatus) -> bool:
    """Return whether `parent` may stand above an organisation of `tier` (R1).

    A committee stands on top. Any other has a parent, unless it is still being prepared: whoever approves it
    becomes its parent. A group has one from the start, being part of a branch.
    """
    if parent is not None:
        return parent in PARENT_TIERS[tier]
    if tier is PartyTier.COMMITTEE:
        return True
    return status is PartyOrgStatus.PREPARING and tier is not PartyTier.GROUP


def lowest_common_node(places: Sequence[Sequence[int | None]]) -> int | None:
    """Return the lowest node that all `places` share, or None; it owns their joint branch.

    A place lists the numbers of a courtyard's ancestors, the nearest first: grid, community, subdistrict, district.
    """
    if not places:
        return None
    for index, number in enumerate(places[0]):
        if number is not None and all(place[index] == number for place in places):
            return number
    return None


# R2, R3, R4: thresholds ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    """A membership as the rules see it."""

    type: PartyMemberType
    relation: PartyRelation
    status: PartyMembershipStatus = PartyMembershipStatus.ACTIVE
    voting_suspended: bool = False


def counts_for_thresholds(member: Member) -> bool:
    """Return whether the member counts for the thresholds: FULL, ACTIVE, REGISTERED (R2).

    One who reported in keeps his registration at the employer and is not counted (双报到, A12).
    """
    return (
        member.type is PartyMemberType.FULL
        and member.status is PartyMembershipStatus.ACTIVE
        and member.relation is PartyRelation.REGISTERED
    )


def full_count(members: Iterable[Member]) -> int:
    """Return the number of members that count for the thresholds."""
    return sum(map(counts_for_thresholds, members))


def advised_kind(full: int, thresholds: Thresholds) -> PartyOrgKind:
    """Return how a unit with `full` full members is organised: a branch of its own or a joint one (PBR 4)."""
    return PartyOrgKind.ORDINARY if full >= thresholds.min_full else PartyOrgKind.JOINT


def advised_tier(full: int, thresholds: Thresholds) -> PartyTier:
    """Return the tier that `full` full members call for: branch, general branch or committee (R4)."""
    if full >= thresholds.party_committee_from:
        return PartyTier.COMMITTEE
    if full >= thresholds.general_branch_from:
        return PartyTier.GENERAL_BRANCH
    return PartyTier.BRANCH


@dataclass(frozen=True, slots=True)
class CommitteeAdvice:
    """How a branch is led (PBR 20): by a committee of so many, or by a secretary and at most one deputy."""

    has_committee: bool
    low: int
    high: int
    at_most: int


def committee_advice(full: int, thresholds: Thresholds, *, has_committee: bool = False) -> CommitteeAdvice:
    """Return how a branch with `full` full members is led; a committee once elected stays in mid-term (R3)."""
    if full >= thresholds.committee_from or has_committee:
        return CommitteeAdvice(True, thresholds.committee_low, thresholds.committee_high, thresholds.committee_max)
    return CommitteeAdvice(False, 1, 1, 2)


def branch_findings(
    kind: PartyOrgKind,
    tier: PartyTier,
    full: int,
    thresholds: Thresholds,
    *,
    covered_units: int = 1,
    members: int | None = None,
    approval_no: str | None = None,
) -> list[Finding]:
    """Return what is not as PBR 4 calls normal for a branch with `full` full members (R2, R4).

    `members` counts probationary members as well. An approval number settles the tier: an exception with the upper
    committee's approval needs no warning.
    """
    if tier is not PartyTier.BRANCH:
        return []
    found: list[Finding] = []
    if kind is PartyOrgKind.ORDINARY and full < thresholds.min_full:
        found.append(
            Finding(
                "W_BRANCH_TOO_SMALL",
                "PBR 4",
                f"正式党员 {full} 名,不足 {thresholds.min_full} 名,一般应成立联合党支部。",
                f"{full} full members, fewer than {thresholds.min_full}: normally a joint branch is formed.",
            )
        )
    if kind is PartyOrgKind.JOINT and covered_units > thresholds.joint_max_units:
        found.append(
            Finding(
                "W_JOINT_TOO_WIDE",
                "PBR 4",
                f"联合党支部覆盖 {covered_units} 个单位,一般不超过 {thresholds.joint_max_units} 个。",
                f"the joint branch covers {covered_units} units; normally at most {thresholds.joint_max_units}.",
            )
        )
    whole = full if members is None else members
    if whole > thresholds.max_members:
        found.append(
            Finding(
                "W_BRANCH_TOO_LARGE",
                "PBR 4",
                f"党员 {whole} 名,党支部一般不超过 {thresholds.max_members} 名。",
                f"{whole} members; a branch normally has at most {thresholds.max_members}.",
            )
        )
    advised = advised_tier(full, thresholds)
    if advised is not PartyTier.BRANCH and not approval_no:
        found.append(
            Finding(
                "W_TIER_TOO_LOW",
                "R4",
                f"正式党员 {full} 名,一般应成立{advised.value[0]};例外须经上级批准并登记批复文号。",
                f"{full} full members call for a {advised.value[1]}; an exception needs the upper "
                "committee's approval number.",
            )
        )
    return found


# R5: the life of an organisation ---------------------------------------------------------------------------------

ORG_STEPS: Final[Mapping[PartyOrgStatus, frozenset[PartyOrgStatus]]] = {
    PartyOrgStatus.PREPARING: frozenset({PartyOrgStatus.APPROVED, PartyOrgStatus.DISSOLVED}),
    PartyOrgStatus.APPROVED: frozenset({PartyOrgStatus.ACTIVE, PartyOrgStatus.DISSOLVED}),
    PartyOrgStatus.ACTIVE: frozenset({PartyOrgStatus.OVERDUE, PartyOrgStatus.ACTIVE, PartyOrgStatus.DISSOLVED}),
    PartyOrgStatus.OVERDUE: frozenset({PartyOrgStatus.ACTIVE, PartyOrgStatus.DISSOLVED}),
    PartyOrgStatus.DISSOLVED: frozenset(),
}
"""PREPARING → APPROVED → ACTIVE → OVERDUE → ACTIVE … → DISSOLVED; ACTIVE again is a new term."""


def org_may_become(
    status: PartyOrgStatus, wanted: PartyOrgStatus, *, approval_no: str | None, elected_on: dt.date | None
) -> bool:
    """Return whether an organisation may go from `status` to `wanted` (R5).

    Approved only with the approval's number, active only with it and an election.
    """
    if wanted not in ORG_STEPS[status]:
        return False
    if wanted is PartyOrgStatus.APPROVED:
        return bool(approval_no)
    if wanted is PartyOrgStatus.ACTIVE:
        return bool(approval_no) and elected_on is not None
    return True


def term_end(elected_on: dt.date, years: int) -> dt.date:
    """Return the last day of a term of `years` that begins with the election; 29 February ends on the 28th."""
    year = elected_on.year + years
    try:
        same_day = elected_on.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)
    return same_day - dt.timedelta(days=1)


def is_term_over(last: dt.date | None, day: dt.date) -> bool:
    """Return whether a term that ends on `last` is over on `day`; the last day still belongs to it."""
    return last is not None and last < day


# R6, R7: who votes, what passes ----------------------------------------------------------------------------------


def is_entitled(member: Member) -> bool:
    """Return whether the member may vote and be elected: FULL, ACTIVE, REGISTERED, not suspended (R6)."""
    return counts_for_thresholds(member) and not member.voting_suspended


def entitled(members: Iterable[Member], *, excused: int = 0) -> int:
    """Return the number of members entitled to vote (应到会).

    `excused` members, long absent or ill, leave the number only if the assembly agreed beforehand (R6).
    """
    whole = sum(map(is_entitled, members))
    if not 0 <= excused <= whole:
        raise ValueError(f"{excused} of {whole} members cannot be excused")
    return whole - excused


def has_election_quorum(present: int, whole: int) -> bool:
    """Return whether an election may be held: present with a vote at least 4/5 of those entitled (PER)."""
    return whole > 0 and 5 * present >= 4 * whole


def is_elected(votes: int, whole: int) -> bool:
    """Return whether a candidate is elected: more than half of those entitled, not of those present (PER)."""
    return 2 * votes > whole


class MotionOutcome(Enum):
    """What became of a motion."""

    NO_QUORUM = ("不足法定人数", "too few present, no vote may be held")
    PASSED = ("通过", "passed")
    REJECTED = ("未通过", "rejected")


def decide_motion(whole: int, present: int, yes: int) -> MotionOutcome:
    """Decide a motion of the members' assembly (PBR 11): at least half of those entitled present, more than half of
    those entitled in favour.
    """
    if not 0 <= yes <= present <= whole:
        raise ValueError(f"{yes} yes of {present} present of {whole} entitled is impossible")
    if whole == 0 or 2 * present < whole:
        return MotionOutcome.NO_QUORUM
    return MotionOutcome.PASSED if 2 * yes > whole else MotionOutcome.REJECTED


# R8: one registration --------------------------------------------------------------------------------------------


def claims_registration(relation: PartyRelation, status: PartyMembershipStatus) -> bool:
    """Return whether the membership is the one registration a human may have in the whole deployment (R8).

    One who floats out keeps his registration here; reporting in and floating in may stand beside one elsewhere.
    """
    return status is PartyMembershipStatus.ACTIVE and relation in (
        PartyRelation.REGISTERED,
        PartyRelation.FLOATING_OUT,
    )


# R9: reporting in ------------------------------------------------------------------------------------------------

DUAL_REPORT_STEPS: Final[Mapping[DualReportStatus, frozenset[DualReportStatus]]] = {
    DualReportStatus.SUBMITTED: frozenset({DualReportStatus.ACCEPTED, DualReportStatus.REJECTED}),
    DualReportStatus.ACCEPTED: frozenset({DualReportStatus.SERVING, DualReportStatus.CLOSED}),
    DualReportStatus.REJECTED: frozenset(),
    DualReportStatus.SERVING: frozenset({DualReportStatus.APPRAISED, DualReportStatus.CLOSED}),
    DualReportStatus.APPRAISED: frozenset({DualReportStatus.SERVING, DualReportStatus.CLOSED}),
    DualReportStatus.CLOSED: frozenset(),
}
"""SUBMITTED → ACCEPTED | REJECTED; ACCEPTED → SERVING → APPRAISED → SERVING | CLOSED."""


def dual_report_may_become(status: DualReportStatus, wanted: DualReportStatus) -> bool:
    """Return whether a report-in may go from `status` to `wanted` (R9)."""
    return wanted in DUAL_REPORT_STEPS[status]


# R16: joining ----------------------------------------------------------------------------------------------------


def is_before(left: str, right: str) -> bool:
    """Return whether the partial date `left` is surely before `right`: compared at the coarser precision."""
    length = min(len(left), len(right))
    return left[:length] < right[:length]


def years_after(partial: str, years: int) -> str:
    """Return the partial date `years` later, at the same precision."""
    return f"{int(partial[:4]) + years:04d}{partial[4:]}"


def is_under_age(birth: str | None, joined_on: str | None, thresholds: Thresholds) -> bool:
    """Return whether someone joined surely before the age of joining, 18 (R16, 党章 1)."""
    if birth is None or joined_on is None:
        return False
    return is_before(joined_on, years_after(birth, thresholds.joining_age))


def probation_is_short(joined_on: str | None, confirmed_on: str | None, thresholds: Thresholds) -> bool:
    """Return whether a member was confirmed surely before the year of probation was over (R16)."""
    if joined_on is None or confirmed_on is None:
        return False
    return is_before(confirmed_on, years_after(joined_on, thresholds.probation_years))


def joining_findings(joined_on: str | None, confirmed_on: str | None, thresholds: Thresholds) -> Sequence[Finding]:
    """Return the warnings about a member's dates; that they are in order is checked by the command."""
    if not probation_is_short(joined_on, confirmed_on, thresholds):
        return []
    return [
        Finding(
            "W_PROBATION_LT_1Y",
            "R16",
            f"预备期不足 {thresholds.probation_years} 年,请核对入党时间与转正时间。",
            f"the probation was shorter than {thresholds.probation_years} year(s); check both dates.",
        )
    ]
