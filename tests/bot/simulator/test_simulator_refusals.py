"""The simulator refuses what Telegram refuses, with its status and its sentence."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter

from bot.simulator import state
from bot.simulator.server import Simulator

LONE_SURROGATE = ("application/json", '{"chat_id": 1001, "text": "\\ud800"}')


def button(**fields: Any) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Take", **fields)]])


async def call(simulator: Simulator, method: str, token: str | None = None, **values: Any) -> tuple[int, str]:
    """Status and description of a raw request with a JSON body."""
    async with httpx.AsyncClient(headers={"Content-Type": "application/json"}) as http:
        url = f"{simulator.base_url}{token or simulator.token}/{method}"
        answer = await http.post(url, content=json.dumps(values))
    body = answer.json()
    assert body["ok"] is False
    assert body["error_code"] == answer.status_code
    return answer.status_code, body["description"]


async def test_a_wrong_token_is_unauthorized(simulator: Simulator) -> None:
    assert await call(simulator, "getMe", token="2:wrong") == (401, "Unauthorized")
    with pytest.raises(InvalidToken):
        await Bot("2:wrong", base_url=simulator.base_url).initialize()
    assert simulator.received == []


async def test_an_unknown_method_is_not_found(simulator: Simulator) -> None:
    assert await call(simulator, "sendInvoice", chat_id=1001) == (404, "Not Found")
    assert await call(simulator, "sendMesage") == (404, "Not Found")


@pytest.mark.parametrize("chat_id", [999, "@somebody", -1001])
async def test_an_unknown_chat_is_not_found(client: Bot, chat_id: int | str) -> None:
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await client.send_message(chat_id, "hello")


async def test_a_person_who_never_wrote_cannot_be_written_to(simulator: Simulator, client: Bot) -> None:
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await client.send_message(1003, "hello")
    assert simulator.messages(1003) == []


async def test_a_person_who_blocked_the_bot_cannot_be_written_to(
    simulator: Simulator, client: Bot, jpeg: bytes
) -> None:
    simulator.block(1001)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await client.send_photo(1001, jpeg)


@pytest.mark.parametrize("size", [0, 65])
async def test_callback_data_has_1_to_64_bytes(simulator: Simulator, client: Bot, size: int) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Take", "callback_data": "x" * size}]]}
    refusal = await call(simulator, "sendMessage", chat_id=1001, text="a", reply_markup=keyboard)
    assert refusal == (400, "Bad Request: BUTTON_DATA_INVALID")


async def test_callback_data_is_measured_in_bytes_of_utf8(simulator: Simulator, client: Bot) -> None:
    await client.send_message(1001, "a", reply_markup=button(callback_data="я" * 32))
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await client.send_message(1001, "a", reply_markup=button(callback_data="я" * 33))


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ([], "object expected as reply markup"),
        ("{", "can't parse reply markup JSON object"),
        ({"inline_keyboard": [{"text": "a"}]}, "must be an Array of Arrays"),
        ({"inline_keyboard": [[{"text": "a"}]]}, "Text buttons are unallowed in the inline keyboard"),
        ({"inline_keyboard": [["a"]]}, "InlineKeyboardButton must be an Object"),
        ({"inline_keyboard": [[{"callback_data": "a"}]]}, 'Field "text" must be of type String'),
        ({"inline_keyboard": [[{"text": " ", "callback_data": "a"}]]}, "BUTTON_TEXT_INVALID"),
        ({"inline_keyboard": [[{"text": "a", "url": "javascript:alert(1)"}]]}, "unsupported URL protocol"),
        ({"inline_keyboard": [[{"text": "a", "callback_data": "a"}] * 101]}, "reply markup is too long"),
        ({"inline_keyboard": [[{"text": "a", "callback_data": "\ud800"}]]}, "strings must be encoded in UTF-8"),
        ({"keyboard": [[""]]}, "keyboard button text must be non-empty"),
        ({"keyboard": [[{}]]}, 'Field "text" must be of type String'),
    ],
)
async def test_malformed_markup_is_refused(simulator: Simulator, client: Bot, markup: Any, reason: str) -> None:
    status, description = await call(simulator, "sendMessage", chat_id=1001, text="a", reply_markup=markup)
    assert status == 400
    assert reason in description
    assert len(simulator.messages(1001)) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "Message text is empty"), (" \n ", "Message text is empty"), ("x" * 4097, "Message is too long")],
)
async def test_a_text_has_1_to_4096_characters(client: Bot, text: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=f"^{reason}$"):
        await client.send_message(1001, text)


async def test_a_caption_has_up_to_1024_utf16_units_without_its_tags(client: Bot, jpeg: bytes) -> None:
    await client.send_photo(1001, jpeg, caption="<b>" + "👗" * 512 + "</b>", parse_mode="HTML")
    with pytest.raises(BadRequest, match="caption is too long"):
        await client.send_photo(1001, jpeg, caption="👗" * 512 + "!")


async def test_html_that_does_not_parse_is_refused(client: Bot) -> None:
    with pytest.raises(BadRequest, match='Can\'t parse entities: unsupported start tag "h1" at byte offset 0'):
        await client.send_message(1001, "<h1>x</h1>", parse_mode="HTML")
    with pytest.raises(BadRequest, match="reads html only"):
        await client.send_message(1001, "*x*", parse_mode="MarkdownV2")


async def test_a_query_can_be_answered_once_and_in_time(
    simulator: Simulator, client: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await client.send_message(1001, "a", reply_markup=button(callback_data="a"))
    too_old = "query is too old and response timeout expired or query id is invalid"
    query = await simulator.press(1001, sent.message_id, "a")
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await client.answer_callback_query(query, "x" * 201)
    await client.answer_callback_query(query, "x" * 200, show_alert=True)
    for unknown in (query, "12345"):
        with pytest.raises(BadRequest, match=f"(?i){too_old}"):
            await client.answer_callback_query(unknown)
    monkeypatch.setattr(state, "ANSWER_WITHIN_SECONDS", -1)
    late = await simulator.press(1001, sent.message_id, "a")
    with pytest.raises(BadRequest, match=f"(?i){too_old}"):
        await client.answer_callback_query(late)
    assert [(toast.text, toast.alert) for toast in simulator.toasts(1001)] == [("x" * 200, True)]


async def test_edits_that_change_nothing_are_refused(client: Bot, jpeg: bytes) -> None:
    text = await client.send_message(1001, "<b>a</b>", parse_mode="HTML", reply_markup=button(callback_data="a"))
    photo = await client.send_photo(1001, jpeg, caption="a")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await client.edit_message_text(
            "<b>a</b>", 1001, text.message_id, parse_mode="HTML", reply_markup=text.reply_markup
        )
    with pytest.raises(BadRequest, match="Message is not modified"):
        await client.edit_message_caption(1001, photo.message_id, caption="a")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await client.edit_message_reply_markup(1001, text.message_id, reply_markup=text.reply_markup)
    await client.edit_message_text("a", 1001, text.message_id, reply_markup=text.reply_markup)


async def test_only_the_bots_own_messages_of_the_right_kind_can_be_edited(
    simulator: Simulator, client: Bot, jpeg: bytes
) -> None:
    text, photo = await client.send_message(1001, "a"), await client.send_photo(1001, jpeg)
    theirs = simulator.messages(1001)[0].message_id
    for reason, edit in {
        "Message to edit not found": client.edit_message_text("b", 1001, 999),
        "(?i)message can't be edited": client.edit_message_text("b", 1001, theirs),
        "(?i)there is no text in the message to edit": client.edit_message_text("b", 1001, photo.message_id),
        "(?i)there is no caption in the message to edit": client.edit_message_caption(
            1001, text.message_id, caption="b"
        ),
        "Chat not found": client.edit_message_text("b", 999, text.message_id),
    }.items():
        with pytest.raises(BadRequest, match=reason):
            await edit
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await client.edit_message_text("b", 1002, text.message_id)
    with pytest.raises(BadRequest, match=r"(?i)inline keyboard expected"):
        await client.edit_message_text("b", 1001, text.message_id, reply_markup=ReplyKeyboardMarkup([["a"]]))
    assert await call(simulator, "editMessageText", chat_id=1001, text="b") == (
        400,
        "Bad Request: message identifier is not specified",
    )


async def test_what_is_not_a_photo_is_refused_as_one(client: Bot, jpeg: bytes) -> None:
    wide = io.BytesIO()
    Image.new("L", (2100, 100)).save(wide, "PNG")
    for data, reason in ((b"not a picture", "image_process_failed"), (wide.getvalue(), "photo_invalid_dimensions")):
        with pytest.raises(BadRequest, match=f"(?i){reason}"):
            await client.send_photo(1001, data)
    with pytest.raises(BadRequest, match="is too big for a photo"):
        await client.send_photo(1001, jpeg + bytes(10 * 1024 * 1024))


async def test_files_that_do_not_exist_are_refused(simulator: Simulator, client: Bot, jpeg: bytes) -> None:
    with pytest.raises(BadRequest, match=r"(?i)wrong file identifier/http url specified"):
        await client.send_photo(1001, "AgACnothing")
    with pytest.raises(BadRequest, match=r"(?i)failed to get http url content"):
        await client.send_photo(1001, "https://a.example/a.jpg")
    with pytest.raises(BadRequest, match=r"(?i)invalid file_id"):
        await client.get_file("nothing")
    photo = await client.send_photo(1001, jpeg)
    with pytest.raises(BadRequest, match=r"(?i)can't use file of type photo as document"):
        await client.send_document(1001, photo.photo[-1].file_id)
    assert await call(simulator, "sendPhoto", chat_id=1001) == (400, "Bad Request: there is no photo in the request")
    async with httpx.AsyncClient() as http:
        missing = await http.get(f"{simulator.base_file_url}{simulator.token}/photos/file_9.jpg")
        foreign = await http.get(f"{simulator.base_file_url}2:wrong/photos/file_0.jpg")
    assert (missing.status_code, foreign.status_code) == (404, 401)


async def test_other_missing_things_are_refused(client: Bot) -> None:
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await client.delete_message(1001, 999)
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        await client.send_message(1001, "a", reply_parameters=ReplyParameters(999))
    with pytest.raises(BadRequest, match=r"(?i)wrong parameter action in request"):
        await client.send_chat_action(1001, "dancing")
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await client.set_my_commands([BotCommand("Help!", "Help")])


async def test_bodies_that_cannot_be_read_are_refused(simulator: Simulator, client: Bot) -> None:
    async with httpx.AsyncClient(base_url=f"{simulator.base_url}{simulator.token}/") as http:
        for kind, body in (
            ("application/json", "[1]"),
            ("application/json", "{"),
            ("multipart/form-data", "x"),
            LONE_SURROGATE,
        ):
            answer = await http.post("sendMessage", content=body, headers={"Content-Type": kind})
            assert answer.status_code == 400
            assert answer.json()["description"].startswith("Bad Request: ")
        huge = await http.post("sendMessage", content=bytes(51 * 1024 * 1024))
    assert (huge.status_code, huge.json()["description"]) == (413, "Request Entity Too Large")


async def test_failures_can_be_ordered(simulator: Simulator, client: Bot) -> None:
    simulator.faults.fail("sendMessage", 429, retry_after=7)
    simulator.faults.fail("sendMessage", 500, times=2)
    with pytest.raises(RetryAfter, match="Retry in 7 seconds"):
        await client.send_message(1001, "a")
    for _ in range(2):
        with pytest.raises(NetworkError, match="Internal Server Error"):
            await client.send_message(1001, "a")
    assert (await client.send_message(1001, "a")).text == "a"
    assert len(simulator.messages(1001)) == 2
    with pytest.raises(ValueError, match="knows no method sendMesage"):
        simulator.faults.fail("sendMesage", 500)
    with pytest.raises(ValueError, match="200 is no HTTP error"):
        simulator.faults.fail("sendMessage", 200)
    with pytest.raises(ValueError, match="only error 429 carries retry_after"):
        simulator.faults.fail("sendMessage", 500, retry_after=1)
