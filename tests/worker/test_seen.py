"""Who stays in view is known to be there: their card is not closed as missed, however long they stay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amiko.clip import Figure
from amiko.config import BotConfig, Camera, Config
from bot.shift import deadlines
from db import lifecycle, staff
from db.engine import Database
from db.offering import EVERYBODY
from tests.worker.conftest import ScriptedNetworks
from tests.worker.drawn import Pose, draw, people, standing
from worker.pipeline import Event
from worker.recorder import Recorder
from worker.replay import Replay

BEGAN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RULES = BotConfig(gone_after=5)


@pytest.fixture(scope="module")
def visitor() -> Figure:
    return people()[1]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With an assistant who waits."""
    database = Database(database_url)
    async with database.session() as session:
        anna = await staff.add(session, "Anna", "assistant", telegram_id=7)
        await staff.login(session, telegram_id=7, username=None, chat_id=7)
        await staff.set_status(session, anna.id, "waiting")
    yield database
    await database.close()


def replayed(clip: Path, rules: BotConfig = RULES) -> list[tuple[float, Event]]:
    """What came of the clip's visits, and when (s)."""
    config = Config(bot=rules)
    replay = Replay(
        clip, Camera(name="door", url=str(clip)), config, config.routing.as_departments(), ScriptedNetworks()
    )
    return [
        (step.frame.at if step.frame else 1e9, event)
        for step in replay.steps()
        for event in step.events
        if event.kind != "new"
    ]


async def test_the_card_of_somebody_in_view_stays_open_and_is_missed_once_they_have_gone(
    database: Database, visitor: Figure, tmp_path: Path
) -> None:
    """As a clip is played in real time: at each event, the visit must not have been missed by then."""
    clip = draw(tmp_path / "stays.mp4", 16, [(visitor, standing(500, until=13))])
    recorder = Recorder(database, "camera", EVERYBODY)
    kinds, missed_at = [], BEGAN + timedelta(days=1)
    for at, event in replayed(clip):
        now = BEGAN + timedelta(seconds=at)
        assert now < missed_at
        await recorder.write(event, lambda at: BEGAN + timedelta(seconds=at))
        kinds.append(event.kind)
        async with database.reading() as session:
            (visit,) = await lifecycle.open_visits(session)
        (miss,) = [d for d in deadlines(replace(visit, offered_at=BEGAN), RULES) if d.step == "miss"]
        missed_at = miss.since + timedelta(seconds=miss.after)
    assert kinds[0] == "decided"
    assert kinds[1:-1] == ["seen"] * 4
    assert kinds[-1] == "ended"
    assert 17 < (missed_at - BEGAN).total_seconds() < 18.5


def test_it_costs_a_line_in_half_a_minute(visitor: Figure, tmp_path: Path) -> None:
    clip = draw(tmp_path / "stays.mp4", 40, [(visitor, standing(500))], fps=4)
    assert [event.kind for _, event in replayed(clip, BotConfig())] == ["decided", "seen", "ended"]


def test_who_comes_back_is_seen_again_and_their_visit_ends_once(visitor: Figure, tmp_path: Path) -> None:
    still = standing(500)

    def turning(at: float) -> Pose | None:
        pose = still(at)
        return replace(pose, turned=3 <= at < 7) if pose else None

    told = [event for _, event in replayed(draw(tmp_path / "turns.mp4", 12, [(visitor, turning)]))]
    assert [event.kind for event in told] == ["decided", "ended", "seen", "seen", "seen"]
    assert len({event.visit.id for event in told}) == 1
    assert [event.visit.last_seen for event in told] == sorted(event.visit.last_seen for event in told)
    assert told[1].visit.last_seen < 3.5
    assert told[-1].visit.last_seen > 11.5
    assert told[-1].visit.faces > told[1].visit.faces + 20
