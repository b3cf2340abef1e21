"""What has had its time is deleted, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from db import notices, outbox, retention, visits
from db.models import Applicant, Delivery, Invite, Notice, Outcome, Snapshot, Visit

NOW = datetime.now(UTC)
SOON = NOW + timedelta(days=1)  # the whole suite may run between this line and a test


async def count(database, table) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table))


async def sent_card(database, visit, *, photo=True, state="served", **changes) -> None:
    """A card of this visit, sent, whose visit is in this state."""
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        (delivery,) = await session.scalars(select(Delivery).where(Delivery.visit_id == visit.id))
        await outbox.mark_sent(session, delivery.id, message_id=7, photo=photo)
        await session.refresh(delivery)
        for name, value in changes.items():
            setattr(delivery, name, value)
        (await session.get_one(Visit, visit.id)).state = state


async def pictures(database, before=SOON):
    async with database.reading() as session:
        return await retention.sent_pictures(session, before, 10)


async def test_an_old_visit_goes_with_all_that_is_its(database, hire, make_visit) -> None:
    anna = await hire("Anna", 1001)
    old, young = make_visit(), make_visit()
    async with database.session() as session:
        for visit, days in ((old, 366), (young, 364)):
            await visits.record(session, visit, notify=True)
            (await session.get_one(Visit, visit.id)).recorded_at = NOW - timedelta(days=days)
            session.add(
                Outcome(visit_id=visit.id, visit_seen=visit.first_seen, staff_id=anna.id, kind="served", at=NOW)
            )
    assert [await count(database, table) for table in (Visit, Snapshot, Delivery, Outcome)] == [2, 2, 2, 2]

    async with database.session() as session:
        assert await retention.purge_visits(session, NOW - timedelta(days=365), 10) == 1
    assert [await count(database, table) for table in (Visit, Snapshot, Delivery, Outcome)] == [1, 1, 1, 1]
    async with database.reading() as session:
        assert await session.get(Visit, young.id) is not None


async def test_visits_are_deleted_a_few_at_a_time(database, make_visit) -> None:
    async with database.session() as session:
        for _ in range(3):
            await visits.record(session, make_visit(), notify=False)
    async with database.session() as session:
        assert await retention.purge_visits(session, SOON, 2) == 2
        assert await retention.purge_visits(session, SOON, 2) == 1


async def test_old_notices_go_whether_they_were_sent_or_not(database, hire) -> None:
    anna = await hire("Anna", 1001)
    async with database.session() as session:
        for days in (31, 31, 29):
            notice = await session.get_one(Notice, await notices.tell(session, anna.id, "test", {}))
            notice.created_at = NOW - timedelta(days=days)
        notice.state = "sent"
    async with database.session() as session:
        assert await retention.purge_notices(session, NOW - timedelta(days=30)) == 2
    assert await count(database, Notice) == 1


async def test_decided_requests_are_forgotten_and_open_ones_are_not(database) -> None:
    async with database.session() as session:
        for number, (state, days) in enumerate([("refused", 91), ("approved", 91), ("asked", 91), ("refused", 89)]):
            asked_at = NOW - timedelta(days=days)
            session.add(
                Applicant(shop_id=1, telegram_id=number, chat_id=number, name="X", state=state, asked_at=asked_at)
            )
    async with database.session() as session:
        assert await retention.purge_applicants(session, NOW - timedelta(days=90)) == 2
        assert set(await session.scalars(select(Applicant.telegram_id))) == {2, 3}


async def test_invitations_go_a_while_after_they_ended(database) -> None:
    async with database.session() as session:
        for days in (31, 29):
            ended = NOW - timedelta(days=days)
            invite = {"token_sha256": str(days), "role": "assistant", "name": "X", "created_at": ended}
            session.add(Invite(shop_id=1, expires_at=ended, **invite))
    async with database.session() as session:
        assert await retention.purge_invites(session, NOW - timedelta(days=30)) == 1
    assert await count(database, Invite) == 1


async def test_a_closed_visits_picture_is_to_leave_its_card_once(database, hire, make_visit) -> None:
    await hire("Anna", 1001)
    await sent_card(database, make_visit())
    assert await pictures(database, NOW - timedelta(hours=1)) == []
    (picture,) = await pictures(database)
    async with database.session() as session:
        await retention.picture_removed(session, picture)
    assert await pictures(database) == []


@pytest.mark.parametrize(
    "card", [{"photo": False}, {"state": "claimed"}, {"state": "offered"}, {"edit_due": True}, {"message_id": None}]
)
async def test_a_card_without_a_picture_or_still_in_use_is_left_alone(database, hire, make_visit, card) -> None:
    await hire("Anna", 1001)
    await sent_card(database, make_visit(), **card)
    assert await pictures(database) == []
