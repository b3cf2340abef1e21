"""What is asked about visits, and what is told of them: a period on the clocks of some shops, and its figures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.models import Origin


@dataclass(frozen=True)
class Span:
    """A period as the clocks of some shops have it; shops with another clock have a span of their own.

    Attributes:
        edges: n + 1 ascending instants that bound n slots; hours or days of any length, as a time zone has them.
        shops: the ids of those whose visits count; None for every shop's.
    """

    edges: Sequence[datetime]
    shops: Collection[int] | None = None


@dataclass(frozen=True)
class Figures:
    """What is told of a period.

    Attributes:
        origin: "camera"; "replay" only where the period holds nothing else.
        slots: visits in each slot that was asked for, in their order.
        departments: visits by department key, most first.
        people: visits by (age band or None, gender).
        states: visits by state; a state that no visit has is missing.
        median_seconds, p90_seconds: from a visit's commit to its first Take, None where nobody took any.
        at_till: customers at tills; in no other figure here.
        to_ask: those of them whose document was to be asked for.
    """

    origin: Origin
    slots: tuple[int, ...]
    departments: dict[str, int]
    people: dict[tuple[str | None, str], int]
    states: dict[str, int]
    median_seconds: float | None
    p90_seconds: float | None
    at_till: int = 0
    to_ask: int = 0

    @property
    def visits(self) -> int:
        """How many visits there were in all."""
        return sum(self.states.values())
