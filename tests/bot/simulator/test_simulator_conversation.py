"""What python-telegram-bot sends arrives in the chats, and what people do arrives in the bot."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.simulator.methods import editing
from bot.simulator.server import Simulator

TAKE = InlineKeyboardMarkup([[InlineKeyboardButton("Take", callback_data="take:1")]])


async def test_the_bot_learns_who_it_is(client: Bot) -> None:
    me = await client.get_me()
    assert (me.id, me.is_bot, me.username) == (1, True, "amiko_bot")


async def test_a_command_arrives_as_an_update_with_its_entity(client: Bot) -> None:
    first, second = await client.get_updates()
    assert first.message is not None
    assert first.message.text == "/start"
    assert first.message.from_user.first_name == "Анна"
    assert first.message.from_user.language_code == "ru"
    assert first.message.entities == (MessageEntity(MessageEntity.BOT_COMMAND, 0, 6),)
    assert second.effective_chat.id == 1002


async def test_html_is_shown_as_text_with_entities(simulator: Simulator, client: Bot) -> None:
    sent = await client.send_message(1001, "Hello <b>Anna</b> &amp; all", parse_mode="HTML")
    assert sent.text == "Hello Anna & all"
    assert sent.parse_entities() == {sent.entities[0]: "Anna"}
    assert simulator.messages(1001)[-1].text == "Hello Anna & all"
    assert simulator.messages(1002)[-1].text == "/start"


async def test_a_photo_can_be_sent_downloaded_and_sent_again(simulator: Simulator, client: Bot, jpeg: bytes) -> None:
    sent = await client.send_photo(1001, jpeg, caption="<i>new</i>", parse_mode="HTML", reply_markup=TAKE)
    assert (sent.photo[-1].width, sent.photo[-1].height) == (60, 40)
    assert sent.caption == "new"
    assert sent.caption_entities[0].type == "italic"
    assert sent.reply_markup == TAKE
    file = await client.get_file(sent.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == jpeg
    again = await client.send_photo(1002, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    assert simulator.messages(1002)[-1].photo == jpeg


async def test_a_document_arrives_with_its_name(simulator: Simulator, client: Bot) -> None:
    sent = await client.send_document(1001, b"a,b\n1,2\n", filename="visits.csv", caption="all")
    assert (sent.document.file_name, sent.document.mime_type, sent.document.file_size) == ("visits.csv", "text/csv", 8)
    again = await client.send_document(1002, sent.document.file_id)
    assert again.document.file_name == "visits.csv"
    assert simulator.messages(1001)[-1].text == "all"


async def test_a_whole_round_with_an_application(simulator: Simulator, jpeg: bytes) -> None:
    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.message.reply_photo(jpeg, caption="A visitor", reply_markup=TAKE)

    async def take(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.callback_query.answer(f"Yours: {update.callback_query.data}")
        await update.callback_query.edit_message_caption(f"Taken by {update.effective_user.first_name}")

    builder = Application.builder().token(simulator.token)
    application = builder.base_url(simulator.base_url).base_file_url(simulator.base_file_url).build()
    application.add_handlers([CommandHandler("start", start), CallbackQueryHandler(take)])
    async with application:
        await application.start()
        await application.updater.start_polling()
        await simulator.say(1002, "/start")
        card = await simulator.wait_for(1002, lambda message: bool(message.buttons))
        await simulator.press(1002, card.message_id, "Take")
        taken = await simulator.wait_for(1002, lambda message: message.text == "Taken by Борис")
        await application.updater.stop()
        await application.stop()
    assert taken.message_id == card.message_id
    assert taken.photo == jpeg
    assert taken.buttons == []
    assert taken.edited is not None
    assert [toast.text for toast in simulator.toasts(1002)] == ["Yours: take:1"]
    assert card.text == "A visitor", "records that were handed out earlier must not change"


async def test_a_pressed_button_brings_its_message_and_person(simulator: Simulator, client: Bot) -> None:
    sent = await client.send_message(1001, "A visitor", reply_markup=TAKE)
    await simulator.press(1001, sent.message_id, "take:1")
    update = (await client.get_updates())[-1]
    assert update.callback_query.from_user.id == 1001
    assert update.callback_query.data == "take:1"
    assert update.callback_query.message.message_id == sent.message_id
    assert update.callback_query.message.reply_markup == TAKE
    with pytest.raises(LookupError, match="has no button 'Drop'; its buttons: Take"):
        await simulator.press(1001, sent.message_id, "Drop")
    with pytest.raises(LookupError, match="Борис has no message"):
        await simulator.press(1002, sent.message_id, "Take")


async def test_text_edits_replace_the_message_and_its_buttons(simulator: Simulator, client: Bot) -> None:
    sent = await client.send_message(1001, "one", reply_markup=TAKE)
    await client.edit_message_reply_markup(1001, sent.message_id)
    assert simulator.messages(1001)[-1].buttons == []
    assert simulator.messages(1001)[-1].edited is None, "a change of buttons alone is not shown as an edit"
    edited = await client.edit_message_text("two", 1001, sent.message_id, reply_markup=TAKE)
    assert edited.edit_date is not None
    assert [message.text for message in simulator.messages(1001)] == ["/start", "two"]


async def test_reply_keyboards_come_and_go(simulator: Simulator, client: Bot) -> None:
    await client.send_message(1001, "status?", reply_markup=ReplyKeyboardMarkup([["Waiting", "Busy"], ["Off"]]))
    assert simulator.keyboard(1001) == ["Waiting", "Busy", "Off"]
    await client.send_message(1001, "why?", reply_markup=ForceReply())
    assert simulator.keyboard(1001) == ["Waiting", "Busy", "Off"]
    await client.send_message(1001, "bye", reply_markup=ReplyKeyboardRemove())
    assert simulator.keyboard(1001) == []
    await client.send_message(1001, "once", reply_markup=ReplyKeyboardMarkup([["Yes"]], one_time_keyboard=True))
    await simulator.say(1001, "Yes")
    assert simulator.keyboard(1001) == []


async def test_a_reply_shows_what_it_answers(simulator: Simulator, client: Bot) -> None:
    first = simulator.messages(1001)[0]
    sent = await client.send_message(1001, "hello", reply_parameters=ReplyParameters(first.message_id))
    assert sent.reply_to_message.text == "/start"


async def test_a_deleted_message_is_gone_unless_it_is_two_days_old(
    simulator: Simulator, client: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await client.send_message(1001, "oops")
    with monkeypatch.context() as later:
        later.setattr(editing, "time", SimpleNamespace(time=lambda: time.time() + 48 * 3600 + 2))
        with pytest.raises(BadRequest, match=r"(?i)message can't be deleted for everyone"):
            await client.delete_message(1001, sent.message_id)
    assert await client.delete_message(1001, sent.message_id)
    assert [message.text for message in simulator.messages(1001)] == ["/start"]


async def test_commands_are_kept_by_language(client: Bot) -> None:
    await client.set_my_commands([BotCommand("help", "Помощь")], language_code="ru")
    assert await client.get_my_commands(language_code="ru") == (BotCommand("help", "Помощь"),)
    assert await client.get_my_commands() == ()


async def test_requests_are_recorded_with_method_chat_and_time(simulator: Simulator, client: Bot) -> None:
    before = time.time()
    await client.send_chat_action(1002, "typing")
    last = simulator.received[-1]
    assert (last.method, last.chat_id) == ("sendchataction", 1002)
    assert before <= last.at <= time.time()


async def test_json_bodies_and_query_strings_work_too(simulator: Simulator, client: Bot) -> None:
    async with httpx.AsyncClient(base_url=f"{simulator.base_url}{simulator.token}/") as http:
        body = {
            "chat_id": 1001,
            "text": "json",
            "reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]},
        }
        assert (await http.post("sendMessage", json=body)).json()["ok"] is True
        assert (await http.get("SENDMESSAGE", params={"chat_id": 1001, "text": "query"})).json()["ok"] is True
    assert [(message.text, message.buttons) for message in simulator.messages(1001)[1:]] == [
        ("json", ["A"]),
        ("query", []),
    ]


async def test_blocking_and_coming_back_is_told_to_the_bot(simulator: Simulator, client: Bot) -> None:
    simulator.block(1001)
    await simulator.say(1001, "hello again")
    blocked, back, message = (await client.get_updates())[2:]
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert back.my_chat_member.new_chat_member.status == "member"
    assert message.message.text == "hello again"
    await client.send_message(1001, "welcome")


async def test_waiting_in_vain_says_what_is_there(simulator: Simulator, client: Bot) -> None:
    with pytest.raises(TimeoutError, match=r"Анна got no such message within 0\.05 s; the chat holds \['/start'\]"):
        await simulator.wait_for(1001, lambda message: False, seconds=0.05)


async def test_fifty_messages_at_once_all_arrive(simulator: Simulator, client: Bot) -> None:
    await asyncio.gather(*(client.send_message(1001 + n % 2, str(n)) for n in range(50)))
    texts = [message.text for person in (1001, 1002) for message in simulator.messages(person) if message.from_bot]
    assert sorted(texts, key=int) == [str(n) for n in range(50)]
