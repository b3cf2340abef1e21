"""Once an hour, and when the bot starts, what has had its time is deleted: rows, and pictures in Telegram."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect, select, text, update

from db import partitions
from db.models import Delivery, Notice, Snapshot, Staff, Visit
from tests.databases import ON_POSTGRES

ANNA, BORIS = 1001, 1002
pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")  # the library's own, off in a running bot


async def closed_yesterday(shop, until):
    """A visitor who was served, whose card and snapshot are older than snapshots may be."""
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        visit = await shop.enters()
        card = await shop.takes(ANNA)
        await shop.press(ANNA, card, "✅ Косметика и аксессуары")
        await shop.closed(ANNA, "✅ Обслужен")
    long_ago = datetime.now(UTC) - timedelta(hours=shop.config.privacy.snapshot_hours + 1)
    async with shop.database.session() as session:
        (await session.get_one(Snapshot, visit.id)).created_at = long_ago
        (await deliveries(session, visit))[0].sent_at = long_ago
    return visit


async def deliveries(session, visit) -> list[Delivery]:
    return list(await session.scalars(select(Delivery).where(Delivery.visit_id == visit.id)))


async def test_an_old_picture_leaves_its_card_and_the_words_stay(shop, until) -> None:
    visit = await closed_yesterday(shop, until)
    (before,) = shop.cards(ANNA)
    assert before.photo == visit.snapshot

    async def noted() -> bool:
        async with shop.database.reading() as session:
            return not (await deliveries(session, visit))[0].photo

    async with shop.bot():
        await until(noted)
    (after,) = shop.cards(ANNA)
    assert after.photo not in (None, before.photo)
    assert (after.message_id, after.text, after.inline) == (before.message_id, before.text, before.inline)
    async with shop.database.reading() as session:
        assert await session.get(Snapshot, visit.id) is None
    assert list(shop.database.snapshots.folder.iterdir()) == []


async def test_nobody_waits_until_all_pictures_of_another_have_gone(shop, until) -> None:
    async with shop.bot():
        for name, telegram_id in (("Анна", ANNA), ("Борис", BORIS)):
            await shop.hire(name, telegram_id)
            for _ in range(2):
                await shop.enters()
                card = await shop.takes(telegram_id)
                await shop.press(telegram_id, card, "✅ Косметика и аксессуары")
                await shop.closed(telegram_id, "✅ Обслужен")
            async with shop.database.session() as session:
                await session.execute(update(Staff).values(status="off"))
    async with shop.database.session() as session:
        await session.execute(update(Delivery).values(sent_at=datetime.now(UTC) - timedelta(days=7)))

    async with shop.bot():
        await until(lambda: len(edited(shop)) >= 2)
    assert edited(shop)[:2] == [ANNA, BORIS]


def edited(shop) -> list[int | None]:
    """Whose pictures have gone, in their order."""
    return [one.chat_id for one in shop.simulator.received if one.method == "editmessagemedia"]


@pytest.mark.parametrize("deletable", [True, False])
async def test_a_card_that_cannot_be_edited_is_deleted_where_it_still_can_be(shop, until, deletable) -> None:
    visit = await closed_yesterday(shop, until)
    shop.simulator.faults.fail("editMessageMedia", 400)
    if not deletable:  # as after 48 hours
        shop.simulator.faults.fail("deleteMessage", 400)

    async def noted() -> bool:
        async with shop.database.reading() as session:
            return not (await deliveries(session, visit))[0].photo

    async with shop.bot():
        await until(noted)
    assert len(shop.cards(ANNA)) == (0 if deletable else 1)


async def test_where_telegram_is_away_the_picture_stays_due(shop, until) -> None:
    visit = await closed_yesterday(shop, until)
    shop.simulator.faults.fail("editMessageMedia", 500)
    async with shop.bot():
        await until(lambda: any(request.method == "editmessagemedia" for request in shop.simulator.received))
        await shop.ask(ANNA, "/start")
    async with shop.database.reading() as session:
        assert (await deliveries(session, visit))[0].photo


async def test_a_folder_that_cannot_be_read_keeps_nothing_else(shop, until, caplog) -> None:
    visit = await closed_yesterday(shop, until)
    folder = shop.database.snapshots.folder
    folder.rename(folder.with_suffix(".away"))
    folder.touch()

    async def noted() -> bool:
        async with shop.database.reading() as session:
            return not (await deliveries(session, visit))[0].photo

    async with shop.bot():
        await until(noted)  # the picture leaves its card all the same
    assert "no snapshot could be deleted, the next try is in an hour" in caplog.text


async def test_old_visits_and_notices_are_deleted_when_the_bot_starts(shop, until) -> None:
    anna = await shop.hire("Анна", ANNA)
    visit = await shop.enters()
    async with shop.database.session() as session:
        now = datetime.now(UTC)
        (await session.get_one(Visit, visit.id)).recorded_at = now - timedelta(days=366)
        session.add(Notice(staff_id=anna.id, kind="reminder", payload={}, created_at=now - timedelta(days=31)))

    async def gone() -> bool:
        async with shop.database.reading() as session:
            # A summary of the visit that nobody was told of may be written before the visit is deleted.
            old = (select(Visit), select(Snapshot), select(Notice).where(Notice.kind == "reminder"))
            return [await session.scalar(query) for query in old] == [None] * 3

    shop.rules(max_age=1)
    async with shop.bot():
        await until(gone)


@ON_POSTGRES
async def test_months_are_made_ahead_and_dropped_when_their_time_is_over(shop, until) -> None:
    now = datetime.now(UTC)
    long_ago, next_month = now - timedelta(days=800), partitions.Month.of(now).following
    visit = await shop.enters(nudged=False, first_seen=long_ago)
    await partitions.prepare(shop.database, now)
    month = partitions.Month.of(long_ago).partition("deliveries")
    async with shop.database.session() as session:
        (await session.get_one(Visit, visit.id)).recorded_at = long_ago
        for table in partitions.TABLES:
            await session.execute(text(f"DROP TABLE {next_month.partition(table)}"))

    async def tables() -> list[str]:
        async with shop.database.reading() as session:
            return await session.run_sync(lambda session: inspect(session.connection()).get_table_names())

    assert month in await tables()

    async def done() -> bool:
        there = await tables()
        return month not in there and next_month.partition("deliveries") in there

    async with shop.bot():
        await until(done)
    async with shop.database.reading() as session:
        assert await session.get(Visit, visit.id) is None
