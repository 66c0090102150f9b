"""The names that the server answers to, for HTTP and WebSockets alike: any port, in any case.

Litestar's own middleware compares the whole header: a deployment that named its host refused everybody on a port.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from litestar.types import ASGIApp, Receive, Scope, Send

from yuanluo_graphql.http import headers_of
from yuanluo_graphql.negotiation import preferred_locale
from yuanluo_graphql.refusals import Problem, encode_problems

__all__ = ["Hosts", "hosts_pattern"]

_UNKNOWN = Problem(
    "BAD_REQUEST",
    "服务器不以该主机名应答;请使用其正式地址,或由管理员加入 YUANLUO_ALLOWED_HOSTS。",
    "The server does not answer to this host name; use its own, or have the operator add it to YUANLUO_ALLOWED_HOSTS.",
)


def hosts_pattern(hosts: Sequence[str]) -> re.Pattern[str] | None:
    """Return what a `Host` header must match; None where every name is admitted."""
    if not hosts or "*" in hosts:
        return None
    names = [rf".*\.{re.escape(each[2:])}" if each.startswith("*.") else re.escape(each) for each in hosts]
    return re.compile(rf"(?:{'|'.join(names)})\.?(?::\d+)?", re.IGNORECASE)


class Hosts:
    """A middleware that refuses requests under other names; WebSockets look for themselves."""

    def __init__(self, app: ASGIApp, pattern: re.Pattern[str]) -> None:
        self._app = app
        self._pattern = pattern

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        given = headers_of(scope)
        if str(scope["type"]) != "http" or self._pattern.fullmatch(given.get("host", "")):
            await self._app(scope, receive, send)
            return
        body = encode_problems([_UNKNOWN], preferred_locale(given.get("accept-language", "")))
        headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})
