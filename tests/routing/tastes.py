"""Outcomes of a made-up shop whose visitors want other things than its rules say."""

from __future__ import annotations

import numpy as np

from routing.evidence import FEATURES
from routing.learning import Outcomes


def outcomes(
    number: int, *, taste: float = 1.5, shops: int = 1, lean: float = 0.0, by_lot: float = 0.0, seed: int = 1
) -> tuple[Outcomes, np.ndarray]:
    """Three departments alike by the rules; women want the second, and everybody rather the third on Saturdays.

    Args:
        taste: how strongly, in the logarithm of P.
        lean: share of answers that are what stood first.
        by_lot: share of visits whose first department was drawn by lot; of the others it is always the first one.

    Returns:
        The outcomes, and (N, 3) the P(department) that they were drawn from.
    """
    random = np.random.default_rng(seed)
    x = np.zeros((number, len(FEATURES)))
    female, day = random.random(number) < 0.5, random.integers(0, 7, number)
    x[:, FEATURES.index("female")] = female
    x[np.arange(number), FEATURES.index("mon") + day] = 1
    logits = np.zeros((number, 3))
    logits[:, 1] += taste * female
    logits[:, 2] += taste * (day == 5)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wanted = (random.random(number)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    first = np.where(random.random(number) < by_lot, random.integers(0, 3, number), 0)
    answered = np.where(random.random(number) < lean, first, wanted)
    return (
        Outcomes(
            x=x,
            rules=np.full((number, 3), np.log(1 / 3)),
            wanted=answered,
            first=first,
            shop=np.arange(number) % shops,
            camera=np.zeros(number, int),
        ),
        p,
    )
