"""A webhook receiver on a loopback port: a real HTTP server that writes down what it gets and answers as it is told."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Got", "Receiver", "receiving"]

HANG_UP = 0
"""The answer that is none: the connection is closed."""


@dataclass(slots=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    answered: int
    is_read: bool = False
    """Whether the answer was taken to its end, but for what the buffers on the way hold."""

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def place(self) -> tuple[str, int]:
        """Courtyard and number of the record."""
        return self.json["data"]["tenant"], self.json["data"]["sequence"]


Decide = Callable[[str, bytes], "int | Awaitable[int]"]


@dataclass(slots=True)
class Receiver:
    """What came, in order, and how to answer: a status for a path and a body, or `HANG_UP`."""

    port: int = 0
    scheme: str = "http"
    got: list[Got] = field(default_factory=list)
    decide: Decide = lambda _path, _body: 204
    more_headers: str = ""
    more_body: bytes = b""
    open: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        """The address of a path of it."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def taken(self) -> list[tuple[str, int]]:
        """Courtyard and number of every record it said yes to, in order."""
        return [each.place for each in self.got if 200 <= each.answered < 300]

    def taken_of(self, tenant: str) -> list[int]:
        """The numbers of one courtyard's records it said yes to, in order."""
        return [sequence for code, sequence in self.taken if code == tenant]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the sender left, or the test is over
        finally:
            self.open.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = request.split()[1]
        decided = self.decide(path, body)
        status = decided if isinstance(decided, int) else await decided
        got = Got(path, headers, body, status)
        self.got.append(got)
        if status == HANG_UP:
            return False
        length = len(self.more_body)
        writer.write(f"HTTP/1.1 {status} Told\r\ncontent-length: {length}\r\n{self.more_headers}\r\n".encode())
        writer.write(self.more_body)
        await writer.drain()
        got.is_read = True
        return True


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver(scheme="http" if tls is None else "https")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(receiver.open):
            task.cancel()
        await asyncio.gather(*receiver.open, return_exceptions=True)
        await server.wait_closed()
