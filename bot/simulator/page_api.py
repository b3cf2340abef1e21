"""The chat page and what it talks to: the whole state, live events, and the taps of its people."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.simulator.markup import ReplyKeyboard
from bot.simulator.messages import Message
from bot.simulator.state import State

PAGE = Path(__file__).with_name("page.html")
PING_SECONDS = 15.0


class PageApi:
    """Serves the people's side of one simulator."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """What to mount at the root of a server."""
        return [
            Route("/", self._page),
            Route("/simulator/state", self._snapshot),
            Route("/simulator/events", self._events),
            Route("/simulator/file/{id}", self._file),
            Route("/simulator/say", self._say, methods=["POST"]),
            Route("/simulator/press", self._press, methods=["POST"]),
        ]

    async def _page(self, request: HttpRequest) -> Response:
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        html = PAGE.read_text(encoding="utf-8").replace("{{nonce}}", nonce)
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return HTMLResponse(html, headers=headers)

    async def _snapshot(self, request: HttpRequest) -> Response:
        return JSONResponse(self._view(), headers={"Cache-Control": "no-store"})

    async def _events(self, request: HttpRequest) -> Response:
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=headers)

    async def _stream(self) -> AsyncIterator[str]:
        """The whole state first, so that a page that reconnects has missed nothing; then every event."""
        with self._state.feed.listen() as queue:
            yield _event("state", self._view())
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), PING_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                name, data = event
                yield _event(name, {key: _viewed(value) for key, value in data.items()})

    async def _file(self, request: HttpRequest) -> Response:
        file = self._state.files.by_unique_id(request.path_params["id"])
        if file is None:
            return JSONResponse({"error": "There is no such file."}, 404)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400"}
        if file.kind == "photo":
            return Response(file.data, media_type=file.mime_type, headers=headers)
        headers["Content-Disposition"] = "attachment"
        return Response(file.data, media_type="application/octet-stream", headers=headers)

    async def _say(self, request: HttpRequest) -> Response:
        return await self._act(request, {"person": int, "text": str}, lambda b: self._state.say(b["person"], b["text"]))

    async def _press(self, request: HttpRequest) -> Response:
        return await self._act(
            request,
            {"person": int, "message": int, "button": str},
            lambda b: self._state.press(b["person"], b["message"], b["button"]),
        )

    async def _act(self, request: HttpRequest, fields: dict[str, type], act: Any) -> Response:
        """Do what a person did. Only JSON is taken: no foreign page can send that without asking first."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return JSONResponse({"error": "Send JSON with Content-Type: application/json."}, 415)
        try:
            body = json.loads(await request.body())
        except ValueError:
            return JSONResponse({"error": "The body is not JSON."}, 400)
        if not isinstance(body, dict) or any(type(body.get(name)) is not kind for name, kind in fields.items()):
            wanted = ", ".join(f"{name} ({kind.__name__})" for name, kind in fields.items())
            return JSONResponse({"error": f"The body must be an object with {wanted}."}, 400)
        try:
            act(body)
        except (LookupError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"ok": True})

    def _view(self) -> dict[str, Any]:
        """Everything that the page shows."""
        state = self._state
        return {
            "bot": state.bot["first_name"],
            "people": [
                {
                    "id": person.id,
                    "name": person.first_name,
                    "role": person.role,
                    "blocked": person.id in state.blocked,
                    "keyboard": _viewed(state.keyboards.get(person.id)),
                    "messages": [_viewed(message) for message in state.messages(person.id)],
                }
                for person in state.people.values()
            ],
        }


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _viewed(value: Any) -> Any:
    """The page's shape of a message or keyboard; anything else as it is."""
    if isinstance(value, ReplyKeyboard):
        return {"rows": value.rows, "placeholder": value.placeholder}
    if not isinstance(value, Message):
        return value
    file = value.file
    return {
        "id": value.message_id,
        "mine": not value.from_bot,
        "date": value.date,
        "edited": value.edited is not None,
        "text": value.text,
        "entities": [entity.as_json() for entity in value.entities],
        "file": file and {"id": file.unique_id, "kind": file.kind, "name": file.name, "size": len(file.data),
                          "width": file.width, "height": file.height},
        "buttons": [[{"text": button["text"], "data": button.get("callback_data"), "url": button.get("url")}
                     for button in row] for row in value.inline],
    }  # fmt: skip
