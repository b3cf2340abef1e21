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

MEASURED_WEIGHTS = "5c9c425b70b84f7d93ad807a503fcf2d6503ccd1c00a8ede96662b7af43577a1"
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
    Row(0.01, 0.0041, 0.9281, 0.7479, 0.2748),
    Row(0.02, 0.0122, 0.8291, 0.5778, 0.1618),
    Row(0.05, 0.0690, 0.5772, 0.3477, 0.0718),
    Row(0.1, 0.1570, 0.3669, 0.1980, 0.0352),
    Row(0.2, 0.2855, 0.1979, 0.1022, 0.0159),
    Row(0.3, 0.3667, 0.1283, 0.0637, 0.0083),
    Row(0.5, 0.5061, 0.0600, 0.0259, 0.0032),
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
