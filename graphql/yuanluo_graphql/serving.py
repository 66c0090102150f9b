"""Running the server: uvicorn over the application, and what to tell once it answers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import uvicorn

from yuanluo.house import House
from yuanluo_graphql.app import build_app
from yuanluo_graphql.assembly import build_house
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.settings import Settings

__all__ = ["run_fast", "serve_forever", "serve_house"]

_POLL = 0.01


def serve_forever(settings: Settings) -> None:
    """Serve the deployment that the settings name until interrupted."""
    if settings.workers > 1:
        uvicorn.run(
            "yuanluo_graphql.app:create_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            log_level=settings.log_level,
            access_log=False,
        )
        return
    run_fast(serve_house(build_house(settings), settings, lambda: None))


def run_fast(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` on the fastest event loop there is: uvloop, which Windows lacks."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


async def serve_house(house: House, settings: Settings, ready: Callable[[], None]) -> None:
    """Serve `house` until interrupted; `ready` is called once the server answers."""
    config = uvicorn.Config(
        build_app(house, settings),
        host=settings.host,
        port=settings.port,
        log_level="warning" if settings.log_level == "info" else settings.log_level,
        access_log=False,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not (server.started or serving.done()):  # noqa: ASYNC110  # uvicorn tells of its start in no other way
        await asyncio.sleep(_POLL)
    if server.started:
        ready()
    try:
        await serving
    except SystemExit:
        raise ConfigurationError(
            f"无法在 {settings.host}:{settings.port} 启动,端口可能被占用,请用 --port 换一个。",
            f"cannot listen on {settings.host}:{settings.port}; choose another port with --port.",
        ) from None
