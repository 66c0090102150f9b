"""Commands on dwellings: who owns and who lives where. What was is closed, what is new is opened.

Shares are exact fractions and add up to one per dwelling; an imported roster may fall short with a warning
(`W_SHARE_SUM`), a command may not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Final, cast

from uuid_utils.compat import uuid7

from yuanluo.authority import Action
from yuanluo.calendar import check_not_future
from yuanluo.command import ADDS, Command, CommandContext, Outcome, each, missing
from yuanluo.counters import CourtyardCounts
from yuanluo.dwellings import (
    BUILDING_NO,
    STAIRWELL_NO,
    AreaBasis,
    Building,
    Dwelling,
    DwellingUse,
    Household,
    Occupancy,
    Ownership,
    Relation,
    Residency,
)
from yuanluo.inputs import WITHIN, Given
from yuanluo.readers import room_number
from yuanluo.registering import REGISTRARS
from yuanluo.statements import changed, many, rows
from yuanluo_tenants.columns import MOST_AREA, Bound
from yuanluo_tenants.database import Row
from yuanluo_tenants.errors import Conflict, Invalid

__all__ = [
    "AddDwelling",
    "ChangeOwnership",
    "MoveIn",
    "MoveOut",
    "OwnerShare",
    "Resident",
    "add_dwelling",
    "add_dwellings",
    "change_ownership",
    "change_ownerships",
    "move_in",
    "move_out",
    "move_people_in",
    "split_room_key",
]

CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class AddDwelling:
    """A dwelling to be registered; its building is registered with it where it is new."""

    building_no: int
    stairwell_no: int
    """0 = none."""
    room_no: str
    area_c: int
    """1/100 m²."""
    area_basis: AreaBasis = AreaBasis.REGISTERED
    use: DwellingUse = DwellingUse.RESIDENTIAL
    delivered: bool = True
    occupancy: Occupancy | None = None
    id: uuid.UUID | None = None

    @property
    def room_key(self) -> str:
        """The key `building-stairwell-room` (`domain.md` §2)."""
        return f"{self.building_no}-{self.stairwell_no}-{self.room_no}"


@dataclass(frozen=True, slots=True)
class OwnerShare:
    """An owner, a person or an organization, and his share."""

    TABLE: ClassVar = Ownership

    person_id: uuid.UUID | None = None
    organization_id: uuid.UUID | None = None
    numerator: int = 1
    denominator: int = 1
    occupancy: Occupancy | None = None


@dataclass(frozen=True, slots=True)
class ChangeOwnership:
    """The owners of a dwelling from a day on; those before are closed the day before.

    `day` None is for the first registration only: owners since before the register.
    """

    dwelling_id: uuid.UUID
    owners: Annotated[tuple[OwnerShare, ...], Given("产权人", "who owns it from then on")]
    day: Annotated[dt.date | None, Given("变更日期", "first day of the new owners")] = None


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who moves in."""

    TABLE: ClassVar = Residency

    person_id: uuid.UUID
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class MoveIn:
    """People who move into a dwelling together and make one household."""

    dwelling_id: uuid.UUID
    residents: Annotated[tuple[Resident, ...], Given("入住人", "who moves in")]
    occupancy: Annotated[Occupancy, Given("居住状态", "as owners or as lessees")]
    day: Annotated[dt.date | None, Given("入住日期", "first day there")] = None
    household_id: Annotated[uuid.UUID | None, WITHIN] = None
    """The row id to take, for callers that refer to the household in the same breath."""


@dataclass(frozen=True, slots=True)
class MoveOut:
    """People who move out of a dwelling; nobody named means everybody. `day` is the last day there."""

    dwelling_id: uuid.UUID
    day: Annotated[dt.date, Given("迁出日期", "last day there")]
    people: Annotated[
        tuple[uuid.UUID, ...], Given("迁出人", "who moves out; everybody unless named", refers="Person")
    ] = ()


def split_room_key(room_key: str) -> tuple[int, int, str]:
    """Return building, stairwell and room of a room key; raise Invalid for anything else."""
    parts = room_key.split("-")
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[1].isdecimal() and parts[2]):
        raise Invalid(
            f"房屋编号 {room_key} 应为“栋-单元-房号”。",
            f"{room_key!r} is not building-stairwell-room.",
            field="room_key",
            code="ROOM_KEY",
            rule="domain 2",
        )
    return int(parts[0]), int(parts[1]), parts[2]


# dwellings --------------------------------------------------------------------------------------------------------


async def add_dwellings(context: CommandContext, dwellings: Sequence[AddDwelling]) -> Sequence[Outcome]:
    """Register dwellings and the buildings they stand in; a room number is kept as a roster's is read (N9)."""
    dwellings = [
        replace(each_one, room_no=room_number(each_one.building_no, each_one.stairwell_no, each_one.room_no))
        for each_one in dwellings
    ]
    for each_one in dwellings:
        _check_dwelling(each_one)
    buildings = await _buildings(context, dwellings)
    new: list[dict[str, Any]] = [
        {
            "id": each_one.id or uuid7(),
            "building_id": buildings[each_one.building_no],
            "building_no": each_one.building_no,
            "stairwell_no": each_one.stairwell_no,
            "room_no": each_one.room_no,
            "room_key": each_one.room_key,
            "area_c": each_one.area_c,
            "area_basis": each_one.area_basis,
            "use": each_one.use,
            "delivered": each_one.delivered,
            "occupancy": each_one.occupancy,
        }
        for each_one in dwellings
    ]
    await context.insert(Dwelling, new)
    context.bump(CourtyardCounts, dwellings=len(new), area_c=sum(each_one.area_c for each_one in dwellings))
    return [Outcome(row["id"], {"room_key": row["room_key"], "area_c": row["area_c"]}) for row in new]


def _check_dwelling(dwelling: AddDwelling) -> None:
    """Refuse numbers and areas that no dwelling has, also those of a workbook, before anything is written."""
    numbers = (
        (BUILDING_NO, dwelling.building_no),
        (STAIRWELL_NO, dwelling.stairwell_no),
        (Bound(0, MOST_AREA), dwelling.area_c),
    )
    has_room = dwelling.room_no and "-" not in dwelling.room_no
    if not (has_room and all(bound.least <= number <= bound.most for bound, number in numbers)):
        raise Invalid(
            f"房屋 {dwelling.room_key} 的编号或面积无效。",
            f"dwelling {dwelling.room_key} has an invalid number or area.",
            field="room_key",
            code="DWELLING_INVALID",
            rule="domain 2",
        )


async def _buildings(context: CommandContext, dwellings: Iterable[AddDwelling]) -> dict[int, uuid.UUID]:
    stairwells: dict[int, int] = {}
    for each_one in dwellings:
        stairwells[each_one.building_no] = max(each_one.stairwell_no, stairwells.get(each_one.building_no, 0))
    found = {
        row["building_no"]: row
        for row in await rows(
            context.database,
            "SELECT id, building_no, stairwell_count FROM building WHERE tenant_id = $1",
            context.tenant,
        )
    }
    ids = {number: cast("uuid.UUID", row["id"]) for number, row in found.items()}
    new = sorted(stairwells.keys() - found.keys())
    made = await context.insert(
        Building, [{"building_no": number, "stairwell_count": stairwells[number]} for number in new]
    )
    ids |= dict(zip(new, made, strict=True))
    for number, count in stairwells.items():
        if number in found and found[number]["stairwell_count"] < count:
            await context.update(Building, ids[number], {"stairwell_count": count})
    return ids


# ownership --------------------------------------------------------------------------------------------------------


async def change_ownerships(
    context: CommandContext, changes: Sequence[ChangeOwnership], *, whole: bool = True
) -> Sequence[Outcome]:
    """Close what was owned and open what is owned now; `whole` refuses shares that do not add up to one."""
    in_force = await _in_force(context, "ownership", [change.dwelling_id for change in changes])
    new: list[dict[str, Any]] = []
    outcomes: list[Outcome] = []
    for change in changes:
        check_not_future(change.day, context.today, "day", rule="domain 2")
        _check_shares(change, whole=whole)
        before = in_force.get(change.dwelling_id, [])
        await _close(context, "ownership", before, change.day)
        new += [
            {
                "id": uuid7(),
                "dwelling_id": change.dwelling_id,
                "person_id": owner.person_id,
                "organization_id": owner.organization_id,
                "numerator": owner.numerator,
                "denominator": owner.denominator,
                "occupancy": owner.occupancy,
                "started_on": change.day,
            }
            for owner in change.owners
        ]
        outcomes.append(
            Outcome(
                change.dwelling_id,
                {"closed": len(before), "opened": len(change.owners), "day": change.day},
            )
        )
    await context.insert(Ownership, new)
    return outcomes


def _check_shares(change: ChangeOwnership, *, whole: bool) -> None:
    total = Fraction(0)
    for owner in change.owners:
        if (owner.person_id is None) == (owner.organization_id is None):
            raise Invalid(
                "产权人须为一个人或一个单位。",
                "an owner is one person or one organization.",
                field="owners",
                code="OWNER_KIND",
                rule="domain 2",
            )
        if not 0 < owner.numerator <= owner.denominator:
            raise Invalid(
                f"份额 {owner.numerator}/{owner.denominator} 无效。",
                f"{owner.numerator}/{owner.denominator} is not a share.",
                field="owners",
                code="SHARE_SUM",
                rule="domain 2",
            )
        total += Fraction(owner.numerator, owner.denominator)
    holders = [(owner.person_id, owner.organization_id) for owner in change.owners]
    if whole and len(set(holders)) != len(holders):
        raise Invalid(
            "同一产权人只能列一次,请合并其份额。",
            "an owner is named once; add his shares up.",
            field="owners",
            code="OWNER_TWICE",
            rule="domain 2",
        )
    if whole and total != 1:
        raise Invalid(
            f"各产权人份额合计为 {total},应为 1。",
            f"the shares add up to {total}, not to 1.",
            field="owners",
            code="SHARE_SUM",
            rule="domain 2",
        )


async def _in_force(context: CommandContext, table: str, dwellings: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Row]]:
    found: dict[uuid.UUID, list[Row]] = {}
    for start in range(0, len(dwellings), CHUNK):
        chunk = list(dict.fromkeys(dwellings[start : start + CHUNK]))
        for row in await rows(
            context.database,
            f"SELECT * FROM {table} WHERE tenant_id = $1 AND ended_on IS NULL"
            f" AND dwelling_id IN ({many(chunk, 2)}) ORDER BY id",
            context.tenant,
            *chunk,
        ):
            found.setdefault(row["dwelling_id"], []).append(row)
    return found


async def _close(context: CommandContext, table: str, before: Sequence[Row], day: dt.date | None) -> None:
    """End rows in force the day before `day`; one that began on that very day ends before it was in force."""
    if not before:
        return
    if day is None:
        raise Invalid("变更须注明日期。", "a change needs its day.", field="day", code="REQUIRED", rule="domain 2")
    last = day - dt.timedelta(days=1)
    if any(row["started_on"] is not None and row["started_on"] > day for row in before):
        raise Conflict(
            f"已有自 {day} 或更晚起的登记,请先核对。",
            f"there is an entry that begins on {day} or later; check it first.",
            code="LATER_ENTRY",
            rule="domain 2",
        )
    for start in range(0, len(before), CHUNK):
        ids = [row["id"] for row in before[start : start + CHUNK]]
        await changed(
            context.database,
            f"UPDATE {table} SET ended_on = $1, revision = revision + 1"
            f" WHERE tenant_id = $2 AND id IN ({many(ids, 3)})",
            last,
            context.tenant,
            *ids,
        )


# residency --------------------------------------------------------------------------------------------------------


async def move_people_in(context: CommandContext, moves: Sequence[MoveIn]) -> Sequence[Outcome]:
    """Open a household and a residency for each of its members; the dwelling's occupancy follows."""
    living = await _in_force(context, "residency", [move.dwelling_id for move in moves])
    there = {(dwelling, row["person_id"]) for dwelling, found in living.items() for row in found}
    households: list[dict[str, Any]] = []
    residencies: list[dict[str, Any]] = []
    by_occupancy: dict[Occupancy, list[uuid.UUID]] = {}
    for move in moves:
        check_not_future(move.day, context.today, "day", rule="domain 2")
        if not move.residents or move.occupancy is Occupancy.VACANT:
            raise Invalid(
                "入住须有人,且不能为空置。",
                "somebody must move in, and not as vacant.",
                field="residents",
                code="NOBODY_MOVES_IN",
                rule="domain 2",
            )
        for resident in move.residents:
            if (move.dwelling_id, resident.person_id) in there:
                raise Conflict(
                    "该人员已登记居住于此,请勿重复登记。",
                    "somebody of them is registered in this dwelling already; name each once.",
                    code="LIVES_HERE",
                    rule="domain 2",
                )
            there.add((move.dwelling_id, resident.person_id))
        household_id = move.household_id or uuid7()
        heads = [resident for resident in move.residents if resident.relation is Relation.HEAD]
        households.append(
            {
                "id": household_id,
                "dwelling_id": move.dwelling_id,
                "head_id": (heads or list(move.residents))[0].person_id,
                "started_on": move.day,
            }
        )
        residencies += [
            {
                "dwelling_id": move.dwelling_id,
                "person_id": resident.person_id,
                "household_id": household_id,
                "occupancy": move.occupancy,
                "relation": resident.relation,
                "started_on": move.day,
            }
            for resident in move.residents
        ]
        by_occupancy.setdefault(move.occupancy, []).append(move.dwelling_id)
    await context.insert(Household, households)
    await context.insert(Residency, residencies)
    for occupancy, dwellings in by_occupancy.items():
        await set_occupancy(context, occupancy, dwellings)
    context.bump(CourtyardCounts, households=len(households))
    return [
        Outcome(row["id"], {"dwelling": row["dwelling_id"], "members": len(move.residents), "day": move.day})
        for row, move in zip(households, moves, strict=True)
    ]


async def set_occupancy(context: CommandContext, occupancy: Occupancy, dwellings: Sequence[uuid.UUID]) -> None:
    """Write who uses `dwellings` now."""
    for start in range(0, len(dwellings), CHUNK):
        chunk = dwellings[start : start + CHUNK]
        await changed(
            context.database,
            "UPDATE dwelling SET occupancy = $1, revision = revision + 1"
            f" WHERE tenant_id = $2 AND id IN ({many(chunk, 3)})",
            occupancy.name,
            context.tenant,
            *chunk,
        )


async def _move_out(context: CommandContext, move: MoveOut) -> Outcome:
    check_not_future(move.day, context.today, "day", rule="domain 2")
    living = (await _in_force(context, "residency", [move.dwelling_id])).get(move.dwelling_id, [])
    leaving = [row for row in living if not move.people or row["person_id"] in move.people]
    if set(move.people) - {row["person_id"] for row in leaving}:
        raise missing(Residency)
    if not leaving:
        raise Conflict(
            "该房屋现无人居住。", "nobody lives in this dwelling.", code="NOBODY_LIVES_HERE", rule="domain 2"
        )
    after = move.day + dt.timedelta(days=1)
    await _close(context, "residency", leaving, after)
    staying = {row["household_id"] for row in living if row not in leaving}
    emptied = {row["household_id"] for row in leaving if row["household_id"] is not None} - staying
    for household_id in sorted(emptied):
        await context.update(Household, household_id, {"ended_on": move.day})
    context.bump(CourtyardCounts, households=-len(emptied))
    if len(leaving) == len(living):
        await set_occupancy(context, Occupancy.VACANT, [move.dwelling_id])
    return Outcome(move.dwelling_id, {"left": len(leaving), "households_ended": len(emptied), "day": move.day})


def _action(name: str, zh: str, en: str) -> Action:
    return Action(name, REGISTRARS, "domain 7", zh, en)


add_dwelling: Final = Command(
    action=_action("dwelling.add", "登记房屋", "register dwellings"),
    input=AddDwelling,
    many=add_dwellings,
    subject_type="Dwelling",
    unversioned=ADDS,
)
"""Register a dwelling."""

change_ownership: Final = Command(
    action=_action("ownership.change", "变更产权登记", "change who owns a dwelling"),
    input=ChangeOwnership,
    many=change_ownerships,
    subject_type="Dwelling",
)
"""Close the ownerships of a dwelling and open new ones."""

move_in: Final = Command(
    action=_action("residency.move_in", "登记入住", "register who moves in"),
    input=MoveIn,
    many=move_people_in,
    subject_type="Household",
    unversioned=("只新增户与居住,已有住户不变", "it adds a household and leaves those who live there as they are"),
)
"""Register people who move in together."""

move_out: Final = Command(
    action=_action("residency.move_out", "登记迁出", "register who moves out"),
    input=MoveOut,
    many=each(_move_out),
    subject_type="Dwelling",
)
"""Register people who move out."""
