"""Weights on disk: safetensors that are used only when their SHA-256, names and shapes are the expected ones."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as parse
from safetensors.numpy import save

from vision.architecture import EFFICIENTNET_LITE0, NETWORKS, TRUNKS, Network, tensor_shapes
from vision.crops import BODY_SIZE, FACE_SIZE, VIEWS, Views
from vision.traits import ATTIRE

Terms = Literal["open", "research"]

SHIPPED = Path(__file__).parent / "weights"
SUMS = "SHA256SUMS"
FAR = "far"
"""A folder in that of some weights, with age and gender networks of their own for the farther view of a face."""

# Sizes of a face beyond these are nobody's training (px): a trunk that shrinks 32 times sees nothing of smaller ones.
FACE_SIZES = (32, 512)


class WeightsError(Exception):
    """Weights cannot be used; the message names the file, says what is wrong, and what to do."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The contents of one weights file.

    Attributes:
        network: which network they are for.
        tensors: float32, by the names of vision.architecture.tensor_shapes.
        temperature: what logits are divided by before they become probabilities, fitted on validation data.
        thresholds: for the attire network, P(trait) from which a trait is said to be there; otherwise empty.
        training: facts about the training, for model cards.
        views: for the age and gender networks, in which views they read a face (vision.crops.face_view).
    """

    network: Network
    tensors: Mapping[str, NDArray[np.float32]]
    temperature: float = 1.0
    thresholds: Mapping[str, float] = field(default_factory=dict)
    training: Mapping[str, str] = field(default_factory=dict)
    views: Views = VIEWS

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the crops that they read (px)."""
        return BODY_SIZE if self.network.name == "attire" else (self.views.size, self.views.size)


def shipped(name: str, terms: Terms = "open") -> Path:
    """The folder in this package that holds the network called `name`.

    Args:
        name: "age", "gender" or "attire".
        terms: "open" for weights that a shop may use, "research" for those that learnt from non-commercial data too;
            there is one attire network.
    """
    return SHIPPED / ("attire" if name == "attire" else terms)


def read_weights(name: str, folder: Path) -> Weights:
    """The weights of the network called `name` from `folder`.

    Raises:
        WeightsError: the file or the list of sums is missing or unreadable, the file is not the one that the list
            names, or it does not hold this network.
    """
    path = folder / f"{name}.safetensors"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise WeightsError(f"{path}: the weights are missing; restore the file from the repository") from None
    except OSError as error:
        raise WeightsError(f"{path}: the weights cannot be read: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != _expected_sums(folder).get(path.name):
        raise WeightsError(
            f"{path}: the weights are not those that {SUMS} names; the file is damaged or was replaced: restore both"
        )
    return _parsed(path, data, NETWORKS[name])


def read_far_weights(name: str, folder: Path) -> Weights | None:
    """The weights of the network called `name` that reads the farther view of a face, None where the same reads both.

    Args:
        name: "age" or "gender".
        folder: of the weights that read the nearer view.

    Raises:
        WeightsError: as read_weights does.
    """
    far = folder / FAR
    there = far.is_dir() and f"{name}.safetensors" in _expected_sums(far)
    return read_weights(name, far) if there else None


def write_weights(path: Path, weights: Weights) -> None:
    """Write a weights file in float16. A serving folder also needs its sums: see write_sums.

    Raises:
        ValueError: a tensor is missing, or too large or not finite in float16.
    """
    halves: dict[str, NDArray[np.float16]] = {}
    with np.errstate(over="ignore"):
        for name, shape in tensor_shapes(weights.network).items():
            halves[name] = np.ascontiguousarray(weights.tensors[name], np.float16)
            if halves[name].shape != shape or not np.isfinite(halves[name]).all():
                raise ValueError(f"{name} does not fit a weights file")
    metadata = {
        "network": weights.network.name,
        "trunk": weights.network.trunk.name,
        "temperature": json.dumps(weights.temperature),
        "thresholds": json.dumps(dict(weights.thresholds)),
        "training": json.dumps(dict(weights.training)),
        "zooms": json.dumps(weights.views.zooms),
        "face_size": json.dumps(weights.views.size),
    }
    part = path.with_suffix(".part")
    part.write_bytes(save(halves, metadata))
    part.replace(path)


def write_sums(folder: Path) -> None:
    """Write the list of sums of the weights files in `folder`, as `sha256sum --check` reads it."""
    files = sorted(folder.glob("*.safetensors"))
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / SUMS).write_text("".join(lines), encoding="ascii")


def _expected_sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise WeightsError(f"{folder / SUMS}: the list of sums is missing or unreadable; restore it") from None
    pairs = [line.split() for line in lines if line.strip()]
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def _parsed(path: Path, data: bytes, network: Network) -> Weights:
    foreign = WeightsError(
        f"{path}: holds the weights of something other than our {network.name} network; restore it from the "
        "repository, or train one: amiko train"
    )
    try:
        metadata = _metadata(data)
        tensors = parse(data)
    except (SafetensorError, ValueError):
        raise WeightsError(f"{path}: not a safetensors file; restore it from the repository") from None
    except (KeyError, TypeError):  # no such metadata, or a kind of number that NumPy does not know
        raise foreign from None
    trunk = TRUNKS.get(metadata.get("trunk", EFFICIENTNET_LITE0.name))
    if metadata.get("network") != network.name or trunk is None:
        raise foreign
    network = replace(network, trunk=trunk)
    if {name: tensor.shape for name, tensor in tensors.items()} != tensor_shapes(network):
        raise foreign
    try:
        temperature = float(json.loads(metadata["temperature"]))
        thresholds = {str(trait): float(value) for trait, value in json.loads(metadata["thresholds"]).items()}
        training = {str(key): str(value) for key, value in json.loads(metadata["training"]).items()}
        near, far = map(float, json.loads(metadata.get("zooms", json.dumps((VIEWS.near, VIEWS.far)))))
        views = Views(near, far, int(json.loads(metadata.get("face_size", json.dumps(FACE_SIZE)))))
    except (KeyError, ValueError, AttributeError, TypeError, OverflowError):
        raise WeightsError(f"{path}: lacks its calibration; restore it from the repository") from None
    finite = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
    if not all(np.isfinite(tensor).all() for tensor in finite.values()):
        raise WeightsError(f"{path}: holds numbers that are not finite; restore it from the repository")
    known = set(ATTIRE) if network.name == "attire" else set()
    readable = 0 < near <= far < math.inf and FACE_SIZES[0] <= views.size <= FACE_SIZES[1]
    usable = math.isfinite(temperature) and temperature > 0 and readable
    if not usable or thresholds.keys() != known:
        raise WeightsError(f"{path}: its calibration makes no sense; restore it from the repository")
    return Weights(network, finite, temperature, thresholds, training, views)


def _metadata(data: bytes) -> dict[str, str]:
    """The free text in a safetensors header: 8 bytes of length, then JSON."""
    length = int.from_bytes(data[:8], "little")
    return dict(json.loads(data[8 : 8 + length])["__metadata__"])
