"""Who is likely to buy less, all together: how many, what a month may lose, and the list of them, page by page."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from bot.charts.chart import Bar, Part
from bot.charts.shop_pictures import ChurnPicture
from bot.figures import amount, percent
from bot.online.reasons import MOST_EXPLAINED, speaking_for, thing
from bot.online.words import category_word, money_lines, synthetic_note
from bot.shop import Shop
from bot.texts import Speech
from bot.words import short
from customers.segments.comparison import AtRisk, at_risk
from customers.segments.loading import everybody
from customers.segments.offers import strongest
from customers.segments.table import Customers, Flags
from db import churn_scores

ON_A_PAGE = 10
_STEPS = 10  # columns of the picture's probabilities
_MOST_REASONS = 6


@dataclass(frozen=True)
class Churn:
    """All of it in words, ready to be drawn."""

    caption: str
    picture: ChurnPicture


@dataclass(frozen=True)
class _Figures:
    customers: Customers
    risky: Flags
    scored: int
    money: AtRisk
    scored_at: datetime
    reasons: Counter[str]


async def churn(shop: Shop, t: Speech) -> Churn | str:
    """The whole, or why there is nothing to tell."""
    threshold = shop.config.customers.at_risk
    customers = await shop.database.read(everybody)
    async with shop.database.reading() as session:
        likeliest = await churn_scores.page(session, limit=MOST_EXPLAINED)
    if nothing := why_nothing(len(customers), bool(likeliest), t):
        return nothing
    risky = customers.numbers("churn") >= threshold
    figures = _Figures(
        customers,
        risky,
        scored=int((~np.isnan(customers.numbers("churn"))).sum()),
        money=await asyncio.to_thread(at_risk, customers, risky),
        scored_at=max(score.scored_at for score, _ in likeliest),
        reasons=Counter(
            reason
            for score, _ in likeliest
            if score.probability >= threshold and (reason := strongest(score.reasons)) is not None
        ),
    )
    picture = _picture(figures, threshold, shop, t)
    return Churn(_caption(picture), picture)


def why_nothing(customers: int, scored: bool, t: Speech) -> str | None:
    """Why nothing can be told yet, as plain text; None where something can."""
    if not customers:
        return t.plain("No customers have been imported yet: amiko customers import DIR does that.")
    if not scored:
        return t.plain("No churn model has looked at the customers yet: amiko customers train churn does that.")
    return None


async def page(shop: Shop, number: int, t: Speech) -> tuple[str, int]:
    """A page, from 0, of those at risk, in Telegram's HTML, and how many pages there are."""
    threshold = shop.config.customers.at_risk
    async with shop.database.reading() as session:
        count = (await churn_scores.at_risk(session, threshold)).at_risk
        pages = max(1, -(-count // ON_A_PAGE))
        first = min(number, pages - 1) * ON_A_PAGE
        rows = await churn_scores.page(session, limit=min(ON_A_PAGE, count - first), offset=first) if count else []
    if not rows:
        return t("Nobody is at risk: no probability reaches {threshold}.", threshold=percent(threshold, t)), 1
    lines = [
        t(
            "<b>{place}. {id}</b> {probability}: {reasons}",
            place=place,
            id=score.customer_id,
            probability=percent(score.probability, t),
            reasons="; ".join(speaking_for(score.reasons, t, 2)) or t.plain("no single reason stands out"),
        )
        for place, (score, _) in enumerate(rows, first + 1)
    ]
    shown = {"first": first + 1, "last": first + len(rows), "number": count}
    head = t("Likeliest to buy less, {first}–{last} of {number}:", **shown)
    notes = [synthetic_note(t)] if any(customer.synthetic for _, customer in rows) else []
    notes.append(t("All of one customer: /churn {id}", id=rows[0][0].customer_id))
    return "\n".join([head, "", *lines, "", *notes]), pages


def _picture(figures: _Figures, threshold: float, shop: Shop, t: Speech) -> ChurnPicture:
    customers, risky = figures.customers, figures.risky
    count = int(risky.sum())
    notes = [t.plain("Scored {moment}", moment=shop.moment(figures.scored_at))]
    if figures.scored < len(customers):
        notes.append(t.plain("Not scored yet: {number}", number=len(customers) - figures.scored))
    categories = Counter(customers.texts("category")[risky])
    return ChurnPicture(
        title=t.plain("{shop}: churn", shop=short(shop.config.store.name)),
        notes=(*([synthetic_note(t)] if customers.synthetic else []), ", ".join(notes)),
        headline=t.plain(
            "At risk: {number} of {all} ({share})",
            number=amount(count, t),
            all=amount(figures.scored, t),
            share=percent(count / figures.scored, t),
        ),
        money=money_lines(figures.money, t),
        spread_title=t.plain("Probability to buy less, %: customers"),
        spread=_spread(customers.numbers("churn"), threshold),
        legend=(
            Part("safe", t.plain("below {threshold}", threshold=percent(threshold, t)), figures.scored - count),
            Part("at_risk", t.plain("at risk"), count),
        ),
        categories_title=t.plain("At risk, by favourite category"),
        categories=tuple(Bar(category_word(key, t), (number,)) for key, number in categories.most_common()),
        reasons_title=t.plain("At risk, by strongest reason"),
        reasons=tuple(Bar(thing(key, t), (number,)) for key, number in figures.reasons.most_common(_MOST_REASONS)),
    )


def _spread(churn: np.ndarray, threshold: float) -> tuple[Bar, ...]:
    """Customers per tenth of probability, those below the threshold and those at risk apart."""
    edges = np.linspace(0, 1, _STEPS + 1)
    safe, risky = (np.histogram(churn[chosen], edges)[0] for chosen in (churn < threshold, churn >= threshold))
    names = [f"{round(100 * low)}–{round(100 * high)}" for low, high in pairwise(edges)]
    return tuple(Bar(name, (int(low), int(high))) for name, low, high in zip(names, safe, risky, strict=True))


def _caption(picture: ChurnPicture) -> str:
    """The picture's figures as plain text."""
    return "\n".join(
        [
            picture.title,
            *picture.notes,
            "",
            picture.headline,
            *picture.money,
            "",
            *_counted(picture.categories_title, picture.categories),
            *_counted(picture.reasons_title, picture.reasons),
        ]
    )


def _counted(title: str, bars: Sequence[Bar]) -> list[str]:
    return [f"{title}: " + ", ".join(f"{bar.name} {bar.total}" for bar in bars)] if bars else []
