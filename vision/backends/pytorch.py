"""Running a network with PyTorch, on CUDA where there is one and otherwise on the CPU."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from vision.networks import TraitNetwork, load_tensors
from vision.weights_file import Weights


class PyTorchNetwork:
    """One network in float32."""

    def __init__(self, weights: Weights) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        network = TraitNetwork(weights.network)
        load_tensors(network, {name: torch.from_numpy(value) for name, value in weights.tensors.items()})
        self._network = network.eval().to(self._device).to(memory_format=torch.channels_last)

    def logits(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, outputs) logits of (N, H, W, 3) crops, BGR."""
        pixels = torch.from_numpy(crops).to(self._device).permute(0, 3, 1, 2)
        # TF32 would round to ten bits, and answer differently from OpenVINO.
        with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False):
            logits = self._network(pixels)
        values: NDArray[np.float32] = logits.cpu().numpy()
        return values
