"""Statistics: groups and figures as the viewer may see them, small cells of what he may not see withheld."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from small_world import FULL, NOBODY, NOW, ONE, TWO, Book, Reader, Secret, World, build_world, rights
from uuid_utils.compat import uuid7

from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.limits import CostModel, Limits
from yuanluo_graphql.refusals import RequestError
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.errors import Invalid
from yuanluo_tenants.scope import Scope, scoped
from yuanluo_tenants.switches import PluginSwitch

BELOW = '{ district(code: "510106") { statistics { %s } } }'
COUNTS = "groups { count suppressed key { courtyard { code } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    return await build_world(make_database)


async def test_statistics_beside_a_list_are_part_of_its_one_statement(world: World) -> None:
    world.statements.clear()
    answer = await world.ask(
        """{ courtyards { nodes { books { totalCount stats(groupBy: [COLOUR]) {
          groupCount isComplete groups { key { colour } count sum { pages } average { pages { sum count rounded } } }
        } } } } }""",
        FULL,
    )
    assert len(world.statements) == 1
    books = answer["data"]["courtyards"]["nodes"][0]["books"]
    assert books["totalCount"] == 9
    assert books["stats"] == {
        "groupCount": 3,
        "isComplete": True,
        "groups": [
            _colour("GREEN", 150, 50),
            _colour("RED", 120, 40),
            _colour(None, 90, 30),
        ],
    }


def _colour(colour: str | None, pages: int, mean: int) -> Mapping[str, Any]:
    average = {"pages": {"sum": pages, "count": 3, "rounded": mean}}
    return {"key": {"colour": colour}, "count": 3, "sum": {"pages": pages}, "average": average}


async def test_the_lists_filter_applies(world: World) -> None:
    text = "{ courtyards { nodes { books(filter: {pages: {ge: 50}}) { stats { groups { count min { pages } max { pages } } } } } } }"
    answer = await world.ask(text, FULL)
    (group,) = answer["data"]["courtyards"]["nodes"][0]["books"]["stats"]["groups"]
    assert group == {"count": 4, "min": {"pages": 50}, "max": {"pages": 80}}


async def test_without_rows_there_is_one_empty_group_and_no_group_of_a_key(world: World) -> None:
    text = "{ courtyards { nodes { books(filter: {pages: {ge: 5000}}) { a: stats { groups { count sum { pages } average { pages { sum } } } } b: stats(groupBy: [COLOUR]) { groupCount groups { count } } } } } }"
    books = (await world.ask(text, FULL))["data"]["courtyards"]["nodes"][0]["books"]
    assert books["a"]["groups"] == [{"count": 0, "sum": {"pages": None}, "average": {"pages": None}}]
    assert books["b"] == {"groupCount": 0, "groups": []}


async def test_a_partial_date_groups_no_finer_than_it_is_known(world: World) -> None:
    text = """query ($c: String!) { courtyard(code: $c) { readers { years: stats(groupBy: [BORN_YEAR]) { ...S }
      months: stats(groupBy: [BORN_MONTH]) { ...S } } } }
    fragment S on ReaderStats { groups { key { born { text startsOn } } count } }"""
    readers = (await world.ask(text, FULL, c=str(ONE)))["data"]["courtyard"]["readers"]
    assert [each["key"]["born"] for each in readers["years"]["groups"]] == [
        {"text": "1949", "startsOn": "1949-01-01"},
        {"text": "1990", "startsOn": "1990-01-01"},
        {"text": "2001", "startsOn": "2001-01-01"},
        None,
    ]
    assert [(each["key"]["born"] or {}).get("text") for each in readers["months"]["groups"]] == [
        "1949-10",
        "2001-02",
        None,
    ]
    assert [each["count"] for each in readers["months"]["groups"]] == [1, 1, 2]


async def test_a_moment_lies_in_its_day_in_shanghai(make_database: MakeDatabase) -> None:
    world = await build_world(make_database)
    with scoped(ONE):
        (rack,) = await world.database.fetch("SELECT id FROM rack WHERE label = 'A'")
        late = dt.datetime(2026, 9, 30, 16, 0, tzinfo=dt.timezone.utc)  # midnight of 1 October in Shanghai
        book = {"tenant_id": ONE, "rack_id": rack["id"], "title": "夜", "pages": 1, "price_fen": 1, "is_lent": False}
        await world.database.insert_rows(
            Book,
            [
                {**book, "id": uuid7(), "entered_at": late},
                {**book, "id": uuid7(), "entered_at": late - dt.timedelta(microseconds=1)},
            ],
        )
    text = """query ($c: String!) { courtyard(code: $c) { books(filter: {title: {eq: "夜"}}) {
      stats(groupBy: [ENTERED_AT_QUARTER]) { groups { key { enteredAt { text startsOn } } count } } } } }"""
    groups = (await world.ask(text, FULL, c=str(ONE)))["data"]["courtyard"]["books"]["stats"]["groups"]
    assert groups == [
        {"key": {"enteredAt": {"text": "2026-Q3", "startsOn": "2026-07-01"}}, "count": 1},
        {"key": {"enteredAt": {"text": "2026-Q4", "startsOn": "2026-10-01"}}, "count": 1},
    ]


async def test_a_viewer_groups_by_what_he_sees(world: World) -> None:
    text = "{ courtyards { nodes { readers { stats(groupBy: [BORN_YEAR]) { groups { key { born { text } } count } } } } } }"
    answer = await world.ask(text, NOBODY)
    groups = answer["data"]["courtyards"]["nodes"][0]["readers"]["stats"]["groups"]
    assert groups == [{"key": {"born": None}, "count": 4}]


async def test_rows_of_many_courtyards_are_grouped_by_place(world: World) -> None:
    text = "books(groupBy: COMMUNITY) { groups { key { community { code name } } count sum { pages } } }"
    answer = await world.ask(BELOW % text, FULL)
    assert answer["data"]["district"]["statistics"]["books"]["groups"] == [
        {"key": {"community": {"code": "510106024001", "name": "社区1"}}, "count": 9, "sum": {"pages": 360}},
        {"key": {"community": {"code": "510106024002", "name": "社区2"}}, "count": 9, "sum": {"pages": 360}},
    ]


# what is not seen, but counted --------------------------------------------------------------------------------------


async def _with_secrets(make_database: MakeDatabase, one: int, two: int) -> World:
    """Return a world with so many secrets in its two courtyards, the second in another community."""
    world = await build_world(make_database)
    for tenant, wanted in ((ONE, one), (TWO, two)):
        with scoped(tenant):
            readers = await world.database.fetch("SELECT id FROM reader")
            rows = [{"tenant_id": tenant, "reader_id": readers[0]["id"], "text": f"{n}"} for n in range(wanted - 3)]
            await world.database.insert_rows(Secret, rows)
    return world


async def test_a_district_officer_counts_a_register_whose_rows_he_does_not_see(make_database: MakeDatabase) -> None:
    world = await _with_secrets(make_database, 6, 7)
    answer = await world.ask(BELOW % f"secrets(groupBy: COURTYARD) {{ {COUNTS} }}", NOBODY)
    groups = answer["data"]["district"]["statistics"]["secrets"]["groups"]
    assert [(each["key"]["courtyard"]["code"], each["count"]) for each in groups] == [(str(ONE), 6), (str(TWO), 7)]
    rows = await world.ask("{ courtyards { nodes { secrets { totalCount } } } }", NOBODY)
    assert [each["secrets"] for each in rows["data"]["courtyards"]["nodes"]] == [None, None]
    assert world.reads == []


async def test_fewer_than_five_are_withheld_and_so_is_the_cell_that_would_tell(make_database: MakeDatabase) -> None:
    world = await _with_secrets(make_database, 3, 7)
    by_community = (
        BELOW % "secrets(groupBy: COMMUNITY) { groups { count suppressed } } all: secrets { groups { count } }"
    )
    found = (await world.ask(by_community, NOBODY))["data"]["district"]["statistics"]
    assert found["all"]["groups"] == [{"count": 10}], "from this and the seven the three could be told"
    assert found["secrets"]["groups"] == [{"count": None, "suppressed": True}] * 2
    seen = (await world.ask(by_community, FULL))["data"]["district"]["statistics"]
    assert seen["secrets"]["groups"] == [{"count": 3, "suppressed": False}, {"count": 7, "suppressed": False}]
    community = '{ district(code: "510106") { communities { nodes { code statistics { secrets { groups { count suppressed } } } } } } }'
    nodes = (await world.ask(community, NOBODY))["data"]["district"]["communities"]["nodes"]
    assert nodes[0]["statistics"]["secrets"]["groups"] == [{"count": None, "suppressed": True}]


async def test_two_small_cells_that_are_too_few_together_take_a_third(make_database: MakeDatabase) -> None:
    world = await build_world(make_database)
    with scoped(ONE):
        born = ["1950", "1951", *["1952"] * 8, *["1953"] * 9]
        rows = [
            {"tenant_id": ONE, "id": uuid7(), "name": "丙", "name_pinyin": "bing", "born": year, "is_adult": True}
            for year in born
        ]
        await world.database.insert_rows(Reader, rows)
    text = (
        BELOW % "readers(groupBy: BORN_YEAR, limit: 5) { groupCount isComplete groups { key { born { text } } count } }"
    )
    found = (await world.ask(text, NOBODY))["data"]["district"]["statistics"]["readers"]
    assert (found["groupCount"], found["isComplete"]) == (8, False)
    assert [(each["key"]["born"]["text"], each["count"]) for each in found["groups"]] == [
        ("1949", None), ("1950", None), ("1951", None), ("1952", 8), ("1953", 9),
    ]  # fmt: skip


async def test_what_is_only_counted_has_neither_sums_nor_second_keys_nor_filters(world: World) -> None:
    await world.ask(BELOW % "readers(groupBy: [IS_ADULT, COURTYARD]) { groupCount }", FULL)
    for text in (
        "readers(groupBy: [IS_ADULT, COURTYARD]) { groupCount }",
        "secrets(groupBy: [COURTYARD, COMMUNITY]) { groupCount }",
        "readers(groupBy: IS_ADULT, filter: {name: {isNull: false}}) { groupCount }",
    ):
        with pytest.raises(Invalid) as refused:
            await world.ask(BELOW % text, NOBODY)
        assert refused.value.stable_code == "SMALL_CELLS"
    answer = await world.ask(BELOW % "books(groupBy: COURTYARD, filter: {pages: {gt: 0}}) { groups { count } }", NOBODY)
    assert answer["data"]["district"]["statistics"]["books"]["groups"] == [{"count": 8}, {"count": 8}]


async def test_whoever_does_not_reach_the_whole_node_counts_nothing_of_what_he_does_not_see(world: World) -> None:
    text = BELOW % "secrets { groups { count } } books { groups { count } }"
    only_one = (await world.ask(text, rights(where=ONE)))["data"]["district"]["statistics"]
    assert only_one == {"secrets": None, "books": {"groups": [{"count": 9}]}}
    cleared = (await world.ask(text, rights(("library", DataClass.D3), where=ONE)))["data"]["district"]["statistics"]
    assert cleared["secrets"] == {"groups": [{"count": 3}]}
    two = (await world.ask(text, rights(where=Scope.of(ONE, TWO))))["data"]["district"]["statistics"]
    assert two["secrets"] is None, "the district and its communities are nodes too"


async def test_a_switched_off_plugin_is_not_counted(make_database: MakeDatabase) -> None:
    world = await _with_secrets(make_database, 6, 7)
    with scoped(TWO):
        await world.database.insert_rows(PluginSwitch, [{"tenant_id": TWO, "plugin": "library", "off_since": NOW}])
    for viewer in (NOBODY, FULL):
        answer = await world.ask(BELOW % "secrets { groups { count } } books { groups { count } }", viewer)
        found = answer["data"]["district"]["statistics"]
        assert found == {"secrets": {"groups": [{"count": 6}]}, "books": {"groups": [{"count": 9}]}}


# limits -------------------------------------------------------------------------------------------------------------


async def test_a_key_twice_and_a_limit_out_of_bounds_are_refused(world: World) -> None:
    with pytest.raises(Invalid, match="boughtOn twice"):
        await world.ask(
            "{ courtyards { nodes { books { stats(groupBy: [BOUGHT_ON_YEAR, BOUGHT_ON_DAY]) { groupCount } } } } }",
            FULL,
        )
    text = (
        "query ($n: Int) { courtyards { nodes { books { stats(groupBy: [COURTYARD], limit: $n) { groupCount } } } } }"
    )
    with pytest.raises(RequestError):
        await _priced(world, text, n=2_001)
    assert await _priced(world, text, n=2_000) == await _priced(world, text, n=1)


async def test_groups_are_priced_by_their_number(world: World) -> None:
    text = "query ($n: Int) { courtyards(first: 1) { nodes { books { stats(groupBy: [COURTYARD], limit: $n) { groups { count suppressed } } } } } }"
    assert await _priced(world, text, n=1_000) - await _priced(world, text, n=0) == 2_000
    assert await _priced(world, text) - await _priced(world, text, n=0) == 200


async def _priced(world: World, text: str, **variables: Any) -> int:
    prepared = world.engine.documents.prepare(text)
    return CostModel(world.schema, Limits()).cost(prepared.document, prepared.operation, variables)


async def test_the_smallest_cell_is_a_setting(make_database: MakeDatabase) -> None:
    world = await _with_secrets(make_database, 6, 9)
    world.engine.compiler = Compiler(world.model, world.schema, world.database.dialect, PageSizes(min_cell=7))
    answer = await world.ask(BELOW % "secrets(groupBy: COURTYARD) { groups { count } }", NOBODY)
    counts = [each["count"] for each in answer["data"]["district"]["statistics"]["secrets"]["groups"]]
    assert counts == [None, 9], "each community has one courtyard, and its own number is withheld as well"
