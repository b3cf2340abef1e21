"""Words for the online shop's customers: what is known of them, in the listener's language."""

from __future__ import annotations

from bot.figures import amount, percent
from bot.texts import Speech
from customers.segments.columns import CATEGORY_NAMES, COLUMNS
from customers.segments.comparison import AtRisk


def category_word(key: str, t: Speech) -> str:
    """A category's name."""
    return CATEGORY_NAMES[key][t.language]


def synthetic_note(t: Speech) -> str:
    """What must stand wherever customers were generated."""
    return t.plain("Synthetic data: a generated shop, nobody of these exists.")


def column_word(column: str, value: str | None, t: Speech) -> str:
    """What differs: a column, or how many have one value of it."""
    words = {
        "profit": t.plain("Profit a month"),
        "revenue": t.plain("Revenue a month"),
        "revenue_current": t.plain("Revenue, current month"),
        "revenue_previous": t.plain("Revenue, a month ago"),
        "revenue_before_previous": t.plain("Revenue, two months ago"),
        "minutes_current": t.plain("Minutes on the site"),
        "minutes_previous": t.plain("Minutes, a month ago"),
        "promo_share": t.plain("Promo purchases"),
        "service": t.plain("Premium service"),
        "may_notify": t.plain("Allow messages"),
        "marketing_6_months": t.plain("Our messages a month"),
        "marketing_current_month": t.plain("Our messages this month"),
        "days_registered": t.plain("Days since registration"),
        "categories_per_visit": t.plain("Categories per visit"),
        "unpaid_products": t.plain("Left in the basket"),
        "service_errors": t.plain("Errors of the site"),
        "pages_per_visit": t.plain("Pages per visit"),
    }
    return category_word(value, t) if column == "category" and value else words[column]


def figure(column: str, value: str | None, number: float, t: Speech) -> str:
    """A value of a column: shares as percents, the rest as numbers."""
    if value is not None or COLUMNS[column].share:
        return percent(number, t)
    return amount(number, t)


def money_lines(at_risk: AtRisk, t: Speech) -> tuple[str, ...]:
    """What a month may lose, as plain text."""
    told = t.plain(
        "At risk a month: revenue {revenue}, profit {profit}",
        revenue=amount(at_risk.revenue, t),
        profit=amount(at_risk.profit, t),
    )
    return (told, t.plain("(probability × what each brings, summed)"))
