"""What core itself brings, through the same hooks as every plugin; it cannot be switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo.access import (
    ADMINISTRATORS,
    create_account,
    create_token,
    disable_account,
    enable_account,
    grant_role,
    revoke_role,
    revoke_token,
)
from yuanluo.accounts import (
    Account,
    AccountPerson,
    ApiToken,
    Grant,
    Identity,
    IdentityAttempt,
    Membership,
)
from yuanluo.authority import CORE_ROLES, RoleAbout
from yuanluo.blocking import BlockedOperation
from yuanluo.checks import Check
from yuanluo.command import AnyCommand, Idempotency
from yuanluo.configuring import configure_courtyard, dissolve_organization, update_dwelling, update_organization
from yuanluo.counters import COURTYARD_COUNTER, Counter, CourtyardCounts
from yuanluo.courtyards import Courtyard
from yuanluo.data_requests import DATA_REQUEST_COMMANDS, DataRequest
from yuanluo.dwellings import Building, Dwelling, Household, Ownership, Residency
from yuanluo.fields import GraphQLField
from yuanluo.graphql_fields import CORE_FIELDS
from yuanluo.hookspecs import hookimpl
from yuanluo.housing import add_dwelling, change_ownership, move_in, move_out
from yuanluo.import_traces import ImportChange
from yuanluo.importing import Exporter, ImportBatch, Importer
from yuanluo.indicators import Courtyards, Indicator, Tally
from yuanluo.merging import merge_person
from yuanluo.offices import appoint_seat, create_organization, end_seat
from yuanluo.opening import open_courtyard, open_upper_node, switch_plugin
from yuanluo.organizations import Organization
from yuanluo.own_checks import OWN_CHECKS
from yuanluo.owner_roster import OWNER_ROSTER_EXPORTER, OWNER_ROSTER_IMPORTER
from yuanluo.people import Person
from yuanluo.places import ADMINISTRATION
from yuanluo.privacy import ReadLog
from yuanluo.records import Record, RecordHead, RecordPersonal
from yuanluo.registering import create_person, update_person
from yuanluo.seats import Seat
from yuanluo.undoing import undo_import
from yuanluo.webhooks.commands import WEBHOOK_COMMANDS
from yuanluo.webhooks.tables import WebhookDelivery, WebhookEndpoint, WebhookProgress
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.tables import Declared

__all__ = ["CORE_TABLES"]

CORE_TABLES: Final[tuple[type[Declared], ...]] = (
    Courtyard,
    Person,
    Building,
    Dwelling,
    Household,
    Organization,
    Ownership,
    Residency,
    Seat,
    DataRequest,
    Record,
    RecordHead,
    RecordPersonal,
    CourtyardCounts,
    Idempotency,
    ImportBatch,
    ImportChange,
    ReadLog,
    Account,
    AccountPerson,
    ApiToken,
    Grant,
    Identity,
    Membership,
    IdentityAttempt,
    BlockedOperation,
    WebhookEndpoint,
    WebhookProgress,
    WebhookDelivery,
)
"""Every table of core, referenced ones first."""


@hookimpl
def tables() -> Sequence[type[Declared]]:
    """Core's tables."""
    return CORE_TABLES


@hookimpl
def graphql_fields() -> Sequence[GraphQLField]:
    """Core's relations and aggregates."""
    return CORE_FIELDS


@hookimpl
def commands() -> Sequence[AnyCommand]:
    """Core's commands."""
    return [
        open_courtyard,
        open_upper_node,
        configure_courtyard,
        switch_plugin,
        create_person,
        update_person,
        merge_person,
        add_dwelling,
        update_dwelling,
        change_ownership,
        move_in,
        move_out,
        create_organization,
        update_organization,
        dissolve_organization,
        appoint_seat,
        end_seat,
        create_account,
        disable_account,
        enable_account,
        grant_role,
        revoke_role,
        create_token,
        revoke_token,
        undo_import,
        *DATA_REQUEST_COMMANDS,
        *WEBHOOK_COMMANDS,
    ]


@hookimpl
def importers() -> Sequence[Importer]:
    """The roster of owners."""
    return [OWNER_ROSTER_IMPORTER]


@hookimpl
def exporters() -> Sequence[Exporter]:
    """The roster of owners."""
    return [OWNER_ROSTER_EXPORTER]


@hookimpl
def roles() -> Sequence[RoleAbout]:
    """The roles of `domain.md` §2; those that write accounts, grants, tokens and endpoints see them as well."""
    return [*CORE_ROLES, *(RoleAbout(role, {ADMINISTRATION: DataClass.D2}) for role in ADMINISTRATORS)]


@hookimpl
def counters() -> Sequence[Counter]:
    """Core's counters."""
    return [COURTYARD_COUNTER]


@hookimpl
def checks() -> Sequence[Check]:
    """Core's checks."""
    return OWN_CHECKS


@hookimpl
def indicators() -> Sequence[Indicator]:
    """How many courtyards, people and dwellings there are."""
    people, households = Tally("courtyard_counts", "people"), Tally("courtyard_counts", "households")
    area = Tally("courtyard_counts", "area_c")
    return [
        Indicator("COURTYARDS", "院落数", "courtyards", "courtyards", Courtyards(), source="domain 2"),
        Indicator("PEOPLE", "在册人数", "people on the register", "people", people, source="domain 2"),
        Indicator("HOUSEHOLDS", "户数", "households now", "households", households, source="domain 2"),
        Indicator(
            "HOUSEHOLD_SIZE", "户均人数", "people on the register per household", "people per household",
            people, households, source="domain 2",
        ),
        Indicator(
            "DWELLINGS", "房屋数", "dwellings", "dwellings", Tally("courtyard_counts", "dwellings"), source="domain 2"
        ),
        Indicator("DWELLING_AREA", "总建筑面积", "floor area of all dwellings", "1/100 m²", area, source="domain 2"),
        Indicator(
            "ORGANIZATIONS", "组织数", "organizations not dissolved", "organizations",
            Tally("courtyard_counts", "organizations"), source="domain 2",
        ),
    ]  # fmt: skip
