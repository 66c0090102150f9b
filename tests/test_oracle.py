"""The compiler against the oracle: random documents, random viewers, equal answers."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import os
import random
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from canaries import MINE, THEIRS, build_canary_world
from databases import MakeDatabase
from documents_strategy import Corpus, Document, corpus_of, document_of, smaller
from executor_finish import completes, strict_schema
from graphql import FieldNode, NameNode, SelectionSetNode, TypeInfo, TypeInfoVisitor, Visitor, parse, print_ast, visit
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption
from member_documents import member_documents, paths_to
from oracle import Oracle, agree, rows_of
from small_world import DISTRICT, NOW, ONE, TWO, World, build_world
from wide_world import A, B, C, build_wide_world

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo.viewer import Clearance, Viewer
from yuanluo_graphql.model import Model, PythonEntityField
from yuanluo_graphql.refusals import RequestError
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.scope import Range, Scope, scoped
from yuanluo_tenants.switches import PluginSwitch

DOCUMENTS = int(os.environ.get("YUANLUO_ORACLE_DOCUMENTS", "250"))
"""Random documents per small world and engine, and twice as many over the full composition: 2,000 in all."""
RUN = int(os.environ.get("YUANLUO_ORACLE_SEED") or random.SystemRandom().randrange(2**32))
"""From which all documents of the run follow; the same number gives the same documents again."""
LOG = os.environ.get("YUANLUO_ORACLE_LOG")
"""A file to which each document that was compared is added, as JSON on a line; nothing by default."""
SETTINGS = settings(
    max_examples=DOCUMENTS,
    deadline=None,
    print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
SEEDS = st.integers(0, 2**64 - 1)
D1, D2, D3 = DataClass.D1, DataClass.D2, DataClass.D3


class NotValid(Exception):
    """The strategy made a document that the gate refuses for its contents."""


class Both:
    """A world with its oracle; no dataclass, because hypothesis would print all of it."""

    def __init__(
        self, world: World, oracle: Oracle, viewers: Mapping[str, Viewer | None], twins: Mapping[str, Viewer | None]
    ) -> None:
        self.world = world
        self.oracle = oracle
        self.corpus: Corpus = corpus_of(oracle)
        self.strict = strict_schema(world.schema)
        self.viewers = viewers
        self.twins = twins
        self.loop = asyncio.get_running_loop()

    @property
    def database(self) -> Any:
        """The world's database, by which the tables are bound again before each test."""
        return self.world.database

    async def check(self, document: Document, name: str) -> None:
        """Assert that the compiled answers are the oracle's, with both sets of variables, for a viewer and his twin.

        The twin has rights of the same shape elsewhere, so that the plan of the one is used for the other.
        """
        for viewer in (self.viewers[name], self.twins[name]):
            await self.check_for(document, document.variables, viewer)
        if document.other != document.variables:
            await self.check_for(document, document.other, self.viewers[name])

    async def check_for(self, document: Document, variables: Mapping[str, Any], viewer: Viewer | None) -> None:
        """Assert that one answer is the oracle's, and again with cursors of the first answer."""
        engine = self.world.engine
        seen = engine.anonymous if viewer is None else Rights.of(viewer)
        try:
            prepared = engine.documents.prepare(document.text)
            engine.documents.coerce_variables(prepared, dict(variables))
        except RequestError as refused:
            if refused.problems[0].code in ("COST_LIMIT", "DEPTH_LIMIT", "ALIAS_LIMIT"):
                assume(False)
            raise NotValid(str(refused)) from refused
        variables = dict(variables)
        mine = dict(variables)
        for _ in range(3 if document.places else 1):
            coerced = engine.documents.coerce_variables(prepared, variables).coerced
            logging.disable(logging.ERROR)  # plugins fail here on purpose
            try:
                found = json.loads(await engine.run(prepared, coerced, seen))
            finally:
                logging.disable(logging.NOTSET)
            expected = await self.oracle.answer(document.text, viewer, mine)
            cursors = agree(found, expected)
            completes(self.strict, document.text, variables, found["data"])
            moved = False
            for variable, key in document.places:
                cursor = _cursor_at(found["data"], key)
                if cursor is not None:
                    variables[variable], mine[variable] = cursor, cursors[cursor]
                    moved = True
            if not moved:
                return
            event("continued from a cursor")


def _cursor_at(value: Any, key: str) -> str | None:
    """Return the last cursor below any list answered under `key`."""
    if isinstance(value, list):
        for item in value:
            if (found := _cursor_at(item, key)) is not None:
                return found
    elif isinstance(value, dict):
        if isinstance(value.get(key), dict) and "pageInfo" in value[key]:
            info = value[key]["pageInfo"]
            if info["endCursor"] is not None:
                return str(info["endCursor"])
        for item in value.values():
            if (found := _cursor_at(item, key)) is not None:
                return found
    return None


def viewer(scope: Scope, *clearances: Clearance, own: tuple[tuple[int, uuid.UUID], ...] = ()) -> Viewer:
    """Return a viewer."""
    ends = dt.datetime(2027, 1, 1, 0, 0, 0, 5, tzinfo=dt.timezone.utc)
    return Viewer(uuid.uuid4(), "测试", scope, clearances, (("CLERK", A), ("RESIDENT", B)), own, expires_at=ends)


def viewers_of(
    one: int, two: int, three: int, people: list[tuple[int, uuid.UUID]], bodies: list[str]
) -> dict[str, Viewer | None]:
    """Return a viewer of every sort over three courtyards."""
    whole = Scope.of(DISTRICT)
    community = Range(one // 10_000 * 10_000, one // 10_000 * 10_000 + 9_999)
    here = Scope.of(one)
    return {
        "full": viewer(whole, Clearance(DISTRICT, "*", D3)),
        "nobody": viewer(whole),
        "without a token": None,
        "one courtyard, full": viewer(here, Clearance(Range(one, one), "*", D3)),
        "one courtyard, resident": viewer(here, Clearance(Range(one, one), "*", D1), own=(people[0],)),
        "own person only": viewer(here, own=(people[1],)),
        "own persons in two courtyards": viewer(Scope.of(one, three), own=(people[0], people[-1])),
        "cleared in part": viewer(whole, Clearance(Range(one, one), "*", D3), Clearance(community, "*", D1)),
        "cleared in two parts": viewer(
            whole, Clearance(Range(one, one), "*", D2), Clearance(Range(three, three), "*", D2)
        ),
        "two ranges": viewer(Scope.of(one, three), Clearance(DISTRICT, "*", D2)),
        "two ranges, cleared in one": viewer(Scope.of(community, three), Clearance(Range(three, three), "*", D3)),
        "one body": viewer(
            whole, Clearance(DISTRICT, bodies[0], D3), Clearance(Range(two, two), bodies[1], D2), own=(people[2],)
        ),
        "elsewhere": viewer(Scope.of(one + 5), Clearance(DISTRICT, "*", D3)),
    }


async def both(world: World, person: str, bodies: list[str], numbers: tuple[int, int, int]) -> Both:
    """Return a world with its oracle."""
    rows = await rows_of(world.database, world.database.registry, NOW)
    plugins = [
        {"name": p.name, "version": p.version, "description": p.description, "healthy": p.healthy, "problem": p.problem}
        for p in world.engine.doors.plugins()
    ]
    today = NOW.astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    oracle = Oracle(world.model, world.schema, rows, today, plugins=plugins)
    people = [(row["tenant_id"], row["id"]) for row in rows[person]]
    one, two, three = numbers
    twins = viewers_of(two, three, one, people[::-1], bodies)
    return Both(world, oracle, viewers_of(one, two, three, people, bodies), twins)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def small(make_database: MakeDatabase) -> Both:
    """The small world: everything on."""
    world = await build_world(make_database)
    return await both(world, "reader", ["library", "registry"], (ONE, ONE + 1, TWO))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wide(make_database: MakeDatabase) -> Both:
    """The wide world, with plugins switched off here and there."""
    world = await build_wide_world(make_database)
    with scoped(B, C):
        await world.database.insert_rows(
            PluginSwitch,
            [
                {"tenant_id": B, "plugin": "tea", "off_since": NOW},
                {"tenant_id": C, "plugin": "games", "off_since": NOW},
            ],
        )
    return await both(world, "someone", ["tea", "registry"], (A, B, C))


@seeded(RUN)
@SETTINGS
@given(seed=SEEDS, who=SEEDS)
def test_the_small_world_answers_as_the_oracle_says(small: Both, seed: int, who: int) -> None:
    run(small, seed, who)


@seeded(RUN)
@SETTINGS
@given(seed=SEEDS, who=SEEDS)
def test_the_wide_world_answers_as_the_oracle_says(wide: Both, seed: int, who: int) -> None:
    run(wide, seed, who)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def full(make_database: MakeDatabase) -> Both:
    """Core with every installed plugin, over canaries."""
    composition = Composition.of(Plugins.load())
    fields = [(each.plugin, each.field) for each in composition.fields]
    planted = await build_canary_world(make_database, composition.registry, fields)
    bodies = sorted({entity.body for entity in planted.world.model.entities.values()} - {"registry"})
    return await both(planted.world, "person", [bodies[0], "registry"], (MINE, MINE + 1, THEIRS))


@seeded(RUN)
@settings(SETTINGS, max_examples=2 * DOCUMENTS)
@given(seed=SEEDS, who=SEEDS)
def test_the_full_composition_answers_as_the_oracle_says(full: Both, seed: int, who: int) -> None:
    run(full, seed, who)


def test_every_member_operator_and_order_of_the_full_composition_answers_as_the_oracle_says(full: Both) -> None:
    schema = full.world.schema
    filterable = {name.removesuffix("OrderField") for name in schema.type_map if name.endswith("OrderField")}
    assert set(paths_to(schema, "510106")) == filterable
    documents = member_documents(schema, full.corpus, "510106")
    assert len(documents) > 80
    for text in documents:
        full.loop.run_until_complete(full.check_for(Document(text, {}, {}, ()), {}, full.viewers["two ranges"]))


def run(both: Both, seed: int, who: int) -> None:
    """Check the document of `seed` for the viewer of `who`."""
    names = sorted(both.viewers)
    name = names[who % len(names)]
    document = document_of(both.world.schema, both.corpus, seed)
    try:
        both.loop.run_until_complete(both.check(document, name))
    except (UnsatisfiedAssumption, NotValid):
        raise
    except Exception as error:
        least, why = both.loop.run_until_complete(minimised(both, document, name, error))
        again = f"YUANLUO_ORACLE_SEED={RUN}, document {seed}, viewer {who}"
        _log(both, seed, who, agreed=False)
        raise AssertionError(f"{again}\nfor the viewer {name!r}\n{least}\n{why}") from error
    _log(both, seed, who, agreed=True)


def _log(both: Both, seed: int, who: int, *, agreed: bool) -> None:
    if LOG is not None:
        world = f"{both.world.database.dialect}, {len(both.world.model.entities)} types"
        line = {"run": RUN, "world": world, "seed": seed, "who": who, "agreed": agreed}
        with Path(LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


async def minimised(both: Both, document: Document, name: str, error: Exception) -> tuple[Document, Exception]:
    """Take away parts of a failing document while it fails in the same way; hypothesis alone needs minutes."""
    progress = True
    while progress:
        progress = False
        for each in smaller(document):
            try:
                await both.check(each, name)
            except (UnsatisfiedAssumption, NotValid):
                continue
            except Exception as found:  # noqa: BLE001  # of the same type, else it is another fault
                if type(found) is type(error):
                    document, error, progress = each, found, True
                    break
    return document, error


# -- what the oracle found once ----------------------------------------------------------------------------------

ORDERS = ["TITLE", "NOTE", "COLOUR", "PAGES", "PRICE_FEN", "READ_FOR", "BOUGHT_ON", "RETURNED_ON", "ENTERED_AT"]
FOUND: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "a Python field under two aliases",
        "{ courtyards { nodes { someones { nodes { a: noteLength b: noteLength } } games { nodes { a: loud b: loud } } } } }",
        {},
        {},
    ),
    (
        "Python fields of two classes over one column",
        "{ courtyards { nodes { someones { nodes { noteLength publicLength original } } } } }",
        {},
        {},
    ),
    (
        "columns named like those that the compiler adds",
        "{ courtyards { nodes { someones { nodes { id original rawNote kId courtyard { id } } } } } }",
        {},
        {},
    ),
    (
        "a Python field of a plugin that is switched off",
        "{ courtyards { nodes { someones { nodes { broken } } clubs { nodes { facts } } } } }",
        {},
        {},
    ),
    (
        "a single object where a list is expected, with a variable in it",
        "query ($t: String) { courtyards { nodes { clubs(filter: {and: {name: {eq: $t}}}) { totalCount edges { cursor } } } } }",
        {"t": "棋社"},
        {"t": "茶馆"},
    ),
    (
        "another plugin's rows, through relations and aggregates",
        "{ courtyards { sum { teaIncome cupCount } nodes { teaIncome gameHouses { totalCount } games { nodes { teaHouse { id } } } } } }",
        {},
        {},
    ),
    (
        "references with a class of their own",
        "{ courtyards { nodes { games { nodes { winner { id } } } someones { nodes { wins { totalCount } houses { totalCount } } } teaHouses(filter: {keeper: {isNull: false}}) { nodes { keeper { id } } } } } }",
        {},
        {},
    ),
    (
        "a key that is not grouped by, under a name that is too long for a column",
        "{ courtyards { stats(groupBy: [KIND]) { groups { key { %s: managementMode } count } } } }" % ("l" * 70),
        {},
        {},
    ),
    (
        "literals under keys that are too long for a column name",
        "{ %s: __typename courtyards { %s: __typename nodes { %s: id } } }" % ("l" * 70, "m" * 70, "n" * 70),
        {},
        {},
    ),
    (
        "moments before the year 1000",
        "query ($m: DateTime) { courtyards { nodes { cups(filter: {drunkAt: {gt: $m}}) { totalCount } } } }",
        {"m": "0999-01-01T00:00:00Z"},
        {"m": "2026-11-22T03:59:59.999999Z"},
    ),
    (
        "the first and the last day that there is",
        "query ($d: Date) { courtyards { nodes { clubs(filter: {foundedOn: {ge: $d}}) { nodes { foundedOn age } edges { cursor } } } } }",
        {"d": "0001-01-01"},
        {"d": "9999-12-31"},
    ),
    (
        "an id with the wrong tenant in a filter",
        "query ($i: [ID!]) { courtyards { nodes { games(filter: {teaHouse: {in: $i}}) { totalCount } } } }",
        {"i": []},
        {"i": []},
    ),
]


@pytest.mark.parametrize(
    ("text", "one", "two"), [pytest.param(*each[1:], id=each[0].replace(" ", "-")) for each in FOUND]
)
async def test_what_the_oracle_found_stays_right(
    wide: Both, text: str, one: dict[str, Any], two: dict[str, Any]
) -> None:
    if "i" in one:
        row = wide.oracle.rows["tea_house"][0]
        one = {"i": [f"TeaHouse:{row['tenant_id']}:{row['id']}"]}
        two = {"i": [f"TeaHouse:{row['tenant_id'] + 1}:{row['id']}", f"TeaHouse:1:{row['id']}"]}
    for name in wide.viewers:
        await wide.check(Document(text, one, two, ()), name)


async def test_cursors_of_many_keys_with_other_nulls_have_plans_of_their_own(small: Both) -> None:
    text = """query ($o: [BookOrder!], $after: String) { courtyards(first: 1) { nodes {
      books(orderBy: $o, first: 1, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } } }"""
    order = [{"field": each} for each in ORDERS]
    ids: list[str] = []
    after = None
    for _ in range(20):
        found = await small.world.ask(text, Rights.of(_some(small.viewers["full"])), o=order, after=after)
        page = found["data"]["courtyards"]["nodes"][0]["books"]
        ids += [each["id"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    whole = "query ($o: [BookOrder!]) { courtyards(first: 1) { nodes { books(orderBy: $o) { nodes { id } } } } }"
    found = await small.oracle.answer(whole, small.viewers["full"], {"o": order})
    assert ids == [each["id"] for each in found.data["courtyards"]["nodes"][0]["books"]["nodes"]]


def _some(found: Viewer | None) -> Viewer:
    assert found is not None
    return found


def test_a_reference_to_a_table_outside_of_the_schema_has_no_filter(wide: Both) -> None:
    filters: Any = wide.world.schema.type_map["SomeoneFilter"]
    assert "batch" not in filters.fields
    assert "batch" not in wide.world.model.entities["Someone"].fields


# -- both finishes -----------------------------------------------------------------------------------------------


class _AddPython(Visitor):
    """Adds a Python field to every selection on a type that has one, under a key of its own."""

    def __init__(self, model: Model, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.names = {
            entity.name: next((f.name for f in entity.fields.values() if isinstance(f, PythonEntityField)), None)
            for entity in model.entities.values()
        }
        self.added = 0

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        """Add the field."""
        parent = self.info.get_parent_type()
        name = self.names.get(parent.name) if parent is not None else None
        if name is None:
            return None
        self.added += 1
        field = FieldNode(
            alias=NameNode(value=f"python_{name}"), name=NameNode(value=name), arguments=(), directives=()
        )
        return SelectionSetNode(selections=(*node.selections, field))


def _without_python(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_python(each) for key, each in value.items() if not key.startswith("python_")}
    return [_without_python(each) for each in value] if isinstance(value, list) else value


@seeded(RUN)
@settings(SETTINGS, max_examples=max(30, DOCUMENTS // 2))
@given(seed=SEEDS, who=SEEDS)
def test_both_finishes_give_the_same_answer(wide: Both, seed: int, who: int) -> None:
    wide.loop.run_until_complete(_both_finishes(wide, seed, who))


async def _both_finishes(both: Both, seed: int, who: int) -> None:
    engine = both.world.engine
    document = document_of(both.world.schema, both.corpus, seed)
    viewer = both.viewers[sorted(both.viewers)[who % len(both.viewers)]]
    rights = engine.anonymous if viewer is None else Rights.of(viewer)
    info = TypeInfo(both.world.schema)
    adding = _AddPython(both.world.model, info)
    completed = print_ast(visit(parse(document.text), TypeInfoVisitor(info, adding)))
    answers: list[str] = []
    for text in (document.text, completed):
        try:
            prepared = engine.documents.prepare(text)
            variables = engine.documents.coerce_variables(prepared, dict(document.variables)).coerced
        except RequestError:
            assume(False)
        plan = engine.plan(prepared, variables, rights)
        if text is document.text:
            assume(plan.is_direct)
        logging.disable(logging.ERROR)
        try:
            answers.append(
                json.dumps(_without_python(json.loads(await engine.run(prepared, variables, rights))["data"]))
            )
        finally:
            logging.disable(logging.NOTSET)
    event(f"Python fields added: {min(adding.added, 3)}")
    assert answers[0] == answers[1]


# -- statistics --------------------------------------------------------------------------------------------------


def _figures(both: Both, name: str) -> str:
    """Return a selection of everything that the statistics of an entity answer."""
    types: Any = both.world.schema.type_map
    parts = ["groupCount", "isComplete", "groups { count suppressed"]
    group = types[f"{name}StatsGroup"].fields
    if "key" in group:
        shown = {"StatsPeriod": " { text startsOn }", "StatsPlace": " { code name }"}
        keys = types[f"{name}StatsKey"].fields
        parts.append("key {" + " ".join(f"{key}{shown.get(str(of.type), '')}" for key, of in keys.items()) + "}")
    for which, suffix, below in (
        ("sum", "Sum", ""),
        ("min", "Extremes", ""),
        ("max", "Extremes", ""),
        ("average", "Averages", " { sum count rounded }"),
    ):
        if which in group:
            parts.append(f"{which} {{ {' '.join(f'{key}{below}' for key in types[f'{name}{suffix}'].fields)} }}")
    return " ".join([*parts, "}"])


def _keys_of(both: Both, name: str) -> list[str]:
    found: Any = both.world.schema.type_map[f"{name}GroupBy"]
    return list(found.values)


async def test_every_register_below_every_node_is_grouped_by_every_key_as_the_oracle_says(
    small: Both, wide: Both
) -> None:
    for both in (small, wide):
        await _registers_by_every_key(both)


async def _registers_by_every_key(both: Both) -> None:
    fields: Any = both.world.schema.type_map["Statistics"]
    for register, of in fields.fields.items():
        entity = str(of.type).removesuffix("Stats")
        asked = [f"whole: {register}(limit: 9) {{ {_figures(both, entity)} }}"]
        asked += [
            f"by{key}: {register}(groupBy: {key}, limit: 9) {{ groupCount groups {{ count suppressed key {{ __typename }} }} }}"
            for key in _keys_of(both, entity)
        ]
        for part in (asked[start : start + 6] for start in range(0, len(asked), 6)):
            below = f"statistics {{ {' '.join(part)} }}"
            text = f'{{ district(code: "510106") {{ {below} communities(first: 5) {{ nodes {{ {below} }} }} }} }}'
            for name in both.viewers:
                await both.check(Document(text, {}, {}, ()), name)


async def test_every_list_is_grouped_by_every_key_as_the_oracle_says(small: Both, wide: Both) -> None:
    for both in (small, wide):
        await _lists_by_every_key(both)


async def _lists_by_every_key(both: Both) -> None:
    courtyard: Any = both.world.schema.type_map["Courtyard"]
    lists = {name: str(of.type) for name, of in courtyard.fields.items() if str(of.type).endswith("Connection")}
    for name, of in lists.items():
        entity = of.removesuffix("Connection")
        keys = _keys_of(both, entity)
        for one, two in zip(keys, keys[::-1], strict=True):
            by = f"[{one}]" if one.rpartition("_")[0] == two.rpartition("_")[0] else f"[{one}, {two}]"
            text = (
                f"{{ courtyards {{ nodes {{ {name} {{ stats(groupBy: {by}) {{ {_figures(both, entity)} }} }} }} }} }}"
            )
            for viewer in both.viewers:
                await both.check(Document(text, {}, {}, ()), viewer)
