"""docs/live.md is true: its subscription is valid, its programs run, its dialogue is had, its codes are all there are."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import graphql
import pytest_asyncio
from databases import MakeDatabase
from houses import make_house
from live_world import Served, person, served, token
from plots import blocks

from yuanluo import House

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "live.md"
SOURCES = [ROOT / "graphql" / "yuanluo_graphql" / name for name in ("sockets.py", "transport_ws.py")]
ENDS = [ROOT / "graphql" / "yuanluo_graphql" / name for name in ("hub.py", "subscriptions.py", "sockets.py")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(house: House) -> AsyncIterator[Served]:
    async with served(house) as running:
        yield running


def program(name: str) -> Any:
    """Return a function that the page defines."""
    [text] = [each for each in blocks(PAGE, "python") if f"def {name}(" in each]
    defined: dict[str, Any] = {}
    exec(compile(text, str(PAGE), "exec"), defined)
    return defined[name]


def test_the_subscription_fits_the_schema_and_every_argument_is_told() -> None:
    schema = graphql.build_schema((ROOT / "docs" / "schema.graphql").read_text(encoding="utf-8"))
    [query] = blocks(PAGE, "graphql")
    assert graphql.validate(schema, graphql.parse(query)) == []
    told = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8").partition("## By WebSocket")[0], re.MULTILINE)
    assert schema.subscription_type is not None
    assert told == list(schema.subscription_type.fields["recordFiled"].args)


async def test_the_client_over_websocket_hears_a_person_entered(world: Served) -> None:
    running = asyncio.create_task(program("first_person")(f"127.0.0.1:{world.port}", await token(world.house)))
    await world.until(1)
    entered = await person(world.house)
    assert await running == str(entered.subject_id)
    await world.until(0)


async def test_the_client_of_the_event_stream_hears_a_person_entered(world: Served) -> None:
    bearer = await token(world.house)
    await world.quiet()
    heard = program("kinds")(f"127.0.0.1:{world.port}", bearer)
    running = asyncio.ensure_future(anext(heard))
    await world.until(1)
    await person(world.house)
    assert await running == "person.create"
    await heard.aclose()
    await world.until(0)


async def test_the_dialogue_is_had_word_by_word(world: Served) -> None:
    [dialogue] = blocks(PAGE, "dialogue")
    bearer = await token(world.house)
    await world.quiet()
    async with world.connected() as client:
        for line in dialogue.strip().splitlines():
            who, words = line[0], line[2:].replace("<token>", bearer)
            if who == ">":
                await client.say(words)
            elif who == "<":
                assert await client.hear() == json.loads(words)
            else:
                assert words == "a person is entered"
                await world.until(1)
                await person(world.house)
        await world.until(0)


def test_the_page_tells_every_way_in_which_a_socket_is_closed() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = set(re.findall(r"\b(?:4[45]\d\d|1009)\b", source))
    told = set(re.findall(r"^\| (\d{4}) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert told - {"1012"} == used


def test_the_page_tells_every_way_in_which_a_subscription_ends() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in ENDS)
    used = set(re.findall(r'"([A-Z]+_[A-Z_]+)"', source)) - {"BAD_USER_INPUT", "SUBSCRIPTION_ENDED"}
    ends = PAGE.read_text(encoding="utf-8").partition("## When it ends")[2].partition("## For")[0]
    told = {
        code for row in re.findall(r"^\| (`[A-Z].*?) \|", ends, re.MULTILINE) for code in re.findall(r"[A-Z_]+", row)
    }
    assert told - {"UNAUTHENTICATED", "OPERATION_TIMEOUT", "OPERATION_BLOCKED"} == used  # these end any operation
