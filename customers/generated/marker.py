"""The file by which a folder says that what is in it was generated."""

from __future__ import annotations

from pathlib import Path

MARKER = "SYNTHETIC"


def mark(folder: Path, text: str) -> None:
    """Write down that a folder's contents were generated; `text` says how."""
    (folder / MARKER).write_text(text, encoding="utf-8")


def is_synthetic(folder: Path) -> bool:
    """Whether a folder says so."""
    return (folder / MARKER).exists()
