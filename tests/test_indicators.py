"""Indicators: one definition, summed along the tree, left out where the plugin is off, small numbers withheld."""

from __future__ import annotations

import json
import types
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, COMMUNITY, COURTYARD, DISTRICT, OTHER, at, make_house, schema_of

from yuanluo import (
    TODAY,
    Clearance,
    CreatePerson,
    DataClass,
    House,
    Indicator,
    Plugins,
    Range,
    RowCount,
    Scope,
    SwitchPlugin,
    Tally,
    Viewer,
    changed,
    create_person,
    hookimpl,
    run_command,
    run_commands,
    scoped,
    switch_plugin,
)
from yuanluo.checking import check_house
from yuanluo.composition import Composition
from yuanluo_graphql.assembly import build_engine, compose
from yuanluo_graphql.engine import CompiledEngine
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.errors import PluginError
from yuanluo_tenants.settings import Settings

ALL = Range(DISTRICT, DISTRICT + 10**10 - 1)


def viewer(*clearances: Clearance, where: Range | int = ALL) -> Viewer:
    return Viewer(uuid.uuid4(), "x", Scope.of(where), clearances, ())


async def ask(house: House, text: str, who: Viewer | None = None, **variables: Any) -> Any:
    """Return the data of an answer, and count its statements."""
    engine = build_engine(house, Settings(environment="test"), schema=schema_of(house), clock=CLOCK)
    return await asked(engine, text, who, **variables)


async def asked(engine: CompiledEngine, text: str, who: Viewer | None = None, **variables: Any) -> Any:
    prepared = engine.documents.prepare(text)
    values = engine.documents.coerce_variables(prepared, variables).coerced
    return json.loads(await engine.run(prepared, values, Rights.of(who or viewer())))["data"]


async def count(house: House, tenant: int, table: str, **values: int) -> None:
    """Write counters as they are, without rows behind them."""
    with scoped(tenant):
        for column, value in values.items():
            sql = f"UPDATE {table} SET {column} = $1 WHERE tenant_id = $2"
            assert await changed(house.database, sql, value, tenant) == 1


@pytest_asyncio.fixture
async def house(make_database: MakeDatabase) -> House:
    house = await make_house(make_database, Plugins.load())
    await run_commands(create_person, at(house), [CreatePerson(f"张{n}") for n in "一二三"])
    await run_commands(create_person, at(house, OTHER), [CreatePerson(f"李{n}") for n in "一二"])
    await count(house, COURTYARD, "council_counts", opinions=8, closed=7, rated=3, satisfied=2)
    await count(house, OTHER, "council_counts", opinions=1, closed=0)
    return house


async def test_what_is_below_is_summed_before_it_is_divided(house: House) -> None:
    text = """{ district(code: "510106") { ...I subdistricts(first: 9) { nodes { ...I communities(first: 9) { nodes { ...I courtyards(first: 9) { nodes { ...C } } } } } } } }
    fragment I on Node { ... on District { r: indicator(name: OPINION_CLOSING_RATE) { ...V } }
      ... on Subdistrict { r: indicator(name: OPINION_CLOSING_RATE) { ...V } }
      ... on Community { r: indicator(name: OPINION_CLOSING_RATE) { ...V } } }
    fragment C on Courtyard { r: indicator(name: OPINION_CLOSING_RATE) { ...V } }
    fragment V on Indicator { value numerator denominator courtyards suppressed asOf }"""
    district = (await ask(house, text))["district"]
    told = {"suppressed": False, "asOf": "2026-11-22T04:00:00.000000Z"}
    whole = {"value": 77.78, "numerator": 7, "denominator": 9, "courtyards": 2, **told}
    assert district["r"] == whole
    subdistrict = district["subdistricts"]["nodes"][0]
    assert subdistrict["r"] == whole
    community = subdistrict["communities"]["nodes"][0]
    assert community["r"] == whole, "and not the mean of 87.5 and 0"
    assert [each["r"]["value"] for each in community["courtyards"]["nodes"]] == [87.5, 0.0]


async def test_several_indicators_are_one_statement_with_one_aggregate_per_counter_table(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    fetch_json = house.database.fetch_json

    async def counted(sql: str, args: Sequence[Any], scope: Scope) -> bytes | None:
        statements.append(sql)
        return await fetch_json(sql, args, scope)

    monkeypatch.setattr(house.database, "fetch_json", counted)
    names = ["OPINIONS", "OPINIONS_OPEN", "OPINION_CLOSING_RATE", "OPINION_SATISFACTION", "PEOPLE"]
    text = '{ district(code: "510106") { indicators(names: [%s]) { name value } } }' % ", ".join(names)
    found = (await ask(house, text))["district"]["indicators"]
    assert found == [
        {"name": name, "value": value} for name, value in zip(names, (9.0, 2.0, 77.78, 66.67, 5.0), strict=True)
    ]
    assert len(statements) == 1
    assert statements[0].count("FROM council_counts") == 1
    assert statements[0].count("FROM courtyard_counts") == 1


async def test_a_courtyard_whose_plugin_is_off_is_left_out_and_told(house: House) -> None:
    text = (
        """{ district(code: "510106") { indicators(names: [OPINIONS, PEOPLE, VOLUNTEER_MINUTES_PER_1000]) { value numerator denominator courtyards } }
      courtyard(code: "%d") { indicator(name: OPINIONS) { value numerator courtyards suppressed } } }"""
        % COURTYARD
    )
    await count(house, COURTYARD, "culture_counts", volunteer_minutes=30)
    await count(house, OTHER, "culture_counts", volunteer_minutes=10)
    await run_command(switch_plugin, at(house), SwitchPlugin("council", on=False))
    await run_command(switch_plugin, at(house, OTHER), SwitchPlugin("culture", on=False))
    found = await ask(house, text)
    assert found["district"]["indicators"] == [
        {"value": 1.0, "numerator": 1, "denominator": None, "courtyards": 1},
        {"value": 5.0, "numerator": 5, "denominator": None, "courtyards": 2},
        {"value": 10_000.0, "numerator": 30, "denominator": 3, "courtyards": 1},
    ]
    nothing = {"value": None, "numerator": None, "courtyards": 0, "suppressed": False}
    assert found["courtyard"]["indicator"] == nothing, "null, and not 0"


async def test_small_numbers_of_members_are_withheld_from_whoever_is_not_cleared(house: House) -> None:
    await count(house, COURTYARD, "party_counts", full_members=4)
    await count(house, OTHER, "party_counts", full_members=5)
    text = """{ district(code: "510106") { indicator(name: PARTY_MEMBERS) { value suppressed } }
      courtyards { nodes { indicator(name: PARTY_MEMBERS) { value numerator suppressed } } } }"""
    found = await ask(house, text)
    assert found["district"]["indicator"] == {"value": 9.0, "suppressed": False}
    assert [each["indicator"] for each in found["courtyards"]["nodes"]] == [
        {"value": None, "numerator": None, "suppressed": True},
        {"value": 5.0, "numerator": 5, "suppressed": False},
    ]
    secretary = viewer(Clearance(Range(COURTYARD, COURTYARD), "party", DataClass.D3))
    found = await ask(house, text, secretary)
    assert [each["indicator"]["value"] for each in found["courtyards"]["nodes"]] == [4.0, 5.0]
    found = await ask(house, text, viewer(where=Range(COMMUNITY, OTHER)))
    assert found["district"]["indicator"] == {"value": None, "suppressed": True}, "he reaches but a part of it"


async def test_a_viewer_gets_the_sum_of_what_he_reaches(house: House) -> None:
    text = '{ district(code: "510106") { indicator(name: PEOPLE) { value courtyards } } courtyard(code: "%d") { id } }'
    found = await ask(house, text % OTHER, viewer(where=COURTYARD))
    assert found == {"district": {"indicator": {"value": 3.0, "courtyards": 1}}, "courtyard": None}


async def test_what_depends_on_the_day_is_computed_from_rows(house: House) -> None:
    text = '{ district(code: "510106") { indicators(names: [OPINIONS_OVERDUE, PARTY_BRANCH_COVERAGE]) { value denominator about { dependsOnDay definition } } } }'
    overdue, coverage = (await ask(house, text))["district"]["indicators"]
    assert overdue["value"] == 0.0
    assert overdue["about"]["dependsOnDay"] is True
    assert overdue["about"]["definition"].startswith("count(opinion where status in")
    assert (coverage["value"], coverage["denominator"]) == (0.0, 2)


async def test_the_root_tells_what_each_indicator_is(house: House) -> None:
    found = (await ask(house, "{ indicators { name zh en unit scale definition source plugin dependsOnDay } }"))[
        "indicators"
    ]
    by_name: Mapping[str, Any] = {each["name"]: each for each in found}
    assert list(by_name) == list(house.composition.indicators)
    assert by_name["OPINION_CLOSING_RATE"] == {
        "name": "OPINION_CLOSING_RATE",
        "zh": "民情办结率",
        "en": "share of opinions that are closed",
        "unit": "%",
        "scale": 100,
        "definition": "100 * council_counts.closed / council_counts.opinions",
        "source": "domain 3.2",
        "plugin": "council",
        "dependsOnDay": False,
    }
    assert {each["plugin"] for each in found} == {"core", "party", "council", "finance", "culture"}
    assert all(each["zh"] and each["en"] and each["unit"] and each["source"] for each in found)


async def test_every_rolled_up_indicator_equals_the_recount_of_the_check(make_database: MakeDatabase) -> None:
    house = await make_house(make_database, Plugins.load())
    await run_commands(create_person, at(house), [CreatePerson(f"张{n}") for n in "一二三"])
    assert (await check_house(house)).is_right
    names = [name for name, each in house.composition.indicators.items() if each.indicator.klass is DataClass.D0]
    text = '{ district(code: "510106") { indicators(names: [%s]) { name numerator } } }' % ", ".join(names)
    found = (await ask(house, text))["district"]["indicators"]
    expected = {"PEOPLE": 3, "HOUSEHOLD_SIZE": 3, "COURTYARDS": 2}
    assert {each["name"]: each["numerator"] for each in found if each["numerator"]} == expected


# what is refused at the start -----------------------------------------------------------------------------------------


def brings(*indicators: Indicator) -> Plugins:
    module: Any = types.ModuleType("yuanluo_watch")

    def implementation() -> Sequence[Indicator]:
        return indicators

    implementation.__name__ = "indicators"
    module.indicators = hookimpl(implementation)
    return Plugins.load({"watch": module}, entry_points=False)


@pytest.fixture(
    params=["a name in small letters", "a counter that is not there", "a column that is not there", "twice"]
)
def wrong(request: pytest.FixtureRequest) -> tuple[Plugins, str]:
    people = Tally("courtyard_counts", "people")
    given = {
        "a name in small letters": ((Indicator("watched", "看", "watched", "-", people),), "watched"),
        "a counter that is not there": ((Indicator("WATCHED", "看", "x", "-", Tally("x_counts", "y")),), "x_counts.y"),
        "a column that is not there": (
            (Indicator("WATCHED", "看", "x", "-", RowCount("person", [("x", "lt", TODAY)])),),
            "person.x",
        ),
        "twice": ((Indicator("PEOPLE", "看", "x", "-", people),), "PEOPLE"),
    }
    indicators, said = given[request.param]
    return brings(*indicators), said


def test_an_indicator_of_what_is_not_there_stops_the_start(wrong: tuple[Plugins, str]) -> None:
    plugins, said = wrong
    with pytest.raises(PluginError, match=f"watch.*{said}"):
        Composition.of(plugins)


def test_a_plugins_indicator_is_a_name_of_the_schema() -> None:
    plugins = brings(Indicator("WATCHED", "看", "watched", "people", Tally("courtyard_counts", "people")))
    schema: Any = compose(Composition.of(plugins)).core
    assert "WATCHED" in schema.type_map["IndicatorName"].values
