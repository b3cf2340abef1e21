"""Keeps command menus true to the staff list, which the command line changes beside the bot."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NoReturn

from telegram import Bot

from bot import menus
from bot.shop import Shop
from db import staff
from db.errors import DatabaseError
from db.models import Staff

EVERY_SECONDS = 10.0


class MenuWatch:
    """Gives whoever has got another role the menu of that, and strangers' to whoever is no longer on the list.

    A change before its first look is none: that menu follows with the person's next /help.
    """

    def __init__(self, bot: Bot, shop: Shop) -> None:
        self._bot = bot
        self._shop = shop
        self._roles: dict[int, str] = {}  # by chat, as they were at the last look

    async def run(self) -> NoReturn:
        """Look until cancelled; while the database is away, others say so."""
        while True:
            with suppress(DatabaseError):
                await self._look()
            await asyncio.sleep(EVERY_SECONDS)

    async def _look(self) -> None:
        people = await self._people()
        before, self._roles = self._roles, {chat_id: person.role for chat_id, person in people.items()}
        for chat_id, role in before.items():
            if chat_id not in people:
                await menus.take_from(self._bot, chat_id)
            elif people[chat_id].role != role:
                await menus.show_to(self._bot, self._shop, people[chat_id])

    async def _people(self) -> dict[int, Staff]:
        """Whoever has signed in, by chat."""
        async with self._shop.database.reading() as session:
            return {person.chat_id: person for person in await staff.list_all(session) if person.chat_id is not None}
