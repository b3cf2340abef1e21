"""/departments and /mycameras: tapping names says what an assistant hears of, and a restart keeps it."""

from __future__ import annotations

import pytest

from bot.handlers.filters import drop_unknown_filters
from bot.shop import Shop
from db import wishes
from tests.bot.people import ANNA, BORIS, VERA, answer, manager, shown

LONG = "Камера над самой дальней дверью, за складом и у лестницы 🚪🚪🚪"


@pytest.fixture
def shop(shop):
    cameras = [{"name": name, "url": 0} for name in ("Вход", "<b>Зал</b> & бар", LONG)]
    shop.config = type(shop.config).model_validate(
        {
            "store": {"name": "Дом & сад"},
            "database": {"url": shop.config.database.url},
            "telegram": {"token": shop.simulator.token, "base_url": shop.simulator.base_url},
            "cameras": cameras,
        }
    )
    return shop


async def test_departments_are_chosen_by_tapping(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)

    menu = await answer(open_shop, ANNA, "/departments")
    assert menu.text.startswith("Я сообщаю вам о посетителях всех отделов.")
    assert menu.buttons[:2] == ["✅ Все", "Товары для детей"]

    await open_shop.simulator.press(ANNA, menu.message_id, "Кухонная посуда")
    one = await shown(open_shop, ANNA, "отделов: Кухонная посуда.")
    assert one.message_id == menu.message_id
    await open_shop.simulator.press(ANNA, menu.message_id, "Товары для детей")
    await shown(open_shop, ANNA, "отделов: Товары для детей, Кухонная посуда.")
    assert (await open_shop.person(ANNA)).departments == ["kids", "kitchen"]

    await open_shop.simulator.press(ANNA, menu.message_id, "✅ Кухонная посуда")
    await shown(open_shop, ANNA, "отделов: Товары для детей.")
    await open_shop.simulator.press(ANNA, menu.message_id, "Все")
    await shown(open_shop, ANNA, "всех отделов")
    assert (await open_shop.person(ANNA)).departments == []


async def test_the_last_name_taken_away_means_all_again(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)
    menu = await answer(open_shop, ANNA, "/departments")
    await open_shop.simulator.press(ANNA, menu.message_id, "Кухонная посуда")
    await shown(open_shop, ANNA, "отделов: Кухонная посуда.")
    await open_shop.simulator.press(ANNA, menu.message_id, "✅ Кухонная посуда")
    assert (await shown(open_shop, ANNA, "всех отделов")).buttons[0] == "✅ Все"


async def test_cameras_are_chosen_by_tapping_whatever_their_names(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)
    menu = await answer(open_shop, ANNA, "/mycameras")
    assert menu.buttons[:3] == ["✅ Все", "Вход", "<b>Зал</b> & бар"]

    await open_shop.simulator.press(ANNA, menu.message_id, "<b>Зал</b> & бар")
    await shown(open_shop, ANNA, "с камер: <b>Зал</b> & бар.")
    await open_shop.simulator.press(ANNA, menu.message_id, menu.buttons[3])
    await shown(open_shop, ANNA, "<b>Зал</b> & бар, Камера над")
    assert (await open_shop.person(ANNA)).cameras == ["<b>Зал</b> & бар", LONG]


async def test_filters_decide_who_hears_of_a_visitor(open_shop) -> None:
    for person, name in ((ANNA, "Анна"), (BORIS, "Борис")):
        await open_shop.hire(name, person)
    menu = await answer(open_shop, ANNA, "/departments")
    await open_shop.simulator.press(ANNA, menu.message_id, "Кухонная посуда")
    await shown(open_shop, ANNA, "отделов: Кухонная посуда.")

    await open_shop.enters()  # for cosmetics

    await open_shop.card(BORIS, "Косметика и аксессуары")
    await answer(open_shop, ANNA, "/help")
    assert not any("Косметика и аксессуары" in m.text for m in open_shop.simulator.messages(ANNA))


async def test_what_is_no_longer_configured_is_forgotten_when_the_bot_starts(shop) -> None:
    person = await shop.hire("Анна", ANNA)
    async with shop.database.session() as session:
        await wishes.set_filters(session, person.id, departments=["kids", "toys"], cameras=["Старая"])

    await drop_unknown_filters(Shop(shop.config, shop.database))

    kept = await shop.person(ANNA)
    assert (kept.departments, kept.cameras) == (["kids"], [])


async def test_presses_of_others_are_refused(open_shop) -> None:
    await manager(open_shop)
    await open_shop.hire("Анна", ANNA)
    await answer(open_shop, BORIS, "/start")
    assert await open_shop.press_forged(VERA, "p:dep:0:all") == (
        "Карточки получают только продавцы, поэтому управляющим это не нужно."
    )
    assert await open_shop.press_forged(BORIS, "p:dep:0:all") == "Вас нет в списке сотрудников."
    for data in ("p:dep:0:0123456789ab", "p:dep:0:kitchen", "p:dep:0:", "p:cam:x:all"):
        assert await open_shop.press_forged(ANNA, data) == "Эта кнопка больше не работает."
