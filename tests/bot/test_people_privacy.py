"""/privacy: what is stored, and that it is gone when somebody wishes so."""

from __future__ import annotations

import pytest

from db import staff
from tests.bot.people import ANNA, BORIS, VERA, answer, invited, manager, shown


@pytest.mark.parametrize(
    ("privacy", "says"),
    [
        ({"snapshots": "off"}, "Снимки не хранятся"),
        ({"snapshots": "blurred", "snapshot_hours": 36}, "снимок с размытым лицом, он удаляется через 36 ч"),
        ({"snapshots": "clear", "snapshot_hours": 1.5}, "хранится снимок, он удаляется через 1.5 ч"),
    ],
)
async def test_it_says_what_is_stored_and_for_how_long(shop, privacy, says) -> None:
    settings = shop.config.model_dump() | {"privacy": privacy}
    shop.config = type(shop.config).model_validate(settings)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        told = await answer(shop, ANNA, "/privacy")
    assert says in told.text
    assert "Хранятся номер в Telegram" in told.text
    assert "удаляются по истечении 365 дн." in told.text
    assert "Лица не распознаются" in told.text
    assert told.buttons == ["Удалить мои данные"]


async def test_a_person_has_their_data_deleted_and_is_a_stranger_again(open_shop, until) -> None:
    await manager(open_shop)
    await answer(open_shop, ANNA, f"/start {await invited(open_shop, 'Анна')}")
    told = await answer(open_shop, ANNA, "/privacy")
    await open_shop.simulator.press(ANNA, told.message_id, "Удалить мои данные")
    asked = await shown(open_shop, ANNA, "Удалить всё, что хранится о вас?")
    await open_shop.simulator.press(ANNA, asked.message_id, "Нет")
    await shown(open_shop, ANNA, "Хранятся номер в Telegram")
    await open_shop.simulator.press(ANNA, asked.message_id, "Удалить мои данные")
    await shown(open_shop, ANNA, "Удалить всё, что хранится о вас?")

    await open_shop.simulator.press(ANNA, asked.message_id, "Да")

    assert "я вас больше не знаю" in (await shown(open_shop, ANNA, "Вы вышли")).text
    assert open_shop.simulator.keyboard(ANNA) == []
    async with open_shop.database.reading() as session:
        assert [person.name for person in await staff.list_all(session)] == ["Вера"]
    assert "Вы ещё не вошли" in (await answer(open_shop, ANNA, "/privacy")).text
    assert "я спрашиваю управляющих" in (await answer(open_shop, ANNA, "/login")).text


async def test_the_last_manager_is_not_forgotten(open_shop) -> None:
    await manager(open_shop)
    assert (await open_shop.press_forged(VERA, "p:me:forget")).startswith("Вы единственный управляющий.")
    assert (await open_shop.person(VERA)).role == "manager"

    await manager(open_shop, BORIS, "Борис")
    told = await answer(open_shop, VERA, "/privacy")
    await open_shop.simulator.press(VERA, told.message_id, "Удалить мои данные")
    await shown(open_shop, VERA, "Удалить всё, что хранится о вас?")
    await open_shop.simulator.press(VERA, told.message_id, "Да")
    await shown(open_shop, VERA, "Вы вышли")
