"""What a server holds in memory when nobody asks it anything: none of what only others need, and at most 80 MB."""

from __future__ import annotations

import json
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from pace import PATIENCE
from served_demo import free_port, until_ready

GOAL_MB = 80

ELSEWHERE = {
    "the command line": {"typer", "rich", "shellingham", "yuanluo_graphql.cli"},
    "composing the schema": {"strawberry", "dateutil", "yuanluo_graphql.types"},
    "workbooks": {"python_calamine", "openpyxl", "xlsxwriter", "xml", "pyexpat"},
    "sending webhooks": {"httpcore", "httpx", "certifi", "h11", "standardwebhooks"},
    "working days, lunar days and pinyin": {"chinese_calendar", "lunar_python", "pypinyin"},
    "demos": {"yuanluo.synthetic", "yuanluo_party.demo", "yuanluo_council.demo", "yuanluo_graphql.showing"},
    "nothing here": {"pydantic", "pydantic_core", "pydantic_settings", "attr", "jinja2", "faker", "polyfactory"},
}
OTHER_ENGINE = {
    "sqlite": {"yuanluo_tenants.engine_postgres"},
    "postgresql": {"apsw", "yuanluo_tenants.engine_sqlite"},
}

PROGRAM = """
import json, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: print(json.dumps(sorted(sys.modules)), flush=True))
from yuanluo_graphql.starting import main
main()
"""


@dataclass(frozen=True, slots=True)
class Idle:
    """A server that answered `/readyz` and was asked for nothing since."""

    process: subprocess.Popen[str]
    port: int

    def loaded(self) -> set[str]:
        """The modules that the process holds."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGUSR1)
        said, _, _ = select.select([self.process.stdout], [], [], 30)
        assert said, "the server did not say what it holds"
        line = next(line for line in self.process.stdout if line.startswith("["))  # not what it says when it serves
        return set(json.loads(line))

    def megabytes(self, what: str = "VmRSS") -> float:
        """The memory of the process."""
        found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found
        return int(found[1]) / 1024

    def settled(self) -> float:
        """The memory of the process once it is within the goal: it gives some back a while after an answer has gone out."""
        ends = time.monotonic() + PATIENCE / 4
        while self.megabytes() > GOAL_MB and time.monotonic() < ends:
            time.sleep(0.1)
        return self.megabytes()

    def ask(self, query: str) -> bytes:
        """Ask the server by GraphQL."""
        body = json.dumps({"query": query}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            content: bytes = answer.read()
        return content


def served(place: Deployment) -> Iterator[Idle]:
    place.done("migrate", YUANLUO_ENVIRONMENT="demo")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "serve", "--port", str(port)],
        env={**place.environment, "YUANLUO_ENVIRONMENT": "demo"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until_ready(process, port)
        yield Idle(process, port)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def idle(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Idle]:
    async with new_deployment(engine_name, request, tmp_path_factory) as place:
        for each in served(place):
            yield each


@pytest.mark.parametrize("what", ELSEWHERE)
async def test_an_idle_server_does_not_hold(idle: Idle, what: str) -> None:
    assert not ELSEWHERE[what] & idle.loaded()


async def test_an_idle_server_does_not_hold_the_other_engine(idle: Idle, engine_name: str) -> None:
    assert not OTHER_ENGINE[engine_name] & idle.loaded()


async def test_an_idle_server_takes_at_most_80_mb_and_still_does_when_it_was_asked(idle: Idle) -> None:
    assert idle.settled() <= GOAL_MB
    for _ in range(10):
        assert b'"finance"' in idle.ask("{ plugins { name version healthy } }")
        assert b'"Courtyard"' in idle.ask("{ __schema { types { name fields { name } } } }")
    assert idle.settled() <= GOAL_MB
    assert not ELSEWHERE["composing the schema"] & idle.loaded()


USING = """
import ctypes, re, sys, threading
from pathlib import Path
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
import asyncpg, graphql, hashlib, ssl
from yuanluo_graphql.memory import give_back

def mapped():
    return int(re.search(r"RssFile:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

def work():
    sealed = AESGCMSIV(bytes(32)).encrypt(bytes(12), b"text", b"")
    ssl.create_default_context()
    return sealed, hashlib.sha3_256(b"text").hexdigest(), str(graphql.parse("{ a }").to_dict())

before = work()
busy = threading.Event()
def keep_busy():
    while not busy.is_set():
        work()
other = threading.Thread(target=keep_busy)
other.start()
for _ in range(20):
    give_back()
busy.set()
other.join()
full = mapped()
give_back()
left = mapped()
assert work() == before
print(full, left)
"""


def test_mapped_code_is_given_back_while_other_threads_run_it() -> None:
    said = subprocess.run([sys.executable, "-c", USING], capture_output=True, text=True, check=True, timeout=PATIENCE)
    full, left = map(int, said.stdout.split())
    assert left < full
