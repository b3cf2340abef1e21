"""The outbox: deliveries that are due, and what became of each: a card may repeat, never be lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ARRAY, BigInteger, Integer, all_, and_, bindparam, case, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, lazyload

from db import leases, sent_cards
from db.conditional import hold
from db.models import (
    Camera,
    Delivery,
    DeliveryKind,
    Notice,
    Outcome,
    OutcomeKind,
    Shop,
    Snapshot,
    Staff,
    Visit,
    VisitState,
)
from db.sent_cards import Sent
from db.types import UtcDateTime, spelt


@dataclass(frozen=True)
class Seen:
    """What a card says about a visit; `shown` is the order of its departments where that was drawn by lot."""

    id: str
    camera: str
    first_seen: datetime
    age_band: str | None
    gender: str
    attire_labels: tuple[str, ...]
    department: str
    department_p: float
    ranking: tuple[tuple[str, float], ...]
    shown: tuple[str, ...] | None


@dataclass(frozen=True)
class Due:
    """One card to be sent, or to be brought up to date.

    Attributes:
        id: of the delivery.
        staff_id, chat_id, language: whom to write to; the language is None for who has not chosen one.
        attempts: how often it was tried before.
        recorded_at: when the visit was committed, or later where this person was asked later: the card's age.
        kind: "offer", or "escalation" for a manager.
        visit: what the card says.
        pictured: whether the visit has a snapshot; not looked for where a card is edited.
        message_id: of the card that is to be edited, None while it is not sent.
        photo: whether that card has a picture.
        state: of the visit; `wanted` is the department that a served visitor wanted.
        taken_by, taken_by_name: who has taken the visit, or closed it; None while nobody has.
        passed_on: whether somebody had taken the visit before and passed it on.
        unmet_seconds: for how long nobody had taken the visit when managers were told; None while they are not.
        outcome: how the visit ended for this person, None while it has not.
        shop: the visit's.
        staff_shop_id: where this person works now.
    """

    id: int
    staff_id: int
    chat_id: int
    language: str | None
    attempts: int
    recorded_at: datetime
    kind: DeliveryKind
    visit: Seen
    pictured: bool
    message_id: int | None
    photo: bool
    state: VisitState
    wanted: str | None
    taken_by: int | None
    taken_by_name: str | None
    passed_on: bool
    unmet_seconds: float | None
    outcome: OutcomeKind | None
    shop: Shop
    staff_shop_id: int

    @property
    def elsewhere(self) -> bool:
        """Whether this person works in another shop by now."""
        return self.staff_shop_id != self.shop.id

    @property
    def declined(self) -> bool:
        """Whether this person said that the visit is not for them."""
        return self.outcome == "not_mine"


LONGEST_WAIT = timedelta(seconds=60)
"""Nothing is postponed for longer; what seems to be is due, because the clock was set back."""

SUMMARY = "summary"
"""The kind of the notice about cards that came too late, worded in `bot/notices/summary.py`. New cards overtake it."""

BESIDES = {
    "sqlite": Staff.chat_id.not_in(bindparam("besides", expanding=True)),
    "postgresql": Staff.chat_id != all_(bindparam("besides", type_=ARRAY(BigInteger))),
}
"""That a person's chat is none of these, by dialect: as one array, so that PostgreSQL plans one statement, and once."""

_taker = aliased(Staff)
_earlier, _earlier_visit = aliased(Delivery), aliased(Visit)

# Built once: _DUE and _EDITS_DUE are on the way of every card, and building them takes as long as running them. Visits
# are joined by when they were seen, too: then PostgreSQL looks in their month, and not in all there are.
_CARDS = (
    select(Delivery, Staff, Visit, Camera.name, _taker.name, Outcome.kind, Shop)
    .options(lazyload(Staff.shop))
    .join(Staff, and_(Staff.id == Delivery.staff_id, Staff.chat_id.is_not(None)))
    .join(Visit, and_(Visit.id == Delivery.visit_id, Visit.first_seen == Delivery.visit_seen))
    .join(Camera, Camera.id == Visit.camera_id)
    .join(Shop, Shop.id == Visit.shop_id)
    .outerjoin(_taker, _taker.id == Visit.claimed_by)
    .outerjoin(
        Outcome,
        and_(
            Outcome.visit_id == Delivery.visit_id,
            Outcome.staff_id == Delivery.staff_id,
            Outcome.visit_seen == Delivery.visit_seen,
        ),
    )
)
_NOW = (
    _CARDS.where(
        or_(
            Delivery.next_attempt_at.is_(None),
            Delivery.next_attempt_at <= bindparam("now", type_=UtcDateTime),
            Delivery.next_attempt_at > bindparam("longest", type_=UtcDateTime),
        ),
        leases.free(Delivery),
        Staff.unreachable_since.is_(None),
    )
    .order_by(Delivery.id)
    .limit(bindparam("limit", type_=Integer))
)
# By time and not by id: a card can be begun afresh, and the clock can be set back. Cards and notices of one person must
# have one order, or each might wait for the other. As the state of a visit is asked of an expression, PostgreSQL goes
# from the few cards that wait to their visits, and not through all that are open; as the next of each are materialised,
# it finds them once, and not for every card. Without both, a round with 1,000 cards waiting took 110 ms, with both 15.
_PLACES = (
    select(
        _earlier.id,
        _earlier.visit_seen,
        func.row_number()
        .over(
            partition_by=_earlier.staff_id,
            order_by=(func.coalesce(_earlier.asked_at, _earlier_visit.recorded_at), _earlier.id),
        )
        .label("place"),
    )
    .join(
        _earlier_visit,
        and_(_earlier_visit.id == _earlier.visit_id, _earlier_visit.first_seen == _earlier.visit_seen),
    )
    .where(_earlier.state == spelt("pending"), func.coalesce(_earlier_visit.state, spelt("")) == spelt("offered"))
    .subquery()
)
_NEXT_OF_EACH = (
    select(_PLACES.c.id, _PLACES.c.visit_seen)
    .where(_PLACES.c.place == 1)
    .cte("next_of_each")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
_OLDER_NOTICE = exists(
    select(Notice.id).where(
        Notice.staff_id == Delivery.staff_id,
        Notice.state == spelt("pending"),
        Notice.kind != spelt(SUMMARY),
        Notice.created_at < func.coalesce(Delivery.asked_at, Visit.recorded_at),
    )
)
_WITH_PICTURE = _NOW.add_columns(Snapshot.visit_id.is_not(None)).where(~_OLDER_NOTICE)
_ALL_DUE = {
    "sqlite": _WITH_PICTURE.outerjoin(Snapshot, Snapshot.visit_id == Visit.id).where(
        Delivery.state == spelt("pending"), Delivery.id.in_(select(_PLACES.c.id).where(_PLACES.c.place == 1))
    ),
    "postgresql": _WITH_PICTURE.join(
        _NEXT_OF_EACH,
        and_(_NEXT_OF_EACH.c.id == Delivery.id, _NEXT_OF_EACH.c.visit_seen == Delivery.visit_seen),
    ).outerjoin(Snapshot, Snapshot.visit_id == Visit.id),
}
_ALL_EDITS_DUE = (
    _NOW.where(Delivery.edit_due, Delivery.message_id.is_not(None))
    .order_by(None)
    .order_by(case((Visit.claimed_by == Delivery.staff_id, 0), else_=1), Delivery.id)
)
_PLAN_ONCE = text("SET LOCAL plan_cache_mode = force_generic_plan")
_DUE = {dialect: _ALL_DUE[dialect].where(free) for dialect, free in BESIDES.items()}
_EDITS_DUE = {dialect: _ALL_EDITS_DUE.where(free) for dialect, free in BESIDES.items()}


async def plan_once(session: AsyncSession) -> None:
    """Have PostgreSQL keep the first plan of each question of this transaction: to plan over all months takes 16 ms."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_PLAN_ONCE)


async def due(session: AsyncSession, now: datetime, limit: int, *, besides: Collection[int] = ()) -> list[Due]:
    """Each person's next card where it is to be sent now, at most `limit`; none to the chat ids `besides`.

    A postponed card holds up those behind it, and an older notice that waits holds up the card: they keep their order.
    """
    rows = await session.execute(_DUE[session.get_bind().dialect.name], _given(now, limit, besides))
    return [_card(*row) for row in rows]


async def edits_due(session: AsyncSession, now: datetime, limit: int, *, besides: Collection[int] = ()) -> list[Due]:
    """Sent cards to be brought up to date now, at most `limit`; none in the chat ids `besides`.

    Whoever has taken a visit comes first, before those who only learn that.
    """
    rows = await session.execute(_EDITS_DUE[session.get_bind().dialect.name], _given(now, limit, besides))
    return [_card(*row) for row in rows]


async def mark_sent(session: AsyncSession, delivery_id: int, *, message_id: int, photo: bool) -> None:
    """Note one card that was sent, as `sent_cards.note` does."""
    its = select(Delivery.staff_id, Delivery.visit_id, Delivery.visit_seen).where(Delivery.id == delivery_id)
    if row := (await session.execute(its)).first():
        await sent_cards.note(session, [Sent(delivery_id, *row, message_id, photo)])


async def mark_edited(session: AsyncSession, card: Due, *, error: str | None = None) -> None:
    """Note that a card says what it should, or, with an error, that it never will.

    If its visit went on while the edit was on its way, the card is due again.
    """
    await hold(session, [card.visit.id])
    as_shown = exists(
        select(Visit.id).where(
            Visit.id == card.visit.id,
            Visit.state == card.state,
            Visit.claimed_by.is_not_distinct_from(card.taken_by),
        )
    )
    ended = exists(select(Outcome.kind).where(Outcome.visit_id == card.visit.id, Outcome.staff_id == card.staff_id))
    await session.execute(
        update(Delivery)
        .where(Delivery.id == card.id)
        .values(
            edit_due=~and_(as_shown, ended if card.outcome else ~ended),
            next_attempt_at=None,
            leased_until=None,
            last_error=error,
        )
    )


async def mark_retry(session: AsyncSession, delivery_id: int, *, at: datetime, error: str) -> None:
    """Postpone a card's sending or editing after an error that may pass."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(attempts=Delivery.attempts + 1, next_attempt_at=at, leased_until=None, last_error=error)
    )


async def retry_now(session: AsyncSession) -> None:
    """Let everything that was postponed be due at once: what was in its way is over."""
    await session.execute(
        update(Delivery)
        .where(Delivery.next_attempt_at.is_not(None), or_(Delivery.state == "pending", Delivery.edit_due))
        .values(next_attempt_at=None)
    )


async def card(session: AsyncSession, visit_id: str, staff_id: int) -> Due | None:
    """The card that this person has of this visit, None if there is none."""
    query = _CARDS.where(Delivery.visit_id == visit_id, Delivery.staff_id == staff_id)
    row = (await session.execute(query, execution_options={"populate_existing": True})).first()
    return _card(*row) if row else None


def _given(now: datetime, limit: int, besides: Collection[int]) -> dict[str, Any]:
    return {"now": now, "longest": now + LONGEST_WAIT, "limit": limit, "besides": list(besides)}


def _card(
    delivery: Delivery,
    staff: Staff,
    visit: Visit,
    camera: str,
    taker: str | None,
    outcome: str | None,
    shop: Shop,
    pictured: bool = False,
) -> Due:
    assert staff.chat_id is not None  # the query asks for it
    return Due(
        id=delivery.id,
        staff_id=staff.id,
        chat_id=staff.chat_id,
        language=staff.language,
        attempts=delivery.attempts,
        recorded_at=delivery.asked_at or visit.recorded_at,
        kind=cast(DeliveryKind, delivery.kind),
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
            shown=None if visit.shown is None else tuple(visit.shown),
        ),
        pictured=pictured,
        message_id=delivery.message_id,
        photo=delivery.photo,
        state=cast(VisitState, visit.state),
        wanted=visit.wanted,
        taken_by=visit.claimed_by,
        taken_by_name=taker,
        passed_on=visit.first_claimed_at is not None and visit.claimed_by is None,
        unmet_seconds=(visit.escalated_at - visit.recorded_at).total_seconds() if visit.escalated_at else None,
        outcome=cast(OutcomeKind | None, outcome),
        shop=shop,
        staff_shop_id=staff.shop_id,
    )
