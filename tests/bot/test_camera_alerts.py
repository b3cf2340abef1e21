"""Cameras: how they are doing, and one alert for a silence and one for its end, whatever restarts in between."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amiko.config import Config
from db import cameras
from db.cameras import CameraReport
from tests.bot.conftest import Shop

ANNA, BORIS, VERA = 1001, 1002, 1003
SILENT = "🔴 Камера Вход & двор не даёт изображения"
BACK = "🟢 Камера Вход & двор снова даёт изображение"


@pytest.fixture
def watched(shop: Shop) -> Shop:
    """The shop with one camera, whose silence is told after a second: sooner than a configuration may ask for."""
    return patient(shop, 1.0)


def patient(shop: Shop, seconds: float) -> Shop:
    """The shop with one camera, whose silence is told after so long."""
    camera = {"name": "Вход & двор", "url": "rtsp://192.0.2.1/1"}
    config = Config.model_validate(shop.config.model_dump() | {"cameras": [camera]})
    settings = config.bot.model_copy(update={"camera_silent": seconds})
    return Shop(shop.simulator, config.model_copy(update={"bot": settings}), shop.database)


async def frame(shop: Any, name: str = "Вход & двор", **changes: Any) -> None:
    """The worker writes that a frame has come."""
    report = {
        "name": name,
        "state": "running",
        "fps": 7.96,
        "dropped": 3,
        "reconnects": 1,
        "lag_ms": 41.0,
        "last_frame_at": datetime.now(UTC),
    }
    async with shop.database.session() as session:
        await cameras.write(session, [CameraReport(**report | changes)])


def alerts(shop: Any, person: int = VERA) -> list[str]:
    return [message.text for message in shop.simulator.messages(person) if message.text.startswith(("🔴", "🟢"))]


async def quiet(shop: Any) -> None:
    """Long enough for another alert, if there were one."""
    await asyncio.sleep(3)
    await shop.ask(VERA, "/digest")


async def test_managers_hear_once_of_a_silence_and_once_of_its_end(watched, until) -> None:
    shop = watched
    async with shop.bot():
        await shop.hire("Вера", VERA, role="manager")
        await shop.hire("Анна", ANNA)
        await frame(shop)
        await until(lambda: alerts(shop))
        await quiet(shop)
        assert [text.startswith(SILENT) for text in alerts(shop)] == [True]
        assert "последний кадр был в" in alerts(shop)[0]

        await frame(shop)
        await until(lambda: len(alerts(shop)) == 2)
        assert alerts(shop)[1].startswith(BACK)
        assert alerts(shop, ANNA) == []


async def test_a_restart_repeats_no_alert_and_forgets_none(watched, until) -> None:
    shop = watched
    await shop.hire("Вера", VERA, role="manager")
    await frame(shop)
    async with shop.bot():
        await until(lambda: alerts(shop))
    async with shop.bot():
        await quiet(shop)
        assert len(alerts(shop)) == 1
        await frame(shop)
        await until(lambda: len(alerts(shop)) == 2)
    assert alerts(shop)[1].startswith(BACK)


async def test_a_camera_that_never_gave_a_frame_is_silent_too(watched, until) -> None:
    shop = watched
    await shop.hire("Вера", VERA, role="manager")
    async with shop.bot():
        await until(lambda: alerts(shop))
    assert "проверьте питание, кабель и адрес" in alerts(shop)[0].lower()


async def test_a_camera_that_gives_frames_raises_no_alarm_whatever_its_clock_says(shop) -> None:
    shop = patient(shop, 4)
    await shop.hire("Вера", VERA, role="manager")
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    async with shop.bot():
        for n in range(12):
            await frame(shop, last_frame_at=hour_ago + timedelta(milliseconds=n))
            await asyncio.sleep(0.5)
    assert alerts(shop) == []


async def test_an_old_last_frame_counts_from_the_bots_start(shop) -> None:
    """A shop that opens in the morning: yesterday's last frame is no reason for an alarm."""
    shop = patient(shop, 4)
    await shop.hire("Вера", VERA, role="manager")
    await frame(shop, last_frame_at=datetime.now(UTC) - timedelta(hours=12))
    async with shop.bot():
        await asyncio.sleep(1)
        assert alerts(shop) == []
        await frame(shop)
        await asyncio.sleep(1)
        assert alerts(shop) == []


async def test_a_camera_that_is_no_longer_configured_is_not_missed(shop) -> None:
    config = shop.config.model_copy(update={"bot": shop.config.bot.model_copy(update={"camera_silent": 0.5})})
    shop = Shop(shop.simulator, config, shop.database)
    await shop.hire("Вера", VERA, role="manager")
    await frame(shop)
    async with shop.bot():
        await quiet(shop)
        assert alerts(shop) == []
        assert (await shop.ask(VERA, "/cameras")).text.startswith("Камеры не настроены")


async def test_the_cameras_are_shown_as_the_worker_wrote_them(shop) -> None:
    shop = patient(shop, 600)  # an alert would stand between question and answer
    async with shop.bot():
        await shop.hire("Вера", VERA, role="manager")
        assert "ещё не работала" in (await shop.ask(VERA, "/cameras")).text
        await frame(shop)
        name, state, last, faults = (await shop.ask(VERA, "/cameras")).text.splitlines()
        assert (name, state) == ("Вход & двор", "🟢 работает, 8.0 кадр/с")
        assert re.fullmatch(r"последний кадр: \d с назад", last)
        assert faults == "переподключений: 1, пропущено кадров: 3"
        await frame(shop, state="failed", last_frame_at=None)
        assert "🔴 не открывается" in (await shop.ask(VERA, "/cameras")).text
