"""Corrections to what core keeps of a courtyard itself, its dwellings and its organizations; and their end.

Each says what it changes and leaves the rest as it is; names in `clear` are emptied.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from yuanluo.authority import Action
from yuanluo.calendar import check_not_future
from yuanluo.command import STEPS, Command, CommandContext, Offer, OfferContext, Outcome, each, missing
from yuanluo.counters import CourtyardCounts
from yuanluo.courtyards import Courtyard, CourtyardKind, ManagementMode
from yuanluo.dwellings import AreaBasis, Dwelling, DwellingUse, Occupancy
from yuanluo.inputs import Given
from yuanluo.names import normalize_name, pinyin_key
from yuanluo.offices import FOUNDERS, OrganizationDissolved, check_not_dissolved, require_upper
from yuanluo.organizations import Organization, OrganizationStatus
from yuanluo.registering import REGISTRARS
from yuanluo.registers import checked_values, cleared_names
from yuanluo.seats import Seat, SeatEnd
from yuanluo.statements import changed, for_update, rows, value
from yuanluo_tenants.database import Row
from yuanluo_tenants.errors import Conflict, Invalid
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import Declared
from yuanluo_tenants.tree import scope_of

__all__ = [
    "ConfigureCourtyard",
    "DissolveOrganization",
    "OrganizationDissolved",
    "OrganizationInUse",
    "UpdateDwelling",
    "UpdateOrganization",
    "configure_courtyard",
    "dissolve_organization",
    "dissolve_organizations",
    "update_dwelling",
    "update_organization",
]


# the courtyard ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConfigureCourtyard:
    """Changes to what the notice board at the gate says; None leaves a field as it is."""

    courtyard_id: uuid.UUID
    name: str | None = None
    address: str | None = None
    kind: CourtyardKind | None = None
    management_mode: ManagementMode | None = None
    built_years: str | None = None
    building_count: int | None = None
    has_owners_assembly: bool | None = None
    clear: Annotated[tuple[str, ...], Given("清空的字段", "fields to be emptied")] = ()


async def _configure(context: CommandContext, given: ConfigureCourtyard) -> Outcome:
    await _stored(context, Courtyard, given.courtyard_id)
    names = ("name", "address", "kind", "management_mode", "built_years", "building_count", "has_owners_assembly")
    changes = _changes(Courtyard, given, names)
    if "name" in changes:
        changes["name"] = _named(changes["name"])
        changes["name_pinyin"] = pinyin_key(changes["name"])
        await changed(
            context.database,
            "UPDATE node SET name = $1 WHERE number = $2",
            changes["name"],
            context.tenant,
            shared=True,
        )
    await context.update(Courtyard, given.courtyard_id, changes)
    said = {name: changed_to for name, changed_to in changes.items() if name != "name_pinyin"}
    return Outcome(given.courtyard_id, said)


# dwellings --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UpdateDwelling:
    """Changes to a dwelling; its key is its place and stays. None leaves a field as it is."""

    dwelling_id: uuid.UUID
    area_c: int | None = None
    area_basis: AreaBasis | None = None
    use: DwellingUse | None = None
    delivered: bool | None = None
    occupancy: Occupancy | None = None
    clear: Annotated[tuple[str, ...], Given("清空的字段", "fields to be emptied")] = ()


async def _update_dwelling(context: CommandContext, given: UpdateDwelling) -> Outcome:
    stored = await _stored(context, Dwelling, given.dwelling_id)
    names = ("area_c", "area_basis", "use", "delivered", "occupancy")
    changes = _changes(Dwelling, given, names)
    if given.area_c is not None:
        context.bump(CourtyardCounts, area_c=given.area_c - int(stored["area_c"]))
    await context.update(Dwelling, given.dwelling_id, changes)
    said: dict[str, Any] = {"room_key": stored["room_key"], "fields": sorted(changes)}
    said |= {name: changes[name] for name in changes if name != "occupancy"}
    return Outcome(given.dwelling_id, said)


# organizations ----------------------------------------------------------------------------------------------------


class OrganizationInUse(Conflict):
    """Something still rests on the organization: one below it, a dwelling it owns, or the module that keeps it."""

    code = "ORGANIZATION_IN_USE"
    rule = "domain 3.2"
    next_zh = "请先处理下级组织、产权或由相应模块撤销。"
    next_en = "Settle what rests on it first, or dissolve it in the module that keeps it."


@dataclass(frozen=True, slots=True)
class UpdateOrganization:
    """Changes to an organization; None leaves a field as it is."""

    organization_id: uuid.UUID
    name: str | None = None
    established_on: str | None = None
    """`2019`, `2019-07` or `2019-07-01`."""
    upper_id: uuid.UUID | None = None
    clear: Annotated[tuple[str, ...], Given("清空的字段", "fields to be emptied")] = ()


async def _update_organization(context: CommandContext, given: UpdateOrganization) -> Outcome:
    stored = await _stored(context, Organization, given.organization_id)
    check_not_dissolved(stored["status"])
    changes = _changes(Organization, given, ("name", "established_on", "upper_id"))
    if given.upper_id is not None:
        await require_upper(context, given.upper_id)
    check_not_future(given.established_on, context.today, "established_on", rule="domain 3.2")
    if "name" in changes:
        changes["name"] = _named(changes["name"])
    await context.update(Organization, given.organization_id, changes)
    return Outcome(given.organization_id, changes)


@dataclass(frozen=True, slots=True)
class DissolveOrganization:
    """An organization that ends; who still holds an office in it leaves it on that day."""

    organization_id: uuid.UUID
    dissolved_on: dt.date | None = None
    """Today unless said otherwise."""


async def _dissolve_organization(context: CommandContext, given: DissolveOrganization) -> Outcome:
    await _require_not_kept(context, given.organization_id)
    ended = await dissolve_organizations(context, given.organization_id, given.dissolved_on)
    return Outcome(given.organization_id, {"to": OrganizationStatus.DISSOLVED, "seats_ended": ended})


async def dissolve_organizations(
    context: CommandContext, organization_id: uuid.UUID, dissolved_on: dt.date | None = None
) -> int:
    """Dissolve an organization, for the module that keeps it too; return how many seats ended with it."""
    stored = await _stored(context, Organization, organization_id)
    check_not_dissolved(stored["status"])
    last = dissolved_on or context.today
    check_not_future(last, context.today, "dissolved_on", rule="domain 3.2")
    await _lock(context, organization_id)
    await _require_nothing_below(context, organization_id)
    await context.update(Organization, organization_id, {"status": OrganizationStatus.DISSOLVED, "dissolved_on": last})
    if stored["dissolved_on"] is None:
        context.bump(CourtyardCounts, organizations=-1)
    held = await rows(
        context.database,
        "SELECT id, started_on FROM seat WHERE tenant_id = $1 AND organization_id = $2 AND ended_on IS NULL"
        " ORDER BY id",
        context.tenant,
        organization_id,
    )
    for seat in held:
        ended_on = max(last, seat["started_on"])
        await context.update(Seat, seat["id"], {"ended_on": ended_on, "ended_by": SeatEnd.OTHER})
    return len(held)


async def _lock(context: CommandContext, organization_id: uuid.UUID) -> None:
    """Wait for whoever founds something below the organization at a node below, and keep others from it."""
    sql = "SELECT id FROM organization WHERE tenant_id = $1 AND id = $2" + for_update(context.database)
    await rows(context.database, sql, context.tenant, organization_id)


async def _require_nothing_below(context: CommandContext, organization_id: uuid.UUID) -> None:
    left = await value(
        context.database,
        "SELECT (SELECT count(*) FROM organization WHERE tenant_id = $1 AND parent_id = $2 AND dissolved_on IS NULL)"
        " + (SELECT count(*) FROM ownership WHERE tenant_id = $1 AND organization_id = $2 AND ended_on IS NULL)",
        context.tenant,
        organization_id,
    )
    with scoped(await scope_of(context.database, [context.tenant])):
        below = await value(
            context.database,
            "SELECT count(*) FROM organization WHERE upper_id = $1 AND dissolved_on IS NULL",
            organization_id,
        )
    if int(left) + int(below):
        raise OrganizationInUse(
            "该组织尚有下级组织或名下房屋。", "there are organizations below it, or dwellings that it owns."
        )


async def _require_not_kept(context: CommandContext, organization_id: uuid.UUID) -> None:
    """Refuse where a module has a row of its own for the organization: it is dissolved there, with its own checks."""
    organization = Organization._meta.tablename
    for table in context.house.composition.registry:
        if table.declared.extends == organization:
            sql = f"SELECT id FROM {table._meta.tablename} WHERE tenant_id = $1 AND id = $2"
            if await rows(context.database, sql, context.tenant, organization_id):
                raise OrganizationInUse(
                    f"该组织由“{table.declared.zh}”登记,请在相应模块撤销。",
                    f"the organization is kept as a {table.declared.type_name}; dissolve it there.",
                )


def _check_offer(row: Mapping[str, Any], _context: OfferContext) -> None:
    check_not_dissolved(row["status"])


# shared -----------------------------------------------------------------------------------------------------------


async def _stored(context: CommandContext, table: type[Declared], row_id: uuid.UUID) -> Row:
    sql = f"SELECT * FROM {table._meta.tablename} WHERE tenant_id = $1 AND id = $2"
    found = await rows(context.database, sql, context.tenant, row_id)
    if not found:
        raise missing(table)
    return found[0]


def _changes(table: type[Declared], given: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return the checked columns among `names` that `given` sets or clears; refuse one that says nothing."""
    set_now = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    found = {**checked_values(table, set_now), **dict.fromkeys(cleared_names(table, given.clear, set_now, names))}
    if not found:
        raise Invalid("没有要更正的内容。", "nothing is to be changed.", code="NOTHING_TO_CHANGE", rule="domain 2")
    return found


def _named(name: str) -> str:
    """Return a name as it is stored; refuse one of which nothing is left, such as a zero-width space."""
    normal = normalize_name(name)
    if not normal:
        raise Invalid("名称不能为空。", "a name is needed.", field="name", code="REQUIRED", rule="domain 2")
    return normal


configure_courtyard: Final = Command(
    action=Action(
        "courtyard.configure",
        ("COMMUNITY_SECRETARY", "DISTRICT_ADMIN"),
        "domain 7",
        "设置院落",
        "configure a courtyard",
    ),
    input=ConfigureCourtyard,
    many=each(_configure),
    subject_type="Courtyard",
)
"""Change what is said of the courtyard itself."""

update_dwelling: Final = Command(
    action=Action("dwelling.update", REGISTRARS, "domain 7", "更正房屋信息", "correct the register of dwellings"),
    input=UpdateDwelling,
    many=each(_update_dwelling),
    subject_type="Dwelling",
)
"""Correct what the register says of a dwelling."""

update_organization: Final = Command(
    action=Action("organization.update", FOUNDERS, "domain 7", "更正组织信息", "correct the register of organizations"),
    input=UpdateOrganization,
    many=each(_update_organization),
    subject_type="Organization",
    offer=Offer(("status",), _check_offer),
)
"""Correct what the register says of an organization."""

dissolve_organization: Final = Command(
    action=Action("organization.dissolve", FOUNDERS, "domain 7", "撤销组织", "dissolve an organization"),
    input=DissolveOrganization,
    many=each(_dissolve_organization),
    subject_type="Organization",
    unversioned=STEPS,
    offer=Offer(("status",), _check_offer),
)
"""Dissolve an organization; its offices end with it."""
