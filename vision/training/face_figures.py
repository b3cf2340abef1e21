"""How well answers about validation faces fit their labels, and what calibrates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.labelled.faces import FaceSample
from vision.probability import softmax
from vision.training.calibration import age_temperature, best_shift, best_temperature, binary_loss, interval_loss
from vision.traits import YEARS


def face_figures(
    samples: Sequence[FaceSample], logits: NDArray[np.floating[Any]], genders: NDArray[np.floating[Any]]
) -> dict[str, float]:
    """Figures of an age network and a gender network.

    Args:
        samples: the faces.
        logits: of their years (N, 101).
        genders: logits of P(female) (N,).

    Returns:
        Errors (years), accuracy and negative log-likelihoods, calibrated; and with what they are calibrated:
        "temperature" of the years, "gender_shift", which is added to the logits of P(female), and the temperature of
        these after it.
    """
    first = np.array([sample.ages[0] for sample in samples])
    last = np.array([sample.ages[1] for sample in samples])
    allowed = (first[:, None] <= YEARS) & (last[:, None] >= YEARS)
    temperature = age_temperature(logits, allowed)
    mean = softmax(logits / temperature) @ YEARS
    outside = np.maximum(np.maximum(first - mean, mean - (last + 1)), 0)
    female = np.array([sample.female for sample in samples])
    # One gender must not be taken for the other more often than the other way round.
    plain = best_temperature(lambda t: binary_loss(genders / t, female))
    shift = best_shift(lambda by: binary_loss((genders + by) / plain, female))
    genders = genders + shift
    gender_temperature = best_temperature(lambda t: binary_loss(genders / t, female))
    age_nll = interval_loss(logits / temperature, allowed)
    gender_nll = binary_loss(genders / gender_temperature, female)
    return {
        "mae_to_centre": float(np.abs(mean - bin_centres(first, last)).mean()),
        "mae_to_bin": float(outside.mean()),
        "age_nll": age_nll,
        "temperature": temperature,
        "gender_accuracy": float(((genders > 0) == female).mean()),
        "gender_nll": gender_nll,
        "gender_temperature": gender_temperature,
        "gender_shift": shift,
        "nll": age_nll + gender_nll,
    }


def bin_centres(first: NDArray[np.int_], last: NDArray[np.int_]) -> NDArray[np.float64]:
    """The middle of each bin of years; the open bin from seventy counts as 75, where most of its people are."""
    return np.where(last >= YEARS[-1], np.minimum(first + 5.0, YEARS[-1]), (first + last) / 2)
