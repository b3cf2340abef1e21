"""What the chat page talks to: the whole state, live events, and the acts of its people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.simulator import page_view
from bot.simulator.page_acts import ACTS
from bot.simulator.state import State

PING_SECONDS = 15.0


class PageApi:
    """Serves the people's side of one simulator."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """What to mount at the root of a server."""
        return [
            Route("/simulator/state", self._snapshot),
            Route("/simulator/events", self._events),
            Route("/simulator/{act}", self._act, methods=["POST"]),
        ]

    async def _snapshot(self, request: HttpRequest) -> Response:
        return JSONResponse(page_view.everything(self._state), headers={"Cache-Control": "no-store"})

    async def _events(self, request: HttpRequest) -> Response:
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=headers)

    async def _stream(self) -> AsyncIterator[str]:
        """The whole state first, so that a page that reconnects has missed nothing; then every event."""
        with self._state.feed.listen() as queue:
            yield _event("state", page_view.everything(self._state))
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), PING_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                name, data = event
                yield _event(name, page_view.event(self._state, name, data))

    async def _act(self, request: HttpRequest) -> Response:
        """Do what a person did. Only JSON is taken: no foreign page can send that without asking first."""
        act = ACTS.get(request.path_params["act"])
        if act is None:
            return JSONResponse({"error": f"Nobody can do that here; there are {', '.join(ACTS)}."}, 404)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return JSONResponse({"error": "Send JSON with Content-Type: application/json."}, 415)
        try:
            act.model_validate(json.loads(await request.body())).do(self._state)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            return JSONResponse({"error": f"{where or 'The body'}: {error.errors()[0]['msg']}."}, 400)
        except json.JSONDecodeError:
            return JSONResponse({"error": "The body is not JSON."}, 400)
        except (LookupError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"ok": True})


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
