"""Deletes what has had its time, once an hour: snapshots (also from sent cards), visits, notices, decided requests."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from itertools import zip_longest
from typing import NoReturn

from PIL import Image
from telegram import InputMediaPhoto
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.cards import caption
from bot.delivery.work import PacedBot
from bot.keyboards import card_buttons
from bot.shop import Shop
from db import outbox, partitions, retention
from db.errors import DatabaseError
from db.retention import SentPicture
from db.snapshots import SnapshotError

NOTICES_KEPT = timedelta(days=30)
INVITES_KEPT = timedelta(days=30)
REQUESTS_KEPT = timedelta(days=90)

_EVERY_SECONDS = 3600.0
_VISITS_AT_ONCE = 500  # so that nobody waits long for the database
_PICTURES_AT_ONCE = 10_000
_REMOVING_SECONDS = 3000.0  # at most, so that rows are deleted every hour
_IN_A_CHAT_SECONDS = 3.0  # between two pictures: new cards have the right of way
_BETWEEN_PICTURES_SECONDS = 0.25  # of all chats, which is an eighth of what Telegram takes from a bot
_log = logging.getLogger(__name__)


async def run(bot: PacedBot, shop: Shop) -> NoReturn:
    """Delete now and then every hour until cancelled; what fails is tried again in an hour."""
    while True:
        began = time.monotonic()
        try:
            await _purge(shop, datetime.now(UTC))
            await _remove_pictures(bot, shop, datetime.now(UTC))
        except DatabaseError as error:
            _log.warning("what has had its time is deleted in an hour: %s", error)
        except TelegramError as error:
            _log.warning("old pictures are taken from their cards in an hour: %s", error.message)
        await asyncio.sleep(max(0.0, began + _EVERY_SECONDS - time.monotonic()))


async def _purge(shop: Shop, now: datetime) -> None:
    """Delete files and rows."""
    privacy, snapshots = shop.config.privacy, 0
    before = now - timedelta(days=privacy.visit_days)
    try:
        snapshots = await retention.purge_snapshots(shop.database, now - timedelta(hours=privacy.snapshot_hours))
    except SnapshotError as error:
        _log.error("no snapshot could be deleted, the next try is in an hour: %s", error)
    await partitions.prepare(shop.database, now)
    dropped = await partitions.drop_before(shop.database, before)
    await partitions.survey(shop.database)
    async with shop.database.session() as session:
        gone = {
            "snapshots": snapshots,
            "notices": await retention.purge_notices(session, now - NOTICES_KEPT),
            "invitations": await retention.purge_invites(session, now - INVITES_KEPT),
            "decided requests": await retention.purge_applicants(session, now - REQUESTS_KEPT),
            "visits": dropped,
        }
    last = _VISITS_AT_ONCE
    while last == _VISITS_AT_ONCE:
        async with shop.database.session() as session:
            last = await retention.purge_visits(session, before, _VISITS_AT_ONCE)
        gone["visits"] += last
    if any(gone.values()):
        _log.info("deleted what was too old: %s", ", ".join(f"{number} {what}" for what, number in gone.items()))


async def _remove_pictures(bot: PacedBot, shop: Shop, now: datetime) -> None:
    """Take the pictures from old cards of closed visits.

    Raises:
        TelegramError: Telegram cannot be asked now.
    """
    until = time.monotonic() + _REMOVING_SECONDS
    before = now - timedelta(hours=shop.config.privacy.snapshot_hours)
    async with shop.database.reading() as session:
        pictures = await retention.sent_pictures(session, before, _PICTURES_AT_ONCE)
    removed = 0
    for turn in _in_turns(pictures):
        next_turn = time.monotonic() + _IN_A_CHAT_SECONDS
        for picture in turn:
            if time.monotonic() > until:
                break
            await _remove(bot, shop, picture)
            async with shop.database.session() as session:
                await retention.picture_removed(session, picture)
            removed += 1
            await asyncio.sleep(_BETWEEN_PICTURES_SECONDS)
        await asyncio.sleep(max(0.0, min(next_turn, until) - time.monotonic()))
    if removed:
        _log.info("took the pictures from %d old cards", removed)
    if removed < len(pictures) or removed == _PICTURES_AT_ONCE:
        _log.warning("more cards show old pictures than an hour suffices for; the others follow in the next one")


def _in_turns(pictures: Sequence[SentPicture]) -> Iterator[Sequence[SentPicture]]:
    """Everybody's oldest picture, then everybody's next, so that no chat keeps the others waiting."""
    chats: dict[int, list[SentPicture]] = {}
    for picture in pictures:
        chats.setdefault(picture.staff_id, []).append(picture)
    for turn in zip_longest(*chats.values()):
        yield [picture for picture in turn if picture is not None]


async def _remove(bot: PacedBot, shop: Shop, picture: SentPicture) -> None:
    """Put an empty picture in the place of a card's own; its words stay. Telegram cannot make a photo a text."""
    async with shop.database.reading() as session:
        card = await outbox.card(session, picture.visit_id, picture.staff_id)
    if card is None or card.message_id is None:
        return  # the visit, or the person, was deleted meanwhile
    t = shop.speech(card.language)
    try:
        await bot.edit_message_media(
            InputMediaPhoto(_empty(), caption=caption(card, shop, t)),
            card.chat_id,
            card.message_id,
            reply_markup=card_buttons(card, shop, t),
        )
        return
    except (BadRequest, Forbidden) as error:
        refused = error
    # Telegram names no time after which a bot may not edit; deleting it allows for 48 hours. More we cannot do.
    try:
        await bot.delete_message(card.chat_id, card.message_id)
    except (BadRequest, Forbidden):  # deleted, blocked, too old
        _log.warning("the picture of visit %s stays in a chat of staff %d: %s", card.visit.id, card.staff_id, refused)


@cache
def _empty() -> bytes:
    """A plain grey picture, JPEG."""
    stream = BytesIO()
    Image.new("RGB", (320, 60), (225, 225, 225)).save(stream, "JPEG")
    return stream.getvalue()
