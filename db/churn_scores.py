"""How likely each customer is to leave, as the active churn model last said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.shop_models import ChurnScore, Customer
from db.upsert import upsert


@dataclass(frozen=True)
class NewScore:
    """P(buys less) of a customer, and what speaks for and against it, the weightiest first."""

    customer_id: int
    probability: float
    reasons: list[Mapping[str, Any]]


@dataclass(frozen=True)
class AtRisk:
    """How many of the customers that were scored are at risk, and their profit a month."""

    scored: int
    at_risk: int
    profit: float


async def replace(session: AsyncSession, scores: Iterable[NewScore], model_id: int, now: datetime) -> int:
    """Forget all scores and write these down; how many they are."""
    await session.execute(delete(ChurnScore))
    rows = (
        {
            "customer_id": score.customer_id,
            "probability": score.probability,
            "reasons": [dict(reason) for reason in score.reasons],
            "model_id": model_id,
            "scored_at": now,
        }
        for score in scores
    )
    return await upsert(session, ChurnScore, rows)


async def find(session: AsyncSession, customer_id: int) -> ChurnScore | None:
    """A customer's score; None where no model has seen them."""
    return await session.get(ChurnScore, customer_id)


async def last_scored(session: AsyncSession) -> datetime | None:
    """When customers were scored last; None where no model has seen any."""
    return await session.scalar(select(func.max(ChurnScore.scored_at, type_=ChurnScore.scored_at.type)))


async def probabilities(session: AsyncSession) -> dict[int, float]:
    """P(buys less) by the id of the customer."""
    return {score.customer_id: score.probability for score in await session.execute(rated())}


def rated() -> Select[int, float]:
    """Asks for the id of each customer with P(buys less)."""
    return select(ChurnScore.customer_id, ChurnScore.probability)


async def page(session: AsyncSession, *, limit: int, offset: int = 0) -> Sequence[tuple[ChurnScore, Customer]]:
    """Customers, those likeliest to leave first, and of equal ones those who bring most."""
    query = (
        select(ChurnScore, Customer)
        .join(Customer, Customer.id == ChurnScore.customer_id)
        .order_by(ChurnScore.probability.desc(), Customer.profit.desc(), Customer.id)
        .limit(limit)
        .offset(offset)
    )
    return [(score, customer) for score, customer in await session.execute(query)]


async def at_risk(session: AsyncSession, threshold: float) -> AtRisk:
    """How many have a probability of `threshold` and more, and what they bring."""
    high = ChurnScore.probability >= threshold
    query = (
        select(func.count(), func.count().filter(high), func.coalesce(func.sum(Customer.profit).filter(high), 0.0))
        .select_from(ChurnScore)
        .join(Customer, Customer.id == ChurnScore.customer_id)
    )
    return AtRisk(*(await session.execute(query)).one())
