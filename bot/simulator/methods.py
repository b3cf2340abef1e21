"""The Bot API's methods, each a function of the state and the parameters; see core.telegram.org/bots/api."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.simulator import markup
from bot.simulator.entities import Formatted, finished, from_html, from_plain
from bot.simulator.errors import ApiError, bad_request
from bot.simulator.files import Kind, StoredFile
from bot.simulator.messages import Message
from bot.simulator.params import Params
from bot.simulator.state import TEXT_LIMIT, State

CAPTION_LIMIT = 1024
TOAST_LIMIT = 200
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
ACTIONS = {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
           "choose_sticker", "find_location", "record_video_note", "upload_video_note"}  # fmt: skip

Answer = Any
Method = Callable[[State, Params], Answer | Awaitable[Answer]]


def get_me(state: State, params: Params) -> Answer:
    """getMe."""
    return state.bot | {
        "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False,
        "can_connect_to_business": False, "has_main_web_app": False,
    }  # fmt: skip


async def get_updates(state: State, params: Params) -> Answer:
    """getUpdates, the only method that waits."""
    allowed = params.structure("allowed_updates")
    if allowed is not None and not (isinstance(allowed, list) and all(isinstance(kind, str) for kind in allowed)):
        raise bad_request("can't parse allowed updates JSON object")
    return await state.updates.poll(
        params.integer("offset"), params.integer("limit", 100), params.integer("timeout"), allowed
    )


def delete_webhook(state: State, params: Params) -> Answer:
    """deleteWebhook: there never is one, but updates can be dropped."""
    if params.flag("drop_pending_updates"):
        state.updates.drop()
    return True


def get_webhook_info(state: State, params: Params) -> Answer:
    """getWebhookInfo."""
    return {"url": "", "has_custom_certificate": False, "pending_update_count": len(state.updates)}


def send_message(state: State, params: Params) -> Answer:
    """sendMessage."""
    chat_id = _chat(state, params)
    words = _text(params)
    return _posted(state, params, chat_id, words, None)


def send_photo(state: State, params: Params) -> Answer:
    """sendPhoto: a new photo, or one sent before by its file_id."""
    return _send_file(state, params, "photo")


def send_document(state: State, params: Params) -> Answer:
    """sendDocument: a new file, or one sent before by its file_id."""
    return _send_file(state, params, "document")


def _send_file(state: State, params: Params, kind: Kind) -> Answer:
    chat_id = _chat(state, params)
    words = _caption(params)
    return _posted(state, params, chat_id, words, _file(state, params, kind))


def _posted(state: State, params: Params, chat_id: int, words: Formatted, file: StoredFile | None) -> Answer:
    """The end of every send: keyboard and reply are checked, the message appears."""
    wanted = markup.parse(params.structure("reply_markup"))
    reply_to = _reply(state, params, chat_id)
    return state.as_json(state.post(chat_id, words, wanted, file, reply_to))


def edit_message_text(state: State, params: Params) -> Answer:
    """editMessageText."""
    message = _own_message(state, params)
    if message.file is not None:
        raise bad_request("there is no text in the message to edit")
    return _edited(state, params, message, _text(params))


def edit_message_caption(state: State, params: Params) -> Answer:
    """editMessageCaption; an empty caption removes it."""
    message = _own_message(state, params)
    if message.file is None:
        raise bad_request("there is no caption in the message to edit")
    return _edited(state, params, message, _caption(params))


def edit_message_reply_markup(state: State, params: Params) -> Answer:
    """editMessageReplyMarkup."""
    message = _own_message(state, params)
    return _edited(state, params, message, Formatted(message.text, message.entities))


def _edited(state: State, params: Params, message: Message, words: Formatted) -> Answer:
    inline = markup.parse_inline(params.structure("reply_markup"))
    return state.as_json(state.edit(message, replace(message, text=words.text, entities=words.entities, inline=inline)))


def delete_message(state: State, params: Params) -> Answer:
    """deleteMessage."""
    if params.chat_id not in state.people:
        raise bad_request("chat not found")
    message = state.message(params.chat_id, params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    state.delete(message)
    return True


def answer_callback_query(state: State, params: Params) -> Answer:
    """answerCallbackQuery."""
    text = params.text("text")
    if Formatted(text).length > TOAST_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    state.answer(params.text("callback_query_id"), text, params.flag("show_alert"))
    return True


def send_chat_action(state: State, params: Params) -> Answer:
    """sendChatAction."""
    chat_id = _chat(state, params)
    action = params.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    state.feed.publish("action", person=chat_id, action=action)
    return True


def set_my_commands(state: State, params: Params) -> Answer:
    """setMyCommands, kept by scope and language."""
    commands = params.structure("commands")
    if not isinstance(commands, list) or len(commands) > 100 or not all(isinstance(item, dict) for item in commands):
        raise bad_request("can't parse commands JSON object")
    for item in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(item.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(item.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    state.commands[_scope(params)] = [
        {"command": item["command"].removeprefix("/"), "description": item["description"]} for item in commands
    ]
    return True


def get_my_commands(state: State, params: Params) -> Answer:
    """getMyCommands, for exactly this scope and language."""
    return state.commands.get(_scope(params), [])


def get_file(state: State, params: Params) -> Answer:
    """getFile: where the file can be downloaded."""
    file = state.files.by_id(params.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.data) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.data),
        "file_path": file.path,
    }


def _chat(state: State, params: Params) -> int:
    """The chat to send to, checked."""
    if not params.text("chat_id"):
        raise bad_request("chat_id is empty")
    if params.chat_id is None:
        raise bad_request("chat not found")
    state.reachable(params.chat_id)
    return params.chat_id


def _own_message(state: State, params: Params) -> Message:
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


def _text(params: Params) -> Formatted:
    words = _formatted(params, "text", "entities")
    if not words.text:
        raise bad_request("message text is empty")
    if words.length > TEXT_LIMIT:
        raise bad_request("message is too long")
    return words


def _caption(params: Params) -> Formatted:
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


def _file(state: State, params: Params, kind: Kind) -> StoredFile:
    """The photo or document of the request: uploaded with it, or known by its file_id."""
    upload = params.upload(kind)
    if upload is not None:
        if kind == "photo":
            return state.files.add_photo(upload.data)
        return state.files.add_document(upload.data, upload.name, upload.mime_type)
    reference = params.text(kind)
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = state.files.by_id(reference)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.title()} as {kind.title()}")
    return file


def _reply(state: State, params: Params, chat_id: int) -> int | None:
    """The message that the new one answers."""
    wanted = params.structure("reply_parameters") or {}
    if not isinstance(wanted, dict) or not isinstance(wanted.get("message_id", 0), int):
        raise bad_request("can't parse reply parameters JSON object")
    message_id = wanted.get("message_id")
    if message_id is None:
        return None
    if state.message(chat_id, message_id) is None:
        if wanted.get("allow_sending_without_reply") is True:
            return None
        raise bad_request("message to be replied not found")
    return int(message_id)


def _scope(params: Params) -> tuple[str, str]:
    scope = params.structure("scope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad_request("can't parse BotCommandScope JSON object")
    return ":".join(str(value) for value in scope.values()), params.text("language_code")


METHODS: dict[str, Method] = {
    method.__name__.replace("_", ""): method
    for method in (
        get_me, get_updates, delete_webhook, get_webhook_info, send_message, send_photo, send_document,
        edit_message_text, edit_message_caption, edit_message_reply_markup, delete_message, answer_callback_query,
        send_chat_action, set_my_commands, get_my_commands, get_file,
    )
}  # fmt: skip


def find(name: str) -> Method:
    """The method of this name; Telegram does not mind its case.

    Raises:
        ApiError: 404 for a method that this server does not know.
    """
    method = METHODS.get(name.lower())
    if method is None:
        raise ApiError(404, "Not Found")
    return method
