"""In which order a card shows the departments, how likely that was, and how far the order sways the answers.

A card that shows the predicted department first is answered with it more often than it is wanted. In a small share of
visits the order is drawn by lot; there, whatever the first department is pressed more often than one in K is due to its
place alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.evidence import Floats

_LEANS = np.linspace(0.0, 0.8, 161)
_DOUBT = 10.0  # the prior of the share is Beta(1, 10): a tenth or less, unless the answers say otherwise


@dataclass(frozen=True)
class Shown:
    """The order of a card's departments.

    Attributes:
        order: keys, the first on top; None where they stand by their probability.
        propensity: P(the first one is the first), over the lot that was drawn.
    """

    order: tuple[str, ...] | None
    propensity: float


def shown(visit_id: str, ranked: Sequence[str], share: float) -> Shown:
    """The order for a visit, which is drawn from its id, so that it is the same however often it is asked.

    Args:
        visit_id: any text, different for each visit.
        ranked: keys of the departments, the predicted one first.
        share: of visits whose order is drawn by lot, each equally likely.
    """
    seed = int.from_bytes(hashlib.sha256(f"order of {visit_id}".encode()).digest()[:8], "big")
    random = np.random.default_rng(seed)
    by_lot = share / len(ranked)
    if random.random() >= share:
        return Shown(None, 1 - share + by_lot)
    order = tuple(ranked[place] for place in random.permutation(len(ranked)))
    return Shown(order, 1 - share + by_lot if order[0] == ranked[0] else by_lot)


def lean(first_pressed: Sequence[bool], departments: Sequence[int]) -> float:
    """The most probable share of answers that are the first department whatever was wanted.

    Args:
        first_pressed: of visits whose order was drawn by lot: whether the first department was the answer.
        departments: how many departments each of those cards showed.

    Returns:
        0 where no order was drawn by lot.
    """
    pressed, chance = np.asarray(first_pressed, bool), 1 / np.asarray(departments, np.float64)
    by_place: Floats = _LEANS[:, None] + (1 - _LEANS[:, None]) * chance[None, :]
    told = np.where(pressed, by_place, 1 - by_place)
    posterior = np.log(np.maximum(told, 1e-300)).sum(axis=1) + (_DOUBT - 1) * np.log(1 - _LEANS)
    return float(_LEANS[posterior.argmax()])
