"""uvicorn's protocols as we run them: who listens is told at once when the server stops.

uvicorn tells each connection to shut down and then waits for its task. A WebSocket is closed with 1012 thereby, but
an event stream would go on for ever, since ASGI has no word for it; so the application is told here.
"""

from __future__ import annotations

from typing import Any, Final, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["Http", "WebSockets"]

_CLOSE_SECONDS: Final = 2.0


class Http(HttpToolsProtocol):
    """An HTTP connection whose event stream ends when the server stops."""

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
