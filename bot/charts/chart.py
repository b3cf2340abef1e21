"""What stands in a picture of a period, or of two shops: every word and number, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bar:
    """A bar: its name, and the lengths of its parts."""

    name: str
    parts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Its whole length."""
        return sum(self.parts)


@dataclass(frozen=True)
class Part:
    """One share of a whole: `kind` says in which colour."""

    kind: str
    label: str
    number: int


@dataclass(frozen=True)
class Chart:
    """A picture's words and numbers, from top to bottom.

    Attributes:
        title, subtitle: the shop, the period and whatever must be known of it.
        visits: how many, in words.
        outcomes: how the visits ended.
        speed: how fast visitors were taken, empty where none was.
        till: how many customers at tills were to be asked for ID, empty where none came to one.
        times_title, times: visits per hour or day, in order.
        departments_title, departments: visits per department, most first.
        other_departments: those for which there is no room.
        people_title, people, genders: visits per age band; the parts of each bar are of these genders.
    """

    title: str
    subtitle: str
    visits: str
    outcomes: tuple[Part, ...]
    speed: str
    till: str
    times_title: str
    times: tuple[Bar, ...]
    departments_title: str
    departments: tuple[Bar, ...]
    other_departments: Bar | None
    people_title: str
    people: tuple[Bar, ...]
    genders: tuple[Part, ...]
    kind: Literal["visits"] = "visits"


@dataclass(frozen=True)
class Pair:
    """A figure of a segment beside that of the rest, or of two shops: lengths for the bars, words for beside them."""

    name: str
    inside: float
    outside: float
    inside_told: str
    outside_told: str


@dataclass(frozen=True)
class Comparison:
    """Two shops in one picture, from top to bottom.

    Attributes:
        title, subtitle: the two shops, and the period.
        shops: each with its colour and how many visitors it had.
        pairs: figures of both, side by side.
        times_title, times: visits per hour or day of each shop's own clock, a bar's parts beside each other.
        departments_title, departments: the share of visitors to each department, of those with most in both.
    """

    title: str
    subtitle: str
    shops: tuple[Part, ...]
    pairs: tuple[Pair, ...]
    times_title: str
    times: tuple[Bar, ...]
    departments_title: str
    departments: tuple[Pair, ...]
    kind: Literal["comparison"] = "comparison"
