"""graphql-ws' PROTOCOL.md, case by case: first the state machine alone, then over real sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import websockets
from databases import MakeDatabase
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport
from houses import COURTYARD, make_house
from live_world import UNHURRIED, Served, Socket, person, served, settings, token
from pace import PATIENCE

from yuanluo import House
from yuanluo_graphql.documents import hash_of
from yuanluo_graphql.hosts import hosts_pattern
from yuanluo_graphql.transport_ws import Close, Conversation, Initialise, Send, Start, State, Stop

INIT: dict[str, Any] = {"type": "connection_init"}
QUERY: dict[str, Any] = {"query": "{ __typename }"}
ACKNOWLEDGED = Send('{"type":"connection_ack"}')


def subscribe(operation: str = "1", **payload: Any) -> dict[str, Any]:
    return {"type": "subscribe", "id": operation, "payload": {**QUERY, **payload}}


def complete(operation: str = "1") -> dict[str, Any]:
    return {"type": "complete", "id": operation}


class Talk(Conversation):
    """A conversation whose client's messages are given as objects."""

    def hear(self, message: Any) -> Any:
        return self.receive(json.dumps(message))

    @classmethod
    def acknowledged(cls) -> Talk:
        talk = cls()
        assert talk.hear(INIT) == Initialise({})
        assert talk.acknowledge() == ACKNOWLEDGED
        return talk


# the state machine --------------------------------------------------------------------------------------------------


def test_a_client_introduces_itself_once_and_is_acknowledged() -> None:
    talk = Talk()
    assert talk.hear({**INIT, "payload": {"Authorization": "Bearer x"}}) == Initialise({"Authorization": "Bearer x"})
    assert talk.state is State.GREETED
    assert talk.acknowledge() == ACKNOWLEDGED
    assert talk.acknowledge() is None
    assert talk.state is State.ACKNOWLEDGED


@pytest.mark.parametrize("greeted_only", [True, False])
def test_a_second_introduction_closes_with_4429(*, greeted_only: bool) -> None:
    talk = Talk()
    talk.hear(INIT)
    if not greeted_only:
        talk.acknowledge()
    assert talk.hear(INIT) == Close(4429, "Too many initialisation requests")
    assert talk.state is State.CLOSED


@pytest.mark.parametrize("greeted", [True, False])
def test_an_operation_before_the_acknowledgement_closes_with_4401(*, greeted: bool) -> None:
    talk = Talk()
    if greeted:
        talk.hear(INIT)
    assert talk.hear(subscribe()) == Close(4401, "Unauthorized")


@pytest.mark.parametrize("greeted", [True, False])
def test_who_is_not_acknowledged_in_time_is_closed_with_4408(*, greeted: bool) -> None:
    talk = Talk()
    if greeted:
        talk.hear(INIT)
    assert talk.time_out() == Close(4408, "Connection initialisation timeout")
    assert Talk.acknowledged().time_out() is None


def test_an_operation_starts_with_all_it_was_given() -> None:
    talk = Talk.acknowledged()
    action = talk.hear(subscribe(operationName="A", variables={"a": 1}, extensions={"b": 2}))
    assert isinstance(action, Start)
    request = action.request
    assert (action.id, request.query, request.operation_name) == ("1", "{ __typename }", "A")
    assert (request.variables, request.extensions) == ({"a": 1}, {"b": 2})


def test_nulls_are_as_good_as_nothing() -> None:
    talk = Talk()
    assert talk.hear({**INIT, "payload": None}) == Initialise({})
    talk.acknowledge()
    action = talk.hear(subscribe(operationName=None, variables=None, extensions=None))
    assert isinstance(action, Start)
    assert action.request.variables is None


def test_an_id_that_is_taken_closes_with_4409_and_names_it() -> None:
    talk = Talk.acknowledged()
    talk.hear(subscribe())
    assert isinstance(talk.hear(subscribe("2")), Start)
    assert talk.hear(subscribe()) == Close(4409, "Subscriber for 1 already exists")


def test_an_id_is_free_again_when_either_side_has_ended_the_operation() -> None:
    talk = Talk.acknowledged()
    for end in (
        lambda: talk.hear(complete()),
        lambda: talk.complete("1"),
        lambda: talk.error("1", [{"message": "no"}]),
    ):
        assert isinstance(talk.hear(subscribe()), Start)
        assert end() is not None
    assert isinstance(talk.hear(subscribe()), Start)


def test_nothing_is_said_of_an_operation_that_the_client_completed() -> None:
    talk = Talk.acknowledged()
    talk.hear(subscribe())
    assert talk.next("1", b'{"data":{}}') == Send('{"id":"1","type":"next","payload":{"data":{}}}')
    assert talk.hear(complete()) == Stop("1")
    assert talk.next("1", b"{}") is None
    assert talk.error("1", []) is None
    assert talk.complete("1") is None
    assert talk.hear(complete()) is None, "both sides may end at once"


def test_an_error_is_the_last_word() -> None:
    talk = Talk.acknowledged()
    talk.hear(subscribe())
    said = talk.error("1", [{"message": "no"}])
    assert isinstance(said, Send)
    assert json.loads(said.text) == {"id": "1", "type": "error", "payload": [{"message": "no"}]}
    assert talk.complete("1") is None


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_ping_is_answered_in_any_state_with_its_payload(*, acknowledged: bool) -> None:
    talk = Talk.acknowledged() if acknowledged else Talk()
    assert talk.hear({"type": "ping"}) == Send('{"type":"pong"}')
    assert talk.hear({"type": "ping", "payload": {"a": 1}}) == Send('{"type":"pong","payload":{"a":1}}')
    assert talk.hear({"type": "pong"}) is None
    assert talk.hear({"type": "pong", "payload": {"a": 1}}) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "null",
        "1",
        "[]",
        "{}",
        '{"type":1}',
        '{"type":"unknown"}',
        '{"type":"next","id":"1","payload":{}}',
        '{"type":"connection_ack"}',
        '{"type":"error","id":"1","payload":[]}',
        '{"type":"connection_init","payload":[]}',
        '{"type":"ping","payload":"x"}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":1,"payload":{"query":"{a}"}}',
        '{"type":"subscribe","id":"","payload":{"query":"{a}"}}',
        '{"type":"subscribe","id":"' + "x" * 256 + '","payload":{"query":"{a}"}}',
        '{"type":"subscribe","id":"1","payload":{}}',
        '{"type":"subscribe","id":"1","payload":{"query":1}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}',
        '{"type":"complete"}',
        '{"type":"complete","id":{}}',
        '{"type":"ping","payload":' + '{"a":' * 5_000 + "1" + "}" * 5_001,
        '{"type":"ping","payload":{"a":' + "9" * 5_000 + "}",
        '{"type":"ping"',
    ],
)
def test_what_is_no_message_closes_with_4400_and_a_reason_that_fits(text: str) -> None:
    action = Talk.acknowledged().receive(text)
    assert isinstance(action, Close)
    assert action.code == 4400
    assert 0 < len(action.reason.encode()) <= 123


def test_a_frame_that_is_no_text_closes_with_4400() -> None:
    assert Talk().receive(None) == Close(4400, "Only text messages are understood")


def test_a_long_chinese_reason_is_cut_between_characters() -> None:
    assert Talk().close(4400, "院" * 100).reason == "院" * 41


def test_nothing_is_heard_or_said_after_the_end() -> None:
    talk = Talk.acknowledged()
    talk.hear(subscribe())
    talk.close(4403, "Forbidden")
    for message in (INIT, subscribe(), subscribe("2"), complete(), {"type": "ping"}, {"type": "nonsense"}):
        assert talk.hear(message) is None
    assert (talk.next("1", b"{}"), talk.complete("1"), talk.time_out(), talk.acknowledge()) == (None,) * 4


# real sockets -------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(house: House) -> AsyncIterator[Served]:
    async with served(
        house, settings(live_init_seconds=1, max_body_bytes=20_000, max_variables_bytes=5_000)
    ) as running:
        yield running


async def closing(world: Served, *messages: Any, **how: Any) -> tuple[int, str]:
    """Return how the server closes a socket on which this is said."""
    async with world.connected(**how) as client:
        await client.say(*messages)
        return await client.closed()


async def test_another_subprotocol_or_none_is_closed_with_4406(world: Served) -> None:
    assert (await closing(world, subprotocols=None)) == (4406, "Subprotocol not acceptable")
    async with websockets.connect(
        f"ws://127.0.0.1:{world.port}/graphql", subprotocols=["graphql-ws", "graphql-transport-ws"], **UNHURRIED
    ) as connection:
        assert connection.subprotocol == "graphql-transport-ws"


async def test_a_silent_client_is_dropped_after_the_time_it_is_given(world: Served) -> None:
    begun = time.monotonic()
    assert await closing(world) == (4408, "Connection initialisation timeout")
    assert time.monotonic() - begun > 0.9


async def test_pings_do_not_put_off_the_end_of_who_never_introduces_itself(world: Served) -> None:
    assert (await closing(world, {"type": "ping"}, {"type": "pong"}))[0] == 4408


async def test_a_silent_client_that_ignores_the_close_is_cut_off(world: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    async with asyncio.timeout(PATIENCE):
        said = await reader.read()
    assert b" 101 " in said
    writer.close()


async def test_an_acknowledged_client_may_be_silent_for_long(world: Served) -> None:
    async with world.connected() as client:
        await client.init()
        await client.silence(1.5)
        await client.say({"type": "ping"})
        assert await client.hear() == {"type": "pong"}


async def test_an_operation_before_the_introduction_is_closed_with_4401(world: Served) -> None:
    assert await closing(world, subscribe()) == (4401, "Unauthorized")


async def test_two_introductions_are_closed_with_4429(world: Served) -> None:
    assert (await closing(world, INIT, INIT))[0] == 4429


async def test_two_operations_of_one_id_are_closed_with_4409(world: Served) -> None:
    bearer = await token(world.house)
    async with world.subscribed(bearer) as client:
        await client.say(subscribe())
        assert await client.closed() == (4409, "Subscriber for 1 already exists")
    await world.until(0)


async def test_nonsense_is_closed_with_4400_and_binary_frames_too(world: Served) -> None:
    assert (await closing(world, "nonsense"))[0] == 4400
    assert (await closing(world, {"type": "unknown"}))[0] == 4400
    assert (await closing(world, b'{"type":"ping"}'))[0] == 4400


async def test_a_message_that_is_too_long_is_closed_with_1009(world: Served) -> None:
    assert (await closing(world, {"type": "ping", "payload": {"a": "x" * 30_000}}))[0] == 1009


async def test_variables_are_no_longer_than_over_http(world: Served) -> None:
    async with world.connected() as client:
        await client.init(await token(world.house))
        for operation, kinds in (("long", ["x" * 6_000]), ("short", ["dwelling.update"])):
            await client.subscribe("subscription ($k: [String!]) { recordFiled(kinds: $k) { id } }", operation, k=kinds)
        said = await client.hear()
        assert (said["type"], said["id"]) == ("error", "long")
        assert said["payload"][0]["extensions"]["code"] == "VARIABLES_TOO_LARGE"
        await client.silence()


async def test_a_trusted_document_is_asked_for_by_its_id(house: House, tmp_path: Path) -> None:
    text = "subscription { recordFiled { kind } }"
    (tmp_path / "news.graphql").write_text(text, encoding="utf-8")
    asked = {"type": "subscribe", "id": "1", "payload": {"documentId": f"sha256:{hash_of(text)}"}}
    async with served(house, settings(trusted_documents=tmp_path)) as world, world.connected() as client:
        await client.init(await token(house))
        await client.say(asked)
        await world.until(1)
        await person(house)
        assert (await client.event())["kind"] == "person.create"


@pytest.mark.parametrize("value", ["Bearer wrong", "Bearer", "Basic eA==", "nonsense"])
async def test_a_wrong_token_is_closed_with_4403(world: Served, value: str) -> None:
    code, reason = await closing(world, {**INIT, "payload": {"Authorization": value}})
    assert (code, reason.partition(":")[0]) == (4403, "Forbidden")
    assert (await closing(world, INIT, headers={"Authorization": value}))[0] == 4403


WHO = {"query": "{ viewer { name } }"}


async def answer(client: Socket, payload: dict[str, Any], operation: str = "q") -> Any:
    """Run a query and return its answer; it must be one `next` and `complete`."""
    await client.say({"type": "subscribe", "id": operation, "payload": payload})
    said = await client.hear()
    assert (said["type"], said["id"]) == ("next", operation), said
    assert await client.hear() == {"type": "complete", "id": operation}
    return said["payload"]


async def test_the_token_comes_with_the_upgrade_or_the_introduction(world: Served) -> None:
    bearer = f"Bearer {await token(world.house, 'ACCOUNTANT')}"
    for name in ("Authorization", "authorization"):
        async with world.connected() as client:
            await client.say({**INIT, "payload": {name: bearer}})
            assert await client.hear() == {"type": "connection_ack"}
            assert await answer(client, WHO) == {"data": {"viewer": {"name": "ACCOUNTANT"}}}
    async with world.connected(headers={"Authorization": bearer}) as client:
        await client.init()
        assert await answer(client, WHO) == {"data": {"viewer": {"name": "ACCOUNTANT"}}}
    async with world.connected(headers={"Authorization": "Bearer wrong"}) as client:
        await client.say({**INIT, "payload": {"Authorization": bearer}})
        assert await client.hear() == {"type": "connection_ack"}, "the introduction is the later word"
    async with world.connected() as client:
        await client.init()
        assert await answer(client, WHO) == {"data": {"viewer": None}}


async def test_queries_run_beside_subscriptions_and_their_ids_are_free_at_once(world: Served) -> None:
    query = {
        "query": "query Q($code: String!) { courtyard(code: $code) { name } }",
        "variables": {"code": str(COURTYARD)},
        "operationName": "Q",
    }
    async with world.subscribed(await token(world.house)) as client:
        for _ in range(3):
            assert await answer(client, query) == {"data": {"courtyard": {"name": "梧桐苑"}}}
        await person(world.house)
        await client.event()


async def test_a_refused_document_is_an_error_of_its_operation_alone(world: Served) -> None:
    async with world.connected() as client:
        await client.init(await token(world.house))
        for query, code in (
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
            ("query A { __typename } query B { __typename }", "OPERATION_NOT_FOUND"),
            ("query A($a: Int!) { courtyards(first: $a) { totalCount } }", "BAD_USER_INPUT"),
            ("{ a" + "{ a" * 30 + "}" * 31, "DEPTH_LIMIT"),
        ):
            await client.say({"type": "subscribe", "id": "1", "payload": {"query": query}})
            said = await client.hear()
            assert (said["type"], said["payload"][0]["extensions"]["code"]) == ("error", code)
        assert await answer(client, QUERY) == {"data": {"__typename": "Query"}}


async def test_errors_come_in_the_language_of_the_client(world: Served) -> None:
    messages = []
    for language in ({}, {"Accept-Language": "en"}):
        async with world.connected() as client:
            await client.say({**INIT, "payload": language})
            await client.hear()
            await client.say({"type": "subscribe", "id": "1", "payload": {"query": "{"}})
            messages.append((await client.hear())["payload"][0]["message"])
    assert "查询语法有误" in messages[0]
    assert messages[1].startswith("Syntax Error")


async def test_a_query_that_the_client_completes_is_not_answered(
    world: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = asyncio.Event(), asyncio.Event()
    fetch_json = world.database.fetch_json

    async def slow(*args: Any) -> bytes | None:
        begun.set()
        await may_go_on.wait()
        return await fetch_json(*args)

    monkeypatch.setattr(world.database, "fetch_json", slow)
    async with world.connected() as client:
        await client.init()
        await client.say({"type": "subscribe", "id": "1", "payload": {"query": "{ courtyards { totalCount } }"}})
        await begun.wait()
        await client.say(complete(), {"type": "ping"})
        assert await client.hear() == {"type": "pong"}
        may_go_on.set()
        await client.silence(0.8)


async def test_nothing_is_served_at_other_paths(world: Served) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(
            f"ws://127.0.0.1:{world.port}/elsewhere", subprotocols=["graphql-transport-ws"], **UNHURRIED
        )


async def test_a_host_that_is_not_ours_is_refused_before_the_handshake(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = settings(allowed_hosts=("*.example", "localhost"))
    async with served(house, chosen) as world:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(
                f"ws://127.0.0.1:{world.port}/graphql", subprotocols=["graphql-transport-ws"], **UNHURRIED
            )
        assert refused.value.response.status_code == 403
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
    admitted = hosts_pattern(chosen.allowed_hosts)
    assert admitted is not None
    assert admitted.fullmatch("a.example")
    assert admitted.fullmatch("LOCALHOST:8443")
    assert not admitted.fullmatch("example.org")
    assert hosts_pattern(()) is None


async def test_the_gql_client_hears_a_record(world: Served) -> None:
    transport = WebsocketsTransport(
        f"ws://127.0.0.1:{world.port}/graphql",
        init_payload={"Authorization": f"Bearer {await token(world.house)}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    before = world.live.subscriptions
    query = gql('subscription { recordFiled(kinds: ["person.create"]) { kind id } }')
    async with Client(transport=transport, fetch_schema_from_transport=False) as session:
        heard = session.subscribe(query)
        first = asyncio.ensure_future(anext(heard))
        await world.until(before + 1)
        filed = await person(world.house)
        event = (await first)["recordFiled"]
        assert event == {"kind": "person.create", "id": f"Record:{COURTYARD}:{filed.record_id}"}
        await heard.aclose()
        answered = await session.execute(gql("{ viewer { name } }"))
        assert answered == {"viewer": {"name": "COUNCIL_DIRECTOR"}}
