"""Clients that do not wait: a probe that asks from the first moment on and leaves early, and ordinary ones behind it.

Run by itself it starts a server again and again and tells what was answered:

    python tests/impatient.py --starts 200 [--engine postgresql]

A probe such as a load balancer's gives up after a fraction of a second and asks again; while a server starts, that is
in the middle of what it makes once. Whatever it makes must be whole for those who come later.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deployments import Deployment
from pace import PATIENCE
from postgres_server import APP, OWNER, OwnServer
from served_demo import free_port
from server_process import furnish

__all__ = ["Asked", "impatient_start", "ordinary"]

EVERY, LEAVES_AFTER = 0.05, 0.35
"""Seconds between two probes, and after which a probe leaves."""
REQUESTS, AT_ONCE = 96, 8


@dataclass(frozen=True, slots=True)
class Asked:
    """An ordinary request and the data that answers it."""

    query: str
    token: str
    data: Any


@dataclass(slots=True)
class Outcome:
    """How one start went."""

    probes: Counter[str] = field(default_factory=Counter[str])
    """How many probes were answered, refused or given up."""
    wrong: list[str] = field(default_factory=lambda: [])
    """Answers to ordinary requests that were not the right ones."""


async def post(port: int, query: str, token: str | None = None) -> bytes:
    """Post a query on a connection of its own; whoever is cancelled closes it without a word."""
    body = json.dumps({"query": query}).encode()
    held = f"authorization: Bearer {token}\r\n" if token else ""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{held}"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
            + body
        )
        answer = await reader.read()
    finally:
        writer.transport.abort()
    return answer.partition(b"\r\n\r\n")[2]


async def probe(port: int, tokens: Sequence[str], seen: Counter[str]) -> None:
    """Ask for next to nothing every 50 ms from now on, with this token and that, and wait for no answer for long."""

    async def once(token: str | None) -> None:
        try:
            async with asyncio.timeout(LEAVES_AFTER):
                seen["answered" if await post(port, "{__typename}", token) else "closed"] += 1
        except TimeoutError:
            seen["left"] += 1
        except OSError:
            seen["refused"] += 1

    async with asyncio.TaskGroup() as group:
        for token in itertools.cycle((None, *tokens)):
            group.create_task(once(token))
            await asyncio.sleep(EVERY)


async def ordinary(port: int, asked: Sequence[Asked]) -> list[str]:
    """Ask 96 ordinary requests, eight at a time; return what was answered wrongly."""
    wrong: list[str] = []
    waiting = iter([asked[number % len(asked)] for number in range(REQUESTS)])

    async def client() -> None:
        for each in waiting:
            body = await post(port, each.query, each.token)
            try:
                is_right = json.loads(body).get("data") == each.data
            except ValueError:
                is_right = False
            if not is_right:
                wrong.append(f"{each.query}: {body.decode(errors='replace')[:400]}")

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return wrong


async def until_answered(process: asyncio.subprocess.Process, port: int, asked: Asked) -> None:
    """Wait until the server answers at all, with whatever."""
    async with asyncio.timeout(PATIENCE):
        while True:
            assert process.returncode is None, "the server ended by itself"
            with contextlib.suppress(OSError):
                if await post(port, asked.query, asked.token):
                    return
            await asyncio.sleep(EVERY)


async def impatient_start(place: Deployment, asked: Sequence[Asked], *, probing: bool = True) -> Outcome:
    """Start a server under the probe, ask the ordinary requests once it answers, and stop it."""
    outcome, port = Outcome(), free_port()
    # an installed server has its bytecode
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(place.home.parent / "bytecode")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "yuanluo_graphql", "serve", "--port", str(port)),
        env={
            **place.environment,
            **kept,
            "YUANLUO_ENVIRONMENT": "demo",
            "YUANLUO_BUDGET_PER_TOKEN": "0",
            "YUANLUO_BUDGET_PER_TENANT": "0",
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    tokens = tuple(dict.fromkeys(each.token for each in asked))
    probing_now = asyncio.create_task(probe(port, tokens, outcome.probes)) if probing else None
    try:
        await until_answered(process, port, asked[0])
        outcome.wrong += await ordinary(port, asked)
    finally:
        if probing_now is not None:
            probing_now.cancel()
            await asyncio.wait([probing_now])
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    return outcome


QUERIES: Final = (
    "{ courtyards(first: 5) { nodes { code name kind } } }",
    '{ courtyard(code: "%s") { code name people(first: 5) { nodes { name gender } } } }',
    '{ courtyard(code: "%s") { records(first: 5) { nodes { kind sequence } } dwellings(first: 3) { totalCount } } }',
    "{ viewer { name roles { role node } } }",
    "{ __typename }",
)


async def requests_of(place: Deployment) -> list[Asked]:
    """Fill a deployment; return ordinary requests with their answers, which a server told that nobody hurried."""
    codes, tokens = await furnish(place)
    wanted = [
        Asked(query % code if "%s" in query else query, token, None)
        for code, token in zip(codes, tokens, strict=True)
        for query in QUERIES
    ]
    found: list[Asked] = []

    port = free_port()
    process = await asyncio.to_thread(place.start, "serve", "--port", str(port))
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(OSError):
                    await post(port, "{__typename}")
                    break
                await asyncio.sleep(EVERY)
        for each in wanted:
            answer = json.loads(await post(port, each.query, each.token))
            assert "errors" not in answer, answer
            found.append(Asked(each.query, each.token, answer["data"]))
    finally:
        process.terminate()
        await asyncio.to_thread(process.communicate)
    return found


@asynccontextmanager
async def deployment(engine: str, folder: Path) -> AsyncIterator[Deployment]:
    """Make room for a deployment on either engine."""
    home = folder / "yuanluo-data"
    if engine == "sqlite":
        yield Deployment(home)
        return
    own = OwnServer()
    try:
        server = own.start()
        name = await server.new_database()
        urls = {
            "YUANLUO_DATABASE_URL": server.for_database(name, APP),
            "YUANLUO_OWNER_URL": server.for_database(name, OWNER),
        }
        yield Deployment(home, urls)
    finally:
        own.stop()


async def main(engine: str, starts: int) -> int:
    """Start so often; tell each start with a wrong answer, and the sum. Return the number of wrong answers."""
    wrong, probes, spoilt, began = 0, Counter[str](), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        async with deployment(engine, Path(folder)) as place:
            asked = await requests_of(place)
            for number in range(1, starts + 1):
                outcome = await impatient_start(place, asked)
                probes += outcome.probes
                wrong += len(outcome.wrong)
                if outcome.wrong:
                    spoilt += 1
                    sys.stdout.write(f"start {number}: {len(outcome.wrong)} of {REQUESTS}; {outcome.wrong[0]}\n")
                if number % 10 == 0 or number == starts:
                    sys.stdout.write(
                        f"{engine}: {number} starts, {spoilt} with wrong answers, {wrong} of {number * REQUESTS} answers"
                        f" wrong, probes {dict(probes)}, {time.monotonic() - began:.0f} s\n"
                    )
                sys.stdout.flush()
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Start a server under impatient probes and ask it afterwards.")
    parser.add_argument("--starts", type=int, default=200)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    sys.exit(1 if asyncio.run(main(given.engine, given.starts)) else 0)
