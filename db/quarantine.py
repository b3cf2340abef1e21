"""Rows of imported files that could not be trusted: kept with file, line and reason until the next import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.shop_models import QuarantinedRow

Kind = Literal["customers", "sessions"]

_BATCH = 10_000


@dataclass(frozen=True)
class Untrusted:
    """A row that is not imported.

    Args:
        file: its name, without a folder.
        line: of the file, from 1.
        reason: what is wrong with it, in words.
        content: the row as it stands in the file.
    """

    file: str
    line: int
    reason: str
    content: str


async def replace(session: AsyncSession, kind: Kind, rows: Sequence[Untrusted], now: datetime) -> None:
    """Forget what earlier imports of a kind kept, and keep these rows."""
    await session.execute(delete(QuarantinedRow).where(QuarantinedRow.kind == kind))
    for first in range(0, len(rows), _BATCH):
        values = [
            {
                "kind": kind,
                "file": row.file,
                "line": row.line,
                "reason": row.reason,
                "content": row.content,
                "imported_at": now,
            }
            for row in rows[first : first + _BATCH]
        ]
        await session.execute(insert(QuarantinedRow), values)


async def count(session: AsyncSession, kind: Kind | None = None) -> int:
    """How many rows are kept, of one kind or of all."""
    query = select(func.count()).select_from(QuarantinedRow)
    return await session.scalar(query if kind is None else query.where(QuarantinedRow.kind == kind)) or 0


async def page(
    session: AsyncSession, kind: Kind | None = None, *, limit: int, offset: int = 0
) -> Sequence[QuarantinedRow]:
    """Some of the rows, in the order of the files."""
    query = select(QuarantinedRow).order_by(QuarantinedRow.id).limit(limit).offset(offset)
    return (await session.scalars(query if kind is None else query.where(QuarantinedRow.kind == kind))).all()
