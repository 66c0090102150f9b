"""A house behind a real server in this process: uvicorn, sockets, and tokens of chosen roles."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import uvicorn
import websockets
from houses import COURTYARD, at, schema_of
from pace import PATIENCE
from uuid_utils.compat import uuid7

import yuanluo
from yuanluo import House, Receipt, run_command, system_clock
from yuanluo.live import heads
from yuanluo_graphql.app import build_app
from yuanluo_graphql.serving import protocols
from yuanluo_graphql.subscriptions import Live
from yuanluo_tenants.settings import Settings, load_settings

__all__ = ["EVENT", "Served", "Socket", "grant", "person", "served", "settings", "token"]

EVENT: Final = "subscription { recordFiled { id sequence kind } }"


def settings(**changes: Any) -> Settings:
    """Return settings for tests, with these changes."""
    return load_settings(environment="test", secret_key=None, cost_in_answers=False, **changes)


UNHURRIED: Final[Mapping[str, Any]] = {"open_timeout": PATIENCE, "ping_interval": None, "close_timeout": PATIENCE}
"""How a client connects that gives nobody up."""


class Socket:
    """A client of `graphql-transport-ws` that says exactly what a test wants."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection

    async def say(self, *messages: Any) -> None:
        """Send messages; text and bytes go as they are."""
        for message in messages:
            await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def hear(self, seconds: float = PATIENCE) -> Any:
        """Return the next message."""
        async with asyncio.timeout(seconds):
            return json.loads(await self.connection.recv())

    async def silence(self, seconds: float = 0.4) -> None:
        """Wait, and fail if anything is said."""
        try:
            said = await self.hear(seconds)
        except TimeoutError:
            return
        raise AssertionError(said)

    async def closed(self, seconds: float = PATIENCE) -> tuple[int, str]:
        """Wait until the server closes the socket, passing over what it says before; return code and reason."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.connection.recv()
        except websockets.ConnectionClosed:
            code, reason = self.connection.close_code, self.connection.close_reason
            return code or 0, reason or ""

    async def init(self, token: str | None = None) -> None:
        """Introduce the client and wait for the answer."""
        payload = {} if token is None else {"payload": {"Authorization": f"Bearer {token}"}}
        await self.say({"type": "connection_init", **payload})
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, query: str = EVENT, operation: str = "1", **variables: Any) -> None:
        """Start an operation."""
        await self.say({"type": "subscribe", "id": operation, "payload": {"query": query, "variables": variables}})

    async def event(self, operation: str = "1") -> Any:
        """Return the next record that the subscription shows."""
        said = await self.hear()
        assert (said["type"], said["id"]) == ("next", operation), said
        assert "errors" not in said["payload"], said
        return said["payload"]["data"]["recordFiled"]


@dataclass(slots=True)
class Served:
    """A house that is served."""

    house: House
    port: int
    live: Live

    @property
    def database(self) -> yuanluo.Database:
        """The house's database."""
        return self.house.database

    @asynccontextmanager
    async def connected(
        self, *, headers: dict[str, str] | None = None, subprotocols: Sequence[str] | None = ("graphql-transport-ws",)
    ) -> AsyncIterator[Socket]:
        """Connect a client."""
        chosen: Any = subprotocols
        async with websockets.connect(
            f"ws://127.0.0.1:{self.port}/graphql",
            subprotocols=chosen,
            additional_headers=headers,
            compression=None,
            **UNHURRIED,
        ) as connection:
            yield Socket(connection)

    @asynccontextmanager
    async def subscribed(self, token: str, query: str = EVENT, **variables: Any) -> AsyncIterator[Socket]:
        """Connect a client that is listening for sure."""
        await self.quiet()
        before = self.live.subscriptions
        async with self.connected() as client:
            await client.init(token)
            await client.subscribe(query, **variables)
            await self.until(before + 1)
            yield client

    async def quiet(self, seconds: float = PATIENCE) -> None:
        """Wait until the server has heard of all that was committed, so that only what comes is an event."""
        committed = await heads(self.database)
        async with asyncio.timeout(seconds):
            while not committed.items() <= (self.live.hub._heads or {}).items():
                await asyncio.sleep(0.01)
                committed = await heads(self.database)

    async def until(self, subscriptions: int, seconds: float = PATIENCE) -> None:
        """Wait until so many subscriptions run."""
        async with asyncio.timeout(seconds):
            while self.live.subscriptions != subscriptions:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.01)


@asynccontextmanager
async def served(house: House, chosen: Settings | None = None) -> AsyncIterator[Served]:
    """Serve `house` on a free port, as in production."""
    chosen = chosen or settings()
    app = build_app(house, chosen, is_opened=True, schema=schema_of(house))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", **protocols(chosen))
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with asyncio.timeout(PATIENCE):
                while not server.started:
                    assert not serving.done(), "the server did not start"
                    await asyncio.sleep(0.01)
            yield Served(house, listener.getsockname()[1], app.state.live)
        finally:
            server.should_exit = True
            async with asyncio.timeout(PATIENCE):
                await serving


async def grant(house: House, role: str, node: int = COURTYARD, *more: int) -> tuple[Any, list[Any]]:
    """Make an account with a role on nodes; return its id and the ids of its grants."""
    made = yuanluo.CreateAccount(f"login-{uuid7()}", role)
    account = (await run_command(yuanluo.create_account, now(house, node), made)).subject_id
    assert account is not None
    grants = [
        (await run_command(yuanluo.grant_role, now(house, each), yuanluo.GrantRole(account, role))).subject_id
        for each in (node, *more)
    ]
    return account, grants


async def token(house: House, role: str = "COUNCIL_DIRECTOR", node: int = COURTYARD, *more: int) -> str:
    """Return a token of a new account with this role on nodes."""
    account, _ = await grant(house, role, node, *more)
    return (await run_command(yuanluo.create_token, now(house, node), yuanluo.CreateToken(account, "test"))).secrets[0]


def now(house: House, node: int = COURTYARD) -> yuanluo.CommandContext:
    """Return a context of the operator at the present moment."""
    return yuanluo.CommandContext(house, at(house).actor, node, system_clock)


async def person(house: House, node: int = COURTYARD, name: str = "李长富") -> Receipt:
    """Enter a person, which files a record."""
    return await run_command(yuanluo.create_person, now(house, node), yuanluo.CreatePerson(name))
