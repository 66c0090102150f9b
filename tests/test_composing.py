"""The schema as a server keeps it: a copy without strawberry, composed in a process apart."""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from typing import Any

import pytest
from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    introspection_from_schema,
    print_schema,
    specified_directives,
)
from pace import PATIENCE

from yuanluo import ToMany, hookimpl
from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.composing import Composing, compose_apart
from yuanluo_graphql.scalars import READERS
from yuanluo_graphql.schema_copy import described, schema_from
from yuanluo_tenants.crypto import Keyring, new_key
from yuanluo_tenants.errors import PluginError

KEYS = Keyring.single(new_key())
COMPOSITION = Composition.of(Plugins.load())
SCHEMA = compose(COMPOSITION, KEYS).core
COPY = schema_from(pickle.loads(pickle.dumps(described(SCHEMA))))


def everything(schema: GraphQLSchema) -> Any:
    """What a client can ask about a schema, types in the order of their names."""
    asked: Any = introspection_from_schema(schema, input_value_deprecation=True)["__schema"]
    return {**asked, "types": sorted(asked["types"], key=lambda each: each["name"])}


def test_a_copy_tells_its_clients_what_the_schema_does() -> None:
    assert everything(COPY) == everything(SCHEMA)
    assert sorted(print_schema(COPY).splitlines()) == sorted(print_schema(SCHEMA).splitlines())
    assert COPY.type_map.keys() == SCHEMA.type_map.keys()


def test_a_copys_scalars_read_as_the_schemas() -> None:
    for name, read in READERS.items():
        theirs: Any = SCHEMA.type_map[name]
        ours: Any = COPY.type_map[name]
        assert (ours.coerce_input_value, ours.specified_by_url) == (read, theirs.specified_by_url)
        assert theirs.coerce_input_value is read


def test_a_copy_writes_one_type_once() -> None:
    types: Any = COPY.type_map
    wrappers = [
        each.type
        for name, found in types.items()
        if not name.startswith("__")
        for each in getattr(found, "fields", {}).values()
    ]
    assert len({id(each) for each in wrappers}) == len({str(each) for each in wrappers})


def test_deprecations_unions_defaults_and_one_of_are_copied() -> None:
    text = GraphQLScalarType("Long", description="long", specified_by_url="https://example.org/long")
    shown = GraphQLInterfaceType("Shown", {"name": GraphQLField(GraphQLString, deprecation_reason="old")})
    one = GraphQLObjectType("One", {"name": GraphQLField(GraphQLString), "long": GraphQLField(text)}, [shown])
    either = GraphQLUnionType("Either", [one], description="either")
    choice = GraphQLInputObjectType(
        "Choice", {"a": GraphQLInputField(GraphQLString), "b": GraphQLInputField(GraphQLString)}, is_one_of=True
    )
    page = {
        "first": GraphQLArgument(GraphQLNonNull(GraphQLString), "ten", "how many", deprecation_reason="gone"),
        "by": GraphQLArgument(choice),
        "hue": GraphQLArgument(GraphQLEnumType("Hue", {"RED": "RED"})),
    }
    schema = GraphQLSchema(GraphQLObjectType("Query", {"either": GraphQLField(either, page)}), description="a schema")
    copy = schema_from(described(schema))
    assert everything(copy) == everything(schema)
    assert print_schema(copy) == print_schema(schema)


@pytest.mark.parametrize(
    "schema",
    [
        GraphQLSchema(directives=[*specified_directives, GraphQLDirective("own", [DirectiveLocation.FIELD])]),
        GraphQLSchema(GraphQLObjectType("Query", {"hue": GraphQLField(GraphQLEnumType("Hue", {"RED": 1}))})),
        GraphQLSchema(GraphQLObjectType("Query", {"odd": GraphQLField(GraphQLScalarType("Odd"))})),
        GraphQLSchema(
            GraphQLObjectType(
                "Query", {"a": GraphQLField(GraphQLString, {"b": GraphQLArgument(GraphQLString, out_name="c")})}
            )
        ),
    ],
    ids=["directive", "enum of other values", "scalar that nothing reads", "renamed argument"],
)
def test_what_a_copy_would_lose_is_refused(schema: GraphQLSchema) -> None:
    with pytest.raises(TypeError):
        described(schema)


PROGRAM = """
import sys
from graphql import print_schema
from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_graphql.composing import compose_apart
from yuanluo_tenants.crypto import Keyring, new_key
composing = compose_apart(Composition.of(Plugins.load()), Keyring.single(new_key()))
sys.stdout.write(print_schema(composing.schema()))
sys.exit("strawberry" in sys.modules)
"""


def test_a_process_that_lets_another_compose_has_the_schema_and_never_loads_strawberry() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert said.stdout == print_schema(COPY)


class Ant:
    """A plugin with a field that core has."""

    @staticmethod
    @hookimpl
    def graphql_fields() -> list[object]:
        return [ToMany("Courtyard", "people", "Seat", "字段", "a field", via=None)]


def test_what_is_wrong_with_a_schema_is_raised_where_it_is_asked_for() -> None:
    composing = compose_apart(Composition.of(Plugins.load({"ant": Ant()})), KEYS)
    with pytest.raises(PluginError) as refused:
        composing.schema()
    assert refused.value.plugin == "ant"


def test_a_schema_whose_child_failed_is_composed_here_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent, end = os.pipe()
    child = os.fork()
    if not child:
        os._exit(9)
    os.close(end)
    with caplog.at_level(logging.WARNING):
        schema = Composing(COMPOSITION, KEYS, child, sent).schema()
    assert print_schema(schema) == print_schema(COPY)
    assert "could not be composed apart" in caplog.text
