"""How well departments are foreseen in a shop, and what learning has changed: in words, and ready to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from telegram.constants import MessageLimit

from bot.charts.chart import Bar, Part
from bot.charts.routing_picture import RoutingPicture
from bot.figures import percent
from bot.learning.enough import ENOUGH
from bot.shop import Shop
from bot.texts import Speech
from bot.words import department_word, short
from db import routing_kept, shops
from db.routing_models import RoutingModel
from db.routing_outcomes import Hit, confusion, hits, taught
from routing.learned import LearnedError, from_json

WEEKS = 8
_MOST_DEPARTMENTS = 8
_LEAST_CHANGE = 0.01  # of a department's share that is told


@dataclass(frozen=True)
class Told:
    """All of it in words, ready to be drawn."""

    caption: str
    picture: RoutingPicture


async def routing(shop: Shop, t: Speech, now: datetime | None = None) -> Told | str:
    """The last weeks of a shop; where nobody has said yet what a visitor wanted, that in plain text."""
    monday = _monday(shop, now or datetime.now(UTC)) - timedelta(weeks=WEEKS - 1)
    async with shop.database.reading() as session:
        here = shop.branch or await shops.of_config(session, shop.config.store.name)
        found = await hits(session, [here.id], monday)
        tried = await routing_kept.history(session, here.id)
        outcomes = await taught(session, here.id, [one.key for one in shop.config.routing.departments])
    if not found:
        return t.plain("Nobody has said yet what a visitor wanted: on a card, after Take, the departments do that.")
    active = next((row for row in tried if row.active and _used(row, shop)), None)
    answers = _answers(active, tried, outcomes, shop, t)
    weeks = _weeks(found, monday, shop)
    picture = RoutingPicture(
        title=t.plain("{shop}: departments foreseen", shop=short(shop.name)),
        notes=(answers,),
        weeks_title=t.plain("By week, % of visitors"),
        weeks=tuple(Bar(label, _parts(hits)) for label, hits in weeks),
        legend=(
            Part("served", t.plain("first one right, %:"), _percent(found, 0)),
            Part("open", t.plain("second one right, %:"), _percent(found, 1) - _percent(found, 0)),
        ),
        wanted_title=t.plain("Named first (rows), really wanted (columns)"),
        wanted=_wanted(found, keys := _keys(found, shop)),
        names=tuple(short(department_word(key, shop, t)) for key in keys),
    )
    return Told(_caption(picture, found, weeks, active, shop, t), picture)


def _caption(
    picture: RoutingPicture,
    found: Sequence[Hit],
    weeks: Sequence[tuple[str, Sequence[Hit]]],
    active: RoutingModel | None,
    shop: Shop,
    t: Speech,
) -> str:
    """At most 1024 characters of Telegram's HTML: where names are long, the oldest weeks stand in the picture alone."""
    title = [t("<b>{title}</b>", title=picture.title), *(escape(note, quote=False) for note in picture.notes), ""]
    by_week = [
        t("{week}: {first} right at once, {two} among the first two, of {number}", **_rates(hits, t), week=label)
        for label, hits in weeks
        if hits
    ]
    rest = []
    if lots := [hit for hit in found if hit.by_lot]:
        rest.append(t("Where the order was drawn by lot: {first} right at once, of {number}", **_rates(lots, t)))
    if active is not None:
        rest += ["", *_changes(active, shop, t)]
    if wrong := _worst(found, shop, t):
        rest += ["", wrong]
    while by_week and _length("\n".join([*title, *by_week, *rest])) > MessageLimit.CAPTION_LENGTH:
        by_week = by_week[1:]
    return "\n".join([*title, *by_week, *rest])


def _length(text: str) -> int:
    """In units of UTF-16, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def _used(row: RoutingModel, shop: Shop) -> bool:
    """Whether workers can use the active model; otherwise the rules answer until a night has learnt anew."""
    try:
        from_json(row.contents, shop.config.routing.as_departments(), row.sha256)
    except LearnedError:
        return False
    return True


def _answers(active: RoutingModel | None, tried: Sequence[RoutingModel], outcomes: int, shop: Shop, t: Speech) -> str:
    if active is not None:
        return t.plain("Learnt from {number} outcomes on {day}", number=active.outcomes, day=_day(active, shop))
    if unused := next((row for row in tried if row.active), None):
        return t.plain(
            "The rules of config.yaml answer: what was learnt on {day} does not fit its departments, or is damaged",
            day=_day(unused, shop),
        )
    if any(row.activated_at for row in tried):
        return t.plain("The rules of config.yaml answer; what was learnt before was taken back")
    if tried:
        return t.plain("The rules of config.yaml answer; nothing that was learnt is surely better")
    if outcomes < ENOUGH:
        return t.plain("The rules of config.yaml answer; learning begins at {number} outcomes", number=ENOUGH)
    return t.plain("The rules of config.yaml answer; nothing was learnt yet, that is done every night")


def _day(row: RoutingModel, shop: Shop) -> str:
    return f"{row.trained_at.astimezone(shop.timezone):%d.%m.%Y %H:%M}"


def _changes(active: RoutingModel, shop: Shop, t: Speech) -> list[str]:
    """What the model that answers did to outcomes it had not seen, and whom it sends elsewhere."""
    figures = active.figures
    lines = [
        t(
            "Outcomes it had not seen: {after} right at once, {before} before it",
            after=percent(figures["after"]["top1"], t),
            before=percent(figures["before"]["top1"], t),
        ),
        t("It names another department first to {share} of visitors:", share=percent(figures["moved"], t)),
    ]
    moved = sorted(figures["first"].items(), key=lambda item: -abs(item[1][1] - item[1][0]))
    lines += [
        t(
            "{department}: {before} → {after}",
            department=short(department_word(key, shop, t)),
            before=percent(before, t),
            after=percent(after, t),
        )
        for key, (before, after) in moved[:4]
        if abs(after - before) >= _LEAST_CHANGE
    ]
    return lines


def _worst(found: Sequence[Hit], shop: Shop, t: Speech) -> str | None:
    """What is confused most often."""
    wrong = [(number, pair) for pair, number in confusion(found).items() if pair[0] != pair[1]]
    if not wrong:
        return None
    number, (named, wanted) = max(wrong)
    return t(
        "Most often wrong: {named} named, {wanted} wanted ({number})",
        named=short(department_word(named, shop, t)),
        wanted=short(department_word(wanted, shop, t)),
        number=number,
    )


def _weeks(found: Sequence[Hit], monday: datetime, shop: Shop) -> list[tuple[str, list[Hit]]]:
    """The visits of each week of the shop's calendar, by its Monday, from the first that has any."""
    local = monday.astimezone(shop.timezone)
    weeks: list[list[Hit]] = [[] for _ in range(WEEKS)]
    for hit in found:
        days = (hit.first_seen.astimezone(shop.timezone).date() - local.date()).days
        weeks[min(max(days // 7, 0), WEEKS - 1)].append(hit)
    named = [(f"{local.date() + timedelta(weeks=week):%d.%m}", hits) for week, hits in enumerate(weeks)]
    first = next(place for place, (_, hits) in enumerate(named) if hits)
    return named[first:]


def _monday(shop: Shop, now: datetime) -> datetime:
    """When the week began by the shop's clock."""
    local = now.astimezone(shop.timezone)
    day = local.date() - timedelta(days=local.weekday())
    return datetime(day.year, day.month, day.day, tzinfo=shop.timezone)


def _keys(found: Sequence[Hit], shop: Shop) -> list[str]:
    """Departments by what was wanted most, at most so many as there is room for."""
    keys = [department.key for department in shop.config.routing.departments]
    keys += sorted({key for hit in found for key in (hit.predicted, hit.wanted)} - set(keys))
    counts = {key: sum(hit.wanted == key for hit in found) for key in keys}
    return sorted(keys, key=lambda key: -counts[key])[:_MOST_DEPARTMENTS]


def _wanted(found: Sequence[Hit], keys: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    counts = confusion(found)
    return tuple(tuple(counts[named, wanted] for wanted in keys) for named in keys)


def _parts(found: Sequence[Hit]) -> tuple[int, int]:
    return _percent(found, 0), _percent(found, 1) - _percent(found, 0)


def _percent(found: Sequence[Hit], place: int) -> int:
    """How many of a hundred wanted what stood at this place of the ranking, or before it."""
    return round(100 * _share(found, place))


def _share(found: Sequence[Hit], place: int) -> float:
    return sum(hit.place is not None and hit.place <= place for hit in found) / max(1, len(found))


def _rates(found: Sequence[Hit], t: Speech) -> dict[str, object]:
    return {"first": percent(_share(found, 0), t), "two": percent(_share(found, 1), t), "number": len(found)}
