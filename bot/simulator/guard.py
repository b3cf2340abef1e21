"""Keeps other web sites out: no DNS rebinding, no requests from foreign pages."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OWN_HOSTS = {"127.0.0.1", "localhost"}


class Guard:
    """ASGI middleware: answers 403 where a browser sends a request that did not start on our own page.

    The Host header must name this machine (a rebound DNS name does not), Origin must be our own where it is given, and
    Sec-Fetch-Site must not tell of another site. The page itself may be opened by a link from anywhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        refusal = _refusal(Headers(scope=scope), scope["path"]) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(refusal, 403)(scope, receive, send)


def _refusal(headers: Headers, path: str) -> str | None:
    host = headers.get("host", "")
    if host.partition(":")[0].lower() not in OWN_HOSTS:
        return f"This server answers to http://127.0.0.1 and http://localhost only, not to {host!r}.\n"
    if headers.get("origin", f"http://{host}") != f"http://{host}":
        return "Requests from other web sites are refused.\n"
    if path != "/" and headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return "Requests from other web sites are refused.\n"
    return None
