"""The published schema: a snapshot in git, a gate for breaking changes, a gloss on everything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    execute_sync,
    find_breaking_changes,
    get_introspection_query,
)

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_graphql.assembly import compose, limits_of, sdl
from yuanluo_graphql.documents import Documents
from yuanluo_tenants.settings import load_settings

DOCS = Path(__file__).parent.parent / "docs"
CURRENT = DOCS / "schema.graphql"
RELEASED = DOCS / "schema.released.graphql"
ACKNOWLEDGED = DOCS / "breaking-changes.md"
CHINESE, ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")


@pytest.fixture(scope="module")
def composition() -> Composition:
    return Composition.of(Plugins.load())


@pytest.fixture(scope="module")
def schema(composition: Composition) -> GraphQLSchema:
    return compose(composition).core


def test_the_snapshot_is_the_schema(composition: Composition) -> None:
    assert CURRENT.read_text(encoding="utf-8") == sdl(composition), (
        "the schema changed: write it with `uv run yuanluo schema > docs/schema.graphql` and look at the difference"
    )


def unacknowledged(old: str, new: str, acknowledged: str) -> list[str]:
    changes = find_breaking_changes(build_schema(old), build_schema(new))
    return [change.description for change in changes if change.description not in acknowledged]


def test_no_breaking_change_goes_unacknowledged() -> None:
    found = unacknowledged(
        RELEASED.read_text(encoding="utf-8"),
        CURRENT.read_text(encoding="utf-8"),
        ACKNOWLEDGED.read_text(encoding="utf-8"),
    )
    assert found == [], "write each of these, with what clients do about it, into docs/breaking-changes.md"


def test_the_gate_sees_a_breaking_change() -> None:
    old = "type Query { a: Int b: Int }"
    assert unacknowledged(old, "type Query { a: Int }", "") == ["Field Query.b was removed."]
    assert unacknowledged(old, "type Query { a: Int }", "- Field Query.b was removed. Ask for a.") == []


def described(schema: GraphQLSchema) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for name, each in schema.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        found.append((name, each.description))
        if isinstance(each, (GraphQLObjectType, GraphQLInterfaceType)):
            for field_name, field in each.fields.items():
                found.append((f"{name}.{field_name}", field.description))
                found += [(f"{name}.{field_name}({a})", arg.description) for a, arg in field.args.items()]
        elif isinstance(each, GraphQLInputObjectType):
            found += [(f"{name}.{field_name}", field.description) for field_name, field in each.fields.items()]
        elif isinstance(each, GraphQLEnumType):
            found += [(f"{name}.{value}", about.description) for value, about in each.values.items()]
    return found


def glossless(schema: GraphQLSchema) -> list[str]:
    return [
        name for name, text in described(schema) if text is None or not CHINESE.search(text) or not ENGLISH.search(text)
    ]


def test_everything_has_a_chinese_term_and_an_english_gloss(schema: GraphQLSchema) -> None:
    assert glossless(schema) == []


def test_a_missing_gloss_is_found() -> None:
    poor = build_schema('"""查询: query""" type Query { a: Int }')
    assert glossless(poor) == ["Query.a"]


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { types { name } directives { name args { name } locations } } }",
        "{ __schema { types { fields { type { fields { name description type { name kind description } } } } } } }",
        "{ __schema { types { fields { name args { type { inputFields { name description } } } } } } }",
        "{ __schema { types { enumValues { name } interfaces { name } possibleTypes { fields { name } } } } }",
        get_introspection_query(),
    ],
)
def test_introspection_costs_what_it_holds(composition: Composition, query: str) -> None:
    def values(part: Any) -> int:
        if isinstance(part, dict):
            return sum(1 + values(each) for each in part.values())
        return sum(map(values, part)) if isinstance(part, list) else 0

    schema = compose(composition).core
    documents = Documents(schema, limits_of(load_settings(environment="test")))
    prepared = documents.prepare(query)
    told = documents.price(prepared, {}) - 100_000  # what `__schema` itself costs
    assert values(execute_sync(schema, prepared.document).data) <= told


def test_the_usual_introspection_is_within_the_default_limits(composition: Composition) -> None:
    documents = Documents(compose(composition).core, limits_of(load_settings(environment="test")))
    prepared = documents.prepare(get_introspection_query(descriptions=True, input_value_deprecation=True))
    assert prepared.name == "IntrospectionQuery"
