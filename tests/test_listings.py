"""Accounts, grants, tokens and endpoints as their administrators see them: whose, where, whether they hold, and no others'."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase, ground_registry
from houses import COMMUNITY, COURTYARD, DISTRICT, OTHER, make_house, schema_of
from hypothesis import given, settings
from hypothesis import strategies as st
from plots import blocks
from served_world import SETTINGS, World

import yuanluo
from yuanluo import (
    CommandContext,
    CreateAccount,
    CreateToken,
    GrantRole,
    RevokeRole,
    RevokeToken,
    operator,
    run_command,
)
from yuanluo.live import RecordFiled
from yuanluo.places import ADMINISTRATION, common_node_sql
from yuanluo.subjects import WITHOUT_NODE, gid_of
from yuanluo.webhooks.commands import CreateWebhook, PauseWebhook, create_webhook, pause_webhook
from yuanluo.webhooks.tables import WebhookDelivery
from yuanluo_graphql.app import build_app
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.subscriptions import Wanted
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.database import Database
from yuanluo_tenants.listing import NOWHERE, code_sql
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tree import NodeKind, ancestors, code_of, kind_of_number, range_of

DAY: Final = dt.timedelta(days=1)
SECRETARY: Final = "COMMUNITY_SECRETARY"


@dataclass(slots=True)
class Town(World):
    """A community with two courtyards: an administrator of each, of both, of the district, and people without office."""

    ids: dict[str, uuid.UUID] = field(default_factory=lambda: {})

    async def do(
        self, command: Any, given: Any, tenant: int = COURTYARD, clock: yuanluo.Clock = yuanluo.system_clock
    ) -> Any:
        """Run a command as the operator."""
        return await run_command(command, CommandContext(self.house, operator(), tenant, clock), given)

    async def seat(self, login: str, *held: tuple[str, int]) -> None:
        """Make an account with roles, and a token of it."""
        account = (await self.do(yuanluo.create_account, CreateAccount(login, f"{login}某"), held[0][1])).subject_id
        self.ids[login] = account
        for role, node in held:
            granted = await self.do(yuanluo.grant_role, GrantRole(account, role), node)
            self.ids[f"{login} {role} {node}"] = granted.subject_id
        made = await self.do(yuanluo.create_token, CreateToken(account, f"label-{login}"), held[0][1])
        self.ids[f"token of {login}"] = made.subject_id
        self.tokens = {**self.tokens, login: made.secrets[0]}

    async def logins(self, field_name: str, role: str) -> list[str]:
        """Return whose rows somebody sees in a list of the root, of those who were seated."""
        name = "login" if field_name == "accounts" else "holderLogin"
        found = (await self.ask(f"{{ {field_name}(first: 100) {{ totalCount nodes {{ {name} }} }} }}", role))[
            field_name
        ]
        assert found["totalCount"] == len(found["nodes"])
        return sorted({each[name] for each in found["nodes"]}.intersection(self.tokens))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(make_database: MakeDatabase) -> Town:
    house = await make_house(make_database)
    made = Town(house, build_app(house, SETTINGS, schema=schema_of(house)), [code_of(COURTYARD), code_of(OTHER)], {})
    await made.seat("chief", ("DISTRICT_ADMIN", DISTRICT))
    await made.seat("community", (SECRETARY, COMMUNITY))
    await made.seat("here", (SECRETARY, COURTYARD))
    await made.seat("there", (SECRETARY, OTHER))
    await made.seat("resident", ("RESIDENT", COURTYARD))
    await made.seat("director", ("COUNCIL_DIRECTOR", COURTYARD))
    await made.seat("cashier", ("CASHIER", OTHER))
    await made.seat("both", ("ACCOUNTANT", COURTYARD), ("ACCOUNTANT", OTHER))
    for node in (COURTYARD, OTHER, COMMUNITY):
        wanted = CreateWebhook(f"https://receiver.example/{node}", role=SECRETARY)
        made.ids[f"webhook {node}"] = (await made.do(create_webhook, wanted, node)).subject_id
    return made


# who sees what ----------------------------------------------------------------------------------------------------

HERE: Final = ["director", "here", "resident"]
THERE: Final = ["cashier", "there"]


@pytest.mark.parametrize("listed", ["accounts", "apiTokens"])
async def test_an_administrator_sees_the_accounts_and_tokens_at_or_below_his_node(town: Town, listed: str) -> None:
    assert await town.logins(listed, "here") == HERE
    assert await town.logins(listed, "there") == THERE
    below = sorted(["both", "community", *HERE, *THERE])
    assert await town.logins(listed, "community") == below
    assert await town.logins(listed, "chief") == sorted(["chief", *below])


async def test_a_grant_stands_at_its_node_and_tells_whose_it_is(town: Town) -> None:
    assert await town.logins("grants", "here") == sorted(["both", *HERE])
    assert await town.logins("grants", "there") == sorted(["both", *THERE])
    text = '{ grants(filter: {holderLogin: {eq: "both"}}) { nodes { holderName role node account { login } } } }'
    shared = {"holderName": "both某", "role": "ACCOUNTANT"}
    assert (await town.ask(text, "here"))["grants"]["nodes"] == [
        shared | {"node": code_of(COURTYARD), "account": None}  # he is another courtyard's business as well
    ]
    assert sorted(each["node"] for each in (await town.ask(text, "community"))["grants"]["nodes"]) == [
        code_of(COURTYARD),
        code_of(OTHER),
    ]


async def test_a_list_is_narrowed_to_a_node_by_the_beginning_of_its_code(town: Town) -> None:
    text = "query ($c: String) { accounts(filter: {node: {startsWith: $c}}) { nodes { login } } }"
    for node, logins in ((COMMUNITY, ["both", "community", *HERE, *THERE]), (OTHER, THERE)):
        found = (await town.send(text, "chief", {"c": code_of(node)}))["data"]["accounts"]["nodes"]
        assert sorted(each["login"] for each in found) == sorted(logins)


LISTS: Final = ("accounts", "grants", "apiTokens", "webhookEndpoints", "webhookProgress", "webhookDeliveries")


@pytest.mark.parametrize("who", ["resident", "director", "cashier", "both"])
async def test_whoever_may_write_none_of_them_gets_the_answer_of_an_empty_deployment(town: Town, who: str) -> None:
    whole = " ".join(f"{name} {{ totalCount nodes {{ id }} stats {{ groups {{ count }} }} }}" for name in LISTS)
    nothing = {"totalCount": 0, "nodes": [], "stats": {"groups": [{"count": 0}]}}
    assert await town.ask(f"{{ {whole} }}", who) == dict.fromkeys(LISTS, nothing)
    below = " ".join(f"{name} {{ totalCount }}" for name in LISTS)
    found = await town.ask(f"{{ courtyards {{ nodes {{ {below} }} }} }}", who)
    assert found["courtyards"]["nodes"]
    for courtyard in found["courtyards"]["nodes"]:
        assert courtyard == dict.fromkeys(LISTS)


async def test_an_id_of_another_courtyards_thing_answers_as_one_that_is_not_there(town: Town) -> None:
    text = "query ($i: ID!) { node(id: $i) { id } }"
    for name, theirs in (
        ("Account", "there"), ("Grant", f"there {SECRETARY} {OTHER}"), ("ApiToken", "token of there"),
        ("WebhookEndpoint", f"webhook {OTHER}"), ("Account", "community"), ("WebhookEndpoint", f"webhook {COMMUNITY}"),
    ):  # fmt: skip
        gid = f"{name}:{town.ids[theirs]}"
        assert (await town.send(text, "here", {"i": gid}))["data"] == {"node": None}
        assert (await town.send(text, "chief", {"i": gid}))["data"] == {"node": {"id": gid}}


async def test_statistics_of_a_node_do_not_count_them(town: Town) -> None:
    found = await town.ask('{ __type(name: "Statistics") { fields { name } } }', "chief")
    assert not {each["name"] for each in found["__type"]["fields"]}.intersection(LISTS)


def test_whoever_may_write_such_a_thing_sees_it_and_nobody_else(town: Town) -> None:
    composition, rules = town.house.composition, town.house.rules
    seeing = {
        role
        for role, about in rules.roles.items()
        if max(about.clearances.get(body, DataClass.D0) for body in (ADMINISTRATION, "*")) >= DataClass.D2
    }
    written = [
        command.action
        for command in composition.commands.values()
        if (table := composition.registry.by_type(command.subject_type)) is not None
        and table.declared.listing is not None
        and not command.is_internal
    ]
    assert len(written) > 10
    for action in written:
        assert set(action.roles) == seeing, action.name


def test_the_ids_that_name_no_node_are_those_of_listings(town: Town) -> None:
    composition = town.house.composition
    listed = {table.declared.type_name for table in composition.registry if table.declared.listing is not None}
    assert {each.subject_type for each in composition.commands.values()}.intersection(listed) == WITHOUT_NODE
    assert gid_of("Grant", COURTYARD, "x") == "Grant:x"
    assert gid_of("Person", COURTYARD, "x") == f"Person:{COURTYARD}:x"


def test_a_subscription_to_a_grant_takes_the_id_that_its_list_shows() -> None:
    grant, viewer = uuid.uuid4(), Rights.of(operator())
    record = RecordFiled(COURTYARD, 1, uuid.uuid4(), "role.revoke", "Grant", grant)
    for gid, fits in ((f"Grant:{grant}", True), (f"Grant:{uuid.uuid4()}", False), (f"Account:{grant}", False)):
        wanted = Wanted(frozenset(), gid, frozenset(), None)
        wanted.check(viewer)
        assert wanted.admits(record) is fits


# what of them is shown --------------------------------------------------------------------------------------------


async def test_what_is_revoked_ended_or_expired_says_so(town: Town) -> None:
    now = yuanluo.system_clock()
    today = yuanluo.day_in_shanghai(now)
    account = (await town.do(yuanluo.create_account, CreateAccount("former", "前任"))).subject_id
    kinds = {
        "ACTIVE": GrantRole(account, "RESIDENT"),
        "FUTURE": GrantRole(account, "OWNER", today + DAY),
        "ENDED": GrantRole(account, "CASHIER", today - 2 * DAY, today - DAY),
        "REVOKED": GrantRole(account, "AUDITOR"),
    }
    made = {state: (await town.do(yuanluo.grant_role, each)).subject_id for state, each in kinds.items()}
    await town.do(yuanluo.revoke_role, RevokeRole(made["REVOKED"]))
    text = '{ grants(filter: {holderLogin: {eq: "former"}}) { nodes { id state role revokedAt endedOn } } }'
    grants = {each["state"]: each for each in (await town.ask(text, "here"))["grants"]["nodes"]}
    assert {state: each["id"] for state, each in grants.items()} == {s: f"Grant:{i}" for s, i in made.items()}
    assert grants["REVOKED"]["revokedAt"] is not None
    assert grants["ENDED"]["endedOn"] == (today - DAY).isoformat()
    old = (
        await town.do(yuanluo.create_token, CreateToken(account, "old", days=1), clock=lambda: now - 2 * DAY)
    ).subject_id
    gone = (await town.do(yuanluo.create_token, CreateToken(account, "gone"))).subject_id
    kept = (await town.do(yuanluo.create_token, CreateToken(account, "kept", below=COURTYARD))).subject_id
    await town.do(yuanluo.revoke_token, RevokeToken(gone))
    text = '{ apiTokens(filter: {holderLogin: {eq: "former"}}) { nodes { id state label below account { login } } } }'
    tokens = {each["label"]: each for each in (await town.ask(text, "here"))["apiTokens"]["nodes"]}
    whose = {"account": {"login": "former"}}
    assert tokens == {
        "old": whose | {"id": f"ApiToken:{old}", "label": "old", "state": "EXPIRED", "below": None},
        "gone": whose | {"id": f"ApiToken:{gone}", "label": "gone", "state": "REVOKED", "below": None},
        "kept": whose | {"id": f"ApiToken:{kept}", "label": "kept", "state": "ACTIVE", "below": code_of(COURTYARD)},
    }


async def test_an_account_stands_at_the_lowest_node_that_holds_its_grants_of_today(town: Town) -> None:
    account = (await town.do(yuanluo.create_account, CreateAccount("mover", "迁移"))).subject_id
    text = '{ accounts(filter: {login: {eq: "mover"}}) { nodes { node } } }'

    async def stands() -> list[str]:
        return [each["node"] for each in (await town.ask(text, "chief"))["accounts"]["nodes"]]

    assert await stands() == [code_of(COURTYARD)]  # where it was made
    first = (await town.do(yuanluo.grant_role, GrantRole(account, "RESIDENT"))).subject_id
    await town.do(yuanluo.grant_role, GrantRole(account, "RESIDENT"), OTHER)
    assert await stands() == [code_of(COMMUNITY)]
    await town.do(yuanluo.revoke_role, RevokeRole(first))
    assert await stands() == [code_of(OTHER)]


async def test_a_grant_tells_what_its_role_sees_and_may_do(town: Town) -> None:
    text = '{ grants(filter: {holderLogin: {eq: "here"}}) { nodes { clearances capabilities } } }'
    [found] = (await town.ask(text, "here"))["grants"]["nodes"]
    assert found["clearances"] == "administration D2, registry D2"
    assert {"token.revoke", "webhook.pause", "role.grant"} <= set(found["capabilities"].split())


async def test_permissions_say_what_may_be_revoked(town: Town) -> None:
    text = """{ grants(filter: {holderLogin: {eq: "%s"}}) { nodes { permissions { action allowed } } }
                apiTokens(filter: {holderLogin: {eq: "%s"}}) { nodes { permissions { action allowed } } } }"""
    chief = (await town.do(yuanluo.create_account, CreateAccount("high", "上级"))).subject_id
    await town.do(yuanluo.grant_role, GrantRole(chief, "DISTRICT_ADMIN"))
    await town.do(yuanluo.create_token, CreateToken(chief, "high"))
    for whose, who, allowed in (("director", "here", True), ("high", "here", False), ("high", "chief", True)):
        found = await town.ask(text % (whose, whose), who)
        said = [each for kind in ("grants", "apiTokens") for row in found[kind]["nodes"] for each in row["permissions"]]
        assert said == [
            {"action": "role.revoke", "allowed": allowed},
            {"action": "token.revoke", "allowed": allowed},
        ]


async def test_an_endpoint_tells_what_waits_and_how_the_last_attempts_went(town: Town) -> None:
    hook = town.ids[f"webhook {COMMUNITY}"]
    at = dt.datetime(2026, 11, 23, 4, tzinfo=dt.timezone.utc)
    attempt = {"endpoint_id": hook, "attempt": 1, "milliseconds": 12, "next_attempt_at": None}
    async with town.database.transaction():
        for tenant, minute, delivered in ((COURTYARD, 1, True), (OTHER, 2, False), (COURTYARD, 3, False)):
            told = {"status": 204, "error": None} if delivered else {"status": 500, "error": f"HTTP {minute}"}
            row = (
                attempt
                | told
                | {"delivered": delivered, "sequence": minute, "at": at + minute * dt.timedelta(minutes=1)}
            )
            with scoped(tenant):
                await town.database.insert_rows(WebhookDelivery, [row | {"tenant_id": tenant, "id": uuid.uuid4()}])
    text = """query ($i: ID!) { node(id: $i) { ... on WebhookEndpoint { url state pending role node
      lastSuccess { at status } lastFailure { source error at } deliveries(first: 2) { totalCount nodes { sequence } }
      progress { nodes { source state pending } } } } }"""
    variables = {"i": f"WebhookEndpoint:{hook}"}
    found = (await town.send(text, "community", variables))["data"]["node"]
    waiting = found.pop("pending")
    progress = found.pop("progress")["nodes"]
    assert found == {
        "url": f"https://receiver.example/{COMMUNITY}",
        "state": "ACTIVE",
        "role": SECRETARY,
        "node": code_of(COMMUNITY),
        "lastSuccess": {"at": "2026-11-23T04:01:00.000000Z", "status": 204},
        "lastFailure": {"source": code_of(COURTYARD), "error": "HTTP 3", "at": "2026-11-23T04:03:00.000000Z"},
        "deliveries": {"totalCount": 3, "nodes": [{"sequence": 3}, {"sequence": 2}]},
    }
    assert {each["source"] for each in progress} >= {code_of(COURTYARD), code_of(OTHER)}
    assert waiting == sum(each["pending"] for each in progress)
    await town.do(yuanluo.create_person, yuanluo.CreatePerson("甲"), OTHER)
    await town.do(pause_webhook, PauseWebhook(hook), COMMUNITY)
    found = (await town.send(text, "community", variables))["data"]["node"]
    assert (found["state"], found["pending"]) == ("PAUSED", waiting + 2)


async def test_the_log_of_an_endpoint_above_is_not_the_business_of_the_courtyard_it_tells_of(town: Town) -> None:
    text = "{ webhookEndpoints { nodes { node } } webhookProgress { nodes { node source } } }"
    found = await town.ask(text, "here")
    here = code_of(COURTYARD)
    assert found == {
        "webhookEndpoints": {"nodes": [{"node": here}]},
        "webhookProgress": {"nodes": [{"node": here, "source": here}]},
    }


async def test_no_secret_of_them_has_a_name_in_the_schema(town: Town) -> None:
    types = " ".join(
        f'{name}: __type(name: "{name}") {{ fields {{ name }} }}' for name in ("Account", "ApiToken", "WebhookEndpoint")
    )
    found = await town.ask(f"{{ {types} }}", "chief")
    names = {each["name"].lower() for about in found.values() for each in about["fields"]}
    assert not any(word in name for word in ("hash", "secret", "credential", "password") for name in names)


async def test_a_mutation_shows_the_thing_it_wrote_and_refuses_the_others(town: Town) -> None:
    text = """mutation ($i: TokenRevokeInput!) { tokenRevoke(input: $i) { apiToken { id state } } }"""
    account = town.ids["director"]
    token = (await town.do(yuanluo.create_token, CreateToken(account, "loose"))).subject_id

    async def revoke(which: object, who: str) -> Any:
        return await town.send(text, who, {"i": {"node": code_of(COURTYARD), "tokenId": f"ApiToken:{which}"}})

    done = await revoke(token, "here")
    assert done["data"]["tokenRevoke"] == {"apiToken": {"id": f"ApiToken:{token}", "state": "REVOKED"}}
    said = [await revoke(each, "here") for each in (town.ids["token of there"], uuid.UUID(int=7))]
    assert said[0]["errors"] == said[1]["errors"]
    assert said[0]["errors"][0]["extensions"]["code"] == "NOT_FOUND"


# the page ---------------------------------------------------------------------------------------------------------

PAGE: Final = Path(__file__).parent.parent / "docs" / "administration.md"


async def test_the_queries_of_the_page_are_answered(town: Town) -> None:
    queries = [each for each in blocks(PAGE, "graphql") if each.startswith("{")]
    assert len(queries) == 2
    data = [await town.ask(each, "community") for each in queries]
    assert {each["holderLogin"] for each in data[0]["apiTokens"]["nodes"]} >= {"here", "there"}
    assert {each["role"] for each in data[0]["grants"]["nodes"]} >= {SECRETARY, "CASHIER"}
    assert data[1]["webhookEndpoints"]["nodes"]


# the place of an account ------------------------------------------------------------------------------------------


def numbers() -> st.SearchStrategy[int]:
    """Return numbers of nodes of every kind in two districts."""
    parts = st.tuples(
        st.sampled_from([510106, 510107]), st.integers(0, 2), st.integers(0, 2), st.sampled_from([0, 1, 2, 9001])
    )

    def number(each: tuple[int, int, int, int]) -> int:
        district, subdistrict, community, serial = each
        community = community if subdistrict else 0
        return district * 10**10 + subdistrict * 10**7 + community * 10**4 + (serial if community else 0)

    return parts.map(number)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(make_database: MakeDatabase) -> Database:
    return await make_database(ground_registry())


def lowest_common(nodes: list[int]) -> int:
    """Return the lowest node at or above all of `nodes`, by looking at each that there could be."""
    above = {n // span * span for n in nodes for span in (1, 10**4, 10**7, 10**10)}
    holding = [each for each in above if all(node in range_of(each) for node in nodes)]
    return min(holding, key=lambda each: range_of(each).hi - range_of(each).lo, default=NOWHERE)


@settings(max_examples=60)
@given(nodes=st.lists(numbers(), min_size=1, max_size=4))
async def test_the_common_node_holds_all_and_is_the_lowest(ground: Database, nodes: list[int]) -> None:
    for each in nodes:
        kind_of_number(each)
    path = " UNION ALL ".join(
        "SELECT " + ", ".join(f"CAST({n or 'NULL'} AS bigint) AS {name}" for name, n in path_of(each).items())
        for each in nodes
    )
    sql = f"SELECT {common_node_sql('1 = 1')} AS n FROM ({path}) r LEFT JOIN ({path}) n ON n.node = r.node"
    [found] = await ground.fetch(sql, shared=True)
    assert (found["n"] or NOWHERE) == lowest_common(nodes)


def path_of(number: int) -> dict[str, int | None]:
    """Return a node and the nodes above it, none of which was moved."""
    place = ancestors(number)
    levels = {"district": place.district, "subdistrict": place.subdistrict, "community": place.community}
    return {"node": number, "grid": number if kind_of_number(number) is NodeKind.GRID else None, **levels}


@settings(max_examples=60)
@given(number=numbers())
async def test_the_code_of_a_node_is_the_same_in_sql(ground: Database, number: int) -> None:
    [found] = await ground.fetch(f"SELECT {code_sql(f'CAST({number} AS bigint)')} AS c", shared=True)
    assert found["c"] == code_of(number)
