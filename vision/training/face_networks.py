"""Training the age network and the gender network."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from vision.crops import VIEWS, Views, face_view, face_views
from vision.errors import TrainingError
from vision.labelled.errors import DataError
from vision.labelled.faces import FaceSample, read_faces
from vision.networks import AgeNetwork, GenderNetwork, TraitNetwork, load_tensors, tensors
from vision.training.average import check_average, mean_tensors
from vision.training.calibration import best_temperature, binary_loss
from vision.training.checkpoint import prepare
from vision.training.face_figures import face_figures
from vision.training.faces import FaceBatch, age_loss, gender_loss, training_batch, year_prior
from vision.training.loop import Schedule, Task, conclude, train, use_all_cores
from vision.training.mixing import mix
from vision.training.model import Learner, mean_logits
from vision.training.pretrained import start_from_file, start_from_imagenet, start_gender_beside, trunk_of
from vision.training.recognition import CALIBRATION, start_from_recognition
from vision.training.seed import follow_seed
from vision.training.teachers import TEACHERS_SHARE, check_teachers, lesson_loss, lessons
from vision.weights_file import FAR, Weights, read_weights, write_weights

log = logging.getLogger(__name__)

BATCH = 64
LEARNING_RATE = 1.2e-3
ONNX = ".onnx"
# What has learnt before is not to forget it.
GENTLE = 0.5


def train_age(
    data: Sequence[Path],
    out: Path,
    epochs: int = 6,
    seed: int = 1,
    init: Path | None = None,
    limit_minutes: float | None = None,
    freeze: int = 0,
    average: Sequence[Path] = (),
    teachers: Sequence[Path] = (),
    zooms: tuple[float, float] | None = None,
    face_size: int | None = None,
) -> dict[str, float]:
    """Train the age network; `out` receives age.safetensors and, to start the gender network from, gender.safetensors.

    Args:
        data: data sets of faces with labels.csv.
        out: folder for the weights, the metrics and the checkpoint; a checkpoint in it is continued.
        epochs: times each face is seen.
        seed: of every random choice.
        init: weights file to start from, or InsightFace's MobileFaceNet where it is an ONNX file; ImageNet where None.
        limit_minutes: end by then, whatever the epochs.
        freeze: blocks of the trunk, from the first, that stay as they are.
        average: folders of earlier trainings; the mean of their weights is left, instead of training.
        teachers: folders of weights whose answers are learnt beside the labels.
        zooms: how near and how far away the network will read a face (vision.crops.Views); where None, as the first to
            average, or `init`.
        face_size: height and width of the crops that it will read (px); where None, likewise.

    Returns:
        Figures on the validation faces.

    Raises:
        DataError: a data set cannot be read, or these folders cannot be averaged.
        WeightsError: a file of weights to start from, to average, or of a teacher, cannot be used.
        TrainingError: `out` cannot be written, or holds a checkpoint of another training.
    """
    use_all_cores()
    check_average(average)
    check_teachers(teachers)
    _prepare(out)
    follow_seed(seed)
    mean_of = read_weights("age", average[0]) if average else None
    network = AgeNetwork(mean_of.network.trunk if mean_of else trunk_of(init))
    nn.init.normal_(network.head.weight, std=0.01)
    views = _views(mean_of.views if mean_of else _views_before(init), zooms, face_size)
    samples, held_out = split(data)
    if not average:
        _start(network, init, samples, views)
    if init is None or init.suffix == ONNX:
        with torch.no_grad():
            network.head.bias.copy_(torch.from_numpy(year_prior(samples)))
    model = Learner(network, dropout=0.2, companion=1, freeze=freeze)
    assert model.companion is not None
    if init is not None:
        start_gender_beside(model.companion, init)
    facts = _facts(data, epochs, seed, len(samples), init, average, teachers)
    taught = lessons(samples, teachers) if teachers else None

    def batch_of(chosen: Sequence[int], rng: Generator) -> tuple[FaceBatch, Tensor | None]:
        lesson = None if taught is None else torch.from_numpy(taught[list(chosen)])
        return training_batch([samples[number] for number in chosen], rng, views), lesson

    def loss(model: nn.Module, batch_and_lesson: tuple[FaceBatch, Tensor | None]) -> Tensor:
        batch, lesson = batch_and_lesson
        mixture = mix(_on_device(model, batch.pixels))
        ages, genders = model(mixture.pixels)
        genders = genders.squeeze(1)
        years, female = batch.year_mask.to(ages.device), batch.female.to(ages.device)
        if lesson is None:
            return mixture.loss(lambda order: age_loss(ages, years[order]) + gender_loss(genders, female[order]))
        answers, inexact = lesson.to(ages.device), torch.isinf(years).any(dim=1)

        def of_both(order: Tensor) -> Tensor:
            of_ages = age_loss(ages, years[order], 1 - TEACHERS_SHARE * inexact[order].float())
            of_genders = (1 - TEACHERS_SHARE) * gender_loss(genders, female[order])
            return of_ages + of_genders + TEACHERS_SHARE * lesson_loss(ages, genders, answers[order], inexact[order])

        return mixture.loss(of_both)

    def export(model: nn.Module, figures: dict[str, float]) -> None:
        assert isinstance(model, Learner)
        assert model.companion is not None
        _write(out / "age.safetensors", model.network, figures["temperature"], facts | told(figures), views)
        gender = GenderNetwork(model.network.spec.trunk)
        values = tensors(model.network)
        values["head.weight"] = model.companion.weight
        values["head.bias"] = model.companion.bias + figures["gender_shift"]
        _write_tensors(
            out / "gender.safetensors", gender, values, figures["gender_temperature"], facts | told(figures), views
        )

    rate = LEARNING_RATE if init is None else LEARNING_RATE * GENTLE
    schedule = Schedule(epochs, seed, limit_minutes, BATCH, rate)
    task = Task(model, range(len(samples)), batch_of, loss, partial(_validate_age, held_out, views), export)
    if average:
        load_tensors(network, mean_tensors("age", average))
        of_gender = mean_tensors("gender", average)
        with torch.no_grad():
            model.companion.weight.copy_(of_gender["head.weight"])
            model.companion.bias.copy_(of_gender["head.bias"])
        return conclude(task, out)
    return train(task, schedule, out)


def train_gender(
    data: Sequence[Path],
    out: Path,
    epochs: int = 3,
    seed: int = 1,
    init: Path | None = None,
    limit_minutes: float | None = None,
    freeze: int = 0,
    zooms: tuple[float, float] | None = None,
    face_size: int | None = None,
) -> dict[str, float]:
    """Train the gender network; `out` receives gender.safetensors. Arguments and errors as of train_age.

    Started from a weights file, it learns at half the pace, so as not to forget what that knows.
    """
    use_all_cores()
    _prepare(out)
    follow_seed(seed)
    network = GenderNetwork(trunk_of(init))
    views = _views(_views_before(init), zooms, face_size)
    samples, held_out = split(data)
    _start(network, init, samples, views)
    model = Learner(network, dropout=0.2, freeze=freeze)
    facts = _facts(data, epochs, seed, len(samples), init)

    def loss(model: nn.Module, batch: FaceBatch) -> Tensor:
        mixture = mix(_on_device(model, batch.pixels))
        logits, _ = model(mixture.pixels)
        female = batch.female.to(logits.device)
        return mixture.loss(lambda order: gender_loss(logits.squeeze(1), female[order]))

    def export(model: nn.Module, figures: dict[str, float]) -> None:
        assert isinstance(model, Learner)
        _write(out / "gender.safetensors", model.network, figures["temperature"], facts | told(figures), views)

    rate = LEARNING_RATE if init is None else LEARNING_RATE * GENTLE
    schedule = Schedule(epochs, seed, limit_minutes, BATCH, rate)
    batch_of = partial(training_batch, views=views)
    task = Task(model, samples, batch_of, loss, partial(_validate_gender, held_out, views), export)
    return train(task, schedule, out)


def _prepare(out: Path) -> None:
    if (out / FAR).exists():
        raise TrainingError(f"--out {out}: holds a pair of trainings; name another folder")
    prepare(out)


def split(data: Sequence[Path]) -> tuple[list[FaceSample], list[FaceSample]]:
    """The faces of some data sets to train on, and those to validate. Raises DataError where either are none."""
    found = read_faces(data)
    held_out = [face for face in found.samples if face.validation]
    samples = [face for face in found.samples if not face.validation]
    if not samples or not held_out:
        raise DataError(f"{', '.join(map(str, data))}: too few faces to train on; {found.losses() or 'none was lost'}")
    log.info("%d faces to train on, %d to validate; %s", len(samples), len(held_out), found.losses() or "none lost")
    return samples, held_out


def _start(network: TraitNetwork, init: Path | None, samples: Sequence[FaceSample], views: Views) -> None:
    """Fill the network."""
    if init is None:
        start_from_imagenet(network)
    elif init.suffix == ONNX:
        chosen = np.random.default_rng(0).permutation(len(samples))[:CALIBRATION]
        crops = [face_view(samples[number].image, samples[number].box, 0, views) for number in chosen]
        start_from_recognition(network, init, np.stack(crops))
    else:
        start_from_file(network, init)


def _views_before(init: Path | None) -> Views:
    """The views in which what a network starts from reads a face."""
    return VIEWS if init is None or init.suffix == ONNX else read_weights(init.stem, init.parent).views


def _views(before: Views, zooms: tuple[float, float] | None, face_size: int | None) -> Views:
    """The views of before, but for what is told otherwise."""
    near, far = zooms or (before.near, before.far)
    return Views(near, far, face_size or before.size)


def _on_device(model: nn.Module, pixels: Tensor) -> Tensor:
    return pixels.to(next(model.parameters()).device).contiguous(memory_format=torch.channels_last)


def _predictions(
    model: nn.Module, samples: Sequence[FaceSample], views: Views
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits of the network and of its companion over unspoilt crops."""
    parts = []
    for start in range(0, len(samples), BATCH):
        crops = np.stack([face_views(face.image, face.box, views) for face in samples[start : start + BATCH]])
        parts.append(mean_logits(model, [crops[:, 0], crops[:, 1]]))
    return np.concatenate([head for head, _ in parts]), np.concatenate([companion for _, companion in parts])


def _validate_age(samples: Sequence[FaceSample], views: Views, model: nn.Module) -> dict[str, float]:
    logits, companion = _predictions(model, samples, views)
    return face_figures(samples, logits, companion[:, 0])


def _validate_gender(samples: Sequence[FaceSample], views: Views, model: nn.Module) -> dict[str, float]:
    logits = _predictions(model, samples, views)[0][:, 0]
    female = np.array([sample.female for sample in samples])
    temperature = best_temperature(lambda t: binary_loss(logits / t, female))
    return {
        "accuracy": float(((logits > 0) == female).mean()),
        "nll": binary_loss(logits / temperature, female),
        "temperature": temperature,
    }


def _facts(
    data: Sequence[Path],
    epochs: int,
    seed: int,
    count: int,
    init: Path | None,
    average: Sequence[Path] = (),
    teachers: Sequence[Path] = (),
) -> dict[str, str]:
    names = {"data": ", ".join(path.name for path in data), "trained on": f"{count} faces"}
    origin = _origin(average[0] / "age.safetensors" if average else init)
    if origin:
        names["began as"] = origin
    if average:
        return names | {"mean of": ", ".join(path.name for path in average)}
    if teachers:
        names["teachers"] = ", ".join(path.name for path in teachers)
    return names | {"epochs": str(epochs), "seed": str(seed)}


def _origin(init: Path | None) -> str | None:
    """The recognition network that the first of these trainings began as, whose terms bind what comes of it."""
    if init is None:
        return None
    return init.name if init.suffix == ONNX else read_weights(init.stem, init.parent).training.get("began as")


def told(figures: dict[str, float]) -> dict[str, str]:
    """Figures on the validation faces, as facts about a training."""
    return {f"validation {name}": f"{value:.4f}" for name, value in figures.items()}


def _write(path: Path, network: TraitNetwork, temperature: float, facts: dict[str, str], views: Views) -> None:
    _write_tensors(path, network, tensors(network), temperature, facts, views)


def _write_tensors(
    path: Path,
    network: TraitNetwork,
    values: dict[str, Tensor],
    temperature: float,
    facts: dict[str, str],
    views: Views,
) -> None:
    arrays = {name: value.detach().float().cpu().numpy() for name, value in values.items()}
    write_weights(path, Weights(network.spec, arrays, temperature, {}, facts, views))
