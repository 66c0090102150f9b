"""GraphQL over WebSocket: a thin ASGI adapter between a socket and a `Conversation`.

An idle socket costs its coroutine and no task; an operation is a task, so that `complete` from the client, or the end
of the socket, cancels it together with the statement it waits for. Who speaks is told by the bearer token, of the
upgrade's `Authorization` header or of the payload of `connection_init`, never by a cookie: so there is no cross-site
socket to hijack. The token is looked at when the socket opens, at every operation and event, and at its expiry.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack
from typing import Any, Final, cast

import msgspec
from litestar.types import Receive, Scope, Send

from yuanluo_graphql.hosts import hosts_pattern
from yuanluo_graphql.http import Engine, GraphQLRequest, HttpContext, bearer_of, headers_of, variables_too_large
from yuanluo_graphql.negotiation import preferred_locale
from yuanluo_graphql.refusals import Problem, RequestError, internal, problem_of
from yuanluo_graphql.subscriptions import Live
from yuanluo_graphql.transport_ws import PROTOCOL, Action, Close, Conversation, Initialise, Start, Stop
from yuanluo_graphql.transport_ws import Send as Say
from yuanluo_tenants.errors import Refused
from yuanluo_tenants.finishing import stop_all

__all__ = ["GraphQLSockets"]

logger = logging.getLogger(__name__)

_FORBIDDEN: Final = 4403
_HEADERS: Final = frozenset({"authorization", "accept-language"})
"""What `connection_init` may say in place of the upgrade's headers."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class GraphQLSockets:
    """The ASGI application of WebSockets at `/graphql`."""

    def __init__(self, engine: Engine, live: Live) -> None:
        self.engine = engine
        self.live = live
        self._hosts = hosts_pattern(live.settings.allowed_hosts)
        self._run = secrets.token_hex(4)
        self._count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak with one client until either side ends it."""
        if (await receive())["type"] != "websocket.connect":
            return
        headers = headers_of(scope)
        if self._hosts is not None and not self._hosts.fullmatch(headers.get("host", "")):
            await _send(send, {"type": "websocket.close", "code": 1008, "reason": "unknown host"})  # answers 403
            return
        offered = cast("list[str]", cast("dict[str, Any]", scope).get("subprotocols", []))
        if PROTOCOL not in offered:
            await _send(send, {"type": "websocket.accept"})
            await _send(send, {"type": "websocket.close", "code": 4406, "reason": "Subprotocol not acceptable"})
            return
        await _send(send, {"type": "websocket.accept", "subprotocol": PROTOCOL})
        client = scope["client"]
        socket = _Socket(self, headers, client[0] if client else None, send)
        await socket.listen(receive)

    def request_id(self) -> str:
        """Return a new id by which the log names an operation."""
        return f"{self._run}-w{next(self._count):x}"


class _Gone(Exception):
    """The client has left; there is nobody to tell."""


class _Socket:
    """One client."""

    __slots__ = (
        "_bearer",
        "_client",
        "_conversation",
        "_expires_at",
        "_headers",
        "_held",
        "_send",
        "_sockets",
        "_tasks",
        "_timer",
    )

    def __init__(self, sockets: GraphQLSockets, headers: Mapping[str, str], client: str | None, send: Send) -> None:
        self._sockets = sockets
        self._headers = {name: value for name, value in headers.items() if name in _HEADERS}
        self._client = client
        self._send = send
        self._conversation = Conversation()
        self._bearer: str | None = None
        self._tasks: dict[str | None, asyncio.Task[None]] = {}
        """By the id of the operation; None is what a timer began."""
        self._expires_at: dt.datetime | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held: ExitStack | None = None

    async def listen(self, receive: Receive) -> None:
        """Do what the client says until the socket ends, then stop everything that still runs."""
        self._call_later(self._sockets.live.settings.live_init_seconds, self._time_out)
        limit = self._sockets.live.settings.max_body_bytes
        try:
            while True:
                event = cast("dict[str, Any]", await receive())
                if event["type"] != "websocket.receive":
                    return
                text = event.get("text")
                if text is not None and len(text) > limit:
                    await self._do(self._conversation.close(1009, "Message too big"))
                else:
                    await self._do(self._conversation.receive(text))
        except _Gone:
            return
        finally:
            await self._stop()

    async def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._held is not None:
            self._held.close()
        await stop_all(tuple(self._tasks.values()))

    async def _do(self, action: Action | None) -> None:
        match action:
            case None:
                return
            case Say(text):
                await _send(self._send, {"type": "websocket.send", "text": text})
            case Close(code, reason):
                await self._close(code, reason)
            case Initialise(payload):
                await self._initialise(payload)
            case Start(operation, request, size):
                settings = self._sockets.live.settings
                if self._conversation.operations > settings.live_operations:
                    problem = too_many(settings.live_operations)
                    await self._do(self._conversation.error(operation, [problem.formatted(self._locale())]))
                    return
                if size > settings.max_variables_bytes:
                    [problem] = variables_too_large(settings.max_variables_bytes).problems
                    await self._do(self._conversation.error(operation, [problem.formatted(self._locale())]))
                    return
                task = asyncio.create_task(self._run(operation, request))
                self._tasks[operation] = task
                task.add_done_callback(lambda done: self._forget(operation, done))
            case Stop(operation):
                self._tasks[operation].cancel()

    def _forget(self, operation: str | None, task: asyncio.Task[None]) -> None:
        if self._tasks.get(operation) is task:
            del self._tasks[operation]

    async def _close(self, code: int, reason: str) -> None:
        current = asyncio.current_task()
        for task in self._tasks.values():
            if task is not current:
                task.cancel()
        await _send(self._send, {"type": "websocket.close", "code": code, "reason": reason})

    # who it is ------------------------------------------------------------------------------------------------------

    async def _initialise(self, payload: Mapping[str, Any]) -> None:
        live = self._sockets.live
        for name, value in payload.items():
            if name.lower() in _HEADERS and isinstance(value, str):
                self._headers[name.lower()] = value
        try:
            self._bearer = bearer_of(self._headers)
            rights = await live.engine.rights_of(self._bearer, self._client)
            with ExitStack() as stack:
                stack.enter_context(live.held(self._bearer, self._client, self._end))
                self._held = stack.pop_all()
        except RequestError as error:
            await self._do(self._conversation.close(_FORBIDDEN, f"Forbidden: {error.en}"))
            return
        except Exception:
            logger.exception("a WebSocket could not be authenticated")
            await self._do(self._conversation.close(4500, "Internal server error"))
            return
        if self._timer is not None:
            self._timer.cancel()
        self._expires_at = rights.viewer.expires_at
        await self._do(self._conversation.acknowledge())
        await self._expire()

    def _call_later(self, seconds: float, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
        # a handle and no task: a task costs an idle socket several kB
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin, what)

    def _begin(self, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.get_running_loop().create_task(what())
        self._tasks[None] = task
        task.add_done_callback(lambda done: self._forget(None, done))

    def _end(self) -> None:
        self._begin(self._revoked)

    async def _revoked(self) -> None:
        await self._tell(self._conversation.close(_FORBIDDEN, "Forbidden: the token has ended"))

    async def _time_out(self) -> None:
        await self._tell(self._conversation.time_out())

    async def _expire(self) -> None:
        """Close the socket if the token has expired, else look again when it will have."""
        if self._expires_at is None:
            return
        left = (self._expires_at - self._sockets.live.engine.doors.now()).total_seconds()
        if left > 0:
            self._call_later(left, self._expire)
        else:
            await self._tell(self._conversation.close(_FORBIDDEN, "Forbidden: the token has expired"))

    # operations ---------------------------------------------------------------------------------------------------

    async def _run(self, operation: str, request: GraphQLRequest) -> None:
        """Run one operation and tell how it ended, unless nobody wants to know."""
        request_id = self._sockets.request_id()
        http = HttpContext("POST", self._headers, self._bearer, self._client, request_id, self._locale())
        try:
            await self._execute(operation, request, http)
        except _Gone:
            return
        except RequestError as error:
            if error.status == 401:
                await self._tell(self._conversation.close(_FORBIDDEN, "Forbidden: the token has ended"))
            else:
                await self._fail(operation, [each.formatted(http.locale) for each in error.problems])
        except Refused as error:
            await self._fail(operation, [problem_of(error).formatted(http.locale)])
        except Exception:
            logger.exception("GraphQL operation %s failed", request_id)
            await self._fail(operation, [internal(request_id).formatted(http.locale)])

    async def _execute(self, operation: str, request: GraphQLRequest, http: HttpContext) -> None:
        live = self._sockets.live
        if live.is_subscription(request):
            async with live.subscribed(request, http) as subscription:
                while True:
                    body = await subscription.next()
                    await self._do(self._conversation.next(operation, body))
        answer = await self._sockets.engine.execute(request, http)
        if answer.is_request_error:
            await self._do(self._conversation.error(operation, _decode(answer.body)["errors"]))
            return
        await self._do(self._conversation.next(operation, answer.body))
        await self._do(self._conversation.complete(operation))

    async def _fail(self, operation: str, errors: list[dict[str, Any]]) -> None:
        await self._tell(self._conversation.error(operation, errors))

    async def _tell(self, action: Action | None) -> None:
        try:
            await self._do(action)
        except _Gone:
            return

    def _locale(self) -> Any:
        return preferred_locale(self._headers.get("accept-language", ""))


def too_many(limit: int) -> Problem:
    """Return the refusal of one operation too many."""
    return Problem(
        "TOO_MANY_OPERATIONS",
        f"一个连接上最多同时进行 {limit} 个操作,请先结束一些。",
        f"At most {limit} operations run on one socket at once; complete some first.",
    )


async def _send(send: Send, event: dict[str, Any]) -> None:
    try:
        await send(cast("Any", event))
    except (OSError, RuntimeError) as error:  # how servers say that the client has left
        raise _Gone from error
