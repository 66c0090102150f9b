"""A schema without the library that made it: all that requests need of it, in graphql-core's own types.

Strawberry keeps several Python objects, functions and classes for each of some 5,000 fields and arguments; the
compiler answers the fields, so that nothing asks for them again. `described` takes a schema down to plain values, which
another process may send, and `schema_from` builds it anew: names, descriptions, types, defaults and deprecations as
they were, equal wrappers and maps of arguments once. The scalars get their readers back by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    specified_directives,
)

from yuanluo_graphql.scalars import READERS

__all__ = ["Description", "described", "schema_from"]

Value = tuple[str, str, str | None, str | None, Any]
"""An argument or input field: its name, type, description, deprecation and default."""
Field = tuple[str, str, str | None, str | None, tuple[Value, ...]]
"""A field: its name, type, description, deprecation and arguments."""


@dataclass(frozen=True, slots=True)
class Description:
    """A schema in plain values: its types by name, as `_KINDS` says, and its roots."""

    types: Mapping[str, tuple[str, str | None, Any]]
    roots: tuple[str | None, str | None, str | None]
    description: str | None


def described(schema: GraphQLSchema) -> Description:
    """Take a schema down to plain values; raise TypeError where it holds what they cannot say."""
    if {each.name for each in schema.directives} != {each.name for each in specified_directives}:
        raise TypeError("the schema has directives of its own")
    types = {
        name: _described(each) for name, each in schema.type_map.items() if name not in GraphQLNamedType.reserved_types
    }
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    names = [each.name if each else None for each in roots]
    return Description(types, (names[0], names[1], names[2]), schema.description)


def _described(each: GraphQLNamedType) -> tuple[str, str | None, Any]:
    match each:
        case GraphQLScalarType():
            if each.name not in READERS:
                raise TypeError(f"nothing reads the scalar {each.name}")
            return "scalar", each.description, each.specified_by_url
        case GraphQLEnumType():
            values = [(name, _plain(v.value), v.description, v.deprecation_reason) for name, v in each.values.items()]
            return "enum", each.description, tuple(values)
        case GraphQLInputObjectType():
            return "input", each.description, (tuple(_value(*item) for item in each.fields.items()), each.is_one_of)
        case GraphQLUnionType():
            return "union", each.description, tuple(member.name for member in each.types)
        case GraphQLObjectType() | GraphQLInterfaceType():
            kind = "object" if isinstance(each, GraphQLObjectType) else "interface"
            fields = tuple(_field(name, found) for name, found in each.fields.items())
            return kind, each.description, (fields, tuple(found.name for found in each.interfaces))
        case _:
            raise TypeError(f"{each.name} is of no known kind")


def _field(name: str, each: Any) -> Field:
    arguments = tuple(_value(*item) for item in each.args.items())
    return name, str(each.type), each.description, each.deprecation_reason, arguments


def _value(name: str, each: Any) -> Value:
    if each.default is not None or each.out_name is not None:
        raise TypeError(f"{name} has a default or a name that is not carried")
    return name, str(each.type), each.description, each.deprecation_reason, each.default_value


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no plain value of an enum")
    return value


def schema_from(description: Description) -> GraphQLSchema:
    """Build the schema that was described; it is valid, for it was."""
    return _Building(dict(description.types)).schema(description)


@dataclass(slots=True)
class _Building:
    """Makes the types of a schema; each looks its fields up when it is asked for them, for they may name it."""

    left: dict[str, tuple[str, str | None, Any]]
    types: dict[str, Any] = field(default_factory=lambda: dict(GraphQLNamedType.reserved_types))
    arguments: dict[tuple[Value, ...], dict[str, GraphQLArgument]] = field(default_factory=lambda: {})

    def schema(self, description: Description) -> GraphQLSchema:
        names = list(self.left)
        for name in names:
            self.types[name] = self.named(name, *self.left[name])
        made: list[GraphQLNamedType] = [self.types[name] for name in names]
        query, mutation, subscription = (
            cast("GraphQLObjectType | None", self.types[name] if name else None) for name in description.roots
        )
        schema = GraphQLSchema(
            query, mutation, subscription, types=made, description=description.description, assume_valid=True
        )
        self.left.clear()  # the schema has asked each type for its fields; the types keep us, for they might ask again
        self.arguments.clear()
        return schema

    def named(self, name: str, kind: str, description: str | None, body: Any) -> GraphQLNamedType:
        match kind:
            case "scalar":
                return GraphQLScalarType(
                    name, parse_value=READERS[name], description=description, specified_by_url=body
                )
            case "enum":
                values = {each: GraphQLEnumValue(value, text, why) for each, value, text, why in body}
                return GraphQLEnumType(name, values, description=description)
            case "input":
                return GraphQLInputObjectType(
                    name, partial(self.inputs, name), description=description, is_one_of=body[1]
                )
            case "union":
                return GraphQLUnionType(name, lambda: [self.types[each] for each in body], description=description)
            case _:
                made = GraphQLObjectType if kind == "object" else GraphQLInterfaceType
                return made(name, partial(self.fields, name), partial(self.interfaces, name), description=description)

    def fields(self, name: str) -> dict[str, GraphQLField]:
        found: tuple[Field, ...] = self.left[name][2][0]
        return {
            each: GraphQLField(
                self.type(text), self.args(arguments) if arguments else None, description=about, deprecation_reason=why
            )
            for each, text, about, why, arguments in found
        }

    def interfaces(self, name: str) -> list[GraphQLInterfaceType]:
        return [self.types[each] for each in self.left[name][2][1]]

    def inputs(self, name: str) -> dict[str, GraphQLInputField]:
        found: tuple[Value, ...] = self.left[name][2][0]
        return {
            each: GraphQLInputField(self.type(text), default, description=about, deprecation_reason=why)
            for each, text, about, why, default in found
        }

    def args(self, found: tuple[Value, ...]) -> dict[str, GraphQLArgument]:
        made = self.arguments.get(found)
        if made is None:
            made = self.arguments[found] = {
                each: GraphQLArgument(self.type(text), default, description=about, deprecation_reason=why)
                for each, text, about, why, default in found
            }
        return made

    def type(self, text: str) -> Any:
        """Return the type that is written as `text`, such as `[Person!]!`; the same for the same text."""
        found = self.types.get(text)
        if found is None:
            inner = text[:-1]
            made: Any = GraphQLNonNull(self.type(inner)) if text.endswith("!") else GraphQLList(self.type(inner[1:]))
            found = self.types[text] = made
        return found
