"""The people of a shop in its local database: a copy of the chain's that is kept up, and what they changed here.

The chain's database says who works in the shop, and how. Whether they wait is also said here, to the bot that serves
while the shop is cut off; that finds back where nobody has said otherwise there meanwhile. Where to write to them, and
whether they can be reached, is each bot's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from db import notices
from db.models import Delivery, Staff, Status
from db.types import UtcDateTime

_COPIED = ("id", "telegram_id", "name", "role", "language", "status", "waiting_since", "added_at", "departments",
           "cameras", "hours", "quiet", "muted_until")  # fmt: skip

# Beside the ordinary tables, in a local database only: what stood in the chain's when it was last copied.
_OWN = MetaData()
_copies = Table(
    "standby_copies",
    _OWN,
    Column("staff_id", Integer, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("waiting_since", UtcDateTime),
    Column("asked_at", UtcDateTime),
)
_rests = Table(
    "standby_rests", _OWN, Column("at", UtcDateTime, nullable=False)
)  # one row: when people were told so last


@dataclass(frozen=True)
class Standing:
    """Whether a person waits, and since when."""

    status: Status
    waiting_since: datetime | None


@dataclass(frozen=True)
class Change:
    """What a person has said to the local bot, and what was known before."""

    staff_id: int
    before: Standing
    now: Standing


async def prepare(session: AsyncSession) -> None:
    """Make the tables that only a local database has."""
    await session.run_sync(lambda sync: _OWN.create_all(sync.connection()))


async def people(session: AsyncSession, shop_id: int) -> list[dict[str, Any]]:
    """Who works in a shop by the chain's database, of those who have signed in: rows as `copy` takes them."""
    signed_in = (Staff.shop_id == shop_id, Staff.telegram_id.is_not(None), Staff.chat_id.is_not(None))
    rows = await session.scalars(select(Staff).where(*signed_in).order_by(Staff.id))
    return [{name: getattr(row, name) for name in _COPIED} for row in rows]


async def changes(session: AsyncSession) -> list[Change]:
    """Who has said something else to the local bot than what was copied."""
    both = (_copies.c.status, _copies.c.waiting_since, Staff.status, Staff.waiting_since)
    rows = await session.execute(select(Staff.id, *both).join(_copies, _copies.c.staff_id == Staff.id))
    found = [Change(id, Standing(was, since), Standing(status, begun)) for id, was, since, status, begun in rows]
    return [change for change in found if change.before != change.now]


async def carry(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Write them down in the chain's database, where nobody has said otherwise there."""
    for change in changes:
        before, now = change.before, change.now
        unchanged = (Staff.status == before.status, Staff.waiting_since.is_not_distinct_from(before.waiting_since))
        standing = {"status": now.status, "waiting_since": now.waiting_since}
        await session.execute(update(Staff).where(Staff.id == change.staff_id, *unchanged).values(standing))


async def copy(
    session: AsyncSession, shop_id: int, people: Sequence[dict[str, Any]], besides: Sequence[Change]
) -> None:
    """Bring the local database up to date.

    Args:
        session: a writing transaction of it.
        shop_id: the shop's, there.
        people: of the chain's database.
        besides: changes that were carried there before `people` was read; what somebody has said since then stays.
    """
    ids = [person["id"] for person in people]
    await session.execute(delete(Staff).where(Staff.id.not_in(ids)))
    await session.execute(delete(_copies).where(_copies.c.staff_id.not_in(ids)))
    carried = {change.staff_id: change.now for change in besides}
    newer = {change.staff_id for change in await changes(session) if carried.get(change.staff_id) != change.now}
    for person in people:
        values = dict(person)
        await _remember(session, person["id"], Standing(person["status"], person["waiting_since"]))
        if person["id"] in newer:
            del values["status"], values["waiting_since"]
        row = await session.get(Staff, person["id"])
        if row is None:
            session.add(Staff(shop_id=shop_id, **values))
            continue
        if row.telegram_id != person["telegram_id"]:
            row.chat_id = None
        for name, value in values.items():
            setattr(row, name, value)
    await session.flush()


async def strangers(session: AsyncSession) -> list[Staff]:
    """People to whom the local bot cannot write: they have never pressed Start there."""
    return list(await session.scalars(select(Staff).where(Staff.chat_id.is_(None)).order_by(Staff.id)))


async def not_asked(session: AsyncSession) -> list[Staff]:
    """Those of them who have not been asked to."""
    asked = select(_copies.c.staff_id).where(_copies.c.asked_at.is_not(None))
    return [person for person in await strangers(session) if person.id not in set(await session.scalars(asked))]


async def asked(session: AsyncSession, people: Sequence[Staff]) -> None:
    """Note that they have."""
    theirs = _copies.c.staff_id.in_([person.id for person in people])
    await session.execute(update(_copies).where(theirs).values(asked_at=datetime.now(UTC)))


async def rest(session: AsyncSession, kind: str, now: datetime) -> int:
    """Write down one notice to each person who got a card since the last time; to how many.

    Called when the shop is no longer cut off.
    """
    last = await session.scalar(select(_rests.c.at))
    served = select(Delivery.staff_id).where(Delivery.sent_at.is_not(None)).distinct()
    people = list(await session.scalars(served.where(Delivery.sent_at > last) if last else served))
    if people:
        await session.execute(delete(_rests))
        await session.execute(_rests.insert().values(at=now))
    for staff_id in people:
        await notices.tell(session, staff_id, kind, {})
    return len(people)


async def _remember(session: AsyncSession, staff_id: int, standing: Standing) -> None:
    values = {"status": cast(str, standing.status), "waiting_since": standing.waiting_since}
    known = sqlite.insert(_copies).values(staff_id=staff_id, **values)
    await session.execute(known.on_conflict_do_update(index_elements=["staff_id"], set_=values))
