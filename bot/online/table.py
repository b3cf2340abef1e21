"""A segment's customers as a CSV file that Excel opens as a table."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping

from bot.online.customer import because, offer_words
from bot.online.reasons import MOST_EXPLAINED, Reasons, speaking_for
from bot.online.words import category_word
from bot.sheet import Sheet
from bot.shop import Shop
from bot.texts import Speech
from customers.segments.loading import everybody
from customers.segments.membership import members
from customers.segments.offers import strongest
from customers.segments.people import likeliest_first
from customers.segments.segment import Segment
from customers.segments.table import Customers
from db import churn_scores


async def table(shop: Shop, segment: Segment, t: Speech) -> bytes:
    """One line a customer, those likeliest to buy less first, each with the offer of this segment and its reason."""
    customers = await shop.database.read(everybody)
    async with shop.database.reading() as session:
        explained = await churn_scores.page(session, limit=MOST_EXPLAINED)
    reasons = {score.customer_id: score.reasons for score, _ in explained}
    return await asyncio.to_thread(_written, shop, segment, customers, reasons, t)


def _written(shop: Shop, segment: Segment, customers: Customers, reasons: Mapping[int, Reasons], t: Speech) -> bytes:
    sheet = Sheet(t)
    sheet.write(
        t.plain("customer"),
        t.plain("probability to buy less, %"),
        t.plain("why"),
        t.plain("favourite category"),
        t.plain("revenue a month"),
        t.plain("profit a month"),
        t.plain("offer"),
        t.plain("offered because of"),
        *([t.plain("data")] if customers.synthetic else []),
    )
    for place in likeliest_first(customers, members(segment.condition, customers)):
        churn, revenue = (float(customers.numbers(name)[place]) for name in ("churn", "revenue"))
        category, why = customers.texts("category")[place], reasons.get(customers.ids[place], [])
        reason = strongest(why)
        sheet.write(
            customers.ids[place],
            None if math.isnan(churn) else round(100 * churn, 1),
            "; ".join(speaking_for(why, t, 3)),
            category_word(category, t),
            None if math.isnan(revenue) else round(revenue, 2),
            float(customers.numbers("profit")[place]),
            offer_words(shop, segment.key, category, reason, t),
            because(segment.names[t.language], reason, t),
            *([t.plain("synthetic")] if customers.synthetic else []),
        )
    return sheet.file()
