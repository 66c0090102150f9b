"""Subscriptions over server-sent events: graphql-sse's distinct connections mode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, make_house
from live_world import EVENT, Served, now, person, served, settings, token
from pace import PATIENCE
from test_live import soon_over

import yuanluo
from yuanluo import House, run_command
from yuanluo_graphql.negotiation import accepts_events

STREAM = "text/event-stream"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(house: House) -> AsyncIterator[Served]:
    async with served(house, settings(live_keepalive_seconds=1, live_check_seconds=86_400)) as running:
        yield running


class Stream:
    """The events of one response."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()
        self.comments = 0

    async def event(self, seconds: float = PATIENCE) -> tuple[str, Any]:
        """Return name and data of the next event."""
        name, data = "", ""
        async with asyncio.timeout(seconds):
            async for line in self._lines:
                if line.startswith(":"):
                    self.comments += 1
                elif line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data:"):
                    data += line.removeprefix("data:").strip()
                elif name:
                    return name, json.loads(data) if data else None
        return "end", None

    async def record(self) -> Any:
        """Return the next record."""
        name, data = await self.event()
        assert name == "next"
        assert "errors" not in data, data
        return data["data"]["recordFiled"]


@asynccontextmanager
async def asked(
    world: Served, query: str = EVENT, bearer: str | None = None, *, method: str = "POST", accept: str = STREAM
) -> AsyncIterator[Stream]:
    """Send a request for an event stream."""
    await world.quiet()
    headers = {"accept": accept}
    if bearer is not None:
        headers["authorization"] = f"Bearer {bearer}"
    sent: dict[str, Any] = {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
    async with (
        httpx.AsyncClient(timeout=PATIENCE) as client,
        client.stream(method, f"http://127.0.0.1:{world.port}/graphql", headers=headers, **sent) as response,
    ):
        yield Stream(response)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_filed_record_reaches_who_subscribed(world: Served, method: str) -> None:
    async with asked(world, bearer=await token(world.house), method=method) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["cache-control"] == "no-store"
        await world.until(1)
        for _ in range(2):
            filed = await person(world.house)
            assert (await stream.record())["id"] == f"Record:{COURTYARD}:{filed.record_id}"
    await world.until(0)


async def test_a_query_is_answered_by_one_event_and_complete(world: Served) -> None:
    async with asked(world, "{ viewer { name } }", await token(world.house)) as stream:
        assert await stream.event() == ("next", {"data": {"viewer": {"name": "COUNCIL_DIRECTOR"}}})
        assert await stream.event() == ("complete", None)
        assert await stream.event() == ("end", None)


async def test_an_answer_of_many_rows_is_one_event(world: Served) -> None:
    query = "{ courtyards { nodes { name people(first: 5) { nodes { id name } } } } }"
    async with asked(world, query, await token(world.house)) as stream:
        name, data = await stream.event()
        assert name == "next"
        assert data["data"]["courtyards"]["nodes"][0]["name"] == "梧桐苑"


async def test_a_refused_document_comes_as_an_event(world: Served) -> None:
    for query, code in (
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { recordFiled(courtyards: ["1"]) { id } }', "NOT_FOUND"),
        ("subscription { recordFiled(after: 1) { id } }", "INVALID"),
    ):
        async with asked(world, query, await token(world.house)) as stream:
            assert stream.response.status_code == 200
            name, data = await stream.event()
            assert (name, data["errors"][0]["extensions"]["code"]) == ("next", code)
            assert await stream.event() == ("complete", None)


async def test_what_is_wrong_with_the_request_is_refused_as_ever(world: Served) -> None:
    url = f"http://127.0.0.1:{world.port}/graphql"
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        wrong = await client.post(
            url, json={"query": EVENT}, headers={"accept": STREAM, "authorization": "Bearer wrong"}
        )
        assert (wrong.status_code, wrong.headers["content-type"]) == (401, "application/json; charset=utf-8")
        empty = await client.post(url, json={}, headers={"accept": STREAM})
        assert (empty.status_code, empty.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
        form = await client.post(url, data={"query": EVENT}, headers={"accept": STREAM})
        assert form.status_code == 415
        assert (await client.post(url, json={"query": EVENT}, headers={"accept": "text/plain"})).status_code == 406


async def test_a_subscription_without_a_stream_is_refused_and_says_how(world: Served) -> None:
    async with asked(world, bearer=await token(world.house), accept="application/json") as stream:
        body = json.loads(await stream.response.aread())
    assert body["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_OVER_HTTP"
    assert "text/event-stream" in body["errors"][0]["message"]


async def test_a_client_that_accepts_both_gets_json_for_queries_and_a_stream_for_subscriptions(world: Served) -> None:
    both = "application/graphql-response+json, application/json, text/event-stream"
    bearer = await token(world.house)
    async with asked(world, "{ __typename }", bearer, accept=both) as stream:
        assert stream.response.headers["content-type"].startswith("application/graphql-response+json")
    async with asked(world, EVENT, bearer, accept=both) as stream:
        assert stream.response.headers["content-type"].startswith(STREAM)


@pytest.mark.parametrize(
    ("accept", "meant"),
    [
        ("text/event-stream", True),
        ("application/json, TEXT/Event-Stream;q=0.1", True),
        ("text/event-stream;q=0", False),
        ("*/*", False),
        ("text/*", False),
        ("", False),
    ],
)
def test_only_who_names_event_streams_gets_one(accept: str, *, meant: bool) -> None:
    assert accepts_events(accept) is meant


async def test_a_stream_without_a_token_ends_with_an_error(world: Served) -> None:
    async with asked(world) as stream:
        name, data = await stream.event()
        assert (name, data["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert await stream.event() == ("complete", None)


async def test_a_quiet_stream_is_kept_alive(world: Served) -> None:
    async with asked(world, bearer=await token(world.house)) as stream:
        await world.until(1)
        waiting = asyncio.create_task(stream.event())
        async with asyncio.timeout(PATIENCE):
            while stream.comments < 2:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.05)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_stream_ends_when_its_token_does(world: Served) -> None:
    bearer, moment = await soon_over(world.house, 4)
    async with asked(world, bearer=bearer) as stream:
        while (event := await stream.event())[0] == "next" and "errors" not in event[1]:
            pass
        assert event[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert yuanluo.system_clock() >= moment
        assert await stream.event() == ("complete", None)


async def test_a_client_that_leaves_cancels_the_statement(world: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def endless(*_: Any) -> bytes:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.set()
        raise AssertionError

    async with asked(world, bearer=await token(world.house)):
        await world.until(1)
        monkeypatch.setattr(world.database, "fetch_json", endless)
        await person(world.house)
        await begun.wait()
    async with asyncio.timeout(PATIENCE):
        await cancelled.wait()
    await world.until(0)


async def test_a_query_whose_client_leaves_is_stopped_too(world: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    began, stopped = asyncio.Event(), asyncio.Event()

    async def slowly(*_: object) -> bytes:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.set()
            raise
        return b"{}"

    monkeypatch.setattr(world.database, "fetch_json", slowly)
    bearer = await token(world.house)

    async def ask() -> None:
        async with asked(world, "{ courtyards { totalCount } }", bearer):
            pass

    asking = asyncio.create_task(ask())
    async with asyncio.timeout(PATIENCE):
        await began.wait()
        asking.cancel()
        await stopped.wait()


async def test_streams_end_at_once_when_the_server_stops(house: House) -> None:
    bearer = await token(house)
    async with served(house) as world:
        request = asked(world, bearer=bearer)
        stream = await request.__aenter__()
        await world.until(1)
    # this server waits for ever for what does not end by itself
    name, data = await stream.event()
    assert (name, data["errors"][0]["extensions"]["code"]) == ("next", "GOING_AWAY")
    assert await stream.event() == ("complete", None)
    await request.__aexit__(None, None, None)


async def test_one_token_holds_only_so_many_streams(house: House) -> None:
    bearer = await token(house)
    async with served(house, settings(live_sockets=1)) as world, asked(world, bearer=bearer):
        await world.until(1)
        async with asked(world, bearer=bearer) as stream:
            assert stream.response.status_code == 429
            body = json.loads(await stream.response.aread())
            assert body["errors"][0]["extensions"]["code"] == "TOO_MANY_CONNECTIONS"


async def test_a_revoked_token_ends_the_stream(world: Served) -> None:
    bearer = await token(world.house)
    sql = "SELECT id FROM api_token ORDER BY created_at DESC LIMIT 1"
    mine = await yuanluo.value(world.database, sql, shared=True)
    async with asked(world, bearer=bearer) as stream:
        await world.until(1)
        await run_command(yuanluo.revoke_token, now(world.house), yuanluo.RevokeToken(mine))
        while (event := await stream.event())[0] == "next" and "errors" not in event[1]:
            pass
        assert event[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
