"""Connections to PostgreSQL: how long they wait for what, and what is said when there are none."""

from __future__ import annotations

import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from db.errors import BROKEN_OFF, DatabaseError, UnreachableError, explain_state

if TYPE_CHECKING:
    import asyncpg

OLDEST = 13
"""The first version of PostgreSQL that has all we ask for (its `pg_current_snapshot`)."""

_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 60.0
_ANSWER = 6.0  # of their patience with a lock: so long the impatient wait for an answer
_MIGRATION_SECONDS = 3600.0
_MOST_CONNECTIONS = 10
_TRUSTED_SECONDS = 0.2  # without use; no server restarts sooner
_LEFT_AT = "left at"
_IDLE_SECONDS = 300.0  # in a transaction: a program that hangs holds its locks no longer
_KEEPALIVE = {
    # A client that is cut off in a transaction would keep others from its rows; within half a minute the server knows.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30s",
}


def engine(url: URL, name: str, *, patience_seconds: float, hurried: bool = True, **options: Any) -> AsyncEngine:
    """An engine whose connections are tried before they are used, so that it outlives a restart of the server.

    One that was in use a moment ago is only asked whether the driver has lost it: trying it costs two answers of the
    server. The last one used is the next one used, as it has the statements that are asked for at hand.

    Args:
        url: of the database.
        name: what it is called in errors.
        patience_seconds: how long a statement waits for another's lock, and a transaction for a free connection; six
            times as long for its answer.
        hurried: whether a statement that takes longer, or a minute, is given up; a migration may take an hour.
        options: for `create_async_engine`.
    """
    settings = {
        "application_name": "amiko",
        "timezone": "UTC",
        "jit": "off",  # compiling costs our small questions more than it saves
        "lock_timeout": f"{round(patience_seconds * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{_IDLE_SECONDS:.0f}s",
        **_KEEPALIVE,
    }
    seconds = min(_STATEMENT_SECONDS, _ANSWER * patience_seconds) if hurried else _MIGRATION_SECONDS
    settings["statement_timeout"] = f"{round(seconds * 1000)}ms"
    # The driver's own limit ends what a server that is cut off can no longer end.
    arguments = {"server_settings": settings, "timeout": _CONNECT_SECONDS, "command_timeout": seconds + 1}
    connections = create_async_engine(
        url,
        pool_size=_MOST_CONNECTIONS,
        pool_use_lifo=True,
        max_overflow=0,
        pool_timeout=patience_seconds,
        connect_args={**arguments, "async_creator_fn": _connecting(name)},
        **options,
    )

    @event.listens_for(connections.sync_engine, "checkin")
    def _left(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_LEFT_AT] = time.monotonic()

    @event.listens_for(connections.sync_engine, "checkout")
    def _tried(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        left_at = record.info.get(_LEFT_AT)
        if left_at is None:  # it is new
            return
        lost = connection.driver_connection.is_closed()
        if not lost and time.monotonic() - left_at > _TRUSTED_SECONDS:
            try:
                connection.ping()
            except connections.dialect.loaded_dbapi.Error:
                lost = True
        if lost:
            raise InvalidatePoolError

    return connections


async def connect(url: URL, name: str, settings: dict[str, str]) -> asyncpg.Connection[Any]:
    """A connection of the driver's own, for what needs one to itself.

    Raises:
        DatabaseError: the server cannot be reached, refuses, or is too old.
    """
    given: dict[str, Any] = dict(url.query)
    names = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
    given |= {name: value for name, value in names.items() if value is not None}
    with explained(name):
        connection: asyncpg.Connection[Any] = await _connecting(name)(
            **given,
            database=url.database,
            timeout=_CONNECT_SECONDS,
            command_timeout=_CONNECT_SECONDS * 2,
            server_settings=settings,
        )
    return connection


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turns what the driver itself says of the database `name` into a DatabaseError where a user can do something."""
    import asyncpg

    try:
        yield
    except asyncpg.PostgresError as error:
        if sentence := explain_state(error.sqlstate or "", name):
            raise sentence from error
        raise
    except (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
        raise explain_state(BROKEN_OFF, name) or error from error


def _connecting(name: str) -> Callable[..., Awaitable[Any]]:
    """What opens a connection to the database `name`, and says in a sentence why it cannot."""

    async def connecting(**arguments: Any) -> asyncpg.Connection[Any]:
        import asyncpg  # here: it costs 50 ms, which a shop on SQLite is spared

        try:
            connection = await asyncpg.connect(**arguments)
        except asyncpg.ClientConfigurationError as error:  # such as a certificate that is not there
            raise DatabaseError(
                f"the database {name} cannot be reached as database.url asks: {str(error).splitlines()[0]}"
            ) from error
        except socket.gaierror as error:
            raise UnreachableError(
                f"the database {name} cannot be reached: no host has that name ({error.strerror}); check database.url"
            ) from error
        except TimeoutError as error:
            raise UnreachableError(
                f"the database {name} cannot be reached: nothing answers; check database.url, the network and firewalls"
            ) from error
        except OSError as error:
            raise UnreachableError(
                f"the database {name} cannot be reached ({error.strerror or error}); check that PostgreSQL runs there, "
                "and database.url"
            ) from error
        version = connection.get_server_version()
        if version.major < OLDEST:
            await connection.close()
            raise DatabaseError(
                f"the database {name} is kept by PostgreSQL {version.major}; Amiko needs {OLDEST} or newer"
            )
        return connection

    return connecting
