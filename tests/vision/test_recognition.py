"""Starting from a network that tells people apart: ours then sees what it saw, and goes on from there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import openvino
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from tests.vision.data_sets import faces
from tests.vision.random_weights import write_random
from vision.architecture import EFFICIENTNET_LITE0, MOBILEFACENET, Block
from vision.networks import AgeNetwork
from vision.training.attire_network import train_attire
from vision.training.face_networks import train_age
from vision.training.recognition import start_from_recognition
from vision.weights_file import WeightsError, read_weights

SIDE = 32


def as_onnx(path: Path, blocks: tuple[Block, ...]) -> Path:
    """A network of these blocks with random weights, normalisations folded, as InsightFace exports it (RGB)."""
    rng = np.random.default_rng(3)
    nodes, values = [], []

    def value(array: np.ndarray) -> str:
        name = f"value{len(values)}"
        values.append(numpy_helper.from_array(array.astype(np.float32), name))
        return name

    x = "pixels"
    for block in blocks:
        before = x
        for conv in block.convs:
            inputs = np.prod(conv.weight_shape[1:])
            gain = 1.5 if conv.activation else 0.3  # what is added up must not explode
            weight = value(rng.normal(scale=gain / inputs**0.5, size=conv.weight_shape))
            bias = value(rng.normal(scale=0.1, size=conv.outputs))
            out = f"conv{len(nodes)}"
            nodes.append(
                helper.make_node(
                    "Conv", [x, weight, bias], [out], group=conv.groups, strides=[conv.stride] * 2,
                    pads=[conv.padding] * 4, kernel_shape=[conv.kernel] * 2,
                )
            )  # fmt: skip
            x = out
            if conv.activation:
                slopes = value(rng.uniform(-0.1, 0.4, (conv.outputs, 1, 1)))
                x = f"prelu{len(nodes)}"
                nodes.append(helper.make_node("PRelu", [out, slopes], [x]))
        if block.residual:
            nodes.append(helper.make_node("Add", [before, x], [f"add{len(nodes)}"]))
            x = nodes[-1].output[0]
    nodes.append(helper.make_node("GlobalAveragePool", [x], ["features"]))
    ports = [
        helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [None, 3, SIDE, SIDE]),
        helper.make_tensor_value_info("features", TensorProto.FLOAT, None),
    ]
    graph = helper.make_graph(nodes, "recognition", ports[:1], ports[1:], values)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), path)
    return path


def test_it_sees_what_the_network_saw_that_it_starts_from(tmp_path: Path) -> None:
    path = as_onnx(tmp_path / "w600k_mbf.onnx", MOBILEFACENET.blocks)
    crops = np.random.default_rng(4).integers(0, 256, (6, SIDE, SIDE, 3), np.uint8)
    network = AgeNetwork(MOBILEFACENET)
    start_from_recognition(network, path, crops)
    with torch.inference_mode():
        ours = network.eval().features(torch.from_numpy(crops).permute(0, 3, 1, 2)).numpy()
        learning = network.train().features(torch.from_numpy(crops).permute(0, 3, 1, 2)).numpy()
    pixels = (crops[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 127.5) / 127.5
    asked = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    theirs = asked(np.ascontiguousarray(pixels))[0][:, :, 0, 0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3 * np.abs(theirs).max())
    # Normalised by the same faces, it sees the same while it learns.
    np.testing.assert_allclose(learning, theirs, rtol=2e-2, atol=2e-2 * np.abs(theirs).max())


def test_a_training_starts_from_it_and_goes_on_from_what_that_left(tmp_path: Path) -> None:
    path = as_onnx(tmp_path / "w600k_mbf.onnx", MOBILEFACENET.blocks)
    people = faces(tmp_path / "faces.zip", 24)
    train_age([people], tmp_path / "first", epochs=1, init=path, face_size=SIDE, freeze=17)
    train_age([people], tmp_path / "next", epochs=1, init=tmp_path / "first" / "age.safetensors", freeze=17)
    train_age([people], tmp_path / "mean", average=[tmp_path / "first", tmp_path / "next"])
    for folder in ("first", "next", "mean"):
        for name in ("age", "gender"):
            weights = read_weights(name, tmp_path / folder)
            assert (weights.network.trunk, weights.views.size) == (MOBILEFACENET, SIDE)
            assert weights.training["began as"] == path.name, "nobody knows any more whose terms bind it"
    write_random(tmp_path / "lite0", EFFICIENTNET_LITE0, 1)
    with pytest.raises(WeightsError, match=r"different trunks: .*mobilefacenet.*efficientnet-lite0"):
        train_age([people], tmp_path / "other", average=[tmp_path / "first", tmp_path / "lite0"])
    with pytest.raises(WeightsError, match="its trunk is a mobilefacenet"):
        train_attire([people], tmp_path / "attire", init=tmp_path / "first" / "age.safetensors")


@pytest.mark.parametrize("kind", ["another network", "no network", "nothing"])
def test_what_is_no_mobilefacenet_starts_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "w600k_mbf.onnx"
    if kind == "another network":
        as_onnx(path, EFFICIENTNET_LITE0.blocks[:3])
    elif kind == "no network":
        path.write_bytes(b"no protocol buffer")
    with pytest.raises(WeightsError, match=r"--init .*w600k_mbf\.onnx: "):
        start_from_recognition(AgeNetwork(MOBILEFACENET), path, np.zeros((2, SIDE, SIDE, 3), np.uint8))
