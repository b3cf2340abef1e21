"""Our gradients of depthwise convolutions and of PReLUs against PyTorch's."""

from __future__ import annotations

import pytest
import torch

from vision.training.depthwise import DepthwiseConv, quicken
from vision.training.prelu import quicken_prelus


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2), (7, 1)])
@pytest.mark.parametrize("side", [3, 8, 15])
def test_a_quick_depthwise_convolution_has_the_gradients_of_a_plain_one(kernel: int, stride: int, side: int) -> None:
    torch.manual_seed(kernel * 100 + stride * 10 + side)
    plain = torch.nn.Conv2d(6, 6, kernel, stride, kernel // 2, groups=6, bias=False)
    results = []
    pixels = torch.randn(4, 6, side, side).contiguous(memory_format=torch.channels_last)
    for conv in (plain, DepthwiseConv(plain)):
        x = pixels.clone().requires_grad_()
        y = conv(x)
        weights = torch.linspace(-1, 1, y.numel()).reshape(y.shape)
        results.append((y, *torch.autograd.grad((y * weights).sum(), [x, conv.weight])))
    for theirs, ours in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_only_depthwise_convolutions_are_quickened() -> None:
    with pytest.raises(ValueError, match="not a depthwise"):
        DepthwiseConv(torch.nn.Conv2d(6, 6, 3, padding=0, groups=6, bias=False))
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 1),
        torch.nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False),
        torch.nn.Conv2d(6, 6, 3, padding=1, groups=3, bias=False),
    )
    names = set(network.state_dict())
    quicken(network)
    assert [type(module).__name__ for module in network] == ["Conv2d", "DepthwiseConv", "Conv2d"]
    assert set(network.state_dict()) == names


def test_a_quick_prelu_has_the_gradient_of_a_plain_one() -> None:
    plain = torch.nn.PReLU(5)
    torch.nn.init.uniform_(plain.weight, -0.3, 1.2)
    network = torch.nn.Sequential(plain)
    quicken_prelus(network)
    assert set(network.state_dict()) == {"0.weight"}
    assert not any(parameter.requires_grad for parameter in network.parameters())
    pixels = torch.randn(4, 5, 7, 7, generator=torch.Generator().manual_seed(1))
    results = []
    for prelu in (plain, network):
        x = pixels.clone().requires_grad_()
        y = prelu(x)
        results.append((y, *torch.autograd.grad((y * torch.linspace(-1, 1, y.numel()).reshape(y.shape)).sum(), [x])))
    for theirs, ours in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)
