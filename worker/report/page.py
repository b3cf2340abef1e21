"""Puts a clip's page and the index of several clips together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from amiko.config import WHOLE_FRAME, Config
from worker.report.card import card
from worker.report.charts import places, timeline
from worker.report.evidence import Evidence
from worker.report.markup import Html, join, tag
from worker.report.words import Words, words_of

ENTRIES = {
    "seen": "whoever is seen in the zone",
    "approach": "whoever comes nearer in the zone",
    "line": "whoever crosses the line",
}


@dataclass(frozen=True)
class Clip:
    """What is known of a clip beside what was seen in it.

    Attributes:
        name: of the file.
        seconds: its length.
        backend: what computed the networks.
        thresholds: P(trait) from which attire is told as worn.
        warning: why it ended early, or None.
    """

    name: str
    seconds: float
    backend: str
    thresholds: Mapping[str, float]
    warning: str | None = None


@dataclass(frozen=True)
class Entry:
    """A clip's line in the index: its name, the file of its page, its length (s), and how many visitors it had."""

    name: str
    page: str
    seconds: float
    visitors: int


def clip_page(clip: Clip, evidence: Evidence) -> str:
    """The page of one clip, as HTML that needs nothing from outside."""
    config = evidence.config
    words = words_of(config.store.language)
    decisions = sorted(evidence.decisions.values(), key=lambda decision: decision.visit.first_seen)
    cards = [card(decision, config, clip.thresholds, words) for decision in decisions]
    body = join(
        tag("header", _title(clip.name, len(cards), words), _facts(clip, evidence, words), class_="top"),
        _warning(clip, words),
        _overview(clip, evidence, words),
        tag("main", *cards),
        _footer(_pictures(evidence, words), words),
    )
    return _document(clip.name, body, config)


def index_page(entries: Sequence[Entry], config: Config) -> str:
    """The page that leads to those of several clips."""
    words = words_of(config.store.language)
    rows = [
        tag(
            "a",
            tag("span", entry.name, class_="name"),
            tag("span", words("{seconds} s", seconds=f"{entry.seconds:.1f}"), class_="length"),
            tag("span", words("Visitors: {count}", count=entry.visitors), class_="count"),
            class_="clip", href=quote(entry.page),
        )
        for entry in entries
    ]  # fmt: skip
    title = words("All clips")
    top = tag("header", tag("h1", title), tag("p", config.store.name, class_="lead"), class_="top")
    return _document(title, join(top, tag("main", *rows, class_="index")), config)


def _document(title: str, body: Html, config: Config) -> str:
    folder = files("worker.report")
    template = Template(folder.joinpath("page.html").read_text(encoding="utf-8"))
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    return template.substitute(language=config.store.language, title=escape(title), style=style, body=body)


def _title(name: str, visitors: int, words: Words) -> Html:
    count = words("Visitors: {count}", count=visitors)
    return tag("div", tag("h1", name), tag("span", count, class_="count"), class_="title")


def _facts(clip: Clip, evidence: Evidence, words: Words) -> Html:
    config, camera, vision = evidence.config, evidence.camera, evidence.config.vision
    width, height = evidence.size
    length = words("{seconds} s", seconds=f"{clip.seconds:.1f}")
    analysed = words(
        "{frames} frames, {fps} a second", frames=evidence.pipeline.analysed, fps=f"{config.fps_of(camera):g}"
    )
    detector = words(
        "{side} px, from {threshold}, faces from {face} px",
        side=vision.detector_long_side, threshold=vision.detector_threshold, face=vision.min_face,
    )  # fmt: skip
    decides = words(
        "when {good} good faces agree, at the latest {seconds} s after the first",
        good=config.worker.good_faces, seconds=f"{config.worker.decide_within:g}",
    )  # fmt: skip
    main = [
        ("Length", length),
        ("Camera", camera.name),
        ("Weights", vision.weights),
        ("Analysed", analysed),
        ("Frame", words("{width} × {height} px", width=width, height=height)),
    ]
    more = [
        ("Zone", _zone(evidence, words)),
        ("Masks", str(len(camera.masks)) if camera.masks else words("none")),
        ("Rotation", f"{camera.rotation}°"),
        ("Role", words(camera.role)),
        ("Visitor", words(ENTRIES[camera.entry])),
        ("Computed by", clip.backend),
        ("Detector", detector),
        ("Good face", words("quality from {quality}", quality=config.worker.min_quality)),
        ("Decides", decides),
        ("Pictures", _pictures(evidence, words)),
    ]
    details = tag("details", tag("summary", words("Settings")), _list(more, words))
    return join(_list(main, words), details)


def _list(facts: Sequence[tuple[str, str]], words: Words) -> Html:
    return tag("dl", *(tag("div", tag("dt", words(name)), tag("dd", value)) for name, value in facts), class_="facts")


def _zone(evidence: Evidence, words: Words) -> str:
    zone = evidence.camera.zone
    if zone == WHOLE_FRAME:
        return words("whole frame")
    pairs = zip(zone, zone[1:] + zone[:1], strict=True)
    area = abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in pairs)) / 2
    return words("{share} of the frame", share=f"{area:.0%}")


def _pictures(evidence: Evidence, words: Words) -> str:
    """A till keeps none, whatever privacy.snapshots says."""
    return words("off" if evidence.camera.role == "checkout" else evidence.config.privacy.snapshots)


def _warning(clip: Clip, words: Words) -> Html:
    if clip.warning is None:
        return Html()
    return tag("p", tag("b", words("Ended early")), ": ", clip.warning, class_="warning")


def _overview(clip: Clip, evidence: Evidence, words: Words) -> Html:
    if not evidence.tracks:
        return tag("p", words("Nobody was seen in this clip."), class_="panel empty")
    legend = tag(
        "p",
        tag("span", tag("i", class_="swatch"), words("in the zone")),
        tag("span", tag("i", class_="swatch outside"), words("outside it, or no visit")),
        tag("span", tag("i", class_="swatch mark"), words("decided")),
        class_="legend",
    )
    nobody = Html()
    if not evidence.decisions:
        nobody = tag("p", words(_why_nobody(evidence)), class_="empty")
    times = timeline(evidence, max(clip.seconds, evidence.seconds), words)
    return tag(
        "div",
        tag("section", tag("h2", words("Timeline")), legend, times, nobody, class_="panel"),
        tag("section", tag("h2", words("Places")), places(evidence, words), class_="panel"),
        class_="overview",
    )


def _why_nobody(evidence: Evidence) -> str:
    """Why none of the faces that were seen is a visitor's."""
    if any(stretch.inside for track in evidence.tracks.values() for stretch in track.stretches):
        return (
            "Faces were seen in the zone, but too briefly, unclearly or still to be a visitor, or not coming in as the "
            "camera's rule asks."
        )
    return "Only faces outside the zone were seen, so that nobody counts as a visitor."


def _footer(pictures: str, words: Words) -> Html:
    about = words(
        "Each department's share is its usual share times what age, gender and attire speak for it, averaged over the "
        "distributions above."
    )
    kept = words("This page stays until you delete it; pictures in it: {pictures}.", pictures=pictures)
    return tag("footer", tag("p", about), tag("p", kept))
