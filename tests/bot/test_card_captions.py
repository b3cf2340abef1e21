"""What a card says, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from amiko.config import Config
from bot.cards import caption
from bot.keyboards import Press, card_buttons, department_of, read_press
from bot.shop import Shop
from bot.texts import speech
from db import models
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
    shown=None,
)
CARD = Due(
    id=1,
    staff_id=7,
    chat_id=1001,
    language=None,
    attempts=0,
    recorded_at=SEEN.first_seen,
    kind="offer",
    visit=SEEN,
    pictured=False,
    message_id=None,
    photo=False,
    state="offered",
    wanted=None,
    taken_by=None,
    taken_by_name=None,
    passed_on=False,
    unmet_seconds=None,
    outcome=None,
    shop=models.Shop(id=1, name="Дом", name_key="дом", time_zone="Europe/Moscow"),
    staff_shop_id=1,
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


ANNA = {"taken_by": 8, "taken_by_name": "Anna <3 & co"}
MINE = {"taken_by": 7, "taken_by_name": "Boris"}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        (
            {"state": "claimed", **MINE},
            "✅ You have taken this visitor. Served? Press the department they really wanted.",
        ),
        ({"state": "claimed", **ANNA}, "Taken by Anna &lt;3 &amp; co."),
        ({"state": "claimed"}, "Taken by somebody who is no longer on the staff list."),
        ({"state": "claimed", **ANNA, "outcome": "not_mine"}, "Closed: not yours."),
        ({"outcome": "not_mine"}, "Closed: not yours."),
        ({"outcome": "passed_on"}, "You have passed this visitor on."),
        ({"state": "served", **ANNA, "outcome": "passed_on"}, "You have passed this visitor on."),
        ({"state": "served", **MINE, "wanted": "kids", "outcome": "served"}, "✅ Served: Goods for children."),
        ({"state": "served", **ANNA, "wanted": "kids"}, "Met by Anna &lt;3 &amp; co: served."),
        ({"state": "left", **MINE, "outcome": "left"}, "The visitor has left."),
        ({"state": "left", **ANNA}, "The visitor has left."),
        ({"state": "unknown", **MINE, "outcome": "unknown"}, "Closed: how it ended was not said."),
        ({"state": "unknown", **ANNA}, "Taken by Anna &lt;3 &amp; co."),
        ({"state": "missed"}, "Missed: nobody met this visitor."),
    ],
    ids=str,
)
def test_what_became_of_the_visit_stands_below(shop, changes, verdict) -> None:
    assert says(shop, **changes).endswith(f"Вход, 12:30\n\n{verdict}")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"unmet_seconds": 61.2}, "❗ Nobody has taken this visitor for 61 s."),
        ({"unmet_seconds": 3.0}, "❗ Nobody else is free for this visitor."),
        ({"unmet_seconds": 610.0, "passed_on": True}, "❗ Nobody else is free for this visitor."),
    ],
)
def test_a_managers_card_says_why_it_came_as_long_as_it_is_open(shop, changes, line) -> None:
    assert says(shop, kind="escalation", **changes).startswith(f"{line}\n\n<b>Cosmetics")
    assert says(shop, kind="escalation", state="missed", **changes).startswith("<b>Cosmetics")
    assert says(shop, **changes).startswith("<b>Cosmetics")


def test_the_longest_names_stay_within_telegrams_limit(shop) -> None:
    text = says(
        shop,
        "ru",
        {"camera": "К" * 200, "attire_labels": ("formal", "casual", "sport", "outerwear", "dress")},
        state="claimed",
        taken_by=8,
        taken_by_name="Ж" * 64,
    )
    assert len(text) < 600
    assert "К" * 99 + "…, 12:30" in text


def buttons(shop: Shop, language: str = "en", **changes) -> list[list[tuple[str, str]]]:
    keyboard = card_buttons(replace(CARD, **changes), shop, speech(language))
    assert keyboard is not None
    return [[(button.text, str(button.callback_data)) for button in row] for row in keyboard.inline_keyboard]


def test_an_open_card_can_be_taken_or_not(shop) -> None:
    (row,) = buttons(shop, "ru")
    assert [text for text, _ in row] == ["Беру", "Не моё"]
    assert [read_press(data) for _, data in row] == [Press("take", SEEN.id), Press("skip", SEEN.id)]


def test_the_winner_sees_every_department_the_likeliest_first(shop) -> None:
    rows = buttons(shop, state="claimed", **MINE)
    assert [[text for text, _ in row] for row in rows] == [
        ["✅ Cosmetics and accessories"],
        ["✅ Goods for children"],
        ["✅ Home textiles"],
        ["✅ Small appliances and electronics"],
        ["✅ Beauty and health devices"],
        ["✅ Kitchenware"],
        ["Left", "Pass on"],
    ]
    presses = [read_press(data) for row in rows for _, data in row]
    assert [press and department_of(press, shop) for press in presses[:2]] == ["cosmetics", "kids"]
    assert presses[-2:] == [Press("left", SEEN.id), Press("pass", SEEN.id)]


def test_callback_data_fits_telegrams_64_bytes_however_long_the_key(shop) -> None:
    names = {"ru": "Сад", "en": "Garden"}
    long = Config.model_validate({"routing": {"departments": [{"key": "g" * 32, "names": names}]}})
    rows = buttons(Shop(long, shop.database), state="claimed", **MINE)
    assert all(len(data.encode()) <= 64 for row in rows for _, data in row)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "not_mine"},
        {"outcome": "passed_on"},
        {"state": "claimed", **ANNA},
        {"state": "served", **MINE},
        {"state": "left", **ANNA},
        {"state": "unknown", **MINE},
        {"state": "missed"},
    ],
    ids=str,
)
def test_a_closed_card_has_no_buttons(shop, changes) -> None:
    assert card_buttons(replace(CARD, **changes), shop, speech("en")) is None


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        "take:",
        "take:a b",
        "give:1",
        "take:" + "a" * 37,
        "take:1\n",
        "take:1:0badcafe",
        "serve:1",
        "serve:1:",
        "serve:1:cosmetics",
        "serve:1:0badcafe1",
        object(),
    ],
)
def test_other_callback_data_asks_for_nothing(data) -> None:
    assert read_press(data) is None


def test_a_department_that_nobody_knows_is_none(shop) -> None:
    assert department_of(Press("serve", SEEN.id, "0badcafe"), shop) is None
