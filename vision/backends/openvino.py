"""Running a network with OpenVINO, its graph built straight from the weights; PyTorch is not imported."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from vision.architecture import NORM_EPSILON, PIXEL_MIDDLE, Conv, conv_name
from vision.weights_file import Weights

SETTINGS = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
"""One thread, and (below) one crop at a time: a crop takes 1 to 4 ms, which a second thread halves for an eighth more
CPU time. Batches gain nothing worth having, and where their size is left open, a pass takes a fifth longer, and 15 ms
more whenever another size comes for the first time."""


class OpenVinoNetwork:
    """One network, compiled for the CPU.

    Args:
        weights: of the network.
        core: shared by all networks of a process.
        precision: "f32", or "bf16", which is taken where the processor computes in it.
    """

    def __init__(self, weights: Weights, core: ov.Core, precision: str) -> None:
        model = build(weights)
        model.reshape([1, *weights.size, 3])
        compiled = core.compile_model(model, "CPU", {**SETTINGS, "INFERENCE_PRECISION_HINT": precision})
        self._request = compiled.create_infer_request()

    def logits(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, outputs) logits of (N, H, W, 3) crops, BGR."""
        return np.concatenate([self._answer(crops[number : number + 1]) for number in range(len(crops))])

    def _answer(self, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
        self._request.infer({0: crop})
        return np.array(self._request.get_output_tensor(0).data)


def build(weights: Weights) -> ov.Model:
    """The network as an OpenVINO model: (?, H, W, 3) uint8 in, (?, outputs) logits out."""
    height, width = weights.size
    pixels = ops.parameter([-1, height, width, 3], np.uint8, name="pixels")
    x: Any = ops.transpose(ops.convert(pixels, "f32"), np.array([0, 3, 1, 2]))
    x = ops.divide(ops.subtract(x, np.float32(PIXEL_MIDDLE)), np.float32(PIXEL_MIDDLE))
    for i, block in enumerate(weights.network.trunk.blocks):
        y = x
        for j, conv in enumerate(block.convs):
            y = _convolution(y, conv, conv_name(i, j), weights)
        x = ops.add(x, y) if block.residual else y
    features = ops.reduce_mean(x, np.array([2, 3]), keep_dims=False)
    product = ops.matmul(features, weights.tensors["head.weight"], transpose_a=False, transpose_b=True)
    return ov.Model([ops.add(product, weights.tensors["head.bias"])], [pixels], weights.network.name)


def _convolution(x: Any, conv: Conv, name: str, weights: Weights) -> Any:
    """A convolution with its normalisation folded in: both are linear, so one does the work of two."""
    gain, bias, mean, variance = (
        weights.tensors[f"{name}.norm.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gain / np.sqrt(variance + NORM_EPSILON)
    kernel = (weights.tensors[f"{name}.conv.weight"] * scale[:, None, None, None]).astype(np.float32)
    offset = (bias - mean * scale).astype(np.float32).reshape(1, -1, 1, 1)
    strides, pads, dilations = [conv.stride] * 2, [conv.padding] * 2, [1, 1]
    if conv.groups > 1:
        # OpenVINO wants (groups, outputs per group, inputs per group, kernel, kernel).
        grouped = kernel.reshape(conv.groups, -1, *kernel.shape[1:])
        y = ops.group_convolution(x, grouped, strides, pads, pads, dilations)
    else:
        y = ops.convolution(x, kernel, strides, pads, pads, dilations)
    y = ops.add(y, offset)
    if conv.activation == "prelu":
        return ops.prelu(y, weights.tensors[f"{name}.activation.weight"])
    return ops.clamp(y, 0.0, 6.0) if conv.activation == "relu6" else y
