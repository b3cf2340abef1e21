"""Who is counted, on clips drawn for one case each: posters, turned heads, crossings, company, staff, ways of entry."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from amiko.clip import Figure
from amiko.config import Camera, Config, WorkerConfig
from tests.worker.conftest import ScriptedNetworks, traits
from tests.worker.drawn import Pose, coming, draw, people, standing, walking
from worker.replay import Replay
from worker.visit import Visit


@pytest.fixture(scope="module")
def two() -> tuple[Figure, Figure]:
    return people()


def decided_when(clip: Path, networks: ScriptedNetworks) -> list[tuple[float, Visit]]:
    """Each visit, as it is decided, with the time of the frame that was analysed then."""
    config = Config()
    replay = Replay(clip, Camera(name="door", url=str(clip)), config, config.routing.as_departments(), networks)
    frames = [(step.frame.at, event) for step in replay.steps() if step.frame for event in step.events]
    return [(at, event.visit) for at, event in frames if event.kind == "decided"]


def visits(clip: Path, config: Config | None = None, **camera: object) -> list[Visit]:
    config = config or Config()
    place = Camera.model_validate({"name": "door", "url": str(clip), **camera})
    replay = Replay(clip, place, config, config.routing.as_departments(), ScriptedNetworks())
    return [event.visit for step in replay.steps() for event in step.events if event.kind == "ended"]


def test_a_poster_makes_no_visit_and_who_passes_before_it_makes_one(tmp_path: Path, two: tuple[Figure, Figure]) -> None:
    hanging, passing = two
    clip = draw(
        tmp_path / "poster.mp4",
        14,
        [(passing, walking(-200, 1480, since=5, seconds=6, size=0.8))],
        posters=[(hanging, Pose(300, 330, 0.45))],
    )
    counted = visits(clip)
    assert len(counted) == 1
    assert counted[0].first_seen > 4.9


def test_a_poster_beside_people_who_come_and_go_makes_no_visit(tmp_path: Path, two: tuple[Figure, Figure]) -> None:
    hanging, passing = two

    def there_and_back(at: float) -> Pose | None:
        return walking(-200, 1480, since=1 + 8 * (at // 8), seconds=6)(at)

    clip = draw(tmp_path / "posters.mp4", 16, [(passing, there_and_back)], posters=[(hanging, Pose(640, 330, 0.5))])
    assert len(visits(clip)) <= 2


def test_somebody_who_hardly_moves_is_still_counted(tmp_path: Path, two: tuple[Figure, Figure]) -> None:
    clip = draw(tmp_path / "still.mp4", 6, [(two[0], standing(400))])
    counted = visits(clip)
    assert len(counted) == 1
    assert counted[0].decided - counted[0].first_seen < 3


def test_who_is_out_of_sight_when_time_is_up_is_decided_all_the_same(
    tmp_path: Path, two: tuple[Figure, Figure]
) -> None:
    """Their looks disagree, and they are gone after 1.2 s: the clock decides, well before their track ends."""
    ages = itertools.cycle((10, 80))
    clip = draw(tmp_path / "gone.mp4", 5, [(two[0], standing(500, until=1.2))])
    ((at, visit),) = decided_when(clip, ScriptedNetworks(lambda _: traits(age=next(ages))))
    assert visit.last_seen < 1.2
    assert 1.5 <= at - visit.first_seen <= 1.9
    assert visit.decided == at


def test_whose_face_is_only_seen_now_and_then_has_not_come_in(tmp_path: Path, two: tuple[Figure, Figure]) -> None:
    """Two looks, a second behind somebody, two looks again: that is no row of four."""
    still = standing(500)

    def where(at: float) -> Pose | None:
        return still(at) if at % 1.25 < 0.375 else None

    assert visits(draw(tmp_path / "hidden.mp4", 6, [(two[0], where)])) == []


def test_who_turns_away_for_a_moment_is_the_same_visitor(tmp_path: Path, two: tuple[Figure, Figure]) -> None:
    still = standing(500)

    def where(at: float) -> Pose | None:
        pose = still(at)
        return replace(pose, turned=3 <= at < 4.5) if pose else None

    assert len(visits(draw(tmp_path / "turns.mp4", 8, [(two[0], where)]))) == 1


def test_who_turns_away_for_longer_than_a_track_lives_is_known_again(
    tmp_path: Path, two: tuple[Figure, Figure]
) -> None:
    still = standing(500)

    def where(at: float) -> Pose | None:
        pose = still(at)
        return replace(pose, turned=3 <= at < 7) if pose else None

    assert len(visits(draw(tmp_path / "turns.mp4", 11, [(two[1], where)]))) == 1


def test_two_who_cross_are_two(tmp_path: Path, two: tuple[Figure, Figure]) -> None:
    behind, before = two
    clip = draw(
        tmp_path / "cross.mp4",
        8,
        [
            (behind, walking(150, 1150, since=0.5, seconds=7, size=0.6)),
            (before, walking(1150, 150, since=0.5, seconds=7, size=0.8)),
        ],
    )
    assert len(visits(clip)) == 2


def test_two_who_come_in_together_are_two(tmp_path: Path, two: tuple[Figure, Figure]) -> None:
    clip = draw(tmp_path / "together.mp4", 6, [(two[0], coming(400, 0.5, 4.5)), (two[1], coming(880, 0.5, 4.5))])
    assert len(visits(clip)) == 2


def test_another_person_at_the_same_spot_is_another_visitor(tmp_path: Path, two: tuple[Figure, Figure]) -> None:
    clip = draw(
        tmp_path / "after.mp4", 10, [(two[0], standing(500, until=4)), (two[1], standing(500, since=5.5, until=9.5))]
    )
    assert len(visits(clip)) == 2


@pytest.fixture(scope="module")
def behind_the_till(tmp_path_factory: pytest.TempPathFactory, two: tuple[Figure, Figure]) -> Path:
    """An assistant who stands for 65 s, is away from 65 s to 80 s, and comes back a step aside."""
    before, after = standing(500, until=65), standing(560, since=80)
    return draw(tmp_path_factory.mktemp("till") / "till.mp4", 88, [(two[0], lambda at: before(at) or after(at))], fps=2)


@pytest.mark.parametrize(("minutes", "count"), [(30.0, 1), (0.0, 2)])
def test_staff_make_one_visit_in_revisit_minutes(behind_the_till: Path, minutes: float, count: int) -> None:
    config = Config(worker=WorkerConfig(fps=2, revisit_minutes=minutes))
    assert len(visits(behind_the_till, config)) == count


@pytest.fixture(scope="module")
def comes_nearer(tmp_path_factory: pytest.TempPathFactory, two: tuple[Figure, Figure]) -> Path:
    """Eileen Collins walks by without coming nearer; Grace Hopper comes from the doorway to the counter."""
    return draw(
        tmp_path_factory.mktemp("entry") / "entry.mp4",
        11,
        [(two[0], walking(100, 700, since=0.5, seconds=4, size=0.5)), (two[1], coming(800, 6, 4))],
    )


DOWNWARDS = [[0.0, 0.45], [1.0, 0.45]]
TO_THE_RIGHT = [[0.35, 1.0], [0.35, 0.0]]


@pytest.mark.parametrize(
    ("camera", "begun"),
    [
        ({}, [0.5, 6.0]),
        ({"entry": "approach"}, [6.0]),
        ({"entry": "line", "line": TO_THE_RIGHT}, [0.5]),
        ({"entry": "line", "line": TO_THE_RIGHT[::-1]}, []),
    ],
    ids=["seen", "approach", "line", "line the other way"],
)
def test_a_camera_says_who_has_come_in(comes_nearer: Path, camera: dict[str, object], begun: list[float]) -> None:
    counted = visits(comes_nearer, None, **camera)
    assert [visit.first_seen for visit in counted] == [pytest.approx(at, abs=0.8) for at in begun]
