"""/stats: the numbers are those of the visits, the picture is one, the table opens in a spreadsheet."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from PIL import Image
from sqlalchemy import update

from db import visits
from db.models import Visit
from tests.visits import new_visit

ANNA, BORIS, VERA = 1001, 1002, 1003
MOSCOW = ZoneInfo("Europe/Moscow")


def at(hour: int, minute: int = 0, *, days_ago: int = 0) -> datetime:
    """A time of today's or an earlier day by the shop's clock."""
    day = datetime.now(MOSCOW).date() - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


async def came(shop: Any, seen: datetime, *, state: str = "served", taken_after: float | None = None, **changes: Any):
    """A visit as it stands at the end of a day."""
    visit = new_visit(seen, **changes)
    async with shop.database.session() as session:
        await visits.record(session, visit, notify=False)
        fields: dict[str, Any] = {"state": state, "recorded_at": seen}
        if taken_after is not None:
            fields["first_claimed_at"] = seen + timedelta(seconds=taken_after)
        await session.execute(update(Visit).where(Visit.id == visit.id).values(**fields))
    return visit


async def a_day(shop: Any) -> None:
    """Seven visits of yesterday, counted by hand in the tests, and one of the day before."""
    for minute in (0, 20, 59):
        await came(shop, at(12, minute, days_ago=1), taken_after=10 + minute)
    await came(shop, at(0, 0, days_ago=1), state="left", taken_after=30, department="kids")
    await came(shop, at(23, 59, days_ago=1), state="missed", department="kids", gender="male", age_band="65+")
    await came(shop, at(9, 30, days_ago=1), state="unknown", gender="unknown", age_band=None, department="general")
    await came(shop, at(9, 59, days_ago=1), state="offered", department="kids", gender="male")
    await came(shop, at(23, 59, days_ago=2))


def day_in_russian(days_ago: int) -> str:
    day = at(12, days_ago=days_ago)
    pattern = "d MMMM" if day.year == at(12).year else "d MMMM y"
    return format_date(day.date(), pattern, locale="ru")


def pixels(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


async def picture(shop: Any, person: int, contains: str = "") -> Any:
    return await shop.simulator.wait_for(person, lambda m: m.from_bot and bool(m.photo) and contains in m.text)


async def test_the_numbers_are_those_of_the_visits(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await a_day(shop)

    await shop.simulator.say(VERA, "/stats вчера")
    answer = await picture(shop, VERA)

    assert answer.text.splitlines() == [
        "Дом & сад",
        "Вчера, " + day_in_russian(1),
        "",
        "7 посетителей: обслужено 3, ушло 1, пропущено 1, итог неизвестен 1, ещё открыто 1",
        "Карточку берут: половину за 30 с, 90 % за 57 с",
        "Больше всего: 12:00 (3)",
        "",
        "Косметика и аксессуары: 3",
        "Товары для детей: 3",
        "Общий зал: 1",
        "",
        "женщины 4, мужчины 2, пол неясен 1",
        "25–34: 5, 65+: 1, неясен: 1",
    ]
    assert answer.buttons == ["Сегодня", "• Вчера", "7 дней", "30 дней", "Таблица (CSV)"]
