"""`/health`: whether this service can answer, and what in the shop does not work now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.cameras import CameraNow, cameras_now
from api.models import in_use
from api.problems import NO_DATABASE
from api.service import Service
from db.shop_models import ModelKind, TrainedModel


class CameraHealth(BaseModel):
    """One camera."""

    name: str
    state: Literal["never watched", "starting", "running", "stalled", "failed", "stopped"]
    alive: bool = Field(description="Whether it gave a frame within bot.camera_silent seconds.")
    last_frame_age_seconds: float | None


class ModelHealth(BaseModel):
    """One trained model."""

    kind: ModelKind
    trained_at: datetime | None = Field(description="null: none was trained, and what needs it answers 503.")
    synthetic: bool = Field(description="Whether it learnt from generated data.")


class Health(BaseModel):
    """How the service and the shop are doing."""

    status: Literal["ok", "degraded"] = Field(description="degraded: a camera is not alive.")
    database: Literal["ok"]
    cameras: list[CameraHealth]
    models: list[ModelHealth]


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
            models = await in_use(session)
        return Health(
            status="ok" if all(camera.alive for camera in cameras) else "degraded",
            database="ok",
            cameras=[_camera(camera) for camera in cameras],
            models=[_model(kind, model) for kind, model in models.items()],
        )

    return router


def _camera(camera: CameraNow) -> CameraHealth:
    return CameraHealth(
        name=camera.name,
        state=camera.report.state if camera.report else "never watched",
        alive=camera.alive,
        last_frame_age_seconds=camera.frame_age_seconds,
    )


def _model(kind: ModelKind, model: TrainedModel | None) -> ModelHealth:
    return ModelHealth(
        kind=kind,
        trained_at=model.trained_at if model else None,
        synthetic=bool(model and model.protocol.get("synthetic")),
    )
