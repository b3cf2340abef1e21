"""The outbox: what is due, in which order, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from db import giving_up, lifecycle, outbox, visits
from db.models import Delivery, Visit
from db.offering import EVERYBODY


async def offer(database, visit):
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
    return visit


async def due(database, now=None, limit=100, besides=()):
    async with database.reading() as session:
        return await outbox.due(session, now or datetime.now(UTC), limit, besides=besides)


async def test_a_due_card_holds_all_that_its_message_needs(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = await offer(database, make_visit())

    (card,) = await due(database)

    assert (card.staff_id, card.chat_id, card.language, card.attempts) == (anna.id, 1001, None, 0)
    assert (card.visit.id, card.visit.camera, card.visit.department) == (visit.id, "Entrance", "cosmetics")
    assert card.visit.ranking == (("cosmetics", 0.4), ("kids", 0.2))
    assert (card.pictured, card.message_id) == (True, None)
    assert (card.taken_by, card.taken_by_name, card.declined) == (None, None, False)


async def test_everybody_has_one_next_card_at_most_so_many_and_not_for_busy_chats(database, make_visit, hire) -> None:
    anna, boris = await hire("Anna", 1001), await hire("Boris", 1002)
    first, _ = await offer(database, make_visit(snapshot=None)), await offer(database, make_visit())

    cards = await due(database)
    assert [(card.visit.id, card.staff_id) for card in cards] == [(first.id, anna.id), (first.id, boris.id)]
    assert not cards[0].pictured
    assert [card.staff_id for card in await due(database, limit=1)] == [anna.id]
    assert [card.staff_id for card in await due(database, besides=[anna.chat_id])] == [boris.id]


async def test_a_postponed_card_holds_up_those_behind_it(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    first, second = await offer(database, make_visit()), await offer(database, make_visit())
    (card,) = await due(database)
    later = datetime.now(UTC) + timedelta(seconds=30)
    async with database.session() as session:
        await outbox.mark_retry(session, card.id, at=later, error="Flood control")

    assert await due(database) == []
    (card,) = await due(database, later)
    assert card.visit.id == first.id
    async with database.session() as session:
        await outbox.mark_sent(session, card.id, message_id=1, photo=False)
    assert [card.visit.id for card in await due(database)] == [second.id]


async def test_a_postponed_card_is_due_when_its_time_has_come(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    await offer(database, make_visit())
    (card,) = await due(database)
    later = datetime.now(UTC) + timedelta(seconds=30)
    async with database.session() as session:
        await outbox.mark_retry(session, card.id, at=later, error="Timed out")

    assert await due(database, later - timedelta(seconds=1)) == []
    (again,) = await due(database, later)
    assert again.attempts == 1


async def test_a_sent_card_is_not_due_again(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    await offer(database, make_visit())
    (card,) = await due(database)
    async with database.session() as session:
        await outbox.mark_sent(session, card.id, message_id=77, photo=True)

    assert await due(database) == []


async def test_the_cards_of_a_taken_visit_are_due_to_be_edited_once(database, make_visit, hire) -> None:
    anna, boris = await hire("Anna", 1001), await hire("Boris", 1002)
    visit = await offer(database, make_visit())
    async with database.session() as session:
        for card in await outbox.due(session, datetime.now(UTC), 10):
            await outbox.mark_sent(session, card.id, message_id=70 + card.id, photo=True)
        await lifecycle.claim(session, visit.id, anna.id)

    async with database.session() as session:
        edits = await outbox.edits_due(session, datetime.now(UTC), 10)
        assert [(e.staff_id, e.taken_by, e.taken_by_name, e.photo) for e in edits] == [
            (anna.id, anna.id, "Anna", True),
            (boris.id, anna.id, "Anna", True),
        ]
        for edit in edits:
            assert edit.message_id == 70 + edit.id
            await outbox.mark_edited(session, edit)
        assert await outbox.edits_due(session, datetime.now(UTC), 10) == []


async def test_a_card_that_was_closed_while_on_its_way_is_edited_when_it_is_sent(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = await offer(database, make_visit())
    (card,) = await due(database)
    async with database.session() as session:
        await lifecycle.decline(session, visit.id, anna.id, EVERYBODY)
        assert await outbox.edits_due(session, datetime.now(UTC), 10) == []  # no message to edit yet
        await outbox.mark_sent(session, card.id, message_id=7, photo=False)
        (edit,) = await outbox.edits_due(session, datetime.now(UTC), 10)
    assert (edit.message_id, edit.declined, edit.taken_by) == (7, True, None)


async def test_a_visit_whose_every_card_failed_is_missed(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    await hire("Boris", 1002)
    visit = await offer(database, make_visit())
    states = []
    for card in await due(database):
        async with database.session() as session:
            await giving_up.fail(session, card.id, error="Forbidden")
        async with database.reading() as session:
            states.append((await session.get_one(Visit, visit.id)).state)

    assert states == ["offered", "missed"]
    assert await due(database) == []


async def test_only_cards_older_than_the_limit_expire(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    old, fresh = await offer(database, make_visit()), await offer(database, make_visit())
    async with database.session() as session:
        (await session.get_one(Visit, old.id)).recorded_at = datetime.now(UTC) - timedelta(hours=1)

    async with database.session() as session:
        assert await giving_up.expire_older_than(session, datetime.now(UTC) - timedelta(minutes=5)) == 1

    assert [card.visit.id for card in await due(database)] == [fresh.id]
    async with database.reading() as session:
        assert (await session.get_one(Visit, old.id)).state == "missed"
        assert (await session.get_one(Delivery, 1)).state == "expired"
