"""What was put right on the way in: never silently, and gathered so that a million rows make one line each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_FIRST_LINES = 3


@dataclass(frozen=True)
class Mend:
    """One kind of correction in one file.

    Args:
        file: its name.
        column: by its original name.
        was: what stood there, or what kind of thing.
        became: what it was read as.
        count: in how many rows.
        lines: the first of them.
    """

    file: str
    column: str
    was: str
    became: str
    count: int
    lines: tuple[int, ...]

    def __str__(self) -> str:
        lines = ", ".join(map(str, self.lines)) + (", …" if self.count > len(self.lines) else "")
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"{self.file}, {self.column}: {self.was} → {self.became}, {times} (line {lines})"


def mend(file: str, column: str, was: str, became: str, lines: Iterable[int]) -> Mend:
    """A mend of these lines, in their order."""
    every = sorted(lines)
    return Mend(file, column, was, became, len(every), tuple(every[:_FIRST_LINES]))
