"""The age and gender networks at work: which of them read which view of a face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.crops import Views
from vision.joint import joined
from vision.loaded import Crop, LoadedNetwork, Make
from vision.probability import sigmoid, softmax
from vision.weights_file import Weights, WeightsError, read_far_weights, read_weights

Answers = tuple[NDArray[np.float64], NDArray[np.float64]]
"""P(age = year) (N, 101) and P(female) (N,)."""

Logits = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Of the same shapes."""

AT_ONCE = 16
"""Crops handed to a backend at once: more take memory and gain nothing."""


class FaceReaders:
    """Age and gender of faces, which are seen in two views.

    Some sets of weights have networks of their own for the farther view: two that were trained apart err less often
    together than one does twice.

    Args:
        folders: where the weights of "age" and of "gender" lie.
        make: loads weights into a backend.

    Attributes:
        views: in which vision.crops.face_view shows them a face.

    Raises:
        WeightsError: a file is missing, damaged, or not ours, or age and gender are read in different views of a face.
    """

    def __init__(self, folders: Mapping[str, Path], make: Make) -> None:
        near = {name: read_weights(name, folders[name]) for name in ("age", "gender")}
        far = {name: read_far_weights(name, folders[name]) for name in near}
        of_age, of_gender = (_views(weights, far[name]) for name, weights in near.items())
        if of_age != of_gender:
            raise WeightsError(
                f"{folders['age']}: its age and gender networks read faces in different views, {_told(of_age)}, and "
                f"{_told(of_gender)}; train both with the same --views and --face-size"
            )
        self.views = of_age
        self._temperatures = near["age"].temperature, near["gender"].temperature
        self._near = _Reader(near["age"], near["gender"], make)
        alone = far["age"] is None and far["gender"] is None
        self._far = self._near if alone else _Reader(far["age"] or near["age"], far["gender"] or near["gender"], make)

    def answers(self, pairs: Sequence[Sequence[Crop]]) -> Answers:
        """Of faces, each seen in both views, nearer and farther. Raises ValueError as `looks` does."""
        logits = self._logits([view for pair in pairs for view in pair], [0, 1] * len(pairs))
        ages, genders = (np.asarray((values[::2] + values[1::2]) / 2, np.float32) for values in logits)
        return self._calibrated((ages, genders))

    def looks(self, crops: Sequence[Crop], turns: Sequence[int]) -> Answers:
        """Of faces, each seen in one view: the one of vision.crops.face_view whose turn it was.

        Raises:
            ValueError: a crop of another shape or type than the views' is among them.
        """
        return self._calibrated(self._logits(crops, turns))

    def _calibrated(self, logits: Logits) -> Answers:
        ages, genders = (values / temperature for values, temperature in zip(logits, self._temperatures, strict=True))
        return softmax(ages), sigmoid(genders)

    def _logits(self, crops: Sequence[Crop], turns: Sequence[int]) -> Logits:
        if self._near is self._far:
            return self._near.logits(crops)
        farther = np.array(turns, int) % 2 == 1
        near = self._near.logits([crop for crop, far in zip(crops, farther, strict=True) if not far])
        far = self._far.logits([crop for crop, far in zip(crops, farther, strict=True) if far])
        order = np.argsort(np.concatenate([np.flatnonzero(~farther), np.flatnonzero(farther)]))
        ages, genders = (np.concatenate(values)[order] for values in zip(near, far, strict=True))
        return ages, genders


class _Reader:
    """The age and the gender network of one view; where they were trained on one trunk, that runs once for both."""

    def __init__(self, age: Weights, gender: Weights, make: Make) -> None:
        both = joined(age, gender)
        self._years = age.network.outputs
        self._age = LoadedNetwork(make, both or age, AT_ONCE)
        self._gender = None if both else LoadedNetwork(make, gender, AT_ONCE)

    def logits(self, crops: Sequence[Crop]) -> Logits:
        """Of crops in this view."""
        first = self._age.logits(crops)
        if self._gender is None:
            return first[:, : self._years], first[:, self._years]
        return first, self._gender.logits(crops)[:, 0]


def _views(near: Weights, far: Weights | None) -> Views:
    if far is None:
        return near.views
    size, far_size = near.views.sizes[0], far.views.sizes[1]
    return Views(near.views.near, far.views.far, size, far_size if far_size != size else None)


def _told(views: Views) -> str:
    return " and ".join(f"{zoom} in {size} px" for zoom, size in zip(views.zooms, views.sizes, strict=True))
