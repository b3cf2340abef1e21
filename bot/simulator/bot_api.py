"""HTTP of the Bot API: /bot<token>/<method> and /file/bot<token>/<path>."""

from __future__ import annotations

import hmac
import inspect
import json
import time
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.simulator.errors import ApiError, bad_request
from bot.simulator.methods import registry
from bot.simulator.params import Params, Upload
from bot.simulator.state import Request, State

MAX_REQUEST_BYTES = 50 * 1024 * 1024


class BotApi:
    """Serves one bot."""

    def __init__(self, state: State, token: str) -> None:
        self._state = state
        self._token = token.encode()

    def routes(self) -> list[Route]:
        """What to mount at the root of a server."""
        return [
            Route("/bot{token}/{method}", self._method, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
        ]

    async def _method(self, request: HttpRequest) -> Response:
        try:
            if int(request.headers.get("content-length", 0)) > MAX_REQUEST_BYTES:
                async for _ in request.stream():
                    pass  # a client that still sends would not read the answer
                raise ApiError(413, "Request Entity Too Large")
            await request.body()
            return JSONResponse({"ok": True, "result": await self._result(request, time.time())})
        except ApiError as error:
            return JSONResponse(error.body(), error.code)

    async def _result(self, request: HttpRequest, at: float) -> Any:
        self._check_token(request)
        params = await _params(request)
        name = request.path_params["method"].lower()
        self._state.received.append(Request(name, params.chat_id, at))
        method = registry.find(name)
        if self._state.failures[name]:
            raise self._state.failures[name].popleft()
        result = method(self._state, params)
        return await result if inspect.isawaitable(result) else result

    async def _file(self, request: HttpRequest) -> Response:
        try:
            self._check_token(request)
            file = self._state.files.by_path(request.path_params["path"])
            if file is None:
                raise ApiError(404, "Not Found")
            return Response(file.data, media_type="application/octet-stream")
        except ApiError as error:
            return JSONResponse(error.body(), error.code)

    def _check_token(self, request: HttpRequest) -> None:
        if not hmac.compare_digest(request.path_params["token"].encode(), self._token):
            raise ApiError(401, "Unauthorized")


async def _params(request: HttpRequest) -> Params:
    """The query string and the body, in any of the three encodings that Telegram takes."""
    values: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values |= await _json_object(request)
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        try:
            form = await request.form()
        except HTTPException as error:
            raise bad_request(str(error.detail)) from None
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                mime_type = value.content_type or "application/octet-stream"
                uploads[name] = Upload(value.filename or name, mime_type, await value.read())
            else:
                values[name] = value
        await form.close()
    return Params(values, uploads)


async def _json_object(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad_request("can't parse JSON object")
    return body
