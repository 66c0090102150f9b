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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode

from yuanluo.command import Receipt
from yuanluo_graphql.arguments import Arg, arguments_of
from yuanluo_graphql.dialects import DIALECTS, Item, quoted
from yuanluo_graphql.expressions import Alias, Tenant
from yuanluo_graphql.filters import Filters
from yuanluo_graphql.indicators import indicators
from yuanluo_graphql.model import (
    FLOORS,
    AggregateField,
    ColumnField,
    ComputedField,
    Entity,
    EntityField,
    Model,
    Mutation,
    NodeIdField,
    PermissionsField,
    PythonEntityField,
    Relation,
)
from yuanluo_graphql.paging import Page
from yuanluo_graphql.plan import CLEARED, HIDDEN, Binder, Completion, Permitted, Plan, PythonRoot
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.selection import Selection
from yuanluo_graphql.stats import Stats, statistics
from yuanluo_graphql.values import courtyard_number, gid_parts, gid_row, native, page_size, tree_number
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import Invalid

__all__ = ["Compilation", "Compiler", "PageSizes"]

_ROOT_PYTHON = ("viewer", "plugins", "indicators")
_GID_KEYS = {(True, False): ("tenant_id", "id"), (True, True): ("id",), (False, False): ("number",)}
"""The columns that a global id names, by whether the type is a tenant's and whether it is a listing."""


@dataclass(frozen=True, slots=True)
class PageSizes:
    """How many rows a connection and how many groups statistics give, by default and at most."""

    default: int = 50
    maximum: int = 200
    groups: int = 100
    groups_maximum: int = 2_000
    min_cell: int = 5
    """The smallest number that is told of rows above the viewer's class."""


class Compiler:
    """Compiles operations over one model for one dialect."""

    def __init__(self, model: Model, schema: GraphQLSchema, dialect: str, pages: PageSizes) -> None:
        self.model = model
        self.schema = schema
        self.dialect = DIALECTS[dialect]
        self.pages = pages

    def compile_payload(
        self,
        mutation: Mutation,
        nodes: Sequence[FieldNode],
        fragments: Mapping[str, Any],
        variables: Mapping[str, Any],
        rights: Rights,
    ) -> Plan:
        """Compile what a root field of a mutation selects of its payload."""
        return Compilation(self, Selection(fragments, variables), variables, rights).payload(mutation, nodes)

    def compile(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, Any],
        variables: Mapping[str, Any],
        rights: Rights,
    ) -> Plan:
        """Compile a validated query operation for variables and rights of this shape."""
        return Compilation(self, Selection(fragments, variables), variables, rights).run(operation)


class Compilation(Filters):
    """One operation being compiled."""

    def __init__(self, compiler: Compiler, selection: Selection, variables: Mapping[str, Any], rights: Rights) -> None:
        super().__init__(compiler.model, compiler.dialect, rights)
        self.compiler = compiler
        self.selection = selection
        self.variables = variables

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
                below = Completion()
                himself = self.himself(nodes, below) if name == "viewer" else []
                items.append(Item(key, self.d.object(himself) if himself else self.d.json_null(), is_json=True))
                needs_database = needs_database or bool(himself)
                if not below.is_empty:
                    completion.children[key] = below
            else:
                arguments = arguments_of(query.fields[name], nodes[0], self.variables)
                below = Completion()
                items.append(Item(key, self.root(name, nodes, arguments, below), is_json=True))
                needs_database = True
                if not below.is_empty:
                    completion.children[key] = below
        sql, binders = self.statement(items) if needs_database else (None, ())
        if sql is not None and sql.count("SELECT") > self.d.most_selects:
            raise Invalid(
                "查询过宽过深,数据库一次放不下;请拆成几次。",
                "The operation is too wide and too deep for one statement; split it.",
                code="STATEMENT_LIMIT",
            )
        return Plan(
            sql=sql,
            binders=binders,
            completion=None if completion.is_empty else completion,
            python_roots=tuple(python),
            introspects=introspects,
            keys=tuple(fields),
        )

    def statement(self, items: Sequence[Item]) -> tuple[str, tuple[Binder, ...]]:
        """Return the statement that answers with an object of `items`, and what finds its parameters."""
        return self.numbered(self.d.statement(self.d.object(items)))

    def root(self, name: str, nodes: Sequence[FieldNode], arguments: Mapping[str, Arg], completion: Completion) -> str:
        match name:
            case "courtyard":
                alias = self.alias("Courtyard", Tenant(self.courtyard_of(arguments["code"]), is_parameter=True))
                return self.one(alias, nodes, [], completion, in_scope=True)
            case "district":
                alias = self.alias("District", Tenant(None, is_parameter=False))
                where = [f"b{alias.number}.code={self.argument(arguments['code'], Kind.CODE)}"]
                return self.one(alias, nodes, where, completion, in_scope=True)
            case "courtyards":
                alias = self.alias("Courtyard", Tenant(None, is_parameter=False))
                return self.connection(alias, nodes, arguments, [], (), completion, in_scope=True)
            case "node":
                return self.node(arguments["id"], nodes, completion)
            case "nodes":
                return self.nodes(arguments["ids"], nodes, completion)
            case _ if name in self.model.listed:
                alias = self.alias(self.model.listed[name].name, Tenant(None, is_parameter=False))
                return self.connection(alias, nodes, arguments, [], (), completion, in_scope=True)
            case _:
                raise AssertionError(f"root field {name!r} has no compilation")

    def courtyard_of(self, code: Arg) -> str:
        """Return the placeholder of the number of the courtyard with a code."""
        source = code.source()
        key = ("courtyard", code.variable, code.value)
        return self.param(key, "bigint", lambda b: courtyard_number(source(b.variables)))

    def himself(self, nodes: Sequence[FieldNode], completion: Completion) -> list[Item]:
        """Return the items of `viewer` that the database answers: the persons that the viewer is, by courtyard."""
        fields = self.selection.collect(frozenset({"Viewer"}), [each.selection_set for each in nodes])
        items: list[Item] = []
        for key, found in fields.items():
            name = found[0].name.value
            if name not in ("person", "people"):
                continue
            alias, below = self.alias("Person", Tenant(None, is_parameter=False)), Completion()
            own = self.own_rows(alias, "id")
            every = [*self.where_of(alias, in_scope=True), f"({' OR '.join(own)})" if own else "FALSE"]
            if name == "people":
                shown = self.object(alias, found, below)
                rows = self.derived(alias, every, f" ORDER BY {alias.base}.tenant_id,{alias.base}.id")
                items.append(Item(key, self.d.array(shown, rows, alias.outer), is_json=True))
            else:
                code = self.field_arguments("Viewer", found[0]).get("courtyard")
                if code is not None and code.value is not None:
                    every.append(f"{alias.base}.tenant_id={self.courtyard_of(code)}")
                elif len(own) != 1:
                    every.append("FALSE")
                items.append(Item(key, self.one(alias, found, every, below, in_scope=True), is_json=True))
            if not below.is_empty:
                completion.children[key] = below
        return items

    def nodes(self, ids: Arg, nodes: Sequence[FieldNode], completion: Completion) -> str:
        size = len(ids.value)
        if size > self.compiler.pages.maximum:
            raise page_size(self.compiler.pages.maximum, "ids")
        wanted: dict[str, list[tuple[int, Arg]]] = {}
        for place, each in enumerate(ids.items()):
            name = str(each.value).partition(":")[0]
            if name in self.model.entities:
                wanted.setdefault(name, []).append((place, each))
        parts: list[str] = []
        for name, places in wanted.items():
            below = Completion()
            part = self.nodes_of(name, places, nodes, below)
            if part is not None:
                parts.append(part)
            if not below.is_empty:
                completion.children.update({f"#{place}": below for place, _ in places})
        return self.d.places(size, parts)

    def nodes_of(
        self, name: str, places: Sequence[tuple[int, Arg]], nodes: Sequence[FieldNode], completion: Completion
    ) -> str | None:
        """Return the select of the rows of one type that are asked for, each with its place in the list."""
        alias = self.alias(name, Tenant(None, is_parameter=False))
        every = self.where_of(alias, in_scope=True)
        if "FALSE" in every:
            return None
        wanted = f"w{alias.number}"
        keys = _GID_KEYS[alias.entity.is_tenant, alias.entity.listing is not None]
        values = ",".join(f"({','.join((str(place), *self.gid_keys(gid, name)))})" for place, gid in places)
        test = " AND ".join(f"{alias.base}.{key}={wanted}.column{n}" for n, key in enumerate(keys, 2))
        alias.joined = f" JOIN (VALUES {values}) {wanted} ON {test}"
        alias.carried["place$"] = f"{wanted}.column1"
        shown = self.d.object(self.object(alias, nodes, completion))
        return f"SELECT {alias.outer}.place$ AS n,{shown} AS v FROM ({self.derived(alias, every)}) {alias.outer}"

    def gid_keys(self, gid: Arg, name: str) -> tuple[str, ...]:
        """Return the placeholders of the keys in a global id: tenant and row, or the number of a node of the tree."""
        source, dialect = gid.source(), self.d.name
        mark = (gid.variable, gid.path) if gid.variable else repr(gid.value)
        entity = self.model.entities[name]
        if entity.listing is not None:
            return (
                self.param(
                    ("gid id", mark), "uuid", lambda b: native(gid_row(source(b.variables)), Kind.UUID, dialect)
                ),
            )
        if not entity.is_tenant:
            return (self.param(("gid number", mark), "bigint", lambda b: tree_number(source(b.variables))),)
        return (
            self.param(("gid tenant", mark), "bigint", lambda b: gid_parts(source(b.variables))[0]),
            self.param(
                ("gid row", mark), "uuid", lambda b: native(gid_parts(source(b.variables))[1], Kind.UUID, dialect)
            ),
        )

    def node(self, gid: Arg, nodes: Sequence[FieldNode], completion: Completion) -> str:
        entity = self.model.entities.get(str(gid.value).partition(":")[0])
        if entity is None:
            return self.d.json_null()
        keys = self.gid_keys(gid, entity.name)
        tenant = keys[0] if len(keys) == 2 else None
        alias = self.alias(entity.name, Tenant(tenant, is_parameter=True))
        where = [f"{alias.base}.{'id' if entity.is_tenant else 'number'}={keys[-1]}"]
        return self.one(alias, nodes, where, completion, in_scope=True)

    def one(
        self,
        alias: Alias,
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

    def object(self, alias: Alias, nodes: Sequence[FieldNode], completion: Completion) -> list[Item]:
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
            if name == "statistics" and name not in entity.fields:
                items.append(Item(key, statistics(self, alias, found), is_json=True))
                continue
            if name in ("indicator", "indicators") and name not in entity.fields:
                items.append(Item(key, indicators(self, alias, found), is_json=True))
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
                case PermissionsField():
                    items.append(Item(key, self.d.json_null()))
                    completion.permissions.append(self.permitted(key, each, entity, found))
                    hidden["permissions"] = self.permission_needs(alias, each)
                case Relation():
                    below = Completion()
                    items.append(Item(key, self.relation(alias, each, found, below), is_json=True))
                    if not below.is_empty:
                        completion.children[key] = below
        logged = self.logs(alias) or any(
            each.spec.klass is DataClass.D3 and self.cleared(alias, DataClass.D3, each.spec.body) != "FALSE"
            for _, each in completion.python
        )
        if completion.python or completion.permissions or logged:
            if logged:
                completion.logged = (entity.name, DataClass.D3)
            parts = [
                Item("t", self.tenant_of(alias) if entity.is_tenant else "0"),
                Item("i", self.carry_key(alias, entity.key)),
            ]
            if entity.class_column is not None:
                alias.carried.setdefault("class$", f"{alias.base}.{entity.class_column}")
                parts.append(Item("c", f"{alias.outer}.class$"))
            items.append(Item(HIDDEN, self.d.object([*parts, *hidden.values()]), is_json=True))
        return items

    def permitted(self, key: str, each: PermissionsField, entity: Entity, found: Sequence[FieldNode]) -> Permitted:
        definition = cast("GraphQLObjectType", self.compiler.schema.type_map[entity.name]).fields[each.name]
        actions = arguments_of(definition, found[0], self.variables).get("actions")
        return Permitted(key, each, tuple(found), None if actions is None else actions.source())

    def permission_needs(self, alias: Alias, each: PermissionsField) -> Item:
        """Return what `permissions` reads of a row: the offers' columns as the viewer sees them, the plugins off."""
        items: list[Item] = []
        for column in each.needs:
            shown = self.d.show(alias.entity.columns[column].kind, self.carry(alias, column))
            items.append(Item(column, shown.sql, shown.is_json))
        tenant = self.tenant_of(alias) if alias.entity.is_tenant else self.carry_key(alias, "number")
        off = f"SELECT s.plugin FROM plugin_switch s WHERE s.tenant_id={tenant}"
        row = self.d.object(items) if items else self.d.json_null()
        parts = [Item("row", row, is_json=True), Item("off", self.d.collect("o.plugin", off, "o"), is_json=True)]
        return Item("permissions", self.d.object(parts), is_json=True)

    def payload(self, mutation: Mutation, nodes: Sequence[FieldNode]) -> Plan:
        """Compile the payload of a mutation: record and subject of the receipt, as the viewer may see them."""
        fields = self.selection.collect(frozenset({f"{mutation.type_prefix}Payload"}), [n.selection_set for n in nodes])
        items: list[Item] = []
        python: list[PythonRoot] = []
        completion = Completion()
        for key, found in fields.items():
            name = found[0].name.value
            if name not in ("record", mutation.subject_field):
                python.append(PythonRoot(key, name, tuple(found)))
                items.append(Item(key, self.d.json_null()))
                continue
            entity = "Record" if name == "record" else mutation.subject or ""
            row = self.receipt(name, "uuid", _record_of if name == "record" else _subject_of)
            # what a command writes beyond its own node is looked for in the whole scope
            listed = self.model.entities[entity].listing is not None  # it stands where its grants say
            beyond = listed or (name != "record" and mutation.command.reach is not None)
            tenant = None if beyond else self.receipt("tenant", "bigint", _tenant_of)
            alias = self.alias(entity, Tenant(tenant, is_parameter=tenant is not None))
            below = Completion()
            items.append(
                Item(key, self.one(alias, found, [f"{alias.base}.id={row}"], below, in_scope=True), is_json=True)
            )
            if not below.is_empty:
                completion.children[key] = below
        asks = len(items) > len(python)
        sql, binders = self.statement(items) if asks else (None, ())
        return Plan(sql, binders, None if completion.is_empty else completion, tuple(python), False, tuple(fields))

    def receipt(self, name: str, cast_to: str, of: Callable[[Receipt], Any]) -> str:
        kind, dialect = Kind.UUID if cast_to == "uuid" else Kind.LONG, self.d.name
        return self.param(("receipt", name), cast_to, lambda b: native(of(b.memo["receipt"]), kind, dialect))

    def logs(self, alias: Alias) -> bool:
        """Whether sensitive values of this alias reach the viewer in the clear, so that reading is logged."""
        entity = alias.entity
        if entity.row_class is DataClass.D3 or entity.class_column is not None:
            return True
        return any(
            name in entity.columns
            and entity.columns[name].klass is DataClass.D3
            and entity.columns[name].kind is not Kind.SEALED
            and self.cleared(alias, DataClass.D3) != "FALSE"
            for name in alias.carried
        )

    def global_id(self, alias: Alias) -> str:
        name = alias.entity.name
        if alias.entity.listing is not None:
            return f"{quoted(name + ':')}||{self.carry_key(alias, 'id')}"
        if alias.entity.is_tenant:
            begin = self.begin_of_ids(alias)
            if begin is None:
                begin = f"{quoted(name + ':')}||{self.carry_key(alias, 'tenant_id')}||':'"
            return f"{begin}||{self.carry_key(alias, 'id')}"
        number = self.carry_key(alias, "number")
        return f"{quoted(name + ':')}||{number}||':'||{number}"

    def computed(self, key: str, alias: Alias, each: ComputedField) -> Item:
        sql = each.spec.sql
        text = sql if isinstance(sql, str) else sql[self.d.name]
        for column in each.spec.needs:
            text = text.replace("{" + column + "}", self.carry(alias, column))
        value = f"({text})" if each.kind is not Kind.TEXT else self.d.plain_text(f"({text})")
        guarded = self.guard(alias, each.plugin, value, self.typed_null(each.kind))
        shown = self.d.show(each.kind, guarded)
        return Item(key, shown.sql, shown.is_json)

    def computed_base(self, alias: Alias, each: ComputedField) -> str:
        sql = each.spec.sql
        text = sql if isinstance(sql, str) else sql[self.d.name]
        for column in each.spec.needs:
            text = text.replace("{" + column + "}", f"({self.seen(alias, column)})")
        return f"({text})"

    def python_needs(self, alias: Alias, each: PythonEntityField) -> Item:
        clear = self.cleared(alias, each.spec.klass, each.spec.body)
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

    def relation(self, parent: Alias, each: Relation, nodes: Sequence[FieldNode], completion: Completion) -> str:
        target = self.model.entities[each.target]
        if not target.is_tenant or not each.same_tenant:
            tenant = Tenant(None, is_parameter=False)
        elif parent.tenant.is_parameter and parent.tenant.expr is not None:
            tenant = parent.tenant
        else:
            tenant = Tenant(self.carry_key(parent, "tenant_id"), is_parameter=False)
        alias = self.alias(each.target, tenant)
        where: list[str] = []
        if each.child is not None:
            where.append(f"{self.key_of(alias, each.child)}={self.carry_join(parent, each.parent)}")
            if self.is_closed(parent, each.parent):
                return self.d.json_null()
            if self.is_closed(alias, each.child):
                where.append("FALSE")
        where.extend(self.conditions(alias, each.where))
        if not target.is_tenant and not parent.entity.is_tenant:
            where.append(self.overlap_where(alias))
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
                whole=where if each.child is None and parent.entity.name == "Courtyard" else None,
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

    def shown_to(self, parent: Alias, each: AggregateField) -> str:
        """Return whether the viewer may see an aggregate of a row: TRUE, FALSE or a predicate over the base."""
        spec = each.spec
        return self.clear(parent, spec.body or self.model.entities[spec.target].body, spec.klass)

    def aggregate(self, parent: Alias, each: AggregateField) -> str:
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

    def aggregate_over(self, parent: Alias, each: AggregateField, *, outer: bool) -> str:
        spec = each.spec
        target = self.model.entities[spec.target]
        self.aliases += 1
        alias = Alias(target, self.aliases, Tenant(None, is_parameter=False))
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
        source = f"FROM {self.table(target)} {base}{clause}"
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

    def connection(
        self,
        alias: Alias,
        nodes: Sequence[FieldNode],
        arguments: Mapping[str, Arg],
        where: Sequence[str],
        order: Sequence[str],
        completion: Completion,
        *,
        in_scope: bool,
        hide: bool = False,
        whole: Sequence[str] | None = None,
    ) -> str:
        """Return the object of a list; `whole` are the conditions of a courtyard's own, before any filter."""
        entity = alias.entity
        every = [*self.where_of(alias, in_scope=in_scope), *where]
        if hide and "FALSE" in every:
            return self.d.json_null()
        if "filter" in arguments:
            every.append(self.filter(alias, arguments["filter"]))
        keys = self.keys(alias, arguments.get("orderBy"), order)
        page = Page(self, alias, arguments, keys, every)
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
                case "othersCount":
                    items.append(Item(key, self.others(alias, whole)))
                case "stats":
                    items.append(Item(key, self.stats(alias, found, every), is_json=True))
                case ("sum" | "counted") as which:
                    items.append(Item(key, self.sums(alias, found, every, which), is_json=True))
                case name:
                    raise AssertionError(f"connection field {name!r} has no compilation")
            if not below.is_empty:
                completion.children[key] = below
        return self.d.object(items)

    def count(self, alias: Alias, where: Sequence[str]) -> str:
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        return f"(SELECT count(*) FROM {self.table(alias.entity)} {alias.base}{clause})"

    def others(self, alias: Alias, whole: Sequence[str] | None) -> str:
        """Return how many rows of a courtyard's list are not there for the viewer, small numbers withheld (K8).

        Told of a courtyard's whole list alone: of one person's or one room's it would tell something of them.
        """
        if whole is None or alias.tenant.expr is None:
            return self.typed_null(Kind.LONG)
        visible = self.visible(alias)
        if not visible:
            return "0"
        every = [f"{alias.base}.tenant_id={alias.tenant.expr}", *self.conditions(alias, alias.entity.where), *whole]
        every.append(f"({' AND '.join(visible)}) IS NOT TRUE")
        number = f"CASE WHEN count(*) BETWEEN 1 AND {self.compiler.pages.min_cell - 1} THEN NULL ELSE count(*) END"
        return f"(SELECT {number} FROM {self.table(alias.entity)} {alias.base} WHERE {' AND '.join(every)})"

    def stats(self, alias: Alias, nodes: Sequence[FieldNode], where: Sequence[str]) -> str:
        return Stats.of(self, alias, nodes, where).object(nodes)

    def field_arguments(self, type_name: str, node: FieldNode) -> dict[str, Arg]:
        """Return the arguments of a field of the type `type_name`."""
        definition = cast("GraphQLObjectType", self.compiler.schema.type_map[type_name])
        return arguments_of(definition.fields[node.name.value], node, self.variables)

    def value_of(self, alias: Alias, each: EntityField) -> str:
        """Return a number of a row, over its base table, as the viewer may see it."""
        match each:
            case ColumnField():
                return self.seen(alias, each.column)
            case ComputedField():
                return self.guard_base(alias, each.plugin, self.computed_base(alias, each), each.kind)
            case AggregateField():
                over = self.aggregate_over(alias, each, outer=False)
                shown = self.shown_to(alias, each)
                if shown != "TRUE":
                    over = f"CASE WHEN {shown} THEN {over} ELSE {self.typed_null(each.kind)} END"
                for plugin in self.plugins_of(each):
                    over = self.guard_base(alias, plugin, over, each.kind)
                return over
            case _:
                raise AssertionError(f"{alias.entity.name}.{each.name} cannot be summed")

    def sums(self, alias: Alias, nodes: Sequence[FieldNode], where: Sequence[str], which: str) -> str:
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
            expr = self.value_of(alias, entity.fields[name])
            columns.append(f"{expr} AS v{index}")
            total = self.d.sum(f"s.v{index}") if which == "sum" else f"count(s.v{index})"
            items.append(Item(key, total))
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        rows = f"SELECT {','.join(columns) or '1 AS one'} FROM {self.table(entity)} {alias.base}{clause}"
        return self.d.row(items, rows, "s") if columns else self.d.object(items)


def _record_of(receipt: Receipt) -> Any:
    return receipt.record_id


def _subject_of(receipt: Receipt) -> Any:
    return receipt.subject_id


def _tenant_of(receipt: Receipt) -> Any:
    return receipt.tenant
