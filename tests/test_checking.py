"""`yuanluo check`: a wrong counter, a missing row and a wrong place are found, told and repaired."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, DISTRICT, OTHER, at, make_house
from typer.testing import CliRunner

from yuanluo import (
    AddDwelling,
    CreatePerson,
    House,
    Plugins,
    add_dwelling,
    changed,
    create_person,
    run_commands,
    scoped,
)
from yuanluo.checking import WrongCounter, WrongIndicator, check_house, recount_all
from yuanluo.counters import recount, stored_counts
from yuanluo.statements import rows
from yuanluo_graphql.cli import app


@pytest_asyncio.fixture
async def house(make_database: MakeDatabase) -> House:
    house = await make_house(make_database, Plugins.load())
    await run_commands(create_person, at(house), [CreatePerson(f"张{n}") for n in "一二三"])
    await run_commands(create_person, at(house, OTHER), [CreatePerson(f"李{n}") for n in "一二"])
    await run_commands(add_dwelling, at(house), [AddDwelling(1, 1, "101", 5_000)])
    return house


async def test_after_commands_nothing_differs(house: House) -> None:
    checked = await check_house(house)
    assert checked.is_right
    assert checked.counters >= 2 * sum(len(each.counts) for each in house.composition.counters)
    assert checked.indicators > 50


async def test_a_recount_of_all_is_the_recount_of_each(house: House) -> None:
    for counter in house.composition.counters:
        with scoped(COURTYARD, OTHER):
            together = await recount_all(house.database, counter)
        for tenant in (COURTYARD, OTHER):
            with scoped(tenant):
                alone = await recount(house.database, counter, tenant)
            assert together.get(tenant, dict.fromkeys(counter.counts, 0)) == alone


async def test_a_planted_wrong_counter_is_found_up_to_the_district(house: House) -> None:
    with scoped(COURTYARD):
        await changed(house.database, "UPDATE courtyard_counts SET people = 30 WHERE tenant_id = $1", COURTYARD)
    checked = await check_house(house)
    assert checked.wrong_counters == (WrongCounter(COURTYARD, "courtyard_counts", "people", 30, 3),)
    people = [each for each in checked.wrong_indicators if each.name == "PEOPLE"]
    assert people[-1] == WrongIndicator(COURTYARD, "PEOPLE", (30, None), (3, None))
    assert WrongIndicator(DISTRICT, "PEOPLE", (32, None), (5, None)) in people
    assert WrongIndicator(COMMUNITY, "PEOPLE", (32, None), (5, None)) in people
    made_of_people = {"PEOPLE", "HOUSEHOLD_SIZE", "VOLUNTEER_MINUTES_PER_1000"}
    assert {each.name for each in checked.wrong_indicators} == made_of_people


async def test_a_planted_missing_row_is_found_and_repaired(house: House) -> None:
    with scoped(COURTYARD):
        await changed(house.database, "DELETE FROM courtyard_counts WHERE tenant_id = $1", COURTYARD)
    checked = await check_house(house, repair=True)
    assert {(each.column, each.stored, each.counted) for each in checked.wrong_counters} == {
        ("people", None, 3),
        ("dwellings", None, 1),
        ("area_c", None, 5_000),
    }
    assert (await check_house(house)).is_right
    with scoped(COURTYARD):
        assert (await stored_counts(house.database, house.composition.counters[0], COURTYARD) or {})["people"] == 3


async def test_a_missing_row_with_nothing_to_count_is_right(house: House) -> None:
    with scoped(OTHER):
        await changed(house.database, "DELETE FROM finance_counts WHERE tenant_id = $1", OTHER)
    assert (await check_house(house)).is_right


async def test_a_counter_in_the_wrong_place_is_found(house: House) -> None:
    with scoped(OTHER):
        await changed(house.database, "UPDATE courtyard_counts SET community = 1 WHERE tenant_id = $1", OTHER)
    checked = await check_house(house, repair=True)
    assert checked.wrong_counters == (WrongCounter(OTHER, "courtyard_counts", "community", 1, COMMUNITY),)
    assert (await check_house(house)).is_right


async def test_one_statement_counts_a_table_for_every_courtyard(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fetch = house.database.fetch

    async def counted(sql: str, *args: object, **kwargs: object) -> object:
        asked.append(sql)
        return await fetch(sql, *args, **kwargs)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(house.database, "fetch", counted)
    bare = dataclasses.replace(house, composition=dataclasses.replace(house.composition, checks=()))
    await check_house(bare)
    tables = sum(len({count.table for count in each.counts.values()}) for each in house.composition.counters)
    assert len(asked) == tables + len(house.composition.counters) + 2
    assert await rows(house.database, "SELECT 1 AS one", shared=True) == [{"one": 1}]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    made = CliRunner().invoke(app, ["demo", "--courtyards", "2", "--no-serve", "--path", str(folder)])
    assert made.exit_code == 0, made.output
    return folder


def test_after_the_demo_the_command_finds_nothing(demo: Path) -> None:
    result = CliRunner().invoke(app, ["check", "--json", "--path", str(demo)])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["wrongCounters"] == told["wrongIndicators"] == []
    assert told["counters"] > 40
