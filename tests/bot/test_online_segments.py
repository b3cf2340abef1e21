"""/segments and /segment: figures of each, a picture of one, and the table of its customers with their offers."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from PIL import Image

from bot.charts.page import HEIGHT, WIDTH
from customers.churn.words import reason_words
from tests.bot.online import DRAWN_WITHIN, PROMO, VISITS, customer, imported, open_for_business, scored
from tests.bot.people import VERA, answer, manager, shown


async def picture_of(shop: Any, words: str) -> Any:
    mine = await shop.simulator.say(VERA, words)
    return await shop.simulator.wait_for(
        VERA, lambda m: m.from_bot and m.message_id > mine.message_id and bool(m.photo), DRAWN_WITHIN
    )


async def table_of(shop: Any, after: int) -> tuple[str, list[dict[str, str]]]:
    """The name and the rows of the table that came after a message."""
    sent = await shop.simulator.wait_for(
        VERA, lambda m: m.message_id > after and m.file is not None and m.file.kind == "document", DRAWN_WITHIN
    )
    text = sent.file.data.decode("utf-8-sig")
    return sent.file.name, list(csv.DictReader(io.StringIO(text), delimiter=";"))


async def test_the_list_has_every_segment_in_figures_with_a_button(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)

    listed = await answer(open_shop, VERA, "/segments")

    blocks = [block.splitlines() for block in listed.text.split("\n\n")]
    assert blocks[0] == ["Сегменты, всего 40 покупателей"]
    assert blocks[1][:3] == [
        "Уходят, самые прибыльные (leaving_profitable)",
        "24 покупателя, 60 % от всех",
        "станут покупать меньше: 89 %, остальные: 10 %",
    ]
    assert blocks[3][:2] == ["Только техника (appliances)", "0 покупателей, 0 % от всех"]
    assert listed.buttons == [
        "Уходят, самые прибыльные",
        "Уходят, покупают по акциям",
        "Только техника",
        "Товары для детей и для себя",
    ]


async def test_a_segment_comes_as_figures_a_picture_and_the_table_of_its_customers(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)

    picture = await picture_of(open_shop, "/segment leaving_promo")
    name, rows = await table_of(open_shop, picture.message_id)

    lines = picture.text.splitlines()
    assert lines[:2] == ["Уходят, покупают по акциям", "24 покупателя, 60 % от всех"]
    assert "Вероятность покупать меньше, средняя: 89 %, остальные 10 %" in lines
    assert "Прибыль в месяц, медиана: 5, остальные 4" in lines
    assert any(line.startswith("Товары для детей: 100 %, остальные 0 % (δ +1,00") for line in lines)
    assert not any(line.startswith("Покупки по акциям:") for line in lines)  # its condition names them
    assert Image.open(io.BytesIO(picture.photo)).size == (WIDTH, HEIGHT)

    assert name.startswith("leaving_promo_")
    assert [row["покупатель"] for row in rows] == [str(n) for n in range(1, 25)]
    assert rows[0] == {
        "покупатель": "1",
        "вероятность покупать меньше, %": "94,5",
        "почему": f"{reason_words(PROMO, 'ru')}; {reason_words(VISITS, 'ru')}",
        "любимая категория": "Товары для детей",
        "выручка в месяц": "5000,0",
        "прибыль в месяц": "5,0",
        "предложение": "Накопительная скидка вместо разовых акций: 5 % сейчас, 7 % с третьего заказа",
        "почему это предложение": "сегмент «Уходят, покупают по акциям»; Доля акционных покупок",
    }


@pytest.mark.parametrize("name", ["appliances", "ТОЛЬКО техника", "Appliances only"])
async def test_a_segment_is_known_by_key_and_by_name(open_shop, name) -> None:
    await manager(open_shop)
    await imported(open_shop, [customer(1, favourite_category="beauty"), customer(2), customer(3)])
    await scored(open_shop, {1: 0.3, 2: 0.2, 3: 0.1}, [PROMO])
    assert (await picture_of(open_shop, f"/segment {name}")).text.startswith(
        "Только техника\n1 покупатель, 33 % от всех"
    )


async def test_a_button_of_the_list_shows_its_segment(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop)
    listed = await answer(open_shop, VERA, "/segments")

    await open_shop.simulator.press(VERA, listed.message_id, "Товары для детей и для себя")
    await table_of(open_shop, listed.message_id)
    assert await open_shop.press_forged(VERA, "m:segment:gone") == "Эта кнопка больше не работает."

    await open_shop.simulator.press(VERA, listed.message_id, "Только техника")
    told = await shown(open_shop, VERA, "Только техника: сейчас в нём никого. Условие: category in")
    assert told.photo is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("/segment", "Назовите сегмент: /segment ИМЯ. Есть: leaving_profitable, leaving_promo,"),
        ("/segment aplliances", "Сегмента aplliances нет. Может быть, /segment appliances?"),
        ("/segment <b>", "Сегмента <b> нет. Есть: leaving_profitable"),
        (f"/segment {'я' * 3000}", "… нет. Есть:"),
    ],
)
async def test_an_unknown_segment_gets_a_helpful_answer(open_shop, words, says) -> None:
    await manager(open_shop)
    assert says in (await answer(open_shop, VERA, words)).text


async def test_many_segments_page_by_buttons(shop) -> None:
    many = [
        {"key": f"s{n}", "names": {"ru": f"Сегмент {n} " + "ж" * 80, "en": f"Segment {n}"}, "when": "profit > 0"}
        for n in range(14)
    ]
    customers = type(shop.config.customers).model_validate({"segments": many, "offers": []})
    shop.config = shop.config.model_copy(update={"customers": customers})
    async with shop.bot():
        await manager(shop)
        await open_for_business(shop)
        listed = await answer(shop, VERA, "/segments")
        assert len([line for line in listed.text.splitlines() if line.startswith("Сегмент ")]) == 6
        assert listed.buttons[-3:] == ["◀", "1/3", "▶"]

        await shop.simulator.press(VERA, listed.message_id, "▶")
        await shown(shop, VERA, "(s11)")
        await shop.simulator.press(VERA, listed.message_id, "▶")

        last = await shown(shop, VERA, "(s13)")
        assert last.message_id == listed.message_id
        assert last.buttons[-2:] == ["3/3", "▶"]
        assert len(last.buttons) == 5
        await picture_of(shop, "/segment s13")


async def test_generated_customers_are_called_so_in_every_row(open_shop) -> None:
    await manager(open_shop)
    await open_for_business(open_shop, synthetic=True)
    picture = await picture_of(open_shop, "/segment leaving_promo")
    _, rows = await table_of(open_shop, picture.message_id)
    assert "Синтетические данные" in picture.text
    assert {row["данные"] for row in rows} == {"синтетические"}
