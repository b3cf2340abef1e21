"""Who may ask: with a key, whoever sends it; without one, programs on this machine, and no web page."""

from __future__ import annotations

import ipaddress
import secrets

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from amiko.config import ApiConfig
from api.errors import ApiError

HEADER = "X-API-Key"


def is_this_machine(host: str) -> bool:
    """Whether only this machine reaches a host: localhost, 127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def require_key(config: ApiConfig) -> None:
    """See to it that nothing is open to others by accident.

    Raises:
        ApiError: others reach the host, and there is no key.
    """
    if config.key is None and not is_this_machine(config.host):
        raise ApiError(
            f"api.host is {config.host}, which others can reach, so clients need a key: set AMIKO_API__KEY "
            "(`openssl rand -hex 32` makes one), or set api.host to 127.0.0.1"
        )


class Access:
    """ASGI middleware: refuses a request without the key, or, where there is no key, one that names another host.

    The latter is how a web page reaches a service on its visitor's machine (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, config: ApiConfig) -> None:
        self._app = app
        self._key = config.key.get_secret_value().encode() if config.key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        refusal = self._refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        if self._key is not None:
            # Headers arrive as Latin-1; compared in bytes, and in a time that tells nothing of the key.
            if secrets.compare_digest(headers.get(HEADER, "").encode("latin-1"), self._key):
                return None
            detail = f"Send the service's key in the header {HEADER}."
            return JSONResponse({"detail": detail}, 401, {"WWW-Authenticate": "APIKey"})
        if is_this_machine(_without_port(headers.get("host", ""))):
            return None
        return JSONResponse({"detail": "Without a key this service answers to 127.0.0.1 and localhost only."}, 403)


def _without_port(host: str) -> str:
    """The host of a Host header: 127.0.0.1 of 127.0.0.1:8090, ::1 of [::1]:8090."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
