"""What is deleted when its time is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Snapshot


async def purge_snapshots(session: AsyncSession, before: datetime) -> int:
    """Delete snapshots made before an instant; how many there were."""
    gone = await session.execute(delete(Snapshot).where(Snapshot.created_at < before))
    return cast(CursorResult[Any], gone).rowcount
