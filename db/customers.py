"""The online shop's customers, each with their months in the same row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.shop_models import PERIODS, Customer, CustomerMonth, Period
from db.upsert import upsert

TRAITS = (
    "dropped",
    "service",
    "may_notify",
    "marketing_6_months",
    "marketing_current_month",
    "days_registered",
    "promo_share",
    "favourite_category",
    "categories_per_visit",
    "unpaid_products",
    "service_errors",
    "pages_per_visit",
    "profit",
    "synthetic",
)
"""What stands in the table `customers` of each, in the order of `rows`, after the id."""

MONTHS: Mapping[str, tuple[str, Period]] = {
    "revenue_before_previous": ("revenue", "before_previous"),
    "revenue_previous": ("revenue", "previous"),
    "revenue_current": ("revenue", "current"),
    "minutes_previous": ("minutes", "previous"),
    "minutes_current": ("minutes", "current"),
}
"""What stands in `customer_months`, by its name in `rows`: the column and the period."""


@dataclass(frozen=True)
class CustomerCounts:
    """How many customers there are, how many of them have a label, were generated, and when the last were imported."""

    customers: int
    labelled: int
    synthetic: int
    imported_at: datetime | None


async def save(session: AsyncSession, customers: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Insert customers, or bring those with the same id up to date; nobody else is touched.

    Args:
        session: a writing transaction.
        customers: "id", and all of TRAITS and MONTHS of each.
        now: when they were imported.
    """
    fields = ("id", *TRAITS)
    await upsert(session, Customer, ({name: row[name] for name in fields} | {"imported_at": now} for row in customers))
    await upsert(session, CustomerMonth, _months(customers))


def _months(customers: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for row in customers:
        for period in PERIODS:
            yield {
                "customer_id": row["id"],
                "period": period,
                "revenue": row[f"revenue_{period}"],
                "minutes": row.get(f"minutes_{period}"),
            }


async def rows(session: AsyncSession, customer_id: int | None = None) -> Sequence[Row[Any]]:
    """All customers in the order of their ids, or one: each as (id, *TRAITS, *MONTHS), with these names."""
    query = described() if customer_id is None else described().where(Customer.id == customer_id)
    found: Sequence[Row[Any]] = (await session.execute(query)).all()
    return found


def described() -> Select[Any]:
    """Asks for all customers as `rows` gives them."""
    month = {period: aliased(CustomerMonth) for period in PERIODS}
    query = select(
        Customer.id,
        *(getattr(Customer, name) for name in TRAITS),
        *(getattr(month[period], column).label(name) for name, (column, period) in MONTHS.items()),
    )
    for period, table in month.items():
        query = query.outerjoin(table, and_(table.customer_id == Customer.id, table.period == period))
    return query.order_by(Customer.id)


async def find(session: AsyncSession, customer_id: int) -> Customer | None:
    """A customer by id."""
    return await session.get(Customer, customer_id)


async def counts(session: AsyncSession) -> CustomerCounts:
    """How many customers there are."""
    query = select(
        func.count(),
        func.count(Customer.dropped),
        func.count().filter(Customer.synthetic),
        func.max(Customer.imported_at),
    ).select_from(Customer)
    return CustomerCounts(*(await session.execute(query)).one())


async def existing(session: AsyncSession) -> set[int]:
    """The ids of all customers."""
    return set(await session.scalars(select(Customer.id)))


async def forget_synthetic(session: AsyncSession) -> None:
    """Delete customers who were generated, with all that is theirs."""
    await session.execute(delete(Customer).where(Customer.synthetic))
