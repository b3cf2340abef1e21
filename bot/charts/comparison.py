"""Two shops in a period: from their figures to a picture's words and numbers, and the same for its caption."""

from __future__ import annotations

from datetime import date
from html import escape

from bot.charts.chart import Bar, Comparison, Pair, Part
from bot.charts.spans import beside_another
from bot.figures import percent
from bot.periods import Period
from bot.shop import Shop
from bot.texts import Speech
from bot.words import department_word, duration, short
from db.figures import Figures
from db.statistics import figures

_MOST_DEPARTMENTS = 3
_MET = ("claimed", "served", "unknown")
_SHOP_HOURS = (9, 21)  # shown even where nobody came


async def compare(first: Shop, second: Shop, period: Period, t: Speech, today: date) -> tuple[Comparison, str] | None:
    """The picture of two shops in a period, and the same in Telegram's HTML; None where neither had a visitor."""
    async with first.database.reading() as session:
        one, other = [await figures(session, await beside_another(shop, session, period)) for shop in (first, second)]
    if not one.visits and not other.visits:
        return None
    names = [short(shop.name) for shop in (first, second)]
    picture = Comparison(
        title=t.plain("{first} and {second}", first=names[0], second=names[1]),
        subtitle=period.title(t, today),
        shops=tuple(
            Part(kind, name, of.visits) for kind, name, of in zip(("first", "second"), names, (one, other), strict=True)
        ),
        pairs=_pairs(one, other, t),
        times_title=t.plain("Visitors by hour") if period.hourly else t.plain("Visitors by day"),
        times=_times(period, first, one, other),
        departments_title=t.plain("Share of visitors by department"),
        departments=_departments(one, other, first, t),
    )
    return picture, _caption(picture, t)


def _pairs(one: Figures, other: Figures, t: Speech) -> tuple[Pair, ...]:
    pairs = [
        Pair(t.plain("Visitors"), one.visits, other.visits, str(one.visits), str(other.visits)),
        _shares(t.plain("Met"), _share(one, *_MET), _share(other, *_MET), t),
        _shares(t.plain("Missed"), _share(one, "missed"), _share(other, "missed"), t),
    ]
    seconds = one.median_seconds, other.median_seconds
    if any(second is not None for second in seconds):
        told = [t.plain("nobody taken") if second is None else duration(second, t) for second in seconds]
        pairs.append(Pair(t.plain("Half were taken within"), seconds[0] or 0.0, seconds[1] or 0.0, *told))
    return tuple(pairs)


def _share(of: Figures, *states: str) -> float:
    return sum(of.states.get(state, 0) for state in states) / of.visits if of.visits else 0.0


def _shares(name: str, one: float, other: float, t: Speech) -> Pair:
    return Pair(name, one, other, percent(one, t), percent(other, t))


def _times(period: Period, shop: Shop, one: Figures, other: Figures) -> tuple[Bar, ...]:
    """Both by their own clock: ten in the morning beside ten in the morning."""
    slots = period.common_slots(shop.timezone)
    bars = [Bar(slot.label, (first, second)) for slot, first, second in zip(slots, one.slots, other.slots, strict=True)]
    if period.days > 1:
        return tuple(bars)
    busy = [place for place, bar in enumerate(bars) if bar.total]
    return tuple(bars[min(busy[0], _SHOP_HOURS[0]) : max(busy[-1] + 1, _SHOP_HOURS[1])])


def _departments(one: Figures, other: Figures, shop: Shop, t: Speech) -> tuple[Pair, ...]:
    def share(of: Figures, key: str) -> float:
        return of.departments.get(key, 0) / of.visits if of.visits else 0.0

    keys = sorted({*one.departments, *other.departments}, key=lambda key: -max(share(one, key), share(other, key)))
    named = keys[:_MOST_DEPARTMENTS]
    return tuple(_shares(short(department_word(key, shop, t)), share(one, key), share(other, key), t) for key in named)


def _caption(picture: Comparison, t: Speech) -> str:
    lines = [f"<b>{escape(picture.title, quote=False)}</b>", escape(picture.subtitle, quote=False), ""]
    lines += [
        t("{what}: {first} and {second}", what=pair.name, first=pair.inside_told, second=pair.outside_told)
        for pair in (*picture.pairs, *picture.departments)
    ]
    return "\n".join(lines)
