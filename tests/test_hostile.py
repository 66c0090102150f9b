"""Hostile documents and bodies against a real server: no 5xx, each under 250 ms, and the next one is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from deployments import new_deployment
from hostile import HOSTILE
from pace import pace
from server_process import Answered, ServerProcess, furnish, served

LONGEST = 0.25
MOST_TRIES = 12
NORMAL = "{ viewer { name } courtyards { totalCount nodes { name } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServerProcess]:
    async with new_deployment(engine_name, request, tmp_path_factory) as place:
        _codes, tokens = await furnish(place)
        async with served(place, tokens, YUANLUO_BUDGET_PER_TOKEN="0", YUANLUO_BUDGET_PER_TENANT="0") as server:
            yield server


def is_quick(answers: list[Answered]) -> bool:
    """Whether the median of three consecutive tries is under the limit of this machine at this moment.

    Eight people may share the machine: where the clock says no but the server's own processor time says yes, and the
    answer came within ten times the limit, the machine was busy and not the server.
    """
    latest = answers[-3:]
    if len(latest) < 3:
        return False
    seconds, longest = sorted(each.seconds for each in latest)[1], LONGEST * pace()
    if seconds < longest:
        return True
    processor = [each.processor for each in latest if each.processor is not None]
    return len(processor) == 3 and sorted(processor)[1] < longest and seconds < 10 * longest


def test_at_least_36_are_tried() -> None:
    assert len(HOSTILE) >= 36


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_is_answered_below_500_and_in_a_quarter_of_a_second(server: ServerProcess, name: str) -> None:
    hostile = HOSTILE[name]
    headers = {**hostile.headers, "authorization": f"Bearer {server.tokens[0]}"}
    answers: list[Answered] = []
    while not is_quick(answers):
        assert len(answers) < MOST_TRIES, [(each.seconds, each.processor) for each in answers]
        answer = server.send(hostile.body, headers, method=hostile.method, path=hostile.path)
        assert answer.status < 500, answer.body[:500]
        assert answer.code in hostile.codes, answer.body[:500]
        answers.append(answer)
    normal = server.ask(NORMAL)
    assert normal.json["data"] == {
        "viewer": {"name": "主任"},
        "courtyards": {"totalCount": 1, "nodes": [{"name": "梧桐苑0"}]},
    }
