"""The front of the application: GraphQL requests go straight to their view, everything else to Litestar.

Litestar's router, its exception middleware and its state cost a small query half as much again as answering it, and
the view needs none of them: it knows HTTP by itself and answers every error. Where the deployment names allowed hosts
or CORS origins, which Litestar's middleware looks after, nothing is passed by.
"""

from __future__ import annotations

from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

from yuanluo_graphql.observing import Observed, to_stdout
from yuanluo_tenants.settings import Settings

__all__ = ["Front", "fronted"]


class Front:
    """An ASGI application that serves `path` by `view` and the rest by `behind`."""

    def __init__(self, path: str, view: ASGIApp, behind: Litestar) -> None:
        self._path = path
        self._view = view
        self._behind = behind
        self.state = behind.state
        """The application's own, so that a protocol finds what has to know when the server stops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if str(scope["type"]) == "http" and scope["path"] == self._path:
            await self._view(scope, receive, send)
        else:
            await self._behind(scope, receive, send)


def fronted(app: Litestar, settings: Settings) -> ASGIApp:
    """Return `app` with its GraphQL view in front, unless Litestar has to look at every request.

    Where anybody wants to see requests, they are observed before all.
    """
    view: ASGIApp | None = app.state.get("graphql_view")
    passed_by = view is None or settings.allowed_hosts or settings.cors_origins
    served = app if view is None or passed_by else Front("/graphql", view, app)
    figures = app.state.get("figures")
    if figures is None and not settings.request_log:
        return served
    return Observed(served, figures, to_stdout if settings.request_log else None)
