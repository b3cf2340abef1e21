"""editMessageMedia puts another picture or file into a message, and refuses what Telegram refuses."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest, NetworkError

from bot.simulator.server import Simulator

ANNA = 1001
DAY = InlineKeyboardMarkup([[InlineKeyboardButton("Today", callback_data="m:today")]])


async def test_a_picture_gives_way_to_another_with_its_caption_and_buttons(
    simulator: Simulator, client: Bot, jpeg: bytes
) -> None:
    sent = await client.send_photo(ANNA, jpeg, caption="yesterday")
    other = jpeg + b"\0"
    edited = await client.edit_message_media(
        InputMediaPhoto(other, caption="<b>today</b>", parse_mode="HTML"), ANNA, sent.message_id, reply_markup=DAY
    )
    assert (edited.message_id, edited.caption, edited.reply_markup) == (sent.message_id, "today", DAY)
    assert edited.photo[-1].file_unique_id != sent.photo[-1].file_unique_id
    shown = simulator.messages(ANNA)[-1]
    assert (shown.photo, shown.entities[0].type) == (other, "bold")
    assert shown.edited is not None


async def test_a_picture_sent_before_is_known_by_its_file_id(client: Bot, jpeg: bytes) -> None:
    first, second = await client.send_photo(ANNA, jpeg), await client.send_photo(ANNA, jpeg)
    same = InputMediaPhoto(first.photo[-1].file_id)
    edited = await client.edit_message_media(same, ANNA, second.message_id)
    assert edited.photo[-1].file_unique_id == first.photo[-1].file_unique_id
    with pytest.raises(BadRequest, match="Message is not modified"):
        await client.edit_message_media(same, ANNA, second.message_id)


async def test_a_text_and_a_file_can_become_each_others_place(client: Bot, jpeg: bytes) -> None:
    text = await client.send_message(ANNA, "nobody came")
    picture = await client.edit_message_media(InputMediaPhoto(jpeg), ANNA, text.message_id)
    assert picture.photo
    file = await client.edit_message_media(InputMediaDocument(b"a;b", filename="a.csv"), ANNA, text.message_id)
    assert file.document.file_name == "a.csv"


@pytest.mark.parametrize(
    ("media", "reason"),
    [
        (None, "media is empty"),
        ([], "Object expected"),
        ({"media": "x"}, 'find field "type"'),
        ({"type": "photo"}, 'find field "media"'),
        ({"type": "hologram", "media": "x"}, 'unsupported InputMedia type "hologram"'),
        ({"type": "photo", "media": "attach://nothing"}, 'no file "nothing" is attached'),
        ({"type": "photo", "media": "AgACnothing"}, "wrong file identifier"),
        ({"type": "photo", "media": "x", "caption": "x" * 1025}, "caption is too long"),
    ],
)
async def test_media_that_make_no_sense_are_refused(
    simulator: Simulator, client: Bot, jpeg: bytes, media: Any, reason: str
) -> None:
    sent = await client.send_photo(ANNA, jpeg)
    body = {"chat_id": ANNA, "message_id": sent.message_id, "media": media}
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{simulator.base_url}{simulator.token}/editMessageMedia",
            content=json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code == 400
    assert reason in answer.json()["description"]


async def test_a_file_of_more_than_fifty_megabytes_is_refused(client: Bot) -> None:
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await client.send_document(ANNA, bytes(50 * 1024 * 1024 + 1), filename="huge.csv")
