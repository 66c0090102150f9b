"""The published schema under the eyes of others: @graphql-eslint's rules with Relay's, and graphql-js as a second validator.

Each program of graphql-js is compared with graphql-core, on which the server stands.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, print_ast, print_schema
from node_packages import run_node

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_graphql.assembly import compose, sdl

ROOT = Path(__file__).parent.parent
CURRENT = ROOT / "docs" / "schema.graphql"
pytestmark = pytest.mark.npm


def problems(*words: str | Path) -> list[str]:
    """Return what @graphql-eslint says against schemas."""
    done = run_node("lint.mjs", *map(str, words))
    *found, told = done.stdout.splitlines() or [""]
    assert re.fullmatch(r"(2[5-9]|3[0-9]) rules, \d+ problems, \d+ exceptions", told), done.stdout + done.stderr
    assert (done.returncode == 0) == (not found)
    return found


def test_the_schema_keeps_the_rules_of_graphql_eslint_and_relay() -> None:
    assert problems(CURRENT) == []


SMALL = '''
"""节点: node"""
interface Node {
  id: ID!
}

"""分页信息: page"""
type PageInfo {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}

"""行: a row"""
type Row implements Node {
  id: ID!
  name: String
}

"""列表项: an edge"""
type RowEdge {
  cursor: String!
  node: Row!
}

"""列表: a list"""
type RowConnection {
  edges: [RowEdge!]!
  pageInfo: PageInfo!
}

"""输入: input"""
input RowAddInput {
  name: String!
}

"""结果: payload"""
type RowAddPayload {
  row: Row
  """查询: query"""
  query: Query
}

"""查询: query"""
type Query {
  """行: a row"""
  row: Row
  """各行: rows"""
  rows(first: Int, after: String, last: Int, before: String): RowConnection
}

"""写入: writes"""
type Mutation {
  """添加: add"""
  rowAdd(input: RowAddInput!): RowAddPayload
}
'''
BROKEN = {
    "relay-arguments": ("first: Int", "first: String"),
    "relay-edge-types": ("type RowEdge {\n  cursor: String!", "type RowEdge {"),
    "relay-connection-types": ("  pageInfo: PageInfo!\n", ""),
    "relay-page-info": ("  endCursor: String\n", ""),
    "strict-id-in-types": ("type Row implements Node {\n  id: ID!\n", "type Row {\n"),
    "require-description": ('"""行: a row"""\ntype', "type"),
    "naming-convention": ("row: Row", "Row: Row"),
    "no-typename-prefix": ("  name: String\n}", "  rowName: String\n}"),
    "no-hashtag-description": ('"""行: a row"""\ntype', "# 行: a row\ntype"),
    "no-unreachable-types": ('"""输入: input"""', '"""无人用: lost"""\nenum Lost { GONE }\n\n"""输入: input"""'),
    "require-nullable-result-in-root": (
        "rowAdd(input: RowAddInput!): RowAddPayload",
        "rowAdd(input: RowAddInput!): RowAddPayload!",
    ),
    "no-scalar-result-type-on-mutation": (
        "rowAdd(input: RowAddInput!): RowAddPayload",
        "rowAdd(input: RowAddInput!): Int",
    ),
    "input-name": ("rowAdd(input:", "rowAdd(wish:"),
}


def test_every_broken_rule_is_found(tmp_path: Path) -> None:
    good_path = tmp_path / "good.graphql"
    good_path.write_text(SMALL, "utf-8")
    paths = [good_path]
    for rule, (good, bad) in BROKEN.items():
        assert good in SMALL, rule
        paths.append(tmp_path / f"{rule}.graphql")
        paths[-1].write_text(SMALL.replace(good, bad, 1), "utf-8")
    found = problems("--part", *paths)
    assert [each for each in found if each.startswith("good.graphql")] == []
    assert [
        rule for rule in BROKEN if not any(f"{rule}.graphql:" in each and f"/{rule}:" in each for each in found)
    ] == []


# graphql-js ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def composition() -> Composition:
    return Composition.of(Plugins.load())


def schema_js(*words: str, **plan: Any) -> Any:
    """Run `schema.mjs` and return what it found."""
    done = run_node("schema.mjs", *words, stdin=json.dumps(plan))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def definitions(text: str) -> list[str]:
    """Return the definitions of an SDL, in the order of their text."""
    return sorted(map(print_ast, parse(text).definitions))


def test_three_printers_print_the_same_schema(composition: Composition) -> None:
    whole = sdl(composition)
    printed = schema_js("print", sdl=whole)
    assert printed["problems"] == []
    assert printed["sdl"].strip() == whole.strip()
    assert definitions(print_schema(compose(composition).core)) == definitions(whole)


def test_graphql_js_refuses_what_is_no_schema() -> None:
    found = schema_js("print", sdl="interface Node { id: ID! } type Query implements Node { name: String }")
    assert found["problems"] == ["Interface field Node.id expected but Query does not provide it."]
