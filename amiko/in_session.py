"""One transaction for a command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from amiko import assemble
from amiko.config import Config
from db import shops

Result = TypeVar("Result")


def in_session(config: Config, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """What `work` returns from a transaction on the configured database, which is committed after it.

    A new database's first shop has the name and the clock of config.yaml by then.

    Raises:
        DatabaseError: the database cannot be opened, upgraded or written.
        ShopError: nobody could ask for the shop that config.yaml names by that name.
    """

    async def connected() -> Result:
        database = await assemble.database(config)
        try:
            async with database.session() as session:
                await shops.require_askable(session, config.store.name)
                await shops.begin(session, config.store.name, config.store.timezone)
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(connected())
