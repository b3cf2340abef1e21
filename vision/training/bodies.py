"""People ready for training: augmented batches, and the loss of the attire network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from vision.crops import body_crop, whole_body
from vision.labelled.bodies import BodySample
from vision.training.augment import jitter, spoil, tilt


@dataclass(frozen=True)
class BodyBatch:
    """Pixels (N, 3, H, W) uint8 and traits (N, 5): 1, 0 or NaN."""

    pixels: Tensor
    traits: Tensor


def training_batch(samples: Sequence[BodySample], rng: Generator) -> BodyBatch:
    """Augmented crops."""
    crops = [_augmented(sample, rng) for sample in samples]
    return BodyBatch(
        torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2),
        torch.from_numpy(np.stack([sample.traits for sample in samples])),
    )


def _augmented(sample: BodySample, rng: Generator) -> NDArray[np.uint8]:
    image, box = sample.image, sample.box
    height, width = image.shape[:2]
    if rng.random() < 0.3:
        image = tilt(image, box or (0, 0, width, height), rng, degrees=8)
    if box is not None and rng.random() < 0.25:
        # A shelf or the edge of the picture hides the legs.
        reach = box[3] + (box[3] - box[1]) * 2.5
        image = image[: int(max(reach, height * rng.uniform(0.5, 1.0)))]
    # Catalogue photos are also shown whole, so that the network does not rely on seeing them cut.
    if box is None or (not sample.street and rng.random() < 0.2):
        margin = rng.uniform(0.0, 0.25)
        crop = whole_body(_zoomed(image, rng, margin))
    else:
        crop = body_crop(image, jitter(box, rng, shift=0.35, zoom=0.15))
    return spoil(crop, rng, smallest=60)


def _zoomed(image: NDArray[np.uint8], rng: Generator, share: float) -> NDArray[np.uint8]:
    """The image without up to `share` of it at its edges."""
    height, width = image.shape[:2]
    tall, wide = int(height * (1 - share)), int(width * (1 - share))
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    return image[top : top + tall, left : left + wide]


def attire_loss(logits: Tensor, traits: Tensor) -> Tensor:
    """Mean binary cross-entropy over the labelled traits."""
    labelled = ~torch.isnan(traits)
    return functional.binary_cross_entropy_with_logits(logits.float()[labelled], traits[labelled])
