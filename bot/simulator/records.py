"""What a simulator remembers of what the bot did, for tests to look at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Request:
    """A Bot API request.

    Attributes:
        method: in lower case.
        chat_id: the chat it names, if any.
        at: when its body was here (time.time()).
        status: HTTP status of the answer; None while there is none, or where the connection was broken.
    """

    method: str
    chat_id: int | None
    at: float
    status: int | None = None


@dataclass(frozen=True)
class Toast:
    """A notice at the top of a person's chat; an alert waits for OK."""

    person_id: int
    text: str
    alert: bool
