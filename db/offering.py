"""Whom a visit is told to: everybody who is free, the next in turn, or the managers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.availability import available
from db.base import Base
from db.conditional import moved
from db.giving_up import expire_cards
from db.models import MANAGERS, Camera, Delivery, DeliveryKind, Outcome, Staff, Visit
from db.types import spelt


@dataclass(frozen=True)
class Offer:
    """How visits are told to assistants.

    Attributes:
        mode: to "all" at once, or in "turn": one after the other, longest waiting first.
        turn_seconds: with "turn", the next is asked after this (s).
        by_lot: share of cards whose departments stand in an order drawn by lot.
    """

    mode: Literal["all", "turn"] = "all"
    turn_seconds: float = 20.0
    by_lot: float = 0.0


EVERYBODY = Offer()
"""All at once."""

_CARD = insert(Base.metadata.tables[Delivery.__tablename__])


async def first_asked(
    session: AsyncSession, *, shop_id: int, camera: str, department: str, offer: Offer, now: datetime
) -> list[int]:
    """The staff ids of those who are asked about a visit that is being recorded; nobody where nobody is free."""
    people = await available(session, shop_id=shop_id, camera=camera, department=department, now=now)
    return [person.id for person in (people[:1] if offer.mode == "turn" else people)]


async def offer_first(session: AsyncSession, visit_id: str, visit_seen: datetime, staff_ids: Sequence[int]) -> None:
    """Ask these people about a visit that has just been recorded."""
    its = {"visit_id": visit_id, "visit_seen": visit_seen}
    connection = await session.connection()
    await connection.execute(_CARD, [{**its, "staff_id": staff_id} for staff_id in staff_ids])


async def offer_again(session: AsyncSession, visit_id: str, offer: Offer, now: datetime) -> None:
    """Ask about a visit that was passed on: all who are free and not done with it, or managers where nobody is.

    Cards that are out already get their buttons back.
    """
    await refresh_cards(session, visit_id)
    if offer.mode == "turn":
        await offer_next(session, visit_id, offer, now)
        return
    people = await _free(session, visit_id, now, besides=await _done(session, visit_id))
    await _ask(session, visit_id, people, "offer", now)
    if not people:
        await escalate(session, visit_id, now)


async def offer_next(session: AsyncSession, visit_id: str, offer: Offer, now: datetime) -> bool:
    """Ask the next in turn about an offered visit; earlier cards stay open.

    Where nobody is left, neither now nor from before, the managers are asked, or, if nobody ever was reached,
    the visit is missed.

    Returns:
        False if the visit is not offered.
    """
    until = now + timedelta(seconds=offer.turn_seconds)
    if not await moved(session, update(Visit).where(*_offered(visit_id)).values(next_offer_at=until)):
        return False
    done = await _done(session, visit_id)
    asked = await session.scalars(
        select(Delivery.staff_id).where(Delivery.visit_id == visit_id, Delivery.state.in_(["pending", "sent"]))
    )
    people = await _free(session, visit_id, now, besides={*done, *asked})
    await _ask(session, visit_id, people[:1], "offer", now)
    if not people and not await anybody_left(session, visit_id):
        if done:
            await escalate(session, visit_id, now)
        else:
            await miss(session, visit_id, now)
    return True


async def escalate(session: AsyncSession, visit_id: str, now: datetime) -> bool:
    """Ask every manager of its shop who can be reached about an offered visit, once in its life.

    Returns:
        Whether that was now.
    """
    untold = update(Visit).where(*_offered(visit_id), Visit.escalated_at.is_(None))
    if not await moved(session, untold.values(escalated_at=now)):
        return False
    managers = await session.scalars(
        select(Staff.id)
        .where(
            Staff.shop_id == select(Visit.shop_id).where(Visit.id == visit_id).scalar_subquery(),
            Staff.role.in_(MANAGERS),
            Staff.chat_id.is_not(None),
            Staff.unreachable_since.is_(None),
            Staff.id.not_in(await _done(session, visit_id)),
        )
        .order_by(Staff.id)
    )
    await _ask(session, visit_id, list(managers), "escalation", now)
    return True


async def miss(session: AsyncSession, visit_id: str, now: datetime) -> bool:
    """Close an offered visit that nobody took; whether it was open."""
    closed = {"state": "missed", "closed_at": now, "next_offer_at": None}
    if not await moved(session, update(Visit).where(*_offered(visit_id)).values(closed)):
        return False
    await expire_cards(session, visit_id)
    await refresh_cards(session, visit_id)
    return True


async def anybody_left(session: AsyncSession, visit_id: str) -> bool:
    """Whether somebody has or gets a card of this visit and is not done with it."""
    open_card = select(Delivery.id).where(
        Delivery.visit_id == visit_id,
        Delivery.state.in_(["pending", "sent"]),
        Delivery.staff_id.not_in(_done_with(visit_id)),
    )
    return bool(await session.scalar(select(exists(open_card))))


async def refresh_cards(session: AsyncSession, visit_id: str, own: int | None = None) -> None:
    """Have the sent cards of a visit edited: those of whoever is not done with it, and that of the person `own`."""
    done = _done_with(visit_id)
    if own is not None:
        done = done.where(Outcome.staff_id != own)
    await session.execute(
        update(Delivery)
        .where(Delivery.visit_id == visit_id, Delivery.state == "sent", Delivery.staff_id.not_in(done))
        .values(edit_due=True, next_attempt_at=None)
    )


async def withdraw_cards(session: AsyncSession, visit_id: str) -> None:
    """Let cards of a visit that are not sent yet stay so."""
    await session.execute(
        update(Delivery)
        .where(Delivery.visit_id == visit_id, Delivery.state == spelt("pending"))
        .values(state="expired")
    )


async def _free(session: AsyncSession, visit_id: str, now: datetime, *, besides: Collection[int]) -> list[int]:
    """The staff ids of assistants of its shop who may be told of a visit, longest waiting first."""
    seen = select(Visit.shop_id, Camera.name, Visit.department).join(Camera).where(Visit.id == visit_id)
    shop_id, camera, department = (await session.execute(seen)).one()
    people = await available(session, shop_id=shop_id, camera=camera, department=department, now=now, besides=besides)
    return [person.id for person in people]


async def _ask(
    session: AsyncSession, visit_id: str, people: Collection[int], kind: DeliveryKind, now: datetime
) -> None:
    """One pending delivery for each of these people; a card that was given up before is begun afresh."""
    theirs = (Delivery.visit_id == visit_id, Delivery.staff_id.in_(people))
    known = set(await session.scalars(select(Delivery.staff_id).where(*theirs)))
    await session.execute(
        update(Delivery)
        .where(*theirs, Delivery.state.in_(["expired", "failed"]))
        .values(kind=kind, state="pending", attempts=0, next_attempt_at=None, asked_at=now)
    )
    new = [id for id in people if id not in known]
    if new:
        seen = await session.scalar(select(Visit.first_seen).where(Visit.id == visit_id))
        its = {"visit_id": visit_id, "visit_seen": seen, "kind": kind, "asked_at": now}
        await session.execute(insert(Delivery), [{**its, "staff_id": id} for id in new])


async def _done(session: AsyncSession, visit_id: str) -> set[int]:
    return set(await session.scalars(_done_with(visit_id)))


def _done_with(visit_id: str) -> Select[int]:
    """The staff ids of those for whom this visit has ended."""
    return select(Outcome.staff_id).where(Outcome.visit_id == visit_id)


def _offered(visit_id: str) -> tuple[Any, ...]:
    return Visit.id == visit_id, Visit.state == "offered"
