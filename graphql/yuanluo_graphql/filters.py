"""Filters as conditions: over the values as the viewer may see them, and two-valued, so that `not` means not."""

from __future__ import annotations

import uuid

from yuanluo_graphql.arguments import Arg
from yuanluo_graphql.expressions import COMPARE, Alias, Expressions
from yuanluo_graphql.model import ColumnField, Relation
from yuanluo_graphql.plan import NIL, Binding
from yuanluo_graphql.values import (
    FILTER_DEPTH,
    FILTER_SIZE,
    LIST_SIZE,
    filter_too_large,
    gid_parts,
    native,
)
from yuanluo_tenants.columns import Kind

__all__ = ["Filters"]


class Filters(Expressions):
    """Adds filters to the expressions of an operation."""

    def filter(self, alias: Alias, arg: Arg, depth: int = 1) -> str:
        entity = alias.entity
        self.conditions_asked += 1
        if depth > FILTER_DEPTH or self.conditions_asked > FILTER_SIZE:
            raise filter_too_large()
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
                test = f"{expr}{COMPARE[op]}{self.argument(value, kind)}"
            parts.append(f"({expr} IS NOT NULL AND {test})")
        return parts

    def reference(self, alias: Alias, each: Relation, arg: Arg) -> list[str]:
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
        if len(arg.value) > LIST_SIZE:
            raise filter_too_large()

    def row_key(self, arg: Arg, target: str) -> str:
        """Return tenant number and row id of a global id; ones that no row has if it is not of `target`."""
        source, name = arg.source(), self.d.name

        def parts(b: Binding) -> tuple[int, uuid.UUID]:
            gid = source(b.variables)
            return gid_parts(gid) if str(gid).partition(":")[0] == target else (-1, NIL)

        mark = (target, arg.variable, arg.path) if arg.variable else (target, repr(arg.value))
        tenant = self.param(("ref tenant", mark), "bigint", lambda b: parts(b)[0])
        row = self.param(("ref", mark), "uuid", lambda b: native(parts(b)[1], Kind.UUID, name))
        return f"({tenant},{row})"
