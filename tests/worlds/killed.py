"""What the kill tests kill, and the clients that write meanwhile: GraphQL mutations over HTTP, each under its own key.

A client sends a write until it is answered, through as many deaths of the server as that takes, always under the same
key; now and then it gives an unanswered one up, as a client that dies itself would, and now and then it sends once
more what was answered long ago. The ledger keeps what was sent and what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from deployments import Deployment
from pace import PATIENCE
from patient import COMMAND
from served_demo import free_port

import yuanluo
from yuanluo import CommandContext, OpenCourtyard, operator, run_command
from yuanluo.authority import Role
from yuanluo_tenants.tree import NodeKind, open_node

__all__ = [
    "COMMUNITY",
    "COURTYARDS",
    "STARTED",
    "WEBHOOKS",
    "Ledger",
    "Process",
    "Server",
    "Write",
    "clients",
    "settle",
    "until",
]

COMMUNITY: Final = 5101060320010000
COURTYARDS: Final = (COMMUNITY + 1, COMMUNITY + 2)
WEBHOOKS: Final = {
    "YUANLUO_WEBHOOK_INSECURE": "true",
    "YUANLUO_WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
    "YUANLUO_WEBHOOK_TIMEOUT_SECONDS": "1",
    "YUANLUO_WEBHOOK_RETRY_SECONDS": "1",
}
STARTED: Final[list[Process]] = []
MUTATIONS: Final = ("personCreate", "dwellingAdd", "organizationCreate")
GIVES_UP: Final = 0.2
_PAUSE: Final = 0.05


# the killed -------------------------------------------------------------------------------------------------------


def note_seconds(pid: int, spent: dict[int, float]) -> None:
    """Note the processor seconds of a process and of its children by now: the server composes its schema in one."""
    with contextlib.suppress(OSError):  # it, or a child, has ended meanwhile
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for each in (pid, *map(int, children)):
            spent[each] = int(Path(f"/proc/{each}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


@dataclass(slots=True)
class Process:
    """A process of ours, leader of a group of its own, that can be killed."""

    child: asyncio.subprocess.Process

    @classmethod
    async def start(cls, place: Deployment, *words: str, **more: str) -> Process:
        """Start `yuanluo` with these words on the deployment."""
        child = await asyncio.create_subprocess_exec(
            *(*COMMAND, *words),
            env={**place.environment, "YUANLUO_ENVIRONMENT": "demo", **more},
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        process = cls(child)
        STARTED.append(process)
        return process

    async def kill(self, after: float = 0.0) -> None:
        """Send SIGKILL to the whole group after some seconds and wait for the end."""
        await asyncio.sleep(after)
        os.killpg(self.child.pid, signal.SIGKILL)
        assert await self.child.wait() == -signal.SIGKILL

    async def terminate(self) -> None:
        """Send SIGTERM and wait for an end in good order."""
        self.child.terminate()
        assert await self.child.wait() == 0


@dataclass(slots=True)
class Server:
    """`yuanluo serve` on one port, dying and coming back."""

    place: Deployment
    port: int = field(default_factory=free_port)
    process: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Process:
        """Start it, without waiting until it answers."""
        # the writers send as much as they can; the budgets have tests of their own
        more = {"YUANLUO_BUDGET_PER_TOKEN": "0", "YUANLUO_BUDGET_PER_TENANT": "0", **WEBHOOKS}
        self.process = await Process.start(self.place, "serve", "--port", str(self.port), **more)
        return self.process

    async def back(self) -> float:
        """Start it, wait until it is ready, and return the processor seconds that it and its children took for that."""
        process = await self.start()
        spent: dict[int, float] = {}
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE) as client:
            while True:
                assert process.child.returncode is None, "it ended by itself"
                note_seconds(process.child.pid, spent)
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        break
                await asyncio.sleep(0.01)
        note_seconds(process.child.pid, spent)
        return sum(spent.values())

    async def kill(self, after: float = 0.0) -> None:
        """Kill it after some seconds."""
        assert self.process is not None
        await self.process.kill(after)


# the writers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Write:
    """One mutation that a client sends under its own key, and the name it should leave behind."""

    key: str
    mutation: str
    given: dict[str, Any]
    name: str

    @property
    def input_type(self) -> str:
        """The type of its input."""
        return f"{self.mutation[0].upper()}{self.mutation[1:]}Input"


@dataclass(slots=True)
class Ledger:
    """What the clients sent, and the record each acknowledged write became."""

    dice: random.Random
    sent: list[Write] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    """Keys of writes that were never answered and will not be sent again."""
    refused: list[str] = field(default_factory=list)
    """What the server answered instead of doing a write or dying."""
    repeated: int = 0
    """How many times a write was sent again that had been answered."""
    asked_again: int = 0
    """How many writes were answered only when they were sent again."""
    done_unanswered: int = 0
    """How many of those had been done: the server died between commit and answer."""

    def next(self, mutation: str) -> Write:
        """Make up a write; each leaves a name that no other does."""
        number, node = len(self.sent), str(self.dice.choice(COURTYARDS))
        key = name = f"写{number}"
        given: dict[str, Any]
        match mutation:
            case "dwellingAdd":
                name = f"{number + 1:03}"
                given = {"buildingNo": 1, "stairwellNo": 1, "roomNo": name, "areaC": 5000 + number}
            case "organizationCreate":
                given = {"kind": "FORUM", "name": name}
            case _:
                given = {"name": name, "phone": "15400000101"}
        write = Write(key, mutation, {"node": node, "idempotencyKey": key, **given}, name)
        self.sent.append(write)
        return write


@dataclass(slots=True)
class Client:
    """One client: it writes until it is told to stop, and does not stop while something of its own is unanswered."""

    http: httpx.AsyncClient
    ledger: Ledger
    stop: asyncio.Event
    done: list[Write] = field(default_factory=list)

    async def run(self) -> None:
        """Write, one request after the other: one mutation or each of them, now and then one that was done already."""
        dice = self.ledger.dice
        while not self.stop.is_set():
            if self.done and dice.random() < 0.05:
                await self.insist([dice.choice(self.done)])
            names = MUTATIONS if dice.random() < 0.2 else [dice.choice(MUTATIONS)]
            await self.insist([self.ledger.next(name) for name in names])

    async def insist(self, wanted: Sequence[Write]) -> None:
        """Send writes until each is answered or given up."""
        tries = 0
        while wanted:
            tries += 1
            answered = await self.send(wanted)
            self.ledger.asked_again += len(answered) if tries > 1 else 0
            wanted = [write for write in wanted if write.key not in answered]
            if not wanted:
                return
            if tries == 1 and self.ledger.dice.random() < GIVES_UP:
                self.ledger.given_up |= {write.key for write in wanted if write.key not in self.ledger.acknowledged}
                return
            await asyncio.sleep(_PAUSE)

    async def send(self, wanted: Sequence[Write]) -> set[str]:
        """Send writes as one request; return the keys of those that were answered."""
        declared = ", ".join(f"$i{number}: {write.input_type}!" for number, write in enumerate(wanted))
        fields = " ".join(
            f"w{number}: {write.mutation}(input: $i{number}) {{ replayed record {{ id }} }}"
            for number, write in enumerate(wanted)
        )
        body = {
            "query": f"mutation({declared}) {{ {fields} }}",
            "variables": {f"i{number}": write.given for number, write in enumerate(wanted)},
        }
        try:
            answer = (await self.http.post("/graphql", json=body)).json()
        except httpx.TransportError:
            return set()  # the server is away or died before it answered
        self.ledger.refused += [str(error) for error in answer.get("errors", [])]
        data = answer.get("data") or {}
        return {write.key for n, write in enumerate(wanted) if data.get(f"w{n}") and self.took(write, data[f"w{n}"])}

    def took(self, write: Write, answer: Any) -> bool:
        """Enter an answer; one that was given before must be given again."""
        record = answer["record"]["id"]
        before = self.ledger.acknowledged.setdefault(write.key, record)
        if write in self.done:
            self.ledger.repeated += 1
            assert (answer["replayed"], record) == (True, before), (write, answer)
        else:
            self.done.append(write)
            self.ledger.done_unanswered += answer["replayed"]
        return True


async def until(ledger: Ledger, more: int) -> None:
    """Wait until so many more writes are acknowledged."""
    wanted = len(ledger.acknowledged) + more
    async with asyncio.timeout(PATIENCE):
        while len(ledger.acknowledged) < wanted:  # noqa: ASYNC110  # the clients tell of it in no other way
            await asyncio.sleep(0.001)


@asynccontextmanager
async def clients(server: Server, ledger: Ledger, tokens: Sequence[str]) -> AsyncIterator[asyncio.Event]:
    """Let one client per token write while the block runs; it may tell them to stop earlier.

    At the end every client has an answer to whatever it has not given up; so the server must be there by then.
    """
    stop = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        running: list[asyncio.Task[None]] = []
        for token in tokens:
            headers = {"authorization": f"Bearer {token}"}
            http = await stack.enter_async_context(
                httpx.AsyncClient(base_url=server.url, headers=headers, timeout=PATIENCE, trust_env=False)
            )
            running.append(asyncio.create_task(Client(http, ledger, stop).run()))
        try:
            yield stop
            stop.set()
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def settle(place: Deployment, writers: int = 0) -> list[str]:
    """Make the deployment: schema, key, tree, two courtyards; return a token for each of so many who write in both."""
    await asyncio.to_thread(place.done, "migrate", YUANLUO_ENVIRONMENT="demo")
    async with place.house() as house:
        await open_node(house.database, NodeKind.DISTRICT, "金牛区", code="510106")
        await open_node(house.database, NodeKind.SUBDISTRICT, "抚琴街道", code="510106032")
        await open_node(house.database, NodeKind.COMMUNITY, "银杏社区", code="510106032001")
        two = [OpenCourtyard("梧桐苑", "抚琴西路1号院"), OpenCourtyard("银杏里", "枣子巷13号院")]
        above = CommandContext(house, operator(), COMMUNITY)
        await yuanluo.run_commands(yuanluo.open_courtyard, above, two)
        tokens: list[str] = []
        for number in range(writers):
            made = await run_command(yuanluo.create_account, above, yuanluo.CreateAccount(f"w{number}", "书记"))
            assert made.subject_id is not None
            for tenant in COURTYARDS:
                context = CommandContext(house, operator(), tenant)
                granted = yuanluo.GrantRole(made.subject_id, Role.BRANCH_SECRETARY.name)
                await run_command(yuanluo.grant_role, context, granted)
            token = yuanluo.CreateToken(made.subject_id, "test")
            tokens.append((await run_command(yuanluo.create_token, above, token)).secrets[0])
    return tokens
