"""The pipeline on the drawn clip: two people walk in, each is one visit, decided while they are still in view."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from amiko.config import Camera, Config, PrivacyConfig, WorkerConfig
from routing.departments import Department
from tests.worker.conftest import ScriptedNetworks, traits
from vision.detector import FaceDetector
from worker.pipeline import Arrival, Event, Pipeline
from worker.reading import GENERAL
from worker.video_file import read_file

DEPARTMENTS = (Department("hers", {}, gender={"female": 3.0}), Department("any", {}))


def everything(
    clip: Path,
    networks: ScriptedNetworks,
    config: Config | None = None,
    zone: tuple[tuple[float, float], ...] = ((0, 0), (1, 0), (1, 1), (0, 1)),
) -> list[Arrival | Event]:
    config = config or Config()
    camera = Camera(name="door", url=str(clip), zone=zone)
    pipeline = Pipeline(camera, config, DEPARTMENTS, networks, lambda number: f"visit-{number}")
    events = [event for frame in read_file(clip, config.worker.fps) for event in pipeline.process(frame)]
    return events + pipeline.finish()


def watched(*arguments: Any, **named: Any) -> list[Event]:
    """What came of the visits."""
    return [event for event in everything(*arguments, **named) if event.kind != "new"]


@pytest.fixture(scope="module")
def events(clip: Path) -> list[Event]:
    return watched(clip, ScriptedNetworks())


def test_each_person_is_new_once_decided_once_and_ends_once(clip: Path) -> None:
    told = [event.as_json() for event in everything(clip, ScriptedNetworks())]
    assert [(event["event"], event["visit"]) for event in told] == [
        ("new", "visit-0"),
        ("decided", "visit-0"),
        ("ended", "visit-0"),
        ("new", "visit-1"),
        ("decided", "visit-1"),
        ("ended", "visit-1"),
    ]
    assert [event["at"] for event in told] == sorted(event["at"] for event in told)
    for new, decided in ((told[0], told[1]), (told[3], told[4])):
        assert new["first_seen"] == decided["first_seen"] < new["at"] <= decided["at"]


def test_the_times_are_those_of_the_clip(events: list[Event]) -> None:
    first, second = (event.visit for event in events[1::2])
    assert 1.0 <= first.first_seen <= 2.0
    assert 6.0 <= first.last_seen <= 6.7
    assert 9.5 <= second.first_seen <= 10.5
    assert 14.5 <= second.last_seen <= 15.2


def test_the_decision_comes_soon_after_the_first_face(events: list[Event]) -> None:
    for event in events[::2]:
        assert 0 < event.visit.decided - event.visit.first_seen <= 1.6


def test_the_department_follows_from_the_traits(events: list[Event]) -> None:
    reading = events[0].visit.reading
    assert reading.department == "hers"
    assert reading.department_p == pytest.approx((0.9 * 3 + 0.1) / (0.9 * 3 + 0.1 + 1))
    assert (reading.gender, reading.age_band, reading.attire) == ("female", "25-34", ())


def test_the_networks_run_a_few_times_per_visitor_and_not_per_frame(clip: Path) -> None:
    networks = ScriptedNetworks()
    faces = sum(event.visit.faces for event in watched(clip, networks) if event.kind == "ended")
    assert faces > 60
    assert sum(networks.batches) <= 2 * 5
    assert len(networks.batches) <= 4


def test_visitors_are_read_in_both_views(clip: Path) -> None:
    networks = ScriptedNetworks()
    watched(clip, networks)
    assert min(networks.turns.count(turn) for turn in (0, 1)) >= len(networks.turns) / 3


def test_looks_that_never_agree_are_decided_when_time_is_up(clip: Path) -> None:
    ages = itertools.cycle((10, 80))
    contrary = ScriptedNetworks(lambda _: traits(age=next(ages)))
    decided = [event.visit for event in watched(clip, contrary) if event.kind == "decided"]
    assert len(decided) == 2
    for visit in decided:
        assert 1.4 <= visit.decided - visit.first_seen <= 2.0


def test_too_little_seen_is_said_honestly(clip: Path) -> None:
    strict = Config(worker=WorkerConfig(min_quality=1.0))
    decided = [event.visit for event in watched(clip, ScriptedNetworks(), strict) if event.kind == "decided"]
    assert [visit.reading.department for visit in decided] == [GENERAL, GENERAL]
    assert decided[0].reading.department_p == 0
    assert "too little was seen" in decided[0].reading.reason
    assert decided[0].reading.age_mean == pytest.approx(30, abs=0.5)


def test_faces_outside_the_zone_are_nobodys_visit(clip: Path) -> None:
    """Eileen Collins goes to the left, Grace Hopper to the right."""
    right = ((0.51, 0.0), (1.0, 0.0), (1.0, 1.0), (0.51, 1.0))
    ended = [event.visit for event in watched(clip, ScriptedNetworks(), zone=right) if event.kind == "ended"]
    assert len(ended) == 1
    assert ended[0].first_seen > 9


def test_who_leaves_the_zone_and_comes_back_is_the_same_visitor(clip: Path) -> None:
    """A zone with a notch that the first visitor crosses from 2.0 to 3.6 s, longer than a track is kept."""
    gap = ((0, 0), (0.38, 0), (0.38, 0.6), (0.45, 0.6), (0.45, 0), (1, 0), (1, 1), (0, 1))
    quick = Config(worker=WorkerConfig(lost_after=0.5))
    ended = [event.visit for event in watched(clip, ScriptedNetworks(), quick, gap) if event.kind == "ended"]
    assert [visit.id for visit in ended] == ["visit-0", "visit-1"]
    assert ended[0].faces < 35


@pytest.mark.parametrize(("choice", "faces"), [("blurred", 0), ("clear", 1)])
def test_the_snapshot_shows_a_face_only_where_configured(clip: Path, choice: str, faces: int) -> None:
    config = Config(privacy=PrivacyConfig.model_validate({"snapshots": choice}))
    snapshot = watched(clip, ScriptedNetworks(), config)[0].snapshot
    assert snapshot is not None
    picture = cv2.imdecode(np.frombuffer(snapshot, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[0] == 480
    # Well below the threshold at which the worker itself sees a face.
    assert len(FaceDetector(threshold=0.25).detect(np.asarray(picture, np.uint8))) == faces


def test_there_is_no_snapshot_where_they_are_off(clip: Path) -> None:
    config = Config(privacy=PrivacyConfig(snapshots="off"))
    assert watched(clip, ScriptedNetworks(), config)[0].snapshot is None


def test_a_still_scene_is_not_searched(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []
    monkeypatch.setattr(FaceDetector, "detect", lambda self, frame, region: searched.append(1) or [])
    still = next(read_file(clip, 8)).image
    from worker.frame import Frame

    pipeline = Pipeline(Camera(name="a", url=0), Config(), DEPARTMENTS, ScriptedNetworks(), str)
    for step in range(20):
        pipeline.process(Frame(still, step / 8))
    assert len(searched) == 1
