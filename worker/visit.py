"""What the worker says of one visitor: the record that is printed, stored and told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GENERAL = "general"
"""The department of a visitor of whom too little was seen to name one."""


@dataclass(frozen=True)
class Visit:
    """One person's visit. Times are seconds of the source's clock.

    Attributes:
        id: UUID, the same whenever the same file is replayed with the same configuration.
        camera: name of the camera.
        first_seen, decided, last_seen: when the face appeared, was decided on, and was last in view (s).
        faces: frames in which the face was in the zone.
        age_mean, age_low, age_high: expected age and the ends of its 80 % interval (years).
        age_band: the band that holds the expected age, such as "25-34".
        gender: "female", "male" or "unknown".
        p_female: P(female).
        attire: labels of the traits that are worn.
        attire_scores: P(trait) by name.
        department, department_p: the likeliest department's key and its probability; GENERAL and 0 where too
            little was seen.
        ranking: every department's key and probability, likeliest first.
        reason: why this department, in one English sentence.
    """

    id: str
    camera: str
    first_seen: float
    decided: float
    last_seen: float
    faces: int
    age_mean: float
    age_low: int
    age_high: int
    age_band: str
    gender: str
    p_female: float
    attire: tuple[str, ...]
    attire_scores: Mapping[str, float]
    department: str
    department_p: float
    ranking: tuple[tuple[str, float], ...]
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The visit as one line of a replay's output; probabilities rounded to four digits, times to a millisecond."""
        return {
            "visit": self.id,
            "camera": self.camera,
            "first_seen": round(self.first_seen, 3),
            "decided": round(self.decided, 3),
            "last_seen": round(self.last_seen, 3),
            "faces": self.faces,
            "age": {
                "mean": round(self.age_mean, 1),
                "low": self.age_low,
                "high": self.age_high,
                "band": self.age_band,
            },
            "gender": {"label": self.gender, "p_female": round(self.p_female, 4)},
            "attire": {
                "labels": list(self.attire),
                "scores": {name: round(p, 4) for name, p in self.attire_scores.items()},
            },
            "department": {
                "key": self.department,
                "p": round(self.department_p, 4),
                "ranking": [[key, round(p, 4)] for key, p in self.ranking],
            },
            "reason": self.reason,
        }
