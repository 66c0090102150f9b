"""The council plugin: self-governing bodies, the register of regulations, the ledger of opinions.

Bodies (院委会, 监委会, 议事会 ...) extend core's organizations and sit in core's seats, under the incompatibilities of
C1. Regulations have versions; what the one in force says of a number is read with `parameters.rule(...)`. Opinions
go from collection to rating (C7) within limits of working days (C12); `opinion_ledger` workbooks go in and out.
"""

from __future__ import annotations

from collections.abc import Sequence

from yuanluo import (
    AnyCommand,
    Counter,
    Declared,
    DemoContext,
    Exporter,
    GraphQLField,
    Importer,
    Incompatibility,
    Indicator,
    PluginAbout,
    RoleAbout,
    hookimpl,
)
from yuanluo_council.bodies import create_body, dissolve_body
from yuanluo_council.fields import COUNCIL_FIELDS
from yuanluo_council.indicators import INDICATORS
from yuanluo_council.ledger import EXPORTER, IMPORTER
from yuanluo_council.opinions import (
    answer_opinion,
    close_opinion,
    collect_opinion,
    merge_opinion,
    propose_opinion,
    rate_opinion,
    refer_opinion,
    register_opinion,
    triage_opinion,
)
from yuanluo_council.regulations import (
    adopt_version,
    consult_on_version,
    draft_version,
    enforce_version,
    register_regulation,
)
from yuanluo_council.rights import COUNCIL_COUNTER, COUNCIL_ROLES
from yuanluo_council.rules import C1
from yuanluo_council.tables import (
    Body,
    CouncilCounts,
    Opinion,
    Regulation,
    RegulationClause,
    RegulationVersion,
    Reporter,
)

__all__: list[str] = []


@hookimpl
def about() -> PluginAbout:
    """The plugin's name."""
    return PluginAbout("自治组织", "resident council", requires={"yuanluo": ">=0.1"})


@hookimpl
def tables() -> Sequence[type[Declared]]:
    """The plugin's tables."""
    return [Body, Regulation, RegulationVersion, RegulationClause, Opinion, Reporter, CouncilCounts]


@hookimpl
def graphql_fields() -> Sequence[GraphQLField]:
    """The plugin's fields."""
    return COUNCIL_FIELDS


@hookimpl
def commands() -> Sequence[AnyCommand]:
    """The plugin's commands."""
    return [
        create_body,
        dissolve_body,
        draft_version,
        consult_on_version,
        adopt_version,
        enforce_version,
        register_regulation,
        collect_opinion,
        triage_opinion,
        answer_opinion,
        refer_opinion,
        merge_opinion,
        propose_opinion,
        close_opinion,
        rate_opinion,
        register_opinion,
    ]


@hookimpl
def importers() -> Sequence[Importer]:
    """The ledger of opinions."""
    return [IMPORTER]


@hookimpl
def exporters() -> Sequence[Exporter]:
    """The ledger of opinions."""
    return [EXPORTER]


@hookimpl
def seat_incompatibilities() -> Sequence[Incompatibility]:
    """C1."""
    return C1


@hookimpl
def roles() -> Sequence[RoleAbout]:
    """Who sees what of the council's business."""
    return COUNCIL_ROLES


@hookimpl
def counters() -> Sequence[Counter]:
    """The opinions of a courtyard."""
    return [COUNCIL_COUNTER]


@hookimpl
def indicators() -> Sequence[Indicator]:
    """What a district watches."""
    return INDICATORS


@hookimpl
async def demo_rows(context: DemoContext) -> None:
    """Bodies with their members, regulations in force, a year of opinions."""
    from yuanluo_council.demo import write_demo  # a server holds no demo

    await write_demo(context)
