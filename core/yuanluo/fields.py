"""Fields that stand beside a declaration: relations, aggregates, SQL expressions, Python functions.

Columns become GraphQL fields by themselves, a `Ref` column also gives the to-one field, and every exposed
tenant table a connection on `Courtyard`. The rest is said with these values, by core and by plugins alike
(hook `graphql_fields`). A field may be put on another plugin's or on a core type; it is nullable then.

A `where` is a sequence of `(column, operator, value)` that must all hold; `value` may be `TODAY`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind

__all__ = [
    "IN_FORCE",
    "TODAY",
    "Aggregate",
    "Condition",
    "FieldContext",
    "GraphQLField",
    "Operator",
    "PythonField",
    "SqlField",
    "ToMany",
    "ToOne",
    "Today",
    "camel",
]


def camel(name: str) -> str:
    """Return the GraphQL name of `snake_case`: `snakeCase`; the first letter is lower case."""
    first, *rest = name.split("_")
    return first[:1].lower() + first[1:] + "".join(part[:1].upper() + part[1:] for part in rest)


class Today(Enum):
    """The day of the request in Asia/Shanghai, bound when the statement runs."""

    TODAY = "TODAY"


TODAY: Final = Today.TODAY

Operator = Literal[
    "eq", "ne", "lt", "le", "gt", "ge", "is_null", "not_null", "null_or_gt", "null_or_ge", "null_or_le", "in"
]
Condition = tuple[str, Operator, Any]

IN_FORCE: Final[tuple[Condition, ...]] = (("started_on", "null_or_le", TODAY), ("ended_on", "null_or_ge", TODAY))
"""What is now: begun, or older than the register, and not ended before today. "Now" has two ends."""


@dataclass(frozen=True, slots=True)
class ToMany:
    """A connection `name` on type `on` to the rows of type `target`.

    `via` is the column of `target` holding the owner's id; None means all rows of the owner's tenant (for a
    `Courtyard` only). `order` replaces the target's default order.
    """

    on: str
    name: str
    target: str
    zh: str
    en: str
    via: str | None = None
    where: Sequence[Condition] = ()
    order: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ToOne:
    """A single row `name` of type `target` on type `on`, or null.

    Either `via`, the column of `target` holding the owner's id (None with a Courtyard: any row of the tenant),
    or `key`, the column of `on` holding the target's id. Of several rows the first in `order` is taken.
    """

    on: str
    name: str
    target: str
    zh: str
    en: str
    via: str | None = None
    key: str | None = None
    where: Sequence[Condition] = ()
    order: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A number over the rows of `target` that belong to `on`: `count`, or `sum` of `column`.

    `scale` multiplies the sum (such as -1 for the credit side). Rows are counted whoever asks. Where that would
    tell something of a person, give a `min_cell`: a count from 1 to below it answers null (kpi.min_cell,
    `domain.md` §8); or a `klass`: the number is null without clearance of it for `body` (the target's unless
    said), the person whom the row of `on` is about excepted.
    """

    on: str
    name: str
    target: str
    function: Literal["count", "sum"]
    zh: str
    en: str
    via: str | None = None
    column: str | None = None
    scale: int = 1
    where: Sequence[Condition] = ()
    min_cell: int = 0
    klass: DataClass = DataClass.D0
    body: str | None = None


@dataclass(frozen=True, slots=True)
class SqlField:
    """A value computed by the database from the row's own columns.

    `sql` is an expression over `{column}` placeholders, the same for both engines, or one per engine
    (`{"sqlite": ..., "postgresql": ...}`); placeholders stand for the values as the viewer may see them.
    """

    on: str
    name: str
    kind: Kind
    sql: str | Mapping[str, str]
    needs: Sequence[str]
    zh: str
    en: str
    unit: str | None = None
    choices: type[Enum] | None = None


@dataclass(frozen=True, slots=True)
class FieldContext:
    """What a Python field may know of the request."""

    viewer: Any
    """A `yuanluo.viewer.Viewer`."""
    today: Any
    """datetime.date"""
    services: Mapping[str, Any] = field(default_factory=lambda: {})


PythonFunction = Callable[[Sequence[Mapping[str, Any]], FieldContext], Awaitable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class PythonField:
    """A value computed in Python, called once for all rows of a selection.

    `resolve(rows, context)` gets one mapping per row with the columns of `needs` (plus `tenant_id` and `id`),
    as stored values in JSON form, and returns as many values in the same order; a value that is an Exception
    becomes an error at its field. `klass` and `body` say which clearance the viewer needs; rows without it
    are not passed and answer null.
    """

    on: str
    name: str
    kind: Kind
    needs: Sequence[str]
    resolve: PythonFunction
    zh: str
    en: str
    klass: DataClass = DataClass.D0
    unit: str | None = None
    body: str | None = None


GraphQLField = ToMany | ToOne | Aggregate | SqlField | PythonField
