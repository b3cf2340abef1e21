"""P(department) for a visitor, from the distributions that the networks gave."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.departments import Department


@dataclass(frozen=True)
class Ranking:
    """Departments from the likeliest to the least likely.

    Attributes:
        departments: (key, P(department)) pairs; the probabilities sum to 1. Equal ones keep their configured order.
        factors: for each key, how far "age", "gender" and "attire" moved it: above 1 towards it, below 1 away.
    """

    departments: tuple[tuple[str, float], ...]
    factors: Mapping[str, Mapping[str, float]]


def rank(
    departments: Sequence[Department], age: NDArray[np.float64], p_female: float, attire: Mapping[str, float]
) -> Ranking:
    """Rank departments for one visitor.

    The score of a department is prior * E[w(age)] * E[w(gender)] * prod over traits E[w(trait)], each expectation
    taken over the network's distribution, so that an unsure network moves the answer little. Scores are normalised
    to probabilities.

    Args:
        departments: at least one.
        age: P(age = year) for the years 0, 1, 2 and so on; sums to 1.
        p_female: P(female).
        attire: P(trait) by name; a trait that a department weighs and that is missing here counts as absent.

    Raises:
        ValueError: no department was given.
    """
    if not departments:
        raise ValueError("rank needs at least one department")
    factors = {
        department.key: {
            "age": _age_factor(department, age),
            "gender": p_female * department.gender.get("female", 1.0)
            + (1 - p_female) * department.gender.get("male", 1.0),
            "attire": math.prod(1 + attire.get(trait, 0.0) * (w - 1) for trait, w in department.attire.items()),
        }
        for department in departments
    }
    scores = [department.prior * math.prod(factors[department.key].values()) for department in departments]
    total = sum(scores)
    ranked = sorted(
        ((department.key, score / total) for department, score in zip(departments, scores, strict=True)),
        key=lambda pair: -pair[1],
    )
    return Ranking(tuple(ranked), factors)


def _age_factor(department: Department, age: NDArray[np.float64]) -> float:
    """E[w(age)]; years in no range weigh 1."""
    return float(1 + sum(age[low : high + 1].sum() * (weight - 1) for (low, high), weight in department.age))
