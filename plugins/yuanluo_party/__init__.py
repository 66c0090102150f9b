"""Party building: the four-tier tree of party organisations, memberships, reports-in, and the rules of both.

The plugin brings party organisations (a courtyard's branch is its leading body), the memberships of its people,
双报到, the rules R1 to R9 and R16 of the party module as plain functions (`rules.py`), their parameters, and the forms
党员花名册 and 双报到登记表. Memberships are sensitive (D3): the branch's secretary and committee see them and nobody
else, neither council nor property company, neighbours or district dashboards; everyone may see numbers from five up.
"""

from __future__ import annotations

from collections.abc import Sequence

from yuanluo import (
    AnyCommand,
    Count,
    Counter,
    DataClass,
    Declared,
    DemoContext,
    GraphQLField,
    Indicator,
    PluginAbout,
    RoleAbout,
    hookimpl,
)
from yuanluo.importing import Exporter, Importer
from yuanluo_party.commands import COMMANDS
from yuanluo_party.fields import FIELDS
from yuanluo_party.importing import PARTY_ROSTER_EXPORTER, PARTY_ROSTER_IMPORTER
from yuanluo_party.indicators import INDICATORS
from yuanluo_party.report_importing import DUAL_REPORT_EXPORTER, DUAL_REPORT_IMPORTER
from yuanluo_party.tables import ORGANIZATION_KINDS, PARTY, TABLES, PartyCounts
from yuanluo_party.terms import PartyTier

__all__ = ["PARTY_COUNTER"]

PARTY_COUNTER = Counter(
    PartyCounts,
    {
        "full_members": Count(
            "party_membership", where=(("status", "ACTIVE"), ("relation", "REGISTERED"), ("type", "FULL"))
        ),
        "probationary_members": Count(
            "party_membership", where=(("status", "ACTIVE"), ("relation", "REGISTERED"), ("type", "PROBATIONARY"))
        ),
        "reported_in": Count("party_membership", where=(("status", "ACTIVE"), ("relation", "REPORTED_IN"))),
        "branches": Count(
            "organization", where=(("kind", ORGANIZATION_KINDS[PartyTier.BRANCH]), ("dissolved_on", None))
        ),
    },
)
"""What the plugin's counters count."""


@hookimpl
def about() -> PluginAbout:
    """Say what the plugin is called."""
    return PluginAbout("党建", "party building", requires={"yuanluo": ">=0.1"})


@hookimpl
def tables() -> Sequence[type[Declared]]:
    """The tables of the plugin."""
    return TABLES


@hookimpl
def graphql_fields() -> Sequence[GraphQLField]:
    """Relations, numbers and computed fields."""
    return FIELDS


@hookimpl
def commands() -> Sequence[AnyCommand]:
    """The commands of the plugin."""
    return COMMANDS


@hookimpl
def importers() -> Sequence[Importer]:
    """The workbooks the plugin imports."""
    return [PARTY_ROSTER_IMPORTER, DUAL_REPORT_IMPORTER]


@hookimpl
def exporters() -> Sequence[Exporter]:
    """The workbooks the plugin exports."""
    return [PARTY_ROSTER_EXPORTER, DUAL_REPORT_EXPORTER]


@hookimpl
def roles() -> Sequence[RoleAbout]:
    """Who sees memberships: secretary and committee of the branch, nobody else (`domain.md` §7)."""
    return [
        RoleAbout("BRANCH_SECRETARY", {PARTY: DataClass.D3}),
        RoleAbout("BRANCH_COMMITTEE", {PARTY: DataClass.D3}),
    ]


@hookimpl
def counters() -> Sequence[Counter]:
    """The plugin's counters."""
    return [PARTY_COUNTER]


@hookimpl
def indicators() -> Sequence[Indicator]:
    """What a district watches."""
    return INDICATORS


@hookimpl
async def demo_rows(context: DemoContext) -> None:
    """Write a plausible year of party life."""
    from yuanluo_party.demo import write_demo  # a server holds no demo

    await write_demo(context)
