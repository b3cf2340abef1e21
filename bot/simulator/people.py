"""The people who sit at the simulated phones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A Telegram user; `role` is only shown on the page, the bot never learns it."""

    id: int
    first_name: str
    username: str | None = None
    role: str = "assistant"
    language_code: str = "ru"


PEOPLE = (
    Person(1001, "Анна", "anna"),
    Person(1002, "Борис", "boris"),
    Person(1003, "Вера", "vera", role="manager"),
)
