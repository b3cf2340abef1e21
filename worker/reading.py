"""One person's traits and departments, in plain values: what is printed, stored and told of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.evidence import bands
from routing.rank import Ranking
from vision.traits import Traits

GENERAL = "general"
"""The department of a visitor of whom too little was seen to name one."""

Ranker = Callable[[NDArray[np.float64], float, Mapping[str, float]], Ranking]
"""Departments for P(age = year), P(female) and P(trait) by name."""


@dataclass(frozen=True)
class Reading:
    """What the networks and the routing say.

    Attributes:
        age_mean, age_low, age_high: expected age and the ends of its 80 % interval (years).
        age_band: the band that holds the expected age, such as "25-34".
        age_bands: P(age in band) for each of `routing.evidence.BANDS`.
        gender: "female", "male" or "unknown".
        p_female: P(female).
        attire: names of the traits that are worn.
        attire_scores: P(trait) by name.
        department, department_p: the likeliest department's key and its probability; GENERAL and 0 where too
            little was seen.
        ranking: every department's key and probability, likeliest first.
        reason: why this department, in one English sentence.
    """

    age_mean: float
    age_low: int
    age_high: int
    age_band: str
    age_bands: tuple[float, ...]
    gender: str
    p_female: float
    attire: tuple[str, ...]
    attire_scores: Mapping[str, float]
    department: str
    department_p: float
    ranking: tuple[tuple[str, float], ...]
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Nested values for JSON; probabilities rounded to four digits."""
        return {
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


def read(
    traits: Traits,
    ranking: Ranking,
    *,
    gender_unknown: tuple[float, float],
    attire_thresholds: Mapping[str, float],
    good: int,
    faces: int,
) -> Reading:
    """Turn distributions into a reading.

    Args:
        traits: of the person.
        ranking: the departments for these traits.
        gender_unknown: P(female) strictly between these two is "unknown".
        attire_thresholds: P(trait) from which a trait is worn; a dress is never told of who is told as a man.
        good: faces good enough to be trusted that the traits come from; none makes the department GENERAL.
        faces: all faces that were seen of this person.
    """
    low, high = traits.age_interval()
    gender = traits.gender(gender_unknown)
    if good:
        key, p = ranking.departments[0]
        moved = ", ".join(f"{trait} x{factor:.2f}" for trait, factor in ranking.factors[key].items())
        reason = f"{key} by {moved}, from {good} good face{'' if good == 1 else 's'}"
    else:
        key, p = GENERAL, 0.0
        reason = f"too little was seen: none of {faces} face{'' if faces == 1 else 's'} was large, sharp and frontal"
    return Reading(
        age_mean=traits.age_mean,
        age_low=low,
        age_high=high,
        age_band=traits.age_band,
        age_bands=tuple(bands(traits.age)),
        gender=gender,
        p_female=traits.p_female,
        attire=tuple(
            trait
            for trait, p_worn in traits.attire.items()
            # Of a man in a dress one answer is wrong, and on a camera it is the dress (docs/models/attire.md).
            if p_worn >= attire_thresholds[trait] and (trait, gender) != ("dress", "male")
        ),
        attire_scores=traits.attire,
        department=key,
        department_p=p,
        ranking=ranking.departments,
        reason=reason,
    )
