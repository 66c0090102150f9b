"""The parts of a schema that a query can name, which of them a document names, and ways that lead to each.

A part is written as a schema coordinate: `Person.name`, `Courtyard.people(first:)`, `PersonFilter.name`,
`OrderDirection.ASC`. Values of enums that stand in answers only are no parts: rows hold them, nobody names them.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    type_from_ast,
    visit,
)

__all__ = ["INTROSPECTION", "Step", "Ways", "parts_named", "parts_of"]

Step = tuple[str, str]
"""What to write next: a `field`, a type condition `on`, an `arg`, an input `member` or an enum `value`, by name."""
_COMPUTED = ("Permission", "RuleCitation", "Indicator", "IndicatorAbout")
_WEIGHTS = (30, 35, 15, 20)
"""Of a hundred parts drawn: of what is computed beside the rows, other fields, arguments, members and values."""
_DEEPEST = 6
INTROSPECTION = ("Query.__schema", "Query.__type")


@dataclass(frozen=True, slots=True)
class _Edge:
    """A step from one type to the next."""

    owner: str
    steps: tuple[Step, ...]
    target: str


def _edges(schema: GraphQLSchema, name: str) -> Iterator[tuple[str, _Edge]]:
    """Yield the parts of one type, each with the step that names it and where it leads."""
    of = schema.type_map[name]
    if isinstance(of, (GraphQLObjectType, GraphQLInterfaceType)):
        for field, each in of.fields.items():
            head: Step = ("field", field)
            yield f"{name}.{field}", _Edge(name, (head,), get_named_type(each.type).name)
            for argument, about in each.args.items():
                steps = (head, ("arg", argument))
                yield f"{name}.{field}({argument}:)", _Edge(name, steps, get_named_type(about.type).name)
    elif isinstance(of, GraphQLInputObjectType):
        for member, inner in of.fields.items():
            yield f"{name}.{member}", _Edge(name, (("member", member),), get_named_type(inner.type).name)
    elif isinstance(of, GraphQLEnumType):
        for value in of.values:
            yield f"{name}.{value}", _Edge(name, (("value", value),), "")


class Ways:
    """Every part below the root of queries, and how to come to it."""

    def __init__(self, schema: GraphQLSchema) -> None:
        assert schema.query_type is not None
        root = schema.query_type.name
        self.parts: dict[str, _Edge] = {}
        self._depth = {root: 0}
        self._into: dict[str, list[_Edge]] = {}
        node = schema.type_map["Node"]
        assert isinstance(node, GraphQLInterfaceType)
        self.node_types = frozenset(each.name for each in schema.get_possible_types(node))
        waiting = deque([root])
        while waiting:
            name = waiting.popleft()
            is_input = isinstance(schema.type_map[name], (GraphQLInputObjectType, GraphQLEnumType))
            for part, edge in _edges(schema, name):
                self.parts[part] = edge
                target = schema.type_map.get(edge.target)
                if isinstance(target, GraphQLEnumType) and not is_input and edge.steps[-1][0] == "field":
                    continue  # an enum in an answer
                self._into.setdefault(edge.target, []).append(edge)
                if edge.target and edge.target not in self._depth:
                    self._depth[edge.target] = self._depth[name] + 1
                    waiting.append(edge.target)
        unreached = self.node_types - self._depth.keys()
        assert not unreached, f"types that no field leads to: {sorted(unreached)}"
        self._sorts: list[tuple[int, list[str]]] = [(weight, []) for weight in _WEIGHTS]
        for part in sorted(self.parts):
            self._sorts[self._sort(part)][1].append(part)

    def _sort(self, part: str) -> int:
        """Return which sort of part it is, by its place in the weights."""
        owner, _, name = part.partition(".")
        if owner in _COMPUTED or name.partition("(")[0] in ("permissions", "indicator", "indicators", "statistics"):
            return 0
        steps = self.parts[part].steps
        return {"field": 1, "arg": 2}.get(steps[-1][0], 3)

    def draw(self, rng: random.Random) -> str:
        """Return a part; of few parts of a sort each is drawn the oftener."""
        (parts,) = rng.choices([parts for _, parts in self._sorts], [weight for weight, _ in self._sorts])
        return rng.choice(parts)

    def to(self, part: str, rng: random.Random) -> tuple[Step, ...]:
        """Return a way to a part as `rng` chooses: to any of its owners, and from there by one of the shortest ways.

        To a type with global ids it may lead through `node` or `nodes`.
        """
        edge = self.parts[part]
        steps = edge.steps
        if self._depth[edge.owner] and edge.owner not in self.node_types:
            edge = rng.choice([each for each in self._into[edge.owner] if self._depth[each.owner] < _DEEPEST])
            steps = (*edge.steps, *steps)
        while self._depth[edge.owner]:
            if edge.owner in self.node_types and rng.randrange(100) < 35:
                return (("field", rng.choice(("node", "nodes"))), ("on", edge.owner), *steps)
            depth = self._depth[edge.owner]
            edge = rng.choice([each for each in self._into[edge.owner] if self._depth[each.owner] < depth])
            steps = (*edge.steps, *steps)
        return steps


def parts_of(schema: GraphQLSchema) -> frozenset[str]:
    """Return every part of the queries of a schema, the two roots of introspection included."""
    return frozenset(Ways(schema).parts) | frozenset(INTROSPECTION)


def parts_named(schema: GraphQLSchema, text: str, variables: Mapping[str, Any]) -> frozenset[str]:
    """Return the parts that a document with these variables names."""
    tree = parse(text, no_location=True)
    info = TypeInfo(schema)
    looking = _Looking(schema, info, variables)
    visit(tree, TypeInfoVisitor(info, looking))
    return frozenset(looking.found)


class _Looking(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, variables: Mapping[str, Any]) -> None:
        super().__init__()
        self.schema = schema
        self.info = info
        self.variables = variables
        self.found: set[str] = set()
        self.field = ""

    def enter_variable_definition(self, node: Any, *_: Any) -> None:
        """Look at the value that the client gives."""
        name = node.variable.name.value
        if self.variables.get(name) is not None:
            self.value(type_from_ast(self.schema, node.type), self.variables[name])

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Name the field."""
        parent = self.info.get_parent_type()
        assert parent is not None
        self.field = f"{parent.name}.{node.name.value}"
        if node.name.value != "__typename":
            self.found.add(self.field)

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Name the argument."""
        if self.info.get_directive() is None:
            self.found.add(f"{self.field}({node.name.value}:)")

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        """Name the member."""
        of: Any = get_named_type(self.info.get_parent_input_type())
        self.found.add(f"{of.name}.{node.name.value}")

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        """Name the value."""
        of: Any = get_named_type(self.info.get_input_type())
        self.found.add(f"{of.name}.{node.value}")

    def value(self, of: Any, value: Any) -> None:
        """Name the members and values in a variable."""
        if value is None:
            return
        if isinstance(of, GraphQLNonNull):
            self.value(of.of_type, value)
        elif isinstance(of, GraphQLList):
            for each in value if isinstance(value, list) else [value]:
                self.value(of.of_type, each)
        elif isinstance(of, GraphQLInputObjectType):
            for name, each in value.items():
                self.found.add(f"{of.name}.{name}")
                self.value(of.fields[name].type, each)
        elif isinstance(of, GraphQLEnumType):
            self.found.add(f"{of.name}.{value}")
