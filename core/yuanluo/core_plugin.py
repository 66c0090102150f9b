"""What core itself brings, through the same hooks as every plugin; it cannot be switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo.access import (
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
from yuanluo.command import AnyCommand, Idempotency
from yuanluo.configuring import configure_courtyard, dissolve_organization, update_dwelling, update_organization
from yuanluo.counters import COURTYARD_COUNTER, Counter, CourtyardCounts
from yuanluo.courtyards import Courtyard
from yuanluo.dwellings import Building, Dwelling, Household, Ownership, Residency
from yuanluo.fields import GraphQLField
from yuanluo.graphql_fields import CORE_FIELDS
from yuanluo.hookspecs import hookimpl
from yuanluo.housing import add_dwelling, change_ownership, move_in, move_out
from yuanluo.importing import Exporter, ImportBatch, Importer
from yuanluo.offices import appoint_seat, create_organization, end_seat
from yuanluo.opening import open_courtyard, switch_plugin
from yuanluo.organizations import Organization
from yuanluo.owner_roster import OWNER_ROSTER_EXPORTER, OWNER_ROSTER_IMPORTER
from yuanluo.people import Person
from yuanluo.privacy import ReadLog
from yuanluo.records import Record, RecordHead, RecordPersonal
from yuanluo.registering import create_person, update_person
from yuanluo.seats import Seat
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
    Record,
    RecordHead,
    RecordPersonal,
    CourtyardCounts,
    Idempotency,
    ImportBatch,
    ReadLog,
    Account,
    AccountPerson,
    ApiToken,
    Grant,
    Identity,
    Membership,
    IdentityAttempt,
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
        configure_courtyard,
        switch_plugin,
        create_person,
        update_person,
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
    """The roles of `domain.md` §2."""
    return CORE_ROLES


@hookimpl
def counters() -> Sequence[Counter]:
    """Core's counters."""
    return [COURTYARD_COUNTER]
