"""Idempotency keys are swept after 7 days: by the server by itself, and by `yuanluo sweep`."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from deployments import Deployment
from houses import COMMUNITY, COURTYARD, at

import yuanluo
from yuanluo import CreatePerson, House, run_command, scoped
from yuanluo_graphql.app import opened
from yuanluo_tenants.tree import NodeKind, open_node


async def deployment(tmp_path: Path) -> Deployment:
    place = Deployment(tmp_path / "yuanluo-data")
    await asyncio.to_thread(place.done, "migrate", YUANLUO_ENVIRONMENT="demo")
    return place


async def keys(house: House) -> set[str]:
    with scoped(COURTYARD):
        return {row["key"] for row in await yuanluo.rows(house.database, "SELECT key FROM idempotency")}


async def write(house: House) -> None:
    """Open a courtyard, and write three persons under keys of today and of 6 and 8 days ago."""
    for kind, code in ((NodeKind.DISTRICT, "510106"), (NodeKind.SUBDISTRICT, "510106032")):
        await open_node(house.database, kind, "上级", code=code)
    await open_node(house.database, NodeKind.COMMUNITY, "银杏社区", code="510106032001")
    await run_command(yuanluo.open_courtyard, at(house, COMMUNITY), yuanluo.OpenCourtyard("梧桐苑", "抚琴西路1号院"))
    now = yuanluo.system_clock()
    for days in (0, 6, 8):
        then = now - dt.timedelta(days=days)
        context = yuanluo.CommandContext(house, yuanluo.operator(), COURTYARD, lambda moment=then: moment)
        await run_command(yuanluo.create_person, context, CreatePerson(f"张{days}"), key=f"k{days}")
    assert await keys(house) == {"k0", "k6", "k8"}


async def test_the_server_sweeps_what_is_over_by_itself(tmp_path: Path) -> None:
    place = await deployment(tmp_path)
    async with place.house() as house:
        await write(house)
        async with opened(house):
            while await keys(house) == {"k0", "k6", "k8"}:  # noqa: ASYNC110  # a task of the server sweeps
                await asyncio.sleep(0.01)
            assert await keys(house) == {"k0", "k6"}


async def test_the_operator_sweeps_where_no_server_runs(tmp_path: Path) -> None:
    place = await deployment(tmp_path)
    async with place.house() as house:
        await write(house)
    assert (await asyncio.to_thread(place.done, "sweep")).out.startswith("1 个幂等键,0 条")
    assert (await asyncio.to_thread(place.done, "sweep")).out.startswith("0 个幂等键,0 条")
    async with place.house() as house:
        assert await keys(house) == {"k0", "k6"}
