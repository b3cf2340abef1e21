"""Segments: the list of them with their figures, and one of them beside the rest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import numpy as np

from bot.charts.chart import Pair, Part
from bot.charts.shop_pictures import Line, SegmentPicture
from bot.figures import amount, percent, signed
from bot.online.churn import why_nothing
from bot.online.words import column_word, figure, money_lines, synthetic_note
from bot.shop import Shop
from bot.texts import Speech
from bot.words import short
from customers.segments.comparison import Difference, Side, Standing, differences, standing
from customers.segments.expression import named
from customers.segments.loading import everybody
from customers.segments.segment import Segment
from customers.segments.table import Customers

ON_A_PAGE = 6
_MOST_LINES = 6


@dataclass(frozen=True)
class SegmentReport:
    """A segment that has customers, in words, ready to be drawn."""

    caption: str
    picture: SegmentPicture


async def listed(shop: Shop, page: int, t: Speech) -> tuple[str, tuple[Segment, ...], int]:
    """A page, from 0, of the segments in Telegram's HTML, the segments on it, and how many pages there are."""
    segments = shop.programme.segments
    customers = await shop.database.read(everybody)
    nothing = why_nothing(len(customers), True, t)
    if nothing or not segments:
        return escape(nothing or t.plain("No segment is configured; add one under customers: in config.yaml.")), (), 1
    pages = -(-len(segments) // ON_A_PAGE)
    first = min(page, pages - 1) * ON_A_PAGE
    shown = segments[first : first + ON_A_PAGE]
    blocks = [_block(segment, await asyncio.to_thread(standing, segment, customers), t) for segment in shown]
    notes = [synthetic_note(t)] if customers.synthetic else []
    if not _scored(customers):
        notes.append(escape(why_nothing(len(customers), False, t) or ""))
    head = t("<b>Segments</b>, {customers} in all", customers=_people(len(customers), t))
    return "\n\n".join(["\n".join([head, *notes]), *blocks]), shown, pages


async def report(shop: Shop, segment: Segment, t: Speech) -> SegmentReport | str:
    """One segment, or why there is nothing to tell of it, as plain text."""
    customers = await shop.database.read(everybody)
    if nothing := why_nothing(len(customers), True, t):
        return nothing
    told = await asyncio.to_thread(standing, segment, customers)
    if not told.inside.customers:
        if "churn" in named(segment.condition) and (nothing := why_nothing(len(customers), _scored(customers), t)):
            return nothing
        return t.plain(
            "{segment}: no customer is in it now. Its condition: {condition}",
            segment=segment.names[t.language],
            condition=segment.source,
        )
    apart = await asyncio.to_thread(differences, segment, customers)
    picture = _picture(segment, told, apart, customers, t)
    return SegmentReport(_caption(picture, segment, t), picture)


def _scored(customers: Customers) -> bool:
    """Whether a churn model has looked at any of the customers."""
    return not np.isnan(customers.numbers("churn")).all()


def _block(segment: Segment, told: Standing, t: Speech) -> str:
    lines = [
        t("<b>{name}</b> ({key})", name=short(segment.names[t.language]), key=segment.key),
        escape(_size(told, t)),
    ]
    if told.inside.churn is not None:
        rest = "–" if told.outside.churn is None else percent(told.outside.churn, t)
        lines += [t("buy less: {inside}, the rest: {rest}", inside=percent(told.inside.churn, t), rest=rest)]
        lines += [escape(money_lines(told.at_risk, t)[0])]
    return "\n".join(lines)


def _picture(
    segment: Segment, told: Standing, apart: tuple[Difference, ...], customers: Customers, t: Speech
) -> SegmentPicture:
    clear = [difference for difference in apart if difference.effect.clear]
    return SegmentPicture(
        title=short(segment.names[t.language]),
        notes=(
            *([synthetic_note(t)] if customers.synthetic else []),
            *([t.plain("Not scored yet: {number}", number=told.at_risk.unscored)] if told.at_risk.unscored else []),
        ),
        headline=_size(told, t),
        money=money_lines(told.at_risk, t),
        legend=(
            Part("segment", t.plain("segment"), told.inside.customers),
            Part("rest", t.plain("the rest"), told.outside.customers),
        ),
        pairs=_pairs(told.inside, told.outside, t),
        lines_title=t.plain("What sets them apart most") if clear else t.plain("Nothing else surely sets them apart"),
        lines=tuple(_line(difference, t) for difference in clear[:_MOST_LINES]),
        lower=t.plain("◀ lower than the rest"),
        higher=t.plain("higher than the rest ▶"),
    )


def _size(told: Standing, t: Speech) -> str:
    return t.plain(
        "{customers}, {share} of all", customers=_people(told.inside.customers, t), share=percent(told.share, t)
    )


def _people(number: int, t: Speech) -> str:
    return t.count("{number} customer", "{number} customers", number)


def _pairs(inside: Side, outside: Side, t: Speech) -> tuple[Pair, ...]:
    def money(value: float) -> str:
        return amount(value, t)

    def chance(value: float) -> str:
        return percent(value, t)

    wanted = (
        (t.plain("Probability to buy less, mean"), inside.churn, outside.churn, chance),
        (t.plain("Revenue a month, median"), inside.revenue, outside.revenue, money),
        (t.plain("Profit a month, median"), inside.profit, outside.profit, money),
    )
    return tuple(
        Pair(name, mine or 0.0, theirs or 0.0, *("–" if one is None else told(one) for one in (mine, theirs)))
        for name, mine, theirs, told in wanted
    )


def _line(difference: Difference, t: Speech) -> Line:
    column, value = difference.column, difference.value
    return Line(
        name=column_word(column, value, t),
        told=t.plain(
            "{inside}, the rest {outside}",
            inside=figure(column, value, difference.inside, t),
            outside=figure(column, value, difference.outside, t),
        ),
        delta=difference.effect.delta,
        low=difference.effect.low,
        high=difference.effect.high,
    )


def _caption(picture: SegmentPicture, segment: Segment, t: Speech) -> str:
    """The picture's figures in Telegram's HTML."""
    lines = [
        t("<b>{segment}</b>", segment=picture.title),
        *map(_plain, picture.notes),
        _plain(picture.headline),
        *map(_plain, picture.money),
        "",
        *(
            t("{name}: {inside}, the rest {rest}", name=pair.name, inside=pair.inside_told, rest=pair.outside_told)
            for pair in picture.pairs
        ),
        "",
        _plain(picture.lines_title),
        *(
            t(
                "{name}: {told} (δ {delta}, {low} to {high})",
                name=line.name,
                told=line.told,
                delta=signed(line.delta, t),
                low=signed(line.low, t),
                high=signed(line.high, t),
            )
            for line in picture.lines
        ),
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return escape(text, quote=False)


def file_name(segment: Segment) -> str:
    """Of the table of a segment's customers."""
    return f"{segment.key}_{datetime.now(UTC):%Y-%m-%d}.csv"
