"""Statistics: rows grouped and aggregated inside the one statement, as the viewer may see them.

    SELECT <key> AS k0, ..., count(*) AS n, sum(v0) AS s0 ... FROM (<rows, keys and values as seen>) s GROUP BY k0, ...

`stats` of a connection speaks of the rows of that connection: what it tells could be computed from them, so nothing
is withheld. `statistics` of a node goes further: where a register (or a key) is above the viewer's class, its rows
are *counted* all the same, for "above the courtyard people are counted, not named" (decision 0015). Then

- a cell of 1 to `min_cell - 1` rows is withheld, and where what is withheld could be told from a total (one cell
  alone, or fewer rows than `min_cell` together) the next smallest cell beside it goes as well;
- there are counts only, one key at a time and no filter: sums, second keys and filters are ways to subtract;
- the viewer must reach every node below the one he asks for, so that no two viewers' numbers can be subtracted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import FieldNode

from yuanluo_graphql.arguments import Arg
from yuanluo_graphql.dialects import Item, quoted
from yuanluo_graphql.expressions import Alias, Tenant
from yuanluo_graphql.grouping import PERIODS, PLACES, GroupKey, Unit, group_keys
from yuanluo_graphql.model import AggregateField, ColumnField, ComputedField, Entity, plural
from yuanluo_graphql.plan import Binding
from yuanluo_graphql.values import name_of
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import Invalid

if TYPE_CHECKING:
    from yuanluo_graphql.compiler import Compilation

__all__ = ["Stats", "statistics"]

_PARENTS = {Unit.COURTYARD: "community", Unit.COMMUNITY: "subdistrict", Unit.SUBDISTRICT: "district"}
_FIGURES = {"sum": "Sum", "min": "Extremes", "max": "Extremes", "average": "Averages"}
Value = ColumnField | ComputedField | AggregateField


def statistics(c: Compilation, parent: Alias, nodes: Sequence[FieldNode]) -> str:
    """Return the registers at and below a node of the tree, by their figures."""
    fields = c.selection.collect(frozenset({"Statistics"}), [each.selection_set for each in nodes])
    entities = {plural(each.name): each for each in c.model.entities.values() if each.is_counted}
    items: list[Item] = []
    for key, found in fields.items():
        name = found[0].name.value
        if name == "__typename":
            items.append(Item(key, quoted("Statistics")))
        else:
            items.append(Item(key, _register(c, parent, entities[name], found), is_json=True))
    return c.d.object(items)


def _register(c: Compilation, parent: Alias, entity: Entity, nodes: Sequence[FieldNode]) -> str:
    arguments = c.field_arguments("Statistics", nodes[0])
    alias = c.alias(entity.name, Tenant(None, is_parameter=False))
    keys = _keys(entity, arguments.get("groupBy"))
    hidden = entity.row_class is not DataClass.D0 and c.cleared(alias, entity.row_class) != "TRUE"
    hidden = hidden or any(
        each.column is not None and c.cleared(alias, each.column.about.klass) != "TRUE" for each in keys
    )
    where = c.counted_where(alias) if hidden else c.where_of(alias, in_scope=True)
    number = c.carry_key(parent, "number")
    level = parent.entity.name.lower()
    below = f"SELECT n.number FROM node n WHERE n.{level}={number} UNION SELECT {number}"
    where.append(c.d.among(f"{alias.base}.tenant_id", below))
    if "filter" in arguments:
        if hidden:
            raise _small_cells(entity, "filter")
        where.append(c.filter(alias, arguments["filter"]))
    if hidden and len(keys) > 1:
        raise _small_cells(entity, "groupBy")
    shown = Stats(c, alias, arguments, where, keys, is_counted=hidden).object(nodes)
    if not hidden:
        return shown
    reached = c.scope_where("m.number")
    beyond = f"EXISTS(SELECT 1 FROM node m WHERE ({_at_or_below('m', level, number)}) AND NOT ({reached}))"
    return f"CASE WHEN {beyond} THEN {c.d.json_null()} ELSE {shown} END"


def _at_or_below(node: str, level: str, number: str) -> str:
    return f"{node}.number={number} OR {node}.{level}={number}"


def _small_cells(entity: Entity, argument: str) -> Invalid:
    return Invalid(
        f"{entity.description.partition(':')[0]}的明细您无权查看,只能得到不含筛选、至多按一项分组的人数或件数;"
        f"请去掉 {argument} 中多余的部分。",
        f"you may not see the rows of {entity.name}, only counts without a filter and by one key at a time; "
        f"ask without this {argument}.",
        field=argument,
        code="SMALL_CELLS",
    )


def _keys(entity: Entity, group_by: Arg | None) -> list[GroupKey]:
    known = group_keys(entity)
    wanted: list[GroupKey] = []
    for each in group_by.items() if group_by is not None else ():
        key = known[name_of(each.value)]
        if key in wanted:
            continue
        if any(other.field == key.field for other in wanted):
            raise Invalid(
                f"groupBy 中 {key.field} 出现两次;较细的一项已包含较粗的,请只留一项。",
                f"groupBy names {key.field} twice; the finer one says it all, so leave one.",
                field="groupBy",
                code="BAD_USER_INPUT",
            )
        wanted.append(key)
    return wanted


@dataclass(slots=True)
class Stats:
    """The statistics of one list: `where` holds everything that its rows must meet."""

    c: Compilation
    alias: Alias
    arguments: Mapping[str, Arg]
    where: Sequence[str]
    keys: Sequence[GroupKey]
    is_counted: bool = False
    """Whether rows or keys above the viewer's class are counted, so that small cells are withheld."""
    _values: dict[str, Value] = field(default_factory=lambda: {})

    @classmethod
    def of(cls, c: Compilation, alias: Alias, nodes: Sequence[FieldNode], where: Sequence[str]) -> Stats:
        """Return the statistics that a connection's field `stats` asks for."""
        arguments = c.field_arguments(f"{alias.entity.name}Connection", nodes[0])
        return cls(c, alias, arguments, where, _keys(alias.entity, arguments.get("groupBy")))

    def object(self, nodes: Sequence[FieldNode]) -> str:
        """Return the object `<Entity>Stats`."""
        c, name = self.c, f"{self.alias.entity.name}Stats"
        fields = c.selection.collect(frozenset({name}), [each.selection_set for each in nodes])
        items: list[Item] = []
        for key, found in fields.items():
            match found[0].name.value:
                case "__typename":
                    items.append(Item(key, quoted(name)))
                case "groupCount":
                    items.append(Item(key, self.group_count()))
                case "isComplete":
                    shown = c.d.boolean(f"{self.group_count()}<={self.limit()}")
                    items.append(Item(key, shown.sql, shown.is_json))
                case _:
                    items.append(Item(key, self.groups(found), is_json=True))
        return c.d.object(items)

    def limit(self) -> str:
        c, pages = self.c, self.c.compiler.pages
        given = self.arguments.get("limit")
        if given is None:
            return c.param(("groups", pages.groups), "bigint", lambda _b: pages.groups)
        source = given.source()

        def bind(b: Binding) -> int:
            value = source(b.variables)
            if not isinstance(value, int) or not 0 <= value <= pages.groups_maximum:
                raise Invalid(
                    f"limit 须在 0 到 {pages.groups_maximum} 之间。",
                    f"limit must be between 0 and {pages.groups_maximum}.",
                    field="limit",
                    code="PAGE_SIZE",
                )
            return value

        mark = ("groups of", given.variable, given.path) if given.variable else ("groups", given.value)
        return c.param(mark, "bigint", bind)

    # -- rows --------------------------------------------------------------------------------------------------

    def rows(self) -> str:
        """Return the rows with their keys `k<n>` and values `v<n>`, as the viewer may see them."""
        c, alias = self.c, self.alias
        columns = [f"{self.key_of(each)} AS k{index}" for index, each in enumerate(self.keys)]
        joined = ""
        if any(each.unit in PLACES for each in self.keys):
            joined = f" JOIN node p{alias.number} ON p{alias.number}.number={alias.base}.tenant_id"
            columns.append(
                f"{self.place(_PARENTS[self.keys[0].unit])} AS above" if self._is_partitioned else "0 AS above"
            )
        if not self.is_counted:
            columns += [f"{c.value_of(alias, each)} AS v{index}" for index, each in enumerate(self._values.values())]
        clause = f" WHERE {' AND '.join(self.where)}" if self.where else ""
        return f"SELECT {','.join(columns) or '1 AS one'} FROM {c.table(alias.entity)} {alias.base}{joined}{clause}"

    @property
    def _is_partitioned(self) -> bool:
        return self.is_counted and len(self.keys) == 1 and self.keys[0].unit in PLACES

    def place(self, level: str) -> str:
        """Return the number of the node of `level` that the row's node is or lies in."""
        node = f"p{self.alias.number}"
        if level == "courtyard":
            return f"CASE WHEN {node}.kind='COURTYARD' THEN {node}.number END"
        return f"CASE WHEN {node}.kind='{level.upper()}' THEN {node}.number ELSE {node}.{level} END"

    def key_of(self, key: GroupKey) -> str:
        """Return the expression, over the base table, that a key groups by."""
        if key.column is None:
            return self.place(key.unit.name.lower())
        column, kind = key.column.column, key.column.kind
        seen = f"{self.alias.base}.{column}" if self.is_counted else self.c.seen(self.alias, column)
        if key.unit is Unit.VALUE:
            return seen
        text = self.c.d.day_text(kind, f"({seen})")
        partial = kind is Kind.PARTIAL_DATE
        match key.unit:
            case Unit.DAY:
                return f"CASE WHEN length({text})=10 THEN {text} END" if partial else text
            case Unit.MONTH:
                month = f"substr({text},1,7)"
                return f"CASE WHEN length({text})>=7 THEN {month} END" if partial else month
            case Unit.QUARTER:
                # not divided before it is known that there is a month
                quarter = f"substr({text},1,4)||'-Q'||((CAST(substr({text},6,2) AS integer)+2)/3)"
                return f"CASE WHEN length({text})>=7 THEN {quarter} END"
            case _:
                return f"substr({text},1,4)"

    def grouped(self) -> str:
        """Return the derived table of the groups: keys, `n`, and the figures of each value."""
        keys = [f"s.k{index}" for index in range(len(self.keys))]
        columns = [*keys, "count(*) AS n"]
        if self._is_partitioned:
            columns.append("s.above")
            keys.append("s.above")
        if not self.is_counted:
            for index in range(len(self._values)):
                v = f"s.v{index}"
                columns += [f"{function}({v}) AS {function}{index}" for function in ("count", "min", "max")]
                if list(self._values.values())[index].kind not in (Kind.DAY, Kind.MOMENT):
                    columns.append(f"{self.c.d.sum(v)} AS sum{index}")
        by = f" GROUP BY {','.join(keys)}" if keys else ""
        return f"SELECT {','.join(columns)} FROM ({self.rows()}) s{by}"

    def withheld(self) -> str:
        """Return the groups with `hidden`: whether a group's figures are withheld."""
        least = self.c.compiler.pages.min_cell
        part = "q.above" if self._is_partitioned else "1"
        nulls = "".join(f",q.k{index} IS NULL,q.k{index}" for index in range(len(self.keys)))
        small = f"CASE WHEN q.n BETWEEN 1 AND {least - 1} THEN 1 ELSE 0 END"
        marked = (
            f"SELECT q.*,{small} AS small,sum({small}) OVER (PARTITION BY {part}) AS smalls,"
            f"sum(q.n*({small})) OVER (PARTITION BY {part}) AS beneath,"
            f"row_number() OVER (PARTITION BY {part},{small} ORDER BY q.n{nulls}) AS place FROM ({self.grouped()}) q"
        )
        told = f"w.smalls=1 OR w.smalls>1 AND w.beneath<{least}"
        return f"SELECT w.*,CASE WHEN w.small=1 OR w.place=1 AND ({told}) THEN 1 ELSE 0 END AS hidden FROM ({marked}) w"

    def group_count(self) -> str:
        """Return the number of groups."""
        if not self.keys:
            return "1"
        kept, self._values = self._values, {}
        counted = f"(SELECT count(*) FROM ({self.grouped()}) t)"
        self._values = kept
        return counted

    # -- what is shown -----------------------------------------------------------------------------------------

    def groups(self, nodes: Sequence[FieldNode]) -> str:
        """Return the array of groups, in the order of their keys."""
        c, entity = self.c, self.alias.entity
        name = f"{entity.name}StatsGroup"
        fields = c.selection.collect(frozenset({name}), [each.selection_set for each in nodes])
        self._values = {}
        items: list[Item] = []
        for key, found in fields.items():
            match found[0].name.value:
                case "__typename":
                    items.append(Item(key, quoted(name)))
                case "count":
                    counted = "CASE WHEN g.hidden=0 THEN g.n END" if self.is_counted else "g.n"
                    items.append(Item(key, counted))
                case "suppressed":
                    shown = c.d.boolean("g.hidden=1" if self.is_counted else "1=0")
                    items.append(Item(key, shown.sql, shown.is_json))
                case "key":
                    items.append(Item(key, self.key_object(found), is_json=True))
                case which:
                    items.append(Item(key, self.figures(found, which), is_json=True))
        rows = self.withheld() if self.is_counted else self.grouped()
        order = ",".join(f"t.k{index} IS NULL,t.k{index}" for index in range(len(self.keys)))
        by = f" ORDER BY {order}" if order else ""
        return c.d.array(items, f"SELECT t.* FROM ({rows}) t{by} LIMIT {self.limit()}", "g")

    def key_object(self, nodes: Sequence[FieldNode]) -> str:
        c, name = self.c, f"{self.alias.entity.name}StatsKey"
        fields = c.selection.collect(frozenset({name}), [each.selection_set for each in nodes])
        asked = {each.field: (f"g.k{index}", each) for index, each in enumerate(self.keys)}
        known = {each.field: each for each in group_keys(self.alias.entity).values()}
        items: list[Item] = []
        for key, found in fields.items():
            field_name = found[0].name.value
            if field_name == "__typename":
                items.append(Item(key, quoted(name)))
            elif field_name not in asked:
                each = known[field_name]
                is_json = each.unit in PERIODS or each.unit in PLACES
                items.append(Item(key, c.d.json_null() if is_json else "NULL", is_json=is_json))
            else:
                items.append(self.key_item(key, *asked[field_name], found))
        return c.d.object(items)

    def key_item(self, key: str, expr: str, each: GroupKey, nodes: Sequence[FieldNode]) -> Item:
        c = self.c
        if each.unit is Unit.VALUE and each.column is not None:
            shown = c.d.show(each.column.kind, expr)
            return Item(key, shown.sql, shown.is_json)
        name = "StatsPeriod" if each.unit in PERIODS else "StatsPlace"
        items: list[Item] = []
        for inner, found in c.selection.collect(frozenset({name}), [node.selection_set for node in nodes]).items():
            match found[0].name.value:
                case "__typename":
                    sql = quoted(name)
                case "text":
                    sql = expr
                case "startsOn":
                    sql = _first_day(each.unit, expr)
                case which:
                    sql = f"(SELECT n.{which} FROM node n WHERE n.number={expr})"
            items.append(Item(inner, sql))
        return Item(key, f"CASE WHEN {expr} IS NULL THEN {c.d.json_null()} ELSE {c.d.object(items)} END", is_json=True)

    def figures(self, nodes: Sequence[FieldNode], which: str) -> str:
        """Return the object of sums, averages, least or greatest values."""
        c, entity = self.c, self.alias.entity
        name = f"{entity.name}{_FIGURES[which]}"
        fields = c.selection.collect(frozenset({name}), [each.selection_set for each in nodes])
        items: list[Item] = []
        for key, found in fields.items():
            field_name = found[0].name.value
            if field_name == "__typename":
                items.append(Item(key, quoted(name)))
                continue
            each: Any = entity.fields[field_name]
            if which == "average":
                mean = c.d.json_null() if self.is_counted else self.mean(self.index_of(each), found)
                items.append(Item(key, mean, is_json=True))
            elif self.is_counted:
                items.append(Item(key, "NULL"))
            else:
                shown = c.d.show(each.kind, f"g.{which}{self.index_of(each)}")
                items.append(Item(key, shown.sql, shown.is_json))
        return c.d.object(items)

    def index_of(self, each: Value) -> int:
        self._values.setdefault(each.name, each)
        return list(self._values).index(each.name)

    def mean(self, index: int, nodes: Sequence[FieldNode]) -> str:
        c = self.c
        total, count = f"g.sum{index}", f"g.count{index}"
        items: list[Item] = []
        for key, found in c.selection.collect(frozenset({"Mean"}), [node.selection_set for node in nodes]).items():
            match found[0].name.value:
                case "__typename":
                    sql = quoted("Mean")
                case "sum":
                    sql = total
                case "count":
                    sql = count
                case _:
                    half = f"(2*abs({total})+{count})/(2*{count})"
                    sql = f"CASE WHEN {total}<0 THEN -({half}) ELSE {half} END"
            items.append(Item(key, sql))
        return f"CASE WHEN {count}=0 THEN {c.d.json_null()} ELSE {c.d.object(items)} END"


def _first_day(unit: Unit, text: str) -> str:
    match unit:
        case Unit.DAY:
            return text
        case Unit.MONTH:
            return f"{text}||'-01'"
        case Unit.YEAR:
            return f"{text}||'-01-01'"
        case _:
            first = "WHEN '1' THEN '01' WHEN '2' THEN '04' WHEN '3' THEN '07' ELSE '10'"
            months = f"CASE substr({text},7,1) {first} END"
            return f"substr({text},1,5)||{months}||'-01'"
