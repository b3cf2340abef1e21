"""Invitations: a one-time token lets one person onto the staff list; only its SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import shops, staff
from db.models import Applicant, Invite, Role, Staff

_TOKEN_BYTES = 24  # 192 bits; 32 characters of the 64 that a deep link may carry


async def create(
    session: AsyncSession,
    *,
    name: str,
    role: Role,
    hours: float,
    now: datetime,
    created_by: int | None = None,
    shop_id: int | None = None,
) -> str:
    """Invite one person under a name and in a role into a shop, or into the only one; it opens for so many hours.

    Returns:
        The token, of letters, digits, _ and -. It is kept nowhere: show it once, never log it.

    Raises:
        StaffError: the name or the role is none.
        ShopError: there are several shops, and none was given.
    """
    staff.require_role(role)
    name = staff.require_name(name)
    await session.execute(delete(Invite).where(Invite.expires_at <= now))
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        Invite(
            token_sha256=_digest(token),
            shop_id=shop_id or await shops.only(session),
            role=role,
            name=name,
            created_by=created_by,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    await session.flush()
    return token


async def use(
    session: AsyncSession, token: str, *, telegram_id: int, chat_id: int, now: datetime
) -> tuple[Staff, int | None] | None:
    """Let in whoever brings a token for the first time and in time; None for any other token.

    Whoever was added to the staff list by their Telegram id gets in as who they are there, and leaves the token
    for another.

    Returns:
        Who is in now, and the staff id of who invited them, None where nobody did or they have left.
    """
    if known := await staff.login(session, telegram_id=telegram_id, username=None, chat_id=chat_id):
        return known, None
    used = await session.execute(
        update(Invite)
        .where(Invite.token_sha256 == _digest(token), Invite.used_at.is_(None), Invite.expires_at > now)
        .values(used_at=now)
        .returning(Invite.name, Invite.role, Invite.created_by, Invite.shop_id)
    )
    invite = used.first()
    if invite is None:
        return None
    person = await staff.add(
        session, invite.name, cast(Role, invite.role), telegram_id=telegram_id, shop_id=invite.shop_id
    )
    person.chat_id = chat_id
    await session.execute(delete(Applicant).where(Applicant.telegram_id == telegram_id))
    await session.flush()
    return person, invite.created_by


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
