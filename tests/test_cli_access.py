"""Accounts, grants, tokens and endpoints from the command line, on a deployment of either engine."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from killed import WEBHOOKS
from test_kill import COURTYARDS, settle

import yuanluo
from yuanluo_tenants.tree import code_of

HERE, THERE = map(code_of, COURTYARDS[:2])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with new_deployment(engine_name, request, tmp_path_factory) as made:
        await settle(made)
        for login, node in (("mine", HERE), ("theirs", THERE)):
            words = ("token", "create", "--login", login, "--role", "CASHIER", "--node", node, "--label", login)
            await asyncio.to_thread(made.done, *words)
        yield made


async def said(place: Deployment, *words: str, **more: str) -> str:
    return (await asyncio.to_thread(lambda: place.done(*words, **more))).out.strip()


async def listed(place: Deployment, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(await said(place, *words, "--json"))
    return found


async def kinds(place: Deployment) -> list[str]:
    """Return the kinds of the records filed in the first courtyard."""
    async with place.house() as house:
        with yuanluo.scoped(COURTYARDS[0]):
            found = await yuanluo.rows(house.database, "SELECT kind FROM record ORDER BY sequence")
    return [row["kind"] for row in found]


async def test_a_token_is_listed_by_its_first_characters_and_revoked_by_its_id(place: Deployment) -> None:
    token = await said(place, "token", "create", "--login", "mine", "--role", "CASHIER", "--node", HERE)
    found = {each["label"]: each for each in await listed(place, "token", "list", "--login", "mine")}
    made = found["cli"]
    assert (made["prefix"], made["state"], made["node"]) == (token[:8], "ACTIVE", HERE)
    assert (made["holder_login"], made["scope"], made["revoked_at"]) == ("mine", "WRITE", None)
    assert token not in json.dumps(found)
    assert not {"hash", "rank", "tenant_id"} & set(made)
    assert await said(place, "token", "revoke", made["id"]) == made["id"]
    assert (await kinds(place))[-1] == "token.revoke"
    states = {each["label"]: each["state"] for each in await listed(place, "token", "list", "--node", HERE)}
    assert states == {"mine": "ACTIVE", "cli": "REVOKED"}
    assert [each["label"] for each in await listed(place, "token", "list", "--node", HERE, "--active")] == ["mine"]
    assert "holder_login=theirs" not in await said(place, "token", "list", "--node", HERE)
    for wrong in (str(uuid.UUID(int=7)), "x"):
        told = await asyncio.to_thread(place.refused, "token", "revoke", wrong)
        assert "[NOT_FOUND]" in told or "[INVALID]" in told


def test_what_is_listed_stays_on_its_line_and_says_nothing_to_the_terminal(place: Deployment) -> None:
    words = ("token", "create", "--role", "AUDITOR", "--node", THERE)
    assert "TEXT_INVALID" in place.refused(*words, "--login", "a\nb")
    place.done(*words, "--login", "lines", "--label", "a\nb\x1b[31m")
    [line] = place.done("token", "list", "--login", "lines").out.splitlines()
    assert r"label=a\nb\x1b[31m " in line


async def test_a_grant_is_listed_and_revoked(place: Deployment) -> None:
    [grant] = await listed(place, "grant", "list", "--login", "theirs")
    assert (grant["role"], grant["node"], grant["state"], grant["given_by"]) == ("CASHIER", THERE, "ACTIVE", "operator")
    assert await said(place, "grant", "revoke", f"Grant:{grant['id']}") == grant["id"]
    assert await listed(place, "grant", "list", "--login", "theirs", "--active") == []
    [grant] = await listed(place, "grant", "list", "--login", "theirs")
    assert grant["state"] == "REVOKED"
    assert "GRANT_REVOKED" in await asyncio.to_thread(place.refused, "grant", "revoke", grant["id"])


async def test_an_account_is_listed_disabled_and_enabled(place: Deployment) -> None:
    def status(found: list[dict[str, Any]]) -> dict[str, str]:
        return {each["login"]: each["status"] for each in found}

    assert status(await listed(place, "account", "list", "--node", HERE)) == {"mine": "ACTIVE"}
    await said(place, "account", "disable", "mine")
    assert status(await listed(place, "account", "list", "--node", HERE)) == {"mine": "DISABLED"}
    assert await listed(place, "account", "list", "--node", HERE, "--active") == []
    assert "ACCOUNT_DISABLED" in await asyncio.to_thread(place.refused, "account", "disable", "mine")
    await said(place, "account", "enable", "mine")
    assert (await kinds(place))[-2:] == ["account.disable", "account.enable"]
    assert "NOT_FOUND" in await asyncio.to_thread(place.refused, "account", "disable", "nobody")


async def test_an_endpoint_is_changed_paused_resumed_rotated_and_told_again(place: Deployment) -> None:
    async def hooks(*words: str) -> str:
        return await said(place, "webhooks", *words, **WEBHOOKS)

    made = json.loads(await hooks("create", "https://receiver.example/a", "--node", HERE, "--json"))

    async def state() -> dict[str, Any]:
        [found] = [each for each in json.loads(await hooks("list", "--json")) if each["id"] == made["id"]]
        return dict(found)

    await hooks("update", made["id"], "--url", "https://receiver.example/b", "--kind", "person.*", "--with-payload")
    changed = await state()
    assert (changed["url"], changed["kinds"], changed["with_payload"]) == (
        "https://receiver.example/b",
        ["person.*"],
        True,
    )
    await hooks("update", made["id"], "--all-kinds", "--description", "大屏")
    changed = await state()
    assert (changed["url"], changed["kinds"], changed["description"]) == ("https://receiver.example/b", [], "大屏")
    both = await asyncio.to_thread(
        place.refused, "webhooks", "update", made["id"], "--all-kinds", "--kind", "person.*", "--description", "另一块"
    )
    assert "--all-kinds" in both
    assert (await state())["description"] == "大屏"
    await hooks("pause", made["id"])
    assert (await state())["state"] == "PAUSED"
    assert "WEBHOOK_NOT_ACTIVE" in await asyncio.to_thread(place.refused, "webhooks", "pause", made["id"])
    await hooks("resume", made["id"])
    assert (await state())["state"] == "ACTIVE"
    secret = await hooks("rotate", made["id"], "--grace-hours", "1")
    assert secret.startswith("whsec_")
    assert secret != made["secret"]
    waiting = (await state())["waiting"]
    await hooks("redeliver", made["id"], "--courtyard", HERE, "--sequence", "1")
    assert (await state())["waiting"] > waiting
    assert {"webhook.update", "webhook.pause", "webhook.resume", "webhook.rotate_secret", "webhook.redeliver"} <= set(
        await kinds(place)
    )
