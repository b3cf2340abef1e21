"""A network in training: dropout before its head, a companion head beside it, and blocks that stay as they are."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from vision.architecture import FEATURES
from vision.networks import TraitNetwork


class Learner(nn.Module):
    """A network with what only training needs.

    Args:
        network: what is trained.
        dropout: share of the features that a step leaves out.
        companion: outputs of a second head that teaches the trunk something finer or other beside; 0 for none.
        freeze: blocks of the trunk, from the first, that stay as they are, with their normalisation: they see edges and
            textures, and cost most of the time.
    """

    def __init__(self, network: TraitNetwork, dropout: float, companion: int = 0, freeze: int = 0) -> None:
        super().__init__()
        self.network = network
        self.dropout = nn.Dropout(dropout)
        self.companion = nn.Linear(FEATURES, companion) if companion else None
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
