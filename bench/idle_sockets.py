"""What idle WebSockets cost: the resident memory of a served deployment before and after so many were acknowledged.

    uv run python bench/idle_sockets.py                    # an SQLite deployment of its own, 1,000 sockets
    uv run python bench/idle_sockets.py --sockets 5000 --subscribed

The server is `yuanluo serve` in a process of its own, on its demo; the sockets are this process's. Each is
acknowledged with a token; with `--subscribed` each also runs one subscription. The goal: at most 64 MB more for
1,000 idle ones. Then one more connects, never says `connection_init`, and must be dropped after 10 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import websockets

GOAL_MB = 64
QUERY = "subscription { recordFiled { id kind } }"


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


async def open_socket(port: int, token: str, *, subscribed: bool) -> websockets.ClientConnection:
    """Return an acknowledged socket."""
    protocols = [websockets.Subprotocol("graphql-transport-ws")]
    client = await websockets.connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocols)
    await client.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
    assert json.loads(await client.recv()) == {"type": "connection_ack"}
    if subscribed:
        await client.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": QUERY}}))
    return client


async def dropped_after(port: int) -> tuple[float, int]:
    """Return after how many seconds a socket that says nothing is dropped, and with which code."""
    protocols = [websockets.Subprotocol("graphql-transport-ws")]
    async with websockets.connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocols) as client:
        begun = time.perf_counter()
        await client.wait_closed()
        return time.perf_counter() - begun, client.close_code or 0


async def measure(port: int, pid: int, token: str, count: int, *, subscribed: bool) -> float:
    """Open the sockets, print what they cost, close them, and return MB more."""
    first = [await open_socket(port, token, subscribed=subscribed) for _ in range(5)]
    for each in first:  # what the first socket of all loads is not what one more costs
        await each.close()
    await asyncio.sleep(1)
    before = resident(pid)
    clients = []
    for start in range(0, count, 50):
        batch = [open_socket(port, token, subscribed=subscribed) for _ in range(min(50, count - start))]
        clients += await asyncio.gather(*batch)
    await asyncio.sleep(2)
    after = resident(pid)
    what = "subscribed" if subscribed else "idle"
    print(
        f"{count} {what} sockets: {before:.1f} -> {after:.1f} MB, {after - before:+.1f} MB, "
        f"{(after - before) * 1024 / count:.1f} kB each"
    )
    seconds, code = await dropped_after(port)
    print(f"one that never says connection_init is dropped after {seconds:.2f} s with {code}")
    assert code == 4408
    assert seconds < 10.5
    await asyncio.gather(*(client.close() for client in clients))
    return after - before


def main() -> None:
    """Serve a demo, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--subscribed", action="store_true")
    parser.add_argument("--courtyards", type=int, default=2)
    options = parser.parse_args()
    wanted = options.sockets + 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {**os.environ, "YUANLUO_HOME": folder, "YUANLUO_PORT": str(port), "YUANLUO_ENVIRONMENT": "demo"}
        environment["YUANLUO_LIVE_SOCKETS"] = str(wanted)
        yuanluo = [sys.executable, "-m", "yuanluo_graphql"]
        said = subprocess.run(
            [*yuanluo, "demo", "--courtyards", str(options.courtyards), "--no-serve"],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        token = re.findall(r"yl_[\w-]{20,}", said)[0]
        server = subprocess.Popen([*yuanluo, "serve"], env=environment)
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz")
                    break
                except OSError:
                    time.sleep(0.1)
            cost = asyncio.run(measure(port, server.pid, token, options.sockets, subscribed=options.subscribed))
        finally:
            server.terminate()
            begun = time.perf_counter()
            server.wait(20)
            print(f"the server stopped in {time.perf_counter() - begun:.2f} s")
    if not options.subscribed and options.sockets == 1_000:
        assert cost <= GOAL_MB, f"{cost:.1f} MB is more than {GOAL_MB}"


if __name__ == "__main__":
    main()
