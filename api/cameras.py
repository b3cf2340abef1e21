"""How the configured cameras are doing now, by what the worker last wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from amiko.config import Config
from db import shops
from db.cameras import CameraReport, statuses


@dataclass(frozen=True)
class CameraNow:
    """One camera now.

    Attributes:
        name: of the camera.
        report: what the worker last wrote down of it, None where it never did.
        report_age_seconds: how old that is.
        frame_age_seconds: how old the newest frame is, None where there never was one.
        alive: whether it gave a frame within `bot.camera_silent` seconds; after that managers are told.
    """

    name: str
    report: CameraReport | None
    report_age_seconds: float | None
    frame_age_seconds: float | None
    alive: bool


async def cameras_now(session: AsyncSession, config: Config, now: datetime) -> Sequence[CameraNow]:
    """The configured cameras, in their order; reading suffices."""
    shop = await shops.of_config(session, config.store.name)
    known = await statuses(session, [camera.name for camera in config.cameras], shop.id)
    found = []
    for camera in config.cameras:
        status = known.get(camera.name)
        frame_age = _age(status.report.last_frame_at, now) if status else None
        found.append(
            CameraNow(
                name=camera.name,
                report=status.report if status else None,
                report_age_seconds=_age(status.reported_at, now) if status else None,
                frame_age_seconds=frame_age,
                alive=frame_age is not None and frame_age <= config.bot.camera_silent,
            )
        )
    return found


def _age(instant: datetime | None, now: datetime) -> float | None:
    """Seconds since an instant; never below 0, whatever a clock did."""
    return None if instant is None else max(0.0, (now - instant).total_seconds())
