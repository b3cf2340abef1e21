"""The life of a visit after it was offered: offered, claimed, served or left or unknown; or missed.

Each step is one UPDATE that names the state it starts from, so that of two at once one wins, in whatever order they
come. Besides the way forward there is one way back: who has claimed a visit may pass it on, and it is offered again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import notices
from db.conditional import moved
from db.models import Camera, Delivery, Outcome, OutcomeKind, Staff, Status, Visit
from db.offering import (
    Offer,
    anybody_left,
    escalate,
    offer_again,
    offer_next,
    refresh_cards,
    withdraw_cards,
)
from db.types import spelt


@dataclass(frozen=True)
class OpenVisit:
    """A visit that time can move on.

    Attributes:
        id: of the visit.
        state: "offered" or "claimed".
        offered_at: when it was recorded, or passed on last.
        last_seen: when its visitor was seen last.
        next_offer_at: when the next in turn is to be asked; None where all are asked at once.
        escalated, reminded: whether the managers, or the person who took it, have been told.
        claimed_at: when it was taken, None while it is not.
    """

    id: str
    state: str
    offered_at: datetime
    last_seen: datetime
    next_offer_at: datetime | None
    escalated: bool
    reminded: bool
    claimed_at: datetime | None


async def claim(session: AsyncSession, visit_id: str, staff_id: int) -> bool:
    """Give an offered visit to one person of its shop who has a card of it and is not done with it, the first one.

    The winner becomes busy if an assistant, every card that was sent is to be changed, and those not sent no longer
    go out.

    Returns:
        Whether this person got it.
    """
    now = datetime.now(UTC)
    won = await moved(
        session,
        update(Visit)
        .where(
            Visit.id == visit_id,
            Visit.state == "offered",
            exists(select(Staff.id).where(Staff.id == staff_id, Staff.shop_id == Visit.shop_id)),
            exists(select(Delivery.id).where(Delivery.visit_id == visit_id, Delivery.staff_id == staff_id)),
            ~exists(select(Outcome.kind).where(Outcome.visit_id == visit_id, Outcome.staff_id == staff_id)),
        )
        .values(
            state="claimed",
            claimed_by=staff_id,
            claimed_at=now,
            first_claimed_at=func.coalesce(Visit.first_claimed_at, now),
            next_offer_at=None,
            reminded_at=None,
        ),
    )
    if not won:
        return False
    await refresh_cards(session, visit_id)
    await withdraw_cards(session, visit_id)
    await session.execute(
        update(Staff).where(Staff.id == staff_id, Staff.role == "assistant").values(status="busy", waiting_since=None)
    )
    return True


async def decline(session: AsyncSession, visit_id: str, staff_id: int, offer: Offer) -> bool:
    """Note that an offered visit is not for this person, whose card is to be closed; the others keep theirs.

    If it was this person's turn, the next is asked at once; where nobody is left, the managers are.

    Returns:
        False if the visit is not offered, or this person is done with it already.
    """
    now = datetime.now(UTC)
    visit = (
        await session.execute(select(Visit.state, Visit.next_offer_at).where(Visit.id == visit_id).with_for_update())
    ).first()
    if visit is None or visit.state != "offered" or await session.get(Outcome, (visit_id, staff_id)):
        return False
    await _note(session, visit_id, staff_id, "not_mine", now)
    await refresh_cards(session, visit_id, own=staff_id)
    if visit.next_offer_at is None:
        if not await anybody_left(session, visit_id):
            await escalate(session, visit_id, now)
    elif await _asked_last(session, visit_id) == staff_id:
        await offer_next(session, visit_id, offer, now)
    return True


async def serve(session: AsyncSession, visit_id: str, staff_id: int, wanted: str, *, then: Status) -> bool:
    """Close a claimed visit as served: which department (key) it was really for, and what the assistant is then.

    Returns:
        False if it is not this person who has it, or not any more.
    """
    return await _close(session, visit_id, staff_id, "served", then, wanted)


async def leave(session: AsyncSession, visit_id: str, staff_id: int, *, then: Status) -> bool:
    """Close a claimed visit whose visitor left without being served.

    Returns:
        False if it is not this person who has it, or not any more.
    """
    return await _close(session, visit_id, staff_id, "left", then)


async def pass_on(session: AsyncSession, visit_id: str, staff_id: int, offer: Offer, *, then: Status) -> bool:
    """Give a claimed visit back: it is offered to whoever else is free, to the managers where nobody is.

    Returns:
        False if it is not this person who has it, or not any more.
    """
    now = datetime.now(UTC)
    given = update(Visit).where(Visit.id == visit_id, Visit.state == "claimed", Visit.claimed_by == staff_id)
    if not await moved(session, given.values(state="offered", claimed_by=None, claimed_at=None)):
        return False
    await _note(session, visit_id, staff_id, "passed_on", now)
    await _free(session, staff_id, then, now)
    await refresh_cards(session, visit_id, own=staff_id)
    await offer_again(session, visit_id, offer, now)
    return True


async def remind(session: AsyncSession, visit_id: str, now: datetime) -> bool:
    """Write down one notice to the person who took a visit and has not closed it; whether that was now."""
    moved = await session.execute(
        update(Visit)
        .where(Visit.id == visit_id, Visit.state == "claimed", Visit.reminded_at.is_(None))
        .values(reminded_at=now)
        .returning(Visit.claimed_by, Visit.first_seen, Visit.camera_id)
    )
    if (visit := moved.first()) is None:
        return False
    if visit.claimed_by is not None:
        camera = await session.scalar(select(Camera.name).where(Camera.id == visit.camera_id))
        payload = {"camera": camera, "first_seen": visit.first_seen.isoformat()}
        await notices.tell(session, visit.claimed_by, "reminder", payload)
    return True


async def give_up(session: AsyncSession, visit_id: str, now: datetime, *, then: Status) -> bool:
    """Close a claimed visit of which nobody said how it ended, as unknown; whether it was claimed."""
    moved = await session.execute(
        update(Visit)
        .where(Visit.id == visit_id, Visit.state == "claimed")
        .values(state="unknown", closed_at=now)
        .returning(Visit.claimed_by)
    )
    if (visit := moved.first()) is None:
        return False
    if visit.claimed_by is not None:  # else they are no longer on the staff list
        await _note(session, visit_id, visit.claimed_by, "unknown", now)
        await _free(session, visit.claimed_by, then, now)
    await refresh_cards(session, visit_id, own=visit.claimed_by)
    return True


async def open_visits(session: AsyncSession) -> list[OpenVisit]:
    """Every visit that is offered or claimed, oldest first."""
    its_own = (Outcome.visit_id == Visit.id, Outcome.visit_seen == Visit.first_seen)  # or all months would be asked
    passed_on = select(func.max(Outcome.at)).where(*its_own, Outcome.kind == "passed_on").scalar_subquery()
    rows = await session.execute(
        select(
            Visit.id,
            Visit.state,
            func.coalesce(passed_on, Visit.recorded_at, type_=Visit.recorded_at.type),
            func.coalesce(Visit.gone_at, Visit.last_seen),
            Visit.next_offer_at,
            Visit.escalated_at.is_not(None),
            Visit.reminded_at.is_not(None),
            Visit.claimed_at,
        )
        .where(or_(Visit.state == spelt("offered"), Visit.state == spelt("claimed")))
        .order_by(Visit.recorded_at)
    )
    found: list[OpenVisit] = []
    for some in rows.partitions(100):
        found += [OpenVisit(*row) for row in some]
        await asyncio.sleep(0)  # with thousands of them, others go on meanwhile
    return found


async def _close(
    session: AsyncSession,
    visit_id: str,
    staff_id: int,
    kind: Literal["served", "left"],
    then: Status,
    wanted: str | None = None,
) -> bool:
    now = datetime.now(UTC)
    ended = update(Visit).where(Visit.id == visit_id, Visit.state == "claimed", Visit.claimed_by == staff_id)
    if not await moved(session, ended.values(state=kind, closed_at=now, wanted=wanted)):
        return False
    await _note(session, visit_id, staff_id, kind, now, department=wanted)
    await _free(session, staff_id, then, now)
    await refresh_cards(session, visit_id, own=staff_id)
    return True


async def _note(
    session: AsyncSession, visit_id: str, staff_id: int, kind: OutcomeKind, now: datetime, department: str | None = None
) -> None:
    """Write down how a visit ended for one person."""
    seen = select(Visit.first_seen).where(Visit.id == visit_id).scalar_subquery()
    theirs = {"visit_id": visit_id, "visit_seen": seen, "staff_id": staff_id}
    await session.execute(insert(Outcome).values(**theirs, kind=kind, department=department, at=now))


async def _free(session: AsyncSession, staff_id: int, then: Status, now: datetime) -> None:
    """Give an assistant who has closed a card their status; waiting begins anew, behind all who wait already.

    Who has set another status meanwhile, or has taken a second visit, keeps what they have.
    """
    other = aliased(Visit)
    await session.execute(
        update(Staff)
        .where(
            Staff.id == staff_id,
            Staff.role == "assistant",
            Staff.status == "busy",
            ~exists(select(other.id).where(other.state == spelt("claimed"), other.claimed_by == staff_id)),
        )
        .values(status=then, waiting_since=now if then == "waiting" else None)
    )


async def _asked_last(session: AsyncSession, visit_id: str) -> int | None:
    """Whose turn it is."""
    turns = select(Delivery.staff_id).where(Delivery.visit_id == visit_id, Delivery.kind == "offer")
    return await session.scalar(
        turns.order_by(Delivery.asked_at.is_(None), Delivery.asked_at.desc(), Delivery.id.desc()).limit(1)
    )
