"""Seats: who holds which office from when to when, and which offices one person may not hold together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from yuanluo.organizations import Organization
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Choice, Code, Day, Ref, Text
from yuanluo_tenants.tables import TenantTable

__all__ = ["HeldSeat", "Incompatibility", "Office", "Seat", "SeatEnd", "find_incompatibility", "find_same_seat"]


class SeatEnd(Enum):
    """Why a seat ended."""

    TERM = ("届满", "term over")
    RESIGN = ("辞职", "resigned")
    RECALL = ("罢免", "recalled")
    DISQUALIFIED = ("资格终止", "disqualified")
    OTHER = ("其他", "other")


class Seat(
    TenantTable,
    zh="席位(任职)",
    en="an office held by a person in an organization, dated",
    subject="person_id",
    natural_key=["organization_id", "role", "person_id", "started_on"],
    order=["started_on", "role"],
):
    """One person's office in one organization; ended, never deleted."""

    organization_id = Ref("组织", "the organization", Organization)
    person_id = Ref("任职人", "who holds it", "person")
    role = Code("职务", "role, such as SECRETARY, CHAIR, VICE, MEMBER, CASHIER")
    title = Text("职务名称", "the role as the courtyard says it", klass=DataClass.D0, null=True)
    started_on = Day("任职日期", "first day")
    term_end = Day("届满日期", "day the term runs out", null=True)
    ended_on = Day("离任日期", "last day", null=True)
    ended_by = Choice("离任原因", "why it ended", SeatEnd, null=True)


@dataclass(frozen=True, slots=True)
class Office:
    """A pattern of seats: an organization kind, a role, or both; None matches any."""

    kind: str | None = None
    role: str | None = None

    def matches(self, kind: str, role: str) -> bool:
        """Whether a seat with `role` in an organization of `kind` is such an office."""
        return self.kind in (None, kind) and self.role in (None, role)


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """Two offices that nobody may hold at the same time; `rule` is the source, such as `domain C1`."""

    left: Office
    right: Office
    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """A seat as the incompatibility rule sees it; `until` None means in force without end."""

    kind: str
    role: str
    since: dt.date
    until: dt.date | None = None
    organization_id: uuid.UUID | None = None

    def overlaps(self, other: HeldSeat) -> bool:
        """Whether both are held on some common day; the day a seat ends still belongs to it."""
        return (other.until is None or self.since <= other.until) and (self.until is None or other.since <= self.until)


def find_same_seat(wanted: HeldSeat, held: Iterable[HeldSeat]) -> HeldSeat | None:
    """Return the seat of `held` that is the same office in the same organization on some common day, or None."""
    for each in held:
        same = (each.organization_id, each.role) == (wanted.organization_id, wanted.role)
        if same and each.overlaps(wanted):
            return each
    return None


def find_incompatibility(
    wanted: HeldSeat, held: Sequence[HeldSeat], rules: Iterable[Incompatibility]
) -> Incompatibility | None:
    """Return the first rule that forbids the person holding `held` to take `wanted`, or None."""
    for rule in rules:
        for left, right in ((rule.left, rule.right), (rule.right, rule.left)):
            if not left.matches(wanted.kind, wanted.role):
                continue
            if any(right.matches(each.kind, each.role) and each.overlaps(wanted) for each in held):
                return rule
    return None
