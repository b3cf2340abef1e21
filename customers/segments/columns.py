"""The columns that conditions can name and comparisons look at, with what each one means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CATEGORY_NAMES: Mapping[str, Mapping[str, str]] = {
    "kids": {"ru": "Товары для детей", "en": "Goods for children"},
    "textiles": {"ru": "Домашний текстиль", "en": "Home textiles"},
    "cosmetics": {"ru": "Косметика и аксессуары", "en": "Cosmetics and accessories"},
    "electronics": {"ru": "Мелкая бытовая техника и электроника", "en": "Small appliances and electronics"},
    "beauty": {"ru": "Техника для красоты и здоровья", "en": "Beauty and health devices"},
    "kitchen": {"ru": "Кухонная посуда", "en": "Kitchenware"},
}
"""The categories by their keys in the database."""

_CATEGORIES = {name: key for key, names in CATEGORY_NAMES.items() for name in (key, *names.values())}
_SERVICES = {"premium": "premium", "standard": "standard", "премиум": "premium", "стандарт": "standard"}
_YES_NO = {"yes": "yes", "no": "no", "да": "yes", "нет": "no"}


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Attributes:
        meaning: of a value, for whoever writes a condition.
        words: of a text column, what may be written for each value that it can have.
        share: the number runs from 0 to 1.
    """

    kind: Literal["number", "text"]
    meaning: str
    words: Mapping[str, str] = field(default_factory=dict)
    share: bool = False


COLUMNS: Mapping[str, Column] = {
    "churn": Column("number", "probability that they buy less, 0 to 1", share=True),
    "profit": Column("number", "what they bring a month, as the shop counts it"),
    "revenue": Column("number", "revenue a month, mean of the three months"),
    "revenue_current": Column("number", "revenue of the current month"),
    "revenue_previous": Column("number", "revenue of the month before"),
    "revenue_before_previous": Column("number", "revenue of the month before that"),
    "minutes_current": Column("number", "minutes on the site in the current month"),
    "minutes_previous": Column("number", "minutes on the site in the month before"),
    "promo_share": Column("number", "share of purchases made in promotions, 0 to 1", share=True),
    "category": Column("text", "the category bought most often", _CATEGORIES),
    "service": Column("text", "type of service", _SERVICES),
    "may_notify": Column("text", "whether they allow messages", _YES_NO),
    "marketing_6_months": Column("number", "messages a month over six months"),
    "marketing_current_month": Column("number", "messages in the current month"),
    "days_registered": Column("number", "days since they registered"),
    "categories_per_visit": Column("number", "categories looked at per visit"),
    "unpaid_products": Column("number", "products left unpaid in three months"),
    "service_errors": Column("number", "errors of the service that they met"),
    "pages_per_visit": Column("number", "pages per visit"),
}
