"""How the cameras are doing: what the worker writes down every few seconds, and whether managers know of a silence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from db import shops
from db.models import Camera, CameraState

Condition = Literal["starting", "running", "stalled", "failed", "stopped"]


@dataclass(frozen=True)
class CameraReport:
    """How one camera is doing.

    Attributes:
        name: of the camera.
        state: starting (open, no frame yet), running, stalled (open, no frame for some seconds), failed (does not
            open or has ended, and is opened again), stopped (the worker has ended, or a file has).
        fps: frames analysed per second.
        dropped: frames that were due and left out because the analysis was late, since the worker started.
        reconnects: how often it was opened again, since the worker started.
        lag_ms: from the capture of the newest frame to the end of its analysis, None before the first.
        last_frame_at: when the newest frame came, None before the first.
    """

    name: str
    state: Condition
    fps: float
    dropped: int
    reconnects: int
    lag_ms: float | None
    last_frame_at: datetime | None


@dataclass(frozen=True)
class CameraStatus:
    """The last report on a camera, when it was written, and since when managers know that it is silent."""

    report: CameraReport
    reported_at: datetime
    alerted_at: datetime | None


async def write(session: AsyncSession, reports: Sequence[CameraReport], shop_id: int | None = None) -> None:
    """Write down how cameras of a shop are doing now; a last frame that the worker does not know of stays as it was.

    Args:
        session: a writing transaction.
        reports: of cameras of one shop.
        shop_id: which that is; without it the only one, here and below.
    """
    now, shop_id = datetime.now(UTC), shop_id or await shops.only(session)
    for report in reports:
        row = await _row(session, shop_id, report.name)
        row.state = report.state
        row.fps = report.fps
        row.dropped = report.dropped
        row.reconnects = report.reconnects
        row.lag_ms = report.lag_ms
        row.last_frame_at = report.last_frame_at or row.last_frame_at
        row.updated_at = now
    await session.flush()


async def statuses(
    session: AsyncSession, names: Collection[str], shop_id: int | None = None
) -> dict[str, CameraStatus]:
    """The last report on each of these cameras of a shop, by name; one never reported on is missing."""
    theirs = Camera.shop_id == (shop_id or await shops.only(session))
    rows = await session.execute(
        select(Camera.name, CameraState).join(CameraState).where(theirs, Camera.name.in_(names))
    )
    return {name: _status(name, row) for name, row in rows}


async def everywhere(session: AsyncSession) -> list[tuple[int, CameraStatus]]:
    """The last report on every camera that a worker has reported on, with its shop's id, by shop and name."""
    cameras = select(Camera.shop_id, Camera.name, CameraState).join(CameraState)
    rows = await session.execute(cameras.order_by(Camera.shop_id, Camera.name))
    return [(shop_id, _status(name, row)) for shop_id, name, row in rows]


async def watched(session: AsyncSession, shop_id: int) -> list[str]:
    """The names of a shop's cameras that a worker has reported on, in the order of the alphabet."""
    names = select(Camera.name).join(CameraState).where(Camera.shop_id == shop_id)
    return list(await session.scalars(names.order_by(Camera.name)))


async def forget_others(session: AsyncSession, shop_id: int, names: Collection[str]) -> None:
    """Let go of what was reported on cameras of a shop that are no longer configured; their visits stay."""
    others = select(Camera.id).where(Camera.shop_id == shop_id, Camera.name.not_in(names))
    await session.execute(delete(CameraState).where(CameraState.camera_id.in_(others)))


async def fall_silent(
    session: AsyncSession, name: str, last_frame_at: datetime | None, shop_id: int | None = None
) -> bool:
    """Note that managers are told of a camera's silence, unless they have been or it gave a frame after that one.

    Returns:
        Whether it is for the caller to tell them, in this transaction.
    """
    row = await _row(session, shop_id or await shops.only(session), name)
    await session.flush()
    return await _changed(
        session,
        update(CameraState)
        .where(
            CameraState.camera_id == row.camera_id,
            CameraState.alerted_at.is_(None),
            CameraState.last_frame_at.is_not_distinct_from(last_frame_at),
        )
        .values(alerted_at=datetime.now(UTC)),
    )


async def come_back(session: AsyncSession, name: str, shop_id: int | None = None) -> bool:
    """Note that managers are told of a camera's return, if they were told of its silence.

    Returns:
        Whether it is for the caller to tell them, in this transaction.
    """
    theirs = Camera.shop_id == (shop_id or await shops.only(session))
    camera_id = select(Camera.id).where(theirs, Camera.name == name).scalar_subquery()
    return await _changed(
        session,
        update(CameraState)
        .where(CameraState.camera_id == camera_id, CameraState.alerted_at.is_not(None))
        .values(alerted_at=None),
    )


def _status(name: str, row: CameraState) -> CameraStatus:
    report = CameraReport(
        name=name,
        state=cast(Condition, row.state),
        fps=row.fps,
        dropped=row.dropped,
        reconnects=row.reconnects,
        lag_ms=row.lag_ms,
        last_frame_at=row.last_frame_at,
    )
    return CameraStatus(report, row.updated_at, row.alerted_at)


async def id_of(session: AsyncSession, shop_id: int, name: str) -> int:
    """The id of a shop's camera called `name`, which is written down if it is new."""
    known = await session.scalar(select(Camera.id).where(Camera.shop_id == shop_id, Camera.name == name))
    if known is not None:
        return known
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # A visit and a report may both be the first word of a camera.
    await session.execute(insert(Camera).values(shop_id=shop_id, name=name).on_conflict_do_nothing())
    return (await session.execute(select(Camera.id).where(Camera.shop_id == shop_id, Camera.name == name))).scalar_one()


async def _row(session: AsyncSession, shop_id: int, name: str) -> CameraState:
    """The state of a shop's camera called `name`; one that nobody has heard of is new and stopped."""
    id = await id_of(session, shop_id, name)
    row = await session.get(CameraState, id)
    if row is None:
        row = CameraState(camera_id=id, state="stopped", updated_at=datetime.now(UTC))
        session.add(row)
    return row


async def _changed(session: AsyncSession, change: Any) -> bool:
    return cast(CursorResult[Any], await session.execute(change)).rowcount == 1
