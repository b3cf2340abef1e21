"""A network in training: dropout before its head, a companion head beside it, and blocks that stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vision.networks import TraitNetwork
from vision.training.depthwise import quicken
from vision.training.prelu import quicken_prelus


def training_device() -> torch.device:
    """The NVIDIA device where there is one, otherwise the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def computes_in_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is quicker on the device than float32; where it is emulated, it is slower."""
    return device.type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


class Learner(nn.Module):
    """A network with what only training needs.

    Args:
        network: what is trained.
        dropout: share of the features that a step leaves out.
        companion: outputs of a second head that teaches the trunk something finer or other beside; 0 for none.
        freeze: blocks of the trunk, from the first, that stay as they are, with their normalisation: they see edges and
            textures, and cost much of the time.
    """

    def __init__(self, network: TraitNetwork, dropout: float, companion: int = 0, freeze: int = 0) -> None:
        super().__init__()
        self.network = network
        self.dropout = nn.Dropout(dropout)
        self.companion = nn.Linear(network.spec.trunk.features, companion) if companion else None
        device = training_device()
        if device.type == "cpu" and computes_in_bfloat16(device):
            quicken(network)
            quicken_prelus(network)
        self._frozen = network.blocks[:freeze]
        for parameter in self._frozen.parameters():
            parameter.requires_grad_(False)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logits of the network (N, outputs), and of the companion (N, its outputs) where there is one."""
        features = self.dropout(self.network.features(pixels))
        beside = self.companion(features) if self.companion is not None else None
        return self.network.head(features), beside

    def train(self, mode: bool = True) -> Any:
        """As PyTorch has it, but for the blocks that stay as they are."""
        super().train(mode)
        self._frozen.eval()
        return self


def mirrored_logits(model: nn.Module, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits of a learner and of its companion, averaged over crops and their mirror images, as vision.runtime does.

    Args:
        model: a Learner in evaluation mode.
        crops: (N, H, W, 3) uint8, BGR.

    Returns:
        (N, outputs) and (N, the companion's outputs, 0 without one).
    """
    return mean_logits(model, [crops, crops[:, :, ::-1]])


def mean_logits(
    model: nn.Module, views: Sequence[NDArray[np.uint8]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits of a learner and of its companion, averaged over several views of the same N things.

    Args:
        model: a Learner in evaluation mode.
        views: each (N, H, W, 3) uint8, BGR.

    Returns:
        As mirrored_logits does.
    """
    device = next(model.parameters()).device
    heads, companions = [], []
    for crops in views:
        pixels = torch.from_numpy(np.ascontiguousarray(crops)).permute(0, 3, 1, 2).to(device)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            head, companion = model(pixels.contiguous(memory_format=torch.channels_last))
        heads.append(head.float().cpu().numpy())
        companions.append(np.empty((len(crops), 0)) if companion is None else companion.float().cpu().numpy())
    return np.asarray(np.mean(heads, axis=0), np.float32), np.asarray(np.mean(companions, axis=0), np.float32)
