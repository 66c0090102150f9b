"""One operation, one SQL statement: the compiler.

The database builds the whole JSON answer. Every object selection becomes a derived table over its entity's base
table (`b<n>`), seen from outside as `a<n>`:

    (SELECT b1.id, b1.tenant_id, <name as the viewer may see it> AS name, ...
     FROM person b1 WHERE b1.tenant_id = <tenant> AND <join> AND <row visible> AND <filter> AND <keyset>
     ORDER BY ... LIMIT ...) a1

Masking sits in the derived table and in every expression that filters, orders, counts, sums or seals a cursor, so
that none of them can be used to guess the clear value. The tenant predicate stands on every alias at every level:
`= <parameter>` below a root that names one tenant, `= parent.tenant_id` below one that names several, whose own
alias is held by the scope. A plugin switched off in a courtyard makes its fields null, by a predicate in the same
statement. Parameters are numbered and deduplicated; the plan holds the functions that find their values.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode

from yuanluo.fields import TODAY, Condition
from yuanluo.masking import MaskRule, mask_sql
from yuanluo_graphql.arguments import Arg, arguments_of
from yuanluo_graphql.cursors import Cursors, bad_cursor
from yuanluo_graphql.dialects import DIALECTS, Dialect, Item, quoted
from yuanluo_graphql.model import (
    FLOORS,
    AggregateField,
    ColumnField,
    ComputedField,
    Entity,
    Model,
    NodeIdField,
    PythonEntityField,
    Relation,
)
from yuanluo_graphql.plan import CLEARED, HIDDEN, NIL, Binder, Binding, Completion, Plan, PythonRoot
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.scalars import moment_text
from yuanluo_graphql.selection import Selection
from yuanluo_graphql.types import order_fields
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Kind, Mask
from yuanluo_tenants.errors import Invalid

__all__ = ["Compiler", "PageSizes"]

_MASKS: dict[Mask, MaskRule] = {
    Mask.NAME: "name",
    Mask.PHONE: "phone",
    Mask.ID_NUMBER: "id_number",
    Mask.ROOM: "room_key",
}
_CASTS: dict[Kind, str] = {
    Kind.INTEGER: "integer",
    Kind.MINUTES: "integer",
    Kind.LONG: "bigint",
    Kind.FEN: "bigint",
    Kind.AREA: "bigint",
    Kind.FLAG: "boolean",
    Kind.DAY: "date",
    Kind.MOMENT: "timestamptz",
    Kind.UUID: "uuid",
    Kind.REF: "uuid",
    Kind.UPWARD: "uuid",
}
_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SPANS = {"District": 10**10, "Subdistrict": 10**7, "Community": 10**4, "Grid": 1}
_ROOT_PYTHON = ("viewer", "plugins")
_PARAMETER = re.compile("\x01(\\d+):(\\w+)\x01")
_FILTER_DEPTH = 20
_FILTER_SIZE = 200
_LIST_SIZE = 1_000


@dataclass(frozen=True, slots=True)
class PageSizes:
    """How many rows a connection gives by default and at most."""

    default: int = 50
    maximum: int = 200


@dataclass(frozen=True, slots=True)
class _Tenant:
    """The tenant of an alias: an SQL expression, or None where rows of several tenants stand."""

    expr: str | None
    is_parameter: bool


@dataclass(slots=True)
class _Alias:
    """One use of an entity: the base alias inside, the derived alias outside, and the columns carried out."""

    entity: Entity
    number: int
    tenant: _Tenant
    carried: dict[str, str] = field(default_factory=lambda: {})

    @property
    def base(self) -> str:
        return f"b{self.number}"

    @property
    def outer(self) -> str:
        return f"a{self.number}"


@dataclass(frozen=True, slots=True)
class _Key:
    """One sort key of a connection."""

    column: str
    expr: str
    kind: Kind
    descending: bool
    is_nullable: bool


class Compiler:
    """Compiles operations over one model for one dialect."""

    def __init__(self, model: Model, schema: GraphQLSchema, dialect: str, pages: PageSizes) -> None:
        self.model = model
        self.schema = schema
        self.dialect = DIALECTS[dialect]
        self.pages = pages

    def compile(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, Any],
        variables: Mapping[str, Any],
        rights: Rights,
    ) -> Plan:
        """Compile a validated query operation for variables and rights of this shape."""
        return _Compilation(self, Selection(fragments, variables), variables, rights).run(operation)


class _Compilation:
    def __init__(self, compiler: Compiler, selection: Selection, variables: Mapping[str, Any], rights: Rights) -> None:
        self.compiler = compiler
        self.model = compiler.model
        self.d: Dialect = compiler.dialect
        self.selection = selection
        self.variables = variables
        self.rights = rights
        self.binders: list[Binder] = []
        self.numbers: dict[object, str] = {}
        self.aliases = 0
        self.conditions_asked = 0

    # -- parameters ------------------------------------------------------------------------------------------

    def param(self, key: object, cast_to: str, binder: Binder) -> str:
        """Return the placeholder of a parameter; the same key is the same parameter."""
        found = self.numbers.get((key, cast_to))
        if found is None:
            self.binders.append(binder)
            found = f"\x01{len(self.binders) - 1}:{cast_to}\x01"
            self.numbers[(key, cast_to)] = found
        return found

    def numbered(self, sql: str) -> tuple[str, tuple[Binder, ...]]:
        """Number the parameters that the finished statement uses; what a dropped branch asked for is left out."""
        used: dict[int, int] = {}

        def number(match: re.Match[str]) -> str:
            index = int(match.group(1))
            return self.d.placeholder(used.setdefault(index, len(used) + 1), match.group(2))

        text = _PARAMETER.sub(number, sql)
        return text, tuple(self.binders[index] for index in used)

    def constant(self, value: Any, kind: Kind) -> str:
        """Return the placeholder of a constant of the declaration."""
        cast_to = _CASTS.get(kind, "text")
        native = _native(value, kind, self.d.name)
        return self.param(("constant", repr(native)), cast_to, lambda _b: native)

    def argument(self, arg: Arg, kind: Kind) -> str:
        """Return the placeholder of a client's value of `kind`."""
        source, name = arg.source(), self.d.name
        key = ("arg", arg.variable, arg.path) if arg.variable else ("literal", repr(arg.value))
        return self.param(
            (*key, kind),
            _CASTS.get(kind, "text"),
            lambda b: _native(_storable(source(b.variables)), kind, name),
        )

    def today(self) -> str:
        name = self.d.name
        return self.param("today", "date", lambda b: _native(b.today, Kind.DAY, name))

    # -- the operation ---------------------------------------------------------------------------------------

    def run(self, operation: OperationDefinitionNode) -> Plan:
        query = cast("GraphQLObjectType", self.compiler.schema.query_type)
        fields = self.selection.collect(frozenset({"Query"}), [operation.selection_set])
        items: list[Item] = []
        python: list[PythonRoot] = []
        completion = Completion()
        introspects = False
        needs_database = False
        for key, nodes in fields.items():
            name = nodes[0].name.value
            if name == "__typename":
                items.append(Item(key, quoted("Query")))
                needs_database = True
            elif name.startswith("__"):
                introspects = True
                items.append(Item(key, self.d.json_null()))
            elif name in _ROOT_PYTHON:
                python.append(PythonRoot(key, name, tuple(nodes)))
                items.append(Item(key, self.d.json_null()))
            else:
                arguments = arguments_of(query.fields[name], nodes[0], self.variables)
                below = Completion()
                items.append(Item(key, self.root(name, nodes, arguments, below), is_json=True))
                needs_database = True
                if not below.is_empty:
                    completion.children[key] = below
        sql, binders = self.numbered(self.d.statement(self.d.object(items))) if needs_database else (None, ())
        return Plan(
            sql=sql,
            binders=binders,
            completion=None if completion.is_empty else completion,
            python_roots=tuple(python),
            introspects=introspects,
            keys=tuple(fields),
        )

    def root(self, name: str, nodes: Sequence[FieldNode], arguments: Mapping[str, Arg], completion: Completion) -> str:
        match name:
            case "courtyard":
                code = arguments["code"].source()
                key = ("courtyard", arguments["code"].variable, arguments["code"].value)
                tenant = self.param(key, "bigint", lambda b: _number(code(b.variables)))
                alias = self.alias("Courtyard", _Tenant(tenant, is_parameter=True))
                return self.one(alias, nodes, [], completion, in_scope=True)
            case "district":
                alias = self.alias("District", _Tenant(None, is_parameter=False))
                where = [f"b{alias.number}.code={self.argument(arguments['code'], Kind.CODE)}"]
                return self.one(alias, nodes, where, completion, in_scope=True)
            case "courtyards":
                alias = self.alias("Courtyard", _Tenant(None, is_parameter=False))
                return self.connection(alias, nodes, arguments, [], (), completion, in_scope=True)
            case "node":
                return self.node(arguments["id"], nodes, completion)
            case "nodes":
                return self.nodes(arguments["ids"], nodes, completion)
            case _:
                raise AssertionError(f"root field {name!r} has no compilation")

    def nodes(self, ids: Arg, nodes: Sequence[FieldNode], completion: Completion) -> str:
        size = len(ids.value)
        if size > self.compiler.pages.maximum:
            raise page_size(self.compiler.pages.maximum, "ids")
        exprs: list[str] = []
        for index, each in enumerate(ids.items()):
            below = Completion()
            exprs.append(self.node(each, nodes, below))
            if not below.is_empty:
                completion.children[f"#{index}"] = below
        return self.d.union(exprs)

    def node(self, gid: Arg, nodes: Sequence[FieldNode], completion: Completion) -> str:
        entity = self.model.entities.get(str(gid.value).partition(":")[0])
        if entity is None:
            return self.d.json_null()
        source = gid.source()
        mark = (gid.variable, gid.path) if gid.variable else repr(gid.value)
        tenant = self.param(("gid tenant", mark), "bigint", lambda b: _parts(source(b.variables))[0])
        alias = self.alias(entity.name, _Tenant(tenant if entity.is_tenant else None, is_parameter=True))
        if entity.is_tenant:
            name = self.d.name
            row = self.param(
                ("gid row", mark), "uuid", lambda b: _native(_parts(source(b.variables))[1], Kind.UUID, name)
            )
            where = [f"{alias.base}.id={row}"]
        else:
            row = self.param(("gid number", mark), "bigint", lambda b: _tree_number(source(b.variables)))
            where = [f"{alias.base}.number={row}"]
        return self.one(alias, nodes, where, completion, in_scope=True)

    # -- rows ------------------------------------------------------------------------------------------------

    def alias(self, entity: str, tenant: _Tenant) -> _Alias:
        self.aliases += 1
        return _Alias(self.model.entities[entity], self.aliases, tenant)

    def scope_where(self, column: str) -> str:
        lo = self.param("scope lo", "bigint", lambda b: b.rights.scope.lo)
        hi = self.param("scope hi", "bigint", lambda b: b.rights.scope.hi)
        return self.d.in_scope(column, lo, hi, is_single=self.rights.scope.is_single)

    def overlap_where(self, alias: _Alias) -> str:
        """Return whether a node of the tree contains or lies in some part of the scope."""
        span = _SPANS[alias.entity.name] - 1
        parts: list[str] = []
        for index in range(len(self.rights.scope.ranges)):

            def lo(b: Binding, index: int = index) -> int:
                return b.rights.scope.ranges[index].lo

            def hi(b: Binding, index: int = index) -> int:
                return b.rights.scope.ranges[index].hi

            low = self.param(("range lo", index), "bigint", lo)
            high = self.param(("range hi", index), "bigint", hi)
            parts.append(f"({alias.base}.number<={high} AND {alias.base}.number+{span}>={low})")
        return f"({' OR '.join(parts)})"

    def where_of(self, alias: _Alias, *, in_scope: bool) -> list[str]:
        """Return the predicates that every use of an entity carries: tenant, visibility, switch, kind."""
        entity, base = alias.entity, alias.base
        where: list[str] = []
        if entity.is_tenant:
            if alias.tenant.expr is not None:
                where.append(f"{base}.tenant_id={alias.tenant.expr}")
            if in_scope or alias.tenant.expr is None:
                where.append(self.scope_where(f"{base}.tenant_id"))
        elif in_scope:
            where.append(self.overlap_where(alias))
        where.extend(self.conditions(alias, entity.where))
        if entity.row_class is not DataClass.D0:
            clear = self.clear(alias, entity.body, entity.row_class)
            if clear != "TRUE":
                where.append(clear)
        if entity.class_column is not None:
            where.append(self.row_classes(alias, entity.class_column))
        if in_scope and entity.plugin not in FLOORS:
            where.append(f"NOT {self.switched_off(entity.plugin, f'{base}.tenant_id')}")
        return where

    def row_classes(self, alias: _Alias, column: str) -> str:
        """Return whether the viewer is cleared for the class that a row says of itself, for the row's own body."""
        base, own = alias.base, alias.entity.body_column
        bodies = sorted({each.body for each in self.model.entities.values()}) if own else []
        parts = [f"{base}.{column}='D0'"]
        for klass in (DataClass.D1, DataClass.D2, DataClass.D3):
            level = f"{base}.{column}='{klass.name}'"
            for body in bodies:
                clear = self.clear(alias, body, klass)
                if clear != "FALSE":
                    parts.append(f"({level} AND {base}.{own}={quoted(body)} AND {clear})")
            rest = self.clear(alias, "*" if own else alias.entity.body, klass)
            if rest != "FALSE":
                other = f" AND {base}.{own} NOT IN ({','.join(map(quoted, bodies))})" if bodies else ""
                parts.append(f"({level}{other} AND {rest})")
        return f"({' OR '.join(parts)})"

    def switched_off(self, plugin: str, tenant: str) -> str:
        name = self.constant(plugin, Kind.CODE)
        return f"EXISTS(SELECT 1 FROM plugin_switch s WHERE s.tenant_id={tenant} AND s.plugin={name})"

    def conditions(self, alias: _Alias, conditions: Sequence[Condition]) -> list[str]:
        return [
            self.condition(alias.base, alias.entity.columns[column], column, op, value)
            for column, op, value in conditions
        ]

    def condition(self, base: str, about: About, column: str, op: str, value: Any) -> str:
        expr = f"{base}.{column}"
        if op == "is_null":
            return f"{expr} IS NULL"
        if op == "not_null":
            return f"{expr} IS NOT NULL"
        if op == "in":
            return f"{expr} IN ({','.join(self.constant(each, about.kind) for each in value)})"
        bound = self.today() if value is TODAY else self.constant(value, about.kind)
        if op.startswith("null_or_"):
            return f"({expr} IS NULL OR {expr}{_COMPARE[op.removeprefix('null_or_')]}{bound})"
        return f"{expr}{_COMPARE[op]}{bound}"

    # -- rights ----------------------------------------------------------------------------------------------

    def clear(self, alias: _Alias, body: str, klass: DataClass) -> str:
        """Return whether the viewer sees `klass` of `body` in a row of `alias`: TRUE, FALSE or a predicate."""
        if klass is DataClass.D0:
            return "TRUE"
        kind = self.rights.kind(body, klass)
        if kind == -1:
            return "TRUE"
        if not alias.entity.is_tenant:
            return "FALSE"
        parts: list[str] = []
        for index in range(kind):

            def lo(b: Binding, index: int = index) -> int:
                return b.rights.ranges(body, klass)[index].lo

            def hi(b: Binding, index: int = index) -> int:
                return b.rights.ranges(body, klass)[index].hi

            low = self.param(("clear lo", body, klass, index), "bigint", lo)
            high = self.param(("clear hi", body, klass, index), "bigint", hi)
            parts.append(f"{alias.base}.tenant_id BETWEEN {low} AND {high}")
        subject = alias.entity.subject
        if subject is not None:
            for index in range(len(self.rights.own)):

                def tenant(b: Binding, index: int = index) -> int:
                    return b.rights.own[index][0]

                def person(b: Binding, index: int = index) -> Any:
                    return _native(b.rights.own[index][1], Kind.UUID, self.d.name)

                own_tenant = self.param(("own tenant", index), "bigint", tenant)
                own_person = self.param(("own person", index), "uuid", person)
                parts.append(f"({alias.base}.tenant_id={own_tenant} AND {alias.base}.{subject}={own_person})")
        return f"({' OR '.join(parts)})" if parts else "FALSE"

    def seen(self, alias: _Alias, column: str) -> str:
        """Return the expression, over the base table, of a column as the viewer may see it."""
        about = alias.entity.columns[column]
        is_sealed = about.kind is Kind.SEALED
        expr = f"{alias.base}.{column}_masked" if is_sealed else f"{alias.base}.{column}"
        # The masked form of a sealed value is for the courtyard's own people; its clear text is a Python field.
        clear = self.clear(alias, alias.entity.body, DataClass.D1 if is_sealed else about.klass)
        if clear == "TRUE":
            return expr
        rule = None if is_sealed else _MASKS.get(about.mask)
        masked = mask_sql(rule, expr, self.d.name) if rule is not None else "NULL"
        if clear == "FALSE":
            return masked if rule is not None else self.typed_null(about.kind)
        return f"CASE WHEN {clear} THEN {expr} ELSE {masked} END"

    def typed_null(self, kind: Kind) -> str:
        return f"NULL::{_CASTS.get(kind, 'text')}" if self.d.name == "postgresql" else "NULL"

    def is_hidden(self, alias: _Alias, column: str) -> bool:
        """Whether null may stand where the stored column is not null."""
        about = alias.entity.columns[column]
        return about.null or self.clear(alias, alias.entity.body, about.klass) != "TRUE"

    def carry(self, alias: _Alias, column: str) -> str:
        """Carry a column, as the viewer may see it, out of the derived table; return its outer name."""
        alias.carried.setdefault(column, self.seen(alias, column))
        return f"{alias.outer}.{column}"

    def carry_raw(self, alias: _Alias, column: str, clear: str) -> str:
        """Carry a stored value out, where `clear` holds; for Python fields with a clearance of their own."""
        expr = f"{alias.base}.{column}"
        guarded = expr if clear == "TRUE" else f"CASE WHEN {clear} THEN {expr} END"
        # Another field may carry the same column under another clearance. No column's own name has a `$`.
        known = (name for name, each in alias.carried.items() if name.startswith("raw$") and each == guarded)
        name = next(known, f"raw${len(alias.carried)}")
        alias.carried[name] = guarded
        return f"{alias.outer}.{name}"

    def carry_key(self, alias: _Alias, column: str) -> str:
        """Carry a key (never masked: ids and tenant numbers say nothing of a person)."""
        alias.carried.setdefault(f"k${column}", f"{alias.base}.{column}")
        return f"{alias.outer}.k${column}"

    def tenant_of(self, alias: _Alias) -> str:
        if alias.tenant.is_parameter and alias.tenant.expr is not None:
            return alias.tenant.expr
        return self.carry_key(alias, "tenant_id")

    def derived(self, alias: _Alias, where: Sequence[str], tail: str = "") -> str:
        columns = ",".join(f"{expr} AS {name}" for name, expr in alias.carried.items()) or "1 AS one"
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        return f"SELECT {columns} FROM {_table(alias.entity)} {alias.base}{clause}{tail}"

    # -- objects ---------------------------------------------------------------------------------------------

    def one(
        self,
        alias: _Alias,
        nodes: Sequence[FieldNode],
        where: Sequence[str],
        completion: Completion,
        *,
        in_scope: bool,
        order: str = "",
    ) -> str:
        every = [*self.where_of(alias, in_scope=in_scope), *where]
        if "FALSE" in every:
            return self.d.json_null()
        items = self.object(alias, nodes, completion)
        return self.d.row(items, self.derived(alias, every, f"{order} LIMIT 1"), alias.outer)

    def object(self, alias: _Alias, nodes: Sequence[FieldNode], completion: Completion) -> list[Item]:
        """Return the items of an object selection; columns they need are carried by `alias`."""
        entity = alias.entity
        fields = self.selection.collect(frozenset({entity.name, "Node"}), [each.selection_set for each in nodes])
        items: list[Item] = []
        hidden: dict[str, Item] = {}
        for key, found in fields.items():
            name = found[0].name.value
            if name == "__typename":
                items.append(Item(key, quoted(entity.name)))
                continue
            each = entity.fields[name]
            match each:
                case NodeIdField():
                    items.append(Item(key, self.global_id(alias)))
                case ColumnField():
                    shown = self.d.show(each.kind, self.carry(alias, each.column))
                    items.append(Item(key, shown.sql, shown.is_json))
                case ComputedField():
                    items.append(self.computed(key, alias, each))
                case AggregateField():
                    items.append(Item(key, self.aggregate(alias, each)))
                case PythonEntityField():
                    items.append(Item(key, self.d.json_null()))
                    completion.python.append((key, each))
                    hidden[each.name] = self.python_needs(alias, each)
                case Relation():
                    below = Completion()
                    items.append(Item(key, self.relation(alias, each, found, below), is_json=True))
                    if not below.is_empty:
                        completion.children[key] = below
        logged = self.logs(alias) or any(
            each.spec.klass is DataClass.D3
            and self.clear(alias, each.spec.body or entity.body, DataClass.D3) != "FALSE"
            for _, each in completion.python
        )
        if completion.python or logged:
            if logged:
                completion.logged = (entity.name, DataClass.D3)
            parts = [
                Item("t", self.tenant_of(alias) if entity.is_tenant else "0"),
                Item("i", self.carry_key(alias, entity.key)),
            ]
            items.append(Item(HIDDEN, self.d.object([*parts, *hidden.values()]), is_json=True))
        return items

    def logs(self, alias: _Alias) -> bool:
        """Whether sensitive values of this alias reach the viewer in the clear, so that reading is logged."""
        entity = alias.entity
        if entity.row_class is DataClass.D3:
            return True
        return any(
            name in entity.columns
            and entity.columns[name].klass is DataClass.D3
            and entity.columns[name].kind is not Kind.SEALED
            and self.clear(alias, entity.body, DataClass.D3) != "FALSE"
            for name in alias.carried
        )

    def global_id(self, alias: _Alias) -> str:
        name = alias.entity.name
        if alias.entity.is_tenant:
            tenant = self.carry_key(alias, "tenant_id")
            return f"{quoted(name + ':')}||{tenant}||':'||{self.carry_key(alias, 'id')}"
        number = self.carry_key(alias, "number")
        return f"{quoted(name + ':')}||{number}||':'||{number}"

    def computed(self, key: str, alias: _Alias, each: ComputedField) -> Item:
        sql = each.spec.sql
        text = sql if isinstance(sql, str) else sql[self.d.name]
        for column in each.spec.needs:
            text = text.replace("{" + column + "}", self.carry(alias, column))
        guarded = self.guard(alias, each.plugin, f"({text})", self.typed_null(each.kind))
        shown = self.d.show(each.kind, guarded)
        return Item(key, shown.sql, shown.is_json)

    def computed_base(self, alias: _Alias, each: ComputedField) -> str:
        sql = each.spec.sql
        text = sql if isinstance(sql, str) else sql[self.d.name]
        for column in each.spec.needs:
            text = text.replace("{" + column + "}", f"({self.seen(alias, column)})")
        return f"({text})"

    def python_needs(self, alias: _Alias, each: PythonEntityField) -> Item:
        clear = self.clear(alias, each.spec.body or alias.entity.body, each.spec.klass)
        if clear == "FALSE":
            return Item(f"p_{each.name}", self.d.json_null())
        items: list[Item] = []
        for column in each.spec.needs:
            about = alias.entity.columns[column]
            raw = self.carry_raw(alias, column, clear)
            if about.kind in (Kind.SEALED, Kind.BLOB):
                items.append(Item(column, self.d.hexed(raw)))
            else:
                shown = self.d.show(about.kind, raw)
                items.append(Item(column, shown.sql, shown.is_json))
        alias.carried.setdefault(f"c${each.name}", f"CASE WHEN {clear} THEN 1 ELSE 0 END")
        items.append(Item(CLEARED, f"{alias.outer}.c${each.name}"))
        needs = self.guard(alias, each.plugin, self.d.object(items), self.d.json_null())
        return Item(f"p_{each.name}", needs, is_json=True)

    def guard(self, alias: _Alias, plugin: str, expr: str, null: str) -> str:
        """Make a field of a plugin null where the plugin is switched off."""
        if self.model.needs_switch(plugin, alias.entity) is None or not alias.entity.is_tenant:
            return expr
        return f"CASE WHEN {self.switched_off(plugin, self.tenant_of(alias))} THEN {null} ELSE {expr} END"

    # -- relations -------------------------------------------------------------------------------------------

    def relation(self, parent: _Alias, each: Relation, nodes: Sequence[FieldNode], completion: Completion) -> str:
        target = self.model.entities[each.target]
        if not target.is_tenant or not each.same_tenant:
            tenant = _Tenant(None, is_parameter=False)
        elif parent.tenant.is_parameter and parent.tenant.expr is not None:
            tenant = parent.tenant
        else:
            tenant = _Tenant(self.carry_key(parent, "tenant_id"), is_parameter=False)
        alias = self.alias(each.target, tenant)
        where: list[str] = []
        if each.child is not None:
            where.append(f"{self.key_of(alias, each.child)}={self.carry_join(parent, each.parent)}")
            if self.is_closed(parent, each.parent):
                return self.d.json_null()
            if self.is_closed(alias, each.child):
                where.append("FALSE")
        where.extend(self.conditions(alias, each.where))
        if target.is_tenant and tenant.expr is None and target.plugin not in FLOORS:
            where.append(f"NOT {self.switched_off(target.plugin, f'{alias.base}.tenant_id')}")
        if each.many:
            definition = cast("GraphQLObjectType", self.compiler.schema.type_map[parent.entity.name])
            arguments = arguments_of(definition.fields[each.name], nodes[0], self.variables)
            expr = self.connection(
                alias,
                nodes,
                arguments,
                where,
                each.order,
                completion,
                in_scope=False,
                hide=each.is_nullable,
            )
        else:
            order = (
                ""
                if each.child in ("id", "number")
                else self.order_by(self.keys(alias, None, each.order), reverse=False)
            )
            expr = self.one(alias, nodes, where, completion, in_scope=False, order=order)
        if expr == self.d.json_null():
            return expr
        if tenant.expr is not None and target.plugin != each.plugin:
            expr = self.guard(parent, target.plugin, expr, self.d.json_null())
        return self.guard(parent, each.plugin, expr, self.d.json_null())

    def is_classed(self, alias: _Alias, column: str) -> bool:
        """Whether a column is a reference that not everybody may follow."""
        about = alias.entity.columns[column]
        return about.kind in (Kind.REF, Kind.UPWARD) and about.klass is not DataClass.D0

    def is_closed(self, alias: _Alias, column: str) -> bool:
        """Whether the viewer may follow a reference nowhere."""
        klass = alias.entity.columns[column].klass
        return self.is_classed(alias, column) and self.clear(alias, alias.entity.body, klass) == "FALSE"

    def key_of(self, alias: _Alias, column: str) -> str:
        """Return the base expression of a joining column: null where the viewer may not follow it."""
        return self.seen(alias, column) if self.is_classed(alias, column) else f"{alias.base}.{column}"

    def carry_join(self, alias: _Alias, column: str) -> str:
        """Carry a joining column out: null where the viewer may not follow it."""
        return self.carry(alias, column) if self.is_classed(alias, column) else self.carry_key(alias, column)

    def shown_to(self, parent: _Alias, each: AggregateField) -> str:
        """Return whether the viewer may see an aggregate of a row: TRUE, FALSE or a predicate over the base."""
        spec = each.spec
        return self.clear(parent, spec.body or self.model.entities[spec.target].body, spec.klass)

    def aggregate(self, parent: _Alias, each: AggregateField) -> str:
        null = self.typed_null(each.kind)
        shown = self.shown_to(parent, each)
        if shown == "FALSE":
            return null
        expr = self.aggregate_over(parent, each, outer=True)
        if shown != "TRUE":
            parent.carried.setdefault(f"c${each.name}", f"CASE WHEN {shown} THEN 1 ELSE 0 END")
            expr = f"CASE WHEN {parent.outer}.c${each.name}=1 THEN {expr} ELSE {null} END"
        for plugin in self.plugins_of(each):
            expr = self.guard(parent, plugin, expr, null)
        return expr

    def plugins_of(self, each: AggregateField) -> list[str]:
        """Return the plugins that must be on for an aggregate: whose field it is, and whose rows it counts."""
        return list(dict.fromkeys((self.model.entities[each.spec.target].plugin, each.plugin)))

    def aggregate_over(self, parent: _Alias, each: AggregateField, *, outer: bool) -> str:
        spec = each.spec
        target = self.model.entities[spec.target]
        self.aliases += 1
        alias = _Alias(target, self.aliases, _Tenant(None, is_parameter=False))
        base = alias.base

        def of_parent(column: str) -> str:
            return self.carry_key(parent, column) if outer else f"{parent.base}.{column}"

        where: list[str] = []
        if target.is_tenant and parent.entity.is_tenant:
            tenant = parent.tenant
            known = tenant.expr if tenant.is_parameter and tenant.expr is not None else of_parent("tenant_id")
            where.append(f"{base}.tenant_id={known}")
        elif target.is_tenant:
            where.append(self.scope_where(f"{base}.tenant_id"))
            if target.plugin not in FLOORS:
                where.append(f"NOT {self.switched_off(target.plugin, f'{base}.tenant_id')}")
        if spec.via is not None:
            where.append(f"{base}.{spec.via}={of_parent(parent.entity.key)}")
        where.extend(self.conditions(alias, spec.where))
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        source = f"FROM {_table(target)} {base}{clause}"
        if spec.function == "sum":
            number = f"coalesce(sum({base}.{spec.column}),0)"
            if self.d.name == "postgresql":
                number += "::bigint"
            value = f"{spec.scale}*{number}" if spec.scale != 1 else number
        else:
            value = "count(*)"
            if spec.min_cell > 1:
                value = f"CASE WHEN count(*) BETWEEN 1 AND {spec.min_cell - 1} THEN NULL ELSE count(*) END"
        return f"(SELECT {value} {source})"

    # -- connections -----------------------------------------------------------------------------------------

    def connection(
        self,
        alias: _Alias,
        nodes: Sequence[FieldNode],
        arguments: Mapping[str, Arg],
        where: Sequence[str],
        order: Sequence[str],
        completion: Completion,
        *,
        in_scope: bool,
        hide: bool = False,
    ) -> str:
        entity = alias.entity
        every = [*self.where_of(alias, in_scope=in_scope), *where]
        if hide and "FALSE" in every:
            return self.d.json_null()
        if "filter" in arguments:
            every.append(self.filter(alias, arguments["filter"]))
        keys = self.keys(alias, arguments.get("orderBy"), order)
        page = _Page(self, alias, arguments, keys, every)
        fields = self.selection.collect(frozenset({f"{entity.name}Connection"}), [each.selection_set for each in nodes])
        items: list[Item] = []
        for key, found in fields.items():
            below = Completion()
            match found[0].name.value:
                case "__typename":
                    items.append(Item(key, quoted(f"{entity.name}Connection")))
                case "nodes":
                    items.append(Item(key, page.nodes(found, below), is_json=True))
                case "edges":
                    items.append(Item(key, page.edges(found, below), is_json=True))
                case "pageInfo":
                    items.append(Item(key, page.info(found, below), is_json=True))
                case "totalCount":
                    items.append(Item(key, self.count(alias, every)))
                case ("sum" | "counted") as which:
                    items.append(Item(key, self.sums(alias, found, every, which), is_json=True))
                case name:
                    raise AssertionError(f"connection field {name!r} has no compilation")
            if not below.is_empty:
                completion.children[key] = below
        return self.d.object(items)

    def count(self, alias: _Alias, where: Sequence[str]) -> str:
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        return f"(SELECT count(*) FROM {_table(alias.entity)} {alias.base}{clause})"

    def sums(self, alias: _Alias, nodes: Sequence[FieldNode], where: Sequence[str], which: str) -> str:
        entity = alias.entity
        type_name = f"{entity.name}{which.capitalize()}"
        fields = self.selection.collect(frozenset({type_name}), [each.selection_set for each in nodes])
        columns: list[str] = []
        items: list[Item] = []
        for index, (key, found) in enumerate(fields.items()):
            name = found[0].name.value
            if name == "__typename":
                items.append(Item(key, quoted(type_name)))
                continue
            each = entity.fields[name]
            match each:
                case ColumnField():
                    expr = self.seen(alias, each.column)
                case ComputedField():
                    expr = self.guard_base(alias, each.plugin, self.computed_base(alias, each), each.kind)
                case AggregateField():
                    over = self.aggregate_over(alias, each, outer=False)
                    shown = self.shown_to(alias, each)
                    if shown != "TRUE":
                        over = f"CASE WHEN {shown} THEN {over} ELSE {self.typed_null(each.kind)} END"
                    for plugin in self.plugins_of(each):
                        over = self.guard_base(alias, plugin, over, each.kind)
                    expr = over
                case _:
                    raise AssertionError(f"{entity.name}.{name} cannot be summed")
            columns.append(f"{expr} AS v{index}")
            total = f"sum(s.v{index})" if which == "sum" else f"count(s.v{index})"
            if self.d.name == "postgresql" and which == "sum":
                total += "::bigint"
            items.append(Item(key, total))
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        rows = f"SELECT {','.join(columns) or '1 AS one'} FROM {_table(entity)} {alias.base}{clause}"
        return self.d.row(items, rows, "s") if columns else self.d.object(items)

    def guard_base(self, alias: _Alias, plugin: str, expr: str, kind: Kind) -> str:
        if self.model.needs_switch(plugin, alias.entity) is None or not alias.entity.is_tenant:
            return expr
        off = self.switched_off(plugin, f"{alias.base}.tenant_id")
        return f"CASE WHEN {off} THEN {self.typed_null(kind)} ELSE {expr} END"

    # -- order -----------------------------------------------------------------------------------------------

    def keys(self, alias: _Alias, order_by: Arg | None, order: Sequence[str]) -> list[_Key]:
        entity = alias.entity
        wanted: list[tuple[str, bool]] = []
        if order_by is not None:
            columns = order_fields(entity)
            for each in cast("list[Mapping[str, Any]]", order_by.value):
                descending = _name(each.get("direction")) == "DESC"
                wanted.append((columns[_name(each["field"])], descending))
        else:
            wanted = [(c.removeprefix("-"), c.startswith("-")) for c in (order or entity.order)]
        keys: list[_Key] = []
        seen: set[str] = set()
        for column, descending in wanted:
            stored = entity.sort_column(column)
            if stored in seen or stored == entity.key:
                continue
            seen.add(stored)
            about = entity.columns[stored]
            keys.append(_Key(stored, self.seen(alias, stored), about.kind, descending, self.is_hidden(alias, stored)))
        kind = entity.columns[entity.key].kind
        keys.append(_Key(entity.key, f"{alias.base}.{entity.key}", kind, False, False))
        return keys

    def order_by(self, keys: Sequence[_Key], *, reverse: bool) -> str:
        parts: list[str] = []
        for key in keys:
            direction = "DESC" if key.descending is not reverse else "ASC"
            nulls = (" NULLS FIRST" if reverse else " NULLS LAST") if key.is_nullable else ""
            parts.append(f"{key.expr} {direction}{nulls}")
        return f" ORDER BY {','.join(parts)}"

    # -- filters ---------------------------------------------------------------------------------------------

    def filter(self, alias: _Alias, arg: Arg, depth: int = 1) -> str:
        entity = alias.entity
        self.conditions_asked += 1
        if depth > _FILTER_DEPTH or self.conditions_asked > _FILTER_SIZE:
            raise _filter_too_large()
        parts: list[str] = []
        for name, value in arg.members():
            match name:
                case "and":
                    parts.extend(self.filter(alias, each, depth + 1) for each in value.items())
                case "or":
                    options = [self.filter(alias, each, depth + 1) for each in value.items()]
                    parts.append(f"({' OR '.join(options)})" if options else "(1=0)")
                case "not":
                    parts.append(f"NOT {self.filter(alias, value, depth + 1)}")
                case _:
                    each = entity.fields[name]
                    if isinstance(each, ColumnField):
                        parts.extend(self.operators(self.seen(alias, each.column), each.kind, value))
                    elif isinstance(each, Relation):
                        parts.extend(self.reference(alias, each, value))
        return f"({' AND '.join(parts)})" if parts else "(1=1)"

    def operators(self, expr: str, kind: Kind, arg: Arg) -> list[str]:
        parts: list[str] = []
        for op, value in arg.members():
            if op == "isNull":
                parts.append(f"{expr} IS {'' if value.value else 'NOT '}NULL")
                continue
            self.conditions_asked += 1
            if op == "in":
                self.list_size(value)
                options = ",".join(self.argument(each, kind) for each in value.items())
                test = f"{expr} IN ({options})" if options else "1=0"
            elif op == "contains":
                test = self.d.contains(expr, self.argument(value, kind))
            elif op == "startsWith":
                test = self.d.starts_with(expr, self.argument(value, kind))
            else:
                test = f"{expr}{_COMPARE[op]}{self.argument(value, kind)}"
            parts.append(f"({expr} IS NOT NULL AND {test})")
        return parts

    def reference(self, alias: _Alias, each: Relation, arg: Arg) -> list[str]:
        expr = self.key_of(alias, each.parent)
        parts: list[str] = []
        for op, value in arg.members():
            if op == "isNull":
                parts.append(f"{expr} IS {'' if value.value else 'NOT '}NULL")
                continue
            if op == "in":
                self.list_size(value)
            options = [self.row_key(one, each.target) for one in (value.items() if op == "in" else [value])]
            test = f"({alias.base}.tenant_id,{expr}) IN (VALUES {','.join(options)})" if options else "1=0"
            parts.append(f"({expr} IS NOT NULL AND {test})")
        return parts

    def list_size(self, arg: Arg) -> None:
        if len(arg.value) > _LIST_SIZE:
            raise _filter_too_large()

    def row_key(self, arg: Arg, target: str) -> str:
        """Return tenant number and row id of a global id; ones that no row has if it is not of `target`."""
        source, name = arg.source(), self.d.name

        def parts(b: Binding) -> tuple[int, uuid.UUID]:
            gid = source(b.variables)
            return _parts(gid) if str(gid).partition(":")[0] == target else (-1, NIL)

        mark = (target, arg.variable, arg.path) if arg.variable else (target, repr(arg.value))
        tenant = self.param(("ref tenant", mark), "bigint", lambda b: parts(b)[0])
        row = self.param(("ref", mark), "uuid", lambda b: _native(parts(b)[1], Kind.UUID, name))
        return f"({tenant},{row})"


class _Page:
    """One page of a connection: its limit, its keyset and the forms in which its rows are asked for."""

    def __init__(
        self,
        compilation: _Compilation,
        alias: _Alias,
        arguments: Mapping[str, Arg],
        keys: Sequence[_Key],
        where: Sequence[str],
    ) -> None:
        self.c = compilation
        self.alias = alias
        self.keys = keys
        self.where = list(where)
        pages = compilation.compiler.pages
        self.is_backward = "last" in arguments
        if self.is_backward and "first" in arguments:
            raise Invalid(
                "first 与 last 只能取其一。", "Give either first or last, not both.", field="first", code="PAGE_SIZE"
            )
        size = arguments.get("last" if self.is_backward else "first")
        if size is None:
            self.limit = compilation.param(("page", pages.default), "bigint", lambda _b: pages.default)
        else:
            source = size.source()
            field_name = "last" if self.is_backward else "first"

            def bind(b: Binding) -> int:
                value = source(b.variables)
                if not isinstance(value, int) or not 0 <= value <= pages.maximum:
                    raise page_size(pages.maximum, field_name)
                return value

            bind_key = ("size", size.variable, size.path) if size.variable else ("size", size.value)
            self.limit = compilation.param(bind_key, "bigint", bind)
        self.bound_to = self._bound_to(arguments)
        self.has_after = "after" in arguments
        self.has_before = "before" in arguments
        self.window = list(self.where)
        for name in ("after", "before"):
            if name in arguments:
                self.window.append(self._keyset(arguments[name], after=name == "after"))

    def _bound_to(self, arguments: Mapping[str, Arg]) -> Callable[[Binding], bytes]:
        fixed = json.dumps(
            [self.alias.entity.name, [(key.column, key.descending) for key in self.keys]], separators=(",", ":")
        )
        source = arguments["filter"].source() if "filter" in arguments else None

        def digest(b: Binding) -> bytes:
            value = source(b.variables) if source is not None else None
            return hashlib.sha256(f"{fixed}{value!r}".encode()).digest()

        return digest

    def _keyset(self, cursor: Arg, *, after: bool) -> str:
        size = len(self.keys)
        nulls = Cursors.nulls(str(cursor.value), size)
        source = cursor.source()
        mark = (cursor.variable, cursor.path) if cursor.variable else cursor.value
        bound_to = self.bound_to

        def value_at(b: Binding, index: int) -> Any:
            memo = ("cursor", mark, self.alias.number)
            if memo not in b.memo:
                b.memo[memo] = b.cursors.open(source(b.variables), bound_to(b), size)
            return b.memo[memo][index]

        values: list[str | None] = []
        for index, key in enumerate(self.keys):

            def bind(b: Binding, index: int = index, kind: Kind = key.kind) -> Any:
                try:
                    return _native(_parsed(value_at(b, index), kind), kind, self.c.d.name)
                except (ValueError, TypeError) as error:
                    raise bad_cursor() from error

            cast_to = _CASTS.get(key.kind, "text")
            mark_key = ("cursor", self.alias.number, after, mark, index)
            values.append(None if nulls[index] else self.c.param(mark_key, cast_to, bind))
        options: list[str] = []
        for index, key in enumerate(self.keys):
            same = [
                f"{k.expr} IS NULL" if v is None else f"{k.expr}={v}"
                for k, v in zip(self.keys[:index], values[:index], strict=True)
            ]
            value = values[index]
            greater = after is not key.descending
            if value is None:
                if after:
                    continue
                beyond = f"{key.expr} IS NOT NULL"
            else:
                beyond = f"{key.expr}{'>' if greater else '<'}{value}"
                if after and key.is_nullable:
                    beyond = f"({beyond} OR {key.expr} IS NULL)"
            options.append(" AND ".join([*same, beyond]))
        first, value = self.keys[0], values[0]
        test = f"({' OR '.join(f'({option})' for option in options)})" if options else "(1=0)"
        if value is not None and not first.is_nullable and size > 1:
            test = f"{first.expr}{'>=' if after is not first.descending else '<='}{value} AND {test}"
        return test

    def rows(self) -> str:
        """Return the derived table of the page, in the order of the connection."""
        c, alias = self.c, self.alias
        order = c.order_by(self.keys, reverse=self.is_backward)
        if not self.is_backward:
            return c.derived(alias, self.window, f"{order} LIMIT {self.limit}")
        for index, key in enumerate(self.keys):
            alias.carried.setdefault(f"o${index}", key.expr)
        inner = c.derived(alias, self.window, f"{order} LIMIT {self.limit}")
        parts = [
            f"p.o${index} {'DESC' if key.descending else 'ASC'}{' NULLS LAST' if key.is_nullable else ''}"
            for index, key in enumerate(self.keys)
        ]
        return f"SELECT * FROM ({inner}) p ORDER BY {','.join(parts)}"

    def nodes(self, nodes: Sequence[FieldNode], completion: Completion) -> str:
        """Return the array of the page's rows."""
        alias = self._fresh()
        items = self.c.object(alias, nodes, completion)
        return self.c.d.array(items, self._with(alias).rows(), alias.outer)

    def edges(self, nodes: Sequence[FieldNode], completion: Completion) -> str:
        """Return the array of the page's edges."""
        alias, c = self._fresh(), self.c
        name = f"{alias.entity.name}Edge"
        fields = c.selection.collect(frozenset({name}), [each.selection_set for each in nodes])
        items: list[Item] = []
        for key, found in fields.items():
            match found[0].name.value:
                case "__typename":
                    items.append(Item(key, quoted(name)))
                case "node":
                    below = Completion()
                    items.append(Item(key, c.d.object(c.object(alias, found, below)), is_json=True))
                    if not below.is_empty:
                        completion.children[key] = below
                case _:
                    items.append(Item(key, c.d.json_null()))
                    completion.cursor_keys.append(key)
        if completion.cursor_keys:
            completion.bound_to = self.bound_to
            items.append(Item(HIDDEN, self._key_values(alias), is_json=True))
        return c.d.array(items, self._with(alias).rows(), alias.outer)

    def info(self, nodes: Sequence[FieldNode], completion: Completion) -> str:
        """Return the page info."""
        c = self.c
        fields = c.selection.collect(frozenset({"PageInfo"}), [each.selection_set for each in nodes])
        items: list[Item] = []
        for key, found in fields.items():
            match found[0].name.value:
                case "__typename":
                    items.append(Item(key, quoted("PageInfo")))
                case "hasNextPage":
                    truth = ("TRUE" if self.has_before else "FALSE") if self.is_backward else self._more()
                    shown = c.d.boolean(truth)
                    items.append(Item(key, shown.sql, shown.is_json))
                case "hasPreviousPage":
                    truth = self._more() if self.is_backward else ("TRUE" if self.has_after else "FALSE")
                    shown = c.d.boolean(truth)
                    items.append(Item(key, shown.sql, shown.is_json))
                case which:
                    items.append(Item(key, c.d.json_null()))
                    (completion.start_keys if which == "startCursor" else completion.end_keys).append(key)
        if completion.start_keys or completion.end_keys:
            completion.bound_to = self.bound_to
            alias = self._fresh()
            values = self._key_values(alias)
            items.append(Item(HIDDEN, c.d.collect(values, self._with(alias).rows(), alias.outer), is_json=True))
        return c.d.object(items)

    def _more(self) -> str:
        rows = f"SELECT 1 FROM {_table(self.alias.entity)} {self.alias.base}"
        clause = f" WHERE {' AND '.join(self.window)}" if self.window else ""
        return f"EXISTS({rows}{clause} LIMIT 1 OFFSET {self.limit})"

    def _key_values(self, alias: _Alias) -> str:
        shown: list[str] = []
        for index, key in enumerate(self.keys):
            alias.carried.setdefault(f"o${index}", key.expr)
            outer = f"{alias.outer}.o${index}"
            shown.append(outer if key.kind is Kind.FLAG else self.c.d.show(key.kind, outer).sql)
        return self.c.d.values(shown)

    def _fresh(self) -> _Alias:
        """Return an alias of the same base with an outer name and columns of its own."""
        return _Alias(self.alias.entity, self.alias.number, self.alias.tenant)

    def _with(self, alias: _Alias) -> _Page:
        page = object.__new__(_Page)
        page.__dict__.update(self.__dict__)
        page.alias = alias
        return page


def page_size(maximum: int, name: str) -> Invalid:
    """Return the refusal of a page that is too large or negative."""
    return Invalid(
        f"{name} 须在 0 到 {maximum} 之间;请分页取。",
        f"{name} must be between 0 and {maximum}; ask for more pages instead.",
        field=name,
        code="PAGE_SIZE",
    )


def _filter_too_large() -> Invalid:
    return Invalid(
        f"筛选条件过多:最多 {_FILTER_SIZE} 个条件、{_FILTER_DEPTH} 层、每个列表 {_LIST_SIZE} 项。",
        f"The filter is too large: at most {_FILTER_SIZE} conditions, {_FILTER_DEPTH} levels and "
        f"{_LIST_SIZE} items of a list.",
        field="filter",
        code="FILTER_LIMIT",
    )


def _storable(value: Any) -> Any:
    """Return a client's value; refuse text that a database cannot hold (NUL, lone surrogates)."""
    if (isinstance(value, str) and not value.isascii()) or (isinstance(value, str) and "\0" in value):
        try:
            value.encode()
        except UnicodeEncodeError:
            pass
        else:
            if "\0" not in value:
                return value
        raise Invalid(
            "文本中有无法存储的字符。", "The text holds a character that cannot be stored.", code="BAD_USER_INPUT"
        )
    return value


def _table(entity: Entity) -> str:
    return f'"{entity.table}"'


def _name(value: Any) -> str:
    return value.name if isinstance(value, Enum) else str(value)


def _number(code: Any) -> int:
    text = str(code)
    return int(text) if len(text) == 16 and text.isascii() and text.isdigit() and int(text) < 2**53 else -1


def _tree_number(gid: Any) -> int:
    parts = str(gid).split(":")
    return _number(parts[1]) if len(parts) == 3 and parts[1] == parts[2] else -1


def _parts(gid: Any) -> tuple[int, uuid.UUID]:
    """Return tenant number and row id of a global id; ones that no row has if it is malformed."""
    parts = str(gid).split(":")
    if len(parts) != 3:
        return -1, NIL
    try:
        row = uuid.UUID(parts[2])
    except ValueError:
        return -1, NIL
    return (_number(parts[1]), row) if str(row) == parts[2] else (-1, NIL)


def _parsed(value: Any, kind: Kind) -> Any:
    """Return a cursor's JSON value as the value that `_native` takes."""
    match kind:
        case Kind.DAY:
            return dt.date.fromisoformat(value)
        case Kind.MOMENT:
            return dt.datetime.fromisoformat(value)
        case Kind.UUID | Kind.REF | Kind.UPWARD:
            return uuid.UUID(value)
        case _:
            return value


def _native(value: Any, kind: Kind, dialect: str) -> Any:
    """Return a Python value as the driver of `dialect` binds it."""
    if isinstance(value, Enum):
        return value.name
    if dialect == "postgresql":
        return bool(value) if kind is Kind.FLAG and value is not None else value
    match value:
        case bool():
            return int(value)
        case dt.datetime():
            return moment_text(value)
        case dt.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case _:
            return value
