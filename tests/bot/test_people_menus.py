"""The command menu and /help of each role in each language; a menu that fails breaks nothing."""

from __future__ import annotations

import asyncio
import gc
import logging

import httpx
import pytest

from bot import menu_watch, menus
from db import staff
from tests.bot.people import ANNA, BORIS, VERA, answer, invited, manager, shown


async def menu(shop, scope: str, language: str = "") -> list[str]:
    """The commands that the Bot API has for exactly this scope and language."""
    kind, _, chat = scope.partition(":")
    wanted = {"type": kind} | ({"chat_id": int(chat)} if chat else {})
    async with httpx.AsyncClient() as client:
        found = await client.post(
            f"{shop.config.telegram.base_url}{shop.simulator.token}/getMyCommands",
            json={"scope": wanted, "language_code": language},
        )
    return [f"{one['command']}: {one['description']}" for one in found.json()["result"]]


async def test_each_role_has_its_menu_in_its_language(open_shop, until) -> None:
    await manager(open_shop)
    await answer(open_shop, ANNA, f"/start {await invited(open_shop, 'Анна')}")

    async def has(word: str) -> bool:
        return any(word in line for line in await menu(open_shop, f"chat:{ANNA}"))

    await until(lambda: has("wait: жду посетителей"))
    names = [line.partition(":")[0] for line in await menu(open_shop, f"chat:{ANNA}")]
    assert names == ["wait", "busy", "off", "mute", "hours", "quiet", "departments", "mycameras",
                     "language", "privacy", "help"]  # fmt: skip

    await answer(open_shop, ANNA, "/language en")
    await until(lambda: has("wait: I am free"))

    person = await open_shop.person(ANNA)
    await answer(open_shop, VERA, "/staff")
    await open_shop.press_forged(VERA, f"p:staff:manager!:{person.id}:0")
    await until(lambda: has("staff: who is waiting"))
    names = [line.partition(":")[0] for line in await menu(open_shop, f"chat:{ANNA}")]
    assert names == ["stats", "staff", "cameras", "missed", "digest", "routing", "churn", "segments", "segment",
                     "gender", "count", "invite", "language", "privacy", "help"]  # fmt: skip

    await open_shop.press_forged(VERA, f"p:staff:remove!:{person.id}:0")

    async def gone() -> bool:
        return await menu(open_shop, f"chat:{ANNA}") == []

    await until(gone)


async def test_a_menu_follows_what_the_command_line_does_with_a_person(shop, until, monkeypatch) -> None:
    monkeypatch.setattr(menu_watch, "EVERY_SECONDS", 0.05)
    async with shop.bot():
        await manager(shop)
        person = await shop.hire("Анна", ANNA)
        pauses = (0.1 * 2**times for times in range(9))

        async def follows() -> bool:
            # Again, as the watch may not have had the look yet after which a change is one; more slowly each time.
            pause = next(pauses)
            for role in ("assistant", "manager"):
                async with shop.database.session() as session:
                    await staff.set_role(session, person.id, role)
                await asyncio.sleep(pause)
            return any(line.startswith("staff:") for line in await menu(shop, f"chat:{ANNA}"))

        await until(follows)
        async with shop.database.session() as session:
            await staff.remove(session, person.id)

        async def gone() -> bool:
            return await menu(shop, f"chat:{ANNA}") == []

        await until(gone)


async def test_strangers_see_how_to_get_in(open_shop, until) -> None:
    async def there() -> bool:
        return bool(await menu(open_shop, "default", "en"))

    await until(there)
    assert await menu(open_shop, "default") == await menu(open_shop, "default", "ru")
    assert await menu(open_shop, "default", "ru") == [
        "start: для чего этот бот",
        "login: войти или попросить управляющих вас впустить",
    ]
    assert (await menu(open_shop, "default", "en"))[1] == "login: sign in, or ask the managers to let you in"


@pytest.mark.parametrize("code", [404, 400, 429, 500])
async def test_a_menu_that_telegram_refuses_breaks_nothing_and_is_logged_once(shop, caplog, monkeypatch, code) -> None:
    gc.collect()  # what earlier tests left is reported before, not among this one's records
    caplog.clear()
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(menus, "_failed", set())
    shop.simulator.faults.fail("setMyCommands", code, times=50)
    async with shop.bot():
        await manager(shop)
        for person, name in ((ANNA, "Анна"), (BORIS, "Борис")):
            assert "Вы вошли" in (await answer(shop, person, f"/start {await invited(shop, name)}")).text
        assert "Вы ждёте" in (await answer(shop, ANNA, "/wait")).text
    told = [record for record in caplog.records if "command menus cannot be brought up to date" in record.message]
    assert len(told) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_help_lists_what_a_role_can_do(open_shop) -> None:
    await manager(open_shop)
    await open_shop.hire("Анна", ANNA)
    hers, his = (await answer(open_shop, ANNA, "/help")).text, (await answer(open_shop, VERA, "/help")).text
    assert "/mute: без карточек" in hers
    assert "/invite" not in hers
    assert "/invite: ссылка-приглашение" in his
    assert "/mute" not in his


async def test_the_language_is_chosen_by_button(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)
    asked = await answer(open_shop, ANNA, "/language")
    assert asked.buttons == ["Русский", "English"]

    await open_shop.simulator.press(ANNA, asked.message_id, "English")

    await shown(open_shop, ANNA, "We speak English now.")
    assert open_shop.simulator.keyboard(ANNA) == ["🟢 Waiting", "🟡 Busy", "⚪ Off"]
    assert (await open_shop.person(ANNA)).language == "en"
    assert await open_shop.press_forged(ANNA, "p:lang:xx") == "This button no longer works."


async def test_a_shop_without_cameras_has_none_to_choose_from(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)
    assert "пока нет камер" in (await answer(open_shop, ANNA, "/mycameras")).text
