"""Who may see the shop's figures: managers, asked of the database at every command and every press."""

from __future__ import annotations

from telegram import Update

from bot.handlers.answers import toast
from bot.shop import Shop
from db import staff
from db.models import Staff


async def manager(shop: Shop, update: Update) -> Staff | None:
    """The manager who sent this update; None, after a polite refusal, for anybody else."""
    query, message = update.callback_query, update.effective_message
    if query is None:
        person = await shop.person(update)
        if person is not None and not person.manages and message is not None:
            t = shop.speech(person.language)
            await message.reply_html(t("Only managers see the shop's figures."))
    else:
        async with shop.database.reading() as session:
            person = await staff.by_telegram(session, query.from_user.id)
        t = shop.speech(person.language if person else None)
        if person is None:
            await toast(query, t.plain("You are not on the staff list."))
        elif not person.manages:
            await toast(query, t.plain("Only managers see the shop's figures."))
    return person if person is not None and person.manages else None
