"""The contract: every hook of yuanluo, one sentence each.

A plugin is a module or package named by an entry point of the group `yuanluo.plugins`; the entry point's name is
the plugin's name. It says what it brings by implementing hooks with `@yuanluo.hookimpl`. Take fewer arguments than
offered if you need fewer; new arguments may be added later without breaking you. An unknown hook or an unknown
argument stops the start-up, with the plugin named. All hooks but `demo_rows` and `cli` are called once, at start.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import typer

    from yuanluo.authority import Action, RoleAbout
    from yuanluo.checks import Check
    from yuanluo.command import AnyCommand
    from yuanluo.counters import Counter
    from yuanluo.demo import DemoContext
    from yuanluo.fields import GraphQLField
    from yuanluo.importing import Exporter, Importer
    from yuanluo.indicators import Indicator
    from yuanluo.plugins import PluginAbout
    from yuanluo.seats import Incompatibility
    from yuanluo_tenants.tables import Declared

__all__ = ["hookimpl"]

hookspec = pluggy.HookspecMarker("yuanluo")
hookimpl = pluggy.HookimplMarker("yuanluo")


@hookspec
def about() -> PluginAbout:  # type: ignore[empty-body]  # a specification has no body
    """Return what the plugin is called and what it requires; without it, name and version of the entry point.

    Example: `return PluginAbout("绿化认养", "green plots", requires={"yuanluo": ">=0.1", "council": ">=0.1"})`
    """


@hookspec
def tables() -> Sequence[type[Declared]]:  # type: ignore[empty-body]  # a specification has no body
    """Return the table classes the plugin declares; each becomes DDL, a GraphQL type and a connection.

    Example: `return [Plot]`
    """


@hookspec
def graphql_fields() -> Sequence[GraphQLField]:  # type: ignore[empty-body]  # a specification has no body
    """Return relations, aggregates and computed fields, on the plugin's own types or on others.

    Example: `return [ToMany("Person", "plots", "Plot", "认养绿地", "plots he keeps", via="keeper_id")]`
    """


@hookspec
def commands() -> Sequence[AnyCommand]:  # type: ignore[empty-body]  # a specification has no body
    """Return the commands the plugin brings; each is a mutation, an action and a record kind.

    Example: `return [adopt_plot]`
    """


@hookspec
def importers() -> Sequence[Importer]:  # type: ignore[empty-body]  # a specification has no body
    """Return the workbook kinds the plugin can import.

    Example: `return [Importer(PLOT_ROSTER, commit=commit_plots)]` with a `yuanluo.sheets.Kind`
    """


@hookspec
def exporters() -> Sequence[Exporter]:  # type: ignore[empty-body]  # a specification has no body
    """Return the workbook kinds the plugin can export.

    Example: `return [Exporter(PLOT_ROSTER, rows=plot_rows)]` with a `yuanluo.sheets.Kind`
    """


@hookspec
def seat_incompatibilities() -> Sequence[Incompatibility]:  # type: ignore[empty-body]  # a specification
    """Return pairs of offices that nobody may hold at the same time.

    Example: `return [Incompatibility(Office(role="CASHIER"), Office(role="ACCOUNTANT"), "会计法 25", "…", "…")]`
    """


@hookspec
def actions() -> Sequence[Action]:  # type: ignore[empty-body]  # a specification has no body
    """Return actions that are not commands, such as reading something in the clear, and who may do them.

    Example: `return [Action("plot.inspect", ("POST_HOLDER",), "domain 3.4", "巡查绿地", "inspect plots")]`
    """


@hookspec
def roles() -> Sequence[RoleAbout]:  # type: ignore[empty-body]  # a specification has no body
    """Return roles the plugin adds, and what core's roles may see of the plugin's bodies.

    Example: `return [RoleAbout("COUNCIL_DIRECTOR", clearances={"culture": DataClass.D2})]`
    """


@hookspec
def counters() -> Sequence[Counter]:  # type: ignore[empty-body]  # a specification has no body
    """Return the plugin's counter tables and what each column counts.

    Example: `return [Counter(PlotCounts, {"plots": Count("plot")})]`
    """


@hookspec
def checks() -> Sequence[Check]:  # type: ignore[empty-body]  # a specification has no body
    """Return what must hold between stored rows, for `yuanluo check` to look for.

    Example: `return [Check("plots.keepers", "认养", "adopted plots have a keeper", find_lost_keepers)]`
    """


@hookspec
def indicators() -> Sequence[Indicator]:  # type: ignore[empty-body]  # a specification has no body
    """Return named numbers, each one definition, shown per courtyard and summed along the tree.

    Example: `return [Indicator("PLOTS", "绿地数", "plots of green", "plots", Tally("plot_counts", "plots"))]`
    """


@hookspec
def demo_rows(context: DemoContext) -> Awaitable[None]:  # type: ignore[empty-body]  # a specification
    """Write plausible rows for the node that `context` stands at; called for every node, from the top down.

    Example: `async def demo_rows(context): await run_command(adopt_plot, context.command, ...)`
    """


@hookspec
def cli(app: typer.Typer) -> None:
    """Add commands to the `yuanluo` command line.

    Example: `app.command("plots")(list_plots)`
    """
