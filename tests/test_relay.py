"""Relay: a whole application over the schema compiles, and a served demo answers what Relay wrote of it."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    print_schema,
    validate,
    visit,
)
from node_packages import run_node
from pace import PATIENCE
from relay_documents import connections_of, object_types, relay_modules
from served_demo import Served

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_graphql.assembly import sdl

pytestmark = pytest.mark.npm

SCALARS = {
    "Area": "number",
    "Date": "string",
    "DateTime": "string",
    "Fen": "number",
    "Long": "number",
    "PartialDate": "string",
}


SMALL = """
interface Node { id: ID! }
type PageInfo { hasNextPage: Boolean!, hasPreviousPage: Boolean!, startCursor: String, endCursor: String }
type Fund implements Node { id: ID!, name: String!, parts(first: Int, after: String): FundConnection! }
type FundEdge { cursor: String!, node: Fund! }
type FundConnection { edges: [FundEdge!]!, pageInfo: PageInfo! }
type Query { node(id: ID!): Node, fund(code: String!): Fund }
"""


def compiled(folder: Path, text: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Write the application over the schema `text` into `folder` and compile it, over a given schema if there is one."""
    generated = folder / "src" / "__generated__"
    generated.mkdir(parents=True)
    for name, module in relay_modules(build_schema(text)).items():
        (folder / "src" / f"{name}.ts").write_text(module, "utf-8")
    (folder / "schema.graphql").write_text(given or text, "utf-8")
    (folder / "persisted.json").write_text("{}", "utf-8")
    config = {
        "src": "./src",
        "schema": "./schema.graphql",
        "language": "typescript",
        "artifactDirectory": "./src/__generated__",
        "eagerEsModules": True,
        "requireCustomScalarTypes": True,
        "customScalarTypes": SCALARS,
        "persistConfig": {"file": "./persisted.json", "algorithm": "SHA256"},
    }
    (folder / "relay.config.json").write_text(json.dumps(config), "utf-8")
    return run_node("relay-compiler/cli.js", "relay.config.json", folder=folder)


@dataclass(frozen=True, slots=True)
class Application:
    """The compiled application: the schema and the operations as Relay sends them, by name."""

    schema: GraphQLSchema
    operations: Mapping[str, str]
    told: str


@pytest.fixture(scope="module")
def text() -> str:
    return sdl(Composition.of(Plugins.load()))


@pytest.fixture(scope="module")
def application(text: str, tmp_path_factory: pytest.TempPathFactory) -> Application:
    folder = tmp_path_factory.mktemp("relay")
    done = compiled(folder, text)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((folder / "persisted.json").read_text("utf-8")).values()
    return Application(build_schema(text), {name_of(parse(each)): each for each in written}, done.stdout + done.stderr)


def name_of(document: DocumentNode) -> str:
    [operation] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    assert operation.name is not None
    return operation.name.value


class Asked(Visitor):
    """Collects which fields of which types a document asks for, and with which arguments."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.fields: set[str] = set()
        self.arguments: set[str] = set()

    def enter_field(self, node: Any, *_: Any) -> None:
        """Note a field."""
        parent = self.info.get_parent_type()
        assert parent is not None
        if not node.name.value.startswith("__"):
            self.fields.add(f"{parent.name}.{node.name.value}")
            self.arguments |= {f"{parent.name}.{node.name.value}({each.name.value})" for each in node.arguments or ()}


def test_relay_compiles_every_type_field_and_argument_without_a_warning(application: Application) -> None:
    schema = application.schema
    assert "Compilation completed" in application.told
    assert not [line for line in application.told.splitlines() if "WARN" in line or "ERROR" in line]
    info = TypeInfo(schema)
    asked = Asked(info)
    for text in application.operations.values():
        document = parse(text)
        assert validate(schema, document) == []
        visit(document, TypeInfoVisitor(info, asked))
    roots = [each for each in (schema.query_type, schema.mutation_type, schema.subscription_type) if each is not None]
    every = {
        f"{owner.name}.{name}": field
        for owner in (*roots, *object_types(schema))
        for name, field in owner.fields.items()
    }
    assert set(every) - asked.fields == set()
    arguments = {f"{name}({each})" for name, field in every.items() for each in field.args}
    assert arguments - asked.arguments == set()


def test_every_list_in_pages_of_an_object_with_an_id_has_its_pagination_query(application: Application) -> None:
    schema = application.schema
    lists = [
        f"{owner.name}{name[:1].upper()}{name[1:]}PagesQuery"
        for owner in object_types(schema)
        for name in connections_of(owner)
    ]
    assert len(lists) > 60
    assert set(lists) <= set(application.operations)


@pytest.mark.parametrize(
    ("owner", "field"),
    [
        ("Query", "node"),
        ("PageInfo", "hasNextPage"),
        ("PageInfo", "hasPreviousPage"),
        ("PageInfo", "startCursor"),
        ("PageInfo", "endCursor"),
        ("FundConnection", "edges"),
        ("FundConnection", "pageInfo"),
        ("FundEdge", "cursor"),
        ("FundEdge", "node"),
        ("Fund", "id"),
    ],
)
def test_relay_refuses_a_schema_without_what_it_needs(tmp_path: Path, owner: str, field: str) -> None:
    schema = build_schema(SMALL)
    found: Any = schema.type_map[owner]
    del found.fields[field]
    done = compiled(tmp_path, SMALL, print_schema(schema))
    assert done.returncode != 0
    assert field in done.stdout + done.stderr


def test_relay_compiles_writes_and_events_as_they_are_named_here(tmp_path: Path) -> None:
    more = """
    type Record { what: String }
    input FundOpenInput { courtyard: String!, idempotencyKey: String, name: String! }
    type FundOpenPayload { record: Record, fund: Fund, replayed: Boolean! }
    type FundEvent { fund: Fund }
    type Mutation { fundOpen(input: FundOpenInput!): FundOpenPayload }
    type Subscription { fundOpened(courtyard: String!): FundEvent }
    """
    done = compiled(tmp_path, SMALL + more)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((tmp_path / "persisted.json").read_text("utf-8")).values()
    names = {name_of(parse(each)) for each in written}
    assert {"MutationFundOpenMutation", "SubscriptionFundOpenedSubscription"} <= names


# what a served demo answers ---------------------------------------------------------------------------------------

WITHOUT_ROWS = {"DataRequest", "BranchCoverage", "PartyParameter", "VoucherDraft"}
"""Types of which a demo of two courtyards has no row."""
WIDELY = re.compile(r"\.\.\.Courtyard_all")
"""The one type with so many fields that they are asked for in parts."""
ROOTS = ("QueryViewerQuery", "QueryPluginsQuery", "QueryIndicatorsQuery")
ROLES = ("council_director", "branch_secretary", "accountant", "district_officer", "resident")


def tell_nobody(served: Served) -> None:
    """Make an endpoint that nobody answers, wait until the server has tried it, and pause it: it would try again."""
    made = """mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input) { webhookEndpoint { id } } }"""
    given = {"node": served.courtyards[0], "url": "https://receiver.invalid/"}
    endpoint = served.data("district_officer", made, {"input": given})["webhookCreate"]["webhookEndpoint"]["id"]
    failed = "query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint { lastFailure { error } } } }"
    ends = time.monotonic() + PATIENCE
    while served.data("district_officer", failed, {"id": endpoint})["node"]["lastFailure"] is None:
        assert time.monotonic() < ends, "the server did not try to deliver"
        time.sleep(0.2)
    pause = "mutation ($input: WebhookPauseInput!) { webhookPause(input: $input) { webhookEndpoint { state } } }"
    paused = served.data("district_officer", pause, {"input": {"node": served.courtyards[0], "webhookId": endpoint}})
    assert paused["webhookPause"]["webhookEndpoint"]["state"] == "PAUSED"


def ids_in(value: Any) -> set[str]:
    """Return the global ids in an answer."""
    match value:
        case dict():
            own = {value["id"]} if isinstance(value.get("id"), str) else set[str]()
            return own.union(*(ids_in(each) for each in value.values()))
        case list():
            return set[str]().union(*(ids_in(each) for each in value))
        case _:
            return set()


def steady(value: Any) -> Any:
    """Return an answer without the moments at which its figures were taken."""
    if isinstance(value, dict):
        return {key: steady(each) for key, each in value.items() if key != "asOf"}
    return [steady(each) for each in value] if isinstance(value, list) else value


@dataclass(slots=True)
class Walk:
    """Asks the application's operations about one object of each type that the demo shows, and of it what it leads to."""

    served: Served
    application: Application
    asked: set[str] = field(default_factory=set)
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of each type an object and a role that sees it."""
    wide: frozenset[str] = frozenset()
    """Operations that ask for all fields of a wide type, which may be refused as too wide for one statement."""
    seen: set[tuple[str, str]] = field(default_factory=set)

    def ask(self, role: str, name: str, **variables: Any) -> Any:
        """Ask one operation, which must be answered without an error, and note the objects in the answer."""
        answer = self.served.ask(role, self.application.operations[name], variables)
        self.asked.add(name)
        if name in self.wide and "errors" in answer:
            assert [each["extensions"]["code"] for each in answer["errors"]] == ["STATEMENT_LIMIT"]
            return {}
        if name.startswith("Statistics") and "errors" in answer:
            # figures of rows that may only be counted take one key and neither sums nor filters
            assert [each["extensions"]["code"] for each in answer["errors"]] == ["SMALL_CELLS"]
            return {}
        assert "errors" not in answer, (role, name, answer["errors"])
        data = answer["data"]
        fresh = sorted(each for each in ids_in(data) if (role, each) not in self.seen)
        self.seen |= {(role, each) for each in fresh}
        for start in range(0, len(fresh), 50):
            chosen = fresh[start : start + 50]
            nodes = self.served.data(role, "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", {"ids": chosen})
            for object_id, node in zip(chosen, nodes["nodes"], strict=True):
                assert node is not None, f"{role} was shown {object_id} and cannot ask for it"
                self.known.setdefault(node["__typename"], (role, object_id))
        return data

    def about(self, owner: GraphQLObjectType) -> None:
        """Ask everything about the known object of a type."""
        role, object_id = self.known[owner.name]
        whole = [f"{owner.name}AgainQuery", f"QueryNodeOf{owner.name}Query"]
        parts = [each for each in self.application.operations if re.fullmatch(rf"{owner.name}Part\d+AgainQuery", each)]
        answers = [self.ask(role, name, id=object_id) for name in (*whole, *parts)]
        for answer in answers[2:] if parts else answers:
            assert (answer["node"]["id"], answer["node"]["__typename"]) == (object_id, owner.name)
        both = self.ask(role, f"QueryNodesOf{owner.name}Query", ids=[object_id, object_id])
        if not parts:
            assert steady(both["nodes"]) == [steady(answers[0]["node"])] * 2
        for field_name in connections_of(owner):
            self.pages(role, f"{owner.name}{field_name[:1].upper()}{field_name[1:]}PagesQuery", object_id, field_name)

    def pages(self, role: str, name: str, object_id: str, field_name: str) -> None:
        """Turn one page forward and back again, as `usePaginationFragment` does."""

        def turn(**window: Any) -> Any:
            return self.ask(role, name, id=object_id, **window)["node"][field_name]

        first = turn(first=2)
        if first is None or not first["pageInfo"]["hasNextPage"]:
            return
        second = turn(first=2, after=first["pageInfo"]["endCursor"])
        back = turn(first=None, last=2, before=second["pageInfo"]["startCursor"])
        assert back["edges"] == first["edges"]
        assert second["edges"][0]["cursor"] not in [each["cursor"] for each in first["edges"]]


def test_a_served_demo_answers_what_relay_wrote_without_an_error(application: Application, served: Served) -> None:
    schema = application.schema
    wide = {name for name, text in application.operations.items() if WIDELY.search(text)}
    assert len(wide) == 4
    walk = Walk(served, application, wide=frozenset(wide))
    code = served.courtyards[0]
    parts = [each for each in application.operations if re.fullmatch(r"CourtyardPart\d+AgainQuery", each)]
    tell_nobody(served)
    assert schema.query_type is not None
    lists = [f"Query{name[:1].upper()}{name[1:]}" for name in connections_of(schema.query_type)]
    for role in ROLES:
        for name in (*ROOTS, *(f"{each}{what}" for each in lists for what in ("Query", "PagesQuery"))):
            walk.ask(role, name, first=2)
        walk.ask(role, "QueryCourtyardQuery", code=code)
        walk.ask(role, "QueryDistrictQuery", code=code[:6])
        for name in sorted(each for each in application.operations if each.startswith("Statistics")):
            walk.ask(role, name, code=code[:6])
        own_id = served.data(role, "query($code: String!) { courtyard(code: $code) { id } }", {"code": code})
        for name in parts:
            walk.ask(role, name, id=own_id["courtyard"]["id"])
    done: set[str] = set()
    while waiting := sorted(set(walk.known) - done):
        for name in waiting:
            done.add(name)
            owner = schema.type_map[name]
            assert isinstance(owner, GraphQLObjectType)
            walk.about(owner)
    nodes = {each.name for each in object_types(schema) if any(base.name == "Node" for base in each.interfaces)}
    assert nodes - set(walk.known) == WITHOUT_ROWS
    for name in WITHOUT_ROWS:
        object_id = f"{name}:{code}:00000000-0000-7000-8000-000000000000"
        for asked in (f"{name}AgainQuery", f"QueryNodeOf{name}Query"):
            assert walk.ask(ROLES[0], asked, id=object_id)["node"] is None
        assert walk.ask(ROLES[0], f"QueryNodesOf{name}Query", ids=[object_id])["nodes"] == [None]
    queries = {name for name in application.operations if name.endswith("Query")}
    assert queries - walk.asked == set()
