"""The closed sets of the culture module; each member's value is its Chinese term and English gloss."""

from __future__ import annotations

from enum import Enum
from typing import Final

__all__ = ["ACTIVITY_RULE", "ActivityKind", "ActivityStatus", "CheckInMethod", "SignupState"]

ACTIVITY_RULE: Final = "domain 3.4 Activity"


class ActivityKind(Enum):
    """活动类别: what an activity is about (`domain.md` §3.4)."""

    FESTIVAL = ("传统节日", "a festival is kept together")
    GREEN_HOME = ("绿色家园", "the courtyard is made greener")
    HARMONY_PUBLICITY = ("和谐院落宣传", "publicity for living together well")
    LAW = ("普法", "the law is explained")
    SPORT = ("文体", "sport and recreation")
    HEALTH = ("健康", "health checks and advice")
    LECTURE = ("讲座", "a lecture or a course")


class ActivityStatus(Enum):
    """活动状态: where an activity is in its life (`domain.md` §3.4)."""

    PLANNED = ("策划", "planned")
    APPROVED = ("已批准", "approved")
    PUBLISHED = ("已发布", "published")
    SIGNUP = ("报名中", "open for sign-up")
    RUNNING = ("进行中", "running")
    FINISHED = ("已结束", "finished")
    EVALUATED = ("已评价", "evaluated")
    ARCHIVED = ("已归档", "archived")
    CANCELLED = ("已取消", "cancelled")


class SignupState(Enum):
    """报名状态: whether a sign-up has a place."""

    CONFIRMED = ("已确认", "has a place")
    WAITLISTED = ("候补", "waits for a place, first come first served")
    CANCELLED = ("已取消", "cancelled")


class CheckInMethod(Enum):
    """签到方式: how somebody's coming was noted."""

    QR = ("扫码", "scanned the code on site")
    LIST = ("名单", "ticked off on the list")
