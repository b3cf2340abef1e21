"""The FastAPI application: its routes, who may ask, and what clients are told of failures."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI, Security
from fastapi.security import APIKeyHeader

from api.access import HEADER, Access
from api.problems import NO_KEY, answer_errors
from api.routes import churn, health, metrics, segments, sessions
from api.service import Service

_SUMMARY = "Whether a shop's cameras see, who is behind an online session, and which customers may leave."


def build(service: Service) -> FastAPI:
    """The application; it serves once the database is upgraded."""
    with_key = service.config.api.key is not None
    app = FastAPI(
        title="Amiko",
        summary=_SUMMARY,
        version=version("amiko"),
        docs_url=None,  # its page loads scripts from another site
        redoc_url=None,
        redirect_slashes=False,
        # `Access` asks for the key, also where there is no route; this only puts it into the description.
        dependencies=[Security(APIKeyHeader(name=HEADER, auto_error=False))] if with_key else [],
        responses=NO_KEY if with_key else {},
    )
    app.add_middleware(Access, config=service.config.api)
    answer_errors(app)
    for part in (sessions, churn, segments, health, metrics):
        app.include_router(part.routes(service))
    return app
