"""A server that is stopped while it starts starts again, and a client that leaves leaves nothing behind.

What a deployment sets up once (database, what it listens on, webhooks, background tasks) is cancelled at each `await`
on the way to the first answer; clients leave by HTTP, by event stream and by WebSocket, in a query, in a mutation and
in a subscription; and servers are started under probes that do not wait (`impatient.py`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
import websockets
from databases import MakeDatabase
from deployments import Deployment, new_deployment
from houses import COURTYARD, make_house, schema_of
from impatient import impatient_start, requests_of
from interrupted import EARLY, LATE, TWICE, walk
from live_world import EVENT, person, served, settings, token
from pace import PATIENCE
from server_process import furnish

import yuanluo
from yuanluo import House, scoped, verify
from yuanluo_graphql.app import build_app, opened
from yuanluo_graphql.assembly import build_house

QUERY: Final = f'{{ courtyard(code: "{COURTYARD}") {{ code people(first: 1) {{ nodes {{ id }} }} }} }}'
WRITE: Final = (
    f'mutation {{ personCreate(input: {{node: "{COURTYARD}", name: "李长富"}}) {{ record {{ sequence }} }} }}'
)


# starting ---------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        yield made


@pytest.mark.parametrize("how", [EARLY, LATE, TWICE])
async def test_a_start_cancelled_at_any_await_is_undone_and_the_next_serves(
    place: Deployment, how: Any, request: pytest.FixtureRequest
) -> None:
    """By default each way is tried at every third await, all three at every one; `pytest --long` tries all."""
    step = 1 if request.config.getoption("--long", default=False) else 3
    [code, _], [held, _] = await furnish(place)
    chosen = place.settings()
    house = build_house(chosen)
    assert house.webhooks.runs
    app = build_app(house, chosen, is_opened=True, schema=schema_of(house))
    live = app.state.live

    async def answered() -> None:
        async with opened(house), live.running():
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                sent = {"query": f'{{ courtyard(code: "{code}") {{ code }} }}'}
                answer = await client.post("/graphql", json=sent, headers={"authorization": f"Bearer {held}"})
            assert answer.json()["data"] == {"courtyard": {"code": code}}

    async def after() -> None:
        assert (house.listeners, house.database.hearers, live.hub.on_record) == ([], [], [])
        mine = asyncio.current_task()
        async with asyncio.timeout(PATIENCE):
            while any(  # noqa: ASYNC110  # nothing tells of it
                each is not mine and "yuanluo" in repr(each) for each in asyncio.all_tasks()
            ):
                await asyncio.sleep(0.01)
        live.hub._leaving = False  # a process that leaves does not come back; here it does
        await answered()
        live.hub._leaving = False

    assert await walk(answered, how, after, step=step) > 5


# leaving ----------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


async def leave_http(port: int, held: str, query: str, turns: int, accept: str = "application/json") -> None:
    """Send a request and close the connection after so many turns of the event loop, which the server shares."""
    body = json.dumps({"query": query}).encode()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: {accept}\r\n"
        f"authorization: Bearer {held}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    for _ in range(turns):
        await asyncio.sleep(0)
    writer.transport.abort()


async def leave_events(port: int, held: str, query: str, turns: int) -> None:
    await leave_http(port, held, query, turns, "text/event-stream")


async def leave_socket(port: int, held: str, query: str, turns: int) -> None:
    """The same by a WebSocket, which is cut without a farewell."""
    protocol: Any = ["graphql-transport-ws"]
    async with websockets.connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocol, compression=None) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {held}"}}))
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
        for _ in range(turns):
            await asyncio.sleep(0)
        socket.transport.abort()


LEAVING: Final = {"http": leave_http, "events": leave_events, "socket": leave_socket}


@pytest.mark.parametrize("query", [QUERY, WRITE, EVENT], ids=["query", "mutation", "subscription"])
@pytest.mark.parametrize("leave", sorted(LEAVING))
async def test_a_client_that_leaves_leaves_nothing_behind(house: House, leave: str, query: str) -> None:
    database: Any = house.database
    held = await token(house)
    async with served(house, settings(budget_per_token=0, budget_per_tenant=0)) as world:
        live = world.live
        for turns in (*range(24), 40, 80, 160):
            await LEAVING[leave](world.port, held, query, turns)
        async with asyncio.timeout(PATIENCE):
            while (  # noqa: ASYNC110  # nothing tells of it
                live._holders or live.subscriptions or live.hub.subscribers or live.engine.guards.admission.running
            ):
                await asyncio.sleep(0.01)
        assert live.engine.guards.admission.waiting == 0
        assert not database.in_transaction()
        await person(house)  # the writer is free
        async with world.subscribed(held) as client:
            filed = await person(house)
            assert (await client.event())["id"] == f"Record:{COURTYARD}:{filed.record_id}"
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answers = await asyncio.gather(
                *(
                    client.post(
                        f"http://127.0.0.1:{world.port}/graphql",
                        json={"query": QUERY},
                        headers={"authorization": f"Bearer {held}"},
                    )
                    for _ in range(16)
                )
            )
        assert {each.json()["data"]["courtyard"]["code"] for each in answers} == {str(COURTYARD)}
    with scoped(COURTYARD):
        assert (await verify(house.database, COURTYARD, house.keys)).is_whole
        records = "SELECT count(*) AS n FROM record WHERE kind = 'person.create'"
        people = "SELECT count(*) AS n FROM person"
        assert await yuanluo.value(house.database, records) == await yuanluo.value(house.database, people)


# starts under impatient probes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_start_under_impatient_probes_spoils_no_later_answer(
    place: Deployment, request: pytest.FixtureRequest
) -> None:
    """By default one start; `pytest --long` makes 200. `impatient.py` by itself does it on PostgreSQL too."""
    asked = await requests_of(place)
    for _ in range(200 if request.config.getoption("--long", default=False) else 1):
        outcome = await impatient_start(place, asked)
        assert outcome.wrong == []
        assert outcome.probes["left"] + outcome.probes["refused"] > 0
