"""A composed house on a fresh database, with a small tree and two courtyards, for tests of core and of plugins."""

from __future__ import annotations

import datetime as dt
from typing import Final

from databases import MakeDatabase
from graphql import GraphQLSchema

import yuanluo
from yuanluo import CommandContext, House, OpenCourtyard, Plugins, Viewer, fixed_clock, operator, run_commands
from yuanluo_graphql.assembly import compose
from yuanluo_tenants.crypto import Keyring
from yuanluo_tenants.tree import NodeKind, open_node

__all__ = [
    "CLOCK",
    "COMMUNITY",
    "COURTYARD",
    "DISTRICT",
    "OTHER",
    "SUBDISTRICT",
    "TODAY",
    "at",
    "make_house",
    "schema_of",
]

TODAY: Final = dt.date(2026, 11, 22)
CLOCK: Final = fixed_clock(TODAY)
DISTRICT: Final = 5101060000000000
SUBDISTRICT: Final = 5101060320000000
COMMUNITY: Final = 5101060320010000
COURTYARD: Final = COMMUNITY + 1
"""梧桐苑."""
OTHER: Final = COMMUNITY + 2
"""银杏里."""


def at(house: House, tenant: int = COURTYARD, actor: Viewer | None = None) -> CommandContext:
    """Return a context of `house` at a node, acting as the operator unless told otherwise, on 2026-11-22."""
    return CommandContext(house, actor or operator(), tenant, CLOCK)


async def make_house(make_database: MakeDatabase, plugins: Plugins | None = None) -> House:
    """Build a house with district, subdistrict, community and the two courtyards COURTYARD and OTHER."""
    loaded = plugins or Plugins.load(entry_points=False)
    database = await make_database(yuanluo.Composition.of(loaded).registry)
    house = House.build(database, Keyring.single(bytes(range(32))), loaded)
    await open_node(database, NodeKind.DISTRICT, "金牛区", code="510106")
    await open_node(database, NodeKind.SUBDISTRICT, "抚琴街道", code="510106032")
    await open_node(database, NodeKind.COMMUNITY, "银杏社区", code="510106032001")
    await run_commands(
        yuanluo.open_courtyard,
        at(house, COMMUNITY),
        [OpenCourtyard("梧桐苑", "抚琴西路1号院"), OpenCourtyard("银杏里", "枣子巷13号院")],
    )
    return house


_COMPOSED: list[tuple[list[object], GraphQLSchema]] = []


def schema_of(house: House) -> GraphQLSchema:
    """Return the schema of `house`, composed once for all houses of the very same plugins: it takes seconds."""
    plugins = [house.plugins.module(name) for name in house.plugins.names]
    for known, schema in _COMPOSED:
        if len(known) == len(plugins) and all(one is other for one, other in zip(known, plugins, strict=True)):
            return schema
    schema = compose(house.composition).core
    _COMPOSED.append((plugins, schema))
    return schema
