"""The one table both backends build the networks from: EfficientNet-Lite0 and three heads. Knows no framework."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vision.traits import ATTIRE, YEARS

NORM_EPSILON = 1e-3
FEATURES = 1280
PIXEL_MIDDLE = 127.5


@dataclass(frozen=True)
class Conv:
    """A convolution without bias, then batch normalisation, then ReLU6 where `relu`."""

    inputs: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    depthwise: bool = False
    relu: bool = True

    @property
    def padding(self) -> int:
        """Zeros added on every side (px)."""
        return self.kernel // 2

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """(outputs, inputs per group, kernel, kernel)."""
        return self.outputs, 1 if self.depthwise else self.inputs, self.kernel, self.kernel


@dataclass(frozen=True)
class Block:
    """Convolutions in a row; their input is added to their output where `residual`."""

    convs: tuple[Conv, ...]
    residual: bool = False


@dataclass(frozen=True)
class Network:
    """One of the three networks: crops of any size in, `outputs` logits out."""

    name: str
    outputs: int


def _trunk() -> Iterator[Block]:
    # Tan & Le 2019, table 1, with the Lite changes: no squeeze-and-excitation, ReLU6, stem and head unscaled.
    yield Block((Conv(3, 32, kernel=3, stride=2),))
    width = 32
    stages = (
        (3, 1, 1, 16, 1),
        (3, 2, 6, 24, 2),
        (5, 2, 6, 40, 2),
        (3, 2, 6, 80, 3),
        (5, 1, 6, 112, 3),
        (5, 2, 6, 192, 4),
        (3, 1, 6, 320, 1),
    )
    for kernel, stride, expansion, outputs, repeats in stages:
        for repeat in range(repeats):
            step = stride if repeat == 0 else 1
            wide = width * expansion
            expand = (Conv(width, wide),) if expansion > 1 else ()
            depthwise = Conv(wide, wide, kernel=kernel, stride=step, depthwise=True)
            project = Conv(wide, outputs, relu=False)
            yield Block((*expand, depthwise, project), residual=step == 1 and width == outputs)
            width = outputs
    yield Block((Conv(width, FEATURES),))


TRUNK: tuple[Block, ...] = tuple(_trunk())

NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        Network("age", len(YEARS)),
        Network("gender", 1),
        Network("attire", len(ATTIRE)),
    )
}


def conv_name(block: int, conv: int) -> str:
    """The name in front of a convolution's tensors, as PyTorch's state_dict gives it."""
    return f"blocks.{block}.convs.{conv}"


def tensor_shapes(network: Network) -> dict[str, tuple[int, ...]]:
    """Every tensor a weights file of `network` must hold, by name, with its shape."""
    shapes: dict[str, tuple[int, ...]] = {}
    for i, block in enumerate(TRUNK):
        for j, conv in enumerate(block.convs):
            name = conv_name(i, j)
            shapes[f"{name}.conv.weight"] = conv.weight_shape
            for part in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{name}.norm.{part}"] = (conv.outputs,)
    shapes["head.weight"] = (network.outputs, FEATURES)
    shapes["head.bias"] = (network.outputs,)
    return shapes
