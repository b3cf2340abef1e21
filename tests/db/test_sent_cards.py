"""Sent cards that are noted together: each as if it had been noted alone, whatever became of its visit meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from db import lifecycle, outbox, sent_cards, visits
from db.models import Delivery
from db.offering import EVERYBODY
from db.sent_cards import Sent


async def rows(database) -> list[Delivery]:
    async with database.reading() as session:
        return list(await session.scalars(select(Delivery).order_by(Delivery.id)))


def sent(row: Delivery, message_id: int, photo: bool = False) -> Sent:
    return Sent(row.id, row.staff_id, row.visit_id, row.visit_seen, message_id, photo)


async def test_cards_of_several_months_are_noted_together(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    now = datetime.now(UTC)
    async with database.session() as session:
        for days in (0, 40, 400):
            seen = make_visit(first_seen=now - timedelta(days=days), origin="replay")
            await visits.record(session, seen, notify=True)
    cards = await rows(database)
    async with database.session() as session:
        await outbox.mark_retry(session, cards[0].id, at=now, error="Timed out")
        await sent_cards.note(session, [sent(card, 70 + n, photo=n == 1) for n, card in enumerate(cards)])

    noted = await rows(database)
    assert [(card.state, card.message_id, card.photo) for card in noted] == [
        ("sent", 70, False),
        ("sent", 71, True),
        ("sent", 72, False),
    ]
    assert all(card.sent_at and not card.edit_due and not card.attempts for card in noted)
    assert [card.next_attempt_at for card in noted] == [None] * 3


async def test_only_cards_whose_visit_went_on_meanwhile_are_to_be_edited(database, make_visit, hire) -> None:
    anna, boris = await hire("Anna", 1001), await hire("Boris", 1002)
    taken, declined, open_ = [make_visit() for _ in range(3)]
    async with database.session() as session:
        for visit in (taken, declined, open_):
            await visits.record(session, visit, notify=True)
    cards = await rows(database)
    async with database.session() as session:
        assert await lifecycle.claim(session, taken.id, anna.id)
        assert await lifecycle.decline(session, declined.id, boris.id, EVERYBODY)

    async with database.session() as session:
        await sent_cards.note(session, [sent(card, card.id) for card in cards])

    to_edit = {(card.visit_id, card.staff_id) for card in await rows(database) if card.edit_due}
    assert to_edit == {(taken.id, anna.id), (taken.id, boris.id), (declined.id, boris.id)}


async def test_a_card_that_was_sent_twice_was_sent_when_it_was_first(database, make_visit, hire) -> None:
    await hire("Anna", 1001)
    async with database.session() as session:
        await visits.record(session, make_visit(), notify=True)
    (card,) = await rows(database)
    for message_id in (7, 8):
        async with database.session() as session:
            await sent_cards.note(session, [sent(card, message_id)])
        if message_id == 7:
            ((first),) = await rows(database)

    (again,) = await rows(database)
    assert (again.message_id, again.sent_at) == (8, first.sent_at)
