"""The three networks as PyTorch modules: age, gender and attire, each a trunk with a head of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from vision.architecture import (
    EFFICIENTNET_LITE0,
    NETWORKS,
    NORM_EPSILON,
    PIXEL_MIDDLE,
    Block,
    Conv,
    Network,
    Trunk,
)


class ConvNorm(nn.Module):
    """A convolution, batch normalisation and, where the table says so, an activation."""

    def __init__(self, spec: Conv) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            spec.inputs, spec.outputs, spec.kernel, spec.stride, spec.padding, groups=spec.groups, bias=False
        )
        self.norm = nn.BatchNorm2d(spec.outputs, eps=NORM_EPSILON, momentum=0.02)
        self.activation = _activation(spec)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        return cast(Tensor, self.activation(self.norm(self.conv(x))))


def _activation(spec: Conv) -> nn.Module:
    if spec.activation == "prelu":
        return nn.PReLU(spec.outputs)
    return nn.ReLU6(inplace=True) if spec.activation == "relu6" else nn.Identity()


class Stage(nn.Module):
    """A block of the table."""

    def __init__(self, spec: Block) -> None:
        super().__init__()
        self.convs = nn.Sequential(*(ConvNorm(conv) for conv in spec.convs))
        self.residual = spec.residual

    def forward(self, x: Tensor) -> Tensor:
        """The convolutions, with a way around them where the table says so."""
        y = cast(Tensor, self.convs(x))
        return x + y if self.residual else y


class TraitNetwork(nn.Module):
    """A trunk with one linear head."""

    def __init__(self, spec: Network) -> None:
        super().__init__()
        self.spec = spec
        self.blocks = nn.Sequential(*(Stage(block) for block in spec.trunk.blocks))
        self.head = nn.Linear(spec.trunk.features, spec.outputs)

    def features(self, pixels: Tensor) -> Tensor:
        """(N, F) features of (N, 3, H, W) pixels: BGR, 0 to 255, uint8 or float."""
        x = (pixels.float() - PIXEL_MIDDLE) / PIXEL_MIDDLE
        return cast(Tensor, self.blocks(x)).mean((2, 3))

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, outputs) logits of (N, 3, H, W) pixels: BGR, 0 to 255, uint8 or float."""
        return cast(Tensor, self.head(self.features(pixels)))


class AgeNetwork(TraitNetwork):
    """Faces to (N, 101) logits over the years 0 to 100."""

    def __init__(self, trunk: Trunk = EFFICIENTNET_LITE0) -> None:
        super().__init__(replace(NETWORKS["age"], trunk=trunk))


class GenderNetwork(TraitNetwork):
    """Faces to (N,) logits of P(female)."""

    def __init__(self, trunk: Trunk = EFFICIENTNET_LITE0) -> None:
        super().__init__(replace(NETWORKS["gender"], trunk=trunk))

    def forward(self, pixels: Tensor) -> Tensor:
        """(N,) logits of (N, 3, 112, 112) pixels: BGR, 0 to 255, uint8 or float."""
        return super().forward(pixels).squeeze(1)


class AttireNetwork(TraitNetwork):
    """Bodies to (N, 5) logits in the order of vision.traits.ATTIRE."""

    def __init__(self) -> None:
        super().__init__(NETWORKS["attire"])


def build(name: str) -> TraitNetwork:
    """The network called "age", "gender" or "attire", with random weights."""
    classes: dict[str, type[AgeNetwork | GenderNetwork | AttireNetwork]] = {
        "age": AgeNetwork,
        "gender": GenderNetwork,
        "attire": AttireNetwork,
    }
    return classes[name]()


def tensors(network: TraitNetwork) -> dict[str, Tensor]:
    """The tensors a weights file holds: the state_dict without counters that only training needs."""
    return {name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}


def load_tensors(network: TraitNetwork, values: dict[str, Tensor]) -> None:
    """Fill `network` from `values`, whose names and shapes were checked before."""
    with torch.no_grad():
        for name, target in tensors(network).items():
            target.copy_(values[name])
