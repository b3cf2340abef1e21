"""/mute, /hours and /quiet: when an assistant is told of nobody, as they write it and as it is told back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.working_hours import parse_hours, parse_span, told
from db.availability import DAYS
from tests.bot.people import ANNA, VERA, answer, manager

WEEK = {day: ["09:00", "18:00"] for day in DAYS[:5]}


async def test_a_pause_is_confirmed_in_the_shops_time_and_ends(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)

    said = (await answer(open_shop, ANNA, "/mute 30")).text

    until = (await open_shop.person(ANNA)).muted_until
    assert timedelta(minutes=29) < until - datetime.now(UTC) <= timedelta(minutes=30)
    clock = until.astimezone(ZoneInfo("Europe/Moscow")).strftime("%H:%M")
    assert re.fullmatch(rf"Карточек не будет до (\d\d\.\d\d )?{clock}\. Отменить: /mute выкл\.", said)
    assert (await answer(open_shop, ANNA, "/mute")).text == said
    assert said in (await answer(open_shop, ANNA, "/wait")).text
    assert (await answer(open_shop, ANNA, "/mute выкл")).text == "Карточки снова приходят, пока вы ждёте."
    assert (await open_shop.person(ANNA)).muted_until is None
    assert (await answer(open_shop, ANNA, "/mute")).text.startswith("Паузы нет.")


@pytest.mark.parametrize("words", ["0", "-5", "1441", "99999999999", "час", "30 40", "½", "x" * 4000, "٣٠"])
async def test_a_pause_that_cannot_be_understood_is_answered_with_how_to_write_it(open_shop, words) -> None:
    await open_shop.hire("Анна", ANNA)
    assert (await answer(open_shop, ANNA, f"/mute {words}")).text.startswith("Напишите, на сколько минут, от 1 до 1440")
    assert (await open_shop.person(ANNA)).muted_until is None


async def test_working_hours_are_set_shown_and_taken_away(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)

    assert "не заданы" in (await answer(open_shop, ANNA, "/hours")).text
    said = (await answer(open_shop, ANNA, "/hours пн-пт 09:00-18:00")).text
    assert said == "Ваши рабочие часы: пн–пт 09:00–18:00. В другое время карточек не будет."
    assert (await open_shop.person(ANNA)).hours == WEEK
    assert "пн–пт 09:00–18:00, сб 10:00–16:00" in (await answer(open_shop, ANNA, "/hours sat 10-16")).text
    assert (await answer(open_shop, ANNA, "/hours fri выкл")).text.startswith(
        "Ваши рабочие часы: пн–чт 09:00–18:00, сб"
    )
    assert "пн–чт" in (await answer(open_shop, ANNA, "/hours")).text
    assert "не заданы" in (await answer(open_shop, ANNA, "/hours off")).text
    assert (await open_shop.person(ANNA)).hours == {}


@pytest.mark.parametrize("words", ["понедельник", "mon 9", "mon 25:00-26:00", "9-18", "mon-fri-sun 9-18", "x" * 4000])
async def test_hours_that_cannot_be_understood_change_nothing(open_shop, words) -> None:
    await open_shop.hire("Анна", ANNA)
    await answer(open_shop, ANNA, "/hours mon 9-18")
    assert (await answer(open_shop, ANNA, f"/hours {words}")).text.startswith("Напишите рабочие часы так: /hours пн-пт")
    assert (await open_shop.person(ANNA)).hours == {"mon": ["09:00", "18:00"]}


async def test_quiet_hours_may_span_midnight(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)

    assert (await answer(open_shop, ANNA, "/quiet")).text == "Тихие часы не заданы."
    said = (await answer(open_shop, ANNA, "/quiet 22:00-08:00")).text
    assert said == "Тихие часы: 22:00–08:00. В это время карточек не будет."
    assert (await open_shop.person(ANNA)).quiet == ["22:00", "08:00"]
    for words in ("22:00", "22:00-22:00", "ночью", "24:00-08:00", "22:60-8"):
        assert "Напишите тихие часы так" in (await answer(open_shop, ANNA, f"/quiet {words}")).text
    assert (await answer(open_shop, ANNA, "/quiet")).text == said
    assert (await answer(open_shop, ANNA, "/quiet выкл")).text == "Тихие часы не заданы."


async def test_who_waits_outside_their_hours_is_told_why_no_card_comes(open_shop) -> None:
    await open_shop.hire("Анна", ANNA, status="off")
    now = datetime.now(ZoneInfo("Europe/Moscow"))
    tomorrow = DAYS[(now.weekday() + 2) % 7]
    await answer(open_shop, ANNA, f"/hours {tomorrow} 09:00-18:00")
    await answer(open_shop, ANNA, f"/quiet {(now.hour - 1) % 24}-{(now.hour + 2) % 24}")

    said = (await answer(open_shop, ANNA, "/wait")).text

    assert "Сейчас не ваши рабочие часы" in said
    assert "Сейчас ваши тихие часы" in said


@pytest.mark.parametrize("words", ["/mute 30", "/hours", "/quiet 22-8", "/departments", "/mycameras"])
async def test_managers_get_no_cards_and_are_told_so(open_shop, words) -> None:
    await manager(open_shop)
    assert "управляющим это не нужно" in (await answer(open_shop, VERA, words)).text


async def test_hours_outlive_a_restart(shop) -> None:
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await answer(shop, ANNA, "/hours пн-пт 9-18")
        await answer(shop, ANNA, "/quiet 22-8")
        await answer(shop, ANNA, "/busy")
    async with shop.bot():
        assert "пн–пт 09:00–18:00" in (await answer(shop, ANNA, "/hours")).text
        assert "22:00–08:00" in (await answer(shop, ANNA, "/quiet")).text
    assert await shop.status(ANNA) == "busy"


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("mon-fri 09:00-18:00", {}, WEEK),
        ("Пн–Пт 9.00—18.00", {}, WEEK),
        ("monday - friday 9-18", {}, WEEK),
        ("mon, tue ,wed,thu,fri 9-18", {}, WEEK),
        ("mon-thu 9-18 fri 9-18", {}, WEEK),
        ("sat выходной", WEEK, WEEK),
        ("вт-пт off", WEEK, {"mon": ["09:00", "18:00"]}),
        ("пн–чт 09:00–18:00, пт 09:00–18:00", {}, WEEK),
        ("mon-thu 9-18; fri 9-18", {}, WEEK),
        ("sun-mon 20-2", {}, {"mon": ["20:00", "02:00"], "sun": ["20:00", "02:00"]}),
        ("mon-sat off", {}, {"sun": ["00:00", "24:00"]}),
        ("off", WEEK, {}),
        ("mon-sun off", WEEK, None),
        ("mon 9-9", {}, None),
        ("", {}, None),
    ],
)
def test_hours_are_read_as_people_write_them(words, before, after) -> None:
    assert parse_hours(words, before) == after


@pytest.mark.parametrize(
    ("words", "span"),
    [("22:00-08:00", ["22:00", "08:00"]), ("9 – 24", ["09:00", "24:00"]), ("24-8", None), ("8", None), ("1-2-3", None)],
)
def test_spans_are_read_as_people_write_them(words, span) -> None:
    assert parse_span(words) == span


CLOCKS = st.integers(0, 24 * 60 - 1).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")
SPANS = st.lists(CLOCKS, min_size=2, max_size=2, unique=True)


@given(st.dictionaries(st.sampled_from(DAYS), SPANS, min_size=1), st.sampled_from(["ru", "en"]))
def test_hours_that_were_told_can_be_written_back(hours, language) -> None:
    assert parse_hours(told(hours, language), {}) == hours


@given(st.text(), st.dictionaries(st.sampled_from(DAYS), SPANS))
def test_no_words_break_the_hours(words, before) -> None:
    hours = parse_hours(words, before)
    assert hours is None or hours.keys() <= set(DAYS)
    assert parse_span(words) is None or len(parse_span(words)) == 2


def test_hours_are_told_in_runs_of_days() -> None:
    assert told(WEEK | {"sun": ["10:00", "16:00"]}, "en") == "Mon–Fri 09:00–18:00, Sun 10:00–16:00"
    assert told({"sat": ["10:00", "16:00"]}, "ru") == "сб 10:00–16:00"
