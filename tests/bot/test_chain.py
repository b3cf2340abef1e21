"""A chain of two shops behind one bot: each hears of itself alone, and chain managers see all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.digest import send_due
from bot.shop import Shop as BotShop
from db import age_checks, cameras, digests, nudge, shops, staff
from db.cameras import CameraReport
from db.models import Notice
from tests.bot.people import shown
from tests.past import came

ANNA, BORIS, VERA, OLGA, CHIEF = 1001, 1002, 1003, 2001, 2002
EAST = "Asia/Vladivostok"  # seven hours ahead of Moscow, where the first shop is
EDGES = ("Pacific/Kiritimati", "Pacific/Pago_Pago")  # 25 hours apart: in one of them it is never our date
pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")  # the library's own, off in a running bot


@pytest.fixture
async def east(shop) -> int:
    """The second shop of the chain; the first is Дом & сад, of config.yaml."""
    async with shop.database.session() as session:
        shop.home = await shops.only(session)
        return (await shops.add(session, "Владивосток Центр", EAST)).id


@pytest.fixture
async def chain(shop, east) -> Any:
    """The bot, with somebody in each shop and a chain manager in the first."""
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Борис", BORIS, shop_id=east)
        await shop.hire("Вера", VERA, role="manager", status="off")
        await shop.hire("Ольга", OLGA, role="manager", status="off", shop_id=east)
        await shop.hire("Шеф", CHIEF, role="chain_manager", status="off")
        yield shop


def texts(shop, person: int) -> str:
    return "\n".join(message.text for message in shop.simulator.messages(person))


async def settled(shop, *people: int) -> None:
    """Everything that was on its way has arrived: an answer comes behind it."""
    await asyncio.sleep(0.5)
    for person in people:
        await shop.ask(person, "/help")


async def test_a_card_goes_to_the_visits_own_shop_and_tells_its_own_time(chain, east) -> None:
    await chain.enters(shop_id=east, camera="Вход Восток")
    card = await chain.card(BORIS)
    assert "Вход Восток, 19:30" in card.text
    await settled(chain, ANNA, VERA, OLGA, CHIEF)
    assert [len(chain.cards(person)) for person in (ANNA, VERA, OLGA, CHIEF)] == [0, 0, 0, 0]

    await chain.enters(camera="Вход")
    assert "Вход, 12:30" in (await chain.card(ANNA)).text
    await settled(chain, BORIS)
    assert len(chain.cards(BORIS)) == 1


async def test_a_press_from_another_shop_takes_nothing(chain, east) -> None:
    visit = await chain.enters(shop_id=east)
    await chain.card(BORIS)
    for person in (ANNA, VERA, CHIEF):
        assert await chain.press_forged(person, f"take:{visit.id}") == "Это не ваша карточка."
    await chain.takes(BORIS)
    assert await chain.press_forged(ANNA, f"left:{visit.id}") == "Это не ваша карточка."
    assert (await chain.row(visit)).state == "claimed"


async def test_who_has_moved_finds_the_old_cards_dead(chain, east) -> None:
    visit = await chain.enters(shop_id=east)
    card = await chain.card(BORIS)
    async with chain.database.session() as session:
        await staff.move(session, (await chain.person(BORIS)).id, 1)
    assert await chain.press(BORIS, card.message_id, "Беру") == "Это не ваша карточка."
    assert (await chain.row(visit)).state == "offered"


async def test_nobody_elsewhere_hears_of_a_till(chain, east) -> None:
    now = datetime.now(UTC)
    async with chain.database.session() as session:
        told = await age_checks.tell(session, shop_id=east, camera="Касса", band="likely", decided_at=now, now=now)
    nudge.send(chain.database.url)
    assert told == 2
    for person in (BORIS, OLGA):
        assert f"{now.astimezone(ZoneInfo(EAST)):%H:%M}" in (await shown(chain, person, "Попросите документ")).text
    await settled(chain, ANNA, VERA, CHIEF)
    assert not any("Попросите документ" in texts(chain, person) for person in (ANNA, VERA, CHIEF))


async def test_an_unmet_visitor_is_told_to_the_managers_of_that_shop(shop, east, until) -> None:
    shop.rules(escalate_after=0.3)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Борис", BORIS, shop_id=east)
        await shop.hire("Вера", VERA, role="manager", status="off")
        await shop.hire("Ольга", OLGA, role="manager", status="off", shop_id=east)
        await shop.hire("Шеф", CHIEF, role="chain_manager", status="off")
        await shop.enters(shop_id=east)
        await shop.card(OLGA, "❗")
        await settled(shop, ANNA, VERA, CHIEF)
        assert [len(shop.cards(person)) for person in (ANNA, VERA, CHIEF)] == [0, 0, 0]


async def test_a_silent_camera_is_told_to_its_own_shop(shop, east, until) -> None:
    shop.config = shop.config.model_copy(update={"bot": shop.config.bot.model_copy(update={"camera_silent": 1.0})})
    async with shop.database.session() as session:
        await cameras.write(session, [CameraReport("Склад", "running", 8.0, 0, 0, None, datetime.now(UTC))], east)
    async with shop.bot():
        await shop.hire("Вера", VERA, role="manager", status="off")
        await shop.hire("Ольга", OLGA, role="manager", status="off", shop_id=east)
        await until(lambda: "🔴 Камера Склад" in texts(shop, OLGA))
        await settled(shop, VERA)
        assert "Склад" not in texts(shop, VERA)
        assert "Склад" in (await shop.ask(OLGA, "/cameras")).text
        assert (await shop.ask(VERA, "/cameras")).text.startswith("Камеры не настроены")


async def test_the_daily_picture_comes_by_the_shops_own_clock_and_of_that_shop(shop, east) -> None:
    vera = await shop.hire("Вера", VERA, role="manager", status="off")
    olga = await shop.hire("Ольга", OLGA, role="manager", status="off", shop_id=east)
    evening = datetime(2026, 5, 4, 21, 0, tzinfo=ZoneInfo(EAST))  # 14:00 in Moscow
    async with shop.database.session() as session:
        for person in (vera, olga):
            await digests.switch_on(session, person.id, "21:00", now=evening - timedelta(hours=9))
    for number in range(3):
        await came(shop.database, evening - timedelta(hours=number + 1), shop_id=east)
    await came(shop.database, evening - timedelta(hours=2), shop_id=1)

    # Before the bot runs, which goes by today's clock.
    await send_due(BotShop(shop.config, shop.database), evening)
    assert await told_of_the_day(shop) == [olga.id]
    await send_due(BotShop(shop.config, shop.database), evening + timedelta(hours=7))
    assert await told_of_the_day(shop) == [olga.id, vera.id]

    async with shop.bot():
        await shop.simulator.wait_for(OLGA, lambda m: "3 посетителя" in m.text and "Владивосток Центр" in m.text)
        await shop.simulator.wait_for(VERA, lambda m: "1 посетитель" in m.text and "Дом & сад" in m.text)


async def told_of_the_day(shop: Any) -> list[int]:
    """Whose daily pictures are written down, in their order."""
    async with shop.database.reading() as session:
        return list(await session.scalars(select(Notice.staff_id).where(Notice.kind == "digest").order_by(Notice.id)))


async def test_filters_of_another_shops_cameras_outlive_a_start(shop, east) -> None:
    async with shop.database.session() as session:
        await cameras.write(session, [CameraReport("Склад", "running", 8.0, 0, 0, None, datetime.now(UTC))], east)
    boris = await shop.hire("Борис", BORIS, shop_id=east)
    async with shop.database.session() as session:
        (await staff.get(session, boris.id)).cameras = ["Склад", "снята"]
    async with shop.bot():
        mine = await shop.simulator.say(BORIS, "/mycameras")
        assert "Склад" in (await shop.card(BORIS, after=mine.message_id)).text
    assert (await shop.person(BORIS)).cameras == ["Склад"]


async def test_a_manager_sees_their_own_shop_and_is_told_so(chain, east) -> None:
    await came(chain.database, datetime.now(UTC) - timedelta(seconds=1), shop_id=east)
    refused = "Вам виден ваш магазин, Дом & сад. Остальные видят управляющие сетью."
    for words in ("/stats all", "/stats владивосток центр", "/stats все 7d", "/shops", "/staff Владивосток Центр"):
        assert (await chain.ask(VERA, words)).text == refused, words
    assert (await chain.ask(VERA, "/compare Дом & сад Владивосток Центр")).text == refused
    for data in (f"m:stats:{east}:today", "m:stats:all:today", f"m:table:{east}:today"):
        assert await chain.press_forged(VERA, data) == "Эта кнопка больше не работает.", data
    for data in ("m:shops:0", f"m:compare:1:{east}:today"):
        assert await chain.press_forged(VERA, data) == "Это могут только управляющие сетью.", data


async def test_nobody_manages_another_shops_people(chain, east) -> None:
    boris, chief = await chain.person(BORIS), await chain.person(CHIEF)
    for action in ("see", "manager", "remove", "manager!", "remove!"):
        answer = await chain.press_forged(VERA, f"p:staff:{action}:{boris.id}:0")
        assert answer == "Этого человека в списке сотрудников уже нет.", action
    assert await chain.press_forged(VERA, f"p:staff:list:{east}:0") == "Эта кнопка больше не работает."
    assert await chain.press_forged(VERA, f"p:staff:remove!:{chief.id}:0") == "Это могут только управляющие сетью."
    assert (await chain.person(BORIS)).role == "assistant"

    mine = await chain.simulator.say(CHIEF, "/staff владивосток центр")
    listed = await chain.card(CHIEF, "Сотрудники: Владивосток Центр", after=mine.message_id)
    assert ("Борис" in listed.text, "Анна" in listed.text) == (True, False)


async def test_a_chain_manager_asks_for_any_shop_and_for_all(chain, east) -> None:
    noon = datetime.now(UTC).replace(hour=12) - timedelta(days=1)  # the same day by both clocks, at any hour of ours
    for shop_id, number in ((1, 2), (east, 3)):
        for second in range(number):
            await came(chain.database, noon - timedelta(seconds=second), shop_id=shop_id)

    async def picture(words: str) -> Any:
        mine = await chain.simulator.say(CHIEF, words)
        return await chain.simulator.wait_for(CHIEF, lambda m: m.message_id > mine.message_id and bool(m.photo), 30)

    assert "Дом & сад" in (await picture("/stats 7d")).text
    other = await picture("/stats ВЛАДИВОСТОК ЦЕНТР 7d")
    assert other.text.startswith("Владивосток Центр\n")
    assert "3 посетителя" in other.text
    every = await picture("/stats all 7d")
    assert every.text.startswith("Все магазины\n")
    assert "5 посетителей" in every.text
    both = await picture("/compare дом & сад и Владивосток центр 7d")
    assert both.text.splitlines()[0] == "Дом & сад и Владивосток Центр"
    assert "Посетители: 2 и 3" in both.text
    assert both.photo.startswith(b"\x89PNG")
    assert (await chain.ask(CHIEF, "/compare Дом")).text.startswith("Напишите, какие два магазина сравнить")


async def test_a_shops_today_is_by_its_own_clock_whatever_day_the_asker_has(chain) -> None:
    here = datetime.now(ZoneInfo(chain.config.store.timezone)).date()
    zone = next(zone for zone in EDGES if datetime.now(ZoneInfo(zone)).date() != here)
    async with chain.database.session() as session:
        edge = (await shops.add(session, "Край света", zone)).id
    await came(chain.database, datetime.now(UTC) - timedelta(seconds=1), shop_id=edge)

    await chain.simulator.say(CHIEF, "/stats край света")
    picture = await chain.simulator.wait_for(CHIEF, lambda message: bool(message.photo), 30)
    assert picture.text.startswith("Край света\n")
    assert "1 посетитель" in picture.text
    await chain.simulator.press(CHIEF, picture.message_id, "7 дней")
    await chain.simulator.wait_for(CHIEF, lambda message: "–" in message.text and "1 посетитель" in message.text, 30)


async def test_shops_are_listed_with_their_day(chain, east) -> None:
    await came(chain.database, datetime.now(UTC) - timedelta(seconds=1), shop_id=east, taken_after=1)
    mine = await chain.simulator.say(CHIEF, "/shops")
    listed = await chain.card(CHIEF, "Магазинов: 2", after=mine.message_id)
    first, second = listed.text.split("\n\n")[1:]
    assert first.startswith("Владивосток Центр, там ")
    assert first.splitlines()[1:] == ["сегодня 1 посетитель, взято 100 %", "свободных продавцов: 1 из 1"]
    assert second.splitlines()[1:] == ["сегодня 0 посетителей", "свободных продавцов: 1 из 1"]


async def test_an_invitation_is_for_the_inviters_shop_or_for_the_one_a_chain_manager_names(chain, east) -> None:
    async def invited(by: int, words: str, newcomer: int) -> int:
        mine = await chain.simulator.say(by, f"/invite {words}")
        told = await shown(chain, by, "https://t.me/", after=mine.message_id)
        await chain.ask(newcomer, "/start " + told.text.rpartition("?start=")[2])
        await shown(chain, by, "👋", after=told.message_id)  # not to be taken for the answer to what is said next
        return (await chain.person(newcomer)).shop_id

    assert await invited(OLGA, "Дан", 2010) == east
    assert await invited(CHIEF, "Ева manager @ владивосток центр", 2011) == east
    assert (await chain.person(2011)).role == "manager"
    assert (await chain.ask(CHIEF, "/invite Фёдор")).text.startswith("Напишите после @, в какой магазин")
    assert (await chain.ask(CHIEF, "/invite Фёдор @ Север")).text == "Магазина «Север» нет. Список: /shops."
    assert "Вам виден ваш магазин" in (await chain.ask(OLGA, "/invite Фёдор @ дом & сад")).text


async def test_a_stranger_names_their_shop_and_its_managers_decide(chain, east) -> None:
    assert (await chain.ask(2012, "/login")).text.startswith("В каком магазине вы работаете?")
    assert "я не знаю" in (await chain.ask(2012, "/login Север")).text
    await chain.ask(2012, "/login владивосток центр")
    request = await chain.card(OLGA, "🙋")
    await settled(chain, VERA, CHIEF)
    assert not any("🙋" in texts(chain, person) for person in (VERA, CHIEF))
    assert await chain.press_forged(VERA, "p:ask:yes:2012") == "Эта заявка уже закрыта."
    await chain.press(OLGA, request.message_id, "Впустить")
    assert (await chain.person(2012)).shop_id == east
