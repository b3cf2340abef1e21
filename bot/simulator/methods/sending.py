"""New messages, files and notices: what the bot says."""

from __future__ import annotations

from bot.simulator import markup
from bot.simulator.entities import Formatted
from bot.simulator.errors import bad_request
from bot.simulator.files import Kind, StoredFile
from bot.simulator.methods import asked
from bot.simulator.methods.asked import Answer
from bot.simulator.params import Params
from bot.simulator.state import State

TOAST_LIMIT = 200
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
ACTIONS = {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
           "choose_sticker", "find_location", "record_video_note", "upload_video_note"}  # fmt: skip


def send_message(state: State, params: Params) -> Answer:
    """sendMessage."""
    chat_id = asked.chat(state, params)
    words = asked.text(params)
    return _posted(state, params, chat_id, words, None)


def send_photo(state: State, params: Params) -> Answer:
    """sendPhoto: a new photo, or one sent before by its file_id."""
    return _send_file(state, params, "photo")


def send_document(state: State, params: Params) -> Answer:
    """sendDocument: a new file, or one sent before by its file_id."""
    return _send_file(state, params, "document")


def send_chat_action(state: State, params: Params) -> Answer:
    """sendChatAction."""
    chat_id = asked.chat(state, params)
    action = params.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    state.feed.publish("action", person=chat_id, action=action)
    return True


def answer_callback_query(state: State, params: Params) -> Answer:
    """answerCallbackQuery."""
    text = params.text("text")
    if Formatted(text).length > TOAST_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    state.answer(params.text("callback_query_id"), text, params.flag("show_alert"))
    return True


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


def _send_file(state: State, params: Params, kind: Kind) -> Answer:
    chat_id = asked.chat(state, params)
    words = asked.caption(params)
    file = asked.file(state, kind, params.upload(kind), params.text(kind))
    return _posted(state, params, chat_id, words, file)


def _posted(state: State, params: Params, chat_id: int, words: Formatted, file: StoredFile | None) -> Answer:
    """The end of every send: keyboard and reply are checked, the message appears."""
    wanted = markup.parse(params.structure("reply_markup"))
    reply_to = _reply(state, params, chat_id)
    return state.as_json(state.post(chat_id, words, wanted, file, reply_to))


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
