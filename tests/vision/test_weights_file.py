"""Weights files: only the file that the list of sums names, and that holds the right network, is used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from safetensors.torch import load as parse
from safetensors.torch import save as save_torch

from vision.architecture import NETWORKS, tensor_shapes
from vision.crops import Views
from vision.weights_file import SUMS, Terms, Weights, WeightsError, read_weights, shipped, write_sums, write_weights


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped weights that a test may spoil."""
    folder = tmp_path / "weights"
    for name in NETWORKS:
        shutil.copytree(shipped(name), folder, dirs_exist_ok=True)
    write_sums(folder)
    return folder


def resealed(folder: Path, data: bytes) -> Path:
    """The folder with other bytes as its gender weights, and sums that vouch for them."""
    (folder / "gender.safetensors").write_bytes(data)
    write_sums(folder)
    return folder


@pytest.mark.parametrize("terms", get_args(Terms))
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_the_shipped_weights_load_and_are_small(name: str, terms: Terms) -> None:
    weights = read_weights(name, shipped(name, terms))
    assert {key: value.shape for key, value in weights.tensors.items()} == tensor_shapes(weights.network)
    assert weights.network.name == name
    assert all(value.dtype == np.float32 for value in weights.tensors.values())
    assert (shipped(name, terms) / f"{name}.safetensors").stat().st_size <= 12_000_000
    assert "data" in weights.training


def test_weights_come_back_as_they_were_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    network = NETWORKS["attire"]
    tensors = {
        name: rng.normal(size=shape).astype(np.float16).astype(np.float32)
        for name, shape in tensor_shapes(network).items()
    }
    thresholds = {"formal": 0.4, "casual": 0.5, "sport": 0.3, "outerwear": 0.6, "dress": 0.2}
    weights = Weights(network, tensors, 1.25, thresholds, {"seed": "7"}, Views(0.8, 1.1, 144))
    write_weights(tmp_path / "attire.safetensors", weights)
    write_sums(tmp_path)
    weights = read_weights("attire", tmp_path)
    assert (weights.temperature, weights.thresholds, weights.training) == (1.25, thresholds, {"seed": "7"})
    assert weights.views == Views(0.8, 1.1, 144)
    for name, value in tensors.items():
        np.testing.assert_array_equal(weights.tensors[name], value)


def test_a_number_that_half_precision_cannot_hold_is_not_written(tmp_path: Path) -> None:
    weights = read_weights("gender", shipped("gender"))
    huge = {**weights.tensors, "head.bias": np.array([1e6], np.float32)}
    with pytest.raises(ValueError, match=r"head\.bias"):
        write_weights(tmp_path / "gender.safetensors", Weights(weights.network, huge))
    assert not list(tmp_path.iterdir())


def test_one_changed_byte_is_noticed(folder: Path) -> None:
    path = folder / "age.safetensors"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=r"age\.safetensors.*damaged"):
        read_weights("age", folder)


def test_a_truncated_file_is_noticed(folder: Path) -> None:
    path = folder / "age.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="damaged"):
        read_weights("age", folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "attire.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"attire\.safetensors: the weights are missing"):
        read_weights("attire", folder)


def test_a_missing_list_of_sums_is_named(folder: Path) -> None:
    (folder / SUMS).unlink()
    with pytest.raises(WeightsError, match=SUMS):
        read_weights("age", folder)


def test_a_file_that_is_not_in_the_list_is_refused(folder: Path) -> None:
    (folder / SUMS).write_text("")
    with pytest.raises(WeightsError, match="damaged or was replaced"):
        read_weights("age", folder)


def test_a_foreign_file_is_refused_even_with_a_right_sum(folder: Path) -> None:
    foreign = save({"layer.weight": np.zeros((2, 2), np.float32)}, {"network": "gender"})
    with pytest.raises(WeightsError, match="something other than our gender network"):
        read_weights("gender", resealed(folder, foreign))


@pytest.mark.parametrize("kind", ["no metadata", "bfloat16"])
def test_weights_of_other_programs_are_called_what_they_are(folder: Path, kind: str) -> None:
    tensors = parse((folder / "gender.safetensors").read_bytes())
    if kind == "bfloat16":
        tensors = {name: value.to(torch.bfloat16) for name, value in tensors.items()}
    with pytest.raises(WeightsError, match="something other than our gender network"):
        read_weights("gender", resealed(folder, save_torch(tensors, {} if kind == "bfloat16" else None)))


def test_an_unknown_trunk_is_refused(folder: Path) -> None:
    data = (folder / "gender.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"] | {"trunk": "resnet-50"}
    with pytest.raises(WeightsError, match="something other than our gender network"):
        read_weights("gender", resealed(folder, save_torch(parse(data), metadata)))


def test_another_network_under_the_name_is_refused(folder: Path) -> None:
    with pytest.raises(WeightsError, match="something other than our gender network"):
        read_weights("gender", resealed(folder, (folder / "age.safetensors").read_bytes()))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 a zip", b"\xff" * 64], ids=["empty", "zip", "noise"])
def test_something_that_is_no_safetensors_file_is_refused(folder: Path, data: bytes) -> None:
    with pytest.raises(WeightsError, match="not a safetensors file"):
        read_weights("gender", resealed(folder, data))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"temperature": "0"}, "calibration makes no sense"),
        ({"temperature": '"warm"'}, "lacks its calibration"),
        ({"thresholds": '{"formal": 0.5}'}, "calibration makes no sense"),
        ({"training": "[]"}, "lacks its calibration"),
        ({"zooms": "[0.9]"}, "lacks its calibration"),
        ({"zooms": "[1.1, 0.9]"}, "calibration makes no sense"),
        ({"face_size": '"large"'}, "lacks its calibration"),
        ({"face_size": "Infinity"}, "lacks its calibration"),
        ({"face_size": "16"}, "calibration makes no sense"),
        ({"face_size": "100000"}, "calibration makes no sense"),
    ],
)
def test_a_file_with_an_impossible_calibration_is_refused(folder: Path, changes: dict[str, str], sentence: str) -> None:
    weights = read_weights("gender", shipped("gender"))
    halves = {name: value.astype(np.float16) for name, value in weights.tensors.items()}
    metadata = {"network": "gender", "temperature": "1.0", "thresholds": "{}", "training": json.dumps({}), **changes}
    with pytest.raises(WeightsError, match=sentence):
        read_weights("gender", resealed(folder, save(halves, metadata)))


def test_weights_that_are_not_finite_are_refused(folder: Path) -> None:
    weights = read_weights("gender", shipped("gender"))
    halves = {name: value.astype(np.float16) for name, value in weights.tensors.items()}
    halves["head.bias"] = np.array([np.nan], np.float16)
    metadata = {"network": "gender", "temperature": "1.0", "thresholds": "{}", "training": "{}"}
    with pytest.raises(WeightsError, match="not finite"):
        read_weights("gender", resealed(folder, save(halves, metadata)))
