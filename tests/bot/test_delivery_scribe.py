"""The scribe: what is sent at the same moment is noted together, and a card that cannot be noted harms no other."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, select

from bot.delivery.scribe import Scribe
from db.models import Delivery
from db.sent_cards import Sent

CARDS = 30
TOO_LARGE = 2**70  # for any database's integers


@pytest.fixture
async def waiting(shop) -> list[Sent]:
    """Cards of one visit to many people, as they are once Telegram has taken them."""
    for n in range(CARDS):
        await shop.hire(f"Продавец {n}", 2000 + n)
    await shop.enters()
    async with shop.database.reading() as session:
        rows = list(await session.scalars(select(Delivery).order_by(Delivery.id)))
    return [Sent(row.id, row.staff_id, row.visit_id, row.visit_seen, 70 + n, False) for n, row in enumerate(rows)]


async def noted(shop) -> dict[int, tuple[str, int | None]]:
    async with shop.database.reading() as session:
        return {row.id: (row.state, row.message_id) for row in await session.scalars(select(Delivery))}


async def test_cards_that_are_sent_at_the_same_moment_are_noted_in_few_transactions(shop, waiting) -> None:
    commits: list[object] = []
    event.listen(shop.database._engine.sync_engine, "commit", commits.append)

    scribe = Scribe(shop.database)
    await asyncio.gather(*(scribe.write(card) for card in waiting))

    assert await noted(shop) == {card.delivery_id: ("sent", card.message_id) for card in waiting}
    assert 1 <= len(commits) <= 3


async def test_a_card_that_cannot_be_noted_is_told_of_and_the_others_are_noted(shop, waiting, caplog) -> None:
    first, second, *others = waiting
    bad = Sent(second.delivery_id, second.staff_id, second.visit_id, second.visit_seen, TOO_LARGE, False)

    scribe = Scribe(shop.database)
    ends = await asyncio.gather(*(scribe.write(card) for card in (first, bad, *others)), return_exceptions=True)

    assert [place for place, end in enumerate(ends) if end is not None] == [1]
    assert await noted(shop) == {
        card.delivery_id: ("pending", None) if card is second else ("sent", card.message_id) for card in waiting
    }
    assert f"{CARDS - 1} sent cards are noted one by one" in caplog.messages


async def test_whoever_gives_up_waiting_leaves_the_others_to_be_noted(shop, waiting) -> None:
    scribe = Scribe(shop.database)
    async with asyncio.timeout(30):
        writing = [asyncio.create_task(scribe.write(card)) for card in waiting]
        await asyncio.sleep(0)
        writing[0].cancel()  # the one that writes for itself
        writing[1].cancel()
        await asyncio.gather(*writing, return_exceptions=True)

    states = await noted(shop)
    assert [states[card.delivery_id] for card in waiting[2:]] == [("sent", card.message_id) for card in waiting[2:]]
