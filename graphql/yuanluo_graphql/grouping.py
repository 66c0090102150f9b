"""What rows may be grouped by, and which of their values have extremes: read from the declarations alone.

The schema (`stats_types.py`) shows these keys as an enum and an object per entity; the compiler (`stats.py`) turns
them into SQL. A choice or a flag groups by its value, a time by day, month, quarter and year (in Asia/Shanghai), and
a row by the courtyard, community and subdistrict that it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from yuanluo.fields import camel
from yuanluo_graphql.model import AggregateField, ColumnField, ComputedField, Entity
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind

__all__ = ["PERIODS", "PLACES", "GroupKey", "Unit", "extremes", "group_keys"]


class Unit(Enum):
    """What one group stands for; the values are `(zh, en)`."""

    VALUE = ("取值", "a value")
    DAY = ("日", "a day")
    MONTH = ("月", "a month")
    QUARTER = ("季度", "a quarter")
    YEAR = ("年", "a year")
    COURTYARD = ("院落", "the courtyard that the row belongs to")
    COMMUNITY = ("社区", "the community in which it lies")
    SUBDISTRICT = ("街道", "the subdistrict in which it lies")


PERIODS = (Unit.DAY, Unit.MONTH, Unit.QUARTER, Unit.YEAR)
PLACES = (Unit.COURTYARD, Unit.COMMUNITY, Unit.SUBDISTRICT)
_TIMES = frozenset({Kind.DAY, Kind.MOMENT, Kind.PARTIAL_DATE})


@dataclass(frozen=True, slots=True)
class GroupKey:
    """One way to group the rows of an entity."""

    member: str
    """Its name in the enum of the entity's keys."""
    field: str
    """The field of the group's key that it answers in."""
    unit: Unit
    column: ColumnField | None
    """None for a place."""
    description: str


def group_keys(entity: Entity) -> dict[str, GroupKey]:
    """Return the keys of `entity` by the name of their enum member."""
    found: dict[str, GroupKey] = {}

    def add(member: str, name: str, unit: Unit, column: ColumnField | None, description: str) -> None:
        found.setdefault(member, GroupKey(member, name, unit, column, description))

    columns = [each for each in entity.fields.values() if isinstance(each, ColumnField)]
    for each in columns:
        if each.about.choices is not None or each.kind is Kind.FLAG:
            add(each.column.upper(), each.name, Unit.VALUE, each, each.description)
    for each in columns:
        if each.kind in _TIMES:
            for unit in PERIODS:
                zh, en = unit.value
                add(f"{each.column}_{unit.name}".upper(), each.name, unit, each, f"{each.description} ({zh} {en})")
    if entity.is_tenant:
        taken = {each.field for each in found.values()}
        for unit in PLACES:
            if (name := camel(unit.name.lower())) not in taken:
                add(unit.name, name, unit, None, ": ".join(unit.value))
    return found


def extremes(entity: Entity) -> list[ColumnField | AggregateField | ComputedField]:
    """Return the fields whose least and greatest value may be asked for: numbers, days and moments.

    Nothing of class D3 is among them: a single value in the clear is a reading that is logged by its row.
    """
    if entity.row_class is DataClass.D3 or entity.class_column is not None:
        return []
    times = [
        each
        for each in entity.fields.values()
        if isinstance(each, ColumnField) and each.kind in (Kind.DAY, Kind.MOMENT)
    ]
    return [
        each
        for each in (*entity.numeric(), *times)
        if not isinstance(each, ColumnField) or each.about.klass is not DataClass.D3
    ]
