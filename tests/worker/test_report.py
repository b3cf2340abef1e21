"""A clip's report: what it gathers from the real pipeline, and a folder that holds whole pages or none."""

from __future__ import annotations

import copy
import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import pytest

from amiko.config import Camera, Config
from tests.worker.conftest import ScriptedNetworks, traits
from worker.errors import SourceError
from worker.replay import Replay
from worker.report.evidence import Evidence
from worker.report.folder import ReportFolder
from worker.report.markup import Html, join, tag
from worker.report.page import Clip, clip_page
from worker.report.words import RUSSIAN, words_of

THRESHOLDS = ScriptedNetworks.attire_thresholds
EVIL = """<script>alert(1)</script>'"&.mp4"""


class Elements(HTMLParser):
    """The elements of a page, with their classes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.classes: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.classes += (dict(attrs).get("class") or "").split()


def replayed(
    clip: Path, config: Config | None = None, camera: Camera | None = None, age: float = 35, years_apart: float = 1
) -> Evidence:
    """What the clip shows, to networks that say another age of each look at a person, from `age` on."""
    config, camera = config or Config(), camera or Camera(name="door", url=str(clip))
    networks = ScriptedNetworks(lambda number: traits(age + years_apart * number, casual=0.8))
    job = Replay(clip, camera, config, config.routing.as_departments(), networks)
    evidence = Evidence(camera, config, job.pipeline)
    for step in job.steps():
        evidence.add(step.frame, step.events)
    return evidence


def page_of(evidence: Evidence, name: str = "clip.mp4") -> str:
    return clip_page(Clip(name, 18.0, "openvino", THRESHOLDS), evidence)


@pytest.fixture(scope="module")
def evidence(clip: Path) -> Evidence:
    """What the drawn clip shows: Collins from 1 s, Hopper from 9.5 s."""
    return replayed(clip)


def test_each_visitor_has_a_track_a_decision_and_their_looks(evidence: Evidence) -> None:
    first, second = sorted(evidence.decisions.values(), key=lambda decision: decision.visit.first_seen)
    assert first.cause == second.cause == "agreed"
    for decision in (first, second):
        stretches = evidence.tracks[decision.number].stretches
        assert stretches[0].start == decision.visit.first_seen
        assert stretches[-1].end == decision.visit.last_seen > decision.visit.decided
        qualities = [shot.quality for shot in decision.shots]
        assert qualities == sorted(qualities, reverse=True)
        assert all(shot.traits is not None and shot.picture is not None for shot in decision.shots)


def test_a_page_says_when_the_time_was_up(clip: Path) -> None:
    evidence = replayed(clip, Config.model_validate({"store": {"language": "en"}}), years_apart=30)
    causes = [decision.cause for decision in evidence.decisions.values()]
    assert "time" in causes
    page = page_of(evidence)
    assert page.count("the time was up: 1.5 s after the first good face") == causes.count("time")
    assert page.count("the good looks agree") == causes.count("agreed")


def test_a_page_has_a_card_and_a_mark_for_each_visitor(evidence: Evidence) -> None:
    elements = Elements(page_of(evidence))
    assert elements.classes.count("card") == elements.classes.count("mark") - 1 == 2  # one mark is the legend's
    assert elements.classes.count("department") == 2 * len(Config().routing.departments)


def test_faces_outside_the_zone_are_grey_and_have_no_card(clip: Path) -> None:
    corner = Camera(name="door", url=str(clip), zone=((0, 0), (0.05, 0), (0.05, 0.05), (0, 0.05)))
    evidence = replayed(clip, camera=corner)
    assert evidence.tracks
    assert not evidence.decisions
    classes = Elements(page_of(evidence)).classes
    assert "bar" in classes
    assert "card" not in classes
    assert not any(name.startswith("hue") for name in classes)


def test_a_page_without_visitors_says_why_there_are_none(clip: Path) -> None:
    english = Config.model_validate({"store": {"language": "en"}})
    corner = ((0, 0), (0.05, 0), (0.05, 0.05), (0, 0.05))
    behind = Camera(name="door", url=str(clip), zone=corner)
    uncrossed = Camera(name="door", url=str(clip), entry="line", line=corner[:2])
    for camera, says in ((behind, "Only faces outside the zone"), (uncrossed, "Faces were seen in the zone, but")):
        page = page_of(replayed(clip, english, camera))
        assert says in page
        assert ("Only faces" in page) != ("Faces were seen" in page)


def test_pictures_are_off_blurred_or_clear_as_privacy_says(clip: Path, evidence: Evidence) -> None:
    off, clear = (replayed(clip, Config.model_validate({"privacy": {"snapshots": how}})) for how in ("off", "clear"))
    assert "img" not in Elements(page_of(off)).names
    for kept in (evidence, clear):
        assert Elements(page_of(kept)).names.count("img") == sum(len(d.shots) for d in kept.decisions.values())
    blurred, seen = (next(iter(kept.decisions.values())).shots[0].picture for kept in (evidence, clear))
    assert len(blurred or b"") < len(seen or b"")


def test_no_name_can_become_markup(evidence: Evidence) -> None:
    renamed = copy.copy(evidence)
    renamed.camera = Camera(name="<img src=x onerror=alert(1)>", url="0")
    page = page_of(renamed, EVIL)
    elements = Elements(page)
    assert "script" not in elements.names
    assert len(re.findall("<img ", page)) == elements.names.count("img") == elements.classes.count("look")
    assert "&lt;script&gt;alert(1)" in page


def test_an_element_escapes_all_but_markup() -> None:
    assert tag("p", "<b>", tag("i", "&"), title='"') == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'
    assert join("<", Html("<br>")) == "&lt;<br>"


def test_a_page_asks_for_nothing_from_outside(evidence: Evidence) -> None:
    page = page_of(evidence)
    assert not re.search(r"https?://|url\(|@import|<script|<link(?! rel=\"icon\" href=\"data:,\")", page)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_page_speaks_the_shops_language(evidence: Evidence, language: str) -> None:
    spoken = copy.copy(evidence)
    spoken.config = Config.model_validate({"store": {"language": language}})
    page = page_of(spoken)
    assert f'<html lang="{language}">' in page
    shown = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert bool(re.search("[а-я]", shown)) is (language == "ru")


def test_every_phrase_has_the_same_blanks_in_both_languages() -> None:
    for english, russian in RUSSIAN.items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", russian)), english
    assert words_of("en")("{at} s", at=1) == "1 s"


def test_several_clips_have_an_index_and_each_a_page_of_its_own(evidence: Evidence, tmp_path: Path) -> None:
    folder = ReportFolder(tmp_path / "new" / "report")
    names = ["a#?.mp4", "a#?.mp4", "index", "я" * 120 + ".mp4"]
    pages = [folder.add(Clip(name, 18.0, "openvino", THRESHOLDS), evidence) for name in names]
    folder.finish(Config())
    assert len({page.name for page in pages} | {"index.html"}) == 5
    index = (tmp_path / "new" / "report" / "index.html").read_text()
    assert 'href="a%23%3F.mp4.html"' in index
    assert index.count("<a ") == 4


def test_one_clip_needs_no_index(evidence: Evidence, tmp_path: Path) -> None:
    folder = ReportFolder(tmp_path)
    folder.add(Clip("clip.mp4", 18.0, "openvino", THRESHOLDS), evidence)
    folder.finish(Config())
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4.html"]


@contextmanager
def nearly_full() -> Iterator[None]:
    """Files may not grow beyond 20 kB, so that a write stops in the middle as on a full disk.

    No fixture: pytest itself writes to a file between a test and the end of its fixtures.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_page_that_does_not_fit_is_not_left_in_part(evidence: Evidence, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4.html").write_text("an earlier report")
    with (
        nearly_full(),
        pytest.raises(SourceError, match=r"--report .*: cannot be written: File too large; name a folder"),
    ):
        ReportFolder(tmp_path).add(Clip("clip.mp4", 18.0, "openvino", THRESHOLDS), evidence)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"clip.mp4.html": "an earlier report"}


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="file: this is a file; name a folder"):
        ReportFolder(tmp_path / "file")
    with pytest.raises(SourceError, match="Not a directory"):
        ReportFolder(tmp_path / "file" / "below")


@pytest.mark.parametrize(("age", "says"), [(16, "Ask for ID"), (50, "No document needed")])
def test_at_a_till_a_card_says_whether_to_ask_for_a_document(clip: Path, age: float, says: str) -> None:
    till = Camera(name="till", url=str(clip), role="checkout")
    evidence = replayed(clip, Config.model_validate({"store": {"language": "en"}}), till, age)
    page = page_of(evidence)
    assert page.count(says) == len(evidence.decisions) > 0
    assert "department" not in Elements(page).classes
    assert "pictures in it: off" in page
