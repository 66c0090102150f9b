"""GraphQL over server-sent events: graphql-sse's "distinct connections mode", one HTTP request per operation.

`event: next` carries an answer, `event: complete` ends the stream, a comment keeps a quiet one alive. What is wrong
with the HTTP request itself, or with its token, is refused as any other request is; what is wrong with the document
comes as `next` with `errors`, because an EventSource shows its page no other answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any, Final, TypeVar, cast

from litestar.types import Receive, Send

from yuanluo_graphql.http import Engine, GraphQLRequest, HttpContext
from yuanluo_graphql.refusals import RequestError, encode_problems, internal, problem_of
from yuanluo_graphql.subscriptions import Live, Subscription
from yuanluo_tenants.errors import Refused
from yuanluo_tenants.finishing import stop_all

__all__ = ["EventStreams"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept, accept-language, authorization"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)
_COMPLETE: Final = b"event: complete\ndata: \n\n"
_COMMENT: Final = b":\n\n"


class EventStreams:
    """Answers requests that accept `text/event-stream`."""

    def __init__(self, engine: Engine, live: Live) -> None:
        self.engine = engine
        self.live = live

    def is_subscription(self, request: GraphQLRequest) -> bool:
        """Whether the request asks for a subscription."""
        return self.live.is_subscription(request)

    async def answer(self, request: GraphQLRequest, http: HttpContext, receive: Receive, send: Send) -> None:
        """Stream the answers of one operation until it ends or the client leaves.

        What concerns the request itself is raised as a RequestError with a status, before anything is sent.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(self.live.held(http.bearer, http.client))
            leaving = asyncio.create_task(_left(receive))
            stack.callback(leaving.cancel)
            subscription: Subscription | None = None
            body = b""
            try:
                if self.live.is_subscription(request):
                    subscription = await stack.enter_async_context(self.live.subscribed(request, http))
                else:
                    body = (await _unless(leaving, self.engine.execute(request, http))).body
            except _Gone:
                return
            except RequestError as error:
                if error.status is not None:
                    raise
                body = encode_problems(error.problems, http.locale)
            except Refused as error:
                body = encode_problems((problem_of(error),), http.locale)
            with suppress(_Gone):
                await _unless(leaving, self._stream(subscription, body, http, send))

    async def _stream(self, subscription: Subscription | None, body: bytes, http: HttpContext, send: Send) -> None:
        headers = [*_HEADERS, (b"x-request-id", http.request_id.encode())]
        try:
            await _send(send, {"type": "http.response.start", "status": 200, "headers": headers})
            if subscription is None:
                await _write(send, _next(body))
            else:
                await _write(send, _COMMENT)  # so that the client knows that it is heard
                await self._events(subscription, http, send)
            await _send(send, {"type": "http.response.body", "body": _COMPLETE, "more_body": False})
        except _Gone:
            return

    async def _events(self, subscription: Subscription, http: HttpContext, send: Send) -> None:
        quiet = self.live.settings.live_keepalive_seconds
        try:
            while True:
                coming = asyncio.create_task(subscription.next())
                try:
                    while not (await asyncio.wait([coming], timeout=quiet))[0]:
                        await _write(send, _COMMENT)
                    body = coming.result()
                finally:
                    await stop_all([coming])
                await _write(send, _next(body))
        except RequestError as error:
            await _write(send, _next(encode_problems(error.problems, http.locale)))
        except Refused as error:
            await _write(send, _next(encode_problems((problem_of(error),), http.locale)))
        except _Gone:
            raise
        except Exception:
            logger.exception("GraphQL event stream %s failed", http.request_id)
            await _write(send, _next(encode_problems((internal(http.request_id),), http.locale)))


def _next(body: bytes) -> bytes:
    # a line break in JSON is white space, but it would end the field of the event
    line = body.replace(b"\r", b" ").replace(b"\n", b" ")
    return b"event: next\ndata: " + line + b"\n\n"


class _Gone(Exception):
    """The client has left; there is nobody to tell."""


async def _unless(leaving: asyncio.Task[None], work: Coroutine[Any, Any, T]) -> T:
    """Await `work`; stop it and raise _Gone when the client leaves before it has ended."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task, leaving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        is_done = task.done()
        await stop_all([task])
    if not is_done:
        raise _Gone
    return task.result()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, chunk: bytes) -> None:
    await _send(send, {"type": "http.response.body", "body": chunk, "more_body": True})


async def _send(send: Send, event: dict[str, Any]) -> None:
    try:
        await send(cast("Any", event))
    except OSError as error:
        raise _Gone from error
