"""GraphQL over HTTP: one raw ASGI handler between the network and an engine.

The view knows HTTP and nothing of schemas. It reads a POST with JSON or a GET with a query string, hands a
`GraphQLRequest` and an `HttpContext` to the `Engine`, and sends the `Answer` in the media type that was asked
for. Rules it keeps:

- The `Engine` decides what an operation is; it passes `http.method` to `Documents.prepare`, which refuses a
  mutation that came by GET with 405.
- A POST must be `application/json` in UTF-8. Browsers cannot send that across origins without asking, and a GET
  never changes anything: so there is no request to forge.
- Whatever a client sends, the answer is a GraphQL error with a stable `extensions.code`, below 500, and nothing is
  logged as an error. A 5xx means that our own code failed: logged with its traceback and the request id, while the
  client sees the id and the code INTERNAL only.
- Answers hold personal data: `Cache-Control: no-store`.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, cast
from urllib.parse import parse_qsl

import msgspec
from cachetools import LRUCache
from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Receive,
    Scope,
    Send,
)

from yuanluo_graphql.alarms import Alarms, Deadline
from yuanluo_graphql.graphiql import graphiql_assets, graphiql_page
from yuanluo_graphql.limits import Limits
from yuanluo_graphql.negotiation import Media, accepts_events, preferred_locale, preferred_media
from yuanluo_graphql.observing import Trace, trace_of
from yuanluo_graphql.refusals import Problem, RequestError, encode_problems, internal, problem_of
from yuanluo_tenants.errors import Locale, Refused

__all__ = [
    "Answer",
    "Engine",
    "GraphQLRequest",
    "GraphQLView",
    "HttpContext",
    "Streams",
    "bearer_of",
    "graphql_routes",
    "graphql_view",
    "headers_of",
    "variables_too_large",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A well-formed request; whether its document makes sense is for the engine to say."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    """The id of a trusted document; `query` may be empty then, as with `extensions.persistedQuery`."""
    memo: dict[str, Any] = field(default_factory=lambda: {}, compare=False, repr=False)
    """What the engine found out about the request and will find again, should the same bytes come again."""


class HttpContext(msgspec.Struct, frozen=True):
    """What an engine may know of the HTTP request. Header names are in lower case."""

    method: Literal["GET", "POST"]
    headers: Mapping[str, str]
    bearer: str | None
    client: str | None
    request_id: str
    locale: Locale
    trace: Trace | None = None
    """Where the engine notes what may be told of the request, if anybody observes."""


class Answer(msgspec.Struct, frozen=True):
    """A finished response body. `is_request_error` says that it has `errors` and no `data`.

    `status` overrides what follows from that (401, 429...); `headers` are added as they are.
    """

    body: bytes
    is_request_error: bool = False
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Engine(Protocol):
    """Executes one request. It may raise `RequestError` or another `Refused` before anything was executed."""

    async def execute(self, request: GraphQLRequest, http: HttpContext, /) -> Answer:
        """Return the response for `request`."""
        ...


class Streams(Protocol):
    """Answers requests whose client accepts an event stream."""

    def is_subscription(self, request: GraphQLRequest) -> bool:
        """Whether the request asks for a subscription."""
        ...

    async def answer(self, request: GraphQLRequest, http: HttpContext, receive: Receive, send: Send) -> None:
        """Stream the answers; raise RequestError with a status before anything is sent."""
        ...


class _Envelope(msgspec.Struct):
    query: str | None = None
    variables: msgspec.Raw = msgspec.Raw()
    operationName: str | None = None  # noqa: N815  # the name on the wire
    documentId: str | None = None  # noqa: N815  # the name on the wire
    extensions: dict[str, Any] | None = None


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_map = msgspec.json.Decoder(dict[str, Any] | None).decode

_JSON_TYPE = re.compile(r'application/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*', re.IGNORECASE)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PARAMETERS = frozenset({"query", "operationName", "variables", "extensions", "documentId"})

_COMMON_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"vary", b"accept, accept-language, authorization"),
    (b"x-content-type-options", b"nosniff"),
)


def _start_headers(media: str) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", f"{media}; charset=utf-8".encode()), *_COMMON_HEADERS]


_HEADERS: dict[Media, list[tuple[bytes, bytes]]] = {
    "application/json": _start_headers("application/json"),
    "application/graphql-response+json": _start_headers("application/graphql-response+json"),
}


def _refusal(status: int, code: str, zh: str, en: str, headers: tuple[tuple[str, str], ...] = ()) -> RequestError:
    return RequestError(Problem(code, zh, en), status=status, headers=headers)


def _bad(zh: str, en: str) -> RequestError:
    return _refusal(400, "BAD_REQUEST", zh, en)


_CLOSE = (("connection", "close"),)
_WATCHED_AFTER = 0.1
"""Seconds after which it is worth knowing whether the client still waits."""
_LONGEST_KEPT, _MOST_KEPT = 4_096, 256
"""Bytes of a request body that is kept, and how many are."""


class _ClientLeft(Exception):
    """The client closed the connection while sending; there is nobody to answer."""


class _Watch:
    """Cancels the task that made it when the client closes the connection."""

    def __init__(self, receive: Receive) -> None:
        self.client_left = False
        self._receive = receive
        self._working = asyncio.current_task()
        self._watching: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Begin to watch; most requests are answered before."""
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    def stop(self) -> None:
        """Watch no longer."""
        if self._watching is not None:
            self._watching.cancel()

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._working is not None:
            self.client_left = True
            self._working.cancel()


class GraphQLView:
    """The ASGI application at `/graphql`; `page` serves GraphiQL to who asks for HTML."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits | None = None,
        *,
        page: ASGIApp | None = None,
        streams: Streams | None = None,
        body_seconds: float = 30.0,
    ) -> None:
        self._engine = engine
        self._streams = streams
        self._limits = limits or Limits()
        self._page = page
        self._watches = Alarms(_WATCHED_AFTER)
        self._arrivals = Alarms(body_seconds)
        self._run = secrets.token_hex(4)
        self._count = itertools.count(1)
        self._repeated: LRUCache[bytes, GraphQLRequest] = LRUCache(_MOST_KEPT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = headers_of(scope)
        method = str(cast("dict[str, Any]", scope)["method"])
        accept = headers.get("accept", "")
        media = preferred_media(accept, html=self._page is not None and method == "GET")
        streams = self._streams if accepts_events(accept) else None
        if media == "text/html" and self._page is not None:
            await self._page(scope, receive, send)
            return
        locale = preferred_locale(headers.get("accept-language", ""))
        request_id = self._request_id(headers)
        trace = trace_of(scope)
        if trace is not None:
            trace.request_id = request_id
        try:
            request, http, body = await self._understand(scope, receive, method, headers, locale, request_id, trace)
            if media is None and streams is None:
                raise _not_acceptable()
            if streams is not None and (media is None or streams.is_subscription(request)):
                await streams.answer(request, http, receive, send)
                return
            answer = await self._execute(receive, request, http)
            self._keep(body, request)
        except _ClientLeft:
            return
        except RequestError as error:
            answer = Answer(
                encode_problems(error.problems, locale, error.extensions),
                True,
                error.status,
                error.headers,
            )
        except Refused as error:
            answer = Answer(encode_problems((problem_of(error),), locale), True)
        except Exception:
            logger.exception("GraphQL request %s failed", request_id)
            answer = _internal_error(request_id, locale)
        if trace is not None:
            trace.note_errors(answer.body)
        await _send(send, answer, media or "application/json", request_id)

    async def _understand(
        self,
        scope: Scope,
        receive: Receive,
        method: str,
        headers: Mapping[str, str],
        locale: Locale,
        request_id: str,
        trace: Trace | None,
    ) -> tuple[GraphQLRequest, HttpContext, bytes]:
        body = b""
        if method == "POST":
            _check_content(headers)
            body = await self._read(headers, receive)
            request = self._repeated.get(body) or self._from_body(body)
        elif method == "GET":
            request = self._from_query_string(scope["query_string"])
        else:
            raise _refusal(
                405,
                "METHOD_NOT_ALLOWED",
                f"不支持 {method[:16]} 方法,请用 POST 或 GET。",
                f"{method[:16]} is not supported; use POST or GET.",
                (("allow", "GET, POST"),),
            )
        client = scope["client"]
        http = HttpContext(
            "GET" if method == "GET" else "POST",
            headers,
            bearer_of(headers),
            client[0] if client else None,
            request_id,
            locale,
            trace,
        )
        return request, http, body

    async def _execute(self, receive: Receive, request: GraphQLRequest, http: HttpContext) -> Answer:
        """Let the engine work, but not for a client who left: after a while the connection is watched."""
        watch = _Watch(receive)
        self._watches.set(watch)
        try:
            return await self._engine.execute(request, http)
        except asyncio.CancelledError:
            if watch.client_left:
                raise _ClientLeft from None
            raise
        finally:
            self._watches.stop(watch)
            watch.stop()

    def _keep(self, body: bytes, request: GraphQLRequest) -> None:
        """Have `request` at hand when the same bytes come again; the engine says which are worth it, by their memo."""
        if body and request.memo and len(body) <= _LONGEST_KEPT:
            self._repeated[body] = request

    def _request_id(self, headers: Mapping[str, str]) -> str:
        offered = headers.get("x-request-id")
        if offered is not None and _REQUEST_ID.fullmatch(offered):
            return offered
        return f"{self._run}-{next(self._count):x}"

    async def _read(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """Return the whole body, or refuse it as soon as it is known to be too large or too slow."""
        limit = self._limits.max_body_bytes
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > limit):
            raise self._too_large()
        deadline = Deadline()
        self._arrivals.set(deadline)
        try:
            return await self._read_all(receive)
        except asyncio.CancelledError:
            if not deadline.was_it():
                raise
            raise _refusal(
                408,
                "REQUEST_TIMEOUT",
                "请求正文接收超时,请重试。",
                "The request body did not arrive in time; try again.",
                _CLOSE,
            ) from None
        finally:
            self._arrivals.stop(deadline)

    async def _read_all(self, receive: Receive) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            event = await receive()
            if event["type"] != "http.request":
                raise _ClientLeft
            chunks.append(event["body"])
            size += len(event["body"])
            if size > self._limits.max_body_bytes:
                raise self._too_large()
            if not event["more_body"]:
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _too_large(self) -> RequestError:
        limit = self._limits.max_body_bytes
        return _refusal(
            413,
            "BODY_TOO_LARGE",
            f"请求正文超过 {limit} 字节,请缩小后再发。",
            f"The request body is larger than {limit} bytes; send less at once.",
            _CLOSE,
        )

    def _from_body(self, body: bytes) -> GraphQLRequest:
        try:
            envelope = _decode_envelope(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(error) from None
        return self._request(
            envelope.query,
            envelope.operationName,
            bytes(envelope.variables),
            envelope.extensions,
            envelope.documentId,
        )

    def _from_query_string(self, query_string: bytes) -> GraphQLRequest:
        found: dict[str, str] = {}
        try:
            pairs = parse_qsl(
                query_string.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=64,
            )
        except ValueError:
            raise _bad("网址中的参数无法读取。", "The query string cannot be read.") from None
        for name, value in pairs:
            if name in found and name in _PARAMETERS:
                raise _bad(
                    f"参数 {name} 出现了多次。",
                    f"The parameter {name} is given more than once.",
                )
            found[name] = value
        extensions = found.get("extensions")
        return self._request(
            found.get("query"),
            found.get("operationName"),
            found.get("variables", "").encode(),
            _read_map(extensions.encode(), "extensions") if extensions else None,
            found.get("documentId"),
        )

    def _request(
        self,
        query: str | None,
        operation_name: str | None,
        variables: bytes,
        extensions: dict[str, Any] | None,
        document_id: str | None,
    ) -> GraphQLRequest:
        if not (query or document_id or (extensions and "persistedQuery" in extensions)):
            raise _bad("缺少 query(查询文本)。", "`query` is missing.")
        limit = self._limits.max_variables_bytes
        if len(variables) > limit:
            raise variables_too_large(limit)
        values = _read_map(variables, "variables") if variables else None
        return GraphQLRequest(query or "", operation_name or None, values, extensions, document_id or None)


def graphql_view(
    engine: Engine,
    limits: Limits | None = None,
    *,
    path: str = "/graphql",
    graphiql: bool = True,
    streams: Streams | None = None,
) -> GraphQLView:
    """Return the view of `engine`, with GraphiQL for browsers unless it is switched off.

    `streams` answers who accepts an event stream.
    """
    return GraphQLView(engine, limits, page=graphiql_page(path) if graphiql else None, streams=streams)


def graphql_routes(
    view: GraphQLView, *, path: str = "/graphql", graphiql: bool = True, sockets: ASGIApp | None = None
) -> list[ASGIRouteHandler]:
    """Return the Litestar routes of a view at `path`, and of GraphiQL's files; `sockets` speaks with WebSockets."""

    async def graphql(scope: Scope, receive: Receive, send: Send) -> None:
        if cast("Any", scope)["type"] != "websocket":
            await view(scope, receive, send)
        elif sockets is not None:
            await sockets(scope, receive, send)
        else:  # refused before the handshake
            await send(cast("Any", {"type": "websocket.close", "code": 1000, "reason": ""}))

    route = asgi(path, copy_scope=False)(graphql)
    return [route, graphiql_assets(path)] if graphiql else [route]


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers of a connection, their names in lower case."""
    raw = list(scope["headers"])
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
    if len(headers) != len(raw):
        # A repeated header means one list (RFC 9110, 5.3); two credentials thus match no token.
        headers = {}
        for name, value in raw:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """Return the token of the `Authorization` header, or None without one; refuse what is not a bearer's."""
    authorization = headers.get("authorization")
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise _refusal(
            401,
            "UNAUTHENTICATED",
            "Authorization 须写作 “Bearer 令牌”。",
            "Authorization must read `Bearer <token>`.",
            (("www-authenticate", "Bearer"),),
        )
    return token


def variables_too_large(limit: int) -> RequestError:
    """Return the refusal of variables that are longer than a request may have."""
    return _refusal(
        413,
        "VARIABLES_TOO_LARGE",
        f"variables 超过 {limit} 字节。",
        f"`variables` is larger than {limit} bytes.",
    )


def _not_acceptable() -> RequestError:
    return _refusal(
        406,
        "NOT_ACCEPTABLE",
        "只能以 application/json、application/graphql-response+json 或 text/event-stream 作答,请修改 Accept。",
        "Answers come as application/json, application/graphql-response+json or text/event-stream; change Accept.",
    )


def _check_content(headers: Mapping[str, str]) -> None:
    content_type = headers.get("content-type", "")
    if content_type != "application/json" and not _JSON_TYPE.fullmatch(content_type):
        raise _refusal(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "Content-Type 须为 application/json(UTF-8)。",
            "Content-Type must be application/json in UTF-8.",
            (("accept", "application/json"),),
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _refusal(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "请求正文不得压缩。",
            "The request body must not be compressed.",
            (("accept-encoding", "identity"),),
        )


def _unreadable(error: Exception) -> RequestError:
    if isinstance(error, msgspec.ValidationError):
        return _bad(
            f"请求正文不是合法的 GraphQL 请求:{error}",
            f"The body is not a GraphQL request: {error}",
        )
    if isinstance(error, UnicodeDecodeError):
        return _bad("请求正文不是 UTF-8 编码。", "The body is not UTF-8.")
    if isinstance(error, RecursionError):
        return _bad("请求正文嵌套过深。", "The body is nested too deeply.")
    return _bad(f"请求正文不是合法的 JSON:{error}", f"The body is not JSON: {error}")


def _read_map(text: bytes, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] | None = _decode_map(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _bad(
            f"{name} 须为 JSON 对象:{reason}",
            f"`{name}` must be a JSON object: {reason}",
        ) from None
    return found


def _internal_error(request_id: str, locale: Locale) -> Answer:
    return Answer(encode_problems((internal(request_id),), locale), True, 500)


async def _send(send: Send, answer: Answer, media: Media, request_id: str) -> None:
    status = answer.status
    if status is None:
        refused = answer.is_request_error and media == "application/graphql-response+json"
        status = 400 if refused else 200
    headers = [
        *_HEADERS[media],
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-request-id", request_id.encode()),
    ]
    for name, value in answer.headers:
        headers.append((name.encode("latin-1"), value.encode("latin-1")))
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": status,
        "headers": headers,
    }
    end: HTTPResponseBodyEvent = {
        "type": "http.response.body",
        "body": answer.body,
        "more_body": False,
    }
    await send(start)
    await send(end)
