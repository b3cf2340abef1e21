"""Measures one network on labelled data: reads, cuts as the worker cuts, asks, and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vision.crops import face_views
from vision.evaluation.age import age_figures, summary
from vision.evaluation.attire import attire_figures
from vision.evaluation.calibration import reliability
from vision.evaluation.gender import gender_figures
from vision.evaluation.groups import BINS, bin_name, bin_of, split_by
from vision.labelled.bodies import read_bodies
from vision.labelled.errors import DataError
from vision.labelled.faces import ANY_AGE, FaceSample, read_faces
from vision.runtime import TraitNetworks
from vision.traits import MAX_AGE

Part = Literal["all", "validation"]


@dataclass(frozen=True)
class Wanted:
    """What to measure on.

    Attributes:
        data: labelled data sets.
        part: "all" pictures, or only the "validation" tenth that training on the same data sets keeps out.
        ages: first and last year of the faces to measure on; everybody where None.
        gender_unknown: P(female) strictly between these is told as unknown.
    """

    data: Sequence[Path]
    part: Part = "all"
    ages: tuple[int, int] | None = None
    gender_unknown: tuple[float, float] = (0.35, 0.65)


def evaluate(name: str, networks: TraitNetworks, wanted: Wanted) -> dict[str, Any]:
    """The figures of the network called `name` ("age", "gender" or "attire"), ready for JSON.

    Beside the figures: "calibration", the reliability diagram (for age of FairFace's bins); "unreadable", "faceless"
    and "unlabelled", lists of the files that could not be measured; for age "without_gender", how many of the faces say
    no gender and are in no row of one, and for gender "without_age", the same of ages.

    Raises:
        DataError: a data set cannot be read, or holds nothing to measure on.
    """
    if name == "attire":
        return _attire(networks, wanted)
    found = read_faces(wanted.data, needed=sorted({name} if wanted.ages is None else {name, "age"}))
    first, last = wanted.ages or (0, MAX_AGE)
    faces = [
        face
        for face in found.samples
        if (wanted.part == "all" or face.validation) and first <= face.ages[0] and face.ages[1] <= last
    ]
    lost = {"unreadable": found.unreadable, "faceless": found.faceless, "unlabelled": found.unlabelled}
    if not faces:
        others = f"{len(found.samples)} were read, none of them of these ages or of this part" if found.samples else ""
        why = "; ".join(filter(None, (others, found.losses()))) or "the data set is empty"
        raise DataError(f"{_names(wanted)}: no face to measure on; {why}")
    return {**(_age if name == "age" else _gender)(faces, networks, wanted), **lost}


def _age(faces: Sequence[FaceSample], networks: TraitNetworks, wanted: Wanted) -> dict[str, Any]:
    p, _ = networks.faces([face_views(face.image, face.box, networks.views) for face in faces])
    first, last = (np.array([face.ages[end] for face in faces]) for end in (0, 1))
    female = np.array([face.female for face in faces], float)
    races = {
        race: summary(p[mask], first[mask], last[mask]) for race, mask in split_by([f.race for f in faces]) if race
    }
    bins = np.stack([p[:, low : high + 1].sum(axis=1) for low, high in BINS], axis=1)
    truth = bin_of(first)[:, None] == np.arange(len(BINS))
    return {
        **age_figures(p, first, last, female),
        "without_gender": int(np.isnan(female).sum()),
        "races": races,
        "calibration": reliability(bins, truth),
    }


def _gender(faces: Sequence[FaceSample], networks: TraitNetworks, wanted: Wanted) -> dict[str, Any]:
    _, p = networks.faces([face_views(face.image, face.box, networks.views) for face in faces])
    female = np.array([face.female for face in faces])
    first = np.array([face.ages[0] for face in faces])
    aged = np.array([face.ages != ANY_AGE for face in faces])
    bands = {bin_name(band): aged & (bin_of(first) == index) for index, band in enumerate(BINS)}
    pairs = [f"{face.race or 'any race'}, {'female' if face.female else 'male'}" for face in faces]
    groups = dict(split_by(pairs)) | {name: mask for name, mask in bands.items() if mask.any()}
    return {
        **gender_figures(p, female, wanted.gender_unknown),
        "without_age": int((~aged).sum()),
        "groups": {name: gender_figures(p[m], female[m], wanted.gender_unknown) for name, m in groups.items()},
        "calibration": reliability(p, female),
    }


def _attire(networks: TraitNetworks, wanted: Wanted) -> dict[str, Any]:
    found = read_bodies(wanted.data)
    bodies = [body for body in found.samples if wanted.part == "all" or body.validation]
    if not bodies:
        lost = f"{len(found.samples)} were read, {len(found.unreadable)} could not be"
        raise DataError(f"{_names(wanted)}: no picture to measure on; {lost}")
    p = networks.attires([body.crop() for body in bodies])
    labels = np.stack([body.traits for body in bodies])
    figures = attire_figures(p, labels, networks.attire_thresholds)
    known = ~np.isnan(labels)
    return {
        **figures,
        "calibration": reliability(p[known], labels[known] > 0.5),
        "unreadable": found.unreadable,
        "faceless": [],
        "unlabelled": [],
    }


def _names(wanted: Wanted) -> str:
    return ", ".join(str(path) for path in wanted.data)
