"""Where the files of trained models are kept."""

from __future__ import annotations

from pathlib import Path

from db.engine import sqlite_file


def model_folder(set_by_config: Path | None, database_url: str) -> Path:
    """The folder that config.yaml names, otherwise `models` beside a SQLite database, otherwise in the current one."""
    if set_by_config is not None:
        return set_by_config
    database = sqlite_file(database_url)
    return (database.parent if database else Path()) / "models"
