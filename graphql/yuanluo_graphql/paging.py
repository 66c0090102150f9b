"""Pages of a connection: limit, keyset, and the forms in which a page's rows are asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import FieldNode

from yuanluo_graphql.arguments import Arg
from yuanluo_graphql.cursors import Cursors, bad_cursor
from yuanluo_graphql.dialects import Item, quoted
from yuanluo_graphql.expressions import Alias, Key
from yuanluo_graphql.plan import HIDDEN, Binding, Completion
from yuanluo_graphql.values import CASTS, from_json, native, page_size
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import Invalid

if TYPE_CHECKING:
    from yuanluo_graphql.compiler import Compilation

__all__ = ["Page"]


class Page:
    """One page of a connection: its limit, its keyset and the forms in which its rows are asked for."""

    def __init__(
        self,
        compilation: Compilation,
        alias: Alias,
        arguments: Mapping[str, Arg],
        keys: Sequence[Key],
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
                    return native(from_json(value_at(b, index), kind), kind, self.c.d.name)
                except (ValueError, TypeError) as error:
                    raise bad_cursor() from error

            cast_to = CASTS.get(key.kind, "text")
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
        rows = f"SELECT 1 FROM {self.c.table(self.alias.entity)} {self.alias.base}"
        clause = f" WHERE {' AND '.join(self.window)}" if self.window else ""
        return f"EXISTS({rows}{clause} LIMIT 1 OFFSET {self.limit})"

    def _key_values(self, alias: Alias) -> str:
        shown: list[str] = []
        for index, key in enumerate(self.keys):
            alias.carried.setdefault(f"o${index}", key.expr)
            outer = f"{alias.outer}.o${index}"
            shown.append(outer if key.kind is Kind.FLAG else self.c.d.show(key.kind, outer).sql)
        return self.c.d.values(shown)

    def _fresh(self) -> Alias:
        """Return an alias of the same base with an outer name and columns of its own."""
        return Alias(self.alias.entity, self.alias.number, self.alias.tenant)

    def _with(self, alias: Alias) -> Page:
        page = object.__new__(Page)
        page.__dict__.update(self.__dict__)
        page.alias = alias
        return page
