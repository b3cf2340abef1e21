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
from vision.weights_file import read_weights


def mean_tensors(name: str, folders: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of each tensor of a network over the weights in several folders, float32.

    Args:
        name: of the network: "age", "gender" or "attire".
        folders: each with the network's weights and their SHA256SUMS.

    Raises:
        DataError: fewer than two folders.
        WeightsError: a file is missing, damaged, or of another network.
    """
    if len(folders) < 2:
        raise DataError("averaging takes the folders of at least two trainings")
    tensors = [read_weights(name, folder).tensors for folder in folders]
    return {key: torch.from_numpy(np.mean([each[key] for each in tensors], axis=0)) for key in tensors[0]}
