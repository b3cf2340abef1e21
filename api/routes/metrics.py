"""`/metrics`: what Prometheus scrapes."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from api.cameras import cameras_now
from api.metrics import Measured, exposition
from api.models import in_use
from api.problems import NO_DATABASE
from api.service import Service
from db import link_report, shops
from db.errors import DatabaseError
from db.monitoring import running


class Exposition(Response):
    """Prometheus' text format."""

    media_type = CONTENT_TYPE_PLAIN_0_0_4


def routes(service: Service) -> APIRouter:
    """The route, for one shop."""
    router = APIRouter(tags=["running"])
    this_version = version("amiko")

    @router.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=Exposition,
        responses=NO_DATABASE,
    )
    async def metrics() -> Exposition:
        now, link = datetime.now(UTC), link_report.read(link_report.beside(service.config.database.url))
        try:
            measured = await measure(now)
        except DatabaseError:
            if link is None:
                raise
            return Exposition(exposition(None, link, now))
        return Exposition(exposition(measured, link, now))

    async def measure(now: datetime) -> Measured:
        async with service.database.reading() as session:
            shop = await shops.of_config(session, service.config.store.name)
            clock = now.astimezone(ZoneInfo(service.config.store.timezone))
            midnight = clock.replace(hour=0, minute=0, second=0, microsecond=0)
            return Measured(
                now=now,
                version=this_version,
                cameras=await cameras_now(session, service.config, now),
                running=await running(session, midnight, shop.id),
                models={kind: model.trained_at for kind, model in (await in_use(session)).items() if model},
            )

    return router
