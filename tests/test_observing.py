"""Figures and the request log of a served demo: they tell what was asked and how it ended, and nothing of anybody."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from deployments import Deployment
from pace import PATIENCE
from prometheus_client.parser import text_string_to_metric_families
from served_demo import free_port, running, until_ready

from yuanluo_graphql.discretion import WithoutValues
from yuanluo_graphql.observing import BUCKETS, Figures, Trace

TOKEN = "only-for-prometheus"
NAME, PHONE, ID_NUMBER, ROOM = "欧阳金丝雀", "13912345678", "510104195803121234", "88-8-8888"
CANARIES = (NAME, PHONE, ID_NUMBER, ROOM, "Jinsique", "yl_canary", TOKEN, "kanarie@example.org", "canary-header")


@dataclass(slots=True)
class Observed:
    """A server that is observed, what it said so far, and how to ask it."""

    url: str
    facts: Any
    process: subprocess.Popen[str]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    readers: list[threading.Thread] = field(default_factory=list)

    def post(self, body: Any, token: str | None = None, **more: Any) -> httpx.Response:
        headers = {"x-canary": "canary-header"} | ({} if token is None else {"authorization": f"Bearer {token}"})
        return httpx.post(f"{self.url}/graphql", json=body, headers=headers, timeout=PATIENCE, **more)

    def metrics(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        answer = httpx.get(f"{self.url}/metrics", headers={"authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def total(self, name: str, **labels: str) -> float:
        return sum(
            value for (found, given), value in self.metrics().items() if found == name and labels.items() <= set(given)
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    place = Deployment(tmp_path_factory.mktemp("observed") / "yuanluo-data")
    trusted = tmp_path_factory.mktemp("trusted")
    (trusted / "known.graphql").write_text("query Known { viewer { name } }")
    more = {
        "YUANLUO_REQUEST_LOG": "yes",
        "YUANLUO_METRICS_TOKEN": TOKEN,
        "YUANLUO_TRUSTED_DOCUMENTS": str(trusted),
        "YUANLUO_SLOW_MILLISECONDS": "1",
    }
    port = free_port()
    with running(place, port, courtyards=1, **more) as (process, facts):
        found = Observed(facts["url"], facts, process)
        for stream, lines in ((process.stdout, found.out), (process.stderr, found.err)):
            assert stream is not None
            found.readers.append(threading.Thread(target=lines.extend, args=(stream,), daemon=True))
            found.readers[-1].start()
        yield found


def test_who_lacks_the_token_reads_no_figures(served: Observed) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}):
        assert httpx.get(f"{served.url}/metrics", headers=headers, timeout=PATIENCE).status_code == 401


def test_requests_their_cost_and_refusals_are_counted(served: Observed) -> None:
    token = served.facts["tokens"]["council_director"]
    before = served.metrics()
    priced = served.post({"query": "{ viewer { name } }"}, token).json()["extensions"]["cost"]["estimated"]
    assert served.post({"query": "{ nothing }"}, token).json()["errors"]
    assert served.post({"query": "{ viewer { name } }"}, "yl_canary").status_code == 401
    after = served.metrics()

    def grown(name: str, **labels: str) -> float:
        def total(samples: Any) -> float:
            return sum(
                value for (found, given), value in samples.items() if found == name and labels.items() <= set(given)
            )

        return total(after) - total(before)

    assert grown("yuanluo_requests_total", kind="query", status="200") == 1
    assert grown("yuanluo_requests_total", kind="none", status="401") == 1
    assert grown("yuanluo_cost_total") == priced
    assert grown("yuanluo_errors_total", code="GRAPHQL_VALIDATION_FAILED") == 1
    assert grown("yuanluo_errors_total", code="UNAUTHENTICATED") == 1
    assert grown("yuanluo_request_seconds_count") == 4  # the first reading of the figures is one of them
    assert grown("yuanluo_request_seconds_bucket", le="+Inf") == 4


def test_gauges_tell_what_is_so_now(served: Observed) -> None:
    found = {name: value for (name, _), value in served.metrics().items()}
    for name in ("running", "waiting", "live", "webhooks_pending"):
        assert found[f"yuanluo_{name}"] == 0
    assert found["yuanluo_connections"] >= 1
    assert found["yuanluo_slow_operations_total"] >= 0


def test_no_label_takes_what_a_client_sends(served: Observed) -> None:
    for number in range(30):
        httpx.get(f"{served.url}/path{number}", timeout=PATIENCE)
        served.post({"query": f"query Q{number} {{ f{number} }}"})
    labels = {value for (_, given), _ in served.metrics().items() for _, value in given}
    assert not {each for each in labels if re.search(r"path|Q\d", each)}
    assert len(labels) < 60


MUTATION = """mutation Jinsique($i: PersonCreateInput!) { personCreate(input: $i) { record { id } } }"""


def test_the_log_tells_each_request_and_nothing_of_anybody(served: Observed) -> None:
    """Asked last: the server is ended, so that all that it said is read."""
    url, tokens, code = f"{served.url}/graphql", served.facts["tokens"], served.facts["courtyards"][0]
    given = {"node": code, "name": NAME, "phone": PHONE, "idNumber": ID_NUMBER}
    for role in ("council_director", "resident", "accountant"):
        for variables in ({"i": given}, {"i": {**given, "birth": NAME}}, {"i": {**given, NAME: PHONE}}, {"j": NAME}):
            served.post({"query": MUTATION, "variables": variables, "operationName": "Jinsique"}, tokens[role])
    named = f'{{ courtyard(code: "{code}") {{ people(filter: {{name: {{eq: "{NAME}"}}}}) {{ nodes {{ name }} }} }} }}'
    served.post({"query": named}, tokens["council_director"])
    served.post({"query": f"query {{ {named} }} # {NAME}"}, tokens["resident"])
    served.post({"query": "query Jinsique { viewer { name } }"}, "yl_canary")
    served.post({"query": "query Known { viewer { name } }"}, tokens["resident"])
    httpx.post(
        url, content=f'{{"query": "{NAME}'.encode(), headers={"content-type": "application/json"}, timeout=PATIENCE
    )
    httpx.get(url, params={"query": named, "variables": f'{{"a": "{PHONE}"}}'}, timeout=PATIENCE)
    httpx.get(f"{served.url}/{NAME}/{PHONE}?mail=kanarie@example.org", timeout=PATIENCE)
    httpx.delete(f"{served.url}/Jinsique", timeout=PATIENCE)
    served.process.terminate()
    served.process.wait(timeout=PATIENCE)
    for reader in served.readers:
        reader.join()
    told = [json.loads(line) for line in served.out]
    assert not [canary for canary in CANARIES for line in served.out + served.err if canary in line]
    assert {each["kind"] for each in told} >= {"query", "mutation", "none"}
    assert set(told[0]) == {
        *("time", "request", "method", "path", "status", "kind", "document"),
        *("operation", "cost", "milliseconds", "account", "code"),
    }
    (known,) = [each for each in told if each["operation"] == "Known"]
    assert (known["status"], known["code"], known["method"], known["path"]) == (200, None, "POST", "/graphql")
    assert re.fullmatch(r"[0-9a-f]{64}", known["document"])
    assert known["cost"] > 0
    assert known["account"]
    assert {each["operation"] for each in told} == {None, "Known"}
    assert {"UNAUTHENTICATED", "BAD_REQUEST", "FORBIDDEN"} <= {each["code"] for each in told}
    assert ("other", "other") in {(each["method"], each["path"]) for each in told}


# what has no server -------------------------------------------------------------------------------------------------


def test_an_exception_is_logged_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    def failing() -> None:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise ValueError(f"DETAIL: Key (phone)=({PHONE}) exists") from error

    try:
        failing()
    except ValueError as error:
        record = logging.LogRecord("yuanluo", logging.ERROR, __file__, 1, "it failed", (), (type(error), error, None))
    shown = WithoutValues("%(levelname)s %(name)s: %(message)s").format(record)
    assert "builtins.ValueError" in shown
    assert "builtins.KeyError" in shown
    assert "failing" in shown
    assert NAME not in shown
    assert PHONE not in shown
    lost = logging.LogRecord("asyncio", logging.ERROR, __file__, 1, f"Task lost\nfuture: <{NAME}>", (), None)
    assert WithoutValues("%(message)s").format(lost) == "Task lost"


def figures(shared: Path | None = None) -> Figures:
    async def pending() -> int:
        return 7

    gauges = dict.fromkeys(("running", "waiting", "connections", "connections_busy", "live"), 1)
    return Figures(lambda: gauges, lambda: 3, pending, shared)


async def test_the_worker_that_is_asked_tells_the_figures_of_all(tmp_path: Path) -> None:
    mine, other = figures(tmp_path), figures(tmp_path)
    for seconds in (BUCKETS[0], BUCKETS[-1] + 1):
        mine.count(Trace(status=200, kind="query", cost=5), seconds)
    other.count(Trace(status=403, kind="none", code="FORBIDDEN"), 0.2)
    snapshot = other.snapshot()
    snapshot.process = 1
    (tmp_path / "1.json").write_bytes(msgspec.json.encode(snapshot))
    (tmp_path / "2.json").write_text("torn")
    told = (await mine.exposition()).decode()
    assert 'yuanluo_requests_total{kind="none",process="1",status="403"} 1.0' in told
    assert told.count("yuanluo_cost_total{") == 2
    assert "yuanluo_webhooks_pending 7.0" in told
    assert len(re.findall(r'yuanluo_request_seconds_bucket\{le="0.001",process="\d+"\} 1.0', told)) == 1


async def test_a_worker_leaves_its_figures_and_takes_them_away(tmp_path: Path) -> None:
    mine = figures(tmp_path / "metrics")
    async with mine.sharing():
        while not list((tmp_path / "metrics").glob("*.json")):  # noqa: ASYNC110  # a task writes it
            await asyncio.sleep(0.01)
    assert not list((tmp_path / "metrics").glob("*.json"))


def test_codes_beyond_a_bound_are_counted_together() -> None:
    mine = figures()
    for number in range(1_000):
        mine.count(Trace(code=f"CODE_{number}"), 0.1)
    assert len(mine.refused) <= 201
    assert sum(mine.refused.values()) == 1_000


def test_without_a_token_there_are_no_figures(tmp_path: Path) -> None:
    place = Deployment(tmp_path / "yuanluo-data")
    assert "16 characters" in place.refused("migrate", YUANLUO_METRICS_TOKEN="short")
    place.done("migrate", YUANLUO_ENVIRONMENT="demo")
    port = free_port()
    process = place.start("serve", "--port", str(port))
    try:
        until_ready(process, port)
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE).status_code == 404
    finally:
        process.kill()
        out, _ = process.communicate()
    assert out.count("\n") == 1
