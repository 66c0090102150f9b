"""Party organisations: founded, approved, elected, dissolved; joint branches and the courtyards they cover.

Name and seats of a party organisation are its organization's in core; both rows have one id and are written together.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo import (
    CommandContext,
    Conflict,
    Given,
    Invalid,
    NodeKind,
    NotFound,
    Organization,
    OrganizationStatus,
    Outcome,
    Row,
    check_not_future,
    each,
    many,
    rows,
    scoped,
    value,
)
from yuanluo.configuring import dissolve_organizations
from yuanluo.offices import CreateOrganization, check_upward, create_organizations
from yuanluo.records import lock_head
from yuanluo.statements import for_share, for_update
from yuanluo_party.parameters import PARAMETERS, load_thresholds
from yuanluo_party.rules import (
    Thresholds,
    branch_findings,
    is_term_over,
    is_valid_parent,
    lowest_common_node,
    org_may_become,
    term_end,
)
from yuanluo_party.tables import ORGANIZATION_KINDS, BranchCoverage, PartyCounts, PartyOrg
from yuanluo_party.terms import PartyOrgKind, PartyOrgStatus, PartyTier

__all__ = [
    "AdvancePartyOrg",
    "FoundPartyOrg",
    "PartyOrgStep",
    "advance_orgs",
    "count_members",
    "found_orgs",
    "org_status",
]


@dataclass(frozen=True, slots=True)
class FoundPartyOrg:
    """A party organisation to be put on the register.

    With approval and election it is ACTIVE at once, with approval alone APPROVED, else PREPARING (R5).
    """

    name: Annotated[str, Given("名称", "its name")]
    tier: PartyTier
    kind: PartyOrgKind = PartyOrgKind.ORDINARY
    parent_id: uuid.UUID | None = None
    """The party organisation above it at the same node."""
    upper_id: uuid.UUID | None = None
    """The party organisation above it at a higher node."""
    approval_no: str | None = None
    established_on: str | None = None
    """`2019`, `2019-07` or `2019-07-01`."""
    elected_on: dt.date | None = None
    term_years: int | None = None
    """The parameter in force unless given."""
    covers: Annotated[
        tuple[int, ...],
        Given("覆盖院落", "the courtyards that a joint branch covers", is_node=True),
    ] = ()
    """For a joint branch: the numbers of the courtyards it covers; found it at their lowest common node."""
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class AdvancePartyOrg:
    """The next step in the life of an organisation: approved, elected (a new term), overdue, dissolved."""

    org_id: Annotated[uuid.UUID, Given("党组织", "the party organisation", refers="PartyOrg")]
    status: PartyOrgStatus
    approval_no: str | None = None
    elected_on: dt.date | None = None
    parent_id: uuid.UUID | None = None
    upper_id: uuid.UUID | None = None


class PartyOrgStep(Conflict):
    """The organisation cannot become that, or nothing further at all (R5)."""

    code = "PARTY_ORG_STEP"
    rule = "R5"
    next_zh = "请先取得上级批复,并登记选举日期。"
    next_en = "Enter the upper committee's approval and the day of the election first."

    def __init__(self, status: PartyOrgStatus, wanted: PartyOrgStatus | None = None) -> None:
        if wanted is None:
            super().__init__(
                f"党组织处于“{status.value[0]}”,没有下一步。",
                f"nothing follows for a {status.name} organisation (R5).",
            )
            return
        super().__init__(
            f"党组织不能由{status.value[0]}变为{wanted.value[0]}:须先有上级批复,运行须有选举记录。",
            f"a {status.name} organisation cannot become {wanted.name}: it takes the upper committee's "
            "approval, and an election to be active (R5).",
        )


_ORGANIZATION_STATUS: Final = {
    PartyOrgStatus.PREPARING: OrganizationStatus.PREPARING,
    PartyOrgStatus.APPROVED: OrganizationStatus.PREPARING,
    PartyOrgStatus.ACTIVE: OrganizationStatus.ACTIVE,
    PartyOrgStatus.OVERDUE: OrganizationStatus.OVERDUE,
    PartyOrgStatus.DISSOLVED: OrganizationStatus.DISSOLVED,
}


def org_status(approval_no: str | None, elected_on: dt.date | None) -> PartyOrgStatus:
    """Return the status of an organisation that is being entered (R5)."""
    if not approval_no:
        if elected_on is not None:
            raise Invalid(
                "未经上级批复不能选举(支部工作条例)。",
                "there is no election before the upper committee's approval.",
                field="approval_no",
                code="APPROVAL_REQUIRED",
                rule="R5",
            )
        return PartyOrgStatus.PREPARING
    return PartyOrgStatus.APPROVED if elected_on is None else PartyOrgStatus.ACTIVE


async def found_orgs(context: CommandContext, wanted: Sequence[FoundPartyOrg]) -> Sequence[Outcome]:
    """Put party organisations on the register, upper ones first; the tree is strict (R1)."""
    thresholds = await load_thresholds(context)
    tiers: dict[uuid.UUID, PartyTier] = {}
    organizations: list[CreateOrganization] = []
    new: list[dict[str, Any]] = []
    for org in wanted:
        check_not_future(org.established_on, context.today, "established_on", rule="R5")
        check_not_future(org.elected_on, context.today, "elected_on", rule="R5")
        status = org_status(org.approval_no, org.elected_on)
        await _check_parent(context, org.tier, org.parent_id, org.upper_id, status, tiers)
        years = _term_years(org, thresholds)
        row_id = org.id or uuid7()
        tiers[row_id] = org.tier
        organizations.append(
            CreateOrganization(
                kind=ORGANIZATION_KINDS[org.tier],
                name=org.name,
                parent_id=org.parent_id,
                upper_id=org.upper_id,
                established_on=org.established_on,
                status=_ORGANIZATION_STATUS[status],
                id=row_id,
            )
        )
        new.append(
            {
                "id": row_id,
                "tier": org.tier,
                "kind": org.kind,
                "parent_id": org.parent_id,
                "upper_id": org.upper_id,
                "approval_no": org.approval_no or None,
                "established_on": org.established_on,
                "elected_on": org.elected_on,
                "term_years": years,
                "term_end": term_end(org.elected_on, years) if org.elected_on and years else None,
                "status": status,
            }
        )
    await create_organizations(context, organizations)
    await context.insert(PartyOrg, new)
    context.bump(PartyCounts, branches=sum(org.tier is PartyTier.BRANCH for org in wanted))
    for org, row in zip(wanted, new, strict=True):
        await _cover(context, org, row["id"])
    return [
        Outcome(
            row["id"],
            {
                "tier": row["tier"],
                "kind": row["kind"],
                "status": row["status"],
                "covers": list(org.covers),
                "findings": _width_findings(org, thresholds),
            },
        )
        for org, row in zip(wanted, new, strict=True)
    ]


def _width_findings(org: FoundPartyOrg, thresholds: Thresholds) -> list[str]:
    """Return the warnings about the number of units a joint branch covers; its members are not known yet (R2)."""
    if org.kind is not PartyOrgKind.JOINT:
        return []
    found = branch_findings(org.kind, org.tier, 0, thresholds, covered_units=len(set(org.covers)))
    return [finding.code for finding in found]


def _term_years(org: FoundPartyOrg, thresholds: Thresholds) -> int:
    if org.tier is PartyTier.GROUP:
        return 0  # a group has no committee and no term
    is_branch = org.tier is PartyTier.BRANCH
    if org.term_years is None:
        return thresholds.term_years if is_branch else thresholds.committee_term_years
    bounds = PARAMETERS["branch.term_years" if is_branch else "community.term_years"]
    if not bounds.low <= org.term_years <= bounds.high:
        raise Invalid(
            f"任期须为 {bounds.low} 至 {bounds.high} 年。",
            f"a term is {bounds.low} to {bounds.high} years ({bounds.basis}).",
            field="term_years",
            code="PARAMETER_BOUND",
            rule=bounds.basis,
        )
    return org.term_years


async def _check_parent(
    context: CommandContext,
    tier: PartyTier,
    parent_id: uuid.UUID | None,
    upper_id: uuid.UUID | None,
    status: PartyOrgStatus,
    tiers: dict[uuid.UUID, PartyTier],
) -> None:
    """Refuse what is not in the tree of R1; `tiers` remembers what was looked up or is being founded."""
    if parent_id is not None and upper_id is not None:
        raise Invalid(
            "上级党组织只能有一个。",
            "there is one organisation above, not two.",
            field="upper_id",
            code="PARTY_TREE",
            rule="R1",
        )
    above = parent_id or upper_id
    if above is not None and above not in tiers:
        owner = context.tenant if upper_id is None else await check_upward(context, "party_org", above)
        with scoped(owner):
            found = await value(
                context.database,
                "SELECT tier FROM party_org WHERE tenant_id = $1 AND id = $2 AND status <> $3"
                + for_share(context.database),
                owner,
                above,
                PartyOrgStatus.DISSOLVED.name,
            )
        if found is None:
            raise NotFound("没有这个上级党组织。", "there is no such party organisation above.")
        tiers[above] = PartyTier[found]
    parent = tiers[above] if above is not None else None
    if not is_valid_parent(tier, parent, status):
        upper = "无上级" if parent is None else f"上级为{parent.value[0]}"
        raise Invalid(
            f"{tier.value[0]}不能{upper}:层级须为党委—党总支—党支部—党小组。",
            f"a {tier.name} cannot stand below {'nothing' if parent is None else parent.name}: the tree is "
            "COMMITTEE > GENERAL_BRANCH > BRANCH > GROUP (R1).",
            field="parent_id",
            code="PARTY_TREE",
            rule="R1",
        )


async def _cover(context: CommandContext, org: FoundPartyOrg, org_id: uuid.UUID) -> None:
    """Write a coverage row into each courtyard of a joint branch, which the lowest common node must own."""
    covered = sorted(set(org.covers))
    here = (await _nodes(context, [context.tenant]))[context.tenant]
    if org.kind is not PartyOrgKind.JOINT or org.tier is not PartyTier.BRANCH:
        if covered:
            raise Invalid(
                "只有联合党支部才覆盖多个院落。",
                "only a joint branch covers courtyards.",
                field="covers",
                code="COVERAGE",
                rule="PBR 4; R2",
            )
        return
    if here["kind"] == NodeKind.COURTYARD.name and not covered:
        return  # a joint branch with units that are no courtyards, such as an employer
    nodes = await _nodes(context, covered)
    for number in covered:
        node = nodes.get(number)
        if node is None or node["kind"] != NodeKind.COURTYARD.name or number not in context.actor.scope:
            raise NotFound("没有找到该院落。", "there is no such courtyard.")
    places = [[node[level] for level in _LEVELS] for node in nodes.values()]
    if len(covered) < 2 or lowest_common_node(places) != context.tenant:
        raise Invalid(
            "联合党支部须覆盖两个以上院落,并登记在其最低共同上级节点。",
            "a joint branch covers at least two courtyards and belongs to their lowest common node.",
            field="covers",
            code="COVERAGE",
            rule="PBR 4; R2",
        )
    for number in covered:
        with scoped(number):
            await lock_head(context.database, number)
            await context.insert(
                BranchCoverage,
                [{"tenant_id": number, "branch_id": org_id, "started_on": context.today, "ended_on": None}],
            )


_LEVELS: Final = ("grid", "community", "subdistrict", "district")


async def _nodes(context: CommandContext, numbers: Sequence[int]) -> dict[int, Row]:
    if not numbers:
        return {}
    sql = f"SELECT number, kind, grid, community, subdistrict, district FROM node WHERE number IN ({many(numbers)})"
    return {row["number"]: row for row in await rows(context.database, sql, *numbers, shared=True)}


async def count_members(context: CommandContext, org_id: uuid.UUID) -> tuple[int, int]:
    """Return the numbers of full and of all members registered with an organisation of this node (R2)."""
    found = await rows(
        context.database,
        "SELECT type, count(*) AS n FROM party_membership WHERE tenant_id = $1 AND org_id = $2"
        " AND status = 'ACTIVE' AND relation = 'REGISTERED' GROUP BY type",
        context.tenant,
        org_id,
    )
    numbers = {row["type"]: int(row["n"]) for row in found}
    return numbers.get("FULL", 0), sum(numbers.values())


async def _advance(context: CommandContext, step: AdvancePartyOrg) -> Outcome:
    check_not_future(step.elected_on, context.today, "elected_on", rule="R5")
    org = await _org(context, step.org_id)
    status = PartyOrgStatus[org["status"]]
    approval_no, elected_on = step.approval_no or org["approval_no"], step.elected_on
    if step.status is not PartyOrgStatus.ACTIVE:
        elected_on = elected_on or org["elected_on"]
    if not org_may_become(status, step.status, approval_no=approval_no, elected_on=elected_on):
        raise PartyOrgStep(status, step.status)
    if step.status is PartyOrgStatus.OVERDUE and not is_term_over(org["term_end"], context.today):
        raise Conflict(
            f"任期至 {org['term_end']} 尚未届满。",
            f"the term runs until {org['term_end']}; it is not overdue.",
            code="TERM_NOT_OVER",
            rule="R5",
        )
    changes: dict[str, Any] = {"status": step.status, "approval_no": approval_no, "elected_on": elected_on}
    tier = PartyTier[org["tier"]]
    if step.status is PartyOrgStatus.DISSOLVED:
        below = await _nodes_below(context)
        await _uncover(context, step.org_id, below)  # first, for it locks out who is joining just now
        await _lock(context, step.org_id)
        await _require_empty(context, step.org_id, below)
        await dissolve_organizations(context, step.org_id)
        context.bump(PartyCounts, branches=-1 if tier is PartyTier.BRANCH else 0)
    else:
        above: dict[str, Any] = {"parent_id": org["parent_id"], "upper_id": org["upper_id"]}
        if step.parent_id or step.upper_id:
            above = {"parent_id": step.parent_id, "upper_id": step.upper_id}
        await _check_parent(context, tier, above["parent_id"], above["upper_id"], step.status, {})
        changes |= above
        base = {"status": _ORGANIZATION_STATUS[step.status], **above}
        await context.update(Organization, step.org_id, base)
    if step.status is PartyOrgStatus.ACTIVE and elected_on is not None and org["term_years"]:
        changes["term_end"] = term_end(elected_on, org["term_years"])
    await context.update(PartyOrg, step.org_id, changes)
    return Outcome(
        step.org_id,
        {
            "from": status,
            "to": step.status,
            "approval_no": approval_no,
            "elected_on": elected_on,
            "findings": await _findings(context, org, step.status, approval_no),
        },
    )


async def _findings(context: CommandContext, org: Row, status: PartyOrgStatus, approval_no: str | None) -> list[str]:
    if status not in (PartyOrgStatus.APPROVED, PartyOrgStatus.ACTIVE):
        return []
    full, whole = await count_members(context, org["id"])
    found = branch_findings(
        PartyOrgKind[org["kind"]],
        PartyTier[org["tier"]],
        full,
        await load_thresholds(context),
        members=whole,
        approval_no=approval_no,
    )
    return [finding.code for finding in found]


async def _org(context: CommandContext, org_id: uuid.UUID) -> Row:
    found = await rows(
        context.database, "SELECT * FROM party_org WHERE tenant_id = $1 AND id = $2", context.tenant, org_id
    )
    if not found:
        raise NotFound("没有找到该党组织。", "there is no such PartyOrg here.")
    return found[0]


async def _nodes_below(context: CommandContext) -> list[int]:
    """Return the nodes below this one, whose members and organisations may belong to its own."""
    sql = "SELECT number FROM node WHERE grid = $1 OR community = $1 OR subdistrict = $1 OR district = $1"
    found = await rows(context.database, sql, context.tenant, shared=True)
    return [row["number"] for row in found if row["number"] != context.tenant]


async def _lock(context: CommandContext, org_id: uuid.UUID) -> None:
    """Wait for whoever founds or activates an organisation below this one at a node below, and keep others from it.

    After the heads of covered courtyards: who founds holds the head of his courtyard and comes for this row.
    """
    sql = "SELECT id FROM party_org WHERE tenant_id = $1 AND id = $2" + for_update(context.database)
    await rows(context.database, sql, context.tenant, org_id)


async def _require_empty(context: CommandContext, org_id: uuid.UUID, below: Sequence[int]) -> None:
    """Refuse while anybody is in the organisation, or any organisation below it, here or at a node below."""
    with scoped(context.tenant, *below):
        left = await value(
            context.database,
            "SELECT (SELECT count(*) FROM party_membership"
            " WHERE (org_id = $1 OR joint_org_id = $1) AND status = 'ACTIVE')"
            " + (SELECT count(*) FROM party_org"
            " WHERE (parent_id = $1 OR upper_id = $1) AND status <> 'DISSOLVED')",
            org_id,
        )
    if int(left):
        raise Conflict(
            "该党组织尚有党员或下级组织,请先转出或撤销。",
            "the organisation still has members or lower organisations; move them first.",
            code="PARTY_ORG_NOT_EMPTY",
            rule="R5",
        )


async def _uncover(context: CommandContext, org_id: uuid.UUID, below: Sequence[int]) -> None:
    """End the coverage of the courtyards that a joint branch covered."""
    if not below:
        return
    with scoped(*below):
        covered = await rows(
            context.database,
            "SELECT tenant_id, id FROM branch_coverage WHERE branch_id = $1 AND ended_on IS NULL ORDER BY tenant_id",
            org_id,
        )
    for row in covered:
        with scoped(row["tenant_id"]):
            await lock_head(context.database, row["tenant_id"])
            there = dataclasses.replace(context, tenant=row["tenant_id"])
            await there.update(BranchCoverage, row["id"], {"ended_on": context.today})


advance_orgs: Final = each(_advance)
"""Take organisations one step further (R5)."""
