"""Four times a minute, what visits have noted is added to a chain's figures, so that `/stats` finds them added up."""

from __future__ import annotations

import logging
from typing import Any

from telegram.ext import ContextTypes, JobQueue

from bot.shop import Shop
from db import rollups
from db.engine import on_postgres
from db.errors import DatabaseError

_EVERY_SECONDS = 15
_FIRST_AFTER_SECONDS = 1  # a first run "now" is over before the scheduler looks
_log = logging.getLogger(__name__)


def schedule(jobs: JobQueue[Any], shop: Shop) -> None:
    """Fold now and then, where there is something to fold; of several bots, the one that comes first does."""

    async def fold(context: ContextTypes.DEFAULT_TYPE) -> None:
        try:
            await rollups.fold(shop.database)
        except DatabaseError as error:
            _log.warning("the figures are right, but slower until they can be folded: %s", error)

    if on_postgres(shop.database.url):
        jobs.run_repeating(fold, _EVERY_SECONDS, first=_FIRST_AFTER_SECONDS, name="folding figures")
