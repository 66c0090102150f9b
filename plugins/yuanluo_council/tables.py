"""What the council plugin keeps: bodies, the register of regulations with its versions, the ledger of opinions.

A body's members are core's seats. Who reported an opinion stands in a row of its own (`Reporter`, data class D2 as
a whole): for residents it does not exist, so that nobody learns who complained of whom; deleting it erases the
person and leaves the case.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import yuanluo
from yuanluo import Bound, DataClass, Mask, OrganizationStatus, Reads

__all__ = [
    "LIMIT",
    "Body",
    "BodyKind",
    "CouncilCounts",
    "Opinion",
    "OpinionCategory",
    "OpinionSource",
    "OpinionStatus",
    "Regulation",
    "RegulationClause",
    "RegulationKind",
    "RegulationStatus",
    "RegulationVersion",
    "Reporter",
    "Satisfaction",
]

LIMIT: Final = Bound(1, 60, "LIMIT_BOUND", "domain C12")
"""Working days within which an opinion may have to be closed [A]."""


class BodyKind(Enum):
    """Self-governing bodies of a courtyard (`domain.md` §3.2)."""

    RESIDENT_COUNCIL = ("院委会", "resident council, the courtyard's executive body")
    OWNERS_ASSEMBLY = ("业主大会", "owners' assembly")
    OWNERS_COMMITTEE = ("业委会", "owners' committee")
    PMC = ("物管会", "property management committee, transitional")
    DELIBERATIVE = ("议事会", "deliberative assembly of delegates")
    SUPERVISORY = ("监委会", "supervisory committee")
    MEDIATION = ("人民调解委员会", "people's mediation committee")
    FORUM = ("民情恳谈会", "consultation forum")


class RegulationKind(Enum):
    """The regulations a courtyard keeps, five of them from the start (`domain.md` C8)."""

    REPORTING_TO_BRANCH = ("向党支部报告工作制度", "reporting to the party branch")
    AFFAIRS_DISCLOSURE = ("院务公开制度", "disclosure of affairs")
    DUTY_LISTS = ("职责清单制度", "lists of duties")
    MEETING_PROCEDURE = ("会议议事制度", "procedure of meetings")
    FINANCE_RULES = ("财务管理制度", "finance rules")
    COVENANT = ("管理规约", "management covenant")
    RULES_OF_PROCEDURE = ("议事规则", "rules of procedure")


class RegulationStatus(Enum):
    """Where a version of a regulation is in its life (`domain.md` C8)."""

    DRAFT = ("草案", "draft")
    CONSULTING = ("征求意见", "under consultation")
    ADOPTED = ("已通过", "adopted, not yet in force")
    EFFECTIVE = ("生效", "in force")
    SUPERSEDED = ("已废止", "superseded by a later version")


class OpinionSource(Enum):
    """How an opinion came in."""

    VISIT = ("走访", "visit")
    OPEN_AIR_MEETING = ("坝坝会", "open-air meeting")
    FORUM = ("民情恳谈会", "opinion forum")
    WECHAT = ("微信群", "WeChat group")
    BOX = ("信箱", "letter box")
    GRID = ("网格员", "grid worker")
    HOTLINE_12345 = ("12345热线", "city hotline 12345")


class OpinionCategory(Enum):
    """What an opinion is about."""

    FACILITY = ("设施维修", "repair of facilities")
    NEIGHBOUR_DISPUTE = ("邻里纠纷", "dispute between neighbours")
    ENVIRONMENT = ("环境秩序", "environment and order")
    SECURITY = ("治安", "security")
    PROPERTY_SERVICE = ("物业服务", "property service")
    SUGGESTION = ("建议", "suggestion")
    OTHER = ("其他", "other")


class OpinionStatus(Enum):
    """Where an opinion is on its way (`domain.md` C7)."""

    COLLECTED = ("已收集", "collected")
    TRIAGED = ("已分办", "triaged: somebody is responsible by a day")
    ANSWERED = ("已答复", "answered on the spot")
    REFERRED = ("已转办", "referred to another body")
    MERGED = ("已并案", "merged into another opinion")
    PROPOSED = ("已提议", "turned into a proposal")
    CLOSED = ("已办结", "closed")
    RATED = ("已评价", "rated by whoever reported it")


class Satisfaction(Enum):
    """How content the reporter was with the result."""

    VERY_SATISFIED = ("非常满意", "very satisfied")
    SATISFIED = ("满意", "satisfied")
    FAIRLY_SATISFIED = ("基本满意", "fairly satisfied")
    DISSATISFIED = ("不满意", "dissatisfied")


class Body(
    yuanluo.TenantTable,
    zh="自治机构",
    en="a self-governing body of the courtyard; name and life stand in its organization, members are its seats",
    body="council",
    extends=yuanluo.Organization,
    order=["kind"],
):
    """A body; shares the key of its organization, whose `kind` is the same code."""

    kind = yuanluo.Choice("类别", "kind of body", BodyKind)
    term_years = yuanluo.Integer("任期", "length of a term", unit="years", null=True)
    seats = yuanluo.Integer("席位数", "number of seats, null where everyone belongs", unit="seats", null=True)
    status = yuanluo.Choice("状态", "where it is in its life", OrganizationStatus)


class Regulation(
    yuanluo.TenantTable,
    zh="制度",
    en="a regulation of the courtyard; what it says stands in its versions",
    body="council",
    natural_key=["kind"],
    order=["kind"],
    unique=[["kind"]],
):
    """One regulation per kind."""

    kind = yuanluo.Choice("类别", "kind of regulation", RegulationKind)
    title = yuanluo.Text("名称", "title", klass=DataClass.D0)
    adopting_body_id = yuanluo.Ref("通过机构", "the body that adopts it", "body", null=True)


class RegulationVersion(
    yuanluo.TenantTable,
    zh="制度版本",
    en="a version of a regulation; once adopted it is never edited",
    body="council",
    natural_key=["regulation_id", "version"],
    order=["regulation_id", "-version"],
    unique=[["regulation_id", "version"]],
):
    """One version; at most one per regulation is in force."""

    regulation_id = yuanluo.Ref("制度", "the regulation", Regulation)
    version = yuanluo.Integer("版次", "number of the version, from 1")
    text = yuanluo.Text("正文", "full text", klass=DataClass.D1)
    status = yuanluo.Choice("状态", "where it is in its life", RegulationStatus)
    consult_from = yuanluo.Day("征求意见起始日", "day the consultation was posted", null=True)
    consult_until = yuanluo.Day("征求意见截止日", "last day of the consultation", null=True)
    resolution = yuanluo.Text("决议", "the resolution that adopted it", klass=DataClass.D0, null=True)
    adopted_on = yuanluo.Day("通过日期", "day of adoption", null=True)
    effective_on = yuanluo.Day("生效日期", "first day in force", null=True)
    superseded_on = yuanluo.Day("废止日期", "first day no longer in force", null=True)
    registered_on = yuanluo.Day(
        "登记既有日期",
        "day it was taken over from paper; null where it went through the steps here",
        null=True,
    )
    evidence = yuanluo.Text(
        "登记凭据", "what proves that it was in force on paper: minutes, photo", klass=DataClass.D1, null=True
    )


class RegulationClause(
    yuanluo.TenantTable,
    zh="制度参数",
    en="a number that a version sets for the workflows, such as days of consultation",
    body="council",
    natural_key=["version_id", "key"],
    order=["key"],
    unique=[["version_id", "key"]],
):
    """One parameter of `parameters.PARAMETERS` as a version sets it."""

    version_id = yuanluo.Ref("制度版本", "the version", RegulationVersion)
    key = yuanluo.Code("参数", "key of the parameter, such as publicity.days")
    value = yuanluo.Long("数值", "the number it is set to")


class Opinion(
    yuanluo.TenantTable,
    zh="民情",
    en="an opinion or request in the ledger, from collection to rating",
    body="council",
    row_class=DataClass.D1,
    subject="reporter_id",
    natural_key=["number"],
    order=["-received_on", "-number"],
    unique=[["number"]],
    indexes=[["received_on", "number"], ["closed_on", "due_on"]],
):
    """One row of the ledger of opinions (民情台账)."""

    number = yuanluo.Integer("序号", "number in the courtyard's ledger, from 1")
    received_on = yuanluo.PartialDate("收集日期", "when it was received", klass=DataClass.D1)
    source = yuanluo.Choice("来源", "how it came in", OpinionSource, klass=DataClass.D1, null=True)
    category = yuanluo.Choice("类别", "what it is about", OpinionCategory, klass=DataClass.D1, null=True)
    content = yuanluo.Text("诉求内容", "what is asked or said", klass=DataClass.D2)
    # Not in GraphQL: a reference would tell every resident who complained. `Opinion.reporter` shows it to whom it may.
    reporter_id = yuanluo.Ref("反映人", "who reported it", "person", klass=DataClass.D2, null=True, exposed=False)
    assignee_id = yuanluo.Ref("责任人", "who is responsible", "person", klass=DataClass.D1, null=True)
    assignee_name = yuanluo.Text(
        "责任人姓名", "who is responsible, as written", klass=DataClass.D1, null=True, reads=Reads.NAME
    )
    limit_workdays = yuanluo.Integer(
        "办理时限(工作日)",
        "working days within which it must be closed",
        unit="working days",
        klass=DataClass.D1,
        null=True,
        bound=LIMIT,
    )
    due_on = yuanluo.Day("应办结日期", "last day of the limit", klass=DataClass.D1, null=True)
    closed_on = yuanluo.PartialDate("办结日期", "when it was closed", klass=DataClass.D1)
    status = yuanluo.Choice("状态", "where it is on its way", OpinionStatus, klass=DataClass.D1, index=True)
    reason = yuanluo.Text("办理说明", "reason of the last step", klass=DataClass.D2, null=True)
    merged_into_id = yuanluo.Ref("并入", "the opinion it was merged into", "opinion", klass=DataClass.D1, null=True)
    result = yuanluo.Text("办理结果", "what came of it", klass=DataClass.D2, null=True)
    satisfaction = yuanluo.Choice("满意度", "how content the reporter was", Satisfaction, klass=DataClass.D1, null=True)
    registered_on = yuanluo.Day(
        "登记既有日期",
        "day on which it was taken over from a paper ledger; null where it was collected here",
        klass=DataClass.D1,
        null=True,
    )


class Reporter(
    yuanluo.TenantTable,
    zh="反映人",
    en="who reported an opinion and how to reach him; absent where it is anonymous",
    body="council",
    row_class=DataClass.D2,
    subject="person_id",
    extends=Opinion,
    tablename="opinion_reporter",
):
    """The reporter of one opinion, as written and, where recognised, as a person and a dwelling."""

    name = yuanluo.Text("姓名", "name as written", klass=DataClass.D2, null=True, reads=Reads.NAME)
    person_id = yuanluo.Ref("人员", "the person, where recognised", "person", klass=DataClass.D2, null=True)
    dwelling_id = yuanluo.Ref("房屋", "the dwelling, where recognised", "dwelling", klass=DataClass.D2, null=True)
    room_key = yuanluo.Code("房屋编号", "room key as written", klass=DataClass.D2, null=True, reads=Reads.ROOM)
    phone = yuanluo.Sealed("联系电话", "phone", klass=DataClass.D2, mask=Mask.PHONE)


class CouncilCounts(yuanluo.CounterTable, zh="民情计数", en="how many opinions there are", body="council"):
    """The plugin's counters; what depends on the day (open, overdue) is computed."""

    opinions = yuanluo.Long("民情数", "opinions collected", unit="opinions")
    closed = yuanluo.Long("办结数", "opinions closed, rated ones included", unit="opinions")
    rated = yuanluo.Long("评价数", "opinions rated", unit="opinions")
    satisfied = yuanluo.Long("满意数", "rated ones that are satisfied or very satisfied", unit="opinions")
