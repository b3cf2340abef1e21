"""What visitors really wanted beside what was said of them: what routing learns from, and how often it was right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Camera, Visit

GENERAL = "general"  # of visitors of whom too little was seen; nothing is learnt from them


@dataclass(frozen=True)
class Told:
    """A served visit whose assistant said what was wanted.

    Attributes:
        visit_id, shop_id, camera: which, and where.
        first_seen: when the visitor came.
        bands: P(age in band), in the order of `routing.evidence.BANDS`.
        p_female: P(female).
        attire: P(trait) by name.
        shown: keys of the departments in the order of the card.
        by_lot: whether that order was drawn by lot.
        wanted: key of the department that was pressed.
    """

    visit_id: str
    shop_id: int
    camera: str
    first_seen: datetime
    bands: tuple[float, ...]
    p_female: float
    attire: dict[str, float]
    shown: tuple[str, ...]
    by_lot: bool
    wanted: str


@dataclass(frozen=True)
class Hit:
    """What was said of a visit and what was wanted; `place` of that in the ranking from 0, None where it is missing."""

    first_seen: datetime
    predicted: str
    wanted: str
    place: int | None
    by_lot: bool


async def told(session: AsyncSession, most: int) -> list[Told]:
    """The newest outcomes of all shops that can be learnt from, at most `most`, oldest first."""
    query = (
        select(
            Visit.id,
            Visit.shop_id,
            Camera.name,
            Visit.first_seen,
            Visit.age_bands,
            Visit.p_female,
            Visit.attire_scores,
            Visit.ranking,
            Visit.shown,
            Visit.wanted,
        )
        .join(Camera, Camera.id == Visit.camera_id)
        .where(*_learnable())
        .order_by(Visit.first_seen.desc(), Visit.id.desc())
        .limit(most)
    )
    rows = (await session.execute(query)).all()
    return [
        Told(
            visit_id=row.id,
            shop_id=row.shop_id,
            camera=row.name,
            first_seen=row.first_seen,
            bands=tuple(row.age_bands),
            p_female=row.p_female,
            attire=dict(row.attire_scores),
            shown=tuple(row.shown or [key for key, _ in row.ranking]),
            by_lot=row.shown is not None,
            wanted=row.wanted,
        )
        for row in reversed(rows)
    ]


async def taught(session: AsyncSession, shop_id: int, departments: Sequence[str]) -> int:
    """How many outcomes of a shop can be learnt from, where these departments, by their keys, are those there are."""
    here = (Visit.shop_id == shop_id, Visit.wanted.in_(departments))
    counted = select(func.count()).select_from(Visit).where(*_learnable(), *here)
    return await session.scalar(counted) or 0


async def hits(session: AsyncSession, shop_ids: Sequence[int], since: datetime) -> list[Hit]:
    """How the visits of these shops that came since then were foreseen by what answered then, oldest first."""
    query = (
        select(Visit.first_seen, Visit.department, Visit.ranking, Visit.shown, Visit.wanted)
        .where(*_answered(), Visit.shop_id.in_(shop_ids), Visit.first_seen >= since)
        .order_by(Visit.first_seen, Visit.id)
    )
    found = []
    for row in await session.execute(query):
        ranked = [key for key, _ in row.ranking]
        place = ranked.index(row.wanted) if row.wanted in ranked else None
        found.append(Hit(row.first_seen, row.department, row.wanted, place, row.shown is not None))
    return found


def confusion(found: Sequence[Hit]) -> Counter[tuple[str, str]]:
    """How often which department was predicted where which was wanted."""
    return Counter((hit.predicted, hit.wanted) for hit in found)


def _answered() -> tuple[ColumnElement[bool], ...]:
    """Visitors seen by a camera, of whom enough was seen, and of whom the assistant said what they wanted."""
    return (
        Visit.wanted.is_not(None),
        Visit.origin == "camera",
        Visit.department != GENERAL,
        ~Visit.checkout,
    )


def _learnable() -> tuple[ColumnElement[bool], ...]:
    """Those of them of whom is kept what learning asks for; of visits from old versions it is not."""
    return (*_answered(), Visit.age_bands.is_not(None), Visit.p_female.is_not(None))
