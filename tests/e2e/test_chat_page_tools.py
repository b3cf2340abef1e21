"""The chat page beyond chatting: menus, strangers and links, faults, pictures, files, two languages, every width."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image
from playwright.async_api import Browser, expect
from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import Forbidden, NetworkError, RetryAfter

from bot.simulator.server import Simulator
from tests.e2e.chats import ANNA, BORIS, VERA, opened, phone

WAIT = BotCommand("wait", "Жду покупателей")


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        for person in (ANNA, BORIS):
            await simulator.say(person, "/start")
        yield simulator


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    async with Bot(simulator.token, base_url=simulator.base_url) as bot:
        yield bot


async def test_each_person_has_their_own_menu_and_the_keyboard_is_enough(
    browser: Browser, simulator: Simulator, bot: Bot
) -> None:
    await bot.set_my_commands([BotCommand("help", "Что я умею")])
    await bot.set_my_commands([WAIT, BotCommand("off", "Не на смене")], BotCommandScopeChat(ANNA))
    async with opened(browser, simulator.url) as page:
        anna, boris = phone(page, ANNA), phone(page, BORIS)
        await anna.get_by_label("Message", exact=True).focus()
        await anna.get_by_role("button", name="Commands").click()
        await expect(anna.get_by_role("option")).to_have_text(["/waitЖду покупателей", "/offНе на смене"])
        await page.keyboard.press("Escape")
        await expect(anna.get_by_role("option")).to_have_count(0)
        await page.keyboard.type("/w")
        await expect(anna.get_by_role("option")).to_have_text(["/waitЖду покупателей"])
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(anna.locator(".message.mine").last).to_contain_text("/wait")
        await expect(anna.get_by_label("Message", exact=True)).to_have_value("")
        await boris.get_by_role("button", name="Commands").click()
        await bot.set_my_commands([BotCommand("help", "Что я умею"), WAIT])
        await expect(boris.get_by_role("option")).to_have_count(2)
        await boris.get_by_role("option", name="/help").click()
        await expect(boris.locator(".message.mine").last).to_contain_text("/help")
        await bot.delete_my_commands()
        await expect(boris.get_by_role("button", name="Commands")).to_have_count(0)


async def test_a_link_to_the_bot_is_opened_by_whom_the_tester_chooses(
    browser: Browser, simulator: Simulator, bot: Bot
) -> None:
    link = "https://t.me/amiko_bot?start=once_Only-1"
    await bot.send_message(ANNA, f"Отправьте эту ссылку: {link}")
    async with opened(browser, simulator.url) as page:
        await phone(page, ANNA).get_by_role("link", name=link).click()
        await page.get_by_role("dialog").get_by_role("button", name="Борис").click()
        await expect(phone(page, BORIS).locator(".mine").last).to_contain_text("/start once_Only-1")

        await phone(page, ANNA).get_by_role("link", name=link).click()
        await page.get_by_role("button", name="Somebody new…").click()
        await page.get_by_label("Name").fill('<b title="x">Глеб</b>')
        await page.keyboard.press("Enter")
        gleb = page.get_by_role("region", name='<b title="x">Глеб</b>')
        await expect(gleb.locator(".mine").last).to_contain_text("/start once_Only-1")
        await expect(gleb.get_by_role("heading", name='<b title="x">Глеб</b>')).to_be_in_viewport()
    updates = [update.message.text for update in await bot.get_updates(offset=-2)]
    assert updates == ["/start once_Only-1"] * 2


async def test_a_stranger_gets_a_phone_of_their_own(browser: Browser, simulator: Simulator, bot: Bot) -> None:
    async with opened(browser, simulator.url) as page:
        await page.get_by_role("button", name="Add a person").click()
        await page.get_by_label("Name").fill("Zoe")
        await page.get_by_label("Language").select_option("English")
        await page.get_by_role("button", name="Add", exact=True).click()
        zoe = page.get_by_role("region", name="Zoe")
        await expect(zoe.get_by_text("has not met the bot yet")).to_be_visible()
        await zoe.get_by_role("button", name="Start").click()
        await expect(zoe.get_by_text("chats with Amiko")).to_be_visible()
    update = (await bot.get_updates(offset=-1))[0]
    assert (update.effective_user.first_name, update.effective_user.language_code) == ("Zoe", "en")


async def test_the_fault_panel_breaks_what_it_says_and_mends_it(
    browser: Browser, simulator: Simulator, bot: Bot
) -> None:
    async with opened(browser, simulator.url) as page:
        await page.get_by_role("button", name="Faults").click()
        panel = page.get_by_role("complementary", name="Faults")
        go = panel.get_by_role("button", name="Let it go wrong")
        await panel.get_by_label("For whom").select_option("Анна")
        await go.click()
        row = panel.get_by_role("listitem")
        await expect(row).to_contain_text("429 Too Many Requests · Анна ·")
        with pytest.raises(RetryAfter):
            await bot.send_message(ANNA, "too many")
        await bot.send_message(BORIS, "hello")
        await row.get_by_role("button", name="End").click()
        await expect(panel.get_by_text("Nothing: everything works.")).to_be_visible()
        await bot.send_message(ANNA, "now")

        await panel.get_by_label("Fault").select_option("500 Internal Server Error")
        await panel.get_by_label("For whom").select_option("everybody")
        await panel.get_by_label("Method").select_option("sendMessage")
        await panel.get_by_role("spinbutton", name="Requests").fill("2")
        await go.click()
        await expect(row).to_contain_text("500 · sendMessage · 2 to go")
        with pytest.raises(NetworkError, match="Internal Server Error"):
            await bot.send_message(ANNA, "broken")
        await expect(row).to_contain_text("1 to go")

        await panel.get_by_label("Telegram's limits").check()
        await asyncio.gather(*(bot.send_message(BORIS, str(n)) for n in range(8)), return_exceptions=True)
        assert 429 in {request.status for request in simulator.received}


async def test_who_blocks_the_bot_hears_nothing_until_they_unblock_it(
    browser: Browser, simulator: Simulator, bot: Bot
) -> None:
    async with opened(browser, simulator.url) as page:
        anna = phone(page, ANNA)
        await anna.get_by_role("button", name="Block the bot").click()
        await expect(anna.get_by_label("Message", exact=True)).to_be_hidden()
        with pytest.raises(Forbidden):
            await bot.send_message(ANNA, "hello?")
        await anna.get_by_role("button", name="Unblock the bot").click()
        await expect(anna.get_by_label("Message", exact=True)).to_be_focused()
        await bot.send_message(ANNA, "hello again")
        await expect(anna.get_by_text("hello again")).to_be_visible()


async def test_pictures_grow_and_documents_are_downloaded(browser: Browser, simulator: Simulator, bot: Bot) -> None:
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((900, 1200)).save(picture, "PNG")
    await bot.send_photo(ANNA, picture.getvalue())
    await bot.send_document(ANNA, "час;посетители\n".encode(), filename="день 1.csv")
    async with opened(browser, simulator.url) as page:
        anna = phone(page, ANNA)
        await anna.get_by_alt_text("Photo").click()
        large = page.get_by_role("dialog", name="Photo")
        await expect(large.get_by_alt_text("Photo")).to_have_js_property("naturalWidth", 900)
        await page.keyboard.press("Escape")
        await expect(large).to_have_count(0)
        async with page.expect_download() as download:
            await anna.get_by_role("link", name="день 1.csv").click()
        file = await download.value
        assert file.suggested_filename == "день 1.csv"
        assert (await file.path()).read_text(encoding="utf-8") == "час;посетители\n"


async def test_the_page_speaks_russian_and_remembers_the_choice(browser: Browser, simulator: Simulator) -> None:
    async with opened(browser, simulator.url, locale="ru-RU") as page:
        vera = phone(page, VERA)
        await expect(vera.get_by_text("ещё не знает бота")).to_be_visible()
        await expect(vera.get_by_text("управляющий")).to_be_visible()
        assert await page.locator("html").get_attribute("lang") == "ru"
        await page.get_by_role("button", name="English").click()
        await expect(vera.get_by_text("has not met the bot yet")).to_be_visible()
        await page.reload()
        await expect(vera.get_by_text("manager")).to_be_visible()


async def test_every_word_of_the_page_has_a_russian_one(browser: Browser, simulator: Simulator) -> None:
    async with opened(browser, simulator.url, locale="ru-RU") as page:
        await page.get_by_role("button", name="Сбои").click()
        said = await page.evaluate(
            """() => [...document.querySelectorAll("[data-t], [data-t-label]")]
                .map(node => [node.dataset.t ?? node.dataset.tLabel, node.dataset.t ? node.textContent
                    : node.getAttribute("aria-label")])"""
        )
        same = [english for english, russian in said if english == russian]
    assert len(said) > 40
    assert same == []


async def test_phones_stand_side_by_side_and_one_fills_a_narrow_screen(
    browser: Browser, simulator: Simulator, bot: Bot
) -> None:
    async with opened(browser, simulator.url, 1400, 900) as page:
        for person in (ANNA, BORIS, VERA):
            await expect(phone(page, person)).to_be_in_viewport(ratio=1)
    async with opened(browser, simulator.url, 390, 844) as page:
        await expect(phone(page, ANNA)).to_be_in_viewport(ratio=1)
        await expect(phone(page, BORIS)).not_to_be_in_viewport()
        await bot.send_message(BORIS, "hello")
        boris = page.get_by_role("navigation", name="People").get_by_role("button", name="Борис")
        await expect(boris.get_by_label("1 unread")).to_have_text("1")
        await boris.click()
        await expect(phone(page, BORIS)).to_be_in_viewport(ratio=1)
        await expect(boris.get_by_label("1 unread")).to_be_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_a_chat_stays_at_its_end_when_it_becomes_smaller(
    browser: Browser, simulator: Simulator, bot: Bot
) -> None:
    await bot.set_my_commands([BotCommand(f"command_{n}", "Words") for n in range(9)])
    await bot.send_message(ANNA, "a long story " * 120)
    async with opened(browser, simulator.url, 1400, 900) as page:
        history = phone(page, ANNA).get_by_role("log")
        for _ in range(2):
            simulator.join("Zoe")
        await expect(page.get_by_role("region", name="Zoe")).to_have_count(2)
        await page.wait_for_timeout(100)
        left = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
        assert await history.evaluate(left) < 2
        await phone(page, ANNA).get_by_role("button", name="Commands").click()
        await page.wait_for_timeout(100)
        assert await history.evaluate(left) < 2
        await page.keyboard.press("Escape")
        await page.wait_for_timeout(100)
        await history.evaluate("log => { log.scrollTop = 0; }")
        await page.wait_for_timeout(100)
        await bot.send_message(ANNA, "the end")
        await expect(history.get_by_text("the end")).to_be_attached()
        assert await history.evaluate("log => log.scrollTop") == 0, "who reads what was said is not torn away"
