"""One piece of work for the notifier: a card or a notice that is to be sent, or brought up to date."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telegram import InlineKeyboardMarkup, Message
from telegram.error import BadRequest
from telegram.ext import ExtBot

from bot.cards import caption
from bot.delivery.limiter import COUNTED, Counted
from bot.delivery.photos import Photos
from bot.delivery.scribe import Change, Note
from bot.keyboards import card_buttons
from bot.notices.registry import KINDS
from bot.notices.words import Words
from bot.shop import Shop
from db import giving_up, notices, outbox
from db.leases import Leased
from db.models import Delivery, Notice
from db.notices import DueNotice
from db.outbox import Due
from db.sent_cards import Sent

PacedBot = ExtBot[Counted]


class Work(Protocol):
    """What the notifier does for one chat. Each method answers what is to be written down afterwards."""

    @property
    def staff_id(self) -> int: ...

    @property
    def chat_id(self) -> int: ...

    @property
    def attempts(self) -> int:
        """How often it was tried before."""

    def __str__(self) -> str:
        """For the log: "visit … for staff 3"."""

    @property
    def table(self) -> Leased:
        """Where its row is, whose `id` it has."""

    @property
    def id(self) -> int: ...

    @property
    def edits(self) -> bool:
        """Whether a message is there already."""

    async def carry_out(self, bot: PacedBot) -> Note:
        """Send or edit the message.

        Raises:
            TelegramError: it did not work.
        """

    def postpone(self, at: datetime, error: str) -> Change:
        """Try again at `at`."""

    def give_up(self, error: str) -> Change:
        """Never try again."""


@dataclass(frozen=True)
class CardWork:
    """A card that is to be sent, or edited where it `edits` one."""

    card: Due
    shop: Shop
    photos: Photos
    edits: bool = False

    @property
    def staff_id(self) -> int:
        return self.card.staff_id

    @property
    def chat_id(self) -> int:
        return self.card.chat_id

    @property
    def attempts(self) -> int:
        return self.card.attempts

    def __str__(self) -> str:
        return f"visit {self.card.visit.id} for staff {self.card.staff_id}"

    @property
    def table(self) -> Leased:
        return Delivery

    @property
    def id(self) -> int:
        return self.card.id

    async def carry_out(self, bot: PacedBot) -> Note:
        card, t = self.card, self.shop.speech(self.card.language)
        words = Words(caption(card, self.shop, t), card_buttons(card, self.shop, t))
        if self.edits:
            assert card.message_id is not None  # the query asks for it
            await _edit(bot, card.chat_id, card.message_id, words, captioned=card.photo)
            return lambda session: outbox.mark_edited(session, card)
        sent = await self._sent(bot, words)
        visit = card.visit
        return Sent(card.id, card.staff_id, visit.id, visit.first_seen, sent.message_id, photo=bool(sent.photo))

    async def _sent(self, bot: PacedBot, words: Words) -> Message:
        """Send the card, its picture by the name that Telegram has for it where it has one.

        A picture that cannot be read costs the card only its picture.
        """
        visit_id, chat_id = self.card.visit.id, self.card.chat_id
        if not self.card.pictured:
            return await _send(bot, chat_id, words)
        if name := self.photos.name(visit_id):
            try:
                return await _send(bot, chat_id, words, photo=name)
            except BadRequest:  # perhaps for the name; if not, the upload meets it, too
                self.photos.forget(visit_id)
        picture = await asyncio.to_thread(self.shop.database.snapshots.read, visit_id)
        message = await _send(bot, chat_id, words, photo=picture)
        self.photos.remember(visit_id, message)
        return message

    def postpone(self, at: datetime, error: str) -> Change:
        return lambda session: outbox.mark_retry(session, self.card.id, at=at, error=error)

    def give_up(self, error: str) -> Change:
        if self.edits:  # it was deleted, or is too old: nothing is left to do
            return lambda session: outbox.mark_edited(session, self.card, error=error)
        return lambda session: giving_up.fail(session, self.card.id, error=error)


@dataclass(frozen=True)
class NoticeWork:
    """A notice."""

    notice: DueNotice
    shop: Shop

    @property
    def staff_id(self) -> int:
        return self.notice.staff_id

    @property
    def chat_id(self) -> int:
        return self.notice.chat_id

    @property
    def attempts(self) -> int:
        return self.notice.attempts

    def __str__(self) -> str:
        return f"notice {self.notice.id} ({self.notice.kind}) for staff {self.notice.staff_id}"

    @property
    def table(self) -> Leased:
        return Notice

    @property
    def id(self) -> int:
        return self.notice.id

    @property
    def edits(self) -> bool:
        return self.notice.message_id is not None

    async def carry_out(self, bot: PacedBot) -> Note:
        notice = self.notice
        words = KINDS[notice.kind](notice.payload, self.shop.at(notice.shop), self.shop.speech(notice.language))
        message_id = notice.message_id
        if message_id is None:
            message_id = (await _send(bot, notice.chat_id, words, words.photo)).message_id
        else:
            await _edit(bot, notice.chat_id, message_id, words, captioned=words.photo is not None)
        return lambda session: notices.mark_sent(session, notice, message_id)

    def postpone(self, at: datetime, error: str) -> Change:
        return lambda session: notices.mark_retry(session, self.notice.id, at=at, error=error)

    def give_up(self, error: str) -> Change:
        return lambda session: notices.fail(session, self.notice, error=error)


async def _send(bot: PacedBot, chat_id: int, words: Words, photo: str | bytes | None = None) -> Message:
    """Send a message, with a picture where there is one: its bytes, or the name that Telegram knows it by."""
    if photo is None:
        return await bot.send_message(chat_id, words.text, reply_markup=words.buttons, rate_limit_args=COUNTED)
    return await bot.send_photo(chat_id, photo, caption=words.text, reply_markup=words.buttons, rate_limit_args=COUNTED)


async def _edit(bot: PacedBot, chat_id: int, message_id: int, words: Words, *, captioned: bool) -> None:
    """Let a message say `words`. One that says them already is fine."""
    buttons: InlineKeyboardMarkup | None = words.buttons
    try:
        if captioned:
            await bot.edit_message_caption(
                chat_id, message_id, caption=words.text, reply_markup=buttons, rate_limit_args=COUNTED
            )
        else:
            await bot.edit_message_text(words.text, chat_id, message_id, reply_markup=buttons, rate_limit_args=COUNTED)
    except BadRequest as error:
        if "not modified" not in error.message.lower():
            raise
