"""uvicorn's protocols as we run them: who listens is told at once when the server stops.

uvicorn tells each connection to shut down and then waits for its task. A WebSocket is closed with 1012 thereby, but
an event stream would go on for ever, since ASGI has no word for it; so the application is told here.

uvicorn writes the head of an answer and its body one after the other, and each write wakes the client: together they
took a third of the time of a small query. `Whole` sends both at once.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

from typing_extensions import override
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from yuanluo_graphql.refusals import Problem, encode_problems

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
    """An HTTP connection whose answers leave whole, and that no client holds without using it.

    uvicorn waits for a head without end, in bytes and in time, and for a reader who does not read; and when a client
    leaves who had sent further requests behind the one at work, only the last of them is told.
    """

    head_bytes: ClassVar = 262_144
    head_seconds: ClassVar = 30.0
    """How long the head of a request, or the first word of a connection, may take."""
    stalled_seconds: ClassVar = 60.0
    """How long a client may take none of what is written to him."""

    _whole: Whole
    _head: int | None = None
    """Bytes of a head that has begun and is not whole; None outside one."""
    _awaited: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _at_work: RequestResponseCycle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._whole = Whole(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", self._whole))
        self._await_head()

    @override
    def data_received(self, data: bytes) -> None:
        """Read on; give up on a head that is too large, and time one that is not whole."""
        began_before = self._head is not None
        super().data_received(data)
        if self._is_idle and self in self.connections:  # which a WebSocket has left
            self._await_head()
        if self._head is not None and began_before:
            self._head += len(data)
            if self._head > self.head_bytes:
                self._refuse(431, "BAD_REQUEST", "请求头过长,请缩短。", "The head is too long; shorten it.")

    @override
    def on_message_begin(self) -> None:
        """Begin to count the bytes of a head."""
        self._head = 0
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        """Count no longer, and serve the request."""
        self._head = None
        if self._awaited is not None:
            self._awaited.cancel()
            self._awaited = None
        super().on_headers_complete()

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._at_work = cycle
        if cycle.scope["http_version"] == "1.0":
            cycle.waiting_for_100_continue = False  # HTTP/1.0 knows no interim answer (RFC 9110, 10.1.1)
        super()._start_asgi_task(cycle, app)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request at work, too, that its client has left."""
        for timer in (self._awaited, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)
        if self._at_work is not None and not self._at_work.response_complete:
            self._at_work.disconnected = True
            self._at_work.message_event.set()

    @override
    def pause_writing(self) -> None:
        """Hold back what is written, and see that the client reads."""
        super().pause_writing()
        self._watch_reader()

    @override
    def resume_writing(self) -> None:
        """Write on: the client reads."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    @override
    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; one whose client does not read its last answer is cut in the end."""
        super().timeout_keep_alive_handler()
        self._watch_reader()

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

    @property
    def _is_idle(self) -> bool:
        return self._at_work is None or self._at_work.response_complete

    def _await_head(self) -> None:
        if self._awaited is None:
            self._awaited = self.loop.call_later(self.head_seconds, self._no_head)

    def _no_head(self) -> None:
        self._awaited = None
        if self._head is None:
            self.transport.close()
        else:
            self._refuse(408, "REQUEST_TIMEOUT", "请求头接收超时,请重试。", "The head came too late; try again.")

    def _refuse(self, status: int, code: str, zh: str, en: str) -> None:
        """Answer a request whose head is not whole, in both languages, and close."""
        if not self._is_idle:  # the client would take it for a part of the answer at work
            self.transport.close()
            return
        body = encode_problems((Problem(code, f"{zh} {en}", en),), "zh-CN")
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json; charset=utf-8\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        self.transport.close()

    def _watch_reader(self) -> None:
        if self._stalled is None and (waiting := self.transport.get_write_buffer_size()):
            self._stalled = self.loop.call_later(self.stalled_seconds, self._cut_if_stalled, waiting)

    def _cut_if_stalled(self, waited: int) -> None:
        """Cut the connection of a client who has taken nothing since `waited` bytes waited for him."""
        self._stalled = None
        if self.transport.get_write_buffer_size() >= waited:
            self.transport.abort()
        else:
            self._watch_reader()


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
