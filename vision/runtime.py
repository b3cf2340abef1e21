"""The three networks as one thing to ask: crops in, calibrated traits out, whichever backend computes them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from vision.architecture import NETWORKS
from vision.probability import sigmoid, softmax
from vision.traits import ATTIRE, Traits
from vision.weights_file import Weights, read_weights

Crop = NDArray[np.uint8]
Backend = Literal["auto", "openvino", "pytorch"]
Precision = Literal["f32", "bf16"]

# Larger batches gain no speed, and take memory: at 16 bodies 160 MB more.
BATCH = 8


class BackendNetwork(Protocol):
    """A network that a backend has loaded."""

    def logits(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, outputs) logits of (N, H, W, 3) crops, BGR."""


class TraitNetworks:
    """The age, gender and attire networks, ready to run.

    Attributes:
        backend: "openvino" or "pytorch".
        attire_thresholds: P(trait) from which a trait is said to be there, by the names in vision.traits.ATTIRE.
    """

    def __init__(self, backend: str, weights: Mapping[str, Weights], networks: Mapping[str, BackendNetwork]) -> None:
        self.backend = backend
        self.attire_thresholds: Mapping[str, float] = dict(weights["attire"].thresholds)
        self._temperatures = {name: value.temperature for name, value in weights.items()}
        self._networks = networks

    @classmethod
    def load(cls, backend: Backend = "auto", folder: Path | None = None, precision: Precision = "f32") -> TraitNetworks:
        """Load the weights in `folder`, or those that ship with the package, into a backend.

        Args:
            backend: "openvino", "pytorch", or "auto": PyTorch where there is an NVIDIA device, otherwise OpenVINO.
            folder: holds age, gender and attire .safetensors and their SHA256SUMS.
            precision: of OpenVINO; PyTorch computes in float32.

        Raises:
            WeightsError: a file is missing, damaged, or not ours.
        """
        chosen = _choice() if backend == "auto" else backend
        weights = {name: read_weights(name, folder) for name in NETWORKS}
        networks: dict[str, BackendNetwork]
        if chosen == "openvino":
            import openvino

            from vision.backends.openvino import OpenVinoNetwork

            core = openvino.Core()
            networks = {name: OpenVinoNetwork(value, core, precision) for name, value in weights.items()}
        else:
            from vision.backends.pytorch import PyTorchNetwork

            networks = {name: PyTorchNetwork(value) for name, value in weights.items()}
        return cls(chosen, weights, networks)

    def predict(self, faces: Sequence[Crop], bodies: Sequence[Crop]) -> list[Traits]:
        """The traits of each person.

        Args:
            faces: one vision.crops.face_crop per person, (112, 112, 3) uint8.
            bodies: one vision.crops.body_crop per person, (288, 200, 3) uint8, in the same order.

        Raises:
            ValueError: not as many faces as bodies, or a crop of another shape or type.
        """
        if len(faces) != len(bodies):
            raise ValueError(f"{len(faces)} faces came with {len(bodies)} bodies; each person needs one of each")
        if not faces:
            return []
        attires = self.attires(bodies)
        return [
            Traits(age, float(female), dict(zip(ATTIRE, map(float, attire), strict=True)))
            for age, female, attire in zip(self.ages(faces), self.females(faces), attires, strict=True)
        ]

    def ages(self, faces: Sequence[Crop]) -> NDArray[np.float64]:
        """(N, 101) P(age = year) of face crops. Raises ValueError as predict does."""
        return softmax(self._logits("age", faces) / self._temperatures["age"])

    def females(self, faces: Sequence[Crop]) -> NDArray[np.float64]:
        """(N,) P(female) of face crops. Raises ValueError as predict does."""
        return sigmoid(self._logits("gender", faces)[:, 0] / self._temperatures["gender"])

    def attires(self, bodies: Sequence[Crop]) -> NDArray[np.float64]:
        """(N, 5) P(trait) of body crops, in the order of vision.traits.ATTIRE. Raises ValueError as predict does."""
        return sigmoid(self._logits("attire", bodies) / self._temperatures["attire"])

    def _logits(self, name: str, crops: Sequence[Crop]) -> NDArray[np.float32]:
        network = NETWORKS[name]
        shape = (*network.size, 3)
        for crop in crops:
            if crop.shape != shape or crop.dtype != np.uint8:
                raise ValueError(
                    f"the {name} network takes uint8 crops of {shape}, this one is {crop.dtype} {crop.shape}"
                )
        parts = [
            self._networks[name].logits(np.stack(crops[start : start + BATCH])) for start in range(0, len(crops), BATCH)
        ]
        return np.concatenate(parts) if parts else np.empty((0, network.outputs), np.float32)


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
