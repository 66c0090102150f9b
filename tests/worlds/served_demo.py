"""`yuanluo demo` as a user runs it, in a process of its own, for tests that ask it over HTTP."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from deployments import Deployment
from pace import PATIENCE

__all__ = ["Served", "free_port", "running", "until_ready"]


@dataclass(frozen=True, slots=True)
class Served:
    """A demo that answers: where it is, its courtyards and the tokens of its five roles."""

    url: str
    courtyards: tuple[str, ...]
    tokens: Mapping[str, str]
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0))
    )

    def headers(self, role: str) -> dict[str, str]:
        """Return the headers with which a holder of `role` asks."""
        return {"authorization": f"Bearer {self.tokens[role]}"}

    def ask(self, role: str, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Return the whole answer to a query."""
        body = {"query": query, "variables": dict(variables or {})}
        return self.client.post(self.url, json=body, headers=self.headers(role)).json()

    def data(self, role: str, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Return the data of an answer, in which there must be no error."""
        answer = self.ask(role, query, variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until_ready(process: subprocess.Popen[str], port: int) -> None:
    """Wait until the server that `process` is says that it is ready; it must not end by itself."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE).status_code == 200:
                return
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the server did not answer"
        time.sleep(0.05)


@contextlib.contextmanager
def running(
    place: Deployment, port: int, *words: str, courtyards: int = 2, **more: str
) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Run the demo; give the process and what it said once it answered."""
    # a test asks in a minute what a client asks in an hour; the budgets have tests of their own
    more = {"YUANLUO_BUDGET_PER_TOKEN": "0", "YUANLUO_BUDGET_PER_TENANT": "0"} | more
    process = place.start("demo", "--courtyards", str(courtyards), "--json", "--port", str(port), *words, **more)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        assert ready, "the demo said nothing"
        yield process, json.loads(process.stdout.readline())
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
