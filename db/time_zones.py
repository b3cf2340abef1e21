"""Names of time zones that mean the same to this software and to PostgreSQL, wherever it runs."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SEASONLESS = {"CET", "EET", "MET", "WET"}
"""PostgreSQL takes these for abbreviations: it leaves their clocks at winter time all year."""


def checked(name: str) -> str:
    """The name of a time zone.

    Raises:
        ValueError: none is called so, or not the same one everywhere; the message says what to write.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone is called {name!r}; use an IANA name such as Europe/Moscow") from None
    if name in _SEASONLESS:
        raise ValueError(
            f"the time zone {name} is winter time all year to PostgreSQL; use the name of a place, such as Europe/Paris"
        )
    if name == "localtime":
        raise ValueError("localtime is another time zone on each machine; use an IANA name such as Europe/Moscow")
    return name
