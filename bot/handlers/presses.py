"""The buttons of a card: the first Take wins, its winner says how it ended, anything else is refused politely.

A press only changes the database and shows a notice; the cards themselves are edited by the notifier.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, ContextTypes

from bot.handlers.answers import toast
from bot.handlers.scope import Handlers
from bot.keyboards import Press, department_of, read_press
from bot.shop import Shop
from bot.texts import Speech
from db import lifecycle, nudge, outbox, staff
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
        await toast(query, notice)

    async def _decide(self, query: CallbackQuery) -> tuple[str, bool]:
        """The notice for a press, and whether it may have changed anything."""
        press = read_press(query.data)
        async with self._shop.database.session() as session:
            person = await staff.by_telegram(session, query.from_user.id)
            t = self._shop.speech(person.language if person else None)
            if person is None:
                return t.plain("You are not on the staff list."), False
            if press is None:
                return t.plain("This button no longer works."), False
            card = await outbox.card(session, press.visit_id, person.id)
            if card is None or card.elsewhere:
                return t.plain("This card is not yours."), False
            await _arrived(session, card, query)
            if not _may(press, card):
                return _why_not(card, t), True
            done = await self._apply(session, press, card, person, t)
            if done is None:  # somebody else was faster
                now = await outbox.card(session, press.visit_id, person.id)
                done = _why_not(now or card, t)
            return done, True

    async def _apply(self, session: AsyncSession, press: Press, card: Due, person: Staff, t: Speech) -> str | None:
        """Do what a press asks for; the notice, None where the visit has come too far for it."""
        visit_id, offer, then = card.visit.id, self._shop.offer, self._shop.config.bot.after_outcome
        match press.action:
            case "take":
                if card.kind == "offer" and person.role != "assistant":
                    return t.plain("Only assistants meet visitors.")
                if card.kind == "escalation" and not person.manages:
                    return t.plain("Only managers can take this one.")
                if await lifecycle.claim(session, visit_id, person.id):
                    return t.plain("The visitor is yours.")
            case "skip":
                if await lifecycle.decline(session, visit_id, person.id, offer):
                    return t.plain("Closed for you; the others still see it.")
            case "serve":
                wanted = department_of(press, self._shop)
                if wanted is None:
                    return t.plain("The shop no longer has this department; press another one.")
                if await lifecycle.serve(session, visit_id, person.id, wanted, then=then):
                    return t.plain("Served. Thank you!")
            case "left":
                if await lifecycle.leave(session, visit_id, person.id, then=then):
                    return t.plain("Noted: the visitor has left.")
            case "pass":
                if await lifecycle.pass_on(session, visit_id, person.id, offer, then=then):
                    return t.plain("Passed on.")
        return None


def _may(press: Press, card: Due) -> bool:
    """Whether a card, as it was just read, has this button: most late taps end here, before anything is tried."""
    if press.action in ("take", "skip"):
        return card.state == "offered" and card.outcome is None
    return card.state == "claimed" and card.taken_by == card.staff_id


def _why_not(card: Due, t: Speech) -> str:
    """What has happened to a visit, so that a press on its card comes too late or too early."""
    mine = card.taken_by is not None and card.taken_by == card.staff_id
    if card.state == "claimed":
        if mine:
            return t.plain("You have taken this visitor already.")
        return t.plain("Already taken by {name}.", name=card.taken_by_name or "—")
    if mine or card.outcome is not None:
        return t.plain("You have closed this card already.")
    if card.state == "offered":
        return t.plain("Press “Take” first.")
    if card.state == "served":
        return t.plain("Already met by {name}.", name=card.taken_by_name or "—")
    if card.state == "left":
        return t.plain("This visitor has left.")
    if card.state == "recorded":
        return t.plain("The main bot serves again and asks about this visitor.")
    return t.plain("This visitor is no longer to be met.")


async def _arrived(session: AsyncSession, card: Due, query: CallbackQuery) -> None:
    """Note which message was pressed: its sender may not have come to write that down, or may have sent two."""
    message = query.message
    if message is not None and card.message_id != message.message_id:
        photo = isinstance(message, Message) and bool(message.photo)
        await outbox.mark_sent(session, card.id, message_id=message.message_id, photo=photo)
