"""Visits: recorded once with the deliveries they cause, finished, and listed. Their life: `db.lifecycle`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, String, bindparam, case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from db import cameras, giving_up, shops
from db.age_checks import Band
from db.base import Base
from db.models import Camera, Delivery, Origin, Snapshot, Staff, Visit
from db.offering import EVERYBODY, Offer, first_asked, offer_first


@dataclass(frozen=True)
class NewVisit:
    """A visit as the worker decided it. Age and P(female) are None when too little was seen of the visitor.

    Attributes:
        id: UUID as text, 36 characters.
        camera: the camera's name.
        origin: "camera", or "replay" for a file.
        first_seen, decided_at, last_seen: instants with a time zone.
        faces: how many faces were seen.
        age_mean: years; `age_low` and `age_high` bound an 80 % interval; `age_band` is like "25-34".
        age_bands: P(age in band), in the order of `routing.evidence.BANDS`, for routing to learn from.
        gender: "female", "male" or "unknown".
        p_female: P(female).
        attire_labels: traits shown; `attire_scores` holds P(trait) for each.
        department: key, `department_p` its probability, `ranking` every (key, probability), likeliest first.
        shown: keys in the order of the card where that was drawn by lot; by `ranking` where it is None.
        propensity: how likely the card's first department was to be the first; None where there is no card.
        reason: why it was decided now, and why so.
        snapshot: a JPEG, already blurred where the configuration says so, or None; `Snapshots.write` keeps it.
        checkout: seen at a till, where no department is offered.
        age_check: how likely the customer is under age, where a document is to be asked for.
    """

    id: str
    camera: str
    origin: Origin
    first_seen: datetime
    decided_at: datetime
    last_seen: datetime
    faces: int
    age_mean: float | None
    age_low: int | None
    age_high: int | None
    age_band: str | None
    gender: str
    p_female: float | None
    attire_labels: list[str]
    attire_scores: dict[str, float]
    department: str
    department_p: float
    ranking: list[tuple[str, float]]
    reason: str
    snapshot: bytes | None
    checkout: bool = False
    age_check: Band | None = None
    age_bands: list[float] | None = None
    shown: list[str] | None = None
    propensity: float | None = None


@dataclass(frozen=True)
class Receipt:
    """One delivery of a visit. `ms`: from the visit's commit to the Bot API's answer, None while not sent."""

    name: str
    state: str
    ms: float | None
    last_error: str | None


@dataclass(frozen=True)
class Told:
    """A visit and whom it was told to."""

    visit_id: str
    camera: str
    first_seen: datetime
    decided_at: datetime
    recorded_at: datetime
    faces: int
    age_mean: float | None
    age_band: str | None
    gender: str
    attire_labels: tuple[str, ...]
    department: str
    department_p: float
    reason: str
    state: str
    receipts: tuple[Receipt, ...]


_AS_DECIDED = tuple(field.name for field in fields(NewVisit) if field.name not in ("camera", "snapshot", "ranking"))
_COLUMNS = (*_AS_DECIDED, "recorded_at", "ranking", "state", "closed_at", "next_offer_at")
_TABLE = Base.metadata.tables[Visit.__tablename__]
_ROW = select(*(bindparam(name, type_=_TABLE.c[name].type) for name in _COLUMNS), Camera.shop_id, Camera.id).where(
    Camera.shop_id == bindparam("of_shop", type_=Integer), Camera.name == bindparam("of_camera", type_=String)
)
_INSERT = {  # built once, as it is on the way of every card; the camera is looked up by the same statement
    dialect: insert(_TABLE)
    .from_select([*_COLUMNS, "shop_id", "camera_id"], _ROW)
    .on_conflict_do_nothing()
    .returning(_TABLE.c.id)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


async def record(
    session: AsyncSession,
    visit: NewVisit,
    *,
    notify: bool,
    offer: Offer = EVERYBODY,
    shop_id: int | None = None,
    late: bool = False,
    recorded_at: datetime | None = None,
) -> bool:
    """Write a visit to a shop, that it has a snapshot and, with `notify`, one pending delivery per person to be asked.

    Without `shop_id` it is the only shop's. All of it belongs to the session's transaction; send a nudge once that has
    committed. The snapshot's file is to be there before. A visit that could be told to nobody is kept as "missed", one
    that was not to be told as "recorded". One that comes too `late` is missed as well, its deliveries are expired, and
    whoever would have been asked finds it in a summary. `recorded_at` is of a visit that was told of elsewhere before.

    Returns:
        False if the visit is there already, or another transaction that is about to commit has written it; then
        nothing was written.

    Raises:
        ShopError: there are several shops, and none was given.
    """
    if visit.origin == "replay" and await session.scalar(select(Visit.id).where(Visit.id == visit.id)):
        return False  # a recording without a time of its own is seen anew each time it is analysed
    now, shop_id = datetime.now(UTC), shop_id or await shops.only(session)
    asked: list[int] = []
    if notify:
        asked = await first_asked(
            session, shop_id=shop_id, camera=visit.camera, department=visit.department, offer=offer, now=now
        )
    open_ = bool(asked) and not late
    row = {column: getattr(visit, column) for column in _AS_DECIDED} | {
        "recorded_at": recorded_at or now,
        "ranking": [[key, p] for key, p in visit.ranking],
        "state": ("offered" if open_ else "missed") if notify else "recorded",
        "closed_at": None if open_ or not notify else now,
        "next_offer_at": now + timedelta(seconds=offer.turn_seconds) if open_ and offer.mode == "turn" else None,
    }
    if not await _write(session, row, shop_id, visit.camera):
        return False
    if visit.snapshot is not None:
        session.add(Snapshot(visit_id=visit.id, created_at=now))
        await session.flush()
    if asked:
        await offer_first(session, visit.id, visit.first_seen, asked)
    if asked and late:
        await giving_up.expire_cards(session, visit.id)
    return True


async def _write(session: AsyncSession, row: dict[str, Any], shop_id: int, camera: str) -> bool:
    """Write the row of a visit; whether it was not there, nor on its way: a commit whose answer was lost."""
    insert, place = _INSERT[session.get_bind().dialect.name], {"of_shop": shop_id, "of_camera": camera}
    connection = await session.connection()
    if await connection.scalar(insert, row | place):
        return True
    await cameras.id_of(session, shop_id, camera)  # is it the camera's first visit?
    return bool(await connection.scalar(insert, row | place))


async def seen(session: AsyncSession, visit_id: str, *, last_seen: datetime, faces: int) -> None:
    """Note that a visit's visitor is in view still, or was again after they had gone."""
    gone_at = case((Visit.gone_at.is_not(None), last_seen))
    await session.execute(
        update(Visit).where(Visit.id == visit_id).values(last_seen=last_seen, gone_at=gone_at, faces=faces)
    )


async def finish(session: AsyncSession, visit_id: str, *, last_seen: datetime, faces: int) -> None:
    """Complete a visit when its visitor has gone: when they were last seen, and in how many faces."""
    await session.execute(
        update(Visit).where(Visit.id == visit_id).values(last_seen=last_seen, gone_at=last_seen, faces=faces)
    )


async def told(session: AsyncSession, visit_ids: Sequence[str] | None = None) -> list[Told]:
    """The visits of these ids, or all, in the order their visitors were first seen."""
    visits = select(Visit, Camera.name).join(Camera).order_by(Visit.first_seen, Visit.id)
    deliveries = select(Delivery, Staff.name).join(Staff).order_by(Delivery.id)
    if visit_ids is not None:
        visits = visits.where(Visit.id.in_(visit_ids))
        deliveries = deliveries.where(Delivery.visit_id.in_(visit_ids))
    of_visit: dict[str, list[tuple[Delivery, str]]] = {}
    for delivery, name in await session.execute(deliveries):
        of_visit.setdefault(delivery.visit_id, []).append((delivery, name))
    return [_told(visit, camera, of_visit.get(visit.id, [])) for visit, camera in (await session.execute(visits))]


def _told(visit: Visit, camera: str, deliveries: list[tuple[Delivery, str]]) -> Told:
    return Told(
        visit_id=visit.id,
        camera=camera,
        first_seen=visit.first_seen,
        decided_at=visit.decided_at,
        recorded_at=visit.recorded_at,
        faces=visit.faces,
        age_mean=visit.age_mean,
        age_band=visit.age_band,
        gender=visit.gender,
        attire_labels=tuple(visit.attire_labels),
        department=visit.department,
        department_p=visit.department_p,
        reason=visit.reason,
        state=visit.state,
        receipts=tuple(
            Receipt(
                name=name,
                state=delivery.state,
                ms=(delivery.sent_at - visit.recorded_at).total_seconds() * 1000 if delivery.sent_at else None,
                last_error=delivery.last_error,
            )
            for delivery, name in deliveries
        ),
    )
