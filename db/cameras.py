"""How the cameras are doing: what the worker writes down every few seconds, and whether managers know of a silence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

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


async def write(session: AsyncSession, reports: Sequence[CameraReport]) -> None:
    """Write down how cameras are doing now; a last frame that the worker does not know of stays as it was."""
    now = datetime.now(UTC)
    for report in reports:
        row = await _row(session, report.name)
        row.state = report.state
        row.fps = report.fps
        row.dropped = report.dropped
        row.reconnects = report.reconnects
        row.lag_ms = report.lag_ms
        row.last_frame_at = report.last_frame_at or row.last_frame_at
        row.updated_at = now
    await session.flush()


async def statuses(session: AsyncSession, names: Collection[str]) -> dict[str, CameraStatus]:
    """The last report on each of these cameras, by name; one never reported on is missing."""
    rows = await session.execute(select(Camera.name, CameraState).join(CameraState).where(Camera.name.in_(names)))
    return {
        name: CameraStatus(
            CameraReport(
                name=name,
                state=cast(Condition, row.state),
                fps=row.fps,
                dropped=row.dropped,
                reconnects=row.reconnects,
                lag_ms=row.lag_ms,
                last_frame_at=row.last_frame_at,
            ),
            row.updated_at,
            row.alerted_at,
        )
        for name, row in rows
    }


async def fall_silent(session: AsyncSession, name: str, last_frame_at: datetime | None) -> bool:
    """Note that managers are told of a camera's silence, unless they have been or it gave a frame after that one.

    Returns:
        Whether it is for the caller to tell them, in this transaction.
    """
    row = await _row(session, name)
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


async def come_back(session: AsyncSession, name: str) -> bool:
    """Note that managers are told of a camera's return, if they were told of its silence.

    Returns:
        Whether it is for the caller to tell them, in this transaction.
    """
    camera_id = select(Camera.id).where(Camera.name == name).scalar_subquery()
    return await _changed(
        session,
        update(CameraState)
        .where(CameraState.camera_id == camera_id, CameraState.alerted_at.is_not(None))
        .values(alerted_at=None),
    )


async def _row(session: AsyncSession, name: str) -> CameraState:
    """The state of the camera called `name`; one that nobody has heard of is new and stopped."""
    camera = (await session.scalars(select(Camera).where(Camera.name == name))).first()
    if camera is None:
        camera = Camera(name=name)
        session.add(camera)
        await session.flush()
    row = await session.get(CameraState, camera.id)
    if row is None:
        row = CameraState(camera_id=camera.id, state="stopped", updated_at=datetime.now(UTC))
        session.add(row)
    return row


async def _changed(session: AsyncSession, change: Any) -> bool:
    return cast(CursorResult[Any], await session.execute(change)).rowcount == 1
