"""What the churn model looks at: levels and trends in four groups, from the frame of customers; never the id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pandas as pd
from numpy.typing import NDArray

from db.shop_models import CATEGORIES

Group = Literal["communication", "product behaviour", "purchasing", "site behaviour"]
Numbers: TypeAlias = "pd.Series[Any]"  # one a customer
Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Feature:
    """A number of a customer.

    Attributes:
        name: of its column.
        group: which side of the customer it shows.
        reason: the key under which an explanation counts it; several features may show one thing.
        of: computes it from the frame (customers.frame.FRAME), as numbers or truths.
        is_trend: it compares periods, and says nothing of how much there is.
    """

    name: str
    group: Group
    reason: str
    of: Callable[[pd.DataFrame], Numbers]
    is_trend: bool = False


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """The features (floats) of customers, in the order of FEATURES, by the frame's index.

    `profit` is left out on purpose: it is what a customer is worth, not how they behave, and two rows of one person
    differ in nothing else.

    Args:
        frame: with the columns of customers.frame.FRAME.
    """
    return pd.DataFrame({feature.name: feature.of(frame).astype(float) for feature in FEATURES}, index=frame.index)


def labels(frame: pd.DataFrame) -> Array:
    """1 for who buys less than before, 0 for who does not (int, one a customer); all must be known."""
    return frame["dropped"].to_numpy(dtype=int)


def known(frame: pd.DataFrame) -> pd.DataFrame:
    """The customers of whom it is known whether they buy less."""
    return frame[frame["dropped"].notna()]


def _trend(now: Numbers, before: Numbers) -> Numbers:
    """(now - before) / (now + before): -1 stopped, 0 as before or nothing in both, 1 from nothing; free of units."""
    both = now + before
    return ((now - before) / both.where(both > 0)).fillna(0.0)


def _share(part: Numbers, whole: Numbers) -> Numbers:
    """part / (part + whole): 0 to 1, also where the whole is 0."""
    both = part + whole
    return (part / both.where(both > 0)).fillna(0.0)


def _column(name: str) -> Callable[[pd.DataFrame], Numbers]:
    return lambda frame: frame[name]


def _trend_of(name: str, group: Group, reason: str, now: str, before: str) -> Feature:
    return Feature(name, group, reason, lambda frame: _trend(frame[now], frame[before]), is_trend=True)


def _per_page(name: str) -> Callable[[pd.DataFrame], Numbers]:
    return lambda frame: _share(frame[name], frame["pages_per_visit"])


def _prefers(category: str) -> Callable[[pd.DataFrame], Numbers]:
    return lambda frame: frame["favourite_category"] == category


FEATURES: tuple[Feature, ...] = (
    Feature("premium", "communication", "service", lambda frame: frame["service"] == "premium"),
    Feature("may_notify", "communication", "may_notify", _column("may_notify")),
    Feature("marketing_6_months", "communication", "marketing", _column("marketing_6_months")),
    Feature("marketing_current_month", "communication", "marketing", _column("marketing_current_month")),
    _trend_of("marketing_trend", "communication", "marketing", "marketing_current_month", "marketing_6_months"),
    Feature("days_registered", "communication", "days_registered", _column("days_registered")),
    Feature("promo_share", "product behaviour", "promo_share", _column("promo_share")),
    Feature("unpaid_products", "product behaviour", "unpaid_products", _column("unpaid_products")),
    Feature("unpaid_per_page", "product behaviour", "unpaid_products", _per_page("unpaid_products")),
    *(
        Feature(f"prefers_{category}", "product behaviour", "favourite_category", _prefers(category))
        for category in CATEGORIES
    ),
    Feature("revenue_before_previous", "purchasing", "revenue", _column("revenue_before_previous")),
    Feature("revenue_previous", "purchasing", "revenue", _column("revenue_previous")),
    Feature("revenue_current", "purchasing", "revenue", _column("revenue_current")),
    _trend_of("revenue_trend", "purchasing", "revenue", "revenue_current", "revenue_previous"),
    _trend_of("revenue_trend_before", "purchasing", "revenue", "revenue_previous", "revenue_before_previous"),
    _trend_of("revenue_trend_quarter", "purchasing", "revenue", "revenue_current", "revenue_before_previous"),
    Feature("minutes_previous", "site behaviour", "minutes", _column("minutes_previous")),
    Feature("minutes_current", "site behaviour", "minutes", _column("minutes_current")),
    _trend_of("minutes_trend", "site behaviour", "minutes", "minutes_current", "minutes_previous"),
    Feature("pages_per_visit", "site behaviour", "pages", _column("pages_per_visit")),
    Feature(
        "pages_per_minute",
        "site behaviour",
        "pages",
        lambda frame: _share(frame["pages_per_visit"], frame["minutes_previous"] + frame["minutes_current"]),
    ),
    Feature("categories_per_visit", "site behaviour", "categories", _column("categories_per_visit")),
    Feature("categories_per_page", "site behaviour", "categories", _per_page("categories_per_visit")),
    Feature("service_errors", "site behaviour", "errors", _column("service_errors")),
    Feature("errors_per_page", "site behaviour", "errors", _per_page("service_errors")),
)

NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
REASONS: Mapping[str, tuple[str, ...]] = {
    reason: tuple(feature.name for feature in FEATURES if feature.reason == reason)
    for reason in dict.fromkeys(feature.reason for feature in FEATURES)
}
"""Keys of reasons, each with the features that it sums up."""
