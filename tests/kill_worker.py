"""A server of commands that the kill tests kill: it opens the deployment of its environment and obeys a loopback port.

A line is `{"key", "command", "tenant", "input"}` or, with a list of inputs, one bulk command; the answer to it is
written after the commit and is the acknowledgement: `{"key", "record", "replayed"}`, or `{"key", "error"}`. On
standard output it says once, when it can answer: the port, and for how long its main thread had to wait for a core.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import yuanluo
from yuanluo import AddDwelling, CommandContext, CreateOrganization, CreatePerson, House, operator
from yuanluo_tenants.settings import load_settings

COMMANDS: dict[str, tuple[yuanluo.AnyCommand, type[Any]]] = {
    "person": (yuanluo.create_person, CreatePerson),
    "dwelling": (yuanluo.add_dwelling, AddDwelling),
    "organization": (yuanluo.create_organization, CreateOrganization),
}


async def obey(house: House, line: bytes) -> dict[str, Any]:
    """Run the command of a line and return its acknowledgement."""
    wanted = json.loads(line)
    command, kind = COMMANDS[wanted["command"]]
    context = CommandContext(house, operator(), wanted["tenant"])
    given, key = wanted["input"], wanted["key"]
    try:
        if isinstance(given, list):
            receipt = await yuanluo.run_commands(command, context, [kind(**each) for each in given], key=key)
        else:
            receipt = await yuanluo.run_command(command, context, kind(**given), key=key)
    except Exception as error:  # noqa: BLE001  # the writer is told, and takes it for not done
        return {"key": key, "error": f"{type(error).__name__}: {error}"}
    return {"key": key, "record": str(receipt.record_id), "replayed": receipt.replayed}


def waited_for_a_core() -> float:
    """Return for how many seconds this thread was ready to run while others ran."""
    return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


async def main() -> None:
    """Serve until killed."""
    async with House.opened(load_settings()) as house:

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                writer.write(json.dumps(await obey(house, line)).encode() + b"\n")
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        await house.database.ping()
        told = {"port": server.sockets[0].getsockname()[1], "waited": waited_for_a_core()}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
