"""The scribe: takes down what became of messages, cards that were sent many at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.incident import Incident
from bot.delivery.rest import Rest
from db import sent_cards
from db.engine import Database
from db.errors import DatabaseError
from db.sent_cards import Sent

Change = Callable[[AsyncSession], Awaitable[None]]
Note = Sent | Change
"""What is to be written down: that a card was sent, or any other change."""

_STUCK_SECONDS = 3.0
_RETRY_SECONDS = 1.0
_log = logging.getLogger(__name__)


@dataclass
class _Group:
    """Cards that are noted in one transaction."""

    cards: list[Sent] = field(default_factory=list)
    written: bool = False
    refused: bool = False  # one of them cannot be noted: each is then tried by itself


class Scribe:
    """Writes into one database, and says once when that does not go on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writes = 0  # that wait or are being made
        self._group = _Group()  # of those that wait for the next transaction
        self._turn = asyncio.Lock()
        self._rest = Rest()
        self._unwritten = Incident(_log, "the database takes nothing down", "the database takes notes again")

    async def write(self, note: Note) -> None:
        """Write down what became of a message, however long the database is away."""
        loop, why = asyncio.get_running_loop(), "it is locked or busy"
        stuck = loop.call_later(_STUCK_SECONDS, self._unwritten.happens, why)
        self._writes += 1
        try:
            await (self._with_others(note) if isinstance(note, Sent) else self._until_written(note))
        finally:
            stuck.cancel()
            self._writes -= 1
        if self._writes == 0:
            self._unwritten.over()

    async def _with_others(self, card: Sent) -> None:
        """Note a sent card together with all that are sent until its transaction begins."""
        group = self._group
        group.cards.append(card)
        async with self._turn:  # whoever comes first writes for all of them
            if not group.written and not group.refused:
                await self._write_group(group)
        if group.refused:
            await self._until_written(lambda session: sent_cards.note(session, [card]))

    async def _write_group(self, group: _Group) -> None:
        async with self._rest:
            if group is self._group:
                self._group = _Group()
            try:
                await self._until_written(lambda session: sent_cards.note(session, group.cards))
                group.written = True
            except Exception:
                _log.exception("%d sent cards are noted one by one", len(group.cards))
                group.refused = True

    async def _until_written(self, change: Change) -> None:
        while True:
            try:
                async with self._database.session() as session:
                    await change(session)
                return
            except DatabaseError as error:
                self._unwritten.happens(str(error))
                await asyncio.sleep(_RETRY_SECONDS)
