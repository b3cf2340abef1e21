"""Invitations: a manager's /invite gives a link, the link's /start lets one person in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import LinkPreviewOptions, ReplyKeyboardRemove, Update, User
from telegram.ext import CommandHandler, ContextTypes
from telegram.helpers import create_deep_linked_url

from bot.handlers.answers import RefusedError
from bot.handlers.scope import PRIVATE, Handlers
from bot.handlers.welcome import greet, welcome
from bot.shop import Shop
from bot.texts import Speech
from db import applicants, invites, models, notices, nudge, shops, staff
from db.models import Role, Staff

_ROLES: dict[str, Role] = {
    "manager": "manager",
    "управляющий": "manager",
    "управляющая": "manager",
    "менеджер": "manager",
    "assistant": "assistant",
    "продавец": "assistant",
    "консультант": "assistant",
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Invites:
    """Gives invitations and takes them."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For /invite, and for a /start that brings something; to be added before the plain /start."""
        return [
            CommandHandler("invite", self._invite, PRIVATE),
            CommandHandler("start", self._use, PRIVATE, has_args=True),
        ]

    async def _invite(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await self._shop.person(update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        try:
            name, role, token = await self._created(person, context.args or [], t)
        except RefusedError as refusal:
            await update.message.reply_html(str(refusal))
            return
        link = create_deep_linked_url(context.bot.username, token)
        expires = datetime.now(UTC) + timedelta(hours=self._shop.config.bot.invite_hours)
        fields = {"name": name, "when": self._shop.at(person.shop).moment(expires)}
        told = (
            t("Send this link to {name}, who gets in as a manager. It works once, until {when}.", **fields)
            if role == "manager"
            else t("Send this link to {name}, who gets in as an assistant. It works once, until {when}.", **fields)
        )
        await update.message.reply_html(f"{told}\n{link}", link_preview_options=LinkPreviewOptions(is_disabled=True))

    async def _created(self, person: Staff, words: list[str], t: Speech) -> tuple[str, Role, str]:
        """The name, the role and the token of a new invitation.

        Raises:
            RefusedError: the person is no manager, or the words hold no name.
        """
        words, where = _split(words)
        role: Role = "assistant"
        if len(words) > 1 and words[-1].lower() in _ROLES:
            role = _ROLES[words[-1].lower()]
            words = words[:-1]
        try:
            name = staff.require_name(" ".join(words))
        except staff.StaffError:
            name = None
        async with self._shop.database.session() as session:
            manager = await staff.by_telegram(session, person.telegram_id or 0)
            if manager is None or not manager.manages:
                raise RefusedError(t("Only managers can invite people."))
            branch = await self._branch(session, manager, where, t)
            if name is None:
                raise RefusedError(
                    t(
                        "Write whom to invite, with a name of 1 to 64 characters: /invite Anna. For a manager: "
                        "/invite Anna manager."
                    )
                )
            token = await invites.create(
                session,
                name=name,
                role=role,
                hours=self._shop.config.bot.invite_hours,
                now=datetime.now(UTC),
                created_by=manager.id,
                shop_id=branch.id,
            )
        return name, role, token

    async def _branch(self, session: AsyncSession, manager: Staff, where: str | None, t: Speech) -> models.Shop:
        """The shop that the invitation is for: the manager's own, or, for chain managers, the one that they name.

        Raises:
            RefusedError: it is not theirs, is none, or a chain manager of several shops names none.
        """
        if where is None and (not manager.sees_all or await shops.number(session) == 1):
            return manager.shop
        if where is None:
            shop = manager.shop.name
            raise RefusedError(t("Say for which shop, behind an @: /invite Anna @ {shop}", shop=shop))
        branch = await shops.find(session, where)
        if branch is not None and branch.id == manager.shop_id:
            return branch
        if not manager.sees_all:
            raise RefusedError(
                t("You see your own shop, {shop}. The others are for chain managers.", shop=manager.shop.name)
            )
        if branch is None:
            raise RefusedError(t("No shop is called {name}. /shops lists them.", name=where[:64]))
        return branch

    async def _use(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        assert update.effective_user is not None
        token = (context.args or [""])[0]
        person, new = await self._accepted(update.effective_user, update.message.chat_id, token)
        if person is None:
            t = self._shop.speech(None)
            await update.message.reply_html(
                t(
                    "This invitation does not work: it was used, its time is over, or a part of the link is missing. "
                    "Ask a manager for a new one, or write /login to ask to be let in."
                ),
                reply_markup=ReplyKeyboardRemove(),
            )
        elif new:
            nudge.send(self._shop.database.url)
            await welcome(self._shop, context, person)
        else:
            await greet(self._shop, context, person)

    async def _accepted(self, user: User, chat_id: int, token: str) -> tuple[Staff | None, bool]:
        """Who is in now, and whether they were let in just now."""
        async with self._shop.database.session() as session:
            if person := await staff.by_telegram(session, user.id):
                return person, False
            if not _TOKEN.fullmatch(token):
                return None, False
            applied = await applicants.get(session, user.id)
            used = await invites.use(session, token, telegram_id=user.id, chat_id=chat_id, now=datetime.now(UTC))
            if used is None:
                return None, False
            person, inviter = used
            if applied is not None:
                asked = {"telegram_id": user.id, "name": applied.name, "decision": "invited"}
                await notices.change(session, await applicants.notices(session, user.id), asked)
            if inviter is not None:
                known = f"@{user.username}" if user.username else str(user.id)
                joined = {"telegram_id": user.id, "name": person.name, "role": person.role, "known": known}
                await notices.tell(session, inviter, "joined", joined)
            return person, True


def _split(words: list[str]) -> tuple[list[str], str | None]:
    """What stands before an @ of its own, and the shop's name behind it."""
    if "@" not in words:
        return words, None
    place = words.index("@")
    return words[:place], " ".join(words[place + 1 :])
