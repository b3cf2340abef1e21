"""Distillation (Hinton et al. 2015): trained networks teach another what a label leaves open.

Several trainings asked together, at several zooms, know more than any one of them: how a bin of years is spread, and
which faces hardly show their gender. A network that learns their answers beside the labels gets much of that, and costs
no more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from vision.crops import face_views
from vision.labelled.faces import FaceSample
from vision.runtime import TraitNetworks
from vision.weights_file import WeightsError

# How much of the loss is the teachers'; the labels' is the rest.
TEACHERS_SHARE = 0.7
AT_ONCE = 64


def check_teachers(folders: Sequence[Path]) -> None:
    """Refuse folders in whose place the weights that ship would teach.

    Raises:
        WeightsError: one lacks the age or the gender network.
    """
    for folder in folders:
        for name in ("age", "gender"):
            if not (folder / f"{name}.safetensors").exists():
                raise WeightsError(
                    f"--teacher {folder}: holds no {name}.safetensors; name the folder of amiko train age"
                )


def lessons(samples: Sequence[FaceSample], teachers: Sequence[Path]) -> NDArray[np.float32]:
    """What teachers answer for each face, on the mean over them, both views, and their mirror images.

    Args:
        samples: faces.
        teachers: folders with weights of the age and the gender network.

    Returns:
        (N, 102): P(age = year) for the years 0 to 100, and P(female).

    Raises:
        WeightsError: a file of weights cannot be used.
    """
    answers = np.zeros((len(samples), 102))
    for folder in teachers:
        networks = TraitNetworks.load(weights=folder, precision="bf16")
        for start in range(0, len(samples), AT_ONCE):
            shown = samples[start : start + AT_ONCE]
            views = [face_views(face.image, face.box, networks.views) for face in shown]
            for pairs in (views, [[np.ascontiguousarray(view[:, ::-1]) for view in pair] for pair in views]):
                answers[start : start + AT_ONCE] += np.column_stack(networks.faces(pairs))
    return np.asarray(answers / (2 * len(teachers)), np.float32)


def lesson_loss(ages: Tensor, genders: Tensor, lesson: Tensor, inexact: Tensor) -> Tensor:
    """Cross-entropy between the teachers' answers and a network's.

    Args:
        ages: (N, 101) logits.
        genders: (N,) logits.
        lesson: (N, 102) as `lessons` gives them.
        inexact: (N,) whether the label leaves years open; teachers know no better than an exact age.
    """
    of_ages = -(lesson[:, :101] * functional.log_softmax(ages.float(), dim=1)).sum(dim=1)
    of_genders = functional.binary_cross_entropy_with_logits(genders.float(), lesson[:, 101])
    return (of_ages * inexact).mean() + of_genders
