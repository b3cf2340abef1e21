"""A person's name as it may stand in a sentence: visible, on one line, and not too long."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 64

_JOINERS = "\u200c\u200d"  # they shape Persian and Indic words and put emoji together
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that nobody sees
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}  # controls, text direction, zero width, halves of characters, no characters
_MARKS = re.compile(r"([\u0300-\u036f]{3})[\u0300-\u036f]+")  # more accents on one letter spill over other lines


def cleaned(name: str) -> str:
    """The name without what cannot be seen or would disturb its surroundings; empty where nothing is left of it."""
    shown = "".join(
        " " if character.isspace() else character
        for character in name
        if character.isspace() or character in _JOINERS or _is_seen(character)
    )
    words = [word for word in _MARKS.sub(r"\1", shown).split() if not _is_blank(word)]
    return " ".join(words)


def shortened(name: str) -> str:
    """The name, cut to 64 characters."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN and character not in _BLANKS


def _is_blank(word: str) -> bool:
    """Whether a word consists of joiners and accents alone."""
    return all(character in _JOINERS or unicodedata.category(character).startswith("M") for character in word)
