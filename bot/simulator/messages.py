"""One message of a chat, and its shape in the Bot API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.simulator.entities import Entity
from bot.simulator.files import StoredFile
from bot.simulator.markup import Rows
from bot.simulator.people import Person


@dataclass(frozen=True)
class Message:
    """A message as it stands now; an edit makes a new record with the same id.

    Attributes:
        text: the text, or the caption of a photo or document.
        file: the photo or document.
        inline: inline buttons in rows, as InlineKeyboardButton objects.
        date, edited: seconds since 1970; `edited` is None until the first edit of the text or caption.
        reply_to: message_id that this message answers.
    """

    message_id: int
    chat_id: int
    from_bot: bool
    date: int
    text: str = ""
    entities: tuple[Entity, ...] = ()
    file: StoredFile | None = None
    inline: Rows = ()
    edited: int | None = None
    reply_to: int | None = None

    @property
    def buttons(self) -> list[str]:
        """The labels of the inline buttons, row by row."""
        return [button["text"] for row in self.inline for button in row]

    @property
    def photo(self) -> bytes | None:
        """The picture's bytes, None where there is no photo."""
        return self.file.data if self.file is not None and self.file.kind == "photo" else None

    def callback_data(self, label_or_data: str) -> str:
        """The callback_data of the button with this data or label.

        Raises:
            LookupError: the message has no such button.
        """
        buttons = [button for row in self.inline for button in row if "callback_data" in button]
        for key in ("callback_data", "text"):
            for button in buttons:
                if button[key] == label_or_data:
                    return str(button["callback_data"])
        labels = ", ".join(self.buttons) or "none"
        raise LookupError(f"message {self.message_id} has no button {label_or_data!r}; its buttons: {labels}")


def user_json(person: Person) -> dict[str, Any]:
    """The User object of a person."""
    user = {"id": person.id, "is_bot": False, "first_name": person.first_name, "language_code": person.language_code}
    return user | ({"username": person.username} if person.username else {})


def chat_json(person: Person) -> dict[str, Any]:
    """The Chat object of the private chat with a person."""
    chat = {"id": person.id, "type": "private", "first_name": person.first_name}
    return chat | ({"username": person.username} if person.username else {})


def message_json(message: Message, person: Person, bot: dict[str, Any], replied: Message | None) -> dict[str, Any]:
    """The Message object; `replied` is the message that it answers, where that still exists."""
    body: dict[str, Any] = {
        "message_id": message.message_id,
        "from": bot if message.from_bot else user_json(person),
        "chat": chat_json(person),
        "date": message.date,
    }
    if message.edited is not None:
        body["edit_date"] = message.edited
    if replied is not None:
        body["reply_to_message"] = message_json(replied, person, bot, None)
    if message.file is not None:
        body |= file_json(message.file)
    words, entities = ("text", "entities") if message.file is None else ("caption", "caption_entities")
    if message.text:
        body[words] = message.text
    if message.entities:
        body[entities] = [entity.as_json() for entity in message.entities]
    if message.inline:
        body["reply_markup"] = {"inline_keyboard": message.inline}
    return body


def file_json(file: StoredFile) -> dict[str, Any]:
    """The part of a Message that holds its file. A photo comes in one size, as tiny photos do in Telegram."""
    common = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": len(file.data)}
    if file.kind == "photo":
        return {"photo": [common | {"width": file.width, "height": file.height}]}
    return {"document": common | {"file_name": file.name, "mime_type": file.mime_type}}
