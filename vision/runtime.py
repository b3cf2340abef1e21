"""The three networks as one thing to ask: crops in, calibrated traits out, whichever backend computes them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vision.architecture import NETWORKS
from vision.crops import Views
from vision.loaded import Crop, LoadedNetwork, Make
from vision.probability import sigmoid
from vision.readers import Answers, FaceReaders
from vision.traits import ATTIRE, Traits
from vision.weights_file import Terms, WeightsError, read_weights, shipped

Backend = Literal["auto", "openvino", "pytorch"]
Precision = Literal["f32", "bf16"]

AT_ONCE = 8
"""Bodies handed to a backend at once: more take memory and gain nothing."""


class TraitNetworks:
    """The age, gender and attire networks, ready to run.

    Args:
        backend: its name.
        folders: where the weights of each network lie.
        make: loads weights into it.

    Attributes:
        backend: "openvino" or "pytorch".
        attire_thresholds: P(trait) from which a trait is said to be there, by the names in vision.traits.ATTIRE.
        views: in which vision.crops.face_view shows them a face.

    Raises:
        WeightsError: as `load` does.
    """

    def __init__(self, backend: str, folders: Mapping[str, Path], make: Make) -> None:
        self.backend = backend
        self._faces = FaceReaders(folders, make)
        self.views: Views = self._faces.views
        attire = read_weights("attire", folders["attire"])
        self.attire_thresholds: Mapping[str, float] = dict(attire.thresholds)
        self._attire = LoadedNetwork(make, attire, AT_ONCE)
        self._attire_temperature = attire.temperature

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
        make: Make
        if chosen == "openvino":
            import openvino

            from vision.backends.openvino import OpenVinoNetwork

            make = partial(OpenVinoNetwork, core=openvino.Core(), precision=precision)
        else:
            from vision.backends.pytorch import PyTorchNetwork

            make = PyTorchNetwork
        return cls(chosen, _folders(weights), make)

    def predict(self, faces: Sequence[Sequence[Crop]], bodies: Sequence[Crop]) -> list[Traits]:
        """The traits of each person.

        Args:
            faces: vision.crops.face_views of each person in our views, uint8.
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

    def faces(self, faces: Sequence[Sequence[Crop]]) -> Answers:
        """P(age = year) (N, 101) and P(female) (N,) of pairs of views. Raises ValueError as predict does."""
        return self._faces.answers(faces)

    def face_looks(self, faces: Sequence[Crop], turns: Sequence[int]) -> Answers:
        """As `faces`, of single views for several looks at each person: at half the cost.

        Args:
            faces: each from vision.crops.face_view.
            turns: whose turn it was there, for each.
        """
        return self._faces.looks(faces, turns)

    def attires(self, bodies: Sequence[Crop]) -> NDArray[np.float64]:
        """(N, 5) P(trait) of body crops, read as they are and mirrored, in the order of vision.traits.ATTIRE.

        Raises:
            ValueError: as predict does.
        """
        sides = self._attire.logits([side for body in bodies for side in (body, body[:, ::-1])])
        return self._worn(np.asarray((sides[::2] + sides[1::2]) / 2, np.float32))

    def body_looks(self, bodies: Sequence[Crop]) -> NDArray[np.float64]:
        """As `attires`, for several looks at each person: every other crop is mirrored, at half the cost."""
        return self._worn(self._attire.logits([body[:, ::-1] if n % 2 else body for n, body in enumerate(bodies)]))

    def _worn(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        return sigmoid(logits / self._attire_temperature)


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
