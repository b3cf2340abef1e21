"""Depthwise convolutions whose gradients are quick on a CPU.

PyTorch's own take three quarters of a training step there: in bfloat16 oneDNN has no fast kernel for the input's
gradient of a strided one, nor for the weights' gradient of a 5 x 5 one.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

# The kernel (px a side) whose weights' gradient is quick.
SMALL = 3


def quicken(network: nn.Module) -> None:
    """Put a DepthwiseConv in the place of every depthwise convolution in `network`."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Conv2d) and child.groups == child.in_channels == child.out_channels:
                setattr(module, name, DepthwiseConv(child))


class DepthwiseConv(nn.Module):
    """Computes what `conv` does, with the same weights under the same name.

    Args:
        conv: a depthwise convolution with an odd square kernel, padded by half of it, without bias.

    Raises:
        ValueError: it is another kind of convolution.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        kernel, stride = conv.kernel_size[0], conv.stride[0]
        expected = nn.Conv2d(
            conv.groups, conv.groups, kernel, stride, kernel // 2, groups=conv.groups, bias=False, device="meta"
        )
        if str(conv) != str(expected) or kernel % 2 == 0:
            raise ValueError(f"{conv} is not a depthwise convolution as the networks have it")
        self.weight = conv.weight
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, H / stride, W / stride), rounded up."""
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
        return cast(Tensor, _Depthwise.apply(x.to(dtype), self.weight.to(dtype), self.stride))


class _Depthwise(torch.autograd.Function):
    """The convolution with both gradients written as what is quick: a stride-1 convolution, and products of shifts."""

    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
        context.save_for_backward(x, weight)
        context.stride = stride
        return functional.conv2d(x, weight, None, stride, weight.shape[2] // 2, groups=len(weight))

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, weight = context.saved_tensors
        (gradient,) = gradients
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        needs_x, needs_weight, _ = context.needs_input_grad
        return (
            _of_input(gradient, x, weight, context.stride) if needs_x else None,
            _of_weight(gradient, x, weight, context.stride) if needs_weight else None,
            None,
        )


def _of_input(gradient: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """The gradients spread out to the input's places, convolved with the kernel turned about."""
    if stride > 1:
        spread = torch.zeros_like(x, memory_format=torch.channels_last)
        spread[:, :, ::stride, ::stride] = gradient
        gradient = spread
    return functional.conv2d(gradient, weight.flip(2, 3), None, 1, weight.shape[2] // 2, groups=len(weight))


def _of_weight(gradient: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """oneDNN's own for a 3 x 3 kernel; a 5 x 5 one is covered by four of them at its corners, which overlap."""
    kernel = weight.shape[2]
    if kernel <= SMALL:
        return _own(gradient, x, weight, stride, kernel // 2)
    height, width = gradient.shape[2:]
    padded = functional.pad(x, [kernel // 2] * 4)
    found = torch.empty_like(weight)
    for top in _places(kernel):
        for left in _places(kernel):
            rows = slice(top, top + stride * (height - 1) + SMALL)
            columns = slice(left, left + stride * (width - 1) + SMALL)
            part = (slice(None), slice(None), slice(top, top + SMALL), slice(left, left + SMALL))
            seen = padded[:, :, rows, columns].contiguous(memory_format=torch.channels_last)
            found[part] = _own(gradient, seen, weight[part], stride, 0)
    return found


def _places(kernel: int) -> list[int]:
    """Where small kernels begin that cover a larger one."""
    return [*range(0, kernel - SMALL, SMALL), kernel - SMALL]


def _own(gradient: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    _, found, _ = torch.ops.aten.convolution_backward(
        gradient, x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], len(weight), [False, True, False]
    )
    return cast(Tensor, found)
