"""What one shop's outcomes have taught, kept as JSON of plain numbers, ready to be asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from routing.departments import Department
from routing.evidence import FEATURES, Evidence, Floats, bands, features
from routing.rank import Ranking, rank

_FORMAT = 1


class LearnedError(Exception):
    """A learnt model that cannot be used; the message says why."""


@dataclass(frozen=True, eq=False)
class Learned:
    """The correction of one shop for departments K and features D.

    Attributes:
        departments: keys, in the order of config.yaml.
        rules: `fingerprint` of the departments whose affinities it corrects.
        mean, scale: (D,) by which features are standardised.
        weights: (K, D + 1), the constant last.
        cameras: (K,) by the camera's name; one that it does not know adds nothing.
        temperature: above 1 for less sure answers.
    """

    departments: tuple[str, ...]
    rules: str
    mean: Floats
    scale: Floats
    weights: Floats
    cameras: Mapping[str, Floats]
    temperature: float

    def probabilities(self, rules: Floats, visits: Sequence[Evidence]) -> Floats:
        """(N, K) P(department), in the order of `departments`.

        Args:
            rules: (N, K) P by the rules.
            visits: of these.
        """
        z = np.column_stack([(features(visits) - self.mean) / self.scale, np.ones(len(visits))])
        nothing = np.zeros(len(self.departments))
        there = np.array([self.cameras.get(visit.camera, nothing) for visit in visits]).reshape(len(visits), -1)
        logits = (np.log(np.maximum(rules, 1e-300)) + z @ self.weights.T + there) / self.temperature
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(p / p.sum(axis=1, keepdims=True), np.float64)

    def rank(
        self,
        departments: Sequence[Department],
        age: Floats,
        p_female: float,
        attire: Mapping[str, float],
        *,
        camera: str,
        at: datetime,
    ) -> Ranking:
        """Rank departments for one visitor, as `routing.rank.rank` does; the factor "learned" is what was learnt.

        Args:
            departments: those whose fingerprint is `rules`.
            age, p_female, attire: as for the rules.
            camera: the camera's name.
            at: by the shop's clock.
        """
        by_rules = rank(departments, age, p_female, attire)
        before = dict(by_rules.departments)
        visit = Evidence(bands(age), p_female, attire, camera, at)
        (p,) = self.probabilities(np.array([[before[key] for key in self.departments]]), [visit])
        after = dict(zip(self.departments, p.tolist(), strict=True))
        factors = {
            key: {**found, "learned": after[key] / max(before[key], 1e-300)} for key, found in by_rules.factors.items()
        }
        ranked = sorted(((key, after[key]) for key in before), key=lambda pair: -pair[1])
        return Ranking(tuple(ranked), factors)

    def to_json(self) -> str:
        """As text, from which `from_json` makes the same."""
        return json.dumps(
            {
                "format": _FORMAT,
                "departments": self.departments,
                "rules": self.rules,
                "features": FEATURES,
                "mean": self.mean.tolist(),
                "scale": self.scale.tolist(),
                "weights": self.weights.tolist(),
                "cameras": {name: shift.tolist() for name, shift in self.cameras.items()},
                "temperature": self.temperature,
            },
            ensure_ascii=False,
        )


def from_json(text: str, departments: Sequence[Department], sha256: str) -> Learned:
    """A model that was kept.

    Args:
        text: what `to_json` gave.
        departments: of config.yaml now.
        sha256: of the text when it was kept, in hex.

    Raises:
        LearnedError: the text is damaged, or was learnt for other departments, weights or features.
    """
    if hashlib.sha256(text.encode()).hexdigest() != sha256:
        raise LearnedError("it is damaged (SHA-256)")
    try:
        found = json.loads(text)
    except ValueError:
        raise LearnedError("it is no JSON") from None
    if found.get("format") != _FORMAT or tuple(found["features"]) != FEATURES:
        raise LearnedError("it was learnt by another version of Amiko")
    if found["rules"] != fingerprint(departments):
        raise LearnedError("routing.departments of config.yaml has changed since it was learnt")
    return _checked(found)


def _checked(found: Mapping[str, Any]) -> Learned:
    """Of numbers in the right shape.

    Raises:
        LearnedError: they are not.
    """
    try:
        keys = tuple(found["departments"])
        mean, scale = (_numbers(found[name], len(FEATURES)) for name in ("mean", "scale"))
        weights = _numbers(found["weights"], len(keys), len(FEATURES) + 1)
        cameras = {str(name): _numbers(shift, len(keys)) for name, shift in found["cameras"].items()}
        temperature = float(_numbers(found["temperature"]))
        if not (temperature > 0 and (scale > 0).all()):
            raise ValueError("a scale is not positive")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LearnedError(f"its numbers are none ({error})") from None
    return Learned(keys, str(found["rules"]), mean, scale, weights, cameras, temperature)


def _numbers(values: Any, *shape: int) -> Floats:
    numbers = np.asarray(values, np.float64)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        raise ValueError(f"an array is not {shape} finite numbers")
    return numbers


def fingerprint(departments: Sequence[Department]) -> str:
    """SHA-256, in hex, of everything that the rules know: a correction is worth nothing beside others."""
    known = [
        [one.key, one.prior, sorted(one.age), sorted(one.gender.items()), sorted(one.attire.items())]
        for one in departments
    ]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()
