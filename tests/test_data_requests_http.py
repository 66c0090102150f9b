"""A copy of one's data over HTTP, as the people of the demo ask for it."""

from __future__ import annotations

import json
from typing import Any

import pytest_asyncio
from databases import MakeDatabase
from served_world import World, furnish

import yuanluo
from yuanluo import Composition, Plugins, scoped

FILE = "mutation($input: DataRequestFileInput!) { dataRequestFile(input: $input) { dataRequest { id kind status } } }"
EXPORT = "mutation($input: PersonExportInput!) { personExport(input: $input) { secret record { kind } } }"
ERASE = (
    "mutation($input: PersonEraseInput!) { personErase(input: $input) { record { kind } person { name erasedOn } } }"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    plugins = Plugins.load()
    return await furnish(await make_database(Composition.of(plugins).registry), plugins)


async def someone(world: World) -> Any:
    with scoped(world.tenant):
        sql = "SELECT id, name FROM person ORDER BY id LIMIT 1"
        [row] = await yuanluo.rows(world.database, sql)
    return f"Person:{world.tenant}:{row['id']}", row["name"]


async def test_a_copy_is_given_on_a_request_that_another_filed(world: World) -> None:
    person, name = await someone(world)
    filed = await world.send(FILE, "branch_secretary", {"input": {"personId": person, "kind": "COPY"}})
    request = filed["data"]["dataRequestFile"]["dataRequest"]["id"]
    given = {"input": {"personId": person, "dataRequestId": request, "idempotencyKey": "copy"}}
    refused = await world.send(
        EXPORT, "branch_secretary", given | {"input": {**given["input"], "idempotencyKey": "own"}}
    )
    assert refused["errors"][0]["extensions"]["code"] == "REQUEST_MISSING"
    done = await world.send(EXPORT, "council_director", given)
    copy = json.loads(done["data"]["personExport"]["secret"])
    assert name in json.dumps(copy, ensure_ascii=False)
    again = await world.send(EXPORT, "council_director", given)
    assert again["data"]["personExport"] == {"secret": None, "record": {"kind": "person.export"}}


async def test_who_is_not_the_person_is_refused_alike_whoever_it_is(world: World) -> None:
    person, _ = await someone(world)
    nobody = f"Person:{world.tenant}:{'0' * 8}-0000-7000-8000-{'0' * 12}"
    said = [
        (await world.send(document, "accountant", {"input": {"personId": each}}))["errors"][0]
        for document in (EXPORT, ERASE)
        for each in (person, nobody)
    ]
    assert {each["extensions"]["code"] for each in said} == {"FORBIDDEN"}
    assert len({each["message"] for each in said}) == 1
