"""Everything a simulator knows: chats, callback queries, files, updates, and what was asked of it."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.simulator.entities import Formatted, finished
from bot.simulator.errors import ApiError, bad_request
from bot.simulator.faults import Faults
from bot.simulator.feed import Feed
from bot.simulator.files import Files, StoredFile
from bot.simulator.limits import Limits
from bot.simulator.links import start_command
from bot.simulator.markup import Markup, ReplyKeyboard
from bot.simulator.menus import Command, Menus, Scope
from bot.simulator.messages import Message, chat_json, message_json, user_json
from bot.simulator.people import Person
from bot.simulator.records import Request, Toast
from bot.simulator.updates import Updates

TEXT_LIMIT = 4096
NAME_LIMIT = 64
ANSWER_WITHIN_SECONDS = 30.0


@dataclass(frozen=True)
class Query:
    """A pressed inline button that the bot has not answered yet."""

    person_id: int
    message_id: int
    data: str
    deadline: float


class State:
    """One world of chats. All methods run in the event loop and never wait, so each is one step."""

    def __init__(self, people: Sequence[Person], token: str, limits: Limits | None = None) -> None:
        self.people = {person.id: person for person in people}
        self.bot = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Amiko", "username": "amiko_bot"}
        self.files = Files()
        self.feed = Feed()
        self.keyboards: dict[int, ReplyKeyboard] = {}
        self.blocked: set[int] = set()
        self.menus = Menus()
        self.toasts: list[Toast] = []
        self.received: list[Request] = []
        self.faults = Faults(self.feed)
        self.updates = Updates(self.faults.away_seconds)
        self.limits = limits
        self._messages: dict[int, dict[int, Message]] = {person.id: {} for person in people}
        self._message_ids = itertools.count(1)
        self._known: set[int] = set()
        self._queries: dict[str, Query] = {}
        self._chat_instance = secrets.token_hex(8)

    # What people do

    def say(self, person_id: int, text: str) -> Message:
        """A person writes to the bot, and unblocks it by that.

        Raises:
            LookupError: nobody has this id.
            ValueError: the text is empty, longer than Telegram allows, or no valid Unicode.
        """
        self.person(person_id)
        words = finished(Formatted(text))
        if not 1 <= words.length <= TEXT_LIMIT:
            raise ValueError(f"a message has 1 to {TEXT_LIMIT} characters, this one has {words.length}")
        if any("\ud800" <= character <= "\udfff" for character in words.text):
            raise ValueError("the message holds half a character, a lone surrogate, which cannot be sent")
        if person_id in self.blocked:
            self.set_blocked(person_id, False)
        self._known.add(person_id)
        if person_id in self.keyboards and self.keyboards[person_id].one_time:
            self._set_keyboard(person_id, None)
        message = self._add(Message(next(self._message_ids), person_id, False, _now(), words.text, words.entities))
        self.updates.add("message", self.as_json(message))
        return message

    def follow(self, person_id: int, link: str) -> Message:
        """A person opens a link to the bot, https://t.me/<bot>?start=<token>, and presses Start.

        Raises:
            LookupError: nobody has this id.
            ValueError: the link leads elsewhere.
        """
        return self.say(person_id, start_command(link, str(self.bot["username"])))

    def join(self, name: str, role: str, language_code: str) -> Person:
        """Somebody new gets a phone.

        Raises:
            ValueError: the name is empty or longer than Telegram allows.
        """
        if not 1 <= len(name.strip()) <= NAME_LIMIT:
            raise ValueError(f"a name has 1 to {NAME_LIMIT} characters")
        person = Person(max(self.people, default=1000) + 1, name.strip(), None, role, language_code)
        self.people[person.id] = person
        self._messages[person.id] = {}
        self.feed.publish("joined", person=person.id)
        return person

    def press(self, person_id: int, message_id: int, label_or_data: str) -> str:
        """A person presses an inline button; the answer is the id of the callback query.

        Raises:
            LookupError: nobody has this id, or the chat has no such message or button.
        """
        person = self.person(person_id)
        message = self.message(person_id, message_id)
        if message is None:
            raise LookupError(f"{person.first_name} has no message {message_id}")
        data = message.callback_data(label_or_data)
        query_id = str(secrets.randbits(62))
        self._queries[query_id] = Query(person_id, message_id, data, time.monotonic() + ANSWER_WITHIN_SECONDS)
        query = {"id": query_id, "from": user_json(person), "message": self.as_json(message),
                 "chat_instance": self._chat_instance, "data": data}  # fmt: skip
        self.updates.add("callback_query", query)
        return query_id

    def set_blocked(self, person_id: int, blocked: bool) -> None:
        """A person blocks the bot, or lets it in again; the bot is told, as in Telegram.

        Raises:
            LookupError: nobody has this id.
        """
        person = self.person(person_id)
        if blocked == (person_id in self.blocked):
            return
        (self.blocked.add if blocked else self.blocked.remove)(person_id)
        states = [{"status": "member", "user": self.bot}, {"status": "kicked", "user": self.bot, "until_date": 0}]
        old, new = states if blocked else reversed(states)
        change = {"chat": chat_json(person), "from": user_json(person), "date": _now()}
        self.updates.add("my_chat_member", change | {"old_chat_member": old, "new_chat_member": new})
        self.feed.publish("blocked", person=person_id, blocked=blocked)

    def set_limits(self, limits: Limits | None) -> None:
        """Apply Telegram's limits from now on, or none."""
        self.limits = limits
        self.feed.publish("limits", on=limits is not None)

    # What the bot does

    def reachable(self, chat_id: int) -> None:
        """Return if the bot may write to this chat.

        Raises:
            ApiError: 400 for an unknown id, 403 for a person who never wrote or blocked the bot.
        """
        if chat_id not in self.people:
            raise bad_request("chat not found")
        if chat_id not in self._known:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        if chat_id in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")

    def post(
        self,
        chat_id: int,
        words: Formatted,
        markup: Markup,
        file: StoredFile | None = None,
        reply_to: int | None = None,
    ) -> Message:
        """The bot's new message in a chat it may write to."""
        message = Message(
            next(self._message_ids),
            chat_id,
            True,
            _now(),
            words.text,
            words.entities,
            file,
            markup.inline,
            None,
            reply_to,
        )
        if markup.keyboard is not None or markup.removes_keyboard:
            self._set_keyboard(chat_id, markup.keyboard)
        return self._add(message)

    def edit(self, old: Message, new: Message) -> Message:
        """Put `new` in the place of `old`.

        Raises:
            ApiError: 400 when nothing changes.
        """
        if new == old:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        if (new.text, new.entities, new.file) != (old.text, old.entities, old.file):
            new = replace(new, edited=_now())
        return self._add(new)

    def delete(self, message: Message) -> None:
        """Remove a message for both sides."""
        del self._messages[message.chat_id][message.message_id]
        self.feed.publish("deleted", person=message.chat_id, message=message.message_id)

    def set_menu(self, scope: Scope, language: str, commands: tuple[Command, ...]) -> None:
        """Keep a list of commands, and show each person the menu that follows from it."""
        before = {person: self.menus.of(person) for person in self.people.values()}
        self.menus.put(scope, language, commands)
        for person, shown in before.items():
            if (now := self.menus.of(person)) != shown:
                self.feed.publish("menu", person=person.id, menu=now)

    def answer(self, query_id: str, text: str, alert: bool) -> None:
        """Answer a callback query, once and in time.

        Raises:
            ApiError: 400 when it is unknown, answered already, or too old.
        """
        query = self._queries.pop(query_id, None)
        if query is None or time.monotonic() > query.deadline:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if text:
            self.toasts.append(Toast(query.person_id, text, alert))
        self.feed.publish(
            "answered", person=query.person_id, message=query.message_id, data=query.data, text=text, alert=alert
        )

    # What is there

    def person(self, person_id: int) -> Person:
        """The person with this id.

        Raises:
            LookupError: nobody has it.
        """
        if person_id not in self.people:
            names = ", ".join(f"{person.id} ({person.first_name})" for person in self.people.values())
            raise LookupError(f"nobody here has the id {person_id}; there are {names}")
        return self.people[person_id]

    def has_met(self, person_id: int) -> bool:
        """Whether the bot knows this person's chat: they wrote to it once."""
        return person_id in self._known

    def messages(self, person_id: int) -> list[Message]:
        """The history of a person's chat, oldest first."""
        return list(self._messages[self.person(person_id).id].values())

    def message(self, chat_id: int, message_id: int) -> Message | None:
        """One message of a chat."""
        return self._messages.get(chat_id, {}).get(message_id)

    def as_json(self, message: Message) -> dict[str, Any]:
        """The Message object of the Bot API."""
        replied = self.message(message.chat_id, message.reply_to) if message.reply_to else None
        return message_json(message, self.people[message.chat_id], self.bot, replied)

    def _add(self, message: Message) -> Message:
        self._messages[message.chat_id][message.message_id] = message
        self.feed.publish("message", person=message.chat_id, message=message)
        return message

    def _set_keyboard(self, chat_id: int, keyboard: ReplyKeyboard | None) -> None:
        if keyboard is None:
            self.keyboards.pop(chat_id, None)
        else:
            self.keyboards[chat_id] = keyboard
        self.feed.publish("keyboard", person=chat_id, keyboard=keyboard)


def _now() -> int:
    return int(time.time())
