"""Faces ready for training: augmented batches, and the losses of the age and the gender network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from vision.crops import VIEWS, Views, face_crop
from vision.labelled.faces import FaceSample
from vision.training.augment import jitter, spoil, tilt
from vision.traits import MAX_AGE, YEARS

# Years that one bin leaves open are filled smoothly: the penalty on the bend of the logits over the years.
SMOOTHNESS = 0.02

# Faces are shown nearer and farther away than they will be read, as detectors draw boxes unlike.
MARGIN = 1.08

# An exact age is known to about so many years (standard deviation), however exactly it is written down.
EXACT_SPREAD = 2.0


@dataclass(frozen=True)
class FaceBatch:
    """Pixels (N, 3, H, W) uint8, and per face P(female) (N,) and log P(label | year), up to a constant (N, 101): 0 and
    -inf inside and outside a bin, a bell around an exact age."""

    pixels: Tensor
    year_mask: Tensor
    female: Tensor


def training_batch(samples: Sequence[FaceSample], rng: Generator, views: Views = VIEWS) -> FaceBatch:
    """Augmented crops of faces that are to be read in these views."""
    crops = [_augmented(sample, rng, views) for sample in samples]
    return _batch(samples, crops)


def _augmented(sample: FaceSample, rng: Generator, views: Views) -> NDArray[np.uint8]:
    image, box = sample.image, sample.box
    distances = (views.near / MARGIN, views.far * MARGIN)
    if rng.random() < 0.3:
        image = tilt(image, box, rng, degrees=20)
    crop = face_crop(image, jitter(box, rng, shift=0.07, zooms=distances), views.size)
    return spoil(crop, rng, smallest=20)


def _batch(samples: Sequence[FaceSample], crops: Sequence[NDArray[np.uint8]]) -> FaceBatch:
    first = np.array([sample.ages[0] for sample in samples])[:, None]
    last = np.array([sample.ages[1] for sample in samples])[:, None]
    allowed = (first <= YEARS) & (last >= YEARS)
    near = -0.5 * ((YEARS - first) / EXACT_SPREAD) ** 2
    return FaceBatch(
        torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2),
        torch.from_numpy(np.where(first == last, near, np.where(allowed, 0.0, -np.inf)).astype(np.float32)),
        torch.tensor([sample.female for sample in samples], dtype=torch.float32),
    )


def age_loss(logits: Tensor, year_mask: Tensor, weight: Tensor | float = 1.0) -> Tensor:
    """Minus the log-likelihood of the allowed years, and a penalty on logits that bend over the years.

    Args:
        logits: (N, 101).
        year_mask: (N, 101) as in FaceBatch.
        weight: of each face (N,), or of all.
    """
    log_p = functional.log_softmax(logits.float(), dim=1)
    likelihood = torch.logsumexp(log_p + year_mask, dim=1)
    bend = logits[:, 2:] - 2 * logits[:, 1:-1] + logits[:, :-2]
    return (weight * (SMOOTHNESS * bend.float().square().sum(1) - likelihood)).mean()


def gender_loss(logits: Tensor, female: Tensor) -> Tensor:
    """Binary cross-entropy."""
    return functional.binary_cross_entropy_with_logits(logits.float(), female)


def year_prior(samples: Sequence[FaceSample]) -> NDArray[np.float32]:
    """(101,) log of how often each year occurs: bins spread evenly, an open last bin thinning out with age."""
    counts = np.full(MAX_AGE + 1, 1.0)
    for sample in samples:
        first, last = sample.ages
        years = np.arange(first, last + 1)
        # People over seventy become rarer by about a tenth a year.
        share = np.exp(-(years - first) / 9) if last == MAX_AGE else np.ones(len(years))
        counts[first : last + 1] += share / share.sum()
    return np.asarray(np.log(counts / counts.sum()), np.float32)
