"""Memberships: registered, amended, transferred, ended; one registration per human in the whole deployment (R8).

A membership is never moved: a transfer closes it and opens the next. Every function takes lists and reads what it
needs in a few statements; single commands, the importer and the demo call the same ones.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo import (
    CommandContext,
    Conflict,
    Given,
    Invalid,
    NotFound,
    Outcome,
    Person,
    Row,
    check_not_future,
    many,
    rows,
    scoped,
)
from yuanluo.calendar import is_partial_date
from yuanluo.identities import register_membership, release_membership
from yuanluo.offices import check_upward
from yuanluo.sealing import unseal
from yuanluo_party.parameters import load_thresholds
from yuanluo_party.rules import (
    Thresholds,
    claims_registration,
    is_before,
    is_under_age,
    joining_findings,
)
from yuanluo_party.tables import REGISTRATION, PartyCounts, PartyMembership
from yuanluo_party.terms import PartyMembershipStatus, PartyMemberType, PartyOrgStatus, PartyRelation

__all__ = [
    "REGISTRATION",
    "AmendMembership",
    "EndMembership",
    "MembershipEnded",
    "RegisterMembership",
    "TransferMembership",
    "amend_memberships",
    "end_memberships",
    "register_memberships",
    "transfer_memberships",
]

CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class RegisterMembership:
    """A person of this courtyard who belongs to a party organisation."""

    person_id: uuid.UUID
    type: PartyMemberType
    org_id: uuid.UUID | None = None
    """The organisation, if it is of this courtyard."""
    joint_org_id: uuid.UUID | None = None
    """The joint branch, if a node above owns it."""
    relation: PartyRelation = PartyRelation.REGISTERED
    joined_on: str | None = None
    """`1975`, `1975-07` or `1975-07-01`."""
    confirmed_on: str | None = None
    voting_suspended: bool = False
    employer: str | None = None
    education: str | None = None
    room_key: str | None = None
    remark: str | None = None
    started_on: dt.date | None = None
    """Today unless given."""
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class AmendMembership:
    """Changes to a membership in force; None leaves a field as it is."""

    membership_id: Annotated[uuid.UUID, Given("党员关系", "the membership", refers="PartyMembership")]
    type: PartyMemberType | None = None
    relation: PartyRelation | None = None
    joined_on: str | None = None
    confirmed_on: str | None = None
    voting_suspended: bool | None = None
    employer: str | None = None
    education: str | None = None
    room_key: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class TransferMembership:
    """A member moves to another organisation of this courtyard, or, without `org_id`, out of it."""

    membership_id: Annotated[uuid.UUID, Given("党员关系", "the membership", refers="PartyMembership")]
    org_id: uuid.UUID | None = None
    destination: str | None = None
    """Where to, when he leaves the courtyard."""
    day: Annotated[dt.date | None, Given("转接日期", "day of the transfer")] = None
    """His last day in the old organisation; today unless given."""


@dataclass(frozen=True, slots=True)
class EndMembership:
    """A membership that ends otherwise than by transfer."""

    membership_id: Annotated[uuid.UUID, Given("党员关系", "the membership", refers="PartyMembership")]
    status: PartyMembershipStatus
    day: Annotated[dt.date | None, Given("终止日期", "last day of the membership")] = None
    """The last day; today unless given."""


class MembershipEnded(Conflict):
    """The membership is no longer in force."""

    code = "MEMBERSHIP_ENDED"
    rule = "R8"
    next_zh = "如需恢复,请重新登记党员关系。"
    next_en = "Register the membership anew if it is to be in force again."

    def __init__(self) -> None:
        super().__init__("该党员关系已终止。", "this membership has ended already.")


# register ----------------------------------------------------------------------------------------------------


async def register_memberships(context: CommandContext, wanted: Sequence[RegisterMembership]) -> Sequence[Outcome]:
    """Register memberships; refused as a whole for the first that breaks a rule (R8, R16)."""
    for each in wanted:
        check_not_future(each.started_on, context.today, "started_on", rule="R8")
    return await _register(context, wanted)


async def _register(context: CommandContext, wanted: Sequence[RegisterMembership]) -> Sequence[Outcome]:
    """Register memberships, also one that begins tomorrow because the member leaves another organisation today."""
    thresholds = await load_thresholds(context)
    await _check_orgs(context, wanted)
    people = await _people(context, [each.person_id for each in wanted])
    taken = await _active_members(context, people)
    new: list[dict[str, Any]] = []
    outcomes: list[Outcome] = []
    for each in wanted:
        person = people.get(each.person_id)
        if person is None:
            raise NotFound("没有找到该人员。", "there is no such Person here.")
        if each.person_id in taken:
            raise Conflict(
                "该人员在本院落已有党员关系,请先转出或更正。",
                "the person has a membership in this courtyard already; transfer or amend it.",
                code="ALREADY_MEMBER",
                rule="R8",
            )
        taken.add(each.person_id)
        findings = _check_dates(
            each.type, person["birth"], each.joined_on, each.confirmed_on, thresholds, context.today
        )
        row_id = each.id or uuid7()
        verified = False
        if claims_registration(each.relation, PartyMembershipStatus.ACTIVE):
            verified = await register_membership(context, REGISTRATION, row_id, _id_number(context, person))
        new.append(
            {
                "id": row_id,
                "person_id": each.person_id,
                "org_id": each.org_id,
                "joint_org_id": each.joint_org_id,
                "type": each.type,
                "relation": each.relation,
                "status": PartyMembershipStatus.ACTIVE,
                "joined_on": each.joined_on,
                "confirmed_on": each.confirmed_on,
                "voting_suspended": each.voting_suspended,
                "is_verified": verified,
                "employer": each.employer,
                "education": each.education,
                "room_key": each.room_key,
                "remark": each.remark,
                "started_on": each.started_on or context.today,
            }
        )
        _bump(context, each.type, each.relation, +1)
        outcomes.append(Outcome(row_id, {"type": each.type, "relation": each.relation, "findings": findings}))
    await context.insert(PartyMembership, new)
    return outcomes


async def _check_orgs(context: CommandContext, wanted: Iterable[RegisterMembership]) -> None:
    own: set[uuid.UUID] = set()
    joint: set[uuid.UUID] = set()
    for each in wanted:
        if (each.org_id is None) == (each.joint_org_id is None):
            raise Invalid(
                "须指明一个所在党组织。",
                "name one organisation the member belongs to.",
                field="org_id",
                code="REQUIRED",
                rule="R8",
            )
        if each.org_id is not None:
            own.add(each.org_id)
        elif each.joint_org_id is not None:
            joint.add(each.joint_org_id)
    await _check_own_orgs(context, own)
    for org_id in sorted(joint):
        owner = await check_upward(context, "party_org", org_id)
        with scoped(owner):
            await _require_standing(context, owner, org_id)
        covering = await rows(
            context.database,
            "SELECT id FROM branch_coverage WHERE tenant_id = $1 AND branch_id = $2"
            " AND started_on <= $3 AND (ended_on IS NULL OR ended_on >= $3)",
            context.tenant,
            org_id,
            context.today,
        )
        if not covering:
            raise NotFound("该联合党支部不覆盖本院落。", "that joint branch does not cover this courtyard.")


async def _check_own_orgs(context: CommandContext, own: set[uuid.UUID]) -> None:
    for org_id in sorted(own):
        await _require_standing(context, context.tenant, org_id)


async def _require_standing(context: CommandContext, owner: int, org_id: uuid.UUID) -> None:
    sql = "SELECT status FROM party_org WHERE tenant_id = $1 AND id = $2"
    found = await rows(context.database, sql, owner, org_id)
    if not found or found[0]["status"] == PartyOrgStatus.DISSOLVED.name:
        raise NotFound("没有找到该党组织。", "there is no such PartyOrg here.")


async def _people(context: CommandContext, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row]:
    found: dict[uuid.UUID, Row] = {}
    for chunk in _chunks(ids):
        sql = f"SELECT id, birth, id_number FROM person WHERE tenant_id = $1 AND id IN ({many(chunk, 2)})"
        found |= {row["id"]: row for row in await rows(context.database, sql, context.tenant, *chunk)}
    return found


async def _active_members(context: CommandContext, people: Mapping[uuid.UUID, Row]) -> set[uuid.UUID]:
    found: set[uuid.UUID] = set()
    for chunk in _chunks(list(people)):
        sql = (
            "SELECT person_id FROM party_membership WHERE tenant_id = $1 AND status = 'ACTIVE'"
            f" AND person_id IN ({many(chunk, 2)})"
        )
        found |= {row["person_id"] for row in await rows(context.database, sql, context.tenant, *chunk)}
    return found


def _chunks(ids: Sequence[uuid.UUID]) -> Iterable[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _id_number(context: CommandContext, person: Row) -> str | None:
    sealed = person["id_number"]
    if sealed is None:
        return None
    return unseal(context.keys, Person, context.tenant, person["id"], "id_number", sealed)


def _check_dates(
    type_: PartyMemberType,
    birth: str | None,
    joined_on: str | None,
    confirmed_on: str | None,
    thresholds: Thresholds,
    today: dt.date,
) -> list[str]:
    """Refuse dates that cannot be (R16) and return the codes of what is merely not normal."""
    for name, partial in (("joined_on", joined_on), ("confirmed_on", confirmed_on)):
        if partial is not None and not is_partial_date(partial):
            raise Invalid(
                f"日期 {partial} 应为 1975、1975-07 或 1975-07-01 的形式。",
                "a date is written 1975, 1975-07 or 1975-07-01.",
                field=name,
                code="PARTIAL_DATE",
                rule="R16",
            )
        check_not_future(partial, today, name, rule="R16")
    if is_under_age(birth, joined_on, thresholds):
        raise Invalid(
            f"入党时未满 {thresholds.joining_age} 周岁,请核对出生年月与入党时间。",
            f"he was under {thresholds.joining_age} when joining (R16); check birth and date of joining.",
            field="joined_on",
            code="JOIN_UNDER_18",
            rule="R16, 党章 1",
        )
    if joined_on is not None and confirmed_on is not None and is_before(confirmed_on, joined_on):
        raise Invalid(
            "转正时间早于入党时间。",
            "he cannot be confirmed before he joined.",
            field="confirmed_on",
            code="DATE_ORDER",
            rule="R16",
        )
    if type_ is PartyMemberType.PROBATIONARY and confirmed_on is not None:
        raise Invalid(
            "预备党员不应有转正时间。",
            "a probationary member has not been confirmed.",
            field="confirmed_on",
            code="NOT_CONFIRMED",
            rule="R16",
        )
    return [finding.code for finding in joining_findings(joined_on, confirmed_on, thresholds)]


def _bump(context: CommandContext, type_: PartyMemberType, relation: PartyRelation, delta: int) -> None:
    """Move the counters for a membership in force that begins or ends."""
    if relation is PartyRelation.REPORTED_IN:
        context.bump(PartyCounts, reported_in=delta)
    elif relation is PartyRelation.REGISTERED:
        if type_ is PartyMemberType.FULL:
            context.bump(PartyCounts, full_members=delta)
        else:
            context.bump(PartyCounts, probationary_members=delta)


# amend, transfer, end ------------------------------------------------------------------------------------------


async def _in_force(context: CommandContext, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row]:
    """Return memberships in force by id, each with its person's birth and ID number; NotFound if one is missing."""
    found: dict[uuid.UUID, Row] = {}
    for chunk in _chunks(list(dict.fromkeys(ids))):
        sql = (
            "SELECT m.*, p.birth AS person_birth, p.id_number AS person_id_number FROM party_membership m"
            " JOIN person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id"
            f" WHERE m.tenant_id = $1 AND m.id IN ({many(chunk, 2)})"
        )
        found |= {row["id"]: row for row in await rows(context.database, sql, context.tenant, *chunk)}
    for row_id in ids:
        if row_id not in found:
            raise NotFound("没有找到该党员关系。", "there is no such PartyMembership here.")
        if found[row_id]["status"] != PartyMembershipStatus.ACTIVE.name:
            raise MembershipEnded
    return found


async def amend_memberships(context: CommandContext, wanted: Sequence[AmendMembership]) -> Sequence[Outcome]:
    """Correct memberships in force, or follow what changed: confirmed, suspended, away, back."""
    thresholds = await load_thresholds(context)
    found = await _in_force(context, [each.membership_id for each in wanted])
    outcomes: list[Outcome] = []
    for each in wanted:
        row = found[each.membership_id]
        given = {name: getattr(each, name) for name in _AMENDABLE if getattr(each, name) is not None}
        changes = {name: new for name, new in given.items() if getattr(new, "name", new) != row[name]}
        type_ = each.type or PartyMemberType[row["type"]]
        old_type, old_relation = PartyMemberType[row["type"]], PartyRelation[row["relation"]]
        relation = each.relation or old_relation
        findings = _check_dates(
            type_,
            row["person_birth"],
            each.joined_on or row["joined_on"],
            each.confirmed_on or row["confirmed_on"],
            thresholds,
            context.today,
        )
        if relation is not old_relation:
            changes["is_verified"] = await _reclaim(context, row, old_relation, relation)
        if changes:
            await context.update(PartyMembership, each.membership_id, changes)
        if (type_, relation) != (old_type, old_relation):
            _bump(context, old_type, old_relation, -1)
            _bump(context, type_, relation, +1)
        row |= {name: getattr(new, "name", new) for name, new in changes.items()}
        outcomes.append(Outcome(each.membership_id, {"fields": sorted(changes), "findings": findings}))
    return outcomes


_AMENDABLE: Final = (
    "type",
    "relation",
    "joined_on",
    "confirmed_on",
    "voting_suspended",
    "employer",
    "education",
    "room_key",
    "remark",
)


async def _reclaim(context: CommandContext, row: Row, old: PartyRelation, new: PartyRelation) -> bool:
    """Take or release the one registration when the relation changes; return whether it is verified now."""
    active = PartyMembershipStatus.ACTIVE
    had, wants = claims_registration(old, active), claims_registration(new, active)
    if had and not wants:
        await release_membership(context, REGISTRATION, row["id"])
        return False
    if wants and not had:
        person = {"id": row["person_id"], "id_number": row["person_id_number"]}
        return await register_membership(context, REGISTRATION, row["id"], _id_number(context, person))
    return bool(row["is_verified"])


async def transfer_memberships(context: CommandContext, wanted: Sequence[TransferMembership]) -> Sequence[Outcome]:
    """Close memberships by transfer and open the next here, if it is here; the subject is the closed one."""
    found = await _in_force(context, [each.membership_id for each in wanted])
    outcomes: list[Outcome] = []
    for each in wanted:
        row = found[each.membership_id]
        if (each.org_id is None) == (each.destination is None):
            raise Invalid(
                "须指明转往的本院落党组织,或转出去向。",
                "name the organisation of this courtyard, or the destination outside.",
                field="org_id",
                code="REQUIRED",
                rule="R8",
            )
        if each.org_id is not None and each.org_id == row["org_id"]:
            raise Invalid(
                "转往的党组织与现所在相同。",
                "he is in that organisation already.",
                field="org_id",
                code="SAME_ORGANIZATION",
                rule="R8",
            )
        last = await _close(context, row, PartyMembershipStatus.TRANSFERRED, each.day, destination=each.destination)
        opened: uuid.UUID | None = None
        if each.org_id is not None:
            first = min(last + dt.timedelta(days=1), context.today)  # nothing in force begins in the future
            [outcome] = await _register(context, [_moved(row, each.org_id, first)])
            opened = outcome.subject_id
        outcomes.append(Outcome(each.membership_id, {"to": each.org_id, "day": last, "opened": opened}))
    return outcomes


def _moved(row: Row, org_id: uuid.UUID, first: dt.date) -> RegisterMembership:
    return RegisterMembership(
        person_id=row["person_id"],
        type=PartyMemberType[row["type"]],
        org_id=org_id,
        relation=PartyRelation[row["relation"]],
        joined_on=row["joined_on"],
        confirmed_on=row["confirmed_on"],
        voting_suspended=bool(row["voting_suspended"]),
        employer=row["employer"],
        education=row["education"],
        room_key=row["room_key"],
        remark=row["remark"],
        started_on=first,
    )


async def end_memberships(context: CommandContext, wanted: Sequence[EndMembership]) -> Sequence[Outcome]:
    """End memberships: lost contact, expelled, withdrew, deceased."""
    found = await _in_force(context, [each.membership_id for each in wanted])
    outcomes: list[Outcome] = []
    for each in wanted:
        if each.status in (PartyMembershipStatus.ACTIVE, PartyMembershipStatus.TRANSFERRED):
            raise Invalid(
                "终止原因须为失联、开除党籍、退党或去世;转出请用转接。",
                "give a reason that ends a membership; use a transfer for moving.",
                field="status",
                code="NOT_AN_END",
                rule="domain 3.1",
            )
        last = await _close(context, found[each.membership_id], each.status, each.day)
        outcomes.append(Outcome(each.membership_id, {"status": each.status, "day": last}))
    return outcomes


async def _close(
    context: CommandContext,
    row: Row,
    status: PartyMembershipStatus,
    day: dt.date | None,
    *,
    destination: str | None = None,
) -> dt.date:
    """Close a membership in force, release its registration and move the counters; return its last day."""
    check_not_future(day, context.today, "day", rule="R8")
    last = day or max(context.today, row["started_on"])  # older rows of who came by transfer may begin tomorrow
    if last < row["started_on"]:
        raise Invalid(
            "终止日期早于登记日期。",
            "a membership cannot end before it was entered.",
            field="day",
            code="DATE_ORDER",
            rule="R8",
        )
    if row["status"] != PartyMembershipStatus.ACTIVE.name:
        raise MembershipEnded
    relation = PartyRelation[row["relation"]]
    await context.update(
        PartyMembership,
        row["id"],
        {"status": status, "ended_on": last, "destination": destination},
    )
    row["status"] = status.name  # a second closing in the same list finds it closed
    if claims_registration(relation, PartyMembershipStatus.ACTIVE):
        await release_membership(context, REGISTRATION, row["id"])
    _bump(context, PartyMemberType[row["type"]], relation, -1)
    return last
