"""The notifier: sends cards the moment their visits are committed, and edits those whose visits were settled.

Each round reads what is due and starts one task per chat, so that a slow or limited chat holds up nobody else and
one chat's cards keep their order. At least once: a card is due until its sending has been written down.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.cards import caption
from bot.errors import BotError
from bot.keyboards import card_buttons
from bot.shop import Shop
from db import outbox, staff
from db.errors import DatabaseError
from db.nudge import Nudges
from db.outbox import Due

_AT_ONCE = 60  # chats written to at the same time: two seconds' worth of Telegram's limit
_PAUSE_SECONDS = 1.0  # between rounds when nothing wakes us; postponed cards wait for one
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.5, 60.0
_GRACE_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Notifier:
    """Empties the outbox of one shop through one bot."""

    def __init__(self, bot: Bot, shop: Shop, nudges: Nudges) -> None:
        self._bot = bot
        self._shop = shop
        self._nudges = nudges
        self._busy: dict[int, asyncio.Task[None]] = {}  # by staff id
        self._fatal: BotError | None = None

    async def run(self) -> None:
        """Work until cancelled; what is on its way then has a few seconds to arrive.

        Raises:
            BotError: Telegram no longer takes the token.
        """
        try:
            while self._fatal is None:
                try:
                    await self._round()
                except DatabaseError as error:
                    _log.warning("cards wait: %s", error)
                await self._nudges.wait(_PAUSE_SECONDS)
            raise self._fatal
        finally:
            await self._finish()

    async def _round(self) -> None:
        """Start whatever is due, new cards first."""
        now = datetime.now(UTC)
        oldest = now - timedelta(seconds=self._shop.config.bot.max_age)
        async with self._shop.database.reading() as session:
            cards = await outbox.due(session, now, self._free, besides=self._busy.keys())
            for card in cards:
                if card.recorded_at >= oldest:
                    self._start(card, self._send)
            for card in await outbox.edits_due(session, now, self._free, besides=self._busy.keys()):
                self._start(card, self._edit)
        if any(card.recorded_at < oldest for card in cards):
            async with self._shop.database.session() as session:
                expired = await outbox.expire_older_than(session, oldest)
            _log.warning("%d cards were too old to be told", expired)

    @property
    def _free(self) -> int:
        return max(0, _AT_ONCE - len(self._busy))

    def _start(self, card: Due, work: Callable[[Due], Awaitable[None]]) -> None:
        if card.staff_id in self._busy:  # the next card for that chat goes out in the next round
            return
        self._busy[card.staff_id] = asyncio.create_task(self._attempt(card, work), name=f"card {card.id}")

    async def _attempt(self, card: Due, work: Callable[[Due], Awaitable[None]]) -> None:
        """Do one piece of work; whatever keeps it from being done, it is tried again later."""
        try:
            await work(card)
        except InvalidToken:
            self._fatal = BotError("Telegram no longer takes the bot's token; set AMIKO_TELEGRAM__TOKEN to a valid one")
        except TelegramError as error:
            await self._postpone(card, error)
        except Exception as error:
            _log.exception("card %d of visit %s", card.id, card.visit.id)
            await self._postpone(card, error)
        finally:
            del self._busy[card.staff_id]
            self._nudges.wake()

    async def _send(self, card: Due) -> None:
        t = self._shop.speech(card.language)
        words, buttons = caption(card, self._shop, t), card_buttons(card, self._shop, t)
        try:
            if card.jpeg is not None:
                message = await self._bot.send_photo(card.chat_id, card.jpeg, caption=words, reply_markup=buttons)
            else:
                message = await self._bot.send_message(card.chat_id, words, reply_markup=buttons)
        except (Forbidden, BadRequest) as error:
            await self._give_up(card, error)
            return
        sent, photo = message.message_id, card.jpeg is not None
        await self._write(lambda session: outbox.mark_sent(session, card.id, message_id=sent, photo=photo))

    async def _edit(self, card: Due) -> None:
        t = self._shop.speech(card.language)
        words, buttons = caption(card, self._shop, t), card_buttons(card, self._shop, t)
        failure: str | None = None
        try:
            if card.photo:
                await self._bot.edit_message_caption(card.chat_id, card.message_id, caption=words, reply_markup=buttons)
            else:
                await self._bot.edit_message_text(words, card.chat_id, card.message_id, reply_markup=buttons)
        except (Forbidden, BadRequest) as error:
            # Edited before, deleted by its owner, or blocked: either way there is nothing left to do.
            failure = None if "not modified" in error.message.lower() else error.message
        await self._write(lambda session: outbox.mark_edited(session, card, error=failure))

    async def _give_up(self, card: Due, error: TelegramError) -> None:
        _log.warning("visit %s cannot be told to staff %d: %s", card.visit.id, card.staff_id, error.message)

        async def note(session: AsyncSession) -> None:
            await outbox.mark_failed(session, card.id, error=error.message)
            if isinstance(error, Forbidden):  # they blocked the bot: no more cards until they say so
                with suppress(staff.StaffError):
                    await staff.set_status(session, card.staff_id, "off")

        await self._write(note)

    async def _postpone(self, card: Due, error: Exception) -> None:
        seconds = _retry_seconds(card.attempts, error)
        words = error.message if isinstance(error, TelegramError) else type(error).__name__
        _log.warning("visit %s for staff %d waits %.1f s: %s", card.visit.id, card.staff_id, seconds, words)
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        await self._write(lambda session: outbox.mark_retry(session, card.id, at=at, error=words))

    async def _write(self, change: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """Write down what became of a card, however long the database is away; until then its chat is busy."""
        while True:
            try:
                async with self._shop.database.session() as session:
                    await change(session)
                return
            except DatabaseError as error:
                _log.warning("what became of a card waits to be written: %s", error)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _finish(self) -> None:
        if not self._busy:
            return
        _, late = await asyncio.wait(self._busy.values(), timeout=_GRACE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _retry_seconds(attempts: int, error: Exception) -> float:
    """How long to wait before the next try: as long as Telegram asks, or twice as long each time, with jitter."""
    if isinstance(error, RetryAfter):
        # As python-telegram-bot's own limiter reads it: the public name warns until its type has changed.
        return float(error._retry_after.total_seconds())
    backoff = min(_LONGEST_RETRY_SECONDS, _FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 10))
    return backoff * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
