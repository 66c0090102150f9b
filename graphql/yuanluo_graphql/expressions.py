"""The expressions a statement is made of: parameters, aliases, predicates, and columns as the viewer may see them.

`Expressions` knows nothing of selections. Every use of an entity is an `Alias`: a base alias inside its derived table
and an outer one outside of it, with the columns carried from the one to the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from yuanluo.fields import TODAY, Condition
from yuanluo.masking import MaskRule, mask_sql
from yuanluo.readers import sought
from yuanluo_graphql.arguments import Arg
from yuanluo_graphql.dialects import Dialect, quoted
from yuanluo_graphql.model import FLOORS, Entity, Model
from yuanluo_graphql.plan import Binder, Binding
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.values import CASTS, name_of, native, quoted_table, storable
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Kind, Mask, Reads

__all__ = ["COMPARE", "Alias", "Expressions", "Key", "Tenant"]

_MASKS: dict[Mask, MaskRule] = {
    Mask.NAME: "name",
    Mask.PHONE: "phone",
    Mask.ID_NUMBER: "id_number",
    Mask.ROOM: "room_key",
}
COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_PARAMETER = re.compile("\x01(\\d+):(\\w+)\x01")


@dataclass(frozen=True, slots=True)
class Tenant:
    """The tenant of an alias: an SQL expression, or None where rows of several tenants stand."""

    expr: str | None
    is_parameter: bool


@dataclass(slots=True)
class Alias:
    """One use of an entity: the base alias inside, the derived alias outside, and the columns carried out."""

    entity: Entity
    number: int
    tenant: Tenant
    carried: dict[str, str] = field(default_factory=lambda: {})
    joined: str = ""
    """A join behind the base table, such as the list of ids that are asked for."""

    @property
    def base(self) -> str:
        return f"b{self.number}"

    @property
    def outer(self) -> str:
        return f"a{self.number}"


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key of a connection."""

    column: str
    expr: str
    kind: Kind
    descending: bool
    is_nullable: bool


class Expressions:
    """Builds expressions over one model for one dialect, viewer and operation."""

    def __init__(self, model: Model, dialect: Dialect, rights: Rights) -> None:
        self.model = model
        self.d = dialect
        self.rights = rights
        self.binders: list[Binder] = []
        self.numbers: dict[object, str] = {}
        self.aliases = 0
        self.conditions_asked = 0

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
        cast_to = CASTS.get(kind, "text")
        bound = native(value, kind, self.d.name)
        return self.param(("constant", repr(bound)), cast_to, lambda _b: bound)

    def argument(self, arg: Arg, kind: Kind, reads: Reads | None = None) -> str:
        """Return the placeholder of a client's value of `kind`, of a text as it `reads` where it is stored."""
        source, name = arg.source(), self.d.name
        key = ("arg", arg.variable, arg.path) if arg.variable else ("literal", repr(arg.value))
        if reads is not None:
            return self.param((*key, reads), "text", lambda b: sought(reads, storable(source(b.variables))))
        return self.param(
            (*key, kind),
            CASTS.get(kind, "text"),
            lambda b: native(storable(source(b.variables)), kind, name),
        )

    def today(self) -> str:
        name = self.d.name
        return self.param("today", "date", lambda b: native(b.today, Kind.DAY, name))

    def alias(self, entity: str, tenant: Tenant) -> Alias:
        self.aliases += 1
        return Alias(self.model.entities[entity], self.aliases, tenant)

    def table(self, entity: Entity) -> str:
        """Return what stands in FROM for an entity: its table, or the select of its listing."""
        if entity.listing is None:
            return quoted_table(entity)
        source = entity.listing.source(entity.table, self.d.name)
        if "{today}" in source:
            source = source.replace("{today}", self.today())
        if "{now}" in source:
            name = self.d.name
            now = self.param("now", "timestamptz", lambda b: native(b.now, Kind.MOMENT, name))
            source = source.replace("{now}", now)
        return f"({source})"

    def scope_where(self, column: str) -> str:
        lo = self.param("scope lo", "bigint", lambda b: b.rights.scope.lo)
        hi = self.param("scope hi", "bigint", lambda b: b.rights.scope.hi)
        return self.d.in_scope(column, lo, hi, is_single=self.rights.scope.is_single)

    def overlap_where(self, alias: Alias) -> str:
        """Return whether a node of the tree lies in the scope or above some part of it."""
        number = f"{alias.base}.number"
        parts = [self.scope_where(number)]
        above: list[str] = []
        for index in range(len(self.rights.above)):

            def each(b: Binding, index: int = index) -> int:
                return b.rights.above[index]

            above.append(self.param(("above", index), "bigint", each))
        if above:
            parts.append(f"{number} IN ({','.join(above)})")
        if alias.entity.name == "Grid":  # its number says nothing of the courtyards that lie in it
            parts.append(f"EXISTS(SELECT 1 FROM node c WHERE c.grid={number} AND {self.scope_where('c.number')})")
        return f"({' OR '.join(parts)})"

    def counted_where(self, alias: Alias) -> list[str]:
        """Return the predicates of rows that are counted, but not seen: all of `where_of` but their class."""
        entity, base = alias.entity, alias.base
        where = [self.scope_where(f"{base}.tenant_id"), *self.conditions(alias, entity.where)]
        if entity.class_column is not None:
            where.append(self.row_classes(alias, entity.class_column))
        if entity.plugin not in FLOORS:
            where.append(f"NOT {self.switched_off(entity.plugin, f'{base}.tenant_id')}")
        return where

    def where_of(self, alias: Alias, *, in_scope: bool) -> list[str]:
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
        where.extend(self.visible(alias))
        if in_scope and entity.plugin not in FLOORS:
            where.append(f"NOT {self.switched_off(entity.plugin, f'{base}.tenant_id')}")
        return where

    def visible(self, alias: Alias) -> list[str]:
        """Return the predicates of the rows that are there for the viewer; none where all are."""
        entity, visible = alias.entity, list[str]()
        if entity.row_class is not DataClass.D0:
            clear = self.cleared(alias, entity.row_class)
            if clear != "TRUE":
                visible.append(clear)
        if entity.class_column is not None:
            visible.append(self.row_classes(alias, entity.class_column))
        return visible

    def row_classes(self, alias: Alias, column: str) -> str:
        """Return whether the viewer is cleared for the class that a row says of itself, for the row's own body."""
        parts = [f"{alias.base}.{column}='D0'"]
        for klass in (DataClass.D1, DataClass.D2, DataClass.D3):
            clear = self.cleared(alias, klass)
            if clear != "FALSE":
                parts.append(f"({alias.base}.{column}='{klass.name}' AND {clear})")
        return f"({' OR '.join(parts)})"

    def switched_off(self, plugin: str, tenant: str) -> str:
        name = self.constant(plugin, Kind.CODE)
        return f"EXISTS(SELECT 1 FROM plugin_switch s WHERE s.tenant_id={tenant} AND s.plugin={name})"

    def conditions(self, alias: Alias, conditions: Sequence[Condition]) -> list[str]:
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
            return f"({expr} IS NULL OR {expr}{COMPARE[op.removeprefix('null_or_')]}{bound})"
        return f"{expr}{COMPARE[op]}{bound}"

    def cleared(self, alias: Alias, klass: DataClass, body: str | None = None) -> str:
        """Return whether the viewer sees `klass` in a row of `alias`: for `body`, else for the one it names."""
        own = alias.entity.body_column
        if own is None or body is not None:
            return self.clear(alias, body or alias.entity.body, klass)
        by_body = {each: self.clear(alias, each, klass) for each in self.model.bodies}
        rest = self.clear(alias, "*", klass)
        if {rest, *by_body.values()} <= {"TRUE"}:
            return "TRUE"
        named = f"{alias.base}.{own}"
        parts = [f"({named}={quoted(each)} AND {clear})" for each, clear in by_body.items() if clear != "FALSE"]
        if rest != "FALSE":
            parts.append(f"({named} NOT IN ({','.join(map(quoted, by_body))}) AND {rest})")
        return f"({' OR '.join(parts)})" if parts else "FALSE"

    def clear(self, alias: Alias, body: str, klass: DataClass) -> str:
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
            parts += self.own_rows(alias, subject)
        return f"({' OR '.join(parts)})" if parts else "FALSE"

    def own_rows(self, alias: Alias, subject: str) -> list[str]:
        """Return one predicate per person that the viewer is: the rows whose column `subject` names him."""
        parts: list[str] = []
        for index in range(len(self.rights.own)):

            def tenant(b: Binding, index: int = index) -> int:
                return b.rights.own[index][0]

            def person(b: Binding, index: int = index) -> Any:
                return native(b.rights.own[index][1], Kind.UUID, self.d.name)

            own_tenant = self.param(("own tenant", index), "bigint", tenant)
            own_person = self.param(("own person", index), "uuid", person)
            parts.append(f"({alias.base}.tenant_id={own_tenant} AND {alias.base}.{subject}={own_person})")
        return parts

    def seen(self, alias: Alias, column: str) -> str:
        """Return the expression, over the base table, of a column as the viewer may see it."""
        about = alias.entity.columns[column]
        is_sealed = about.kind is Kind.SEALED
        expr = f"{alias.base}.{column}_masked" if is_sealed else f"{alias.base}.{column}"
        # The masked form of a sealed value is for the courtyard's own people; its clear text is a Python field.
        clear = self.cleared(alias, DataClass.D1 if is_sealed else about.klass)
        if clear == "TRUE":
            return expr
        rule = None if is_sealed else _MASKS.get(about.mask)
        masked = mask_sql(rule, expr, self.d.name) if rule is not None else "NULL"
        if clear == "FALSE":
            return masked if rule is not None else self.typed_null(about.kind)
        return f"CASE WHEN {clear} THEN {expr} ELSE {masked} END"

    def typed_null(self, kind: Kind) -> str:
        return f"NULL::{CASTS.get(kind, 'text')}" if self.d.name == "postgresql" else "NULL"

    def is_hidden(self, alias: Alias, column: str) -> bool:
        """Whether null may stand where the stored column is not null."""
        about = alias.entity.columns[column]
        return about.null or self.cleared(alias, about.klass) != "TRUE"

    def is_classed(self, alias: Alias, column: str) -> bool:
        """Whether a column is a reference that not everybody may follow."""
        about = alias.entity.columns[column]
        return about.kind in (Kind.REF, Kind.UPWARD) and about.klass is not DataClass.D0

    def is_closed(self, alias: Alias, column: str) -> bool:
        """Whether the viewer may follow a reference nowhere."""
        klass = alias.entity.columns[column].klass
        return self.is_classed(alias, column) and self.cleared(alias, klass) == "FALSE"

    def key_of(self, alias: Alias, column: str) -> str:
        """Return the base expression of a joining column: null where the viewer may not follow it."""
        return self.seen(alias, column) if self.is_classed(alias, column) else f"{alias.base}.{column}"

    def carry(self, alias: Alias, column: str) -> str:
        """Carry a column, as the viewer may see it, out of the derived table; return its outer name."""
        alias.carried.setdefault(column, self.seen(alias, column))
        return f"{alias.outer}.{column}"

    def carry_raw(self, alias: Alias, column: str, clear: str) -> str:
        """Carry a stored value out, where `clear` holds; for Python fields with a clearance of their own."""
        expr = f"{alias.base}.{column}"
        guarded = expr if clear == "TRUE" else f"CASE WHEN {clear} THEN {expr} END"
        # Another field may carry the same column under another clearance. No column's own name has a `$`.
        known = (name for name, each in alias.carried.items() if name.startswith("raw$") and each == guarded)
        name = next(known, f"raw${len(alias.carried)}")
        alias.carried[name] = guarded
        return f"{alias.outer}.{name}"

    def carry_key(self, alias: Alias, column: str) -> str:
        """Carry a key (never masked: ids and tenant numbers say nothing of a person)."""
        alias.carried.setdefault(f"k${column}", f"{alias.base}.{column}")
        return f"{alias.outer}.k${column}"

    def carry_join(self, alias: Alias, column: str) -> str:
        """Carry a joining column out: null where the viewer may not follow it."""
        return self.carry(alias, column) if self.is_classed(alias, column) else self.carry_key(alias, column)

    def tenant_of(self, alias: Alias) -> str:
        if alias.tenant.is_parameter and alias.tenant.expr is not None:
            return alias.tenant.expr
        return self.carry_key(alias, "tenant_id")

    def begin_of_ids(self, alias: Alias) -> str | None:
        """Return a parameter with what the ids of all rows begin with, None where rows of several tenants stand.

        Put together once, and not by the database for every row, where it was a tenth of the time of a list.
        """
        known = _PARAMETER.fullmatch(alias.tenant.expr or "")
        if known is None:
            return None
        name, tenant = alias.entity.name, self.binders[int(known.group(1))]
        return self.param(("begin of ids", name, known.group(1)), "text", lambda b: f"{name}:{tenant(b)}:")

    def derived(self, alias: Alias, where: Sequence[str], tail: str = "") -> str:
        columns = ",".join(f"{expr} AS {name}" for name, expr in alias.carried.items()) or "1 AS one"
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        return f"SELECT {columns} FROM {self.table(alias.entity)} {alias.base}{alias.joined}{clause}{tail}"

    def among_switched_off(self, plugin: str, tenant: str) -> str:
        """Return whether a plugin is switched off, for rows of several tenants: the courtyards are looked up once."""
        name = self.constant(plugin, Kind.CODE)
        scope = self.scope_where("s.tenant_id")
        return f"{tenant} IN (SELECT s.tenant_id FROM plugin_switch s WHERE s.plugin={name} AND {scope})"

    def guard(self, alias: Alias, plugin: str, expr: str, null: str) -> str:
        """Make a field of a plugin null where the plugin is switched off."""
        if self.model.needs_switch(plugin, alias.entity) is None or not alias.entity.is_tenant:
            return expr
        is_one = alias.tenant.is_parameter and alias.tenant.expr is not None
        off = self.switched_off if is_one else self.among_switched_off
        return f"CASE WHEN {off(plugin, self.tenant_of(alias))} THEN {null} ELSE {expr} END"

    def guard_base(self, alias: Alias, plugin: str, expr: str, kind: Kind) -> str:
        if self.model.needs_switch(plugin, alias.entity) is None or not alias.entity.is_tenant:
            return expr
        off = self.among_switched_off(plugin, f"{alias.base}.tenant_id")
        return f"CASE WHEN {off} THEN {self.typed_null(kind)} ELSE {expr} END"

    def keys(self, alias: Alias, order_by: Arg | None, order: Sequence[str]) -> list[Key]:
        entity = alias.entity
        wanted: list[tuple[str, bool]] = []
        if order_by is not None:
            columns = entity.ordered_by()
            for each in cast("list[Mapping[str, Any]]", order_by.value):
                descending = name_of(each.get("direction")) == "DESC"
                wanted.append((columns[name_of(each["field"])], descending))
        else:
            wanted = [(c.removeprefix("-"), c.startswith("-")) for c in (order or entity.order)]
        keys: list[Key] = []
        seen: set[str] = set()
        for column, descending in wanted:
            stored = entity.sort_column(column)
            if stored in seen or stored == entity.key:
                continue
            seen.add(stored)
            about = entity.columns[stored]
            keys.append(Key(stored, self.seen(alias, stored), about.kind, descending, self.is_hidden(alias, stored)))
        kind = entity.columns[entity.key].kind
        keys.append(Key(entity.key, f"{alias.base}.{entity.key}", kind, False, False))
        return keys

    def order_by(self, keys: Sequence[Key], *, reverse: bool) -> str:
        parts: list[str] = []
        for key in keys:
            direction = "DESC" if key.descending is not reverse else "ASC"
            nulls = (" NULLS FIRST" if reverse else " NULLS LAST") if key.is_nullable else ""
            parts.append(f"{key.expr} {direction}{nulls}")
        return f" ORDER BY {','.join(parts)}"
