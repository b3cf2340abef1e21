"""Cards that are not sent: refused for good, too old, or for somebody who cannot be reached; and what follows.

Nobody is left without news: a visit that nobody was told of is missed or offered to the next in turn, and whoever
could not be told in time gets one summary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import notices
from db.conditional import hold
from db.models import Delivery, Notice, Staff, Visit
from db.outbox import SUMMARY
from db.types import spelt

_GATHER = timedelta(seconds=2)  # visits end one by one, and are to be told of together


async def fail(session: AsyncSession, delivery_id: int, *, error: str) -> None:
    """Give up a card that can never be sent; a visit that reached nobody so is missed."""
    await hold(session, select(Delivery.visit_id).where(Delivery.id == delivery_id))
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(state="failed", leased_until=None, attempts=Delivery.attempts + 1, last_error=error)
    )
    await _miss_untold(session, [delivery_id])


async def unreachable(session: AsyncSession, staff_id: int, *, error: str) -> None:
    """Note that a person cannot be written to, until they write themselves: their cards fail, their turn is free.

    Notices are kept for them.
    """
    theirs = (Delivery.staff_id == staff_id, Delivery.state == "pending")
    await hold(session, select(Delivery.visit_id).where(*theirs))
    await session.execute(
        update(Staff)
        .where(Staff.id == staff_id, Staff.unreachable_since.is_(None))
        .values(unreachable_since=datetime.now(UTC))
    )
    waiting = list(await session.scalars(select(Delivery.id).where(*theirs)))
    await session.execute(update(Delivery).where(Delivery.id.in_(waiting)).values(state="failed", last_error=error))
    await _miss_untold(session, waiting)


async def expire_older_than(session: AsyncSession, before: datetime) -> int:
    """Give up every pending card that is older than an instant, and tell each person of theirs in one summary.

    Returns:
        How many cards there were.
    """
    old = func.coalesce(Delivery.asked_at, Visit.recorded_at) < before
    await hold(session, select(Delivery.visit_id).join(Visit).where(Delivery.state == "pending", old))
    expired = await _expire(session, old)
    await _miss_untold(session, expired)
    return len(expired)


async def expire_cards(session: AsyncSession, visit_id: str) -> None:
    """Give up the pending cards of a visit that is over, and let summaries tell of it."""
    await _expire(session, Delivery.visit_id == visit_id)


async def _expire(session: AsyncSession, which: ColumnElement[bool]) -> list[int]:
    """Give up these pending cards and write their summaries; the ids of the deliveries."""
    old = (
        await session.execute(
            select(Delivery.id, Delivery.staff_id, Visit.first_seen)
            .join(Visit)
            .where(Delivery.state == spelt("pending"), which)
            .order_by(Delivery.id)
            .with_for_update(of=Delivery, skip_locked=True)  # another notifier is at the others
        )
    ).all()
    late: dict[int, _Late] = {}
    for _, staff_id, seen in old:
        late[staff_id] = _Late(1, seen, seen).and_also(late.get(staff_id))
    for staff_id, theirs in late.items():
        await _summarise(session, staff_id, theirs)
    ids = [delivery_id for delivery_id, *_ in old]
    await session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(state="expired"))
    return ids


@dataclass(frozen=True)
class _Late:
    """How many visitors one person was told of too late, and when the first and the last of them came."""

    visitors: int
    first: datetime
    last: datetime

    def and_also(self, other: _Late | None) -> _Late:
        if other is None:
            return self
        return _Late(self.visitors + other.visitors, min(self.first, other.first), max(self.last, other.last))


async def _summarise(session: AsyncSession, staff_id: int, late: _Late) -> None:
    """Write down one summary, or make the one that still waits to be sent say more."""
    waiting = (
        await session.scalars(
            select(Notice)
            .where(Notice.staff_id == staff_id, Notice.kind == SUMMARY, Notice.state == "pending")
            .with_for_update()
        )
    ).first()
    if waiting is not None:
        said = waiting.payload
        late = late.and_also(
            _Late(said["visitors"], datetime.fromisoformat(said["first"]), datetime.fromisoformat(said["last"]))
        )
    else:
        waiting = await session.get_one(Notice, await notices.tell(session, staff_id, SUMMARY, {}))
        waiting.next_attempt_at = waiting.created_at + _GATHER
    waiting.payload = {"visitors": late.visitors, "first": late.first.isoformat(), "last": late.last.isoformat()}
    await session.flush()


async def _miss_untold(session: AsyncSession, delivery_ids: Sequence[int]) -> None:
    """Mark offered visits of these deliveries as missed where no card is sent or still to be sent.

    Where people are asked in turn, it is the next one's turn now instead.
    """
    now = datetime.now(UTC)
    hope = aliased(Delivery)
    theirs = update(Visit).where(
        Visit.state == "offered", Visit.id.in_(select(Delivery.visit_id).where(Delivery.id.in_(delivery_ids)))
    )
    await session.execute(theirs.where(Visit.next_offer_at > now).values(next_offer_at=now))
    await session.execute(
        theirs.where(
            Visit.next_offer_at.is_(None),
            ~exists(select(hope.id).where(hope.visit_id == Visit.id, hope.state.in_(["pending", "sent"]))),
        ).values(state="missed", closed_at=now)
    )
