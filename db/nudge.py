"""A nudge: the worker tells the bot of the same machine that it has committed, so that it looks at once.

The database is the truth and a nudge only makes it fast. It is one byte sent to a UNIX datagram socket beside
the SQLite file; whoever listens also looks four times a second at SQLite's `data_version`, which finds what a
lost nudge missed, and which is all there is on a platform without such sockets. PostgreSQL notifies by itself:
`db.notified`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from db.engine import on_postgres, sqlite_file
from db.errors import DatabaseError
from db.notified import Notified

_POLL_SECONDS = 0.25
_LONGEST_ADDRESS = 100  # bytes; the system's limit is 108 on Linux and 104 elsewhere
_log = logging.getLogger(__name__)


def address(url: str) -> Path | None:
    """Where the nudges for a database go, None for no SQLite file or a platform without them."""
    file = sqlite_file(url)
    if file is None or not hasattr(socket, "AF_UNIX"):
        return None
    beside = file.resolve().with_name(file.name + ".nudge")
    if len(os.fsencode(beside)) <= _LONGEST_ADDRESS:
        return beside
    digest = hashlib.sha256(os.fsencode(beside)).hexdigest()[:32]
    return Path(tempfile.gettempdir()) / f"amiko-{digest}.nudge"


def send(url: str) -> None:
    """Nudge whoever listens for this SQLite database. Never blocks, never raises; nobody listening is fine.

    PostgreSQL has done so with the commit.
    """
    path = address(url)
    if path is None:
        return
    # A full buffer means that a nudge is waiting to be read already.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(b"!", str(path))


class Nudges:
    """Listens for nudges while the `async with` block runs.

    Args:
        url: of the database.
        alone: whether it is to be the only one who serves the database. SQLite is always served by one.

    Attributes:
        alone: whether it is.

    Raises:
        DatabaseError: on entry, if another serves the same database: two bots would send cards twice.
    """

    def __init__(self, url: str, *, alone: bool = True) -> None:
        self.alone = alone or not on_postgres(url)
        self._url = url
        self._woken = asyncio.Event()
        self._notified = Notified(url, alone, self._woken.set) if on_postgres(url) else None
        self._socket: socket.socket | None = None
        self._lock: IO[bytes] | None = None
        self._poll: asyncio.Task[None] | None = None

    @property
    def bots(self) -> int:
        """How many serve the database now, this one included."""
        return self._notified.bots if self._notified else 1

    async def __aenter__(self) -> Self:
        if self._notified:
            await self._notified.open()
        else:
            self._listen()
            self._poll = asyncio.create_task(self._watch(), name="nudges: data_version")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._notified:
            await self._notified.close()
        if self._poll:
            self._poll.cancel()
            await asyncio.gather(self._poll, return_exceptions=True)
        self._hang_up()

    async def wait(self, seconds: float) -> bool:
        """Wait for a nudge, a commit or `seconds`; whether it was one of the first two.

        What came since the last wait ends this one at once, so nothing falls between two waits.

        Raises:
            DatabaseError: another has come to serve this database while the connection to it was broken.
        """
        if self._notified and self._notified.ended:
            raise self._notified.ended
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        woken = self._woken.is_set()
        self._woken.clear()
        return woken

    def wake(self) -> None:
        """End the wait from inside this process."""
        self._woken.set()

    async def lead(self) -> None:
        """Wait until what time asks for is for this program to do, as it is for one of those who serve a database."""
        if self._notified:
            await self._notified.leads.wait()

    async def follow(self) -> None:
        """Wait until it is not, or no longer."""
        if self._notified:
            await self._notified.follows.wait()
        else:
            await asyncio.Event().wait()

    def _listen(self) -> None:
        path = address(self._url)
        if path is None:
            return
        self._lock = _lock(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.setblocking(False)
        try:
            path.unlink(missing_ok=True)  # left by a bot that was killed: the lock says that nobody listens
            listener.bind(str(path))
        except OSError as error:
            listener.close()
            _log.warning("no nudges at %s (%s): new visits are found by looking four times a second", path, error)
            return
        self._socket = listener
        asyncio.get_running_loop().add_reader(listener, self._read)

    def _hang_up(self) -> None:
        if self._socket:
            asyncio.get_running_loop().remove_reader(self._socket)
            path = Path(self._socket.getsockname())
            self._socket.close()
            with suppress(OSError):
                path.unlink()
        if self._lock:
            self._lock.close()

    def _read(self) -> None:
        assert self._socket is not None
        with suppress(BlockingIOError):
            while True:
                self._socket.recv(16)
                self._woken.set()

    async def _watch(self) -> None:
        """Wake when another connection has committed."""
        file = sqlite_file(self._url)
        if file is None:
            return
        while True:
            # Not in a thread: reading the number takes microseconds and, with no timeout, waits for nobody.
            with (
                suppress(sqlite3.Error),  # locked or gone for a moment; the next connection starts afresh
                closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=0)) as connection,
            ):
                await self._compare(connection)
            await asyncio.sleep(_POLL_SECONDS)

    async def _compare(self, connection: sqlite3.Connection) -> None:
        last: int | None = None
        while True:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version != last:
                self._woken.set()
            last = version
            await asyncio.sleep(_POLL_SECONDS)


def _lock(path: Path) -> IO[bytes]:
    """Hold the lock of a listener's address; the system lets go of it however the process ends.

    Raises:
        DatabaseError: another process holds it.
    """
    import fcntl  # there wherever UNIX sockets are

    file = path.with_name(path.name + ".lock")
    try:
        held = file.open("ab")
    except OSError as error:
        raise DatabaseError(f"{file} cannot be written ({error.strerror}); check the folder's permissions") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise DatabaseError(
            f"another bot serves this database already ({file} is locked); stop that one first"
        ) from None
    return held
