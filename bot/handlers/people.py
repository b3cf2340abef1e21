"""/staff: who is there and how they do, and the managers' power over roles."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import CallbackQuery, InlineKeyboardMarkup, ReplyKeyboardRemove, Update
from telegram.error import TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot import staff_list
from bot.handlers.answers import Buttons, RefusedError, presser, show, toast
from bot.handlers.branches import asked_for
from bot.handlers.scope import PRIVATE, Handlers
from bot.handlers.welcome import Context, abilities, drop_menu, refresh_menu, say
from bot.shop import Shop
from bot.texts import Speech
from db import models, shops, staff, staff_figures
from db.models import Role, Staff
from db.staff_figures import Day

_log = logging.getLogger(__name__)
_ROLES: dict[str, Role] = {"manager": "manager", "assistant": "assistant"}


class People:
    """Shows managers the staff, and does what they decide about somebody."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command and its buttons."""
        return [
            CommandHandler("staff", self._command, PRIVATE),
            CallbackQueryHandler(
                self._press, r"^p:staff:(list|see|manager!?|assistant!?|remove!?):(\d{1,9}):(\d{1,3})$"
            ),
        ]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await self._shop.person(update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        if not person.manages:
            await update.message.reply_html(t("Only managers see the staff list."))
            return
        branch = await asked_for(self._shop, person, " ".join(context.args or []))
        if isinstance(branch, str):
            await update.message.reply_html(branch)
            return
        words, buttons = await self._overview(branch, person, 0, t)
        await update.message.reply_html(words, reply_markup=InlineKeyboardMarkup(buttons))

    async def _press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        action, of, page = context.matches[0].groups()
        try:
            notice, of = None, int(of)
            if action.endswith("!"):
                notice, of = await self._obey(context, query, action.rstrip("!"), of)
                action = "list"
            words, buttons = await self._view(query, action, of, int(page))
        except RefusedError as refusal:
            await toast(query, str(refusal), alert=True)
            return
        await toast(query, notice)
        await show(query, words, buttons)

    async def _view(self, query: CallbackQuery, action: str, of: int, page: int) -> tuple[str, Buttons]:
        """What the message is to show: the list of a shop (0 is the presser's own), or one person, by id.

        Raises:
            RefusedError: the presser is no manager of that shop, or the person is no longer on its list.
        """
        async with self._shop.database.reading() as session:
            manager = await presser(self._shop, session, query, "manager")
            t = self._shop.speech(manager.language)
            if action == "list":
                branch = await self._branch(session, manager, of or manager.shop_id, t)
                return await self._overview(branch, manager, page, t)
            person = await self._get(session, manager, of, t)
            if action != "see":
                return staff_list.question(person, action, page, t)
            days = await staff_figures.since(session, self._shop.at(person.shop).midnight())
            return staff_list.one(person, days.get(person.id, Day()), page, self._shop, t)

    async def _overview(self, branch: models.Shop, manager: Staff, page: int, t: Speech) -> tuple[str, Buttons]:
        shop = self._shop.at(branch)
        async with shop.database.reading() as session:
            people = await staff.list_all(session, branch.id)
            days = await staff_figures.since(session, shop.midnight())
        return staff_list.overview(people, days, page, shop, t, named=manager.sees_all)

    async def _branch(self, session: AsyncSession, manager: Staff, shop_id: int, t: Speech) -> models.Shop:
        """A shop whose people this manager may see."""
        try:
            if manager.sees_all or shop_id == manager.shop_id:
                return await shops.get(session, shop_id)
        except shops.ShopError:
            pass
        raise RefusedError(t.plain("This button no longer works."))

    async def _get(self, session: AsyncSession, manager: Staff, staff_id: int, t: Speech) -> Staff:
        """Somebody whom this manager may see."""
        try:
            person = await staff.get(session, staff_id)
        except staff.StaffError:
            person = None
        if person is None or (person.shop_id != manager.shop_id and not manager.sees_all):
            raise RefusedError(t.plain("They are no longer on the staff list."))
        return person

    async def _obey(self, context: Context, query: CallbackQuery, action: str, staff_id: int) -> tuple[str, int]:
        """Do what a manager has confirmed, and tell the person.

        Returns:
            The notice for the manager, and the id of the person's shop.

        Raises:
            RefusedError: the presser is no manager of theirs, the person is not there, or no manager would be left.
        """
        async with self._shop.database.session() as session:
            manager = await presser(self._shop, session, query, "manager")
            t = self._shop.speech(manager.language)
            person = await self._get(session, manager, staff_id, t)
            if person.sees_all and not manager.sees_all:
                raise RefusedError(t.plain("Only chain managers can do this."))
            try:
                if action in _ROLES:
                    person = await staff.set_role(session, staff_id, _ROLES[action])
                else:
                    await staff.require_another_manager(session, person)
                    person = await staff.remove(session, staff_id, by=None if manager.id == staff_id else manager.id)
            except staff.LastManagerError:
                raise RefusedError(
                    t.plain("{name} is the only manager. Make somebody else a manager first.", name=person.name)
                ) from None
        if action in _ROLES:
            self._tell_role(context, person)
            return t.plain("Done."), person.shop_id
        self._tell_removed(context, person)
        return t.plain("{name} is no longer on the staff list.", name=person.name), person.shop_id

    def _tell_role(self, context: Context, person: Staff) -> None:
        if person.chat_id is None:
            return
        t = self._shop.speech(person.language)
        news = t("You are a manager now.") if person.manages else t("You are an assistant now.")
        refresh_menu(self._shop, context, person)
        context.application.create_task(
            _unless_blocked(say(self._shop, context, person, f"{news}\n\n{abilities(person, t)}"))
        )

    def _tell_removed(self, context: Context, person: Staff) -> None:
        if person.chat_id is None:
            return
        t = self._shop.speech(person.language)
        drop_menu(context, person.chat_id)
        words = t("A manager has taken you off the staff list. Thank you for your work, and all the best!")
        context.application.create_task(
            _unless_blocked(context.bot.send_message(person.chat_id, words, reply_markup=ReplyKeyboardRemove()))
        )


async def _unless_blocked(sending: Awaitable[object]) -> None:
    """Send news to a person who may have blocked the bot: what was decided stands all the same."""
    try:
        await sending
    except TelegramError as error:
        _log.info("a person was not told of their new role: %s", error.message)
