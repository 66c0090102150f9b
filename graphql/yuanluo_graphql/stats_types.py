"""The types of statistics: per entity its keys, its groups and their figures, and the register of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yuanluo_graphql.grouping import PERIODS, PLACES, GroupKey, extremes, group_keys
from yuanluo_graphql.model import Entity, plural

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

    from yuanluo_graphql.types import Argument, Types

__all__ = ["STATISTICS", "statistics", "stats_field", "stats_of", "stats_types"]

STATISTICS = ("District", "Subdistrict", "Community")
"""The types that answer `statistics`: nodes that hold whole courtyards."""


def stats_types(types: Types) -> None:
    """Make the types that all statistics share."""
    types.make(
        "StatsPeriod",
        "统计期: a day, month, quarter or year in Asia/Shanghai",
        [
            types.field("text", "str", "写法: as text: 2026-11-22, 2026-11, 2026-Q4 or 2026"),
            types.field("startsOn", "Date", "首日: its first day"),
        ],
    )
    types.make(
        "StatsPlace",
        "统计地点: the node of the tree that a group belongs to",
        [
            types.field("code", "str", "编码: its code"),
            types.field("name", "str | None", "名称: its name"),
        ],
    )
    types.make(
        "Mean",
        "平均: an average as an exact pair",
        [
            types.field("sum", "Long", "合计: the sum"),
            types.field("count", "Long", "个数: of how many values"),
            types.field("rounded", "Long", "四舍五入: their quotient as a whole number of the same unit, half up"),
        ],
    )


def _key_annotation(types: Types, key: GroupKey) -> str:
    if key.unit in PERIODS:
        return "StatsPeriod | None"
    if key.unit in PLACES or key.column is None:
        return "StatsPlace | None"
    return types.annotation(key.column.kind, key.column.about.choices, nullable=True)


def stats_of(types: Types, entity: Entity) -> None:
    """Make the types of the statistics of one entity."""
    name, gloss = entity.name, entity.description
    keys = group_keys(entity)
    group = [
        types.field("count", "Long | None", "行数: how many rows; null where a small number is withheld"),
        types.field(
            "suppressed", "bool", "是否隐去: whether the figures are withheld, for too few rows stand behind them"
        ),
    ]
    if keys:
        types.namespace[f"{name}GroupBy"] = types.enum(
            f"{name}GroupBy",
            f"分组: what rows are grouped by; {gloss}",
            {each.member: each.description for each in keys.values()},
        )
        by_field = {each.field: each for each in keys.values()}
        types.make(
            f"{name}StatsKey",
            f"组键: what the rows of a group have in common; null where it was not asked for or is not known; {gloss}",
            [
                types.field(
                    each.field,
                    _key_annotation(types, each),
                    each.column.description if each.column is not None else each.description,
                )
                for each in by_field.values()
            ],
        )
        group.insert(0, types.field("key", f"{name}StatsKey", "组键: what the rows have in common"))
    numbers = entity.numeric()
    if numbers:
        types.make(
            f"{name}Averages",
            f"平均: averages of the rows that have a value; {gloss}",
            [types.field(each.name, "Mean | None", each.description) for each in numbers],
        )
        group.append(types.field("sum", f"{name}Sum", "合计: sums"))
        group.append(types.field("average", f"{name}Averages", "平均: averages"))
    if ends := extremes(entity):
        types.make(
            f"{name}Extremes",
            f"极值: least or greatest values; {gloss}",
            [
                types.field(each.name, types.annotation(each.kind, None, nullable=True), each.description)
                for each in ends
            ],
        )
        group.append(types.field("min", f"{name}Extremes", "最小: least values"))
        group.append(types.field("max", f"{name}Extremes", "最大: greatest values"))
    types.make(f"{name}StatsGroup", f"一组: the figures of one group; {gloss}", group)
    types.make(
        f"{name}Stats",
        f"统计: figures by group, in the order of their keys; {gloss}",
        [
            types.field("groupCount", "Long", "组数: how many groups there are"),
            types.field("isComplete", "bool", "是否完整: whether `groups` holds all of them"),
            types.field("groups", f"list[{name}StatsGroup]", "各组: the groups; one for everything without `groupBy`"),
        ],
    )


def arguments(entity: Entity) -> tuple[Argument, ...]:
    """Return the arguments of a field of statistics."""
    from yuanluo_graphql.types import Argument

    limit = Argument("limit", "int | None", "组数上限: groups at most (default and maximum are settings)")
    if not group_keys(entity):
        return (limit,)
    by = Argument(
        "groupBy", f"list[{entity.name}GroupBy] | None", "分组: what to group by; everything is one if absent"
    )
    return (by, limit)


def stats_field(types: Types, entity: Entity) -> StrawberryField:
    """Return the field `stats` of the entity's connection."""
    return types.field("stats", f"{entity.name}Stats", "统计: figures over all matching rows", arguments(entity))


def statistics(types: Types) -> None:
    """Make the type `Statistics`: every register below a node of the tree, by its figures alone."""
    fields: list[StrawberryField] = []
    for entity in types.model.entities.values():
        if entity.is_counted:
            given = tuple(each for each in types.list_arguments(entity) if each.name == "filter")
            fields.append(
                types.field(
                    plural(entity.name),
                    f"{entity.name}Stats | None",
                    entity.description,
                    (*given, *arguments(entity)),
                )
            )
    types.make(
        "Statistics",
        "统计: every register at and below a node, by its figures; small numbers of what the viewer may not see are "
        "withheld",
        fields,
    )
