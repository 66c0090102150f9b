"""Running the server: uvicorn over the application, and what to tell once it answers."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from yuanluo.house import House
from yuanluo.plugins import yuanluo_version
from yuanluo_graphql.assembly import build_engine, build_house, refuse_key_for_show
from yuanluo_graphql.composing import Composing, compose_apart
from yuanluo_graphql.memory import give_back
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.settings import Settings

__all__ = ["check_port", "protocols", "run_fast", "serve_forever", "serve_house"]

_POLL = 0.01
_BACKLOG = 2_048
_GRACE_SECONDS = 10


def serve_forever(settings: Settings) -> None:
    """Serve the deployment that the settings name until interrupted."""
    house = build_house(settings)
    refuse_key_for_show(house, settings)
    composing = compose_apart(house.composition, house.keys)
    if settings.workers > 1:
        # what would stop every worker is told once, before there are any
        check_port(settings)
        run_fast(_check(house, settings, composing))
        _tell(settings)

        import uvicorn

        os.environ["YUANLUO_HOME"] = str(settings.home)
        uvicorn.run(
            "yuanluo_graphql.app:create_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            log_level=settings.log_level,
            access_log=False,
            log_config=None,
            **protocols(settings),
        )
        return
    run_fast(serve_house(house, settings, lambda: _tell(settings), composing))


def _tell(settings: Settings) -> None:
    """Say in one line what is served, where, over which database and for what."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    processes = f",{settings.workers} 个进程 processes" if settings.workers > 1 else ""
    sys.stdout.write(
        f"yuanluo {yuanluo_version()} 服务地址 serving at http://{host}:{settings.port}/graphql,"
        f"数据库 database {settings.database_told},环境 environment {settings.environment}{processes}\n"
    )
    sys.stdout.flush()


def protocols(settings: Settings) -> dict[str, Any]:
    """Return how uvicorn speaks HTTP and WebSocket.

    Its sans-io WebSocket costs an idle one the least; compression, which would keep two windows for each, is off.
    """
    from yuanluo_graphql.protocols import Http, WebSockets

    return {
        "http": Http,
        "ws": WebSockets,
        "ws_max_size": settings.max_body_bytes,
        "ws_per_message_deflate": False,
        "ws_ping_interval": float(settings.live_keepalive_seconds),
        "ws_ping_timeout": float(settings.live_keepalive_seconds),
        "timeout_graceful_shutdown": _GRACE_SECONDS,
    }


def run_fast(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` on the fastest event loop there is: uvloop, which Windows lacks."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


async def _check(house: House, settings: Settings, composing: Composing) -> None:
    from yuanluo_graphql.app import opened

    build_engine(house, settings, schema=composing.schema())
    async with opened(house):
        pass


def check_port(settings: Settings) -> None:
    """Refuse an address that cannot be listened on, before there is work to lose."""
    _listen(settings).close()


def _listen(settings: Settings) -> socket.socket:
    """Take the address to listen on; uvicorn would leave the process without a sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno is not None and (error.errno < 0 or error.errno == errno.EADDRNOTAVAIL):  # below 0: no such name
            raise ConfigurationError(
                f"本机没有 {settings.host} 这个地址({error.strerror}),请用 --host 换一个。",
                f"{settings.host} is no address of this host ({error.strerror}); choose another with --host.",
            ) from error
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigurationError(
            f"无法在 {settings.host}:{settings.port} 启动({reason}),端口可能被占用,请用 --port 换一个。",
            f"cannot listen on {settings.host}:{settings.port} ({reason}); choose another port with --port.",
        ) from error


async def serve_house(
    house: House, settings: Settings, ready: Callable[[], None], composing: Composing | None = None
) -> None:
    """Serve `house` until interrupted; `ready` is called once the server answers."""
    composing = composing or compose_apart(house.composition, house.keys)
    from yuanluo_graphql.app import opened

    listening = _listen(settings)
    try:
        async with opened(house):
            await _serve(house, settings, listening, ready, composing)
    finally:
        listening.close()


def _heard(_signal: int, _frame: object) -> None:
    """Do nothing: the server has stopped by then, and what is left is to close up."""


async def _serve(
    house: House, settings: Settings, listening: socket.socket, ready: Callable[[], None], composing: Composing
) -> None:
    import uvicorn

    from yuanluo_graphql.app import build_app
    from yuanluo_graphql.front import fronted

    config = uvicorn.Config(
        fronted(build_app(house, settings, is_opened=True, schema=composing.schema()), settings),
        log_level="warning" if settings.log_level == "info" else settings.log_level,
        access_log=False,
        log_config=None,
        lifespan="on",
        **protocols(settings),
    )
    server = uvicorn.Server(config)
    # uvicorn raises the signal that stopped it once more, which would end us before the database is closed
    signal.signal(signal.SIGTERM, _heard)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not (server.started or serving.done()):  # noqa: ASYNC110  # uvicorn tells of its start in no other way
        await asyncio.sleep(_POLL)
    if server.started:
        gc.collect()
        gc.freeze()  # the schema and its like stay for good: no later collection has to walk them
        give_back()
        ready()
    await serving
