"""HTTP of the Bot API: /bot<token>/<method> and /file/bot<token>/<path>."""

from __future__ import annotations

import asyncio
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
from bot.simulator.faults import CutError, Fault
from bot.simulator.line import cut_of, gone
from bot.simulator.methods import registry
from bot.simulator.params import Params, Upload
from bot.simulator.records import Request
from bot.simulator.state import State

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
        cut = cut_of(request.scope)
        self._state.faults.waiting(cut)
        try:
            if int(request.headers.get("content-length", 0)) > MAX_REQUEST_BYTES:
                async for _ in request.stream():
                    pass  # a client that still sends would not read the answer
                raise ApiError(413, "Request Entity Too Large")
            await request.body()
            return JSONResponse({"ok": True, "result": await self._result(request, time.time())})
        except ApiError as error:
            return JSONResponse(error.body(), error.code)
        except CutError:
            cut()
            await gone(request.receive)
            return Response()
        finally:
            self._state.faults.answered(cut)

    async def _result(self, request: HttpRequest, at: float) -> Any:
        self._check_token(request)
        params = await _params(request)
        name = request.path_params["method"].lower()
        fault = self._state.faults.take(name, params.chat_id)
        if fault is not None and fault.kind == "away":
            raise CutError
        asked = Request(name, params.chat_id, at)
        self._state.received.append(asked)
        try:
            result = await self._done(name, params, fault)
        except ApiError as error:
            asked.status = error.code
            raise
        asked.status = 200
        return result

    async def _done(self, name: str, params: Params, fault: Fault | None) -> Any:
        method = registry.find(name)
        if fault is not None:
            fault.check()
        if self._state.limits is not None:
            self._state.limits.count(name, params.chat_id)
        result = method(self._state, params)
        if inspect.isawaitable(result):
            result = await result
        if fault is not None:
            await asyncio.sleep(fault.seconds)
            if fault.kind == "lose":
                raise CutError
        return result

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
