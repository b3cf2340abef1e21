"""The notifier: sends cards and notices the moment they are committed, and edits those that are no longer true.

Each round reads what is due, as much as Telegram's pace has room for, and starts one task per chat: a slow or limited
chat holds up nobody else, one chat's messages keep their order, and what was settled while it waited is not sent.
At least once: a message is due until its sending has been written down. Where several notifiers share the outbox of a
PostgreSQL database, each takes what it sends for some seconds, and goes on having it while that lasts.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.delivery.incident import Incident
from bot.delivery.limiter import Limiter, retry_after
from bot.delivery.photos import Photos
from bot.delivery.rest import Rest
from bot.delivery.scribe import Change, Note, Scribe
from bot.delivery.work import CardWork, NoticeWork, PacedBot, Work
from bot.errors import REVOKED, BotError, TokenError
from bot.shop import Shop
from db import giving_up, leases, notices, outbox
from db.errors import DatabaseError
from db.leases import Leased
from db.nudge import Nudges
from db.outbox import LONGEST_WAIT

_AT_ONCE = 60  # chats written to at the same time: two seconds' worth of Telegram's limit
_PAUSE_SECONDS = 1.0  # between rounds when nothing wakes us; postponed messages wait for one
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.5, 5.0
_OFFLINE_FAILURES = 3  # in a row: then it is not a message that is unlucky
_OWN_MISTAKES = 5  # tries of what our own code cannot put into words
_GRACE_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Notifier:
    """Empties the outbox of one shop through one bot, whose rate limiter is a `Limiter`."""

    def __init__(self, bot: PacedBot, shop: Shop, nudges: Nudges) -> None:
        assert isinstance(bot.rate_limiter, Limiter)
        self._bot = bot
        self._pace = bot.rate_limiter.pace
        self._shop = shop
        self._nudges = nudges
        self._photos = Photos()
        self._busy: dict[int, asyncio.Task[None]] = {}  # by chat id
        self._taken: dict[int, Work] = {}  # of those, where other notifiers might have
        self._fatal: BotError | None = None
        self._offline = Incident(_log, "Telegram does not answer and messages wait", "Telegram answers again")
        self._probe_at = 0.0  # while offline, one message at a time tries whether that is over
        self._scribe = Scribe(shop.database)
        self._rest = Rest()
        self._unread = Incident(_log, "what is due cannot be read", "what is due can be read again")

    async def run(self) -> None:
        """Work until cancelled; what is on its way then has a few seconds to arrive.

        Raises:
            BotError: Telegram no longer takes the token.
        """
        keeping = asyncio.create_task(self._keep_what_is_taken(), name="notifier: leases")
        try:
            while self._fatal is None:
                self._pace.share(self._nudges.bots)
                more = False
                async with self._rest:
                    try:
                        more = await self._round()
                    except DatabaseError as error:
                        self._unread.happens(str(error))
                    else:
                        self._unread.over()
                await self._rest.over()  # of what comes meanwhile, all is in one round
                if not (more and self._room() > 0):
                    await self._nudges.wait(self._pace.pause(_PAUSE_SECONDS))
            raise self._fatal
        finally:
            await self._finish()
            keeping.cancel()

    async def _round(self) -> bool:
        """Start whatever is due and has room: the taker's own card, new cards, notices, then what others only learn.

        Returns:
            Whether more may be due than there was room for.
        """
        room = self._room()
        if room == 0:
            return True
        now = datetime.now(UTC)
        oldest = now - timedelta(seconds=self._shop.config.bot.max_age)
        besides = self._busy.keys() | self._pace.resting()
        async with self._shop.database.reading() as session:
            await outbox.plan_once(session)
            cards = await outbox.due(session, now, room, besides=besides)
            fresh = [CardWork(card, self._shop, self._photos) for card in cards if card.recorded_at >= oldest]
            late = len(cards) - len(fresh)
            scarce = len(fresh) == room
            if not scarce:  # nothing competes with them, so nothing delays them
                self._start(*fresh)
                fresh = []
            edits = [
                CardWork(card, self._shop, self._photos, edits=True)
                for card in await outbox.edits_due(session, now, room, besides=besides)
            ]
            told = [] if scarce else await notices.due(session, now, room, besides=besides)
        own = [edit for edit in edits if edit.card.taken_by == edit.staff_id]
        useless = [notice for notice in told if notice.useless(now)]
        useful = [NoticeWork(notice, self._shop) for notice in told if notice not in useless]
        works: list[Work] = [*own, *fresh, *useful, *edits]
        self._start(*works)
        if useless:
            async with self._shop.database.session() as session:
                for notice in useless:
                    await notices.fail(session, notice, error="it was too late to be of use")
            self._nudges.wake()  # what waited behind them is due
        if late:
            async with self._shop.database.session() as session:
                expired = await giving_up.expire_older_than(session, oldest)
            _log.warning("%d cards were too old to be told and are summarised", expired)
            self._nudges.wake()
        return room in {len(cards), len(edits), len(told)}

    def _room(self) -> int:
        """How many messages may be started now."""
        if self._offline.failures >= _OFFLINE_FAILURES:
            return int(not self._busy and time.monotonic() >= self._probe_at and self._pace.room() > 0)
        return min(self._pace.room(), _AT_ONCE - len(self._busy))

    def _start(self, *works: Work) -> None:
        """Start these while there is room; the next message of a busy chat goes out in a later round."""
        chosen: list[Work] = []
        taking = asyncio.create_task(self._take(chosen))  # begins when all are chosen
        for work in works:
            if work.chat_id not in self._busy and self._room() > 0:
                chosen.append(work)
                attempt = self._attempt(work, self._pace.take(work.chat_id), taking)
                self._busy[work.chat_id] = asyncio.create_task(attempt, name=str(work))

    async def _attempt(self, work: Work, counted: float, taking: asyncio.Task[set[int]]) -> None:
        """Do one piece of work, if it is ours, and write down what became of it."""
        try:
            if work.chat_id not in await taking:
                self._pace.give_back(work.chat_id, counted)
                return
            note = await self._carry_out(work)
            if note is not None:
                await self._scribe.write(note)
        finally:
            self._taken.pop(work.chat_id, None)
            del self._busy[work.chat_id]
            self._nudges.wake()

    async def _take(self, works: list[Work]) -> set[int]:
        """Take work together where other notifiers might have it; the chat ids of what is ours."""
        if self._nudges.alone or not works:
            return {work.chat_id for work in works}
        taken: dict[int, Work] = {}
        try:
            async with self._shop.database.session() as session:
                for (table, edits), some in _alike(works).items():
                    ours = await leases.take(session, table, [work.id for work in some], edits=edits)
                    taken |= {work.chat_id: work for work in some if work.id in ours}
        except DatabaseError as error:
            _log.debug("%d messages cannot be taken: %s", len(works), error)
            return set()
        self._taken |= taken
        return set(taken)

    async def _keep_what_is_taken(self) -> None:
        while True:
            await asyncio.sleep(leases.RENEW_SECONDS)
            try:
                for (table, _), some in _alike(self._taken.values()).items():
                    async with self._shop.database.session() as session:
                        await leases.renew(session, table, [work.id for work in some])
            except DatabaseError as error:
                _log.debug("%d messages are not kept: %s", len(self._taken), error)

    async def _carry_out(self, work: Work) -> Note | None:
        """Send or edit; what is to be written down, which is nothing when the token is no longer taken."""
        try:
            note = await work.carry_out(self._bot)
        except InvalidToken:
            self._fatal = TokenError(REVOKED)
            return None
        except RetryAfter as error:
            return self._limited(work, retry_after(error))
        except (Forbidden, BadRequest) as error:
            _log.warning("%s cannot be told: %s", work, error.message)
            if isinstance(error, Forbidden) or "chat not found" in error.message.lower():
                words = error.message
                return lambda session: giving_up.unreachable(session, work.staff_id, error=words)
            return work.give_up(error.message)
        except TelegramError as error:
            self._offline.happens(error.message)
            self._probe_at = time.monotonic() + _backoff(self._offline.failures - _OFFLINE_FAILURES)
            return self._postpone(work, _backoff(work.attempts), error.message)
        except Exception as error:
            _log.exception("%s", work)
            if work.attempts >= _OWN_MISTAKES:
                return work.give_up(type(error).__name__)
            return self._postpone(work, _backoff(work.attempts), type(error).__name__)
        await self._online()
        return note

    async def _online(self) -> None:
        """Telegram answered. After a time without, whatever was postponed is tried at once."""
        failures = self._offline.failures
        self._offline.over()
        if failures >= _OFFLINE_FAILURES:
            await self._scribe.write(outbox.retry_now)
            await self._scribe.write(notices.retry_now)

    def _limited(self, work: Work, seconds: float) -> Change:
        self._pace.refused(work.chat_id, seconds)
        return self._postpone(work, min(seconds, LONGEST_WAIT.total_seconds()), f"limited for {seconds:.0f} s")

    def _postpone(self, work: Work, seconds: float, error: str) -> Change:
        return work.postpone(datetime.now(UTC) + timedelta(seconds=seconds), error)

    async def _finish(self) -> None:
        if not self._busy:
            return
        _, late = await asyncio.wait(self._busy.values(), timeout=_GRACE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _alike(works: Collection[Work]) -> dict[tuple[Leased, bool], list[Work]]:
    """Work by where its rows are, and whether it edits."""
    alike: dict[tuple[Leased, bool], list[Work]] = {}
    for work in works:
        alike.setdefault((work.table, work.edits), []).append(work)
    return alike


def _backoff(times: int) -> float:
    """Seconds before the next try: twice as long each time, with jitter."""
    seconds = min(_LONGEST_RETRY_SECONDS, _FIRST_RETRY_SECONDS * 2.0 ** min(max(times, 0), 10))
    return seconds * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
