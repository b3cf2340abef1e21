"""Putting trained weights where the software loads them from."""

from __future__ import annotations

import shutil
from pathlib import Path

from vision.architecture import NETWORKS
from vision.weights_file import FAR, Terms, shipped, write_sums


def publish(file: Path, terms: Terms = "open", folder: Path | None = None) -> None:
    """Copy a weights file to where the software loads it from, and renew the list of sums there.

    The network that reads the farther view in its stead, where it is one of a pair, goes along; another's is removed.

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
    _copy(file, folder)
    far = file.parent / FAR / file.name
    if far.exists():
        _copy(far, folder / FAR)
    elif (folder / FAR / file.name).exists():
        (folder / FAR / file.name).unlink()
        write_sums(folder / FAR)


def _copy(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)
    write_sums(folder)
