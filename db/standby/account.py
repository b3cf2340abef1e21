"""What became of a visit that the local database told of, and how the chain's database takes that over.

A visit is open in one of the two at a time. While the shop is cut off that is the local one; `hand_over` closes it
there if nobody has taken it, and it is offered by the chain's bot as any other. One that somebody has taken is
finished where it was taken: the chain's database says who has it, and nobody else is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.conditional import hold, moved
from db.models import Delivery, Outcome, Staff, Visit, VisitState
from db.offering import Offer, anybody_left, escalate, offer_again, offer_next, refresh_cards, withdraw_cards
from db.upsert import upsert

HANDED_OVER: VisitState = "recorded"
"""The local state of a visit that the chain's bot goes on with: here it is told to nobody any more."""

_ROWS_AT_ONCE = 500  # a statement takes no more than a few thousand values


@dataclass(frozen=True)
class Account:
    """A visit as the local database has it.

    Attributes:
        visit_id: the same in both.
        recorded_at: when it was told of.
        state: its own, HANDED_OVER where the chain's bot is to ask.
        told: whether a card of it has reached anybody.
        changes: columns of the visit that say who took it and how it ended.
        outcomes: how it ended for each person: rows of the table.
    """

    visit_id: str
    recorded_at: datetime
    state: VisitState
    told: bool
    changes: dict[str, Any]
    outcomes: tuple[dict[str, Any], ...]

    @property
    def decided(self) -> bool:
        """Whether nobody else is to be asked: somebody took it, or whoever was told of it let it pass."""
        return self.state in ("claimed", "served", "left", "unknown") or (self.state == "missed" and self.told)

    @property
    def over(self) -> bool:
        """Whether nothing more becomes of it here."""
        return self.state not in ("offered", "claimed")


async def read(session: AsyncSession, visit_id: str) -> Account | None:
    """What the local database knows of a visit, None where it was never told of there."""
    visit = await session.get(Visit, visit_id, populate_existing=True)
    if visit is None:
        return None
    told = await session.scalar(select(exists().where(Delivery.visit_id == visit_id, Delivery.state == "sent")))
    outcomes = await session.scalars(select(Outcome).where(Outcome.visit_id == visit_id))
    return Account(
        visit_id=visit_id,
        recorded_at=visit.recorded_at,
        state=cast(VisitState, visit.state),
        told=bool(told),
        changes={
            "state": visit.state,
            "claimed_by": visit.claimed_by,
            "claimed_at": visit.claimed_at,
            "first_claimed_at": visit.first_claimed_at,
            "escalated_at": visit.escalated_at,
            "closed_at": visit.closed_at,
            "wanted": visit.wanted,
        },
        outcomes=tuple(_row(one) for one in outcomes),
    )


async def unsettled(session: AsyncSession, besides: Collection[str]) -> list[Account]:
    """What the local database knows of all visits but these, the oldest first."""
    ids = await session.scalars(select(Visit.id).order_by(Visit.recorded_at, Visit.id))
    found = [await read(session, id) for id in ids if id not in besides]
    return [account for account in found if account is not None]


async def hand_over(session: AsyncSession, visit_id: str) -> Account | None:
    """Let the chain's bot go on with a visit that nobody has taken here; what is known of it then.

    Args:
        session: a writing transaction of the local database. Nudge once it has committed: cards are to be edited.
    """
    offered = update(Visit).where(Visit.id == visit_id, Visit.state == "offered")
    if await moved(session, offered.values(state=HANDED_OVER, next_offer_at=None)):
        await withdraw_cards(session, visit_id)
        await refresh_cards(session, visit_id)
    return await read(session, visit_id)


async def take_back(session: AsyncSession, visit_id: str, offer: Offer, now: datetime) -> bool:
    """Go on here with a visit that was handed over and that the chain's database did not take in the end.

    Args:
        session: as of hand_over; nudge once it has committed.

    Returns:
        Whether it was one.
    """
    # A customer at a till is offered to nobody, here neither.
    handed = update(Visit).where(Visit.id == visit_id, Visit.state == HANDED_OVER, Visit.checkout.is_(False))
    if not await moved(session, handed.values(state="offered")):
        return False
    await offer_again(session, visit_id, offer, now)
    return True


async def known(session: AsyncSession, visit_ids: Sequence[str]) -> dict[str, tuple[str, int | None]]:
    """The state of those of these visits that the chain's database has, and who has taken them."""
    found: dict[str, tuple[str, int | None]] = {}
    for first in range(0, len(visit_ids), _ROWS_AT_ONCE):
        some = Visit.id.in_(visit_ids[first : first + _ROWS_AT_ONCE])
        rows = await session.execute(select(Visit.id, Visit.state, Visit.claimed_by).where(some))
        found |= {id: (state, taker) for id, state, taker in rows}
    return found


async def forget(session: AsyncSession, visit_ids: Collection[str], before: datetime) -> set[str]:
    """Delete from the local database those of these visits that were recorded before an instant; which those are."""
    old = await session.scalars(select(Visit.id).where(Visit.recorded_at < before))
    gone = [id for id in old if id in visit_ids]
    for first in range(0, len(gone), _ROWS_AT_ONCE):
        await session.execute(delete(Visit).where(Visit.id.in_(gone[first : first + _ROWS_AT_ONCE])))
    return set(gone)


async def settle(session: AsyncSession, account: Account, now: datetime) -> None:
    """Write down in the chain's database what became of a visit, unless somebody has taken it there.

    May be repeated. Who has left the staff list meanwhile is nobody there.
    """
    await hold(session, [account.visit_id])
    changes = dict(account.changes)
    there = await _there(session, account)
    if changes["claimed_by"] not in there:
        changes["claimed_by"] = None
    # The bot that told of it reminds of it.
    changes["reminded_at"] = now if account.state == "claimed" else None
    free = or_(_untold(account.visit_id), and_(Visit.id == account.visit_id, Visit.state == "offered"))
    if await moved(session, update(Visit).where(free).values(next_offer_at=None, **changes)):
        await upsert(session, Outcome, [one for one in account.outcomes if one["staff_id"] in there])
        # A commit that took longer than we waited for it may have had cards sent here, too.
        await withdraw_cards(session, account.visit_id)
        await refresh_cards(session, account.visit_id)


async def go_on(session: AsyncSession, account: Account, offer: Offer, now: datetime) -> bool:
    """Offer a visit again, in the chain's database, that was taken while the shop was cut off and passed on after that.

    Returns:
        Whether that was now.
    """
    await hold(session, [account.visit_id])
    taken = update(Visit).where(_untold(account.visit_id), Visit.state == "claimed")
    if not await moved(session, taken.values(state="offered", claimed_by=None, claimed_at=None, reminded_at=None)):
        return False
    await _note(session, account)
    await offer_again(session, account.visit_id, offer, now)
    return True


async def leave_out(session: AsyncSession, account: Account, offer: Offer, now: datetime) -> None:
    """Ask nobody again, in the chain's database, who has said already that a visit is not theirs.

    The visit has just been offered, in this transaction.
    """
    done = await _note(session, account)
    if not done:
        return
    await session.execute(
        update(Delivery)
        .where(Delivery.visit_id == account.visit_id, Delivery.staff_id.in_(done), Delivery.state == "pending")
        .values(state="expired")
    )
    if not await anybody_left(session, account.visit_id):
        if offer.mode == "turn":
            await offer_next(session, account.visit_id, offer, now)
        else:
            await escalate(session, account.visit_id, now)


async def _note(session: AsyncSession, account: Account) -> set[int]:
    """Write down how a visit ended for each person who is still there; their numbers."""
    there = await _there(session, account)
    await upsert(session, Outcome, [one for one in account.outcomes if one["staff_id"] in there])
    return {one["staff_id"] for one in account.outcomes} & there


async def _there(session: AsyncSession, account: Account) -> set[int]:
    """Whoever had to do with a visit and is on the staff list still."""
    people = {one["staff_id"] for one in account.outcomes} | {account.changes["claimed_by"]}
    return set(await session.scalars(select(Staff.id).where(Staff.id.in_(people - {None}))))


def _untold(visit_id: str) -> ColumnElement[bool]:
    """That the chain's bot has told nobody of a visit; it may have given it up for unknown."""
    states = [HANDED_OVER, "claimed", "unknown"]
    return and_(Visit.id == visit_id, Visit.state.in_(states), ~exists().where(Delivery.visit_id == Visit.id))


def _row(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in ("visit_id", "visit_seen", "staff_id", "kind", "department", "at")}
