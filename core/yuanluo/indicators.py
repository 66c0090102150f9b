"""Indicators: a number that a district watches, declared once: what it is, in which unit, from which counters.

    Indicator(
        "OPINION_CLOSING_RATE", "民情办结率", "share of opinions that are closed", "%",
        Tally("council_counts", "closed"), Tally("council_counts", "opinions"), scale=100, source="domain 3.2",
    )

The numerator and the denominator are summed below a node of the tree before they are divided, so that the rate of a
community is not the mean of its courtyards' rates. Whatever can be counted is a `Tally` of a counter column, kept in
the writing transaction and proven by `yuanluo check`; what depends on the day (`TODAY`) is a `RowCount`, computed
when it is asked for. A courtyard where the plugin is switched off is left out of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yuanluo.fields import TODAY, Condition
from yuanluo_tenants.classes import DataClass

__all__ = ["Courtyards", "Indicator", "Measure", "RowCount", "Tally"]


@dataclass(frozen=True, slots=True)
class Tally:
    """The sum of a counter column, less that of another one of the same table if given."""

    table: str
    column: str
    less: str | None = None


@dataclass(frozen=True, slots=True)
class RowCount:
    """The number of rows of a table for which every condition of `where` holds; `TODAY` is the day of the request."""

    table: str
    where: Sequence[Condition] = ()


@dataclass(frozen=True, slots=True)
class Courtyards:
    """The number of courtyards; of those that have such rows, of at least one sort, if `having` is given."""

    having: Sequence[RowCount] = ()


Measure = Tally | RowCount | Courtyards


@dataclass(frozen=True, slots=True)
class Indicator:
    """A named number: `numerator`, or `scale` x `numerator` / `denominator`.

    `name` is the member of GraphQL's enum `IndicatorName`; `scale` is 100 for a percentage. `source` is where it is
    defined. Where the number would tell something of few people, give the data class `klass` that a viewer must be
    cleared for (of `body`, the plugin's business) to see small numbers; to others they are withheld.
    """

    name: str
    zh: str
    en: str
    unit: str
    numerator: Measure
    denominator: Measure | None = None
    scale: int = 1
    source: str = ""
    klass: DataClass = DataClass.D0
    body: str = "registry"

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What it is made of."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    @property
    def rows(self) -> Iterator[RowCount]:
        """Everything that it computes from rows."""
        for each in self.measures:
            match each:
                case RowCount():
                    yield each
                case Courtyards():
                    yield from each.having
                case Tally():
                    pass

    @property
    def tables(self) -> frozenset[str]:
        """Every table that it is made from, counter tables included."""
        tallied = {each.table for each in self.measures if isinstance(each, Tally)}
        return frozenset(tallied | {each.table for each in self.rows})

    @property
    def depends_on_day(self) -> bool:
        """Whether it may change without a write."""
        return any(value is TODAY for each in self.rows for _, _, value in each.where)

    @property
    def definition(self) -> str:
        """What it is made of, in one line: `100 * council_counts.closed / council_counts.opinions`."""
        parts = [_said(each) for each in self.measures]
        return " / ".join(parts) if self.scale == 1 else f"{self.scale} * {' / '.join(parts)}"


def _said(measure: Measure) -> str:
    match measure:
        case Tally(table=table, column=column, less=less):
            return f"{table}.{column}" if less is None else f"({table}.{column} - {table}.{less})"
        case RowCount():
            return f"count({_rows(measure)})"
        case Courtyards(having=having):
            return f"courtyards({' or '.join(_rows(each) for each in having)})" if having else "courtyards"


def _rows(rows: RowCount) -> str:
    conditions = [_condition(column, operator, value) for column, operator, value in rows.where]
    return f"{rows.table} where {' and '.join(conditions)}" if conditions else rows.table


def _condition(column: str, operator: str, value: object) -> str:
    shown = "TODAY" if value is TODAY else getattr(value, "name", value)
    return f"{column} {operator}" if operator in ("is_null", "not_null") else f"{column} {operator} {shown}"
