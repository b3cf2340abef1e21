"""Where a MobileFaceNet starts: the weights of a network that tells people apart, from an ONNX file.

It has compared the faces of hundreds of thousands of people, and what tells two apart says much of age and gender too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vision.networks import ConvNorm, TraitNetwork
from vision.weights_file import WeightsError

CALIBRATION = 512
"""Faces on which the normalisations are fitted."""


def start_from_recognition(network: TraitNetwork, path: Path, crops: NDArray[np.uint8]) -> None:
    """Fill the trunk of a network that is a MobileFaceNet.

    The file has its normalisations folded into the convolutions. They are taken apart again, so that they can learn:
    each is given the mean and variance that its convolution has on `crops`, and what undoes both.

    Args:
        network: what is filled; its head stays.
        path: InsightFace's MobileFaceNet as ONNX: w600k_mbf.onnx.
        crops: (N, H, W, 3) uint8 BGR, faces as it will be trained on.

    Raises:
        WeightsError: the file is another network, or none.
    """
    layers = [module for module in network.blocks.modules() if isinstance(module, ConvNorm)]
    convs, slopes = _contents(path)
    shapes = [tuple(layer.conv.weight.shape) for layer in layers]
    activated = [isinstance(layer.activation, nn.PReLU) for layer in layers]
    if [weight.shape for weight, _ in convs[: len(layers)]] != shapes or len(slopes) < sum(activated):
        raise WeightsError(
            f"--init {path}: is not the MobileFaceNet of InsightFace; name its w600k_mbf.onnx, or weights of ours"
        )
    remaining = iter(slopes)
    biases = []
    with torch.no_grad():
        for number, (layer, (weight, bias)) in enumerate(zip(layers, convs, strict=False)):
            # It sees RGB, ours see BGR as OpenCV gives it.
            layer.conv.weight.copy_(weight.flip(1) if number == 0 else weight)
            biases.append(bias)
            if isinstance(layer.activation, nn.PReLU):
                layer.activation.weight.copy_(next(remaining).flatten())
    _fit_norms(network, layers, biases, crops)


def _fit_norms(
    network: TraitNetwork, layers: Sequence[ConvNorm], biases: Sequence[Tensor], crops: NDArray[np.uint8]
) -> None:
    """Let each normalisation pass on what its convolution gives, and the bias, and know its mean and variance."""

    def fit(layer: ConvNorm, bias: Tensor) -> None:
        def hook(_: nn.Module, given: tuple[Tensor, ...]) -> None:
            variance, mean = torch.var_mean(given[0], dim=(0, 2, 3))
            norm = layer.norm
            assert norm.running_mean is not None
            assert norm.running_var is not None
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(mean + bias)

        hooks.append(layer.norm.register_forward_pre_hook(hook))

    hooks: list[torch.utils.hooks.RemovableHandle] = []
    for layer, bias in zip(layers, biases, strict=True):
        fit(layer, bias)
    network.eval()
    with torch.no_grad():
        network.features(torch.from_numpy(crops).permute(0, 3, 1, 2))
    for hook in hooks:
        hook.remove()


def _contents(path: Path) -> tuple[list[tuple[Tensor, Tensor]], list[Tensor]]:
    """The weights and biases of its convolutions, and the slopes of its PReLUs, in order."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        graph = onnx.load(path).graph
    except (DecodeError, OSError) as error:
        raise WeightsError(f"--init {path}: no ONNX file ({error}); copy it again") from None
    values = {value.name: torch.tensor(onnx.numpy_helper.to_array(value)) for value in graph.initializer}
    convs = [
        (values[node.input[1]], values[node.input[2]])
        for node in graph.node
        if node.op_type == "Conv" and len(node.input) > 2 and values.keys() >= set(node.input[1:])
    ]
    return convs, [values[node.input[1]] for node in graph.node if node.op_type == "PRelu"]
