"""What the party plugin keeps: organisations, coverage of joint branches, memberships, reports-in, parameters.

The existence of an organisation is public (D0). Who belongs to it is sensitive (D3): without clearance for the body
`party` a membership does not exist for the viewer, and numbers below five are shown to nobody.
"""

from __future__ import annotations

from typing import Final

from yuanluo import (
    Choice,
    Claim,
    Code,
    CounterTable,
    DataClass,
    Day,
    Declared,
    Flag,
    Integer,
    Long,
    Organization,
    PartialDate,
    Reads,
    Ref,
    TenantTable,
    Text,
    Upward,
)
from yuanluo_party.terms import (
    DualReportStatus,
    DualReportSubject,
    PartyMembershipStatus,
    PartyMemberType,
    PartyOrgKind,
    PartyOrgStatus,
    PartyRelation,
    PartyTier,
)

__all__ = [
    "ORGANIZATION_KINDS",
    "PARTY",
    "REGISTRATION",
    "TABLES",
    "BranchCoverage",
    "DualReport",
    "PartyCounts",
    "PartyMembership",
    "PartyOrg",
    "PartyParameter",
]

REGISTRATION: Final = "PARTY_REGISTRATION"
"""The kind of relation that core's identities hold once per human (R8)."""
PARTY: Final = "party"
"""The body whose business all of this is; clearances name it."""

ORGANIZATION_KINDS: Final = {
    PartyTier.COMMITTEE: "PARTY_COMMITTEE",
    PartyTier.GENERAL_BRANCH: "PARTY_GENERAL_BRANCH",
    PartyTier.BRANCH: "PARTY_BRANCH",
    PartyTier.GROUP: "PARTY_GROUP",
}
"""The `kind` that the plugin writes into core's organizations, by tier."""


class PartyOrg(
    TenantTable,
    zh="党组织",
    en="a node of the four-tier party tree",
    body=PARTY,
    extends=Organization,
    order=["tier", "established_on"],
    indexes=[["tier", "status"]],
):
    """One party organisation; name and seats are its organization's, which has the same id."""

    tier = Choice("层级", "tier: committee, general branch, branch or group", PartyTier)
    kind = Choice("设置形式", "how it is set up", PartyOrgKind)
    parent_id = Ref("上级党组织", "the party organisation above it at the same node", "party_org", null=True)
    upper_id = Upward("上级党组织(上级节点)", "the party organisation above it at a higher node", "party_org")
    approval_no = Code("批复文号", "number of the upper committee's reply", null=True, reads=Reads.CODE)
    established_on = PartialDate("成立时间", "when it was established", klass=DataClass.D0)
    elected_on = Day("选举日期", "day of the last election", null=True)
    term_years = Integer("任期", "term", unit="years")
    term_end = Day("届满日期", "last day of the term", null=True)
    status = Choice("状态", "where it is in its life", PartyOrgStatus)


class BranchCoverage(
    TenantTable,
    zh="联合党支部覆盖",
    en="a courtyard covered by a joint branch that a node above owns",
    body=PARTY,
    natural_key=["started_on"],
    order=["started_on"],
):
    """One row in each courtyard that a joint branch covers; the branch belongs to the lowest common node."""

    branch_id = Upward("联合党支部", "the joint branch", PartyOrg, null=False)
    started_on = Day("起始日期", "first day")
    ended_on = Day("终止日期", "last day", null=True)


class PartyMembership(
    TenantTable,
    zh="党员关系",
    en="what ties a person to a party organisation",
    body=PARTY,
    row_class=DataClass.D3,
    subject="person_id",
    natural_key=["person_id", "relation", "started_on"],
    once=["person_id"],
    claim=Claim(REGISTRATION, (("status", ("ACTIVE",)), ("relation", ("REGISTERED", "FLOATING_OUT")))),
    order=["joined_on"],
    indexes=[["status", "relation", "type"], ["org_id", "status"], ["person_id", "status"]],
):
    """One membership, dated; closed and opened on transfer, never moved."""

    person_id = Ref("党员", "the member", "person", klass=DataClass.D3)
    org_id = Ref("所在党组织", "the organisation, if it is of this courtyard", PartyOrg, klass=DataClass.D3, null=True)
    joint_org_id = Upward("所在联合党支部", "the joint branch, if a node above owns it", PartyOrg, klass=DataClass.D3)
    type = Choice("党员类别", "full or on probation", PartyMemberType, klass=DataClass.D3)
    relation = Choice("组织关系", "registered here, reported in, floating", PartyRelation, klass=DataClass.D3)
    status = Choice("状态", "in force, or how it ended", PartyMembershipStatus, klass=DataClass.D3)
    joined_on = PartialDate("入党时间", "when he was admitted to probation", klass=DataClass.D3)
    confirmed_on = PartialDate("转正时间", "when he became a full member", klass=DataClass.D3)
    voting_suspended = Flag("停止表决权", "whether voting rights are suspended (留党察看)", klass=DataClass.D3)
    is_verified = Flag(
        "是否核验", "whether the registration is held under an ID number, once in the deployment", klass=DataClass.D3
    )
    employer = Text("工作单位", "employer", klass=DataClass.D3, null=True)
    education = Text("学历", "education as written", klass=DataClass.D3, null=True)
    room_key = Code("住址", "room key as the party roster gives it", klass=DataClass.D3, null=True, reads=Reads.ROOM)
    remark = Text("备注", "remark", klass=DataClass.D3, null=True)
    started_on = Day("登记日期", "day it was entered here", klass=DataClass.D3)
    ended_on = Day("终止日期", "last day", klass=DataClass.D3, null=True)
    destination = Text("转往", "where he was transferred to", klass=DataClass.D3, null=True)


class DualReport(
    TenantTable,
    zh="双报到",
    en="a member or a party unit that reports to where it lives or stands",
    body=PARTY,
    row_class=DataClass.D3,
    subject="person_id",
    natural_key=["subject", "reported_on", "employer"],
    order=["reported_on"],
):
    """One report-in and what became of it (R9)."""

    subject = Choice("报到主体", "a member or a party unit", DualReportSubject, klass=DataClass.D3)
    person_id = Ref("报到党员", "the member, if one reports", "person", klass=DataClass.D3, null=True)
    unit_name = Text("报到单位", "the party unit, if one reports", klass=DataClass.D3, null=True)
    employer = Text("工作单位", "employer", klass=DataClass.D3)
    home_org = Text("组织关系所在党组织", "where the registration is", klass=DataClass.D3, null=True)
    room_key = Code("居住地址", "room key as reported", klass=DataClass.D3, null=True, reads=Reads.ROOM)
    reported_on = PartialDate("报到时间", "when it was reported", klass=DataClass.D3)
    skills = Text("特长", "skills, separated by 、", klass=DataClass.D3, null=True)
    claimed_posts = Text("认领岗位", "codes of the posts claimed, separated by /", klass=DataClass.D3, null=True)
    status = Choice("状态", "where it is in its life", DualReportStatus, klass=DataClass.D3)
    reason = Text("原因", "why it was rejected or closed", klass=DataClass.D3, null=True)
    decided_on = Day("接收日期", "day of acceptance or rejection", klass=DataClass.D3, null=True)
    membership_id = Ref(
        "党员关系", "the membership it became when accepted", PartyMembership, klass=DataClass.D3, null=True
    )


class PartyParameter(
    TenantTable,
    zh="党建规则参数",
    en="a rule parameter set at a node, in force from a day on",
    body=PARTY,
    natural_key=["key", "effective_on"],
    order=["key", "effective_on"],
    unique=[["key", "effective_on"]],
):
    """One value of `parameters.PARAMETERS` for the node and all below it."""

    key = Code("参数", "key, such as branch.term_years")
    value = Long("值", "value")
    effective_on = Day("生效日期", "first day in force")
    basis = Text("依据", "document that sets it", klass=DataClass.D0)


class PartyCounts(CounterTable, zh="党建计数", en="numbers of members and branches", body=PARTY):
    """One row per node; members are shown through fields that hide numbers below five."""

    full_members = Long("正式党员数", "full members registered here", unit="people", exposed=False)
    probationary_members = Long("预备党员数", "probationary members registered here", unit="people", exposed=False)
    reported_in = Long("报到党员数", "members reported in", unit="people", exposed=False)
    branches = Long("党支部数", "branches not dissolved", unit="branches")


TABLES: Final[tuple[type[Declared], ...]] = (
    PartyOrg,
    BranchCoverage,
    PartyMembership,
    DualReport,
    PartyParameter,
    PartyCounts,
)
"""Every table of the plugin, referenced ones first."""
