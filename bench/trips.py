"""Round trips, counted: a relay between asyncpg and the server that counts the client's Sync messages.

In the extended protocol a client ends each round trip with one Sync ('S'), in the simple one with one Query ('Q').
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

__all__ = ["Relay", "relay"]


class Relay:
    """A listening relay; `trips` counts what its clients waited for since it was set to 0."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self.trips = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on, both ways."""
        there, back = await asyncio.open_connection(*self._to)
        down = asyncio.create_task(_pass(there, writer))
        try:
            first = True
            while True:
                kind = b"" if first else await reader.readexactly(1)
                size = await reader.readexactly(4)
                rest = await reader.readexactly(int.from_bytes(size) - 4)
                # the start-up message has no kind; asking for TLS (80877103) is followed by another start-up
                first = first and rest[:4] == (80877103).to_bytes(4)
                self.trips += kind in (b"S", b"Q")
                back.write(kind + size + rest)
                await back.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            back.close()
            await down
        finally:
            writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def relay(host: str, port: int) -> AsyncGenerator[Relay]:
    """Relay a loopback port of its own to `host:port`."""
    made = Relay(host, port)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
