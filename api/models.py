"""Which trained models answer now."""

from __future__ import annotations

from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession

from db import trained_models
from db.shop_models import ModelKind, TrainedModel

KINDS: tuple[ModelKind, ...] = get_args(ModelKind)


async def in_use(session: AsyncSession) -> dict[ModelKind, TrainedModel | None]:
    """The model of each kind that answers now, None where none was trained; reading suffices."""
    return {kind: await trained_models.active(session, kind) for kind in KINDS}
