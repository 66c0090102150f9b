"""The ASGI application: GraphQL, GraphiQL where it is switched on, `/healthz` and `/readyz`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from graphql import GraphQLSchema
from litestar import Litestar, Response, get
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.plugins import PluginProtocol
from litestar.response import Redirect
from litestar.types import ASGIApp

from yuanluo.clock import system_clock
from yuanluo.command import sweep_idempotency
from yuanluo.house import House
from yuanluo.webhooks.deliverer import Deliverer
from yuanluo.webhooks.overview import endpoints
from yuanluo_graphql.assembly import (
    absent_plugins,
    build_engine,
    build_house,
    limits_of,
    plugin_infos,
    refuse_key_for_show,
    require_ready,
)
from yuanluo_graphql.composing import compose_apart
from yuanluo_graphql.engine import CompiledEngine
from yuanluo_graphql.event_stream import EventStreams
from yuanluo_graphql.front import fronted
from yuanluo_graphql.hosts import Hosts, hosts_pattern
from yuanluo_graphql.http import graphql_routes, graphql_view
from yuanluo_graphql.hub import Hub
from yuanluo_graphql.observing import Figures, metrics_handler
from yuanluo_graphql.sockets import GraphQLSockets
from yuanluo_graphql.starting import prepare_process
from yuanluo_graphql.subscriptions import Live
from yuanluo_tenants.errors import YuanluoError
from yuanluo_tenants.finishing import stop_all
from yuanluo_tenants.settings import Settings, load_settings

__all__ = ["build_app", "create_app", "opened"]

_log = logging.getLogger("yuanluo.app")

_FORGET_SECONDS = 1.0
_SWEEP_SECONDS = 3_600.0


@asynccontextmanager
async def opened(house: House) -> AsyncGenerator[None]:
    """Open the database of `house` for serving and close it again; refuse one that is not ready."""
    await house.database.open()
    try:
        await require_ready(house)
        for line in await absent_plugins(house, house.database):
            _log.warning("%s", line)
        await house.blocks.refresh()
        background = [
            _forget_switches(house),
            _sweep_keys(house),
            *([_deliver_webhooks(house)] if house.webhooks.runs else []),
        ]
        running = [asyncio.create_task(each) for each in background]
        try:
            yield
        finally:
            await stop_all(running)
            for task in running:
                if not task.cancelled():
                    task.result()
    finally:
        await house.database.close()


async def _forget_switches(house: House) -> None:
    """See within a second what another process changed: plugins switched on or off, operations blocked."""
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        house.switches.forget()
        try:
            await house.blocks.refresh()
        except Exception as error:  # noqa: BLE001  # a database that is away now may be back in a second
            _log.warning("blocked operations could not be read: %s", error)


async def _sweep_keys(house: House) -> None:
    """Sweep the keys of idempotency that are over, at start and each hour; several processes may do so at once."""
    while True:
        try:
            await sweep_idempotency(house.database, system_clock())
        except Exception as error:  # noqa: BLE001  # a database that is away now may be back in an hour
            _log.warning("idempotency keys could not be swept: %s", error)
        await asyncio.sleep(_SWEEP_SECONDS)


async def _deliver_webhooks(house: House) -> None:
    async with Deliverer(house) as deliverer:
        await deliverer.run()


class Application(Litestar):
    """Litestar without the plugins that it takes along for every library it finds installed.

    Our handlers know neither pydantic nor attrs, but Piccolo brings pydantic into each environment, and it would take
    6 MB. The hook is Litestar's own: where a later one lacks it, the plugins are there again (`tests/test_idle.py`).
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return plugins


def health_handlers(house: House) -> list[HTTPRouteHandler]:
    """Return `/healthz` (the process lives; which plugins failed) and `/readyz` (it can answer requests)."""

    @get("/healthz", sync_to_thread=False)
    def healthz() -> dict[str, Any]:
        infos = plugin_infos(house.plugins)
        return {
            "status": "ok" if all(each.healthy for each in infos) else "degraded",
            "plugins": [
                {"name": each.name, "version": each.version, "healthy": each.healthy, "problem": each.problem}
                for each in infos
            ],
        }

    @get("/readyz")
    async def readyz() -> Response[dict[str, Any]]:
        try:
            await house.database.ping()
        except (YuanluoError, OSError) as error:
            _log.warning("not ready: %s", error)
            return Response({"status": "unavailable", "reason": "database"}, status_code=503)
        return Response({"status": "ready"}, status_code=200)

    return [healthz, readyz]


def front_door(settings: Settings) -> HTTPRouteHandler:
    """Return what `/` answers: GraphiQL where it is switched on, else where GraphQL and health are."""

    @get("/", sync_to_thread=False)
    def door() -> Response[Any]:
        if settings.graphiql:
            return Redirect("/graphql")
        return Response({"graphql": "/graphql", "health": "/healthz", "ready": "/readyz"})

    return door


def build_app(
    house: House, settings: Settings, *, is_opened: bool = False, schema: GraphQLSchema | None = None
) -> Litestar:
    """Build the application over `house`.

    Its database is opened at start-up and closed at shutdown, unless the caller keeps it `opened`. `schema` is given
    where it was composed before.
    """

    def lifespan(_app: Litestar) -> AbstractAsyncContextManager[None]:
        return opened(house)

    engine = build_engine(house, settings, schema=schema)
    live = Live(engine, Hub(house.database, queue=settings.live_queue), settings, house.composition.check_kinds)

    def listening(_app: Litestar) -> AbstractAsyncContextManager[None]:
        return live.running()

    figures = _figures(house, settings, engine, live)

    def sharing(_app: Litestar) -> AbstractAsyncContextManager[None]:
        assert figures is not None
        return figures.sharing()

    streams = EventStreams(engine, live)
    view = graphql_view(engine, limits_of(settings), graphiql=settings.graphiql, streams=streams)
    return Application(
        route_handlers=[
            *graphql_routes(view, graphiql=settings.graphiql, sockets=GraphQLSockets(engine, live)),
            *health_handlers(house),
            front_door(settings),
            *([] if figures is None else [metrics_handler(figures, _token(settings))]),
        ],
        lifespan=[*([] if is_opened else [lifespan]), listening, *([] if figures is None else [sharing])],
        state=State({"live": live, "graphql_view": view, "figures": figures}),
        middleware=_hosts(settings),
        cors_config=_cors(settings),
        openapi_config=None,
        logging_config=None,
    )


def _figures(house: House, settings: Settings, engine: CompiledEngine, live: Live) -> Figures | None:
    """Return what counts the requests, None where nobody may read it."""
    if settings.metrics_token is None:
        return None
    guards = engine.guards

    def gauges() -> Mapping[str, int]:
        held, busy = house.database.connections
        return {
            "running": guards.admission.running,
            "waiting": guards.admission.waiting,
            "connections": held,
            "connections_busy": busy,
            "live": live.connections,
        }

    async def pending() -> int:
        return sum(each["waiting"] for each in await endpoints(house.database))

    shared = settings.home / "metrics" if settings.workers > 1 else None
    return Figures(gauges, lambda: guards.slow, pending, shared)


def _token(settings: Settings) -> str:
    return settings.metrics_token.get_secret_value() if settings.metrics_token is not None else ""


def _hosts(settings: Settings) -> list[DefineMiddleware]:
    pattern = hosts_pattern(settings.allowed_hosts)
    return [] if pattern is None else [DefineMiddleware(Hosts, pattern=pattern)]


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors_origins:
        return None
    return CORSConfig(list(settings.cors_origins), expose_headers=["Retry-After", "X-Request-Id"])


def create_app() -> ASGIApp:
    """Build the application from the environment; the factory for an ASGI server."""
    prepare_process()
    settings = load_settings()
    house = build_house(settings)
    refuse_key_for_show(house, settings)
    return fronted(build_app(house, settings, schema=compose_apart(house.composition, house.keys).schema()), settings)
