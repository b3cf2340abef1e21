"""Changes to messages that the bot sent before."""

from __future__ import annotations

import time
from dataclasses import replace

from bot.simulator import markup
from bot.simulator.entities import Formatted
from bot.simulator.errors import bad_request
from bot.simulator.files import Kind
from bot.simulator.messages import Message
from bot.simulator.methods import asked
from bot.simulator.methods.asked import Answer
from bot.simulator.params import Params
from bot.simulator.state import State

DELETE_WITHIN_SECONDS = 48 * 3600
MEDIA: dict[str, Kind] = {"photo": "photo", "document": "document"}


def edit_message_text(state: State, params: Params) -> Answer:
    """editMessageText."""
    message = asked.own_message(state, params)
    if message.file is not None:
        raise bad_request("there is no text in the message to edit")
    return _edited(state, params, message, asked.text(params))


def edit_message_caption(state: State, params: Params) -> Answer:
    """editMessageCaption; an empty caption removes it."""
    message = asked.own_message(state, params)
    if message.file is None:
        raise bad_request("there is no caption in the message to edit")
    return _edited(state, params, message, asked.caption(params))


def edit_message_media(state: State, params: Params) -> Answer:
    """editMessageMedia: another photo or document with its caption, also in the place of a text."""
    message = asked.own_message(state, params)
    media = params.structure("media")
    if media is None:
        raise bad_request("media is empty")
    if not isinstance(media, dict):
        raise bad_request("can't parse InputMedia: Object expected")
    for field in ("type", "media"):
        if not isinstance(media.get(field), str):
            raise bad_request(f"can't parse InputMedia: Can't find field \"{field}\"")
    if media["type"] not in MEDIA:
        raise bad_request(f'unsupported InputMedia type "{media["type"]}" specified')
    kind, reference = MEDIA[media["type"]], media["media"]
    upload = params.attached(reference)
    if upload is None and reference.startswith("attach://"):
        raise bad_request(f'can\'t parse InputMedia: no file "{reference.removeprefix("attach://")}" is attached')
    words = asked.caption(Params(media, {}))
    return _edited(state, params, replace(message, file=asked.file(state, kind, upload, reference)), words, message)


def edit_message_reply_markup(state: State, params: Params) -> Answer:
    """editMessageReplyMarkup."""
    message = asked.own_message(state, params)
    return _edited(state, params, message, Formatted(message.text, message.entities))


def delete_message(state: State, params: Params) -> Answer:
    """deleteMessage: only what is younger than two days."""
    if params.chat_id not in state.people:
        raise bad_request("chat not found")
    message = state.message(params.chat_id, params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    if time.time() - message.date > DELETE_WITHIN_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    state.delete(message)
    return True


def _edited(state: State, params: Params, message: Message, words: Formatted, before: Message | None = None) -> Answer:
    """The end of every edit; `before` is the message as it stands, where more than its words and buttons change."""
    inline = markup.parse_inline(params.structure("reply_markup"))
    new = replace(message, text=words.text, entities=words.entities, inline=inline)
    return state.as_json(state.edit(before or message, new))
