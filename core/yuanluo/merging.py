"""`person.merge`: two persons of a courtyard who are one human become one (`domain.md` §11 K12).

The older id stays; every row of core and plugins that names the younger one names the older from then on, by the
declared references alone. What the older lacks (birth, gender, ID number, phones) comes from the younger; what both say
differently is refused, and so is what one person cannot have twice: two ID numbers, two rows that the table's own
keys take for one, the same dwelling, office or membership at the same time. The younger row is gone: its id is that of
nobody, `node(id:)` answers null, and the record says into whom it went. Records are never rewritten.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from yuanluo.authority import Action
from yuanluo.command import Command, CommandContext, Outcome, each, missing
from yuanluo.identities import claim_identities
from yuanluo.inputs import Given
from yuanluo.offices import IncompatibleSeats, held_seats
from yuanluo.people import Person, PersonStatus
from yuanluo.references import Reference, called, may_see, references_to, rows_by
from yuanluo.registering import REGISTRARS, same_birth
from yuanluo.registers import count_row
from yuanluo.sealing import SEPARATOR, unseal
from yuanluo.seats import find_incompatibility
from yuanluo.statements import changed
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.database import Row
from yuanluo_tenants.errors import Conflict, Invalid
from yuanluo_tenants.tables import Declared, columns_of

__all__ = ["MergeConflict", "MergePerson", "PersonsDiffer", "merge_person"]


_DAYS: Final = ("started_on", "ended_on")


class PersonsDiffer(Conflict):
    """The register says of the two what cannot be true of one human; the sentence names it."""

    code = "PERSONS_DIFFER"
    rule = "domain K12"
    next_zh = "如确为同一人,请先更正其中一人的信息,再合并。"
    next_en = "If they are one human, correct what is said of one of them, then merge."

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"两人的{zh}不同,不能合并。", f"the two differ in {en} and are not merged.")


class MergeConflict(Conflict):
    """Both have what one person has once; the sentence names it."""

    code = "MERGE_CONFLICT"
    rule = "domain K12"
    next_zh = "请先结束或取消其中一项,再合并。"
    next_en = "End or cancel one of the two first, then merge."

    def __init__(self, one: str, other: str) -> None:
        super().__init__(
            f"两人各有一项,合并后会重复:{one};{other}。",
            f"both have one of these, which one person has once: {one}; {other}.",
        )


@dataclass(frozen=True, slots=True)
class MergePerson:
    """Two rows of the register that are one human; which of them is older does not matter."""

    person_id: uuid.UUID
    other_id: Annotated[uuid.UUID, Given("另一人", "the other row of the same human", refers="Person")]
    reason: Annotated[str, Given("合并依据", "how it is known that they are one human")]


async def _merge(context: CommandContext, wanted: MergePerson) -> Outcome:
    if wanted.person_id == wanted.other_id:
        raise Invalid(
            "请指明两个不同的人员。",
            "name two different people.",
            field="other_id",
            code="SAME_PERSON",
            rule="domain K12",
        )
    if not wanted.reason.strip():
        raise Invalid(
            "请写明合并依据。", "say how it is known.", field="reason", code="REASON_REQUIRED", rule="domain K12"
        )
    found = {row["id"]: row for row in await rows_by(context, Person, "id", [wanted.person_id, wanted.other_id])}
    for person_id in (wanted.person_id, wanted.other_id):
        if person_id not in found:
            raise missing(Person)
    older, younger = (found[person_id] for person_id in sorted(found))  # ids of version 7 begin with their moment
    changes = merged_columns(_clear(context, older), _clear(context, younger))
    references = references_to(context.house.composition.registry, "person")
    await _check(context, references, older["id"], younger["id"])
    moved = await _move(context, references, younger["id"], older["id"])
    moved += await _move_accounts(context, younger["id"], older["id"])
    await _delete(context, Person, younger["id"])
    count_row(context, Person, younger, None)
    await context.update(Person, older["id"], changes)
    await claim_identities(context, [older["id"]])
    payload = {"merged": younger["id"], "moved": moved, "fields": sorted(changes)}
    return Outcome(older["id"], payload, personal=wanted.reason.strip())


# what is said of the two ----------------------------------------------------------------------------------------------


def _clear(context: CommandContext, row: Row) -> dict[str, Any]:
    sealed = {
        name: row[name] and unseal(context.keys, Person, context.tenant, row["id"], name, row[name])
        for name in ("id_number", "phone", "phone_alt")
    }
    return {**row, **sealed}


def merged_columns(older: Mapping[str, Any], younger: Mapping[str, Any]) -> dict[str, Any]:
    """Return what changes of the older row; raise PersonsDiffer where the two cannot be one human.

    Names may differ, for that is how one human comes to have two rows; the older's stays. Phones are added up.
    """
    if older["id_number"] and younger["id_number"]:
        raise PersonsDiffer("身份证号", "their ID numbers")
    if older["birth"] and younger["birth"] and not same_birth(older["birth"], younger["birth"]):
        raise PersonsDiffer("出生年月", "their births")
    if older["gender"] and younger["gender"] and older["gender"] != younger["gender"]:
        raise PersonsDiffer("性别", "their gender")
    if PersonStatus.DECEASED.name in (older["status"], younger["status"]) and older["status"] != younger["status"]:
        raise PersonsDiffer("状态(去世)", "whether he is alive")
    changes = {
        name: younger[name]
        for name in ("id_number", "gender", "ethnicity")
        if younger[name] is not None and older[name] is None
    }
    if len(younger["birth"] or "") > len(older["birth"] or ""):
        changes["birth"] = younger["birth"]
    if older["status"] == PersonStatus.MOVED_OUT.name and younger["status"] == PersonStatus.ACTIVE.name:
        changes["status"] = PersonStatus.ACTIVE
    phones = [
        number
        for row in (older, younger)
        for number in (row["phone"], *(row["phone_alt"] or "").split(SEPARATOR))
        if number
    ]
    first, *others = list(dict.fromkeys(phones)) or [None]
    phone_alt = SEPARATOR.join(number for number in others if number) or None
    return changes | {name: text for name, text in (("phone", first), ("phone_alt", phone_alt)) if text != older[name]}


# what one person has once ---------------------------------------------------------------------------------------------


async def _check(
    context: CommandContext, references: Sequence[Reference], older: uuid.UUID, younger: uuid.UUID
) -> None:
    """Raise for rows of the two that cannot both be one person's, and for those that are never rewritten."""
    for reference in references:
        table, column = reference.table, reference.column
        theirs = await rows_by(context, table, column, [younger])
        if not theirs:
            continue
        if table.declared.append_only:
            raise Conflict(
                f"{_shown(context, table)}只增不改,其中有此人的记录,不能合并。",
                f"{table.declared.type_name if may_see(context, table) else 'a table'} is append-only and names the"
                " younger of the two; they are not merged.",
                code="MERGE_CONFLICT",
                rule="domain K12",
            )
        for kept in await rows_by(context, table, column, [older]):
            for moving in theirs:
                if reference.is_extension or clash(table, column, kept, moving):
                    raise MergeConflict(await _named(context, table, kept), await _named(context, table, moving))
    held = await held_seats(context, [older, younger])
    for seat in held.get(younger, ()):
        rules = context.house.composition.incompatibilities
        forbidding = find_incompatibility(seat, held.get(older, ()), rules)
        if forbidding is not None:
            raise IncompatibleSeats(forbidding)


def clash(table: type[Declared], column: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two rows of one person would be one too many, by the keys that the table declares.

    Those are its unique columns and its natural key; of rows that begin and end, the columns of `once` or else of the
    natural key at one time.
    """
    columns, about = columns_of(table), table.declared
    if columns[column].unique:
        return True
    groups = [[name for name in group if name != column] for group in about.unique if column in group]
    if any(all(one[name] is not None and one[name] == other[name] for name in group) for group in groups):
        return True
    key = [name for name in about.once or about.natural_key if name != column]
    if len(key) == len(about.once or about.natural_key):
        return False
    if not {"started_on", "ended_on"} <= columns.keys():
        return bool(key) and all(one[name] is not None and one[name] == other[name] for name in key)
    return all(one[name] == other[name] for name in key if name not in _DAYS) and _at_one_time(one, other)


def _at_one_time(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return _begins(one) <= _ends(other) and _begins(other) <= _ends(one)


def _begins(row: Mapping[str, Any]) -> dt.date:
    return row["started_on"] or dt.date.min


def _ends(row: Mapping[str, Any]) -> dt.date:
    return row["ended_on"] or dt.date.max


def _shown(context: CommandContext, table: type[Declared]) -> str:
    return table.declared.zh if may_see(context, table) else "您无权查看的登记"


async def _named(context: CommandContext, table: type[Declared], row: Mapping[str, Any]) -> str:
    return await called(context, table, row["id"]) if may_see(context, table) else _shown(context, table)


# moving -----------------------------------------------------------------------------------------------------------


async def _move(context: CommandContext, references: Sequence[Reference], old: uuid.UUID, new: uuid.UUID) -> int:
    """Let every row that names `old` name `new`, and return how many there were."""
    moved = 0
    for reference in references:
        table, name = reference.table, reference.table._meta.tablename
        if reference.is_extension:
            moved += await _move_extension(context, table, old, new)
            continue
        before = await rows_by(context, table, reference.column, [old])
        raised = ", revision = revision + 1" if table.declared.revised else ""
        sql = f'UPDATE {name} SET "{reference.column}" = $1{raised} WHERE tenant_id = $2 AND "{reference.column}" = $3'
        moved += await changed(context.database, sql, new, context.tenant, old)
        for row in before:
            count_row(context, table, row, {**row, reference.column: new})
    return moved


async def _move_extension(context: CommandContext, table: type[Declared], old: uuid.UUID, new: uuid.UUID) -> int:
    """Write the row that extends `old` anew under `new`: what is sealed is bound to its row."""
    found = await rows_by(context, table, "id", [old])
    for row in found:
        columns = {name: row[name] for name, about in columns_of(table).items() if about.companion_of is None}
        for name, about in columns_of(table).items():
            if about.kind is Kind.SEALED and row[name] is not None:
                columns[name] = unseal(context.keys, table, context.tenant, old, name, row[name])
        references = references_to(context.house.composition.registry, table._meta.tablename)
        if not references:  # so that its unique columns are free
            await _delete(context, table, old)
        await context.insert(table, [{**columns, "id": new}])
        await _move(context, references, old, new)
        await _delete(context, table, old)
    return len(found)


async def _delete(context: CommandContext, table: type[Declared], row_id: uuid.UUID) -> None:
    sql = f"DELETE FROM {table._meta.tablename} WHERE tenant_id = $1 AND id = $2"
    await changed(context.database, sql, context.tenant, row_id)


async def _move_accounts(context: CommandContext, old: uuid.UUID, new: uuid.UUID) -> int:
    """Tie the accounts of the younger person to the older one; an account tied to both is tied once."""
    args = (context.tenant, str(old), str(new))
    await changed(
        context.database,
        "DELETE FROM account_person WHERE tenant = $1 AND person_id = $2 AND account_id IN"
        " (SELECT account_id FROM account_person WHERE tenant = $1 AND person_id = $3)",
        *args,
        shared=True,
    )
    sql = "UPDATE account_person SET person_id = $3 WHERE tenant = $1 AND person_id = $2"
    return await changed(context.database, sql, *args, shared=True)


merge_person: Final = Command(
    action=Action("person.merge", REGISTRARS, "domain K12", "合并重复人员", "merge two rows of one human"),
    input=MergePerson,
    many=each(_merge),
    subject_type="Person",
)
"""Make one person of two that are one human."""
