"""Visits: recorded once with the deliveries they cause, finished, and listed. Their life: `db.lifecycle`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from db import cameras, giving_up, shops
from db.age_checks import Band
from db.models import Camera, Delivery, Origin, Snapshot, Staff, Visit
from db.offering import EVERYBODY, Offer, offer_first


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
    there = select(Visit.id).where(Visit.id == visit.id)
    if visit.origin == "camera":  # a recording without a time of its own is seen anew each time it is analysed
        there = there.where(Visit.first_seen == visit.first_seen)
    if await session.scalar(there):
        return False
    now, shop_id = datetime.now(UTC), shop_id or await shops.only(session)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = insert(Visit).values(
        id=visit.id,
        shop_id=shop_id,
        camera_id=await cameras.id_of(session, shop_id, visit.camera),
        origin=visit.origin,
        first_seen=visit.first_seen,
        decided_at=visit.decided_at,
        last_seen=visit.last_seen,
        recorded_at=recorded_at or now,
        faces=visit.faces,
        age_mean=visit.age_mean,
        age_low=visit.age_low,
        age_high=visit.age_high,
        age_band=visit.age_band,
        age_bands=visit.age_bands,
        gender=visit.gender,
        p_female=visit.p_female,
        attire_labels=list(visit.attire_labels),
        attire_scores=dict(visit.attire_scores),
        department=visit.department,
        department_p=visit.department_p,
        ranking=[[key, p] for key, p in visit.ranking],
        shown=visit.shown,
        propensity=visit.propensity,
        reason=visit.reason,
        state="offered" if notify else "recorded",
        checkout=visit.checkout,
        age_check=visit.age_check,
    )
    # It may be on its way, unseen above: a commit whose answer was lost together with its connection.
    row = (await session.scalars(new.on_conflict_do_nothing().returning(Visit))).first()
    if row is None:
        return False
    if visit.snapshot is not None:
        session.add(Snapshot(visit_id=visit.id, created_at=now))
    asked = notify and await offer_first(session, row, visit.camera, offer, now)
    if asked and late:
        await giving_up.expire_cards(session, visit.id)
    if notify and (late or not asked):
        row.state, row.closed_at, row.next_offer_at = "missed", now, None
    await session.flush()
    return True


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
