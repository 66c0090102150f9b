"""Messages are for people: no ids, no codes of roles, yuan, and Chinese that is Chinese."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, DISTRICT, at, make_house, schema_of
from live_world import settings, token

import yuanluo
from yuanluo import CreatePerson, House, NotFound, Plugins, run_command, scoped
from yuanluo.access import CreateAccount
from yuanluo.wording import yuan
from yuanluo_graphql.app import build_app
from yuanluo_tenants.database import Broken, DanglingReference, Duplicate


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load(entry_points=False))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(house: House) -> AsyncIterator[httpx.AsyncClient]:
    secret = await token(house, "DISTRICT_ADMIN", DISTRICT)
    app = build_app(house, settings(), is_opened=True, schema=schema_of(house))
    for name, each in schema_of(house).type_map.items():
        TYPES.update({name, *getattr(each, "fields", {})})
        TYPES.update(arg for found in getattr(each, "fields", {}).values() for arg in getattr(found, "args", {}))
    headers = {"authorization": f"Bearer {secret}", "accept-language": "zh-CN"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        yield client


TYPES: Final[set[str]] = {"GraphQL", "query", "if"}
"""Names of the schema, which no language translates."""


# what the database refuses ----------------------------------------------------------------------------------------


async def test_a_duplicate_is_told_by_its_fields_and_value(house: House) -> None:
    await run_command(yuanluo.create_account, at(house), CreateAccount("officer", "李主任"))
    with pytest.raises(Duplicate) as refused:
        await run_command(yuanluo.create_account, at(house), CreateAccount("officer", "何主任"))
    assert refused.value.zh == "已有“登录名”(officer)相同的账号,请核对后再提交。"
    assert refused.value.en == "there is one with the same login (officer) already; look it up first."


async def test_a_duplicate_of_a_sealed_value_names_the_field_alone(house: House) -> None:
    item = CreatePerson("冯涛", id_number="510100197704050338")
    await run_command(yuanluo.create_person, at(house), item)
    with pytest.raises(Duplicate) as refused:
        await run_command(yuanluo.create_person, at(house), item)
    assert refused.value.zh == "已有“身份证号”相同的人员,请核对后再提交。"


async def test_a_broken_check_and_a_dangling_reference_name_the_field(house: House) -> None:
    for constraint in ("dwelling_area_c_check", "dwelling.area_c"):
        assert Broken(constraint).zh == "“建筑面积”的值不在允许的范围内。"
    for constraint in ("household_dwelling_id_fkey", "household.dwelling_id"):
        assert "房屋" in DanglingReference(constraint).zh
    assert Broken("").zh == "有一项的值不在允许的范围内。"
    with scoped(COURTYARD), pytest.raises(Broken) as refused:
        await yuanluo.changed(house.database, "UPDATE courtyard SET kind = 'NONE'")
    assert refused.value.zh == "“类型”的值不在允许的范围内。"


# every sentence of the sources ------------------------------------------------------------------------------------

ROOT: Final = Path(__file__).parent.parent
SOURCES: Final = ("tenants/yuanluo_tenants", "core/yuanluo", "graphql/yuanluo_graphql", "plugins")
FOR_DEVELOPERS: Final = frozenset(
    {"PluginError", "DeclarationError", "ConfigurationError", "SettingsError", "ScopeViolation", "ScopeRequired"}
)
"""Raised at who writes a plugin or sets a server up, in his words."""
SAID_AS_THEY_ARE: Final = frozenset(
    [
        "ASCII",
        "Accept",
        "Apollo",
        "Authorization",
        "Bearer",
        "Content",
        "Excel",
        "GET",
        "GraphQL",
        "JSON",
        "POST",
        "SHA",
        "Type",
        "UTF",
        "WPS",
        "WebSocket",
        "YYYY",
        "MM",
        "DD",
        "YUANLUO_ALLOWED_HOSTS",
        "application",
        "event",
        "graphql",
        "json",
        "plain",
        "response",
        "stream",
        "text",
        "xlsx",
        "after",
        "branch",
        "all",
        "documents",
        "extensions",
        "first",
        "from",
        "groupBy",
        "hash",
        "kind",
        "kinds",
        "last",
        "limit",
        "list",
        "migrate",
        "mutation",
        "node",
        "open",
        "operationName",
        "persistedQuery",
        "plugins",
        "query",
        "settings",
        "sha",
        "Hash",
        "subject",
        "subscription",
        "today",
        "variables",
        "yuanluo",
        "courtyard",
        "create",
        "person",
        "rename",
        "reopen",
    ]
)
"""What has no Chinese name: formats, headers, settings, arguments and commands, which are typed as they stand."""
UNSAYABLE: Final = re.compile(r"(_id|\.id|uuid|_fen|constraint)\b|\brole\b|^(debit|credit)$")
SAYABLE: Final = re.compile(r"yuan\(|request_id|^role$")
"""Money in yuan, what the operator looks a failure up by, and the code of a role that somebody typed and there is not."""
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


def sentences() -> Iterator[tuple[str, list[str], str, str]]:
    """Yield where each pair of sentences stands, what is filled in, and both with `{}` for that."""
    for path in (each for folder in SOURCES for each in sorted((ROOT / folder).rglob("*.py"))):
        if {"migrations", "synthetic", "errors.py"} & set(path.parts[-2:]) and "sheets" not in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) in FOR_DEVELOPERS:
                continue
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            for zh, en in itertools.pairwise(given):
                one, other = _parts(zh), _parts(en)
                if one and other and CHINESE.search(one[0]) and re.search(r"[。;]", one[0]):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", one[1] + other[1], one[0], other[0]


def _parts(node: ast.expr) -> tuple[str, list[str]] | None:
    match node:
        case ast.Constant(value=str() as text):
            return text, []
        case ast.JoinedStr():
            filled = [ast.unparse(each.value) for each in node.values if isinstance(each, ast.FormattedValue)]
            return "".join(str(e.value) if isinstance(e, ast.Constant) else "{}" for e in node.values), filled
        case _:
            return None


def test_no_sentence_says_an_id_a_role_fen_or_half_a_language() -> None:
    found = list(sentences())
    assert len(found) > 300
    wrong = [
        f"{where}: {zh}"
        for where, filled, zh, en in found
        if any(UNSAYABLE.search(each) and not SAYABLE.search(each) for each in filled)
        or re.search(r"\} ?分(?![办钟页])", zh)
        or re.search(r"\} fen\b", en)
        or set(re.findall(r"[A-Za-z_]{2,}", zh)) - SAID_AS_THEY_ARE
    ]
    assert wrong == []


def test_an_amount_is_said_in_yuan() -> None:
    assert [yuan(each) for each in (0, 5, -5, 123_456, -100_000_007)] == [
        "0.00", "0.05", "-0.05", "1,234.56", "-1,000,000.07",
    ]  # fmt: skip


async def test_a_role_is_called_by_its_name(house: House) -> None:
    viewer = dataclasses.replace(yuanluo.operator(), roles=(), reach=())
    said = house.rules.may(viewer, "courtyard.open", COURTYARD)
    assert said.zh == "只有区级管理员、街道工作人员可以开通院落。"
    assert said.en == "only district administrator, subdistrict officer may open a courtyard."
    for action in house.rules.actions:
        told = house.rules.may(viewer, action, COURTYARD)
        assert not re.search(r"[A-Z]{3}_|OPERATOR", told.zh + told.en), told
        assert ASCII.findall(told.zh) == [], told


async def test_what_is_not_here_is_not_named_by_its_id(house: House) -> None:
    with pytest.raises(NotFound) as refused:
        await run_command(yuanluo.update_person, at(house), yuanluo.UpdatePerson(uuid.uuid4(), ethnicity="汉族"))
    assert refused.value.zh == "没有找到该人员。"


# what libraries say -----------------------------------------------------------------------------------------------

ASCII: Final = re.compile(r"[A-Za-z]{2,}")
WRONG: Final = (
    "{ courtyards { nodes { nme } } }",
    "{ courtyards(frist: 1) { nodes { name } } }",
    "{ courtyards }",
    "{ courtyards { nodes { name { a } } } }",
    "query($a: Int) { courtyards { nodes { name } } }",
    "{ courtyards(first: $a) { nodes { name } } }",
    "query($a: String) { courtyards(first: $a) { nodes { name } } }",
    "query($a: Nothing) { courtyards { nodes { name } } }",
    "query($a: Courtyard) { courtyards { nodes { name } } }",
    "query($a: Int, $a: Int) { courtyards(first: $a) { nodes { name } } }",
    '{ courtyards(first: "x") { nodes { name } } }',
    "{ courtyards(first: 1, first: 2) { nodes { name } } }",
    "{ courtyards(filter: {nme: {eq: 1}}) { nodes { name } } }",
    '{ courtyards(filter: {kind: {eq: "OLD"}}) { nodes { name } } }',
    "{ courtyards(filter: {kind: {eq: OLD}}) { nodes { name } } }",
    "{ courtyard { name } }",
    "{ ...a }",
    "{ ...a } fragment a on Query { ...a }",
    "{ courtyards { nodes { name } } } fragment a on Courtyard { name }",
    "{ courtyards { nodes { ...a } } } fragment a on Person { name }",
    "{ courtyards { nodes { ... on Person { name } } } }",
    "{ courtyards { nodes { ...a } } } fragment a on String { name }",
    "{ courtyards { nodes { name @nothing } } }",
    "{ courtyards { nodes { name @skip } } }",
    "query @skip(if: true) { courtyards { nodes { name } } }",
    "{ courtyards { nodes { a: name a: code } } }",
    "{ courtyards { nodes { name } } } { courtyards { nodes { name } } }",
    "query a { courtyards { nodes { name } } } query a { courtyards { nodes { name } } }",
    "type A { b: Int }",
    "{ courtyards { nodes { name }",
    "",
    "{ courtyards(first: ) { nodes { name } } }",
    '{ courtyard(code: "x) { name } }',
    "{ courtyards(first: 01) { nodes { name } } }",
    "query { § }",
    "courtyards",
    "mutation { personCreate(input: {}) { replayed } }",
    "subscription { recordFiled { kind } viewer { name } }",
)


@pytest.mark.parametrize("query", WRONG)
async def test_what_is_wrong_with_a_query_is_said_in_chinese(served: httpx.AsyncClient, query: str) -> None:
    answer = (await served.post("/graphql", json={"query": query})).json()
    named = {*re.findall(r"\w+", query), *TYPES}
    for error in answer["errors"]:
        words = [word for word in ASCII.findall(error["message"]) if word not in named]
        assert words == [], error
        assert "detail" not in error["extensions"], error


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"query": 1}', b'{"variables": {}}', b'{"query": "{a}", "variables": []}', b"\xff"]
)
async def test_what_is_wrong_with_a_body_is_said_in_chinese(served: httpx.AsyncClient, body: bytes) -> None:
    answer = await served.post("/graphql", content=body, headers={"content-type": "application/json"})
    [error] = answer.json()["errors"]
    assert set(ASCII.findall(error["message"])) <= {"GraphQL", "JSON", "UTF", "query", "variables"}, error


async def test_a_page_that_is_not_there_is_said_in_chinese(served: httpx.AsyncClient) -> None:
    answer = await served.get("/nothing")
    assert answer.status_code == 404
    assert ASCII.findall(answer.json()["errors"][0]["message"]) == []
    assert (await served.get("/nothing", headers={"accept-language": "en"})).json()["errors"][0]["message"]
