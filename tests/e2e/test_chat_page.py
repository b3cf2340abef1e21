"""The chat page in a real browser: a card comes to two people, one takes it, and both chats change."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from PIL import Image
from playwright.async_api import Browser, expect
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler

from bot.simulator.server import Simulator
from tests.e2e.chats import ANNA, BORIS, VERA, opened, phone

BUTTONS = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Take", callback_data="take"), InlineKeyboardButton("Not mine", callback_data="pass")]]
)


@asynccontextmanager
async def small_bot(simulator: Simulator) -> AsyncIterator[Application]:
    """A bot that greets, repeats what it hears, and lets the first tap take a card from everyone."""
    cards: list[tuple[int, int]] = []

    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        keyboard = ReplyKeyboardMarkup([["Waiting", "Busy"]])
        await update.message.reply_html(f"Welcome, <b>{update.effective_user.first_name}</b>", reply_markup=keyboard)

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.message.reply_text(update.message.text)

    async def take(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.callback_query.answer("The visitor is yours")
        name = update.effective_user.first_name
        for chat_id, message_id in cards:
            await context.bot.edit_message_caption(chat_id, message_id, caption=f"Taken by {name}")

    async def send_cards() -> None:
        picture = io.BytesIO()
        Image.linear_gradient("L").convert("RGB").save(picture, "JPEG")
        for person in (ANNA, BORIS):
            sent = await application.bot.send_photo(
                person, picture.getvalue(), caption="<b>Kitchen</b> · 62 %", parse_mode="HTML", reply_markup=BUTTONS
            )
            cards.append((person, sent.message_id))

    builder = Application.builder().token(simulator.token)
    application = builder.base_url(simulator.base_url).base_file_url(simulator.base_file_url).build()
    application.add_handlers([CommandHandler("start", start), CallbackQueryHandler(take), MessageHandler(None, echo)])
    application.bot_data["send_cards"] = send_cards
    async with application:
        await application.start()
        await application.updater.start_polling()
        yield application
        await application.updater.stop()
        await application.stop()


async def test_a_card_comes_to_two_and_one_takes_it(browser: Browser) -> None:
    async with Simulator() as simulator, small_bot(simulator) as application, opened(browser, simulator.url) as page:
        anna, boris, vera = (phone(page, person) for person in (ANNA, BORIS, VERA))
        await anna.get_by_role("button", name="Start").click()
        await expect(anna.get_by_text("Welcome, Анна")).to_be_visible()
        await boris.get_by_label("Message", exact=True).fill("/start")
        await boris.get_by_role("button", name="Send").click()
        await expect(boris.get_by_text("Welcome, Борис")).to_be_visible()

        await application.bot_data["send_cards"]()
        for column in (anna, boris):
            card = column.locator("[data-message-id]").last
            await expect(card.get_by_text("Kitchen · 62 %")).to_be_visible()
            await expect(card.locator("b")).to_have_text("Kitchen")
            await expect(card.get_by_role("img", name="Photo")).to_have_js_property("naturalWidth", 256)
            await expect(card.get_by_role("button")).to_have_text(["Take", "Not mine"])

        await boris.get_by_role("button", name="Take").click()
        await expect(boris.get_by_role("status")).to_have_text("The visitor is yours")
        for column in (anna, boris):
            card = column.locator("[data-message-id]").last
            await expect(card.get_by_text("Taken by Борис")).to_be_visible()
            await expect(card.get_by_text("edited")).to_be_visible()
            await expect(card.get_by_role("button")).to_have_count(0)
            await expect(column.locator("[data-message-id]")).to_have_count(3)
        await expect(anna.get_by_role("status")).to_have_count(0)
        await expect(vera.locator("[data-message-id]")).to_have_count(0)


async def test_the_reply_keyboard_sends_its_label(browser: Browser) -> None:
    async with Simulator() as simulator, small_bot(simulator), opened(browser, simulator.url) as page:
        anna = phone(page, ANNA)
        await anna.get_by_role("button", name="Start").click()
        await anna.get_by_role("button", name="Busy").click()
        await expect(anna.locator(".message:not(.mine)").last).to_contain_text("Busy")
    assert [message.text for message in simulator.messages(ANNA) if not message.from_bot] == ["/start", "Busy"]


async def test_what_people_write_is_never_run(browser: Browser) -> None:
    attack = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
    async with Simulator() as simulator, small_bot(simulator), opened(browser, simulator.url) as page:
        anna = phone(page, ANNA)
        await anna.get_by_label("Message", exact=True).fill(attack)
        await anna.get_by_role("button", name="Send").click()
        messages = anna.locator("[data-message-id] .words")
        await expect(messages).to_have_count(2)
        assert [text.startswith(attack) for text in await messages.all_text_contents()] == [True, True]
        await expect(anna.locator(".words img")).to_have_count(0)
        assert await page.title() == "Amiko chats"


async def test_all_entities_are_shown_in_their_places(browser: Browser) -> None:
    html = (
        '👗 <b>bold <i>both</i></b> <u>under</u> <a href="https://a.example/">link</a> <code>code</code> '
        '<a href="javascript:alert(1)">trap</a> <tg-spoiler>secret</tg-spoiler> /help'
    )
    async with Simulator() as simulator, opened(browser, simulator.url) as page:
        await simulator.say(ANNA, "hi")
        async with Application.builder().token(simulator.token).base_url(simulator.base_url).build() as application:
            await application.bot.send_message(ANNA, html, parse_mode="HTML")
        words = phone(page, ANNA).locator(".words").last
        await expect(words).to_contain_text("👗 bold both under link code trap secret /help")
        await expect(words.locator("b")).to_have_text("bold both")
        await expect(words.locator("b > i")).to_have_text("both")
        await expect(words.locator("u")).to_have_text("under")
        await expect(words.locator("code")).to_have_text("code")
        await expect(words.locator("a")).to_have_text(["link"])
        await expect(words.locator(".spoiler")).to_have_text("secret")
        await words.get_by_role("button", name="/help").click()
        await simulator.wait_for(ANNA, lambda message: message.text == "/help" and not message.from_bot)


async def test_alerts_stay_until_ok(browser: Browser) -> None:
    async with Simulator() as simulator, opened(browser, simulator.url) as page:
        await simulator.say(ANNA, "hi")
        async with Application.builder().token(simulator.token).base_url(simulator.base_url).build() as application:
            sent = await application.bot.send_message(ANNA, "A visitor", reply_markup=BUTTONS)
            take = phone(page, ANNA).get_by_role("button", name="Take")
            await take.click()
            await expect(take).to_have_attribute("aria-busy", "true")
            (query,) = [u.callback_query for u in await application.bot.get_updates(timeout=5) if u.callback_query]
            assert query.message.message_id == sent.message_id
            await query.answer("Too late", show_alert=True)
        alert = phone(page, ANNA).get_by_role("alertdialog")
        await expect(alert).to_contain_text("Too late")
        await expect(take).not_to_have_attribute("aria-busy", "true")
        await alert.get_by_role("button", name="OK").click()
        await expect(alert).to_have_count(0)


async def test_a_page_that_lost_the_server_catches_up(browser: Browser) -> None:
    async with Simulator() as first:
        port = int(first.url.rstrip("/").rpartition(":")[2])
        page = await browser.new_page()
        await page.goto(first.url)
        await expect(page.get_by_text("live", exact=True)).to_be_visible()
    await expect(page.get_by_text("reconnecting…")).to_be_visible()
    async with Simulator(port=port) as second:
        await second.say(VERA, "while you were away")
        await expect(phone(page, VERA).get_by_text("while you were away")).to_be_visible()
        await page.close()
