"""Faces with their age and gender, ready for training: samples, batches, and the losses of both networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from vision.crops import face_crop
from vision.training.augment import jitter, spoil, tilt
from vision.training.labelled import DataError, Picture, read_pictures
from vision.traits import MAX_AGE, YEARS

# Years that one bin leaves open are filled smoothly: the penalty on the bend of the logits over the years.
SMOOTHNESS = 0.02


@dataclass(frozen=True, eq=False)
class FaceSample:
    """A face and what is known of it.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        box: left, top, right, bottom of the face (px).
        ages: first and last year that the label allows; the same year where it is exact.
        female: whether the label says so.
        race: the label's group, used only to report errors by group.
        validation: whether it is kept out of training.
    """

    image: NDArray[np.uint8]
    box: tuple[float, float, float, float]
    ages: tuple[int, int]
    female: bool
    race: str
    validation: bool


def read_faces(paths: Iterable[Path]) -> tuple[list[FaceSample], int]:
    """Every face of the data sets, and the number of rows left out because they have no face box.

    Raises:
        DataError: a data set cannot be read, or lacks the columns age and gender.
    """
    samples: list[FaceSample] = []
    boxless = 0
    for path in paths:
        for picture in read_pictures(path):
            if picture.box is None:
                boxless += 1
            else:
                samples.append(_sample(path, picture, picture.box))
    return samples, boxless


def _sample(path: Path, picture: Picture, box: tuple[float, float, float, float]) -> FaceSample:
    row = picture.row
    gender = row.get("gender", "")
    if gender not in ("F", "M"):
        raise DataError(f"{path}: {row['file']}: gender must be F or M, not {gender!r}")
    try:
        ages = parse_ages(row.get("age", ""))
    except ValueError as error:
        raise DataError(f"{path}: {row['file']}: {error}") from None
    return FaceSample(picture.image, box, ages, gender == "F", row.get("race", ""), picture.validation)


def parse_ages(text: str) -> tuple[int, int]:
    """ "20-29" as (20, 29), "70+" as (70, 100), "26" as (26, 26); years beyond 100 count as 100.

    Raises:
        ValueError: the text is no age.
    """
    low, _, high = text.removesuffix("+").partition("-")
    try:
        first = int(low)
        last = MAX_AGE if text.endswith("+") else int(high or low)
    except ValueError:
        raise ValueError(f"age must be a year or a range such as 20-29 or 70+, not {text!r}") from None
    if not 0 <= first <= last:
        raise ValueError(f"age must be a year or a range such as 20-29 or 70+, not {text!r}")
    return min(first, MAX_AGE), min(last, MAX_AGE)


@dataclass(frozen=True)
class FaceBatch:
    """Pixels (N, 3, H, W) uint8, and per face the log-mask of allowed years (N, 101) and P(female) (N,)."""

    pixels: Tensor
    year_mask: Tensor
    female: Tensor


def training_batch(samples: Sequence[FaceSample], rng: Generator, size: int) -> FaceBatch:
    """Augmented crops of `size` px."""
    crops = [_augmented(sample, rng, size) for sample in samples]
    return _batch(samples, crops)


def _augmented(sample: FaceSample, rng: Generator, size: int) -> NDArray[np.uint8]:
    image, box = sample.image, sample.box
    if rng.random() < 0.4:
        image = tilt(image, box, rng, degrees=20)
    crop = face_crop(image, jitter(box, rng, shift=0.07, zoom=0.12))
    crop = spoil(crop, rng, smallest=20)
    if size == crop.shape[0]:
        return crop
    return cast(NDArray[np.uint8], cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA))


def _batch(samples: Sequence[FaceSample], crops: Sequence[NDArray[np.uint8]]) -> FaceBatch:
    first = np.array([sample.ages[0] for sample in samples])[:, None]
    last = np.array([sample.ages[1] for sample in samples])[:, None]
    allowed = (first <= YEARS) & (last >= YEARS)
    return FaceBatch(
        torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2),
        torch.from_numpy(np.where(allowed, 0.0, -torch.inf).astype(np.float32)),
        torch.tensor([float(sample.female) for sample in samples]),
    )


def age_loss(logits: Tensor, year_mask: Tensor) -> Tensor:
    """Minus the log-likelihood of the allowed years, and a penalty on logits that bend over the years."""
    log_p = functional.log_softmax(logits.float(), dim=1)
    likelihood = torch.logsumexp(log_p + year_mask, dim=1)
    bend = logits[:, 2:] - 2 * logits[:, 1:-1] + logits[:, :-2]
    return SMOOTHNESS * bend.float().square().sum(1).mean() - likelihood.mean()


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
