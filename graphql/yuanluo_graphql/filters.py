"""Filters as conditions: over the values as the viewer may see them, and two-valued, so that `not` means not.

A text is sought as it is stored (`yuanluo.readers`). Dates known in part are compared at the coarser precision (N7):
"2026-09" and 2026-09-15 are equal, and so neither is before the other. Each comparison begins with a range of the
stored text, so that an index serves it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Final

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


_PARTS: Final[Mapping[str, Callable[[str], str]]] = {
    "whole": lambda text: text,
    "month": lambda text: text[:7],
    "year": lambda text: text[:4],
    "end": lambda text: f"{text}.",  # the character after "-"
}


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
                        parts.extend(self.operators(self.seen(alias, each.column), each, value))
                    elif isinstance(each, Relation):
                        parts.extend(self.reference(alias, each, value))
        return f"({' AND '.join(parts)})" if parts else "(1=1)"

    def operators(self, expr: str, each: ColumnField, arg: Arg) -> list[str]:
        kind, reads = each.kind, each.about.reads
        parts: list[str] = []
        for op, value in arg.members():
            if op == "isNull":
                parts.append(f"{expr} IS {'' if value.value else 'NOT '}NULL")
                continue
            self.conditions_asked += 1
            if op == "in":
                self.list_size(value)
                options = ",".join(self.argument(one, kind, reads) for one in value.items())
                test = f"{expr} IN ({options})" if options else "1=0"
            elif op == "contains":
                test = self.d.contains(expr, self.argument(value, kind))
            elif op == "startsWith":
                test = self.d.starts_with(expr, self.argument(value, kind))
            elif kind is Kind.PARTIAL_DATE:
                test = self.partly(expr, op, value)
            else:
                test = f"{expr}{COMPARE[op]}{self.argument(value, kind, reads)}"
            parts.append(f"({expr} IS NOT NULL AND {test})")
        return parts

    def partly(self, expr: str, op: str, arg: Arg) -> str:
        """Return how a date known in part compares with `arg` at the coarser of the two precisions (N7).

        Whatever says no less than the argument begins with it: from it to below what follows, `2026-09.`. Whatever
        says less is its year or month, and is text before it.
        """
        until = f"{expr}<{self.partial(arg, 'end')}"
        coarser = f"({self.partial(arg, 'year')},{self.partial(arg, 'month')})"
        since = f"{expr}>={self.partial(arg, 'year')} AND ({expr}>={self.partial(arg, 'whole')} OR {expr} IN {coarser})"
        before = f"({expr}<{self.partial(arg, 'whole')} AND {expr} NOT IN {coarser})"
        after = f"{expr}>={self.partial(arg, 'end')}"
        match op:
            case "eq":
                return f"{since} AND {until}"
            case "ne":
                return f"({before} OR {after})"
            case "lt":
                return before
            case "le":
                return until
            case "gt":
                return after
            case _:
                return since

    def partial(self, arg: Arg, part: str) -> str:
        """Return the placeholder of a bound that is made of a partial date: see `_PARTS`."""
        source, made = arg.source(), _PARTS[part]
        mark = (arg.variable, arg.path) if arg.variable else repr(arg.value)
        return self.param(("partial", part, mark), "text", lambda b: made(source(b.variables)))

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
