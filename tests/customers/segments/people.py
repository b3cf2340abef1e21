"""A handful of customers, counted by hand in the tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from customers.segments.columns import COLUMNS
from customers.segments.table import Customers

USUAL: dict[str, Any] = {
    "churn": 0.1,
    "profit": 4.0,
    "revenue": 5000.0,
    "promo_share": 0.2,
    "category": "kitchen",
    "service": "standard",
    "may_notify": "yes",
}


def people(**changed: list[Any]) -> Customers:
    """Customers who are usual but for the columns that are given, one value each."""
    number = len(next(iter(changed.values())))
    columns = {}
    for name, column in COLUMNS.items():
        values = changed.get(name, [USUAL.get(name, 1.0)] * number)
        columns[name] = np.array(values, np.float64 if column.kind == "number" else np.object_)
    return Customers(tuple(range(1, number + 1)), columns)
