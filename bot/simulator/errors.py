"""An answer of the Bot API that says no, in Telegram's own words."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class ApiError(Exception):
    """A request refused: HTTP status and description as api.telegram.org would give them.

    Attributes:
        code: HTTP status, 400 to 599.
        description: Telegram's sentence, for example "Bad Request: chat not found".
        retry_after: seconds to wait, for 429 only.
    """

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """The JSON object that goes over the wire."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad_request(reason: str) -> ApiError:
    """400 with Telegram's usual prefix."""
    return ApiError(400, f"Bad Request: {reason}")


def too_many(seconds: int) -> ApiError:
    """429: come again after so many seconds."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", seconds)


def injected(code: int, retry_after: int | None) -> ApiError:
    """The failure that `Simulator.fail` asks for.

    Raises:
        ValueError: `code` is no HTTP error, or `retry_after` comes with another code than 429.
    """
    if not 400 <= code <= 599:
        raise ValueError(f"{code} is no HTTP error; use 400 to 599")
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        return too_many(1 if retry_after is None else retry_after)
    if retry_after is not None:
        raise ValueError("only error 429 carries retry_after")
    if code == HTTPStatus.FORBIDDEN:
        return ApiError(code, "Forbidden: bot was blocked by the user")
    return ApiError(code, HTTPStatus(code).phrase if code in {int(s) for s in HTTPStatus} else "Error")
