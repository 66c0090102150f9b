"""The limit: the very statements in an asyncpg loop behind nothing, or in an apsw loop, told what to do by lines.

Started with a file of statements (a pickle of `{name: (sql, arguments)}`), it reads commands as JSON lines and answers
each with one: `{"query": ..., "times": n}` gives the milliseconds of n single runs, `{"query": ..., "clients": n,
"seconds": s}` runs n connections as fast as they are answered, `{"query": ..., "answer": true}` gives the value.
The statement is prepared once per connection, the value comes as bytes and is not copied again.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Statements = dict[str, tuple[str, list[Any]]]
Once = Callable[[str], Awaitable[bytes]]


def _same(value: bytes) -> bytes:
    return value


async def postgres(url: str, statements: Statements) -> Once:
    """Return how one connection of its own runs a statement."""
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute(
        "SET plan_cache_mode = force_generic_plan; SET jit = off; SET random_page_cost = 1.1; SET timezone = 'UTC'"
    )
    await connection.set_type_codec("json", schema="pg_catalog", encoder=_same, decoder=_same, format="binary")
    prepared = {name: ((await connection.prepare(sql)).fetchval, args) for name, (sql, args) in statements.items()}

    async def once(name: str) -> bytes:
        run, args = prepared[name]
        value: bytes = await run(*args)
        return value

    return once


async def sqlite(path: str, statements: Statements) -> Once:
    """Return how a plain connection to the file runs a statement: no views, no authorizer, no thread."""
    import apsw

    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY, statementcachesize=256)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # a statement stays prepared, whatever is bound
    connection.execute("PRAGMA cache_size = -8192")
    connection.execute("PRAGMA temp_store = MEMORY")

    async def once(name: str) -> bytes:
        sql, args = statements[name]
        value = next(iter(connection.execute(sql, args)))[0]
        return value if isinstance(value, bytes) else value.encode()

    return once


async def many(connections: list[Once], name: str, seconds: float) -> tuple[int, float]:
    """Let every connection run the statement again and again; return the runs and the seconds."""
    start = time.perf_counter()
    end = start + seconds

    async def loop(once: Once) -> int:
        runs = 0
        while time.perf_counter() < end:
            await once(name)
            runs += 1
        return runs

    runs = sum(await asyncio.gather(*map(loop, connections)))
    return runs, time.perf_counter() - start


async def serve(where: str, statements: Statements) -> None:
    """Do what the lines say until they end."""
    connect = sqlite if where.startswith("/") else postgres
    connections = [await connect(where, statements)]
    incoming = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(incoming), sys.stdin)
    print("ready", flush=True)
    while line := await incoming.readline():
        told: dict[str, Any] = json.loads(line)
        name = told["query"]
        answer: dict[str, Any]
        if "times" in told:
            taken: list[float] = []
            for _ in range(told["times"]):
                start = time.perf_counter()
                await connections[0](name)
                taken.append((time.perf_counter() - start) * 1_000)
            answer = {"milliseconds": taken}
        elif "clients" in told:
            while len(connections) < told["clients"]:
                connections.append(await connect(where, statements))
            runs, seconds = await many(connections[: told["clients"]], name, told["seconds"])
            answer = {"runs": runs, "seconds": seconds}
        else:
            answer = {"answer": (await connections[0](name)).decode()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(sys.argv[1], pickle.loads(Path(sys.argv[2]).read_bytes())))
