"""An age check in Telegram: ask for ID, at once or not at all, in both languages and without a picture."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.notices.age_check import ask_for_id
from bot.shop import Shop
from bot.texts import speech
from db import age_checks, nudge, shops
from tests.bot.people import manager, shown

ANNA, VERA = 1001, 1003
pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")  # the library's own, off in a running bot


async def check(shop, band="likely", seconds_ago=0.0, now=None) -> int:
    """A customer at the till, told of as the worker does; how many people are to hear of it."""
    decided_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    async with shop.database.session() as session:
        number = await age_checks.tell(
            session,
            shop_id=await shops.only(session),
            camera="Касса <1>",
            band=band,
            decided_at=decided_at,
            now=now or datetime.now(UTC),
        )
    nudge.send(shop.database.url)
    return number


async def states(shop) -> list[str]:
    async with shop.database.reading() as session:
        return await age_checks.states(session)


async def test_the_manager_and_the_assistant_are_asked_to_ask(open_shop) -> None:
    await manager(open_shop)
    await open_shop.hire("Анна", ANNA, status="busy")
    assert await check(open_shop) == 2
    for person in (ANNA, VERA):
        message = await shown(open_shop, person, "Попросите документ: Касса <1>")
        assert "вероятно, нет 18 лет" in message.text
        assert (message.photo, message.inline) == (None, ())


@pytest.mark.parametrize(("language", "says"), [("en", "Ask for ID"), ("ru", "Попросите документ")])
@pytest.mark.parametrize("band", ["likely", "possible"])
def test_nobody_is_told_to_refuse(shop, language, says, band) -> None:
    payload = {"camera": "till", "band": band, "decided_at": datetime(2026, 5, 4, 9, 30, tzinfo=UTC).isoformat()}
    words = ask_for_id(payload, Shop(shop.config, shop.database), speech(language))
    assert says in words.text
    assert "12:30" in words.text
    assert words.photo is None
    for forbidden in ("refuse", "deny", "отказ", "не продавайте"):
        assert forbidden not in words.text.lower()


async def test_a_check_that_comes_too_late_is_dropped_and_holds_up_nothing(shop, until) -> None:
    """It was written while the bot was down."""
    await shop.hire("Анна", ANNA)
    long_ago = datetime.now(UTC) - timedelta(seconds=61)
    assert await check(shop, seconds_ago=61, now=long_ago) == 1
    await shop.enters()
    async with shop.bot():
        await shop.card(ANNA)
        await until(lambda: is_dropped(shop))
        await asyncio.sleep(0.2)
    assert not any("документ" in message.text for message in shop.simulator.messages(ANNA))


async def is_dropped(shop) -> bool:
    return await states(shop) == ["failed"]


async def test_a_check_that_telegram_refuses_for_a_moment_comes_again(open_shop, until) -> None:
    await open_shop.hire("Анна", ANNA)
    open_shop.simulator.faults.fail("sendMessage", 500)
    await check(open_shop, "possible")
    assert "возможно, нет 18 лет" in (await shown(open_shop, ANNA, "Попросите документ")).text
    await until(lambda: is_sent(open_shop))


async def is_sent(shop) -> bool:
    return await states(shop) == ["sent"]
