"""docs/clients.md is true: its programs run against a served demo, its Relay module compiles; and introspection.

Clients build their schema from what the server answers, so the whole of it is asked over HTTP in all its forms.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from graphql import build_schema, print_schema
from node_packages import package_folder, program, run_node
from plots import blocks
from served_demo import Served

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_graphql.assembly import sdl

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "clients.md"
ROLE: Final = "council_director"


def example(language: str) -> str:
    """Return the one example in a language."""
    [text] = blocks(PAGE, language)
    return text


def output(served: Served, *command: str, folder: Path) -> str:
    """Run a program as a reader of the page would, and return what it printed."""
    given = {**os.environ, "YUANLUO_URL": served.url, "YUANLUO_TOKEN": served.tokens[ROLE]}
    done = subprocess.run(command, env=given, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_call_by_curl_is_answered(served: Served, tmp_path: Path) -> None:
    assert program("curl")
    answer = json.loads(output(served, "bash", "-c", example("bash"), folder=tmp_path))
    assert answer["data"]["viewer"] == {"name": "院委会主任"}
    assert [each["code"] for each in answer["data"]["courtyards"]["nodes"]] == [served.courtyards[0]]


def test_the_program_with_gql_is_answered(served: Served, tmp_path: Path) -> None:
    found = ast.literal_eval(output(served, sys.executable, "-W", "error", "-c", example("python"), folder=tmp_path))
    assert found == [{"code": served.courtyards[0], "name": "梧桐苑"}]


@pytest.mark.npm
def test_the_program_with_apollo_shows_both_pages(served: Served, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(package_folder().resolve(), target_is_directory=True)
    program_path = tmp_path / "people.mjs"
    program_path.write_text(example("javascript"), "utf-8")
    assert output(served, program("node"), str(program_path), folder=tmp_path) == "4\n"


@pytest.mark.npm
def test_the_module_for_relay_compiles(tmp_path: Path) -> None:
    (tmp_path / "src" / "__generated__").mkdir(parents=True)
    (tmp_path / "src" / "People.ts").write_text(example("typescript"), "utf-8")
    (tmp_path / "schema.graphql").write_text((ROOT / "docs" / "schema.graphql").read_text("utf-8"), "utf-8")
    (tmp_path / "relay.config.json").write_text(example("json"), "utf-8")
    done = run_node("relay-compiler/cli.js", "relay.config.json", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    written = {each.name for each in (tmp_path / "src" / "__generated__").iterdir()}
    assert written == {"PeoplePaginationQuery.graphql.ts", "People_courtyard.graphql.ts"}


@pytest.mark.npm
def test_the_schema_that_a_client_builds_from_introspection_is_the_same(served: Served) -> None:
    """By each form of the question that graphql-js can ask, among them GraphiQL's and that of code generators."""
    plan: dict[str, Any] = {"url": served.url, "headers": served.headers(ROLE)}
    done = run_node("schema.mjs", "ask", stdin=json.dumps(plan))
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert [each["problems"] for each in found.values()] == [[]] * len(found)
    whole = sdl(Composition.of(Plugins.load())).strip()
    described = {way for way, each in found.items() if each["sdl"].strip() == whole}
    assert described == {"as graphql-js asks", "everything", "as GraphiQL asks"}
    bare = build_schema(whole)
    for each in bare.type_map.values():
        undescribe(each)
    text = print_schema(bare).strip()
    assert {way for way, each in found.items() if each["sdl"].strip() == text} == {"nothing but names and types"}


def undescribe(each: Any) -> None:
    """Take the descriptions off a type and all below it."""
    each.description = None
    for below in (*getattr(each, "fields", {}).values(), *getattr(each, "values", {}).values()):
        below.description = None
        for argument in getattr(below, "args", {}).values():
            argument.description = None
