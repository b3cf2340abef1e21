"""A trained model is written down and answers from now on; files that nobody would go back to are deleted."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from customers.model_file import Contents, write
from db import trained_models
from db.shop_models import ModelKind
from db.trained_models import NewModel

log = logging.getLogger(__name__)

KEPT = 5
"""Models of a kind, beside the one that answers, whose files stay for `amiko customers rollback`."""


class Trained(Protocol):
    """What a training of any kind leaves; `customers.churn.training` and `customers.sessions.training` say more."""

    @property
    def contents(self) -> Contents:
        """What its file holds."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what it learnt from, in hex."""

    @property
    def protocol(self) -> dict[str, Any]:
        """How it was trained."""

    @property
    def figures(self) -> dict[str, Any]:
        """What was measured of it."""


async def promote(session: AsyncSession, folder: Path, kind: ModelKind, trained: Trained, now: datetime) -> int:
    """Write a model down and let it answer from now on; the one that did can be rolled back to. Its number.

    Raises:
        CustomersError: its file cannot be written.
    """
    name, sha256 = write(folder, kind, trained.contents)
    protocol = {**trained.protocol, "file_sha256": sha256}
    new = NewModel(kind, name, trained.fingerprint, protocol, trained.figures, now)
    number = await trained_models.record(session, new)
    await trained_models.activate(session, number, now)
    for old in await trained_models.let_go(session, kind, KEPT):
        try:
            (folder / old).unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s is of no more use and cannot be deleted (%s); delete it", folder / old, error.strerror)
    return number
