"""The figures of the model cards, measured on the validation tenth of labelled data with the OpenVINO backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from vision.crops import face_crop
from vision.runtime import TraitNetworks
from vision.training.bodies import BodySample, read_bodies
from vision.training.face_networks import bin_centres
from vision.training.faces import FaceSample, read_faces
from vision.training.labelled import DataError
from vision.traits import AGE_BANDS, ATTIRE, MAX_AGE, YEARS, Traits

# FairFace's bins.
BINS = ((0, 2), (3, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, MAX_AGE))
UNKNOWN = (0.35, 0.65)

Mask = NDArray[np.bool_]


def report(name: str, data: Sequence[Path], weights: Path | None = None) -> str:
    """The tables of the network called `name`, in Markdown.

    Args:
        name: "age", "gender" or "attire".
        data: labelled data sets; only their validation tenth is looked at.
        weights: folder of weights; those that ship where None.

    Raises:
        DataError: a data set cannot be read, or has nothing to validate on.
        WeightsError: the weights cannot be used.
    """
    networks = TraitNetworks.load("openvino", weights)
    if name == "attire":
        bodies = [body for body in read_bodies(data) if body.validation]
        return "\n".join(_attire(bodies, networks)) + "\n"
    faces = [face for face in read_faces(data)[0] if face.validation]
    if not faces:
        raise DataError(f"{', '.join(map(str, data))}: no face to validate on")
    crops = [face_crop(face.image, face.box) for face in faces]
    rows = _gender(faces, networks.females(crops)) if name == "gender" else _age(faces, networks.ages(crops))
    return "\n".join(rows) + "\n"


def _age(faces: Sequence[FaceSample], p: NDArray[np.float64]) -> Iterator[str]:
    first = np.array([face.ages[0] for face in faces])
    last = np.array([face.ages[1] for face in faces])
    mean = p @ YEARS
    if (first == last).all():
        yield from _exact_age(faces, first, mean, p)
        return
    error = np.abs(mean - bin_centres(first, last))
    outside = np.maximum(np.maximum(first - mean, mean - (last + 1)), 0)
    sums = np.stack([p[:, low : high + 1].sum(axis=1) for low, high in BINS], axis=1)
    starts = np.array([low for low, _ in BINS])
    away = np.abs(sums.argmax(axis=1) - (np.searchsorted(starts, first, side="right") - 1))
    yield "| faces | n | MAE to the bin's middle | years outside the bin | bin | bin ± 1 |"
    yield "|---|---:|---:|---:|---:|---:|"
    bands = [(f"{low}-{high}" if high < MAX_AGE else f"{low}+", first == low) for low, high in BINS]
    for label, mask in _groups(faces, bands):
        years = f"{error[mask].mean():.2f} | {outside[mask].mean():.2f}"
        bins = f"{(away[mask] == 0).mean():.3f} | {(away[mask] <= 1).mean():.3f}"
        yield f"| {label} | {mask.sum()} | {years} | {bins} |"


def _exact_age(
    faces: Sequence[FaceSample], years: NDArray[np.int_], mean: NDArray[np.float64], p: NDArray[np.float64]
) -> Iterator[str]:
    error = mean - years
    intervals = np.array([Traits(age, 0.5, {}).age_interval(0.8) for age in p])
    covered = (intervals[:, 0] <= years) & (years <= intervals[:, 1])
    yield "| faces | n | MAE | bias | within 5 years | in the 80 % interval |"
    yield "|---|---:|---:|---:|---:|---:|"
    bands = [
        (f"{low}-{high}" if high < MAX_AGE else f"{low}+", (low <= years) & (years <= high)) for low, high in AGE_BANDS
    ]
    for label, mask in _groups(faces, bands):
        figures = f"{np.abs(error[mask]).mean():.2f} | {error[mask].mean():+.2f}"
        close = (np.abs(error[mask]) <= 5).mean()
        yield f"| {label} | {mask.sum()} | {figures} | {close:.3f} | {covered[mask].mean():.3f} |"


def _gender(faces: Sequence[FaceSample], p: NDArray[np.float64]) -> Iterator[str]:
    female = np.array([face.female for face in faces])
    first = np.array([face.ages[0] for face in faces])
    right = (p > 0.5) == female
    unknown = (p > UNKNOWN[0]) & (p < UNKNOWN[1])
    balanced = (right[female].mean() + right[~female].mean()) / 2
    yield f"ROC-AUC {roc_auc_score(female, p):.4f}, balanced accuracy {balanced:.4f}."
    yield ""
    yield "| faces | n | accuracy | told as unknown | accuracy where told |"
    yield "|---|---:|---:|---:|---:|"
    bands = [(f"{low}-{high}" if high < MAX_AGE else f"{low}+", (low <= first) & (first <= high)) for low, high in BINS]
    pairs = [
        (f"{race}, {'women' if sex else 'men'}", _race(faces, race) & (female == sex))
        for race in sorted({face.race for face in faces})
        for sex in (True, False)
    ]
    for label, mask in _groups(faces, bands + pairs):
        told = right[mask & ~unknown].mean() if (mask & ~unknown).any() else float("nan")
        yield f"| {label} | {mask.sum()} | {right[mask].mean():.3f} | {unknown[mask].mean():.3f} | {told:.3f} |"


def _groups(faces: Sequence[FaceSample], more: Sequence[tuple[str, Mask]]) -> Iterator[tuple[str, Mask]]:
    """All faces, women, men, each race group, and `more`; empty groups are left out."""
    female = np.array([face.female for face in faces])
    yield "all", np.ones(len(faces), bool)
    races = [(race, _race(faces, race)) for race in sorted({face.race for face in faces})]
    for label, mask in [("women", female), ("men", ~female), *races, *more]:
        if mask.any():
            yield label, mask


def _race(faces: Sequence[FaceSample], race: str) -> Mask:
    return np.array([face.race == race for face in faces])


def _attire(bodies: Sequence[BodySample], networks: TraitNetworks) -> Iterator[str]:
    if not bodies:
        raise DataError("no photo to validate on")
    p = networks.attires([body.crop() for body in bodies])
    traits = np.stack([body.traits for body in bodies])
    street = np.array([body.street for body in bodies])
    parts: list[tuple[str, Mask]] = [("all", np.ones(len(bodies), bool)), ("street", street), ("catalogue", ~street)]
    yield "| photos | trait | n | share true | ROC-AUC | average precision | threshold | F1 |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    for label, part in parts:
        areas: list[float] = []
        for i, trait in enumerate(ATTIRE):
            known = part & ~np.isnan(traits[:, i])
            truth = traits[known, i] > 0.5
            if not truth.any() or truth.all():
                continue
            threshold = networks.attire_thresholds[trait]
            scores: list[Callable[[Mask, NDArray[np.float64]], float]] = [roc_auc_score, average_precision_score]
            area, precision = (float(score(truth, p[known, i])) for score in scores)
            f1 = f1_score(truth, p[known, i] >= threshold)
            areas.append(area)
            yield (
                f"| {label} | {trait} | {known.sum()} | {truth.mean():.3f} | {area:.3f} | {precision:.3f} "
                f"| {threshold:.2f} | {f1:.3f} |"
            )
        if areas:
            yield f"| {label} | **mean** | | | **{np.mean(areas):.3f}** | | | |"
