"""What the plugin puts beside its declarations: on courtyards, people and its own types.

Numbers of members are shown from five up (kpi.min_cell, `domain.md` §8; A13): a smaller one could tell who it is.
For the same reason no two numbers are shown whose difference would be a small one: full members are counted
everywhere, the few on probation nowhere together with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import TODAY, Aggregate, GraphQLField, Kind, SqlField, ToMany, ToOne
from yuanluo.fields import IN_FORCE, Condition
from yuanluo_party.terms import PartyMembershipStatus, PartyMemberType, PartyOrgStatus, PartyRelation, PartyTier

__all__ = ["FIELDS", "MIN_CELL"]

MIN_CELL: Final = 5
"""The floor of kpi.min_cell: a number from 1 to 4 answers null."""

_ACTIVE: Final[Sequence[Condition]] = (("status", "eq", PartyMembershipStatus.ACTIVE), ("started_on", "le", TODAY))
_FULL: Final[Sequence[Condition]] = (
    *_ACTIVE,
    ("relation", "eq", PartyRelation.REGISTERED),
    ("type", "eq", PartyMemberType.FULL),
)
_REPORTED_IN: Final[Sequence[Condition]] = (*_ACTIVE, ("relation", "eq", PartyRelation.REPORTED_IN))
_STANDING: Final[Condition] = ("status", "ne", PartyOrgStatus.DISSOLVED)


def _shown(column: str) -> str:
    return f"CASE WHEN {{{column}}} BETWEEN 1 AND {MIN_CELL - 1} THEN NULL ELSE {{{column}}} END"


FIELDS: Final[Sequence[GraphQLField]] = (
    # Courtyard
    ToOne(
        "Courtyard", "partyBranch", "PartyOrg", "院落党支部", "the party branch of the courtyard, its leading body",
        where=[("tier", "eq", PartyTier.BRANCH), _STANDING], order=["established_on"],
    ),
    ToOne(
        "Courtyard", "branchCoverage", "BranchCoverage", "联合党支部覆盖", "the joint branch that covers it now",
        where=IN_FORCE, order=["-started_on"],
    ),
    ToOne("Courtyard", "partyCounts", "PartyCounts", "党建计数", "counters kept by every write"),
    Aggregate(
        "Courtyard", "partyMemberCount", "PartyMembership", "count", "党员数",
        "full members registered here; null below five", where=_FULL, min_cell=MIN_CELL,
    ),
    Aggregate(
        "Courtyard", "reportedInCount", "PartyMembership", "count", "双报到党员数",
        "members reported in; null below five", where=_REPORTED_IN, min_cell=MIN_CELL,
    ),
    Aggregate(
        "Courtyard", "partyBranchCount", "PartyOrg", "count", "党支部数", "its own branches, joint ones not counted",
        where=[("tier", "eq", PartyTier.BRANCH), _STANDING],
    ),
    # Person
    ToOne(
        "Person", "partyMembership", "PartyMembership", "党员关系", "his membership in force in this courtyard",
        via="person_id", where=_ACTIVE,
    ),
    ToMany(
        "Person", "partyMembershipHistory", "PartyMembership", "党员关系沿革", "every membership he has or had here",
        via="person_id",
    ),
    # PartyOrg
    ToMany(
        "PartyOrg", "memberships", "PartyMembership", "党员", "memberships in force", via="org_id", where=_ACTIVE,
    ),
    ToMany(
        "PartyOrg", "membershipHistory", "PartyMembership", "党员沿革", "every membership it has or had", via="org_id",
    ),
    ToMany(
        "PartyOrg", "jointMemberships", "PartyMembership", "联合党支部党员",
        "memberships in force that the covered courtyards hold with a joint branch",
        via="joint_org_id", where=_ACTIVE,
    ),
    ToMany(
        "PartyOrg", "children", "PartyOrg", "下级党组织", "party organisations below it at the same node",
        via="parent_id", where=[_STANDING],
    ),
    ToMany(
        "PartyOrg", "lowerOrgs", "PartyOrg", "下级党组织(下级节点)", "party organisations below it at lower nodes",
        via="upper_id", where=[_STANDING],
    ),
    ToMany(
        "PartyOrg", "coverages", "BranchCoverage", "覆盖院落", "courtyards that the joint branch covers now",
        via="branch_id", where=IN_FORCE,
    ),
    Aggregate(
        "PartyOrg", "fullMembers", "PartyMembership", "count", "正式党员数",
        "full members registered with it; null below five", via="org_id", where=_FULL, min_cell=MIN_CELL,
    ),
    Aggregate(
        "PartyOrg", "reportedInMembers", "PartyMembership", "count", "报到党员数",
        "members reported in to it; null below five", via="org_id", where=_REPORTED_IN, min_cell=MIN_CELL,
    ),
    # PartyMembership
    SqlField(
        "PartyMembership", "isEntitled", Kind.FLAG,
        "{status} = 'ACTIVE' AND {relation} = 'REGISTERED' AND {type} = 'FULL' AND NOT {voting_suspended}",
        ["status", "relation", "type", "voting_suspended"],
        "有表决权", "whether he may vote and be elected: full, registered, not suspended (R6)",
    ),
    # PartyCounts
    SqlField(
        "PartyCounts", "fullMembers", Kind.LONG, _shown("full_members"), ["full_members"],
        "正式党员数", "full members registered here; null below five",
    ),
    SqlField(
        "PartyCounts", "reportedIn", Kind.LONG, _shown("reported_in"), ["reported_in"],
        "报到党员数", "members reported in; null below five",
    ),
    SqlField(
        "PartyCounts", "probationaryMembers", Kind.LONG, _shown("probationary_members"), ["probationary_members"],
        "预备党员数", "members on probation; null below five",
    ),
)  # fmt: skip
"""Relations, numbers and computed fields."""
