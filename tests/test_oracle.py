"""The compiler against the oracle: random documents, random viewers, equal answers.

How to repeat a run, the long run of 100,000 documents, and its record: tests/worlds/ORACLE.md.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from believing import Believing
from databases import MakeDatabase
from documents_strategy import Document, document_at, document_of
from extent import SEED, amount, some
from graphql import (
    FieldNode,
    NameNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_introspection_query,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, assume, currently_in_test_context, event, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from member_documents import member_documents, paths_to
from oracle_worlds import Both, NotCompared, NotValid, make_full, make_small, make_wide, minimised
from schema_parts import Ways, parts_named

from yuanluo.viewer import Viewer
from yuanluo_graphql.model import Model, PythonEntityField
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.errors import Refused

DOCUMENTS = amount(40, 250)
"""Random documents per small world and engine, and twice as many over the full composition: 2,000 in a long run."""
LOG = os.environ.get("YUANLUO_ORACLE_LOG")
"""A file to which each document that was compared is added, as JSON on a line; nothing by default."""
SETTINGS = settings(
    max_examples=DOCUMENTS,
    print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
SEEDS = st.integers(0, 2**64 - 1)


async def noting(making: Awaitable[Both]) -> Both:
    """Let hypothesis count what comparisons come upon."""
    both = await making
    both.note = _note
    return both


def _note(what: str) -> None:
    if currently_in_test_context():
        event(what)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def small(make_database: MakeDatabase) -> Both:
    """The small world."""
    return await noting(make_small(make_database))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wide(make_database: MakeDatabase) -> Both:
    """The wide world."""
    return await noting(make_wide(make_database))


@seeded(SEED)
@SETTINGS
@given(seed=SEEDS, who=SEEDS)
def test_the_small_world_answers_as_the_oracle_says(small: Both, seed: int, who: int) -> None:
    run(small, seed, who)


@seeded(SEED)
@SETTINGS
@given(seed=SEEDS, who=SEEDS)
def test_the_wide_world_answers_as_the_oracle_says(wide: Both, seed: int, who: int) -> None:
    run(wide, seed, who)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def full(make_database: MakeDatabase) -> Both:
    """The full composition."""
    return await noting(make_full(make_database))


@seeded(SEED)
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
    for text in some(documents, 5):
        full.loop.run_until_complete(full.check_for(Document(text, {}, {}, ()), {}, full.viewers["two ranges"]))


def test_every_field_of_the_full_composition_answers_as_the_oracle_says(
    full: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = full.world.schema
    ways = Ways(schema)
    believing = Believing(schema, full.world.engine.documents.limits)
    monkeypatch.setattr(full.world.engine, "documents", believing)
    waiting = sorted(part for part, edge in ways.parts.items() if edge.steps[-1][0] == "field")
    named: set[str] = set()
    for part in some(waiting, 5):
        seed = SEED
        while part not in named:  # a document that is refused for its size is written anew
            document = document_at(schema, full.corpus, part, seed := seed + 1, beside=8)
            try:
                full.loop.run_until_complete(
                    full.check_for(replace(document, places=()), document.variables, full.viewers["full"])
                )
            except NotCompared:
                continue
            except Exception as error:
                raise AssertionError(f"--seed {SEED}, {part}\n{document}") from error
            named |= parts_named(schema, document.text, document.variables)


TREE = """{ district(code: "510106") { ...D subdistricts(first: 3) { nodes { ...S communities(first: 3) { nodes { ...C
  grids(first: 3) { nodes { ...G } } courtyards(first: 3) { nodes { ...Y } } } } } } } }"""
PLACES = {"D": "District", "S": "Subdistrict", "C": "Community", "G": "Grid", "Y": "Courtyard"}
INDICATOR = """name value numerator denominator courtyards suppressed asOf
  about { name zh en unit scale definition source plugin dependsOnDay }"""
PERMISSION = "action mutation allowed reason rule { document version clause text }"


def of_each_place(selection: str) -> list[str]:
    """Ask it of one level of the tree at a time, for all together are too much for one statement."""
    return [
        "\n".join(
            [
                TREE,
                *(f"fragment {name} on {of} {{ {selection if of == asked else 'id'} }}" for name, of in PLACES.items()),
            ]
        )
        for asked in PLACES.values()
    ]


def asked_of_everybody(full: Both, text: str) -> None:
    for name in some(sorted(full.viewers), 4, text):
        full.loop.run_until_complete(full.check_for(Document(text, {}, {}, ()), {}, full.viewers[name]))


def test_every_indicator_of_every_place_is_what_the_oracle_says(full: Both) -> None:
    for text in of_each_place(f"indicators {{ {INDICATOR} }}"):
        asked_of_everybody(full, text)
    asked_of_everybody(full, f"{{ indicators {{ {INDICATOR.partition('{')[2]} }}")


def test_every_permission_of_every_place_is_what_the_oracle_says(full: Both) -> None:
    for text in of_each_place(f"permissions {{ {PERMISSION} }}"):
        asked_of_everybody(full, text)


def test_every_permission_of_every_row_is_what_the_oracle_says(full: Both) -> None:
    types: Any = full.world.schema.type_map
    governed = {name for name, of in types.items() if "permissions" in getattr(of, "fields", ())}
    paths = paths_to(full.world.schema, "510106")
    assert governed - paths.keys() <= set(PLACES.values())
    assert len(governed) > len(PLACES)
    for name in sorted(governed - set(PLACES.values())):
        *way, last = paths[name]
        rows = f"{last} {{ nodes {{ id permissions {{ {PERMISSION} }} }} }}"
        asked_of_everybody(full, f"{{ {''.join(f'{each} {{ ' for each in way)}{rows}{' }' * len(way)} }}")


def test_introspection_is_what_the_printed_schema_says(full: Both) -> None:
    found, expected = full.loop.run_until_complete(_introspected(full))
    for each in (found, expected):
        for names in ("types", "directives"):
            each["__schema"][names].sort(key=lambda of: of["name"])
    assert found == expected
    for name in ("Person", "Node", "PersonFilter", "OrderDirection", "Fen", "Nothing"):
        text = f'{{ __type(name: "{name}") {{ kind name description fields {{ name }} enumValues {{ name }} }} }}'
        full.loop.run_until_complete(full.check_for(Document(text, {}, {}, ()), {}, None))


async def _introspected(full: Both) -> tuple[Any, Any]:
    text = get_introspection_query(descriptions=True)
    engine = full.world.engine
    body = await engine.run(engine.documents.prepare(text), {}, engine.anonymous)
    return json.loads(body)["data"], (await full.oracle.answer(text, None)).data


def run(both: Both, seed: int, who: int) -> None:
    """Check the document of `seed` for the viewer of `who`."""
    names = sorted(both.viewers)
    name = names[who % len(names)]
    document = document_of(both.world.schema, both.corpus, seed)
    try:
        both.loop.run_until_complete(both.check(document, name))
    except NotCompared:
        assume(False)
    except NotValid:
        raise
    except Exception as error:
        least, why = both.loop.run_until_complete(minimised(both, document, name, error))
        again = f"--seed {SEED}, document {seed}, viewer {who}"
        _log(both, seed, who, agreed=False)
        raise AssertionError(f"{again}\nfor the viewer {name!r}\n{least}\n{why}") from error
    _log(both, seed, who, agreed=True)


def _log(both: Both, seed: int, who: int, *, agreed: bool) -> None:
    if LOG is not None:
        world = f"{both.world.database.dialect}, {len(both.world.model.entities)} types"
        line = {"run": SEED, "world": world, "seed": seed, "who": who, "agreed": agreed}
        with Path(LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


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
    for name in some(sorted(wide.viewers), 3, text):
        await wide.check(Document(text, one, two, ()), name)


FOUND_IN_FULL = [
    (
        "a text that an SQL function of JSON gives",
        "{ courtyards { nodes { records { nodes { payload } edges { cursor node { payload } } } } } }",
    ),
    (
        "a sealed value that does not open beside one that does",
        "{ courtyards { nodes { people { nodes { phoneClear phoneAltClear } } } } }",
    ),
]


@pytest.mark.parametrize("text", [pytest.param(text, id=what.replace(" ", "-")) for what, text in FOUND_IN_FULL])
async def test_what_the_oracle_found_in_the_full_composition_stays_right(full: Both, text: str) -> None:
    for name in some(sorted(full.viewers), 3, text):
        await full.check(Document(text, {}, {}, ()), name)


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


@seeded(SEED)
@settings(SETTINGS, max_examples=DOCUMENTS // 2)
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
            plan = engine.plan(prepared, variables, rights)
        except Refused:  # too dear, or more than may be told of a register
            assume(False)
        if text is document.text:
            assume(plan.is_direct)
        logging.disable(logging.ERROR)
        try:
            answers.append(
                json.dumps(_without_python(json.loads(await engine.run(prepared, variables, rights))["data"]))
            )
        finally:
            logging.disable(logging.NOTSET)
    _note(f"Python fields added: {min(adding.added, 3)}")
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
            for name in some(sorted(both.viewers), 6, text):
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
            for viewer in some(sorted(both.viewers), 6, text):
                await both.check(Document(text, {}, {}, ()), viewer)
