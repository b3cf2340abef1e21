"""Serves the application until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn

from amiko.config import ApiConfig, Config
from api.access import require_key
from api.app import build
from api.errors import ApiError
from api.service import Service
from db.engine import Database

_STOP_WITHIN_SECONDS = 1
_MOST_AT_ONCE = 256  # connections; whoever comes on top of them is told to come again
_log = logging.getLogger(__name__)


async def serve(config: Config, database: Database, stop: asyncio.Event) -> None:
    """Serve an upgraded database until `stop` is set; requests in progress are answered first.

    Raises:
        ApiError: others could reach it without a key, or its address cannot be used.
    """
    require_key(config.api)
    listener = _listen(config.api)
    service = Service.of(config, database)
    server = _Server(
        uvicorn.Config(
            build(service),
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            http="h11",  # it bounds how long a request may be
            ws="none",
            server_header=False,
            limit_concurrency=_MOST_AT_ONCE,
            timeout_graceful_shutdown=_STOP_WITHIN_SECONDS,
        )
    )
    host, port = listener.getsockname()[:2]
    _log.info("the API listens on http://%s:%d", f"[{host}]" if ":" in host else host, port)
    serving = asyncio.create_task(server.serve([listener]), name="api")
    stopping = asyncio.create_task(stop.wait(), name="api: stop")
    loading = asyncio.create_task(service.predictions.load(), name="api: load")
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    loading.cancel()
    server.should_exit = True
    await serving


def _listen(config: ApiConfig) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ApiError(f"api.host {config.host} is no address of this machine ({error.strerror})") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ApiError(
            f"port {config.port} of {config.host} cannot be used for the API ({error.strerror}); set api.port to a "
            "free one"
        ) from None
    return listener


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone: whoever runs the event loop decides what a signal means."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield
