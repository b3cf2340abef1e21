"""Text from a file as it may stand in a sentence or on a terminal."""

from __future__ import annotations


def shown(text: str, longest: int = 60) -> str:
    """The text on one line, without characters that steer a terminal, and not longer than asked."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
