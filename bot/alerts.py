"""Watches the cameras' states, and has managers told once of a silent camera and once of its return."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from bot.delivery.incident import Incident
from bot.shop import Shop
from db import notices, nudge, shops
from db.cameras import CameraStatus, come_back, everywhere, fall_silent
from db.errors import DatabaseError

_EVERY_SECONDS = 1.0
_log = logging.getLogger(__name__)


_Watched = tuple[int, str]  # a shop's id, and a camera's name


@dataclass(frozen=True)
class _Seen:
    """The newest frame of a camera that the bot knows of, and when it saw that it was the newest (monotonic)."""

    last_frame_at: datetime | None
    since: float


class CameraAlerts:
    """Knows silence by its own patience, so that no clock that was set back or forth makes one or hides one.

    A camera is silent when the time of its last frame has not changed for as long as is configured, counted from
    the bot's start at the earliest.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._names = [camera.name for camera in shop.config.cameras]
        self._patience = shop.config.bot.camera_silent
        self._seen: dict[_Watched, _Seen] = {}
        self._began = time.monotonic()
        self._away = Incident(_log, "the cameras' states wait", "the cameras' states can be read again")
        self._known = False  # whether the states have been read since the bot's start

    async def run(self) -> NoReturn:
        """Look until cancelled; while the database is away, nobody can be told."""
        while True:
            try:
                await self._look()
            except DatabaseError as error:
                self._away.happens(str(error))
            else:
                self._away.over()
            await asyncio.sleep(_EVERY_SECONDS)

    async def _look(self) -> None:
        cameras = await self._cameras()
        now = time.monotonic()
        self._seen = {camera: self._seen.get(camera) or _Seen(None, self._first_seen(now)) for camera in cameras}
        for camera, status in cameras.items():
            if self._gave_a_frame(camera, status, now):
                if status is not None and status.alerted_at is not None:
                    await self._tell_of_return(camera, status)
            elif now - self._seen[camera].since > self._patience and (status is None or status.alerted_at is None):
                await self._tell_of_silence(camera)
        self._known = True

    async def _cameras(self) -> dict[_Watched, CameraStatus | None]:
        """The cameras of our own config.yaml, and those that the other shops' workers report on."""
        async with self._shop.database.reading() as session:
            own = (await shops.of_config(session, self._shop.config.store.name)).id
            known = {(shop_id, status.report.name): status for shop_id, status in await everywhere(session)}
        configured = [(own, name) for name in self._names]
        others = [camera for camera in known if camera[0] != own]
        return {camera: known.get(camera) for camera in [*configured, *others]}

    def _first_seen(self, now: float) -> float:
        """Since when a camera that is new to us is known: from the bot's start, or from now where it came later."""
        return now if self._known else self._began

    def _gave_a_frame(self, camera: _Watched, status: CameraStatus | None, now: float) -> bool:
        """Whether the camera has given a frame since the last look; a first look cannot know."""
        last = status.report.last_frame_at if status is not None else None
        if last == self._seen[camera].last_frame_at:
            return False
        self._seen[camera] = _Seen(last, now)
        return self._known

    async def _tell_of_silence(self, camera: _Watched) -> None:
        shop_id, name = camera
        last = self._seen[camera].last_frame_at
        async with self._shop.database.session() as session:
            if not await fall_silent(session, name, last, shop_id):
                return
            await notices.tell_managers(
                session,
                shop_id,
                "camera_silent",
                {
                    "camera": name,
                    "seconds": self._patience,
                    "last_frame_at": last.isoformat() if last is not None else None,
                },
            )
        _log.warning("camera %s has given no frame for %g s", name, self._patience)
        nudge.send(self._shop.database.url)

    async def _tell_of_return(self, camera: _Watched, status: CameraStatus) -> None:
        shop_id, name = camera
        async with self._shop.database.session() as session:
            if not await come_back(session, name, shop_id):
                return
            assert status.alerted_at is not None
            told = {"camera": name, "alerted_at": status.alerted_at.isoformat()}
            await notices.tell_managers(session, shop_id, "camera_back", told)
        _log.warning("camera %s gives frames again", name)
        nudge.send(self._shop.database.url)
