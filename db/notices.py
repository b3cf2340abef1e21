"""Messages that belong to no visit and must not be lost: alerts, requests and summaries, sent by the notifier."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, Text, bindparam, cast, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import leases
from db.models import MANAGERS, Delivery, Notice, Shop, Staff, Visit
from db.outbox import BESIDES, LONGEST_WAIT
from db.types import UtcDateTime, spelt

UNTIL = "until"
"""Where a notice's payload holds this, an ISO instant, the notice is of use until then and is not sent later."""


@dataclass(frozen=True)
class DueNotice:
    """One notice to be sent, or to be brought up to date where it has a `message_id`.

    Attributes:
        id: of the notice.
        staff_id, chat_id, language: whom to write to; the language is None for who has not chosen one.
        kind: which text it is; `payload` is what that text needs.
        attempts: how often it was tried before.
        created_at: when it was written down.
        message_id: of the message that is to be edited, None while it is not sent.
        shop: the person's, on whose clock times are told.
    """

    id: int
    staff_id: int
    chat_id: int
    language: str | None
    kind: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime
    message_id: int | None
    shop: Shop

    def useless(self, now: datetime) -> bool:
        """Whether it is too late to send it."""
        until = self.payload.get(UNTIL)
        return self.message_id is None and until is not None and datetime.fromisoformat(until) <= now


async def tell(session: AsyncSession, staff_id: int, kind: str, payload: dict[str, Any]) -> int:
    """Write down a notice to one person, in the session's transaction; nudge once that has committed.

    Returns:
        The id of the notice.
    """
    notice = Notice(staff_id=staff_id, kind=kind, payload=payload, created_at=datetime.now(UTC))
    session.add(notice)
    await session.flush()
    return notice.id


async def tell_managers(session: AsyncSession, shop_id: int, kind: str, payload: dict[str, Any]) -> int:
    """Write down the same notice to every manager of a shop who has logged in; how many those are."""
    theirs = (Staff.shop_id == shop_id, Staff.role.in_(MANAGERS), Staff.chat_id.is_not(None))
    managers = list(await session.scalars(select(Staff.id).where(*theirs)))
    for staff_id in managers:
        await tell(session, staff_id, kind, payload)
    return len(managers)


async def change(session: AsyncSession, notice_ids: Collection[int], payload: dict[str, Any]) -> None:
    """Give notices a new payload; those that were sent are edited, the others go out with it."""
    await session.execute(
        update(Notice).where(Notice.id.in_(notice_ids)).values(payload=payload, edit_due=True, next_attempt_at=None)
    )


_earlier, _card = aliased(Notice), aliased(Delivery)
_PLACES = (
    select(
        _earlier.id,
        func.row_number()
        .over(partition_by=_earlier.staff_id, order_by=(_earlier.created_at, _earlier.id))
        .label("place"),
    )
    .where(_earlier.state == spelt("pending"))
    .subquery()
)
_NEXT_OF_EACH = select(_PLACES.c.id).where(_PLACES.c.place == 1)
_OLDER_CARD = exists(
    select(_card.id)
    .join(Visit, Visit.id == _card.visit_id)
    .where(
        _card.staff_id == Notice.staff_id,
        _card.state == spelt("pending"),
        Visit.state == spelt("offered"),
        func.coalesce(_card.asked_at, Visit.recorded_at) <= Notice.created_at,
    )
)

_ALL_DUE = (  # built once, as it is asked for at every card
    select(Notice, Staff.chat_id, Staff.language, Shop)
    .join(Staff, Staff.id == Notice.staff_id)
    .join(Shop, Shop.id == Staff.shop_id)
    .where(
        Staff.chat_id.is_not(None),
        Staff.unreachable_since.is_(None),
        or_(
            Notice.id.in_(_NEXT_OF_EACH) & ~_OLDER_CARD,
            (Notice.state == "sent") & Notice.edit_due,
        ),
        or_(
            Notice.next_attempt_at.is_(None),
            Notice.next_attempt_at <= bindparam("now", type_=UtcDateTime),
            Notice.next_attempt_at > bindparam("longest", type_=UtcDateTime),
        ),
        leases.free(Notice),
    )
    .order_by(Notice.id)
    .limit(bindparam("limit", type_=Integer))
)
_DUE = {dialect: _ALL_DUE.where(free) for dialect, free in BESIDES.items()}


async def due(session: AsyncSession, now: datetime, limit: int, *, besides: Collection[int] = ()) -> list[DueNotice]:
    """Each person's next notice to be sent now, and those to be edited, at most `limit`; none to chat ids `besides`.

    A postponed notice holds up those behind it, and an older card that waits holds up a notice: they keep their order.
    """
    given = {"now": now, "longest": now + LONGEST_WAIT, "limit": limit, "besides": list(besides)}
    rows = await session.execute(_DUE[session.get_bind().dialect.name], given)
    return [
        DueNotice(
            id=notice.id,
            staff_id=notice.staff_id,
            chat_id=chat_id,
            language=language,
            kind=notice.kind,
            payload=notice.payload,
            attempts=notice.attempts,
            created_at=notice.created_at,
            message_id=notice.message_id,
            shop=shop,
        )
        for notice, chat_id, language, shop in rows
        if chat_id is not None
    ]


async def mark_sent(session: AsyncSession, notice: DueNotice, message_id: int) -> None:
    """Note that a notice was sent, or edited. If its payload changed meanwhile, it is due again."""
    await session.execute(
        update(Notice)
        .where(Notice.id == notice.id)
        .values(
            state="sent",
            message_id=message_id,
            attempts=0,
            next_attempt_at=None,
            leased_until=None,
            edit_due=cast(Notice.payload, Text) != json.dumps(notice.payload),  # PostgreSQL compares no JSON
        )
    )


async def mark_retry(session: AsyncSession, notice_id: int, *, at: datetime, error: str) -> None:
    """Postpone a notice after an error that may pass."""
    await session.execute(
        update(Notice)
        .where(Notice.id == notice_id)
        .values(attempts=Notice.attempts + 1, next_attempt_at=at, leased_until=None, last_error=error)
    )


async def fail(session: AsyncSession, notice: DueNotice, *, error: str) -> None:
    """Give up a notice that can never be sent, or an edit that can never be made."""
    await session.execute(
        update(Notice)
        .where(Notice.id == notice.id)
        .values(
            state="failed" if notice.message_id is None else "sent",
            edit_due=False,
            leased_until=None,
            attempts=Notice.attempts + 1,
            last_error=error,
        )
    )


async def retry_now(session: AsyncSession) -> None:
    """Let everything that was postponed be due at once: what was in its way is over."""
    await session.execute(
        update(Notice)
        .where(Notice.next_attempt_at.is_not(None), or_(Notice.state == "pending", Notice.edit_due))
        .values(next_attempt_at=None)
    )
