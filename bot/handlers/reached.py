"""Whoever writes or presses can be written to again, whatever they had blocked before."""

from __future__ import annotations

from contextlib import suppress

from telegram import Update
from telegram.ext import ContextTypes, TypeHandler

from bot.handlers.scope import Handlers
from bot.shop import Shop
from db import nudge, staff
from db.errors import DatabaseError


class Reached:
    """Looks at every update before the others do."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """To be added to a group of its own, before all others."""
        return [TypeHandler(Update, self._note)]

    async def _note(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        user = update.effective_user
        if user is None:
            return
        # A database that is away fails the update's own handler, too, which says so.
        with suppress(DatabaseError):
            async with self._shop.database.reading() as session:
                person = await staff.by_telegram(session, user.id)
            if person is None or person.unreachable_since is None:
                return
            with suppress(staff.StaffError):  # removed at this very moment
                async with self._shop.database.session() as session:
                    await staff.reached(session, person.id)
            nudge.send(self._shop.database.url)  # what has waited for them goes out
