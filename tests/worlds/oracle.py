"""A naive executor that knows nothing of the compiler: rows in Python lists, one resolver per kind of field.

It says what an answer must be. The rows of every table of a composition are loaded once, with every right, into
plain dicts; a document is then run by graphql-core's own executor over a schema made from the printed SDL, with
nested loops instead of SQL. Rights, masks, switches, orders, pages and filters are written down here a second
time, from what the schema promises and not from how the compiler does it.

A cursor of the oracle is a position in its own book, `oracle:<n>`; `agree` compares two answers and tells which of
its cursors stands for which of the compiler's.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import apsw
import graphql
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from oracle_house import HouseRules, PlaceSeen, about, figure, permissions
from oracle_stats import MIN_CELL, asked_keys, stats

from yuanluo.fields import TODAY, Condition, FieldContext
from yuanluo.masking import mask
from yuanluo.readers import sought
from yuanluo.viewer import Viewer
from yuanluo_graphql.model import (
    AggregateField,
    ColumnField,
    ComputedField,
    Entity,
    EntityField,
    Model,
    NodeIdField,
    PermissionsField,
    PythonEntityField,
    Relation,
    plural,
)
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind, Mask
from yuanluo_tenants.database import Database
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import crossing
from yuanluo_tenants.tables import Declared, TableClass, shown_columns

__all__ = ["REFUSED", "SMALL_CELLS", "Answer", "Formula", "Oracle", "Row", "agree", "global_id", "rows_of", "shown"]

Row = dict[str, Any]
Formula = Callable[[Mapping[str, Any]], Any]
"""What an SqlField says, in Python: from the columns it needs, as the viewer sees them, to the value."""

FLOORS = ("core", "tenants")
NAMED_MASKS = {Mask.NAME: "name", Mask.PHONE: "phone", Mask.ID_NUMBER: "id_number", Mask.ROOM: "room_key"}
DEFAULT_PAGE = 50
SMALL_CELLS = "SMALL_CELLS"
REFUSED = frozenset({((), SMALL_CELLS)})
"""The errors of a document that is refused as a whole."""
SPANS = {"District": 10**10, "Subdistrict": 10**7, "Community": 10**4, "Grid": 1}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b),
    "ge": lambda a, b: bool(a >= b),
    "contains": lambda a, b: b in a,
    "startsWith": lambda a, b: a.startswith(b),
}


async def rows_of(database: Database, registry: Registry, now: dt.datetime) -> dict[str, list[Row]]:
    """Return every row of every table of a composition, all courtyards together; of a listing, as it shows them."""
    found: dict[str, list[Row]] = {}
    with crossing("the oracle of the tests"):
        for table in registry:
            name = table._meta.tablename
            if table.declared.listing is not None:
                found[name] = await _listed(database, table, now)
            elif table.declared.table_class is TableClass.TENANT:
                found[name] = await database.fetch(f'SELECT * FROM "{name}"')
            elif name == "node":
                found[name] = await database.fetch('SELECT * FROM "node"', shared=True)
    return found


async def _listed(database: Database, table: type[Declared], now: dt.datetime) -> list[Row]:
    assert table.declared.listing is not None
    source = table.declared.listing.source(table._meta.tablename, database.dialect)
    day = now.astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    bound = {"{now}": f"'{shown(now)}'", "{today}": f"'{day}'"}
    for place, literal in bound.items():
        source = source.replace(place, literal)
    rows = await database.fetch(source, shared=True)
    abouts = shown_columns(table)
    # of an expression, SQLite does not say what its value is
    return [{name: _typed(value, abouts[name].kind) for name, value in row.items()} for row in rows]


def _typed(value: Any, kind: Kind) -> Any:
    return uuid.UUID(value) if kind in (Kind.UUID, Kind.UPWARD) and isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Answer:
    """What the oracle says: `data`, and where errors stand."""

    data: Any
    errors: frozenset[tuple[tuple[str | int, ...], str]]


@dataclass(frozen=True, slots=True, eq=False)
class _Object:
    """A row as an object of the answer."""

    entity: Entity
    row: Row


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """A row in a list, with its cursor."""

    list: _List
    row: Row


@dataclass(frozen=True, slots=True)
class _SortKey:
    column: str
    descending: bool


@dataclass(frozen=True, slots=True, eq=False)
class _List:
    """All rows that a connection stands for, and the rows of its page."""

    entity: Entity
    order: tuple[_SortKey, ...]
    matching: list[Row]
    page: list[Row]
    has_next: bool
    has_previous: bool
    others: int | None = None
    """How many rows of a courtyard's whole list are not there for the viewer, small numbers withheld."""


@dataclass(frozen=True, slots=True, eq=False)
class _Below:
    """Every register at and below a node of the tree."""

    node: _Object


class Oracle:
    """Answers documents over `rows` as a viewer must see them."""

    def __init__(
        self,
        model: Model,
        schema: GraphQLSchema,
        rows: Mapping[str, list[Row]],
        today: dt.date,
        *,
        formulas: Mapping[str, Formula] | None = None,
        plugins: Sequence[Mapping[str, Any]] = (),
        services: Mapping[str, Any] | None = None,
        rules: HouseRules | None = None,
    ) -> None:
        self.model = model
        self.rows = dict(rows)
        self.today = today
        self.formulas = formulas or {}
        self.plugins = plugins
        self.services = services or {}
        self.rules = rules
        self.schema = graphql.build_schema(graphql.print_schema(schema))
        self.positions: list[tuple[Any, ...]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._scratch = apsw.Connection(":memory:")
        self._known: dict[Any, Any] = {}

    async def answer(
        self, document: str | DocumentNode, viewer: Viewer | None, variables: Mapping[str, Any] | None = None
    ) -> Answer:
        """Answer `document` for `viewer`; None is someone without a token."""
        eye = _Eye(self, viewer)
        result = graphql.execute(
            self.schema,
            graphql.parse(document) if isinstance(document, str) else document,
            root_value=eye,
            variable_values=dict(variables or {}),
            field_resolver=eye.resolve,
            type_resolver=lambda value, _info, _type: value.entity.name,
        )
        if isinstance(result, Awaitable):
            result = await result
        errors = result.errors or []
        if any(isinstance(each.original_error, _Refused) for each in errors):
            return Answer(None, REFUSED)
        for each in errors:
            if not isinstance(each.original_error, _Failed):
                raise each
        found = frozenset((tuple(each.path or ()), str(each.original_error)) for each in errors)
        return Answer(json.loads(json.dumps(result.data)), found)

    def may_refuse(self, tree: DocumentNode, viewer: Viewer | None, variables: Mapping[str, Any]) -> bool:
        """Whether a document asks of a register what is refused to the viewer, if ever it comes to that.

        The compiler refuses when it comes upon the field, although no row may lead there.
        """
        (operation,) = [each for each in tree.definitions if isinstance(each, OperationDefinitionNode)]
        values = get_variable_values(self.schema, operation.variable_definitions or (), dict(variables))
        assert not isinstance(values, list)
        info = TypeInfo(self.schema)
        looking = _Registers(info, values, _Eye(self, viewer))
        visit(tree, TypeInfoVisitor(info, looking))
        return looking.is_refused

    def off(self, tenant: int | None, plugin: str) -> bool:
        """Whether `plugin` is switched off at the node `tenant`."""
        return plugin not in FLOORS and any(
            each["tenant_id"] == tenant and each["plugin"] == plugin for each in self.rows["plugin_switch"]
        )

    def computed(self, each: ComputedField, values: Mapping[str, Any]) -> Any:
        """Return the value of an SqlField: by its formula, else by SQLite over these values alone."""
        formula = self.formulas.get(f"{each.spec.on}.{each.name}")
        if formula is not None:
            return formula(values)
        sql = each.spec.sql if isinstance(each.spec.sql, str) else each.spec.sql["sqlite"]
        bound = {f"y_{column}": _storable(values[column]) for column in each.spec.needs}
        for column in each.spec.needs:
            sql = sql.replace("{" + column + "}", f":y_{column}")
        key = (sql, tuple(bound.values()))
        if key not in self._known:
            ((value,),) = self._scratch.execute(f"SELECT ({sql})", bound).fetchall()
            self._known[key] = value
        value = self._known[key]
        if each.kind is Kind.FLAG and value is not None:
            return bool(value)
        return value

    def mark(self, position: tuple[Any, ...]) -> str:
        """Return the cursor of a position."""
        number = self._numbers.setdefault(position, len(self.positions))
        if number == len(self.positions):
            self.positions.append(position)
        return f"oracle:{number}"

    def position(self, cursor: str) -> tuple[Any, ...]:
        """Return the position of a cursor."""
        return self.positions[int(cursor.removeprefix("oracle:"))]


class _Failed(Exception):
    """A Python field failed; the text is the code that the client sees."""


class _Refused(Exception):
    """The whole document is refused, for what it asks of people whom the viewer may only count."""


@dataclass(slots=True)
class _Eye:
    """The database as one viewer sees it."""

    oracle: Oracle
    viewer: Viewer | None
    _clear: dict[tuple[str, DataClass], tuple[Any, ...]] = field(default_factory=lambda: {})

    # -- rights ----------------------------------------------------------------------------------------------

    def in_scope(self, tenant: int) -> bool:
        return self.viewer is not None and tenant in self.viewer.scope

    def clear_ranges(self, body: str, klass: DataClass) -> list[Any]:
        if self.viewer is None:
            return []
        return [c.range for c in self.viewer.clearances if c.klass >= klass and c.body in ("*", body)]

    def clear(self, entity: Entity, row: Row, klass: DataClass, body: str | None = None) -> bool:
        """Whether the viewer sees what is of `klass` in this row."""
        if klass is DataClass.D0:
            return True
        if self.viewer is None:
            return False
        ranges = self.clear_ranges(body or self.body_of(entity, row), klass)
        if not entity.is_tenant:  # a node of the tree is nobody's: clear to who is cleared in his whole scope
            return all(_covered(part.lo, part.hi, ranges) for part in self.viewer.scope.ranges)
        if any(row["tenant_id"] in each for each in ranges):
            return True
        subject = entity.subject
        return subject is not None and (row["tenant_id"], row[subject]) in self.viewer.own

    def never_clear(self, entity: Entity, klass: DataClass) -> bool:
        """Whether no row at all could be clear, so that the list itself is hidden."""
        if klass is DataClass.D0 or not entity.is_tenant:
            return False
        own = self.viewer is not None and self.viewer.own and entity.subject is not None
        return not own and not any(self.clear_ranges(body, klass) for body in self.bodies_of(entity))

    def seen(self, entity: Entity, row: Row, column: str) -> Any:
        """Return a column's value as the viewer may see it."""
        about = entity.columns[column]
        if about.kind is Kind.SEALED:  # its masked form is for the courtyard's own people
            return row[f"{column}_masked"] if self.clear(entity, row, DataClass.D1) else None
        if self.clear(entity, row, about.klass):
            return row[column]
        rule = NAMED_MASKS.get(about.mask)
        return mask(rule, row[column]) if rule else None  # type: ignore[arg-type]  # the four rules above

    def exists(self, entity: Entity, row: Row) -> bool:
        """Whether there is such a row at all for the viewer."""
        if not self.holds(row, entity.where):
            return False
        if not entity.is_tenant:
            return True
        return (
            self.in_scope(row["tenant_id"])
            and self.clear(entity, row, entity.row_class)
            and self.clear(entity, row, self.own_class(entity, row))
            and not self.oracle.off(row["tenant_id"], entity.plugin)
        )

    def own_class(self, entity: Entity, row: Row) -> DataClass:
        """Return the class that the row says of itself."""
        return DataClass[row[entity.class_column]] if entity.class_column else DataClass.D0

    def body_of(self, entity: Entity, row: Row) -> str:
        """Return whose business the row is."""
        body: str = row[entity.body_column] if entity.body_column else entity.body
        return body

    def bodies_of(self, entity: Entity) -> set[str]:
        """Return whose business the rows of a type may be; `*` stands for those that no type names."""
        return (
            {"*", *(each.body for each in self.oracle.model.entities.values())} if entity.body_column else {entity.body}
        )

    def holds(self, row: Row, conditions: Iterable[Condition]) -> bool:
        return all(self._condition(row[column], op, value) for column, op, value in conditions)

    def _condition(self, stored: Any, op: str, value: Any) -> bool:
        if op == "is_null":
            return stored is None
        if op == "not_null":
            return stored is not None
        if op.startswith("null_or_"):
            return stored is None or self._condition(stored, op.removeprefix("null_or_"), value)
        if stored is None:
            return False
        if op == "in":
            return any(stored == _plain(each) for each in value)
        return COMPARE[op](stored, self.oracle.today if value is TODAY else _plain(value))

    # -- fields ----------------------------------------------------------------------------------------------

    def resolve(self, source: Any, info: graphql.GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """Resolve one field of one object."""
        given = {name: value for name, value in arguments.items() if value is not None}
        match source:
            case _Eye():
                return self.root(info.field_name, given)
            case _Object():
                if info.field_name not in source.entity.fields:
                    return self.of_place(source, info.field_name, given)
                return self.entity_field(source, source.entity.fields[info.field_name], given)
            case _List():
                if info.field_name == "stats":
                    return self.stats(source.entity, source.matching, given, is_counted=False)
                return self.list_field(source, info.field_name)
            case _Below():
                return self.register(source.node, info.field_name, given)
            case _Edge():
                return self.edge_field(source, info.field_name)
            case _ if info.parent_type.name == "Viewer" and info.field_name in ("person", "people"):
                return self.himself(info.field_name, given)
            case _:
                return source[info.field_name]

    def himself(self, name: str, given: Mapping[str, Any]) -> Any:
        """Return the persons that the viewer is, or the one in a courtyard; without a code the only one."""
        assert self.viewer is not None
        entity, own = self.oracle.model.entities["Person"], set(self.viewer.own)
        stored = sorted(self.oracle.rows[entity.table], key=lambda row: (row["tenant_id"], str(row["id"])))
        found = [row for row in stored if (row["tenant_id"], row["id"]) in own and self.exists(entity, row)]
        if name == "people":
            return [_Object(entity, row) for row in found]
        code = given.get("courtyard")
        if code is None and len(own) != 1:
            return None
        return next((_Object(entity, row) for row in found if code in (None, str(row["tenant_id"]))), None)

    def root(self, name: str, given: Mapping[str, Any]) -> Any:
        entities = self.oracle.model.entities
        match name:
            case "viewer":
                return self.who()
            case "plugins":
                return list(self.oracle.plugins)
            case "courtyards":
                return self.listed(entities["Courtyard"], lambda _row: True, given, ())
            case "courtyard":
                return self.first(entities["Courtyard"], lambda row: str(row["tenant_id"]) == given["code"], order=())
            case "district":
                entity = entities["District"]
                return self.first(
                    entity, lambda row: row["code"] == given["code"] and self.touches(entity, row), order=()
                )
            case "indicators":
                assert self.oracle.rules is not None
                return [about(each) for each in self.oracle.rules.composition.indicators.values()]
            case "node":
                return self.node(given["id"])
            case "nodes":
                return [self.node(each) for each in given["ids"]]
            case _ if name in self.oracle.model.listed:
                return self.listed(self.oracle.model.listed[name], lambda _row: True, given, ())
        raise AssertionError(name)

    def who(self) -> Any:
        if self.viewer is None:
            return None
        ends = self.viewer.expires_at
        return {
            "name": self.viewer.name,
            "roles": [{"role": role, "node": str(node)} for role, node in self.viewer.roles],
            "expiresAt": shown(ends),
        }

    def node(self, gid: str) -> _Object | None:
        entity = self.oracle.model.entities.get(gid.split(":", maxsplit=1)[0])
        if entity is None:
            return None
        for row in self.oracle.rows[entity.table]:
            if global_id(entity, row) == gid and self.exists(entity, row):
                return _Object(entity, row) if entity.is_tenant or self.touches(entity, row) else None
        return None

    def touches(self, entity: Entity, row: Row) -> bool:
        """Whether a node of the tree has something to do with the viewer's scope."""
        if self.viewer is None:
            return False
        lo, hi = row["number"], row["number"] + SPANS[entity.name] - 1
        inside = [each["number"] for each in self.oracle.rows["node"] if each["grid"] == lo]
        return any(part.lo <= hi and lo <= part.hi for part in self.viewer.scope.ranges) or any(
            entity.name == "Grid" and each in part for each in inside for part in self.viewer.scope.ranges
        )

    def entity_field(self, source: _Object, each: EntityField, given: Mapping[str, Any]) -> Any:
        entity, row = source.entity, source.row
        is_beside = not isinstance(each, (NodeIdField, ColumnField)) and each.plugin != entity.plugin
        if is_beside and entity.is_tenant and self.oracle.off(row["tenant_id"], each.plugin):
            return None
        match each:
            case NodeIdField():
                return global_id(entity, row)
            case ColumnField():
                return shown(self.seen(entity, row, each.column))
            case ComputedField():
                return self.computed(entity, row, each)
            case AggregateField():
                return self.aggregate(entity, row, each)
            case PythonEntityField():
                return self.python(entity, row, each)
            case PermissionsField():
                return self.permissions(entity, row, given)
            case Relation():
                return self.relation(entity, row, each, given)
        raise AssertionError(f"{entity.name}.{each.name} is of a kind that the oracle does not know")

    def permissions(self, entity: Entity, row: Row, given: Mapping[str, Any]) -> Any:
        assert self.oracle.rules is not None
        assert self.viewer is not None  # without a token there is no row that could be asked
        tenant = row["tenant_id"] if entity.is_tenant else row["number"]
        return permissions(
            self.oracle.rules,
            entity.name,
            tenant,
            self.viewer,
            given,
            lambda column: shown(self.seen(entity, row, column)),
            lambda plugin: self.oracle.off(tenant, plugin),
        )

    def of_place(self, source: _Object, name: str, given: Mapping[str, Any]) -> Any:
        """Return what the schema itself puts on the types of the tree."""
        if name == "statistics":
            return _Below(source)
        assert name in ("indicator", "indicators"), name
        assert self.oracle.rules is not None
        known = self.oracle.rules.composition.indicators
        place = self.place_seen(source)
        if name == "indicator":
            return figure(known[given["name"]], place)
        return [figure(known[each], place) for each in given.get("names", known)]

    def place_seen(self, source: _Object) -> PlaceSeen:
        entity, row = source.entity, source.row
        assert self.oracle.rules is not None
        return PlaceSeen(
            self.oracle.rows,
            frozenset({row["tenant_id"]}) if entity.is_tenant else frozenset(self.below(source)),
            entity.is_tenant,
            self.in_scope,
            self.oracle.off,
            self.holds,
            lambda body, klass: self.clear(entity, row, klass, body),
            shown(self.oracle.rules.now),
        )

    def below(self, node: _Object) -> set[int]:
        """Return the numbers of everything at and below a node of the tree."""
        level, number = node.entity.name.lower(), node.row["number"]
        return {n["number"] for n in self.oracle.rows["node"] if number in (n["number"], n[level])}

    def computed(self, entity: Entity, row: Row, each: ComputedField) -> Any:
        return shown(self.oracle.computed(each, {c: self.seen(entity, row, c) for c in each.spec.needs}))

    def aggregate(self, entity: Entity, row: Row, each: AggregateField) -> Any:
        spec = each.spec
        target = self.oracle.model.entities[spec.target]
        if entity.is_tenant and target.plugin != entity.plugin and self.oracle.off(row["tenant_id"], target.plugin):
            return None
        if not self.clear(entity, row, spec.klass, spec.body or target.body):
            return None
        values: list[Any] = []
        for other in self.oracle.rows[target.table]:
            if not self.holds(other, target.where) or not self.holds(other, spec.where):
                continue
            if target.is_tenant and entity.is_tenant and other["tenant_id"] != row["tenant_id"]:
                continue
            if target.is_tenant and not entity.is_tenant and not self.in_scope(other["tenant_id"]):
                continue
            if target.is_tenant and not entity.is_tenant and self.oracle.off(other["tenant_id"], target.plugin):
                continue
            if spec.via is not None and other[spec.via] != row[entity.key]:
                continue
            values.append(1 if spec.column is None else other[spec.column])
        if spec.function == "sum":
            return spec.scale * sum(value for value in values if value is not None)
        return None if 1 <= len(values) < spec.min_cell else len(values)

    def python(self, entity: Entity, row: Row, each: PythonEntityField) -> Any:
        spec = each.spec
        if not self.clear(entity, row, spec.klass, spec.body):
            return None
        needs: Row = {column: shown(row[column]) for column in spec.needs}
        tenant = row["tenant_id"] if entity.is_tenant else 0
        needs.update(tenant_id=tenant, id=str(row[entity.key]))
        context = FieldContext(self.viewer, self.oracle.today, self.oracle.services)

        async def call() -> Any:
            try:
                (value,) = await spec.resolve([needs], context)
            except Exception as error:  # noqa: BLE001  # whatever a plugin raises is its failure
                value = error
            if isinstance(value, Exception):
                raise _Failed("PLUGIN_FAILED")
            return shown(value)

        return call()

    # -- relations -------------------------------------------------------------------------------------------

    def relation(self, entity: Entity, row: Row, each: Relation, given: Mapping[str, Any]) -> Any:
        target = self.oracle.model.entities[each.target]
        is_beside = each.same_tenant and entity.is_tenant and target.is_tenant and target.plugin != entity.plugin
        if is_beside and self.oracle.off(row["tenant_id"], target.plugin):
            return None

        def belongs(other: Row) -> bool:
            if each.same_tenant and entity.is_tenant and target.is_tenant and other["tenant_id"] != row["tenant_id"]:
                return False
            if not self.holds(other, each.where):
                return False
            if not target.is_tenant and not entity.is_tenant and not self.touches(target, other):
                return False
            if each.child is None:
                return True
            mine = self.key(entity, row, each.parent)
            return mine is not None and self.key(target, other, each.child) == mine

        if not each.many:
            order = () if each.child in ("id", "number") else each.order
            return self.first(target, belongs, order=order)
        classes = [(target, target.row_class)]
        if each.child is not None:  # the reference that joins them may have a class of its own
            classes += [(target, target.columns[each.child].klass), (entity, entity.columns[each.parent].klass)]
        if each.is_nullable and any(self.never_clear(*one) for one in classes):
            return None
        found = self.listed(target, belongs, given, each.order)
        if each.child is not None or entity.name != "Courtyard":
            return found
        whole = [
            other for other in self.oracle.rows[target.table] if self.holds(other, target.where) and belongs(other)
        ]
        others = sum(not self.exists(target, other) for other in whole)
        return replace(found, others=None if 1 <= others < MIN_CELL else others)

    def key(self, entity: Entity, row: Row, column: str) -> Any:
        """Return a key's value; a reference that the viewer may not see leads nowhere."""
        return row[column] if column == "tenant_id" else self.seen(entity, row, column)

    def first(self, entity: Entity, belongs: Callable[[Row], bool], order: Sequence[str]) -> _Object | None:
        rows = [row for row in self.oracle.rows[entity.table] if self.exists(entity, row) and belongs(row)]
        rows = self.in_order(entity, rows, self.order(entity, None, order))
        return _Object(entity, rows[0]) if rows else None

    # -- lists -----------------------------------------------------------------------------------------------

    def listed(
        self, entity: Entity, belongs: Callable[[Row], bool], given: Mapping[str, Any], order: Sequence[str]
    ) -> _List:
        wanted = given.get("filter")
        matching = [
            row
            for row in self.oracle.rows[entity.table]
            if self.exists(entity, row) and belongs(row) and (wanted is None or self.passes(entity, row, wanted))
        ]
        keys = self.order(entity, given.get("orderBy"), order)
        matching = self.in_order(entity, matching, keys)
        window = matching
        if "after" in given:
            place = self.oracle.position(given["after"])
            window = [row for row in window if self.compare(keys, self.place(entity, row, keys), place) > 0]
        if "before" in given:
            place = self.oracle.position(given["before"])
            window = [row for row in window if self.compare(keys, self.place(entity, row, keys), place) < 0]
        if "last" in given:
            size = given["last"]
            page = window[len(window) - size :] if size < len(window) else window
            return _List(entity, keys, matching, page, "before" in given, len(window) > size)
        size = given.get("first", DEFAULT_PAGE)
        return _List(entity, keys, matching, window[:size], len(window) > size, "after" in given)

    def order(self, entity: Entity, asked: Any, declared: Sequence[str]) -> tuple[_SortKey, ...]:
        wanted: list[tuple[str, bool]] = []
        if asked is None:
            wanted = [(each.lstrip("-"), each.startswith("-")) for each in declared or entity.order]
        else:
            for each in asked:
                wanted.append((each["field"].lower(), each.get("direction") == "DESC"))
        keys: list[_SortKey] = []
        for column, descending in wanted:
            stored = f"{column}_pinyin" if f"{column}_pinyin" in entity.columns else column
            if stored != entity.key and all(key.column != stored for key in keys):
                keys.append(_SortKey(stored, descending))
        return (*keys, _SortKey(entity.key, False))

    def place(self, entity: Entity, row: Row, keys: Sequence[_SortKey]) -> tuple[Any, ...]:
        return tuple(
            row[key.column] if key.column == entity.key else self.seen(entity, row, key.column) for key in keys
        )

    def compare(self, keys: Sequence[_SortKey], one: tuple[Any, ...], two: tuple[Any, ...]) -> int:
        for key, a, b in zip(keys, one, two, strict=True):
            if a == b:
                continue
            if a is None or b is None:  # rows without a value come last, whichever way
                return 1 if a is None else -1
            return (1 if a > b else -1) * (-1 if key.descending else 1)
        return 0

    def in_order(self, entity: Entity, rows: list[Row], keys: Sequence[_SortKey]) -> list[Row]:
        placed = [(self.place(entity, row, keys), row) for row in rows]
        placed.sort(key=functools.cmp_to_key(lambda a, b: self.compare(keys, a[0], b[0])))
        return [row for _, row in placed]

    def list_field(self, found: _List, name: str) -> Any:
        entity = found.entity
        match name:
            case "nodes":
                return [_Object(entity, row) for row in found.page]
            case "edges":
                return [_Edge(found, row) for row in found.page]
            case "totalCount":
                return len(found.matching)
            case "othersCount":
                return found.others
            case "pageInfo":
                ends = [self.cursor(found, row) for row in (found.page[:1] + found.page[-1:])]
                return {
                    "hasNextPage": found.has_next,
                    "hasPreviousPage": found.has_previous,
                    "startCursor": ends[0] if ends else None,
                    "endCursor": ends[-1] if ends else None,
                }
            case "sum" | "counted":
                return {each.name: self.total(found, each, name) for each in entity.numeric()}
        raise AssertionError(name)

    def edge_field(self, edge: _Edge, name: str) -> Any:
        return _Object(edge.list.entity, edge.row) if name == "node" else self.cursor(edge.list, edge.row)

    def cursor(self, found: _List, row: Row) -> str:
        return self.oracle.mark(self.place(found.entity, row, found.order))

    def total(self, found: _List, each: Any, which: str) -> Any:
        values = [self.entity_field(_Object(found.entity, row), each, {}) for row in found.matching]
        values = [value for value in values if value is not None]
        if which == "counted":
            return len(values)
        return sum(values) if values else None

    # -- statistics ------------------------------------------------------------------------------------------

    def stats(self, entity: Entity, rows: list[Row], given: Mapping[str, Any], *, is_counted: bool) -> Any:
        nodes = {each["number"]: each for each in self.oracle.rows["node"]}
        return stats(
            entity,
            rows,
            given,
            nodes,
            seen=lambda row, column: row[column] if is_counted else self.seen(entity, row, column),
            value=lambda row, name: self.entity_field(_Object(entity, row), entity.fields[name], {}),
            is_counted=is_counted,
        )

    def register(self, node: _Object, name: str, given: Mapping[str, Any]) -> Any:
        """Return the statistics of a whole register at and below a node."""
        entity = self.registered(name)
        is_counted = self.is_counted(entity, given)
        if is_counted and self.tells_apart(entity, given):
            raise _Refused
        below = self.below(node)
        if is_counted and not all(self.in_scope(each) for each in below):
            return None
        wanted = given.get("filter")
        rows = [
            row
            for row in self.oracle.rows[entity.table]
            if row["tenant_id"] in below
            and (self.counts(entity, row) if is_counted else self.exists(entity, row))
            and (wanted is None or self.passes(entity, row, wanted))
        ]
        return self.stats(entity, rows, given, is_counted=is_counted)

    def registered(self, name: str) -> Entity:
        (entity,) = [
            each for each in self.oracle.model.entities.values() if each.is_tenant and plural(each.name) == name
        ]
        return entity

    def is_counted(self, entity: Entity, given: Mapping[str, Any]) -> bool:
        """Whether the viewer may not see all that a register's statistics are made of, but may count it."""
        columns = [each.column for each in asked_keys(entity, given.get("groupBy", ())) if each.column is not None]
        classes = [entity.row_class, *(entity.columns[column].klass for column in columns)]
        return not all(self.all_clear(entity, klass) for klass in classes)

    def tells_apart(self, entity: Entity, given: Mapping[str, Any]) -> bool:
        """Whether small cells could be told by subtraction: by a filter or a second key."""
        return "filter" in given or len(asked_keys(entity, given.get("groupBy", ()))) > 1

    def all_clear(self, entity: Entity, klass: DataClass) -> bool:
        """Whether the viewer is cleared in his whole scope."""
        if klass is DataClass.D0:
            return True
        if self.viewer is None:
            return False
        return all(
            _covered(part.lo, part.hi, self.clear_ranges(body, klass))
            for body in self.bodies_of(entity)
            for part in self.viewer.scope.ranges
        )

    def counts(self, entity: Entity, row: Row) -> bool:
        """Whether a row that the viewer need not see is counted."""
        return (
            self.holds(row, entity.where)
            and self.in_scope(row["tenant_id"])
            and self.clear(entity, row, self.own_class(entity, row))
            and not self.oracle.off(row["tenant_id"], entity.plugin)
        )

    # -- filters ---------------------------------------------------------------------------------------------

    def passes(self, entity: Entity, row: Row, wanted: Mapping[str, Any]) -> bool:
        for name, value in wanted.items():
            if value is None:
                continue
            match name:
                case "and":
                    truth = all(self.passes(entity, row, each) for each in value)
                case "or":
                    truth = any(self.passes(entity, row, each) for each in value)
                case "not":
                    truth = not self.passes(entity, row, value)
                case _:
                    truth = self._operators(entity, row, entity.fields[name], value)
            if not truth:
                return False
        return True

    def _operators(self, entity: Entity, row: Row, each: EntityField, wanted: Mapping[str, Any]) -> bool:
        if isinstance(each, ColumnField):
            value, read = self.seen(entity, row, each.column), _read_of(each)
        else:
            assert isinstance(each, Relation)
            key = self.seen(entity, row, each.parent)
            value, read = None if key is None else f"{each.target}:{row['tenant_id']}:{key}", _same
        for op, asked in wanted.items():
            if asked is None:
                continue
            if op == "isNull":
                truth = (value is None) is asked
            elif value is None:
                truth = False
            elif op == "in":
                truth = any(value == read(item) for item in asked)
            elif isinstance(each, ColumnField) and each.kind is Kind.PARTIAL_DATE:
                known = min(len(value), len(asked))
                truth = COMPARE[op](value[:known], asked[:known])
            else:
                truth = COMPARE[op](value, read(asked))
            if not truth:
                return False
        return True


class _Registers(Visitor):
    """Looks in a document for statistics that would be refused."""

    def __init__(self, info: TypeInfo, values: VariableValues, eye: _Eye) -> None:
        super().__init__()
        self.info = info
        self.values = values
        self.eye = eye
        self.is_refused = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Look at one field."""
        parent, definition = self.info.get_parent_type(), self.info.get_field_def()
        if parent is None or parent.name != "Statistics" or definition is None or node.name.value == "__typename":
            return
        found = get_argument_values(definition, node, self.values)
        given = {name: value for name, value in found.items() if value is not None}
        entity = self.eye.registered(node.name.value)
        self.is_refused |= self.eye.is_counted(entity, given) and self.eye.tells_apart(entity, given)


def _same(value: Any) -> Any:
    return value


READ: dict[Kind, Callable[[Any], Any]] = {
    Kind.DAY: dt.date.fromisoformat,
    Kind.MOMENT: dt.datetime.fromisoformat,
}
"""How a client's value of a kind is read; others are themselves."""


def _read_of(each: ColumnField) -> Callable[[Any], Any]:
    """Return how a client's value is read to be compared with a column."""
    reads = each.about.reads
    return READ.get(each.kind, _same) if reads is None else lambda text: sought(reads, text)


def _covered(lo: int, hi: int, ranges: Iterable[Any]) -> bool:
    for each in sorted(ranges):
        if each.lo <= lo <= each.hi:
            lo = each.hi + 1
    return lo > hi


def _plain(value: Any) -> Any:
    return value.name if isinstance(value, Enum) else value


def _storable(value: Any) -> Any:
    """Return a value as SQLite stores it, for an expression over values."""
    if isinstance(value, bool):
        return int(value)
    return shown(value) if isinstance(value, (dt.date, uuid.UUID, Enum)) else value


def shown(value: Any) -> Any:
    """Return a value as JSON shows it."""
    match value:
        case dt.datetime():
            moment = value.astimezone(dt.timezone.utc)
            return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        case dt.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case Enum():
            return value.name
        case bytes():
            return value.hex()
        case _:
            return value


def global_id(entity: Entity, row: Row) -> str:
    """Return the global id of a row."""
    if entity.listing is not None:
        return f"{entity.name}:{row['id']}"
    if entity.is_tenant:
        return f"{entity.name}:{row['tenant_id']}:{row['id']}"
    return f"{entity.name}:{row['number']}:{row['number']}"


# -- comparing ---------------------------------------------------------------------------------------------------


def agree(compiled: Mapping[str, Any], expected: Answer) -> dict[str, str]:
    """Assert that a compiled answer is the expected one, keys in order; return the oracle's cursor of each cursor."""
    cursors: dict[str, str] = {}
    _alike(compiled["data"], expected.data, (), cursors)
    errors = frozenset((tuple(e["path"]), e["extensions"]["code"]) for e in compiled.get("errors", ()))
    assert errors == expected.errors, f"errors: {sorted(errors)} but expected {sorted(expected.errors)}"
    return cursors


def _alike(found: Any, expected: Any, path: tuple[str | int, ...], cursors: dict[str, str]) -> None:
    where = ".".join(map(str, path))
    if isinstance(expected, dict):
        assert isinstance(found, dict), f"{where}: {found!r} but expected an object {expected!r}"
        assert list(found) == list(expected), f"{where}: keys {list(found)} but expected {list(expected)}"
        for key, value in expected.items():
            _alike(found[key], value, (*path, key), cursors)
    elif isinstance(expected, list):
        assert isinstance(found, list), f"{where}: {found!r} but expected a list {expected!r}"
        assert len(found) == len(expected), (
            f"{where}: {len(found)} items but expected {len(expected)}: {found} {expected}"
        )
        for index, value in enumerate(expected):
            _alike(found[index], value, (*path, index), cursors)
    elif isinstance(expected, str) and expected.startswith("oracle:"):
        assert isinstance(found, str), f"{where}: {found!r} but expected a cursor"
        cursors[found] = expected
    else:
        assert (type(found), found) == (type(expected), expected), f"{where}: {found!r} but expected {expected!r}"
