"""What the culture plugin keeps: activities, who signed up, who served how long, who may be named for it.

Activities are public (D0). Who goes where is not: a sign-up says where somebody was and, for a health check or a
lecture on debt, why. So sign-ups and services are D2 as rows: office holders who run activities see the lists, every
person sees his own, neighbours see numbers (个人信息保护法 6). Volunteers are named only with their consent
(志愿服务条例 20): `VolunteerConsent` holds a row for exactly as long as the consent stands, and only such a volunteer
is shown to the courtyard (D1) with his minutes.
"""

from __future__ import annotations

from typing import Final

from yuanluo import (
    MOST_FEN,
    Bound,
    Choice,
    Code,
    CounterTable,
    DataClass,
    Day,
    Declared,
    Fen,
    Flag,
    Integer,
    Long,
    Minutes,
    Moment,
    Organization,
    Person,
    Ref,
    TenantTable,
    Text,
)
from yuanluo_culture.terms import ACTIVITY_RULE, ActivityKind, ActivityStatus, CheckInMethod, SignupState

__all__ = [
    "CULTURE",
    "TABLES",
    "Activity",
    "ActivitySignup",
    "CultureCounts",
    "VolunteerConsent",
    "VolunteerService",
]

CULTURE: Final = "culture"
"""The body whose business all of this is; clearances name it."""


class Activity(
    TenantTable,
    zh="活动",
    en="an activity of the courtyard, from the plan to the archive",
    body=CULTURE,
    natural_key=["day", "kind", "title"],
    order=["day", "starts_at"],
    # in the order of `upcomingActivities` to the last column, so that its first rows are the first of one scan
    indexes=[["day", "starts_at", "id"], ["festival", "festival_day"]],
):
    """One activity; `day` is the day it starts in Asia/Shanghai."""

    kind = Choice("类别", "what it is about", ActivityKind)
    title = Text("名称", "title", klass=DataClass.D0)
    festival = Code("节日代码", "code of the festival it is held for, such as DRAGON_BOAT", null=True)
    festival_day = Day("节日日期", "day of that festival; the activity may be held on another", null=True)
    starts_at = Moment("开始时间", "when it starts")
    ends_at = Moment("结束时间", "when it ends")
    day = Day("日期", "day on which it starts")
    place = Text("地点", "where it is held", klass=DataClass.D0)
    capacity = Integer(
        "名额",
        "places; null means as many as come",
        unit="people",
        null=True,
        bound=Bound(1, 100_000, rule=ACTIVITY_RULE),
    )
    organizer_id = Ref("主办组织", "the organization that runs it", Organization, null=True)
    budget_fen = Fen("预算", "budget", bound=Bound(0, MOST_FEN, "AMOUNT_BOUND", ACTIVITY_RULE))
    status = Choice("状态", "where it is in its life", ActivityStatus)
    cancel_reason = Text("取消原因", "why it was cancelled, for the notice board", klass=DataClass.D0, null=True)
    check_in_code = Code("签到码", "what the code posted on site says", klass=DataClass.D2, null=True)


class ActivitySignup(
    TenantTable,
    zh="活动报名",
    en="a person's sign-up for an activity",
    body=CULTURE,
    row_class=DataClass.D2,
    subject="person_id",
    natural_key=["activity_id", "person_id"],
    order=["position"],
    unique=[["activity_id", "person_id"]],
    indexes=[["activity_id", "position"]],
):
    """One person at one activity; whoever signs up again after cancelling goes to the end of the queue."""

    activity_id = Ref("活动", "the activity", Activity)
    person_id = Ref("报名人", "who comes", Person)
    signed_up_at = Moment("报名时间", "when he signed up, last time")
    state = Choice("状态", "whether he has a place", SignupState)
    position = Integer("序号", "number in the queue of the activity, never used twice")
    checked_in_at = Moment("签到时间", "when he checked in", null=True)
    check_in_method = Choice("签到方式", "how he checked in", CheckInMethod, null=True)
    attended = Flag("是否到场", "whether he came")


class VolunteerService(
    TenantTable,
    zh="志愿服务",
    en="one stretch of a volunteer's time, recorded as it was",
    body=CULTURE,
    row_class=DataClass.D2,
    subject="person_id",
    natural_key=["person_id", "check_in"],
    order=["-check_in"],
    unique=[["person_id", "check_in"]],
):
    """From check-in to check-out; services of one person never overlap."""

    person_id = Ref("志愿者", "who served", Person)
    activity_id = Ref("活动", "the activity he served at, if any", Activity, null=True)
    task = Text("服务内容", "what he did", klass=DataClass.D2, null=True)
    check_in = Moment("签入时间", "when he began")
    check_out = Moment("签出时间", "when he stopped")
    minutes = Minutes("服务时长", "time served")


class VolunteerConsent(
    TenantTable,
    zh="志愿者公示同意",
    en="a volunteer's consent to be named in the courtyard; the row is there while the consent stands",
    body=CULTURE,
    row_class=DataClass.D1,
    subject="id",
    extends=Person,
    natural_key=["granted_on"],
    order=["granted_on"],
):
    """Under the person's own id; withdrawing deletes it, and the record chain keeps that it was so."""

    granted_on = Day("同意日期", "day of the consent")


class CultureCounts(
    CounterTable, zh="文化活动计数", en="activities, participants and volunteer time so far", body=CULTURE
):
    """The plugin's row in the roll-up."""

    activities = Long("活动数", "activities on the books, cancelled ones too", unit="activities")
    cancelled_activities = Long("取消活动数", "activities that were cancelled", unit="activities")
    participants = Long("参与人次", "check-ins at activities", unit="check-ins")
    volunteer_services = Long("志愿服务次数", "volunteer services", unit="services")
    volunteer_minutes = Long("志愿服务时长", "time volunteered", unit="minutes")


TABLES: Final[tuple[type[Declared], ...]] = (
    Activity,
    ActivitySignup,
    VolunteerService,
    VolunteerConsent,
    CultureCounts,
)
"""Every table of the plugin, referenced ones first."""
