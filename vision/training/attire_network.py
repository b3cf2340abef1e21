"""Training the attire network."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from vision.architecture import NETWORKS
from vision.labelled.bodies import BodySample, read_bodies
from vision.labelled.errors import DataError
from vision.networks import AttireNetwork, load_tensors, tensors
from vision.probability import sigmoid
from vision.training.average import check_average, mean_tensors, towards
from vision.training.bodies import BodyBatch, attire_loss, training_batch, vocabulary
from vision.training.calibration import best_shift, best_temperature, best_threshold, binary_loss
from vision.training.checkpoint import prepare
from vision.training.loop import Schedule, Task, conclude, train, use_all_cores
from vision.training.mixing import mix
from vision.training.model import Learner, mirrored_logits
from vision.training.pretrained import start_from_file, start_from_imagenet
from vision.training.seed import follow_seed
from vision.traits import ATTIRE
from vision.weights_file import Weights, write_weights

log = logging.getLogger(__name__)

BATCH = 48
LEARNING_RATE = 1e-3
# Street photos look like what a camera sees, and there are far fewer of them. Five times learnt them by heart.
STREET_REPEATS = 2
# Weight of the garments' loss beside the traits'.
TAGS_SHARE = 2.0


def train_attire(
    data: Sequence[Path],
    out: Path,
    epochs: int = 6,
    seed: int = 1,
    init: Path | None = None,
    limit_minutes: float | None = None,
    freeze: int = 0,
    average: Sequence[Path] = (),
    start_share: float = 0.0,
    held_out: int = 0,
) -> dict[str, float]:
    """Train the attire network; `out` receives attire.safetensors.

    Args:
        data: data sets of street or catalogue photos with labels.csv.
        out: folder for the weights, the metrics and the checkpoint; a checkpoint in it is continued.
        epochs: times each catalogue photo is seen; street photos are seen twice as often.
        seed: of every random choice.
        init: weights file to start from; ImageNet where None.
        limit_minutes: end by then, whatever the epochs.
        freeze: blocks of the trunk, from the first, that stay as they are.
        average: folders of earlier trainings; the mean of their weights is left, instead of training.
        start_share: of the weights that training starts from, in that mean (`vision.training.average.towards`).
        held_out: which tenth of the photos validates, 0 to 9.

    Returns:
        Figures on the validation photos.

    Raises:
        DataError: a data set cannot be read, or these folders cannot be averaged.
        WeightsError: a file of weights to start from or to average cannot be used.
        TrainingError: `out` cannot be written, or holds a checkpoint of another training.
    """
    use_all_cores()
    check_average(average, start_share)
    prepare(out)
    follow_seed(seed)
    network = AttireNetwork()
    nn.init.normal_(network.head.weight, std=0.01)
    nn.init.zeros_(network.head.bias)
    if init is None:
        start_from_imagenet(network)
    else:
        start_from_file(network, init)
    found = read_bodies(data, held_out)
    measured = [body for body in found.samples if body.validation]
    kept = [body for body in found.samples if not body.validation]
    if not kept or not measured:
        raise DataError(
            f"{', '.join(map(str, data))}: too few photos to train on; {len(found.unreadable)} could not be read"
        )
    log.info(
        "%d photos to train on, %d to validate; %d could not be read", len(kept), len(measured), len(found.unreadable)
    )
    samples = kept + [body for body in kept if body.street] * (STREET_REPEATS - 1)
    words = vocabulary(kept)
    facts = {
        "data": ", ".join(path.name for path in data),
        "trained on": f"{len(kept)} photos, all but tenth {held_out}",
    }
    facts |= (
        {"mean of": ", ".join(path.name for path in average), "share of the start": f"{start_share:g}"}
        if average
        else {"epochs": str(epochs), "seed": str(seed)}
    )

    def export(model: nn.Module, figures: dict[str, float]) -> None:
        assert isinstance(model, Learner)
        arrays = {name: value.detach().float().cpu().numpy() for name, value in tensors(model.network).items()}
        shifts = [figures[f"shift_{trait}"] for trait in ATTIRE]
        arrays["head.bias"] = arrays["head.bias"] + np.array(shifts, np.float32)
        thresholds = {trait: figures[f"threshold_{trait}"] for trait in ATTIRE}
        shown = {f"validation {name}": f"{value:.4f}" for name, value in figures.items()}
        weights = Weights(NETWORKS["attire"], arrays, figures["temperature"], thresholds, facts | shown)
        write_weights(out / "attire.safetensors", weights)

    # What has learnt before is not to forget it.
    rate = LEARNING_RATE if init is None else LEARNING_RATE / 2
    schedule = Schedule(epochs, seed, limit_minutes, BATCH, rate, held_out)
    # Five traits say little about a picture; the kinds of garments that they are made of teach the trunk more.
    model = Learner(network, dropout=0.3, companion=len(words), freeze=freeze)
    task = Task(model, samples, partial(training_batch, words), _loss, partial(_validate, measured), export)
    if average:
        load_tensors(network, towards(network, mean_tensors("attire", average), start_share))
        return conclude(task, out)
    return train(task, schedule, out)


def _loss(model: nn.Module, batch: BodyBatch) -> Tensor:
    device = next(model.parameters()).device
    mixture = mix(batch.pixels.to(device).contiguous(memory_format=torch.channels_last))
    traits, tags = model(mixture.pixels)
    of_traits, of_tags = batch.traits.to(device), batch.tags.to(device)

    def of_both(order: Tensor) -> Tensor:
        # Of few photos no garment is worn often enough to be learnt.
        beside = 0.0 if tags is None else attire_loss(tags, of_tags[order]) * TAGS_SHARE
        return attire_loss(traits, of_traits[order]) + beside

    return mixture.loss(of_both)


def _validate(samples: Sequence[BodySample], model: nn.Module) -> dict[str, float]:
    logits = _predictions(model, samples)
    traits = np.stack([sample.traits for sample in samples])
    labelled = ~np.isnan(traits)
    street = np.array([sample.street for sample in samples])
    # What a camera sees is more like the street: the catalogue decides only where the street has no labels.
    deciding = np.where((labelled & street[:, None]).any(axis=0), labelled & street[:, None], labelled)
    shifts = [_shift(logits[known, i], traits[known, i] > 0.5) for i, known in enumerate(deciding.T)]
    logits = logits + np.array(shifts, np.float32)
    temperature = best_temperature(lambda t: binary_loss(logits[labelled] / t, traits[labelled] > 0.5))
    p = sigmoid(logits / temperature)
    figures = {"nll": binary_loss(logits[labelled] / temperature, traits[labelled] > 0.5), "temperature": temperature}
    for i, (trait, shift, known) in enumerate(zip(ATTIRE, shifts, deciding.T, strict=True)):
        figures[f"shift_{trait}"] = shift
        figures[f"threshold_{trait}"] = best_threshold(p[known, i], traits[known, i] > 0.5)
    for place, part in (("street", street), ("catalogue", ~street)):
        areas = [area for i in range(len(ATTIRE)) if (area := _area(traits[part, i], p[part, i])) is not None]
        if areas:
            figures[f"auc_{place}"] = float(np.mean(areas))
    return figures


def _shift(logits: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """What to add to the logits; 0 where the truth is all one answer, or there is none to go by."""
    if truth.all() or not truth.any():
        return 0.0
    return best_shift(lambda by: binary_loss(logits + by, truth))


def _area(traits: NDArray[np.float32], p: NDArray[np.float64]) -> float | None:
    """ROC-AUC over the labelled ones; None where they hold only one answer."""
    known = ~np.isnan(traits)
    truth = traits[known] > 0.5
    return None if truth.all() or not truth.any() else float(roc_auc_score(truth, p[known]))


def _predictions(model: nn.Module, samples: Sequence[BodySample]) -> NDArray[np.float32]:
    crops = (
        np.stack([body.crop() for body in samples[start : start + BATCH]]) for start in range(0, len(samples), BATCH)
    )
    return np.concatenate([mirrored_logits(model, part)[0] for part in crops])
