"""Indicators in the one statement: one aggregate per counter table, then the numbers that are made of them.

    SELECT <object of indicator 1>, <object of indicator 2>
    FROM (SELECT sum(closed) AS c0, sum(opinions) AS c1 FROM council_counts x WHERE <here and below> AND <plugin on>)
         i1, (SELECT count(*) AS c0 FROM courtyard x WHERE <here and below> AND <plugin on>) i2

Counter rows are the deployment's smallest: one per courtyard and plugin, however many rows they count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import FieldNode

from yuanluo.composition import OwnedIndicator
from yuanluo.indicators import Courtyards, Measure, RowCount, Tally
from yuanluo_graphql.dialects import Item, quoted
from yuanluo_graphql.expressions import Alias
from yuanluo_graphql.values import name_of, native
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind

if TYPE_CHECKING:
    from yuanluo_graphql.compiler import Compilation

__all__ = ["about_indicator", "indicators"]

_CARRIED = ("District", "Subdistrict")
"""Where the place that a row carries tells whether it is below, for nearly all rows are read anyway.

`yuanluo check` holds it against the tree, which tells at the levels beneath: there a few rows are found by their key.
"""


def about_indicator(owned: OwnedIndicator) -> dict[str, Any]:
    """Return what `IndicatorAbout` shows."""
    each = owned.indicator
    return {
        "name": each.name,
        "zh": each.zh,
        "en": each.en,
        "unit": each.unit,
        "scale": each.scale,
        "definition": each.definition,
        "source": each.source,
        "plugin": owned.plugin,
        "dependsOnDay": each.depends_on_day,
    }


def indicators(c: Compilation, parent: Alias, nodes: Sequence[FieldNode]) -> str:
    """Return the field `indicator` or `indicators` of a courtyard or a node of the tree."""
    is_one = nodes[0].name.value == "indicator"
    given = c.field_arguments(parent.entity.name, nodes[0]).get("name" if is_one else "names")
    if given is None:
        names = list(c.model.indicators)
    else:
        names = [name_of(each.value) for each in ([given] if is_one else given.items())]
    sums = _Sums(c, parent)
    objects = [_object(sums, c.model.indicators[name], nodes) for name in names]
    if is_one:
        return f"(SELECT {objects[0]} FROM {sums.tables()})" if sums.found else objects[0]
    array = c.d.values([c.d.json_value(each) for each in objects])
    return f"(SELECT {array} FROM {sums.tables()})" if sums.found else array


@dataclass(slots=True)
class _Sums:
    """The aggregates that the indicators of one field need: one derived table per source and set of plugins."""

    c: Compilation
    parent: Alias
    found: dict[tuple[str, tuple[str, ...]], tuple[str, list[str], str]] = field(default_factory=lambda: {})

    def tables(self) -> str:
        """Return the derived tables; each has one row."""
        parts = [
            f"(SELECT {','.join(f'{expr} AS c{n}' for n, expr in enumerate(columns))} {source}) {name}"
            for name, columns, source in self.found.values()
        ]
        return ",".join(parts)

    def column(self, key: str, plugins: tuple[str, ...], source: str, expr: str) -> str:
        """Return the name of an aggregate `expr` over `source`, which `key` and `plugins` identify."""
        if (key, plugins) not in self.found:
            self.c.aliases += 1
            self.found[key, plugins] = (f"i{self.c.aliases}", [], source)
        name, columns, _ = self.found[key, plugins]
        if expr not in columns:
            columns.append(expr)
        return f"{name}.c{columns.index(expr)}"

    def of(self, measure: Measure, plugins: tuple[str, ...]) -> str:
        """Return the name of what a measure comes to."""
        d = self.c.d
        match measure:
            case Tally(table=table, column=column, less=less):
                source = f"FROM {table} x WHERE {' AND '.join(self.where('x', plugins, places=_CARRIED))}"
                total = d.sum(f"x.{column}") if less is None else d.sum(f"x.{column}-x.{less}")
                return self.column(table, plugins, source, f"coalesce({total},0)")
            case RowCount():
                where = [*self.where("x", plugins), *self.conditions(measure, "x")]
                source = f"FROM {measure.table} x WHERE {' AND '.join(where)}"
                return self.column(repr(measure), plugins, source, "count(*)")
            case Courtyards(having=having):
                where = self.where("x", plugins, places=_CARRIED)
                if having:
                    where.append(f"({' OR '.join(self.exists(each) for each in having)})")
                source = f"FROM courtyard x WHERE {' AND '.join(where)}"
                return self.column(repr(measure), plugins, source, "count(*)")

    def exists(self, rows: RowCount) -> str:
        where = ["r.tenant_id=x.tenant_id", *self.conditions(rows, "r")]
        return f"EXISTS(SELECT 1 FROM {rows.table} r WHERE {' AND '.join(where)})"

    def conditions(self, rows: RowCount, name: str) -> list[str]:
        columns = self.c.model.counted[rows.table]
        return [self.c.condition(name, columns[column], column, op, value) for column, op, value in rows.where]

    def where(self, name: str, plugins: tuple[str, ...], places: tuple[str, ...] = ()) -> list[str]:
        """Return the predicates of rows here and below, of nodes where the plugins are on.

        `places` are the levels whose number the table carries in a column of its own.
        """
        c, parent = self.c, self.parent
        tenant = f"{name}.tenant_id"
        if parent.entity.is_tenant:
            where = [f"{tenant}={c.tenant_of(parent)}"]
        else:
            number, level = c.carry_key(parent, "number"), parent.entity.name
            if level in places:
                below = f"{name}.{level.lower()}={number}"
            else:
                found = f"SELECT n.number FROM node n WHERE n.{level.lower()}={number}"
                below = c.d.among(tenant, f"{found} UNION SELECT {number}")
            where = [c.scope_where(tenant), below]
        return [*where, *(f"NOT {c.switched_off(plugin, tenant)}" for plugin in plugins)]


def _object(sums: _Sums, owned: OwnedIndicator, nodes: Sequence[FieldNode]) -> str:
    c, each = sums.c, owned.indicator
    courtyards = sums.of(Courtyards(), owned.plugins)
    numerator = sums.of(each.numerator, owned.plugins)
    denominator = sums.of(each.denominator, owned.plugins) if each.denominator is not None else None
    hidden = _hidden(sums, owned, numerator, denominator)

    def told(expr: str) -> str:
        return f"CASE WHEN {courtyards}=0 OR {hidden} THEN NULL ELSE {expr} END"

    items: list[Item] = []
    fields = c.selection.collect(frozenset({"Indicator"}), [node.selection_set for node in nodes])
    for key, found in fields.items():
        match found[0].name.value:
            case "__typename":
                items.append(Item(key, quoted("Indicator")))
            case "name":
                items.append(Item(key, quoted(each.name)))
            case "about":
                items.append(Item(key, _about(c, owned, found), is_json=True))
            case "courtyards":
                items.append(Item(key, courtyards))
            case "suppressed":
                shown = c.d.boolean(f"{courtyards}>0 AND {hidden}")
                items.append(Item(key, shown.sql, shown.is_json))
            case "asOf":
                shown = c.d.show(Kind.MOMENT, _now(c))
                items.append(Item(key, shown.sql, shown.is_json))
            case "numerator":
                items.append(Item(key, told(numerator)))
            case "denominator":
                items.append(Item(key, told(denominator) if denominator is not None else "NULL"))
            case _:
                items.append(Item(key, told(_value(c, numerator, denominator, each.scale))))
    return c.d.object(items)


def _now(c: Compilation) -> str:
    name = c.d.name
    return c.param("now", "timestamptz", lambda b: native(b.now, Kind.MOMENT, name))


def _value(c: Compilation, numerator: str, denominator: str | None, scale: int) -> str:
    """Return the value to two digits, half up, computed in whole hundredths so that both engines agree."""
    if denominator is None:
        return c.d.hundredths(f"{numerator}*{100 * scale}")
    half = f"(2*abs({numerator})*{100 * scale}+{denominator})/(2*{denominator})"
    signed = f"CASE WHEN {numerator}<0 THEN -({half}) ELSE {half} END"
    return f"CASE WHEN {denominator}>0 THEN {c.d.hundredths(f'({signed})')} END"


def _hidden(sums: _Sums, owned: OwnedIndicator, numerator: str, denominator: str | None) -> str:
    """Return whether a number is withheld: it is small, or what it lacks to the whole is."""
    c, each, parent = sums.c, owned.indicator, sums.parent
    if each.klass is DataClass.D0:
        return "(1=0)"
    clear = c.clear(parent, each.body, each.klass)
    if clear == "TRUE":
        return "(1=0)"
    most = c.compiler.pages.min_cell - 1
    small = [f"{numerator} BETWEEN 1 AND {most}"]
    if denominator is not None:
        small += [f"{denominator} BETWEEN 1 AND {most}", f"{denominator}-{numerator} BETWEEN 1 AND {most}"]
    if not parent.entity.is_tenant:
        # as in statistics: the numbers of two viewers with other reaches could be subtracted
        below = f"m.number={c.carry_key(parent, 'number')} OR m.{parent.entity.name.lower()}={parent.outer}.k$number"
        small.append(f"EXISTS(SELECT 1 FROM node m WHERE ({below}) AND NOT ({c.scope_where('m.number')}))")
    test = f"({' OR '.join(small)})"
    if clear == "FALSE":
        return test
    name = f"i${each.body}${each.klass.name}"
    parent.carried.setdefault(name, f"CASE WHEN {clear} THEN 1 ELSE 0 END")
    return f"({parent.outer}.{name}=0 AND {test})"


def _about(c: Compilation, owned: OwnedIndicator, nodes: Sequence[FieldNode]) -> str:
    said: Mapping[str, Any] = {"__typename": "IndicatorAbout", **about_indicator(owned)}
    items: list[Item] = []
    fields = c.selection.collect(frozenset({"IndicatorAbout"}), [node.selection_set for node in nodes])
    for key, found in fields.items():
        value = said[found[0].name.value]
        if isinstance(value, bool):
            shown = c.d.boolean("1=1" if value else "1=0")
            items.append(Item(key, shown.sql, shown.is_json))
        else:
            items.append(Item(key, quoted(value) if isinstance(value, str) else str(value)))
    return c.d.object(items)
