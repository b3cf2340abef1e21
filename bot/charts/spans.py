"""A period on the clocks of the shops that are asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.periods import Period, Slot
from bot.shop import Shop
from db import shops
from db.figures import Span


async def spans(shop: Shop, session: AsyncSession, period: Period) -> list[Span]:
    """One span for the shop that is meant, or one for each clock of the chain where `shop.whole_chain`."""
    if not shop.whole_chain:
        return [Span(_edges(period.slots(shop.timezone)), (await _id(shop, session),))]
    by_clock = defaultdict(list)
    for branch in await shops.list_all(session):
        by_clock[branch.time_zone].append(branch.id)
    return [Span(_edges(period.common_slots(ZoneInfo(clock))), ids) for clock, ids in by_clock.items()]


async def beside_another(shop: Shop, session: AsyncSession, period: Period) -> list[Span]:
    """The span of a shop that is compared with another one, in slots that both clocks have."""
    return [Span(_edges(period.common_slots(shop.timezone)), (await _id(shop, session),))]


async def _id(shop: Shop, session: AsyncSession) -> int:
    branch = shop.branch or await shops.of_config(session, shop.name)
    return branch.id


def _edges(slots: Sequence[Slot]) -> list[datetime]:
    return [*(slot.start for slot in slots), slots[-1].until]
