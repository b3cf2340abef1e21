"""Numbers as the listener's country writes them."""

from __future__ import annotations

from babel.numbers import format_decimal

from bot.texts import Speech


def amount(value: float, t: Speech) -> str:
    """Money, or anything else that is counted: whole from 100 on, with up to two decimals below."""
    return format_decimal(value, "#,##0" if abs(value) >= 100 else "#,##0.##", locale=t.language)


def percent(share: float, t: Speech) -> str:
    """A share or a probability, 0 to 1; never 0 % or 100 % of what is neither."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{format_decimal(round(100 * share), locale=t.language)} %"


def signed(value: float, t: Speech) -> str:
    """With its sign and two decimals: +0.45."""
    return format_decimal(value, "+0.00;−0.00", locale=t.language)
