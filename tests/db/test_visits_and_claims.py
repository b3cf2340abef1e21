"""Visits: what is written, whom it is offered to, and that one person gets it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from db import giving_up, lifecycle, outbox, retention, staff, visits
from db.models import Camera, Delivery, Snapshot, Staff, Visit
from db.offering import EVERYBODY
from tests.databases import ON_SQLITE

SEEN = datetime(2026, 5, 4, 12, 30, 15, 250_000, tzinfo=UTC)


async def record(database, visit, *, notify=True) -> bool:
    async with database.session() as session:
        return await visits.record(session, visit, notify=notify)


async def state_of(database, visit) -> str:
    async with database.reading() as session:
        return (await session.get_one(Visit, visit.id)).state


async def deliveries(database, visit) -> dict[int, Delivery]:
    async with database.reading() as session:
        rows = await session.scalars(select(Delivery).where(Delivery.visit_id == visit.id).order_by(Delivery.id))
        return {row.staff_id: row for row in rows}


async def test_a_visit_is_kept_whole(database, make_visit) -> None:
    visit = make_visit(first_seen=SEEN.astimezone(timezone(timedelta(hours=3))))
    assert await record(database, visit, notify=False)

    async with database.reading() as session:
        row = await session.get_one(Visit, visit.id)
        camera = await session.get_one(Camera, row.camera_id)
        picture = await session.get_one(Snapshot, visit.id)

    assert (row.first_seen, row.first_seen.tzinfo) == (SEEN, UTC)
    assert (row.age_band, row.gender, row.attire_labels) == ("25-34", "female", ["dress"])
    assert (row.attire_scores, row.ranking) == ({"dress": 0.8, "formal": 0.1}, [["cosmetics", 0.4], ["kids", 0.2]])
    assert (camera.name, picture.created_at, row.state) == ("Entrance", row.recorded_at, "recorded")
    assert abs(row.recorded_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_time_without_a_zone_is_refused(database, make_visit) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        await record(database, make_visit(first_seen=datetime(2026, 5, 4)))


async def test_a_visit_is_recorded_once(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    visit = make_visit()

    assert await record(database, visit)
    assert not await record(database, visit)

    assert len(await deliveries(database, visit)) == 1


async def test_a_recording_that_is_analysed_again_adds_nothing_though_it_is_seen_later(database, make_visit) -> None:
    visit = make_visit(origin="replay")
    assert await record(database, visit, notify=False)
    assert not await record(database, replace(visit, first_seen=SEEN + timedelta(days=40)), notify=False)

    async with database.reading() as session:
        assert list(await session.scalars(select(Visit.first_seen))) == [SEEN]


async def test_two_visits_of_one_camera_share_it(database, make_visit) -> None:
    await record(database, make_visit())
    await record(database, make_visit())
    await record(database, make_visit(camera="Back door"))

    async with database.reading() as session:
        assert list(await session.scalars(select(Camera.name).order_by(Camera.id))) == ["Entrance", "Back door"]


async def test_only_waiting_assistants_are_told_longest_waiting_first(database, make_visit, hire) -> None:
    boris, anna = await hire("Boris", 1002), await hire("Anna", 1001)
    async with database.session() as session:
        busy = await staff.add(session, "Busy", "assistant", telegram_id=1)
        await staff.login(session, telegram_id=1, username=None, chat_id=1)
        await staff.set_status(session, busy.id, "busy")
        manager = await staff.add(session, "Vera", "manager", telegram_id=1003)
        await staff.login(session, telegram_id=1003, username=None, chat_id=1003)
        await staff.set_status(session, manager.id, "waiting")
        await staff.add(session, "Never logged in", "assistant", telegram_id=2)
    visit = make_visit()
    await record(database, visit)

    told = await deliveries(database, visit)
    assert list(told) == [boris.id, anna.id]
    assert {(d.state, d.attempts, d.next_attempt_at, d.edit_due) for d in told.values()} == {
        ("pending", 0, None, False)
    }
    assert await state_of(database, visit) == "offered"


async def test_a_visit_with_nobody_waiting_is_missed(database, make_visit) -> None:
    visit = make_visit()
    await record(database, visit)
    assert await state_of(database, visit) == "missed"


async def test_a_visitor_who_goes_completes_the_visit(database, make_visit) -> None:
    visit = make_visit()
    await record(database, visit)
    async with database.session() as session:
        await visits.finish(session, visit.id, last_seen=SEEN + timedelta(seconds=40), faces=55)

    async with database.reading() as session:
        row = await session.get_one(Visit, visit.id)
    assert (row.last_seen - row.first_seen, row.faces) == (timedelta(seconds=40), 55)


async def test_fifty_who_claim_at_once_have_one_winner(database, make_visit, hire) -> None:
    people = [await hire(f"Assistant {n}", 1000 + n) for n in range(50)]
    visit = make_visit()
    await record(database, visit)

    async def claim(person: Staff) -> bool:
        async with database.session() as session:
            return await lifecycle.claim(session, visit.id, person.id)

    won = await asyncio.gather(*(claim(person) for person in people))

    assert sum(won) == 1
    winner = people[won.index(True)]
    async with database.reading() as session:
        assert (await session.get_one(Visit, visit.id)).claimed_by == winner.id
        assert [p.id for p in await staff.list_all(session) if p.status == "busy"] == [winner.id]


async def test_a_claim_changes_the_cards_of_the_others(database, make_visit, hire) -> None:
    winner, told, on_its_way, closed = [await hire(name, n) for n, name in enumerate("ABCD", start=1)]
    visit = make_visit()
    await record(database, visit)
    rows = await deliveries(database, visit)
    async with database.session() as session:
        for person in (winner, told, closed):
            await outbox.mark_sent(session, rows[person.id].id, message_id=5, photo=True)
        assert await lifecycle.decline(session, visit.id, closed.id, EVERYBODY)
        assert not await lifecycle.decline(session, visit.id, closed.id, EVERYBODY)
    assert (await deliveries(database, visit))[closed.id].edit_due
    async with database.session() as session:
        card = await outbox.card(session, visit.id, closed.id)
        assert card is not None
        await outbox.mark_edited(session, card)
        assert await lifecycle.claim(session, visit.id, winner.id)

    rows = await deliveries(database, visit)
    assert [(rows[p.id].state, rows[p.id].edit_due) for p in (winner, told, on_its_way, closed)] == [
        ("sent", True),
        ("sent", True),
        ("expired", False),
        ("sent", False),
    ]

    async with database.session() as session:  # the sender of the third card comes back only now
        await outbox.mark_sent(session, rows[on_its_way.id].id, message_id=6, photo=False)
    row = (await deliveries(database, visit))[on_its_way.id]
    assert (row.state, row.edit_due) == ("sent", True)


@pytest.mark.parametrize("notify", [True, False], ids=["missed", "recorded"])
async def test_a_visit_that_was_offered_to_nobody_cannot_be_claimed(database, make_visit, hire, notify) -> None:
    visit = make_visit()
    await record(database, visit, notify=notify)
    anna = await hire("Anna", 1001)

    async with database.session() as session:
        assert not await lifecycle.claim(session, visit.id, anna.id)


async def test_the_list_of_visits_says_who_was_told_and_how_fast(database, make_visit, hire) -> None:
    anna, boris = await hire("Anna", 1001), await hire("Boris", 1002)
    late, early = make_visit(first_seen=SEEN + timedelta(seconds=9)), make_visit()
    for visit in (late, early):
        await record(database, visit)
    rows = await deliveries(database, early)
    async with database.session() as session:
        await outbox.mark_sent(session, rows[anna.id].id, message_id=5, photo=True)
        await giving_up.fail(session, rows[boris.id].id, error="blocked")

    async with database.reading() as session:
        listed = await visits.told(session)
        only = await visits.told(session, [late.id])

    assert [row.visit_id for row in listed] == [early.id, late.id]
    assert [row.visit_id for row in only] == [late.id]
    first, second = listed[0].receipts
    assert (first.name, first.state, second.name, second.state) == ("Anna", "sent", "Boris", "failed")
    assert first.ms is not None
    assert 0 < first.ms < 60_000
    assert (second.ms, second.last_error) == (None, "blocked")


@ON_SQLITE
async def test_nothing_of_a_purged_visit_lingers_in_the_file(database, make_visit, tmp_path) -> None:
    await record(database, make_visit(reason="a woman in a red coat " * 2000))
    async with database.session() as session:
        await retention.purge_visits(session, datetime.now(UTC) + timedelta(seconds=5), 10)
    await database.close()  # the last connection writes the log back into the file

    assert b"a red coat" not in (tmp_path / "amiko.db").read_bytes()
    assert not (tmp_path / "amiko.db-wal").exists()
