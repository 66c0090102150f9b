"""Fixtures that every test may use: both engines, each with a fresh database per need; and how a run is laid out.

A module asks `make_database` for a database with the tables it needs:

    @pytest_asyncio.fixture(scope="module", loop_scope="session")
    async def plots(make_database: MakeDatabase) -> Database:
        registry = ground_registry()
        registry.add("test", [Plot])
        return await make_database(registry)

Tests that use either run once per engine. PostgreSQL is never skipped: see `postgres_server.py`. What `--long` and
`--seed` do, and which part of a file goes to which worker: docs/testing.md.
"""

from __future__ import annotations

import gc
import os
import random
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
import pytest_asyncio
from databases import MakeDatabase
from deployments import new_deployment
from patient import LIMITLESS, be_patient
from postgres_server import OwnServer, Server, given_server
from served_demo import Served, free_port, running
from templates import Templates
from xdist.scheduler import LoadScopeScheduling

from yuanluo_tenants.database import Database

# compositions stay until the end of a run: going through all of them at every turn took a twelfth of it
gc.set_threshold(50_000, 20, 50)

LONGEST_FIRST: Final = ("test_oracle", "test_leaks", "test_live_leaks", "test_live", "test_kill", "test_webhooks")
"""Files that a worker should not be left with when the others have ended."""
ENGINE: Final = re.compile(r"\[(sqlite|postgresql)\b")


# -- how a run is laid out ---------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take `--long` and `--seed`."""
    parser.addoption("--long", action="store_true", help="take every long walk to its end")
    parser.addoption("--seed", type=int, help="repeat what a run drew (it tells its seed); fresh by default")


def pytest_configure(config: pytest.Config) -> None:
    """Tell the run's extent to `extent.py`, here and in the workers, which inherit the environment."""
    if not hasattr(config, "workerinput"):
        seed = config.getoption("--seed")
        os.environ["YUANLUO_TEST_SEED"] = str(random.SystemRandom().randrange(2**32) if seed is None else seed)
        os.environ["YUANLUO_TEST_LONG"] = "1" if config.getoption("--long") else "0"
        _keep_bytecode(config.rootpath / ".pytest_cache" / "bytecode")
    os.environ.update(LIMITLESS)
    be_patient()
    # a machine that stands still for a moment makes no example wrong
    quiet = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
    hypothesis.settings.register_profile("short", max_examples=30, **quiet)
    hypothesis.settings.register_profile("long", max_examples=300, **quiet)
    hypothesis.settings.load_profile("long" if os.environ["YUANLUO_TEST_LONG"] == "1" else "short")


def _keep_bytecode(folder: Path) -> None:
    """Let this process, the workers and what tests start compile each module once: half of a start is compiling."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(folder)
    sys.dont_write_bytecode = False


def pytest_report_header() -> str:
    """Tell the seed."""
    return _seed()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the seed where it is looked for, below what failed."""
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error") or terminalreporter.verbosity >= 0:
        terminalreporter.write_line(_seed())


def _seed() -> str:
    long = "--long " if os.environ["YUANLUO_TEST_LONG"] == "1" else ""
    return f"what is drawn: repeat it with {long}--seed {os.environ['YUANLUO_TEST_SEED']}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is marked `long` to a long run; begin with the files that take longest."""
    if os.environ["YUANLUO_TEST_LONG"] != "1":
        left = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    rank = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


class _ByFileAndEngine(LoadScopeScheduling):
    """A file's tests on one engine stay in one worker, with the databases and servers that they share."""

    def _split_scope(self, nodeid: str) -> str:
        engine = ENGINE.search(nodeid)
        return nodeid.partition("::")[0] + (engine[1] if engine else "")


def pytest_xdist_auto_num_workers() -> int:
    """Take one worker more than cores: each waits a quarter of its time, for processes that it started and for clocks."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Deal out by file and engine."""
    return _ByFileAndEngine(config, log)


_OWN: list[OwnServer] = []


def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Start one PostgreSQL for all workers, which find it in their environment."""
    if given_server() is None and not config.getoption("--collect-only"):
        _OWN.append(OwnServer())
        os.environ["YUANLUO_TEST_POSTGRES_URL"] = _OWN[0].start().url


def pytest_unconfigure() -> None:
    """Stop it."""
    if _OWN:
        del os.environ["YUANLUO_TEST_POSTGRES_URL"]
        _OWN.pop().stop()


# -- fixtures ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server for the whole run."""
    given = given_server()
    if given is not None:
        yield given
        return
    own = OwnServer()
    try:
        yield own.start()
    finally:
        own.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine of this round."""
    return str(request.param)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def make_database(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MakeDatabase]:
    """A factory of fresh databases with the schema of a registry, on the engine of this round."""
    server: Server | None = request.getfixturevalue("postgres_server") if engine_name == "postgresql" else None
    templates = Templates(lambda: tmp_path_factory.mktemp("database"), server)
    yield templates.make
    await templates.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """The demo with two courtyards, served by a process of its own on the engine of this round."""
    async with new_deployment(engine_name, request, tmp_path_factory) as place:
        with running(place, free_port()) as (_, facts):
            given = Served(facts["graphql"], tuple(facts["courtyards"]), facts["tokens"])
            with given.client:
                yield given


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Bind the tables to the database that the test asked for; another test may have bound them elsewhere."""
    arguments: dict[str, Any] = getattr(item, "funcargs", {})
    for value in arguments.values():
        bound = getattr(value, "database", value)
        if isinstance(bound, Database):
            bound.bind(bound.registry)
