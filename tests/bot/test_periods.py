"""Periods: what managers write, and which instants that means where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.periods import CHOICES, PeriodError, read
from bot.texts import speech

MAY_4 = date(2026, 5, 4)
EN, RU = speech("en"), speech("ru")


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("", "2026-05-04", "2026-05-04"),
        ("today", "2026-05-04", "2026-05-04"),
        ("Сегодня", "2026-05-04", "2026-05-04"),
        ("ВЧЕРА", "2026-05-03", "2026-05-03"),
        ("yesterday", "2026-05-03", "2026-05-03"),
        ("7d", "2026-04-28", "2026-05-04"),
        ("30d", "2026-04-05", "2026-05-04"),
        ("2026-05-01", "2026-05-01", "2026-05-01"),
        ("2026-05-01..2026-05-02", "2026-05-01", "2026-05-02"),
        ("01.05.2026 .. 2026-05-02", "2026-05-01", "2026-05-02"),
        ("01.05.2026…02.05.2026", "2026-05-01", "2026-05-02"),
        ("01.05.2026 – 02.05.2026", "2026-05-01", "2026-05-02"),
        ("2026-05-04..2026-05-10", "2026-05-04", "2026-05-10"),
    ],
)
def test_a_period_is_read(words, first, last) -> None:
    period = read(words, MAY_4, EN)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
    assert read(period.key, MAY_4, EN) == period


@pytest.mark.parametrize("words", ["ever", "8d", "2026-02-30", "2026-05-01..", "..", "1..2..3", "0001-01-01", "²⁰²⁶"])
def test_what_is_no_period_is_refused(words) -> None:
    with pytest.raises(PeriodError, match="I do not know this period"):
        read(words, MAY_4, EN)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("2026-05-02..2026-05-01", "заканчивается раньше"),
        ("2026-05-05", "ещё не наступил"),
        ("2025-05-03..2026-05-04", "длиннее года"),
        ("2026-05-01..9999-12-31", "длиннее года"),
    ],
)
def test_what_cannot_be_told_is_explained(words, says) -> None:
    with pytest.raises(PeriodError, match=says):
        read(words, MAY_4, RU)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Moscow", "2026-05-04", 24),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Asia/Kathmandu", "2026-05-04", 24),
        ("Australia/Lord_Howe", "2026-04-05", 25),  # by half an hour: one of its hours is short
        ("Africa/Cairo", "2026-04-24", 23),  # there is no midnight
    ],
)
def test_a_day_has_the_hours_of_its_clock_without_gaps(zone, day, hours) -> None:
    timezone = ZoneInfo(zone)
    period = read(day, date(2026, 12, 1), EN)
    start, end = period.bounds(timezone)

    slots = period.slots(timezone)

    assert len(slots) == hours
    assert (slots[0].start, slots[-1].until) == (start, end)
    assert all(one.until == following.start for one, following in pairwise(slots))
    assert all(slot.start < slot.until for slot in slots)
    assert start.astimezone(timezone).date() == period.first
    assert (end - timedelta(seconds=1)).astimezone(timezone).date() == period.last


def test_a_week_has_days_of_which_one_may_be_short() -> None:
    slots = read("2026-03-26..2026-04-01", date(2026, 12, 1), EN).slots(ZoneInfo("Europe/Berlin"))
    assert [slot.label for slot in slots] == ["26.03", "27.03", "28.03", "29.03", "30.03", "31.03", "01.04"]
    assert [(slot.until - slot.start) / timedelta(hours=1) for slot in slots] == [24, 24, 24, 23, 24, 24, 24]
    assert slots[0].start == datetime(2026, 3, 25, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "in_english", "in_russian"),
    [
        ("today", "Today, 4 May", "Сегодня, 4 мая"),
        ("2026-05-03", "Yesterday, 3 May", "Вчера, 3 мая"),
        ("2026-05-01", "1 May", "1 мая"),
        ("2025-12-31..2026-01-01", "31 December 2025 – 1 January", "31 декабря 2025 – 1 января"),
    ],
)
def test_a_period_is_called_by_its_days(words, in_english, in_russian) -> None:
    assert read(words, MAY_4, EN).title(EN, MAY_4) == in_english
    assert read(words, MAY_4, RU).title(RU, MAY_4) == in_russian


def test_every_button_asks_for_a_period() -> None:
    assert [read(key, MAY_4, EN).days for key in CHOICES] == [1, 1, 7, 30]
