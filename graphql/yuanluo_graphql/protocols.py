"""uvicorn's protocols as we run them: who listens is told at once when the server stops.

uvicorn tells each connection to shut down and then waits for its task. A WebSocket is closed with 1012 thereby, but
an event stream would go on for ever, since ASGI has no word for it; so the application is told here.

uvicorn writes the head of an answer and its body one after the other, and each write wakes the client: together they
took a third of the time of a small query. `Whole` sends both at once.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["Http", "WebSockets", "Whole"]

_CLOSE_SECONDS: Final = 2.0
_JOINED: Final = 16_384
"""Bytes up to which copying a body behind its head is cheaper than handing over both."""


class Whole:
    """A transport that holds what is written back for a moment, to send it with what is written next.

    What nothing follows leaves in the next round of the event loop. All else is the transport's own.
    """

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Hold `data` back, or send it behind what is held."""
        held = self._held
        if not held:
            self._held = data
            self._loop.call_soon(self._release)
            return
        self._held = b""
        if len(data) <= _JOINED:
            self._transport.write(held + data)
        else:
            self._transport.writelines((held, data))

    def close(self) -> None:
        """Send what is held, and close."""
        self._release()
        self._transport.close()

    def bare(self) -> asyncio.Transport:
        """Send what is held, and return the transport itself."""
        self._release()
        return self._transport

    def _release(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            if not self._transport.is_closing():  # else nobody is there any more
                self._transport.write(held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Http(HttpToolsProtocol):
    """An HTTP connection whose answers leave whole, and whose event stream ends when the server stops."""

    _whole: Whole

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._whole = Whole(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", self._whole))

    @override
    def handle_websocket_upgrade(self) -> None:
        """Give the bare transport on: frames go out as they are written."""
        self.transport = self._whole.bare()
        super().handle_websocket_upgrade()

    @override
    def shutdown(self) -> None:
        """End the streams of this process, then close the connection."""
        app = cast("Any", self.config).loaded_app
        while not hasattr(app, "state"):  # uvicorn's own middleware stands around it
            app = app.app
        app.state.live.leave()
        super().shutdown()


class WebSockets(WebSocketsSansIOProtocol):
    """A WebSocket that waits briefly for the other side's farewell."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_timeout = _CLOSE_SECONDS

    @override
    def keepalive_timeout(self) -> None:
        """Drop who answers no ping; a farewell that nobody reads would keep the connection."""
        super().keepalive_timeout()
        self.transport.abort()
