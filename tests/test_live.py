"""Subscriptions fed by the record: who hears what, from when, and until when."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, OTHER, make_house
from live_world import Served, person, served, token

import yuanluo
from yuanluo import House
from yuanluo.live import RecordFiled, records_after


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(house: House):
    async with served(house) as running:
        yield running


async def test_a_filed_record_reaches_who_subscribed(world: Served) -> None:
    async with world.subscribed(await token(world.house)) as client:
        filed = await person(world.house)
        event = await client.event()
        assert event["id"] == f"Record:{COURTYARD}:{filed.record_id}"
        assert event["kind"] == "person.create"


async def test_a_rollback_tells_nobody(world: Served) -> None:
    async with world.subscribed(await token(world.house)) as client:
        with pytest.raises(ZeroDivisionError), yuanluo.scoped(COURTYARD):
            async with world.database.transaction():
                await person(world.house)
                raise ZeroDivisionError
        await client.silence()
