"""All methods by name."""

from __future__ import annotations

from bot.simulator.errors import ApiError
from bot.simulator.methods import editing, profile, receiving, sending
from bot.simulator.methods.asked import Method

METHODS: dict[str, Method] = {
    method.__name__.replace("_", ""): method
    for method in (
        sending.send_message, sending.send_photo, sending.send_document, sending.send_chat_action,
        sending.answer_callback_query, sending.get_file,
        editing.edit_message_text, editing.edit_message_caption, editing.edit_message_media,
        editing.edit_message_reply_markup, editing.delete_message,
        profile.get_me, profile.set_my_commands, profile.get_my_commands, profile.delete_my_commands,
        receiving.get_updates, receiving.set_webhook, receiving.delete_webhook, receiving.get_webhook_info,
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
