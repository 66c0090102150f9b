"""`yuanluo demo`: the same content for the same seed, reused, rebuilt, refused; and served to a real client."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
import pytest_asyncio
from databases import MakeDatabase
from deployments import Deployment, new_deployment
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from litestar.testing import TestClient
from pace import PATIENCE
from plots import blocks
from postgres_server import APP, PASSWORD
from served_demo import free_port, running

import yuanluo
from yuanluo import Composition, DemoContext, House, PluginError, Plugins, Unauthenticated, hookimpl
from yuanluo.access import Authority
from yuanluo.digest import content_digest
from yuanluo_graphql.demo import build_district
from yuanluo_tenants.crypto import Keyring, new_key
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.migrator import build
from yuanluo_tenants.tree import NodeKind, open_node

ROOT = Path(__file__).parent.parent
ROLES = {"district_officer", "branch_secretary", "council_director", "accountant", "resident"}


# what is built ----------------------------------------------------------------------------------------------------


async def embedded_digest(folder: Path, seed: int) -> str:
    """Build one courtyard in an SQLite file and return its content's digest."""
    registry = Composition.of(Plugins.load()).registry
    database = SqliteDatabase(folder / "demo.db", synchronous="OFF")
    database.bind(registry)
    await build(database, registry)
    await database.open()
    try:
        house = House.build(database, Keyring.single(new_key()), Plugins.load())
        await build_district(house, courtyards=1, seed=seed, progress=lambda *_: None)
        return await content_digest(database, house.registry, house.keys)
    finally:
        await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reference(tmp_path_factory: pytest.TempPathFactory) -> str:
    return await embedded_digest(tmp_path_factory.mktemp("reference"), seed=1)


async def test_another_seed_gives_other_content(tmp_path: Path, reference: str) -> None:
    assert await embedded_digest(tmp_path, seed=2) != reference


async def test_a_plugin_whose_demo_rows_fail_stops_the_demo_by_name(make_database: MakeDatabase) -> None:
    class Broken:
        @staticmethod
        @hookimpl
        async def demo_rows(context: DemoContext) -> None:
            if context.kind is NodeKind.COMMUNITY:
                raise ValueError("no greens")

    plugins = Plugins.load({"greens": Broken}, entry_points=False)
    database = await make_database(Composition.of(plugins).registry)
    house = House.build(database, Keyring.single(new_key()), plugins)
    with pytest.raises(PluginError) as refused:
        await build_district(house, courtyards=1, seed=1, progress=lambda *_: None)
    assert refused.value.plugin == "greens"
    assert "no greens" in refused.value.en


# the command ------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        yield made


BUILD = ("demo", "--courtyards", "1", "--no-serve", "--json")


@pytest.fixture(scope="module")
def facts(place: Deployment) -> Any:
    """What the first run of the demo said."""
    said = place.done(*BUILD)
    assert "deployment.key" in said.err
    assert "never use it in production" in " ".join(said.err.split())
    return said.json


def test_the_demo_tells_address_tokens_and_queries(facts: Any) -> None:
    assert set(facts) == {"url", "graphql", "tokens", "queries", "courtyards"}
    assert facts["graphql"] == facts["url"] + "/graphql"
    assert set(facts["tokens"]) == ROLES
    assert all(token.startswith("yl_") for token in facts["tokens"].values())
    assert facts["courtyards"] == ["5101060320010001"]
    assert [each["name"] for each in facts["queries"]] == ["overview", "people", "rollup"]


async def viewers(place: Deployment, tokens: dict[str, str]) -> set[str]:
    """Return the names of those tokens that let somebody in."""
    found: set[str] = set()
    async with place.house() as house:
        authority = Authority(house.database, house.rules)
        for name, token in tokens.items():
            with contextlib.suppress(Unauthenticated):
                await authority.viewer_of(token, yuanluo.system_clock())
                found.add(name)
    return found


async def test_the_same_seed_gives_the_same_content_on_either_engine(
    place: Deployment, facts: Any, reference: str
) -> None:
    assert len(facts["courtyards"]) == 1
    async with place.house() as house:
        assert await content_digest(house.database, house.registry, house.keys) == reference


async def test_a_second_run_reuses_what_is_there_and_keeps_the_tokens_that_hold(
    place: Deployment, facts: Any, reference: str
) -> None:
    assert await viewers(place, facts["tokens"]) == ROLES
    said = await asyncio.to_thread(place.done, "demo", "--courtyards", "9", "--seed", "7", "--no-serve", "--json")
    again = said.json
    assert "Reusing the demo" in said.err
    assert again["courtyards"] == facts["courtyards"]
    assert again["tokens"] == facts["tokens"]
    assert (place.home / "demo.json").stat().st_mode & 0o077 == 0
    listed = await asyncio.to_thread(place.done, "token", "list", "--login", "accountant", "--active", "--json")
    (held,) = listed.json
    await asyncio.to_thread(place.done, "token", "revoke", held["id"])
    said = await asyncio.to_thread(place.done, "demo", "--no-serve", "--json")
    changed = {name for name, token in said.json["tokens"].items() if facts["tokens"][name] != token}
    assert changed == {"accountant"}
    assert await viewers(place, said.json["tokens"]) == ROLES
    async with place.house() as house:
        assert await content_digest(house.database, house.registry, house.keys) == reference


async def test_an_interrupted_demo_is_built_anew_where_it_may_be_removed(fresh: Deployment) -> None:
    await asyncio.to_thread(fresh.done, "migrate", YUANLUO_ENVIRONMENT="demo")
    state = {"seed": 1, "courtyards": [], "done": False, "accounts": {}, "tokens": {}}
    (fresh.home / "demo.json").write_text(json.dumps(state), "utf-8")
    async with fresh.house() as house:
        await open_node(house.database, NodeKind.DISTRICT, "金牛区", code="510106")
    if not fresh.is_embedded:
        assert "empty database" in await asyncio.to_thread(fresh.refused, *BUILD)
        return
    said = await asyncio.to_thread(fresh.done, *BUILD)
    assert "building it anew" in said.err
    assert await viewers(fresh, said.json["tokens"]) == ROLES


async def test_a_deployment_with_other_data_is_refused_and_left_as_it_was(fresh: Deployment) -> None:
    await asyncio.to_thread(fresh.done, "migrate", YUANLUO_ENVIRONMENT="demo")
    async with fresh.house() as house:
        await open_node(house.database, NodeKind.DISTRICT, "金牛区", code="510106")
    for _ in range(2):
        told = await asyncio.to_thread(fresh.refused, *BUILD)
        assert "holds data that is no demo" in told
    assert not (fresh.home / "demo.json").exists()


# the server -------------------------------------------------------------------------------------------------------


@pytest.fixture
def port() -> int:
    return free_port()


def test_a_port_in_use_is_told_in_one_sentence(place: Deployment, facts: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for command in (["demo", "--json"], ["serve"]):
            port = str(taken.getsockname()[1])
            told = place.yuanluo(*command, "--port", port, YUANLUO_ENVIRONMENT="demo")
            assert (told.status, told.out) == (1, "")
            assert "choose another port with --port" in told.err
            assert "Traceback" not in told.err


def test_a_server_with_pending_migrations_does_not_start(fresh: Deployment, port: int) -> None:
    if fresh.is_embedded:
        fresh.home.mkdir(parents=True)
        (fresh.home / "yuanluo.db").touch()
    told = fresh.refused("serve", "--port", str(port), YUANLUO_ENVIRONMENT="demo")
    assert "run `yuanluo migrate` first" in told
    assert "party" in told


async def ask(facts: Any, role: str, query: str) -> Any:
    transport = AIOHTTPTransport(facts["graphql"], headers={"Authorization": f"Bearer {facts['tokens'][role]}"})
    async with Client(transport=transport, fetch_schema_from_transport=False) as session:
        return await session.execute(gql(query))


async def test_the_demo_answers_a_real_client_and_ends_when_asked(fresh: Deployment, port: int) -> None:
    with running(fresh, port) as (process, facts):
        assert len(facts["courtyards"]) == 2
        (query,), (answer,) = blocks(ROOT / "README.md", "graphql"), blocks(ROOT / "README.md", "json")
        found = await ask(facts, "branch_secretary", query)
        expected = json.loads(answer)["data"]
        for each in (found, expected):
            each["courtyard"].pop("upcomingActivities")  # they follow the day
        assert found == expected
        for each in facts["queries"]:
            for role in facts["tokens"]:
                assert await ask(facts, role, each["query"])
        await courtyard_opened_from_outside(fresh, facts)
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            page = await client.get(facts["graphql"], headers={"accept": "text/html"})
            assert "<html" in page.text
            assert (await client.get(facts["url"] + "/readyz")).json() == {"status": "ready"}
        process.send_signal(signal.SIGINT)
        said, told = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    assert said == ""
    assert "Traceback" not in told
    assert process.returncode in (0, 130, -signal.SIGINT)


async def courtyard_opened_from_outside(place: Deployment, facts: Any) -> None:
    process = place.start("courtyard", "open", "新桥苑", "--community", "510106032001", "--json")
    said, told = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    assert process.returncode == 0, told
    code = json.loads(said)["code"]
    found = await ask(facts, "district_officer", f'{{ courtyard(code: "{code}") {{ name peopleCount }} }}')
    assert found == {"courtyard": {"name": "新桥苑", "peopleCount": 0}}
    assert re.fullmatch(r"510106032001\d{4}", code)


def test_several_workers_serve_one_postgresql(place: Deployment, facts: Any, port: int) -> None:
    if place.is_embedded:
        told = place.refused("serve", "--port", str(port), YUANLUO_WORKERS="2")
        assert "PostgreSQL" in told
        return
    started: list[tuple[str, dict[str, Any]]] = []

    def run(target: str, /, **rest: Any) -> None:
        started.append((target, rest))

    with mock.patch("uvicorn.run", run):
        said = place.done("serve", "--port", str(port), YUANLUO_WORKERS="2", YUANLUO_ENVIRONMENT="demo").out
    assert said.count("\n") == 1
    assert f"http://127.0.0.1:{port}/graphql" in said
    assert "2 个进程" in said
    assert PASSWORD not in said
    assert APP not in said
    [(factory, rest)] = started
    assert (rest["workers"], rest["port"], rest["factory"]) == (2, port, True)
    module, _, name = factory.partition(":")
    with mock.patch.dict(os.environ, {**place.environment, "YUANLUO_ENVIRONMENT": "demo"}, clear=True):
        worker = getattr(importlib.import_module(module), name)()
    with TestClient(worker) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.post("/graphql", json={"query": "{ viewer { name } }"}).json()["data"] == {"viewer": None}
