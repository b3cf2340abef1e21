"""Pictures move from the table into files beside the database; visits at a till are told apart from visitors."""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PICTURES = sa.table("snapshots", sa.column("visit_id", sa.String), sa.column("jpeg", sa.LargeBinary))


def upgrade() -> None:
    """Forward. The files are plain, as the rows were; the bot encrypts them at its start where they should be."""
    _move_into_files()
    op.drop_column("snapshots", "jpeg")
    op.add_column("visits", sa.Column("checkout", sa.Boolean(), server_default=sa.false(), nullable=False))
    # In words, as a check that comes with its column spares rebuilding the largest table.
    op.execute(
        "ALTER TABLE visits ADD COLUMN age_check VARCHAR(16) "
        "CONSTRAINT ck_visits_age_check CHECK (age_check IN ('likely', 'possible'))"
    )
    # Of a camera's visitors, only those at a till are offered to nobody. Who of them was asked for ID is not known.
    op.execute("UPDATE visits SET checkout = true WHERE origin = 'camera' AND state = 'recorded'")


def downgrade() -> None:
    """Back to 0003. Encrypted pictures are given up, as are the figures of the till."""
    op.drop_column("visits", "age_check")
    op.drop_column("visits", "checkout")
    op.add_column("snapshots", sa.Column("jpeg", sa.LargeBinary(), server_default=_nothing(), nullable=False))
    _move_into_rows()
    with op.batch_alter_table("snapshots") as snapshots:
        snapshots.alter_column("jpeg", server_default=None)


def _nothing() -> sa.TextClause:
    """Zero bytes, as the database writes them."""
    return sa.text("x''" if op.get_bind().dialect.name == "sqlite" else "''")


def _folder() -> Path:
    """Where `db.engine` keeps the pictures."""
    folder: Path = context.config.attributes["pictures"]
    return folder


def _move_into_files() -> None:
    """A crash in the middle leaves the rows as they were, and the next try writes the files again."""
    folder = _folder()
    for visit_id, jpeg in op.get_bind().execute(sa.select(_PICTURES)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(folder / f"{visit_id}.jpg", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(jpeg)
            file.flush()
            os.fsync(file.fileno())


def _move_into_rows() -> None:
    folder, bind = _folder(), op.get_bind()
    for file in folder.glob("*.jpg"):
        bind.execute(sa.update(_PICTURES).where(_PICTURES.c.visit_id == file.stem).values(jpeg=file.read_bytes()))
    bind.execute(sa.delete(_PICTURES).where(_PICTURES.c.jpeg == b""))
    for file in folder.iterdir() if folder.exists() else ():
        file.unlink()
