"""Writing a synthetic courtyard's registry: its people, dwellings, owners and households, by core's own commands."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from uuid_utils.compat import uuid7

from yuanluo.command import CommandContext, run_commands
from yuanluo.demo import Settled
from yuanluo.dwellings import AreaBasis, DwellingUse, Occupancy, Relation
from yuanluo.housing import (
    AddDwelling,
    ChangeOwnership,
    MoveIn,
    OwnerShare,
    Resident,
    add_dwelling,
    change_ownership,
    move_in,
)
from yuanluo.offices import CreateOrganization, create_organization
from yuanluo.organizations import OWNING_INSTITUTION
from yuanluo.people import Gender
from yuanluo.registering import CreatePerson, create_person
from yuanluo.statements import changed
from yuanluo_tenants.scope import scoped

if TYPE_CHECKING:
    from yuanluo.synthetic import SyntheticCourtyard, SyntheticResidency

__all__ = ["settle"]


async def settle(context: CommandContext, courtyard: SyntheticCourtyard) -> Settled:
    """Write a synthetic courtyard's registry into the tenant of `context`, by core's own commands in bulk."""
    people = [uuid7() for _ in courtyard.people]
    await run_commands(
        create_person,
        context,
        [
            CreatePerson(
                person.name,
                Gender[person.gender],
                person.birth,
                person.ethnicity,
                person.id_number,
                person.phone,
                id=row_id,
            )
            for person, row_id in zip(courtyard.people, people, strict=True)
        ],
    )
    dwellings = {each.room_key: uuid7() for each in courtyard.dwellings}
    await run_commands(
        add_dwelling,
        context,
        [
            AddDwelling(
                each.building_no,
                each.stairwell_no,
                each.room_no,
                each.area_c,
                AreaBasis[each.area_basis],
                DwellingUse[each.use],
                each.delivered,
                Occupancy[each.occupancy],
                dwellings[each.room_key],
            )
            for each in courtyard.dwellings
        ],
    )
    await _describe_buildings(context, courtyard)
    await _write_owners(context, courtyard, people, dwellings)
    households = await _move_in(context, courtyard, people, dwellings)
    return Settled(courtyard, people, dwellings, households)


async def _describe_buildings(context: CommandContext, courtyard: SyntheticCourtyard) -> None:
    with scoped(context.tenant):
        async with context.database.transaction():
            for each in courtyard.buildings:
                await changed(
                    context.database,
                    "UPDATE building SET floor_count = $1, built_year = $2, revision = revision + 1"
                    " WHERE tenant_id = $3 AND building_no = $4",
                    each.floors,
                    each.built_year,
                    context.tenant,
                    each.building_no,
                )


async def _write_owners(
    context: CommandContext,
    courtyard: SyntheticCourtyard,
    people: Sequence[uuid.UUID],
    dwellings: Mapping[str, uuid.UUID],
) -> None:
    names = sorted({each.organization for each in courtyard.ownerships if each.organization is not None})
    institutions: dict[str, uuid.UUID] = {}
    if names:
        receipt = await run_commands(
            create_organization, context, [CreateOrganization(OWNING_INSTITUTION, name) for name in names]
        )
        institutions = {
            name: row_id for name, row_id in zip(names, receipt.subject_ids, strict=True) if row_id is not None
        }
    occupancies = {each.room_key: Occupancy[each.occupancy] for each in courtyard.dwellings}
    changes: list[ChangeOwnership] = []
    for key, lines in groupby(
        sorted(courtyard.ownerships, key=lambda each: each.room_key), key=lambda each: each.room_key
    ):
        owners = list(lines)
        shares = tuple(
            OwnerShare(
                None if each.person is None else people[each.person - 1],
                None if each.organization is None else institutions[each.organization],
                each.share_n,
                each.share_d,
                occupancies[key],
            )
            for each in owners
        )
        changes.append(ChangeOwnership(dwellings[key], shares, max(each.from_day for each in owners)))
    await run_commands(change_ownership, context, changes)


async def _move_in(
    context: CommandContext,
    courtyard: SyntheticCourtyard,
    people: Sequence[uuid.UUID],
    dwellings: Mapping[str, uuid.UUID],
) -> dict[str, uuid.UUID]:
    members: dict[str, list[SyntheticResidency]] = {}
    for residency in courtyard.residencies:
        members.setdefault(residency.room_key, []).append(residency)
    households = {each.room_key: uuid7() for each in courtyard.households}
    moves = [
        MoveIn(
            dwellings[each.room_key],
            tuple(Resident(people[member.person - 1], Relation[member.relation]) for member in members[each.room_key]),
            Occupancy[members[each.room_key][0].occupancy],
            each.since,
            households[each.room_key],
        )
        for each in courtyard.households
    ]
    await run_commands(move_in, context, moves)
    return households
