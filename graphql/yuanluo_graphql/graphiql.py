"""GraphiQL, served from the package: no request leaves the host.

The page is at the GraphQL address itself, for who asks for HTML; its files lie below it, under a path that holds
their digest, so that browsers may keep them for a year and still see a new version at once. The content security
policy forbids every other host, inline scripts and framing; styles may be inline because the editor sets them.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any, cast

from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import ASGIApp, HTTPResponseBodyEvent, HTTPResponseStartEvent, Receive, Scope, Send

__all__ = ["GRAPHIQL_VERSION", "graphiql_assets", "graphiql_page"]

GRAPHIQL_VERSION = "3.9.0"

_FOLDER = files("yuanluo_graphql") / "static" / "graphiql"
_TYPES = {
    "boot.css": "text/css; charset=utf-8",
    "boot.js": "text/javascript; charset=utf-8",
    "graphiql.min.css": "text/css; charset=utf-8",
    "graphiql.min.js": "text/javascript; charset=utf-8",
    "react-dom.production.min.js": "text/javascript; charset=utf-8",
    "react.production.min.js": "text/javascript; charset=utf-8",
}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_NOSNIFF = ("x-content-type-options", "nosniff")


def graphiql_page(path: str = "/graphql") -> ASGIApp:
    """Return the ASGI app that serves the page for the GraphQL address `path`."""
    page = (_FOLDER / "page.html").read_text("utf-8")
    body = page.replace("{assets}", escape(_assets_path(path))).replace("{endpoint}", escape(path)).encode()
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", _POLICY),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-cache"),
        ("vary", "accept"),
        _NOSNIFF,
    )

    async def page_app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await _respond(send, 200, headers, body)

    return page_app


def graphiql_assets(path: str = "/graphql") -> ASGIRouteHandler:
    """Return the route of the page's files, below `path`."""

    async def asset(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  # Litestar passes by name
        name = scope["path"].rstrip("/").rpartition("/")[2]
        method = _method_of(scope)
        if method not in ("GET", "HEAD"):
            await _respond(send, 405, (("allow", "GET, HEAD"), _NOSNIFF), b"")
            return
        accepted = next((value for key, value in scope["headers"] if key == b"accept-encoding"), b"")
        zipped = b"gzip" in accepted
        headers = [
            ("content-type", _TYPES[name]),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("vary", "accept-encoding"),
            _NOSNIFF,
        ]
        if zipped:
            headers.append(("content-encoding", "gzip"))
        body = _zipped(name) if zipped else (_FOLDER / name).read_bytes()
        await _respond(send, 200, tuple(headers), body, head=method == "HEAD")

    # One path per file: Litestar 2.25 answers 500 to a path parameter on an ASGI route.
    return asgi([f"{_assets_path(path)}/{name}" for name in _TYPES], copy_scope=False)(asset)


def _method_of(scope: Scope) -> str:
    return str(cast("dict[str, Any]", scope)["method"])


@lru_cache(maxsize=1)
def _digest() -> str:
    digest = hashlib.sha256()
    for name in sorted(_TYPES):
        digest.update((_FOLDER / name).read_bytes())
    return digest.hexdigest()[:12]


def _assets_path(path: str) -> str:
    return f"{path.rstrip('/')}/graphiql-{GRAPHIQL_VERSION}-{_digest()}"


@lru_cache(maxsize=len(_TYPES))
def _zipped(name: str) -> bytes:
    return gzip.compress((_FOLDER / name).read_bytes(), compresslevel=9, mtime=0)


async def _respond(
    send: Send, status: int, headers: tuple[tuple[str, str], ...], body: bytes, *, head: bool = False
) -> None:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    encoded.append((b"content-length", str(len(body)).encode()))
    start: HTTPResponseStartEvent = {"type": "http.response.start", "status": status, "headers": encoded}
    sent = b"" if head else body
    end: HTTPResponseBodyEvent = {"type": "http.response.body", "body": sent, "more_body": False}
    await send(start)
    await send(end)
