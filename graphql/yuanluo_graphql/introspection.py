"""Introspection: answered by graphql-core's executor, in a thread of its own, and priced by what the schema holds.

Its executor never lets go of the event loop, and a document of 1 kB may ask for a million values: in the loop nobody
else would be answered meanwhile, and no clock could stop it. One thread serves all such documents in turn; whoever
goes away, or has no time left, is stopped at the next object.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, Final, cast

import graphql
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from graphql.execution import Executor
from typing_extensions import override

__all__ = ["introspect", "sizes_of"]

_thread: Final = ThreadPoolExecutor(1, "introspection")


class _Stopped(BaseException):
    """Nobody waits for the answer; the executor catches every `Exception` and would go on."""


class _Stoppable(Executor[Any]):
    """An executor that looks before each object whether somebody still waits."""

    @override
    def execute_fields(self, *args: Any, **kwargs: Any) -> Any:
        if cast("Event", self.context_value).is_set():
            raise _Stopped
        return super().execute_fields(*args, **kwargs)


async def introspect(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an operation that asks for the schema alone; cancelled, it stops the thread."""
    left = Event()

    def work() -> ExecutionResult | None:
        execute_sync = cast("Callable[..., ExecutionResult]", cast("Any", graphql).execute_sync)
        try:
            return execute_sync(
                schema, document, context_value=left, variable_values=dict(variables), executor_class=_Stoppable
            )
        except _Stopped:
            return None

    try:
        result = await asyncio.get_running_loop().run_in_executor(_thread, work)
    finally:
        left.set()
    assert result is not None  # it stops for who is gone, and he is not here
    if result.errors:
        raise result.errors[0]
    return result.data or {}


def sizes_of(schema: GraphQLSchema) -> dict[str, float]:
    """Return how many items the lists of introspection hold in this schema on average, by `Type.field`.

    `ofType` is among them: of the nine levels that clients ask for in case, one or two are there. A type is reached
    from the list of all types and from fields, arguments and members; the dearer way counts.
    """
    types: list[Any] = list(schema.type_map.values())
    holders: list[Any] = [each for each in types if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]
    fields: list[Any] = [field for each in holders for field in each.fields.values()]
    arguments: list[Any] = [argument for field in fields for argument in field.args.values()]
    inputs: list[Any] = [each for each in types if isinstance(each, GraphQLInputObjectType)]
    members: list[Any] = [member for each in inputs for member in each.fields.values()]
    above = [each for each in types if isinstance(each, GraphQLInterfaceType | GraphQLUnionType)]
    references = [str(each.type) for each in (*fields, *arguments, *members)]
    wrappers = sum(each.count("!") + each.count("[") for each in references)
    told: list[Any] = [get_named_type(each.type) for each in fields]
    asked: list[Any] = [get_named_type(each.type) for each in (*arguments, *members)]
    objects, input_objects = (GraphQLObjectType, GraphQLInterfaceType), (GraphQLInputObjectType,)
    return {
        "__Schema.types": float(len(types)),
        "__Schema.directives": float(len(schema.directives)),
        "__Directive.args": _mean(schema.directives, None, "args"),
        "__Directive.locations": _mean(schema.directives, None, "locations"),
        "__Type.fields": max(_mean(types, objects, "fields"), _mean(told, objects, "fields")),
        "__Type.inputFields": max(_mean(types, input_objects, "fields"), _mean(asked, input_objects, "fields")),
        "__Type.enumValues": max(_mean(each, (GraphQLEnumType,), "values") for each in (types, told, asked)),
        "__Type.interfaces": _mean(types, objects, "interfaces"),
        "__Type.possibleTypes": sum(len(schema.get_possible_types(each)) for each in above) / len(types),
        "__Type.ofType": wrappers / (wrappers + len(references)),
        "__Field.args": _mean(fields, None, "args"),
    }


def _mean(items: Sequence[Any], kinds: tuple[type, ...] | None, name: str) -> float:
    """Return how many `name` an item has on average; one that is of none of the `kinds` has none."""
    held = sum(len(getattr(each, name)) for each in items if kinds is None or isinstance(each, kinds))
    return held / max(1, len(items))
