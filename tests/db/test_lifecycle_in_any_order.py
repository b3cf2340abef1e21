"""Whatever is pressed, sent and awaited, in whatever order: a visit walks only the legal paths."""

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
IN_TURN = Offer("turn", 20)

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
