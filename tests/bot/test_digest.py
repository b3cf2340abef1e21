"""The daily picture: once a day, at the shop's time, whatever happens at that minute."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.digest import send_due
from bot.shop import Shop as BotShop
from db import digests, staff
from db.models import Digest, Notice, Staff
from tests.past import came

ANNA, VERA = 1001, 1003
MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 5, 4, 21, 0, tzinfo=MOSCOW)
MORNING = NOW.replace(hour=8)


async def on(shop: Any, at: str, *, now: datetime = MORNING) -> Staff:
    """A manager who has asked for the daily picture in the morning."""
    vera = await shop.hire("Вера", VERA, role="manager")
    async with shop.database.session() as session:
        await digests.switch_on(session, vera.id, at, now=now)
    return vera


async def made(shop: Any) -> int:
    """How many daily pictures were made, sent or not."""
    async with shop.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Notice).where(Notice.kind == "digest")) or 0


async def sent_for(shop: Any) -> str | None:
    async with shop.database.reading() as session:
        return await session.scalar(select(Digest.sent_for))


def pictures(shop: Any) -> list[Any]:
    return [message for message in shop.simulator.messages(VERA) if message.photo]


async def test_it_comes_at_its_time_and_not_before(shop) -> None:
    await on(shop, "21:00")
    await came(shop.database, NOW - timedelta(hours=3))
    served = BotShop(shop.config, shop.database)

    await send_due(served, NOW - timedelta(minutes=1))
    assert await made(shop) == 0
    await send_due(served, NOW)
    assert await made(shop) == 1

    async with shop.bot():
        picture = await shop.simulator.wait_for(VERA, lambda m: bool(m.photo))
    assert picture.photo.startswith(b"\x89PNG")
    assert "1 посетитель: обслужено 1" in picture.text


async def test_it_comes_once_a_day(shop) -> None:
    await on(shop, "21:00")
    await came(shop.database, NOW - timedelta(hours=3))
    served = BotShop(shop.config, shop.database)

    await asyncio.gather(*(send_due(served, NOW + timedelta(seconds=n)) for n in range(5)))
    await send_due(served, NOW + timedelta(hours=2))
    await send_due(served, NOW - timedelta(days=1))  # a clock set back
    assert await made(shop) == 1

    await send_due(served, NOW + timedelta(days=1))
    assert await sent_for(shop) == "2026-05-05"


async def test_what_was_due_while_the_bot_was_away_comes_the_same_day(shop, until) -> None:
    now = datetime.now(MOSCOW)
    await on(shop, "00:00", now=now - timedelta(days=1))
    async with shop.database.session() as session:
        (await session.scalars(select(Digest))).one().sent_for = f"{now - timedelta(days=1):%Y-%m-%d}"
    await came(shop.database, now)

    async with shop.bot():
        await until(lambda: pictures(shop))
    async with shop.bot():
        await asyncio.sleep(1.5)  # its first look is over
        await shop.ask(VERA, "/digest")

    assert len(pictures(shop)) == 1


async def test_a_failing_network_delays_it_and_does_not_lose_it(shop, until) -> None:
    now = datetime.now(MOSCOW)
    await on(shop, "00:00", now=now - timedelta(days=1))
    async with shop.database.session() as session:
        (await session.scalars(select(Digest))).one().sent_for = None
    await came(shop.database, now)
    shop.simulator.faults.fail("sendPhoto", 500, times=2)

    async with shop.bot():
        await until(lambda: pictures(shop))

    assert len(pictures(shop)) == 1


async def test_a_day_without_visitors_is_a_sentence(shop) -> None:
    await on(shop, "21:00")
    await send_due(BotShop(shop.config, shop.database), NOW)

    async with shop.bot():
        await shop.simulator.wait_for(VERA, lambda m: "посетителей не было" in m.text)


async def test_a_picture_that_cannot_be_drawn_goes_out_in_words(shop, monkeypatch, caplog) -> None:
    await on(shop, "21:00")
    await came(shop.database, NOW - timedelta(hours=3))
    monkeypatch.setattr("sys.executable", "/bin/false")
    await send_due(BotShop(shop.config, shop.database), NOW)
    assert "a daily picture goes out in words only" in caplog.text

    async with shop.bot():
        words = await shop.simulator.wait_for(VERA, lambda m: "1 посетитель: обслужено 1" in m.text)
    assert words.photo is None


async def test_only_yesterdays_sent_picture_is_given_up(shop) -> None:
    vera = await on(shop, "21:00")
    served = BotShop(shop.config, shop.database)
    await send_due(served, NOW)
    await send_due(served, NOW + timedelta(days=1))
    assert await made(shop) == 2  # the first is still on its way

    async with shop.database.session() as session:
        for notice in await session.scalars(select(Notice).where(Notice.staff_id == vera.id)):
            notice.state = "sent"
    await send_due(served, NOW + timedelta(days=2))
    assert await made(shop) == 1


@pytest.mark.parametrize("change", [{"role": "assistant"}, {"chat_id": None}, {"unreachable_since": NOW}])
async def test_who_may_not_or_cannot_see_it_gets_none(shop, change) -> None:
    vera = await on(shop, "21:00")
    async with shop.database.session() as session:
        person = await staff.get(session, vera.id)
        for name, value in change.items():
            setattr(person, name, value)

    await send_due(BotShop(shop.config, shop.database), NOW)

    assert (await made(shop), await sent_for(shop)) == (0, None)


async def test_the_command_switches_it_on_shows_it_and_switches_it_off(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    assert (await shop.ask(VERA, "/digest")).text.startswith("Картинка дня не приходит.")

    later = datetime.now(MOSCOW) + timedelta(minutes=2)
    first = "первая уже сегодня." if later.date() == datetime.now(MOSCOW).date() else "начиная с завтрашнего дня."
    assert (await shop.ask(VERA, f"/digest on {later:%H.%M}")).text == (
        f"Картинка дня будет приходить каждый день в {later:%H:%M}, {first}"
    )
    assert (await shop.ask(VERA, "/digest")).text.startswith(f"Картинка дня приходит каждый день в {later:%H:%M}.")
    assert (await shop.ask(VERA, "/digest вкл 0:00")).text.endswith("в 00:00, начиная с завтрашнего дня.")
    assert (await shop.ask(VERA, "/digest OFF")).text == "Больше не присылаю картинку дня."
    assert (await shop.ask(VERA, "/digest")).text.startswith("Картинка дня не приходит.")


@pytest.mark.parametrize("words", ["on 24:00", "on 12:60", "on noon", "off now", "21:00", "on 21:00 daily", "on ٢١:٠٠"])
async def test_what_is_no_time_is_explained(open_shop, words) -> None:
    await open_shop.hire("Вера", VERA, role="manager")
    assert (await open_shop.ask(VERA, f"/digest {words}")).text == "Напишите /digest on 21:00 или /digest off."
