"""The types of indicators: what each is, and its value at a courtyard or a node of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yuanluo_graphql.model import Entity

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

    from yuanluo_graphql.types import Types

__all__ = ["INDICATED", "indicator_fields", "indicator_roots", "indicator_types"]

INDICATED = ("District", "Subdistrict", "Community", "Grid", "Courtyard")
"""The types that answer indicators."""


def indicator_types(types: Types) -> None:
    """Make the types of indicators; nothing where nobody declares any."""
    named = types.model.indicators
    if not named:
        return
    types.namespace["IndicatorName"] = types.enum(
        "IndicatorName",
        "指标: the indicators that core and the plugins declare",
        {name: f"{each.indicator.zh}: {each.indicator.en} ({each.indicator.unit})" for name, each in named.items()},
    )
    types.make(
        "IndicatorAbout",
        "指标定义: what an indicator is",
        [
            types.field("name", "IndicatorName", "名称: its name"),
            types.field("zh", "str", "中文名: what it is called"),
            types.field("en", "str", "英文名: what it is, in English"),
            types.field("unit", "str", "单位: the unit of `value`"),
            types.field("scale", "Long", "比例: what the quotient is multiplied by; 100 for a percentage"),
            types.field("definition", "str", "定义: the counters or rows that it is made of"),
            types.field("source", "str", "出处: the rule that defines it"),
            types.field("plugin", "str", "插件: who declares it"),
            types.field("dependsOnDay", "bool", "是否随日变化: whether it is computed anew every day, not counted"),
        ],
    )
    types.make(
        "Indicator",
        "指标值: the value of an indicator at a node of the tree, over the courtyards that the viewer reaches there",
        [
            types.field("name", "IndicatorName", "名称: which indicator"),
            types.field("about", "IndicatorAbout", "定义: what it is"),
            types.field("value", "float | None", "值: to two digits; null where nothing counts or it is withheld"),
            types.field("numerator", "Long | None", "分子: the sum that is divided, or the number itself"),
            types.field("denominator", "Long | None", "分母: what it is divided by; null where it is no ratio"),
            types.field("courtyards", "Long", "计入院落数: courtyards that count, those whose plugins are on"),
            types.field("suppressed", "bool", "是否隐去: whether it is withheld, for it would tell of too few people"),
            types.field("asOf", "DateTime", "截至: the moment of which it is true"),
        ],
    )


def indicator_fields(types: Types, entity: Entity) -> list[StrawberryField]:
    """Return the fields `indicator` and `indicators` of a type that answers them."""
    from strawberry import UNSET

    from yuanluo_graphql.types import Argument

    if not types.model.indicators or entity.name not in INDICATED:
        return []
    name = Argument("name", "IndicatorName", "名称: which one")
    names = Argument("names", "list[IndicatorName] | None", "名称: which ones; all of them if absent", UNSET)
    return [
        types.field("indicator", "Indicator", "指标: one indicator, here and below", (name,)),
        types.field("indicators", "list[Indicator]", "指标: indicators, here and below, in the order asked", (names,)),
    ]


def indicator_roots(types: Types) -> list[StrawberryField]:
    """Return the root field that tells which indicators there are."""
    if not types.model.indicators:
        return []
    return [types.field("indicators", "list[IndicatorAbout]", "指标列表: the indicators of this deployment")]
