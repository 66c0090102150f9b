"""Webhooks on both engines against a real receiver: at least once, in order per courtyard, signed, retried, logged."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import ipaddress
import random
import socket
import ssl
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from databases import MakeDatabase
from houses import make_house
from pace import PATIENCE
from receivers import HANG_UP, Receiver, receiving
from standardwebhooks import Webhook, WebhookVerificationError

import yuanluo
from yuanluo import (
    Command,
    CommandContext,
    CreatePerson,
    DataClass,
    Forbidden,
    House,
    Invalid,
    NotFound,
    Outcome,
    Range,
    Receipt,
    Scope,
    Viewer,
    operator,
    run_command,
    scoped,
)
from yuanluo.authority import Action, RoleAbout
from yuanluo.command import each
from yuanluo.webhooks import due
from yuanluo.webhooks.commands import (
    CreateWebhook,
    PauseWebhook,
    RedeliverWebhook,
    ResumeWebhook,
    RotateWebhookSecret,
    UpdateWebhook,
    create_webhook,
    pause_webhook,
    redeliver_webhook,
    resume_webhook,
    rotate_webhook_secret,
    suspend_webhook,
    update_webhook,
)
from yuanluo.webhooks.deliverer import Deliverer
from yuanluo.webhooks.overview import attempts, endpoints
from yuanluo.webhooks.policy import WebhookPolicy
from yuanluo.webhooks.schedule import retry_seconds
from yuanluo.webhooks.sending import Sender, is_admitted
from yuanluo_tenants.database import Row
from yuanluo_tenants.scope import crossing
from yuanluo_tenants.tree import NodeKind, code_of, open_node

POLICY = WebhookPolicy(
    is_insecure=True,
    networks=(ipaddress.ip_network("127.0.0.0/8"),),
    timeout_seconds=PATIENCE,
    poll_seconds=0.05,
)


class Moving:
    """A clock that a test sets forward; it starts now, because receivers check a message's age by their own."""

    def __init__(self) -> None:
        self.now = dt.datetime.now(dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**by)


@dataclass(slots=True)
class World:
    """A district of its own in the module's house, with a community and two courtyards, a clock and a receiver."""

    house: House
    clock: Moving
    receiver: Receiver
    community: int

    @property
    def district(self) -> int:
        """The district."""
        return self.community - self.community % 10**10

    @property
    def courtyard(self) -> int:
        """The first courtyard."""
        return self.community + 1

    @property
    def other(self) -> int:
        """The second courtyard."""
        return self.community + 2

    @property
    def here(self) -> str:
        """The first courtyard's code."""
        return code_of(self.courtyard)

    @property
    def there(self) -> str:
        """The second courtyard's code."""
        return code_of(self.other)

    @property
    def database(self) -> yuanluo.Database:
        """The house's database."""
        return self.house.database

    def at(self, tenant: int | None = None, actor: Viewer | None = None) -> CommandContext:
        """A context on the test's clock, at the first courtyard unless told otherwise."""
        return CommandContext(self.house, actor or operator(), tenant or self.courtyard, self.clock)

    def deliverer(self) -> Deliverer:
        """A deliverer on the test's clock, without jitter."""
        return Deliverer(self.house, clock=self.clock, jitter=lambda: 0.5)

    async def deliver(self) -> None:
        """Deliver what is due now, by a deliverer of its own."""
        async with self.deliverer() as deliverer:
            await deliverer.round()

    async def endpoint(self, node: int | None = None, path: str = "/hook", **wanted: Any) -> Receipt:
        """Make an endpoint of a node, or of the community, told in the name of its community's secretary."""
        made = CreateWebhook(self.receiver.url(path), **{"role": "COMMUNITY_SECRETARY", **wanted})
        return await run_command(create_webhook, self.at(node or self.community), made)

    async def people(self, *names: str, tenant: int | None = None) -> None:
        """File a record for each name."""
        for name in names:
            await run_command(yuanluo.create_person, self.at(tenant), CreatePerson(name))

    async def records(self, tenant: int) -> list[Row]:
        """The records of a node."""
        with scoped(tenant):
            return await yuanluo.rows(self.database, "SELECT * FROM record ORDER BY sequence")

    async def progress(self, endpoint: Receipt) -> Row:
        """How far an endpoint is with the first courtyard."""
        with scoped(self.courtyard):
            sql = "SELECT * FROM webhook_progress WHERE tenant_id = $1 AND endpoint_id = $2"
            [row] = await yuanluo.rows(self.database, sql, self.courtyard, endpoint.subject_id)
        return row

    async def listed(self, endpoint: Receipt) -> dict[str, Any]:
        """The endpoint as an operator sees it."""
        return next(row for row in await endpoints(self.database) if row["id"] == str(endpoint.subject_id))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return dataclasses.replace(await make_house(make_database), webhooks=POLICY)


@pytest_asyncio.fixture(loop_scope="session")
async def world(house: House) -> AsyncIterator[World]:
    """A district for one test; its endpoints are told nothing any more when the test is over."""
    district = f"{510_200 + int(await yuanluo.value(house.database, 'SELECT count(*) AS n FROM node', shared=True))}"
    for kind, more in ((NodeKind.DISTRICT, ""), (NodeKind.SUBDISTRICT, "001"), (NodeKind.COMMUNITY, "001001")):
        community = await open_node(house.database, kind, "某地", code=district + more)
    async with receiving() as receiver:
        world = World(house, Moving(), receiver, community)
        two = [yuanluo.OpenCourtyard("梧桐苑", "一号"), yuanluo.OpenCourtyard("银杏里", "二号")]
        await yuanluo.run_commands(yuanluo.open_courtyard, world.at(community), two)
        yield world
        with crossing("test: nothing is left to be told"):
            await yuanluo.changed(house.database, "UPDATE webhook_endpoint SET state = 'PAUSED'")


def holder(role: str, node: int, lo: int, hi: int, **more: Any) -> Viewer:
    """Somebody who holds a role on a node."""
    return Viewer(
        uuid.uuid4(), role, Scope.of(Range(lo, hi)), (), ((role, node),), reach=((role, Range(lo, hi)),), **more
    )


# order ------------------------------------------------------------------------------------------------------------


async def test_an_endpoint_is_told_of_what_is_filed_after_it_was_made_in_order(world: World) -> None:
    await world.people("以前的人")
    await world.endpoint()
    await world.people("甲", "乙", "丙")
    await world.people("丁", tenant=world.other)
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [2, 3, 4]
    assert world.receiver.taken_of(world.there) == [1]
    made = [got.json["type"] for got in world.receiver.got if got.place[0] == code_of(world.community)]
    assert made == ["webhook.create"]
    await world.deliver()
    assert len(world.receiver.got) == 5


async def test_order_is_kept_while_a_receiver_fails_at_random_and_nothing_is_told_twice(world: World) -> None:
    await world.endpoint()
    dice = random.Random(7)
    world.receiver.decide = lambda _path, _body: dice.choice((200, 204, 500, 503, 404, HANG_UP))
    for number in range(12):
        await world.people(f"人{number}")
        await world.people(f"邻{number}", tenant=world.other)
    for _ in range(400):
        await world.deliver()
        if len(world.receiver.taken) == 25:
            break
        world.clock.forward(hours=4)
        world.house = dataclasses.replace(
            world.house, webhooks=dataclasses.replace(POLICY, give_up_after=dt.timedelta(days=999))
        )
    assert world.receiver.taken_of(world.here) == list(range(1, 13))
    assert world.receiver.taken_of(world.there) == list(range(1, 13))
    refused = [got for got in world.receiver.got if not 200 <= got.answered < 300]
    assert len(refused) > 10
    for code in (world.here, world.there):
        asked = [got.place[1] for got in world.receiver.got if got.place[0] == code]
        assert asked == sorted(asked)


async def test_a_courtyard_or_an_endpoint_that_fails_holds_up_no_other(world: World) -> None:
    await world.endpoint()
    broken = await world.endpoint(path="/broken")
    world.receiver.decide = lambda path, body: 500 if path == "/broken" or world.here.encode() in body else 200
    await world.people("甲", "乙")
    await world.people("丙", "丁", tenant=world.other)
    await world.deliver()
    told = {path: [got.place for got in world.receiver.got if got.path == path] for path in ("/hook", "/broken")}
    assert [place for place in told["/hook"] if place[0] == world.there] == [(world.there, 1), (world.there, 2)]
    assert [place for place in told["/hook"] if place[0] == world.here] == [(world.here, 1)]
    assert set(told["/broken"]) <= {(world.here, 1), (world.there, 1), (code_of(world.community), 3)}
    assert (await world.progress(broken))["sequence"] == 0


async def test_a_slow_endpoint_holds_up_no_other(world: World) -> None:
    await world.endpoint(path="/slow")
    await world.endpoint(path="/fast")

    may_answer = asyncio.Event()

    async def slowly() -> int:
        await may_answer.wait()
        return 200

    world.receiver.decide = lambda path, _body: slowly() if path == "/slow" else 200
    await world.people("甲", "乙", "丙")

    def fast() -> list[int]:
        return [got.place[1] for got in world.receiver.got if got.path == "/fast" and got.place[0] == world.here]

    async with world.deliverer() as deliverer:
        running = asyncio.create_task(deliverer.run())
        async with asyncio.timeout(PATIENCE / 2):  # before the slow one is given up
            while len(fast()) < 3:  # noqa: ASYNC110  # the receiver is written to by its own connections
                await asyncio.sleep(0.02)
        may_answer.set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert fast() == [1, 2, 3]


async def test_an_endpoint_of_a_courtyard_is_told_of_that_courtyard_alone(world: World) -> None:
    await world.endpoint(world.courtyard)
    await world.people("甲")
    await world.people("乙", tenant=world.other)
    await world.deliver()
    assert {place[0] for place in world.receiver.taken} == {world.here}


async def test_a_courtyard_that_opens_later_is_told_of_from_its_first_record(world: World) -> None:
    await world.endpoint(world.district)
    receipt = await run_command(
        yuanluo.open_courtyard, world.at(world.community), yuanluo.OpenCourtyard("新苑", "新街1号")
    )
    number = int(receipt.payload["number"])
    await world.people("甲", tenant=number)
    await world.deliver()
    assert world.receiver.taken_of(code_of(number)) == [1]


async def test_two_deliverers_at_once_tell_each_record_once(world: World) -> None:
    await world.endpoint()
    for number in range(10):
        await world.people(f"人{number}")
        await world.people(f"邻{number}", tenant=world.other)

    async def slowly() -> int:
        await asyncio.sleep(0.03)
        return 200

    world.receiver.decide = lambda _path, _body: slowly()
    await asyncio.gather(*(world.deliver() for _ in range(4)))
    await world.deliver()
    assert world.receiver.taken_of(world.here) == list(range(1, 11))
    assert world.receiver.taken_of(world.there) == list(range(1, 11))
    assert len(world.receiver.got) == 21


async def test_a_dead_deliverers_lease_runs_out_and_another_goes_on(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    await world.people("甲")
    with scoped(world.courtyard):
        await yuanluo.changed(
            world.database,
            "UPDATE webhook_progress SET leased_by = 'dead', leased_until = $1 WHERE tenant_id = $2",
            world.clock() + POLICY.lease,
            world.courtyard,
        )
    await world.deliver()
    assert world.receiver.got == []
    world.clock.forward(seconds=POLICY.lease.total_seconds() + 1)
    await world.deliver()
    assert world.receiver.taken_of(world.here)[-1] == 2
    assert (await world.progress(endpoint))["leased_by"] is None


async def test_a_deliverer_whose_lease_ran_out_while_it_waited_sends_nothing_more(world: World) -> None:
    await world.endpoint(world.courtyard)
    await world.people("甲", "乙")
    taken_over: list[int] = []

    async def slowly() -> int:
        if not taken_over:
            taken_over.append(1)
            world.clock.forward(seconds=POLICY.lease.total_seconds() + 1)
            await world.deliver()
        return 200

    world.receiver.decide = lambda _path, _body: slowly()
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [1, 2, 3, 1]


async def test_a_deliverer_that_stood_still_before_it_sent_sends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.endpoint(world.courtyard)
    await world.people("甲", "乙")
    look, stood = due.endpoint_now, list[int]()

    async def standing_still(*args: Any) -> Any:
        found = await look(*args)
        if not stood:
            stood.append(1)
            world.clock.forward(seconds=POLICY.lease.total_seconds() + 1)
            await world.deliver()
        return found

    monkeypatch.setattr(due, "endpoint_now", standing_still)
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [1, 2, 3]


async def test_a_commit_wakes_the_deliverer_of_its_process_before_the_next_poll(world: World) -> None:
    world.house = dataclasses.replace(world.house, webhooks=dataclasses.replace(POLICY, poll_seconds=10 * PATIENCE))
    await world.endpoint()
    async with world.deliverer() as deliverer:
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(0.3)
        await world.people("甲")
        async with asyncio.timeout(PATIENCE):
            while world.here not in dict(world.receiver.taken):  # noqa: ASYNC110  # the receiver is written to by its own connections
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert world.receiver.taken_of(world.here) == [1]


async def test_a_courtyard_that_moved_away_is_told_of_where_it_is_now(world: World) -> None:
    await world.endpoint(path="/before")
    elsewhere = await open_node(world.database, NodeKind.COMMUNITY, "他处", code=f"{world.community // 10_000 + 1}")
    await world.endpoint(elsewhere, path="/after")
    sql = "UPDATE node SET parent = $1, community = $1 WHERE number = $2"
    await yuanluo.changed(world.database, sql, elsewhere, world.courtyard, shared=True)
    await world.people("甲")
    await world.people("乙", tenant=world.other)
    await world.deliver()
    told = {path: {got.place[0] for got in world.receiver.got if got.path == path} for path in ("/before", "/after")}
    assert told["/before"] == {code_of(world.community), world.there}
    assert told["/after"] == {code_of(elsewhere), world.here}
    endpoint = (await world.listed(await world.endpoint()))["id"]
    await run_command(resume_webhook, world.at(world.community), ResumeWebhook(uuid.UUID(endpoint)))


async def test_what_goes_wrong_with_the_database_is_logged_and_delivery_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await world.endpoint(world.courtyard)
    find, lease, failed = due.active_endpoints, due.lease, list[str]()

    async def finding(database: yuanluo.Database) -> list[tuple[int, uuid.UUID]]:
        if "find" not in failed:
            failed.append("find")
            raise ConnectionError("the database is away")
        return await find(database)

    async def leasing(*args: Any) -> Any:
        if "lease" not in failed:
            failed.append("lease")
            raise ConnectionError("the database is away")
        return await lease(*args)

    monkeypatch.setattr(due, "active_endpoints", finding)
    monkeypatch.setattr(due, "lease", leasing)
    async with world.deliverer() as deliverer:
        running = asyncio.create_task(deliverer.run())
        async with asyncio.timeout(PATIENCE):
            while not world.receiver.got:  # noqa: ASYNC110  # the receiver is written to by its own connections
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert failed == ["find", "lease"]
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "webhooks: could not find endpoints; trying again",
        "webhooks: could not deliver; trying again",
    ]


async def test_what_goes_wrong_with_one_courtyard_leaves_no_delivery_running_unseen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.endpoint(path="/slow")
    await world.endpoint(world.other, path="/slower")
    await world.people("甲")
    await world.people("乙", tenant=world.other)
    read = due.next_records

    async def reading(database: yuanluo.Database, tenant: int, *args: Any) -> Any:
        if tenant == world.courtyard:
            raise ConnectionError("the database is away")
        return await read(database, tenant, *args)

    async def slowly(seconds: float) -> int:
        await asyncio.sleep(seconds)
        return 200

    monkeypatch.setattr(due, "next_records", reading)
    world.receiver.decide = lambda path, _body: slowly(0.5 if path == "/slow" else 1.0)
    with pytest.raises(ConnectionError):
        await world.deliver()
    assert {got.path for got in world.receiver.got if got.place == (world.there, 1)} == {"/slow", "/slower"}
    taken = len(world.receiver.got)
    await asyncio.sleep(1.2)
    assert len(world.receiver.got) == taken


# retries ----------------------------------------------------------------------------------------------------------


async def test_a_refused_record_is_tried_again_after_ever_longer_waits_and_each_attempt_is_logged(
    world: World,
) -> None:
    await world.endpoint(world.courtyard)
    world.receiver.decide = lambda _path, _body: 500
    await world.deliver()
    for tried, wait in enumerate((5, 10, 20, 40, 80), 1):
        world.clock.forward(seconds=wait - 0.001)
        await world.deliver()
        assert len(world.receiver.got) == tried
        world.clock.forward(seconds=0.001)
        await world.deliver()
        assert len(world.receiver.got) == tried + 1
    log = await attempts(world.database, world.courtyard, failed_only=True, most=10)
    assert [(row["attempt"], row["status"], row["delivered"]) for row in log] == [
        (number, 500, False) for number in range(6, 0, -1)
    ]
    assert all(row["error"] == "STATUS: the receiver answered 500" and row["next_attempt_at"] for row in log)
    world.receiver.decide = lambda _path, _body: 200
    world.clock.forward(seconds=160)
    await world.deliver()
    [last] = await attempts(world.database, world.courtyard, failed_only=False, most=1)
    assert (last["delivered"], last["attempt"], last["status"], last["next_attempt_at"]) == (True, 7, 200, None)
    await world.people("甲")
    await world.deliver()
    [first] = await attempts(world.database, world.courtyard, failed_only=False, most=1)
    assert (first["sequence"], first["attempt"]) == (2, 1)


@pytest.mark.parametrize("is_date", [False, True])
async def test_a_receiver_that_asks_for_a_longer_wait_gets_it(world: World, *, is_date: bool) -> None:
    await world.endpoint(world.courtyard)
    world.receiver.decide = lambda _path, _body: 503
    until = format_datetime(world.clock() + dt.timedelta(seconds=121), usegmt=True)
    world.receiver.more_headers = f"Retry-After: {until if is_date else 120}\r\n"
    await world.deliver()
    world.clock.forward(seconds=100 if is_date else 119)
    await world.deliver()
    assert len(world.receiver.got) == 1
    world.clock.forward(seconds=21 if is_date else 1)
    await world.deliver()
    assert len(world.receiver.got) == 2


@pytest.mark.parametrize(
    "asked", ["soon", "Wed, 99 Foo 2026 99:99:99 GMT", "-5", "9" * 400, "Wed, 01 Jan 1000 00:00:00"]
)
async def test_a_wait_that_is_none_changes_nothing(world: World, asked: str) -> None:
    await world.endpoint(world.courtyard)
    world.receiver.decide = lambda _path, _body: 503
    world.receiver.more_headers = f"Retry-After: {asked}\r\n"
    await world.deliver()
    assert await errors_of(world) == ["STATUS: the receiver answered 503"]


async def test_a_courtyard_whose_record_is_refused_for_days_is_suspended_as_a_record_and_others_go_on(
    world: World,
) -> None:
    endpoint = await world.endpoint()
    world.receiver.decide = lambda _path, body: 422 if world.here.encode() in body else 200
    await world.people("甲", "乙")
    for _ in range(22):
        await world.deliver()
        world.clock.forward(hours=4)
        await world.people("丙", tenant=world.other)
    assert (await world.progress(endpoint))["state"] == "SUSPENDED"
    [filed] = [row for row in await world.records(world.community) if row["kind"] == "webhook.suspend"]
    assert (filed["actor"], filed["subject_id"]) == ("webhooks", str(endpoint.subject_id))
    assert f'"sequence":1,"tenant":"{world.here}"' in filed["content"]
    assert (await world.listed(endpoint))["suspended"] == [world.here]
    assert world.receiver.taken_of(world.there) == list(range(1, len(world.receiver.taken_of(world.there)) + 1))
    asked = len([got for got in world.receiver.got if got.place[0] == world.here])
    world.receiver.decide = lambda _path, _body: 200
    world.clock.forward(days=2)
    await world.deliver()
    assert len([got for got in world.receiver.got if got.place[0] == world.here]) == asked
    assert endpoint.subject_id is not None
    await run_command(resume_webhook, world.at(world.community), ResumeWebhook(endpoint.subject_id, world.courtyard))
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [1, 2]


async def test_an_endpoint_that_takes_nothing_for_days_is_disabled_by_one_record(world: World) -> None:
    endpoint = await world.endpoint()
    world.receiver.decide = lambda _path, _body: HANG_UP
    await world.people("甲")
    await world.people("乙", tenant=world.other)
    for _ in range(30):
        await world.deliver()
        world.clock.forward(hours=4)
    listed = await world.listed(endpoint)
    assert listed["state"] == "DISABLED"
    assert listed["reason"].startswith("PROTOCOL: Server disconnected")
    filed = [row for row in await world.records(world.community) if row["kind"] == "webhook.suspend"]
    assert len(filed) == 1
    assert '"tenant":null' in filed[0]["content"]
    world.receiver.decide = lambda _path, _body: 200
    assert endpoint.subject_id is not None
    await run_command(resume_webhook, world.at(world.community), ResumeWebhook(endpoint.subject_id))
    await world.deliver()
    assert (world.receiver.taken_of(world.here), world.receiver.taken_of(world.there)) == ([1], [1])


async def test_an_endpoint_that_says_it_is_gone_is_disabled_at_once(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    world.receiver.decide = lambda _path, _body: 410
    await world.deliver()
    assert (await world.listed(endpoint))["state"] == "DISABLED"
    assert len(world.receiver.got) == 1


async def test_a_receiver_that_is_down_costs_one_attempt_at_a_time_and_not_one_per_courtyard(world: World) -> None:
    await world.endpoint()
    more = [yuanluo.OpenCourtyard(f"院{number}", f"街{number}号") for number in range(20)]
    await yuanluo.run_commands(yuanluo.open_courtyard, world.at(world.community), more)
    for number in range(3, 23):
        await world.people("甲", tenant=world.community + number)
    world.receiver.decide = lambda _path, _body: 502
    async with world.deliverer() as deliverer:
        await deliverer.round()
        first = len(world.receiver.got)
        assert first <= 2 + POLICY.concurrency
        for _ in range(10):
            world.clock.forward(seconds=61)
            await deliverer.round()
        assert len(world.receiver.got) == first + 10
        world.receiver.decide = lambda _path, _body: 200
        world.clock.forward(seconds=61)
        await deliverer.round()
    assert {code_of(world.community + number) for number in range(3, 23)} <= {code for code, _ in world.receiver.taken}


async def test_all_go_on_as_soon_as_one_is_taken_although_the_server_started_meanwhile(world: World) -> None:
    endpoint = await world.endpoint()
    await world.people("甲")
    await world.people("乙", tenant=world.other)
    world.receiver.decide = lambda _path, _body: 502
    for _ in range(8):
        await world.deliver()
        world.clock.forward(hours=1)
    assert (await world.listed(endpoint))["waiting"] == 3
    await world.deliver()
    world.receiver.decide = lambda _path, _body: 200
    opened = await run_command(
        yuanluo.open_courtyard, world.at(world.community), yuanluo.OpenCourtyard("新苑", "新街1号")
    )
    await world.people("丙", tenant=int(opened.payload["number"]))
    await world.deliver()
    assert (await world.listed(endpoint))["waiting"] == 0


async def test_one_refused_courtyard_does_not_hold_up_others_after_a_start(world: World) -> None:
    await world.endpoint()
    await world.people("甲")
    await world.people("乙", tenant=world.other)
    world.receiver.decide = lambda _path, body: 500 if world.here.encode() in body else 200
    await world.deliver()
    await world.people("丙", "丁", tenant=world.other)
    await world.deliver()
    assert world.receiver.taken_of(world.there) == [1, 2, 3]
    assert [got.place for got in world.receiver.got].count((world.here, 1)) == 1


async def test_the_log_is_swept_after_its_days(world: World) -> None:
    await world.endpoint(world.courtyard)
    await world.deliver()
    world.clock.forward(days=29)
    await world.people("甲")
    await world.deliver()
    assert len(await attempts(world.database, world.courtyard, failed_only=False, most=10)) == 2
    world.clock.forward(days=2)
    await world.deliver()
    assert [row["sequence"] for row in await attempts(world.database, world.courtyard, failed_only=False, most=10)] == [
        2
    ]


# signatures -------------------------------------------------------------------------------------------------------


async def test_the_schemes_own_library_verifies_what_is_sent(world: World) -> None:
    secret = (await world.endpoint(world.courtyard)).secrets[0]
    await world.deliver()
    [got] = world.receiver.got
    assert Webhook(secret).verify(got.body, got.headers) == got.json
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == f"rec_{world.here}_1"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(got.body + b" ", got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(got.body, got.headers)


async def test_both_secrets_sign_during_the_grace_time_and_the_new_one_alone_after(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    assert endpoint.subject_id is not None
    turned = await run_command(
        rotate_webhook_secret, world.at(), RotateWebhookSecret(endpoint.subject_id, grace_hours=1)
    )
    old, new = endpoint.secrets[0], turned.secrets[0]
    assert old != new
    await world.deliver()
    for got in world.receiver.got:
        assert Webhook(old).verify(got.body, got.headers) == Webhook(new).verify(got.body, got.headers)
    before = len(world.receiver.got)
    world.clock.forward(hours=1)
    await world.people("甲")
    await world.deliver()
    assert len(world.receiver.got) == before + 1
    assert len(world.receiver.got[-1].headers["webhook-signature"].split()) == 1
    world.clock.now = dt.datetime.now(dt.UTC)
    await run_command(rotate_webhook_secret, world.at(), RotateWebhookSecret(endpoint.subject_id, grace_hours=0))
    await world.deliver()
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(world.receiver.got[-1].body, world.receiver.got[-1].headers)


async def test_a_message_has_the_same_id_and_body_at_every_attempt(world: World) -> None:
    await world.endpoint(world.courtyard)
    world.receiver.decide = lambda _path, _body: 500
    for _ in range(3):
        await world.deliver()
        world.clock.forward(hours=1)
    assert len(world.receiver.got) == 3
    assert len({(got.headers["webhook-id"], got.body) for got in world.receiver.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in world.receiver.got}) == 3


async def test_secrets_are_sealed_and_shown_once(world: World) -> None:
    endpoint = await run_command(create_webhook, world.at(), CreateWebhook(world.receiver.url(), role=""), key="once")
    again = await run_command(create_webhook, world.at(), CreateWebhook(world.receiver.url(), role=""), key="once")
    assert (len(endpoint.secrets), again.secrets, again.replayed) == (1, (), True)
    with scoped(world.courtyard):
        [row] = await yuanluo.rows(world.database, "SELECT * FROM webhook_endpoint")
    assert endpoint.secrets[0].encode() not in row["secret"]
    assert row["secret_masked"] is None
    assert endpoint.secrets[0] not in "".join(record["content"] for record in await world.records(world.courtyard))


# what is told -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Note:
    """Something to file."""

    text: str


async def _note(context: CommandContext, note: Note) -> Outcome:
    return Outcome(uuid.UUID(int=7), {"text": note.text}, personal="王秀英")


def noting(disclosure: DataClass, body: str = "registry") -> Command[Note]:
    """A command that files a record of a class."""
    return Command(
        action=Action("note.file", (), "test", "记", "note"),
        input=Note,
        many=each(_note),
        subject_type="Note",
        body=body,
        disclosure=disclosure,
    )


async def told(world: World, disclosure: DataClass, **wanted: Any) -> dict[str, Any] | None:
    """What an endpoint is told of a record of a class."""
    command = noting(disclosure)
    composition = world.house.composition
    rules = composition.rules
    known = dataclasses.replace(
        rules,
        actions={**rules.actions, "note.file": command.action},
        roles={**rules.roles, "ARCHIVIST": RoleAbout("ARCHIVIST", {"*": DataClass.D3})},
    )
    commands = {**composition.commands, command.name: command}
    world.house = dataclasses.replace(
        world.house, composition=dataclasses.replace(composition, rules=known, commands=commands)
    )
    await world.endpoint(**wanted)
    await world.deliver()
    world.receiver.got.clear()
    await run_command(command, world.at(), Note("墙面渗水"))
    await world.deliver()
    bodies = [got for got in world.receiver.got if got.place[0] == world.here]
    assert all("王秀英".encode() not in got.body for got in bodies)
    return bodies[0].json if bodies else None


ENVELOPE = {"tenant", "sequence", "filed_at", "hash", "previous_hash"}
METADATA = ENVELOPE | {"id", "kind", "body", "subject_type", "day", "disclosure"}
WHOLE = METADATA | {"subject_id"}


@pytest.mark.parametrize(
    ("disclosure", "role", "with_payload", "keys"),
    [
        (DataClass.D0, "", False, WHOLE),
        (DataClass.D0, "", True, WHOLE | {"payload"}),
        (DataClass.D1, "", True, ENVELOPE),
        (DataClass.D1, "DISTRICT_ADMIN", True, ENVELOPE),
        (DataClass.D1, "SUPERVISOR", True, METADATA),
        (DataClass.D1, "COMMUNITY_SECRETARY", False, WHOLE),
        (DataClass.D1, "COMMUNITY_SECRETARY", True, WHOLE | {"payload"}),
        (DataClass.D2, "SUPERVISOR", True, ENVELOPE),
        (DataClass.D2, "COMMUNITY_SECRETARY", True, WHOLE | {"payload"}),
        (DataClass.D2, "ARCHIVIST", True, WHOLE | {"payload"}),
        (DataClass.D3, "ARCHIVIST", True, ENVELOPE),
    ],
)
async def test_an_endpoint_is_told_what_its_role_may_read_and_of_sensitive_records_only_that_they_are_there(
    world: World, disclosure: DataClass, role: str, with_payload: bool, keys: set[str]
) -> None:
    message = await told(world, disclosure, role=role, with_payload=with_payload)
    assert message is not None
    data, [record] = message["data"], await world.records(world.courtyard)
    assert set(data) == keys
    assert message["type"] == ("note.file" if "kind" in keys else "record.filed")
    assert (data["tenant"], data["sequence"], data["hash"]) == (world.here, 1, record["hash"])
    if "subject_id" in keys:
        assert data["subject_id"] == f"Note:{world.courtyard}:{uuid.UUID(int=7)}"
    if "payload" in keys:
        assert data["payload"] == {"text": "墙面渗水"}


@pytest.mark.parametrize(
    ("kinds", "disclosure", "is_told"),
    [
        (("note.file",), DataClass.D1, True),
        (("note.*",), DataClass.D1, True),
        (("person.*", "note.file"), DataClass.D1, True),
        (("person.create", "seat.*"), DataClass.D1, False),
        (("person.*",), DataClass.D1, False),
        (("note.*",), DataClass.D2, True),
        (("note.*",), DataClass.D3, False),
    ],
)
async def test_an_endpoint_is_told_of_the_kinds_it_asked_for_and_never_learns_a_hidden_one(
    world: World, kinds: tuple[str, ...], disclosure: DataClass, is_told: bool
) -> None:
    assert (await told(world, disclosure, kinds=kinds, role="ARCHIVIST") is not None) is is_told


async def test_what_is_not_wanted_is_passed_over_and_costs_no_attempt(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard, kinds=("organization.*",))
    await world.people("甲", "乙")
    await run_command(yuanluo.create_organization, world.at(), yuanluo.CreateOrganization("FORUM", "议事会"))
    await world.people("丙")
    await world.deliver()
    assert [got.json["type"] for got in world.receiver.got] == ["organization.create"]
    progress = await world.progress(endpoint)
    assert (progress["sequence"], progress["leased_by"]) == (5, None)


# where it may go --------------------------------------------------------------------------------------------------


async def errors_of(world: World) -> list[str | None]:
    return [row["error"] for row in await attempts(world.database, world.courtyard, failed_only=False, most=10)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433"])
async def test_a_loopback_address_is_refused_by_whatever_name(world: World, host: str) -> None:
    world.house = dataclasses.replace(world.house, webhooks=dataclasses.replace(POLICY, networks=()))
    made = CreateWebhook(world.receiver.url(host=host))
    await run_command(create_webhook, world.at(), made)
    await world.deliver()
    [error] = await errors_of(world)
    assert error is not None
    assert error.startswith("ADDRESS_REFUSED")
    assert world.receiver.got == []


async def test_the_address_that_is_checked_is_the_one_connected_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers otherwise the second time is not asked a second time."""
    world.house = dataclasses.replace(
        world.house, webhooks=dataclasses.replace(POLICY, networks=(ipaddress.ip_network("127.0.0.9/32"),))
    )
    loop, asked = asyncio.get_running_loop(), list[str]()
    original = loop.getaddrinfo

    async def rebinding(host: Any, port: Any, **more: Any) -> Any:
        if host == "rebind.example":
            asked.append(host)
            host = "127.0.0.9" if len(asked) == 1 else "127.0.0.1"
        return await original(host, port, **more)

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    await run_command(create_webhook, world.at(), CreateWebhook(world.receiver.url(host="rebind.example")))
    await world.deliver()
    assert asked == ["rebind.example"]
    assert world.receiver.got == []


@pytest.mark.long
async def test_an_address_that_says_nothing_leaves_time_for_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    original = loop.getaddrinfo

    async def two(host: Any, port: Any, **more: Any) -> Any:
        hosts = ("127.0.0.2", "127.0.0.1") if host == "two.example" else (host,)
        return [found for each in hosts for found in await original(each, port, **more)]

    monkeypatch.setattr(loop, "getaddrinfo", two)
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.2", world.receiver.port), backlog=0))
        for _ in range(3):  # nobody accepts, and what comes after those who wait is passed over in silence
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(silent.getsockname())
        url = world.receiver.url(host="two.example")
        async with Sender(POLICY) as sender:
            assert (await sender.send(url, {}, b"{}")).is_delivered


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `localhost` that vouches for itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


async def test_the_receivers_certificate_must_be_vouched_for_and_name_its_host(world: World, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(cert, key)
    async with receiving(tls) as receiver:
        for host, ca_file, is_taken in (
            ("localhost", cert, True),
            ("localhost", None, False),
            ("127.0.0.1", cert, False),
        ):
            policy = dataclasses.replace(POLICY, is_insecure=False, ca_file=ca_file)
            world.house = dataclasses.replace(world.house, webhooks=policy)
            receiver.got.clear()
            made = await run_command(create_webhook, world.at(), CreateWebhook(receiver.url(host=host)))
            await world.deliver()
            assert bool(receiver.got) is is_taken
            if not is_taken:
                assert "CERTIFICATE_VERIFY_FAILED" in str((await errors_of(world))[0])
            assert made.subject_id is not None
            await run_command(pause_webhook, world.at(), PauseWebhook(made.subject_id))


@pytest.mark.parametrize(
    ("address", "admitted"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("64:ff9b::808:808", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
        ("255.255.255.255", False), ("198.18.0.1", False), ("192.0.2.1", False), ("240.0.0.1", False),
        ("::1", False), ("::", False), ("fe80::1", False), ("fd00::1", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("2002:a00:1::", False), ("fec0::1", False), ("64:ff9b:1::a00:1", False),
        ("::127.0.0.1", False), ("::ffff:0:10.0.0.1", False), ("5f00::1", False),
    ],
)  # fmt: skip
def test_only_public_addresses_are_admitted_in_whatever_dress(address: str, admitted: bool) -> None:
    assert is_admitted(ipaddress.ip_address(address)) is admitted


def test_a_network_of_the_settings_is_admitted_and_no_other() -> None:
    networks = (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00::/8"))
    for address, admitted in (("10.20.1.1", True), ("fd00::7", True), ("10.21.1.1", False), ("127.0.0.1", False)):
        assert is_admitted(ipaddress.ip_address(address), networks) is admitted


@pytest.mark.parametrize(
    ("attempts", "jitter", "asked", "seconds"),
    [
        (1, 0.5, None, 5), (2, 0.5, None, 10), (5, 0.5, None, 80), (12, 0.5, None, 10_240), (13, 0.5, None, 14_400),
        (10_000, 0.5, None, 14_400), (1, 0.0, None, 3.75), (1, 1.0, None, 6.25), (1, 0.5, 120.0, 120),
        (1, 0.5, 1e9, 14_400), (13, 0.5, 1.0, 14_400),
    ],
)  # fmt: skip
def test_waits_double_up_to_the_longest_and_are_spread(
    attempts: int, jitter: float, asked: float | None, seconds: float
) -> None:
    assert retry_seconds(WebhookPolicy(), attempts, jitter, asked) == seconds


@pytest.mark.parametrize("path", ["/hook;key=s3?x=1", "/a;b/c;d", "//x/y", "/a%20b?x=%2F;y", "?q=1"])
async def test_a_message_goes_to_the_very_path_of_the_url(world: World, path: str) -> None:
    await world.endpoint(world.courtyard, path=path)
    await world.deliver()
    assert [got.path for got in world.receiver.got] == ["/?q=1" if path == "?q=1" else path]
    assert [got.headers["host"] for got in world.receiver.got] == [f"127.0.0.1:{world.receiver.port}"]


async def test_a_receiver_at_an_ipv6_address_is_called_by_it() -> None:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "::1", 0)
    host = f"[::1]:{server.sockets[0].getsockname()[1]}"
    policy = dataclasses.replace(POLICY, networks=(ipaddress.ip_network("::1"),))
    async with server, Sender(policy) as sender:
        assert (await sender.send(f"http://{host}/hook", {}, b"{}")).is_delivered
    assert [got.headers["host"] for got in receiver.got] == [host]


async def test_redirects_are_not_followed(world: World) -> None:
    await world.endpoint(world.courtyard)
    world.receiver.decide = lambda path, _body: 307 if path == "/hook" else 200
    world.receiver.more_headers = f"Location: {world.receiver.url('/elsewhere')}\r\n"
    await world.deliver()
    assert [got.path for got in world.receiver.got] == ["/hook"]
    assert await errors_of(world) == ["STATUS: the receiver answered 307"]


async def test_a_receiver_that_does_not_answer_in_time_is_tried_again(world: World) -> None:
    world.house = dataclasses.replace(world.house, webhooks=dataclasses.replace(POLICY, timeout_seconds=0.2))
    await world.endpoint(world.courtyard)

    async def never() -> int:
        await asyncio.sleep(30)
        return 200

    world.receiver.decide = lambda _path, _body: never()
    await world.deliver()
    [error] = await errors_of(world)
    assert error is not None
    assert error.startswith("TIMEOUT")


async def test_a_long_answer_is_not_read_to_its_end(world: World) -> None:
    await world.endpoint(world.courtyard)
    world.receiver.more_body = b"x" * 50_000_000
    await world.deliver()
    assert await errors_of(world) == [None]
    assert [each.is_read for each in world.receiver.got] == [False], "more was read than any buffer on the way holds"


# who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x", "example.org", "https://", "https://user:pw@example.org/", "https://example.org/#x",
        "https://example.org/a b", "https://例子.example/", "https://[::1/", "https://example.org:x/",
        "https://example.org/" + "x" * 2_000,
    ],
)  # fmt: skip
async def test_a_url_that_is_none_is_refused(world: World, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        await run_command(create_webhook, world.at(), CreateWebhook(url))
    assert refused.value.field == "url"


async def test_without_the_setting_only_https_is_admitted(world: World) -> None:
    world.house = dataclasses.replace(world.house, webhooks=WebhookPolicy())
    with pytest.raises(Invalid):
        await run_command(create_webhook, world.at(), CreateWebhook("http://example.org/hook"))
    await run_command(create_webhook, world.at(), CreateWebhook("https://example.org/hook"))


@pytest.mark.parametrize("kind", ["", "*", "Person.create", "person.", ".create", "person.create.*.x", "a b"])
async def test_a_kind_that_is_none_is_refused(world: World, kind: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.endpoint(kinds=(kind,))
    assert refused.value.field == "kinds"


@pytest.mark.parametrize(
    ("kind", "meant"), [("person.creat", "person.create"), ("persons.*", "person."), ("nothing.happened", None)]
)
async def test_a_kind_that_is_never_filed_is_refused_with_the_nearest(
    world: World, kind: str, meant: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        await world.endpoint(kinds=("record.erase", "import.owner_roster", "person.*", kind))
    assert (refused.value.stable_code, refused.value.field) == ("KIND_UNKNOWN", "kinds")
    assert kind in refused.value.en
    assert kind in refused.value.zh
    assert ("Did you mean" in refused.value.en) is (meant is not None)
    assert meant is None or meant in refused.value.en


async def test_only_an_administrator_makes_endpoints_and_each_action_cites_its_rule(world: World) -> None:
    for role in ("RESIDENT", "COUNCIL_DIRECTOR", "AUDITOR"):
        with pytest.raises(Forbidden) as refused:
            await run_command(
                create_webhook,
                world.at(actor=holder(role, world.courtyard, world.courtyard, world.courtyard)),
                CreateWebhook(world.receiver.url()),
            )
        assert (refused.value.action, refused.value.rule) == ("webhook.create", "domain 2")
    secretary = holder("COMMUNITY_SECRETARY", world.community, world.community, world.community + 9999)
    made = await run_command(create_webhook, world.at(world.community, secretary), CreateWebhook(world.receiver.url()))
    assert made.payload["role"] == "COMMUNITY_SECRETARY"
    with pytest.raises(Forbidden):
        await run_command(suspend_webhook, world.at(world.community, secretary), None)  # type: ignore[arg-type]


async def test_nobody_reads_through_an_endpoint_what_his_own_role_does_not(world: World) -> None:
    officer = holder(
        "SUBDISTRICT_OFFICER", world.district + 10**7, world.district + 10**7, world.district + 2 * 10**7 - 1
    )
    with pytest.raises(Forbidden) as refused:
        await run_command(
            create_webhook,
            world.at(world.community, officer),
            CreateWebhook(world.receiver.url(), role="COMMUNITY_SECRETARY"),
        )
    assert refused.value.rule == "webhook.role"
    theirs = await world.endpoint()
    assert theirs.subject_id is not None
    change = UpdateWebhook(theirs.subject_id, url="https://elsewhere.example/")
    with pytest.raises(Forbidden):
        await run_command(update_webhook, world.at(world.community, officer), change)
    await run_command(pause_webhook, world.at(world.community, officer), PauseWebhook(theirs.subject_id))


async def test_an_endpoint_of_another_node_does_not_exist_here(world: World) -> None:
    theirs = await world.endpoint(world.other)
    assert theirs.subject_id is not None
    with pytest.raises(NotFound):
        await run_command(pause_webhook, world.at(), PauseWebhook(theirs.subject_id))
    with pytest.raises(NotFound):
        await run_command(
            redeliver_webhook, world.at(world.other), RedeliverWebhook(theirs.subject_id, world.courtyard, 1)
        )


# changing ---------------------------------------------------------------------------------------------------------


async def test_what_is_filed_while_an_endpoint_is_paused_is_told_when_it_resumes(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    assert endpoint.subject_id is not None
    await world.deliver()
    await run_command(pause_webhook, world.at(), PauseWebhook(endpoint.subject_id))
    await world.people("甲")
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [1]
    assert (await world.listed(endpoint))["waiting"] == 2
    await run_command(resume_webhook, world.at(), ResumeWebhook(endpoint.subject_id))
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [1, 2, 3, 4]


async def test_a_pause_stops_a_delivery_under_way_after_the_record_that_is_being_sent(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    await world.people("甲", "乙", "丙")

    async def pausing() -> int:
        assert endpoint.subject_id is not None
        await run_command(pause_webhook, world.at(), PauseWebhook(endpoint.subject_id))
        return 200

    world.receiver.decide = lambda _path, _body: pausing()
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [1]


async def test_an_update_changes_where_what_is_told_goes(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    assert endpoint.subject_id is not None
    change = UpdateWebhook(endpoint.subject_id, url=world.receiver.url("/new"), kinds=("person.*",), with_payload=True)
    receipt = await run_command(update_webhook, world.at(), change)
    assert receipt.payload["kinds"] == ["person.*"]
    await world.people("甲")
    await world.deliver()
    [got] = world.receiver.got
    assert (got.path, got.json["type"], "payload" in got.json["data"]) == ("/new", "person.create", True)


async def test_records_are_told_again_from_the_one_named_on(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    assert endpoint.subject_id is not None
    await world.people("甲", "乙")
    await world.deliver()
    await run_command(redeliver_webhook, world.at(), RedeliverWebhook(endpoint.subject_id, world.courtyard, 2))
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [1, 2, 3, 2, 3, 4]
    for wrong in (0, 5):
        with pytest.raises(Invalid) as refused:
            await run_command(
                redeliver_webhook, world.at(), RedeliverWebhook(endpoint.subject_id, world.courtyard, wrong)
            )
        assert refused.value.field == "sequence"


async def test_a_redelivery_takes_the_courtyard_from_whoever_delivers_it(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    await world.people("甲", "乙")
    once: list[int] = []

    async def rewinding() -> int:
        assert endpoint.subject_id is not None
        if len(world.receiver.got) == 1 and not once:
            once.append(1)
            await run_command(redeliver_webhook, world.at(), RedeliverWebhook(endpoint.subject_id, world.courtyard, 1))
        return 200

    world.receiver.decide = lambda _path, _body: rewinding()
    await world.deliver()
    assert world.receiver.taken_of(world.here) == [1, 2, 1, 2, 3, 4]
