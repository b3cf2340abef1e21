"""Visitors counted on real footage against those counted by eye (labels/visitors.yaml)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from amiko.config import Camera, Config
from tests.worker.conftest import ScriptedNetworks
from worker.replay import Replay

LABELS: dict[str, dict[str, dict[str, list[tuple[float, float, float]]]]] = yaml.safe_load(
    (Path(__file__).parent / "labels" / "visitors.yaml").read_text("utf-8")
)
UNSEEN = {"crowd_450p.mp4": 3}
"""Known shortfall: of the crowd's 16 visitors these make no visit, while two make one who turn away."""


@dataclass(frozen=True)
class Count:
    """What the pipeline made of a clip: visits in all, and how many of them show each labelled visitor."""

    visits: int
    of: Counter[str]


@lru_cache
def counted(clip: Path) -> Count:
    config = Config()
    camera = Camera(name="door", url=str(clip))
    replay = Replay(clip, camera, config, config.routing.as_departments(), ScriptedNetworks())
    people, told = LABELS[clip.name]["visitors"], set()
    shown: dict[int, Counter[str]] = {}
    replay.pipeline.witness = lambda visitor, visit: told.add(visitor.number)
    for step in replay.steps():
        if step.frame is None:
            continue
        height, width = step.frame.image.shape[:2]
        for name, looks in people.items():
            for x, y in ((x * width, y * height) for at, x, y in looks if abs(at - step.frame.at) < 0.02):
                for visitor in replay.pipeline.visitors.values():
                    if visitor.face is not None and visitor.last_seen == step.frame.at:
                        left, top, right, bottom = visitor.face.box
                        if left <= x <= right and top <= y <= bottom:
                            shown.setdefault(visitor.number, Counter())[name] += 1
    # Each visit belongs to whom it shows most often.
    return Count(len(told), Counter(shown[number].most_common(1)[0][0] for number in told if number in shown))


@pytest.mark.parametrize("name", LABELS)
def test_visits_are_as_many_as_visitors_give_or_take_one(shared_video: Path, name: str) -> None:
    assert abs(counted(shared_video / name).visits - len(LABELS[name]["visitors"])) <= 1


@pytest.mark.parametrize("name", LABELS)
def test_nobody_is_counted_twice(shared_video: Path, name: str) -> None:
    twice = [visitor for visitor, visits in counted(shared_video / name).of.items() if visits > 1]
    assert twice == []


@pytest.mark.parametrize("name", LABELS)
def test_hardly_anybody_is_missed(shared_video: Path, name: str) -> None:
    missed = [visitor for visitor in LABELS[name]["visitors"] if visitor not in counted(shared_video / name).of]
    assert len(missed) <= UNSEEN.get(name, 0)
