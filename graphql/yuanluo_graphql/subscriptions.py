"""Subscriptions: an event is a query for one record, asked again in the subscriber's name.

The selection below `recordFiled` is compiled once, as if it stood below `node(id:)`, and run for each record that is
heard: one statement, under the rights that the token has at that moment. So scope, masking, switches, limits, blocks
and the log of sensitive reads are those of queries, and a record that the viewer may not see is not sent.

Conditions see what the viewer sees. A record is first compared with what was announced, which costs nothing; then
the masked kind and subject of the answer itself are compared, so that a condition never tells more than the record.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Hashable, Iterable, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any, Final, TypeVar, cast

import msgspec
from cachetools import LRUCache
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    NameNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
)
from graphql.language import NamedTypeNode

from yuanluo.authority import Unauthenticated
from yuanluo.live import RecordFiled, head_of, records_after
from yuanluo.subjects import WITHOUT_NODE
from yuanluo_graphql.arguments import arguments_of, variable_shape
from yuanluo_graphql.budgets import EVENT_PRICE, RATE_LIMITED
from yuanluo_graphql.documents import Prepared
from yuanluo_graphql.engine import CompiledEngine
from yuanluo_graphql.guards import address_of
from yuanluo_graphql.http import GraphQLRequest, HttpContext
from yuanluo_graphql.hub import Hub, Subscriber, events_missed
from yuanluo_graphql.plan import NIL
from yuanluo_graphql.refusals import Problem, RequestError
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.selection import Selection
from yuanluo_graphql.values import courtyard_number, gid_parts, gid_row
from yuanluo_tenants.errors import Invalid, NotFound
from yuanluo_tenants.finishing import stop_all
from yuanluo_tenants.settings import Settings

__all__ = ["FIELD", "Live", "Subscription"]

_log = logging.getLogger("yuanluo.live")

FIELD: Final = "recordFiled"
_EVENT: Final = "~event"
_SUBJECT: Final = "~subject"
_KIND: Final = "~kind"
_PAGE: Final = 100
_RENDERINGS: Final = 16_000_000
"""Bytes of documents whose renderings are kept."""
_PATIENCE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.5
_STALE_SECONDS: Final = 1.1
"""A little longer than a viewer is kept."""
_AUTHORITY: Final = frozenset({"ApiToken", "Grant", "Account"})
_GIVING: Final = frozenset({"token.create", "role.grant", "account.create"})
"""Kinds of record about authority that take nothing away."""

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records a subscriber asked for."""

    courtyards: frozenset[int]
    """None named: every one in scope."""
    subject: str | None
    kinds: frozenset[str]
    after: int | None

    def admits(self, record: RecordFiled) -> bool:
        """Whether what was announced of `record` fits."""
        return (
            (not self.courtyards or record.tenant in self.courtyards)
            and (not self.kinds or record.kind in self.kinds)
            and (self.subject is None or record.subject_gid == self.subject)
        )

    def check(self, rights: Rights) -> None:
        """Refuse unless everything named lies in the viewer's scope."""
        named = {*self.courtyards, *_node_named(self.subject)}
        if any(number not in rights.scope for number in named):
            raise NotFound(
                "没有所列院落,或您无权查看,请核对代码。",
                "there is no such courtyard, or it is not yours to see; check the codes.",
            )


def _node_named(subject: str | None) -> set[int]:
    """Return the node that a subject's id names: none where its type has a listing."""
    if subject is None or subject.partition(":")[0] in WITHOUT_NODE:
        return set()
    return {gid_parts(subject)[0]}


@dataclass(frozen=True, slots=True)
class Rendering:
    """A subscription as the query that renders one event, and what to look at in its answer."""

    prepared: Prepared
    key: str
    conditions: tuple[str, ...]

    def shown(self, body: bytes, wanted: Wanted, record: RecordFiled) -> bytes | None:
        """Return the answer for the client; None where the viewer may not see the record, or not that it fits."""
        answer = _decode(body)
        data = _decode(answer["data"])
        if bytes(data[self.key]) == b"null":
            return None
        if not self.conditions:
            return body
        row = _decode(data[self.key])
        kind, subject = row.pop(_KIND), row.pop(_SUBJECT)
        if wanted.kinds and bytes(kind) != _encode(record.kind):
            return None
        if wanted.subject is not None and bytes(subject) != _encode(str(record.subject_id)):
            return None
        return _encode({**answer, "data": {self.key: row}})


class Subscription:
    """One running subscription: answers one after the other, until it raises why it ended."""

    def __init__(self, live: Live, rendering: Rendering, wanted: Wanted, variables: Mapping[str, Any]) -> None:
        self._live = live
        self._rendering = rendering
        self._wanted = wanted
        self._variables = variables
        self._subscriber: Subscriber = live.hub.subscribe(wanted.admits)
        self._behind = wanted.after
        self._page: list[RecordFiled] = []
        self._expiry: asyncio.TimerHandle | None = None
        self.bearer = ""
        self.request_id = ""
        self.payer: Hashable = None
        self.cost = 0

    async def next(self) -> bytes:
        """Wait for the next record that the viewer may see, and return the answer that shows it."""
        while True:
            record = await self._patiently(self._next_record)
            shown = await self._patiently(partial(self._answer, record))
            if shown is not None:
                return shown

    async def _answer(self, record: RecordFiled) -> bytes | None:
        """Return the answer that shows `record`; it waits, as for a slow client, while its payer has nothing left."""
        guards, prepared = self._live.engine.guards, self._rendering.prepared
        variables = {**self._variables, _EVENT: record.record_gid}
        request_id = f"{self.request_id}/{record.tenant}/{record.sequence}"
        while True:
            rights = await self.check()
            if record.tenant not in rights.scope:
                return None
            guards.refuse_blocked(prepared)
            work = partial(self._ask, rights, variables, request_id)
            try:
                body = await guards.run(prepared, self.cost, self.payer, rights, request_id, work)
                return self._rendering.shown(body, self._wanted, record)
            except RequestError as refused:
                if refused.stable_code != RATE_LIMITED:
                    raise
            self._subscriber.raise_if_ended()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _ask(self, rights: Rights, variables: Mapping[str, Any], request_id: str) -> bytes:
        engine = self._live.engine
        engine.guards.account(self.payer, rights).pay(EVENT_PRICE + self.cost)
        return await engine.run(self._rendering.prepared, variables, rights, request_id=request_id)

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work`, again and again while the database is away; not for ever."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _PATIENCE_SECONDS
        while True:
            try:
                return await work()
            except Exception as error:
                if not self._live.engine.database.is_away(error):
                    raise
                if loop.time() > end:
                    raise events_missed() from error
            self._subscriber.raise_if_ended()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _next_record(self) -> RecordFiled:
        """Return the next of the records to catch up with, then of those that are heard."""
        while self._behind is not None:
            if not self._page:
                [tenant] = self._wanted.courtyards
                self._page = await records_after(self._live.engine.database, tenant, self._behind, _PAGE)
            if not self._page:
                break
            self._subscriber.raise_if_ended()
            record = self._page.pop(0)
            self._behind = record.sequence
            if self._wanted.admits(record):
                return record
        while True:
            record = await self._subscriber.next()
            if self._behind is None or record.sequence > self._behind:
                self._behind = None
                return record

    async def check(self) -> Rights:
        """Return the rights of the token now; raise, for good, where it or the grant it stood on has ended."""
        rights = await self._live.engine.rights_of(self.bearer)
        try:
            self._wanted.check(rights)
        except NotFound:
            raise grant_ended() from None
        return rights

    async def recheck(self) -> None:
        """Look at the rights without an event and end the subscription where they have ended."""
        try:
            await self.check()
        except RequestError as error:
            self._subscriber.end(error)

    def expire_at(self, moment: dt.datetime | None) -> None:
        """End the subscription at the moment the token expires, whether or not the database can be asked then."""
        self._cancel_expiry()
        if moment is None:
            return
        left = (moment - self._live.engine.doors.now()).total_seconds()
        if left <= 0:
            self._subscriber.end(token_ended())
        else:
            self._expiry = asyncio.get_running_loop().call_later(left, self.expire_at, moment)

    def _cancel_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def close(self) -> None:
        """Hear no more."""
        self._cancel_expiry()
        self._subscriber.close()


class Live:
    """What the subscriptions of one process share."""

    def __init__(
        self, engine: CompiledEngine, hub: Hub, settings: Settings, check_kinds: Callable[[Iterable[str]], None]
    ) -> None:
        self.engine = engine
        self.hub = hub
        self.settings = settings
        self._check_kinds = check_kinds
        self._running: set[Subscription] = set()
        self._holders: Counter[str] = Counter()
        self._holding: dict[Callable[[], None], str | None] = {}
        self._renderings: LRUCache[Hashable, Rendering] = LRUCache(_RENDERINGS, attrgetter("prepared.weight"))
        self._checks: set[asyncio.Task[None]] = set()
        self._is_look_due = False
        self._is_looking = False

    # life -----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Hear of records, and look after the tokens of subscribers, while the block runs."""
        self.hub.on_record.append(self._look_again)
        try:
            async with self.hub.listening():
                watching = asyncio.create_task(self._watch())
                try:
                    yield
                finally:
                    await stop_all({watching, *self._checks})
        finally:
            self.hub.on_record.remove(self._look_again)

    def leave(self) -> None:
        """End every subscription because the server stops."""
        self.hub.leave()

    @property
    def subscriptions(self) -> int:
        """How many subscriptions run."""
        return len(self._running)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.settings.live_check_seconds)
            await self._check_all()

    async def _check_all(self) -> None:
        for subscription in tuple(self._running):
            try:
                await subscription.recheck()
            except Exception as error:  # noqa: BLE001  # while the database is away nothing is sent either
                _log.warning("a token could not be looked at, the next look finds out: %r", error)

    async def _check_everybody(self) -> None:
        """Look after all tokens, and once more where another one was revoked while they were looked after."""
        try:
            while self._is_look_due:
                self._is_look_due = False
                await asyncio.sleep(_STALE_SECONDS)
                await self._check_all()
                await self._check_holders()
        finally:
            self._is_looking = False

    async def _check_holders(self) -> None:
        """Look after the tokens of all who only hold a socket."""
        for bearer in {bearer for bearer in self._holding.values() if bearer is not None}:
            try:
                await self.engine.rights_of(bearer)
            except RequestError:
                for end in [end for end, held in self._holding.items() if held == bearer]:
                    end()
            except Exception as error:  # noqa: BLE001  # nothing is answered without a look at the token either
                _log.warning("a token could not be looked at: %r", error)

    def _look_again(self, record: RecordFiled) -> None:
        """Look after every token soon after a record says that one was revoked, or a role."""
        if record.subject_type not in _AUTHORITY or record.kind in _GIVING or not self._holders:
            return
        self._is_look_due = True
        if not self._is_looking:
            self._is_looking = True
            task = asyncio.get_running_loop().create_task(self._check_everybody())
            self._checks.add(task)
            task.add_done_callback(self._checks.discard)

    @property
    def connections(self) -> int:
        """How many WebSockets and event streams are held."""
        return self._holders.total()

    # holders --------------------------------------------------------------------------------------------------

    @contextmanager
    def held(self, bearer: str | None, client: str | None, end: Callable[[], None] | None = None) -> Generator[None]:
        """Count one connection of a token, or of an address without one; refuse one too many.

        `end` is called when the token is found to have been revoked.
        """
        holder, limit = bearer or f"@{address_of(client)}", self.settings.live_sockets
        if self._holders[holder] >= limit:
            raise RequestError(
                Problem(
                    "TOO_MANY_CONNECTIONS",
                    f"该令牌已有 {limit} 个实时连接,请先关闭一些。",
                    f"This token holds {limit} live connections already; close some first.",
                ),
                status=429,
            )
        self._holders[holder] += 1
        if end is not None:
            self._holding[end] = bearer
        try:
            yield
        finally:
            if end is not None:
                del self._holding[end]
            self._holders[holder] -= 1
            if not self._holders[holder]:
                del self._holders[holder]

    # subscribing ----------------------------------------------------------------------------------------------

    def is_subscription(self, request: GraphQLRequest) -> bool:
        """Whether a request asks for a subscription; raise RequestError if its document is refused."""
        text = self.engine.guards.trusted.text_of(request, only=False)
        prepared = self.engine.documents.prepare(text, request.operation_name, method="WEBSOCKET")
        return prepared.kind is OperationType.SUBSCRIPTION

    @asynccontextmanager
    async def subscribed(self, request: GraphQLRequest, http: HttpContext) -> AsyncGenerator[Subscription]:
        """Open the subscription that `request` asks for, and close it again."""
        admitted = await self.engine.admit(request, http, "WEBSOCKET")
        prepared, variables, rights = admitted.prepared, admitted.variables, admitted.rights
        if http.bearer is None:
            raise unauthenticated()
        rendering, wanted = self._rendering(prepared, variables)
        wanted.check(rights)
        self.engine.plan(rendering.prepared, {**variables, _EVENT: "Record:0:0"}, rights)
        subscription = Subscription(self, rendering, wanted, variables)
        self._running.add(subscription)
        try:
            subscription.bearer, subscription.request_id = http.bearer, http.request_id
            subscription.payer, subscription.cost = admitted.payer, admitted.ready.cost
            subscription.expire_at(rights.viewer.expires_at)
            if wanted.after is not None:
                await self._check_distance(wanted)
            yield subscription
        finally:
            self._running.discard(subscription)
            subscription.close()

    async def _check_distance(self, wanted: Wanted) -> None:
        [tenant] = wanted.courtyards
        limit, after = self.settings.live_replay, wanted.after or 0
        head = await head_of(self.engine.database, tenant)
        if after > head:
            raise Invalid(
                "该院落还没有 after 这个序号的记录,请核对院落,或重新查询记录后再订阅。",
                "this courtyard has no record numbered `after` yet; check the courtyard, or query its records again, "
                "then subscribe.",
                field="after",
            )
        if head - after > limit:
            raise Invalid(
                f"after 之后的记录超过 {limit} 条,请先分页查询记录再订阅。",
                f"more than {limit} records follow `after`; query the records in pages first, then subscribe.",
                field="after",
                code="RESUME_TOO_FAR",
            )

    def _rendering(self, prepared: Prepared, variables: Mapping[str, Any]) -> tuple[Rendering, Wanted]:
        selection = Selection(prepared.fragments, variables)
        fields = selection.collect(frozenset({"Subscription"}), [prepared.operation.selection_set])
        found = [(key, nodes) for key, nodes in fields.items() if nodes[0].name.value == FIELD]
        if len(found) != 1 or len(fields) != 1:
            raise Invalid(
                "订阅须恰好选取一个字段。", "a subscription selects exactly one field.", code="BAD_USER_INPUT"
            )
        [(key, nodes)] = found
        wanted = self._wanted(nodes[0], variables)
        conditions = tuple(
            name for name, asked in ((_KIND, wanted.kinds), (_SUBJECT, wanted.subject is not None)) if asked
        )
        kept = (prepared, variable_shape(prepared.operation, variables), bool(conditions))
        rendering = self._renderings.get(kept)
        if rendering is None:
            rendering = rendered(prepared, key, nodes, conditions)
            if prepared.weight <= self._renderings.maxsize:
                self._renderings[kept] = rendering
        return rendering, wanted

    def _wanted(self, node: FieldNode, variables: Mapping[str, Any]) -> Wanted:
        root = cast("GraphQLObjectType", self.engine.documents.schema.subscription_type)
        definition: GraphQLField = root.fields[FIELD]
        values = {name: each.value for name, each in arguments_of(definition, node, variables).items()}
        codes: list[str] = values.get("courtyards", [])
        subject: str | None = values.get("subject")
        if subject is not None and (gid_parts(subject)[1] if _node_named(subject) else gid_row(subject)) == NIL:
            raise Invalid("subject 不是全局编号。", "`subject` is not a global id.", field="subject")
        for name in ("courtyards", "kinds"):
            if values.get(name) == []:
                raise Invalid(
                    f"{name} 不能为空列表;不限则不填。",
                    f"`{name}` must not be an empty list; leave it out for no limit.",
                    field=name,
                )
        kinds = frozenset(values.get("kinds", []))
        self._check_kinds(sorted(kinds))
        after: int | None = values.get("after")
        if after is not None and (after < 0 or len(set(codes)) != 1):
            raise Invalid(
                "after 须为非负序号,且须恰好给出一个院落。",
                "`after` is a sequence number from 0 and needs exactly one courtyard.",
                field="after",
            )
        return Wanted(frozenset(map(courtyard_number, codes)), subject, kinds, after)


def unauthenticated() -> RequestError:
    """Return the refusal of a subscription without a token."""
    return RequestError(
        Problem("UNAUTHENTICATED", "订阅须提供令牌。", "A subscription needs a token; send one in connection_init.")
    )


def token_ended() -> RequestError:
    """Return the end of what stood on a token that has expired."""
    error = Unauthenticated()
    return RequestError(Problem(error.stable_code, error.zh, error.en), status=401)


def grant_ended() -> RequestError:
    """Return the end of a subscription whose courtyard is no longer in the viewer's scope."""
    return RequestError(
        Problem(
            "UNAUTHENTICATED",
            "您在该院落的授权已终止,订阅已结束。",
            "Your grant over this courtyard has ended, and so has the subscription.",
        )
    )


def rendered(prepared: Prepared, key: str, nodes: list[FieldNode], conditions: tuple[str, ...]) -> Rendering:
    """Return the query that answers one event: `{ <key>: node(id: <event>) { <selection> } }`."""
    selections = [each for node in nodes if node.selection_set for each in node.selection_set.selections]
    if conditions:
        selections += [_aliased(_KIND, "kind"), _aliased(_SUBJECT, "subjectId")]
    event = VariableNode(name=NameNode(value=_EVENT))
    declared = VariableDefinitionNode(
        variable=event, type=NonNullTypeNode(type=NamedTypeNode(name=NameNode(value="ID"))), directives=()
    )
    root = FieldNode(
        alias=NameNode(value=key),
        name=NameNode(value="node"),
        arguments=(ArgumentNode(name=NameNode(value="id"), value=event),),
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(selections)),
    )
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=prepared.operation.name,
        variable_definitions=(*(prepared.operation.variable_definitions or ()), declared),
        directives=(),
        selection_set=SelectionSetNode(selections=(root,)),
    )
    return Rendering(replace(prepared, operation=operation), key, conditions)


def _aliased(alias: str, name: str) -> FieldNode:
    return FieldNode(
        alias=NameNode(value=alias), name=NameNode(value=name), arguments=(), directives=(), selection_set=None
    )
