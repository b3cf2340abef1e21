"""What many methods ask of a request: a chat, a message of the bot's own, formatted words, a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.simulator.entities import Formatted, finished, from_html, from_plain
from bot.simulator.errors import bad_request
from bot.simulator.files import Kind, StoredFile
from bot.simulator.messages import Message
from bot.simulator.params import Params, Upload
from bot.simulator.state import TEXT_LIMIT, State

CAPTION_LIMIT = 1024

Answer = Any
Method = Callable[[State, Params], Answer | Awaitable[Answer]]


def chat(state: State, params: Params) -> int:
    """The chat to send to, checked."""
    if not params.text("chat_id"):
        raise bad_request("chat_id is empty")
    if params.chat_id is None:
        raise bad_request("chat not found")
    state.reachable(params.chat_id)
    return params.chat_id


def own_message(state: State, params: Params) -> Message:
    """The bot's own message that is to be edited."""
    if "message_id" not in params:
        raise bad_request("message identifier is not specified")
    if params.chat_id not in state.people:
        raise bad_request("chat not found")
    message = state.message(params.chat_id, params.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if not message.from_bot:
        raise bad_request("message can't be edited")
    return message


def text(params: Params) -> Formatted:
    """The text of a message: 1 to 4096 characters."""
    words = _formatted(params, "text", "entities")
    if not words.text:
        raise bad_request("message text is empty")
    if words.length > TEXT_LIMIT:
        raise bad_request("message is too long")
    return words


def caption(params: Params) -> Formatted:
    """The caption of a file: up to 1024 characters."""
    words = _formatted(params, "caption", "caption_entities")
    if words.length > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return words


def _formatted(params: Params, name: str, entities: str) -> Formatted:
    mode = params.text("parse_mode").lower()
    if mode == "html":
        return finished(from_html(params.text(name)))
    if mode in {"markdown", "markdownv2"}:
        raise bad_request("can't parse entities: this simulator reads HTML only, set parse_mode to HTML")
    if mode:
        raise bad_request("unsupported parse_mode")
    return finished(from_plain(params.text(name), params.structure(entities) or ()))


def file(state: State, kind: Kind, upload: Upload | None, reference: str) -> StoredFile:
    """A photo or document: uploaded with the request, or known by its file_id."""
    if upload is not None:
        if kind == "photo":
            return state.files.add_photo(upload.data)
        return state.files.add_document(upload.data, upload.name, upload.mime_type)
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    found = state.files.by_id(reference)
    if found is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if found.kind != kind:
        raise bad_request(f"can't use file of type {found.kind.title()} as {kind.title()}")
    return found
