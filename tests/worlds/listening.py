"""What the generated leak test of subscriptions asks and how it listens, over either transport.

`everything_to_ask` makes subscriptions from the schema alone: every field of `Subscription`, every subset of its
arguments, in each argument values of every sort that its type could mean. A value that names something of the other
courtyard comes with one that names nothing, and the two must be answered alike.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from extent import some
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)
from live_world import Served, Socket
from pace import PATIENCE
from selections import Selections
from two_courtyards import MODEL, Two

__all__ = ["TRANSPORTS", "Ask", "Listen", "Listener", "Pair", "Probe", "chains_to_ask", "everything_to_ask"]

FEW: Final = 16
"""Values of a set of arguments that are all tried, in short runs too."""
KINDS: Final = ("person.create", "dwelling.add", "record.erase")
"""A kind of record that is filed in both courtyards, one of the other courtyard alone, one that no command files."""


# what is asked ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Probe:
    """A value of one sort in its three forms: of one's own courtyard, of the other, of none."""

    sort: str
    mine: Any
    theirs: Any
    nowhere: Any

    @property
    def names(self) -> bool:
        """Whether it names something, rather than being a plain number or choice."""
        return self.theirs != self.nowhere


@dataclass(frozen=True, slots=True)
class Ask:
    """One subscription."""

    field: str
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """How it is told of in a failure."""
        return f"{self.query} {json.dumps(self.variables, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two subscriptions that must be answered alike: one names what is not yours, the other what is not there."""

    theirs: Ask
    nowhere: Ask


def probes_of(two: Two, given: GraphQLInputType, head: int, *, short: bool) -> list[Probe]:
    """Return what can be given as a value of a type; `short` leaves out lists of two, and all but one type of id."""
    while isinstance(given, GraphQLNonNull):
        given = given.of_type
    if isinstance(given, GraphQLList):
        inner = probes_of(two, given.of_type, head, short=short)
        alone = [Probe(each.sort, [each.mine], [each.theirs], [each.nowhere]) for each in inner]
        beside = [
            Probe(f"{p.sort} beside own", [p.mine, p.mine], [p.mine, p.theirs], [p.mine, p.nowhere])
            for p in inner
            if p.names and not short
        ]
        return alone + beside
    if isinstance(given, GraphQLEnumType):
        return [Probe(name, name, name, name) for name in given.values]
    if isinstance(given, GraphQLInputObjectType):
        return list(_members(two, given, head, short=short))
    assert isinstance(given, GraphQLScalarType)
    match given.name:
        case "ID":
            return _ids(two, short=short)
        case "String":
            codes = Probe("code", two.codes[0], two.codes[1], "5101060320019999")
            return [codes, Probe("kind", *KINDS), *_ids(two, short=True)]
        case "Int" | "Long":
            return [Probe(f"number {each}", each, each, each) for each in (0, head)]
        case "Boolean":
            return [Probe(str(each), each, each, each) for each in (True, False)]
        case other:
            raise AssertionError(f"the leak test of subscriptions has no value of {other}; teach it one")


def _ids(two: Two, *, short: bool) -> list[Probe]:
    found: list[Probe] = []
    for name in ["Person"] if short else sorted(two.rows[two.theirs]):
        if two.rows[two.theirs][name] and name in MODEL.entities:
            for (theirs, nowhere), place in zip(two.strange(name), ("there", "here"), strict=False):
                found.append(Probe(f"{name} {place}", two.own(name), theirs, nowhere))
    return found


def _members(two: Two, given: GraphQLInputObjectType, head: int, *, short: bool) -> Iterator[Probe]:
    """Yield an object for every value of every member; what else is required is one's own."""
    found = {name: probes_of(two, each.type, head, short=short) for name, each in given.fields.items()}
    required = {name: found[name][0].mine for name, each in given.fields.items() if is_required_input_field(each)}
    for name, probes in found.items():
        for each in probes:
            yield Probe(
                f"{name}: {each.sort}",
                {**required, name: each.mine},
                {**required, name: each.theirs},
                {**required, name: each.nowhere},
            )


def ask_of(name: str, each: GraphQLField, chosen: Mapping[str, Any], selection: str) -> Ask:
    """Return the subscription to a field with these arguments."""
    declared = ", ".join(f"${argument}: {_optional(each.args[argument])}" for argument in chosen)
    given = ", ".join(f"{argument}: ${argument}" for argument in chosen)
    head, call = (f"({declared})", f"({given})") if chosen else ("", "")
    return Ask(name, f"subscription{head} {{ {name}{call} {{ {selection} }} }}", dict(chosen))


def _optional(argument: GraphQLArgument) -> str:
    return str(argument.type)


def everything_to_ask(
    two: Two, name: str, head: int, *, short: bool = False, one_in: int = 1
) -> tuple[list[tuple[frozenset[str], Ask]], list[Pair]]:
    """Return subscriptions to a field with arguments of one's own, and the pairs that must be answered alike.

    `head` is the number of the last record of one's own courtyard; `short` leaves out three arguments and more. Of
    each set of arguments, one in `one_in` is asked in a short run.
    """
    each = subscription_field(two, name)
    entity = selections(two).model.entities[get_named_type(each.type).name]
    leaves = selections(two).leaves(entity)
    own: list[tuple[frozenset[str], Ask]] = []
    pairs: list[Pair] = []
    required = {argument for argument, about in each.args.items() if is_required_argument(about)}
    for subset in _subsets(sorted(each.args)):
        if not required <= set(subset) or (short and len(subset) > 2):
            continue
        is_short = short or len(subset) > 2
        pools = [probes_of(two, each.args[argument].type, head, short=is_short) for argument in subset]
        combined = list(itertools.product(*pools))
        for probes in some(combined, one_in if len(combined) > FEW else 1, subset):
            by_name = dict(zip(subset, probes, strict=True))
            mine = {argument: probe.mine for argument, probe in by_name.items()}
            own.append((frozenset(subset), ask_of(name, each, mine, leaves)))
            naming = [argument for argument, probe in by_name.items() if probe.names]
            for wrong in _subsets(naming):
                if not wrong or (len(subset) > 2 and len(wrong) not in (1, len(naming))):
                    continue
                theirs = mine | {argument: by_name[argument].theirs for argument in wrong}
                nowhere = mine | {argument: by_name[argument].nowhere for argument in wrong}
                pairs.append(Pair(ask_of(name, each, theirs, leaves), ask_of(name, each, nowhere, leaves)))
    return own, pairs


def chains_to_ask(two: Two, name: str, depth: int) -> list[tuple[str, Ask]]:
    """Return a subscription without a filter for every chain of relations below the event, with its selection."""
    each = subscription_field(two, name)
    entity = selections(two).model.entities[get_named_type(each.type).name]
    return [(inner, ask_of(name, each, {}, inner)) for inner in selections(two).chains(entity, depth)]


def subscription_field(two: Two, name: str) -> GraphQLField:
    """Return a field of the composed schema's Subscription."""
    root = two.world.app.state.live.engine.documents.schema.subscription_type
    found: GraphQLField = root.fields[name]
    return found


def selections(two: Two) -> Selections:
    """Return what can be selected in the composed schema."""
    engine = two.world.app.state.live.engine
    return Selections(engine.compiler.model, engine.documents.schema)


def _subsets(names: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(names, size) for size in range(len(names) + 1))


# who listens ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Listen:
    """One subscription that was sent, and what came of it."""

    ask: Ask
    refused: str | None = None
    """The refusal, apart from the values the client sent himself."""
    events: list[Any] = field(default_factory=list)

    def refuse(self, errors: Any) -> None:
        """Enter why it was refused."""
        text = json.dumps(errors, ensure_ascii=False, sort_keys=True)
        for value in sorted(_texts_of(self.ask.variables), key=len, reverse=True):  # a code stands in an id too
            text = text.replace(value, "<value>")
        self.refused = text


def _texts_of(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts_of(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts_of(each)]
    return [value] if isinstance(value, str) else []


class Listener:
    """A client of the server, holding many subscriptions."""

    def __init__(self, world: Served, begin: Callable[[Listen], Any]) -> None:
        self.world = world
        self.all: list[Listen] = []
        self._begin = begin

    async def open(self, asked: Iterable[Ask]) -> list[Listen]:
        """Subscribe, and return when each is either heard or refused."""
        new = [Listen(ask) for ask in asked]
        self.all += new
        for each in new:
            await self._begin(each)
        async with asyncio.timeout(PATIENCE):
            while self.world.live.subscriptions + sum(each.refused is not None for each in self.all) < len(self.all):  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.01)
        return new

    async def quiet(self, looks: int = 10) -> None:
        """Wait until the server has heard of all that was committed, told it, and nothing more arrives here.

        A subscription waits for its next record only once it has sent the one before; what was sent is then read in a
        few turns of this loop. Turns are counted and not seconds: whoever holds the loop up holds up the reading too.
        """
        await self.world.quiet()
        before, unchanged = -1, 0
        async with asyncio.timeout(PATIENCE):
            while unchanged < looks:
                await asyncio.sleep(0.02)
                now = sum(len(each.events) for each in self.all)
                wakes = [each._wakes for each in self.world.live.hub._subscribers]
                is_idle = all(each._waiters and not each.is_set() for each in wakes)
                unchanged = unchanged + 1 if is_idle and now == before else 0
                before = now


@asynccontextmanager
async def over_websocket(world: Served, token: str) -> AsyncIterator[Listener]:
    """Listen over one WebSocket."""
    await world.quiet()
    async with world.connected() as socket:
        await socket.init(token)
        sent: dict[str, Listen] = {}

        async def begin(each: Listen) -> None:
            sent[str(len(sent))] = each
            await socket.subscribe(each.ask.query, str(len(sent) - 1), **each.ask.variables)

        reading = asyncio.create_task(_read(socket, sent))
        try:
            yield Listener(world, begin)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _read(socket: Socket, sent: Mapping[str, Listen]) -> None:
    while True:
        said = await socket.hear(600)
        if said["type"] == "next":
            sent[said["id"]].events.append(said["payload"])
        elif said["type"] == "error":
            sent[said["id"]].refuse(said["payload"])


@asynccontextmanager
async def over_event_streams(world: Served, token: str) -> AsyncIterator[Listener]:
    """Listen over server-sent events, a stream for each subscription."""
    await world.quiet()
    reading: list[asyncio.Task[None]] = []
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {token}"}
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            httpx.AsyncClient(timeout=600, limits=httpx.Limits(max_connections=None), trust_env=False)
        )

        async def begin(each: Listen) -> None:
            reading.append(asyncio.create_task(_stream(client, world, headers, each)))

        try:
            yield Listener(world, begin)
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)


async def _stream(client: httpx.AsyncClient, world: Served, headers: Mapping[str, str], each: Listen) -> None:
    body = {"query": each.ask.query, "variables": dict(each.ask.variables)}
    url = f"http://127.0.0.1:{world.port}/graphql"
    async with client.stream("POST", url, json=body, headers=dict(headers)) as response:
        if response.status_code != 200:
            each.refuse(f"HTTP {response.status_code}: {(await response.aread()).decode()}")
            return
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                said = json.loads(line.removeprefix("data: "))
                if "data" in said:
                    each.events.append(said)
                else:
                    each.refuse(said["errors"])


TRANSPORTS: Final = {"websocket": over_websocket, "events": over_event_streams}
