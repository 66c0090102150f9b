"""GraphQL over HTTP: the audits of graphql-http, hostile bodies, media types, and what is logged."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import graphql
import httpx
import msgspec
import pytest
import uvicorn
from graphql import build_schema
from litestar import Litestar
from node_packages import run_node
from pace import PATIENCE

from yuanluo_graphql.documents import Documents
from yuanluo_graphql.http import Answer, GraphQLRequest, GraphQLView, HttpContext, graphql_routes, graphql_view
from yuanluo_graphql.limits import Limits
from yuanluo_graphql.negotiation import preferred_locale, preferred_media
from yuanluo_tenants.errors import Forbidden, IsolationError

SCHEMA = build_schema(
    """
    type Query { hello(name: String): String  numbers(first: Int): [Int!]  seen: String }
    type Mutation { greet: String }
    """
)
LIMITS = Limits(max_body_bytes=100_000, max_variables_bytes=20_000)
GRAPHQL = "application/graphql-response+json"
JSON = {"content-type": "application/json"}


class TinyEngine:
    """An engine over graphql-core alone; some queries stand for what can go wrong behind the view."""

    def __init__(self) -> None:
        self.documents = Documents(SCHEMA, LIMITS)

    async def execute(self, request: GraphQLRequest, http: HttpContext, /) -> Answer:
        if request.operation_name == "Crash":
            raise RuntimeError("a secret of the server")
        if request.operation_name == "Leak":
            raise IsolationError("越界", "a secret lock held")
        if request.operation_name == "Forbidden":
            raise Forbidden("无权", "not allowed", action="read", rule="R0")
        if request.operation_name == "Throttled":
            return Answer(b'{"errors":[]}', True, 429, (("retry-after", "7"),))
        prepared = self.documents.prepare(request.query, request.operation_name, method=http.method)
        values = self.documents.coerce_variables(prepared, request.variables)
        seen = {"bearer": http.bearer, "client": http.client, "locale": http.locale, "id": http.request_id}
        root = {"hello": "你好", "numbers": [1, 2], "seen": json.dumps(seen), "greet": "done"}
        result = cast("Any", graphql).execute_sync(
            SCHEMA, prepared.document, root, variable_values=values.coerced, operation_name=prepared.name
        )
        return Answer(msgspec.json.encode(result.formatted))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the tiny engine on a free port, as in production: uvicorn over Litestar."""
    app = Litestar(graphql_routes(graphql_view(TinyEngine(), LIMITS)), openapi_config=None, logging_config=None)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert thread.is_alive(), "the server died"
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}/graphql"
    server.should_exit = True
    thread.join(PATIENCE)


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        yield client


def post(client: httpx.Client, body: bytes | str | dict[str, Any], **headers: str) -> httpx.Response:
    content = json.dumps(body) if isinstance(body, dict) else body
    return client.post("", content=content, headers={**JSON, **headers})


def code(response: httpx.Response) -> str:
    answer = response.json()
    assert "data" not in answer
    assert answer["errors"][0]["message"]
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.mark.npm
def test_all_audits_of_graphql_http_pass(address: str) -> None:
    audit = run_node("audit.mjs", address)
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert "61 of 61 audits passed" in audit.stdout


HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "BAD_REQUEST"),
    "null": (b"null", 400, "BAD_REQUEST"),
    "a number": (b"1", 400, "BAD_REQUEST"),
    "a string": (b'"x"', 400, "BAD_REQUEST"),
    "true": (b"true", 400, "BAD_REQUEST"),
    "an empty list": (b"[]", 400, "BAD_REQUEST"),
    "a batch": (b'[{"query":"{hello}"}]', 400, "BAD_REQUEST"),
    "an empty object": (b"{}", 400, "BAD_REQUEST"),
    "a truncated object": (b'{"query":', 400, "BAD_REQUEST"),
    "two documents": (b'{"query":"{hello}"} {}', 400, "BAD_REQUEST"),
    "NaN": (b'{"query":"{hello}","variables":{"a":NaN}}', 400, "BAD_REQUEST"),
    "bytes that are not UTF-8": (b"\xff\xfe\x00", 400, "BAD_REQUEST"),
    "a query that is not UTF-8": (b'{"query":"{hello(name:\\"\xff\\")}"}', 400, "BAD_REQUEST"),
    "a name that is not UTF-8": (b'{"query":"{hello}","variables":{"\xff":1}}', 400, "BAD_REQUEST"),
    "UTF-16": ('{"query":"{hello}"}'.encode("utf-16"), 400, "BAD_REQUEST"),
    "a byte order mark": (b'\xef\xbb\xbf{"query":"{hello}"}', 400, "BAD_REQUEST"),
    "a lone surrogate": (b'{"query":"\\ud800"}', 400, "BAD_REQUEST"),
    "5,000 digits as the body": (b"1" * 5_000, 400, "BAD_REQUEST"),
    "5,000 digits as the query": (b'{"query":' + b"1" * 5_000 + b"}", 400, "BAD_REQUEST"),
    "5,000 digits in a variable": (
        b'{"query":"query($n:Int){numbers(first:$n)}","variables":{"n":' + b"1" * 5_000 + b"}}",
        400,
        "BAD_REQUEST",
    ),
    "a number beyond all floats": (
        b'{"query":"{hello}","variables":{"n":1e999999}}',
        400,
        "BAD_REQUEST",
    ),
    "deep lists": (b"[" * 40_000, 400, "BAD_REQUEST"),
    "deep variables": (
        b'{"query":"{hello}","variables":{"a":' + b"[" * 9_000 + b"]" * 9_000 + b"}}",
        400,
        "BAD_REQUEST",
    ),
    "deep extensions": (
        b'{"query":"{hello}","extensions":{"a":' + b'{"a":' * 9_000 + b"1" + b"}" * 9_000 + b"}}",
        400,
        "BAD_REQUEST",
    ),
    "a deep unknown key": (
        b'{"query":"{hello}","z":' + b"[" * 40_000 + b"]" * 40_000 + b"}",
        400,
        "BAD_REQUEST",
    ),
    "a query that is null": (b'{"query":null}', 400, "BAD_REQUEST"),
    "an empty query": (b'{"query":""}', 400, "BAD_REQUEST"),
    "variables as a list": (b'{"query":"{hello}","variables":[]}', 400, "BAD_REQUEST"),
    "variables as a string": (b'{"query":"{hello}","variables":"{}"}', 400, "BAD_REQUEST"),
    "an operation name as a list": (b'{"query":"{hello}","operationName":[]}', 400, "BAD_REQUEST"),
    "extensions as a number": (b'{"query":"{hello}","extensions":1}', 400, "BAD_REQUEST"),
    "a body over the limit": (b'{"query":"' + b" " * 200_000 + b'{hello}"}', 413, "BODY_TOO_LARGE"),
    "variables over the limit": (
        b'{"query":"{hello}","variables":{"a":"' + b"x" * 30_000 + b'"}}',
        413,
        "VARIABLES_TOO_LARGE",
    ),
    "a query of NUL": (b'{"query":"\\u0000"}', 400, "GRAPHQL_PARSE_FAILED"),
    "5,000 digits in the document": (
        b'{"query":"{numbers(first:' + b"1" * 5_000 + b')}"}',
        400,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "4,000 digits in a variable": (
        b'{"query":"query($n:Int){numbers(first:$n)}","variables":{"n":' + b"1" * 4_000 + b"}}",
        400,
        "BAD_USER_INPUT",
    ),
    "deep selections": (b'{"query":"' + b"{hello" * 9_000 + b'"}', 400, "GRAPHQL_PARSE_FAILED"),
    "an unknown operation": (
        b'{"query":"query A{hello}","operationName":"B"}',
        400,
        "OPERATION_NOT_FOUND",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_gets_a_clear_error_and_no_log_entry(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    body, status, expected = HOSTILE[name]
    with caplog.at_level(logging.INFO):
        response = post(client, body, accept=GRAPHQL)
    assert (response.status_code, code(response)) == (status, expected)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_body_without_a_length_is_cut_at_the_limit(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 10_000

    response = client.post("", content=endless(), headers=JSON)
    assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")


def test_a_body_far_over_the_limit_is_refused_without_being_read(address: str) -> None:
    url = httpx.URL(address)
    with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE) as wire:
        wire.sendall(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: 99999999999\r\n\r\n"
        )
        answer = wire.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
        "application/json; charset=utf-16",
        "application/jsonp",
        "text/plain; application/json",
        "application/graphql",
    ],
)
def test_only_json_in_utf8_is_taken(client: httpx.Client, content_type: str) -> None:
    response = client.post("", content=b'{"query":"{hello}"}', headers={"content-type": content_type})
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=UTF-8",
        'application/json;charset="utf-8"',
    ],
)
def test_json_is_taken_in_any_spelling(client: httpx.Client, content_type: str) -> None:
    response = client.post("", content=b'{"query":"{hello}"}', headers={"content-type": content_type})
    assert response.json() == {"data": {"hello": "你好"}}


def test_a_compressed_body_is_refused(client: httpx.Client) -> None:
    response = post(client, b"\x1f\x8b", **{"content-encoding": "gzip"})
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(client: httpx.Client, method: str) -> None:
    response = client.request(method, "")
    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
def test_a_mutation_by_get_is_refused(client: httpx.Client, accept: str) -> None:
    response = client.get("", params={"query": "mutation { greet }"}, headers={"accept": accept})
    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


def test_a_mutation_by_post_runs(client: httpx.Client) -> None:
    assert post(client, {"query": "mutation { greet }"}).json() == {"data": {"greet": "done"}}


def test_a_mutation_beside_a_query_is_refused_by_get_though_the_query_ran(client: httpx.Client) -> None:
    text = "query Q { hello } mutation M { greet }"
    assert client.get("", params={"query": text, "operationName": "Q"}).status_code == 200
    assert client.get("", params={"query": text, "operationName": "M"}).status_code == 405


def test_a_query_by_get_reads_variables(client: httpx.Client) -> None:
    query = "query($n: Int) { numbers(first: $n) }"
    response = client.get("", params={"query": query, "variables": '{"n":2}', "extensions": "{}"})
    assert response.json() == {"data": {"numbers": [1, 2]}}


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query=%ff",
        "query={hello}&query={hello}",
        "query={hello}&variables=[]",
        "query={hello}&variables={",
        "query={hello}&variables=" + "[" * 9_000,
        "query={hello}&variables={%22a%22:" + "1" * 5_000 + "}",
        "query={hello}&extensions=1",
        "&".join(f"a{number}=1" for number in range(100)),
    ],
)
def test_a_hostile_query_string_gets_a_clear_error(client: httpx.Client, query_string: str) -> None:
    response = client.get("?" + query_string)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


def test_a_wrong_document_is_200_as_json_and_400_as_graphql_response(client: httpx.Client) -> None:
    as_json = post(client, {"query": "{ nothing }"}, accept="application/json")
    as_graphql = post(client, {"query": "{ nothing }"}, accept=GRAPHQL)
    assert (as_json.status_code, as_graphql.status_code) == (200, 400)
    assert code(as_json) == code(as_graphql) == "GRAPHQL_VALIDATION_FAILED"
    assert as_graphql.json()["errors"][0]["locations"] == [{"line": 1, "column": 3}]


def test_an_unacceptable_media_type_is_refused(client: httpx.Client) -> None:
    response = post(client, {"query": "{ hello }"}, accept="image/png")
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("accept", "html", "chosen"),
    [
        ("", False, "application/json"),
        ("*/*", True, "application/json"),
        ("application/*", False, "application/json"),
        (GRAPHQL, False, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", False, GRAPHQL),
        (f"application/json, {GRAPHQL}", False, "application/json"),
        (f"{GRAPHQL}; charset=utf-8, */*", False, GRAPHQL),
        ("application/json;q=0, */*", False, GRAPHQL),
        ("APPLICATION/JSON", False, "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True, "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False, "application/json"),
        ("text/html", False, None),
        ("application/json;q=banana", False, None),
        ("text/plain," * 200 + GRAPHQL, False, GRAPHQL),
    ],
)
def test_the_media_type_follows_the_accept_header(accept: str, html: bool, chosen: str | None) -> None:
    assert preferred_media(accept, html=html) == chosen


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en;q=0.1, zh-TW", "zh-CN"),
        ("fr, *;q=0.5", "zh-CN"),
        ("en;q=2", "zh-CN"),
    ],
)
def test_the_language_follows_the_accept_language_header(header: str, locale: str) -> None:
    assert preferred_locale(header) == locale


def test_messages_are_chinese_unless_english_is_preferred(client: httpx.Client) -> None:
    chinese = post(client, b"null").json()["errors"][0]["message"]
    english = post(client, b"null", **{"accept-language": "en"}).json()["errors"][0]["message"]
    assert chinese.startswith("请求正文不是合法的 GraphQL 请求")
    assert english.startswith("The body is not a GraphQL request")


def test_the_engine_sees_token_client_language_and_request_id(client: httpx.Client) -> None:
    response = post(
        client,
        {"query": "{ seen }"},
        authorization="bearer abc",
        **{"accept-language": "en", "x-request-id": "r-1"},
    )
    assert json.loads(response.json()["data"]["seen"]) == {
        "bearer": "abc",
        "client": "127.0.0.1",
        "locale": "en",
        "id": "r-1",
    }
    assert response.headers["x-request-id"] == "r-1"


def test_a_request_id_with_strange_characters_is_replaced(client: httpx.Client) -> None:
    response = post(client, {"query": "{ hello }"}, **{"x-request-id": "a b<script>"})
    assert "script" not in response.headers["x-request-id"]


@pytest.mark.parametrize("authorization", ["Basic YTpi", "Bearer", "abc"])
def test_credentials_of_another_kind_are_refused_rather_than_ignored(client: httpx.Client, authorization: str) -> None:
    response = post(client, {"query": "{ hello }"}, authorization=authorization)
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


def test_two_tokens_are_no_token_of_either(client: httpx.Client) -> None:
    headers = [
        ("content-type", "application/json"),
        ("authorization", "Bearer a"),
        ("authorization", "Bearer b"),
    ]
    response = client.post("", content=b'{"query":"{seen}"}', headers=headers)
    assert json.loads(response.json()["data"]["seen"])["bearer"] == "a, Bearer b"


def test_answers_are_never_stored(client: httpx.Client) -> None:
    headers = post(client, {"query": "{ hello }"}).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("operation", ["Crash", "Leak"])
def test_a_failure_of_ours_is_logged_and_masked(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, operation: str
) -> None:
    response = post(client, {"query": "{ hello }", "operationName": operation})
    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert "secret" not in response.text
    told = response.json()["errors"][0]["extensions"]["requestId"]
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert told in record.getMessage()
    assert record.exc_info is not None


def test_a_refusal_of_the_engine_keeps_its_code(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    response = post(client, {"query": "{ hello }", "operationName": "Forbidden"}, accept=GRAPHQL)
    assert (response.status_code, code(response)) == (400, "FORBIDDEN")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_the_engine_decides_status_and_headers(client: httpx.Client) -> None:
    response = post(client, {"query": "{ hello }", "operationName": "Throttled"})
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")


async def test_a_body_that_does_not_arrive_is_given_up() -> None:
    sent = await answer_to([{"type": "http.request", "body": b'{"query"', "more_body": True}])
    assert sent[0]["status"] == 408
    assert (await answer_to([]))[0]["status"] == 408


async def test_a_client_that_leaves_while_sending_is_not_answered() -> None:
    first = {"type": "http.request", "body": b'{"query"', "more_body": True}
    assert await answer_to([first, {"type": "http.disconnect"}]) == []
    assert await answer_to([{"type": "http.disconnect"}]) == []


async def answer_to(events: list[dict[str, Any]]) -> list[Any]:
    """Feed the view these events, then silence, and return what it sends."""
    sent: list[Any] = []
    waiting = list(events)

    async def receive() -> Any:
        if waiting:
            return waiting.pop(0)
        return await asyncio.Event().wait()

    async def send(event: Any) -> None:
        sent.append(event)

    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": None,
    }
    await GraphQLView(TinyEngine(), LIMITS, body_seconds=0.05)(scope, receive, send)
    return sent
