"""Cards that were sent, noted many at a time: where hundreds go out in a second, a commit for each costs too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ARRAY, BigInteger, Boolean, Integer, String, any_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import Delivery, Outcome, Visit
from db.types import UtcDateTime


@dataclass(frozen=True)
class Sent:
    """One card that was sent.

    Attributes:
        delivery_id, staff_id, visit_id: which card that is.
        visit_seen: its visit's `first_seen`, so that no other month is looked through.
        message_id: what Telegram calls the message.
        photo: whether it has a picture.
    """

    delivery_id: int
    staff_id: int
    visit_id: str
    visit_seen: datetime
    message_id: int
    photo: bool


_MONTHS = {"since": bindparam("since", type_=UtcDateTime), "until": bindparam("until", type_=UtcDateTime)}
# Held until the transaction ends, so that what is read of them stays true: nobody takes or closes them meanwhile.
_VISITS = (
    select(Visit.id, Visit.state)
    .where(Visit.first_seen.between(_MONTHS["since"], _MONTHS["until"]))
    .order_by(Visit.id)
    .with_for_update()
)
_ENDED = select(Outcome.visit_id, Outcome.staff_id).where(
    Outcome.visit_seen.between(_MONTHS["since"], _MONTHS["until"])
)
_READ = {
    "sqlite": (
        _VISITS.where(Visit.id.in_(bindparam("visits", expanding=True))),
        _ENDED.where(Outcome.visit_id.in_(bindparam("visits", expanding=True))),
    ),
    "postgresql": (
        _VISITS.where(Visit.id == any_(bindparam("visits", type_=ARRAY(String)))),
        _ENDED.where(Outcome.visit_id == any_(bindparam("visits", type_=ARRAY(String)))),
    ),
}
_CARDS = Base.metadata.tables[Delivery.__tablename__]
_NOTE = (
    update(_CARDS)
    .where(
        _CARDS.c.id == bindparam("its_id", type_=Integer),
        _CARDS.c.visit_seen == bindparam("its_visit_seen", type_=UtcDateTime),
    )
    .values(
        state="sent",
        message_id=bindparam("its_message", type_=BigInteger),
        photo=bindparam("its_photo", type_=Boolean),
        sent_at=func.coalesce(_CARDS.c.sent_at, bindparam("at", type_=UtcDateTime)),
        edit_due=bindparam("is_settled", type_=Boolean),
        attempts=0,
        next_attempt_at=None,
        leased_until=None,
    )
)


async def note(session: AsyncSession, cards: Sequence[Sent]) -> None:
    """Note cards that were sent; those whose visit was taken or closed while they were on their way are to be edited.

    What the session holds of them is not brought up to date.
    """
    seen = [card.visit_seen for card in cards]
    which = {"visits": [card.visit_id for card in cards], "since": min(seen), "until": max(seen)}
    of_visits, of_ended = _READ[session.get_bind().dialect.name]
    states = {visit.id: visit.state for visit in await session.execute(of_visits, which)}
    ended = {(outcome.visit_id, outcome.staff_id) for outcome in await session.execute(of_ended, which)}
    now, connection = datetime.now(UTC), await session.connection()
    await connection.execute(
        _NOTE,
        [
            {
                "its_id": card.delivery_id,
                "its_visit_seen": card.visit_seen,
                "its_message": card.message_id,
                "its_photo": card.photo,
                "is_settled": states.get(card.visit_id) != "offered" or (card.visit_id, card.staff_id) in ended,
                "at": now,
            }
            for card in cards
        ],
    )
