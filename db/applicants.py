"""Strangers who ask to be let in: one open request each, decided once, by the first manager who does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import names, shops, staff
from db.models import Applicant, Notice, Staff

NOTICE = "applicant"  # the kind of the notice that managers get
Asked = Literal["asked", "again", "refused", "crowded", "nobody"]

_ASK_AGAIN_AFTER = timedelta(hours=24)
_MOST_A_DAY = 30  # a crowd of made-up accounts must not bury the managers


async def ask(
    session: AsyncSession,
    *,
    telegram_id: int,
    chat_id: int,
    username: str | None,
    name: str,
    now: datetime,
    shop_id: int | None = None,
) -> Asked:
    """Note that a stranger wants to be let into a shop, or into the only one.

    Returns:
        "asked": its managers are to be told. "again": they know already; they are told again after a day only.
        "refused": a manager said no, or took the person off the staff list. "crowded": too many others asked in a day.
        "nobody": no manager of the shop has signed in who could decide.

    Raises:
        ShopError: there are several shops, and none was given.
    """
    shop_id = shop_id or await shops.only(session)
    applicant = await session.get(Applicant, telegram_id)
    if applicant is not None and applicant.state == "refused":
        return "refused"
    if not await staff.any_manager(session, shop_id):
        return "nobody"
    again = applicant is not None and applicant.state == "asked" and applicant.shop_id == shop_id
    if again and applicant is not None and now - applicant.asked_at < _ASK_AGAIN_AFTER:
        return "again"
    if await _asked_since(session, shop_id, now - _ASK_AGAIN_AFTER) >= _MOST_A_DAY:
        return "crowded"
    if applicant is None:
        applicant = Applicant(telegram_id=telegram_id)
        session.add(applicant)
    applicant.shop_id = shop_id
    applicant.chat_id = chat_id
    applicant.username = username
    applicant.name = names.shortened(names.cleaned(name)) or f"№ {telegram_id}"
    applicant.state = "asked"
    applicant.asked_at = now
    await session.flush()
    return "asked"


async def get(session: AsyncSession, telegram_id: int) -> Applicant | None:
    """The request of this Telegram id, open or decided."""
    return await session.get(Applicant, telegram_id)


async def approve(session: AsyncSession, telegram_id: int, by: Staff) -> Staff | None:
    """Let an applicant in as an assistant of the shop they asked for; None if the request is no longer open."""
    applicant = await session.get(Applicant, telegram_id)
    if applicant is None or not await _decide(session, telegram_id, "approved", by):
        return None
    known = await staff.login(session, telegram_id=telegram_id, username=None, chat_id=applicant.chat_id)
    if known is not None:  # added meanwhile by another way
        return known
    person = await staff.add(session, applicant.name, "assistant", telegram_id=telegram_id, shop_id=applicant.shop_id)
    person.chat_id = applicant.chat_id
    await session.flush()
    return person


async def refuse(session: AsyncSession, telegram_id: int, by: Staff) -> bool:
    """Say no to an applicant; False if the request is no longer open."""
    return await _decide(session, telegram_id, "refused", by)


async def notices(session: AsyncSession, telegram_id: int) -> list[int]:
    """The ids of the notices that asked managers about this applicant."""
    about = select(Notice.id).where(Notice.kind == NOTICE)
    return list(await session.scalars(about.where(Notice.payload["telegram_id"].as_numeric(20, 0) == telegram_id)))


async def _decide(session: AsyncSession, telegram_id: int, state: str, by: Staff) -> bool:
    decided = await session.execute(
        update(Applicant)
        .where(Applicant.telegram_id == telegram_id, Applicant.state == "asked")
        .values(state=state, decided_by=by.id)
        .returning(Applicant.telegram_id)
    )
    return decided.first() is not None


async def _asked_since(session: AsyncSession, shop_id: int, instant: datetime) -> int:
    """How many requests to a shop since an instant nobody has decided yet."""
    undecided = select(func.count()).where(
        Applicant.shop_id == shop_id, Applicant.state == "asked", Applicant.asked_at > instant
    )
    return await session.scalar(undecided) or 0
