"""Periods of the shop's calendar: what a manager may ask for, and which instants that means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bot.texts import Speech

CHOICES = ("today", "yesterday", "7d", "30d")
"""The periods that have a button."""

_WORDS = {
    "": "today",
    "today": "today",
    "сегодня": "today",
    "yesterday": "yesterday",
    "вчера": "yesterday",
    "7d": "7d",
    "7д": "7d",
    "30d": "30d",
    "30д": "30d",
}
_BETWEEN = re.compile(r"\.\.+|…|–|—")  # telephones make one sign of several
_LONGEST_DAYS = 366
_HOURLY_DAYS = 2
_FIRST_YEAR = 2000


class PeriodError(Exception):
    """A period that cannot be told of; the message says why, in the asker's language, as plain text."""


@dataclass(frozen=True)
class Slot:
    """A part of a period: an hour or a day, from an instant until before another one, and how the shop calls it."""

    start: datetime
    until: datetime
    label: str


@dataclass(frozen=True)
class Period:
    """Whole days of the shop's calendar, both ends included; `key` asks for it again."""

    key: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def hourly(self) -> bool:
        """Whether it is told by the hour."""
        return self.days <= _HOURLY_DAYS

    def bounds(self, timezone: ZoneInfo) -> tuple[datetime, datetime]:
        """From which instant until before which one it lasts."""
        return _midnight(self.first, timezone), _midnight(self.last + timedelta(days=1), timezone)

    def slots(self, timezone: ZoneInfo) -> list[Slot]:
        """Its hours, or its days where there are more than two: without gaps, of 23 to 25 hours a day."""
        start, end = self.bounds(timezone)
        if self.hourly:
            edges = [start]
            while (following := _next_hour(edges[-1], timezone)) < end:
                edges.append(following)
        else:
            edges = [_midnight(self.first + timedelta(days=n), timezone) for n in range(self.days)]
        return [
            Slot(at, until, at.astimezone(timezone).strftime(self._pattern))
            for at, until in zip(edges, [*edges[1:], end], strict=True)
        ]

    def common_slots(self, timezone: ZoneInfo) -> list[Slot]:
        """The same for shops that are told together: as many, called the same, on every clock.

        Each day has its 24 hours. One that a clock leaves out is empty there, one that it shows twice is twice as long.
        """
        if not self.hourly:
            return self.slots(timezone)
        days = [self.first + timedelta(days=n) for n in range(self.days)]
        shown = [datetime.combine(day, time(hour), timezone) for day in days for hour in range(24)]
        edges = [*(at.astimezone(UTC) for at in shown), self.bounds(timezone)[1]]
        return [
            Slot(start, until, at.strftime(self._pattern))
            for at, (start, until) in zip(shown, pairwise(edges), strict=True)
        ]

    @property
    def _pattern(self) -> str:
        """How its slots are called."""
        return "%d.%m" if not self.hourly else "%H:%M" if self.days == 1 else "%d.%m %H:%M"

    def title(self, t: Speech, today: date) -> str:
        """What to call it: "Today, 4 May" or "28 April – 4 May 2026", as plain text."""
        if self.days > 1:
            return t.plain("{first} – {last}", first=_day(self.first, t, today), last=_day(self.last, t, today))
        if self.last == today:
            return t.plain("Today, {day}", day=_day(self.last, t, today))
        if self.last == today - timedelta(days=1):
            return t.plain("Yesterday, {day}", day=_day(self.last, t, today))
        return _day(self.last, t, today)


def today(timezone: ZoneInfo) -> date:
    """What day it is in the shop."""
    return datetime.now(timezone).date()


def read(words: str, today: date, t: Speech) -> Period:
    """The period that somebody has written, or that a button carries; today where nothing was written.

    Raises:
        PeriodError: it is none, is still to come, or is longer than a year.
    """
    words = "".join(words.lower().split())
    if known := _WORDS.get(words):
        return _known(known, today)
    first, *rest = _BETWEEN.split(words)
    start, end = _date(first), _date(rest[-1] if rest else first)
    if len(rest) > 1 or start is None or end is None:
        raise PeriodError(
            t.plain("I do not know this period. Write today, yesterday, 7d, 30d, or dates like 2026-05-04..2026-05-10.")
        )
    if end < start:
        raise PeriodError(t.plain("This period ends before it begins; write the earlier date first."))
    if start > today:
        raise PeriodError(t.plain("This period is still to come."))
    period = Period(start.isoformat() if start == end else f"{start.isoformat()}..{end.isoformat()}", start, end)
    if period.days > _LONGEST_DAYS:
        raise PeriodError(t.plain("This period is longer than a year; ask for a shorter one."))
    return period


def nobody(period: Period, t: Speech, today: date) -> str:
    """That a period has no visits, as plain text."""
    return t.plain("{period}: no visitors were seen.", period=period.title(t, today))


def _known(key: str, today: date) -> Period:
    if key == "yesterday":
        return Period(key, today - timedelta(days=1), today - timedelta(days=1))
    days = {"today": 1, "7d": 7, "30d": 30}[key]
    return Period(key, today - timedelta(days=days - 1), today)


def _date(text: str) -> date | None:
    """A day as 2026-05-04 or as 04.05.2026."""
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            day = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        return day if day.year >= _FIRST_YEAR else None
    return None


def _midnight(day: date, timezone: ZoneInfo) -> datetime:
    """When a day begins; where clocks leave midnight out, the moment at which they do."""
    return datetime.combine(day, time(), timezone).astimezone(UTC)


def _next_hour(instant: datetime, timezone: ZoneInfo) -> datetime:
    """When the shop's clock next shows another full hour, or the same one again where clocks go back."""
    local = instant.astimezone(timezone)
    return instant + timedelta(hours=1) - timedelta(minutes=local.minute, seconds=local.second)


def _day(day: date, t: Speech, today: date) -> str:
    """ "4 May", with the year where that is another one."""
    return format_date(day, "d MMMM" if day.year == today.year else "d MMMM y", locale=t.language)
