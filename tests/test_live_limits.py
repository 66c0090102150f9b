"""Events of subscriptions are paid for like queries, and wait while their payer has nothing left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from databases import MakeDatabase
from houses import make_house
from live_world import Served, person, served, settings, token

from yuanluo import House, Plugins
from yuanluo_graphql.budgets import EVENT_PRICE

WIDE = """subscription { recordFiled { id kind
  courtyard { people(first: 200) { nodes { id name seats(first: 20) { nodes { id role } } } } } } }"""
LESS_WIDE = WIDE.replace("200", "70")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load(entry_points=False))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def poor(house: House) -> AsyncIterator[Served]:
    """A server where a token has 60,000 a minute: 10,000 at once, then 1,000 a second."""
    async with served(house, settings(budget_per_token=60_000)) as running:
        yield running


async def test_events_are_paid_for_and_wait_while_nothing_is_left(poor: Served) -> None:
    bearer = await token(poor.house)
    async with poor.subscribed(bearer, LESS_WIDE) as client:
        loop = asyncio.get_running_loop()
        await person(poor.house)
        first = await client.hear()
        assert first["payload"]["data"]["recordFiled"]["kind"] == "person.create"
        [subscription] = poor.live._running
        assert subscription.cost > 3_000
        began = loop.time()
        for _ in range(4):
            await person(poor.house)
        told = [await client.hear() for _ in range(4)]
        waited = loop.time() - began
        # five events and the request itself, less what may be overdrawn once, at 1,000 a second
        least = (4 * (subscription.cost + EVENT_PRICE) - 10_000) / 1_000
        assert waited > least > 1
        assert [each["type"] for each in told] == ["next"] * 4
        assert len({each["payload"]["data"]["recordFiled"]["id"] for each in told}) == 4


async def test_another_token_does_not_wait_with_it(poor: Served) -> None:
    async with (
        poor.subscribed(await token(poor.house), WIDE) as greedy,
        poor.subscribed(await token(poor.house)) as modest,
    ):
        for _ in range(6):
            await person(poor.house)
        for _ in range(6):
            assert (await modest.event())["kind"] == "person.create"
        await greedy.hear()
        await greedy.silence()


async def test_a_subscription_that_waits_for_its_budget_still_ends_with_the_server(poor: Served) -> None:
    async with poor.subscribed(await token(poor.house), WIDE) as client:
        for _ in range(8):
            await person(poor.house)
        await client.hear()
        poor.live.leave()
        seen = [await client.hear()]
        while seen[-1]["type"] == "next":
            seen.append(await client.hear())
        assert seen[-1]["payload"][0]["extensions"]["code"] == "GOING_AWAY"
        assert len(seen) < 6
        poor.live.hub._leaving = False
