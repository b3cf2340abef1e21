"""The columns of the table of customers, and what each means."""

from __future__ import annotations

import pandas as pd

FRAME: dict[str, str] = {
    "dropped": "boolean",
    "service": "object",
    "may_notify": "bool",
    "marketing_6_months": "float64",
    "marketing_current_month": "float64",
    "days_registered": "int64",
    "promo_share": "float64",
    "favourite_category": "object",
    "categories_per_visit": "float64",
    "unpaid_products": "int64",
    "service_errors": "int64",
    "pages_per_visit": "float64",
    "profit": "float64",
    "synthetic": "bool",
    "revenue_before_previous": "float64",
    "revenue_previous": "float64",
    "revenue_current": "float64",
    "minutes_previous": "float64",
    "minutes_current": "float64",
}
"""The columns and their types, one row a customer, the id as the index. What each means:

- `dropped`: whether they buy less than before; NA where nobody knows.
- `service`: "standard" or "premium"; `may_notify`: whether the shop may write to them.
- `marketing_6_months`, `marketing_current_month`: messages of the shop a month, over half a year and in this month.
- `days_registered`: since they signed up; `promo_share`: of their purchases, 0 to 1.
- `favourite_category`: "kids", "textiles", "cosmetics", "electronics", "beauty" or "kitchen".
- `categories_per_visit`, `pages_per_visit`: looked at; `unpaid_products`: left in the basket in a quarter;
  `service_errors`: that the site showed them.
- `profit`, `revenue_…`: a month, in the shop's money; `minutes_…`: on the site, in a month.
- `synthetic`: generated, never lived.
"""


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """A table indexed by id, with the columns FRAME in their order and types; others are left out."""
    return frame[list(FRAME)].rename_axis("id").astype(FRAME)
