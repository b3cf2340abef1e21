"""From a period's figures to its picture's words and numbers, in one language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.charts.chart import Bar, Chart, Part
from bot.periods import Period, Slot
from bot.shop import Shop
from bot.texts import Speech
from bot.words import GENDERS, STATES, band_word, department_word, duration, gender_word, short, state_word
from db.figures import Figures

_MOST_DEPARTMENTS = 7
_SHOP_HOURS = (9, 21)  # shown even where nobody came; hours outside only where somebody did


def chart(figures: Figures, period: Period, shop: Shop, t: Speech, today: date) -> Chart:
    """The picture of a period that has visits."""
    genders = [gender for gender in GENDERS if any(g == gender for _, g in figures.people)]
    departments, others = _departments(figures.departments, shop, t)
    slots = period.common_slots if shop.whole_chain else period.slots
    return Chart(
        title=t.plain("All shops") if shop.whole_chain else shop.name,
        subtitle=_subtitle(figures, period, t, today),
        visits=t.count("{number} visitor", "{number} visitors", figures.visits),
        outcomes=outcomes(figures, t),
        speed=speed(figures, t),
        till=till(figures, t),
        times_title=t.plain("Visitors by hour") if period.hourly else t.plain("Visitors by day"),
        times=_times(period, slots(shop.timezone), figures.slots),
        departments_title=t.plain("By department"),
        departments=departments,
        other_departments=others,
        people_title=t.plain("By age and gender"),
        people=_people(figures.people, genders, t),
        genders=tuple(
            Part(gender, gender_word(gender, t), sum(n for (_, g), n in figures.people.items() if g == gender))
            for gender in genders
        ),
    )


def outcomes(figures: Figures, t: Speech) -> tuple[Part, ...]:
    """How the visits ended, in a steady order; those still open together; what never happened is left out."""
    numbers = dict(figures.states)
    numbers["open"] = numbers.pop("offered", 0) + numbers.pop("claimed", 0)
    return tuple(Part(state, state_word(state, t), numbers[state]) for state in STATES if numbers.get(state))


def speed(figures: Figures, t: Speech) -> str:
    """Median and 90th percentile of the time to the first Take; empty where nobody took any visitor."""
    if figures.median_seconds is None or figures.p90_seconds is None:
        return ""
    return t.plain(
        "Half were taken within {median}, 90 % within {p90}",
        median=duration(figures.median_seconds, t),
        p90=duration(figures.p90_seconds, t),
    )


def till(figures: Figures, t: Speech) -> str:
    """How many customers at tills were to be asked for ID; empty where none came to one."""
    if not figures.at_till:
        return ""
    return t.plain(
        "At the till: {asked} of {customers} to be asked for ID", asked=figures.to_ask, customers=figures.at_till
    )


def _subtitle(figures: Figures, period: Period, t: Speech, today: date) -> str:
    title = period.title(t, today)
    if figures.origin == "camera":
        return title
    return t.plain("{period} (only replayed footage)", period=title)


def _times(period: Period, slots: Sequence[Slot], numbers: Sequence[int]) -> tuple[Bar, ...]:
    bars = [Bar(slot.label, (number,)) for slot, number in zip(slots, numbers, strict=True)]
    if period.days > 1:
        return tuple(bars)
    busy = [place for place, bar in enumerate(bars) if bar.total]
    return tuple(bars[min(busy[0], _SHOP_HOURS[0]) : max(busy[-1] + 1, _SHOP_HOURS[1])])


def _departments(numbers: Mapping[str, int], shop: Shop, t: Speech) -> tuple[tuple[Bar, ...], Bar | None]:
    """A bar for each, or for the first of very many and the others together."""
    keys = list(numbers)  # most first
    named = keys if len(keys) <= _MOST_DEPARTMENTS else keys[: _MOST_DEPARTMENTS - 1]
    bars = tuple(Bar(short(department_word(key, shop, t)), (numbers[key],)) for key in named)
    if not (rest := keys[len(named) :]):
        return bars, None
    label = t.count("{number} more department", "{number} more departments", len(rest))
    return bars, Bar(label, tuple(numbers[key] for key in rest))


def _people(numbers: Mapping[tuple[str | None, str], int], genders: Sequence[str], t: Speech) -> tuple[Bar, ...]:
    """One bar per age band that occurs, youngest first, unclear ages last."""

    def age(band: str | None) -> int:
        digits = re.match(r"\d+", band or "")
        return int(digits[0]) if digits else 1000

    bands = sorted({band for band, _ in numbers}, key=age)
    return tuple(Bar(band_word(band, t), tuple(numbers.get((band, g), 0) for g in genders)) for band in bands)
