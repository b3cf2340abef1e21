"""The log that the shop's database or a folder of files holds, in memory."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from customers.errors import CustomersError
from customers.sessions.checked import CheckedLog
from customers.sessions.files import CsvTable
from customers.sessions.frames import Frames
from customers.sessions.rows import CATEGORIES, SESSION_COLUMNS, VIEW_COLUMNS
from db.shop_models import ShopSession, ShopView

SESSION_FILE, VIEW_FILE = "session.csv", "product.csv"
_SESSION = ("session_id", "visitor", "started_at", "ended_at", "gender")
_VIEW = ("session_id", "position", *CATEGORIES)


async def frames_of_database(session: AsyncSession) -> tuple[Frames, bool]:
    """All sessions of the shop, and whether any of them was generated."""
    columns = (*(getattr(ShopSession, name) for name in _SESSION), ShopSession.synthetic)
    rows = (await session.execute(select(*columns))).all()
    sessions = pd.DataFrame(rows, columns=[*_SESSION, "synthetic"])
    views = (await session.execute(select(*(getattr(ShopView, name) for name in _VIEW)))).all()
    synthetic = bool(sessions.pop("synthetic").any())
    return _frames(sessions, pd.DataFrame(views, columns=list(_VIEW))), synthetic


def frames_of_folder(folder: Path, now: datetime) -> tuple[Frames, CheckedLog]:
    """The log in session.csv and product.csv of a folder, and what was found in reading it.

    Raises:
        CustomersError: a file is missing or cannot be read, or none of its rows can be trusted.
    """
    if not folder.is_dir():
        raise CustomersError(f"{folder} is no folder; name one with {SESSION_FILE} and {VIEW_FILE}")
    sessions, views = CsvTable(folder / SESSION_FILE, SESSION_COLUMNS), CsvTable(folder / VIEW_FILE, VIEW_COLUMNS)
    log = CheckedLog(sessions, views, now)
    view_frame = pd.DataFrame(log.views(), columns=list(_VIEW))
    return _frames(pd.DataFrame(list(log.sessions.values()), columns=list(_SESSION)), view_frame), log


def _frames(sessions: pd.DataFrame, views: pd.DataFrame) -> Frames:
    for name in ("started_at", "ended_at"):
        sessions[name] = pd.to_datetime(sessions[name], utc=True).dt.tz_localize(None)
    for name in ("visitor", "gender"):
        sessions[name] = sessions[name].astype(object).where(sessions[name].notna(), None)
    return Frames(sessions, views)
