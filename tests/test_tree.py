"""The tree: numbers, codes and ranges; opening and moving courtyards."""

from __future__ import annotations

import datetime as dt

import pytest
import pytest_asyncio
from databases import MakeDatabase, ground_registry
from hypothesis import given
from hypothesis import strategies as st

from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import Conflict, Invalid, NotFound
from yuanluo_tenants.scope import Range, Scope, scoped
from yuanluo_tenants.switches import PluginSwitch, Switches
from yuanluo_tenants.tree import (
    Node,
    NodeClosed,
    NodeExists,
    NodeKind,
    NodeStatus,
    Place,
    ancestors,
    code_of,
    kind_of_code,
    kind_of_number,
    number_of,
    open_node,
    place_of,
    range_of,
    scope_of,
)

COMMUNITY = 5101060240010000
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("code", "kind", "number"),
    [
        ("510106", NodeKind.DISTRICT, 5101060000000000),
        ("510106024", NodeKind.SUBDISTRICT, 5101060240000000),
        ("510106024001", NodeKind.COMMUNITY, 5101060240010000),
        ("5101060240019001", NodeKind.GRID, 5101060240019001),
        ("5101060240010001", NodeKind.COURTYARD, 5101060240010001),
    ],
)
def test_a_code_and_its_number_tell_the_same_node(code: str, kind: NodeKind, number: int) -> None:
    assert kind_of_code(code) is kind_of_number(number) is kind
    assert number_of(code) == number
    assert code_of(number) == code


@pytest.mark.parametrize(
    "code",
    ["", "51010", "5101060", "51010602400", "510106024001000", "51010602400100011", "51010a", "510106 ", "５１０１０６",
     "010106", "510106000", "510106024000", "5101060240010000", "5101060240019000", "9999999999999999"],
)  # fmt: skip
def test_what_is_not_a_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid):
        number_of(code)


def test_the_district_of_the_design_spans_its_range() -> None:
    assert range_of(number_of("510106")) == Range(5101060000000000, 5101069999999999)
    assert range_of(number_of("510106024")) == Range(5101060240000000, 5101060249999999)
    assert range_of(COMMUNITY) == Range(5101060240010000, 5101060240019999)
    assert range_of(COMMUNITY + 1) == Range(COMMUNITY + 1, COMMUNITY + 1)


@given(
    st.integers(100000, 899999),
    st.integers(1, 999),
    st.integers(1, 999),
    st.one_of(st.integers(1, 8999), st.integers(9001, 9999)),
)
def test_every_node_lies_in_the_range_of_each_of_its_ancestors(
    district: int, subdistrict: int, community: int, serial: int
) -> None:
    number = int(f"{district}{subdistrict:03}{community:03}{serial:04}")
    place = ancestors(number)
    assert place == Place(
        number_of(f"{district}"),
        number_of(f"{district}{subdistrict:03}"),
        number_of(f"{district}{subdistrict:03}{community:03}"),
    )
    for each in (place.district, place.subdistrict, place.community):
        assert each is not None
        assert number in range_of(each)
        assert ancestors(each).district == place.district
    assert number_of(code_of(number)) == number < 2**53


# stored -----------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tree(make_database: MakeDatabase) -> Database:
    database = await make_database(ground_registry())
    await open_node(database, NodeKind.DISTRICT, "青羊区", code="510106")
    await open_node(database, NodeKind.SUBDISTRICT, "街道", code="510106024")
    await open_node(database, NodeKind.COMMUNITY, "社区", code="510106024001")
    await open_node(database, NodeKind.COMMUNITY, "另一社区", code="510106024002")
    return database


async def test_a_courtyard_is_opened_without_a_restart(tree: Database) -> None:
    number = await open_node(tree, NodeKind.COURTYARD, "院落", parent=COMMUNITY)
    with scoped(number):
        await tree.insert_rows(PluginSwitch, [{"tenant_id": number, "plugin": "x", "off_since": NOW}])
        assert await PluginSwitch.count() == 1
    node = await place_of(tree, number)
    assert (node.code, node.kind, node.parent, node.community) == (str(number), "COURTYARD", COMMUNITY, COMMUNITY)
    assert (node.district, node.subdistrict, node.grid) == (5101060000000000, 5101060240000000, None)


async def test_serials_count_up_and_grids_have_their_own(tree: Database) -> None:
    community = await open_node(tree, NodeKind.COMMUNITY, "三社区", code="510106024003")
    grid = await open_node(tree, NodeKind.GRID, "一网格", parent=community)
    first = await open_node(tree, NodeKind.COURTYARD, "一", parent=community, grid=grid)
    second = await open_node(tree, NodeKind.COURTYARD, "二", parent=community)
    chosen = await open_node(tree, NodeKind.COURTYARD, "八九九九", parent=community, serial=8999)
    assert [each - community for each in (grid, first, second, chosen)] == [9001, 1, 2, 8999]
    assert (await place_of(tree, first)).parent == grid
    with pytest.raises(Conflict):
        await open_node(tree, NodeKind.COURTYARD, "满", parent=community)
    with pytest.raises(Conflict):
        await open_node(tree, NodeKind.COURTYARD, "网格号", parent=community, serial=9001)
    with pytest.raises(NodeExists):
        await open_node(tree, NodeKind.COURTYARD, "重", parent=community, serial=1)


async def test_a_node_is_opened_below_an_open_parent_of_the_right_kind(tree: Database) -> None:
    with pytest.raises(NotFound):
        await open_node(tree, NodeKind.COMMUNITY, "x", code="510106099001")
    with pytest.raises(Invalid):
        await open_node(tree, NodeKind.COMMUNITY, "x", code="510106")
    with pytest.raises(Invalid):
        await open_node(tree, NodeKind.COMMUNITY, "x")
    with pytest.raises(Invalid):
        await open_node(tree, NodeKind.COURTYARD, "x", parent=number_of("510106024"))
    with pytest.raises(NotFound):
        await place_of(tree, 1)
    other = await open_node(tree, NodeKind.GRID, "g", parent=number_of("510106024002"))
    with pytest.raises(Invalid, match="grid"):
        await open_node(tree, NodeKind.COURTYARD, "x", parent=COMMUNITY, grid=other)
    closed = number_of("510106024009")
    await open_node(tree, NodeKind.COMMUNITY, "x", code="510106024009")
    await Node.update({Node.status: NodeStatus.CLOSED}).where(Node.number == closed)
    with pytest.raises(NodeClosed):
        await open_node(tree, NodeKind.COURTYARD, "x", parent=closed)


async def test_a_refused_opening_leaves_nothing(tree: Database) -> None:
    before = await Node.count()
    with pytest.raises(NodeExists):
        await open_node(tree, NodeKind.DISTRICT, "again", code="510106")
    assert await Node.count() == before


async def test_a_scope_follows_the_tree_and_not_the_number_of_a_moved_courtyard(tree: Database) -> None:
    old, new = number_of("510106024007"), number_of("510106024008")
    for number in (old, new):
        await open_node(tree, NodeKind.COMMUNITY, "x", code=code_of(number))
    grid = await open_node(tree, NodeKind.GRID, "g", parent=new)
    stays = await open_node(tree, NodeKind.COURTYARD, "stays", parent=old)
    moves = await open_node(tree, NodeKind.COURTYARD, "moves", parent=old)
    assert await scope_of(tree, [old]) == Scope((range_of(old),))
    await Node.update({Node.parent: grid, Node.community: new, Node.grid: grid}).where(Node.number == moves)
    assert moves not in await scope_of(tree, [old])
    assert stays in await scope_of(tree, [old])
    assert moves in await scope_of(tree, [new])
    assert await scope_of(tree, [grid]) == Scope.of(grid, moves)
    assert await scope_of(tree, [number_of("510106")]) == Scope((range_of(number_of("510106")),))
    assert await scope_of(tree, [stays]) == Scope.of(stays)
    assert (await scope_of(tree, [old, new])).ranges == Scope.of(range_of(old), range_of(new)).ranges


# plugins switched off ---------------------------------------------------------------------------------------


async def test_a_plugin_is_on_until_it_is_switched_off_at_that_node(tree: Database) -> None:
    switches = Switches(tree)
    here, there = COMMUNITY + 101, COMMUNITY + 102
    assert await switches.enabled(here, "culture")
    with scoped(here):
        await switches.turn_off(here, ["culture", "party", "culture"], NOW, by="办公室")
        await switches.turn_off(here, ["culture"], NOW)
    assert not await switches.enabled(here, "culture")
    assert await switches.off(here) == {"culture", "party"}
    assert await switches.enabled(there, "culture")
    with scoped(here):
        await switches.turn_on(here, ["culture"])
    assert await switches.off(here) == {"party"}


async def test_another_processs_switch_is_seen_after_forgetting(tree: Database) -> None:
    mine, theirs, here = Switches(tree), Switches(tree), COMMUNITY + 103
    assert await mine.enabled(here, "finance")
    with scoped(here):
        await theirs.turn_off(here, ["finance"], NOW)
    assert await mine.enabled(here, "finance")
    mine.forget()
    assert not await mine.enabled(here, "finance")
