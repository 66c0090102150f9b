"""The tree changes: nodes are renamed, moved, closed and opened again, and everything that follows from it is right."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, DISTRICT, OTHER, SUBDISTRICT, at, make_house
from live_world import Served, grant, now, person, served, settings, token
from pace import PATIENCE
from plots import blocks

import yuanluo
from yuanluo import CreateOrganization, CreatePerson, Forbidden, House, Invalid, NotFound, Plugins, run_command, scoped
from yuanluo.access import Authority, CreateToken, create_token
from yuanluo.checking import check_house
from yuanluo.code_list import CodeListRefused, check_code_list, read_code_list
from yuanluo.command import CommandContext
from yuanluo.configuring import UpdateOrganization, update_organization
from yuanluo.nodes import (
    CloseNode,
    MoveNode,
    OpenNode,
    RenameNode,
    ReopenNode,
    close,
    move,
    open_nodes,
    open_upper_node,
    rename,
    reopen,
)
from yuanluo.opening import OpenCourtyard, SwitchPlugin, open_courtyard, switch_plugin
from yuanluo.webhooks.commands import CreateWebhook, create_webhook
from yuanluo.webhooks.due import due_courtyards
from yuanluo.webhooks.policy import WebhookPolicy
from yuanluo_tenants.errors import Conflict, Refused
from yuanluo_tenants.scope import crossing
from yuanluo_tenants.tree import (
    Node,
    NodeClosed,
    NodeExists,
    NodeInUse,
    WrongParent,
    above,
    code_of,
    kind_of_number,
    place_of,
    scope_of,
)

NEXT = 5101060330000000
"""A subdistrict beside that of the two courtyards, with a community and a grid in it."""
THERE = NEXT + 10_000
GRID = THERE + 9001
ELSEWHERE = 5101070000000000
PAGE = Path(__file__).parent.parent / "docs" / "administration.md"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    house = await make_house(make_database, Plugins.load())
    await opened(house, [("510106033", "荷花池街道"), ("510106033001", "荷花社区"), (str(GRID), "一网格")])
    await opened(house, [("510107", "武侯区"), ("510107001", "浆洗街街道"), ("510107001001", "洗面桥社区")])
    return house


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(house: House) -> AsyncIterator[Served]:
    async with served(house, settings(live_check_seconds=86_400)) as running:
        yield running


async def opened(house: House, named: list[tuple[str, str]]) -> None:
    await open_nodes(house, yuanluo.operator(), [OpenNode(*each) for each in named])


async def new_courtyard(house: House, name: str, community: int = COMMUNITY) -> int:
    receipt = await run_command(open_courtyard, at(house, community), OpenCourtyard(name, ""))
    return int(receipt.payload["number"])


async def moved(house: House, number: int, to: int) -> Any:
    return (await run_command(move, at(house, number), MoveNode(to))).payload


async def viewer(house: House, role: str, *nodes: int) -> yuanluo.Viewer:
    account, _ = await grant(house, role, *nodes)
    return await Authority(house.database, house.rules).viewer_for(account, role, now(house).today)


# moving -----------------------------------------------------------------------------------------------------------


async def test_a_move_rewrites_the_path_beside_every_counter_and_in_the_courtyards_row(house: House) -> None:
    yard = await new_courtyard(house, "芙蓉苑")
    await run_command(yuanluo.create_person, at(house, yard), CreatePerson("李长富"))
    await run_command(switch_plugin, at(house, yard), SwitchPlugin("finance", on=False))
    payload = await moved(house, yard, GRID)
    assert payload == {"code": str(yard), "from": "510106032001", "to": str(GRID), "nodes": 1, "detached": 0}
    path = {"district": DISTRICT, "subdistrict": NEXT, "community": THERE}
    with scoped(yard):
        [row] = await yuanluo.rows(house.database, "SELECT district, subdistrict, community, grid FROM courtyard")
        assert row == {**path, "grid": GRID}
        tables = [each.table._meta.tablename for each in house.composition.counters]
        assert len(tables) > 4
        for table in tables:
            [row] = await yuanluo.rows(house.database, f"SELECT district, subdistrict, community FROM {table}")
            assert row == path, table
        record = await yuanluo.value(house.database, "SELECT kind FROM record ORDER BY sequence DESC LIMIT 1")
    assert record == "node.move"
    assert (await check_house(house)).is_right
    await run_command(yuanluo.create_person, at(house, yard), CreatePerson("何大成"))
    await run_command(switch_plugin, at(house, yard), SwitchPlugin("finance", on=True))
    assert (await check_house(house)).is_right


async def test_rights_follow_a_moved_courtyard_at_once(house: House) -> None:
    yard = await new_courtyard(house, "迁院")
    old, new = await viewer(house, "COMMUNITY_SECRETARY", COMMUNITY), await viewer(house, "COMMUNITY_SECRETARY", THERE)
    assert (yard in old.scope, yard in new.scope) == (True, False)
    await moved(house, yard, THERE)
    old, new = await viewer(house, "COMMUNITY_SECRETARY", COMMUNITY), await viewer(house, "COMMUNITY_SECRETARY", THERE)
    assert (yard in old.scope, yard in new.scope) == (False, True)
    assert COURTYARD in old.scope
    own = await viewer(house, "COUNCIL_DIRECTOR", yard)
    assert own.nodes_above == (DISTRICT, NEXT, THERE)
    context = dataclasses.replace(at(house, yard), actor=old)
    with pytest.raises(Forbidden):
        await run_command(yuanluo.create_person, context, CreatePerson("张建国"))
    await run_command(yuanluo.create_person, dataclasses.replace(at(house, yard), actor=new), CreatePerson("张建国"))


async def test_a_token_kept_below_a_node_does_not_follow_what_left_it(house: House) -> None:
    yard = await new_courtyard(house, "离院")
    account, _ = await grant(house, "DISTRICT_ADMIN", DISTRICT)
    secret = (
        await run_command(create_token, now(house, DISTRICT), CreateToken(account, "t", below=COMMUNITY))
    ).secrets[0]
    authority = Authority(house.database, house.rules)
    assert yard in (await authority.viewer_of(secret, now(house).now)).scope
    await moved(house, yard, THERE)
    authority.forget()
    found = await authority.viewer_of(secret, now(house).now)
    assert (yard in found.scope, found.nodes_above) == (False, (DISTRICT, SUBDISTRICT))


async def test_a_moved_community_takes_all_below_it_along_and_what_is_opened_later(house: House) -> None:
    await opened(house, [("510106032008", "八社区"), ("5101060320089001", "网格")])
    community = 5101060320080000
    yard = await new_courtyard(house, "先开", community)
    payload = await moved(house, community, NEXT)
    assert payload["nodes"] == 3
    later = await new_courtyard(house, "后开", community)
    for number in (community, community + 9001, yard, later):
        node = await place_of(house.database, number)
        assert (node.subdistrict, node.community) == (NEXT, community)
        assert number not in await scope_of(house.database, [SUBDISTRICT])
        assert number in await scope_of(house.database, [NEXT])
    assert community + 77 in await scope_of(house.database, [NEXT])  # one that is opened while a viewer is kept
    assert (await check_house(house)).is_right
    await moved(house, yard, COMMUNITY)
    assert yard in await scope_of(house.database, [SUBDISTRICT])
    assert yard not in await scope_of(house.database, [NEXT])
    assert (await check_house(house)).is_right


async def test_after_any_moves_a_scope_is_what_the_tree_says(make_database: MakeDatabase) -> None:
    house = await make_house(make_database)
    named = [
        (f"51010{district}{sub:03}{community}"[: 12 if community else 9], "x")
        for district in (6, 7)
        for sub in (0, 1, 2)
        for community in ("", "001", "002")
        if sub or not community
    ]
    wanted = [OpenNode(code[:6] if code.endswith("000") else code, name) for code, name in named]
    await open_nodes(house, yuanluo.operator(), [each for each in wanted if each.code != "510106"])
    chosen = random.Random(11)
    rows = await yuanluo.rows(house.database, "SELECT number FROM node WHERE kind = 'COMMUNITY'", shared=True)
    for community in [row["number"] for row in rows if row["number"] != COMMUNITY]:
        await opened(house, [(str(community + 9001), "g")])
        for name in ("a", "b"):
            await new_courtyard(house, name, community)
    done = 0
    for _ in range(150):
        nodes = await yuanluo.rows(house.database, "SELECT * FROM node ORDER BY number", shared=True)
        one, to = chosen.choice(nodes), chosen.choice(nodes)
        try:
            await moved(house, one["number"], to["number"])
            done += 1
        except (Invalid, Conflict):
            continue
    assert done > 8
    nodes = [Node(**row) for row in await yuanluo.rows(house.database, "SELECT * FROM node", shared=True)]
    for node in nodes:
        if kind_of_number(node.number).name == "COURTYARD":
            continue
        scope = await scope_of(house.database, [node.number])
        below = {each.number for each in nodes if node.number in (each.number, *above(each))}
        assert {each.number for each in nodes if each.number in scope} == below
    by_number = {node.number: node for node in nodes}
    for node in nodes:  # the path is the way up by parents
        way: list[int] = []
        up = node.parent
        while up is not None:
            way.append(up)
            up = by_number[up].parent
        assert list(above(node)) == way
    assert (await check_house(house)).is_right


async def test_who_may_move_needs_the_right_at_both_places_and_above(house: House) -> None:
    yard = await new_courtyard(house, "守院")

    async def tried(actor: yuanluo.Viewer, number: int, to: int) -> None:
        await run_command(move, dataclasses.replace(at(house, number), actor=actor), MoveNode(to))

    here, both = (
        await viewer(house, "DISTRICT_ADMIN", DISTRICT),
        await viewer(house, "DISTRICT_ADMIN", DISTRICT, ELSEWHERE),
    )
    far = ELSEWHERE + 10_010_000
    with pytest.raises(NotFound):
        await tried(here, yard, far)
    with pytest.raises(NotFound):  # one that is nowhere is answered alike
        await tried(here, yard, far + 10_000)
    with pytest.raises(Forbidden):  # a right at the courtyard alone takes it away from nobody above
        await tried(await viewer(house, "DISTRICT_ADMIN", yard, THERE), yard, THERE)
    for role in ("SUBDISTRICT_OFFICER", "COMMUNITY_SECRETARY"):
        with pytest.raises(Forbidden):
            await tried(await viewer(house, role, DISTRICT), yard, THERE)
    await tried(both, yard, far)
    assert (await place_of(house.database, yard)).district == ELSEWHERE
    assert yard not in (await viewer(house, "DISTRICT_ADMIN", DISTRICT)).scope
    assert (await check_house(house)).is_right


@pytest.mark.parametrize(
    ("number", "to", "error"),
    [
        (COURTYARD, SUBDISTRICT, WrongParent),
        (COURTYARD, OTHER, WrongParent),
        (COMMUNITY, DISTRICT, WrongParent),
        (DISTRICT, ELSEWHERE, WrongParent),
        (GRID, NEXT, WrongParent),
        (COURTYARD, COMMUNITY, Invalid),
        (COMMUNITY, COMMUNITY, WrongParent),
    ],
)
async def test_a_node_moves_only_below_one_of_the_right_kind(
    house: House, number: int, to: int, error: type[Refused]
) -> None:
    before = await place_of(house.database, number)
    with pytest.raises(error):
        await moved(house, number, to)
    assert (await place_of(house.database, number)).to_dict() == before.to_dict()


async def test_an_organization_leaves_the_one_above_that_it_moves_away_from(house: House) -> None:
    yard = await new_courtyard(house, "组织院")
    upper = (await run_command(yuanluo.create_organization, at(house, COMMUNITY), organization("社区组织"))).subject_id
    own = (
        await run_command(
            yuanluo.create_organization,
            at(house, yard),
            dataclasses.replace(organization("院组织"), upper_id=upper),
        )
    ).subject_id
    assert own is not None
    assert (await moved(house, yard, THERE))["detached"] == 1
    there = (await run_command(yuanluo.create_organization, at(house, THERE), organization("新社区组织"))).subject_id
    with pytest.raises(NotFound):
        await run_command(update_organization, at(house, yard), UpdateOrganization(own, upper_id=upper))
    await run_command(update_organization, at(house, yard), UpdateOrganization(own, upper_id=there))
    with scoped(yard):
        assert await yuanluo.value(house.database, "SELECT upper_id FROM organization WHERE name = '院组织'") == there


def organization(name: str) -> CreateOrganization:
    return CreateOrganization("SUPERVISORY", name)


async def test_endpoints_hear_of_a_courtyard_while_it_is_below_their_node(house: House) -> None:
    yard = await new_courtyard(house, "回调院")
    told = dataclasses.replace(house, webhooks=WebhookPolicy(is_insecure=True))
    ends: dict[int, uuid.UUID] = {}
    for node in (COMMUNITY, THERE):
        wanted = CreateWebhook("https://receiver.example/x", role="COMMUNITY_SECRETARY")
        made = await run_command(create_webhook, CommandContext(told, yuanluo.operator(), node), wanted)
        assert made.subject_id is not None
        ends[node] = made.subject_id
    await person(house, yard)
    await moved(house, yard, THERE)

    async def due(node: int) -> bool:
        return yard in await due_courtyards(house.database, node, ends[node], now(house).now, 1_000)

    assert (await due(COMMUNITY), await due(THERE)) == (False, True)
    with scoped(yard):
        sql = "SELECT sequence FROM webhook_progress WHERE endpoint_id = $1"
        after = await yuanluo.value(house.database, sql, ends[THERE])
        head = await yuanluo.value(house.database, "SELECT sequence FROM record_head")
    assert head == after + 1  # the move itself is the first that it is told of
    await moved(house, yard, COMMUNITY)
    with scoped(yard):
        assert await yuanluo.value(house.database, sql, ends[COMMUNITY]) == head  # nothing of the time in between
    assert (await due(COMMUNITY), await due(THERE)) == (True, False)


async def test_a_subscription_ends_where_its_courtyard_moves_away_and_goes_on_where_it_moves_to(world: Served) -> None:
    house = world.house
    yard = await new_courtyard(house, "听院")
    await person(house, yard)
    old, new = await token(house, "COMMUNITY_SECRETARY", COMMUNITY), await token(house, "COMMUNITY_SECRETARY", THERE)
    named = f'subscription {{ recordFiled(courtyards: ["{yard}"]) {{ kind }} }}'
    async with world.subscribed(old, named) as left, world.subscribed(new) as joined:
        await moved(house, yard, THERE)
        said = await left.hear()
        while said["type"] == "next":  # the move itself, within the second for which rights are kept
            assert said["payload"]["data"]["recordFiled"]["kind"] == "node.move"
            said = await left.hear()
        assert said["type"] == "error"
        async with asyncio.timeout(PATIENCE):
            heard = asyncio.create_task(joined.event())
            while not heard.done():  # until what was kept of the rights is a second old
                await person(house, yard)
                await asyncio.sleep(0.2)
        assert (await heard)["kind"] in ("node.move", "person.create")


# closing ----------------------------------------------------------------------------------------------------------


async def test_what_is_closed_is_read_and_no_longer_written(house: House) -> None:
    await opened(house, [("510106032020", "待撤社区")])
    community = 5101060320200000
    yard = await new_courtyard(house, "待撤院", community)
    account, [given] = await grant(house, "COUNCIL_DIRECTOR", yard)
    with pytest.raises(NodeInUse, match="待撤院"):
        await run_command(close, at(house, community), CloseNode())
    await run_command(close, at(house, yard), CloseNode())
    await run_command(close, at(house, community), CloseNode())
    for refused in (
        run_command(yuanluo.create_person, at(house, yard), CreatePerson("李长富")),
        run_command(rename, at(house, yard), RenameNode("别名")),
        run_command(move, at(house, yard), MoveNode(THERE)),
        run_command(open_courtyard, at(house, community), OpenCourtyard("新院", "")),
        run_command(close, at(house, yard), CloseNode()),
        run_command(reopen, at(house, yard), ReopenNode()),  # what is above it is closed
        run_command(move, at(house, OTHER), MoveNode(community)),
        run_command(yuanluo.grant_role, at(house, yard), yuanluo.GrantRole(account, "RESIDENT")),
    ):
        with pytest.raises(NodeClosed):
            await refused
    assert given is not None
    await run_command(yuanluo.revoke_role, at(house, yard), yuanluo.RevokeRole(given))
    with scoped(yard):
        assert await yuanluo.value(house.database, "SELECT name FROM courtyard") == "待撤院"
    await run_command(reopen, at(house, community), ReopenNode())
    await run_command(reopen, at(house, yard), ReopenNode())
    with pytest.raises(NodeExists):
        await run_command(reopen, at(house, yard), ReopenNode())
    await run_command(yuanluo.create_person, at(house, yard), CreatePerson("李长富"))


async def test_another_name_is_said_by_the_node_and_the_courtyards_row(house: House) -> None:
    yard = await new_courtyard(house, "旧名")
    await run_command(rename, at(house, yard), RenameNode(" 新名 "))
    with scoped(yard):
        [row] = await yuanluo.rows(house.database, "SELECT name, name_pinyin FROM courtyard")
    assert row == {"name": "新名", "name_pinyin": "xin ming"}
    assert (await place_of(house.database, yard)).name == "新名"
    for name in ("新名", " ", "\u200b"):
        with pytest.raises(Invalid):
            await run_command(rename, at(house, yard), RenameNode(name))


# as mutations -----------------------------------------------------------------------------------------------------


async def test_an_administrator_changes_the_tree_by_mutations(world: Served) -> None:
    secret = await token(world.house, "DISTRICT_ADMIN", DISTRICT)
    officer = await token(world.house, "SUBDISTRICT_OFFICER", SUBDISTRICT)

    async def sent(name: str, given: dict[str, Any], bearer: str = secret) -> Any:
        type_name = name[0].upper() + name[1:]
        query = f"mutation($input: {type_name}Input!) {{ {name}(input: $input) {{ replayed }} }}"
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.post(
                f"http://127.0.0.1:{world.port}/graphql",
                json={"query": query, "variables": {"input": given}},
                headers={"authorization": f"Bearer {bearer}"},
            )
        said = answer.json()
        return said["errors"][0]["extensions"]["code"] if "errors" in said else said["data"][name]

    opening: dict[str, Any] = {
        "node": "510106032",
        "code": "510106032030",
        "name": "三十社区",
        "idempotencyKey": "open-30",
    }
    assert await sent("nodeOpen", opening) == {"replayed": False}
    assert (await sent("nodeOpen", opening))["replayed"]
    assert await sent("nodeOpen", {**opening, "idempotencyKey": "again"}) == "NODE_EXISTS"
    opening["idempotencyKey"] = None
    assert await sent("nodeOpen", {**opening, "code": "510106033030"}) == "NOT_RIGHT_BELOW"
    assert await sent("nodeOpen", {"node": "510106", "code": "510106", "name": "区"}) == "NODE_EXISTS"
    assert await sent("nodeOpen", {**opening, "code": "510106032031"}, officer) == "FORBIDDEN"
    assert await sent("nodeOpen", {"node": "510107", "code": "510107009", "name": "街道"}) == "NOT_FOUND"
    node = {"node": "510106032030"}
    assert await sent("nodeRename", {**node, "name": "卅社区"}) == {"replayed": False}
    assert await sent("nodeMove", {**node, "to": "510106033"}) == {"replayed": False}
    assert await sent("nodeMove", {**node, "to": "510107001"}) == "NOT_FOUND"
    assert await sent("nodeClose", node) == {"replayed": False}
    assert await sent("nodeRename", {**node, "name": "三十"}) == "NODE_CLOSED"
    assert await sent("nodeReopen", node) == {"replayed": False}
    assert await sent("nodeClose", {"node": "510106033"}) == "NODE_IN_USE"
    assert await sent("nodeMove", {"node": code_of(COURTYARD), "to": "510106032"}) == "WRONG_PARENT"


async def test_the_mutations_of_the_page_change_the_tree(world: Served) -> None:
    await opened(world.house, [("510106024", "西安路街道")])
    [mutation] = [each for each in blocks(PAGE, "graphql") if each.startswith("mutation")]
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        headers = {"authorization": f"Bearer {await token(world.house, 'DISTRICT_ADMIN', DISTRICT)}"}
        url = f"http://127.0.0.1:{world.port}/graphql"
        answer = (await client.post(url, json={"query": mutation}, headers=headers)).json()
    assert "errors" not in answer, answer
    node = await place_of(world.house.database, 5101060240090000)
    assert (node.name, node.parent, node.status) == ("新桥社区", SUBDISTRICT, "OPEN")


# many at once -----------------------------------------------------------------------------------------------------


def a_list(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "codes.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_list_of_codes_is_opened_once(house: House, tmp_path: Path, encoding: str) -> None:
    district = {"utf-8": "510181", "utf-8-sig": "510182", "gb18030": "510183"}[encoding]
    path = a_list(
        tmp_path, "名称,统计用区划代码,城乡分类代码", f"东社区,{district}001001,111", f"东街道,{district}001000,",
        "成都市,510100000000,", f"东区,{district}000000,", f"网格,{district}0010019001,", encoding=encoding,
    )  # fmt: skip
    found = read_code_list(path)
    await check_code_list(house, found)
    first = await open_nodes(house, yuanluo.operator(), found.nodes)
    again = await open_nodes(house, yuanluo.operator(), found.nodes)
    codes = (district, f"{district}001", f"{district}001001", f"{district}0010019001")
    assert (first.codes, first.kept, found.passed_over) == (codes, 0, 1)
    assert (again.codes, again.kept) == ((), 4)


async def test_what_is_wrong_in_a_list_is_told_by_line_and_nothing_is_opened(house: House, tmp_path: Path) -> None:
    before = await yuanluo.value(house.database, "SELECT count(*) AS n FROM node", shared=True)
    path = a_list(
        tmp_path, "代码,名称",
        "510184,新区", "5.10106E+11,错", "510184002,", ",没有编码", "510184,又一区", "510185001,没有上级",
        "510106,改了名", "5101840010010001,院落",
    )  # fmt: skip
    found = read_code_list(path)
    with pytest.raises(CodeListRefused) as refused:
        await check_code_list(house, found)
    assert [each.line for each in refused.value.issues] == [3, 4, 5, 6, 7, 8, 9]
    assert "第 7 行" in refused.value.zh
    assert "510185" in refused.value.zh
    assert await yuanluo.value(house.database, "SELECT count(*) AS n FROM node", shared=True) == before


def test_a_city_without_districts_is_a_district_of_its_own(tmp_path: Path) -> None:
    found = read_code_list(
        a_list(tmp_path, "441900000000,东莞市", "441900003000,东城街道", "440000000000,广东省", "440101000000,市辖区")
    )
    assert [each.code for each in found.lines] == ["441900", "441900003"]
    assert (found.passed_over, found.issues) == (2, ())


def test_a_file_without_codes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="column of codes"):
        read_code_list(a_list(tmp_path, "甲,乙", "丙,丁"))


async def test_two_who_open_and_move_at_once_leave_one_tree(house: House) -> None:
    await opened(house, [("510106032040", "并发社区")])
    community = 5101060320400000
    await asyncio.gather(
        moved(house, community, NEXT),
        *(new_courtyard(house, f"并发{index}", community) for index in range(4)),
        run_command(open_upper_node, at(house, community), OpenNode(f"{community + 9001}", "网格")),
    )
    found = await yuanluo.rows(
        house.database, "SELECT subdistrict FROM node WHERE community = $1", community, shared=True
    )
    assert [row["subdistrict"] for row in found] == [NEXT] * 6
    with crossing("test"):
        sql = "SELECT DISTINCT subdistrict FROM courtyard_counts WHERE community = $1"
        assert await yuanluo.value(house.database, sql, community) == NEXT
    assert (await check_house(house)).is_right
