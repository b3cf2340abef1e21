"""A camera's address: its secrets from the environment, and how it is written where others may read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from amiko.config import Camera
from worker.errors import SourceError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_PARAMETER = re.compile(r"(?i)((?:pass\w*|pwd|token|secret|\w*key|auth\w*)=)[^&/#\s]+")
_QUERY = re.compile(r"\?[^#\s]+")
"""Which of a camera's parameters is its password, its maker knows alone."""


def resolve(camera: Camera, environment: Mapping[str, str]) -> str | int:
    """The address to open, with its variables replaced; where a user name and password stand, they are encoded.

    Raises:
        SourceError: a variable is not set.
    """
    if isinstance(camera.url, int):
        return camera.url

    def value(match: re.Match[str]) -> str:
        try:
            return environment[match[1]]
        except KeyError:
            raise SourceError(
                f"camera {camera.name}: its url needs the environment variable {match[1]}, which is not set; set it, "
                "or write the url without it"
            ) from None

    scheme, slashes, rest = camera.url.rpartition("://")
    credentials, at, place = rest.rpartition("@")
    if not slashes or not at:
        return _VARIABLE.sub(value, camera.url)
    credentials = _VARIABLE.sub(lambda match: quote(value(match), safe=""), credentials)
    return _VARIABLE.sub(value, scheme) + slashes + credentials + at + _VARIABLE.sub(value, place)


def shown(camera: Camera) -> str:
    """The address without user name, password and parameters; variables stay unresolved."""
    if isinstance(camera.url, int):
        return f"USB camera {camera.url}"
    scheme, slashes, rest = camera.url.partition("://")
    if not slashes:
        return camera.url
    return _SECRET_PARAMETER.sub(r"\1***", _QUERY.sub("?***", scheme + slashes + rest.rpartition("@")[2]))
