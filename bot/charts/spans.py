"""A period on the clocks of the shops that are asked about."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.periods import Period
from bot.shop import Shop
from db import shops
from db.figures import Span


async def spans(shop: Shop, session: AsyncSession, period: Period) -> list[Span]:
    """One span for the shop that is meant, or one for each clock of the chain where `shop.whole_chain`."""
    if not shop.whole_chain:
        branch = shop.branch or await shops.of_config(session, shop.name)
        return [Span(_edges(period, shop.timezone), (branch.id,))]
    by_clock = defaultdict(list)
    for branch in await shops.list_all(session):
        by_clock[branch.time_zone].append(branch.id)
    return [Span(_edges(period, ZoneInfo(clock)), ids) for clock, ids in by_clock.items()]


def _edges(period: Period, timezone: ZoneInfo) -> list[datetime]:
    slots = period.slots(timezone)
    return [*(slot.start for slot in slots), slots[-1].until]
