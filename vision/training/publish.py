"""Putting trained weights where the software loads them from."""

from __future__ import annotations

import shutil
from pathlib import Path

from vision.architecture import NETWORKS
from vision.weights_file import Terms, shipped, write_sums


def publish(file: Path, terms: Terms = "open", folder: Path | None = None) -> None:
    """Copy a weights file to where the software loads it from, and renew the list of sums there.

    Args:
        file: age, gender or attire .safetensors.
        terms: the set that it belongs to.
        folder: another place for it.

    Raises:
        ValueError: the file is not named after one of the networks.
    """
    if file.suffix != ".safetensors" or file.stem not in NETWORKS:
        raise ValueError(f"{file}: weights are called age, gender or attire .safetensors")
    folder = folder or shipped(file.stem, terms)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)
    write_sums(folder)
