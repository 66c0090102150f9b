"""A deliverer killed by SIGKILL while it delivers: every record arrives at least once, and in order all the same."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from killed import COMMUNITY, COURTYARDS, WEBHOOKS, Process, settle
from pace import PATIENCE
from receivers import receiving
from test_kill import dice, nothing_left_running

import yuanluo
from yuanluo import CommandContext, CreatePerson, operator, run_command
from yuanluo.webhooks.commands import CreateWebhook, create_webhook
from yuanluo.webhooks.overview import endpoints
from yuanluo.webhooks.policy import WebhookPolicy
from yuanluo_tenants.tree import code_of

__all__ = ["dice", "nothing_left_running"]

RECORDS = 60
KILLS = 3


@pytest_asyncio.fixture(loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        await settle(made)
        yield made


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  # the receiver is written to by its own connections
            await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_a_deliverer_killed_while_it_delivers_leaves_no_record_out_and_keeps_the_order(
    place: Deployment, dice: random.Random
) -> None:
    async with receiving() as receiver, place.house() as house:
        await run_command(
            create_webhook,
            CommandContext(dataclasses.replace(house, webhooks=WebhookPolicy(is_insecure=True)), operator(), COMMUNITY),
            CreateWebhook(receiver.url(), role="COMMUNITY_SECRETARY"),
        )
        for number in range(RECORDS):
            for tenant in COURTYARDS:
                context = CommandContext(house, operator(), tenant)
                await run_command(yuanluo.create_person, context, CreatePerson(f"人{number}"))

        async def answer() -> int:
            await asyncio.sleep(0.01)
            return 204

        receiver.decide = lambda _path, _body: answer()
        for _ in range(KILLS):
            enough = len(receiver.got) + dice.randint(5, 25)
            process = await Process.start(place, "webhooks", "run", **WEBHOOKS)
            await until(lambda enough=enough: len(receiver.got) >= enough)
            await process.kill()
        process = await Process.start(place, "webhooks", "run", **WEBHOOKS)
        expected = {code_of(tenant): list(range(1, RECORDS + 1)) for tenant in COURTYARDS}
        await until(lambda: all(receiver.taken_of(code)[-1:] == [RECORDS] for code in expected))
        async with asyncio.timeout(PATIENCE):
            while [each["waiting"] for each in await endpoints(house.database)] != [0]:  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(0.05)
        await process.terminate()
    for code, numbers in expected.items():
        taken = receiver.taken_of(code)
        assert sorted(set(taken)) == numbers
        assert all(after in (before, before + 1) for before, after in pairwise(taken)), taken
    assert len(receiver.got) >= 2 * RECORDS + 1
