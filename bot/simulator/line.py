"""The connection under a request, which a fault can break without an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send

KEY = "simulator.cut"


class Line:
    """ASGI middleware, the outermost: puts into the scope what breaks the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            # ASGI has no word for this; uvicorn's `send` is a method of the object that holds the transport.
            scope[KEY] = cast(Any, send).__self__.transport.abort
        await self._app(scope, receive, send)


def cut_of(scope: Scope) -> Callable[[], None]:
    """What breaks this request's connection."""
    return cast(Callable[[], None], scope[KEY])


async def gone(receive: Receive) -> None:
    """Wait until the broken connection is known to be broken; an answer is then sent nowhere."""
    while (await receive())["type"] != "http.disconnect":
        pass
