"""The running service: what it tells of the shop, how it fails, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from db import cameras, lifecycle, staff, visits
from db.cameras import CameraReport
from db.engine import Database
from tests.api.server import Place, Served, served
from tests.visits import new_visit

CAMERAS = """
cameras:
  - {name: entrance, url: 0}
  - {name: yard, url: 1}
  - {name: cellar, url: 2}
"""


async def busy_day(url: str) -> None:
    """Two cameras were watched, Anna took a visitor, Boris waits for two cards and Vera for a notice."""
    database = Database(url)
    now = datetime.now(UTC)
    async with database.session() as session:
        await cameras.write(
            session,
            [
                CameraReport("entrance", "running", 7.9, 12, 2, 48.5, now),
                CameraReport("yard", "failed", 0.0, 0, 9, None, now - timedelta(hours=1)),
            ],
        )
        anna, boris = [await _hired(session, name, number) for number, name in enumerate(["Anna", "Boris"], 1)]
        served_one, waiting_one = new_visit(now), new_visit(now, department="kids")
        await visits.record(session, served_one, notify=True)
        await lifecycle.claim(session, served_one.id, anna)
        await lifecycle.serve(session, served_one.id, anna, "kids", then="busy")
        await staff.set_status(session, anna, "busy")
        await staff.set_status(session, boris, "waiting")
        await visits.record(session, waiting_one, notify=True)
    await database.close()


async def _hired(session, name: str, number: int) -> int:
    person = await staff.add(session, name, "assistant", telegram_id=number)
    await staff.login(session, telegram_id=number, username=None, chat_id=number)
    await staff.set_status(session, person.id, "waiting")
    return person.id


@pytest.fixture(scope="module")
def busy(shared_place: Place) -> Iterator[Served]:
    asyncio.run(busy_day(shared_place.url))
    with served(shared_place, CAMERAS) as api:
        yield api


def samples(api: Served) -> dict[tuple[str, ...], float]:
    """The samples of a scrape, by name and the values of the labels in the order of their names."""
    answer = api.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.text))
    assert all(family.documentation.endswith(".") for family in families)
    return {
        (s.name, *(s.labels[label] for label in sorted(s.labels))): s.value
        for family in families
        for s in family.samples
    }


def test_metrics_tell_how_each_camera_is_doing(busy: Served) -> None:
    found = samples(busy)
    assert found["amiko_camera_up", "entrance"] == 1
    assert found["amiko_camera_up", "yard"] == found["amiko_camera_up", "cellar"] == 0
    assert found["amiko_camera_state", "entrance", "running"] == found["amiko_camera_state", "yard", "failed"] == 1
    assert found["amiko_camera_state", "entrance", "failed"] == 0
    assert found["amiko_camera_frames_per_second", "entrance"] == 7.9
    assert found["amiko_camera_frames_dropped_total", "entrance"] == 12
    assert found["amiko_camera_reconnects_total", "yard"] == 9
    assert found["amiko_camera_analysis_lag_seconds", "entrance"] == pytest.approx(0.0485)
    assert 3600 <= found["amiko_camera_last_frame_age_seconds", "yard"] < 3700
    assert ("amiko_camera_analysis_lag_seconds", "yard") not in found
    assert ("amiko_camera_state", "cellar", "running") not in found


def test_metrics_tell_of_visits_and_of_who_waits(busy: Served) -> None:
    found = samples(busy)
    assert found["amiko_visits_total", "cosmetics", "camera"] == found["amiko_visits_total", "kids", "camera"] == 1
    assert found["amiko_visits_closed_total", "cosmetics", "camera", "served"] == 1
    assert found["amiko_visits_open", "offered"] == 1
    assert found["amiko_visits_open", "claimed"] == 0
    assert found["amiko_assistants", "waiting"] == found["amiko_assistants", "busy"] == 1
    assert found["amiko_outbox_pending", "card"] == 1
    assert found["amiko_outbox_pending", "notice"] == 0
    assert 0 < found["amiko_outbox_oldest_pending_age_seconds", "card"] < 600


def test_health_is_degraded_by_a_camera_that_is_not_alive(busy: Served) -> None:
    health = busy.get("/health")
    assert health.status_code == 200
    assert health.json()["status"] == "degraded"
    assert health.json()["database"] == "ok"
    told = {camera["name"]: (camera["state"], camera["alive"]) for camera in health.json()["cameras"]}
    assert told == {"entrance": ("running", True), "yard": ("failed", False), "cellar": ("never watched", False)}


def test_a_shop_without_cameras_and_models_is_well(place: Place) -> None:
    with served(place) as api:
        health = api.get("/health").json()
    assert health["status"] == "ok"
    assert [(model["kind"], model["trained_at"]) for model in health["models"]] == [
        ("churn", None),
        ("session-gender", None),
    ]


async def drop_a_table(url: str) -> None:
    database = Database(url)
    async with database.session() as session:
        await session.execute(text("DROP TABLE camera_states"))
    await database.close()


def test_a_database_that_fails_is_told_without_its_insides(place: Place) -> None:
    with served(place) as api:
        asyncio.run(drop_a_table(place.url))
        for path in ("/health", "/metrics"):
            answer = api.get(path)
            assert answer.status_code == 503
            assert answer.json() == {"detail": "The database cannot be read now; the service's log says why."}
        assert "run: amiko db upgrade" in api.log.read_text()


def test_what_is_not_there_is_answered_as_json(busy: Served) -> None:
    assert busy.get("/nowhere").json() == {"detail": "Not Found"}
    posted = httpx.post(busy.url + "/health", trust_env=False)
    assert posted.status_code == 405
    assert posted.headers["allow"] == "GET"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_though_clients_hold_on(place: Place, number: signal.Signals) -> None:
    with served(place) as api:
        where = httpx.URL(api.url)
        with httpx.Client(trust_env=False) as client, socket.create_connection((where.host, where.port)):
            client.get(api.url + "/health")
            api.process.send_signal(number)
            assert api.process.wait(60) == 0  # a busy machine takes its time; the service itself waits for a second
        assert "Traceback" not in api.log.read_text()
