"""What the page is shown: people, their chats, keyboards and menus, and what goes wrong at the moment."""

from __future__ import annotations

from typing import Any

from bot.simulator.markup import ReplyKeyboard
from bot.simulator.menus import Command
from bot.simulator.messages import Message
from bot.simulator.people import Person
from bot.simulator.state import State


def everything(state: State) -> dict[str, Any]:
    """The whole page."""
    return {
        "bot": state.bot["first_name"],
        "username": state.bot["username"],
        "people": [person(state, one) for one in state.people.values()],
        "faults": state.faults.as_json(),
        "limits": state.limits is not None,
    }


def event(state: State, name: str, data: dict[str, Any]) -> dict[str, Any]:
    """One event of the feed."""
    if name == "joined":
        return person(state, state.people[data["person"]])
    return {key: shown(value) for key, value in data.items()}


def person(state: State, one: Person) -> dict[str, Any]:
    """One person's phone."""
    return {
        "id": one.id,
        "name": one.first_name,
        "role": one.role,
        "language": one.language_code,
        "blocked": one.id in state.blocked,
        "menu": shown(state.menus.of(one)),
        "keyboard": shown(state.keyboards.get(one.id)),
        "messages": [shown(message) for message in state.messages(one.id)],
    }


def shown(value: Any) -> Any:
    """A message, keyboard or menu as the page takes it; anything else as it is."""
    if isinstance(value, tuple):
        return [shown(item) for item in value]
    if isinstance(value, Command):
        return {"name": value.name, "description": value.description}
    if isinstance(value, ReplyKeyboard):
        return {"rows": value.rows, "placeholder": value.placeholder}
    return _message(value) if isinstance(value, Message) else value


def _message(message: Message) -> dict[str, Any]:
    file = message.file
    return {
        "id": message.message_id,
        "mine": not message.from_bot,
        "date": message.date,
        "edited": message.edited is not None,
        "text": message.text,
        "entities": [entity.as_json() for entity in message.entities],
        "file": file and {"id": file.unique_id, "kind": file.kind, "name": file.name, "size": len(file.data),
                          "width": file.width, "height": file.height},
        "buttons": [[{"text": button["text"], "data": button.get("callback_data"), "url": button.get("url")}
                     for button in row] for row in message.inline],
    }  # fmt: skip
