"""The outbox: deliveries that are due, and what became of each: a card may repeat, never be lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Integer, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Camera, Delivery, Outcome, Snapshot, Staff, Visit
from db.types import UtcDateTime


@dataclass(frozen=True)
class Seen:
    """What a card says about a visit."""

    id: str
    camera: str
    first_seen: datetime
    age_band: str | None
    gender: str
    attire_labels: tuple[str, ...]
    department: str
    department_p: float
    ranking: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Due:
    """One card to be sent, or to be brought up to date.

    Attributes:
        id: of the delivery.
        staff_id, chat_id, language: whom to write to; the language is None for who has not chosen one.
        attempts: how often it was tried before.
        recorded_at: when the visit was committed.
        visit: what the card says.
        jpeg: the snapshot, None where there is none; never read for an edit.
        message_id: of the card that is to be edited, None while it is not sent.
        photo: whether that card has a picture.
        taken_by, taken_by_name: who took the visit, None while nobody has.
        declined: whether this person said that the visit is not for them.
    """

    id: int
    staff_id: int
    chat_id: int
    language: str | None
    attempts: int
    recorded_at: datetime
    visit: Seen
    jpeg: bytes | None
    message_id: int | None
    photo: bool
    taken_by: int | None
    taken_by_name: str | None
    declined: bool


_taker = aliased(Staff)
_earlier, _earlier_visit = aliased(Delivery), aliased(Visit)

# Built once: _DUE and _EDITS_DUE are on the way of every card, and building them takes as long as running them.
_CARDS = (
    select(Delivery, Staff, Visit, Camera.name, _taker.name, Outcome.kind)
    .join(Staff, and_(Staff.id == Delivery.staff_id, Staff.chat_id.is_not(None)))
    .join(Visit, Visit.id == Delivery.visit_id)
    .join(Camera, Camera.id == Visit.camera_id)
    .outerjoin(_taker, _taker.id == Visit.claimed_by)
    .outerjoin(Outcome, and_(Outcome.visit_id == Visit.id, Outcome.staff_id == Staff.id))
)
_NOW = (
    _CARDS.where(
        or_(Delivery.next_attempt_at.is_(None), Delivery.next_attempt_at <= bindparam("now", type_=UtcDateTime)),
        Delivery.staff_id.not_in(bindparam("besides", expanding=True)),
    )
    .order_by(Delivery.id)
    .limit(bindparam("limit", type_=Integer))
)
_NEXT_OF_EACH = (
    select(func.min(_earlier.id))
    .join(_earlier_visit, _earlier_visit.id == _earlier.visit_id)
    .where(_earlier.state == "pending", _earlier_visit.state == "offered")
    .group_by(_earlier.staff_id)
)
_DUE = (
    _NOW.add_columns(Snapshot.jpeg)
    .outerjoin(Snapshot, Snapshot.visit_id == Visit.id)
    .where(Delivery.id.in_(_NEXT_OF_EACH))
)
_EDITS_DUE = _NOW.where(Delivery.edit_due, Delivery.message_id.is_not(None))


async def due(session: AsyncSession, now: datetime, limit: int, *, besides: Collection[int] = ()) -> list[Due]:
    """Each person's next card where it is to be sent now, at most `limit`; none to the staff ids `besides`.

    A postponed card holds up those behind it: they keep their order, and a chat that Telegram limits is left alone.
    """
    rows = await session.execute(_DUE, {"now": now, "limit": limit, "besides": list(besides)})
    return [_card(*row) for row in rows]


async def edits_due(session: AsyncSession, now: datetime, limit: int, *, besides: Collection[int] = ()) -> list[Due]:
    """Sent cards to be brought up to date now, at most `limit`; none of the staff ids `besides`."""
    rows = await session.execute(_EDITS_DUE, {"now": now, "limit": limit, "besides": list(besides)})
    return [_card(*row) for row in rows]


async def mark_sent(session: AsyncSession, delivery_id: int, *, message_id: int, photo: bool) -> None:
    """Note a card that was sent. If its visit was taken or closed while it was on its way, it is to be edited."""
    settled = or_(
        exists(select(Visit.id).where(Visit.id == Delivery.visit_id, Visit.state != "offered")),
        exists(
            select(Outcome.kind).where(Outcome.visit_id == Delivery.visit_id, Outcome.staff_id == Delivery.staff_id)
        ),
    )
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(
            state="sent",
            message_id=message_id,
            photo=photo,
            sent_at=func.coalesce(Delivery.sent_at, datetime.now(UTC)),
            edit_due=settled,
            attempts=0,
            next_attempt_at=None,
        )
    )


async def mark_edited(session: AsyncSession, delivery_id: int, *, error: str | None = None) -> None:
    """Note that a card says what it should, or, with an error, that it never will."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(edit_due=False, next_attempt_at=None, last_error=error)
    )


async def mark_retry(session: AsyncSession, delivery_id: int, *, at: datetime, error: str) -> None:
    """Postpone a card's sending or editing after an error that may pass."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(attempts=Delivery.attempts + 1, next_attempt_at=at, last_error=error)
    )


async def mark_failed(session: AsyncSession, delivery_id: int, *, error: str) -> None:
    """Give up a card that can never be sent; a visit that reached nobody so is missed."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(state="failed", attempts=Delivery.attempts + 1, last_error=error)
    )
    await _miss_untold(session, [delivery_id])


async def expire_older_than(session: AsyncSession, before: datetime) -> int:
    """Give up every pending card of visits recorded before an instant; how many."""
    old = list(
        await session.scalars(
            select(Delivery.id).join(Visit).where(Delivery.state == "pending", Visit.recorded_at < before)
        )
    )
    await session.execute(update(Delivery).where(Delivery.id.in_(old)).values(state="expired"))
    await _miss_untold(session, old)
    return len(old)


async def card(session: AsyncSession, visit_id: str, staff_id: int) -> Due | None:
    """The card that this person has of this visit, None if there is none."""
    query = _CARDS.where(Delivery.visit_id == visit_id, Delivery.staff_id == staff_id)
    row = (await session.execute(query)).first()
    return _card(*row) if row else None


async def _miss_untold(session: AsyncSession, delivery_ids: Sequence[int]) -> None:
    """Mark offered visits of these deliveries as missed where no card is sent or still to be sent."""
    hope = aliased(Delivery)
    await session.execute(
        update(Visit)
        .where(
            Visit.state == "offered",
            Visit.id.in_(select(Delivery.visit_id).where(Delivery.id.in_(delivery_ids))),
            ~exists(select(hope.id).where(hope.visit_id == Visit.id, hope.state.in_(["pending", "sent"]))),
        )
        .values(state="missed")
    )


def _card(
    delivery: Delivery,
    staff: Staff,
    visit: Visit,
    camera: str,
    taker: str | None,
    outcome: str | None,
    jpeg: bytes | None = None,
) -> Due:
    assert staff.chat_id is not None  # the query asks for it
    return Due(
        id=delivery.id,
        staff_id=staff.id,
        chat_id=staff.chat_id,
        language=staff.language,
        attempts=delivery.attempts,
        recorded_at=visit.recorded_at,
        visit=Seen(
            id=visit.id,
            camera=camera,
            first_seen=visit.first_seen,
            age_band=visit.age_band,
            gender=visit.gender,
            attire_labels=tuple(visit.attire_labels),
            department=visit.department,
            department_p=visit.department_p,
            ranking=tuple((str(key), float(p)) for key, p in visit.ranking),
        ),
        jpeg=jpeg,
        message_id=delivery.message_id,
        photo=delivery.photo,
        taken_by=visit.claimed_by,
        taken_by_name=taker,
        declined=outcome == "not_mine",
    )
