"""A shop that is cut off is served from its own machine, and the chain learns of it once, and of no visit twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db import lifecycle, offering, shops, staff, visits
from db.models import Delivery
from db.offering import EVERYBODY
from db.standby import account, roster
from db.visits import NewVisit
from tests.cut_shop import CutShop
from tests.visits import new_visit
from worker.writer import Writer

Until = Callable[..., AsyncIterator[None]]


async def told_here(shop: CutShop, writer: Writer, until: Until, *names: str) -> NewVisit:
    """A visitor comes while the shop is cut off; these people have got a card from the local bot."""
    visit = shop.enters(writer)
    await until(lambda: shop.known(shop.local, visit))
    await shop.card_sent(visit, *names)
    return visit


async def taken_here(shop: CutShop, writer: Writer, until: Until, name: str) -> NewVisit:
    """The same, and this person has taken them."""
    visit = await told_here(shop, writer, until, name)
    async with shop.local.session() as session:
        assert await lifecycle.claim(session, visit.id, shop.people[name])
    return visit


@asynccontextmanager
async def cut_off(shop: CutShop) -> AsyncIterator[Writer]:
    """The worker, cut off from the beginning of the block."""
    async with shop.worker() as writer:
        shop.cut()
        yield writer


async def forwarded(shop: CutShop, writer: Writer, until: Until) -> None:
    """The line is mended, and what waited has gone through it."""
    shop.mend()
    await until(lambda: not shop.spool.path.exists() and writer._done.is_set())
    await shop.exchange.round()


async def test_who_was_served_here_is_served_there_and_nobody_is_asked_again(cut_shop: CutShop, until: Until) -> None:
    anna = cut_shop.people["Anna"]
    async with cut_off(cut_shop) as writer:
        visit = await told_here(cut_shop, writer, until, "Anna", "Boris")
        async with cut_shop.local.session() as session:
            assert await lifecycle.claim(session, visit.id, anna)
        async with cut_shop.local.session() as session:
            assert await lifecycle.serve(session, visit.id, anna, "kids", then="waiting")
        await forwarded(cut_shop, writer, until)
    here, there = await cut_shop.row(cut_shop.local, visit), await cut_shop.row(cut_shop.far, visit)
    for name in ("state", "claimed_by", "claimed_at", "first_claimed_at", "closed_at", "wanted", "recorded_at"):
        assert getattr(here, name) == getattr(there, name), name
    assert (there.state, there.wanted, there.faces) == ("served", "kids", 30)
    assert await cut_shop.outcomes(cut_shop.far, visit) == {"Anna": ("served", "kids")}
    assert await cut_shop.cards(cut_shop.far, visit) == {}
    assert await cut_shop.statuses(cut_shop.far) == {"Anna": "waiting", "Boris": "waiting", "Vera": "off"}
    assert await cut_shop.notices(cut_shop.local, "standby_rests") == ["Anna", "Boris"]
    cut_shop.restart()  # what a standby that ended there would do again
    await cut_shop.exchange.round()
    assert await cut_shop.notices(cut_shop.local, "standby_rests") == ["Anna", "Boris"]
    assert await cut_shop.outcomes(cut_shop.far, visit) == {"Anna": ("served", "kids")}


async def test_whom_nobody_took_the_main_bot_asks_about_but_not_who_has_declined(
    cut_shop: CutShop, until: Until
) -> None:
    async with cut_off(cut_shop) as writer:
        visit = await told_here(cut_shop, writer, until, "Anna", "Boris")
        async with cut_shop.local.session() as session:
            assert await lifecycle.decline(session, visit.id, cut_shop.people["Boris"], EVERYBODY)
        await forwarded(cut_shop, writer, until)
    assert (await cut_shop.row(cut_shop.local, visit)).state == "recorded"
    assert (await cut_shop.row(cut_shop.far, visit)).state == "offered"
    assert await cut_shop.cards(cut_shop.far, visit) == {"Anna": "pending", "Boris": "expired"}
    assert await cut_shop.outcomes(cut_shop.far, visit) == {"Boris": ("not_mine", None)}
    async with cut_shop.local.session() as session:
        assert not await lifecycle.claim(session, visit.id, cut_shop.people["Anna"]), "one bot at a time"


async def test_whom_somebody_has_taken_is_finished_here(cut_shop: CutShop, until: Until) -> None:
    anna = cut_shop.people["Anna"]
    async with cut_off(cut_shop) as writer:
        visit = await taken_here(cut_shop, writer, until, "Anna")
        await forwarded(cut_shop, writer, until)
        there = await cut_shop.row(cut_shop.far, visit)
        assert (there.state, there.claimed_by) == ("claimed", anna)
        assert there.reminded_at is not None, "the bot that told of it reminds of it"
        assert (await cut_shop.statuses(cut_shop.far))["Anna"] == "busy"
        async with cut_shop.local.session() as session:
            assert await lifecycle.leave(session, visit.id, anna, then="waiting")
        await cut_shop.exchange.round()
    assert (await cut_shop.row(cut_shop.far, visit)).state == "left"
    assert await cut_shop.cards(cut_shop.far, visit) == {}
    assert (await cut_shop.statuses(cut_shop.far))["Anna"] == "waiting"


async def test_who_is_passed_on_when_the_line_is_back_is_offered_there(cut_shop: CutShop, until: Until) -> None:
    anna = cut_shop.people["Anna"]
    async with cut_off(cut_shop) as writer:
        visit = await taken_here(cut_shop, writer, until, "Anna")
        await forwarded(cut_shop, writer, until)
        async with cut_shop.local.session() as session:
            assert await lifecycle.pass_on(session, visit.id, anna, EVERYBODY, then="waiting")
        await cut_shop.exchange.round()
    assert (await cut_shop.row(cut_shop.far, visit)).state == "offered"
    assert await cut_shop.cards(cut_shop.far, visit) == {"Boris": "pending"}
    assert await cut_shop.outcomes(cut_shop.far, visit) == {"Anna": ("passed_on", None)}
    await cut_shop.exchange.round()
    assert await cut_shop.cards(cut_shop.far, visit) == {"Boris": "pending"}


async def test_who_was_asked_here_and_taken_by_nobody_is_missed_there(cut_shop: CutShop, until: Until) -> None:
    async with cut_off(cut_shop) as writer:
        visit = await told_here(cut_shop, writer, until, "Anna")
        async with cut_shop.local.session() as session:
            assert await offering.miss(session, visit.id, datetime.now(UTC))
        await forwarded(cut_shop, writer, until)
    assert (await cut_shop.row(cut_shop.far, visit)).state == "missed"
    assert await cut_shop.cards(cut_shop.far, visit) == {}


async def test_whom_nobody_could_be_told_of_here_is_offered_there(cut_shop: CutShop, until: Until) -> None:
    async with cut_shop.local.session() as session:
        for name in ("Anna", "Boris"):
            (await staff.get(session, cut_shop.people[name])).unreachable_since = datetime.now(UTC)
    async with cut_off(cut_shop) as writer:
        visit = cut_shop.enters(writer)
        await until(lambda: cut_shop.known(cut_shop.local, visit))
        await forwarded(cut_shop, writer, until)
    assert await cut_shop.cards(cut_shop.far, visit) == {"Anna": "pending", "Boris": "pending"}
    assert await cut_shop.notices(cut_shop.local, "standby_rests") == []


async def test_a_worker_that_is_killed_while_cut_off_has_nobody_asked_twice(cut_shop: CutShop, until: Until) -> None:
    anna = cut_shop.people["Anna"]
    async with cut_off(cut_shop) as writer:
        visit = await told_here(cut_shop, writer, until, "Anna", "Boris")
        left = cut_shop.spool.path.read_bytes()
    cut_shop.spool.path.write_bytes(left)  # as SIGKILL leaves it
    async with cut_shop.local.session() as session:
        assert await lifecycle.claim(session, visit.id, anna)
    cut_shop.restart()
    async with cut_shop.worker() as writer:
        other = await told_here(cut_shop, writer, until, "Boris")
        assert (await cut_shop.row(cut_shop.local, visit)).state == "claimed"
        await forwarded(cut_shop, writer, until)
    assert (await cut_shop.row(cut_shop.far, visit)).state == "claimed"
    assert await cut_shop.cards(cut_shop.far, visit) == {}
    assert (await cut_shop.row(cut_shop.far, other)).state == "offered"


async def test_a_moment_without_the_database_and_what_is_too_old_are_not_told_of_here(
    cut_shop: CutShop, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.standby.AFTER_SECONDS", 2)
    async with cut_off(cut_shop) as writer:
        soon = cut_shop.enters(writer)
        await until(cut_shop.spool.path.exists)
        await forwarded(cut_shop, writer, until)
        cut_shop.cut()
        old = cut_shop.enters(writer, ago=cut_shop.config.bot.max_age + 5)
        new = await told_here(cut_shop, writer, until, "Anna")
        await forwarded(cut_shop, writer, until)
    assert not await cut_shop.known(cut_shop.local, soon)
    assert not await cut_shop.known(cut_shop.local, old)
    assert [(await cut_shop.row(cut_shop.far, one)).state for one in (soon, old, new)] == [
        "offered",
        "missed",
        "offered",
    ]


async def test_what_people_say_while_cut_off_holds_unless_they_said_otherwise_there(
    cut_shop: CutShop, until: Until
) -> None:
    anna, boris = cut_shop.people["Anna"], cut_shop.people["Boris"]
    cut_shop.cut()
    async with cut_shop.local.session() as session:
        await staff.set_status(session, anna, "off")
        await staff.set_status(session, boris, "busy")
    async with cut_shop.far.session() as session:
        await staff.set_status(session, boris, "off")
    cut_shop.mend()
    await cut_shop.exchange.round()
    for database in (cut_shop.far, cut_shop.local):
        assert await cut_shop.statuses(database) == {"Anna": "off", "Boris": "off", "Vera": "off"}


async def test_who_took_somebody_here_and_was_removed_there_is_nobody(cut_shop: CutShop, until: Until) -> None:
    anna = cut_shop.people["Anna"]
    async with cut_off(cut_shop) as writer:
        visit = await taken_here(cut_shop, writer, until, "Anna")
        async with cut_shop.local.session() as session:
            assert await lifecycle.serve(session, visit.id, anna, "kids", then="waiting")
        async with cut_shop.far.session() as session:
            await staff.remove(session, anna)
        await forwarded(cut_shop, writer, until)
    there = await cut_shop.row(cut_shop.far, visit)
    assert (there.state, there.wanted, there.claimed_by) == ("served", "kids", None)
    assert await cut_shop.outcomes(cut_shop.far, visit) == {}
    assert await cut_shop.statuses(cut_shop.local) == {"Boris": "waiting", "Vera": "off"}


async def test_a_customer_at_a_till_is_asked_for_a_document_once(cut_shop: CutShop, until: Until) -> None:
    async with cut_off(cut_shop) as writer:
        visit = cut_shop.enters(writer, checkout=True, age_check="likely")
        await until(lambda: cut_shop.known(cut_shop.local, visit))
        await forwarded(cut_shop, writer, until)
    assert await cut_shop.notices(cut_shop.local, "age_check") == ["Vera", "Anna", "Boris"]
    assert await cut_shop.notices(cut_shop.far, "age_check") == []
    assert (await cut_shop.row(cut_shop.far, visit)).checkout


async def test_without_a_local_database_the_visits_are_forwarded_all_the_same(
    cut_shop: CutShop, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    async with cut_off(cut_shop) as writer:
        await cut_shop.local.close()
        for file in cut_shop.spool.path.parent.glob("standby.db*"):
            file.unlink()
        cut_shop.spool.path.parent.joinpath("standby.db").mkdir()
        visit = cut_shop.enters(writer)
        await until(lambda: "nobody is told of visit" in caplog.text)
        cut_shop.mend()
        await until(lambda: cut_shop.known(cut_shop.far, visit))
    assert (await cut_shop.row(cut_shop.far, visit)).state == "offered"


async def test_people_who_never_started_the_standby_are_asked_to_once_and_managers_told(cut_shop: CutShop) -> None:
    async with cut_shop.far.session() as session:
        gleb = await staff.add(session, "Gleb", "assistant", telegram_id=1009, shop_id=1)
        await staff.login(session, telegram_id=1009, username=None, chat_id=1009)
        await staff.set_status(session, gleb.id, "waiting")
    before = await cut_shop.notices(cut_shop.far, "standby_start")
    for _ in range(2):
        await cut_shop.exchange.round()
    assert (await cut_shop.notices(cut_shop.far, "standby_start"))[len(before) :] == ["Gleb"]
    assert (await cut_shop.notices(cut_shop.far, "standby_strangers"))[-1] == "Vera"


async def test_what_is_settled_is_forgotten_a_day_later(
    cut_shop: CutShop, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cut_off(cut_shop) as writer:
        visit = await told_here(cut_shop, writer, until, "Anna")
        await forwarded(cut_shop, writer, until)
    await cut_shop.exchange.round()
    assert await cut_shop.known(cut_shop.local, visit)
    monkeypatch.setattr("bot.standby.exchange._CARDS_ARE_KEPT", timedelta())
    await asyncio.sleep(0.01)
    await cut_shop.exchange.round()
    assert not await cut_shop.known(cut_shop.local, visit)
    assert await cut_shop.known(cut_shop.far, visit)


async def test_a_hand_over_that_a_second_cut_breaks_off_ends_with_the_main_bot(cut_shop: CutShop, until: Until) -> None:
    async with cut_off(cut_shop) as writer:
        visit = await told_here(cut_shop, writer, until, "Anna")
        async with cut_shop.local.session() as session:
            await account.hand_over(session, visit.id)  # committed, and what was to follow in the chain was not
        await forwarded(cut_shop, writer, until)
    assert await cut_shop.cards(cut_shop.far, visit) == {"Anna": "pending", "Boris": "pending"}


async def test_whom_the_chain_does_not_get_to_know_in_the_end_the_shop_goes_on_with(
    cut_shop: CutShop, until: Until
) -> None:
    """A second cut, when the visit is handed over here already and its transaction there is about to commit."""
    anna = cut_shop.people["Anna"]

    async def offered_again() -> bool:
        edited = select(Delivery.edit_due).where(Delivery.visit_id == visit.id, Delivery.staff_id == anna)
        async with cut_shop.local.reading() as session:
            was_handed_over = bool(await session.scalar(edited))  # her card is to say so, and then to be as before
        return was_handed_over and (await cut_shop.row(cut_shop.local, visit)).state == "offered"

    async with cut_shop.worker() as writer:
        cut_shop.enters(writer)  # so that the worker knows its shop, and the next commit is that of the hand-over
        await until(writer._done.is_set)
        cut_shop.cut()
        visit = await told_here(cut_shop, writer, until, "Anna")
        cut_shop.way.sever = b"COMMIT"
        cut_shop.mend()
        await until(cut_shop.way.closed.is_set)
        await until(offered_again)
        assert not await cut_shop.known(cut_shop.far, visit)
        assert await cut_shop.cards(cut_shop.local, visit) == {"Anna": "sent", "Boris": "pending"}
        async with cut_shop.local.session() as session:
            assert await lifecycle.claim(session, visit.id, anna)
        await forwarded(cut_shop, writer, until)
    there = await cut_shop.row(cut_shop.far, visit)
    assert (there.state, there.claimed_by) == ("claimed", anna)
    assert await cut_shop.cards(cut_shop.far, visit) == {}


async def test_a_customer_at_a_till_is_offered_to_nobody_when_a_hand_over_breaks_off(cut_shop: CutShop) -> None:
    visit = new_visit(datetime.now(UTC), checkout=True)
    async with cut_shop.local.session() as session:
        await visits.record(session, visit, notify=False)
        assert not await account.take_back(session, visit.id, EVERYBODY, datetime.now(UTC))
    assert await cut_shop.cards(cut_shop.local, visit) == {}


async def test_whom_both_bots_ask_about_is_had_by_who_took_them_here(cut_shop: CutShop) -> None:
    """A commit that the worker did not wait for any longer arrived after all."""
    visit, anna = new_visit(datetime.now(UTC)), cut_shop.people["Anna"]
    for database in (cut_shop.far, cut_shop.local):
        async with database.session() as session:
            await visits.record(session, visit, notify=True)
    await cut_shop.card_sent(visit, "Anna")
    async with cut_shop.local.session() as session:
        assert await lifecycle.claim(session, visit.id, anna)
    await cut_shop.exchange.round()
    there = await cut_shop.row(cut_shop.far, visit)
    assert (there.state, there.claimed_by) == ("claimed", anna)
    assert await cut_shop.cards(cut_shop.far, visit) == {"Anna": "expired", "Boris": "expired"}


async def test_the_staff_list_of_the_chain_is_that_of_the_shop(cut_shop: CutShop) -> None:
    async with cut_shop.far.session() as session:
        elsewhere = await shops.add(session, "Tallinn", "Europe/Tallinn")
        anna = await staff.get(session, cut_shop.people["Anna"])
        anna.departments, anna.quiet, anna.language, anna.name = ["kids"], ["22:00", "08:00"], "en", "Anna B"
        await staff.move(session, cut_shop.people["Boris"], elsewhere.id)
        await staff.add(session, "Gleb", "assistant", username="gleb", shop_id=anna.shop_id)
    await cut_shop.exchange.round()
    async with cut_shop.local.reading() as session:
        here = {person.name: person for person in await staff.list_all(session)}
    assert sorted(here) == ["Anna B", "Vera"], "Boris works elsewhere, and Gleb has not signed in"
    anna = here["Anna B"]
    assert (anna.departments, anna.quiet, anna.language, anna.chat_id) == (["kids"], ["22:00", "08:00"], "en", 1001)


async def test_what_somebody_says_during_an_exchange_is_carried_by_the_next(cut_shop: CutShop) -> None:
    anna = cut_shop.people["Anna"]
    async with cut_shop.far.reading() as session:
        people = await roster.people(session, 1)
    async with cut_shop.local.session() as session:
        await staff.set_status(session, anna, "off")
    async with cut_shop.local.session() as session:
        await roster.copy(session, 1, people, [])
    assert (await cut_shop.statuses(cut_shop.local))["Anna"] == "off"
    await cut_shop.exchange.round()
    assert (await cut_shop.statuses(cut_shop.far))["Anna"] == "off"
