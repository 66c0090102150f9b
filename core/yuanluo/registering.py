"""Commands on people: put on the register, corrected, found again.

A person is found by the blind index of the ID number; lacking one, by name and birth, by name and phone, or by name
and room (`domain.md` §11 K12). A person is never taken for another of the same name alone, and where two fit, the clerk
decides.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo.authority import Action
from yuanluo.calendar import check_not_future, is_partial_date
from yuanluo.command import ADDS, Command, CommandContext, Outcome, each, missing
from yuanluo.counters import CourtyardCounts
from yuanluo.identities import claim_identities
from yuanluo.import_file import NEW, ROW_OPTION, ImportFile
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
    "Upserted",
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
    if columns.get("id_number"):
        await claim_identities(context, [change.person_id])
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


@dataclass(slots=True)
class Known:
    """A person as rosters find him again."""

    id: uuid.UUID
    name: str
    birth: str | None = None
    id_number_index: bytes | None = None
    phones: set[bytes] = field(default_factory=set[bytes])
    rooms: set[str] = field(default_factory=set[str])
    said: str = ""
    """What tells him from others of his name, without full numbers."""
    is_new: bool = False
    """Whether the same file brings him: two rows of a file are two people unless room, phone or number are one."""


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a row means: somebody found, or nobody, or one `among` several that nothing tells apart."""

    found: Known | None = None
    among: tuple[Known, ...] = ()


class PeopleIndex:
    """The people of one courtyard, to be found again by what a roster says of them.

    The ID number decides. Without one in the row or on the register a person is found by his name and birth, both
    known and equal as far as both go, or by name and phone, or by name and room; where several fit, by most of these.
    """

    def __init__(self, context: CommandContext) -> None:
        self._context = context
        self._by_id: dict[uuid.UUID, Known] = {}
        self._by_id_number: dict[bytes, Known] = {}
        self._by_name: dict[str, list[Known]] = {}

    @classmethod
    async def load(cls, context: CommandContext) -> PeopleIndex:
        """Load the index of the courtyard of `context`, whose scope must be open."""
        index = cls(context)
        database, tenant = context.database, context.tenant
        for row in await rows(
            database,
            "SELECT id, name, birth, id_number_index, id_number_masked, phone_index, phone_masked FROM person"
            " WHERE tenant_id = $1 ORDER BY id",
            tenant,
        ):
            known = Known(row["id"], row["name"], row["birth"], row["id_number_index"])
            if row["phone_index"] is not None:
                known.phones.add(row["phone_index"])
            parts = (row["birth"], row["id_number_masked"], row["phone_masked"])
            known.said = "、".join(part for part in parts if part)
            index._put(known)
        for table in ("residency", "ownership"):
            for row in await rows(
                database,
                f"SELECT t.person_id, d.room_key FROM {table} t"
                " JOIN dwelling d ON d.tenant_id = t.tenant_id AND d.id = t.dwelling_id"
                " WHERE t.tenant_id = $1 AND t.ended_on IS NULL AND t.person_id IS NOT NULL",
                tenant,
            ):
                index._by_id[row["person_id"]].rooms.add(row["room_key"])
        return index

    def __getitem__(self, row_id: uuid.UUID) -> Known:
        """Return a person by id; raise NotFound."""
        if row_id not in self._by_id:
            raise missing(Person)
        return self._by_id[row_id]

    def find(
        self,
        name: str,
        *,
        id_number: str | None = None,
        birth: str | None = None,
        rooms: Iterable[str] = (),
        phone: str | None = None,
    ) -> uuid.UUID | None:
        """Return the one person a roster row means, or None where there is none or several fit."""
        found = self.match(name, id_number=id_number, birth=birth, rooms=rooms, phone=phone).found
        return None if found is None else found.id

    def match(
        self,
        name: str,
        *,
        id_number: str | None = None,
        birth: str | None = None,
        rooms: Iterable[str] = (),
        phone: str | None = None,
    ) -> Match:
        """Return whom a roster row means.

        Nobody whose ID number is known to be another fits, and nobody whose birth is known to be another is taken by
        phone or room without being asked about.
        """
        for index in self._indexes("id_number", id_number):
            if (known := self._by_id_number.get(index)) is not None:
                return Match(known)
        birth = birth or (birth_of(id_number).isoformat() if id_number else None)
        phones, where = set(self._indexes("phone", phone)), set(rooms)
        fitting: dict[int, list[Known]] = {}
        doubtful: list[Known] = []
        for known in self._by_name.get(normalize_name(name), ()):
            if id_number and known.id_number_index is not None:
                continue
            seen = bool(known.phones & phones) + bool(known.rooms & where)
            if birth and known.birth:
                if not same_birth(birth, known.birth):
                    doubtful += [known] if seen else []
                    continue
                if known.is_new and not seen:
                    doubtful.append(known)
                    continue
                seen += 1
            if seen:
                fitting.setdefault(seen, []).append(known)
        if not fitting:
            return Match(among=tuple(doubtful))
        best = fitting[max(fitting)]
        return Match(best[0]) if len(best) == 1 else Match(among=tuple(best))

    def add(self, row_id: uuid.UUID, person: CreatePerson, rooms: Iterable[str] = ()) -> None:
        """Remember a person that is being registered or recognised."""
        known = self._by_id.get(row_id)
        if known is None:
            known = Known(row_id, normalize_name(person.name), person.birth, is_new=True)
            known.said = "本表另一行 another row of this file"
            self._put(known)
        if person.id_number:
            known.id_number_index = self._indexes("id_number", person.id_number)[0]
            known.birth = birth_of(person.id_number).isoformat()
            self._by_id_number[known.id_number_index] = known
        known.phones.update(self._indexes("phone", person.phone)[:1])
        known.rooms.update(rooms)

    def _put(self, known: Known) -> None:
        self._by_id[known.id] = known
        self._by_name.setdefault(known.name, []).append(known)
        if known.id_number_index is not None:
            self._by_id_number[known.id_number_index] = known

    def _indexes(self, column: str, text: str | None) -> list[bytes]:
        if not text:
            return []
        return blind_indexes(self._context.keys, Person, self._context.tenant, column, text)


def same_birth(one: str, other: str) -> bool:
    """Whether two births are the same as far as both are known: 1958 and 1958-07-02 are."""
    return one.startswith(other) or other.startswith(one)


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of the people of a list: their ids in order, how many are new, and of whom something was added."""

    ids: Sequence[uuid.UUID]
    created: int
    completed: frozenset[uuid.UUID]

    def __iter__(self) -> Iterator[Any]:
        """Yield the ids and how many are new, for callers that ask no more."""
        return iter((self.ids, self.created))


async def upsert_people(
    context: CommandContext,
    people: Sequence[CreatePerson],
    rooms: Sequence[Sequence[str]] | None = None,
    index: PeopleIndex | None = None,
    file: ImportFile | None = None,
    records: Sequence[Mapping[str, Any]] = (),
) -> Upserted:
    """Find each of `people` or put him on the register.

    `rooms` are the room keys that the roster gives for each. A known person gets what was missing of him, and the
    phones of the roster; nothing else is overwritten. Where several fit, the clerk says who is meant: `file` with the
    `records` of the people takes what he chose, and warns where he did not; the row is somebody new then.
    """
    index = index or await PeopleIndex.load(context)
    where = rooms or [()] * len(people)
    ids: list[uuid.UUID] = []
    new: dict[uuid.UUID, CreatePerson] = {}
    known: dict[uuid.UUID, CreatePerson] = {}
    for place, (person, at) in enumerate(zip(people, where, strict=True)):
        if file is not None:
            with file.at(records[place]):
                person_columns(person, context.today)
        match = index.match(person.name, id_number=person.id_number, birth=person.birth, rooms=at, phone=person.phone)
        meant = match.found if file is None else meant_by(file, records[place], index, match)
        row_id = meant.id if meant is not None else person.id or uuid7()
        if meant is None:
            new[row_id] = person
        elif row_id not in new:
            known[row_id] = person
        index.add(row_id, person, at)
        ids.append(row_id)
    if file is not None:
        file.enforce()
    if new:
        await register_people(context, [_with_id(person, row_id) for row_id, person in new.items()])
    rows_of = dict(zip(reversed(ids), reversed(records), strict=False))

    def at_row(row_id: uuid.UUID) -> AbstractContextManager[bool | None]:
        return nullcontext() if file is None else file.at(rows_of[row_id])

    return Upserted(ids, len(new), await _complete(context, known, at_row))


_NEW_PERSON: Final = ("将按新人员登记", "a new person will be registered")


def meant_by(
    file: ImportFile,
    record: Mapping[str, Any],
    index: PeopleIndex,
    match: Match,
    name: str | None = None,
    otherwise: tuple[str, str] = _NEW_PERSON,
) -> Known | None:
    """Return whom a row means by its field `name`; where several fit, whom the clerk chose, or None and a warning.

    `otherwise` says what happens to the row where he chose nobody, in Chinese and English.
    """
    name = name or file.form.name_field
    if match.found is not None:
        if not match.found.is_new and match.found.name != normalize_name(str(record[name])):
            file.warn(
                record,
                name,
                "W_NAME_DIFFERS",
                "登记簿上此证件号的姓名不同,已按证件号认定为同一人,姓名未改;请核对。",
                "the register knows this ID number under another name; it is taken for the same person, whose name"
                " stays; check it.",
            )
        return match.found
    if not match.among:
        return None
    if (chosen := file.choice(record)) is not None:
        with file.at(record, name):
            return None if chosen == NEW else index[uuid.UUID(chosen)]
        return None
    listed = ";".join(f"{each_one.id}({each_one.said})" for each_one in match.among if not each_one.is_new)
    listed = listed or match.among[0].said
    option = f"{ROW_OPTION}{record['row']}"
    file.warn(
        record,
        name,
        "W_PERSON_AMBIGUOUS",
        f"与登记簿上人员同名,无法确定是否同一人,{otherwise[0]}。可能是:{listed}。请在表中补填证件号或出生年月;"
        f"或以选项 {option}=编号 指定,以 {option}={NEW} 确认都不是。",
        f"there are people of this name and it is not clear who is meant, so {otherwise[1]}. It may be {listed}."
        f" Add the ID number or the birth to the sheet, or choose with the option {option}=<id>, or {option}={NEW}.",
    )
    return None


def _with_id(person: CreatePerson, row_id: uuid.UUID) -> CreatePerson:
    return replace(person, id=row_id)


async def _complete(
    context: CommandContext,
    known: Mapping[uuid.UUID, CreatePerson],
    at: Callable[[uuid.UUID], AbstractContextManager[bool | None]],
) -> frozenset[uuid.UUID]:
    """Write what was missing of known people; return of whom something was. `at` keeps a refusal for the row."""
    if not known:
        return frozenset()
    stored = {
        row["id"]: row
        for row in await rows(
            context.database,
            "SELECT id, gender, birth, ethnicity, id_number_index, phone_index, phone_alt_index"
            " FROM person WHERE tenant_id = $1",
            context.tenant,
        )
    }
    completed: set[uuid.UUID] = set()
    for row_id, person in known.items():
        columns, row = person_columns(person, context.today), stored[row_id]
        changes = {
            name: columns[name] for name in ("gender", "ethnicity") if columns.get(name) is not None and not row[name]
        }
        birth: str | None = columns.get("birth")
        if birth and (not row["birth"] or (birth != row["birth"] and birth.startswith(row["birth"]))):
            changes["birth"] = birth  # known to the day now, where it was to the year
        if columns.get("id_number") and row["id_number_index"] is None:
            changes |= {name: columns[name] for name in ("id_number", "birth", "gender")}
        for name in ("phone", "phone_alt"):
            text = columns.get(name)
            indexes = blind_indexes(context.keys, Person, context.tenant, name, text) if text else []
            if indexes and row[f"{name}_index"] not in indexes:
                changes[name] = text
        if changes:
            completed.add(row_id)
            await context.update(Person, row_id, changes)
        if "id_number" in changes:
            with at(row_id):
                await claim_identities(context, [row_id])
    return frozenset(completed)
