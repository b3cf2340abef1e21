"""The hourly job that deletes snapshots whose time is over."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram.ext import ContextTypes, JobQueue

from bot.shop import Shop
from db.retention import purge_snapshots

_EVERY_SECONDS = 3600
_FIRST_AFTER_SECONDS = 1  # a first run "now" is over before the scheduler looks, and would wait for the hour
_log = logging.getLogger(__name__)


def schedule(jobs: JobQueue[Any], shop: Shop) -> None:
    """Purge soon and then every hour; to be called once the job queue runs."""

    async def purge(context: ContextTypes.DEFAULT_TYPE) -> None:
        before = datetime.now(UTC) - timedelta(hours=shop.config.privacy.snapshot_hours)
        async with shop.database.session() as session:
            gone = await purge_snapshots(session, before)
        if gone:
            _log.info("deleted %d old snapshots", gone)

    jobs.run_repeating(purge, _EVERY_SECONDS, first=_FIRST_AFTER_SECONDS, name="purge snapshots")
