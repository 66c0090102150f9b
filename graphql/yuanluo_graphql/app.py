"""The ASGI application: GraphQL, GraphiQL where it is switched on, `/healthz` and `/readyz`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from litestar import Litestar, Response, get
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect
from litestar.types import ASGIApp

from yuanluo.house import House
from yuanluo_graphql.assembly import build_engine, build_house, limits_of, migration_sources, plugin_infos
from yuanluo_graphql.front import fronted
from yuanluo_graphql.http import graphql_routes, graphql_view
from yuanluo_tenants.errors import ConfigurationError, YuanluoError
from yuanluo_tenants.migrator import pending
from yuanluo_tenants.settings import Settings, load_settings

__all__ = ["build_app", "create_app", "opened"]

_log = logging.getLogger("yuanluo.app")

_FORGET_SECONDS = 1.0


@asynccontextmanager
async def opened(house: House) -> AsyncGenerator[None]:
    """Open the database of `house` for serving and close it again; refuse while migrations are pending."""
    await house.database.open()
    try:
        waiting = await pending(house.database, house.registry, migration_sources(house.plugins))
        if waiting:
            names = "、".join(f"{each.plugin} {each.number:04}_{each.name}" for each in waiting)
            raise ConfigurationError(
                f"有未执行的迁移({names}),请先运行 yuanluo migrate。",
                f"migrations are pending ({names}); run `yuanluo migrate` first.",
            )
        forgetting = asyncio.create_task(_forget_switches(house))
        try:
            yield
        finally:
            forgetting.cancel()
            with suppress(asyncio.CancelledError):
                await forgetting
    finally:
        await house.database.close()


async def _forget_switches(house: House) -> None:
    """See within a second which plugins another process switched on or off."""
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        house.switches.forget()


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


def build_app(house: House, settings: Settings, *, is_opened: bool = False) -> Litestar:
    """Build the application over `house`.

    Its database is opened at start-up and closed at shutdown, unless the caller keeps it `opened`.
    """

    def lifespan(_app: Litestar) -> AbstractAsyncContextManager[None]:
        return opened(house)

    engine = build_engine(house, settings)
    view = graphql_view(engine, limits_of(settings), graphiql=settings.graphiql)
    return Litestar(
        route_handlers=[
            *graphql_routes(engine, graphiql=settings.graphiql, view=view),
            *health_handlers(house),
            front_door(settings),
        ],
        lifespan=[] if is_opened else [lifespan],
        allowed_hosts=AllowedHostsConfig(list(settings.allowed_hosts)) if settings.allowed_hosts else None,
        cors_config=CORSConfig(list(settings.cors_origins)) if settings.cors_origins else None,
        openapi_config=None,
        logging_config=None,
        state=State({"graphql_view": view}),
    )


def create_app() -> ASGIApp:
    """Build the application from the environment; the factory for an ASGI server."""
    settings = load_settings()
    return fronted(build_app(build_house(settings), settings), settings)
