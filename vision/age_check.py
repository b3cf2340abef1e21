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

MEASURED_WEIGHTS = "a7fdce24da87b2c272857feaf29b7ce9fd6228759f8c4a897cc31db08ee5319a"
"""SHA-256 of the age.safetensors that ROWS were measured with."""


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
    Row(0.01, 0.0081, 0.9006, 0.6852, 0.2238),
    Row(0.02, 0.0244, 0.8003, 0.5343, 0.1430),
    Row(0.05, 0.0731, 0.5616, 0.3296, 0.0660),
    Row(0.1, 0.1543, 0.3633, 0.1941, 0.0323),
    Row(0.2, 0.2909, 0.1961, 0.0990, 0.0135),
    Row(0.3, 0.3829, 0.1269, 0.0607, 0.0071),
    Row(0.5, 0.5250, 0.0582, 0.0240, 0.0026),
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
