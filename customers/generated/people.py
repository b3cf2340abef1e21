"""Customers who never lived: as a shop has them, with reasons to leave that can be learnt, and some that cannot.

The numbers are round ones of our own; no row, and no distribution, is copied from a real shop.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from customers.columns import typed
from db.shop_models import CATEGORIES

_FIRST_ID = 900_001
_LEAVING = 0.38
_UNEXPLAINED = 0.1
_TWICE = 0.01
_SILENT_MONTH = 0.003


def generate_customers(count: int, seed: int) -> pd.DataFrame:
    """Customers with the columns `customers.columns.FRAME`, by id.

    As in a real shop's export, ids nearly give the label away, every hundredth customer stands twice under two ids,
    and a few have a month without revenue.

    Args:
        count: at least 20, those who stand twice included.
        seed: of every random choice.
    """
    draws = np.random.default_rng(seed)
    dropped = draws.random(count) < _LEAVING
    leaving = dropped ^ (draws.random(count) < _UNEXPLAINED)  # what they do; what became of them may differ

    def normal(staying: float, going: float, deviation: float) -> np.ndarray:
        return draws.normal(np.where(leaving, going, staying), deviation)

    lured = leaving & (draws.random(count) < 0.4)
    frame = pd.DataFrame(
        {
            "dropped": dropped,
            "service": np.where(draws.random(count) < 0.3, "premium", "standard"),
            "may_notify": draws.random(count) < 0.75,
            "marketing_6_months": normal(4.6, 3.8, 0.9).clip(0.5, 7).round(1),
            "marketing_current_month": draws.integers(3, 6, count).astype(float),
            "days_registered": draws.integers(100, 1100, count),
            "promo_share": np.where(lured, draws.beta(9, 2, count), draws.beta(3, 10, count)).round(2),
            "favourite_category": draws.choice(CATEGORIES, count, p=[0.25, 0.2, 0.17, 0.14, 0.14, 0.1]),
            "categories_per_visit": normal(3.7, 2.6, 1.1).round().clip(1, 6),
            "unpaid_products": draws.poisson(np.where(leaving, 3.7, 2.3)),
            "service_errors": normal(4.4, 4.0, 2.0).round().clip(0, 9).astype(int),
            "pages_per_visit": normal(9.5, 6.0, 3.2).round().clip(1, 20),
            "profit": draws.normal(4, 1, count).clip(0.5, 8).round(2),
            "synthetic": True,
            "revenue_before_previous": normal(4900, 4700, 400).round(),
            "revenue_previous": draws.normal(4950, 500, count).round(1),
            "revenue_current": draws.normal(5200, 700, count).clip(1000, None).round(1),
            "minutes_previous": normal(15, 11, 3.2).round().clip(4, 23),
            "minutes_current": normal(14.5, 11, 3.2).round().clip(4, 23),
        }
    )
    frame.loc[draws.random(count) < _SILENT_MONTH, "revenue_before_previous"] = 0.0
    source = np.arange(count)
    again = draws.choice(source[1::2], max(1, round(count * _TWICE)), replace=False)
    source[again] = again - 1
    frame = frame.iloc[source]
    order = np.argsort(~frame["dropped"].to_numpy(bool) + 1.1 * draws.random(count), kind="stable")
    frame = frame.iloc[order]
    frame.index = pd.Index(_FIRST_ID + np.arange(count), name="id")
    return typed(frame)
