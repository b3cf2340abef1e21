"""The life of a visit: who wins, what follows, and what is left when somebody is gone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from db import giving_up, lifecycle, offering, outbox, staff, visits
from db.engine import Database
from db.models import Delivery, Notice, Visit
from db.offering import EVERYBODY, Offer

IN_TURN = Offer("turn", 20)


async def test_a_visit_that_goes_on_while_its_card_is_edited_is_edited_again(database, make_visit, hire) -> None:
    anna, boris = await hire("Anna", 1001), await hire("Boris", 1002)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        for card in await outbox.due(session, datetime.now(UTC), 10):
            await outbox.mark_sent(session, card.id, message_id=card.id, photo=False)
        await lifecycle.claim(session, visit.id, anna.id)
        on_their_way = await outbox.edits_due(session, datetime.now(UTC), 10)
        await lifecycle.pass_on(session, visit.id, anna.id, EVERYBODY, then="waiting")
        for card in on_their_way:
            await outbox.mark_edited(session, card)

        again = await outbox.edits_due(session, datetime.now(UTC), 10)
        assert {(card.staff_id, card.state, card.outcome) for card in again} == {
            (anna.id, "offered", "passed_on"),
            (boris.id, "offered", None),
        }
        for card in again:
            await outbox.mark_edited(session, card)
        assert await outbox.edits_due(session, datetime.now(UTC), 10) == []


async def test_a_tap_and_a_timer_at_once_have_one_winner(database, url, make_visit, hire) -> None:
    people = [await hire(f"Assistant {n}", 1000 + n) for n in range(10)]
    elsewhere = Database(url)  # another process has a connection of its own
    for _ in range(10):
        visit = make_visit()
        async with database.session() as session:
            await visits.record(session, visit, notify=True)

        async def claim(staff_id: int, visit_id: str = visit.id) -> bool:
            async with database.session() as session:
                return await lifecycle.claim(session, visit_id, staff_id)

        async def miss(visit_id: str = visit.id) -> bool:
            async with elsewhere.session() as session:
                return await offering.miss(session, visit_id, datetime.now(UTC))

        won = await asyncio.gather(*(claim(person.id) for person in people[:5]), miss(), claim(people[5].id))

        assert sum(won) == 1
        async with database.reading() as session:
            row = await session.get_one(Visit, visit.id)
        assert (row.state == "missed") == won[5]
        async with database.session() as session:
            for person in people:
                await staff.set_status(session, person.id, "waiting")
    await elsewhere.close()


async def test_a_visit_whose_assistant_is_removed_is_still_closed(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        await lifecycle.claim(session, visit.id, anna.id)
    async with database.session() as session:
        await staff.remove(session, anna.id)

    async with database.session() as session:
        assert await lifecycle.remind(session, visit.id, datetime.now(UTC))
        assert await lifecycle.give_up(session, visit.id, datetime.now(UTC), then="waiting")
    async with database.reading() as session:
        assert (await session.get_one(Visit, visit.id)).state == "unknown"
        assert list(await session.scalars(select(Notice))) == []


async def test_in_turn_who_begins_to_wait_later_is_asked_later(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True, offer=IN_TURN)
        assert await offering.offer_next(session, visit.id, IN_TURN, datetime.now(UTC))  # there is nobody yet
    boris = await hire("Boris", 1002)
    async with database.session() as session:
        assert await offering.offer_next(session, visit.id, IN_TURN, datetime.now(UTC))
        asked = await session.scalars(select(Delivery.staff_id).order_by(Delivery.id))
        assert list(asked) == [anna.id, boris.id]


async def test_a_visit_passed_on_is_as_old_as_its_new_offer(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        (await session.get_one(Visit, visit.id)).recorded_at = datetime.now(UTC) - timedelta(hours=1)
        await lifecycle.claim(session, visit.id, anna.id)
    await hire("Boris", 1002)
    async with database.session() as session:
        await lifecycle.pass_on(session, visit.id, anna.id, EVERYBODY, then="waiting")
        assert await giving_up.expire_older_than(session, datetime.now(UTC) - timedelta(minutes=5)) == 0
        (open_,) = await lifecycle.open_visits(session)
    assert open_.state == "offered"
    assert datetime.now(UTC) - open_.offered_at < timedelta(minutes=1)


async def test_whoever_is_done_with_a_visit_cannot_take_it(database, make_visit, hire) -> None:
    anna, boris = await hire("Anna", 1001), await hire("Boris", 1002)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        await lifecycle.decline(session, visit.id, anna.id, EVERYBODY)
        await lifecycle.claim(session, visit.id, boris.id)
        await lifecycle.pass_on(session, visit.id, boris.id, EVERYBODY, then="waiting")

        assert not await lifecycle.claim(session, visit.id, anna.id)
        assert not await lifecycle.claim(session, visit.id, boris.id)


async def test_managers_are_asked_once_in_a_visits_life(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        vera = await staff.add(session, "Vera", "manager", telegram_id=1003)
        vera.chat_id = 1003
        await visits.record(session, visit, notify=True)

        assert await offering.escalate(session, visit.id, datetime.now(UTC))
        assert not await offering.escalate(session, visit.id, datetime.now(UTC))

        kinds = await session.execute(select(Delivery.staff_id, Delivery.kind).where(Delivery.kind == "escalation"))
        assert kinds.all() == [(vera.id, "escalation")]
