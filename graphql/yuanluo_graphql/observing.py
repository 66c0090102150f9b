"""What whoever runs a deployment sees of it: figures for Prometheus, and a line of JSON for each request.

Neither tells anything of a person or a courtyard. Of a request they say what our own code knows: the document's hash
and not its text, the operation's name only where the operator registered the document, no variable, no header, no
address, no token; a path or a method that is none of ours is `other`. Labels take few values by the same rule.

Requests are counted in plain numbers, and the library that writes Prometheus' format is loaded when somebody first
asks. Of several worker processes each counts for itself: every second it leaves its figures in a folder beside the
data, and the one that is asked tells those of all that live, by their process id.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import sys
import time
from bisect import bisect_left
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

__all__ = ["Figures", "Observed", "Trace", "metrics_handler", "to_stdout", "trace_of"]

_log = logging.getLogger("yuanluo.metrics")

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds of the histogram of requests."""
_MOST_CODES: Final = 200
_METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS"})
_PATHS: Final = frozenset({"/", "/graphql", "/healthz", "/readyz", "/metrics"})
_KEY: Final = "yuanluo.trace"
_SHARED_EVERY, _FRESH = 1.0, 60.0
"""Seconds between two writings of a worker's figures, and after which they are those of one that is gone."""
_PENDING_EVERY: Final = 10.0
"""Seconds for which the number of waiting webhooks is not counted anew."""

_encode = msgspec.json.Encoder().encode


class _Error(msgspec.Struct):
    extensions: dict[str, Any] = {}


class _Errors(msgspec.Struct):
    errors: list[_Error] = []


_errors_of = msgspec.json.Decoder(_Errors).decode


class Trace(msgspec.Struct):
    """What is noted of one request while it is answered; all of it may be told."""

    status: int = 0
    """0 where the client left before there was an answer."""
    request_id: str = ""
    kind: str = "none"
    """query, mutation or subscription; none where no operation was admitted."""
    document: str | None = None
    """SHA-256 of the document, in hex."""
    operation: str | None = None
    cost: int = 0
    account: str | None = None
    code: str | None = None
    """Of the first error in the answer."""

    def note_errors(self, body: bytes) -> None:
        """Note the code of the first error of an answer that has any."""
        if body.startswith(b'{"errors":'):
            found = _errors_of(body).errors
            self.code = str(found[0].extensions.get("code", "UNKNOWN")) if found else None


def trace_of(scope: Scope) -> Trace | None:
    """Return what is noted of the request, None where nobody observes."""
    return cast("dict[str, Any]", scope).get(_KEY)


class Snapshot(msgspec.Struct):
    """The figures of one process at one moment."""

    process: int
    requests: dict[str, int]
    """By kind and status, such as `query 200`."""
    buckets: list[int]
    seconds: float
    cost: int
    refused: dict[str, int]
    slow: int
    gauges: dict[str, int]


_GAUGES: Final = {
    "running": "GraphQL operations that run now",
    "waiting": "GraphQL operations that wait for their turn",
    "connections": "database connections open (on SQLite: readers)",
    "connections_busy": "database connections at work (on SQLite: reads asked for)",
    "live": "WebSockets and event streams open with a token or an address",
}


class Figures:
    """What one process counts; `gauges` returns what is so just now, by the names of `_GAUGES`."""

    def __init__(
        self,
        gauges: Callable[[], Mapping[str, int]],
        slow: Callable[[], int],
        pending: Callable[[], Awaitable[int]],
        shared: Path | None = None,
    ) -> None:
        self._gauges = gauges
        self._slow = slow
        self._pending = pending
        self._shared = shared
        self._counted: tuple[float, int] | None = None
        self.requests: dict[tuple[str, int], int] = {}
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0
        self.cost = 0
        self.refused: dict[str, int] = {}

    def count(self, trace: Trace, seconds: float) -> None:
        """Count one request."""
        key = trace.kind, trace.status
        self.requests[key] = self.requests.get(key, 0) + 1
        self.buckets[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds
        self.cost += trace.cost
        if trace.code is not None:
            code = trace.code if trace.code in self.refused or len(self.refused) < _MOST_CODES else "OTHER"
            self.refused[code] = self.refused.get(code, 0) + 1

    def snapshot(self) -> Snapshot:
        """Return the figures as they are now."""
        return Snapshot(
            os.getpid(),
            {f"{kind} {status}": count for (kind, status), count in self.requests.items()},
            list(self.buckets),
            self.seconds,
            self.cost,
            dict(self.refused),
            self._slow(),
            dict(self._gauges()),
        )

    @asynccontextmanager
    async def sharing(self) -> AsyncGenerator[None]:
        """Leave the figures where the other workers find them, while the server runs."""
        if self._shared is None:
            yield
            return
        self._shared.mkdir(parents=True, exist_ok=True)
        task = asyncio.create_task(self._share(self._shared / f"{os.getpid()}.json"))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            (self._shared / f"{os.getpid()}.json").unlink(missing_ok=True)

    async def _share(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        while True:
            try:
                fresh.write_bytes(_encode(self.snapshot()))
                fresh.replace(path)
            except OSError as error:
                _log.warning("figures could not be left in %s: %s", path, error.strerror)
            await asyncio.sleep(_SHARED_EVERY)

    def _others(self) -> Iterable[Snapshot]:
        """Return the figures of the other workers that live; what those of the dead left is removed."""
        for path in self._shared.glob("*.json") if self._shared is not None else ():
            with suppress(OSError, msgspec.DecodeError):  # it ended meanwhile
                if time.time() - path.stat().st_mtime > _FRESH:
                    path.unlink()
                    continue
                found = msgspec.json.decode(path.read_bytes(), type=Snapshot)
                if found.process != os.getpid():
                    yield found

    async def exposition(self) -> bytes:
        """Return the figures of every worker in Prometheus' text format."""
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > _PENDING_EVERY:
            self._counted = now, await self._pending()
        return _exposition([self.snapshot(), *self._others()], self._counted[1])


def _exposition(snapshots: list[Snapshot], pending: int) -> bytes:
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
    from prometheus_client.registry import Collector

    class _Collected(Collector):
        def collect(self) -> Iterable[Metric]:
            requests = CounterMetricFamily("yuanluo_requests", "HTTP requests", labels=["process", "kind", "status"])
            seconds = HistogramMetricFamily("yuanluo_request_seconds", "seconds to answer", labels=["process"])
            cost = CounterMetricFamily("yuanluo_cost", "cost of admitted operations", labels=["process"])
            slow = CounterMetricFamily("yuanluo_slow_operations", "operations logged as slow", labels=["process"])
            refused = CounterMetricFamily("yuanluo_errors", "answers by first error", labels=["process", "code"])
            gauges = {
                name: GaugeMetricFamily(f"yuanluo_{name}", text, labels=["process"]) for name, text in _GAUGES.items()
            }
            for each in snapshots:
                process = str(each.process)
                for key, count in each.requests.items():
                    requests.add_metric([process, *key.split(" ")], count)
                bounds = [*map(str, BUCKETS), "+Inf"]
                summed = [sum(each.buckets[: place + 1]) for place in range(len(bounds))]
                seconds.add_metric([process], list(zip(bounds, summed, strict=True)), each.seconds)
                cost.add_metric([process], each.cost)
                slow.add_metric([process], each.slow)
                for code, count in each.refused.items():
                    refused.add_metric([process, code], count)
                for name, gauge in gauges.items():
                    gauge.add_metric([process], each.gauges[name])
            waiting = GaugeMetricFamily("yuanluo_webhooks_pending", "records that endpoints are still to be told")
            waiting.add_metric([], pending)
            return [requests, seconds, cost, slow, refused, *gauges.values(), waiting]

    registry = CollectorRegistry()
    registry.register(_Collected())
    return generate_latest(registry)


def metrics_handler(figures: Figures, token: str) -> HTTPRouteHandler:
    """Return `/metrics`, for whoever sends `token` as a bearer."""
    wanted = f"Bearer {token}".encode()

    @get("/metrics")
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if not compare_digest(given, wanted):
            return Response(b"", status_code=401, headers={"WWW-Authenticate": "Bearer"}, media_type="text/plain")
        return Response(await figures.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return metrics


class Observed:
    """An ASGI application whose HTTP requests are counted, and told in a line each where `tell` takes them."""

    def __init__(self, app: Any, figures: Figures | None, tell: Callable[[bytes], None] | None) -> None:
        self._app: ASGIApp = app
        self._figures = figures
        self._tell = tell
        self.state = app.state
        """The application's own, so that a protocol finds what has to know when the server stops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if cast("Any", scope)["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = Trace()
        cast("dict[str, Any]", scope)[_KEY] = trace

        def sending(event: Any) -> Awaitable[None]:
            if event["type"] == "http.response.start":
                trace.status = event["status"]
            return send(event)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, cast("Send", sending))
        finally:
            took = time.perf_counter() - began
            if self._figures is not None:
                self._figures.count(trace, took)
            if self._tell is not None:
                self._tell(_line(scope, trace, took))


def _line(scope: Any, trace: Trace, seconds: float) -> bytes:
    method, path = scope["method"], scope["path"]
    return _encode(
        {
            "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "request": trace.request_id,
            "method": method if method in _METHODS else "other",
            "path": path if path in _PATHS else "other",
            "status": trace.status,
            "kind": trace.kind,
            "document": trace.document,
            "operation": trace.operation,
            "cost": trace.cost,
            "milliseconds": round(seconds * 1_000, 3),
            "account": trace.account,
            "code": trace.code,
        }
    )


def to_stdout(line: bytes) -> None:
    """Write a line of the request log."""
    try:
        sys.stdout.write(f"{line.decode()}\n")
        sys.stdout.flush()
    except (OSError, ValueError) as error:  # nobody reads any more: requests are answered all the same
        _log.warning("a line of the request log could not be written: %s", type(error).__name__)
