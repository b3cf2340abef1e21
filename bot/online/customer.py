"""All that is told of one customer: probability, reasons, segments, offer."""

from __future__ import annotations

import asyncio
import re

from bot.figures import amount, percent
from bot.online.churn import why_nothing
from bot.online.reasons import speaking_against, speaking_for, thing
from bot.online.words import category_word, synthetic_note
from bot.shop import Shop
from bot.texts import Speech
from customers.segments.loading import everybody
from customers.segments.offers import strongest
from customers.segments.people import segments_of
from customers.segments.table import Customers
from db import churn_scores
from db import customers as regulars
from db.shop_models import ChurnScore, Customer

_MOST_REASONS, _MOST_AGAINST = 4, 2
_MOST_DIGITS = 18  # that the database's numbers have room for


async def card(shop: Shop, asked: str, t: Speech) -> str:
    """Everything of the customer with this number, in Telegram's HTML, or what to do where there is none."""
    if not re.fullmatch(rf"\d{{1,{_MOST_DIGITS}}}", asked, re.ASCII):
        return t("A customer's number has digits only, such as in /churn {example}.", example=await _example(shop))
    number = int(asked)
    async with shop.database.reading() as session:
        customer = await regulars.find(session, number)
        score = await churn_scores.find(session, number)
    customers = await shop.database.read(everybody)
    if customer is None:
        if nothing := why_nothing(len(customers), True, t):
            return t("{nothing}", nothing=nothing)
        return t(
            "No customer has the number {number}. There are {count}, {first} to {last}; /churn lists those at risk.",
            number=asked,
            count=amount(len(customers), t),
            first=customers.ids[0],
            last=customers.ids[-1],
        )
    lines = [
        t("<b>Customer {number}</b>", number=number),
        *([synthetic_note(t)] if customer.synthetic else []),
        *_why(score, shop, t),
        "",
        t("Buys most: {category}", category=category_word(customer.favourite_category, t)),
        t("Profit a month: {profit}", profit=amount(customer.profit, t)),
        "",
        *await asyncio.to_thread(_offered, shop, customer, score, customers, t),
    ]
    return "\n".join(lines)


def _why(score: ChurnScore | None, shop: Shop, t: Speech) -> list[str]:
    if score is None:
        return [t("Not scored yet: amiko customers train churn does that.")]
    risky = score.probability >= shop.config.customers.at_risk
    told = t("Probability to buy less: <b>{probability}</b>", probability=percent(score.probability, t))
    pro, contra = speaking_for(score.reasons, t, _MOST_REASONS), speaking_against(score.reasons, t, _MOST_AGAINST)
    return [
        told,
        *([t("Above the threshold: at risk.")] if risky else []),
        *([t("Why:")] if pro else []),
        *(t("• {reason}", reason=reason) for reason in pro),
        *([t("What speaks against it:")] if contra else []),
        *(t("• {reason}", reason=reason) for reason in contra),
        t("Scored {moment}", moment=shop.moment(score.scored_at)),
    ]


def _offered(shop: Shop, customer: Customer, score: ChurnScore | None, customers: Customers, t: Speech) -> list[str]:
    held = segments_of(customer.id, shop.programme.segments, customers)
    if not held:
        return [t("In no segment, so there is no offer.")]
    names = "; ".join(segment.names[t.language] for segment in held)
    reason = strongest(score.reasons) if score else None
    return [
        t("Segments: {names}", names=names),
        t("Offer: <b>{offer}</b>", offer=offer_words(shop, held[0].key, customer.favourite_category, reason, t)),
        t("Because: {reason}", reason=because(held[0].names[t.language], reason, t)),
    ]


def offer_words(shop: Shop, segment: str, category: str, reason: str | None, t: Speech) -> str:
    """The offer for a customer of a segment, as plain text."""
    offer = shop.programme.offer(segment, category, reason)[t.language]
    return offer.replace("{category}", category_word(category, t))


def because(segment: str, reason: str | None, t: Speech) -> str:
    """Why a customer gets an offer, as plain text."""
    if reason is None:
        return t.plain("segment “{segment}”", segment=segment)
    return t.plain("segment “{segment}”; {reason}", segment=segment, reason=thing(reason, t))


async def _example(shop: Shop) -> int:
    async with shop.database.reading() as session:
        likeliest = await churn_scores.page(session, limit=1)
    return likeliest[0][0].customer_id if likeliest else 215349
