"""The first version's recipe, for its cost alone: a YOLOv5x on every frame, a CLIP ViT-L/14@336 on every person in it.

Weights are random: they change the answers, not the cost. The detector is built layer by layer as yolov5x.yaml
(Ultralytics, release 6) lists it, with batch normalisation folded into the convolutions as at inference; its cost
at 640 x 640 and its parameters are counted and printed beside the published 205.7 GFLOPs and 86.7 million. The encoder
is torchvision's VisionTransformer with the sizes of CLIP's (Radford et al., 2021, table 20). Non-maximum suppression,
text embeddings and decoding are left out, which flatters this recipe.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.recipes.process import hold_one_core, report

ROUNDS = 3
LONG_SIDE = 640
STRIDE = 32
CLASSES = 80


class Conv(nn.Sequential):
    """A convolution and SiLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, padding: int | None = None) -> None:
        edge = kernel // 2 if padding is None else padding
        super().__init__(nn.Conv2d(inputs, outputs, kernel, stride, edge), nn.SiLU(inplace=True))


class Bottleneck(nn.Module):
    """Two convolutions, with a way around them in the backbone."""

    def __init__(self, width: int, *, around: bool) -> None:
        super().__init__()
        self.convs = nn.Sequential(Conv(width, width), Conv(width, width, 3))
        self.around = around

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W), as it came in."""
        return x + self.convs(x) if self.around else self.convs(x)


class C3(nn.Module):
    """Half of the channels through bottlenecks, half past them."""

    def __init__(self, inputs: int, outputs: int, depth: int, *, around: bool = True) -> None:
        super().__init__()
        half = outputs // 2
        self.through = nn.Sequential(Conv(inputs, half), *(Bottleneck(half, around=around) for _ in range(depth)))
        self.past = Conv(inputs, half)
        self.join = Conv(2 * half, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        return self.join(torch.cat((self.through(x), self.past(x)), 1))


class Pooling(nn.Module):
    """SPPF: the largest of ever larger neighbourhoods."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow, self.join = Conv(width, width // 2), Conv(2 * width, width)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W), as it came in."""
        parts = [self.narrow(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.join(torch.cat(parts, 1))


class YoloV5x(nn.Module):
    """depth_multiple 1.33 and width_multiple 1.25, so stages of 4, 8, 12, 4 blocks and 80 to 1280 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(
            Conv(3, 80, 6, 2, 2), Conv(80, 160, 3, 2), C3(160, 160, 4), Conv(160, 320, 3, 2), C3(320, 320, 8)
        )
        self.middle = nn.Sequential(Conv(320, 640, 3, 2), C3(640, 640, 12))
        self.coarse = nn.Sequential(Conv(640, 1280, 3, 2), C3(1280, 1280, 4), Pooling(1280), Conv(1280, 640))
        self.up = nn.Upsample(scale_factor=2)
        self.up_middle = nn.Sequential(C3(1280, 640, 4, around=False), Conv(640, 320))
        self.out_fine = C3(640, 320, 4, around=False)
        self.down_middle, self.out_middle = Conv(320, 320, 3, 2), C3(640, 640, 4, around=False)
        self.down_coarse, self.out_coarse = Conv(640, 640, 3, 2), C3(1280, 1280, 4, around=False)
        self.detect = nn.ModuleList(nn.Conv2d(width, 3 * (5 + CLASSES), 1) for width in (320, 640, 1280))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Raw boxes at three scales of (N, 3, H, W)."""
        fine = self.fine(x)
        middle = self.middle(fine)
        top = self.coarse(middle)
        between = self.up_middle(torch.cat((self.up(top), middle), 1))
        outputs = [self.out_fine(torch.cat((self.up(between), fine), 1))]
        outputs.append(self.out_middle(torch.cat((self.down_middle(outputs[0]), between), 1)))
        outputs.append(self.out_coarse(torch.cat((self.down_coarse(outputs[1]), top), 1)))
        return [conv(output) for conv, output in zip(self.detect, outputs, strict=True)]


def clip_encoder() -> nn.Module:
    """CLIP's ViT-L/14@336 as torchvision builds it: 24 layers, 16 heads, 1024 wide, 768 numbers out."""
    from torchvision.models.vision_transformer import VisionTransformer

    return VisionTransformer(336, 14, 24, 16, 1024, 4096, num_classes=768)


def random_weights(make: Callable[[], nn.Module]) -> nn.Module:
    """A network with small random weights, without the minutes that its own initialisation would take."""
    with torch.device("meta"):
        network = make()
    network = network.to_empty(device="cpu").eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.01)
    return network


def gflops(network: nn.Module, picture: Tensor) -> float:
    """Billions of multiplications and additions of the convolutions, counted as Ultralytics counts: two per weight."""
    total = 0.0

    def count(layer: nn.Module, _: object, output: Tensor) -> None:
        nonlocal total
        assert isinstance(layer, nn.Conv2d)
        total += 2 * layer.weight.numel() * output.shape[-1] * output.shape[-2]

    hooks = [layer.register_forward_hook(count) for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    network(picture)
    for hook in hooks:
        hook.remove()
    return total / 1e9


def seconds(network: nn.Module, picture: Tensor) -> float:
    """Median CPU seconds of one picture."""
    taken = []
    for _ in range(ROUNDS):
        before = time.process_time()
        network(picture)
        taken.append(time.process_time() - before)
    return statistics.median(taken)


def shape(height: int, width: int) -> tuple[int, int]:
    """What YOLOv5 makes of a frame: the longer side 640 px, the other one rounded up to whole strides."""
    scale = LONG_SIDE / max(height, width)
    high, wide = (-(-round(side * scale) // STRIDE) * STRIDE for side in (height, width))
    return high, wide


def measure(sizes: list[tuple[int, int]]) -> dict[str, object]:
    """Time both networks.

    Args:
        sizes: (height, width) of the frames of each clip (px).

    Returns:
        gflops, parameters: of the detector, at 640 x 640; detector: CPU seconds a frame of each size, in their order;
        encoder: CPU seconds a person.
    """
    torch.set_num_threads(1)
    with torch.inference_mode():
        detector = random_weights(YoloV5x)
        facts = {
            "gflops": gflops(detector, torch.rand(1, 3, LONG_SIDE, LONG_SIDE)),
            "parameters": sum(parameter.numel() for parameter in detector.parameters()),
        }
        shapes = {shape(*size) for size in sizes}
        taken = {seen: seconds(detector, torch.rand(1, 3, *seen)) for seen in shapes}
        del detector
        encoder = random_weights(clip_encoder)
        encoded = seconds(encoder, torch.rand(1, 3, 336, 336))
    return {**facts, "detector": [taken[shape(*size)] for size in sizes], "encoder": encoded}


if __name__ == "__main__":
    hold_one_core()
    numbers = [int(number) for number in sys.argv[1:]]
    report(measure(list(zip(numbers[::2], numbers[1::2], strict=True))))
