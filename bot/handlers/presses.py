"""The buttons of a card: the first Take wins, Not mine closes one card, anything else is refused politely.

A press only changes the database and shows a notice; the cards themselves are edited by the notifier.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, ContextTypes

from bot.handlers.scope import Handlers
from bot.keyboards import Press, read_press
from bot.shop import Shop
from db import nudge, outbox, staff, visits
from db.models import Staff
from db.outbox import Due


class Presses:
    """Answers presses on cards."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """One for every press: a button that nobody knows gets an answer, too."""
        return [CallbackQueryHandler(self._press)]

    async def _press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        notice, changed = await self._decide(query)
        if changed:
            nudge.send(self._shop.database.url)
        await query.answer(notice)

    async def _decide(self, query: CallbackQuery) -> tuple[str, bool]:
        """The notice for a press, and whether it changed anything."""
        pressed = read_press(query.data)
        async with self._shop.database.session() as session:
            person = await staff.by_telegram(session, query.from_user.id)
            t = self._shop.speech(person.language if person else None)
            if person is None:
                return t.plain("You are not on the staff list."), False
            if pressed is None:
                return t.plain("This button no longer works."), False
            if person.role != "assistant":
                return t.plain("Only assistants meet visitors."), False
            card = await outbox.card(session, pressed.visit_id, person.id)
            if card is None:
                return t.plain("This card is not yours."), False
            await _arrived(session, card, query)
            return await self._apply(session, pressed, card, person)

    async def _apply(self, session: AsyncSession, press: Press, card: Due, person: Staff) -> tuple[str, bool]:
        t = self._shop.speech(person.language)
        if card.taken_by == person.id:
            return t.plain("You have taken this visitor already."), True
        if card.taken_by is not None:
            return t.plain("Already taken by {name}.", name=card.taken_by_name), True
        if press.action == "skip":
            await visits.decline(session, card.visit.id, person.id)
            return t.plain("Closed for you; the others still see it."), True
        if await visits.claim(session, card.visit.id, person.id):
            return t.plain("The visitor is yours."), True
        return t.plain("This visitor is no longer to be met."), False


async def _arrived(session: AsyncSession, card: Due, query: CallbackQuery) -> None:
    """Note which message was pressed: its sender may not have come to write that down, or may have sent two."""
    message = query.message
    if message is not None and card.message_id != message.message_id:
        photo = isinstance(message, Message) and bool(message.photo)
        await outbox.mark_sent(session, card.id, message_id=message.message_id, photo=photo)
