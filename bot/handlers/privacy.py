"""/privacy: what is stored of staff and of visitors, for how long, and a way to have one's own deleted."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardRemove, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot.handlers.answers import Buttons, RefusedError, presser, show, toast
from bot.handlers.scope import PRIVATE, Handlers
from bot.handlers.welcome import drop_menu
from bot.shop import Shop
from bot.texts import Speech
from db import staff
from db.models import Staff


class Privacy:
    """Says what is stored, and forgets a person who wishes it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command and its buttons."""
        return [
            CommandHandler("privacy", self._command, PRIVATE),
            CallbackQueryHandler(self._press, r"^p:me:(see|ask|forget)$"),
        ]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await self._shop.person(update):
            words, buttons = self._statement(self._shop.speech(person.language))
            await update.message.reply_html(words, reply_markup=InlineKeyboardMarkup(buttons))

    async def _press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        pressed = context.matches[0][1]
        try:
            async with self._shop.database.session() as session:
                person = await presser(self._shop, session, query)
                t = self._shop.speech(person.language)
                if pressed == "forget":
                    await self._forget(session, person, t)
        except RefusedError as refusal:
            await toast(query, str(refusal), alert=True)
            return
        await toast(query)
        if pressed != "forget":
            await show(query, *(self._statement(t) if pressed == "see" else _question(t)))
            return
        await show(query, t("Your data is deleted."), [])
        if person.chat_id is not None:
            drop_menu(context, person.chat_id)
            await context.bot.send_message(
                person.chat_id,
                t("You are signed out, and I know you no more. Whoever wants back in writes /login. All the best!"),
                reply_markup=ReplyKeyboardRemove(),
            )

    async def _forget(self, session: AsyncSession, person: Staff, t: Speech) -> None:
        try:
            await staff.forget(session, person.id)
        except staff.LastManagerError:
            raise RefusedError(
                t.plain("You are the only manager. Make somebody else a manager first: /staff.")
            ) from None

    def _statement(self, t: Speech) -> tuple[str, Buttons]:
        privacy = self._shop.config.privacy
        hours = f"{privacy.snapshot_hours:g}"
        pictures = {
            "off": t("Of visitors, no picture is stored."),
            "blurred": t(
                "Of visitors, a picture with a blurred face is stored for a card and deleted after {hours} h.",
                hours=hours,
            ),
            "clear": t("Of visitors, a picture is stored for a card and deleted after {hours} h.", hours=hours),
        }
        paragraphs = [
            t(
                "Of you, I store your Telegram number, your user name if you were added by it, your name, role and "
                "language, whether you are free, your hours and filters, and which visitors you were told of, took "
                "and served. It is stored as long as you are on the staff list."
            ),
            pictures[privacy.snapshots],
            t(
                "Beside it stand estimates (age, gender, kind of clothes, department), the camera, the times, and how "
                "the visit ended; they stay for the shop's figures, without a name, and are deleted after {days} days. "
                "Faces are never recognised, and no face print is stored.",
                days=f"{privacy.visit_days:g}",
            ),
            t(
                "With this button you can have what is stored of you deleted. Messages that were sent already stay in "
                "the chats, and you will be signed out."
            ),
        ]
        delete = InlineKeyboardButton(t.plain("Delete my data"), callback_data="p:me:ask")
        return "\n\n".join(paragraphs), [[delete]]


def _question(t: Speech) -> tuple[str, Buttons]:
    return t("Delete everything that is stored of you? You will be signed out at once."), [
        [
            InlineKeyboardButton(t.plain("Yes"), callback_data="p:me:forget"),
            InlineKeyboardButton(t.plain("No"), callback_data="p:me:see"),
        ]
    ]
