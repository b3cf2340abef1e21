"""A network as a backend has loaded it, asked in batches and only about crops that fit it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vision.weights_file import Weights

Crop = NDArray[np.uint8]


class BackendNetwork(Protocol):
    """A network that a backend has loaded."""

    def logits(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, outputs) logits of (N, H, W, 3) crops, BGR."""


Make = Callable[[Weights], BackendNetwork]
"""A backend's way to load weights."""


class LoadedNetwork:
    """One network.

    Args:
        make: loads it into a backend.
        weights: of the network.
        at_once: crops handed to the backend at once.
    """

    def __init__(self, make: Make, weights: Weights, at_once: int) -> None:
        self._name = weights.network.name
        self._outputs = weights.network.outputs
        self._shape = (*weights.size, 3)
        self._at_once = at_once
        self._network = make(weights)

    def logits(self, crops: Sequence[Crop]) -> NDArray[np.float32]:
        """(N, outputs) logits of crops (H, W, 3), BGR.

        Raises:
            ValueError: a crop has another shape or type than the network takes.
        """
        for crop in crops:
            if crop.shape != self._shape or crop.dtype != np.uint8:
                raise ValueError(
                    f"the {self._name} network takes uint8 crops of {self._shape}, this one is {crop.dtype} "
                    f"{crop.shape}"
                )
        if not crops:
            return np.empty((0, self._outputs), np.float32)
        starts = range(0, len(crops), self._at_once)
        parts = [self._network.logits(np.stack(crops[start : start + self._at_once])) for start in starts]
        return np.concatenate(parts)
