"""Keeps the local database and the chain's in step whenever both can be had.

People come from the chain; what they said here while the shop was cut off, and what became of visits that were told of
here, goes there. Every step may be repeated, so that a crash between two of them costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from amiko.config import Config
from bot.delivery.incident import Incident
from db import notices, nudge, shops
from db.engine import Database
from db.errors import DatabaseError
from db.models import Staff
from db.offering import Offer
from db.shops import ShopError
from db.standby import account, roster
from db.standby.account import Account

START, STRANGERS, RESTS = "standby_start", "standby_strangers", "standby_rests"
"""Kinds of notices, worded in `bot/notices/standby.py`."""

EVERY_SECONDS = 2.0
_CARDS_ARE_KEPT = timedelta(days=1)  # so that a late press gets an answer
_log = logging.getLogger(__name__)


class Exchange:
    """Between a shop's local database and the chain's.

    Args:
        config: of the shop.
        chain, local: the two.
        username: of the bot that serves while the shop is cut off.
    """

    def __init__(self, config: Config, chain: Database, local: Database, username: str) -> None:
        self._store = config.store
        self._offer = Offer(config.bot.offer, config.bot.turn_seconds)
        self._chain = chain
        self._local = local
        self._username = username
        self._settled: set[str] = set()
        self._away = Incident(
            _log, "the shop is cut off and is served from here", "the shop is no longer cut off, the main bot serves it"
        )

    async def run(self) -> NoReturn:
        """Work until cancelled."""
        while True:
            try:
                await self.round()
            except (DatabaseError, ShopError, SQLAlchemyError, OSError) as error:
                self._away.happens(str(error).partition("\n")[0])
            else:
                self._away.over()
            await asyncio.sleep(EVERY_SECONDS)

    async def round(self) -> None:
        """Bring each up to date with the other.

        Raises:
            DatabaseError, OSError: one of them cannot be used now.
            ShopError: the chain's has no such shop yet.
        """
        shop_id = await self._people()
        await self._visits()
        await self._ask_strangers(shop_id)

    async def _people(self) -> int:
        """Who works here, and who waits; the shop's number in the chain."""
        async with self._local.reading() as session:
            said = await roster.changes(session)
        if said:
            async with self._chain.session() as session:
                await roster.carry(session, said)
        async with self._chain.reading() as session:
            shop_id = (await shops.of_config(session, self._store.name)).id
            people = await roster.people(session, shop_id)
        async with self._local.session() as session:
            here = await shops.settle(session, self._store.name, self._store.timezone)
            await roster.copy(session, here.id, people, said)
        return shop_id

    async def _visits(self) -> None:
        """What became of those that were told of here."""
        async with self._local.reading() as session:
            accounts = await account.unsettled(session, self._settled)
        async with self._chain.reading() as session:
            known = await account.known(session, [one.visit_id for one in accounts])
        for one in accounts:
            if one.visit_id in known:  # the worker forwards the others
                await self._forward(one, *known[one.visit_id])
        now, told = datetime.now(UTC), 0
        async with self._local.session() as session:
            if known.keys() >= {one.visit_id for one in accounts}:
                told = await roster.rest(session, RESTS, now)
            gone = await account.forget(session, self._settled, now - _CARDS_ARE_KEPT)
        self._settled -= gone
        if told:
            nudge.send(self._local.url)

    async def _forward(self, one: Account, state: str, taker: int | None) -> None:
        """Let the chain know of one visit that it has."""
        now, found = datetime.now(UTC), one
        if one.state == "offered":  # it was passed on after the link was back, or taken into the chain unseen
            async with self._local.session() as session:
                found = await account.hand_over(session, one.visit_id) or one
            nudge.send(self._local.url)
        if found.decided and (found.over or (state, taker) != ("claimed", found.changes["claimed_by"])):
            async with self._chain.session() as session:
                await account.settle(session, found, now)
        elif found.state == account.HANDED_OVER and state == "claimed":
            async with self._chain.session() as session:
                await account.go_on(session, found, self._offer, now)
        if found.over:
            self._settled.add(found.visit_id)

    async def _ask_strangers(self, shop_id: int) -> None:
        """Have the main bot ask people to press Start in this one, and tell their managers who that is; once each."""
        async with self._local.reading() as session:
            people = await roster.not_asked(session)
        if not people:
            return
        async with self._chain.session() as session:
            await self._ask(session, shop_id, people)
        async with self._local.session() as session:
            await roster.asked(session, people)

    async def _ask(self, session: AsyncSession, shop_id: int, people: Sequence[Staff]) -> None:
        for person in people:
            await notices.tell(session, person.id, START, {"bot": self._username})
        names = {"bot": self._username, "names": [person.name for person in people]}
        await notices.tell_managers(session, shop_id, STRANGERS, names)
