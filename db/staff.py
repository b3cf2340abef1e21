"""The people of the shops: who may log in, in which role, and whether they are waiting for visitors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import shops
from db.models import MANAGERS, Applicant, Delivery, Invite, Notice, Role, Shop, Staff, Status, Visit
from db.names import LONGEST_NAME, cleaned


class StaffError(Exception):
    """A change to the staff list that cannot be made; the message says why."""


class LastManagerError(StaffError):
    """The only manager of a shop who is signed in would be gone."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is the only manager who is signed in; make somebody else a manager first")


def require_name(name: str) -> str:
    """The name as it is kept, without what cannot be seen.

    Raises:
        StaffError: nothing is left of it, or it is longer than 64 characters.
    """
    name = cleaned(name)
    if not name or len(name) > LONGEST_NAME:
        raise StaffError(f"a name must have 1 to {LONGEST_NAME} characters, this one has {len(name)}")
    return name


def require_role(role: str) -> None:
    """Return if there is such a role.

    Raises:
        StaffError: there is none.
    """
    if role not in get_args(Role):
        raise StaffError(f"{role!r} is no role; use {' or '.join(get_args(Role))}")


async def add(
    session: AsyncSession,
    name: str,
    role: Role,
    telegram_id: int | None = None,
    username: str | None = None,
    shop_id: int | None = None,
) -> Staff:
    """Put a person on a shop's staff list, known by Telegram id, by user name (with or without @), or by both.

    Without `shop_id` they belong to the only shop.

    Raises:
        ShopError: there are several shops, and none was given, or no shop has that id.
        StaffError: the name is empty or longer than 64 characters, neither id nor user name was given, the
            role is none of ours, or somebody on the list has that id or user name already.
    """
    name = require_name(name)
    username = _bare(username)
    require_role(role)
    if telegram_id is None and username is None:
        raise StaffError(f"say how Telegram knows {name}: give a Telegram id or a user name")
    if telegram_id is not None and not 0 < telegram_id < 2**52:
        raise StaffError(f"{telegram_id} is no Telegram id of a person; @userinfobot tells a person theirs")
    same = [Staff.telegram_id == telegram_id] if telegram_id is not None else []
    same += [Staff.username == username] if username is not None else []
    if there := (await session.scalars(select(Staff).where(or_(*same)))).first():
        raise StaffError(f"{there.name} is on the staff list with that Telegram id or user name already")
    person = Staff(
        shop=await shops.get(session, shop_id or await shops.only(session)),
        name=name,
        role=role,
        telegram_id=telegram_id,
        username=username,
        status="off",
        added_at=datetime.now(UTC),
    )
    session.add(person)
    await session.flush()
    return person


async def remove(session: AsyncSession, staff_id: int, by: int | None = None) -> Staff:
    """Take a person off the staff list, with what was sent to them; returns who it was.

    Their Telegram id is kept as refused, so that they can ask for nothing; an invitation or `add` lets them in
    again. Invitations that they made open no more.

    Raises:
        StaffError: nobody has that id.
    """
    person = await get(session, staff_id)
    await _leave(session, person)
    if person.telegram_id is not None:
        refused = Applicant(
            telegram_id=person.telegram_id,
            shop_id=person.shop_id,
            chat_id=person.chat_id or person.telegram_id,
            username=None,
            name="",
            state="refused",
            asked_at=datetime.now(UTC),
            decided_by=by,
        )
        await session.merge(refused)
        await session.flush()
    return person


async def forget(session: AsyncSession, staff_id: int) -> Staff:
    """Delete everything that is kept of a person at their own wish; they may ask to be let in again.

    Raises:
        StaffError: nobody has that id.
        LastManagerError: no other manager of their shop is signed in.
    """
    person = await get(session, staff_id)
    await require_another_manager(session, person)
    await _leave(session, person)
    await session.execute(delete(Applicant).where(Applicant.telegram_id == person.telegram_id))
    return person


async def set_role(session: AsyncSession, staff_id: int, role: Role) -> Staff:
    """Give a person a role; they are off afterwards.

    Raises:
        StaffError: nobody has that id, or there is no such role.
        LastManagerError: no other manager of their shop is signed in.
    """
    require_role(role)
    person = await get(session, staff_id)
    if role == person.role:
        return person
    if role not in MANAGERS:
        await require_another_manager(session, person)
        await _revoke_invites(session, person)
    person.role = role
    person.status, person.waiting_since = "off", None
    await session.flush()
    return person


async def move(session: AsyncSession, staff_id: int, shop_id: int) -> Staff:
    """Let a person work in another shop; they are off afterwards, and what they chose of the old one is forgotten.

    Cards of the old shop that were not sent to them stay unsent, and those that were obey them no more.

    Raises:
        StaffError: nobody has that id, or they have taken a visitor and not said how it ended.
        ShopError: no shop has that id.
        LastManagerError: no other manager of their old shop is signed in.
    """
    person, shop = await get(session, staff_id), await shops.get(session, shop_id)
    if shop.id == person.shop_id:
        return person
    if await session.scalar(select(Visit.id).where(Visit.claimed_by == staff_id, Visit.state == "claimed").limit(1)):
        raise StaffError(f"{person.name} has taken a visitor; first they say on the card how it ended")
    await require_another_manager(session, person)
    await _revoke_invites(session, person)
    await session.execute(
        update(Delivery).where(Delivery.staff_id == staff_id, Delivery.state == "pending").values(state="expired")
    )
    await session.execute(delete(Notice).where(Notice.staff_id == staff_id, Notice.state == "pending"))
    person.shop = shop
    person.cameras = []
    person.status, person.waiting_since = "off", None
    await session.flush()
    return person


async def any_manager(session: AsyncSession, shop_id: int) -> bool:
    """Whether a manager of a shop has signed in."""
    theirs = (Staff.shop_id == shop_id, Staff.role.in_(MANAGERS), Staff.chat_id.is_not(None))
    return await session.scalar(select(Staff.id).where(*theirs).limit(1)) is not None


async def require_another_manager(session: AsyncSession, person: Staff) -> None:
    """Return if a person's shop would not be without a manager when this person is none.

    Raises:
        LastManagerError: it would.
    """
    # Where several write at once, whoever takes a manager from a shop takes turns: two must not demote each other.
    await session.execute(select(Shop.id).where(Shop.id == person.shop_id).with_for_update(key_share=True))
    others = select(func.count()).where(
        Staff.shop_id == person.shop_id,
        Staff.role.in_(MANAGERS),
        Staff.chat_id.is_not(None),
        Staff.id != person.id,
    )
    if person.manages and not await session.scalar(others):
        raise LastManagerError(person.name)


async def list_all(session: AsyncSession, shop_id: int | None = None) -> list[Staff]:
    """Everybody, or everybody of one shop, in the order they were added."""
    theirs = () if shop_id is None else (Staff.shop_id == shop_id,)
    return list(await session.scalars(select(Staff).where(*theirs).order_by(Staff.id)))


async def get(session: AsyncSession, staff_id: int) -> Staff:
    """The person with this id (ours, not Telegram's).

    Raises:
        StaffError: nobody has that id.
    """
    person = await session.get(Staff, staff_id)
    if person is None:
        raise StaffError(f"nobody on the staff list has the number {staff_id}; amiko staff list shows the numbers")
    return person


async def by_telegram(session: AsyncSession, telegram_id: int) -> Staff | None:
    """The person with this Telegram id who has logged in, or None."""
    return (
        await session.scalars(select(Staff).where(Staff.telegram_id == telegram_id, Staff.chat_id.is_not(None)))
    ).first()


async def login(session: AsyncSession, *, telegram_id: int, username: str | None, chat_id: int) -> Staff | None:
    """Let a person in whom a manager has added, and remember where to write to them; None for a stranger.

    A user name counts only until its first login: whoever gets the name in Telegram later is not that person.
    """
    person = (await session.scalars(select(Staff).where(Staff.telegram_id == telegram_id))).first()
    if person is None and (name := _bare(username)):
        person = (
            await session.scalars(select(Staff).where(Staff.username == name, Staff.telegram_id.is_(None)))
        ).first()
    if person is not None:
        person.telegram_id = telegram_id
        person.chat_id = chat_id
        person.unreachable_since = None
        await session.flush()
    return person


async def reached(session: AsyncSession, staff_id: int) -> None:
    """Note that a person wrote or pressed something, so that they can be written to again.

    Raises:
        StaffError: nobody has that id.
    """
    (await get(session, staff_id)).unreachable_since = None
    await session.flush()


async def set_status(session: AsyncSession, staff_id: int, status: Status) -> None:
    """Set whether a person is waiting, busy or off; who is waiting already keeps their place in the turn.

    Raises:
        StaffError: nobody has that id, or has not logged in and cannot be waiting.
    """
    person = await get(session, staff_id)
    if status == "waiting" and person.chat_id is None:
        raise StaffError(f"{person.name} has not logged in yet; they write /login to the bot")
    if status != person.status:
        person.status = status
        person.waiting_since = datetime.now(UTC) if status == "waiting" else None
        await session.flush()


async def set_language(session: AsyncSession, staff_id: int, language: str) -> None:
    """Set the language that the bot speaks with a person.

    Raises:
        StaffError: nobody has that id.
    """
    (await get(session, staff_id)).language = language
    await session.flush()


async def _leave(session: AsyncSession, person: Staff) -> None:
    await _revoke_invites(session, person)
    if person.telegram_id is not None:  # what managers were told of them
        about = Notice.payload["telegram_id"].as_numeric(20, 0) == person.telegram_id
        await session.execute(delete(Notice).where(about))
    await session.execute(delete(Staff).where(Staff.id == person.id))
    session.expunge(person)


async def _revoke_invites(session: AsyncSession, person: Staff) -> None:
    await session.execute(delete(Invite).where(Invite.created_by == person.id, Invite.used_at.is_(None)))


def _bare(username: str | None) -> str | None:
    """A Telegram user name as it is compared: without @, in lower case; None for an empty one."""
    return (username or "").strip().removeprefix("@").lower() or None
