"""docs/operating.md and the files in deploy/ name commands, settings, figures and files that are there, and they work."""

from __future__ import annotations

import asyncio
import configparser
import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import typer.main
from deployments import Deployment, new_deployment
from test_docs import command_names

import yuanluo
from yuanluo import CreatePerson, run_command, scoped
from yuanluo.identities import identity_indexes
from yuanluo_graphql.cli import app
from yuanluo_graphql.observing import _GAUGES, BUCKETS, Snapshot, _exposition
from yuanluo_tenants.crypto import read_key_file
from yuanluo_tenants.settings import Settings, _from_environment, load_settings
from yuanluo_tenants.tree import NodeKind, open_node

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "operating.md"
DEPLOY = ROOT / "deploy"
TEXT = PAGE.read_text("utf-8")
FILES = {path.name: path.read_text("utf-8") for path in sorted(DEPLOY.iterdir())}
SETTINGS = {f"YUANLUO_{field.name.upper()}" for field in dataclasses.fields(Settings)}


def test_every_command_that_is_named_is_there() -> None:
    known = {*command_names(typer.main.get_command(app)), "yuanluo"}
    for name, text in {"operating.md": TEXT, **FILES}.items():
        for words in re.findall(r"(?:/opt/yuanluo/bin/|`|^|&& |exec )(yuanluo(?: [a-z]+)*)", text, re.MULTILINE):
            parts = words.split()
            assert any(" ".join(parts[:end]) in known for end in (2, 3)) or len(parts) == 1, (name, words)


def test_every_setting_that_is_named_is_there() -> None:
    for name, text in {"operating.md": TEXT, **FILES}.items():
        assert set(re.findall(r"YUANLUO_[A-Z_]+", text)) <= SETTINGS, name


def test_every_file_that_is_named_is_there_and_none_is_left_out() -> None:
    named = set(re.findall(r"\]\(([^)#]+)\)", TEXT))
    assert all((PAGE.parent / each).exists() for each in named), named
    assert {Path(each).name for each in named if "deploy/" in each} == set(FILES)


def test_every_figure_stands_on_the_page_and_no_other() -> None:
    snapshot = Snapshot(1, {"query 200": 1}, [0] * (len(BUCKETS) + 1), 0.0, 1, {"X": 1}, 0, dict.fromkeys(_GAUGES, 0))
    told = set(
        re.findall(r"^(yuanluo_\w+?)(?:_bucket|_count|_sum)?\{", _exposition([snapshot], 0).decode(), re.MULTILINE)
    )
    told.add("yuanluo_webhooks_pending")
    assert set(re.findall(r"`(yuanluo_[a-z_]+)`", TEXT)) == told


def unit(name: str) -> configparser.RawConfigParser:
    """Read a systemd unit; keys that may be repeated are kept as the last one says."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read_string(FILES[name])
    return parser


def test_the_settings_of_the_examples_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line.partition("=") for line in FILES["environment"].splitlines() if line and not line.startswith("#")]
    lines += [each.partition("=") for each in re.findall(r"^Environment=(YUANLUO_.*)$", FILES["yuanluo.service"], re.M)]
    given = {name: value for name, _, value in lines}
    for name in [each for each in os.environ if each.startswith("YUANLUO_")]:
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.environment, settings.workers, settings.is_sqlite) == ("production", 2, False)
    assert set(_from_environment(given)) == {name.removeprefix("YUANLUO_").lower() for name in given}


def test_the_units_are_whole() -> None:
    service = unit("yuanluo.service")
    assert service["Service"]["ExecStart"] == "/opt/yuanluo/bin/yuanluo serve"
    assert service["Service"]["ExecStartPre"] == "/opt/yuanluo/bin/yuanluo migrate"
    home = re.search(r"YUANLUO_HOME=/var/lib/(\S+)", FILES["yuanluo.service"])
    assert home is not None
    assert service["Service"]["StateDirectory"] == home[1]
    assert unit("yuanluo-backup.timer")["Timer"]["Unit"] == "yuanluo-backup.service"
    backup = unit("yuanluo-backup.service")["Service"]
    assert set(re.findall(r"/var/lib/([\w-]+)/", backup["ExecStart"])) <= set(backup["StateDirectory"].split())


def nginx_blocks(text: str) -> dict[str, list[str]]:
    """Return the directives of each block of an nginx configuration, by the words before its brace; it must close."""
    text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    found: dict[str, list[str]] = {"": []}
    path = [""]
    for word, end in re.findall(r"((?:'[^']*'|[^;{}'])*)([;{}])", text):
        words = " ".join(word.split())
        if end == "{":
            path.append(words)
            found[words] = []
        elif end == "}":
            assert not words, f"{words} has no semicolon"
            path.pop()
        else:
            found[path[-1]].append(words)
    assert path == [""], path
    return found


def test_the_proxy_passes_sockets_and_streams_and_logs_no_query() -> None:
    blocks = nginx_blocks(FILES["nginx.conf"])
    graphql = blocks["location /graphql"]
    for directive in (
        "proxy_http_version 1.1",
        "proxy_set_header Upgrade $http_upgrade",
        "proxy_set_header Connection $connection_upgrade",
        "proxy_buffering off",
    ):
        assert directive in graphql
    assert "$connection_upgrade" in next(each for each in blocks if each.startswith("map "))
    (timeout,) = [int(each.split()[1].rstrip("s")) for each in graphql if each.startswith("proxy_read_timeout")]
    assert timeout > Settings().live_keepalive_seconds
    (written,) = [each for each in blocks[""] if each.startswith("log_format")]
    assert not re.search(r"\$(request|request_uri|args|query_string|http_\w+)\b", written)
    assert not any("metrics" in each for each in blocks)
    assert f"server 127.0.0.1:{Settings().port}" in blocks["upstream yuanluo"]


def test_the_container_takes_what_is_there() -> None:
    text = FILES["Containerfile"]
    assert "--require-hashes --requirement requirements.lock" in text
    assert (ROOT / "requirements.lock").exists()
    ports = set(re.findall(r"EXPOSE (\d+)|127\.0\.0\.1:(\d+)/readyz", text))
    assert {each or other for each, other in ports} == {str(Settings().port)}
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)


# the commands that tests elsewhere do not run ----------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        yield made


def blocks(name: str) -> Iterator[str]:
    yield from re.findall(rf"```bash {name}\n(.*?)```", TEXT, re.DOTALL)


def run(script: str, place: Deployment, key: Path) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**place.environment, "PATH": path, "KEY": str(key), "YUANLUO_KEY_FILE": str(key)}
    done = subprocess.run(["bash", "-euc", script], check=False, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done.stdout


async def sealed_versions(place: Deployment, key: Path) -> tuple[set[int], str]:
    """Return the key versions under which phones are sealed, and the phone in the clear."""
    settings = dataclasses.replace(place.settings(), key_file=key)
    async with yuanluo.House.opened(settings) as house:
        tenant = 5101060000000000
        with scoped(tenant):
            found = await yuanluo.rows(house.database, "SELECT id, phone FROM person WHERE tenant_id = $1", tenant)
        (person,) = (house.registry.by_type("Person"),)
        assert person is not None
        (clear,) = {yuanluo.unseal(house.keys, person, tenant, row["id"], "phone", row["phone"]) for row in found}
        return {row["phone"][0] for row in found}, clear


async def test_a_key_is_made_and_rotated_by_the_words_of_the_page(place: Deployment, tmp_path: Path) -> None:
    key = tmp_path / "key"
    (making,) = blocks("key")
    await asyncio.to_thread(run, making, place, key)
    await asyncio.to_thread(run, "yuanluo migrate", place, key)
    settings = dataclasses.replace(place.settings(), key_file=key)
    given: Any = CreatePerson("王秀英", phone="13800000001")
    async with yuanluo.House.opened(settings) as house:
        await open_node(house.database, NodeKind.DISTRICT, "金牛区", code="510106")
        context = yuanluo.CommandContext(house, yuanluo.operator(), 5101060000000000)
        filed = await run_command(yuanluo.create_person, context, given, key="once")
        known = identity_indexes(house.keys, "510104195803121234")
    assert await sealed_versions(place, key) == ({1}, "13800000001")
    adding, sealing = blocks("rotate")
    await asyncio.to_thread(run, adding, place, key)
    assert read_key_file(key).version == 2
    assert await sealed_versions(place, key) == ({1}, "13800000001")
    told = await asyncio.to_thread(run, sealing, place, key)
    assert "key version 2" in told
    assert "0 处断裂" in told
    assert await sealed_versions(place, key) == ({2}, "13800000001")
    assert (await asyncio.to_thread(run, "yuanluo reseal", place, key)).startswith("0 ")
    async with yuanluo.House.opened(settings_anew(settings)) as house:
        context = yuanluo.CommandContext(house, yuanluo.operator(), 5101060000000000)
        again = await run_command(yuanluo.create_person, context, given, key="once")
        assert (again.replayed, again.subject_id) == (True, filed.subject_id)  # the key of then is known still
        assert set(known) < set(identity_indexes(house.keys, "510104195803121234"))


def settings_anew(settings: Settings) -> Settings:
    """Return the settings as a restarted process reads them: with the key file as it is now."""
    return dataclasses.replace(settings)


def test_a_key_without_a_file_is_not_rotated(tmp_path: Path) -> None:
    place = Deployment(tmp_path / "yuanluo-data")
    key = place.done("key").out.strip()
    assert "rotation needs a key file" in place.refused("key", "--rotate", YUANLUO_SECRET_KEY=key)
    assert "rotation needs a key file" in place.refused("key", "--rotate")
