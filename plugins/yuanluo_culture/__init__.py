"""Culture: activities with sign-up and check-in, the festivals of the year, volunteers' time (`domain.md` §3.4).

| file          | holds                                                              |
|---------------|--------------------------------------------------------------------|
| festivals     | the festival plan of a year, computed                              |
| terms, tables | what is kept, and who may see it                                   |
| rules         | steps, places, windows, minutes, coins: plain functions            |
| planning      | commands on activities; festival_planning plans a year of them,    |
|               | recording enters what was held                                     |
| attendance    | commands on sign-ups and check-ins                                 |
| volunteering  | commands on services and consent                                   |
| fields        | relations, aggregates, counters                                    |
| demo          | a plausible year of a courtyard                                    |
"""

from __future__ import annotations

from collections.abc import Sequence

import yuanluo
from yuanluo import hookimpl
from yuanluo_culture.commands import COMMANDS
from yuanluo_culture.fields import COUNTERS, FIELDS
from yuanluo_culture.indicators import INDICATORS
from yuanluo_culture.rights import ACTIONS, ROLES
from yuanluo_culture.tables import TABLES

__all__ = ["about", "actions", "commands", "counters", "demo_rows", "graphql_fields", "roles", "tables"]


@hookimpl
def about() -> yuanluo.PluginAbout:
    """What the plugin is called."""
    return yuanluo.PluginAbout("文化活动", "culture and volunteering", requires={"yuanluo": ">=0.1"})


@hookimpl
def tables() -> Sequence[type[yuanluo.Declared]]:
    """Activities, sign-ups, services, consents, counters."""
    return TABLES


@hookimpl
def graphql_fields() -> Sequence[yuanluo.GraphQLField]:
    """What stands beside them."""
    return FIELDS


@hookimpl
def commands() -> Sequence[yuanluo.AnyCommand]:
    """Every write."""
    return COMMANDS


@hookimpl
def actions() -> Sequence[yuanluo.Action]:
    """Rights beside the commands'."""
    return ACTIONS


@hookimpl
def roles() -> Sequence[yuanluo.RoleAbout]:
    """What each role sees of it."""
    return ROLES


@hookimpl
def counters() -> Sequence[yuanluo.Counter]:
    """What the counters count."""
    return COUNTERS


@hookimpl
def indicators() -> Sequence[yuanluo.Indicator]:
    """What a district watches."""
    return INDICATORS


@hookimpl
async def demo_rows(context: yuanluo.DemoContext) -> None:
    """Write a plausible year for a courtyard."""
    from yuanluo_culture.demo import write_demo_rows  # a server holds no demo

    await write_demo_rows(context)
