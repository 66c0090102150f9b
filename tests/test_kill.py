"""kill -9 under write load: what was acknowledged is there once, what was not can be sent again, the chain is whole.

The seed of the random moments is printed and recorded; `YUANLUO_KILL_SEED` repeats a run, `YUANLUO_KILLS` (20, over
both engines) makes it longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from postgres_server import APP, OWNER, OwnServer

import yuanluo
from yuanluo import CommandContext, House, OpenCourtyard, operator, scoped
from yuanluo.counters import recount, stored_counts
from yuanluo.records import verify
from yuanluo_tenants.tree import NodeKind, open_node

KILLS: Final = int(os.environ.get("YUANLUO_KILLS", "20"))
WRITERS: Final = 6
LONGEST_START: Final = 3.0
COMMUNITY: Final = 5101060320010000
COURTYARDS: Final = (COMMUNITY + 1, COMMUNITY + 2)
WORKER: Final = Path(__file__).with_name("kill_worker.py")
STARTED: Final[list[asyncio.subprocess.Process]] = []


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def nothing_left_running() -> AsyncIterator[None]:
    """A test that fails halfway leaves no process behind."""
    yield
    while STARTED:
        child = STARTED.pop()
        if child.returncode is None:
            child.kill()
            await child.wait()


# the killed -------------------------------------------------------------------------------------------------------


def waited_for_a_core(pid: int) -> float:
    """Return for how many seconds the process's main thread was ready to run while others ran."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


@dataclass(slots=True)
class Process:
    """A process of ours that can be killed."""

    child: asyncio.subprocess.Process
    began: float = field(default_factory=time.monotonic)
    port: int = 0

    @classmethod
    async def start(cls, place: Deployment, *words: str, **more: str) -> Process:
        """Start `python` with these words on the deployment, with its bytecode kept as an installed server has it."""
        kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(place.home.parent.parent / "bytecode")}
        child = await asyncio.create_subprocess_exec(
            sys.executable, *words, env={**place.environment, **kept, **more}, stdout=asyncio.subprocess.PIPE
        )
        STARTED.append(child)
        return cls(child)

    async def ready(self) -> float:
        """Wait until it can answer; return how long that took, the time it waited for a core left out."""
        assert self.child.stdout is not None
        line = await asyncio.wait_for(self.child.stdout.readline(), 60)
        took = time.monotonic() - self.began
        told = json.loads(line)
        self.port = told["port"]
        return took - told["waited"]

    async def answers(self, url: str) -> float:
        """Wait until `url` answers 200; return how long that took, the time it waited for a core left out."""
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                assert self.child.returncode is None, "it ended by itself"
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(url)).status_code == 200:
                        break
                await asyncio.sleep(0.01)
        return time.monotonic() - self.began - waited_for_a_core(self.child.pid)

    async def kill(self, after: float = 0.0) -> None:
        """Send SIGKILL after some seconds and wait for the end."""
        await asyncio.sleep(after)
        self.child.kill()
        assert await self.child.wait() == -signal.SIGKILL

    async def terminate(self) -> None:
        """Send SIGTERM and wait for an end in good order."""
        self.child.terminate()
        assert await self.child.wait() == 0


@dataclass(frozen=True, slots=True)
class Write:
    """One command a writer sends under its own key, and the names it should leave behind."""

    key: str
    command: str
    tenant: int
    given: dict[str, Any] | list[dict[str, Any]]
    names: tuple[str, ...]

    @property
    def line(self) -> bytes:
        """What is sent."""
        wanted = {"key": self.key, "command": self.command, "tenant": self.tenant, "input": self.given}
        return json.dumps(wanted).encode() + b"\n"


@dataclass(slots=True)
class Ledger:
    """What the writers sent, and the record each acknowledged write became."""

    dice: random.Random
    sent: list[Write] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)

    @property
    def open(self) -> list[Write]:
        """What was sent without an answer."""
        return [write for write in self.sent if write.key not in self.acknowledged]

    def next(self) -> Write:
        """Make up a write; each leaves names that no other does."""
        number = len(self.sent)
        key, tenant = f"写{number}", self.dice.choice(COURTYARDS)
        match self.dice.choice(("person", "person", "dwelling", "organization", "people")):
            case "dwelling":
                room = f"{number + 1}"
                write = Write(
                    key,
                    "dwelling",
                    tenant,
                    {"building_no": 1, "stairwell_no": 1, "room_no": room, "area_c": 5000 + number},
                    (room,),
                )
            case "organization":
                write = Write(key, "organization", tenant, {"kind": "FORUM", "name": key}, (key,))
            case "people":
                names = tuple(f"{key}之{each}" for each in range(5))
                write = Write(key, "person", tenant, [{"name": name} for name in names], names)
            case _:
                write = Write(key, "person", tenant, {"name": key, "phone": "15400000101"}, (key,))
        self.sent.append(write)
        return write


async def send(port: int, writes: Callable[[], Write | None], ledger: Ledger) -> list[dict[str, Any]]:
    """Send writes one after the other, each after the answer to the one before, until there are none or the end."""
    answers: list[dict[str, Any]] = []
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return answers
    try:
        while (write := writes()) is not None:
            writer.write(write.line)
            await writer.drain()
            line = await reader.readline()
            if not line.endswith(b"\n"):
                break
            answer = json.loads(line)
            answers.append(answer)
            if "error" not in answer:
                ledger.acknowledged[write.key] = answer["record"]
            else:
                await asyncio.sleep(0.05)
    except ConnectionError:
        pass  # it was killed; what was sent stays unanswered
    finally:
        writer.close()
    return answers


async def load(process: Process, ledger: Ledger, until: Awaitable[None]) -> list[str]:
    """Let the writers write `until` something was killed, and return the errors they were answered."""
    killed = asyncio.Event()
    writers = [
        asyncio.create_task(send(process.port, lambda: None if killed.is_set() else ledger.next(), ledger))
        for _ in range(WRITERS)
    ]
    await until
    killed.set()
    return [each["error"] for answers in await asyncio.gather(*writers) for each in answers if "error" in each]


async def replay(process: Process, ledger: Ledger) -> None:
    """Send again what was not answered, and some of what was: the first is done once, the second not again."""
    done = ledger.dice.sample(sorted(ledger.acknowledged), min(5, len(ledger.acknowledged)))
    before = dict(ledger.acknowledged)
    again = iter([*ledger.open, *(write for write in ledger.sent if write.key in done)])
    answers = await send(process.port, lambda: next(again, None), ledger)
    assert [each["error"] for each in answers if "error" in each] == []
    assert ledger.open == []
    for answer in answers:
        if answer["key"] in before:
            assert (answer["replayed"], answer["record"]) == (True, before[answer["key"]])


async def check(house: House, ledger: Ledger) -> None:
    """Every acknowledged write is there exactly once, nothing else is, chains and counters are right."""
    found: list[str] = []
    records: list[str] = []
    for tenant in COURTYARDS:
        with scoped(tenant):
            for sql in (
                "SELECT name FROM person",
                "SELECT room_no AS name FROM dwelling",
                "SELECT name FROM organization",
            ):
                found += [row["name"] for row in await yuanluo.rows(house.database, sql)]
            records += [str(row["id"]) for row in await yuanluo.rows(house.database, "SELECT id FROM record")]
            verified = await verify(house.database, tenant, house.keys)
            assert verified.is_whole, verified
            for counter in house.composition.counters:
                stored = await stored_counts(house.database, counter, tenant)
                assert stored == await recount(house.database, counter, tenant), counter.table
    assert sorted(found) == sorted(name for write in ledger.sent for name in write.names)
    assert sorted(records) == sorted(ledger.acknowledged.values())


# the tests --------------------------------------------------------------------------------------------------------


async def settle(place: Deployment) -> None:
    """Make the deployment: schema, key, tree and two courtyards."""
    await asyncio.to_thread(place.done, "migrate", YUANLUO_ENVIRONMENT="demo")
    async with place.house() as house:
        await open_node(house.database, NodeKind.DISTRICT, "金牛区", code="510106")
        await open_node(house.database, NodeKind.SUBDISTRICT, "抚琴街道", code="510106032")
        await open_node(house.database, NodeKind.COMMUNITY, "银杏社区", code="510106032001")
        two = [OpenCourtyard("梧桐苑", "抚琴西路1号院"), OpenCourtyard("银杏里", "枣子巷13号院")]
        await yuanluo.run_commands(yuanluo.open_courtyard, CommandContext(house, operator(), COMMUNITY), two)


@pytest_asyncio.fixture(loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        await settle(made)
        yield made


@pytest.fixture
def dice(record_property: Callable[[str, object], None]) -> random.Random:
    """The random moments of this test, by a seed that is told."""
    seed = int(os.environ.get("YUANLUO_KILL_SEED", random.SystemRandom().randrange(10**6)))
    record_property("seed", seed)
    print(f"YUANLUO_KILL_SEED={seed}")  # noqa: T201  # what a failed run is repeated with
    return random.Random(seed)


@pytest.mark.slow
async def test_a_server_killed_at_random_moments_loses_and_doubles_nothing_and_is_back_in_three_seconds(
    place: Deployment, dice: random.Random, record_property: Callable[[str, object], None]
) -> None:
    ledger, starts, told = Ledger(dice), list[float](), list[str]()
    process = await Process.start(place, str(WORKER))
    starts.append(await process.ready())
    async with place.house() as house:
        for number in range((KILLS + 1) // 2):
            moment = dice.uniform(0.05, 1.0)
            assert await load(process, ledger, process.kill(after=moment)) == []
            if dice.random() < 0.25:
                await (await Process.start(place, str(WORKER))).kill(after=dice.uniform(0.1, 1.0))
            process = await Process.start(place, str(WORKER))
            starts.append(await process.ready())
            await replay(process, ledger)
            await check(house, ledger)
            told.append(
                f"kill {number + 1} after {moment:.3f} s, {len(ledger.sent)} writes, back after {starts[-1]:.2f} s"
            )
    record_property("kills", told)
    print("\n".join(told))  # noqa: T201  # shown where the test fails, and with -s
    await process.kill()
    assert len(ledger.sent) > 10 * WRITERS
    assert max(starts) < LONGEST_START, starts


@pytest.mark.slow
async def test_yuanluo_serve_killed_under_load_answers_again_within_three_seconds(
    place: Deployment, dice: random.Random, record_property: Callable[[str, object], None]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words, url = ("-m", "yuanluo_graphql", "serve", "--port", str(port)), f"http://127.0.0.1:{port}"
    server = await Process.start(place, *words)
    await server.answers(f"{url}/readyz")
    ledger, starts = Ledger(dice), list[float]()
    writing = await Process.start(place, str(WORKER))
    await writing.ready()

    async def killing() -> None:
        nonlocal server
        for _ in range(2):
            await server.kill(after=dice.uniform(0.1, 0.5))
            server = await Process.start(place, *words)
            starts.append(await server.answers(f"{url}/readyz"))

    assert await load(writing, ledger, killing()) == []
    await server.kill()
    await writing.kill()
    async with place.house() as house:
        await check(house, ledger)
    record_property("starts", starts)
    print(f"back after {starts}")  # noqa: T201  # shown with -s
    assert max(starts) < LONGEST_START, starts


@pytest.mark.slow
async def test_a_postgresql_that_dies_under_load_loses_and_doubles_nothing_and_the_server_goes_on(
    tmp_path: Path, dice: random.Random
) -> None:
    own, ledger = OwnServer(is_durable=True), Ledger(dice)
    server = await asyncio.to_thread(own.start)
    try:
        name = await server.new_database()
        urls = {
            "YUANLUO_DATABASE_URL": server.for_database(name, APP),
            "YUANLUO_OWNER_URL": server.for_database(name, OWNER),
        }
        place = Deployment(tmp_path / "yuanluo-data", urls)
        await settle(place)
        process = await Process.start(place, str(WORKER))
        await process.ready()

        async def crash() -> None:
            await asyncio.sleep(dice.uniform(0.5, 1.0))
            await asyncio.to_thread(own.crash)

        errors = await load(process, ledger, crash())
        assert errors, "nobody was writing when the server died"
        await asyncio.to_thread(own.run_again)
        await replay(process, ledger)
        async with place.house() as house:
            await check(house, ledger)
        await process.kill()
        assert len(ledger.sent) > WRITERS
    finally:
        await asyncio.to_thread(own.stop)
