"""Notices: what is due, in which order beside cards, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from db import giving_up, notices, outbox, staff, visits
from db.models import Delivery, Notice, Staff, Visit


async def tell(database, person, text="news") -> int:
    async with database.session() as session:
        return await notices.tell(session, person.id, "test", {"text": text})


async def due(database, now=None, besides=()):
    async with database.reading() as session:
        return await notices.due(session, now or datetime.now(UTC), 100, besides=besides)


async def offer(database, visit):
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
    return visit


async def cards_due(database):
    async with database.reading() as session:
        return await outbox.due(session, datetime.now(UTC), 100)


async def all_notices(database, kind):
    async with database.reading() as session:
        return list(await session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))


async def test_a_notice_is_due_until_it_is_sent(database, hire) -> None:
    anna = await hire("Anna", 1001)
    await tell(database, anna)

    (notice,) = await due(database)
    assert (notice.chat_id, notice.kind, notice.payload, notice.message_id) == (1001, "test", {"text": "news"}, None)

    async with database.session() as session:
        await notices.mark_sent(session, notice, 7)
    assert await due(database) == []


async def test_everybody_has_one_next_notice_and_none_for_busy_or_unreachable_chats(database, hire) -> None:
    anna, boris, vera = await hire("Anna", 1001), await hire("Boris", 1002), await hire("Vera", 1003)
    for person in (anna, anna, boris, vera):
        await tell(database, person)
    async with database.session() as session:
        await giving_up.unreachable(session, vera.id, error="blocked")

    assert [notice.staff_id for notice in await due(database)] == [anna.id, boris.id]
    assert [notice.staff_id for notice in await due(database, besides=[1001])] == [boris.id]


async def test_a_notice_waits_for_who_cannot_be_reached(database, hire) -> None:
    anna = await hire("Anna", 1001)
    await tell(database, anna)
    async with database.session() as session:
        await giving_up.unreachable(session, anna.id, error="blocked")
    assert await due(database) == []
    async with database.session() as session:
        await staff.reached(session, anna.id)
    assert len(await due(database)) == 1


async def test_a_postponed_notice_holds_up_those_behind_it(database, hire) -> None:
    anna = await hire("Anna", 1001)
    first, _ = await tell(database, anna, "first"), await tell(database, anna, "second")
    later = datetime.now(UTC) + timedelta(seconds=30)
    async with database.session() as session:
        await notices.mark_retry(session, first, at=later, error="Timed out")

    assert await due(database) == []
    assert [notice.id for notice in await due(database, later)] == [first]
    async with database.session() as session:
        await notices.retry_now(session)
    assert [notice.id for notice in await due(database)] == [first]


async def test_a_clock_set_back_postpones_nothing_for_long(database, hire) -> None:
    anna = await hire("Anna", 1001)
    notice = await tell(database, anna)
    async with database.session() as session:
        await notices.mark_retry(session, notice, at=datetime.now(UTC) + timedelta(hours=1), error="Timed out")
    assert len(await due(database)) == 1


async def test_of_a_card_and_a_notice_the_older_is_due(database, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    await tell(database, anna)
    await offer(database, make_visit())
    assert (len(await due(database)), len(await cards_due(database))) == (1, 0)

    async with database.session() as session:
        await notices.mark_sent(session, (await notices.due(session, datetime.now(UTC), 1))[0], 7)
    await tell(database, anna)
    assert (len(await due(database)), len(await cards_due(database))) == (0, 1)


async def test_a_clock_set_back_between_them_lets_no_card_and_notice_wait_for_each_other(
    database, hire, make_visit
) -> None:
    anna = await hire("Anna", 1001)
    first, second = await tell(database, anna), await tell(database, anna)
    visit = await offer(database, make_visit())
    async with database.session() as session:
        now = datetime.now(UTC)
        (await session.get_one(Notice, first)).created_at = now + timedelta(hours=1)
        (await session.get_one(Notice, second)).created_at = now
        (await session.get_one(Visit, visit.id)).recorded_at = now + timedelta(minutes=1)

    assert ([notice.id for notice in await due(database)], await cards_due(database)) == ([second], [])


async def test_a_card_begun_afresh_and_a_notice_do_not_wait_for_each_other(database, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    afresh, other = await offer(database, make_visit()), await offer(database, make_visit())
    notice_id = await tell(database, anna)
    async with database.session() as session:
        delivery = (await session.scalars(select(Delivery).where(Delivery.visit_id == afresh.id))).one()
        delivery.asked_at = datetime.now(UTC) + timedelta(seconds=1)

    (card,) = await cards_due(database)
    assert card.visit.id == other.id
    async with database.session() as session:
        await outbox.mark_sent(session, card.id, message_id=7, photo=False)
    assert ([notice.id for notice in await due(database)], await cards_due(database)) == ([notice_id], [])


async def test_a_change_while_a_notice_is_on_its_way_asks_for_an_edit(database, hire) -> None:
    anna = await hire("Anna", 1001)
    notice_id = await tell(database, anna, "old")
    (on_its_way,) = await due(database)
    async with database.session() as session:
        await notices.change(session, [notice_id], {"text": "new"})
        await notices.mark_sent(session, on_its_way, 7)

    (edit,) = await due(database)
    assert (edit.message_id, edit.payload) == (7, {"text": "new"})
    async with database.session() as session:
        await notices.mark_sent(session, edit, 7)
    assert await due(database) == []


async def test_an_edit_that_can_never_be_made_leaves_the_notice_sent(database, hire) -> None:
    anna = await hire("Anna", 1001)
    notice_id = await tell(database, anna)
    async with database.session() as session:
        await notices.mark_sent(session, (await notices.due(session, datetime.now(UTC), 1))[0], 7)
        await notices.change(session, [notice_id], {"text": "new"})
    (edit,) = await due(database)
    async with database.session() as session:
        await notices.fail(session, edit, error="message to edit not found")

    assert await due(database) == []
    (row,) = await all_notices(database, "test")
    assert (row.state, row.last_error) == ("sent", "message to edit not found")


async def test_a_notice_that_can_never_be_sent_is_failed(database, hire) -> None:
    anna = await hire("Anna", 1001)
    await tell(database, anna)
    (notice,) = await due(database)
    async with database.session() as session:
        await notices.fail(session, notice, error="too long")
    assert await due(database) == []
    assert [row.state for row in await all_notices(database, "test")] == ["failed"]


async def test_late_cards_become_one_summary_each_that_grows_until_it_is_sent(database, hire, make_visit) -> None:
    await hire("Anna", 1001)
    await hire("Boris", 1002)
    seen = [datetime(2026, 5, 4, 12, minute, tzinfo=UTC) for minute in (30, 10, 50)]
    for n, at in enumerate(seen):
        await offer(database, make_visit(first_seen=at))
        if n != 1:
            async with database.session() as session:
                await giving_up.expire_older_than(session, datetime.now(UTC) + timedelta(seconds=1))

    summaries = await all_notices(database, outbox.SUMMARY)
    assert [row.payload for row in summaries] == [
        {"visitors": 3, "first": seen[1].isoformat(), "last": seen[2].isoformat()}
    ] * 2
    assert await due(database) == []  # it gathers for a moment
    assert len(await due(database, datetime.now(UTC) + timedelta(seconds=3))) == 2


async def test_an_unreachable_persons_cards_fail_and_a_visit_nobody_else_has_is_missed(
    database, hire, make_visit
) -> None:
    anna = await hire("Anna", 1001)
    visit = await offer(database, make_visit())
    async with database.session() as session:
        await giving_up.unreachable(session, anna.id, error="blocked")

    assert await cards_due(database) == []
    async with database.reading() as session:
        assert (await session.get_one(Visit, visit.id)).state == "missed"
        assert (await session.get_one(Staff, anna.id)).unreachable_since is not None


async def test_in_turn_an_unreachable_person_gives_the_turn_to_the_next_at_once(database, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    visit = await offer(database, make_visit())
    async with database.session() as session:
        (await session.get_one(Visit, visit.id)).next_offer_at = datetime.now(UTC) + timedelta(seconds=20)
    async with database.session() as session:
        await giving_up.unreachable(session, anna.id, error="blocked")

    async with database.reading() as session:
        row = await session.get_one(Visit, visit.id)
    assert row.state == "offered"
    assert row.next_offer_at is not None
    assert row.next_offer_at <= datetime.now(UTC)
