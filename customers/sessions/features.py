"""What is known of a session, as Ibis expressions: the same on DuckDB and on Spark.

A feature is a term and its value: "c:A00002/B00003/C00046" is 1 where such a product was looked at, "hour:21" where the
session began in that hour, "log seconds" is the logarithm of its length. Ids, and the order of rows, are in none.
`direct.py` computes the same for one session without an engine.
"""

from __future__ import annotations

import ibis
from ibis.expr.types import FloatingValue, IntegerValue, StringValue, Table, TimestampValue

from customers.sessions.log import Log
from customers.sessions.terms import LOG_PAST, LOG_SECONDS, LOG_VIEWS, LONGEST_SECONDS, PAST_VALUE, REMEMBERED_SESSIONS


def features(log: Log) -> Table:
    """Of each session alone: session_id, term, value (> 0 but for numbers); a row for each session and term."""
    return ibis.union(seen(log.views).mutate(value=ibis.literal(1.0)), _times(log), distinct=False)


def features_with_past(log: Log) -> Table:
    """The same, with what the visitor had looked at in sessions that ended before this one began; none of later ones.

    A session whose visitor is unknown has no past.
    """
    now = seen(log.views).mutate(value=ibis.literal(1.0))
    remembered = _remembered(log.sessions)
    since = (
        remembered.inner_join(seen(log.views), "session_id")
        .group_by("visitor", "term")
        .aggregate(since=ibis._.ended.min())
    )
    asked = _timed(log.sessions)
    past = asked.inner_join(since, [asked.visitor == since.visitor, asked.started > since.since]).select(
        "session_id", "term", value=ibis.literal(PAST_VALUE)
    )
    both = ibis.union(now, past, distinct=False).group_by("session_id", "term").aggregate(value=ibis._.value.max())
    return ibis.union(both, _times(log), _log_past(asked, remembered), distinct=False)


def seen(views: Table) -> Table:
    """Categories by their path, products, and the way through categories, once a session: session_id, term."""
    way = ibis.window(group_by="session_id", order_by="position")
    step = views.mutate(
        path_b=views.category_a + "/" + views.category_b,
        path_c=views.category_a + "/" + views.category_b + "/" + views.category_c,
        before=views.category_c.lag().over(way),
        after=views.category_c.lead().over(way),
    )
    terms = [
        _term("a:", step.category_a),
        _term("b:", step.path_b),
        _term("c:", step.path_c),
        _term("d:", step.category_d),
        step.before.isnull().ifelse(_term("first:", step.category_c), None),
        step.after.isnull().ifelse(_term("last:", step.category_c), None),
        _term("step:", step.category_c + ">" + step.after),
    ]
    long = step.select("session_id", term=ibis.array(terms).unnest())
    return long.filter(long.term.notnull()).distinct()


def scores(features: Table, weights: Table) -> Table:
    """The weighted sum of each session's features: session_id, score. Terms without a weight count nothing.

    Args:
        features: session_id, term, value.
        weights: term, weight.
    """
    weighed = features.inner_join(weights, "term")
    return weighed.group_by("session_id").aggregate(score=(weighed.value * weighed.weight).sum())


def _times(log: Log) -> Table:
    """When a session was, how long, and how much was looked at."""
    count = log.views.group_by("session_id").aggregate(views=ibis._.count())
    joined = log.sessions.left_join(count, "session_id")
    timed = joined.select(
        "session_id",
        hour=_term("hour:", joined.started_at.hour().cast("string")),
        weekday=_term("weekday:", joined.started_at.day_of_week.index().cast("string")),
        seconds=ibis.least(_epoch(joined.ended_at) - _epoch(joined.started_at), LONGEST_SECONDS),
        views=joined.views.fill_null(0),
    )
    terms = timed.select("session_id", term=ibis.array([timed.hour, timed.weekday]).unnest())
    return ibis.union(
        terms.mutate(value=ibis.literal(1.0)),
        timed.select("session_id", term=ibis.literal(LOG_SECONDS), value=_log(timed.seconds)),
        timed.select("session_id", term=ibis.literal(LOG_VIEWS), value=_log(timed.views)),
        distinct=False,
    )


def _timed(sessions: Table) -> Table:
    """session_id, visitor, started and ended (s since 1970 by the log's clock)."""
    return sessions.select(
        "session_id", "visitor", started=_epoch(sessions.started_at), ended=_epoch(sessions.ended_at)
    )


def _remembered(sessions: Table) -> Table:
    """The sessions that later ones of their visitor know of: session_id, visitor, ended."""
    timed = _timed(sessions)
    known = timed.filter(timed.visitor.notnull())
    order = ibis.window(group_by="visitor", order_by=["ended", "session_id"])
    numbered = known.mutate(number=ibis.row_number().over(order))
    return numbered.filter(numbered.number < REMEMBERED_SESSIONS).select("session_id", "visitor", "ended")


def _log_past(asked: Table, remembered: Table) -> Table:
    earlier = remembered.select("visitor", "ended")
    pairs = asked.inner_join(earlier, [asked.visitor == earlier.visitor, asked.started > earlier.ended])
    counted = pairs.group_by("session_id").aggregate(past=ibis._.count())
    return counted.select("session_id", term=ibis.literal(LOG_PAST), value=_log(counted.past))


def _term(prefix: str, value: StringValue) -> StringValue:
    return ibis.literal(prefix) + value


def _log(count: IntegerValue) -> FloatingValue:
    return (count + 1).cast("float64").ln()


def _epoch(instant: TimestampValue) -> IntegerValue:
    return instant.epoch_seconds().cast("int64")
