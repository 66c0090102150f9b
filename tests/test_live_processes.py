"""Real server processes: each hears what any other process files, and stops at once when it is told to."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
import websockets
from deployments import Deployment, new_deployment
from live_world import EVENT, UNHURRIED, Socket
from pace import PATIENCE
from served_demo import free_port, until_ready

import yuanluo
from yuanluo_tenants.settings import load_settings

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Demo:
    """A deployment with one courtyard."""

    deployment: Deployment
    courtyard: str
    director: str
    """A token of the council's director."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Demo]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        said = made.done("demo", "--courtyards", "1", "--no-serve", "--json", YUANLUO_ENVIRONMENT="demo").json
        yield Demo(made, said["courtyards"][0], said["tokens"]["council_director"])


def start(deployment: Deployment, **more: str) -> tuple[subprocess.Popen[str], int]:
    """Serve the deployment in a process of its own and return it, once it answers, with its port."""
    port = free_port()
    server = deployment.start("serve", "--port", str(port), YUANLUO_ENVIRONMENT="demo", **more)
    until_ready(server, port)
    return server, port


@contextmanager
def serving(deployment: Deployment, **more: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Serve the deployment; it must end when it is told to, before its grace is over and without complaints."""
    server, port = start(deployment, **more)
    try:
        yield server, port
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=PATIENCE)
    assert server.returncode == 0, "it ended by the signal, before its database was closed"
    assert "Traceback" not in said, said
    assert "exceeded" not in said, "its grace was over before all had ended"


async def listening(port: int, token: str) -> websockets.ClientConnection:
    """Return a socket that listens."""
    protocols = [websockets.Subprotocol("graphql-transport-ws")]
    connection = await websockets.connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocols, **UNHURRIED)
    client = Socket(connection)
    await client.init(token)
    await client.subscribe(EVENT)
    await client.say({"type": "subscribe", "id": "known", "payload": {"query": "{ __typename }"}})
    assert (await client.hear())["id"] == "known"
    assert (await client.hear())["type"] == "complete"
    await asyncio.sleep(0.3)
    return connection


def record_from_outside(deployment: Deployment, courtyard: str, login: str) -> None:
    """File records in the courtyard by the command line, a process that serves nobody."""
    granted = ("--login", login, "--role", "ACCOUNTANT", "--node", courtyard)
    subprocess.run(
        [sys.executable, "-m", "yuanluo_graphql", "token", "create", *granted],
        env={**deployment.environment, "YUANLUO_ENVIRONMENT": "demo"},
        check=True,
        capture_output=True,
    )


async def heard(connection: websockets.ClientConnection, kind: str) -> str:
    """Wait for a record of this kind and return its global id."""
    async with asyncio.timeout(PATIENCE):
        while True:
            said = json.loads(await connection.recv())
            assert said["type"] == "next", said
            found = said["payload"]["data"]["recordFiled"]
            if found["kind"] == kind:
                return str(found["id"])


async def test_two_server_processes_hear_what_a_third_files_and_one_that_dies_takes_its_own_listeners_alone(
    demo: Demo,
) -> None:
    with serving(demo.deployment) as (_, one):
        first = await listening(one, demo.director)
        server, two = start(demo.deployment)
        second = await listening(two, demo.director)
        await asyncio.to_thread(record_from_outside, demo.deployment, demo.courtyard, "outside")
        ids = {await heard(first, "token.create"), await heard(second, "token.create")}
        assert len(ids) == 1
        server.kill()
        server.communicate()
        await second.wait_closed()
        await asyncio.to_thread(record_from_outside, demo.deployment, demo.courtyard, "after the crash")
        assert await heard(first, "token.create") not in ids
        await first.close()


async def test_a_server_of_several_workers_hears_in_each_and_stops_at_once(demo: Demo) -> None:
    if demo.deployment.is_embedded:
        with pytest.raises(yuanluo.ConfigurationError, match="PostgreSQL"):
            load_settings(workers=2)
        return
    with serving(demo.deployment, YUANLUO_WORKERS="2") as (server, port):
        sockets = [await listening(port, demo.director) for _ in range(8)]
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {demo.director}"}
        async with (
            httpx.AsyncClient(timeout=PATIENCE) as client,
            client.stream("POST", f"http://127.0.0.1:{port}/graphql", headers=headers, json={"query": EVENT}) as stream,
        ):
            lines = stream.aiter_lines()
            assert await anext(lines) == ":"
            await asyncio.to_thread(record_from_outside, demo.deployment, demo.courtyard, "workers")
            assert len({await heard(each, "token.create") for each in sockets}) == 1
            server.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                rest = [line async for line in lines]
            assert "event: complete" in rest
            assert any("GOING_AWAY" in line for line in rest)
        for each in sockets:
            await each.wait_closed()
            assert each.close_code in (1001, 1012)
