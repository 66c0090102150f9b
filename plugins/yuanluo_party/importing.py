"""党员花名册 into rows and back (`domain.md` §5).

A row means a person of the register: found by the ID number, lacking it by name and room, else put on the register.
His membership in force is amended; where there is none, one is registered. Importing what was exported writes nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from yuanluo import CommandContext, Gender, Invalid, Person, Row, rows, scoped, value
from yuanluo.importing import Exported, Exporter, Importer
from yuanluo.names import normalize_name
from yuanluo.offices import check_upward
from yuanluo.registering import CreatePerson, PeopleIndex, upsert_people
from yuanluo.sealing import SEPARATOR, unseal
from yuanluo.sheets import Preview
from yuanluo_party.memberships import (
    AmendMembership,
    RegisterMembership,
    amend_memberships,
    register_memberships,
)
from yuanluo_party.organizations import FoundPartyOrg, found_orgs
from yuanluo_party.roster import PARTY_ROSTER
from yuanluo_party.rules import is_before, years_after
from yuanluo_party.tables import ORGANIZATION_KINDS, PARTY
from yuanluo_party.terms import PartyMemberType, PartyRelation, PartyTier

__all__ = [
    "PARTY_ROSTER_EXPORTER",
    "PARTY_ROSTER_IMPORTER",
    "Branch",
    "member_type",
    "only_branch",
    "person_of",
    "relation_of",
    "rooms_of",
    "standing_branches",
]

Record = Mapping[str, Any]

_REPORTED_IN: Final = re.compile(r"双报到|报到党员")
_FLOATING_OUT: Final = re.compile(r"流出|外出流动")
_FLOATING_IN: Final = re.compile(r"流入")
CLERKS: Final = ("BRANCH_SECRETARY", "BRANCH_COMMITTEE")
"""Who imports a party roster; councils and companies never see one (`domain.md` §7)."""


def relation_of(remark: str | None) -> PartyRelation:
    """Return the relation that a roster row's remark tells; a roster lists who is registered unless it says so [A]."""
    text = remark or ""
    if _REPORTED_IN.search(text):
        return PartyRelation.REPORTED_IN
    if _FLOATING_OUT.search(text):
        return PartyRelation.FLOATING_OUT
    if _FLOATING_IN.search(text):
        return PartyRelation.FLOATING_IN
    return PartyRelation.REGISTERED


def member_type(record: Record, today: str) -> PartyMemberType:
    """Return the type of a roster row; a row that does not say it is FULL if confirmed or two years a member [A]."""
    written = record["member_type"]
    if written is not None:
        return PartyMemberType[written]
    joined_on = record["joined_on"]
    if record["confirmed_on"] or (joined_on and is_before(years_after(joined_on, 2), today)):
        return PartyMemberType.FULL
    return PartyMemberType.PROBATIONARY


def person_of(record: Record) -> CreatePerson:
    """Return the person that a roster row describes."""
    return CreatePerson(
        name=record["name"],
        gender=Gender[record["gender"]] if record["gender"] else None,
        birth=record.get("birth"),
        ethnicity=record.get("ethnicity"),
        id_number=record.get("id_number"),
        phone=record["phone"],
        phone_alt=tuple(record["phone_alt"]),
    )


def rooms_of(record: Record) -> tuple[str, ...]:
    """Return the room keys that a roster row gives."""
    return (record["room_key"],) if record["room_key"] else ()


# the party roster ------------------------------------------------------------------------------------------------


async def commit_roster(context: CommandContext, preview: Preview) -> Mapping[str, int]:
    """Write the accepted rows of a party roster; refused as a whole if one breaks a rule of membership."""
    records = cast("Sequence[Record]", preview.records)
    branches, founded = await _branches(context, records)
    index = await PeopleIndex.load(context)
    members = await _members(context)
    for row in members.values():
        if row["room_key"]:
            described = CreatePerson(row["person_name"])
            index.add(row["person_id"], described, [row["room_key"]])
    people = [person_of(record) for record in records]
    ids, created = await upsert_people(context, people, [rooms_of(record) for record in records], index)
    register: list[RegisterMembership] = []
    amend: list[AmendMembership] = []
    seen: dict[uuid.UUID, Record] = {}
    today = context.today.isoformat()
    for record, person_id in zip(records, ids, strict=True):
        if (earlier := seen.setdefault(person_id, record)) is not record:
            raise Invalid(
                f"花名册第 {earlier['row']} 行与第 {record['row']} 行在登记簿上是同一人,请核对。",
                f"rows {earlier['row']} and {record['row']} mean the same person of the register; check them.",
                field="file",
                code="SAME_PERSON_TWICE",
                rule="R8",
            )
        known = members.get(person_id)
        if known is None:
            register.append(_registration(record, person_id, branches[_branch_name(record)], today))
        elif (change := _amendment(record, known, today)) is not None:
            amend.append(change)
    await register_memberships(context, register)
    await amend_memberships(context, amend)
    return {
        "people": created,
        "branches": founded,
        "memberships": len(register),
        "amended": len(amend),
        "unchanged": len(records) - len(register) - len(amend),
    }


def _registration(record: Record, person_id: uuid.UUID, branch: Branch, today: str) -> RegisterMembership:
    type_ = member_type(record, today)
    return RegisterMembership(
        person_id=person_id,
        type=type_,
        org_id=branch.org_id,
        joint_org_id=branch.joint_org_id,
        relation=relation_of(record["remark"]),
        joined_on=record["joined_on"],
        confirmed_on=record["confirmed_on"] if type_ is PartyMemberType.FULL else None,
        education=record["education"],
        room_key=record["room_key"],
        remark=record["remark"],
    )


def _amendment(record: Record, known: Row, today: str) -> AmendMembership | None:
    """Return what the roster says otherwise than the register, or None; an empty cell changes nothing.

    A relation changes only where the remark names one: a roster that is silent about it does not undo it.
    """
    type_ = member_type(record, today)
    relation = relation_of(record["remark"])
    wanted: dict[str, Any] = {
        "type": type_ if record["member_type"] is not None else None,
        "relation": relation if relation is not PartyRelation.REGISTERED else None,
        "joined_on": record["joined_on"],
        "confirmed_on": record["confirmed_on"] if type_ is PartyMemberType.FULL else None,
        "education": record["education"],
        "room_key": record["room_key"],
        "remark": record["remark"],
    }
    changes = {
        name: new for name, new in wanted.items() if new is not None and getattr(new, "name", new) != known[name]
    }
    return AmendMembership(known["id"], **changes) if changes else None


async def _members(context: CommandContext) -> dict[uuid.UUID, Row]:
    """Return the memberships in force by person, with the person's name."""
    found = await rows(
        context.database,
        "SELECT m.*, p.name AS person_name FROM party_membership m"
        " JOIN person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id"
        " WHERE m.tenant_id = $1 AND m.status = 'ACTIVE' ORDER BY m.id",
        context.tenant,
    )
    return {row["person_id"]: row for row in found}


def _branch_name(record: Record) -> str:
    return normalize_name(record["branch"]) if record["branch"] else ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch that a form may mean: the courtyard's own, or a joint one that a node above owns."""

    org_id: uuid.UUID | None = None
    joint_org_id: uuid.UUID | None = None


async def _branches(context: CommandContext, records: Sequence[Record]) -> tuple[dict[str, Branch], int]:
    """Return the branch each name means; one that is not on the register yet is entered as PREPARING (R5).

    A row that names none belongs to the only branch of the courtyard.
    """
    known = await standing_branches(context)
    wanted = list(dict.fromkeys(_branch_name(record) for record in records))
    new = [name for name in wanted if name and name not in known]
    outcomes = await found_orgs(context, [FoundPartyOrg(name, PartyTier.BRANCH) for name in new])
    known |= {name: Branch(outcome.subject_id) for name, outcome in zip(new, outcomes, strict=True)}
    if "" in wanted:
        known[""] = only_branch(known, next(record for record in records if not _branch_name(record)))
    return known, len(new)


async def standing_branches(context: CommandContext) -> dict[str, Branch]:
    """Return the courtyard's branches by name: the joint ones that cover it, then its own."""
    joint = {name: Branch(joint_org_id=row_id) for row_id, name in (await _joint_names(context)).items()}
    found = await rows(
        context.database,
        "SELECT id, name FROM organization WHERE tenant_id = $1 AND kind = $2 AND dissolved_on IS NULL ORDER BY id",
        context.tenant,
        ORGANIZATION_KINDS[PartyTier.BRANCH],
    )
    return joint | {row["name"]: Branch(row["id"]) for row in found}


async def _joint_names(context: CommandContext) -> dict[uuid.UUID, str]:
    """Return the names of the joint branches that cover the courtyard today, by id; nodes above own them."""
    names: dict[uuid.UUID, str] = {}
    for row in await rows(
        context.database,
        "SELECT branch_id FROM branch_coverage WHERE tenant_id = $1 AND (ended_on IS NULL OR ended_on >= $2)",
        context.tenant,
        context.today,
    ):
        owner = await check_upward(context, "organization", row["branch_id"])
        with scoped(owner):
            name = await value(
                context.database,
                "SELECT name FROM organization WHERE tenant_id = $1 AND id = $2 AND dissolved_on IS NULL",
                owner,
                row["branch_id"],
            )
        if name is not None:
            names[row["branch_id"]] = name
    return names


def only_branch(branches: Mapping[str, Branch], record: Record) -> Branch:
    """Return the branch of a courtyard that has exactly one, for a row that names none."""
    if len(branches) != 1:
        raise Invalid(
            f"表中第 {record['row']} 行未写明党支部,而本院落党支部不是恰好一个,请先登记党支部或在表中补充。",
            f"row {record['row']} names no branch and the courtyard has not exactly one; register it or name it there.",
            field="branch",
            code="BRANCH_UNSAID",
            rule="R1",
        )
    return next(iter(branches.values()))


async def roster_rows(context: CommandContext, options: Mapping[str, str]) -> Exported:  # noqa: ARG001 - the contract
    """Return the memberships in force as rows of a party roster, in order of branch and joining."""
    found = await rows(
        context.database,
        "SELECT m.*, p.name, p.gender, p.ethnicity, p.birth, p.id_number, p.phone, p.phone_alt, o.name AS branch"
        " FROM party_membership m JOIN person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id"
        " LEFT JOIN organization o ON o.tenant_id = m.tenant_id AND o.id = m.org_id"
        " WHERE m.tenant_id = $1 AND m.status = 'ACTIVE' ORDER BY o.name, m.joined_on, p.name_pinyin, m.id",
        context.tenant,
    )
    joint = await _joint_names(context)
    return Exported([_record(context, row, joint.get(row["joint_org_id"])) for row in found])


def _record(context: CommandContext, row: Row, joint: str | None) -> Record:
    def clear(column: str) -> str | None:
        sealed = row[column]
        if sealed is None:
            return None
        return unseal(context.keys, Person, context.tenant, row["person_id"], column, sealed)

    phone_alt = clear("phone_alt")
    return {
        "name": row["name"],
        "gender": row["gender"],
        "ethnicity": row["ethnicity"],
        "birth": row["birth"],
        "id_number": clear("id_number"),
        "education": row["education"],
        "joined_on": row["joined_on"],
        "confirmed_on": row["confirmed_on"],
        "member_type": row["type"],
        "branch": row["branch"] or joint,
        "phone": clear("phone"),
        "phone_alt": phone_alt.split(SEPARATOR) if phone_alt else [],
        "room_key": row["room_key"],
        "remark": row["remark"],
    }


PARTY_ROSTER_IMPORTER: Final = Importer(PARTY_ROSTER, commit_roster, CLERKS, "domain 5, 7", PARTY)
"""Imports a roster of members."""

PARTY_ROSTER_EXPORTER: Final = Exporter(PARTY_ROSTER, roster_rows, CLERKS[:1], "domain 2, 7", PARTY)
"""Exports the memberships in force; the branch secretary's alone."""
