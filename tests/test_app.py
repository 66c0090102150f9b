"""The application over HTTP, with the demo's courtyards and people: who is let in, who sees what, what stays up."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import schema_of
from litestar import Litestar
from served_world import World, furnish

import yuanluo
from yuanluo import (
    CommandContext,
    Composition,
    FieldContext,
    House,
    Kind,
    Plugins,
    PythonField,
    fixed_clock,
    hookimpl,
    operator,
    run_command,
    scoped,
)
from yuanluo_graphql import app as app_module
from yuanluo_graphql.app import build_app, health_handlers, opened
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.settings import Settings, load_settings

MASKED: Final = re.compile(r".\*.*")


class Weather:
    """A plugin whose one field fails on a rainy day."""

    raining = False

    @staticmethod
    async def forecast(rows: Sequence[Mapping[str, Any]], context: FieldContext) -> Sequence[str]:
        if Weather.raining:
            raise ValueError("rain at 张三's")
        return ["sunny"] * len(rows)

    @staticmethod
    @hookimpl
    def graphql_fields() -> Sequence[PythonField]:
        return [PythonField("Courtyard", "forecast", Kind.TEXT, ["name"], Weather.forecast, "天气", "weather")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    plugins = Plugins.load({"weather": Weather})
    database = await make_database(Composition.of(plugins).registry)
    return await furnish(database, plugins)


# who is let in ----------------------------------------------------------------------------------------------------


async def test_a_token_lets_its_holder_in(world: World) -> None:
    data = await world.ask("{ viewer { name roles { role node } } }", "accountant")
    assert data["viewer"] == {"name": "会计", "roles": [{"role": "ACCOUNTANT", "node": world.codes[0]}]}


@pytest.mark.parametrize(
    "header", ["Bearer yl_unknown", "Bearer", "Bearer ", "Basic YTpi", "yl_x", "Bearer 令牌", "Bearer a, Bearer b"]
)
async def test_a_token_that_is_unknown_or_malformed_is_refused(world: World, header: str) -> None:
    async with world.client() as client:
        answer = await client.post(
            "/graphql", json={"query": "{ viewer { name } }"}, headers={"authorization": header.encode()}
        )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in answer.json()


async def test_a_token_that_has_expired_is_refused(world: World) -> None:
    _, token = await world.mint(fixed_clock(dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)))
    assert (await world.post("{ viewer { name } }", token)).status_code == 401


async def test_a_token_that_is_revoked_is_refused_within_a_second(world: World) -> None:
    token_id, token = await world.mint()
    assert (await world.post("{ viewer { name } }", token)).status_code == 200
    await run_command(yuanluo.revoke_token, world.at(), yuanluo.RevokeToken(token_id))
    revoked = time.monotonic()
    asked = revoked
    while (await world.post("{ viewer { name } }", token)).status_code != 401:
        # who asked later than a second is refused, however long the answer took
        assert asked - revoked < 1.2
        await asyncio.sleep(0.05)
        asked = time.monotonic()


async def test_without_a_token_there_is_nothing_to_see(world: World) -> None:
    query = (
        f'{{ viewer {{ name }} courtyard(code: "{world.codes[0]}") {{ name }} district(code: "510106") {{ name }}'
        " courtyards { totalCount nodes { name } } plugins { name } }"
    )
    data = (await world.post(query)).json()["data"]
    assert [data[root] for root in ("viewer", "courtyard", "district")] == [None, None, None]
    assert data["courtyards"] == {"totalCount": 0, "nodes": []}
    assert {"core", "party", "council", "finance", "culture"} <= {each["name"] for each in data["plugins"]}


# who sees what ----------------------------------------------------------------------------------------------------

PEOPLE: Final = """people(first: 200) {
  totalCount nodes { name birth phone idNumber idNumberClear partyMembership { type joinedOn } }
}"""


def is_masked(name: str | None) -> bool:
    return name is None or MASKED.fullmatch(name) is not None


@pytest.mark.parametrize(
    ("role", "names", "births", "members", "clear_ids", "vouchers", "opinions", "elsewhere"),
    [
        ("district_officer", False, "none", False, "none", False, False, True),
        ("branch_secretary", True, "all", True, "none", True, False, False),
        ("council_director", True, "all", False, "none", True, True, False),
        ("accountant", True, "none", False, "none", True, False, False),
        ("resident", True, "own", False, "own", True, False, False),
    ],
)
async def test_each_role_sees_its_part_of_one_courtyard_and_no_more(
    world: World,
    role: str,
    names: bool,
    births: str,
    members: bool,
    clear_ids: str,
    vouchers: bool,
    opinions: bool,
    elsewhere: bool,
) -> None:
    data = await world.ask(
        f'{{ courtyard(code: "{world.codes[0]}") {{ peopleCount partyMemberCount fundsBalance {PEOPLE}'
        " vouchers(first: 3) { nodes { amountFen } } opinions(first: 3) { nodes { category content } } }"
        f' other: courtyard(code: "{world.codes[1]}") {{ name peopleCount }} courtyards {{ totalCount }} }}',
        role,
    )
    here, people = data["courtyard"], data["courtyard"]["people"]["nodes"]
    assert here["people"]["totalCount"] == here["peopleCount"]
    assert len(people) == 200
    assert here["partyMemberCount"] >= 5
    assert here["fundsBalance"] > 0
    assert {is_masked(person["name"]) for person in people} == {not names}
    count = {"none": 0, "own": 1, "all": 200}
    assert sum(person["birth"] is not None for person in people) == count[births]
    assert sum(person["idNumberClear"] is not None for person in people) == count[clear_ids]
    assert any(person["partyMembership"] is not None for person in people) is members
    assert all(person["phone"] is None or "****" in person["phone"] for person in people)
    assert all(person["idNumber"] is None or "***********" in person["idNumber"] for person in people)
    assert bool((here["vouchers"] or {}).get("nodes")) is vouchers
    listed = (here["opinions"] or {"nodes": []})["nodes"]
    assert (bool(listed) and all(each["content"] is not None for each in listed)) is opinions
    assert (data["other"] is not None) is elsewhere
    assert data["courtyards"]["totalCount"] == (2 if elsewhere else 1)


async def test_the_district_officers_roll_up_counts_without_names(world: World) -> None:
    data = await world.ask(
        '{ district(code: "510106") { courtyards { sum { peopleCount fundsBalance }'
        " nodes { code peopleCount partyMemberCount fundsBalance } } } }",
        "district_officer",
    )
    courtyards = data["district"]["courtyards"]
    assert [each["code"] for each in courtyards["nodes"]] == sorted(world.codes)
    for name in ("peopleCount", "fundsBalance"):
        assert courtyards["sum"][name] == sum(each[name] for each in courtyards["nodes"]) > 0


async def read_log(world: World) -> list[dict[str, Any]]:
    with scoped(world.tenant):
        sql = "SELECT actor, purpose, row_type, row_count FROM read_log WHERE tenant_id = $1"
        return [dict(row) for row in await yuanluo.rows(world.database, sql, world.tenant)]


async def test_reading_memberships_is_in_the_read_log_and_nothing_else_is(world: World) -> None:
    before = await read_log(world)
    await world.courtyard("people(first: 200) { nodes { name birth } }", "branch_secretary")
    await world.courtyard("people(first: 200) { nodes { partyMembership { type } } }", "council_director")
    assert await read_log(world) == before
    answer = await world.post(
        f'{{ courtyard(code: "{world.codes[0]}") {{ people(first: 200) {{ nodes {{ partyMembership {{ type }} }} }} }} }}',
        world.tokens["branch_secretary"],
        **{"x-request-id": "who-reads-1"},
    )
    seen = [each for each in answer.json()["data"]["courtyard"]["people"]["nodes"] if each["partyMembership"]]
    [entry] = [each for each in await read_log(world) if each["purpose"] == "graphql who-reads-1"]
    sql = "SELECT id FROM account WHERE login = 'branch_secretary'"
    secretary = await yuanluo.value(world.database, sql, shared=True)
    assert entry == {
        "actor": str(secretary),
        "purpose": "graphql who-reads-1",
        "row_type": "PartyMembership",
        "row_count": len(seen),
    }


async def test_a_resident_sees_his_own_row_whole_and_no_neighbours(world: World) -> None:
    own = await world.resident()
    found = await world.courtyard(PEOPLE, "resident")
    with scoped(world.tenant):
        sql = "SELECT name, birth FROM person WHERE tenant_id = $1 AND id = $2"
        [row] = await yuanluo.rows(world.database, sql, world.tenant, own)
    [mine] = [each for each in found["people"]["nodes"] if each["birth"] is not None]
    assert (mine["name"], mine["birth"]) == (row["name"], row["birth"])
    assert re.fullmatch(r"\d{17}[\dX]", mine["idNumberClear"])
    assert mine["idNumber"] == f"{mine['idNumberClear'][:3]}***********{mine['idNumberClear'][-4:]}"


async def test_what_lies_elsewhere_answers_like_what_does_not_exist(world: World) -> None:
    elsewhere = await world.ask(
        f'{{ courtyard(code: "{world.codes[1]}") {{ id people(first: 2) {{ nodes {{ id }} }} }} }}', "district_officer"
    )
    ids = [elsewhere["courtyard"]["id"], *(each["id"] for each in elsewhere["courtyard"]["people"]["nodes"])]
    missing = ids[0][:-4] + "AAAA"
    listed = ", ".join(f'"{each}"' for each in [*ids, missing, "nonsense"])
    for role in ("branch_secretary", "council_director", "accountant", "resident"):
        data = await world.ask(f"{{ nodes(ids: [{listed}]) {{ id }} }}", role)
        assert data["nodes"] == [None] * 5, role


# plugins that fail and plugins switched off -----------------------------------------------------------------------


async def health(world: World) -> Any:
    async with world.client() as client:
        return (await client.get("/healthz")).json()


async def test_a_plugin_that_fails_is_isolated_shown_in_health_and_recovers(world: World) -> None:
    query = f'{{ courtyard(code: "{world.codes[0]}") {{ name forecast funds(first: 1) {{ nodes {{ balance }} }} }} }}'
    assert (await health(world))["status"] == "ok"
    Weather.raining = True
    try:
        answer = await world.post(query, world.tokens["accountant"])
        failing = await health(world)
    finally:
        Weather.raining = False
    body = answer.json()
    assert answer.status_code == 200
    assert body["data"]["courtyard"]["forecast"] is None
    assert body["data"]["courtyard"]["name"] == "梧桐苑"
    assert body["data"]["courtyard"]["funds"]["nodes"][0]["balance"] > 0
    [error] = body["errors"]
    assert error["path"] == ["courtyard", "forecast"]
    assert error["extensions"]["code"] == "PLUGIN_FAILED"
    assert "weather" in error["message"]
    assert failing["status"] == "degraded"
    assert {each["name"]: each["problem"] for each in failing["plugins"] if not each["healthy"]} == {
        "weather": "Courtyard.forecast: ValueError"
    }
    assert "张三" not in answer.text + str(failing)
    again = (await world.post(query, world.tokens["accountant"])).json()
    assert again["data"]["courtyard"]["forecast"] == "sunny"
    assert (await health(world))["status"] == "ok"


async def test_a_plugin_is_switched_off_and_on_without_a_restart_and_its_data_stays(world: World) -> None:
    selection = "name fundsBalance funds(first: 1) { nodes { balance } } vouchers { totalCount } forecast peopleCount"
    before = await world.courtyard(selection, "accountant")
    assert before["fundsBalance"] > 0
    for plugin in ("finance", "weather"):
        await run_command(yuanluo.switch_plugin, world.at(), yuanluo.SwitchPlugin(plugin, on=False))
    try:
        off = await world.courtyard(selection, "accountant")
        rollup = await world.ask(
            "{ courtyards { sum { fundsBalance } counted { fundsBalance } nodes { code fundsBalance } } }",
            "district_officer",
        )
    finally:
        for plugin in ("finance", "weather"):
            await run_command(yuanluo.switch_plugin, world.at(), yuanluo.SwitchPlugin(plugin, on=True))
    kept = {"name": before["name"], "peopleCount": before["peopleCount"]}
    assert off == {**dict.fromkeys(before), **kept}
    [there] = [each for each in rollup["courtyards"]["nodes"] if each["code"] != world.codes[0]]
    assert rollup["courtyards"]["sum"]["fundsBalance"] == there["fundsBalance"] > 0
    assert rollup["courtyards"]["counted"]["fundsBalance"] == 1
    assert await world.courtyard(selection, "accountant") == before


async def test_a_switch_turned_by_another_process_is_seen_within_a_second(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "_FORGET_SECONDS", 0.01)
    assert await world.house.is_enabled(world.tenant, "culture")
    another = yuanluo.House(world.database, world.house.keys, world.house.plugins, world.house.composition)
    context = CommandContext(another, operator(), world.tenant)
    forgetting = asyncio.create_task(app_module._forget_switches(world.house))
    try:
        await run_command(yuanluo.switch_plugin, context, yuanluo.SwitchPlugin("culture", on=False))
        await asyncio.sleep(0.05)
        assert not await world.house.is_enabled(world.tenant, "culture")
    finally:
        forgetting.cancel()
        await run_command(yuanluo.switch_plugin, context, yuanluo.SwitchPlugin("culture", on=True))
        world.house.switches.forget()


async def test_a_courtyard_opened_at_run_time_is_there_in_the_next_request(world: World) -> None:
    community = world.tenant // 10_000 * 10_000
    receipt = await run_command(
        yuanluo.open_courtyard, world.at(community), yuanluo.OpenCourtyard("新桥苑", "抚琴西路99号", serial=900)
    )
    query = f'{{ courtyard(code: "{receipt.payload["number"]}") {{ name peopleCount fundsBalance forecast }} }}'
    data = await world.ask(query, "district_officer")
    assert data["courtyard"] == {"name": "新桥苑", "peopleCount": 0, "fundsBalance": 0, "forecast": "sunny"}


# HTTP around it ---------------------------------------------------------------------------------------------------


async def test_the_process_says_that_it_lives_and_is_ready(world: World) -> None:
    async with world.client() as client:
        assert (await client.get("/readyz")).json() == {"status": "ready"}
        live = await client.get("/healthz")
    names = [each["name"] for each in live.json()["plugins"]]
    assert (live.status_code, live.json()["status"]) == (200, "ok")
    assert names == ["core", "council", "culture", "finance", "party", "weather"]


async def test_a_server_that_lost_its_database_lives_but_is_not_ready(world: World, tmp_path: Path) -> None:
    closed = SqliteDatabase(tmp_path / "closed.db")
    closed.bind(world.house.registry)
    house = House(closed, world.house.keys, world.house.plugins, world.house.composition)
    async with world.client(Litestar(health_handlers(house))) as client:
        ready, live = await client.get("/readyz"), await client.get("/healthz")
    assert (ready.status_code, ready.json()["reason"]) == (503, "database")
    assert live.status_code == 200


async def test_a_request_keeps_its_id(world: World) -> None:
    given = await world.post("{ __typename }", **{"x-request-id": "abc-1"})
    made = await world.post("{ __typename }", **{"x-request-id": "no good\x01"})
    assert given.headers["x-request-id"] == "abc-1"
    assert re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", made.headers["x-request-id"])


@pytest.mark.parametrize(
    ("language", "word"), [("", "令牌"), ("zh-CN", "令牌"), ("en", "token"), ("fr, en;q=0.5", "token")]
)
async def test_messages_come_in_the_language_that_is_asked_for(world: World, language: str, word: str) -> None:
    answer = await world.post("{ viewer { name } }", "yl_unknown", **{"accept-language": language})
    assert word in answer.json()["errors"][0]["message"]


@pytest.fixture(scope="module")
def configured(world: World) -> Litestar:
    """The application with the editor, one host name and one origin."""
    settings = load_settings(
        environment="test", graphiql=True, allowed_hosts=("yuanluo.test",), cors_origins=("https://board.example",)
    )
    return build_app(world.house, settings, schema=schema_of(world.house))


async def test_the_editor_is_served_only_where_it_is_switched_on(world: World, configured: Litestar) -> None:
    for app, page in ((configured, "<html"), (world.app, "errors")):
        async with world.client(app) as client:
            assert page in (await client.get("/graphql", headers={"accept": "text/html"})).text


async def test_only_named_hosts_are_answered_where_they_are_named(world: World, configured: Litestar) -> None:
    async with world.client(configured) as client:
        assert (await client.get("/healthz")).status_code == 200
        for host in ("evil.example", "yuanluo.test.evil.example", "evil.example:80", ""):
            answer = await client.get("/healthz", headers={"host": host, "accept-language": "en"})
            assert answer.status_code == 400
            [error] = answer.json()["errors"]
            assert error["extensions"]["code"] == "BAD_REQUEST"
            assert "YUANLUO_ALLOWED_HOSTS" in error["message"]
        for host in ("yuanluo.test:8443", "YuanLuo.Test", "yuanluo.test."):
            for path in ("/healthz", "/graphql?query={__typename}"):
                assert (await client.get(path, headers={"host": host})).status_code == 200


async def test_pages_of_named_origins_may_call_and_no_others(world: World, configured: Litestar) -> None:
    async with world.client(configured) as client:
        answers = {
            origin: await client.post("/graphql", json={"query": "{ __typename }"}, headers={"origin": origin})
            for origin in ("https://board.example", "https://evil.example")
        }
    allowed = {origin: each.headers.get("access-control-allow-origin") for origin, each in answers.items()}
    assert allowed == {"https://board.example": "https://board.example", "https://evil.example": None}
    told = answers["https://board.example"].headers
    assert told["vary"] == "Origin"
    assert told["access-control-expose-headers"] == "Retry-After, X-Request-Id"
    assert "access-control-allow-credentials" not in told


def embedded(home: Path) -> Settings:
    return load_settings(environment="demo", home=home, database_url=None)


async def test_a_start_with_pending_migrations_is_refused_naming_them(tmp_path: Path) -> None:
    (tmp_path / "yuanluo.db").touch()
    plugins = Plugins.load()
    settings = embedded(tmp_path)
    house = House.build(SqliteDatabase(tmp_path / "yuanluo.db"), settings.keyring, plugins)
    with pytest.raises(ConfigurationError, match="yuanluo migrate") as refused:
        async with opened(house):
            raise AssertionError("must not serve")
    for name in plugins.names:
        assert name in refused.value.en
