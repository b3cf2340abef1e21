"""/churn: how many are at risk and what it may cost, the list in pages, one customer in words; for managers only."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from bot.charts.page import HEIGHT, WIDTH
from customers.churn.words import reason_words
from tests.bot.online import DRAWN_WITHIN, PAGES, PROMO, VISITS, customer, imported, open_for_business, scored
from tests.bot.people import ANNA, VERA, answer, manager, shown


async def list_of(shop: Any, words: str = "/churn") -> Any:
    """The message with the list, which comes after the picture."""
    mine = await shop.simulator.say(VERA, words)
    return await shop.simulator.wait_for(
        VERA, lambda m: m.from_bot and m.message_id > mine.message_id and "Вероятнее всего" in m.text, DRAWN_WITHIN
    )


async def picture_of(shop: Any, contains: str) -> Any:
    return await shop.simulator.wait_for(
        VERA, lambda m: m.from_bot and bool(m.photo) and contains in m.text, DRAWN_WITHIN
    )


async def test_the_whole_is_told_in_figures_a_picture_and_the_ten_likeliest(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)

    listed = await list_of(open_shop)
    picture = await picture_of(open_shop, "отток")

    at_risk = sum(0.95 - n / 200 for n in range(1, 25))
    lines = picture.text.splitlines()
    assert lines[0] == "Дом & сад: отток"
    assert "Под угрозой: 24 из 40 (60 %)" in lines
    money = next(line for line in lines if line.startswith("Под угрозой в месяц:"))
    told = money.replace("\xa0", "").replace("\u202f", "")
    assert told == f"Под угрозой в месяц: выручка {at_risk * 5000:.0f}, прибыль {round(at_risk * 5)}"
    assert "Под угрозой, по любимой категории: Товары для детей 24" in lines
    assert "Под угрозой, по главной причине: Доля акционных покупок 24" in lines
    assert Image.open(io.BytesIO(picture.photo)).size == (WIDTH, HEIGHT)

    entries = [line for line in listed.text.splitlines() if line[:1].isdigit()]
    assert len(entries) == 10
    assert entries[0] == f"1. 1 94 %: {reason_words(PROMO, 'ru')}; {reason_words(VISITS, 'ru')}"
    assert entries[9].startswith("10. 10 90 %")
    assert listed.buttons == ["◀", "1/3", "▶"]


async def test_the_list_turns_in_place(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)
    listed = await list_of(open_shop)

    await open_shop.simulator.press(VERA, listed.message_id, "▶")
    second = await shown(open_shop, VERA, "11–20 из 24")
    assert second.message_id == listed.message_id
    await open_shop.simulator.press(VERA, listed.message_id, "▶")
    last = await shown(open_shop, VERA, "21–24 из 24")
    places = [line.split()[:2] for line in last.text.splitlines() if line[:1].isdigit()]
    assert places == [["21.", "21"], ["22.", "22"], ["23.", "23"], ["24.", "24"]]
    assert last.buttons == ["◀", "3/3", "▶"]


async def test_a_page_that_is_no_longer_there_shows_the_last_one(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)
    listed = await list_of(open_shop)
    await open_shop.simulator.press(VERA, listed.message_id, "▶")
    await shown(open_shop, VERA, "11–20 из 24")
    await scored(open_shop, dict.fromkeys(range(1, 13), 0.9), [PROMO])

    await open_shop.simulator.press(VERA, listed.message_id, "▶")

    assert (await shown(open_shop, VERA, "11–12 из 12")).buttons == ["◀", "2/2", "▶"]


async def test_one_customer_is_told_with_reasons_segments_and_an_offer(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)

    lines = (await answer(open_shop, VERA, "/churn 1")).text.splitlines()

    assert lines[:8] == [
        "Покупатель 1",
        "Вероятность, что станет покупать меньше: 94 %",
        "Выше порога: под угрозой.",
        "Почему:",
        f"• {reason_words(PROMO, 'ru')}",
        f"• {reason_words(VISITS, 'ru')}",
        "Что говорит против:",
        f"• {reason_words(PAGES, 'ru')}",
    ]
    assert "Чаще всего покупает: Товары для детей" in lines
    assert "Сегменты: Уходят, самые прибыльные; Уходят, покупают по акциям; Товары для детей и для себя" in lines
    assert "Предложение: Клуб для родителей: подборка по возрасту ребёнка и скидка 10 % на следующий заказ" in lines
    assert "Почему оно: сегмент «Уходят, самые прибыльные»; Доля акционных покупок" in lines


async def test_who_is_in_no_segment_gets_no_offer(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)
    told = (await answer(open_shop, VERA, "/churn 30")).text
    assert "10 %" in told
    assert "под угрозой" not in told
    assert "Ни в одном сегменте, поэтому предложения нет." in told


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("999", "Покупателя с номером 999 нет. Всего их 40, с 1 по 40;"),
        ("abc", "состоит только из цифр, например: /churn 1."),
        ("1 2", "состоит только из цифр"),
        ("-1", "состоит только из цифр"),
        ("9" * 30, "состоит только из цифр"),
        ("١", "состоит только из цифр"),
    ],
)
async def test_an_unknown_number_gets_a_helpful_answer(open_shop, asked, says) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)
    assert says in (await answer(open_shop, VERA, f"/churn {asked}")).text


async def test_before_anything_is_there_it_says_what_to_do(open_shop) -> None:
    await manager(open_shop)
    for words in ("/churn", "/churn 1", "/segments", "/segment appliances"):
        assert "amiko customers import DIR" in (await answer(open_shop, VERA, words)).text

    await imported(open_shop, [customer(1), customer(2)])
    for words in ("/churn", "/churn 1", "/segments", "/segment leaving_promo"):
        assert "amiko customers train churn" in (await answer(open_shop, VERA, words)).text


async def test_nobody_at_risk_is_said_in_a_sentence(open_shop) -> None:
    await manager(open_shop)
    await imported(open_shop, [customer(1), customer(2)])
    await scored(open_shop, {1: 0.2, 2: 0.1}, [PAGES])

    await open_shop.simulator.say(VERA, "/churn")

    assert "Под угрозой: 0 из 2 (0 %)" in (await picture_of(open_shop, "отток")).text
    told = await shown(open_shop, VERA, "Под угрозой никого")
    assert told.text == "Под угрозой никого: ни одна вероятность не достигает 50 %."


async def test_what_is_generated_is_called_so_everywhere(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop, synthetic=True)

    listed = await list_of(open_shop)
    texts = [
        listed.text,
        (await picture_of(open_shop, "отток")).text,
        (await answer(open_shop, VERA, "/churn 1")).text,
        (await answer(open_shop, VERA, "/segments")).text,
    ]
    assert all("Синтетические данные" in text for text in texts)


async def test_only_managers_are_told_and_a_button_asks_again_who_presses(open_shop) -> None:
    await manager(open_shop)
    await open_shop.hire("Анна", ANNA)
    await open_for_business(open_shop)
    listed = await list_of(open_shop)

    for words in ("/churn", "/churn 1", "/segments", "/segment appliances", "/gender u1", "/count u1 B1"):
        assert (await answer(open_shop, ANNA, words)).text == "Показатели магазина видят только менеджеры."
    for data in ("m:churn:1", "m:segments:0", "m:segment:appliances"):
        assert await open_shop.press_forged(ANNA, data) == "Показатели магазина видят только менеджеры."

    async with open_shop.database.session() as session:
        (await session.merge(await open_shop.person(VERA))).role = "assistant"
    assert await open_shop.press(VERA, listed.message_id, "▶") == "Показатели магазина видят только менеджеры."
    assert (await shown(open_shop, VERA, "1–10 из 24")).message_id == listed.message_id


async def test_in_english_the_reasons_are_english(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)
    await scored(open_shop, {1: 0.9}, [PROMO, VISITS])
    await answer(open_shop, VERA, "/language en")
    told = (await answer(open_shop, VERA, "/churn 1")).text
    assert f"• {reason_words(PROMO, 'en')}" in told
    assert "Offer: A parents' club: picks by the child's age, and 10 % off the next order" in told
    assert "Not scored yet" in (await answer(open_shop, VERA, "/churn 2")).text
