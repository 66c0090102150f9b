"""An answer leaves in one piece, nothing written is lost or held for long, and no client holds a connection in vain."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import pytest
import uvicorn
from pace import PATIENCE

from yuanluo_graphql.protocols import Http, Whole


class Wire:
    """A transport that notes what reaches it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        if self.closed:
            raise RuntimeError("written to a closed transport")
        self.sent.append(data)

    def writelines(self, lines: Sequence[bytes]) -> None:
        self.write(b"".join(lines))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> Any:
        return f"the {name}"


@pytest.fixture
def wire() -> Wire:
    return Wire()


def whole(wire: Wire) -> Whole:
    return Whole(cast("asyncio.Transport", wire), asyncio.get_running_loop())


@pytest.mark.parametrize("size", [0, 1, 300_000])
async def test_head_and_body_leave_together(wire: Wire, size: int) -> None:
    transport = whole(wire)
    transport.write(b"head")
    transport.write(b"b" * size)
    assert wire.sent == [b"head" + b"b" * size]
    await asyncio.sleep(0)
    assert len(wire.sent) == 1


async def test_a_head_that_nothing_follows_leaves_at_once_by_itself(wire: Wire) -> None:
    transport = whole(wire)
    transport.write(b"head of a stream")
    await asyncio.sleep(0)
    assert wire.sent == [b"head of a stream"]
    for event in (b"one", b"two", b"three"):
        transport.write(event)
    await asyncio.sleep(0)
    assert b"".join(wire.sent) == b"head of a streamonetwothree"


async def test_what_is_held_leaves_before_the_connection_closes(wire: Wire) -> None:
    transport = whole(wire)
    transport.write(b"last words")
    transport.close()
    assert (wire.sent, wire.closed) == ([b"last words"], True)


async def test_who_hung_up_meanwhile_is_written_nothing(wire: Wire) -> None:
    transport = whole(wire)
    transport.write(b"head")
    wire.closed = True
    await asyncio.sleep(0)
    assert wire.sent == []


async def test_the_bare_transport_comes_with_nothing_held_and_the_rest_is_its_own(wire: Wire) -> None:
    transport = whole(wire)
    transport.write(b"head")
    assert transport.bare() is cast("Any", wire)
    assert wire.sent == [b"head"]
    assert transport.get_extra_info("peername") == "the peername"


class Hasty(Http):
    head_bytes = 100_000
    head_seconds = 0.4
    stalled_seconds = 0.4


class App:
    """Answers `/large` with much, waits at `/stream` until its client leaves, reads at `/read`; says hello elsewhere."""

    def __init__(self) -> None:
        self.streams = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/read":
            await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/stream":
            self.streams += 1
            while (await receive())["type"] != "http.disconnect":
                pass
            self.streams -= 1
            return
        body = b"hello" if scope["path"] != "/large" else b"x" * 40_000_000
        await send({"type": "http.response.body", "body": body})


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  # neither uvicorn nor a socket tells of it in another way
        await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(app: App) -> AsyncGenerator[tuple[int, set[Any]]]:
    """Serve on a free port; give the port and the open connections."""
    config = uvicorn.Config(cast("Any", app), http=Hasty, lifespan="off", log_config=None, timeout_keep_alive=1)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await until(lambda: server.started)
        yield listener.getsockname()[1], cast("set[Any]", server.server_state.connections)
    finally:
        for each in list(server.server_state.connections):
            cast("Any", each).transport.abort()
        server.should_exit = True
        await task


async def answer_to(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send the parts, and return what comes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("begin", [b"GET /?query=", b"GET / HTTP/1.1\r\nhost: a\r\nx-long: "])
async def test_a_head_without_end_is_refused(begin: bytes) -> None:
    async with serving(App()) as (port, _connections):
        answer = await answer_to(port, begin, *[b"a" * 50_000] * 3, pause=0.02)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_head_that_does_not_come_is_not_waited_for() -> None:
    async with serving(App()) as (port, connections):
        assert await answer_to(port) == b""
        assert (await answer_to(port, b"GET / HT")).startswith(b"HTTP/1.1 408 ")
        dribbled = await answer_to(port, b"GET / HTTP/1.1\r\n", *[b"x: y\r\n"] * 6, pause=0.05)
        assert dribbled.startswith(b"HTTP/1.1 408 ")
        # the same behind an answer, where uvicorn waits for a further request alone
        again = await answer_to(port, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", b"\r\n", pause=0.05)
        assert again.startswith(b"HTTP/1.1 200 ")
        assert connections == set()


@pytest.mark.parametrize(("version", "first"), [("1.1", b"HTTP/1.1 100 "), ("1.0", b"HTTP/1.1 200 ")])
async def test_only_who_knows_interim_answers_is_told_to_go_on(version: str, first: bytes) -> None:
    head = f"POST /read HTTP/{version}\r\nhost: a\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 2\r\n\r\n"
    async with serving(App()) as (port, _connections):
        answer = await answer_to(port, head.encode(), b"{}", pause=0.1)
        assert answer.startswith(first)
        assert b"HTTP/1.1 200 " in answer


async def test_who_leaves_with_requests_in_line_ends_the_one_at_work() -> None:
    app = App()
    async with serving(app) as (port, _connections):
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /stream HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            await until(lambda: app.streams == 1)
            await asyncio.sleep(0.6)  # longer than a head may take: what is at work is not timed by it
            assert app.streams == 1
            writer.transport.abort()
            await until(lambda: app.streams == 0)


LARGE = b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n"


@asynccontextmanager
async def asking(port: int, request: bytes) -> AsyncGenerator[socket.socket]:
    """Send a request and give the socket, of which nothing is read yet."""
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, request)
        yield client


async def test_a_client_that_does_not_read_is_cut() -> None:
    async with serving(App()) as (port, connections), asking(port, LARGE), asyncio.timeout(PATIENCE):
        await until(lambda: connections != set())
        await until(lambda: connections == set())


class Steady:
    """Whether the loop never stood still for as long as a server waits for a reader."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Note the longest that the loop stood still."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            self.longest = max(self.longest, loop.time() - before)


async def test_a_client_that_reads_slowly_is_served() -> None:
    loop = asyncio.get_running_loop()
    async with serving(App()) as (port, _connections), asyncio.timeout(PATIENCE):
        while True:  # where this process itself stood still, client and server did, and it is tried again
            steady, taken = Steady(), 0
            watching = asyncio.create_task(steady.watch())
            async with asking(port, LARGE) as client:
                while taken < 40_000_000:
                    chunk = b""
                    with suppress(ConnectionError):
                        chunk = await loop.sock_recv(client, 8_000_000)
                    if not chunk:
                        break
                    if taken // 8_000_000 < (taken := taken + len(chunk)) // 8_000_000:
                        await asyncio.sleep(Hasty.stalled_seconds / 2)
            watching.cancel()
            if taken >= 40_000_000:
                return
            assert steady.longest > Hasty.stalled_seconds / 4, f"cut after {taken} bytes"
