"""The online shop's tables: what is saved twice stands once, and of each kind of model one answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from db import churn_scores, customers, quarantine, shop_sessions, trained_models
from db.churn_scores import NewScore
from db.engine import Database
from db.quarantine import Untrusted
from db.shop_models import TrainedModel
from db.trained_models import NewModel

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def customer(id: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "dropped": True,
        "service": "standard",
        "may_notify": True,
        "marketing_6_months": 4.3,
        "marketing_current_month": 4.0,
        "days_registered": 608,
        "promo_share": 0.24,
        "favourite_category": "kids",
        "categories_per_visit": 3.0,
        "unpaid_products": 3,
        "service_errors": 4,
        "pages_per_visit": 8.0,
        "profit": 4.0,
        "synthetic": False,
        "revenue_before_previous": 4800.0,
        "revenue_previous": 4900.0,
        "revenue_current": 5000.0,
        "minutes_previous": 13.0,
        "minutes_current": 12.0,
        **changes,
    }


def model(**changes: Any) -> NewModel:
    fields = {"kind": "churn", "file": "churn.skops", "fingerprint": "0" * 64, "protocol": {}, "figures": {}}
    return NewModel(**{**fields, "trained_at": NOW, **changes})


async def test_a_customer_saved_again_is_brought_up_to_date_and_stands_once(database: Database) -> None:
    async with database.session() as session:
        await customers.save(session, [customer(1), customer(2)], NOW)
    async with database.session() as session:
        later = customer(2, dropped=None, profit=9.5, minutes_current=1.5)
        await customers.save(session, [later], NOW + timedelta(days=1))

    async with database.reading() as session:
        first, second = await customers.rows(session)
        counts = await customers.counts(session)
    assert (first.id, first.profit, first.revenue_current) == (1, 4.0, 5000.0)
    assert (second.profit, second.minutes_current, second.minutes_previous, second.dropped) == (9.5, 1.5, 13.0, None)
    assert (counts.customers, counts.labelled, counts.synthetic) == (2, 1, 0)
    assert counts.imported_at == NOW + timedelta(days=1)


async def test_generated_customers_can_be_forgotten_with_their_months_and_scores(database: Database) -> None:
    async with database.session() as session:
        await customers.save(session, [customer(1), customer(2, synthetic=True)], NOW)
        number = await trained_models.record(session, model())
        await churn_scores.replace(session, [NewScore(1, 0.2, []), NewScore(2, 0.9, [])], number, NOW)
        await customers.forget_synthetic(session)

        assert await customers.existing(session) == {1}
        assert await churn_scores.probabilities(session) == {1: 0.2}


async def test_scores_come_with_the_likeliest_to_leave_first(database: Database) -> None:
    async with database.session() as session:
        await customers.save(session, [customer(1), customer(2, profit=6.0), customer(3)], NOW)
        number = await trained_models.record(session, model())
        scores = [NewScore(1, 0.9, [{"feature": "promo_share"}]), NewScore(2, 0.9, []), NewScore(3, 0.1, [])]
        assert await churn_scores.replace(session, scores, number, NOW) == 3

    async with database.reading() as session:
        assert [score.customer_id for score, _ in await churn_scores.page(session, limit=2)] == [2, 1]
        assert [score.customer_id for score, _ in await churn_scores.page(session, limit=2, offset=2)] == [3]
        assert await churn_scores.at_risk(session, 0.9) == churn_scores.AtRisk(scored=3, at_risk=2, profit=10.0)
        found = await churn_scores.find(session, 1)
        assert found is not None
        assert found.reasons == [{"feature": "promo_share"}]


async def test_one_model_of_a_kind_answers_and_the_way_back_leads_to_the_one_before(database: Database) -> None:
    async with database.session() as session:
        first, never, second = [await trained_models.record(session, model(file=name)) for name in "abc"]
        other = await trained_models.record(session, model(kind="session-gender"))
        for number in (first, other, second):
            await trained_models.activate(session, number, NOW)
    assert never == 2

    async with database.session() as session:
        back = await trained_models.roll_back(session, "churn", NOW)
        assert back is not None
        assert (back.id, back.active) == (first, True)
        assert await trained_models.roll_back(session, "churn", NOW) is None
    async with database.session() as session:
        await trained_models.activate(session, await trained_models.record(session, model(file="d")), NOW)
        again = await trained_models.roll_back(session, "churn", NOW)
        assert again is not None
        assert again.id == first  # not the second, which was taken back itself
    async with database.reading() as session:
        assert [row.active for row in await trained_models.history(session, "churn")] == [False, False, False, True]
        kept = await trained_models.active(session, "session-gender")
        assert kept is not None
        assert kept.id == other


async def test_the_database_itself_refuses_two_active_models_of_a_kind(database: Database) -> None:
    async with database.session() as session:
        for _ in range(2):
            await trained_models.record(session, model())
    with pytest.raises(IntegrityError):
        async with database.session() as session:
            await session.execute(update(TrainedModel).values(active=True))


async def test_a_session_saved_again_has_the_views_of_the_last_time(database: Database) -> None:
    row = {"session_id": "u1", "started_at": NOW, "ended_at": NOW, "gender": None, "visitor": "v1", "synthetic": False}
    view = {"session_id": "u1", "position": 1}
    view |= {"category_a": "A1", "category_b": "B1", "category_c": "C1", "category_d": "D1"}
    async with database.session() as session:
        await shop_sessions.save(session, [row], [view, {**view, "position": 2}])
    async with database.session() as session:
        await shop_sessions.save(session, [{**row, "gender": "male"}], [view])

    async with database.reading() as session:
        assert [seen.position for seen in await shop_sessions.views(session, ["u1"])] == [1]
        assert await shop_sessions.count_views(session, "u1", "B1") == 1
        assert await shop_sessions.count_views(session, "u1", "B2") == 0
        assert await shop_sessions.count_views(session, "u2", "B1") == 0
        assert await shop_sessions.counts(session) == shop_sessions.SessionCounts(1, 1, 0)


async def test_the_past_of_a_visitor_holds_no_session_that_had_not_ended(database: Database) -> None:
    def at(name: str, hours: int, visitor: str = "v1") -> dict[str, Any]:
        start = NOW + timedelta(hours=hours)
        ends = start + timedelta(minutes=30)
        return {
            "session_id": name,
            "started_at": start,
            "ended_at": ends,
            "gender": None,
            "visitor": visitor,
            "synthetic": False,
        }

    async with database.session() as session:
        await shop_sessions.save(session, [at("a", 0), at("b", 1), at("c", 2), at("x", 0, "v2")], [])

    async with database.reading() as session:
        past = await shop_sessions.past(session, "v1", NOW + timedelta(hours=2), limit=5)
        assert [row.session_id for row in past] == ["b", "a"]
        assert [row.session_id for row in await shop_sessions.past(session, "v1", NOW, limit=5)] == []


async def test_quarantine_keeps_the_rows_of_the_last_import_of_each_kind(database: Database) -> None:
    async with database.session() as session:
        await quarantine.replace(session, "customers", [Untrusted("a.csv", 2, "old", "1,2")], NOW)
        await quarantine.replace(session, "sessions", [Untrusted("s.csv", 9, "no start", "u1")], NOW)
        await quarantine.replace(session, "customers", [Untrusted("a.csv", 3, "new", "1,2")], NOW)

        assert [row.reason for row in await quarantine.page(session, limit=9)] == ["no start", "new"]
        assert [row.line for row in await quarantine.page(session, "customers", limit=9)] == [3]
        assert await quarantine.count(session) == 2
