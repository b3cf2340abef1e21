"""A chain's figures are kept with its visits (PostgreSQL): folded now and then, counted anew, or brought along.

How that is done stands in `db.rollup_functions`; what is read of it in `db.rollup_figures`.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.engine import Database, on_postgres
from db.rollup_functions import SWITCH

_ROWS_AT_ONCE = 20_000  # in some tenths of a second


async def fold(database: Database) -> int:
    """Add what visits have noted to the figures of their hours and days; how many notes there were.

    Nobody waits for it and no figure changes by it; what is read grows without it. If another program is at it, it is
    left to that one.

    Raises:
        DatabaseError: the database cannot be written.
    """
    folded = 0
    while on_postgres(database.url):
        async with database.session() as session:
            last = await session.scalar(text("SELECT amiko_fold_visits(:most)"), {"most": _ROWS_AT_ONCE}) or 0
        folded += last
        if last < _ROWS_AT_ONCE:
            break
    return folded


async def recount(connection: AsyncConnection | AsyncSession) -> None:
    """Count the visits of every shop anew, in the caller's transaction; figures of deleted visits stay."""
    await connection.execute(text("SELECT amiko_recount_visits(ARRAY(SELECT id FROM shops))"))


async def bring_along(connection: AsyncConnection) -> None:
    """Let visits that are written in this transaction note nothing, as their figures are written, too."""
    await connection.execute(text("SELECT set_config(:switch, 'off', true)"), {"switch": SWITCH})
