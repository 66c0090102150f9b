"""What core itself brings, through the same hooks as every plugin; it cannot be switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo_tenants.tables import Declared

from yuanluo.accounts import (
    Account,
    AccountPerson,
    ApiToken,
    Grant,
    Identity,
    IdentityAttempt,
    Membership,
)
from yuanluo.authority import CORE_ROLES, Action, RoleAbout
from yuanluo.command import AnyCommand, Idempotency
from yuanluo.counters import COURTYARD_COUNTER, Counter, CourtyardCounts
from yuanluo.courtyards import Courtyard
from yuanluo.dwellings import Building, Dwelling, Household, Ownership, Residency
from yuanluo.fields import GraphQLField
from yuanluo.graphql_fields import CORE_FIELDS
from yuanluo.hookspecs import hookimpl
from yuanluo.importing import ImportBatch
from yuanluo.organizations import Organization
from yuanluo.people import Person
from yuanluo.privacy import ReadLog
from yuanluo.records import Record, RecordHead, RecordPersonal
from yuanluo.seats import Seat

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
def roles() -> Sequence[RoleAbout]:
    """The roles of `domain.md` §2."""
    return CORE_ROLES


@hookimpl
def counters() -> Sequence[Counter]:
    """Core's counters."""
    return [COURTYARD_COUNTER]
