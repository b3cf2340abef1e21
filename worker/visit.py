"""What the worker says of one visitor: the record that is printed, stored and told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from db.age_checks import Band
from worker.reading import Reading


@dataclass(frozen=True)
class Visit:
    """One person's visit. Times are seconds of the source's clock.

    Attributes:
        id: UUID, the same whenever the same file is replayed with the same configuration.
        camera: name of the camera.
        first_seen, decided, last_seen: when the face appeared, was decided on, and was last in view (s).
        faces: frames in which the face was in the zone.
        reading: their traits and departments.
        checkout: seen at a till, where no department is offered.
        age_check: how likely they are under age, where a document is to be asked for.
    """

    id: str
    camera: str
    first_seen: float
    decided: float
    last_seen: float
    faces: int
    reading: Reading
    checkout: bool = False
    age_check: Band | None = None

    def as_json(self) -> dict[str, Any]:
        """The visit as one line of a replay's output; times rounded to a millisecond; "age_check" at a till only."""
        return {
            "visit": self.id,
            "camera": self.camera,
            "first_seen": round(self.first_seen, 3),
            "decided": round(self.decided, 3),
            "last_seen": round(self.last_seen, 3),
            "faces": self.faces,
            **self.reading.as_json(),
            **({"age_check": self.age_check} if self.checkout else {}),
        }
