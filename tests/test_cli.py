"""The command line, end to end, on a deployment of either engine: what an operator does from an empty folder on."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import importlib
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from plots import blocks, source
from served_demo import free_port
from test_records import tamper
from test_start_refusals import install

import yuanluo
from yuanluo import OpenCourtyard, run_command
from yuanluo.access import Authority
from yuanluo.command import CommandContext
from yuanluo.statements import changed
from yuanluo_graphql.app import opened
from yuanluo_graphql.serving import _listen
from yuanluo_tenants.crypto import new_key
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.settings import Settings, load_settings
from yuanluo_tenants.tree import NodeKind, code_of, number_of, open_node, range_of

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "tests" / "samples"
DISTRICT, COMMUNITY, COURTYARD = "510106", "510106032001", "5101060320010001"
TODAY = ("--today", "2026-11-22")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    """A migrated deployment with a key, the tree and one courtyard."""
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        assert "5101" not in (await asyncio.to_thread(made.done, "migrate", YUANLUO_ENVIRONMENT="demo")).out
        async with made.house() as house:
            await open_node(house.database, NodeKind.DISTRICT, "金牛区", code=DISTRICT)
            await open_node(house.database, NodeKind.SUBDISTRICT, "抚琴街道", code="510106032")
            community = await open_node(house.database, NodeKind.COMMUNITY, "银杏社区", code=COMMUNITY)
            context = CommandContext(house, yuanluo.operator(), community)
            await run_command(yuanluo.open_courtyard, context, OpenCourtyard("梧桐苑", "抚琴西路1号院"))
        yield made


# the deployment -----------------------------------------------------------------------------------------------------


def test_migrating_twice_does_nothing_more_and_shows_what_was_done(place: Deployment) -> None:
    assert place.done("migrate").out == "数据库已是最新 the schema is up to date.\n"
    shown = place.done("migrate", "--show").out.splitlines()
    for plugin in ("tenants", "core", "party", "council", "finance", "culture"):
        assert any(re.match(rf"{plugin} 0001_\w+ \d{{4}}-\d\d-\d\dT", line) for line in shown), plugin
    assert not any("pending" in line for line in shown)


def test_a_command_on_a_folder_with_nothing_in_it_says_what_to_do(place: Deployment, tmp_path: Path) -> None:
    if place.is_embedded:
        told = place.refused("verify", "--path", str(tmp_path))
        assert "run `yuanluo demo` or `yuanluo migrate` first" in told
    told = place.refused("verify", "--courtyard", "5101060320019999")
    assert "5101060320019999" in told


async def test_a_command_on_a_database_that_is_not_migrated_says_what_to_do(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with new_deployment(engine_name, request, tmp_path_factory) as bare:
        bare.home.mkdir(parents=True, exist_ok=True)
        if bare.is_embedded:
            (bare.home / "yuanluo.db").touch()
        key = base64.b64encode(new_key()).decode()
        for words in (("check",), ("node", "open", DISTRICT, "金牛区"), ("token", "list")):
            told = await asyncio.to_thread(bare.refused, *words, YUANLUO_SECRET_KEY=key)
            assert "run `yuanluo migrate` first" in told
        shown = await asyncio.to_thread(bare.done, "migrate", "--show", YUANLUO_SECRET_KEY=key)
        assert "tenants 0001_initial 待执行 pending" in shown.out


async def test_another_key_than_the_databases_is_refused(place: Deployment) -> None:
    async with place.house() as house:
        context = CommandContext(house, yuanluo.operator(), int(COURTYARD))
        await run_command(yuanluo.create_person, context, yuanluo.CreatePerson("王秀英", phone="13800000001"))
    other = base64.b64encode(new_key()).decode()
    for words in (("verify",), ("token", "list"), ("serve", "--port", "1")):
        told = await asyncio.to_thread(place.refused, *words, YUANLUO_SECRET_KEY=other)
        assert "the deployment key is not this database's" in told
    await asyncio.to_thread(place.done, "verify")


def test_words_that_are_no_text_are_refused(place: Deployment) -> None:
    told = place.refused("courtyard", "open", "a\udcff", "--community", COMMUNITY)
    assert "word 3, a\ufffd, is not UTF-8" in told


def test_a_full_device_is_told_in_a_sentence(place: Deployment) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "yuanluo_graphql", "key"]
        done = subprocess.run(
            command, check=False, env=place.environment, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert "no space is left" in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_tree_of_a_new_deployment_is_opened_from_the_top(place: Deployment) -> None:
    assert "`yuanluo node open`" in place.refused("courtyard", "open", "院", "--community", "510107001001")
    assert "510107001" in place.refused("node", "open", "510107001001", "浆洗街社区")
    for code, name in (
        ("510107", "武侯区"),
        ("510107001", "浆洗街街道"),
        ("510107001001", "洗面桥社区"),
        ("5101070010019001", "第一网格"),
    ):
        assert place.done("node", "open", code, name).out == f"{code}\n"
    assert place.done("courtyard", "open", "玉林", "--community", "510107001001").out == "5101070010010001\n"
    listed = place.done("node", "list", "--node", "510107001001", "--json").json
    assert [(each["code"], each["kind"]) for each in listed] == [
        ("510107001001", "COMMUNITY"),
        ("5101070010010001", "COURTYARD"),
        ("5101070010019001", "GRID"),
    ]
    assert "open already" in place.refused("node", "open", "510107", "武侯区")
    assert "courtyard open" in place.refused("node", "open", "5101070010010002", "院")
    assert "needs a name" in place.refused("node", "open", "510107002", "\u200b ")
    assert "'51'" in place.refused("node", "open", "51", "四川省")
    assert "needs a name" in place.refused("node", "open", "510108", " ")
    assert "`yuanluo node open`" in place.refused("node", "open", "510108001", "猛追湾街道")
    assert "510108" not in place.done("node", "list").out
    async with place.house() as house:
        with scoped(range_of(number_of("510107"))):
            sql = "SELECT tenant_id FROM record WHERE kind = 'node.open' ORDER BY tenant_id, sequence"
            filed = [code_of(row["tenant_id"]) for row in await yuanluo.rows(house.database, sql)]
    assert filed == ["510107", "510107", "510107001", "510107001001"]


def test_a_database_that_cannot_be_opened_is_told_in_one_sentence(place: Deployment, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database, " * 100)
    nowhere = "postgresql://a:secret@127.0.0.1:1/x"
    more = {"YUANLUO_SECRET_KEY": base64.b64encode(bytes(32)).decode()}
    for url, word in ((nowhere, "YUANLUO_DATABASE_URL"), (f"sqlite:///{tmp_path}/file", "cannot be opened")):
        # `nowhere` is port 1: a server that listened there would reach itself, and wait for its own answer
        for command in (("token", "list"), ("serve", "--port", str(free_port()))):
            told = place.refused(*command, YUANLUO_DATABASE_URL=url, **more)
            assert word in told
            assert "secret" not in told
    for url in (f"sqlite:///{tmp_path}/file", f"sqlite:///{tmp_path}/file/x.db"):
        assert "cannot be opened" in place.refused("migrate", YUANLUO_DATABASE_URL=url, **more)
    told = place.refused("migrate", YUANLUO_DATABASE_URL=nowhere, YUANLUO_OWNER_URL=nowhere, **more)
    assert "YUANLUO_OWNER_URL" in told
    told = place.refused("demo", "--no-serve", "--path", f"{tmp_path}/file", YUANLUO_DATABASE_URL="", **more)
    assert "--path" in told


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_a_host_that_there_is_not_is_told_as_such(host: str) -> None:
    with pytest.raises(ConfigurationError, match="choose another with --host"):
        _listen(load_settings(environment="test", host=host))


def test_the_schema_is_the_published_one(place: Deployment) -> None:
    assert place.done("schema").out == (ROOT / "docs" / "schema.graphql").read_text(encoding="utf-8")


def test_the_plugins_are_listed(place: Deployment) -> None:
    names = ["core", "council", "culture", "finance", "party"]
    assert [line.split()[0] for line in place.done("plugins").out.splitlines()] == names
    listed = place.done("plugins", "--json").json
    assert [each["name"] for each in listed] == names
    assert all(each["version"] and each["description"] for each in listed)


def test_a_key_is_printed_anew_each_time(place: Deployment) -> None:
    first, second = (place.done("key").out.strip() for _ in range(2))
    assert len(base64.b64decode(first)) == 32
    assert first != second


def test_the_settings_are_listed(place: Deployment) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert place.done("settings", "--markdown").out.strip() == page.strip()
    assert place.done("settings").out.count("| `YUANLUO_") == len(dataclasses.fields(Settings))


def test_a_wrong_setting_is_named_in_one_sentence(place: Deployment) -> None:
    assert "YUANLUO_PORT" in place.refused("verify", YUANLUO_PORT="0")


# people who may call ------------------------------------------------------------------------------------------------


async def test_a_token_is_made_with_its_account_and_its_role(place: Deployment) -> None:
    words = ("token", "create", "--login", "officer", "--role", "DISTRICT_ADMIN", "--node", DISTRICT)
    first = (await asyncio.to_thread(place.done, *words, "--json")).json
    assert {key: first[key] for key in ("login", "role", "node")} == {
        "login": "officer",
        "role": "DISTRICT_ADMIN",
        "node": DISTRICT,
    }
    bare = (await asyncio.to_thread(place.done, *words, "--read-only", "--days", "1")).out.strip()
    async with place.house() as house:
        authority = Authority(house.database, house.rules)
        found = [await authority.viewer_of(token, yuanluo.system_clock()) for token in (first["token"], bare)]
        roles = await yuanluo.rows(house.database, "SELECT role FROM role_grant", shared=True)
    assert found[0].account_id == found[1].account_id
    assert [each.roles for each in found] == [(("DISTRICT_ADMIN", int(DISTRICT) * 10**10),)] * 2
    assert [each.can_write for each in found] == [True, False]
    assert len([each for each in roles if each["role"] == "DISTRICT_ADMIN"]) == 1


@pytest.mark.parametrize(
    ("role", "node", "word"), [("KING", DISTRICT, "use one of ACCOUNTANT"), ("ACCOUNTANT", "999999", "999999")]
)
def test_a_token_of_no_role_or_nowhere_is_refused(place: Deployment, role: str, node: str, word: str) -> None:
    assert word in place.refused("token", "create", "--login", "x", "--role", role, "--node", node)


@pytest.mark.parametrize(("role", "days"), [("KING", "90"), ("DISTRICT_ADMIN", "99999")])
async def test_where_no_token_is_made_no_account_is_either(place: Deployment, role: str, days: str) -> None:
    words = ("token", "create", "--login", f"nobody-{days}", "--role", role, "--node", DISTRICT, "--days", days)
    await asyncio.to_thread(place.refused, *words)
    async with place.house() as house:
        sql = "SELECT id FROM account WHERE login = $1"
        assert not await yuanluo.rows(house.database, sql, f"nobody-{days}", shared=True)


async def test_a_role_that_has_ended_is_granted_anew_with_a_token(place: Deployment) -> None:
    words = ("token", "create", "--login", "officer-of-old", "--role", "AUDITOR", "--node", DISTRICT)
    await asyncio.to_thread(place.done, *words)
    async with place.house() as house:
        change = "UPDATE role_grant SET started_on = '2020-01-01', ended_on = '2020-12-31' WHERE role = 'AUDITOR'"
        assert await changed(house.database, change, shared=True) == 1
    again = [f" {word} " if word == "officer-of-old" else word for word in words]
    token = (await asyncio.to_thread(place.done, *again)).out.strip()
    async with place.house() as house:
        viewer = await Authority(house.database, house.rules).viewer_of(token, yuanluo.system_clock())
    assert viewer.roles == (("AUDITOR", int(DISTRICT) * 10**10),)


def test_a_text_that_no_index_holds_is_refused_in_a_sentence(place: Deployment) -> None:
    login = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(6_000))
    words = ("token", "create", "--login", login, "--role", "AUDITOR", "--node", DISTRICT)
    if not place.is_embedded:
        assert "TEXT_TOO_LONG" in place.refused(*words)


def test_a_courtyard_is_opened_from_a_template(place: Deployment) -> None:
    opened = place.done("courtyard", "open", "玉兰小区", "--community", COMMUNITY, "--template", "commercial", "--json")
    assert opened.json == {"code": "5101060320010002", "name": "玉兰小区"}
    assert place.done("courtyard", "open", "银杏里", "--community", COMMUNITY).out == "5101060320010003\n"
    assert "palace" in place.refused("courtyard", "open", "宫", "--community", COMMUNITY, "--template", "palace")
    assert "community" in place.refused("courtyard", "open", "宫", "--community", DISTRICT)


# the record ---------------------------------------------------------------------------------------------------------


async def test_verify_finds_a_record_that_was_tampered_with_by_its_number(place: Deployment) -> None:
    async with place.house() as house:
        context = CommandContext(house, yuanluo.operator(), int(COURTYARD))
        await run_command(yuanluo.create_person, context, yuanluo.CreatePerson("李长富"))
    whole = (await asyncio.to_thread(place.done, "verify", "--json")).json
    assert whole["records"] >= 2
    assert whole["broken"] == []
    assert (await asyncio.to_thread(place.done, "verify", "--courtyard", COURTYARD)).out.startswith("1 条链")
    change = "UPDATE record SET actor = '{}' WHERE sequence = 1 AND tenant_id = " + COURTYARD
    async with place.house() as house:
        await tamper(house.database, change.format("somebody"), change.format("somebody"))
    try:
        broken = await asyncio.to_thread(place.yuanluo, "verify", "--json")
        told = await asyncio.to_thread(place.yuanluo, "verify")
    finally:
        async with place.house() as house:
            await tamper(house.database, change.format("operator"), change.format("operator"))
    assert (broken.status, told.status) == (1, 1)
    assert broken.json["broken"] == [
        {"tenant": COURTYARD, "sequence": 1, "reason": "record 1: its column actor does not match its content."}
    ]
    assert f"{COURTYARD} 第 1 条" in told.out
    assert (await asyncio.to_thread(place.done, "verify", "--json")).json["broken"] == []


# workbooks ----------------------------------------------------------------------------------------------------------


def test_a_preview_is_printed_exactly_as_its_sidecar(place: Deployment) -> None:
    file = SAMPLES / "01_党员花名册.xlsx"
    words = ("import", "party_roster", str(file), "--courtyard", COURTYARD, "--dry-run", "--json", *TODAY)
    expected = json.loads(file.with_suffix(".expected.json").read_text(encoding="utf-8"))
    printed = place.done(*words).json
    assert {key: printed[key] for key in expected} == expected
    assert (printed["register_issues"], printed["would_write"]["people"]) == ([], 8)
    assert printed.keys() - expected.keys() == {"columns", "missing", "register_issues", "would_write"}
    told = place.done(*(word for word in words if word != "--json")).out
    assert str(expected["counts"]["records"]) in told
    ids = [each["id_number"] for each in expected["records"] if each["id_number"]]
    assert not any(number in told for number in ids)


def test_a_workbook_goes_in_once_comes_out_and_reads_the_same(place: Deployment, tmp_path: Path) -> None:
    file = SAMPLES / "02_业主(居民)花名册.xlsx"
    words = ("import", "owner_roster", str(file), "--courtyard", COURTYARD, *TODAY)
    first, second = place.done(*words, "--json").json, place.done(*words, "--json").json
    assert (first["repeated"], second["repeated"]) == (False, True)
    assert first["written"] == second["written"]
    assert first["written"]["dwellings"] > 0
    assert "nothing was written" in place.done(*words).out
    out = tmp_path / "导出.xlsx"
    said = place.done("export", "owner_roster", str(out), "--courtyard", COURTYARD, "--purpose", "测试").out
    count = int(re.findall(r"(\d+) 行", said)[0])
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    again = place.done("import", "owner_roster", str(out), "--courtyard", COURTYARD, "--dry-run", "--json", *TODAY).json
    assert again["counts"]["errors"] == 0
    assert len(again["records"]) == count
    source_records = place.done(*words, "--dry-run", "--json").json["records"]
    shown = [{key: row[key] for key in ("room_key", "area_c", "owner_name", "share")} for row in again["records"]]
    for row in source_records:
        assert {key: row[key] for key in ("room_key", "area_c", "owner_name", "share")} in shown


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("import", "flowers", "{sample}", "--courtyard", COURTYARD), "party_roster"),
        (("import", "party_roster", "{nothing}", "--courtyard", COURTYARD), "nothing.xlsx"),
        (("import", "party_roster", "{sample}", "--courtyard", "1"), "code 1"),
        (("import", "party_roster", "{sample}", "--courtyard", COURTYARD, "--today", "tomorrow"), "tomorrow"),
        (("export", "party_roster", "{folder}/x.csv", "--courtyard", COURTYARD), ".xlsx"),
        (("export", "party_roster", "{folder}/no/x.xlsx", "--courtyard", COURTYARD), "no"),
        (("export", "flowers", "{folder}/x.xlsx", "--courtyard", COURTYARD), "flowers"),
        (("makemigration", "flowers", "initial"), "flowers"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    place: Deployment, tmp_path: Path, words: tuple[str, ...], word: str
) -> None:
    where = {
        "sample": SAMPLES / "01_党员花名册.xlsx",
        "nothing": tmp_path / "nothing.xlsx",
        "folder": tmp_path,
    }
    assert word in place.refused(*(each.format(**where) for each in words))
    assert list(tmp_path.iterdir()) == []


# a stranger's plugin ------------------------------------------------------------------------------------------------


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The guide's plugin, installed as a package; the folder of its code."""
    install(monkeypatch, tmp_path, plots="")
    (tmp_path / "yl_plots.py").unlink()
    package = tmp_path / "yl_plots"
    package.mkdir()
    (package / "__init__.py").write_text(source(), encoding="utf-8")
    importlib.invalidate_caches()
    yield package
    sys.modules.pop("yl_plots", None)
    from yuanluo_graphql import cli

    cli.app.registered_commands[:] = [each for each in cli.app.registered_commands if each.name != "plots"]


async def test_a_strangers_plugin_is_migrated_used_and_frozen(
    place: Deployment,
    stranger: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work() -> Any:
        assert "plots" in place.done("plugins").out
        assert "plots" in place.done("--help").out
        assert place.done("makemigration", "plots", "initial").out.strip() == str(
            stranger / "migrations" / "0001_initial.py"
        )
        assert "nothing changed" in place.done("makemigration", "plots", "again").out
        pending = place.done("migrate", "--show").out
        assert "plots 0001_initial 待执行 pending" in pending
        assert "plots 0001_initial" in place.done("migrate").out
        assert "type Plot implements Node" in place.done("schema").out
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (("绿地名称", "面积（㎡）", "认养人", "联系电话"), ("东门花坛", 12.5, "李长富", "13800000000")):
            sheet.append(row)
        book.save(tmp_path / "绿地.xlsx")
        words = ("plot_roster", str(tmp_path / "绿地.xlsx"), "--courtyard", COURTYARD)
        assert place.done("import", *words, "--json").json["written"] == {"plots": 1, "people": 1}
        return place.done("plots", "--courtyard", COURTYARD).out

    assert await asyncio.to_thread(work) == "东门花坛 12.50 ㎡\n"
    assert [line.split()[2] for line in blocks(ROOT / "docs" / "plugins.md", "console")[1].splitlines()] == [
        "makemigration", "migrate", "migrate",
    ]  # fmt: skip
    monkeypatch.undo()
    told = (await asyncio.to_thread(place.done, "migrate")).err
    assert "plugin plots is not installed, its rows are still in plot, plot_counts; install it again" in told
    async with place.house() as house:
        await house.database.close()
        async with opened(house):
            pass
    assert told.strip() in caplog.text
