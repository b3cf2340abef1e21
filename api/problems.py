"""What clients are told when a request fails: one sentence, never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.errors import NotReadyError
from db.errors import DatabaseError

_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str = Field(description="One sentence that says what to do.")


def refusing(status: int, why: str) -> dict[int | str, dict[str, Any]]:
    """How a route describes that it answers with a status and a `Problem`."""
    # Not "model", which would give a problem the content type of the good answer.
    return {status: {"description": why, "content": {"application/json": {"schema": Problem.model_json_schema()}}}}


NO_DATABASE = refusing(503, "The database cannot be read.")
NOT_READY = refusing(
    503, "Data or a model is missing; the answer names the command that brings it. Or the database is away."
)
NO_KEY = refusing(401, "The key is missing or wrong.")


def answer_errors(app: FastAPI) -> None:
    """Have the app answer failures with a `Problem`; the log gets what clients do not."""

    @app.exception_handler(NotReadyError)
    async def _not_ready(_request: Request, error: NotReadyError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 503)

    @app.exception_handler(DatabaseError)
    async def _no_database(request: Request, error: DatabaseError) -> JSONResponse:
        _log.error("%s could not be answered: %s", request.url.path, error)
        return JSONResponse({"detail": "The database cannot be read now; the service's log says why."}, 503)

    @app.exception_handler(Exception)
    async def _unforeseen(_request: Request, _error: Exception) -> JSONResponse:
        # The server logs the traceback itself.
        return JSONResponse({"detail": "An error that was not foreseen; the service's log shows it."}, 500)
