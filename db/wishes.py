"""What a person wants to hear of, and when: departments, cameras, working hours, quiet hours, a pause."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db import staff


async def set_filters(
    session: AsyncSession, staff_id: int, *, departments: list[str] | None = None, cameras: list[str] | None = None
) -> None:
    """Set which department keys or camera names a person wants to hear of; an empty list means all, None no change.

    Raises:
        StaffError: nobody has that id.
    """
    person = await staff.get(session, staff_id)
    person.departments = person.departments if departments is None else departments
    person.cameras = person.cameras if cameras is None else cameras
    await session.flush()


async def prune_filters(
    session: AsyncSession, shop_id: int, *, departments: Collection[str], cameras: Collection[str]
) -> None:
    """Forget a shop's filters for departments and cameras that it no longer has: they would let nothing through."""
    for person in await staff.list_all(session, shop_id):
        person.departments = [key for key in person.departments if key in departments]
        person.cameras = [name for name in person.cameras if name in cameras]
    await session.flush()


async def set_hours(session: AsyncSession, staff_id: int, hours: dict[str, list[str]]) -> None:
    """Set a person's working hours: {"mon": ["09:00", "18:00"], …}, {} for always.

    Raises:
        StaffError: nobody has that id.
    """
    (await staff.get(session, staff_id)).hours = hours
    await session.flush()


async def set_quiet(session: AsyncSession, staff_id: int, quiet: list[str]) -> None:
    """Set a person's quiet hours: ["22:00", "08:00"], [] for none.

    Raises:
        StaffError: nobody has that id.
    """
    (await staff.get(session, staff_id)).quiet = quiet
    await session.flush()


async def mute(session: AsyncSession, staff_id: int, until: datetime | None) -> None:
    """Tell a person of no visitor until an instant; None ends that.

    Raises:
        StaffError: nobody has that id.
    """
    (await staff.get(session, staff_id)).muted_until = until
    await session.flush()
