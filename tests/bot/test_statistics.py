"""/stats: the numbers are those of the visits, the picture is one, the table opens in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from PIL import Image
from sqlalchemy import update

from db import staff
from db.models import Delivery, Visit
from tests.past import came

ANNA, BORIS, VERA = 1001, 1002, 1003
MOSCOW = ZoneInfo("Europe/Moscow")


def at(hour: int, minute: int = 0, *, days_ago: int = 0) -> datetime:
    """A time of today's or an earlier day by the shop's clock."""
    day = datetime.now(MOSCOW).date() - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


async def a_day(shop: Any) -> None:
    """Seven visits of yesterday, counted by hand in the tests, and one of the day before."""
    database = shop.database
    for minute, seconds in ((0, 10), (20, 26), (59, 60)):  # also right to the second where they are known within 2 %
        await came(database, at(12, minute, days_ago=1), taken_after=seconds)
    await came(database, at(0, 0, days_ago=1), state="left", taken_after=26, department="kids")
    await came(database, at(23, 59, days_ago=1), state="missed", department="kids", gender="male", age_band="65+")
    await came(
        shop.database, at(9, 30, days_ago=1), state="unknown", gender="unknown", age_band=None, department="general"
    )
    await came(database, at(9, 59, days_ago=1), state="offered", department="kids", gender="male")
    await came(database, at(23, 59, days_ago=2))


def day_in_russian(days_ago: int) -> str:
    day = at(12, days_ago=days_ago)
    pattern = "d MMMM" if day.year == at(12).year else "d MMMM y"
    return format_date(day.date(), pattern, locale="ru")


def pixels(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


async def shown(shop: Any, person: int, contains: str = "") -> Any:
    """The newest picture whose caption says this."""
    return await shop.simulator.wait_for(person, lambda m: m.from_bot and bool(m.photo) and contains in m.text)


async def test_the_numbers_are_those_of_the_visits(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await a_day(shop)

    await shop.simulator.say(VERA, "/stats вчера")
    answer = await shown(shop, VERA)

    assert answer.text.splitlines() == [
        "Дом & сад",
        "Вчера, " + day_in_russian(1),
        "",
        "7 посетителей: обслужено 3, ушло 1, пропущено 1, итог неизвестен 1, ещё открыто 1",
        "Половину берут за 26 с, 90 % за 50 с",
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


async def test_the_picture_is_one_for_a_telephone(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await a_day(shop)

    await shop.simulator.say(VERA, "/stats yesterday")
    picture = pixels((await shown(shop, VERA)).photo)

    assert picture.size == (1080, 1350)
    colours = {colour: number for number, colour in picture.getcolors(2**24)}
    assert 0.5 < colours[(255, 255, 255)] / (1080 * 1350) < 0.97
    served, missed, men = (0, 158, 115), (213, 94, 0), (0, 114, 178)
    # Three of seven were served and one was missed: so wide are their shares of the bar.
    assert colours[served] == pytest.approx(3 * colours[missed], rel=0.1)
    assert colours[men] > 1000


async def test_a_button_shows_another_period_in_the_same_message(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await a_day(shop)
    await shop.simulator.say(VERA, "/stats yesterday")
    before = await shown(shop, VERA)

    await shop.simulator.press(VERA, before.message_id, "7 дней")

    after = await shown(shop, VERA, "8 посетителей")
    assert after.message_id == before.message_id
    assert after.photo != before.photo
    assert after.buttons == ["Сегодня", "Вчера", "• 7 дней", "30 дней", "Таблица (CSV)"]


async def test_a_period_without_visits_is_a_sentence(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await a_day(shop)

    await shop.simulator.say(VERA, "/stats")
    empty = await shop.card(VERA, "посетителей не было")
    assert empty.text == f"Сегодня, {day_in_russian(0)}: посетителей не было."
    assert empty.photo is None

    await shop.simulator.press(VERA, empty.message_id, "Вчера")
    full = await shown(shop, VERA)
    assert await shop.press(VERA, full.message_id, "Сегодня") == empty.text
    assert (await shown(shop, VERA)) == full  # the notice is all that came


async def test_pressing_the_same_period_again_is_no_error(open_shop, caplog) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await a_day(shop)
    await shop.simulator.say(VERA, "/stats yesterday")
    picture = await shown(shop, VERA)

    for _ in range(2):
        await shop.simulator.press(VERA, picture.message_id, "• Вчера")
    await shop.ask(VERA, "/digest")

    assert "error" not in caplog.text


async def test_replays_are_told_only_where_there_is_nothing_else(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await came(shop.database, at(12, days_ago=1), origin="replay", state="recorded")
    await shop.simulator.say(VERA, "/stats yesterday")
    alone = await shown(shop, VERA)
    assert alone.text.splitlines()[1].endswith("(только записи из видеофайлов)")
    assert "1 посетитель: без оповещения 1" in alone.text

    await came(shop.database, at(13, days_ago=1))
    await came(shop.database, at(13, days_ago=1))
    await shop.simulator.press(VERA, alone.message_id, "• Вчера")

    assert "записи" not in (await shown(shop, VERA, "2 посетителя")).text


async def test_customers_at_a_till_have_a_line_of_their_own(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    for minute, asked in enumerate(["likely", None, "possible"]):
        await came(shop.database, at(12, minute, days_ago=1), state="recorded", checkout=True, age_check=asked)

    alone = await shop.ask(VERA, "/stats csv вчера")
    assert alone.text == f"Вчера, {day_in_russian(1)}: посетителей не было."
    await shop.simulator.say(VERA, "/stats вчера")
    alone = await shop.card(VERA, "На кассе")
    assert alone.text == (f"Вчера, {day_in_russian(1)}: посетителей не было. На кассе: попросить документ у 2 из 3.")

    await came(shop.database, at(13, days_ago=1), taken_after=5)
    await shop.simulator.press(VERA, alone.message_id, "• Вчера")
    lines = (await shown(shop, VERA)).text.splitlines()
    assert lines[3:6] == [
        "1 посетитель: обслужено 1",
        "Половину берут за 5 с, 90 % за 5 с",
        "На кассе: попросить документ у 2 из 3",
    ]


async def test_a_period_by_its_dates(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await a_day(shop)
    first, last = at(0, days_ago=2).date(), at(0, days_ago=1).date()

    await shop.simulator.say(VERA, f"/stats {first:%d.%m.%Y}..{last}")

    assert "8 посетителей" in (await shown(shop, VERA)).text


async def test_a_period_that_is_none_is_explained(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    for words in ("/stats вечность", "/missed 2026-13-01", "/stats csv 2026-05-04..2026-05-06..2026-05-07"):
        assert (await shop.ask(VERA, words)).text.startswith("Не понимаю, какой это период.")


async def test_assistants_are_refused_politely(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await a_day(shop)

    for command in ("/stats", "/stats csv", "/cameras", "/missed", "/digest on 21:00"):
        assert (await shop.ask(ANNA, command)).text == "Показатели магазина видят только менеджеры."
    for data in ("m:stats:yesterday", "m:table:yesterday"):
        assert await shop.press_forged(ANNA, data) == "Показатели магазина видят только менеджеры."

    assert not any(message.file for message in shop.simulator.messages(ANNA))


async def test_who_is_no_longer_a_manager_presses_in_vain(open_shop) -> None:
    shop = open_shop
    vera = await shop.hire("Вера", VERA, role="manager")
    await a_day(shop)
    await shop.simulator.say(VERA, "/stats yesterday")
    picture = await shown(shop, VERA)
    async with shop.database.session() as session:
        (await staff.get(session, vera.id)).role = "assistant"

    assert await shop.press(VERA, picture.message_id, "7 дней") == "Показатели магазина видят только менеджеры."
    assert (await shown(shop, VERA)) == picture


@pytest.mark.parametrize("data", ["m:stats:ever", "m:table:2026-99-99", "m:stats:'; DROP TABLE x", "m:", "m:stats"])
async def test_garbage_in_a_button_is_answered(open_shop, data) -> None:
    await open_shop.hire("Вера", VERA, role="manager")
    assert await open_shop.press_forged(VERA, data) == "Эта кнопка больше не работает."


async def test_the_table_has_a_row_for_each_visit(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    anna = await shop.hire("=Анна;", ANNA)
    seen = at(12, 30, days_ago=1)
    visit = await came(shop.database, seen, taken_after=7.6, department_p=0.414, camera='@"Вход"')
    async with shop.database.session() as session:
        await session.execute(update(Visit).where(Visit.id == visit.id).values(claimed_by=anna.id, wanted="kids"))
    await came(shop.database, at(8, days_ago=1), state="missed", gender="unknown", age_band=None, attire_labels=[])

    await shop.simulator.say(VERA, "/stats csv вчера")
    table = await shop.simulator.wait_for(VERA, lambda m: m.from_bot and m.file is not None)

    assert table.file.name == f"visits_{seen.date()}.csv"
    assert table.file.data.startswith(b"\xef\xbb\xbf")
    header, first, second = csv.reader(io.StringIO(table.file.data.decode("utf-8-sig")), delimiter=";")
    assert header[:4] == ["время", "камера", "отдел", "вероятность, %"]
    assert first[0] == f"{seen.date()} 08:00:00"
    assert first[4:] == ["неясен", "пол неясен", "", "никто не встретил", "", "", ""]
    assert second == [
        f"{seen.date()} 12:30:00",
        '\'@"Вход"',
        "Косметика и аксессуары",
        "41",
        "25–34",
        "женщина",
        "платье или юбка",
        "обслужен",
        "'=Анна;",
        "8",
        "Товары для детей",
    ]


async def test_the_table_of_the_shown_period_by_its_button_in_english(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    await shop.ask(VERA, "/language en")
    await a_day(shop)
    await shop.simulator.say(VERA, "/stats 7d")
    picture = await shown(shop, VERA)

    await shop.simulator.press(VERA, picture.message_id, "Table (CSV)")

    table = await shop.simulator.wait_for(VERA, lambda m: m.file is not None and m.file.kind == "document")
    rows = list(csv.DictReader(io.StringIO(table.file.data.decode("utf-8-sig"))))
    assert [row["outcome"] for row in rows].count("was served") == 4
    assert len(rows) == 8


async def test_missed_visitors_are_listed_with_the_reason(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    anna = await shop.hire("Анна", ANNA)
    await came(shop.database, at(10, 5, days_ago=1), state="missed", camera="<Вход>")
    asked = await came(shop.database, at(11, 5, days_ago=1), state="missed", department="general")
    async with shop.database.session() as session:
        session.add(Delivery(visit_id=asked.id, visit_seen=asked.first_seen, staff_id=anna.id, state="expired"))
    await came(shop.database, at(12, 5, days_ago=1), state="served")

    assert (await shop.ask(VERA, "/missed вчера")).text.splitlines() == [
        f"Вчера, {day_in_russian(1)}: пропущено посетителей: 2",
        "",
        "11:05 Общий зал (Entrance): никто не взял",
        "10:05 Косметика и аксессуары (<Вход>): никто не ждал",
    ]
    assert (await shop.ask(VERA, "/missed")).text == f"Сегодня, {day_in_russian(0)}: пропущенных посетителей нет."


async def test_very_many_missed_visitors_are_counted(open_shop) -> None:
    shop = open_shop
    await shop.hire("Вера", VERA, role="manager")
    for minute in range(23):
        await came(shop.database, at(10, minute, days_ago=1), state="missed", camera="К" * 64)

    lines = (await shop.ask(VERA, "/missed 7d")).text.splitlines()

    assert len([line for line in lines if "никто не ждал" in line]) == 20
    assert lines[2].startswith(f"{at(10, days_ago=1):%d.%m} 10:22 ")
    assert lines[-1] == "Более ранних, которые здесь не поместились: 3."
