"""On PostgreSQL visits lie in months with their cards and outcomes: none is refused, and old months go as a whole."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from db import lifecycle, migrate, partitions, retention, statistics, visits
from db.backup import backup, restore
from db.conditional import moved
from db.copying import copy
from db.engine import Database
from db.figures import Span
from db.models import Delivery, Outcome, Snapshot, Visit
from db.partitions import Month
from tests.databases import ON_POSTGRES
from tests.db.test_migrations import with_connection
from tests.past import came

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
MARCH, APRIL, MAY, JUNE = (Month(2026, number) for number in (3, 4, 5, 6))
TABLES = (Visit, Snapshot, Delivery, Outcome)
pytestmark = ON_POSTGRES


async def where(database, table: str = "visits") -> Counter[str]:
    """How many rows lie in which partition."""
    async with database.reading() as session:
        return Counter(await session.scalars(text(f"SELECT CAST(tableoid::regclass AS text) FROM {table}")))


async def counts(database) -> list[int]:
    """Visits, snapshots, deliveries and outcomes."""
    async with database.reading() as session:
        return [await session.scalar(select(func.count()).select_from(table)) for table in TABLES]


async def served(database, anna, visit) -> None:
    """A visit that was told to one person, who served it."""
    async with database.session() as session:
        assert await visits.record(session, visit, notify=True)
        assert await lifecycle.claim(session, visit.id, anna.id)
        assert await lifecycle.serve(session, visit.id, anna.id, "kids", then="waiting")


async def recorded_at(database, visit, instant) -> None:
    async with database.session() as session:
        (await session.get_one(Visit, visit.id)).recorded_at = instant


async def test_this_month_and_the_next_are_there_before_they_are_needed(database) -> None:
    now = datetime.now(UTC)
    async with database.reading() as session:
        names = set(await session.scalars(text("SELECT CAST(relid AS text) FROM pg_partition_tree('outcomes')")))
    coming = {month.partition("outcomes") for month in (Month.of(now), Month.of(now).following)}
    assert names == {"outcomes", "outcomes_other", *coming}


async def test_a_visit_of_any_time_is_taken_and_moves_with_all_that_is_its(database, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    last, first = (
        make_visit(first_seen=datetime(2026, 4, 30, 23, 59, 59, 999_999, UTC)),
        make_visit(first_seen=datetime(2026, 5, 1, tzinfo=UTC)),
    )
    for visit in (last, first, make_visit(first_seen=datetime(1970, 1, 1, tzinfo=UTC))):
        await served(database, anna, visit)
    assert await where(database) == {"visits_other": 3}

    await partitions.prepare(database, NOW)

    for table in partitions.TABLES:
        months = (Month(1970, 1), APRIL, MAY)
        assert await where(database, table) == {month.partition(table): 1 for month in months}
    await served(database, anna, make_visit(first_seen=first.first_seen))
    assert (await where(database))["visits_2026_05"] == 2
    assert await counts(database) == [4, 4, 4, 4]


async def test_months_meet_at_the_end_of_the_year(database, make_visit) -> None:
    async with database.session() as session:
        await partitions.make(session, [Month(2025, 12), Month(2026, 1)])
        for seen in (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)):
            await visits.record(session, make_visit(first_seen=seen), notify=False)
    assert await where(database) == {"visits_2025_12": 1, "visits_2026_01": 1}


async def test_what_moves_is_not_told_again_and_counts_no_second_time(database, hire, make_visit) -> None:
    await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        noted = "SELECT coalesce(sum(number), 0) FROM visit_changes"
        before = await session.scalar(text(noted))

    await partitions.prepare(database, NOW)

    async with database.reading() as session:
        assert (await session.scalar(text(noted)), before) == (1, 1)
        triggers = "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'"
        assert await session.scalar(text(triggers)) == 0


async def test_a_visit_that_is_forwarded_twice_is_one(database, make_visit) -> None:
    visit = make_visit()
    for _ in range(2):
        async with database.session() as session:
            await visits.record(session, visit, notify=False)
        await partitions.prepare(database, NOW)  # meanwhile, its month is made
    assert (await counts(database))[0] == 1

    async def record(database) -> bool:
        async with database.session() as session:
            return await visits.record(session, again, notify=False)

    again = make_visit()
    assert sorted(await asyncio.gather(*(record(database) for _ in range(4)))) == [False, False, False, True]


async def test_programs_that_make_months_at_once_make_each_once(database, url, make_visit) -> None:
    async with database.session() as session:
        for days in range(0, 150, 30):
            await visits.record(session, make_visit(first_seen=NOW - timedelta(days=days)), notify=False)
    others = [Database(url) for _ in range(3)]

    async def record(number: int) -> None:
        async with database.session() as session:
            await visits.record(session, make_visit(first_seen=NOW - timedelta(days=number)), notify=False)

    await asyncio.gather(*(partitions.prepare(other, NOW) for other in others), *(record(n) for n in range(0, 150, 10)))
    await partitions.prepare(database, NOW)

    for other in others:
        await other.close()
    assert (await where(database))["visits_other"] == 0
    assert sum((await where(database)).values()) == 20


async def test_a_visit_is_found_by_whoever_changes_it_while_it_moves(database, make_visit) -> None:
    moving = [make_visit(first_seen=NOW - timedelta(days=31 * number)) for number in range(6)]
    async with database.session() as session:
        for visit in moving:
            await visits.record(session, visit, notify=False)
    preparing = asyncio.create_task(partitions.prepare(database, NOW))

    async def change(visit) -> set[bool]:
        found = set()
        while not preparing.done():
            async with database.session() as session:
                found.add(await moved(session, update(Visit).where(Visit.id == visit.id).values(faces=Visit.faces + 1)))
        return found

    assert await asyncio.gather(*(change(visit) for visit in moving)) == [{True}] * len(moving)
    await preparing
    await partitions.prepare(database, NOW)
    assert (await where(database))["visits_other"] == 0


async def test_whoever_holds_a_lock_delays_a_month_and_loses_nothing(database, make_visit, monkeypatch, caplog) -> None:
    monkeypatch.setattr(partitions, "_PAUSE_SECONDS", 0.01)
    async with database.session() as session:
        await visits.record(session, make_visit(), notify=False)
    async with database.session() as busy:
        await busy.execute(text("SELECT count(*) FROM visits"))
        await partitions.prepare(database, NOW)
        assert await partitions.drop_before(database, datetime.now(UTC)) == 0
    assert "visits of 2026-05 have no partition of their own until the next try" in caplog.text
    assert await where(database) == {"visits_other": 1}

    await partitions.prepare(database, NOW)
    assert await where(database) == {"visits_2026_05": 1}


async def test_a_month_whose_time_is_over_goes_as_a_whole(database, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    for seen in (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC), NOW):
        visit = make_visit(first_seen=seen)
        await served(database, anna, visit)
        await recorded_at(database, visit, seen)
    await partitions.prepare(database, NOW)
    assert await counts(database) == [3, 3, 3, 3]

    assert await partitions.drop_before(database, datetime(2026, 4, 1, tzinfo=UTC)) == 2

    assert await where(database) == {"visits_2026_05": 1}
    assert await counts(database) == [1, 1, 1, 1]
    async with database.reading() as session:
        assert await session.scalar(text("SELECT to_regclass('visits_2026_03')")) is None
        assert await session.scalar(text("SELECT sum(number) FROM visit_changes")) == 3  # figures outlive the visits
    await served(database, anna, make_visit(first_seen=datetime(2026, 3, 2, tzinfo=UTC)))  # comes late
    assert (await where(database))["visits_other"] == 1


async def test_at_the_boundary_visits_go_one_by_one(database, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    for day in (1, 20):
        visit = make_visit(first_seen=datetime(2026, 4, day, tzinfo=UTC))
        await served(database, anna, visit)
        await recorded_at(database, visit, visit.first_seen)
    await partitions.prepare(database, NOW)
    before = datetime(2026, 4, 15, tzinfo=UTC)

    assert await partitions.drop_before(database, before) == 0
    async with database.session() as session:
        assert await retention.purge_visits(session, before, 10) == 1
    assert await counts(database) == [1, 1, 1, 1]


async def test_a_visit_of_long_ago_that_was_recorded_lately_keeps_its_month(database, make_visit) -> None:
    async with database.session() as session:
        await visits.record(session, make_visit(first_seen=datetime(2020, 2, 29, tzinfo=UTC)), notify=False)
    await partitions.prepare(database, NOW)
    assert await partitions.drop_before(database, NOW - timedelta(days=365)) == 0
    assert await where(database) == {"visits_2020_02": 1}


async def test_cards_and_outcomes_belong_to_a_visit_as_with_a_foreign_key(database, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=False)
    theirs = {"visit_id": visit.id, "staff_id": anna.id}
    late = visit.first_seen + timedelta(seconds=1)
    for row in (
        Delivery(**theirs, visit_seen=late),
        Outcome(**theirs, visit_seen=late, kind="left", at=NOW),
        Snapshot(visit_id="nobody", created_at=NOW),
    ):
        with pytest.raises(IntegrityError, match="has no visit"):
            async with database.session() as session:
                session.add(row)


async def test_a_question_about_a_month_reads_that_month_alone(database) -> None:
    for month in (MARCH, APRIL, MAY, JUNE):
        await came(database, datetime(2026, month.number, 10, tzinfo=UTC))
    await partitions.prepare(database, NOW)
    span = Span([datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)])
    async with database.reading() as session:
        query = select(Visit.id).where(*statistics.during([span], "camera"))
        raw = (await session.connection()).dialect
        sql = str(query.compile(dialect=raw, compile_kwargs={"literal_binds": True}))
        plan = json.dumps(await session.scalar(text(f"EXPLAIN (FORMAT json) {sql}".replace(":", "\\:"))))
    assert "visits_2026_04" in plan
    assert not any(other in plan for other in ("visits_2026_03", "visits_2026_05", "visits_other"))


async def test_pictures_on_old_cards_are_found_without_reading_every_card(database) -> None:
    async with database.reading() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        await session.execute(text("SET LOCAL enable_sort = off"))
        steps = await session.scalars(text("EXPLAIN SELECT id FROM deliveries WHERE photo ORDER BY id LIMIT 9"))
        plan = " ".join(steps)
        indexes = await session.scalars(
            text("SELECT CAST(relid AS text) FROM pg_partition_tree('ix_deliveries_photo') WHERE isleaf")
        )
        assert {name for name in indexes if name not in plan} == set()


async def test_what_all_months_hold_is_looked_at_when_they_have_grown(database, make_visit) -> None:
    visit = make_visit()
    columns = ", ".join(column.name for column in Visit.__table__.columns if column.name != "id")
    more = (
        f"INSERT INTO visits (id, {columns}) SELECT gen_random_uuid(), {columns} FROM visits, generate_series(1, 1500)"
    )
    live = text("SELECT sum(pg_stat_get_live_tuples(relid)) FROM pg_partition_tree('visits')")

    async def known() -> tuple[int, float]:
        await partitions.survey(database)
        async with database.reading() as session:
            columns = await session.scalar(
                text("SELECT count(*) FROM pg_stats WHERE tablename = 'visits' AND inherited")
            )
            return columns, await session.scalar(text("SELECT reltuples FROM pg_class WHERE relname = 'visits'"))

    async with database.session() as session:
        await visits.record(session, visit, notify=False)
    assert await known() == (0, 0)
    async with database.session() as session:
        await session.execute(text(more))
    for _ in range(100):  # the server counts with a delay
        async with database.reading() as session:
            if await session.scalar(live) > 1500:
                break
        await asyncio.sleep(0.1)
    assert await known() == (len(Visit.__table__.columns), 1501)
    async with database.session() as session:
        await session.execute(text("INSERT INTO shops (id, name, name_key, time_zone) VALUES (9, 'a', 'a', 'UTC')"))
        await visits.record(session, make_visit(), notify=False, shop_id=9)
    assert (await known())[1] == 1501  # not by a tenth


async def test_a_copy_from_one_shops_file_lies_in_months(database, tmp_path) -> None:
    source = Database(f"sqlite+aiosqlite:///{tmp_path}/shop.db")
    await source.upgrade()
    for days in (0, 40, 400):
        await came(source, NOW - timedelta(days=days))

    assert (await copy(source, database)).differing == []

    await source.close()
    assert await where(database) == {"visits_2026_05": 1, "visits_2026_03": 1, "visits_2025_03": 1}


async def test_a_backup_brings_months_back_and_takes_away_later_ones(database, hire, make_visit, tmp_path) -> None:
    anna = await hire("Anna", 1001)
    await served(database, anna, make_visit())
    await partitions.prepare(database, NOW)
    await backup(database, tmp_path / "monday.tar", tmp_path, pictures=False, force=False)
    await came(database, NOW - timedelta(days=400))
    await partitions.prepare(database, NOW)

    await restore(database, tmp_path / "monday.tar", tmp_path, force=True)

    assert await where(database) == {"visits_2026_05": 1}
    async with database.reading() as session:
        assert await session.scalar(text("SELECT to_regclass('visits_2025_03')")) is None
    await served(database, anna, make_visit())
    assert await counts(database) == [2, 2, 2, 2]
    async with database.session() as session:
        assert await retention.purge_visits(session, datetime.now(UTC), 10) == 2
    assert await counts(database) == [0, 0, 0, 0]


async def test_months_can_be_made_of_what_is_there_and_taken_back(database, url, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    for days in (0, 40, 400):
        await served(database, anna, make_visit(first_seen=NOW - timedelta(days=days)))
    noted = "SELECT sum(number) FROM visit_hours"

    await with_connection(url, lambda c: command.downgrade(migrate.configuration(c), "0009"))
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM pg_class WHERE relkind = 'p'")) == 0
        assert [await session.scalar(text(f"SELECT count(*) FROM {table.__tablename__}")) for table in TABLES] == [
            3,
            3,
            3,
            3,
        ]

    await database.upgrade()
    assert await counts(database) == [3, 3, 3, 3]
    assert await where(database) == {"visits_2026_05": 1, "visits_2026_03": 1, "visits_2025_03": 1}
    async with database.session() as session:
        await session.execute(text("SELECT amiko_fold_visits(1000)"))
        assert await session.scalar(text(noted)) == 3
    await served(database, anna, make_visit())  # its card has a number of its own, and triggers work
    assert await counts(database) == [4, 4, 4, 4]
