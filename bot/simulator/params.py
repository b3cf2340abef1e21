"""The parameters of one Bot API request, whether they came as a form, as multipart or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.simulator.errors import bad_request


@dataclass(frozen=True)
class Upload:
    """A file that came with the request."""

    name: str
    mime_type: str
    data: bytes


class Params:
    """Parameters by name; a JSON null is the same as absence."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload]) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}
        self._uploads = uploads

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def chat_id(self) -> int | None:
        """The chat that the request names, None where it names none by number."""
        try:
            return int(self._values.get("chat_id", ""))
        except (TypeError, ValueError, OverflowError):
            return None

    def text(self, name: str) -> str:
        """A string, empty where absent.

        Raises:
            ApiError: 400 where it cannot be encoded.
        """
        value = self._values.get(name, "")
        return _encodable(value if isinstance(value, str) else json.dumps(value))

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number.

        Raises:
            ApiError: 400 where it is none.
        """
        try:
            return int(self._values.get(name, default))
        except (TypeError, ValueError, OverflowError):
            raise bad_request(f'invalid {name} specified: "{self._values[name]}" is no number') from None

    def flag(self, name: str) -> bool:
        """A truth value, False where absent."""
        return str(self._values.get(name, "")).lower() in {"true", "1", "yes", "y", "t"}

    def structure(self, name: str) -> Any:
        """An object or array; None where absent.

        Raises:
            ApiError: 400 where it is not JSON, or holds a string that cannot be encoded.
        """
        value = self._values.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value) if value else None
            except ValueError:
                raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
        _encodable(json.dumps(value, ensure_ascii=False))
        return value

    def upload(self, name: str) -> Upload | None:
        """The file uploaded under this name, directly or as attach://…"""
        return self.attached(str(self._values.get(name, ""))) or self._uploads.get(name)

    def attached(self, reference: str) -> Upload | None:
        """The file that attach://… names; None for any other reference."""
        if not reference.startswith("attach://"):
            return None
        return self._uploads.get(reference.removeprefix("attach://"))


def _encodable(text: str) -> str:
    """The text itself, unless it holds half a surrogate pair, which no answer could carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return text
