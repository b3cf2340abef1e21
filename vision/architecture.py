"""The tables both backends build the networks from: two trunks and three heads. Knows no framework."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vision.traits import ATTIRE, YEARS

NORM_EPSILON = 1e-3
PIXEL_MIDDLE = 127.5


@dataclass(frozen=True)
class Conv:
    """A convolution without bias, then batch normalisation, then an activation, PReLU with a slope for each output."""

    inputs: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    groups: int = 1
    activation: Literal["relu6", "prelu"] | None = "relu6"

    @property
    def padding(self) -> int:
        """Zeros added on every side (px)."""
        return self.kernel // 2

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """(outputs, inputs per group, kernel, kernel)."""
        return self.outputs, self.inputs // self.groups, self.kernel, self.kernel


@dataclass(frozen=True)
class Block:
    """Convolutions in a row; their input is added to their output where `residual`."""

    convs: tuple[Conv, ...]
    residual: bool = False


@dataclass(frozen=True)
class Trunk:
    """Blocks in a row, whose last outputs are averaged over the picture: `features` numbers."""

    name: str
    blocks: tuple[Block, ...]

    @property
    def features(self) -> int:
        """How many numbers it makes of a picture."""
        return self.blocks[-1].convs[-1].outputs


def _efficientnet_lite0() -> Iterator[Block]:
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
            depthwise = Conv(wide, wide, kernel=kernel, stride=step, groups=wide)
            project = Conv(wide, outputs, activation=None)
            yield Block((*expand, depthwise, project), residual=step == 1 and width == outputs)
            width = outputs
    yield Block((Conv(width, 1280),))


def _mobilefacenet() -> Iterator[Block]:
    # Chen et al. 2018, table 1, as InsightFace has it: twice as wide, and deeper. What follows its last 1 x 1
    # convolution there makes vectors of people, which nobody here wants.
    yield Block((Conv(3, 128, kernel=3, stride=2, activation="prelu"),))
    yield Block((Conv(128, 128, kernel=3, groups=64, activation="prelu"),))
    width = 128
    for wide, outputs, repeats in ((128, 128, 4), (256, 256, 6), (512, 256, 2)):
        yield _bottleneck(width, wide, outputs, stride=2)
        for _ in range(repeats):
            yield _bottleneck(outputs, outputs, outputs, stride=1)
        width = outputs
    yield Block((Conv(width, 512, activation="prelu"),))


def _bottleneck(inputs: int, wide: int, outputs: int, stride: int) -> Block:
    expand = Conv(inputs, wide, activation="prelu")
    depthwise = Conv(wide, wide, kernel=3, stride=stride, groups=wide, activation="prelu")
    return Block((expand, depthwise, Conv(wide, outputs, activation=None)), residual=stride == 1)


EFFICIENTNET_LITE0 = Trunk("efficientnet-lite0", tuple(_efficientnet_lite0()))
MOBILEFACENET = Trunk("mobilefacenet", tuple(_mobilefacenet()))
TRUNKS: dict[str, Trunk] = {trunk.name: trunk for trunk in (EFFICIENTNET_LITE0, MOBILEFACENET)}


@dataclass(frozen=True)
class Network:
    """One of the three networks: crops of any size in, `outputs` logits out."""

    name: str
    outputs: int
    trunk: Trunk = EFFICIENTNET_LITE0


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
    for i, block in enumerate(network.trunk.blocks):
        for j, conv in enumerate(block.convs):
            name = conv_name(i, j)
            shapes[f"{name}.conv.weight"] = conv.weight_shape
            for part in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{name}.norm.{part}"] = (conv.outputs,)
            if conv.activation == "prelu":
                shapes[f"{name}.activation.weight"] = (conv.outputs,)
    shapes["head.weight"] = (network.outputs, network.trunk.features)
    shapes["head.bias"] = (network.outputs,)
    return shapes
