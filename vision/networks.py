"""The three networks as PyTorch modules: age, gender and attire, each an EfficientNet-Lite0 with a head of its own."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from vision.architecture import FEATURES, NETWORKS, NORM_EPSILON, PIXEL_MIDDLE, TRUNK, Block, Conv, Network


class ConvNorm(nn.Module):
    """A convolution, batch normalisation and, where the table says so, ReLU6."""

    def __init__(self, spec: Conv) -> None:
        super().__init__()
        groups = spec.inputs if spec.depthwise else 1
        self.conv = nn.Conv2d(
            spec.inputs, spec.outputs, spec.kernel, spec.stride, spec.padding, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(spec.outputs, eps=NORM_EPSILON, momentum=0.02)
        self.activation = nn.ReLU6(inplace=True) if spec.relu else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        return cast(Tensor, self.activation(self.norm(self.conv(x))))


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
    """An EfficientNet-Lite0 with one linear head."""

    def __init__(self, spec: Network) -> None:
        super().__init__()
        self.spec = spec
        self.blocks = nn.Sequential(*(Stage(block) for block in TRUNK))
        self.head = nn.Linear(FEATURES, spec.outputs)

    def features(self, pixels: Tensor) -> Tensor:
        """(N, 1280) features of (N, 3, H, W) pixels: BGR, 0 to 255, uint8 or float."""
        x = (pixels.float() - PIXEL_MIDDLE) / PIXEL_MIDDLE
        return cast(Tensor, self.blocks(x)).mean((2, 3))

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, outputs) logits of (N, 3, H, W) pixels: BGR, 0 to 255, uint8 or float."""
        return cast(Tensor, self.head(self.features(pixels)))


class AgeNetwork(TraitNetwork):
    """Faces to (N, 101) logits over the years 0 to 100."""

    def __init__(self) -> None:
        super().__init__(NETWORKS["age"])


class GenderNetwork(TraitNetwork):
    """Faces to (N,) logits of P(female)."""

    def __init__(self) -> None:
        super().__init__(NETWORKS["gender"])

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
