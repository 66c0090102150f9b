"""党员花名册 into rows and back (`domain.md` §5).

A row means a person of the register: found by the ID number, lacking it by name and room, else put on the register.
His membership in force is amended; where there is none, one is registered. Importing what was exported writes nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from yuanluo import CommandContext, Gender, Invalid, Person, Row, rows, scoped, value
from yuanluo.importing import Commit, Exported, Exporter, Importer, ImportFile
from yuanluo.names import normalize_name
from yuanluo.offices import check_upward
from yuanluo.registering import CreatePerson, PeopleIndex, upsert_people
from yuanluo.sealing import SEPARATOR, unseal
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
_OF_A_COURTYARD: Final = re.compile(r".(院落|小区|大院|院)党支部$")
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


async def commit_roster(context: CommandContext, file: ImportFile, branch: str | None = None) -> Mapping[str, int]:
    """Write the accepted rows of a party roster; `branch` takes the rows that name none, or another courtyard's."""
    records = cast("Sequence[Record]", file.records)
    branches, founded = await _branches(context, file, branch)
    index = await PeopleIndex.load(context)
    members = await _members(context)
    for row in members.values():
        if row["room_key"]:
            described = CreatePerson(row["person_name"])
            index.add(row["person_id"], described, [row["room_key"]])
    people = [person_of(record) for record in records]
    found = await upsert_people(context, people, [rooms_of(record) for record in records], index, file, records)
    register: list[tuple[RegisterMembership, Record]] = []
    amend: list[tuple[AmendMembership, Record]] = []
    amended: set[uuid.UUID] = set()
    seen: dict[uuid.UUID, Record] = {}
    today = context.today.isoformat()
    for record, person_id in zip(records, found.ids, strict=True):
        if (earlier := seen.setdefault(person_id, record)) is not record:
            with file.at(record, "name"):
                raise Invalid(
                    f"花名册第 {earlier['row']} 行与第 {record['row']} 行在登记簿上是同一人,请核对。",
                    f"rows {earlier['row']} and {record['row']} mean the same person of the register; check them.",
                    field="file",
                    code="SAME_PERSON_TWICE",
                    rule="R8",
                )
            continue
        known = members.get(person_id)
        if known is None:
            register.append((_registration(record, person_id, branches[record["row"], record["sheet"]], today), record))
            continue
        if (change := _amendment(record, known, today)) is not None:
            amend.append((change, record))
        if change is not None or person_id in found.completed:
            amended.add(person_id)
    await file.by_row(context, register_memberships, [each for each, _ in register], [at for _, at in register])
    await file.by_row(context, amend_memberships, [each for each, _ in amend], [at for _, at in amend])
    return {
        "people": found.created,
        "branches": founded,
        "memberships": len(register),
        "amended": len(amended),
        "unchanged": len(records) - len(register) - len(amended),
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


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch that a form may mean: the courtyard's own, or a joint one that a node above owns."""

    org_id: uuid.UUID | None = None
    joint_org_id: uuid.UUID | None = None


async def _branches(
    context: CommandContext, file: ImportFile, chosen: str | None
) -> tuple[dict[tuple[int, str], Branch], int]:
    """Return the branch of each row, by row and sheet, and how many were founded.

    A name that is not on the register yet is entered as PREPARING (R5). One that is another courtyard's is told; from
    the title it founds nothing, and the rows go where rows go that name none: into the branch that was chosen, else
    into the only one here. Where the rows themselves name it, they mean it.
    """
    known = await standing_branches(context)
    founded = 0
    placed: dict[tuple[int, str], Branch] = {}
    courtyards = await _courtyards(context)
    title = normalize_name(str(file.meta.get("branch") or ""))
    told: set[tuple[str, str]] = set()
    for record in cast("Sequence[Record]", file.records):
        name = normalize_name(record["branch"]) if record["branch"] else ""
        if name and name not in known and courtyards.is_of_another(name, in_title=name == title):
            if (record["sheet"], name) not in told:
                told.add((record["sheet"], name))
                _tell_other_branch(file, record, name, in_title=name == title)
            name = "" if name == title else name
        name = name or (normalize_name(chosen) if chosen else "")
        with file.at(record, "branch"):
            if name and name not in known:
                [outcome] = await found_orgs(context, [FoundPartyOrg(name, PartyTier.BRANCH)])
                known[name] = Branch(outcome.subject_id)
                founded += 1
            placed[record["row"], record["sheet"]] = known[name] if name else only_branch(known)
    file.enforce()
    return placed, founded


def _tell_other_branch(file: ImportFile, record: Record, name: str, *, in_title: bool) -> None:
    what = (
        (
            "不会据此新建党支部,这些行归入本院落唯一的党支部",
            "it founds nothing, and its rows go into the only one here",
        )
        if in_title
        else ("将按各行所写登记为筹建中的党支部", "it is entered as being prepared, as the rows say")
    )
    file.warn(
        record,
        "branch",
        "W_OTHER_BRANCH",
        f"“{name}”像是其他院落的党支部,{what[0]}。请核对是否选错院落;标题有误时以选项 branch=党支部名称 指明。",
        f"{name!r} looks like another courtyard's branch; {what[1]}. Check that the courtyard is the right one; where"
        " the title is wrong, name the branch with the option branch=<name>.",
    )


@dataclass(frozen=True, slots=True)
class _Courtyards:
    """How this courtyard and the others of the deployment are called; the tree is no secret."""

    own: str
    others: frozenset[str]

    def is_of_another(self, branch: str, *, in_title: bool) -> bool:
        """Whether `branch` is called after another courtyard, known here or not."""
        if self.own and self.own in branch:
            return False
        return any(name in branch for name in self.others) or (in_title and _OF_A_COURTYARD.search(branch) is not None)


async def _courtyards(context: CommandContext) -> _Courtyards:
    sql = "SELECT number, name FROM node WHERE kind = 'COURTYARD'"
    names = {row["number"]: normalize_name(row["name"]) for row in await rows(context.database, sql, shared=True)}
    own = names.pop(context.tenant, "")
    return _Courtyards(own, frozenset(name for name in names.values() if len(name) > 1 and name not in own))


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


def only_branch(branches: Mapping[str, Branch]) -> Branch:
    """Return the branch of a courtyard that has exactly one, for a row that names none."""
    if len(branches) != 1:
        raise Invalid(
            "未写明本院落的党支部,而本院落党支部不是恰好一个;"
            "请先登记党支部,在表中写明,或以选项 branch=党支部名称 指明。",
            "no branch of this courtyard is named and it has not exactly one; register it, name it in the sheet,"
            " or choose it with the option branch=<name>.",
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


def _into(chosen: Mapping[str, str]) -> Commit:
    if not chosen["branch"].strip():
        raise Invalid(
            "选项 branch 须写明党支部名称。", "the option branch must name a branch.", field="option", rule="domain K12"
        )
    return partial(commit_roster, branch=chosen["branch"])


PARTY_ROSTER_IMPORTER: Final = Importer(
    PARTY_ROSTER,
    commit_roster,
    CLERKS,
    "domain 5, 7",
    PARTY,
    options={
        "branch": "未写明(或写了其他院落)党支部的行归入的党支部 branch of rows that name none or another courtyard's"
    },
    configure=_into,
)
"""Imports a roster of members."""

PARTY_ROSTER_EXPORTER: Final = Exporter(PARTY_ROSTER, roster_rows, CLERKS[:1], "domain 2, 7", PARTY)
"""Exports the memberships in force; the branch secretary's alone."""
