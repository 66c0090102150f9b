"""Arguments at two times: their structure when a document is compiled, their values when it runs.

An `Arg` is a coerced value of the request being compiled together with the way to find the corresponding value
in any later request of the same shape. `variable_shape` says what of the variables the structure depends on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLField,
    ListTypeNode,
    ListValueNode,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    TypeNode,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values

__all__ = ["Arg", "Variables", "arguments_of", "variable_shape"]

Variables = Mapping[str, Any]
_CURSOR = re.compile(r"[01]+\.")


@dataclass(frozen=True, slots=True)
class Arg:
    """A value now, and the path to it in the variables of a later request (`variable` None: a constant)."""

    value: Any
    node: ValueNode | None = None
    variable: str | None = None
    path: tuple[str | int, ...] = field(default=())

    def child(self, key: str | int) -> Arg:
        """Return the member or item `key`."""
        value = self.value[key]
        if self.variable is not None:
            return Arg(value, None, self.variable, (*self.path, key))
        node: ValueNode | None = None
        if isinstance(key, int) and not isinstance(self.node, ListValueNode):
            node = self.node  # a single value where a list was expected
        elif isinstance(self.node, ObjectValueNode):
            node = next((each.value for each in self.node.fields if each.name.value == key), None)
        elif isinstance(self.node, ListValueNode):
            node = self.node.values[cast("int", key)]
        if isinstance(node, VariableNode):
            return Arg(value, None, node.name.value)
        return Arg(value, node)

    def items(self) -> Iterator[Arg]:
        """Iterate over the items of a list."""
        for index in range(len(cast("Sequence[Any]", self.value))):
            yield self.child(index)

    def members(self) -> Iterator[tuple[str, Arg]]:
        """Iterate over the members of an input object that were given and are not null."""
        for key, value in cast("Mapping[str, Any]", self.value).items():
            if value is not None:
                yield key, self.child(key)

    def source(self) -> Callable[[Variables], Any]:
        """Return the function that finds this value in the variables of a request."""
        if self.variable is None:
            constant = self.value
            if isinstance(constant, list):
                items = [each.source() for each in self.items()]
                return lambda variables: [find(variables) for find in items]
            if isinstance(self.node, ObjectValueNode):
                members = {key: self.child(key).source() for key in cast("Mapping[str, Any]", constant)}
                return lambda variables: {key: find(variables) for key, find in members.items()}
            return lambda _variables: constant
        name, path = self.variable, self.path
        if not path:
            return lambda variables: variables[name]

        def find(variables: Variables) -> Any:
            value = variables[name]
            for key in path:
                value = value[key]
            return value

        return find


def arguments_of(definition: GraphQLField, node: FieldNode, variables: Mapping[str, Any]) -> dict[str, Arg]:
    """Return the arguments of a field that were given and are not null."""
    values = get_argument_values(definition, node, VariableValues({}, dict(variables)))
    nodes = {each.name.value: each.value for each in node.arguments or ()}
    found: dict[str, Arg] = {}
    for name, value in values.items():
        if value is None:
            continue
        given = nodes.get(name)
        if isinstance(given, VariableNode):
            found[name] = Arg(value, None, given.name.value if given.name.value in variables else None)
        else:
            found[name] = Arg(value, given)
    return found


def variable_shape(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Hashable:
    """Return what of `variables` the compiled statement depends on."""
    if not variables:
        return ()
    named = {each.variable.name.value: _named(each.type) for each in operation.variable_definitions or ()}
    return tuple((name, _shape(value, is_id=named.get(name) == "ID")) for name, value in variables.items())


def _named(node: TypeNode) -> str:
    while isinstance(node, (NonNullTypeNode, ListTypeNode)):
        node = node.type
    return str(cast("Any", node).name.value)


def _shape(value: Any, *, is_id: bool) -> Hashable:
    match value:
        case None | bool() | Enum():
            return value
        case str():
            if is_id:
                return value.partition(":")[0]
            found = _CURSOR.match(value)
            return found.group() if found else "s"
        case dict():
            return tuple((key, _shape(each, is_id=is_id)) for key, each in cast("dict[str, Any]", value).items())
        case list():
            return ("l", *(_shape(each, is_id=is_id) for each in cast("list[Any]", value)))
        case _:
            return type(value).__name__
