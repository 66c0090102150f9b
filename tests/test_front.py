"""GraphQL stands before Litestar's router; bodies that come again are found again, rights are looked up every time."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.datastructures import State

from yuanluo_graphql.front import fronted
from yuanluo_graphql.http import Answer, GraphQLRequest, GraphQLView, HttpContext
from yuanluo_tenants.settings import load_settings


class Counting:
    """An engine that answers how often it saw this very request object, and marks queries as worth keeping."""

    async def execute(self, request: GraphQLRequest, http: HttpContext, /) -> Answer:
        seen = request.memo.get("seen", 0) + 1
        if request.query.startswith("{"):
            request.memo["seen"] = seen
        return Answer(json.dumps({"data": {"seen": seen, "bearer": http.bearer}}).encode())


@pytest.fixture
def app() -> Litestar:
    @get("/healthz", sync_to_thread=False)
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return Litestar([healthz], openapi_config=None, state=State({"graphql_view": GraphQLView(Counting())}))


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_graphql_is_answered_in_front_and_the_rest_behind(app: Litestar) -> None:
    async with client(fronted(app, load_settings(environment="test"))) as asking:
        assert (await asking.post("/graphql", json={"query": "{ a }"})).json()["data"]["seen"] == 1
        assert (await asking.get("/healthz")).json() == {"status": "ok"}
        assert (await asking.get("/graphql/elsewhere")).status_code == 404


@pytest.mark.parametrize("named", [{"allowed_hosts": ("court.example",)}, {"cors_origins": ("https://court.example",)}])
def test_nothing_passes_by_where_hosts_or_origins_are_checked(app: Litestar, named: dict[str, Any]) -> None:
    assert fronted(app, load_settings(environment="test", **named)) is app


async def test_the_same_body_is_the_same_request_whoever_sends_it(app: Litestar) -> None:
    async with client(fronted(app, load_settings(environment="test"))) as asking:
        answers = [
            (
                await asking.post("/graphql", json={"query": "{ a }"}, headers={"authorization": f"Bearer {token}"})
            ).json()
            for token in ("one", "two")
        ]
        other = (await asking.post("/graphql", json={"query": "{ b }"})).json()
    assert [each["data"] for each in answers] == [{"seen": 1, "bearer": "one"}, {"seen": 2, "bearer": "two"}]
    assert other["data"]["seen"] == 1


async def test_what_the_engine_does_not_mark_is_not_kept(app: Litestar) -> None:
    async with client(fronted(app, load_settings(environment="test"))) as asking:
        for _ in range(2):
            told = (await asking.post("/graphql", json={"query": "mutation { a }"})).json()
            assert told["data"]["seen"] == 1


async def test_only_a_few_bodies_of_moderate_length_are_kept() -> None:
    view = GraphQLView(Counting())
    async with client(view) as asking:
        for n in range(300):
            await asking.post("/graphql", json={"query": f"{{ a{n} }}"})
        await asking.post("/graphql", json={"query": "{ long " + "x" * 5_000 + " }"})
    assert len(view._repeated) == 256
    assert max(map(len, view._repeated)) < 4_096
