"""Small session logs for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from customers.generated.files import write_shop
from customers.sessions.frames import Frames
from customers.sessions.stored import frames_of_folder

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SESSION_HEADER = "session_id,start_time,end_time,gender,visitor"
VIEW_HEADER = "session_id,sequence_order,category_a,category_b,category_c,category_d"


def write_log(folder: Path, sessions: Sequence[str], views: Sequence[str]) -> tuple[Path, Path]:
    """session.csv and product.csv with these rows under their headers."""
    session_csv, product_csv = folder / "session.csv", folder / "product.csv"
    session_csv.write_text("\n".join([SESSION_HEADER, *sessions]) + "\n", encoding="utf-8")
    product_csv.write_text("\n".join([VIEW_HEADER, *views]) + "\n", encoding="utf-8")
    return session_csv, product_csv


def generated(folder: Path, sessions: int, seed: int = 1) -> Frames:
    """A log of visitors who never lived."""
    write_shop(folder, customers=20, sessions=sessions, seed=seed)
    return frames_of_folder(folder, NOW)[0]
