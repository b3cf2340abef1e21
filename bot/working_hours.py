"""Working and quiet hours as people write them, in Russian or English, and as they are told back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from babel.dates import get_day_names

from db.availability import DAYS

Span = list[str]
Hours = dict[str, Span]

_WHOLE_DAY: Span = ["00:00", "24:00"]
_OFF = {"off", "выкл", "выкл.", "нет", "выходной"}
_DASH = r"\s*[-–—]\s*"
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
_RUSSIAN = {
    "mon": ("пн", "понедельник"),
    "tue": ("вт", "вторник"),
    "wed": ("ср", "среда"),
    "thu": ("чт", "четверг"),
    "fri": ("пт", "пятница"),
    "sat": ("сб", "суббота"),
    "sun": ("вс", "воскресенье"),
}
_ENGLISH = {day: (day, str(get_day_names("wide", locale="en")[index]).lower()) for index, day in enumerate(DAYS)}
_DAY = {word: day for names in (_RUSSIAN, _ENGLISH) for day, words in names.items() for word in words}


def is_off(words: str) -> bool:
    """Whether somebody wrote "off", in either language."""
    return words.strip().lower() in _OFF


def parse_span(words: str) -> Span | None:
    """ "22:00-08:00" (or 22-8, 22.00–8.00) as ["22:00", "08:00"]; None for what is no span of time."""
    parts = re.split(_DASH, words.strip())
    clocks = [_clock(part) for part in parts]
    if len(clocks) != 2 or clocks[0] is None or clocks[1] is None or clocks[0] in (clocks[1], "24:00"):
        return None
    return [clocks[0], clocks[1]]


def parse_hours(words: str, before: Mapping[str, Span]) -> Hours | None:
    """What /hours asks for: "mon-fri 09:00-18:00", "sat off", several such pairs, or "off" for no hours at all.

    Args:
        words: what stands behind the command.
        before: the hours until now; days that are not named keep theirs.

    Returns:
        The hours from now on, None for words that do not say any.
    """
    if is_off(words):
        return {}
    # A comma between days joins them; one behind a time ends the pair, as in what `told` says.
    tokens = re.sub(r"\s*,\s*", ",", re.sub(r"(?<=\d)\s*[,;]", " ", re.sub(_DASH, "-", words))).split()
    if not tokens or len(tokens) % 2:
        return None
    hours = {day: list(span) for day, span in before.items()}
    for named, span in zip(tokens[::2], tokens[1::2], strict=True):
        days, given = _days(named), parse_span(span)
        if days is None or (given is None and not is_off(span)):
            return None
        if given is None and not hours:  # "sat off" of somebody who always worked
            hours = {day: list(_WHOLE_DAY) for day in DAYS}
        for day in days:
            hours.pop(day, None)
            if given is not None:
                hours[day] = given
    # No day left is no way to say "always"; nobody who works on no day needs hours for it.
    return {day: hours[day] for day in DAYS if day in hours} or None


def told(hours: Mapping[str, Sequence[str]], language: str) -> str:
    """Hours in words, neighbouring days that are alike put together: "Mon–Fri 09:00–18:00, Sat 10:00–16:00"."""
    runs: list[tuple[list[int], Sequence[str]]] = []
    for index, day in enumerate(DAYS):
        if day not in hours:
            continue
        if runs and runs[-1][0][-1] == index - 1 and list(runs[-1][1]) == list(hours[day]):
            runs[-1][0].append(index)
        else:
            runs.append(([index], hours[day]))
    names = get_day_names("abbreviated", locale=language)
    return ", ".join(
        f"{names[days[0]]}{f'–{names[days[-1]]}' if len(days) > 1 else ''} {span_told(span)}" for days, span in runs
    )


def span_told(span: Sequence[str]) -> str:
    """ "22:00–08:00"."""
    return "–".join(span)


def _clock(words: str) -> str | None:
    match = _CLOCK.fullmatch(words)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    return f"{hour:02}:{minute:02}" if minute < 60 and hour * 60 + minute <= 24 * 60 else None


def _days(words: str) -> list[str] | None:
    """ "mon-fri" or "mon,wed,fri" or "fri-mon" as days."""
    found: list[str] = []
    for part in words.lower().split(","):
        ends = [_DAY.get(end) for end in part.split("-")]
        first, last = ends[0], ends[-1]
        if first is None or last is None or len(ends) > 2:
            return None
        start, length = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7
        found += [DAYS[(start + step) % 7] for step in range(length + 1)]
    return found
