"""What an age check costs: who is missed and who is asked for nothing, by the P(age < 18) from which one asks.

Measured with the open weights on 19608 single photos of UTKFace, which they have never seen, by
`amiko evaluate age --data utkface.zip --weights open --json` (its "age_check"); the model card has the same table. A
threshold picked from it was therefore chosen on these very photos: on other faces, and on several frames of one
customer as the worker fuses them, the shares will differ. 739 of them are aged 13 to 17: by their number alone, a
share of 0.05 is known to within 0.016 (95 %). Their ages are themselves annotators' estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

ADULT = 18

MEASURED_WEIGHTS = (
    "904de1d47c81b2a1795c590b6a0705a9e9e81d33cfb7378f97d16cbcae553376",
    "88cccc3d9325caad8a271d004ecdf5f4dec2fa370314834b0f98aab5da2cc5b8",
)
"""SHA-256 of the age.safetensors that ROWS were measured with: of the nearer view's and the farther one's."""


@dataclass(frozen=True)
class Row:
    """One threshold.

    Attributes:
        threshold: a document is asked for from this P(age < 18).
        missed: share of those aged 13 to 17 who are not asked.
        asked_18_24, asked_25_29, asked_30: share of adults of these ages (the last: from 30) who are.
    """

    threshold: float
    missed: float
    asked_18_24: float
    asked_25_29: float
    asked_30: float


ROWS = (
    Row(0.0, 0.0, 1.0, 1.0, 1.0),  # everybody is asked
    Row(0.01, 0.0041, 0.9304, 0.7610, 0.2920),
    Row(0.02, 0.0162, 0.8246, 0.5649, 0.1568),
    Row(0.05, 0.0744, 0.5474, 0.3264, 0.0637),
    Row(0.1, 0.1705, 0.3307, 0.1837, 0.0322),
    Row(0.2, 0.3031, 0.1787, 0.0914, 0.0126),
    Row(0.3, 0.3924, 0.1141, 0.0538, 0.0062),
    Row(0.5, 0.5332, 0.0527, 0.0232, 0.0029),
)


def threshold_for(miss_rate: float) -> float:
    """The P(age < 18) from which to ask, so that this share of those aged 13 to 17 goes unasked.

    Straight lines join the measured rows.

    Raises:
        ValueError: no row allows so many misses.
    """
    for before, after in pairwise(ROWS):
        if before.missed <= miss_rate <= after.missed:
            share = (miss_rate - before.missed) / (after.missed - before.missed)
            return before.threshold + share * (after.threshold - before.threshold)
    raise ValueError(f"the age check is measured for miss rates from 0 to {ROWS[-1].missed:.3f}, not for {miss_rate:g}")
