"""`yuanluo documents` and tokens for trusted documents, on a running server of either engine."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from pace import PATIENCE
from served_demo import free_port
from server_process import ServerProcess, furnish, served

from yuanluo_graphql.documents import hash_of

QUERY = "query Count { courtyards { totalCount } }"
REFUSED_WITHIN = 2.0
TRIES = 5


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Deployment, ServerProcess]]:
    async with new_deployment(engine_name, request, tmp_path_factory) as place:
        codes, tokens = await furnish(place, 1)
        made = await asyncio.to_thread(
            place.done, "token", "create", "--login", "screen", "--role", "COUNCIL_DIRECTOR", "--node", codes[0],
            "--trusted-only",
        )  # fmt: skip
        folder = place.home / "trusted"
        folder.mkdir()
        (folder / "count.graphql").write_text(QUERY, encoding="utf-8")
        tokens.append(made.out.strip())
        async with served(place, tokens, YUANLUO_TRUSTED_DOCUMENTS=str(folder)) as server:
            yield place, server


async def seconds_until(server: ServerProcess, code: str) -> float:
    """Ask until the answer is `code`, and return how long after the beginning that question was asked."""
    asked = began = time.monotonic()
    while (await asyncio.to_thread(server.ask, QUERY)).code != code:
        assert asked - began < PATIENCE
        await asyncio.sleep(0.02)
        asked = time.monotonic()
    return asked - began


async def test_a_running_server_sees_a_block_within_two_seconds(running: tuple[Deployment, ServerProcess]) -> None:
    place, server = running
    assert server.ask(QUERY).json["data"] == {"courtyards": {"totalCount": 1}}
    for _ in range(TRIES):  # a machine that stands still for a moment is not the server's doing
        said = await asyncio.to_thread(place.done, "documents", "block", hash_of(QUERY), "--reason", "太慢")
        assert hash_of(QUERY) in said.out
        if await seconds_until(server, "OPERATION_BLOCKED") < REFUSED_WITHIN:
            break
        await asyncio.to_thread(place.done, "documents", "unblock", hash_of(QUERY))
        await seconds_until(server, "OK")
    else:
        pytest.fail(f"a block is seen later than after {REFUSED_WITHIN} s each time")
    listed = (await asyncio.to_thread(place.done, "documents", "list", "--json")).json
    assert [(each["sha256"], each["reason"]) for each in listed] == [(hash_of(QUERY), "太慢")]
    again = await asyncio.to_thread(place.refused, "documents", "block", hash_of(QUERY), "--reason", "又")
    assert "ALREADY_BLOCKED" in again
    await asyncio.to_thread(place.done, "documents", "unblock", f"sha256:{hash_of(QUERY).upper()}")
    await seconds_until(server, "OK")
    assert (await asyncio.to_thread(place.done, "documents", "list")).out == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("block", "123", "--reason", "x"), "INVALID"),
        (("block", "0" * 64, "--reason", " "), "INVALID"),
        (("unblock", "0" * 64), "NOT_FOUND"),
        (("hash", "missing.graphql"), "NOT_FOUND"),
        (("check",), "CONFIGURATION"),
    ],
)
def test_what_cannot_be_done_with_documents_is_told(
    running: tuple[Deployment, ServerProcess], words: tuple[str, ...], code: str
) -> None:
    assert code in running[0].refused("documents", *words)


def test_the_command_line_makes_tokens_for_trusted_documents_alone(running: tuple[Deployment, ServerProcess]) -> None:
    _, server = running
    assert server.ask(QUERY, 1).json["data"] == {"courtyards": {"totalCount": 1}}
    assert server.ask("{ __typename }", 1).code == "UNTRUSTED_DOCUMENT"
    assert server.ask("{ __typename }", 0).code == "OK"


def test_ci_checks_trusted_documents_without_a_database(tmp_path: Path) -> None:
    place = Deployment(tmp_path / "nowhere")
    (tmp_path / "good.graphql").write_text(QUERY, encoding="utf-8")
    (tmp_path / "list.json").write_text(json.dumps({"a": "{ plugins { name } }"}), encoding="utf-8")
    assert place.done("documents", "check", str(tmp_path)).out.startswith("2 份")
    assert place.done("documents", "check", YUANLUO_TRUSTED_DOCUMENTS=str(tmp_path)).out.startswith("2 份")
    assert place.done("documents", "hash", str(tmp_path / "good.graphql")).out.strip() == hash_of(QUERY)
    (tmp_path / "bad.graphql").write_text("{\n  courtyards { total }\n}", encoding="utf-8")
    said = place.refused("documents", "check", str(tmp_path))
    assert "bad.graphql:2:16: Cannot query field 'total'" in said
    assert not (tmp_path / "nowhere").exists()


async def test_a_broken_trusted_document_keeps_the_server_from_starting(
    running: tuple[Deployment, ServerProcess], tmp_path: Path
) -> None:
    place, _ = running
    (tmp_path / "bad.graphql").write_text("{ wrong }", encoding="utf-8")
    process = place.start("serve", "--port", str(free_port()), YUANLUO_TRUSTED_DOCUMENTS=str(tmp_path))
    _, said = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    assert process.returncode == 1
    assert "bad.graphql:1:3: Cannot query field 'wrong'" in said
    assert "Traceback" not in said
