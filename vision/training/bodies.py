"""People ready for training: augmented batches, and the loss of the attire network."""

from __future__ import annotations

from collections import Counter
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

# Photos that must have a tag for it to be learnt.
LEAST_TAGGED = 12


@dataclass(frozen=True)
class BodyBatch:
    """Pixels (N, 3, H, W) uint8; traits (N, 5) and tags (N, T): 1, 0, or NaN where not labelled."""

    pixels: Tensor
    traits: Tensor
    tags: Tensor


def vocabulary(samples: Sequence[BodySample]) -> tuple[tuple[bool, str], ...]:
    """The tags that are frequent enough to be learnt, each with whether it is the street's word or the catalogue's."""
    counts = Counter((sample.street, tag) for sample in samples for tag in sample.tags)
    return tuple(sorted(word for word, count in counts.items() if count >= LEAST_TAGGED))


def training_batch(words: Sequence[tuple[bool, str]], samples: Sequence[BodySample], rng: Generator) -> BodyBatch:
    """Augmented crops, with their tags in the order of `words`."""
    crops = [_augmented(sample, rng) for sample in samples]
    return BodyBatch(
        torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2),
        torch.from_numpy(np.stack([sample.traits for sample in samples])),
        torch.tensor([[_tagged(sample, word) for word in words] for sample in samples]),
    )


def _tagged(sample: BodySample, word: tuple[bool, str]) -> float:
    street, tag = word
    return float(tag in sample.tags) if sample.street == street else float("nan")


def _augmented(sample: BodySample, rng: Generator) -> NDArray[np.uint8]:
    image, box = sample.image, sample.box
    height, width = image.shape[:2]
    if rng.random() < 0.3:
        image = tilt(image, box or (0, 0, width, height), rng, degrees=8)
    if box is not None and rng.random() < 0.15:
        # A shelf or the edge of the picture hides the legs.
        reach = box[3] + (box[3] - box[1]) * 2.5
        image = image[: int(max(reach, height * rng.uniform(0.5, 1.0)))]
    # Catalogue photos are also shown whole, so that the network does not rely on seeing them cut.
    if box is None or (not sample.street and rng.random() < 0.2):
        margin = rng.uniform(0.0, 0.25)
        crop = whole_body(_zoomed(image, rng, margin))
    else:
        crop = body_crop(image, jitter(box, rng, shift=0.2, zooms=(0.89, 1.13)))
    return spoil(crop, rng, smallest=60)


def _zoomed(image: NDArray[np.uint8], rng: Generator, share: float) -> NDArray[np.uint8]:
    """The image without up to `share` of it at its edges."""
    height, width = image.shape[:2]
    tall, wide = int(height * (1 - share)), int(width * (1 - share))
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    return image[top : top + tall, left : left + wide]


def attire_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean binary cross-entropy over what is labelled: traits, or tags; 0 where nothing is."""
    labelled = ~torch.isnan(labels)
    total = functional.binary_cross_entropy_with_logits(logits.float()[labelled], labels[labelled], reduction="sum")
    # A batch of street photos alone may know none of a vocabulary of the catalogue's words.
    return total / max(int(labelled.sum()), 1)
