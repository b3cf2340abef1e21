"""The file that a training is continued from: whole or not there, and of this training or refused."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from vision.errors import TrainingError


def prepare(out: Path) -> None:
    """Make a training's folder, and see that it can be written: before the data are read, which takes minutes.

    Raises:
        TrainingError: it cannot.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".probe.part"
        probe.touch()
        probe.unlink()
    except FileExistsError:
        raise TrainingError(f"--out {out}: this is a file; name a folder") from None
    except OSError as error:
        raise unwritable(out, error) from None


def unwritable(out: Path, error: OSError) -> TrainingError:
    """What to say of a folder that takes no more files."""
    return TrainingError(
        f"--out {out}: cannot be written: {error.strerror or error}; make room or name another folder. A training "
        "goes on after its last whole epoch when it is started again"
    )


def write(path: Path, kept: Mapping[str, Any]) -> None:
    """Write a checkpoint whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    # PyTorch's own writer says nothing of a full disk but that its positions do not agree.
    data = io.BytesIO()
    torch.save(dict(kept), data)
    part = path.with_suffix(".part")
    try:
        part.write_bytes(data.getbuffer())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path, device: torch.device, training: Mapping[str, int]) -> dict[str, Any] | None:
    """What a checkpoint keeps; None where there is none.

    Args:
        device: for its tensors.
        training: numbers that tell a training from others, by their names; a checkpoint with others is refused.

    Raises:
        TrainingError: it is damaged, or of another training.
    """
    if not path.exists():
        return None
    try:
        kept: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # its kinds depend on where the damage is
        raise TrainingError(
            f"{path}: cannot be read ({type(error).__name__}); it is damaged: delete it to begin anew, or name another "
            "--out"
        ) from None
    for name, value in training.items():
        if kept.get(name, value) != value:
            raise other_training(path, f"{name} {kept[name]} there, {value} here")
    return kept


def other_training(path: Path, how: str) -> TrainingError:
    """What to say of a checkpoint of another training."""
    return TrainingError(f"{path}: is of another training: {how}; name another --out, or delete that folder")
