"""/routing for managers, and cards whose departments stand in an order drawn by lot."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from telegram.constants import MessageLimit

from bot.charts.drawing import draw
from bot.charts.page import HEIGHT, WIDTH
from bot.learning.telling import WEEKS, routing
from bot.learning.training import train
from bot.shop import Shop
from bot.simulator.entities import from_html, utf16_length
from bot.texts import speech
from db import routing_kept, shops
from tests.bot.people import ANNA, VERA, answer, manager
from tests.outcomes import DEPARTMENTS, FIRST, told

ORDER = ["beauty", "kids", "kitchen", "cosmetics", "textiles", "electronics"]


async def said(shop: Any, now: datetime, language: str = "en") -> Any:
    """What a manager would be told, were it this instant."""
    return await routing(Shop(shop.config, shop.database), speech(language), now)


async def test_a_manager_sees_how_often_departments_were_foreseen_and_what_was_learnt(open_shop) -> None:
    await manager(open_shop)
    await told(open_shop.database, 300, first=datetime.now(UTC) - timedelta(hours=400))
    await train(open_shop.database, DEPARTMENTS)

    mine = await open_shop.simulator.say(VERA, "/routing")
    picture = await open_shop.simulator.wait_for(
        VERA, lambda m: m.from_bot and m.message_id > mine.message_id and bool(m.photo), 60
    )

    assert Image.open(io.BytesIO(picture.photo)).size == (WIDTH, HEIGHT)
    lines = picture.text.splitlines()
    assert lines[0] == "Дом & сад: угаданные отделы"
    assert lines[1].startswith("Выучено по 300 исходам, ")
    assert any(line.startswith("Для ") and "называет первым другой отдел" in line for line in lines)
    assert any(line.startswith("Кухонная посуда: ") and " → " in line for line in lines)
    assert any(line.startswith("Чаще всего ошибка: назван отдел") for line in lines)


async def test_weeks_are_those_of_the_shops_calendar_and_hits_are_counted(shop) -> None:
    await told(shop.database, 24 * 14)  # from Monday, 2 March, 12:00 in Moscow

    told_of = await said(shop, FIRST + timedelta(days=15))

    weeks = [line for line in told_of.caption.splitlines() if "right at once" in line and line[:1].isdigit()]
    assert [(line[:5], line.rpartition(" ")[2]) for line in weeks] == [
        ("02.03", "156"),
        ("09.03", "168"),
        ("16.03", "12"),
    ]
    assert sum(map(sum, told_of.picture.wanted)) == 24 * 14
    assert "Where the order was drawn by lot: " in told_of.caption
    assert "The rules of config.yaml answer; nothing was learnt yet, that is done every night" in told_of.caption
    assert len(told_of.caption) <= 1024


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_long_names_leave_the_words_short_enough_for_telegram(shop, language) -> None:
    names = [f"Мелкая бытовая техника и электроника для дома {n}" for n in range(len(DEPARTMENTS))]
    departments = [
        department.model_copy(update={"names": {"ru": name, "en": name}})
        for department, name in zip(shop.config.routing.departments, names, strict=True)
    ]
    routing_ = shop.config.routing.model_copy(update={"departments": departments})
    shop.config = shop.config.model_copy(update={"routing": routing_})
    await told(shop.database, 24 * 7 * WEEKS)
    await train(shop.database, DEPARTMENTS)

    told_of = await said(shop, FIRST + timedelta(weeks=WEEKS, hours=-12), language)

    assert len(told_of.picture.weeks) == WEEKS
    assert utf16_length(from_html(told_of.caption).text) <= MessageLimit.CAPTION_LENGTH
    assert "20.04: " in told_of.caption  # the newest week
    assert told_of.caption.count(" → ") >= 2
    assert any(name in told_of.caption for name in names)


async def test_what_is_older_than_the_weeks_shown_is_left_out(shop) -> None:
    await told(shop.database, 10)
    assert isinstance(await said(shop, FIRST + timedelta(weeks=WEEKS + 1)), str)


async def test_all_outcomes_count_towards_learning_and_not_those_of_the_weeks_shown_alone(shop) -> None:
    await told(shop.database, 95)
    later = FIRST + timedelta(weeks=WEEKS + 1)
    begins = "The rules of config.yaml answer; learning begins at 100 outcomes"
    await told(shop.database, 4, first=later, seed=2)
    assert begins in (await said(shop, later + timedelta(days=1))).caption
    await told(shop.database, 1, first=later + timedelta(hours=4), seed=3)
    assert begins not in (await said(shop, later + timedelta(days=1))).caption


async def test_whoever_answers_is_who_is_named(shop) -> None:
    await told(shop.database, 150, taste=None)
    now, caption = FIRST + timedelta(days=15), "The rules of config.yaml answer"
    await train(shop.database, DEPARTMENTS)
    assert f"{caption}; nothing that was learnt is surely better" in (await said(shop, now)).caption
    await told(shop.database, 300, seed=2)
    await train(shop.database, DEPARTMENTS)
    assert "Learnt from 450 outcomes on " in (await said(shop, now)).caption

    configured = shop.config
    fewer = configured.routing.model_copy(update={"departments": configured.routing.departments[:-1]})
    shop.config = configured.model_copy(update={"routing": fewer})
    told_of = (await said(shop, now)).caption
    assert f"{caption}: what was learnt on " in told_of
    assert "names another department first" not in told_of

    shop.config = configured
    async with shop.database.session() as session:
        await routing_kept.roll_back(session, await shops.only(session), now)
    assert f"{caption}; what was learnt before was taken back" in (await said(shop, now)).caption


async def test_before_anybody_has_said_what_was_wanted_that_is_what_is_told(open_shop) -> None:
    await manager(open_shop)
    assert (await answer(open_shop, VERA, "/routing")).text.startswith("Ещё никто не отметил, чего хотел посетитель")


async def test_only_managers_are_told(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)
    assert (await answer(open_shop, ANNA, "/routing")).text == "Показатели магазина видят только менеджеры."


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_picture_is_drawn_in_both_languages(shop, language) -> None:
    await told(shop.database, 60)
    told_of = await said(shop, FIRST + timedelta(days=3), language)
    assert Image.open(io.BytesIO(draw(told_of.picture))).size == (WIDTH, HEIGHT)


async def test_an_order_drawn_by_lot_stands_on_the_card_and_nothing_is_said_to_be_likeliest(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    visit = await shop.enters(shown=ORDER, propensity=0.05 / 6)
    assert "Косметика и аксессуары, 40 %" in (await shop.card(ANNA)).text  # who serves it is to come

    await shop.takes(ANNA)

    card = await shop.card(ANNA, "✅ Посетитель ваш")
    names = [shop.config.routing.departments[place].names["ru"] for place in (4, 0, 5, 2, 1, 3)]
    assert card.buttons[:6] == [f"✅ {name}" for name in names]
    assert "Косметика" not in card.text
    assert await shop.press(ANNA, card.message_id, "✅ Косметика и аксессуары") == "Обслужено, спасибо!"
    assert ((await shop.row(visit)).wanted, (await shop.row(visit)).shown) == ("cosmetics", ORDER)
