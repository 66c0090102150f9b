"""kill -9 under write load: what was acknowledged is there once, what was not can be sent again, the chain is whole.

Clients send GraphQL mutations to `yuanluo serve` while it is killed and comes back (`killed.py`), twenty times over both
engines in a long run. How long it takes to come back is counted in seconds of processor.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from extent import amount, dice_of
from killed import COMMUNITY, COURTYARDS, STARTED, Ledger, Server, clients, settle, until
from pace import PATIENCE
from postgres_server import APP, OWNER, OwnServer
from receivers import Receiver, receiving

import yuanluo
from yuanluo import CommandContext, House, operator, run_command, scoped
from yuanluo.checking import check_house
from yuanluo.records import verify
from yuanluo.webhooks.commands import CreateWebhook, create_webhook
from yuanluo.webhooks.overview import endpoints
from yuanluo.webhooks.policy import WebhookPolicy
from yuanluo_tenants.tree import code_of

KILLS: Final = amount(2, 10)
"""Of one engine."""
WRITERS: Final = 6
LONGEST_START: Final = 20.0
"""Processor seconds: ten times what it takes."""


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def nothing_left_running() -> AsyncIterator[None]:
    """A test that fails halfway leaves no process behind."""
    yield
    while STARTED:
        process = STARTED.pop()
        if process.child.returncode is None:
            await process.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        yield made


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """The random moments of this test, by the run's seed."""
    return dice_of(request.node.name)


# what must hold ---------------------------------------------------------------------------------------------------


async def check(house: House, ledger: Ledger) -> None:
    """Every acknowledged write is there exactly once, one given up at most once; chains and counters are right."""
    found: Counter[str] = Counter()
    records: Counter[str] = Counter()
    for tenant in COURTYARDS:
        with scoped(tenant):
            for sql in (
                "SELECT name FROM person",
                "SELECT room_no AS name FROM dwelling",
                "SELECT name FROM organization",
            ):
                found.update(row["name"] for row in await yuanluo.rows(house.database, sql))
            sql = "SELECT id FROM record WHERE kind IN ('person.create', 'dwelling.add', 'organization.create')"
            records.update(f"Record:{tenant}:{row['id']}" for row in await yuanluo.rows(house.database, sql))
            verified = await verify(house.database, tenant, house.keys)
            assert verified.is_whole, verified
    done = Counter(write.name for write in ledger.sent if write.key in ledger.acknowledged)
    maybe = {write.name for write in ledger.sent if write.key in ledger.given_up}
    assert done.keys().isdisjoint(maybe)
    assert done.keys() | maybe == {write.name for write in ledger.sent}
    assert Counter({name: times for name, times in found.items() if name not in maybe}) == done
    assert set(found.values()) == {1}
    acknowledged = Counter(ledger.acknowledged.values())
    assert set(acknowledged.values()) == {1}
    assert acknowledged <= records
    assert records.total() == found.total()
    checked = await check_house(house)
    assert checked.is_right, checked


async def told_in_order(house: House, receiver: Receiver) -> None:
    """Every record was told to the endpoint at least once, and none before the one before it."""
    async with asyncio.timeout(PATIENCE):
        while [each["waiting"] for each in await endpoints(house.database)] != [0]:  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.05)
    for tenant in COURTYARDS:
        with scoped(tenant):
            sql = "SELECT sequence FROM record WHERE tenant_id = $1 ORDER BY sequence"
            filed = [row["sequence"] for row in await yuanluo.rows(house.database, sql, tenant)]
        taken = receiver.taken_of(code_of(tenant))
        assert filed == list(range(1, len(filed) + 1))
        assert sorted(set(taken)) == filed[filed.index(taken[0]) :]
        assert all(after in (before, before + 1) for before, after in pairwise(taken)), taken


# the tests --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_server_killed_at_random_moments_loses_and_doubles_nothing_and_is_back_soon(
    place: Deployment, dice: random.Random, record_property: Callable[[str, object], None]
) -> None:
    tokens = await settle(place, WRITERS)
    server, ledger, told = Server(place), Ledger(dice), list[str]()
    async with place.house() as house, receiving() as receiver:
        above = CommandContext(
            dataclasses.replace(house, webhooks=WebhookPolicy(is_insecure=True)), operator(), COMMUNITY
        )
        await run_command(create_webhook, above, CreateWebhook(receiver.url(), role="COMMUNITY_SECRETARY"))
        starts = list[float]()
        await server.back()
        async with clients(server, ledger, tokens):
            for number in range(KILLS):
                done, moment = dice.randint(1, 60), dice.uniform(0, 0.05)
                await until(ledger, done)
                await server.kill(after=moment)
                if dice.random() < 0.25:  # it dies once more while it gets up
                    await (await server.start()).kill(after=dice.uniform(0.1, 1.0))
                starts.append(await server.back())
                told.append(
                    f"kill {number + 1}, {moment:.3f} s after {done} writes, back by {starts[-1]:.2f} processor seconds"
                )
        told.append(
            f"{len(ledger.sent)} writes, {ledger.asked_again} of them answered when sent again,"
            f" {ledger.done_unanswered} of which had been done, {len(ledger.given_up)} given up,"
            f" {ledger.repeated} answers asked for once more, {len(receiver.got)} webhooks"
        )
        record_property("kills", told)
        print("\n".join(told))  # noqa: T201  # shown where the test fails, and with -s
        assert ledger.refused == []
        await check(house, ledger)
        await told_in_order(house, receiver)
    await server.kill()
    assert ledger.asked_again, "no client was waiting for an answer when the server died"
    assert max(starts) < LONGEST_START, starts


@pytest.mark.slow
async def test_a_postgresql_that_dies_under_load_loses_and_doubles_nothing_and_the_server_goes_on(
    tmp_path: Path, dice: random.Random
) -> None:
    own, ledger = OwnServer(is_durable=True), Ledger(dice)
    database = await asyncio.to_thread(own.start)
    try:
        name = await database.new_database()
        urls = {
            "YUANLUO_DATABASE_URL": database.for_database(name, APP),
            "YUANLUO_OWNER_URL": database.for_database(name, OWNER),
        }
        place = Deployment(tmp_path / "yuanluo-data", urls)
        tokens = await settle(place, WRITERS)
        server = Server(place)
        await server.back()
        async with clients(server, ledger, tokens):
            await until(ledger, dice.randint(20, 100))
            await asyncio.to_thread(own.crash)
            async with asyncio.timeout(PATIENCE):
                while not ledger.refused:  # noqa: ASYNC110  # the clients tell of it in no other way
                    await asyncio.sleep(0.01)
            await asyncio.to_thread(own.run_again)
        assert all("DATABASE_AWAY" in each for each in ledger.refused), ledger.refused
        async with place.house() as house:
            await check(house, ledger)
        await server.kill()
    finally:
        await asyncio.to_thread(own.stop)
