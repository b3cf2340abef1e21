"""One row of a session log, checked: what is kept of it, or why it cannot be trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

SESSION_COLUMNS = ("session_id", "start_time", "end_time")
VIEW_COLUMNS = ("session_id", "sequence_order", "category_a", "category_b", "category_c", "category_d")
OPTIONAL_COLUMNS = ("gender", "visitor")
CATEGORIES = VIEW_COLUMNS[2:]
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No online shop has older sessions; clocks that were never set say 1970."""
LONGEST_NAME = 64
LAST_POSITION = 1_000_000
_ONLY_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"\d{1,7}")


class RowError(ValueError):
    """A row cannot be trusted; the message names the column and what is wrong with it."""


def read_session(row: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], str | None]:
    """A session as it is stored, and what was mended, in words, or None.

    Times are taken as the log's own clock has them: features ask for its hours, whatever zone they are of. Only a
    time that names its zone is brought to UTC.

    Args:
        row: cells by column; text, or what a database gives.
        now: no session begins more than a day after it.

    Raises:
        RowError: a cell is missing or makes no sense.
    """
    session_id = _name(row, "session_id")
    started, start_is_date = _instant(row, "start_time", now)
    ended, end_is_date = _instant(row, "end_time", now)
    mended = None
    if start_is_date or end_is_date:
        # What prints times may leave midnight's away; an end without a time says nothing about the length.
        mended = "a time stamp has a date only; read as midnight"
        if end_is_date and ended < started and ended.date() == started.date():
            ended, mended = started, "end_time has a date only; the length is taken as 0 s"
    if ended < started:
        raise RowError(f"end_time {ended:%Y-%m-%d %H:%M:%S} is before start_time {started:%Y-%m-%d %H:%M:%S}")
    gender = _text(row, "gender").lower()
    if gender not in ("", "female", "male"):
        raise RowError(f"gender: {_shown(gender)} is neither female nor male nor empty")
    visitor = _name(row, "visitor") if _text(row, "visitor") else None
    kept = {
        "session_id": session_id,
        "started_at": started,
        "ended_at": ended,
        "gender": gender or None,
        "visitor": visitor,
    }
    return kept, mended


def read_view(row: Mapping[str, Any]) -> dict[str, Any]:
    """A view as it is stored.

    Raises:
        RowError: a cell is missing or makes no sense.
    """
    order = _text(row, "sequence_order")
    if not _WHOLE.fullmatch(order) or not 1 <= int(order) <= LAST_POSITION:
        raise RowError(f"sequence_order: {_shown(order)} is no whole number from 1 to {LAST_POSITION}")
    kept: dict[str, Any] = {"session_id": _name(row, "session_id"), "position": int(order)}
    for column in CATEGORIES:
        kept[column] = _name(row, column)
    return kept


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value).strip()


def _name(row: Mapping[str, Any], column: str) -> str:
    text = _text(row, column)
    if not text:
        raise RowError(f"{column} is empty")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise RowError(f"{column}: {_shown(text)} is longer than {LONGEST_NAME} characters or has unprintable ones")
    return text


def _instant(row: Mapping[str, Any], column: str, now: datetime) -> tuple[datetime, bool]:
    """The instant in whole seconds, and whether it was a date only."""
    value = row.get(column)
    only_date = False
    if isinstance(value, datetime):
        instant = value
    elif isinstance(value, date):
        instant, only_date = datetime(value.year, value.month, value.day), True
    else:
        text = _text(row, column)
        if not text:
            raise RowError(f"{column} is empty")
        only_date = _ONLY_A_DATE.fullmatch(text) is not None
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise RowError(f"{column}: {_shown(text)} is no time like 2014-11-14 00:02:14") from None
    try:
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        raise RowError(f"{column}: {instant.year} is no year of a session") from None
    if not EARLIEST <= instant <= now + timedelta(days=1):
        raise RowError(f"{column}: {instant:%Y-%m-%d} is before {EARLIEST.year} or in the future")
    return instant.replace(microsecond=0), only_date


def _shown(text: str) -> str:
    """The text as an error quotes it."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
