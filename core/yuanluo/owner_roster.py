"""业主(居民)花名册 into the register and back: dwellings, owners, shares, who uses them (`domain.md` §5).

An owner is known by his ID number or, lacking it, by his name within the file. A name that reads as an institution
and has no ID number becomes an organization. A roster says who owns now: shares that differ from those in force
close them and open the new ones on the roster's record date; equal ones stay untouched.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, Final, cast

from yuanluo.calendar import check_not_future
from yuanluo.command import CommandContext
from yuanluo.counters import CourtyardCounts
from yuanluo.dwellings import SHARE, Dwelling, Occupancy
from yuanluo.housing import (
    AddDwelling,
    ChangeOwnership,
    OwnerShare,
    add_dwellings,
    change_ownerships,
    set_occupancy,
    split_room_key,
)
from yuanluo.import_file import ImportFile
from yuanluo.importing import Exported, Exporter, Importer
from yuanluo.offices import CreateOrganization, create_organizations
from yuanluo.organizations import OWNING_INSTITUTION
from yuanluo.people import Person
from yuanluo.registering import CreatePerson, Upserted, upsert_people
from yuanluo.sealing import SEPARATOR, unseal
from yuanluo.sheets import OWNER_ROSTER
from yuanluo.statements import rows
from yuanluo_tenants.errors import Invalid

__all__ = ["OWNER_ROSTER_EXPORTER", "OWNER_ROSTER_IMPORTER", "is_institution"]

_INSTITUTION: Final = re.compile(
    r"公司|单位|集团|银行|学校|大学|学院|医院|政府|机关|委员会|居委会|中心|研究[院所]|协会|工会|厂$|处$|局$|社$|部$|站$"
)
_ORDER: Final = (Occupancy.OWNER_OCCUPIED, Occupancy.RENTED, Occupancy.VACANT)
"""Of different statements about one dwelling the first of these counts for the dwelling itself."""


def is_institution(name: str) -> bool:
    """Whether the name of an owner without ID number reads as an institution's: 某单位后勤处, …有限公司."""
    return len(name) > 4 and _INSTITUTION.search(name) is not None


@dataclass(slots=True)
class _Owner:
    """One owner of the file, with all his rooms."""

    name: str
    id_number: str | None
    place: Mapping[str, Any]
    """His first row."""
    phone: str | None = None
    phone_alt: tuple[str, ...] = ()
    rooms: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class _Room:
    """One dwelling of the file, with its owners in the order of the rows."""

    place: Mapping[str, Any]
    area_c: int | None = None
    lines: list[tuple[str, Fraction, Occupancy | None]] = field(
        default_factory=list[tuple[str, Fraction, Occupancy | None]]
    )


async def _commit(context: CommandContext, file: ImportFile) -> Mapping[str, int]:
    owners, dwellings = _read(file)
    day = _record_date(file.meta, context.today)
    known = await _known_dwellings(context)
    new: list[AddDwelling] = []
    for key, room in dwellings.items():
        if key not in known:
            with file.at(room.place):
                new.append(AddDwelling(*split_room_key(key), area_c=_area(room)))
    places = [dwellings[each.room_key].place for each in new]
    added = await file.by_row(context, add_dwellings, new, places)
    file.enforce()
    ids = {key: row["id"] for key, row in known.items()}
    ids |= {each.room_key: outcome.subject_id for each, outcome in zip(new, added, strict=True) if outcome is not None}
    areas = await _correct_areas(context, dwellings, known)
    holders, people, organizations = await _holders(context, file, owners)
    file.enforce()
    changes = await _changes(context, dwellings, ids, holders, day)
    rooms = {ids[key]: room.place for key, room in dwellings.items()}
    changed = partial(change_ownerships, whole=False)
    await file.by_row(context, changed, changes, [rooms[change.dwelling_id] for change in changes])
    file.enforce()
    await _write_occupancy(context, dwellings, ids)
    return {
        "dwellings": len(new),
        "areas_corrected": areas,
        "people": people.created,
        "people_completed": len(people.completed),
        "organizations": organizations,
        "ownerships": sum(len(change.owners) for change in changes),
    }


def _read(file: ImportFile) -> tuple[dict[str, _Owner], dict[str, _Room]]:
    owners: dict[str, _Owner] = {}
    dwellings: dict[str, _Room] = {}
    for record in cast("Sequence[Mapping[str, Any]]", file.records):
        name, id_number, key = record["owner_name"], record["owner_id_number"], record["room_key"]
        identity = id_number or name
        owner = owners.setdefault(identity, _Owner(name, id_number, record))
        owner.phone = owner.phone or record["phone"]
        owner.phone_alt = owner.phone_alt or tuple(record["phone_alt"])
        owner.rooms.append(key)
        occupancy = None if record["occupancy"] is None else Occupancy[record["occupancy"]]
        room = dwellings.setdefault(key, _Room(record))
        room.area_c = record["area_c"] if room.area_c is None else room.area_c
        with file.at(record):
            room.lines.append((identity, _share(record), occupancy))
    return owners, dwellings


def _share(record: Mapping[str, Any]) -> Fraction:
    """Return the share of a row; refuse one that no register can hold, such as 共有 or 0."""
    share = None if record["share"] is None else Fraction(record["share"])
    if share is None or not 0 < share <= 1 or share.denominator > SHARE.most:
        raise Invalid(
            "份额无法登记,请写成分数或百分数,如 1/2 或 50%。",
            "the share cannot be registered; write a fraction or per cent such as 1/2 or 50%.",
            field="share",
            code="SHARE_UNREADABLE",
            rule="N10, domain 5",
        )
    return share


def _area(room: _Room) -> int:
    """Return the area of a dwelling that is new to the register; refuse one without: votes go by it."""
    if room.area_c is None:
        raise Invalid(
            "房屋尚未登记,请补填建筑面积。",
            "the dwelling is not on the register yet; fill in its area.",
            field="area_c",
            code="AREA_UNSAID",
            rule="N10, domain 5",
        )
    return room.area_c


def _record_date(meta: Mapping[str, Any], today: dt.date) -> dt.date:
    """Return the day the roster speaks of; the day of the import where it gives none to the day.

    A roster of a day that has not come is refused as a whole: nobody knows yet who will own what (N7).
    """
    text = str(meta.get("record_date", ""))
    check_not_future(text, today, "record_date", rule="N7, domain 5")
    return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else today


async def _known_dwellings(context: CommandContext) -> dict[str, dict[str, Any]]:
    sql = "SELECT id, room_key, area_c FROM dwelling WHERE tenant_id = $1"
    return {row["room_key"]: row for row in await rows(context.database, sql, context.tenant)}


async def _correct_areas(
    context: CommandContext, dwellings: Mapping[str, _Room], known: Mapping[str, Mapping[str, Any]]
) -> int:
    """Write the areas that the roster says otherwise; an empty cell changes nothing."""
    corrected = 0
    for key, room in dwellings.items():
        if key in known and room.area_c is not None and known[key]["area_c"] != room.area_c:
            await context.update(Dwelling, known[key]["id"], {"area_c": room.area_c})
            context.bump(CourtyardCounts, area_c=room.area_c - known[key]["area_c"])
            corrected += 1
    return corrected


async def _holders(
    context: CommandContext, file: ImportFile, owners: Mapping[str, _Owner]
) -> tuple[dict[str, tuple[uuid.UUID | None, uuid.UUID | None]], Upserted, int]:
    """Return `(person id, organization id)` by owner, what became of the people, how many organizations are new."""
    institutions = {key: each for key, each in owners.items() if not each.id_number and is_institution(each.name)}
    people = {key: each for key, each in owners.items() if key not in institutions}
    found = await upsert_people(
        context,
        [
            CreatePerson(each.name, id_number=each.id_number, phone=each.phone, phone_alt=each.phone_alt)
            for each in people.values()
        ],
        [each.rooms for each in people.values()],
        file=file,
        records=[each.place for each in people.values()],
    )
    holders: dict[str, tuple[uuid.UUID | None, uuid.UUID | None]] = {
        key: (row_id, None) for key, row_id in zip(people, found.ids, strict=True)
    }
    sql = "SELECT id, name FROM organization WHERE tenant_id = $1 AND kind = $2 AND dissolved_on IS NULL"
    known = {row["name"]: row["id"] for row in await rows(context.database, sql, context.tenant, OWNING_INSTITUTION)}
    new = [each for each in institutions.values() if each.name not in known]
    wanted = [CreateOrganization(OWNING_INSTITUTION, each.name) for each in new]
    made = await file.by_row(context, create_organizations, wanted, [each.place for each in new])
    file.enforce()
    known |= {each.name: outcome.subject_id for each, outcome in zip(new, made, strict=True) if outcome is not None}
    holders |= {key: (None, known[each.name]) for key, each in institutions.items()}
    return holders, found, len(new)


async def _changes(
    context: CommandContext,
    dwellings: Mapping[str, _Room],
    ids: Mapping[str, uuid.UUID],
    holders: Mapping[str, tuple[uuid.UUID | None, uuid.UUID | None]],
    day: dt.date,
) -> list[ChangeOwnership]:
    """Return the ownership changes that make the register say what the roster says."""
    in_force: dict[uuid.UUID, list[OwnerShare]] = {}
    for row in await rows(
        context.database,
        "SELECT dwelling_id, person_id, organization_id, numerator, denominator, occupancy FROM ownership"
        " WHERE tenant_id = $1 AND ended_on IS NULL ORDER BY id",
        context.tenant,
    ):
        occupancy = None if row["occupancy"] is None else Occupancy[row["occupancy"]]
        in_force.setdefault(row["dwelling_id"], []).append(
            OwnerShare(row["person_id"], row["organization_id"], row["numerator"], row["denominator"], occupancy)
        )
    changes: list[ChangeOwnership] = []
    for key, room in dwellings.items():
        wanted = tuple(
            OwnerShare(*holders[identity], share.numerator, share.denominator, occupancy)
            for identity, share, occupancy in room.lines
        )
        before = in_force.get(ids[key])
        if before is None:
            changes.append(ChangeOwnership(ids[key], wanted))
        elif set(before) != set(wanted) or len(before) != len(wanted):
            changes.append(ChangeOwnership(ids[key], wanted, day))
    return changes


async def _write_occupancy(
    context: CommandContext, dwellings: Mapping[str, _Room], ids: Mapping[str, uuid.UUID]
) -> None:
    for occupancy in _ORDER:
        stated = [
            ids[key]
            for key, room in dwellings.items()
            if next((each for each in _ORDER if each in {line[2] for line in room.lines}), None) is occupancy
        ]
        await set_occupancy(context, occupancy, stated)


async def _rows(context: CommandContext, options: Mapping[str, str]) -> Exported:
    found = await rows(
        context.database,
        "SELECT d.room_key, d.area_c, w.numerator, w.denominator, w.occupancy, p.id AS person_id, p.name,"
        " p.id_number, p.phone, p.phone_alt, g.name AS organization_name FROM ownership w"
        " JOIN dwelling d ON d.tenant_id = w.tenant_id AND d.id = w.dwelling_id"
        " LEFT JOIN person p ON p.tenant_id = w.tenant_id AND p.id = w.person_id"
        " LEFT JOIN organization g ON g.tenant_id = w.tenant_id AND g.id = w.organization_id"
        " WHERE w.tenant_id = $1 AND (w.started_on IS NULL OR w.started_on <= $2)"
        " AND (w.ended_on IS NULL OR w.ended_on >= $2)"
        " ORDER BY d.building_no, d.stairwell_no, length(d.room_no), d.room_no, w.id",
        context.tenant,
        dt.date.fromisoformat(options["on"]) if "on" in options else context.today,
    )

    def clear(row: Mapping[str, Any], column: str) -> str | None:
        sealed = row[column]
        if sealed is None:
            return None
        return unseal(context.keys, Person, context.tenant, row["person_id"], column, sealed)

    records: list[dict[str, Any]] = []
    for row in found:
        others = clear(row, "phone_alt")
        records.append(
            {
                "room_key": row["room_key"],
                "area_c": row["area_c"],
                "owner_name": row["name"] or row["organization_name"],
                "owner_id_number": clear(row, "id_number"),
                "phone": clear(row, "phone"),
                "phone_alt": others.split(SEPARATOR) if others else [],
                "share": f"{row['numerator']}/{row['denominator']}",
                "occupancy": row["occupancy"],
            }
        )
    return Exported(records)


OWNER_ROSTER_IMPORTER: Final = Importer(OWNER_ROSTER, commit=_commit)
"""Imports the roster of owners."""

OWNER_ROSTER_EXPORTER: Final = Exporter(OWNER_ROSTER, rows=_rows)
"""Exports the roster of owners as it stands today, or stood on the day of option `on`."""
