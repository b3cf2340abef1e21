"""The life of a visit: whatever is pressed, sent and awaited in whatever order, only the legal paths are walked."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from db import giving_up, lifecycle, offering, outbox, staff, visits
from db.engine import Database
from db.models import Delivery, Notice, Outcome, Visit
from db.offering import EVERYBODY, Offer
from db.outbox import Due
from tests.visits import new_visit

SEEN = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
IN_TURN = Offer(EVERYBODY.timezone, "turn", 20)

LEGAL = {
    ("offered", "claimed"),
    ("offered", "missed"),
    ("claimed", "offered"),
    ("claimed", "served"),
    ("claimed", "left"),
    ("claimed", "unknown"),
}
CLOSED = {"served", "left", "unknown", "missed"}

ASSISTANTS, MANAGER = (0, 1, 2), 3
somebody = st.integers(0, 3)


class Life(RuleBasedStateMachine):
    """One visit, three assistants and a manager, who press anything at any time while cards come and time passes."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        shutil.copy(self.template, f"{self.folder.name}/amiko.db")
        self.database = Database(f"sqlite+aiosqlite:///{self.folder.name}/amiko.db")
        self.loop = asyncio.Runner()
        self.people: list[int] = []
        self.shown: dict[int, tuple[Any, ...]] = {}
        self.on_its_way: list[Due] = []

    def teardown(self) -> None:
        self.loop.run(self.database.close())
        self.loop.close()
        self.folder.cleanup()

    def change(self, work: Any, *arguments: Any, **more: Any) -> Any:
        """Do something in one transaction, and see what there is afterwards."""

        async def change() -> Any:
            async with self.database.session() as session:
                answer = await work(session, *arguments, **more)
                for visit in await session.scalars(select(Visit).execution_options(populate_existing=True)):
                    self.visit = visit
                self.outcomes = {o.staff_id: o.kind for o in await session.scalars(select(Outcome))}
                deliveries = await session.scalars(select(Delivery).execution_options(populate_existing=True))
                self.deliveries = {delivery.staff_id: delivery for delivery in deliveries}
                self.statuses = {person.id: person.status for person in await staff.list_all(session)}
                self.reminders = len(list(await session.scalars(select(Notice.id))))
                return answer

        return self.loop.run(change())

    @initialize(offer=st.sampled_from([EVERYBODY, IN_TURN]), waiting=st.sets(st.sampled_from(ASSISTANTS), min_size=1))
    def opens(self, offer: Offer, waiting: set[int]) -> None:
        async def hire(session: Any) -> list[int]:
            people = [await staff.add(session, f"P{n}", "assistant", telegram_id=n + 1) for n in ASSISTANTS]
            people.append(await staff.add(session, "M", "manager", telegram_id=MANAGER + 1))
            for n, person in enumerate(people):
                person.chat_id = n + 1
                if n in waiting:
                    await staff.set_status(session, person.id, "waiting")
            return [person.id for person in people]

        self.offer = offer
        self.people = self.change(hire)
        self.change(visits.record, new_visit(SEEN), notify=True, offer=offer)
        self.state = self.visit.state
        assert self.state == "offered"
        assert len(self.deliveries) == (1 if offer.mode == "turn" else len(waiting))

    @rule(who=somebody)
    def take(self, who: int) -> None:
        person = self.people[who]
        may = self.state == "offered" and person in self.deliveries and person not in self.outcomes
        assert self.change(lifecycle.claim, self.visit.id, person) == may
        if may:
            assert (self.visit.state, self.visit.claimed_by) == ("claimed", person)

    @rule(who=somebody)
    def skip(self, who: int) -> None:
        person = self.people[who]
        if person in self.deliveries:  # as the bot asks first
            may = self.state == "offered" and person not in self.outcomes
            assert self.change(lifecycle.decline, self.visit.id, person, self.offer) == may

    @rule(
        who=st.none() | somebody,
        how=st.sampled_from(["pass", "served", "left"]),
        then=st.sampled_from(["waiting", "busy"]),
    )
    def close(self, who: int | None, how: str, then: Any) -> None:
        """Whoever has the visit, or (`who`) somebody who may not, says how it ended."""
        visit = self.visit
        if who is not None:
            person = self.people[who]
        elif visit.claimed_by is not None:
            person = visit.claimed_by
        else:
            return
        may, before = self.state == "claimed" and visit.claimed_by == person, self.statuses[person]
        if how == "served":
            done = self.change(lifecycle.serve, visit.id, person, "kids", then=then)
        elif how == "left":
            done = self.change(lifecycle.leave, visit.id, person, then=then)
        else:
            done = self.change(lifecycle.pass_on, visit.id, person, self.offer, then=then)
        assert done == may
        if may:
            assert self.visit.state == {"pass": "offered"}.get(how, how)
            if person != self.people[MANAGER]:  # and only if nothing else was said meanwhile
                assert self.statuses[person] == (then if before == "busy" else before)

    @rule(what=st.sampled_from(["next", "remind", "escalate", "give up", "miss"]))
    def time_passes(self, what: str) -> None:
        visit, now = self.visit, datetime.now(UTC)
        if what == "miss":
            assert self.change(offering.miss, visit.id, now) == (self.state == "offered")
        elif what == "escalate":
            told = self.change(offering.escalate, visit.id, now)
            assert told == (self.state == "offered" and visit.escalated_at is None)
        elif what == "next":
            if visit.next_offer_at is not None:  # as the timers do
                assert self.change(offering.offer_next, visit.id, self.offer, now)
        elif what == "remind":
            before = self.reminders
            reminded = self.change(lifecycle.remind, visit.id, now)
            assert reminded == (self.state == "claimed" and visit.reminded_at is None)
            assert self.reminders == before + reminded
        else:
            assert self.change(lifecycle.give_up, visit.id, now, then="waiting") == (self.state == "claimed")

    @rule(who=st.sampled_from(ASSISTANTS), status=st.sampled_from(["waiting", "off"]))
    def sets_status(self, who: int, status: Any) -> None:
        self.change(staff.set_status, self.people[who], status)

    @rule(refused=st.none() | somebody)
    def sends(self, refused: int | None) -> None:
        """The notifier takes the cards that are due; they arrive, but for one that may be refused for good."""
        for card in self.due(outbox.due):
            if refused is not None and card.staff_id == self.people[refused]:
                self.change(giving_up.fail, card.id, error="Forbidden")
            else:
                self.shown[card.staff_id] = content(card)
                self.change(outbox.mark_sent, card.id, message_id=card.id, photo=False)

    @rule()
    def edits_begin(self) -> None:
        self.on_its_way = self.due(outbox.edits_due)

    @rule()
    def edits_end(self) -> None:
        for card in self.on_its_way:
            self.shown[card.staff_id] = content(card)
            self.change(outbox.mark_edited, card)
        self.on_its_way = []

    def due(self, which: Any) -> list[Due]:
        return list(self.change(which, datetime.now(UTC) + timedelta(minutes=1), 10))

    @invariant()
    def only_legal_steps_are_taken(self) -> None:
        if self.people:
            state = self.visit.state
            assert state == self.state or (self.state, state) in LEGAL
            self.state = state

    @invariant()
    def the_row_is_consistent(self) -> None:
        if not self.people:
            return
        visit, outcomes = self.visit, self.outcomes
        assert (visit.claimed_by is not None) == (visit.state in {"claimed", "served", "left", "unknown"})
        assert (visit.claimed_at is not None) == (visit.claimed_by is not None)
        assert (visit.closed_at is not None) == (visit.state in CLOSED)
        assert (visit.wanted is not None) == (visit.state == "served")
        ends = {person: kind for person, kind in outcomes.items() if kind in {"served", "left", "unknown"}}
        assert ends == ({visit.claimed_by: visit.state} if visit.state in {"served", "left", "unknown"} else {})
        if visit.state == "claimed":
            assert visit.claimed_by not in outcomes
        assert (visit.first_claimed_at is not None) == (
            visit.claimed_by is not None or "passed_on" in outcomes.values()
        )
        managers = [d for d in self.deliveries.values() if d.kind == "escalation"]
        assert len(managers) <= (visit.escalated_at is not None)

    @invariant()
    def every_card_tells_the_truth_or_is_about_to(self) -> None:
        if not self.people:
            return
        visit, outcomes = self.visit, self.outcomes
        for person, delivery in self.deliveries.items():
            if delivery.state == "sent" and not delivery.edit_due:
                mine = outcomes.get(person)
                truth = (mine,) if mine in {"not_mine", "passed_on"} else (mine, visit.state, visit.claimed_by)
                assert self.shown[person] == truth
            if visit.state != "offered":
                assert delivery.state != "pending"


def content(card: Due) -> tuple[Any, ...]:
    """What a card says, as far as it can change."""
    if card.outcome in {"not_mine", "passed_on"}:
        return (card.outcome,)
    return (card.outcome, card.state, card.taken_by)


def test_whatever_happens_only_legal_paths_are_walked(tmp_path) -> None:
    class LifeHere(Life):
        template = tmp_path / "template.db"

    async def prepare() -> None:
        database = Database(f"sqlite+aiosqlite:///{LifeHere.template}")
        await database.upgrade()
        await database.close()

    asyncio.run(prepare())
    case = LifeHere.TestCase()
    case.settings = settings(
        max_examples=40,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],  # a failure is a list of at most 25 steps; making it shorter takes minutes
    )
    case.runTest()


async def test_a_visit_that_goes_on_while_its_card_is_edited_is_edited_again(database, make_visit, hire) -> None:
    anna, boris = await hire("Anna", 1001), await hire("Boris", 1002)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        for card in await outbox.due(session, datetime.now(UTC), 10):
            await outbox.mark_sent(session, card.id, message_id=card.id, photo=False)
        await lifecycle.claim(session, visit.id, anna.id)
        on_their_way = await outbox.edits_due(session, datetime.now(UTC), 10)
        await lifecycle.pass_on(session, visit.id, anna.id, EVERYBODY, then="waiting")
        for card in on_their_way:
            await outbox.mark_edited(session, card)

        again = await outbox.edits_due(session, datetime.now(UTC), 10)
        assert {(card.staff_id, card.state, card.outcome) for card in again} == {
            (anna.id, "offered", "passed_on"),
            (boris.id, "offered", None),
        }
        for card in again:
            await outbox.mark_edited(session, card)
        assert await outbox.edits_due(session, datetime.now(UTC), 10) == []


async def test_a_tap_and_a_timer_at_once_have_one_winner(database, url, make_visit, hire) -> None:
    people = [await hire(f"Assistant {n}", 1000 + n) for n in range(10)]
    elsewhere = Database(url)  # another process has a connection of its own
    for _ in range(10):
        visit = make_visit()
        async with database.session() as session:
            await visits.record(session, visit, notify=True)

        async def claim(staff_id: int, visit_id: str = visit.id) -> bool:
            async with database.session() as session:
                return await lifecycle.claim(session, visit_id, staff_id)

        async def miss(visit_id: str = visit.id) -> bool:
            async with elsewhere.session() as session:
                return await offering.miss(session, visit_id, datetime.now(UTC))

        won = await asyncio.gather(*(claim(person.id) for person in people[:5]), miss(), claim(people[5].id))

        assert sum(won) == 1
        async with database.reading() as session:
            row = await session.get_one(Visit, visit.id)
        assert (row.state == "missed") == won[5]
        async with database.session() as session:
            for person in people:
                await staff.set_status(session, person.id, "waiting")
    await elsewhere.close()


async def test_a_visit_whose_assistant_is_removed_is_still_closed(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        await lifecycle.claim(session, visit.id, anna.id)
    async with database.session() as session:
        await staff.remove(session, anna.id)

    async with database.session() as session:
        assert await lifecycle.remind(session, visit.id, datetime.now(UTC))
        assert await lifecycle.give_up(session, visit.id, datetime.now(UTC), then="waiting")
    async with database.reading() as session:
        assert (await session.get_one(Visit, visit.id)).state == "unknown"
        assert list(await session.scalars(select(Notice))) == []


async def test_in_turn_who_begins_to_wait_later_is_asked_later(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True, offer=IN_TURN)
        assert await offering.offer_next(session, visit.id, IN_TURN, datetime.now(UTC))  # there is nobody yet
    boris = await hire("Boris", 1002)
    async with database.session() as session:
        assert await offering.offer_next(session, visit.id, IN_TURN, datetime.now(UTC))
        asked = await session.scalars(select(Delivery.staff_id).order_by(Delivery.id))
        assert list(asked) == [anna.id, boris.id]


async def test_a_visit_passed_on_is_as_old_as_its_new_offer(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        (await session.get_one(Visit, visit.id)).recorded_at = datetime.now(UTC) - timedelta(hours=1)
        await lifecycle.claim(session, visit.id, anna.id)
    await hire("Boris", 1002)
    async with database.session() as session:
        await lifecycle.pass_on(session, visit.id, anna.id, EVERYBODY, then="waiting")
        assert await giving_up.expire_older_than(session, datetime.now(UTC) - timedelta(minutes=5)) == 0
        (open_,) = await lifecycle.open_visits(session)
    assert open_.state == "offered"
    assert datetime.now(UTC) - open_.offered_at < timedelta(minutes=1)
