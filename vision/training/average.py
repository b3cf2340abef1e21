"""Averaging the weights of several trainings that began alike (a "model soup", Wortsman et al. 2022).

Nearly as good as asking all of them, at the cost of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vision.labelled.errors import DataError
from vision.networks import TraitNetwork, tensors
from vision.weights_file import FAR, WeightsError, read_weights


def mean_tensors(name: str, folders: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of each tensor of a network over the weights in several folders, float32.

    Args:
        name: of the network: "age", "gender" or "attire".
        folders: each with the network's weights and their SHA256SUMS.

    Raises:
        WeightsError: a file is missing, damaged, or of another network, or their trunks differ.
    """
    trained = [read_weights(name, folder) for folder in folders]
    if len({weights.network.trunk.name for weights in trained}) > 1:
        told = ", ".join(f"{folder} ({each.network.trunk.name})" for folder, each in zip(folders, trained, strict=True))
        raise WeightsError(
            f"--average: these {name} networks have different trunks: {told}; name trainings that began alike"
        )
    return {
        key: torch.from_numpy(np.mean([each.tensors[key] for each in trained], axis=0)) for key in trained[0].tensors
    }


def towards(start: TraitNetwork, trained: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights on the straight line from trained ones towards those that training started from; the head stays trained.

    What few pictures taught by heart is lost sooner than what holds for others (WiSE-FT, Wortsman et al. 2022, "Robust
    fine-tuning of zero-shot models").

    Args:
        start: holds the weights of the start.
        share: of the start's weights, 0 to 1.
    """
    began = tensors(start)
    return {
        key: value if key.startswith("head.") else (1 - share) * value + share * began[key].detach()
        for key, value in trained.items()
    }


def check_average(folders: Sequence[Path], start_share: float = 0.0) -> None:
    """Refuse what would change nothing, or could not be.

    Raises:
        DataError: one folder alone without a share of the start, or such a share without a folder; or a folder of two
            trainings for one view each.
    """
    if start_share and not folders:
        raise DataError("a share of the start goes with --average and the folder of a training that is over")
    if len(folders) == 1 and not start_share:
        raise DataError("averaging takes the folders of at least two trainings, or one and a --start-share")
    for folder in folders:
        if (folder / FAR).exists():
            raise DataError(f"--average: {folder} is a pair of trainings; name those that it was made of")
