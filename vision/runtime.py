"""The three networks as one thing to ask: crops in, calibrated traits out, whichever backend computes them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from vision.architecture import NETWORKS
from vision.crops import Views
from vision.joint import joined
from vision.probability import sigmoid, softmax
from vision.traits import ATTIRE, Traits
from vision.weights_file import Terms, Weights, WeightsError, read_weights, shipped

Crop = NDArray[np.uint8]
Backend = Literal["auto", "openvino", "pytorch"]
Precision = Literal["f32", "bf16"]

# Crops handed to a backend at once: more take memory and gain nothing.
BATCH = {"age": 16, "gender": 16, "attire": 8}


class BackendNetwork(Protocol):
    """A network that a backend has loaded."""

    def logits(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, outputs) logits of (N, H, W, 3) crops, BGR."""


@dataclass(frozen=True)
class Part:
    """Where one network's logits come from: a backend's network, which of its outputs, and of crops of what size."""

    network: BackendNetwork
    outputs: slice
    size: tuple[int, int]


class TraitNetworks:
    """The age, gender and attire networks, ready to run.

    Every crop is read twice, as it is and mirrored, and the logits are averaged, except where there are several looks
    at each person. Where age and gender were trained on one trunk, that runs once for both.

    Attributes:
        backend: "openvino" or "pytorch".
        attire_thresholds: P(trait) from which a trait is said to be there, by the names in vision.traits.ATTIRE.
        views: in which vision.crops.face_view shows them a face.
    """

    def __init__(self, backend: str, weights: Mapping[str, Weights], parts: Mapping[str, Part]) -> None:
        self.backend = backend
        self.attire_thresholds: Mapping[str, float] = dict(weights["attire"].thresholds)
        self.views: Views = weights["age"].views
        self._temperatures = {name: value.temperature for name, value in weights.items()}
        self._parts = parts

    @classmethod
    def load(
        cls, backend: Backend = "auto", weights: Terms | Path = "open", precision: Precision = "f32"
    ) -> TraitNetworks:
        """Load weights into a backend.

        Args:
            backend: "openvino", "pytorch", or "auto": PyTorch where there is an NVIDIA device, otherwise OpenVINO.
            weights: which of the sets that ship with the package; or a folder with some of the three files and their
                SHA256SUMS, for which the open set stands in where one is missing.
            precision: of OpenVINO; PyTorch computes in float32.

        Raises:
            WeightsError: a file is missing, damaged, or not ours, the folder holds none, or age and gender are read in
                different views of a face.
        """
        chosen = _choice() if backend == "auto" else backend
        read = {name: read_weights(name, folder) for name, folder in _folders(weights).items()}
        if read["age"].views != read["gender"].views:
            raise WeightsError(
                f"{weights}: its age and gender networks read faces in different views, {_told(read['age'].views)} and "
                f"{_told(read['gender'].views)}; train both with the same --views and --face-size"
            )
        make: Callable[[Weights], BackendNetwork]
        if chosen == "openvino":
            import openvino

            from vision.backends.openvino import OpenVinoNetwork

            make = partial(OpenVinoNetwork, core=openvino.Core(), precision=precision)
        else:
            from vision.backends.pytorch import PyTorchNetwork

            make = PyTorchNetwork
        return cls(chosen, read, _parts(read, make))

    def predict(self, faces: Sequence[Crop], bodies: Sequence[Crop]) -> list[Traits]:
        """The traits of each person.

        Args:
            faces: vision.crops.face_views of each person in our views, (2, size, size, 3) uint8.
            bodies: one vision.crops.body_crop per person, (288, 200, 3) uint8, in the same order.

        Raises:
            ValueError: not as many faces as bodies, or a crop of another shape or type.
        """
        if len(faces) != len(bodies):
            raise ValueError(f"{len(faces)} faces came with {len(bodies)} bodies; each person needs one of each")
        if not faces:
            return []
        ages, females = self.faces(faces)
        return [
            Traits(age, float(female), dict(zip(ATTIRE, map(float, attire), strict=True)))
            for age, female, attire in zip(ages, females, self.attires(bodies), strict=True)
        ]

    def faces(self, faces: Sequence[Crop]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """P(age = year) (N, 101) and P(female) (N,) of pairs of views. Raises ValueError as predict does."""
        return self._ages_and_genders(faces, self._from_both_views)

    def attires(self, bodies: Sequence[Crop]) -> NDArray[np.float64]:
        """(N, 5) P(trait) of body crops, in the order of vision.traits.ATTIRE. Raises ValueError as predict does."""
        return sigmoid(self._from_both_sides("attire", bodies) / self._temperatures["attire"])

    def face_looks(self, faces: Sequence[Crop]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """As `faces`, of single views (vision.crops.face_view), for several looks at each person: at half the cost."""
        return self._ages_and_genders(faces, self._logits)

    def body_looks(self, bodies: Sequence[Crop]) -> NDArray[np.float64]:
        """As `attires`, for several looks at each person: every other crop is mirrored, at half the cost."""
        return sigmoid(self._from_sides_in_turn("attire", bodies) / self._temperatures["attire"])

    def _ages_and_genders(
        self, faces: Sequence[Crop], read: Callable[[str, Sequence[Crop]], NDArray[np.float32]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        age, gender = self._parts["age"], self._parts["gender"]
        logits = read("age", faces)
        beside = logits if gender.network is age.network else read("gender", faces)
        return (
            softmax(logits[:, age.outputs] / self._temperatures["age"]),
            sigmoid(beside[:, gender.outputs][:, 0] / self._temperatures["gender"]),
        )

    def _from_both_sides(self, name: str, crops: Sequence[Crop]) -> NDArray[np.float32]:
        """All logits of the network that answers for `name`, averaged over the crops and their mirror images."""
        sides = self._logits(name, [side for crop in crops for side in (crop, crop[:, ::-1])])
        return np.asarray((sides[::2] + sides[1::2]) / 2, np.float32)

    def _from_both_views(self, name: str, pairs: Sequence[Crop]) -> NDArray[np.float32]:
        """All logits of the network that answers for `name`, averaged over the two views of each."""
        views = self._logits(name, [view for pair in pairs for view in pair])
        return np.asarray((views[::2] + views[1::2]) / 2, np.float32)

    def _from_sides_in_turn(self, name: str, crops: Sequence[Crop]) -> NDArray[np.float32]:
        """All logits of the network that answers for `name`, every other crop mirrored."""
        return self._logits(name, [crop[:, ::-1] if number % 2 else crop for number, crop in enumerate(crops)])

    def _logits(self, name: str, crops: Sequence[Crop]) -> NDArray[np.float32]:
        part = self._parts[name]
        shape = (*part.size, 3)
        for crop in crops:
            if crop.shape != shape or crop.dtype != np.uint8:
                raise ValueError(
                    f"the {name} network takes uint8 crops of {shape}, this one is {crop.dtype} {crop.shape}"
                )
        if not crops:
            beside = [other.outputs.stop for other in self._parts.values() if other.network is part.network]
            return np.empty((0, max(beside)), np.float32)
        size = BATCH[name]
        parts = [part.network.logits(np.stack(crops[start : start + size])) for start in range(0, len(crops), size)]
        return np.concatenate(parts)


def _folders(weights: Terms | Path) -> dict[str, Path]:
    """Where each network's weights lie."""
    if not isinstance(weights, Path):
        return {name: shipped(name, weights) for name in NETWORKS}
    there = [name for name in NETWORKS if (weights / f"{name}.safetensors").exists()]
    if not there:
        raise WeightsError(
            f"{weights}: holds no weights; give open, research, or a folder with age, gender or attire .safetensors"
        )
    return {name: weights if name in there else shipped(name) for name in NETWORKS}


def _parts(weights: Mapping[str, Weights], make: Callable[[Weights], BackendNetwork]) -> dict[str, Part]:
    def alone(name: str) -> Part:
        return Part(make(weights[name]), slice(0, weights[name].network.outputs), weights[name].size)

    both = joined(weights["age"], weights["gender"])
    if both is None:
        return {name: alone(name) for name in weights}
    network, years = make(both), weights["age"].network.outputs
    return {
        "age": Part(network, slice(0, years), both.size),
        "gender": Part(network, slice(years, both.network.outputs), both.size),
        "attire": alone("attire"),
    }


def _told(views: Views) -> str:
    return f"{views.near} and {views.far} at {views.size} px"


def _choice() -> str:
    # Importing PyTorch only to learn that there is no CUDA would cost seconds and 200 MB.
    nvidia = Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi") is not None
    if not nvidia:
        return "openvino"
    try:
        import torch
    except ImportError:
        return "openvino"
    return "pytorch" if torch.cuda.is_available() else "openvino"
