"""Putting trained weights where the software loads them from."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from vision.architecture import NETWORKS
from vision.weights_file import SHIPPED, write_sums


def publish(files: Sequence[Path], folder: Path = SHIPPED) -> None:
    """Copy weights files into `folder` and renew its list of sums.

    Raises:
        ValueError: a file is not named after one of the networks.
    """
    for file in files:
        if file.suffix != ".safetensors" or file.stem not in NETWORKS:
            raise ValueError(f"{file}: weights are called age, gender or attire .safetensors")
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)
    write_sums(folder)
