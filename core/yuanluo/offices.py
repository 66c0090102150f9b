"""Commands on organizations and seats: founded, appointed, ended; incompatible offices are refused by their rule."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from uuid_utils.compat import uuid7

from yuanluo.authority import Action
from yuanluo.calendar import check_not_far, check_not_future
from yuanluo.command import ADDS, STEPS, Command, CommandContext, Offer, OfferContext, Outcome, each, missing
from yuanluo.counters import CourtyardCounts
from yuanluo.names import normalize_name
from yuanluo.organizations import Organization, OrganizationStatus
from yuanluo.seats import HeldSeat, Incompatibility, Seat, SeatEnd, find_incompatibility, find_same_seat
from yuanluo.statements import for_share, many, rows
from yuanluo_tenants.database import Row
from yuanluo_tenants.errors import Conflict, Invalid, NotFound, Refused
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tree import place_of

__all__ = [
    "AppointSeat",
    "CreateOrganization",
    "EndSeat",
    "IncompatibleSeats",
    "OrganizationDissolved",
    "SeatEnded",
    "SeatHeld",
    "appoint_seat",
    "appoint_seats",
    "check_upward",
    "create_organization",
    "create_organizations",
    "end_seat",
    "held_seats",
    "require_upper",
]

CHUNK: Final = 500
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]*")


class IncompatibleSeats(Refused):
    """The person holds an office that goes not together with this one; `rule` says which rule refuses."""

    code = "INCOMPATIBLE_SEATS"
    rule = "domain C1"
    next_zh = "请先结束原任职,再登记新任职。"
    next_en = "End the other office first, then appoint."

    def __init__(self, incompatibility: Incompatibility) -> None:
        super().__init__(
            f"{incompatibility.zh},请先结束原任职。",
            f"{incompatibility.en} ({incompatibility.rule}); end the other office first.",
        )
        self.rule = incompatibility.rule


class SeatHeld(Conflict):
    """The person holds this office in this organization already at that time."""

    code = "SEAT_HELD"
    rule = "domain 3.2"
    next_zh = "如为连任,请先登记上一届离任;新任职从离任次日起。"
    next_en = "For another term end the one before first; the new one begins the day after."

    def __init__(self, since: dt.date, until: dt.date | None) -> None:
        super().__init__(
            f"该人员在此期间已任此职务({since} 至{f' {until}' if until else '今'})。",
            f"the person holds this office in that time already, {since} to {until or 'now'}.",
        )


class SeatEnded(Conflict):
    """The office has ended already."""

    code = "SEAT_ENDED"
    rule = "domain 3.2"
    next_zh = "如再次任职,请另行登记任职。"
    next_en = "Appoint the person anew if the office is held again."

    def __init__(self) -> None:
        super().__init__("该任职已结束。", "this office has ended already.")


class OrganizationDissolved(Conflict):
    """The organization was dissolved: nothing about it changes any more."""

    code = "ORGANIZATION_DISSOLVED"
    rule = "domain 3.2"
    next_zh = "如需重新成立,请另行登记组织。"
    next_en = "Register a new organization if it is founded again."

    def __init__(self) -> None:
        super().__init__("该组织已撤销。", "the organization has been dissolved.")


def check_not_dissolved(status: str | None) -> None:
    """Refuse what is done to an organization that was dissolved."""
    if status == OrganizationStatus.DISSOLVED.name:
        raise OrganizationDissolved


def _check_in_office(row: Mapping[str, Any], _context: OfferContext) -> None:
    if row["ended_on"] is not None:
        raise SeatEnded


@dataclass(frozen=True, slots=True)
class CreateOrganization:
    """An organization to be put on the register."""

    kind: str
    name: str
    parent_id: uuid.UUID | None = None
    upper_id: uuid.UUID | None = None
    established_on: str | None = None
    """`2019`, `2019-07` or `2019-07-01`."""
    status: OrganizationStatus = OrganizationStatus.ACTIVE
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class AppointSeat:
    """A person who takes an office."""

    organization_id: uuid.UUID
    person_id: uuid.UUID
    role: str
    started_on: dt.date
    term_end: dt.date | None = None
    title: str | None = None
    ended_on: dt.date | None = None
    """For offices already over when they are entered."""
    ended_by: SeatEnd | None = None


@dataclass(frozen=True, slots=True)
class EndSeat:
    """An office that ends; `ended_on` is its last day."""

    seat_id: uuid.UUID
    ended_on: dt.date
    ended_by: SeatEnd


async def check_upward(context: CommandContext, table: str, row_id: uuid.UUID, *, tenant: int | None = None) -> int:
    """Return the number of the ancestor node that owns the row, or raise NotFound; for `Upward` references.

    A row of the tenant itself or of a node beside it answers as if it were not there.
    """
    node = await place_of(context.database, context.tenant if tenant is None else tenant)
    above = [number for number in (node.grid, node.community, node.subdistrict, node.district) if number]
    ancestors = [number for number in above if number != node.number]
    if ancestors:
        with scoped(*ancestors):
            found = await rows(
                context.database,
                f"SELECT tenant_id FROM {table} WHERE tenant_id IN ({many(ancestors, 2)}) AND id = $1",
                row_id,
                *ancestors,
            )
        if found:
            return int(found[0]["tenant_id"])
    raise NotFound("没有这个上级记录。", "there is no such row at a node above.")


def _code(text: str, field: str) -> str:
    if not _CODE.fullmatch(text):
        raise Invalid(
            f"代码 {text} 须为大写字母、数字和下划线。",
            f"the code {text!r} must be upper case.",
            field=field,
            code="CODE_FORM",
            rule="domain 7",
        )
    return text


async def create_organizations(
    context: CommandContext, organizations: Sequence[CreateOrganization]
) -> Sequence[Outcome]:
    """Put organizations on the register; an upper one must be of a node above."""
    checked: set[uuid.UUID] = set()
    new: list[dict[str, Any]] = []
    parents = await _organizations(context, [each.parent_id for each in organizations if each.parent_id is not None])
    for organization in organizations:
        check_not_future(organization.established_on, context.today, "established_on", rule="domain 3.2")
        name = normalize_name(organization.name)
        if not name:
            raise Invalid(
                "组织名称不能为空。", "an organization needs a name.", field="name", code="REQUIRED", rule="domain 7"
            )
        if organization.upper_id is not None and organization.upper_id not in checked:
            await require_upper(context, organization.upper_id)
            checked.add(organization.upper_id)
        if organization.parent_id is not None and organization.parent_id in parents:
            check_not_dissolved(parents[organization.parent_id]["status"])
        if organization.status is OrganizationStatus.DISSOLVED:
            raise Invalid(
                "登记的组织不能是已撤销的;请先登记,再撤销。",
                "an organization is not registered as dissolved; register it, then dissolve it.",
                field="status",
                code="ORGANIZATION_STATUS",
                rule="domain 3.2",
            )
        new.append(
            {
                "id": organization.id or uuid7(),
                "kind": _code(organization.kind, "kind"),
                "name": name,
                "parent_id": organization.parent_id,
                "upper_id": organization.upper_id,
                "established_on": organization.established_on,
                "status": organization.status,
            }
        )
    await context.insert(Organization, new)
    context.bump(CourtyardCounts, organizations=len(new))
    return [Outcome(row["id"], {"kind": row["kind"], "name": row["name"]}) for row in new]


async def require_upper(context: CommandContext, upper_id: uuid.UUID) -> None:
    """Refuse an upper organization that is not of a node above, or dissolved, or just being dissolved."""
    owner = await check_upward(context, "organization", upper_id)
    with scoped(owner):
        sql = "SELECT status FROM organization WHERE tenant_id = $1 AND id = $2" + for_share(context.database)
        [upper] = await rows(context.database, sql, owner, upper_id)
    check_not_dissolved(upper["status"])


async def appoint_seats(context: CommandContext, seats: Sequence[AppointSeat]) -> Sequence[Outcome]:
    """Appoint people to offices; the first incompatibility refuses the whole list."""
    organizations = await _organizations(context, [seat.organization_id for seat in seats])
    held = await held_seats(context, [seat.person_id for seat in seats])
    rules = context.house.composition.incompatibilities
    new: list[dict[str, Any]] = []
    for seat in seats:
        check_not_future(seat.started_on, context.today, "started_on", rule="domain 3.2")
        check_not_future(seat.ended_on, context.today, "ended_on", rule="domain 3.2")
        check_not_far(seat.term_end, context.today, "term_end", rule="domain 3.2")
        if (seat.ended_on is None) != (seat.ended_by is None) or (seat.ended_on or seat.started_on) < seat.started_on:
            raise Invalid(
                "离任日期或原因不符。",
                "the end of the office does not fit.",
                field="ended_on",
                code="DATE_ORDER",
                rule="domain 3.2",
            )
        if seat.term_end is not None and seat.term_end < seat.started_on:
            raise Invalid(
                "届满日期早于任职日期。",
                "a term cannot run out before it begins.",
                field="term_end",
                code="DATE_ORDER",
                rule="domain 3.2",
            )
        organization = organizations.get(seat.organization_id)
        if organization is None:
            raise missing(Organization)
        if seat.ended_on is None:
            check_not_dissolved(organization["status"])
        role = _code(seat.role, "role")
        wanted = HeldSeat(organization["kind"], role, seat.started_on, seat.ended_on, seat.organization_id)
        already = held.setdefault(seat.person_id, [])
        if (same := find_same_seat(wanted, already)) is not None:
            raise SeatHeld(same.since, same.until)
        if (forbidding := find_incompatibility(wanted, already, rules)) is not None:
            raise IncompatibleSeats(forbidding)
        already.append(wanted)
        new.append(
            {
                "id": uuid7(),
                "organization_id": seat.organization_id,
                "person_id": seat.person_id,
                "role": seat.role,
                "title": seat.title,
                "started_on": seat.started_on,
                "term_end": seat.term_end,
                "ended_on": seat.ended_on,
                "ended_by": seat.ended_by,
            }
        )
    await context.insert(Seat, new)
    return [
        Outcome(row["id"], {"organization": row["organization_id"], "role": row["role"], "from": row["started_on"]})
        for row in new
    ]


async def _organizations(context: CommandContext, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row]:
    wanted = list(dict.fromkeys(ids))
    found: dict[uuid.UUID, Row] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        sql = f"SELECT id, kind, status FROM organization WHERE tenant_id = $1 AND id IN ({many(chunk, 2)})"
        found |= {row["id"]: row for row in await rows(context.database, sql, context.tenant, *chunk)}
    return found


async def held_seats(context: CommandContext, people: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[HeldSeat]]:
    """Return the offices that each of `people` held or holds here."""
    wanted = list(dict.fromkeys(people))
    held: dict[uuid.UUID, list[HeldSeat]] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        for row in await rows(
            context.database,
            "SELECT s.person_id, s.organization_id, s.role, s.started_on, s.ended_on, o.kind FROM seat s"
            " JOIN organization o ON o.tenant_id = s.tenant_id AND o.id = s.organization_id"
            f" WHERE s.tenant_id = $1 AND s.person_id IN ({many(chunk, 2)})",
            context.tenant,
            *chunk,
        ):
            held.setdefault(row["person_id"], []).append(
                HeldSeat(row["kind"], row["role"], row["started_on"], row["ended_on"], row["organization_id"])
            )
    return held


async def _end_seat(context: CommandContext, end: EndSeat) -> Outcome:
    found = await rows(
        context.database,
        "SELECT organization_id, role, started_on, ended_on FROM seat WHERE tenant_id = $1 AND id = $2",
        context.tenant,
        end.seat_id,
    )
    if not found:
        raise missing(Seat)
    seat = found[0]
    if seat["ended_on"] is not None:
        raise SeatEnded
    check_not_future(end.ended_on, context.today, "ended_on", rule="domain 3.2")
    if end.ended_on < seat["started_on"]:
        raise Invalid(
            "离任日期早于任职日期。",
            "the office cannot end before it began.",
            field="ended_on",
            code="DATE_ORDER",
            rule="domain 3.2",
        )
    await context.update(Seat, end.seat_id, {"ended_on": end.ended_on, "ended_by": end.ended_by})
    payload = {"organization": seat["organization_id"], "role": seat["role"]}
    return Outcome(end.seat_id, {**payload, "to": end.ended_on, "by": end.ended_by})


FOUNDERS: Final = ("SUBDISTRICT_OFFICER", "COMMUNITY_SECRETARY", "BRANCH_SECRETARY")

create_organization: Final = Command(
    action=Action("organization.create", FOUNDERS, "domain 7", "登记组织", "register an organization"),
    input=CreateOrganization,
    many=create_organizations,
    subject_type="Organization",
    unversioned=ADDS,
)
"""Put an organization on the register."""

appoint_seat: Final = Command(
    action=Action("seat.appoint", FOUNDERS, "domain 3.2 C1", "登记任职", "appoint somebody to an office"),
    input=AppointSeat,
    many=appoint_seats,
    subject_type="Seat",
    unversioned=ADDS,
)
"""Appoint a person to an office."""

end_seat: Final = Command(
    action=Action("seat.end", FOUNDERS, "domain 3.2", "登记离任", "end an office"),
    input=EndSeat,
    many=each(_end_seat),
    subject_type="Seat",
    unversioned=STEPS,
    offer=Offer(("ended_on",), _check_in_office),
)
"""End an office."""
