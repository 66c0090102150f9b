"""Commands on people: put on the register, corrected, found again.

A person is found by the blind index of the ID number; lacking one, by name and room, then by name and phone. A
person is never merged with another of the same name alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo.authority import Action
from yuanluo.calendar import check_not_future, is_partial_date
from yuanluo.command import ADDS, Command, CommandContext, Outcome, each, missing
from yuanluo.counters import CourtyardCounts
from yuanluo.inputs import Given
from yuanluo.names import normalize_name, pinyin_key
from yuanluo.people import Gender, Person, PersonErased, PersonStatus
from yuanluo.phones import normalize_phone
from yuanluo.registers import cleared_names
from yuanluo.sealing import SEPARATOR, blind_indexes, unseal
from yuanluo.sheets.ids import birth_of, gender_of, read_id_number
from yuanluo.statements import rows
from yuanluo_tenants.errors import Invalid
from yuanluo_tenants.tables import columns_of

__all__ = [
    "CreatePerson",
    "PeopleIndex",
    "UpdatePerson",
    "create_person",
    "register_people",
    "update_person",
    "upsert_people",
]

REGISTRARS: Final = ("COMMUNITY_SECRETARY", "BRANCH_SECRETARY", "COUNCIL_DIRECTOR", "COUNCIL_MEMBER")
"""Who keeps the register of people and dwellings."""

CLEARABLE: Final = frozenset({"gender", "birth", "ethnicity", "id_number", "phone", "phone_alt"})


@dataclass(frozen=True, slots=True)
class CreatePerson:
    """A person to be put on the register; with an ID number, missing birth and gender come from it."""

    name: str
    gender: Gender | None = None
    birth: str | None = None
    """`1958`, `1958-07` or `1958-07-02`."""
    ethnicity: str | None = None
    id_number: str | None = None
    phone: str | None = None
    phone_alt: tuple[str, ...] = ()
    status: PersonStatus = PersonStatus.ACTIVE
    id: uuid.UUID | None = None
    """The row id to take, for callers that refer to the person in the same breath."""


@dataclass(frozen=True, slots=True)
class UpdatePerson:
    """Changes to a person; None leaves a field as it is, names in `clear` are emptied."""

    person_id: uuid.UUID
    name: str | None = None
    gender: Gender | None = None
    birth: str | None = None
    ethnicity: str | None = None
    id_number: str | None = None
    phone: str | None = None
    phone_alt: tuple[str, ...] | None = None
    status: PersonStatus | None = None
    clear: Annotated[tuple[str, ...], Given("清空的字段", "fields to be emptied")] = ()


class IdMismatch(Invalid):
    """A birth or gender contradicts the ID number, which says both (N6)."""

    code = "ID_MISMATCH"
    rule = "N6"
    next_zh = "请核对身份证号;出生日期和性别可留空,由身份证号得出。"
    next_en = "Check the ID number; birth and gender may be left out, they come from it."

    def __init__(self, zh: str, field: str) -> None:
        super().__init__(f"{zh}与身份证号不符。", f"the {field} is not that of the ID number.", field=field)


def _by_id_number(id_number: str, birth: str | None, gender: Gender | None) -> dict[str, Any]:
    """Return birth and gender as the number says them; raise IdMismatch for another, at the precision given (N6)."""
    born, is_one = birth_of(id_number).isoformat(), Gender[gender_of(id_number)]
    if birth is not None and not born.startswith(birth):
        raise IdMismatch("出生年月", "birth")
    if gender is not None and gender is not is_one:
        raise IdMismatch("性别", "gender")
    return {"birth": born, "gender": is_one}


def person_columns(
    given: CreatePerson | UpdatePerson, today: dt.date, *, known_id: str | None = None
) -> dict[str, Any]:
    """Return the checked columns that `given` sets; raise Invalid naming the field that is wrong.

    `known_id` is the ID number that the register has of him already.
    """
    columns: dict[str, Any] = {}
    if given.name is not None:
        name = normalize_name(given.name)
        if not name:
            raise Invalid("姓名不能为空。", "a name is needed.", field="name", code="REQUIRED", rule="domain 2")
        columns |= {"name": name, "name_pinyin": pinyin_key(name)}
    if given.birth is not None:
        if not is_partial_date(given.birth):
            raise Invalid(
                f"出生年月 {given.birth} 应为 1958、1958-07 或 1958-07-02 的形式。",
                "a birth is written 1958, 1958-07 or 1958-07-02.",
                field="birth",
                code="PARTIAL_DATE",
                rule="domain 2",
            )
        check_not_future(given.birth, today, "birth", rule="domain 2")
        columns["birth"] = given.birth
    if given.id_number:
        reading = read_id_number(given.id_number)
        if reading.value is None:
            raise Invalid(
                "身份证号无效,请核对号码。",
                "the ID number is not valid; check it.",
                field="id_number",
                code=reading.code,
                rule="domain 2",
            )
        check_not_future(birth_of(reading.value), today, "id_number", rule="N6, N7")
        columns["id_number"] = known_id = reading.value
    if given.gender is not None:
        columns["gender"] = given.gender
    if known_id is not None and columns.keys() & {"id_number", "birth", "gender"}:
        columns |= _by_id_number(known_id, given.birth, given.gender)
    if given.ethnicity is not None:
        columns["ethnicity"] = given.ethnicity.strip() or None
    if given.phone is not None:
        columns["phone"] = normalize_phone(given.phone)
    if given.phone_alt is not None and (given.phone_alt or isinstance(given, UpdatePerson)):
        others = (normalize_phone(each_one, "phone_alt") for each_one in given.phone_alt)
        columns["phone_alt"] = SEPARATOR.join(filter(None, others)) or None
    if given.status is not None:
        columns["status"] = given.status
    return columns


async def register_people(context: CommandContext, people: Sequence[CreatePerson]) -> Sequence[Outcome]:
    """Put people on the register; a second one with the same ID number is refused as a Duplicate."""
    new: list[dict[str, Any]] = []
    outcomes: list[Outcome] = []
    for person in people:
        columns = person_columns(person, context.today)
        row_id = person.id or uuid7()
        new.append({"id": row_id, **columns})
        outcomes.append(Outcome(row_id, {"fields": sorted(columns)}))
    await context.insert(Person, new)
    context.bump(CourtyardCounts, people=sum(row["status"] is PersonStatus.ACTIVE for row in new))
    return outcomes


async def _update_person(context: CommandContext, change: UpdatePerson) -> Outcome:
    given = [name for name in CLEARABLE if getattr(change, name) is not None]
    emptied = cleared_names(Person, change.clear, given, CLEARABLE)
    found = await rows(
        context.database,
        "SELECT status, erased_on, id_number FROM person WHERE tenant_id = $1 AND id = $2",
        context.tenant,
        change.person_id,
    )
    if not found:
        raise missing(Person)
    if found[0]["erased_on"] is not None:
        raise PersonErased(found[0]["erased_on"])
    known_id = None
    if found[0]["id_number"] is not None and "id_number" not in emptied and (change.birth or change.gender):
        known_id = unseal(context.keys, Person, context.tenant, change.person_id, "id_number", found[0]["id_number"])
    has_number = change.id_number or (found[0]["id_number"] is not None and "id_number" not in emptied)
    if has_number and (said := next((name for name in ("birth", "gender") if name in emptied), None)):
        raise IdMismatch(columns_of(Person)[said].zh, said)
    columns = person_columns(change, context.today, known_id=known_id) | dict.fromkeys(emptied)
    await context.update(Person, change.person_id, columns)
    if change.status is not None:
        was, is_now = found[0]["status"] == PersonStatus.ACTIVE.name, change.status is PersonStatus.ACTIVE
        context.bump(CourtyardCounts, people=int(is_now) - int(was))
    return Outcome(change.person_id, {"fields": sorted(columns)})


create_person: Final = Command(
    action=Action("person.create", REGISTRARS, "domain 7", "登记人员", "put people on the register"),
    input=CreatePerson,
    many=register_people,
    subject_type="Person",
    unversioned=ADDS,
)
"""Put a person on the register."""

update_person: Final = Command(
    action=Action("person.update", REGISTRARS, "domain 7", "更正人员信息", "correct the register of people"),
    input=UpdatePerson,
    many=each(_update_person),
    subject_type="Person",
)
"""Correct what the register says of a person."""


class PeopleIndex:
    """The people of one courtyard, to be found again by what a roster says of them."""

    def __init__(self, context: CommandContext) -> None:
        self._context = context
        self._by_id_number: dict[bytes, uuid.UUID] = {}
        self._by_room: dict[tuple[str, str], uuid.UUID] = {}
        self._by_phone: dict[tuple[str, bytes], uuid.UUID] = {}
        self._identified: set[uuid.UUID] = set()

    @classmethod
    async def load(cls, context: CommandContext) -> PeopleIndex:
        """Load the index of the courtyard of `context`, whose scope must be open."""
        index = cls(context)
        database, tenant = context.database, context.tenant
        for row in await rows(
            database,
            "SELECT id, name, id_number_index, phone_index FROM person WHERE tenant_id = $1 ORDER BY id",
            tenant,
        ):
            if row["id_number_index"] is not None:
                index._by_id_number[row["id_number_index"]] = row["id"]
                index._identified.add(row["id"])
            if row["phone_index"] is not None:
                index._by_phone.setdefault((row["name"], row["phone_index"]), row["id"])
        for table in ("residency", "ownership"):
            for row in await rows(
                database,
                f"SELECT p.id, p.name, d.room_key FROM {table} t"
                " JOIN person p ON p.tenant_id = t.tenant_id AND p.id = t.person_id"
                " JOIN dwelling d ON d.tenant_id = t.tenant_id AND d.id = t.dwelling_id"
                " WHERE t.tenant_id = $1 AND t.ended_on IS NULL ORDER BY p.id",
                tenant,
            ):
                index._by_room.setdefault((row["name"], row["room_key"]), row["id"])
        return index

    def find(
        self, name: str, *, id_number: str | None = None, rooms: Iterable[str] = (), phone: str | None = None
    ) -> uuid.UUID | None:
        """Return the person a roster row means, or None.

        Name and room, or name and phone, never lead to a person whose ID number is known to be another.
        """
        name = normalize_name(name)
        for index in self._indexes("id_number", id_number):
            if found := self._by_id_number.get(index):
                return found
        candidates = [self._by_room.get((name, room)) for room in rooms]
        candidates += [self._by_phone.get((name, index)) for index in self._indexes("phone", phone)]
        for candidate in candidates:
            if candidate is not None and not (id_number and candidate in self._identified):
                return candidate
        return None

    def add(self, row_id: uuid.UUID, person: CreatePerson, rooms: Iterable[str] = ()) -> None:
        """Remember a person that is being registered or recognised."""
        name = normalize_name(person.name)
        if person.id_number:
            self._by_id_number[self._indexes("id_number", person.id_number)[0]] = row_id
            self._identified.add(row_id)
        for index in self._indexes("phone", person.phone)[:1]:
            self._by_phone.setdefault((name, index), row_id)
        for room in rooms:
            self._by_room.setdefault((name, room), row_id)

    def _indexes(self, column: str, text: str | None) -> list[bytes]:
        if not text:
            return []
        return blind_indexes(self._context.keys, Person, self._context.tenant, column, text)


async def upsert_people(
    context: CommandContext,
    people: Sequence[CreatePerson],
    rooms: Sequence[Sequence[str]] | None = None,
    index: PeopleIndex | None = None,
) -> tuple[list[uuid.UUID], int]:
    """Find each of `people` or put him on the register; return the ids in order and how many are new.

    `rooms` are the room keys that the roster gives for each. A known person gets what was missing of him, and the
    phones of the roster; nothing else is overwritten.
    """
    index = index or await PeopleIndex.load(context)
    where = rooms or [()] * len(people)
    ids: list[uuid.UUID] = []
    new: dict[uuid.UUID, CreatePerson] = {}
    known: dict[uuid.UUID, CreatePerson] = {}
    for person, at in zip(people, where, strict=True):
        found = index.find(person.name, id_number=person.id_number, rooms=at, phone=person.phone)
        row_id = found or person.id or uuid7()
        if found is None:
            new[row_id] = person
        elif found not in new:
            known[row_id] = person
        index.add(row_id, person, at)
        ids.append(row_id)
    if new:
        await register_people(context, [_with_id(person, row_id) for row_id, person in new.items()])
    await _complete(context, known)
    return ids, len(new)


def _with_id(person: CreatePerson, row_id: uuid.UUID) -> CreatePerson:
    return CreatePerson(
        person.name,
        person.gender,
        person.birth,
        person.ethnicity,
        person.id_number,
        person.phone,
        person.phone_alt,
        person.status,
        row_id,
    )


async def _complete(context: CommandContext, known: Mapping[uuid.UUID, CreatePerson]) -> None:
    if not known:
        return
    stored = {
        row["id"]: row
        for row in await rows(
            context.database,
            "SELECT id, gender, birth, ethnicity, id_number_index, phone_index, phone_alt_index"
            " FROM person WHERE tenant_id = $1",
            context.tenant,
        )
    }
    for row_id, person in known.items():
        columns, row = person_columns(person, context.today), stored[row_id]
        changes = {
            name: columns[name]
            for name in ("gender", "birth", "ethnicity")
            if columns.get(name) is not None and row[name] is None
        }
        if columns.get("id_number") and row["id_number_index"] is None:
            changes |= {name: columns[name] for name in ("id_number", "birth", "gender")}
        for name in ("phone", "phone_alt"):
            text = columns.get(name)
            indexes = blind_indexes(context.keys, Person, context.tenant, name, text) if text else []
            if indexes and row[f"{name}_index"] not in indexes:
                changes[name] = text
        await context.update(Person, row_id, changes)
