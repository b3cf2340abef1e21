"""Nudges on PostgreSQL: a connection of its own that listens, and that says which programs serve the database.

The database itself notifies of every message that is to be sent or changed, within the transaction that asks for it:
its triggers do. What a broken connection missed is found by looking once a second whether any transaction has ended,
which the server knows without reading a table.

Two advisory locks, which the server lets go of however a program ends: whoever serves holds the first, alone or with
others; one of them holds the second as well and does what time asks for.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

from db import postgres
from db.engine import name_of
from db.errors import DatabaseError

if TYPE_CHECKING:
    import asyncpg

CHANNEL = "amiko"

_POLL_SECONDS = 1.0
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.2, 5.0
_OWN_REMAINS_SECONDS = 60.0
_LOCKS, _SERVES, _LEADS = 0x616D69, 1, 2  # "ami": the first half of each lock's name is ours
_SETTINGS = {
    "application_name": "amiko nudges",
    "idle_in_transaction_session_timeout": "60s",
    # A host that vanished must not hold its locks for two hours.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_COUNTS = 3  # of the last seconds
_SERVING = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "  # noqa: S608  (numbers of ours)
    f"classid = {_LOCKS} AND objid = {_SERVES} AND "
    "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_log = logging.getLogger(__name__)


class ServedError(DatabaseError):
    """Another program serves the database already."""


class Notified:
    """Listens, from `open` until `close`.

    Args:
        url: of the database.
        alone: whether no other program may serve it meanwhile.
        wake: is called at a notification, at any commit, and when the connection was broken.

    Attributes:
        leads, follows: set while what time asks for is, or is not, for this program to do.
        ended: why this program must not go on, None while it may.
    """

    def __init__(self, url: str, alone: bool, wake: Callable[[], None]) -> None:
        self.leads, self.follows = asyncio.Event(), asyncio.Event()
        self.follows.set()
        self.ended: DatabaseError | None = None
        self._url = make_url(url)
        self._name = name_of(url)
        self._alone = alone
        self._wake = wake
        self._counts: deque[int] = deque(maxlen=_COUNTS)
        self._connection: asyncpg.Connection[Any] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def bots(self) -> int:
        """How many serve the database, this program included; one that has gone counts for some seconds more."""
        return max(self._counts, default=1)

    async def open(self) -> None:
        """Connect, and begin to listen.

        Raises:
            ServedError: another program serves the database already.
            DatabaseError: the server cannot be reached.
        """
        try:
            await self._connect()
        except BaseException:
            await self._hang_up()
            raise
        self._task = asyncio.create_task(self._watch(), name="nudges: notifications")

    async def close(self) -> None:
        """Hang up; another program may take over at once."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._hang_up()

    async def _connect(self) -> None:
        with postgres.explained(self._name):
            self._connection = await postgres.connect(self._url, self._name, _SETTINGS)
            kind = "" if self._alone else "_shared"
            if not await self._connection.fetchval(f"SELECT pg_try_advisory_lock{kind}($1, $2)", _LOCKS, _SERVES):
                raise ServedError(
                    f"another bot serves this database already ({self._name}); stop that one first, or let Telegram "
                    "call both (telegram.webhook)"
                )
            await self._count()
            await self._connection.add_listener(CHANNEL, lambda *_: self._wake())

    async def _count(self) -> None:
        """Count who serves the database, where others may."""
        assert self._connection is not None
        if not self._alone:
            self._counts.append(await self._connection.fetchval(_SERVING))

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        self.leads.clear()
        self.follows.set()
        if connection is not None:
            with suppress(Exception):
                await connection.close(timeout=1)

    async def _watch(self) -> None:
        """Look for commits; connect again, as often as it takes, where the connection breaks."""
        while self.ended is None:
            try:
                await self._compare()
            except DatabaseError as error:
                _log.warning("no nudges until they can be had again: %s", error)
            await self._hang_up()
            await self._connect_again()
            self._wake()  # for what has come meanwhile

    async def _compare(self) -> NoReturn:
        """Compare what the server says of its transactions with what it said before."""
        last: str | None = None
        with postgres.explained(self._name):
            while True:
                assert self._connection is not None
                if not self.leads.is_set() and await self._connection.fetchval(
                    "SELECT pg_try_advisory_lock($1, $2)", _LOCKS, _LEADS
                ):
                    self.leads.set()
                    self.follows.clear()
                await self._count()
                now = await self._connection.fetchval("SELECT pg_current_snapshot()::text")
                if now != last:
                    self._wake()
                last = now
                await asyncio.sleep(_POLL_SECONDS)

    async def _connect_again(self) -> None:
        """Where another program has come to serve the database meanwhile, this one has ended."""
        pause, since = _FIRST_RETRY_SECONDS, time.monotonic()
        while True:
            try:
                await self._connect()
                return
            except ServedError as error:
                # It may be what is left of our own connection, until the server notices.
                if time.monotonic() - since > _OWN_REMAINS_SECONDS:
                    self.ended = error
                    return
            except DatabaseError as error:
                _log.debug("%s", error)
                since = time.monotonic()
            await self._hang_up()
            await asyncio.sleep(pause)
            pause = min(_LONGEST_RETRY_SECONDS, pause * 2)


async def served(session: AsyncSession) -> bool:
    """Whether a program serves the session's PostgreSQL database."""
    return bool(await session.scalar(text(_SERVING)))
