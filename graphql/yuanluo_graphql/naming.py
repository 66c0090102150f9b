"""The names that a plugin may give to types and fields: valid in GraphQL, and taken by nobody else.

From one table come several GraphQL types (`PlotConnection`, `PlotFilter`, ...), and the schema has types of its own;
a plugin's type of such a name would take its place in silence. So the start is refused, naming the plugin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final

from yuanluo.fields import GraphQLField, SqlField
from yuanluo_graphql.indicator_types import INDICATED
from yuanluo_graphql.model import FLOORS, NODE_TYPES, plural
from yuanluo_graphql.stats_types import STATISTICS
from yuanluo_tenants.errors import PluginError
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import is_shown, shown_columns

__all__ = ["RESERVED", "SUFFIXES", "check_names"]

SUFFIXES: Final = (
    "Averages",
    "Connection",
    "Counted",
    "Edge",
    "Extremes",
    "Filter",
    "GroupBy",
    "Input",
    "Order",
    "OrderField",
    "Payload",
    "Stats",
    "StatsGroup",
    "StatsKey",
    "Sum",
)
"""What the schema puts behind the name of a type or an enum to name what belongs to it."""

RESERVED: Final = frozenset(
    {name for name, _, _ in NODE_TYPES.values()}
    | {"Query", "Mutation", "Subscription", "Node", "PageInfo", "OrderDirection", "Viewer", "ViewerRole", "Plugin"}
    | {"Permission", "RuleCitation"}
    | {"Indicator", "IndicatorAbout", "IndicatorName", "Mean", "Statistics", "StatsPeriod", "StatsPlace"}
    | {"ID", "Int", "Float", "String", "Boolean", "Any", "None", "True", "False"}
    | {"Area", "Date", "DateTime", "Fen", "Long", "PartialDate"}
    | {f"{each}Filter" for each in ("Area", "Boolean", "Date", "DateTime", "Fen", "Id", "Int", "Long")}
    | {f"{each}Filter" for each in ("PartialDate", "Text")}
)
"""The types that the schema has of its own."""

TREE_FIELDS: Final = frozenset(
    {(on, "statistics") for on in STATISTICS} | {(on, name) for on in INDICATED for name in ("indicator", "indicators")}
)
"""Fields that the schema itself puts on types of the tree."""

_TYPE: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_FIELD: Final = re.compile(r"[a-z][A-Za-z0-9]*")


Fields = Sequence[tuple[str, GraphQLField]]
"""Fields beside the declarations, each with the plugin that brought it."""


def check_names(registry: Registry, fields: Fields, clear: Fields = ()) -> None:
    """Raise PluginError for the first name that a plugin may not give; `clear` are the fields of clear text."""
    types = list(_types(registry, fields))
    known = {name for _, name in types}
    for plugin, name in types:
        if _TYPE.fullmatch(name) is None:
            raise PluginError(
                plugin, f"类型名 {name} 在 GraphQL 中无效。", f"the type name {name!r} is not valid in GraphQL."
            )
        taken = name in RESERVED or any(
            name.endswith(suffix) and name.removesuffix(suffix) in known for suffix in SUFFIXES
        )
        if plugin not in FLOORS and taken:
            raise PluginError(
                plugin,
                f"类型名 {name} 由 GraphQL 模式自用,请改名。",
                f"the type name {name!r} is the schema's own; choose another name.",
            )
    owners = {(each.on, each.name): owner for owner, each in clear}
    for plugin, each in fields:
        if (owner := owners.get((each.on, each.name))) is not None:
            raise PluginError(
                plugin,
                f"字段 {each.on}.{each.name} 已由 {owner} 提供。",
                f"field {each.on}.{each.name} is already brought by {owner}.",
            )
        if (each.on, each.name) in TREE_FIELDS:
            raise PluginError(
                plugin,
                f"字段 {each.on}.{each.name} 由 GraphQL 模式自用,请改名。",
                f"the field {each.on}.{each.name} is the schema's own; choose another name.",
            )
        if _FIELD.fullmatch(each.name) is None:
            raise PluginError(
                plugin,
                f"字段名 {each.on}.{each.name} 在 GraphQL 中无效。",
                f"the field name {each.on}.{each.name} is not valid in GraphQL.",
            )
    _check_connections(registry, fields)


def _types(registry: Registry, fields: Fields) -> Iterator[tuple[str, str]]:
    """Yield plugin and name of every type and enum that is declared."""
    seen: set[type[Enum]] = set()
    for table in registry:
        owner = registry.owner(table)
        if not is_shown(table):
            continue
        yield owner, table.declared.type_name
        for about in shown_columns(table).values():
            if about.exposed and about.choices is not None and about.choices not in seen:
                seen.add(about.choices)
                yield owner, about.choices.__name__
    for plugin, each in fields:
        if isinstance(each, SqlField) and each.choices is not None and each.choices not in seen:
            seen.add(each.choices)
            yield plugin, each.choices.__name__


def _check_connections(registry: Registry, fields: Fields) -> None:
    """Refuse a type whose list below the courtyard would have the name of a field that the floors put there."""
    taken = {each.name for plugin, each in fields if plugin in FLOORS and each.on == "Courtyard"}
    for table in registry:
        owner, name = registry.owner(table), plural(table.declared.type_name)
        if owner not in FLOORS and is_shown(table) and name in taken:
            raise PluginError(
                owner,
                f"类型 {table.declared.type_name} 的列表 Courtyard.{name} 与已有字段同名,请改名。",
                f"the list Courtyard.{name} of its type {table.declared.type_name} has the name of a field that is"
                " there already; choose another name.",
            )
