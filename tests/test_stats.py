"""Statistics: groups and figures as the viewer may see them, small cells of what he may not see withheld."""

from __future__ import annotations

import pytest_asyncio
from databases import MakeDatabase
from small_world import FULL, NOBODY, ONE, World, build_world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    return await build_world(make_database)


async def test_rows_are_grouped_in_the_one_statement(world: World) -> None:
    world.statements.clear()
    answer = await world.ask(
        """query ($c: String!) { courtyard(code: $c) { books { totalCount stats(groupBy: [COLOUR]) { groupCount isComplete groups {
          key { colour boughtOn { text } courtyard { code } } count suppressed sum { pages } min { boughtOn enteredAt } max { priceFen }
          average { priceFen { sum count rounded } } } } } } }""",
        FULL,
        c=str(ONE),
    )
    assert len(world.statements) == 1
    print(answer)
    answer = await world.ask(
        """{ courtyards { nodes { books { stats(groupBy: [BOUGHT_ON_QUARTER, ENTERED_AT_DAY, COURTYARD, COMMUNITY, IS_LENT], limit: 3) { groupCount isComplete groups {
          key { colour boughtOn { text startsOn } enteredAt { text startsOn } courtyard { code name } community {code name} isLent } count } } } } } }""",
        FULL,
    )
    print(answer)
    answer = await world.ask(
        """{ district(code: "510106") { statistics { secrets { groups { count suppressed } } books { groups { count suppressed sum { pages } } } } } }""",
        FULL,
    )
    print(answer)
    answer = await world.ask(
        """{ district(code: "510106") { statistics { secrets(groupBy: COURTYARD) { groups { key { courtyard { code } } count suppressed } } books { groups { count suppressed sum { pages } } } readers(groupBy: BORN_YEAR) { groups { key { born { text } } count suppressed } } } } }""",
        NOBODY,
    )
    print(answer)
