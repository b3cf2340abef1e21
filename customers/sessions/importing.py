"""The import of a session log: all that can be trusted in one transaction, the rest into quarantine."""

from __future__ import annotations

from datetime import datetime

from customers.errors import CustomersError
from customers.sessions.checked import CheckedLog
from db import quarantine, shop_sessions
from db.engine import Database


async def import_sessions(database: Database, log: CheckedLog, now: datetime, *, synthetic: bool = False) -> None:
    """Store a log; sessions that are there already are brought up to date, with their views.

    Real sessions take the place of generated ones.

    Args:
        database: takes everything in one transaction, or nothing.
        log: its views are read while they are stored.
        now: when.
        synthetic: whether the sessions were generated.

    Raises:
        CustomersError: the views cannot be read, or none can be trusted, or generated sessions would stand among
            real ones.
        DatabaseError: the database cannot be written.
    """
    sessions = [{**session, "synthetic": synthetic} for session in log.sessions.values()]
    async with database.session() as session:
        counts = await shop_sessions.counts(session)
        if synthetic and counts.sessions > counts.synthetic:
            raise CustomersError(
                "these files are marked synthetic, and the database holds real sessions; import them into another one, "
                "such as --db sqlite+aiosqlite:///demo.db"
            )
        if not synthetic:
            await shop_sessions.forget_synthetic(session)
        await shop_sessions.save(session, sessions, log.views())
        await quarantine.replace(session, "sessions", log.untrusted, now)
