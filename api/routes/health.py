"""`/health`: whether this service can answer, and what in the shop does not work now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.cameras import CameraNow, cameras_now
from api.problems import NO_DATABASE
from api.service import Service


class CameraHealth(BaseModel):
    """One camera."""

    name: str
    state: Literal["never watched", "starting", "running", "stalled", "failed", "stopped"]
    alive: bool = Field(description="Whether it gave a frame within bot.camera_silent seconds.")
    last_frame_age_seconds: float | None


class Health(BaseModel):
    """How the service and the shop are doing."""

    status: Literal["ok", "degraded"] = Field(description="degraded: a camera is not alive.")
    database: Literal["ok"]
    cameras: list[CameraHealth]


def routes(service: Service) -> APIRouter:
    """The route, for one shop."""
    router = APIRouter(tags=["running"])

    @router.get(
        "/health",
        summary="Whether everything works",
        responses=NO_DATABASE,
    )
    async def health() -> Health:
        """Answers 200 as long as this service does its work; a dead camera makes the status `degraded`."""
        async with service.database.reading() as session:
            cameras = await cameras_now(session, service.config, datetime.now(UTC))
        return Health(
            status="ok" if all(camera.alive for camera in cameras) else "degraded",
            database="ok",
            cameras=[_told(camera) for camera in cameras],
        )

    return router


def _told(camera: CameraNow) -> CameraHealth:
    return CameraHealth(
        name=camera.name,
        state=camera.report.state if camera.report else "never watched",
        alive=camera.alive,
        last_frame_age_seconds=camera.frame_age_seconds,
    )
