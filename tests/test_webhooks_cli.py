"""Webhooks from the command line and inside the server, on a deployment of either engine."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from killed import COURTYARDS, WEBHOOKS, settle
from receivers import receiving
from served_demo import free_port
from standardwebhooks import Webhook
from test_webhooks_killed import until

import yuanluo
from yuanluo import CommandContext, CreatePerson, operator, run_command
from yuanluo_tenants.tree import code_of

HERE = code_of(COURTYARDS[0])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        await settle(made)
        yield made


async def file(place: Deployment, *names: str) -> None:
    async with place.house() as house:
        for name in names:
            await run_command(
                yuanluo.create_person, CommandContext(house, operator(), COURTYARDS[0]), CreatePerson(name)
            )


async def test_an_operator_makes_runs_lists_and_reads_the_log_of_webhooks(place: Deployment) -> None:
    async with receiving() as receiver:

        async def done(*words: str) -> str:
            return (await asyncio.to_thread(lambda: place.done("webhooks", *words, **WEBHOOKS))).out

        made = json.loads(
            await done("create", receiver.url(), "--node", HERE, "--role", "COUNCIL_DIRECTOR", "--with-payload",
                       "--kind", "person.*", "--description", "街道大屏", "--json")
        )  # fmt: skip
        await file(place, "甲", "乙")
        await done("run", "--once")
        assert [got.json["type"] for got in receiver.got] == ["person.create", "person.create"]
        assert Webhook(made["secret"]).verify(receiver.got[0].body, receiver.got[0].headers)
        assert "payload" in receiver.got[0].json["data"]
        [listed] = json.loads(await done("list", "--json"))
        assert {name: listed[name] for name in ("id", "node", "state", "waiting", "kinds", "description")} == {
            "id": made["id"],
            "node": HERE,
            "state": "ACTIVE",
            "waiting": 0,
            "kinds": ["person.*"],
            "description": "街道大屏",
        }
        assert f"url={receiver.url()}" in await done("list")
        receiver.decide = lambda _path, _body: 500
        await file(place, "丙")
        await done("run", "--once")
        [failed] = json.loads(await done("log", "--failed", "--json"))
        assert (failed["tenant"], failed["status"], failed["attempt"]) == (HERE, 500, 1)
        assert len((await done("log", "--courtyard", HERE)).splitlines()) == 3
        told = await asyncio.to_thread(place.refused, "webhooks", "create", receiver.url(), "--node", HERE)
        assert "https://" in told


async def test_the_server_delivers_what_another_process_files(place: Deployment) -> None:
    async with receiving() as receiver:
        words = ("webhooks", "create", receiver.url(), "--node", HERE, "--role", "COUNCIL_DIRECTOR")
        await asyncio.to_thread(lambda: place.done(*words, **WEBHOOKS))
        server = await asyncio.to_thread(lambda: place.start("serve", "--port", str(free_port()), **WEBHOOKS))
        try:
            await until(lambda: [got.json["type"] for got in receiver.got] == ["webhook.create"])
            await file(place, "丁")
            await until(lambda: [got.json["type"] for got in receiver.got] == ["webhook.create", "person.create"])
        finally:
            server.terminate()
            _, err = await asyncio.to_thread(server.communicate)
    assert server.returncode in (0, -signal.SIGTERM)  # uvicorn ends by the signal it was sent
    assert err == ""
