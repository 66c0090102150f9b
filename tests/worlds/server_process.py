"""A server in a process of its own, over a real socket, for tests that measure it or try to break it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments import Deployment
from pace import PATIENCE
from served_demo import free_port, until_ready

import yuanluo
from yuanluo import CommandContext, OpenCourtyard, run_command
from yuanluo_tenants.tree import NodeKind, code_of, open_node

__all__ = ["Answered", "ServerProcess", "furnish", "served"]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and the processor seconds that the server took for it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    processor: float

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the first error, `OK` without one."""
        errors = self.json.get("errors")
        return str(errors[0]["extensions"]["code"]) if errors else "OK"


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server."""

    process: subprocess.Popen[str]
    port: int
    tokens: tuple[str, ...]

    def send(
        self, body: bytes, headers: Mapping[str, str], *, method: str = "POST", path: str = "/graphql"
    ) -> Answered:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.connect()
            worked = self._processor()
            # it may be refused before all of it was sent; the answer is there then
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
            used = self._processor() - worked
            return Answered(answer.status, {k.lower(): v for k, v in answer.getheaders()}, content, used)
        finally:
            connection.close()

    def ask(self, query: str, token: int | None = 0, **more: Any) -> Answered:
        """Send a query, with one of the tokens."""
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {self.tokens[token]}"
        return self.send(json.dumps({"query": query, **more}).encode(), headers)

    def _processor(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def furnish(place: Deployment, count: int = 2) -> tuple[list[str], list[str]]:
    """Migrate a deployment and open courtyards in it; return their codes and a token of each one's director."""
    await asyncio.to_thread(place.done, "migrate", YUANLUO_ENVIRONMENT="demo")
    codes: list[str] = []
    tokens: list[str] = []
    async with place.house() as house:
        await open_node(house.database, NodeKind.DISTRICT, "金牛区", code="510106")
        await open_node(house.database, NodeKind.SUBDISTRICT, "抚琴街道", code="510106032")
        community = await open_node(house.database, NodeKind.COMMUNITY, "银杏社区", code="510106032001")
        context = CommandContext(house, yuanluo.operator(), community)
        for number in range(count):
            receipt = await run_command(yuanluo.open_courtyard, context, OpenCourtyard(f"梧桐苑{number}", "抚琴西路"))
            tenant = int(receipt.payload["number"])
            here = CommandContext(house, yuanluo.operator(), tenant)
            made = await run_command(yuanluo.create_account, here, yuanluo.CreateAccount(f"user{number}", "主任"))
            assert made.subject_id is not None
            account = made.subject_id
            await run_command(yuanluo.grant_role, here, yuanluo.GrantRole(account, "COUNCIL_DIRECTOR"))
            token = await run_command(yuanluo.create_token, here, yuanluo.CreateToken(account, "test"))
            codes.append(code_of(tenant))
            tokens.append(token.secrets[0])
    return codes, tokens


@asynccontextmanager
async def served(place: Deployment, tokens: list[str], **settings: str) -> AsyncIterator[ServerProcess]:
    """Serve a deployment; stop the server afterwards, which must still be alive then."""
    port = free_port()
    process = place.start("serve", "--port", str(port), **settings)
    try:
        server = ServerProcess(process, port, tuple(tokens))
        await asyncio.to_thread(until_ready, process, port)
        yield server
        assert process.poll() is None, process.communicate()
    finally:
        if process.poll() is None:
            process.terminate()
        await asyncio.to_thread(process.communicate, timeout=PATIENCE)
