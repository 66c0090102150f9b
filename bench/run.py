"""The figures: the compiled answer through HTTP against the same SQL in a bare driver loop, interleaved.

    uv run python bench/run.py                     # both engines, 1,000 courtyards; PostgreSQL from the test wheel
    uv run python bench/run.py --courtyards 100 --rounds 100 --engines sqlite --write

Each round asks every query once over HTTP (token, scope and locks on; one client, one kept-alive connection) and
once by the driver alone (the very statement and arguments of the plan). Printed are the medians of the rounds, the
allowance of the goal, and whether it is met; answers of both ways are compared first.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import http.client
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]

import apsw  # noqa: E402
import asyncpg  # noqa: E402
from dataset import Sizes, fill  # noqa: E402
from postgres_server import APP, OWNER, OwnServer, given_server  # noqa: E402

from yuanluo.access import CreateAccount, CreateToken, GrantRole, create_account, create_token, grant_role  # noqa: E402
from yuanluo.authority import operator  # noqa: E402
from yuanluo.command import CommandContext, run_command  # noqa: E402
from yuanluo_graphql.assembly import build_engine, build_house, migration_sources  # noqa: E402
from yuanluo_graphql.plan import Binding  # noqa: E402
from yuanluo_tenants.migrator import migrate  # noqa: E402
from yuanluo_tenants.settings import Settings, load_settings  # noqa: E402

QUERIES: dict[str, str] = {
    "tiny": "query Tiny($c: String!) { courtyard(code: $c) { name } }",
    "overview": """query Overview($c: String!) { courtyard(code: $c) {
      id code name address kind builtYears buildingCount hasOwnersAssembly managementMode openedOn
      organizations(first: 5) { nodes { id name kind establishedOn officers { nodes { role startedOn person { name } } } } } } }""",
    "people": """query People($c: String!) { courtyard(code: $c) { people(first: 100) { nodes { id name birth
      seats(first: 5) { nodes { role organization { name } } } } } } }""",
    "rollup": """query Rollup { courtyards(first: 200) { totalCount nodes { code name peopleCount organizationCount
      fundsBalance upcomingActivities(first: 3) { nodes { title day } } } } }""",
    "rows": """query Rows { courtyards(first: 5) { nodes { people(first: 200) { nodes { id name gender birth ethnicity
      status phone idNumber type: __typename phoneAlt } } } } }""",
}
GOALS = {"postgresql": (0.5, 0.25), "sqlite": (1.2, 0.80)}
Ask = Callable[[], Awaitable[bytes]]


@dataclass
class Figure:
    """Times in milliseconds of one query on one engine."""

    engine: str
    query: str
    http: list[float]
    bare: list[float]
    size: int


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def token_for(settings: Settings, district: int) -> str:
    """Mint a token of an auditor-like account that sees every courtyard."""
    house = build_house(settings)
    await house.database.open()
    try:
        context = CommandContext(house, operator(), district)
        account = (await run_command(create_account, context, CreateAccount("bench", "bench"))).subject_id
        assert account is not None
        await run_command(grant_role, context, GrantRole(account, "COMMUNITY_SECRETARY"))
        return (await run_command(create_token, context, CreateToken(account, "bench"))).secrets[0]
    finally:
        await house.database.close()


class Http:
    """One client with one kept-alive connection; a bare socket, so that little of the client is measured."""

    def __init__(self, port: int, token: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = (
            "POST /graphql HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {token}\r\ncontent-length: "
        ).encode()

    def ask(self, body: bytes) -> bytes:
        """Post a request and return the answer's body."""
        self.socket.sendall(self.head + str(len(body)).encode() + b"\r\n\r\n" + body)
        received = self.socket.recv(262_144)
        while b"\r\n\r\n" not in received:
            received += self.socket.recv(262_144)
        head, _, answer = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        parts, size = [answer], len(answer)
        while size < length:
            parts.append(self.socket.recv(262_144))
            size += len(parts[-1])
        assert head.startswith(b"HTTP/1.1 200"), received[:500]
        return b"".join(parts)


async def bare_sqlite(settings: Settings, plans: dict[str, tuple[str, list[Any]]], scope: Any) -> dict[str, Ask]:
    """Return how the driver alone answers: a plain connection to the file, no locks."""
    connection = apsw.Connection(str(settings.sqlite_path), flags=apsw.SQLITE_OPEN_READONLY, statementcachesize=256)
    connection.create_scalar_function("yuanluo_lo", lambda: scope.lo, 0)
    connection.create_scalar_function("yuanluo_hi", lambda: scope.hi, 0)
    connection.create_scalar_function("yuanluo_in", lambda number: number in scope, 1)

    def ask(sql: str, args: list[Any]) -> Ask:
        async def run() -> bytes:
            return str(next(iter(connection.execute(sql, args)))[0]).encode()

        return run

    return {name: ask(sql, args) for name, (sql, args) in plans.items()}


async def bare_postgres(settings: Settings, plans: dict[str, tuple[str, list[Any]]], scope: Any) -> dict[str, Ask]:
    """Return how the driver alone answers: asyncpg's fetchval over the same statement, as the same role."""
    assert settings.database_url is not None
    connection = await asyncpg.connect(settings.database_url.get_secret_value(), statement_cache_size=256)
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.set_type_codec("json", schema="pg_catalog", encoder=lambda v: v, decoder=bytes, format="binary")

    def ask(sql: str, args: list[Any]) -> Ask:
        whole = (str(scope.lo), str(scope.hi), "" if scope.is_single else scope.multirange(), *args)

        async def run() -> bytes:
            return bytes(await connection.fetchval(sql, *whole))

        return run

    return {name: ask(sql, args) for name, (sql, args) in plans.items()}


async def measure(settings: Settings, engine_name: str, numbers: list[int], rounds: int) -> tuple[list[Figure], int]:
    """Serve the filled deployment and measure every query both ways."""
    district = numbers[0] // 10**10 * 10**10
    token = await token_for(settings, district)
    port = free_port()
    environment = {**os.environ, **environment_of(settings, port)}
    server = subprocess.Popen([sys.executable, "-m", "yuanluo_graphql", "serve"], env=environment)
    try:
        await ready(port)
        house = build_house(settings)
        await house.database.open()
        engine = build_engine(house, settings)
        rights = await engine.rights_of(token)
        variables = {"c": str(numbers[len(numbers) // 2])}
        plans: dict[str, tuple[str, list[Any]]] = {}
        bodies: dict[str, bytes] = {}
        for name, text in QUERIES.items():
            prepared = engine.documents.prepare(text)
            given = variables if "$c" in text else {}
            values = engine.documents.coerce_variables(prepared, given).coerced
            plan = engine.plan(prepared, values, rights)
            assert plan.sql is not None and plan.is_direct, name
            today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
            binding = Binding(values, rights, today, engine.cursors)
            plans[name] = (plan.sql, [bind(binding) for bind in plan.binders])
            bodies[name] = json.dumps({"query": text, "variables": given}).encode()
        await house.database.close()
        bare = await (bare_sqlite if engine_name == "sqlite" else bare_postgres)(settings, plans, rights.scope)
        client = Http(port, token)
        figures: dict[str, Figure] = {}
        for name in QUERIES:
            one, two = json.loads(client.ask(bodies[name]))["data"], json.loads(await bare[name]())
            assert one == two, name
            figures[name] = Figure(engine_name, name, [], [], len(await bare[name]()))
        for round_number in range(rounds + 10):
            for name in QUERIES:
                start = time.perf_counter()
                client.ask(bodies[name])
                between = time.perf_counter()
                await bare[name]()
                end = time.perf_counter()
                if round_number >= 10:
                    figures[name].http.append((between - start) * 1_000)
                    figures[name].bare.append((end - between) * 1_000)
        memory = resident(server.pid)
        return list(figures.values()), memory
    finally:
        server.terminate()
        server.wait(10)


def resident(pid: int) -> int:
    """Return the resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


def environment_of(settings: Settings, port: int) -> dict[str, str]:
    """Return the environment of a server process with these settings."""
    found = {
        "YUANLUO_HOME": str(settings.home),
        "YUANLUO_ENVIRONMENT": "demo",
        "YUANLUO_PORT": str(port),
        "YUANLUO_MAX_COST": str(settings.max_cost),
        "YUANLUO_BUDGET_PER_TOKEN": str(settings.budget_per_token),
        "YUANLUO_BUDGET_PER_TENANT": str(settings.budget_per_tenant),
    }
    if settings.database_url is not None:
        found["YUANLUO_DATABASE_URL"] = settings.database_url.get_secret_value()
    return found


async def ready(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            await asyncio.sleep(0.05)
    raise SystemExit("the server did not answer")


async def bench(engine_name: str, courtyards: int, rounds: int, folder: Path) -> tuple[list[Figure], int]:
    """Fill and measure one engine."""
    home = folder / engine_name
    home.mkdir(parents=True, exist_ok=True)
    common: dict[str, Any] = {"home": home, "environment": "demo", "max_cost": 5_000_000}
    common |= dict.fromkeys(("budget_per_token", "budget_per_tenant"), 10**12)  # counted, and never used up
    server = None
    if engine_name == "postgresql":
        given = given_server()
        server = OwnServer() if given is None else None
        running = given if given is not None else (server.start() if server else None)
        assert running is not None
        name = await running.new_database()
        common["database_url"] = running.for_database(name, APP)
        common["owner_url"] = running.for_database(name, OWNER)
    try:
        settings = load_settings(**common)
        house = build_house(settings)
        await migrate(house.database, house.registry, migration_sources(house.plugins))
        await house.database.open()
        start = time.perf_counter()
        numbers = await fill(house, courtyards)
        await house.database.close()
        sys.stderr.write(f"\r{engine_name}: {courtyards} courtyards filled in {time.perf_counter() - start:.0f} s\n")
        await analyse(settings)
        return await measure(settings, engine_name, numbers, rounds)
    finally:
        if server is not None:
            server.stop()


async def analyse(settings: Settings) -> None:
    """Let the database take statistics, as autovacuum would have."""
    if settings.is_sqlite:
        apsw.Connection(str(settings.sqlite_path)).execute("ANALYZE")
    else:
        assert settings.owner_url is not None
        connection = await asyncpg.connect(settings.owner_url.get_secret_value())
        await connection.execute("VACUUM ANALYZE")
        await connection.close()


def table(figures: Sequence[Figure], memory: dict[str, int]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| engine | query | kB | bare SQL p50 ms | through HTTP p50 ms | over | allowed | met |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in figures:
        bare, through = median(each.bare), median(each.http)
        fixed, share = GOALS[each.engine]
        allowed = bare * (1 + share) + fixed
        lines.append(
            f"| {each.engine} | {each.query} | {each.size / 1000:.1f} | {bare:.2f} | {through:.2f} | "
            f"{through - bare:+.2f} ms, {through / bare:.2f}x | {allowed:.2f} | {'yes' if through <= allowed else 'no'} |"
        )
    lines += ["", *(f"Resident memory of the server after the run, {name}: {mb} MB." for name, mb in memory.items())]
    return "\n".join(lines)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--courtyards", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--write", type=Path, help="write the table into this file, between its markers")
    given = parser.parse_args()
    figures: list[Figure] = []
    memory: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for engine_name in given.engines:
            found, memory[engine_name] = await bench(engine_name, given.courtyards, given.rounds, Path(folder))
            figures += found
    text = (
        f"{dt.date.today().isoformat()}, Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()}, "
        f"{os.cpu_count()} shared cores, {given.courtyards} courtyards x {Sizes.people} people, {Sizes.organizations} "
        f"organizations, {Sizes.entries} ledger entries, {Sizes.activities} activities; {given.rounds} interleaved rounds.\n\n"
        + table(figures, memory)
    )
    print(text)
    if given.write:
        page = given.write.read_text(encoding="utf-8")
        before, _, rest = page.partition("<!-- figures -->")
        _, _, after = rest.partition("<!-- /figures -->")
        given.write.write_text(f"{before}<!-- figures -->\n{text}\n<!-- /figures -->{after}", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
