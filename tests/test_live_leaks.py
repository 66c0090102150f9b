"""The generated leak test of what is told without being asked: subscriptions and webhooks.

Nobody adds a subscription here by hand: every field of the composed schema's Subscription is listened to with every
argument, by somebody who may do everything in one courtyard, while everything happens in the other. Nothing of it may
be heard, whether the other courtyard was named or nobody; what is not yours is refused, or kept silent, as what is
not there; and what happens in one's own courtyard is heard, with all that can be selected beneath it.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
import pytest_asyncio
from bundled import bundled_schema
from databases import MakeDatabase
from extent import IS_LONG, amount, some
from houses import schema_of
from listening import TRANSPORTS, Ask, Listen, Listener, chains_to_ask, everything_to_ask, subscription_field
from live_world import Served, served, settings
from oracle import shown
from receivers import Got, Receiver, receiving
from test_leaks import forget_tenants, open_the_database
from two_courtyards import MUTATIONS, NOWHERE, Two, build_two, holder_of_everything

import yuanluo
from yuanluo import Clearance, DataClass, Range, run_command, scoped, system_clock
from yuanluo.live import head_of
from yuanluo.records import Filed, file_record
from yuanluo.webhooks import due
from yuanluo.webhooks.commands import CreateWebhook, create_webhook
from yuanluo.webhooks.deliverer import Deliverer
from yuanluo.webhooks.policy import WebhookPolicy
from yuanluo_graphql.app import build_app
from yuanluo_graphql.http import GraphQLRequest, HttpContext
from yuanluo_graphql.refusals import RequestError
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.subscriptions import Live, Subscription, Wanted
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import Refused
from yuanluo_tenants.scope import EVERYTHING, crossing
from yuanluo_tenants.tables import TableClass, columns_of

pytestmark = pytest.mark.slow

COMPOSED: Final = bundled_schema()
FIELDS: Final = sorted(COMPOSED.core.subscription_type.fields if COMPOSED.core.subscription_type else ())
CANARY: Final = "canaryofanothercourtyard"
DEPTH: Final = 2
"""Below an event: its courtyard, and every list of the courtyard."""
ONE_IN: Final = 4
"""Of the subscriptions to one set of arguments, one in so many is asked for in a short run."""
SETTINGS: Final = settings(
    budget_per_token=0,
    budget_per_tenant=0,
    live_operations=10_000,
    live_queue=10_000,
    live_replay=5,
    max_cost=10**9,
    operation_milliseconds=600_000,
    waiting_per_token=10_000,
)


# what happens -----------------------------------------------------------------------------------------------------


async def file(
    two: Two, tenant: int, kind: str, subject: tuple[str, uuid.UUID], body: str = "registry", text: str = "样例"
) -> Filed:
    """File a public record, which whoever may look at the courtyard at all may read."""
    house, now = two.world.house, system_clock()
    with scoped(tenant):
        async with house.database.transaction():
            return await file_record(
                house.database,
                house.keys,
                kind,
                tenant=tenant,
                actor="operator",
                subject_type=subject[0],
                subject_id=subject[1],
                body=body,
                now=now,
                day=now.date(),
                disclosure=DataClass.D0,
                payload={"text": text},
            )


async def everything_happens_there(two: Two) -> int:
    """Send every mutation in the other courtyard, then file every kind of record there.

    Return how many records the mutations filed.
    """
    login = f"neighbour {uuid.uuid4()}"  # a new one each time: some of what he does ends his own roles and tokens
    two.world.tokens = {**two.world.tokens, login: await holder_of_everything(two.world, login, two.theirs)}
    there = two.seen_by(login, CANARY)
    before = await head_of(two.world.database, two.theirs)
    # what ends accounts and grants comes last, so that the rest is done before the neighbour has ended himself
    for mutation in sorted(MUTATIONS.values(), key=lambda each: each.name.startswith(("account", "role", "token"))):
        await there.send(mutation, there.input_of(mutation, {}))
    by_mutations = await head_of(two.world.database, two.theirs) - before
    for command in two.world.house.composition.commands.values():
        row = (two.rows[two.theirs].get(command.subject_type) or [NOWHERE])[0]
        await file(two, two.theirs, command.name, (command.subject_type, row), command.body, CANARY)
    return by_mutations


async def something_happens_there(two: Two) -> int:
    """File one record in the other courtyard; return that no mutation was needed."""
    await file(two, two.theirs, "person.create", ("Person", two.rows[two.theirs]["Person"][0]), text=CANARY)
    return 0


async def something_happens_here(two: Two) -> list[Filed]:
    """Enter a person by mutation, then file what fits every filter that names something of one's own."""
    mutation = MUTATIONS["personCreate"]
    answer = await two.send(mutation, two.input_of(mutation, {}))
    assert "errors" not in answer, answer
    person = ("Person", two.rows[two.mine]["Person"][0])
    return [await file(two, two.mine, "person.create", person) for _ in range(2)]


# what is of the other courtyard -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Theirs:
    """What stands in the other courtyard and not in one's own."""

    texts: Mapping[str, str]
    numbers: Mapping[int, str]

    @classmethod
    async def of(cls, two: Two) -> Theirs:
        """Look at every row of both."""
        mine, theirs = [dict(telling(two, await two.everything(tenant))) for tenant in (two.mine, two.theirs)]
        found = {value: place for value, place in theirs.items() if value not in mine}
        texts = {value: place for value, place in found.items() if isinstance(value, str)}
        numbers = {value: place for value, place in found.items() if isinstance(value, int)}
        assert len(texts) > 100
        assert any(CANARY in text for text in texts)
        return cls({**texts, str(two.theirs): "the courtyard"}, {**numbers, two.theirs: "the courtyard"})

    def found_in(self, value: Any) -> Iterator[str]:
        """Yield where what an answer holds comes from."""
        match value:
            case Mapping():
                for each in value.values():
                    yield from self.found_in(each)
            case list():
                for each in value:
                    yield from self.found_in(each)
            case str():
                for token in {value, *_TOKENS.findall(value)}:
                    if token in self.texts:
                        yield f"{token!r} of {self.texts[token]}"
                if CANARY in value:
                    yield value
            case int() if not isinstance(value, bool) and value in self.numbers:
                yield f"{value} of {self.numbers[value]}"
            case _:
                pass


_TOKENS = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{16}")


def telling(two: Two, tables: Mapping[str, list[yuanluo.Row]]) -> Iterator[tuple[Any, str]]:
    """Yield what tells whose it is, as JSON shows it: ids, hashes, moments, longer texts, large numbers; no codes."""
    for table in two.world.house.registry.of_class(TableClass.TENANT):
        name, columns = table._meta.tablename, columns_of(table)
        for row in tables[name]:
            for column, value in row.items():
                kind = columns[column].kind if column in columns else None
                if value is None or isinstance(value, bool):
                    continue
                shape = shown(value)
                if isinstance(shape, int):
                    if abs(shape) > 10_000:
                        yield shape, f"{name}.{column}"
                elif isinstance(shape, str) and (
                    kind is Kind.MOMENT or (kind is Kind.TEXT and len(shape) > 3) or _TOKENS.fullmatch(shape)
                ):
                    yield shape, f"{name}.{column}"


# the test ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Heard:
    """What one listener heard of everything that happened."""

    plain: list[tuple[frozenset[str], Listen]]
    pairs: list[tuple[Listen, Listen]]
    chains: list[tuple[str, Listen]]
    filed: list[Filed]
    leaks: list[str]
    filed_by_mutations: int

    def filters_heard(self) -> set[str]:
        """Return the arguments with which something of one's own was heard."""
        return {name for arguments, each in self.plain if each.events for name in arguments}


async def listen(
    two: Two,
    name: str,
    transport: str,
    *,
    is_whole: bool,
    happens: Callable[[Two], Awaitable[int]] = everything_happens_there,
) -> Heard:
    """Subscribe to a field in every way, let everything happen, and look at what was heard."""
    head = await head_of(two.world.database, two.mine)
    own, pairs = everything_to_ask(two, name, head, short=not is_whole, one_in=ONE_IN)
    chains = some(chains_to_ask(two, name, DEPTH), ONE_IN)
    async with ears(two, transport) as (_, listener):
        plain = await listener.open(ask for _, ask in own)
        theirs = await listener.open(pair.theirs for pair in pairs)
        nowhere = await listener.open(pair.nowhere for pair in pairs)
        deep = await listener.open(ask for _, ask in chains)
        by_mutations = await happens(two)
        await listener.quiet()
        leaks = [f"heard of another courtyard: {each.ask.told}" for each in new_events(listener)]
        filed = await something_happens_here(two)
        await listener.quiet()
        strange = await Theirs.of(two)
        for each in listener.all:
            leaks += [f"{found} in {each.ask.told}" for found in strange.found_in(each.events)]
        for one, other in zip(theirs, nowhere, strict=True):
            if (one.refused, one.events) != (other.refused, other.events):
                leaks.append(
                    f"not yours and not there differ: {one.ask.told} {one.refused} {one.events[:1]}; {other.ask.told}"
                    f" {other.refused} {other.events[:1]}"
                )
        return Heard(
            [(arguments, each) for (arguments, _), each in zip(own, plain, strict=True)],
            list(zip(theirs, nowhere, strict=True)),
            [(inner, each) for (inner, _), each in zip(chains, deep, strict=True)],
            filed,
            leaks,
            by_mutations,
        )


def new_events(listener: Listener) -> list[Listen]:
    """Return who heard anything that was not there before he subscribed."""
    return [each for each in listener.all if each.events and "after" not in each.ask.variables]


@asynccontextmanager
async def ears(two: Two, transport: str) -> AsyncIterator[tuple[Served, Listener]]:
    """Serve the house and listen to it as who may do everything in one courtyard."""
    bearer = two.world.tokens["everything"]
    async with served(two.world.house, SETTINGS) as world, TRANSPORTS[transport](world, bearer) as listener:
        yield world, listener


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two(make_database: MakeDatabase) -> Two:
    return await build_two(make_database)


@pytest.mark.parametrize("transport", sorted(TRANSPORTS))
@pytest.mark.parametrize("name", FIELDS)
async def test_nothing_of_another_courtyard_is_heard_and_everything_of_ones_own(
    two: Two, name: str, transport: str
) -> None:
    heard = await listen(two, name, transport, is_whole=IS_LONG and transport == "websocket")
    assert heard.leaks == []
    assert heard.filed_by_mutations, "nothing was written in the other courtyard"
    assert heard.filters_heard() == set(subscription_field(two, name).args), "not every argument let something through"
    assert all(each.refused is None and len(each.events) == len(heard.filed) + 1 for _, each in heard.chains)
    assert any(one.refused for one, _ in heard.pairs)
    assert any(one.refused is None for one, _ in heard.pairs)


@pytest.mark.parametrize("name", FIELDS)
async def test_an_event_says_what_a_query_says_and_no_more(two: Two, name: str) -> None:
    async with ears(two, "websocket") as (_, listener):
        chains = some(chains_to_ask(two, name, DEPTH), ONE_IN)
        deep = await listener.open(ask for _, ask in chains)
        [*_, last] = await something_happens_here(two)
        await listener.quiet()
    gid = f"Record:{two.mine}:{last.id}"
    for (inner, _), each in zip(chains, deep, strict=True):
        query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Record {{ {inner} }} }} }}"
        asked = await two.world.send(query, two.who, {"id": gid})
        assert timeless(each.events[-1]["data"][name]) == timeless(asked["data"]["node"]), each.ask.told


def timeless(value: Any) -> Any:
    """Return what an answer holds apart from the moment at which it was given."""
    if isinstance(value, Mapping):
        return {name: timeless(each) for name, each in value.items() if name != "asOf"}
    return [timeless(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", FIELDS)
async def test_a_subscription_to_what_is_not_yours_takes_as_many_statements_as_one_to_what_is_not_there(
    two: Two, name: str
) -> None:
    head = await head_of(two.world.database, two.mine)
    _, pairs = everything_to_ask(two, name, head, one_in=ONE_IN)
    live = build_app(two.world.house, SETTINGS, is_opened=True, schema=schema_of(two.world.house)).state.live
    differ = [
        f"{pair.theirs.told}: {one}; {other}"
        for pair in pairs
        if (one := await statements_of(two, live, pair.theirs))
        != (other := await statements_of(two, live, pair.nowhere))
    ]
    assert len(pairs) > amount(20, 100)
    assert differ == []


async def statements_of(two: Two, live: Live, ask: Ask) -> tuple[str, int]:
    """Return how subscribing ends, and how many statements it takes."""
    request = GraphQLRequest(ask.query, variables=dict(ask.variables))
    http = HttpContext("POST", {}, two.world.tokens[two.who], None, "test", "en")
    before = two.statements
    try:
        async with live.subscribed(request, http):
            said = "heard"
    except RequestError as error:
        said = error.problems[0].code
    except Refused as error:
        said = error.stable_code
    return said, two.statements - before


# holes: the test can fail -----------------------------------------------------------------------------------------


def forget_the_viewers_scope(patch: pytest.MonkeyPatch, _two: Two) -> None:
    """Let the query for an event run in the name of somebody who may see everything everywhere."""
    check = Subscription.check

    async def patched(self: Subscription) -> Rights:
        rights = await check(self)
        whole = Range(0, EVERYTHING.ranges[0].hi)
        seeing = dataclasses.replace(
            rights.viewer, scope=EVERYTHING, clearances=(Clearance(whole, "*", DataClass.D3),), expires_at=None
        )
        return Rights.of(seeing)

    patch.setattr(Subscription, "check", patched)


def forget_what_was_named(patch: pytest.MonkeyPatch, _two: Two) -> None:
    """Let whoever asks name what he likes; nothing of it is sent to him, but it is looked at."""
    patch.setattr(Wanted, "check", lambda _self, _rights: None)


def forget_the_courtyard_beneath(patch: pytest.MonkeyPatch, two: Two) -> None:
    """Let what hangs below an event be of any courtyard, with the database's own locks opened."""
    forget_tenants(patch)
    open_the_database(patch, two.world)


def tell_more_than_is_shown(patch: pytest.MonkeyPatch, _two: Two) -> None:
    """Send what was announced to whoever asked for its kind, without a look at who may see it."""

    async def patched(self: Subscription, record: Any) -> bytes | None:
        return json.dumps({"data": {"recordFiled": {"id": record.record_gid}}}).encode()

    patch.setattr(Subscription, "_answer", patched)


@pytest.mark.parametrize(
    "hole", [forget_the_viewers_scope, forget_what_was_named, forget_the_courtyard_beneath, tell_more_than_is_shown]
)
async def test_a_hole_in_what_is_told_is_found(two: Two, hole: Callable[[pytest.MonkeyPatch, Two], None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        hole(patch, two)
        heard = await listen(two, "recordFiled", "websocket", is_whole=False, happens=something_happens_there)
    assert heard.leaks


# webhooks ---------------------------------------------------------------------------------------------------------

POLICY: Final = WebhookPolicy(is_insecure=True, networks=(ipaddress.ip_network("127.0.0.0/8"),), poll_seconds=0.05)


async def told_by_webhooks(
    two: Two,
    receiver: Receiver,
    roles: Sequence[str],
    happens: Callable[[Two], Awaitable[int]] = everything_happens_there,
) -> list[str]:
    """Let endpoints of one courtyard be told in the name of these roles while something happens in the other.

    Return what they were told of it.
    """
    house = dataclasses.replace(two.world.house, webhooks=POLICY)
    with crossing("test: endpoints of the demo and of other tests are told nothing"):
        await yuanluo.changed(house.database, "UPDATE webhook_endpoint SET state = 'PAUSED'")
    for role in roles:
        for kinds in ((), ("person.*",)):
            wanted = CreateWebhook(receiver.url(f"/{role}/{len(kinds)}"), role=role, kinds=kinds, with_payload=True)
            await run_command(create_webhook, dataclasses.replace(two.world.at(), house=house), wanted)
    await happens(two)
    filed = await something_happens_here(two)
    async with Deliverer(house) as deliverer:
        await deliverer.round()
    strange = await Theirs.of(two)
    told = {got.path for got in receiver.got if got.place == (two.codes[0], filed[-1].sequence)}
    assert told == {f"/{role}/{kinds}" for role in roles for kinds in (0, 1)}
    return [f"{found} to {got.path}: {got.body!r}" for got in receiver.got for found in strange.found_in(message(got))]


def message(got: Got) -> Any:
    """Return everything that was sent."""
    return [got.json, list(got.headers.values())]


async def test_no_endpoint_of_one_courtyard_is_told_of_another(two: Two) -> None:
    async with receiving() as receiver:
        roles = sorted(two.world.house.composition.rules.roles)
        assert await told_by_webhooks(two, receiver, roles) == []


async def test_an_endpoint_that_is_told_of_too_much_is_found(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    async def of_everything(_database: Any, _nodes: Any) -> Any:
        return EVERYTHING

    monkeypatch.setattr(due, "scope_of", of_everything)
    async with receiving() as receiver:
        assert await told_by_webhooks(two, receiver, ["COUNCIL_DIRECTOR"], something_happens_there)
