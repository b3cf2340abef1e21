"""Invitations: a manager's /invite gives a link, the link's /start lets one person in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from telegram import LinkPreviewOptions, ReplyKeyboardRemove, Update, User
from telegram.ext import CommandHandler, ContextTypes
from telegram.helpers import create_deep_linked_url

from bot.handlers.answers import RefusedError
from bot.handlers.scope import PRIVATE, Handlers
from bot.handlers.welcome import greet, welcome
from bot.shop import Shop
from bot.texts import Speech
from db import applicants, invites, notices, nudge, staff
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
                shop_id=manager.shop_id,
            )
        return name, role, token

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
