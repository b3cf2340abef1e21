"""Mixup (Zhang et al. 2018): each picture of a batch is shown through another, and both their labels count.

It keeps a network from learning few pictures by heart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# Of the beta distribution that the shares are drawn from: mostly nearly the one picture or nearly the other.
ALPHA = 0.2


@dataclass(frozen=True)
class Mixture:
    """A batch mixed with itself in another order.

    Attributes:
        pixels: (N, 3, H, W) float, 0 to 255.
        order: (N,) index of the picture that was mixed into each.
        share: of a picture's own in itself; the rest is the other's.
    """

    pixels: Tensor
    order: Tensor
    share: float

    def loss(self, of: Callable[[Tensor], Tensor]) -> Tensor:
        """The loss against the own and against the mixed-in labels, each by its share.

        Args:
            of: the loss against the labels at the indexes (N,) that it is given.
        """
        own = torch.arange(len(self.order), device=self.order.device)
        return self.share * of(own) + (1 - self.share) * of(self.order)


def mix(pixels: Tensor) -> Mixture:
    """Mix a batch (N, 3, H, W) of uint8 or float, by PyTorch's random numbers."""
    share = float(torch.distributions.Beta(ALPHA, ALPHA).sample())
    order = torch.randperm(len(pixels)).to(pixels.device)
    own = pixels.float()
    return Mixture(torch.lerp(own[order], own, share), order, share)
