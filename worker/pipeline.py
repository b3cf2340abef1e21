"""Frames of one camera in, visits out: motion gate, faces, tracks, visitors, networks, department."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from amiko.config import Camera, Config
from routing.departments import Department
from routing.rank import Ranking, rank
from vision.crops import body_later, face_view
from vision.detector import FaceDetector
from vision.face import Face
from vision.traits import Traits
from worker.age_check import AgeCheck
from worker.entry import STEADY, Line, entered
from worker.finder import Finder, Found
from worker.frame import Frame
from worker.identity import Identities
from worker.networks import Networks, read_bodies, read_faces
from worker.quality import quality
from worker.reading import Ranker, read
from worker.snapshot import encode, portrait
from worker.tracking import FAINT, FaceTracker
from worker.visit import Visit
from worker.visitor import Look, Visitor

SEEN_EVERY = 30.0
"""Between two tellings (s), at most, that somebody decided on is still in view."""


@dataclass(frozen=True)
class Arrival:
    """Somebody has come in by the camera's rule, and is not decided on yet (once each, before the decision).

    Attributes:
        visit_id: of the visit that will be decided.
        camera: name of the camera.
        first_seen, at: when the face appeared, and when it was clear that they came in (s).
    """

    visit_id: str
    camera: str
    first_seen: float
    at: float
    kind: Literal["new"] = "new"

    def as_json(self) -> dict[str, Any]:
        """One line of a replay's events; times rounded to a millisecond."""
        return {
            "event": self.kind,
            "at": round(self.at, 3),
            "visit": self.visit_id,
            "camera": self.camera,
            "first_seen": round(self.first_seen, 3),
        }


@dataclass(frozen=True, eq=False)
class Event:
    """A visit was decided (once each), its visitor is seen still or again, or has left (once each, later).

    Attributes:
        kind: "decided"; "seen", now and then while they are in view, and when they had come back and have left again;
            or "ended".
        visit: as known now.
        snapshot: JPEG bytes for the card of a decided visit, where configured.
    """

    kind: Literal["decided", "seen", "ended"]
    visit: Visit
    snapshot: bytes | None = None

    def as_json(self) -> dict[str, Any]:
        """One line of a replay's events; times rounded to a millisecond."""
        at = self.visit.decided if self.kind == "decided" else self.visit.last_seen
        return {"event": self.kind, "at": round(at, 3), **self.visit.as_json()}


Events = list[Arrival | Event]
"""What came of one frame, in order."""


class Pipeline:
    """One camera's visitors.

    Attributes:
        visitors: those in view, by their number: a person keeps it when their track breaks.
        visits: the decided ones among them, by the same number.
        analysed: frames so far.
        outside: tracked faces of the last frame that were outside the zone, with their numbers.
        ranker: says how departments are ranked for a visitor who is decided on now; None for the rules alone.
        witness: shown every visitor at the moment of decision, before their pictures are let go; for a tester's report.

    Args:
        camera: its name and its entrance zone.
        config: the vision, worker and privacy sections are used, and `bot.gone_after`.
        departments: what visitors may want.
        networks: shared between cameras.
        visit_id: the id of the n-th visit.
    """

    def __init__(
        self,
        camera: Camera,
        config: Config,
        departments: Sequence[Department],
        networks: Networks,
        visit_id: Callable[[int], str],
    ) -> None:
        vision, worker, fps = config.vision, config.worker, config.fps_of(camera)
        self.camera = camera
        self.visitors: dict[int, Visitor] = {}
        self.visits: dict[int, Visit] = {}
        self.analysed = 0
        self.outside: list[tuple[int, Face]] = []
        self.ranker: Callable[[str], Ranker | None] = lambda camera: None
        self.witness: Callable[[Visitor, Visit], None] | None = None
        # Twice before an open card of somebody who is not seen any more would be closed.
        self._seen_every = min(SEEN_EVERY, config.bot.gone_after / 2)
        self._arrivals = 0
        self._visit_ids: dict[int, str] = {}  # of those who have come in and are not decided on, by their number
        self._config = config
        self._departments = departments
        self._networks = networks
        self._visit_id = visit_id
        self._detector = FaceDetector(vision.detector_long_side, vision.detector_threshold * FAINT, vision.min_face)
        self._tracker = FaceTracker(vision.detector_threshold, fps, worker.lost_after, worker.min_seen)
        self._identities = Identities(worker.lost_after, worker.revisit_minutes * 60)
        self._line: Line | None = None
        self._finder = Finder(self._detector, worker.lost_after)
        self._at = 0.0  # of the last frame (s)
        self._size = (0, 0)  # height and width of the last frame (px): the detector knows no other
        self._zone = np.array(camera.zone, np.float32)
        self._age_check = AgeCheck(config.checkout.miss_rate) if camera.role == "checkout" else None

    def process(self, frame: Frame) -> Events:
        """Analyse one frame; frames must come in order of time."""
        self.analysed += 1
        height, width = frame.image.shape[:2]
        self._size = (height, width)
        staying = [visitor.face for visitor in self.visitors.values() if visitor.entered and visitor.face is not None]
        coming = any(v.in_view_at == self._at and 0 < v.clear < STEADY for v in self.visitors.values())
        found = self._finder.find(frame.image, frame.at, staying, closely=coming)
        self._at = frame.at
        self.outside = []
        tracked = self._tracker.update(found.faces, frame.at)
        if found.searched:
            people = self._identities.update(tracked, frame.image, frame.at)
        else:
            people = self._identities.follow(tracked, frame.at)
        for number, face in people:
            if self._inside(face, frame.image):
                self._see(number, face, found, frame)
                continue
            self.outside.append((number, face))
            if number in self.visitors:
                self.visitors[number].in_view_at = frame.at
        if found.searched:
            for visitor in self.visitors.values():
                if visitor.last_seen < frame.at:
                    visitor.miss()
        gone = [v for v in self.visitors.values() if frame.at - v.in_view_at > self._config.worker.lost_after]
        return [
            *self._enter(people, frame),
            *self._decide([v for v in self.visitors.values() if v.due(frame.at)], frame.at),
            *self._still_seen(),
            *self._end(gone),
        ]

    def finish(self) -> Events:
        """The source has ended: decide and end everyone who is still in view."""
        return self._end(list(self.visitors.values()))

    def picture(self, look: Look) -> NDArray[np.uint8] | None:
        """What a card may show of a look (BGR), None where no pictures are wanted; for the witness too."""
        return None if look.portrait is None else look.portrait.picture(self._detector.detect, *self._size)

    def _inside(self, face: Face, image: NDArray[np.uint8]) -> bool:
        height, width = image.shape[:2]
        x, y = face.center
        return cv2.pointPolygonTest(self._zone, (x / width, y / height), measureDist=False) >= 0

    def _see(self, number: int, face: Face, found: Found, frame: Frame) -> None:
        visitor = self.visitors.get(number)
        if visitor is None:
            person = self._identities.person(number)
            visitor = self.visitors[number] = Visitor(number, self._config.worker, frame.at, person.stillness)
            if person.visit is not None:
                visitor.known(person.visit.faces)
                self.visits[number] = person.visit
        if not found.searched:
            visitor.follow(frame.image, face, frame.at)
            return
        visitor.watch(frame.image, face, frame.at, sure=face.score >= self._config.vision.detector_threshold)
        score = visitor.quality if visitor.decided else quality(frame.image, face)
        visitor.see(face, frame.at, score, lambda: self._look(visitor.turn, score, face, found.faces, frame.image))

    def _enter(self, people: Sequence[tuple[int, Face]], frame: Frame) -> list[Arrival]:
        """See who of those in view has come in by the camera's rule."""
        if self.camera.line is not None:
            height, width = frame.image.shape[:2]
            self._line = self._line or Line(self.camera.line, width, height)
            for number in self._line.crossed(people):
                if number in self.visitors:
                    self.visitors[number].crossed = True
        came = [v for v in self.visitors.values() if not v.entered and entered(v, self.camera.entry)]
        return [self._entered(visitor, frame.at) for visitor in came]

    def _entered(self, visitor: Visitor, at: float) -> Arrival:
        visitor.entered = True
        visit_id = self._visit_ids[visitor.number] = self._visit_id(self._arrivals)
        self._arrivals += 1
        return Arrival(visit_id, self.camera.name, visitor.first_seen, at)

    def _look(self, turn: int, score: float, face: Face, faces: Sequence[Face], image: NDArray[np.uint8]) -> Look:
        snapshots = self._config.privacy.snapshots
        picture = None
        if snapshots != "off" and self._age_check is None:  # at a till there is no card that would show it
            hidden = faces if snapshots == "blurred" else [other for other in faces if other is not face]
            picture = portrait(image, face, hidden)
        view = face_view(image, face.box, turn, self._networks.views)
        return Look(score, view, turn, body_later(image, face.box), picture)

    def _decide(self, visitors: Sequence[Visitor], at: float) -> list[Event]:
        """Decide on those of these visitors who are settled or overdue."""
        read_faces(self._networks, visitors)
        ready = [visitor for visitor in visitors if visitor.settled or visitor.overdue(at)]
        read_bodies(self._networks, ready)
        return [self._decided(visitor, at) for visitor in ready]

    def _decided(self, visitor: Visitor, at: float) -> Event:
        traits = visitor.traits()
        reading = read(
            traits,
            self._ranked(traits),
            gender_unknown=self._config.vision.gender_unknown,
            attire_thresholds=self._networks.attire_thresholds,
            good=visitor.good_looks,
            faces=visitor.faces,
        )
        visit = Visit(
            id=self._visit_ids.pop(visitor.number),
            camera=self.camera.name,
            first_seen=visitor.first_seen,
            decided=at,
            last_seen=visitor.last_seen,
            faces=visitor.faces,
            reading=reading,
            checkout=self._age_check is not None,
            # The error rates hold for faces that are seen well.
            age_check=self._age_check.band(traits) if self._age_check and visitor.good_looks else None,
        )
        self.visits[visitor.number] = visit
        self._identities.tell(visitor.number, visit)
        picture = self.picture(visitor.looks[0])
        if self.witness is not None:
            self.witness(visitor, visit)
        visitor.decide()
        return Event("decided", visit, None if picture is None else encode(picture))

    def _ranked(self, traits: Traits) -> Ranking:
        if (ranker := self.ranker(self.camera.name)) is not None:
            return ranker(traits.age, traits.p_female, traits.attire)
        return rank(self._departments, traits.age, traits.p_female, traits.attire)

    def _still_seen(self) -> list[Event]:
        """Those decided on who are in view, each once in a while."""
        return [
            self._seen("seen", visitor)
            for number, visit in list(self.visits.items())
            if (visitor := self.visitors[number]).last_seen - visit.last_seen >= self._seen_every
        ]

    def _seen(self, kind: Literal["seen", "ended"], visitor: Visitor) -> Event:
        """What is known of a visit by now, which is remembered with its visitor."""
        visit = replace(self.visits[visitor.number], last_seen=visitor.last_seen, faces=visitor.faces)
        self.visits[visitor.number] = visit
        self._identities.tell(visitor.number, visit)
        return Event(kind, visit)

    def _end(self, visitors: Sequence[Visitor]) -> Events:
        """Let these go; who never came in leaves no trace."""
        undecided = [visitor for visitor in visitors if visitor.entered and not visitor.decided]
        read_faces(self._networks, undecided)
        read_bodies(self._networks, undecided)
        events: Events = [self._decided(visitor, visitor.last_seen) for visitor in undecided]
        for visitor in visitors:
            del self.visitors[visitor.number]
            if visitor.number in self.visits:
                events.append(self._seen("seen" if visitor.returned else "ended", visitor))
                del self.visits[visitor.number]
        return events
