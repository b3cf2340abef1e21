"""What a card says, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from amiko.config import Config
from bot.cards import caption
from bot.keyboards import card_buttons, read_press
from bot.shop import Shop
from bot.texts import speech
from db.engine import Database
from db.outbox import Due, Seen

SEEN = Seen(
    id="5a1d3c1e-0000-4000-8000-000000000000",
    camera="Вход",
    first_seen=datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
    age_band="25-34",
    gender="female",
    attire_labels=("formal", "dress"),
    department="cosmetics",
    department_p=0.41,
    ranking=(("cosmetics", 0.41), ("kids", 0.22)),
)
CARD = Due(
    id=1,
    staff_id=7,
    chat_id=1001,
    language=None,
    attempts=0,
    recorded_at=SEEN.first_seen,
    visit=SEEN,
    jpeg=None,
    message_id=None,
    photo=False,
    taken_by=None,
    taken_by_name=None,
    declined=False,
)


@pytest.fixture
def shop() -> Shop:
    return Shop(Config(), Database("sqlite+aiosqlite:///unused.db"))


def says(shop: Shop, language: str = "en", visit: dict | None = None, **changes) -> str:
    return caption(replace(CARD, visit=replace(SEEN, **(visit or {})), **changes), shop, speech(language))


def test_a_card_names_department_traits_camera_and_the_shops_time(shop) -> None:
    assert says(shop) == (
        "<b>Cosmetics and accessories</b>, 41 %\n\nwoman, age 25–34\nbusiness wear, dress or skirt\nВход, 12:30"
    )


def test_the_same_in_russian(shop) -> None:
    assert says(shop, "ru") == (
        "<b>Косметика и аксессуары</b>, 41 %\n\nженщина, возраст 25–34\nделовой стиль, платье или юбка\nВход, 12:30"
    )


@pytest.mark.parametrize(("second", "named"), [(0.32, True), (0.30, False)])
def test_the_runner_up_is_named_only_when_it_is_close(shop, second, named) -> None:
    text = says(shop, visit={"ranking": (("cosmetics", 0.41), ("kids", second))})
    assert ("or Goods for children" in text) == named


def test_of_a_visitor_hardly_seen_it_says_so(shop) -> None:
    text = says(shop, "ru", {"department": "general", "age_band": None, "gender": "unknown", "attire_labels": ()})
    assert text == (
        "<b>Общий зал</b>\nПосетителя видно слишком плохо, чтобы подсказать отдел.\n\n"
        "пол неясен, возраст неясен\nВход, 12:30"
    )


def test_a_department_that_left_the_configuration_is_shown_by_its_key(shop) -> None:
    assert says(shop, visit={"department": "garden"}).startswith("<b>garden</b>")


def test_who_took_the_visitor_is_told_apart_from_the_others(shop) -> None:
    assert says(shop, taken_by=7, taken_by_name="Anna").endswith(
        "✅ You have taken this visitor. When you are free again, press “🟢 Waiting”."
    )
    assert says(shop, taken_by=8, taken_by_name="Anna <3 & co").endswith("\n\nTaken by Anna &lt;3 &amp; co.")
    assert says(shop, declined=True).endswith("\n\nClosed: not yours.")


def test_the_longest_names_stay_within_telegrams_limit(shop) -> None:
    text = says(
        shop,
        "ru",
        {"camera": "К" * 200, "attire_labels": ("formal", "casual", "sport", "outerwear", "dress")},
        taken_by=8,
        taken_by_name="Ж" * 64,
    )
    assert len(text) < 600
    assert "К" * 99 + "…, 12:30" in text


def test_callback_data_fits_telegrams_64_bytes_and_reads_back() -> None:
    (buttons,) = card_buttons(speech("ru"), SEEN.id).inline_keyboard
    assert [button.text for button in buttons] == ["Беру", "Не моё"]
    assert all(len(str(button.callback_data).encode()) <= 64 for button in buttons)
    assert [read_press(button.callback_data) for button in buttons] == [("take", SEEN.id), ("skip", SEEN.id)]


@pytest.mark.parametrize("data", [None, "", "take:", "take:a b", "give:1", "take:" + "a" * 37, "take:1\n", object()])
def test_other_callback_data_asks_for_nothing(data) -> None:
    assert read_press(data) is None
