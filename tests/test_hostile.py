"""Hostile documents and bodies against a real server: no 5xx, each at little cost, and the next one is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from deployments import new_deployment
from hostile import HOSTILE
from server_process import ServerProcess, furnish, served

MOST = 1.0
"""Processor seconds of the server: four times what the worst takes on a quiet machine."""
TRIES = 5
NORMAL = "{ viewer { name } courtyards { totalCount nodes { name } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServerProcess]:
    async with new_deployment(engine_name, request, tmp_path_factory) as place:
        _codes, tokens = await furnish(place)
        async with served(place, tokens, YUANLUO_BUDGET_PER_TOKEN="0", YUANLUO_BUDGET_PER_TENANT="0") as server:
            yield server


def test_at_least_36_are_tried() -> None:
    assert len(HOSTILE) >= 36


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_is_answered_below_500_and_at_little_cost(server: ServerProcess, name: str) -> None:
    hostile = HOSTILE[name]
    headers = {**hostile.headers, "authorization": f"Bearer {server.tokens[0]}"}
    spent: list[float] = []
    while not spent or min(spent) > MOST:
        assert len(spent) < TRIES, spent
        answer = server.send(hostile.body, headers, method=hostile.method, path=hostile.path)
        assert answer.status < 500, answer.body[:500]
        assert answer.code in hostile.codes, answer.body[:500]
        spent.append(answer.processor)
    normal = server.ask(NORMAL)
    assert normal.json["data"] == {
        "viewer": {"name": "主任"},
        "courtyards": {"totalCount": 1, "nodes": [{"name": "梧桐苑0"}]},
    }
