"""The daily picture: looked for twice a minute, made once a day for each manager who wants it.

Not one timer per manager: what is due stands in the database, so a restart, a changed hour or a clock that jumps
over it can neither lose a picture nor send two. The picture itself goes out as a notice, written down with the note
that the day is done, so that it is sent even where the network fails at that minute.
"""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

from telegram.ext import ContextTypes, JobQueue

from bot.charts.child import ChartError
from bot.charts.report import Report, report
from bot.notices.words import Words
from bot.periods import read
from bot.shop import Shop
from bot.texts import Speech
from db import digests, notices, nudge, shops
from db.digests import DueDigest
from db.errors import DatabaseError

_EVERY_SECONDS = 30
_FIRST_AFTER_SECONDS = 1  # a first run "now" is over before the scheduler looks
_log = logging.getLogger(__name__)


def schedule(jobs: JobQueue[Any], shop: Shop) -> None:
    """Look for daily pictures that are due; to be called once the job queue runs."""

    async def look(context: ContextTypes.DEFAULT_TYPE) -> None:
        try:
            await send_due(shop, datetime.now(UTC))
        except DatabaseError as error:
            _log.warning("the daily pictures wait: %s", error)

    jobs.run_repeating(look, _EVERY_SECONDS, first=_FIRST_AFTER_SECONDS, name="daily pictures")


async def send_due(shop: Shop, now: datetime) -> None:
    """Make the pictures that are due at an instant, on each shop's own clock, and have them sent."""
    due = []
    async with shop.database.reading() as session:
        for branch in await shops.list_all(session):
            there = shop.at(branch)
            clock = now.astimezone(there.timezone)
            due += [(there, digest, clock) for digest in await digests.due(session, branch.id, clock)]
    for there, digest, clock in due:
        await _send(there, digest, clock)
    if due:
        nudge.send(shop.database.url)


def words(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """Payload: `text`, in Telegram's HTML; `png`, the picture in base64, or None where there is none."""
    return Words(payload["text"], photo=b64decode(payload["png"]) if payload["png"] else None)


async def _send(shop: Shop, digest: DueDigest, now: datetime) -> None:
    t, day = shop.speech(digest.language), now.date()
    period = read("today", day, t)
    found = await report(shop, period, t, day)
    payload = {
        "text": found if isinstance(found, str) else found.caption,
        "png": None if isinstance(found, str) else await _drawn(found),
    }
    async with shop.database.session() as session:
        if await digests.take(session, digest.staff_id, day):
            await notices.tell(session, digest.staff_id, digests.KIND, payload)


async def _drawn(found: Report) -> str | None:
    """The picture in base64; None, and the words must do, where it cannot be drawn."""
    try:
        return b64encode(await found.png()).decode()
    except ChartError as error:
        _log.error("a daily picture goes out in words only: %s", error)
        return None
