"""Two trainings as one set of weights: one reads the nearer view of each face, the other the farther one.

They err less often together than one does that reads both, at the same cost, the more so the less they have in common:
where they began, and what they learnt from (Dietterich 2000, "Ensemble methods in machine learning").
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from vision.crops import face_views
from vision.labelled.errors import DataError
from vision.labelled.faces import FaceSample
from vision.runtime import TraitNetworks
from vision.training.checkpoint import prepare, unwritable
from vision.training.face_figures import face_figures
from vision.training.face_networks import split, told
from vision.weights_file import FAR, Weights, read_weights, write_sums, write_weights

log = logging.getLogger(__name__)

NAMES = ("age", "gender")
LEAST = 1e-15
"""A probability that is hardly different from 0, whose logarithm is still a number."""


def pair_age(data: Sequence[Path], out: Path, near: Path, far: Path) -> dict[str, float]:
    """Put two trainings of train_age together; `out` receives a set of weights, calibrated as one.

    Args:
        data: data sets of faces with labels.csv; their validation faces calibrate.
        out: folder for the weights; those of the farther view lie in a folder in it.
        near, far: folders of the trainings, the first of which is to read the nearer view.

    Returns:
        Figures on the validation faces.

    Raises:
        DataError: a data set cannot be read, one of the trainings is a pair itself, they are the same, or `out`
            would be written over one of them.
        WeightsError: a file of weights is missing or cannot be used.
        TrainingError: `out` cannot be written.
    """
    folders = {out: near, out / FAR: far}
    if near.resolve() == far.resolve():
        raise DataError(f"--pair {near} {far}: a training is no pair with itself")
    for folder in folders.values():
        if (folder / FAR).exists():
            raise DataError(f"--pair: {folder} is a pair already; name the trainings that it was made of")
        if folder.resolve() in (to.resolve() for to in folders):
            raise DataError(f"--out {out}: the pair would be written over {folder}; name another folder")
    read = {to: {name: read_weights(name, folder) for name in NAMES} for to, folder in folders.items()}
    _, held_out = split(data)
    for to in folders:
        prepare(to)
    try:
        figures = face_figures(held_out, *_logits(held_out, *read.values()))
        facts = told(figures) | {"pair": f"{near.name}, and {far.name} for the farther view"}
        for to, both in read.items():
            _write(to, _calibrated(both, figures, facts))
    except OSError as error:
        raise unwritable(out, error) from None
    log.info("%s", ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
    return figures


def _logits(
    samples: Sequence[FaceSample], near: dict[str, Weights], far: dict[str, Weights]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What two trainings answer together before they are calibrated, up to a constant for each face's years."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for to, both in ((folder, near), (folder / FAR, far)):
            to.mkdir(exist_ok=True)
            _write(to, {name: replace(weights, temperature=1.0) for name, weights in both.items()})
        networks = TraitNetworks.load(weights=folder)
    ages, females = networks.faces([face_views(face.image, face.box, networks.views) for face in samples])
    sure = np.clip(females, LEAST, 1 - LEAST)
    return np.log(np.maximum(ages, LEAST)), np.log(sure) - np.log1p(-sure)


def _calibrated(both: dict[str, Weights], figures: dict[str, float], facts: dict[str, str]) -> dict[str, Weights]:
    """One training's networks with the temperatures and the shift of the pair."""
    age, gender = both["age"], both["gender"]
    shifted = {**gender.tensors, "head.bias": gender.tensors["head.bias"] + np.float32(figures["gender_shift"])}
    return {
        "age": replace(age, temperature=figures["temperature"], training=_facts(age, facts)),
        "gender": replace(
            gender, temperature=figures["gender_temperature"], tensors=shifted, training=_facts(gender, facts)
        ),
    }


def _facts(weights: Weights, facts: dict[str, str]) -> dict[str, str]:
    """What is known of a training, with the pair's figures instead of its own."""
    own = {name: value for name, value in weights.training.items() if not name.startswith("validation ")}
    return own | facts


def _write(folder: Path, both: dict[str, Weights]) -> None:
    for name, weights in both.items():
        write_weights(folder / f"{name}.safetensors", weights)
    write_sums(folder)
