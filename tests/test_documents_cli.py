"""`yuanluo documents` and tokens for trusted documents, on a running server of either engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from deployments import Deployment, new_deployment
from pace import PATIENCE
from served_demo import free_port
from server_process import ServerProcess, furnish, served

from yuanluo_graphql.app import _FORGET_SECONDS
from yuanluo_graphql.documents import hash_of

QUERY = "query Count { courtyards { totalCount } }"


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


async def until(server: ServerProcess, code: str) -> None:
    """Ask until the answer is `code`."""
    async with asyncio.timeout(PATIENCE):
        while (await asyncio.to_thread(server.ask, QUERY)).code != code:  # noqa: ASYNC110  # another process notes it
            await asyncio.sleep(0.05)


async def test_a_running_server_sees_a_block_when_it_looks_again(running: tuple[Deployment, ServerProcess]) -> None:
    place, server = running
    assert _FORGET_SECONDS <= 2, "docs/limits.md promises two seconds"
    assert server.ask(QUERY).json["data"] == {"courtyards": {"totalCount": 1}}
    said = await asyncio.to_thread(place.done, "documents", "block", hash_of(QUERY), "--reason", "太慢")
    assert hash_of(QUERY) in said.out
    await until(server, "OPERATION_BLOCKED")
    listed = (await asyncio.to_thread(place.done, "documents", "list", "--json")).json
    assert [(each["sha256"], each["reason"]) for each in listed] == [(hash_of(QUERY), "太慢")]
    again = await asyncio.to_thread(place.refused, "documents", "block", hash_of(QUERY), "--reason", "又")
    assert "ALREADY_BLOCKED" in again
    await asyncio.to_thread(place.done, "documents", "unblock", f"sha256:{hash_of(QUERY).upper()}")
    await until(server, "OK")
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
