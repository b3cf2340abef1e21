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

MEASURED_WEIGHTS = "c7635430236363ffba18b9bcbf41741644e93f0e2e4e664bf9dd46653e94a47d"
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
    Row(0.01, 0.0095, 0.8905, 0.6674, 0.2085),
    Row(0.02, 0.0257, 0.7948, 0.5301, 0.1416),
    Row(0.05, 0.0731, 0.5703, 0.3400, 0.0688),
    Row(0.1, 0.1570, 0.3692, 0.1993, 0.0353),
    Row(0.2, 0.2869, 0.1970, 0.1012, 0.0149),
    Row(0.3, 0.4019, 0.1228, 0.0593, 0.0075),
    Row(0.5, 0.5277, 0.0545, 0.0286, 0.0031),
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
