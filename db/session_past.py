"""What is known of a shop's sessions when they are asked about: their views, and their visitors' earlier sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Integer, Row, bindparam, func, select
from sqlalchemy.orm import Session

from db.shop_models import ShopSession, ShopView

Categories = tuple[str, str, str, str]
"""Of a view: from the widest (a) to the product itself (d)."""

BATCH = 5_000
"""So many ids fit into one query of any database."""

_Session = Row[str, str | None, datetime, datetime, bool]

# Built once, and on the tables themselves: a prediction of one session spends half of its time on building queries, and
# on what the ORM would do with their rows.
_session, _view = ShopSession.__table__.c, ShopView.__table__.c
_ASKED = select(
    _session.session_id,
    _session.visitor,
    _session.started_at,
    _session.ended_at,
    _session.synthetic,
).where(_session.session_id.in_(bindparam("ids", expanding=True)))
_numbered = (
    select(
        _session.visitor,
        _session.session_id,
        _session.ended_at,
        func.row_number()
        .over(partition_by=_session.visitor, order_by=(_session.ended_at, _session.session_id))
        .label("number"),
    )
    .where(_session.visitor.in_(bindparam("visitors", expanding=True)))
    .subquery()
)
_EARLIER = select(_numbered.c.visitor, _numbered.c.session_id, _numbered.c.ended_at).where(
    _numbered.c.number <= bindparam("remembered", type_=Integer)
)
_SEEN = (
    select(
        _view.session_id,
        _view.category_a,
        _view.category_b,
        _view.category_c,
        _view.category_d,
    )
    .where(_view.session_id.in_(bindparam("ids", expanding=True)))
    .order_by(_view.session_id, _view.position)
)


@dataclass(frozen=True)
class Known:
    """A session as it is known.

    Attributes:
        started_at: by the log's clock.
        ended_at: likewise.
        views: in order.
        past: the views of each earlier session of the same visitor that had ended before this one began.
        synthetic: it was generated, and everything told of it must say so.
    """

    started_at: datetime
    ended_at: datetime
    views: Sequence[Categories]
    past: Sequence[Sequence[Categories]]
    synthetic: bool


def known_of(session: Session, session_ids: Collection[str], remembered: int) -> dict[str, Known]:
    """What is known of each of these sessions that there are.

    Args:
        session: any transaction; these are several small queries, which `Database.read` is for.
        session_ids: at most a few thousand.
        remembered: only so many of a visitor's sessions are, the first to end first.
    """
    asked = {row.session_id: row for row in _sessions(session, session_ids)}
    earlier = _earlier(session, {row.visitor for row in asked.values() if row.visitor is not None}, remembered)
    past = {
        session_id: [other for other, ended_at in earlier.get(row.visitor, ()) if ended_at < row.started_at]
        for session_id, row in asked.items()
    }
    views = _views(session, {*asked, *(other for others in past.values() for other in others)})
    return {
        session_id: Known(
            row.started_at, row.ended_at, views[session_id], [views[other] for other in past[session_id]], row.synthetic
        )
        for session_id, row in asked.items()
    }


def _sessions(session: Session, ids: Collection[str]) -> list[_Session]:
    found: list[_Session] = []
    for some in _portions(ids):
        found += session.execute(_ASKED, {"ids": some}).all()
    return found


def _earlier(session: Session, visitors: Collection[str], remembered: int) -> Mapping[str, list[tuple[str, datetime]]]:
    """The remembered sessions of each visitor with their ends."""
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for some in _portions(visitors):
        given = {"visitors": some, "remembered": remembered}
        for visitor, session_id, ended_at in session.execute(_EARLIER, given).all():
            found[visitor].append((session_id, ended_at))
    return found


def _views(session: Session, ids: Collection[str]) -> Mapping[str, list[Categories]]:
    found: dict[str, list[Categories]] = defaultdict(list)
    for some in _portions(ids):
        for session_id, a, b, c, d in session.execute(_SEEN, {"ids": some}).all():
            found[session_id].append((a, b, c, d))
    return found


def _portions(ids: Iterable[str]) -> Iterator[list[str]]:
    pending = iter(ids)
    while some := list(islice(pending, BATCH)):
        yield some
