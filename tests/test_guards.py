"""What stands between a document and the database: the clock, turns, budgets, blocks, trusted documents."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import asyncpg
import httpx
import pytest
import pytest_asyncio
import uvicorn
from databases import MakeDatabase
from houses import schema_of
from litestar import Litestar
from pace import PATIENCE

import yuanluo
from yuanluo import (
    CommandContext,
    Composition,
    House,
    Kind,
    OpenCourtyard,
    Plugins,
    SqlField,
    hookimpl,
    operator,
    run_command,
)
from yuanluo.blocking import block, unblock
from yuanluo_graphql import assembly
from yuanluo_graphql.app import build_app
from yuanluo_graphql.assembly import Composed, compose
from yuanluo_graphql.documents import hash_of
from yuanluo_graphql.guards import address_of
from yuanluo_tenants.crypto import Keyring
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.settings import load_settings
from yuanluo_tenants.sqlite_guard import Guard
from yuanluo_tenants.tree import NodeKind, code_of, open_node

ENDLESS: Final = """(WITH RECURSIVE never_ends(n) AS
  (SELECT 1 UNION ALL SELECT n + 1 FROM never_ends WHERE n < 2000000000) SELECT count(*) FROM never_ends)"""


class Slow:
    """A plugin whose field keeps the database busy for minutes."""

    @staticmethod
    @hookimpl
    def graphql_fields() -> Sequence[SqlField]:
        return [SqlField("Courtyard", "endless", Kind.INTEGER, ENDLESS, [], "无尽", "never comes")]


@dataclass(slots=True)
class World:
    """Two courtyards, each with a director and his tokens."""

    house: House
    composed: Composed
    codes: list[str]
    tokens: list[str]
    trusted_token: str
    url: str | None

    @property
    def database(self) -> yuanluo.Database:
        """The house's database."""
        return self.house.database

    def app(self, **settings: Any) -> Litestar:
        """Return the application under these settings; the schema is composed once."""
        with mock.patch.object(assembly, "compose", return_value=self.composed):
            return build_app(
                self.house, load_settings(environment="test", **settings), is_opened=True, schema=schema_of(self.house)
            )

    def endless(self, number: int = 0) -> str:
        """Return a query that does not end by itself."""
        return f'query Endless {{ courtyard(code: "{self.codes[number]}") {{ name endless }} }}'

    async def statements(self) -> int:
        """Return how many endless statements the database is at work on."""
        if isinstance(self.database, SqliteDatabase):
            return sum(worker.running is not None for worker in self.database._workers)
        assert self.url is not None
        connection = await asyncpg.connect(self.url)
        try:
            return int(
                await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%never_ends%' "
                    "AND datname = $1 AND pid <> pg_backend_pid()",
                    self.database.url.rpartition("/")[2],  # type: ignore[attr-defined]
                )
            )
        finally:
            await connection.close()

    async def until(self, count: int) -> None:
        """Wait until so many endless statements run."""
        async with asyncio.timeout(PATIENCE):
            while await self.statements() != count:  # noqa: ASYNC110  # the database tells of it in no other way
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase, engine_name: str, request: pytest.FixtureRequest) -> World:
    plugins = Plugins.load({"slow": Slow})
    house = House.build(
        await make_database(Composition.of(plugins).registry), Keyring.single(bytes(range(32))), plugins
    )
    await open_node(house.database, NodeKind.DISTRICT, "金牛区", code="510106")
    await open_node(house.database, NodeKind.SUBDISTRICT, "抚琴街道", code="510106032")
    community = await open_node(house.database, NodeKind.COMMUNITY, "银杏社区", code="510106032001")
    above = CommandContext(house, operator(), community)
    composed = compose(house.composition, house.keys)
    made = World(
        house, composed, [], [], "", request.getfixturevalue("postgres_server").url if engine_name != "sqlite" else None
    )
    for number in range(2):
        receipt = await run_command(yuanluo.open_courtyard, above, OpenCourtyard(f"梧桐苑{number}", "抚琴西路"))
        here = CommandContext(house, operator(), int(receipt.payload["number"]))
        account = (
            await run_command(yuanluo.create_account, here, yuanluo.CreateAccount(f"u{number}", "主任"))
        ).subject_id
        assert account is not None
        await run_command(yuanluo.grant_role, here, yuanluo.GrantRole(account, "COUNCIL_DIRECTOR"))

        async def mint(*, trusted_only: bool = False, here: CommandContext = here, account: Any = account) -> str:
            wanted = yuanluo.CreateToken(account, "test", trusted_only=trusted_only)
            return (await run_command(yuanluo.create_token, here, wanted)).secrets[0]

        made.codes.append(code_of(int(receipt.payload["number"])))
        made.tokens.append(await mint())
        made.trusted_token = await mint(trusted_only=True)
    return made


class Hand:
    """The clock of an application's budgets, which only the test moves."""

    def __init__(self, app: Litestar) -> None:
        self.now = 0.0
        guards = app.state.live.engine.guards
        for budget in (guards.budgets._per_token, guards.budgets._per_tenant, guards.wrong_tokens):
            budget._monotonic = lambda: self.now


@asynccontextmanager
async def client_of(app: Litestar, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://yuanluo.test", headers=headers) as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str | None = None, **more: Any) -> httpx.Response:
    body = {"query": query, **more} if query is not None else more
    return await client.post("/graphql", json=body, headers={"accept-language": "en"})


def code(answer: httpx.Response) -> str:
    assert "data" not in answer.json(), answer.text
    return str(answer.json()["errors"][0]["extensions"]["code"])


# the cost -----------------------------------------------------------------------------------------------------------


async def test_every_answer_tells_its_cost_and_what_is_left(world: World) -> None:
    app = world.app(budget_per_token=60_000)
    Hand(app)
    async with client_of(app, world.tokens[0]) as client:
        direct = (await ask(client, "{ courtyards(first: 3) { nodes { code name } } }")).json()
        assert direct["data"]["courtyards"]["nodes"] == [{"code": world.codes[0], "name": "梧桐苑0"}]
        completed = (await ask(client, "{ viewer { name } plugins { name } }")).json()
        assert completed["data"]["viewer"] == {"name": "主任"}
        refused = (await ask(client, '{ courtyards(first: 1, after: "x") { nodes { name } } }')).json()
        assert refused["errors"][0]["extensions"]["code"] == "BAD_CURSOR"
    costs = [each["extensions"]["cost"] for each in (direct, completed, refused)]
    assert [each["estimated"] for each in costs] == [1 + 1 + 3 * 2, 1 + 1 + 1 + 10, 1 + 1 + 1]
    assert {each["limit"] for each in costs} == {500_000}
    assert 10_000 > costs[0]["remaining"] > costs[1]["remaining"] > costs[2]["remaining"] > 5_000


async def test_the_cost_may_stay_untold(world: World) -> None:
    async with client_of(world.app(cost_in_answers=False), world.tokens[0]) as client:
        for query in ("{ courtyards { totalCount } }", "{ viewer { name } }"):
            assert set((await ask(client, query)).json()) == {"data"}


async def test_without_budgets_nothing_is_said_to_be_left(world: World) -> None:
    async with client_of(world.app(budget_per_token=0, budget_per_tenant=0), world.tokens[0]) as client:
        answer = (await ask(client, "{ __typename }")).json()
    assert answer["extensions"] == {"cost": {"estimated": 1, "limit": 500_000}}


# the clock ----------------------------------------------------------------------------------------------------------


async def test_an_operation_that_takes_too_long_is_stopped_in_the_database(world: World) -> None:
    was_running = False
    async with client_of(world.app(operation_milliseconds=400), world.tokens[0]) as client:
        while not was_running:  # a machine that stands still may let the time pass before the statement begins
            asking = asyncio.create_task(ask(client, world.endless()))
            while not asking.done():
                await asyncio.sleep(0.01)
                was_running = was_running or await world.statements() == 1
            answer = await asking
        assert code(answer) == "OPERATION_TIMEOUT"
        assert answer.status_code == 200
        assert answer.json()["errors"][0]["message"].startswith("The operation took more than 0.4 s")
        assert answer.json()["extensions"]["cost"]["estimated"] == 3
        await world.until(0)
        assert (await ask(client, "{ courtyards { totalCount } }")).json()["data"] == {"courtyards": {"totalCount": 1}}


async def test_reading_the_schema_keeps_nobody_waiting_and_ends_when_its_time_is_over(world: World) -> None:
    deep = "fields { type { fields { description name type { name kind description } } } }"
    query = "{ __schema { types { " + " ".join(f"a{n}: {deep}" for n in range(30)) + " } } }"
    free = {"max_cost": 100_000_000, "budget_per_token": 0, "budget_per_tenant": 0, "in_flight": 6}
    app = world.app(operation_milliseconds=600_000, **free)
    async with client_of(app, world.tokens[0]) as client, client_of(app, world.tokens[1]) as neighbour:
        reading = asyncio.create_task(ask(client, query))
        await asyncio.sleep(0.3)
        assert (await ask(neighbour, "{ viewer { name } }")).status_code == 200
        assert not reading.done()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    async with client_of(world.app(operation_milliseconds=400, **free), world.tokens[0]) as client:
        assert code(await ask(client, query)) == "OPERATION_TIMEOUT"
        # the thread is free for the next one
        assert "errors" not in (await ask(client, "{ __schema { queryType { name } } }")).json()


async def test_a_stopped_operation_leaves_no_connection_behind(world: World) -> None:
    async with client_of(world.app(operation_milliseconds=100, in_flight=1), world.tokens[0]) as client:
        for _ in range(12):
            assert code(await ask(client, world.endless())) == "OPERATION_TIMEOUT"
        answers = await asyncio.gather(*(ask(client, "{ courtyards { totalCount } }") for _ in range(12)))
    assert {answer.text for answer in answers if "errors" in answer.json()} == set()
    await world.until(0)


async def test_a_statement_of_sqlite_that_is_given_up_before_it_begins_ends_at_once(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "y.db", readers=1)
    await database.open()
    try:
        at_work, may_begin = threading.Event(), threading.Event()

        def work(guard: Guard) -> object:
            at_work.set()
            may_begin.wait(PATIENCE)
            guard.enter(None)
            try:
                return guard.connection.execute(f"SELECT {ENDLESS}").fetchone()
            finally:
                guard.leave()

        reading = asyncio.create_task(database._read(work))
        assert await asyncio.to_thread(at_work.wait, PATIENCE)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        may_begin.set()
        async with asyncio.timeout(PATIENCE):
            assert await database.fetch("SELECT 1 AS one", shared=True) == [{"one": 1}]
    finally:
        await database.close()


@asynccontextmanager
async def listening(app: Litestar) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
    listener = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_client_who_leaves_takes_his_statement_with_him(
    world: World, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(world.app(operation_milliseconds=600_000)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = json.dumps({"query": world.endless()}).encode() if method == "POST" else b""
        path = "/graphql" if method == "POST" else "/graphql?" + str(httpx.QueryParams(query=world.endless()))
        head = f"{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {world.tokens[0]}\r\n"
        head += "content-type: application/json\r\n" if body else ""
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        await world.until(1)
        await asyncio.sleep(0.3)
        assert await world.statements() == 1
        writer.close()
        await writer.wait_closed()
        await world.until(0)
        assert await reader.read() == b""
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_slow_operations_are_logged_by_their_hash_and_without_their_variables(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    query = "query Endless($secret: String!) { courtyard(code: $secret) { endless } }"
    async with client_of(world.app(slow_milliseconds=600_000), world.tokens[0]) as client:
        await ask(client, "{ courtyards { totalCount } }")
    async with client_of(world.app(operation_milliseconds=500, slow_milliseconds=400), world.tokens[0]) as client:
        await ask(client, query, variables={"secret": world.codes[0]})
    [record] = [each for each in caplog.records if each.name == "yuanluo.slow"]
    said = record.getMessage()
    assert said.startswith(f"slow operation sha256={hash_of(query)} name=- cost=2 milliseconds=")
    assert int(re.findall(r"milliseconds=(\d+)", said)[0]) >= 400
    assert world.codes[0] not in said


# turns --------------------------------------------------------------------------------------------------------------


async def test_one_token_leaves_connections_to_the_others(world: World) -> None:
    app = world.app(operation_milliseconds=600_000, in_flight=2)
    async with client_of(app, world.tokens[0]) as greedy, client_of(app, world.tokens[1]) as modest:
        asking = [asyncio.create_task(ask(greedy, world.endless())) for _ in range(6)]
        await world.until(1)
        for _ in range(20):
            answer = await ask(modest, "{ courtyards { nodes { name } } }")
            assert answer.json()["data"] == {"courtyards": {"nodes": [{"name": "梧桐苑1"}]}}
            assert await world.statements() == 1
            assert not any(each.done() for each in asking)
        await given_up(asking)
    await world.until(0)


async def test_who_waits_for_too_long_is_told_so(world: World) -> None:
    async with client_of(world.app(operation_milliseconds=400, in_flight=2), world.tokens[0]) as greedy:
        codes = [code(each) for each in await asyncio.gather(*(ask(greedy, world.endless()) for _ in range(6)))]
    # the first ends when the others have waited as long: one of them may get its turn in that moment
    assert set(codes) == {"OPERATION_TIMEOUT", "RATE_LIMITED"}


async def given_up(asking: Sequence[asyncio.Task[httpx.Response]]) -> None:
    """Let clients leave before they are answered."""
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_too_many_waiting_are_turned_away_at_once(world: World) -> None:
    app = world.app(operation_milliseconds=600_000, in_flight=1, waiting_per_token=2)
    admission = app.state.live.engine.guards.admission
    async with client_of(app, world.tokens[0]) as client:
        asking = [asyncio.create_task(ask(client, world.endless())) for _ in range(3)]
        async with asyncio.timeout(PATIENCE):
            while admission.waiting < 2:  # noqa: ASYNC110  # one runs by then, and the others are not merely on their way
                await asyncio.sleep(0.001)
        refused = await ask(client, "{ courtyards { totalCount } }")
        assert admission.waiting == 2
        assert (refused.status_code, code(refused), refused.headers["retry-after"]) == (429, "RATE_LIMITED", "1")
        await given_up(asking)
    await world.until(0)


# budgets ------------------------------------------------------------------------------------------------------------

PAGE: Final = "{ courtyards(first: 200) { nodes { code name kind address } } }"


async def test_a_token_that_used_its_budget_is_told_when_to_come_back_and_others_are_served(world: World) -> None:
    app = world.app(budget_per_token=360_000)
    clock = Hand(app)
    async with client_of(app, world.tokens[0]) as greedy, client_of(app, world.tokens[1]) as modest:
        answers = [await ask(greedy, PAGE) for _ in range(80)]
        served = [each for each in answers if each.status_code == 200]
        refused = [each for each in answers if each.status_code == 429]
        # ten seconds of the budget at once, at some 1,300 for each
        assert 40 <= len(served) <= 60_000 / 1_300 + 1
        assert len(refused) == len(answers) - len(served)
        for answer in refused:
            assert code(answer) == "RATE_LIMITED"
            wait = answer.json()["errors"][0]["extensions"]["retryAfter"]
            assert answer.headers["retry-after"] == str(wait)
            assert 1 <= wait <= 3
            assert answer.json()["extensions"] == {"cost": {"remaining": 0}}
        assert (await ask(modest, PAGE)).status_code == 200
        clock.now += wait
        assert (await ask(greedy, PAGE)).status_code == 200


async def test_tokens_of_one_courtyard_share_its_budget(world: World, tmp_path: Path) -> None:
    (tmp_path / "page.graphql").write_text(PAGE, encoding="utf-8")
    app = world.app(budget_per_token=0, budget_per_tenant=90_000, trusted_documents=tmp_path)
    Hand(app)
    async with client_of(app, world.tokens[1]) as one, client_of(app, world.trusted_token) as two:
        while (await ask(one, PAGE)).status_code == 200:
            pass
        refused = await ask(two, PAGE)
        assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")
    async with client_of(app, world.tokens[0]) as other:
        assert (await ask(other, PAGE)).status_code == 200


async def test_requests_without_a_token_share_the_budget_of_theiraddress_of(world: World) -> None:
    app = world.app(budget_per_token=60_000)
    Hand(app)

    async def status(address: str) -> int:
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://yuanluo.test") as client:
            return (await ask(client, "{ plugins { name } }")).status_code

    assert [await status("192.0.2.1") for _ in range(30)][-1] == 429
    assert await status("192.0.2.2") == 200
    assert [await status(f"2001:db8::{n:x}") for n in range(30)][-1] == 429
    assert await status("2001:db8:0:1::1") == 200


def test_an_address_is_that_of_one_subscriber_in_whatever_dress() -> None:
    assert address_of("198.51.100.9") == address_of("::ffff:198.51.100.9") == "198.51.100.9"
    assert address_of("::ffff:198.51.100.9") != address_of("::ffff:203.0.113.7")
    assert address_of("2001:db8:1:2::3") == address_of("2001:db8:1:2:ffff::9") != address_of("2001:db8:1:3::3")
    assert address_of("fe80::1%eth0") == "fe80::/64"
    assert address_of("not an address: at all") == "not an address: at all"
    assert address_of(None) == "anonymous"


async def test_reading_wrong_documents_is_paid_for(world: World) -> None:
    app = world.app(budget_per_token=1_200_000)
    Hand(app)
    async with client_of(app, world.tokens[0]) as client:
        wrong = [f"{{ wrong{n} {' '.join(['unknown'] * 500)} }}" for n in range(10)]
        statuses = [(await ask(client, each)).status_code for each in wrong]
    assert statuses[0] == 200
    assert statuses[-1] == 429


# wrong tokens -------------------------------------------------------------------------------------------------------


async def test_an_address_that_sends_wrong_tokens_is_looked_up_for_a_while_and_then_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = world.app(wrong_tokens=60)
    clock = Hand(app)
    looked: list[str] = []
    fetch = world.database.fetch

    async def counting(sql: str, *args: Any, **named: Any) -> Any:
        looked.append(sql)
        return await fetch(sql, *args, **named)

    monkeypatch.setattr(world.database, "fetch", counting)

    async def send(address: str, token: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://yuanluo.test") as client:
            client.headers["authorization"] = f"Bearer {token}"
            return await ask(client, "{ plugins { name } }")

    assert (await send("192.0.2.1", world.tokens[0])).status_code == 200
    statuses = [(await send("192.0.2.1", f"yl_wrong{n}")).status_code for n in range(30)]
    assert statuses[:10] == [401] * 10
    assert statuses[-10:] == [429] * 10
    before = len(looked)
    refused = await send("192.0.2.1", "yl_wrong")
    assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")
    seconds = int(refused.headers["retry-after"])
    assert seconds == refused.json()["errors"][0]["extensions"]["retryAfter"]
    assert seconds in (1, 2)
    assert len(looked) == before  # the database was not asked
    assert (await send("192.0.2.1", world.tokens[1])).status_code == 429  # held nowhere yet, so it is a stranger's
    assert (await send("192.0.2.1", world.tokens[0])).status_code == 200  # a neighbour behind the same address
    assert (await send("192.0.2.2", world.tokens[1])).status_code == 200
    clock.now += seconds
    assert (await send("192.0.2.1", "yl_wrong")).status_code == 401


async def test_wrong_tokens_are_not_bounded_where_the_setting_says_so(world: World) -> None:
    async with client_of(world.app(wrong_tokens=0), "yl_wrong") as client:
        assert {(await ask(client, "{ plugins { name } }")).status_code for _ in range(150)} == {401}


# blocked operations -------------------------------------------------------------------------------------------------


async def test_a_blocked_operation_is_refused_with_the_reason_until_it_is_unblocked(world: World) -> None:
    query = "query Harmful { courtyards { totalCount } }"
    async with client_of(world.app(), world.tokens[0]) as client:
        assert "errors" not in (await ask(client, query)).json()
        await block(world.database, hash_of(query), "扫描全区", yuanluo.system_clock())
        await world.house.blocks.refresh()
        try:
            refused = await ask(client, query)
            assert (refused.status_code, code(refused)) == (403, "OPERATION_BLOCKED")
            assert "扫描全区" in refused.json()["errors"][0]["message"]
            assert refused.json()["errors"][0]["extensions"]["sha256"] == hash_of(query)
            assert "errors" not in (await ask(client, query + " ")).json()
        finally:
            await unblock(world.database, hash_of(query))
        await world.house.blocks.refresh()
        assert "errors" not in (await ask(client, query)).json()


# trusted documents --------------------------------------------------------------------------------------------------

COUNT, NAMES, SIZED = (
    "{ courtyards { totalCount } }",
    "query Names { courtyards { nodes { name } } }",
    "query Sized($n: Int!) { courtyards(first: $n) { nodes { code } } }",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Trusted documents in each admitted form."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "count.graphql").write_text(COUNT, encoding="utf-8")
    (tmp_path / "relay.json").write_text(json.dumps({"0cc175b9c0f1b6a831c399e269772661": NAMES}), encoding="utf-8")
    listed = {"id": hash_of(SIZED), "name": "Sized", "type": "query", "body": SIZED}
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [listed]}
    (tmp_path / "apollo.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "README.md").write_text("not a document", encoding="utf-8")
    return tmp_path


def apollo(text: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}}


async def test_a_trusted_document_is_asked_for_by_its_id(world: World, folder: Path) -> None:
    async with client_of(world.app(trusted_documents=folder), world.tokens[0]) as client:
        for asked in (
            {"documentId": hash_of(COUNT)},
            {"documentId": f"sha256:{hash_of(COUNT)}"},
            apollo(COUNT),
            {"query": COUNT, **apollo(COUNT)},
        ):
            assert (await ask(client, **asked)).json()["data"] == {"courtyards": {"totalCount": 1}}
        for asked in ({"documentId": "0cc175b9c0f1b6a831c399e269772661"}, apollo(NAMES)):
            assert (await ask(client, **asked)).json()["data"] == {"courtyards": {"nodes": [{"name": "梧桐苑0"}]}}
        sized = await ask(client, **apollo(SIZED), variables={"n": 1})
        assert sized.json()["data"] == {"courtyards": {"nodes": [{"code": world.codes[0]}]}}
        by_get = await client.get("/graphql", params={"documentId": hash_of(COUNT)})
        assert by_get.json()["data"] == {"courtyards": {"totalCount": 1}}
        assert code(await ask(client, documentId="unknown")) == "PERSISTED_QUERY_NOT_FOUND"
        assert code(await ask(client, NAMES, **apollo(COUNT))) == "BAD_REQUEST"
        assert code(await ask(client, "{ __typename }", **apollo(COUNT + " "))) == "BAD_REQUEST"
        assert (await ask(client, "{ __typename }")).json()["data"] == {"__typename": "Query"}


async def test_an_unknown_hash_with_its_text_is_free_text(world: World, folder: Path) -> None:
    for settings in ({}, {"trusted_documents": folder}):
        async with client_of(world.app(**settings), world.tokens[0]) as client:
            answer = await ask(client, "{ __typename }", **apollo("{ __typename }"))
            assert answer.json()["data"] == {"__typename": "Query"}
    async with client_of(world.app(), world.tokens[0]) as client:
        assert code(await ask(client, **apollo(COUNT))) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_a_token_for_trusted_documents_runs_nothing_else(world: World, folder: Path) -> None:
    async with client_of(world.app(trusted_documents=folder), world.trusted_token) as client:
        for asked in (apollo(COUNT), {"query": COUNT}, {"documentId": hash_of(COUNT)}):
            assert (await ask(client, **asked)).json()["data"] == {"courtyards": {"totalCount": 1}}
        for asked in (
            {"query": COUNT + " "},
            {"query": "{ __typename }"},
            {"query": "{ __schema { queryType { name } } }"},
            {"query": "{", **apollo("{")},
            {"query": "{ __typename }", **apollo("{ __typename }")},
            {"query": "{ __typename }", "documentId": "of its own"},
        ):
            answer = await ask(client, **asked)
            assert (answer.status_code, code(answer)) == (403, "UNTRUSTED_DOCUMENT")
    async with client_of(world.app(), world.trusted_token) as client:
        assert code(await ask(client, COUNT)) == "UNTRUSTED_DOCUMENT"


async def test_a_deployment_may_run_nothing_but_trusted_documents(world: World, folder: Path) -> None:
    app = world.app(trusted_documents=folder, trusted_only=True)
    for token in (None, *world.tokens):
        async with client_of(app, token) as client:
            assert "errors" not in (await ask(client, **apollo(COUNT))).json()
            assert code(await ask(client, "{ __typename }")) == "UNTRUSTED_DOCUMENT"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.graphql", "{ courtyards {\n nodes { nme } } }", r"a\.graphql:2:10: Cannot query field 'nme'"),
        ("a.graphql", "{ courtyards {", r"a\.graphql:1:15: Syntax Error"),
        ("a.graphql", "{ courtyards(first: 200) { nodes { people(first: 200) { nodes { seats { nodes { id } } } } } } }",
         r"a\.graphql: The operation has \d+ estimated values"),
        ("a.graphql", "query A { __typename } query B { wrong }", r"a\.graphql:1:34"),
        ("a.graphql", b"\xff", r"a\.graphql: it cannot be read"),
        ("m.json", "{", r"m\.json: it is not JSON"),
        ("m.json", "[]", r"m\.json: it must be a map"),
        ("m.json", '{"a": 1}', r"m\.json: it must be a map"),
        ("m.json", json.dumps({"0" * 64: COUNT}), r"m\.json: the id 0{64} is not the SHA-256"),
        ("m.json", json.dumps({"a": "{ wrong }"}), r"m\.json#a:1:3: Cannot query field 'wrong'"),
        ("n.json", json.dumps({"known": COUNT}), r"n\.json: the id known names another document in .*known\.json"),
        ("nothing.md", "", "there are no trusted documents in"),
    ],
)  # fmt: skip
async def test_a_broken_trusted_document_stops_the_start_and_is_named(
    world: World, tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    if name == "n.json":
        (tmp_path / "known.json").write_text(json.dumps({"known": NAMES}), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        world.app(trusted_documents=tmp_path)


def test_trusted_only_needs_documents() -> None:
    with pytest.raises(ConfigurationError, match="YUANLUO_TRUSTED_ONLY needs YUANLUO_TRUSTED_DOCUMENTS"):
        load_settings(environment="test", trusted_only=True)
