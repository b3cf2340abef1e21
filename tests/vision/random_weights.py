"""Weights of networks that learnt nothing, but whose outputs neither vanish nor explode."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from vision.architecture import NETWORKS, Trunk, tensor_shapes
from vision.crops import VIEWS, Views
from vision.weights_file import Weights, write_sums, write_weights


def write_random(folder: Path, trunk: Trunk, seed: int, views: Views = VIEWS, temperature: float = 1.0) -> None:
    """Write an age and a gender network on one such trunk."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    network = replace(NETWORKS["age"], trunk=trunk)
    tensors = {}
    for name, shape in tensor_shapes(network).items():
        if name.endswith(("running_var", "norm.weight")):
            tensors[name] = rng.uniform(0.5, 1.5, shape)
        elif name.endswith("activation.weight"):
            tensors[name] = rng.uniform(-0.2, 0.5, shape)
        else:
            inputs = np.prod(shape[1:]) if len(shape) > 1 else 100
            tensors[name] = rng.normal(scale=inputs**-0.5, size=shape)
    values = {name: value.astype(np.float32) for name, value in tensors.items()}
    write_weights(folder / "age.safetensors", Weights(network, values, temperature, views=views))
    heads = {name: values[name][:1] for name in ("head.weight", "head.bias")}
    gender = Weights(replace(network, name="gender", outputs=1), {**values, **heads}, temperature, views=views)
    write_weights(folder / "gender.safetensors", gender)
    write_sums(folder)
