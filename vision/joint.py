"""Networks that were trained on one trunk, as one network: what the trunk sees is computed once."""

from __future__ import annotations

import numpy as np

from vision.architecture import Network
from vision.weights_file import Weights


def joined(first: Weights, second: Weights) -> Weights | None:
    """One network that gives the logits of both, the first's before the second's; None where their trunks differ.

    Its temperature is of no use: each network keeps its own.
    """
    heads = ("head.weight", "head.bias")
    trunk = first.tensors.keys() - heads
    if first.network.trunk != second.network.trunk or first.views != second.views:
        return None
    if trunk != second.tensors.keys() - heads:
        return None
    if not all(np.array_equal(first.tensors[name], second.tensors[name]) for name in trunk):
        return None
    outputs = first.network.outputs + second.network.outputs
    network = Network(f"{first.network.name} and {second.network.name}", outputs, first.network.trunk)
    both = {name: np.concatenate([first.tensors[name], second.tensors[name]]) for name in heads}
    return Weights(network, {**first.tensors, **both}, views=first.views)
