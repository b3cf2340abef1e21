"""A segment's condition cut into words, each with its place; what fits in no word is refused with a caret under it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["name", "number", "text", "sign", "end"]

_LONGEST = 2000
_AROUND = 60  # characters shown on either side of a mistake
_PATTERNS = re.compile(
    r"""(?P<space>\s+)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<name>[^\W\d]\w*)
    | (?P<text>"[^"\n]*"|'[^'\n]*'|«[^»\n]*»)
    | (?P<sign>>=|<=|==|!=|>|<|\(|\)|,|-)""",
    re.VERBOSE,
)
_MENDED = {
    "=>": "write >=",
    "=<": "write <=",
    "=": "equality is written ==",
    "&": "write and",
    "&&": "write and",
    "|": "write or",
    "||": "write or",
    "!": "write not, or != between two values",
    "<>": "write !=",
    "≥": "write >=",
    "≤": "write <=",
    "≠": "write !=",
    "%": "shares run from 0 to 1: 50 % is 0.5",
}


class ExpressionError(ValueError):
    """A condition that cannot be used; the message shows it with a caret under the place, which is `position`."""

    def __init__(self, source: str, position: int, problem: str) -> None:
        first = max(0, position - _AROUND)
        # Every space as one blank, so that the caret stands where it should.
        shown = "".join(" " if sign.isspace() else sign for sign in source[first : position + _AROUND])
        super().__init__(f"{problem} (at character {position + 1})\n    {shown}\n    {' ' * (position - first)}^")
        self.position = position
        self.problem = problem


@dataclass(frozen=True)
class Token:
    """A word of a condition: its kind, its text without quotes, and the place of its first character, from 0."""

    kind: Kind
    text: str
    position: int


def tokens(source: str) -> tuple[Token, ...]:
    """The words of a condition; the last is of kind "end".

    Raises:
        ExpressionError: a character belongs to no word, or a text is not closed.
    """
    if len(source) > _LONGEST:
        raise ExpressionError(source, _LONGEST, f"the condition is longer than {_LONGEST} characters; split it")
    found: list[Token] = []
    place = 0
    while place < len(source):
        match = _PATTERNS.match(source, place)
        if match is None:
            raise ExpressionError(source, place, _unreadable(source, place))
        word = match.group()
        if match.lastgroup != "space":
            kind = cast(Kind, match.lastgroup)
            found.append(Token(kind, word[1:-1] if kind == "text" else word, place))
        place = match.end()
    return (*found, Token("end", "", len(source)))


def _unreadable(source: str, place: int) -> str:
    sign = source[place]
    if sign in "\"'«":
        return "this text is not closed; it ends with the same quotes that it began with"
    if sign.isdigit():
        return "this is no number; write it as 0.7 or 1500"
    for mistake in (source[place : place + 2], sign):
        if hint := _MENDED.get(mistake):
            return f"{mistake} has no meaning here; {hint}"
    return f"{sign!r} has no meaning here"
