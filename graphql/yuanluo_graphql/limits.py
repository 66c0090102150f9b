"""How large an operation may be: its shape before validation, its cost after it.

Both walks are linear in the document. A fragment is measured once, however often it is spread: 24 levels of a
fragment that spreads the next one twice describe 16 million fields in 2 kB, and are counted in one pass. So nothing
here expands anything; it only adds and multiplies what the fragments were found to hold.

*Shape* (depth, aliases, root fields) needs no schema and is taken first, because validation costs far more.
*Cost* is the number of values that the answer may hold: a field counts 1 for every row it appears in, and a list
multiplies what is below it by its page size (`first`, `last`, the length of `ids`, else what `Limits` assumes).
A selection set is therefore a pair: what it costs by itself, and what it costs per row of the page it hangs on
(`edges` and `nodes` of a connection have no size of their own; their parent field knows it).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    ValueNode,
    VariableNode,
    get_named_type,
)

from yuanluo_graphql.introspection import sizes_of
from yuanluo_graphql.refusals import Problem, RequestError

__all__ = ["CEILING", "CostModel", "Limits", "Shape", "check_shape", "check_variables", "measure"]

CEILING = 1 << 53
_PAGE_ARGUMENTS = ("first", "last")
_SIZING = (*_PAGE_ARGUMENTS, "ids", "limit")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may ask for; each limit refuses with a code of its own.

    `max_cost` is in values of the answer: 1,000 rows of 10 fields cost about 10,000. `default_page_size` and
    `max_page_size` are those of connections, `default_groups` and `max_groups` those of statistics;
    `assumed_list_size` prices a list that has no page.
    `prices` adds to the price of a field, by `Type.field` or `field`, for what is dearer than one value.
    """

    max_body_bytes: int = 1_048_576
    max_variables_bytes: int = 524_288
    max_variables: int = 100
    max_variables_depth: int = 20
    max_document_characters: int = 100_000
    max_tokens: int = 5_000
    max_comments: int = 500
    max_operations: int = 50
    max_depth: int = 20
    max_aliases: int = 200
    max_directives: int = 200
    max_root_fields: int = 30
    max_cost: int = 500_000
    max_errors: int = 10
    default_page_size: int = 50
    max_page_size: int = 200
    default_groups: int = 100
    max_groups: int = 2_000
    assumed_list_size: int = 10
    cached_bytes: int = 33_554_432
    prices: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(
            {
                "__schema": 100_000,
                "__type": 2_000,
                "totalCount": 50,
                "othersCount": 50,
                "stats": 100,
                "statistics": 100,
                "groupCount": 50,
                "isComplete": 50,
            }
        )
    )


class Shape(NamedTuple):
    """The expanded size of a selection set: levels of fields, aliases, directives, and fields at its top."""

    depth: int
    aliases: int
    directives: int
    top_fields: int


_NOTHING = Shape(0, 0, 0, 0)


def _spreads(selections: SelectionSetNode) -> Iterator[str]:
    pending = [selections]
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                yield selection.name.value
            elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                pending.append(selection.selection_set)


def _inner_first(fragments: Mapping[str, FragmentDefinitionNode]) -> list[str]:
    """Order fragments so that each follows those it spreads; a spread that closes a cycle is passed over.

    Without recursion, so that a chain of a thousand fragments is no deeper than one.
    """
    uses = {name: sorted(set(_spreads(node.selection_set))) for name, node in fragments.items()}
    ordered: list[str] = []
    seen: set[str] = set()
    for root in fragments:
        if root in seen:
            continue
        seen.add(root)
        path = [(root, iter(uses[root]))]
        while path:
            name, rest = path[-1]
            for used in rest:
                if used in uses and used not in seen:
                    seen.add(used)
                    path.append((used, iter(uses[used])))
                    break
            else:
                path.pop()
                ordered.append(name)
    return ordered


def measure(document: DocumentNode) -> list[Shape]:
    """Return the shape of each operation in `document`; cycles are left for validation to report."""
    fragments = fragments_of(document)
    known: dict[str, Shape] = {}
    for name in _inner_first(fragments):
        known[name] = _shape(fragments[name].selection_set, known)
    return [
        _shape(definition.selection_set, known)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Return the fragments of `document` by name."""
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def _shape(selections: SelectionSetNode, known: Mapping[str, Shape]) -> Shape:
    depth = aliases = directives = top_fields = 0
    spread: set[str] = set()
    for selection in selections.selections:
        directives += len(selection.directives or ())
        if isinstance(selection, FieldNode):
            below = _shape(selection.selection_set, known) if selection.selection_set else _NOTHING
            depth = max(depth, 1 + below.depth)
            aliases += below.aliases + (selection.alias is not None)
            directives += below.directives
            top_fields += 1
            continue
        if isinstance(selection, InlineFragmentNode):
            inner = _shape(selection.selection_set, known)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
            # The same fragment twice in one selection set merges into itself.
            spread.add(selection.name.value)
            inner = known.get(selection.name.value, _NOTHING)
        else:
            continue
        depth = max(depth, inner.depth)
        aliases += inner.aliases
        directives += inner.directives
        top_fields += inner.top_fields
    return Shape(
        depth,
        min(aliases, CEILING),
        min(directives, CEILING),
        min(top_fields, CEILING),
    )


def check_shape(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document with too many operations, or one of whose operations is too deep or too wide."""
    shapes = measure(document)
    if len(shapes) > limits.max_operations:
        raise RequestError(
            over_limit(
                "OPERATION_LIMIT",
                "操作数",
                "operations",
                len(shapes),
                limits.max_operations,
            )
        )
    for shape in shapes:
        for found, limit, code, zh, en in (
            (
                shape.depth,
                limits.max_depth,
                "DEPTH_LIMIT",
                "嵌套层数",
                "levels of fields",
            ),
            (shape.aliases, limits.max_aliases, "ALIAS_LIMIT", "别名数", "aliases"),
            (
                shape.directives,
                limits.max_directives,
                "DIRECTIVE_LIMIT",
                "指令数",
                "directives",
            ),
            (
                shape.top_fields,
                limits.max_root_fields,
                "ROOT_FIELD_LIMIT",
                "根字段数",
                "root fields",
            ),
        ):
            if found > limit:
                raise RequestError(over_limit(code, zh, en, found, limit))


def check_variables(variables: Mapping[str, Any], limits: Limits) -> None:
    """Refuse variables that are too many, or nest lists and objects too deep; without recursion, in one pass."""
    if len(variables) > limits.max_variables:
        raise RequestError(over_limit("VARIABLE_LIMIT", "变量数", "variables", len(variables), limits.max_variables))
    depth = 0
    level: list[Any] = [each for each in variables.values() if isinstance(each, (dict, list))]
    while level:
        depth += 1
        if depth > limits.max_variables_depth:
            raise RequestError(
                over_limit("VARIABLE_LIMIT", "变量嵌套层数", "levels in a variable", depth, limits.max_variables_depth)
            )
        below: list[Any] = []
        for value in level:
            found = cast("Iterable[Any]", value.values() if isinstance(value, dict) else value)
            below += [each for each in found if isinstance(each, (dict, list))]
        level = below


def over_limit(code: str, zh: str, en: str, found: int, limit: int) -> Problem:
    """Return the problem that says how much was asked for and how much is allowed."""
    told = str(found) if found < CEILING else f"{CEILING}+"
    return Problem(
        code,
        f"{zh}为 {told},上限为 {limit},请拆分或缩小查询。",
        f"The operation has {told} {en}, the limit is {limit}; split it or ask for less.",
        details={"found": min(found, CEILING), "limit": limit},
    )


class _Price(NamedTuple):
    """What a selection set costs once, and per row of the page that it hangs on."""

    fixed: int
    per_row: int


class CostModel:
    """Prices the operations of one schema under one set of limits."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._sizes = sizes_of(schema)

    def page_variables(self, document: DocumentNode) -> frozenset[str]:
        """Return the variables on which the cost may depend; without any, the cost is fixed."""
        names: set[str] = set()
        pending = [
            definition.selection_set
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
        ]
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    for argument in selection.arguments or ():
                        if argument.name.value in _SIZING and isinstance(argument.value, VariableNode):
                            names.add(argument.value.name.value)
                if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                    pending.append(selection.selection_set)
        return frozenset(names)

    def cost(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> int:
        """Return the cost of a valid operation with coerced `variables`; refuse pages out of bounds."""
        fragments = fragments_of(document)
        known: dict[str, _Price] = {}
        for name in _inner_first(fragments):
            fragment = fragments[name]
            parent = self._schema.get_type(fragment.type_condition.name.value)
            known[name] = self._price(fragment.selection_set, parent, known, variables)
        root = self._schema.get_root_type(operation.operation)
        fixed, per_row = self._price(operation.selection_set, root, known, variables)
        return fixed + self._limits.assumed_list_size * per_row

    def _price(
        self,
        selections: SelectionSetNode,
        parent: GraphQLNamedType | None,
        known: Mapping[str, _Price],
        variables: Mapping[str, Any],
    ) -> _Price:
        fixed = per_row = 0
        spread: set[str] = set()
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                price = self._field_price(selection, parent, known, variables)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                price = self._price(selection.selection_set, inner, known, variables)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
                spread.add(selection.name.value)
                price = known.get(selection.name.value, _Price(0, 0))
            else:
                continue
            fixed += price.fixed
            per_row += price.per_row
        return _Price(fixed, per_row)

    def _field_price(
        self,
        node: FieldNode,
        parent: GraphQLNamedType | None,
        known: Mapping[str, _Price],
        variables: Mapping[str, Any],
    ) -> _Price:
        name = node.name.value
        prices = self._limits.prices
        own = 1 + prices.get(f"{parent.name}.{name}" if parent else name, prices.get(name, 0))
        definition = _definition(parent, name)
        if node.selection_set is None or definition is None:
            return _Price(own, 0)
        inner = cast("GraphQLNamedType", get_named_type(cast("Any", definition).type))
        below = self._price(node.selection_set, inner, known, variables)
        size = self._sizes.get(f"{parent.name}.{name}") if parent else None
        if size is not None:
            return _Price(own + math.ceil(size * below.fixed), 0)
        rows = self._rows(node, definition, variables)
        if _holds_a_list(definition):
            each = below.fixed + self._limits.assumed_list_size * below.per_row
            return _Price(own, each) if rows is None else _Price(own + rows * each, 0)
        factor = self._limits.assumed_list_size if rows is None else rows
        return _Price(own + below.fixed + factor * below.per_row, 0)

    def _rows(self, node: FieldNode, definition: GraphQLField, variables: Mapping[str, Any]) -> int | None:
        """Return how many rows the field may hold by its own arguments, None where they do not tell."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        if "ids" in definition.args and "ids" in given:
            ids = _length(given["ids"], variables)
            return self._within("ids", ids, node)
        if "limit" in definition.args:
            size = _integer(given["limit"], variables) if "limit" in given else None
            return self._limits.default_groups if size is None else self._within("limit", size, node)
        if "first" not in definition.args and "last" not in definition.args:
            return None
        for name in _PAGE_ARGUMENTS:
            if name in given and name in definition.args:
                size = _integer(given[name], variables)
                if size is not None:
                    return self._within(name, size, node)
        return self._limits.default_page_size

    def _within(self, name: str, size: int, node: FieldNode) -> int:
        limit = self._limits.max_groups if name == "limit" else self._limits.max_page_size
        if 0 <= size <= limit:
            return size
        told = str(size) if abs(size) < CEILING else "…"
        raise RequestError(
            Problem(
                "BAD_USER_INPUT",
                f"字段 {node.name.value} 的 {name} 为 {told},须在 0 到 {limit} 之间。",
                f"`{name}` of `{node.name.value}` is {told}; it must be between 0 and {limit}.",
                details={"argument": name, "limit": limit},
            )
        )


def _holds_a_list(definition: GraphQLField) -> bool:
    # As GraphQL writes it: `[Person!]!`. The classes are generic over what graphql-core leaves unknown.
    return str(cast("Any", definition).type).startswith("[")


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    if name == "__typename":
        return TypeNameMetaFieldDef
    if name == "__schema":
        return SchemaMetaFieldDef
    if name == "__type":
        return TypeMetaFieldDef
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        fields: dict[str, GraphQLField] = parent.fields
        return fields.get(name)
    return None


def _integer(value: ValueNode, variables: Mapping[str, Any]) -> int | None:
    if isinstance(value, IntValueNode):
        # Python refuses to read an integer of 5,000 digits; 18 are more than any page.
        return int(value.value) if len(value.value) <= 18 else CEILING
    if isinstance(value, VariableNode):
        found = variables.get(value.name.value)
        return found if isinstance(found, int) else None
    return None


def _length(value: ValueNode, variables: Mapping[str, Any]) -> int:
    if isinstance(value, ListValueNode):
        return len(value.values)
    if isinstance(value, VariableNode):
        found = variables.get(value.name.value)
        return len(found) if isinstance(found, Sized) and not isinstance(found, str) else 1
    return 0 if isinstance(value, NullValueNode) else 1
