"""A till: customers make visits without a card, and those who may be under age make one age check each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from amiko.config import Camera, Config
from db import staff
from db.engine import Database
from db.models import Delivery, Notice, Snapshot, Visit
from db.offering import Offer
from routing.departments import Department
from tests.worker.conftest import ScriptedNetworks, traits
from vision.age_check import threshold_for
from worker.age_check import AgeCheck
from worker.pipeline import Event, Pipeline
from worker.recorder import Recorder
from worker.spool import Spool
from worker.video_file import read_file


def at_the_till(clip: Path, age: float, **settings: object) -> list[Event]:
    """What the till's pipeline says of the clip's two people, were they of this age."""
    config = Config.model_validate(settings)
    camera = Camera(name="till", role="checkout", url=str(clip))
    networks = ScriptedNetworks(lambda _: traits(age=age, spread=2))
    pipeline = Pipeline(camera, config, (Department("any", {}),), networks, lambda number: f"visit-{number}")
    events = [event for frame in read_file(clip, config.worker.fps) for event in pipeline.process(frame)]
    return [event for event in events + pipeline.finish() if event.kind != "new"]


@pytest.fixture(scope="module")
def young(clip: Path) -> list[Event]:
    return at_the_till(clip, 15)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With a manager who has signed in."""
    database = Database(database_url)
    async with database.session() as session:
        await staff.add(session, "Vera", "manager", telegram_id=7)
        await staff.login(session, telegram_id=7, username=None, chat_id=7)
    yield database
    await database.close()


def recorder(database: Database) -> Recorder:
    return Recorder(database, "camera", Offer())


async def rows(database: Database, table: type) -> list:
    async with database.reading() as session:
        return list(await session.scalars(select(table)))


def test_a_band_stands_for_a_probability() -> None:
    check = AgeCheck(0.05)
    assert check.band(traits(age=15, spread=2)) == "likely"
    assert check.band(traits(age=20, spread=2)) == "possible"
    assert check.band(traits(age=40, spread=2)) is None


def test_a_smaller_miss_rate_asks_older_customers() -> None:
    customer = traits(age=23, spread=3)
    p = float(customer.age[:18].sum())
    assert threshold_for(0.01) < p < threshold_for(0.2)
    assert AgeCheck(0.01).band(customer) == "possible"
    assert AgeCheck(0.2).band(customer) is None


def test_each_young_customer_is_checked_and_pictured_by_nobody(young: list[Event]) -> None:
    assert [(event.kind, event.visit.age_check) for event in young] == [("decided", "likely"), ("ended", "likely")] * 2
    assert [event.visit.as_json()["age_check"] for event in young] == ["likely"] * 4
    assert [event.snapshot for event in young] == [None] * 4


def test_a_grown_up_is_not_asked_and_the_line_says_so(clip: Path) -> None:
    assert [event.visit.as_json()["age_check"] for event in at_the_till(clip, 45)] == [None] * 4


def test_who_is_seen_too_badly_is_not_asked(clip: Path) -> None:
    """The error rates do not hold for such faces, and whoever passes by would be asked."""
    assert [event.visit.age_check for event in at_the_till(clip, 15, worker={"min_quality": 1.0})] == [None] * 4


async def test_a_customer_is_counted_and_checked_once_and_offered_to_nobody(
    database: Database, young: list[Event]
) -> None:
    now = datetime.now(UTC)
    for _ in range(2):
        for event in young[:2]:
            await recorder(database).write(event, lambda at: now + timedelta(seconds=at - 20))
    (visit,) = await rows(database, Visit)
    assert (visit.state, visit.origin) == ("recorded", "camera")
    (notice,) = await rows(database, Notice)
    assert (notice.kind, notice.payload["camera"], notice.payload["band"]) == ("age_check", "till", "likely")
    assert await rows(database, Delivery) == await rows(database, Snapshot) == []


async def test_a_check_that_could_not_be_written_in_time_is_not_told(
    database: Database, young: list[Event], tmp_path: Path
) -> None:
    """It waited on disk while the database was away."""
    then = datetime.now(UTC) - timedelta(minutes=2)
    spool = Spool(tmp_path / "spool.jsonl", database.snapshots)
    spool.append([recorder(database).entry(young[0], lambda at: then + timedelta(seconds=at))])
    (entry,) = spool.read()
    await recorder(database).store(entry)
    assert len(await rows(database, Visit)) == 1
    assert await rows(database, Notice) == []


async def test_a_replay_checks_without_telling_anybody(database: Database, young: list[Event]) -> None:
    await Recorder(database, "replay", None).write(young[0], lambda _: datetime.now(UTC))
    assert len(await rows(database, Visit)) == 1
    assert await rows(database, Notice) == []


def test_a_till_needs_the_weights_whose_misses_are_known() -> None:
    till = {"name": "till", "role": "checkout", "url": 0}
    with pytest.raises(ValidationError, match="role is checkout needs vision"):
        Config.model_validate({"cameras": [till], "vision": {"weights": "research"}})


@pytest.mark.parametrize("miss_rate", [0.01, 0.5])
def test_every_miss_rate_that_may_be_configured_has_a_threshold(miss_rate: float) -> None:
    assert 0 < threshold_for(Config.model_validate({"checkout": {"miss_rate": miss_rate}}).checkout.miss_rate) < 1
