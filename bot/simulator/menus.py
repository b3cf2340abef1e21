"""The commands that a person's "/" menu shows: the narrowest scope that holds any, as Telegram chooses it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.simulator.people import Person


@dataclass(frozen=True)
class Scope:
    """Whom a list of commands is for; `chat_id` belongs to the type "chat"."""

    type: str
    chat_id: int | None = None


@dataclass(frozen=True)
class Command:
    """One line of a menu; the name is without its slash."""

    name: str
    description: str


class Menus:
    """Lists of commands by scope and language ("" is for every language that has no list of its own)."""

    def __init__(self) -> None:
        self._lists: dict[tuple[Scope, str], tuple[Command, ...]] = {}

    def put(self, scope: Scope, language: str, commands: tuple[Command, ...]) -> None:
        """Keep a list; an empty one removes what was there."""
        self._lists.pop((scope, language), None)
        if commands:
            self._lists[scope, language] = commands

    def at(self, scope: Scope, language: str) -> tuple[Command, ...]:
        """The list of exactly this scope and language."""
        return self._lists.get((scope, language), ())

    def of(self, person: Person) -> tuple[Command, ...]:
        """What this person's menu shows in the private chat with the bot."""
        for scope in (Scope("chat", person.id), Scope("all_private_chats"), Scope("default")):
            for language in (person.language_code, ""):
                if commands := self.at(scope, language):
                    return commands
        return ()
