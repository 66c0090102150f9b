"""A third opinion on an answer: graphql-core's executor completes the plain dicts that the compiled engine gave.

The engine completes its answers without an executor (decision 3). Whatever it leaves out of what the specification asks
of an answer (the order of the keys, the fragments that apply, `null` where a value is missing, the form of each scalar)
the executor does here again, over the answer itself: what it makes of it must be the same, to the last key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import graphql
from graphql import DocumentNode, GraphQLEnumType, GraphQLScalarType, GraphQLSchema, build_schema, print_schema

from yuanluo_graphql import scalars

__all__ = ["completes", "strict_schema"]

TYPE = "\0type"
CHECKS = {
    "Fen": scalars._whole,
    "Area": scalars._whole,
    "Long": scalars._whole,
    "Date": scalars._date,
    "DateTime": scalars._moment,
    "PartialDate": scalars._partial,
}


def strict_schema(schema: GraphQLSchema) -> GraphQLSchema:
    """Return the schema as its SDL says it, with scalars that refuse a value of another form."""
    strict = build_schema(print_schema(schema))
    for name, check in CHECKS.items():
        scalar = strict.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        scalar.serialize = _checked(check)  # type: ignore[method-assign]  # the schema is this module's own
    return strict


def _checked(check: Any) -> Any:
    def serialize(value: Any) -> Any:
        check(value)
        return value

    return serialize


def _resolve(source: Any, info: Any, **arguments: Any) -> Any:
    found = source[info.path.key]
    if info.parent_type.name == "Query" and found is not None:
        if info.field_name == "node":
            return {**found, TYPE: _type_of(arguments["id"])}
        if info.field_name == "nodes":
            return [
                None if each is None else {**each, TYPE: _type_of(wanted)}
                for each, wanted in zip(found, arguments["ids"], strict=True)
            ]
    if isinstance(info.return_type, GraphQLEnumType) and found is not None:
        assert isinstance(found, str)
    return found


def _type_of(gid: str) -> str:
    return gid.partition(":")[0]


def completes(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], data: Mapping[str, Any]
) -> None:
    """Assert that the executor completes `data` as the answer to a document without an error, and to the same text."""
    done = cast("Any", graphql).execute_sync(
        schema,
        document,
        data,
        variable_values=dict(variables),
        field_resolver=_resolve,
        type_resolver=lambda value, *_: value[TYPE],
    )
    assert done.errors is None, done.errors
    assert json.dumps(done.data, ensure_ascii=False) == json.dumps(data, ensure_ascii=False)
