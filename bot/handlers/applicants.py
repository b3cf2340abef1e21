"""Strangers who want in: their /login asks the managers, the first manager to press decides."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import CallbackQuery, ReplyKeyboardRemove, Update, User
from telegram.error import Forbidden, TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot.handlers.answers import RefusedError, presser, toast
from bot.handlers.scope import PRIVATE, Handlers
from bot.handlers.welcome import Context, welcome
from bot.shop import Shop
from db import applicants, giving_up, models, notices, nudge, shops, staff
from db.models import Staff

_log = logging.getLogger(__name__)


class Applicants:
    """/login of those who are on the list and of those who are not, and the managers' answer."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For /login, and for the managers' buttons."""
        return [
            CommandHandler("login", self._login, PRIVATE),
            CallbackQueryHandler(self._decide, r"^p:ask:(yes|no):(\d{1,16})$"),
        ]

    async def _login(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        assert update.effective_user is not None
        user = update.effective_user
        async with self._shop.database.session() as session:
            person = await staff.login(
                session, telegram_id=user.id, username=user.username, chat_id=update.message.chat_id
            )
            named = " ".join(context.args or [])
            words = await self._ask(session, user, update.message.chat_id, named) if person is None else ""
        nudge.send(self._shop.database.url)
        if person is not None:
            await welcome(self._shop, context, person)
        else:
            await update.message.reply_html(words, reply_markup=ReplyKeyboardRemove())

    async def _ask(self, session: AsyncSession, user: User, chat_id: int, named: str) -> str:
        """Pass a stranger's request on to the shop that they named, or to the only one; what they are told."""
        t = self._shop.speech(None)
        branch = await shops.find(session, named) if await shops.number(session) > 1 else await self._only(session)
        if branch is None and not named:
            return t("Which shop do you work in? Write its name behind the command: /login and the name.")
        if branch is None:
            return t("I know no shop called {name}. Write /login and the shop's name once more.", name=named[:64])
        asked = await applicants.ask(
            session,
            telegram_id=user.id,
            chat_id=chat_id,
            username=user.username,
            name=user.full_name,
            now=datetime.now(UTC),
            shop_id=branch.id,
        )
        if asked == "refused":
            return refusal(self._shop)
        if asked == "nobody":
            return t(
                "Sorry, you are not on the staff list, and no manager uses this bot yet who could let you in. Ask "
                "whoever looks after the shop's computer to add you; your Telegram id is <code>{id}</code>.",
                id=user.id,
            )
        if asked == "crowded":
            return t(
                "Sorry, too many people are asking to be let in right now. Try again later, or ask a manager for an "
                "invitation."
            )
        if asked == "again":
            return t("The managers have your request. You will hear from me as soon as one of them has decided.")
        applicant = await applicants.get(session, user.id)
        assert applicant is not None
        request = {"telegram_id": user.id, "name": applicant.name, "username": applicant.username}
        await notices.tell_managers(session, applicant.shop_id, applicants.NOTICE, request)
        return t(
            "You are not on the staff list yet, so I have asked the managers. You will hear from me as soon as one "
            "of them has decided."
        )

    async def _only(self, session: AsyncSession) -> models.Shop:
        return await shops.get(session, await shops.only(session))

    async def _decide(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        yes, telegram_id = context.matches[0][1] == "yes", int(context.matches[0][2])
        try:
            hired, notice = await self._decided(query, yes, telegram_id)
        except RefusedError as error:
            await toast(query, str(error))
            return
        nudge.send(self._shop.database.url)
        await toast(query, notice)
        if hired is not None:
            await self._let_in(context, hired)
        elif not yes:
            await self._turn_away(context, telegram_id)

    async def _decided(self, query: CallbackQuery, yes: bool, telegram_id: int) -> tuple[Staff | None, str]:
        """Who was hired, if anybody, and the notice for the manager.

        Raises:
            RefusedError: the presser is no manager, or another was first.
        """
        async with self._shop.database.session() as session:
            manager = await presser(self._shop, session, query, "manager")
            t = self._shop.speech(manager.language)
            applicant = await applicants.get(session, telegram_id)
            if applicant is None or applicant.shop_id != manager.shop_id:
                raise RefusedError(t.plain("This request is no longer open."))
            hired = await applicants.approve(session, telegram_id, manager) if yes else None
            if hired is None and (yes or not await applicants.refuse(session, telegram_id, manager)):
                raise RefusedError(await self._too_late(session, applicant.decided_by, manager))
            decision = {
                "telegram_id": telegram_id,
                "name": applicant.name,
                "decision": "approved" if yes else "refused",
                "by": manager.name,
            }
            await notices.change(session, await applicants.notices(session, telegram_id), decision)
        if hired is not None:
            return hired, t.plain("{name} is in.", name=hired.name)
        return None, t.plain("Refused.")

    async def _too_late(self, session: AsyncSession, decided_by: int | None, manager: Staff) -> str:
        t = self._shop.speech(manager.language)
        try:
            first = await staff.get(session, decided_by) if decided_by is not None else None
        except staff.StaffError:
            first = None
        if first is None:
            return t.plain("This request is no longer open.")
        return t.plain("{name} has decided that already.", name=first.name)

    async def _let_in(self, context: Context, person: Staff) -> None:
        try:
            await welcome(self._shop, context, person)
        except Forbidden as error:
            _log.info("staff %d was let in and cannot be written to: %s", person.id, error.message)
            async with self._shop.database.session() as session:
                await giving_up.unreachable(session, person.id, error=error.message)
        except TelegramError as error:
            _log.warning("staff %d was let in and not told so: %s", person.id, error.message)

    async def _turn_away(self, context: Context, telegram_id: int) -> None:
        async with self._shop.database.reading() as session:
            applicant = await applicants.get(session, telegram_id)
        if applicant is None:
            return
        try:
            await context.bot.send_message(applicant.chat_id, refusal(self._shop), reply_markup=ReplyKeyboardRemove())
        except TelegramError as error:
            _log.info("a refused applicant was not told so: %s", error.message)


def refusal(shop: Shop) -> str:
    """What somebody is told whom a manager refused or took off the list."""
    t = shop.speech(None)
    return t(
        "Sorry, the managers have decided not to let you in. If that is a mistake, ask one of them for an invitation."
    )
