"""Shops: what they are called, and that nothing of one is told, offered or counted in another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db import (
    age_checks,
    applicants,
    availability,
    cameras,
    invites,
    lifecycle,
    notices,
    offering,
    shops,
    staff,
    visits,
)
from db.chain import glances
from db.figures import Span
from db.models import Delivery, Notice, Staff
from db.offering import EVERYBODY, Offer
from db.statistics import figures
from tests.past import came

MONDAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
EAST, WEST = "Asia/Vladivostok", "Europe/Kaliningrad"


@pytest.fixture
async def east(database) -> int:
    async with database.session() as session:
        return (await shops.settle(session, "Восток", EAST)).id


@pytest.fixture
async def west(database, east) -> int:
    async with database.session() as session:
        return (await shops.add(session, "Запад", WEST)).id


@pytest.fixture
def hire(database):
    """Adds somebody who has signed in and, an assistant, waits."""
    ids = iter(range(1000, 2000))

    async def hire(name: str, shop_id: int, role="assistant", **fields) -> Staff:
        number = next(ids)
        async with database.session() as session:
            person = await staff.add(session, name, role, telegram_id=number, shop_id=shop_id)
            await staff.login(session, telegram_id=number, username=None, chat_id=number)
            await staff.set_status(session, person.id, "waiting" if role == "assistant" else "off")
            for field, value in fields.items():
                setattr(person, field, value)
        return person

    return hire


async def recorded(database, make_visit, shop_id, **changes):
    """A visit that is offered in this shop."""
    visit = make_visit(snapshot=None, **changes)
    async with database.session() as session:
        await visits.record(session, visit, notify=True, offer=EVERYBODY, shop_id=shop_id)
    return visit


async def asked(database, visit) -> set[str]:
    """The names of those whom a visit is to be told to."""
    async with database.reading() as session:
        query = select(Staff.name).join(Delivery, Delivery.staff_id == Staff.id).where(Delivery.visit_id == visit.id)
        return set(await session.scalars(query))


async def noticed(database) -> list[str]:
    """The names of those whom notices are to be told to."""
    async with database.reading() as session:
        return sorted(await session.scalars(select(Staff.name).join(Notice, Notice.staff_id == Staff.id)))


async def test_a_new_database_begins_with_the_shop_that_config_yaml_names(database) -> None:
    async with database.session() as session:
        first = await shops.settle(session, "Дом & сад", EAST)
        assert (await shops.settle(session, "дом  & САД", WEST)).id == first.id

    async with database.reading() as session:
        (shop,) = await shops.list_all(session)
        assert (shop.name, shop.time_zone) == ("дом & САД", WEST)
        assert (await shops.find(session, "ДОМ & САД")).id == shop.id


async def test_another_name_is_a_new_name_in_a_file_and_another_shop_on_a_server(database) -> None:
    async with database.session() as session:
        first = await shops.settle(session, "Восток", EAST)
        second = await shops.settle(session, "Запад", WEST)
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        assert (first.id == second.id) is on_sqlite
        assert [shop.name for shop in await shops.list_all(session)] == (
            ["Запад"] if on_sqlite else ["Восток", "Запад"]
        )


async def test_with_several_shops_another_name_is_another_shop_everywhere(database, east, west) -> None:
    async with database.session() as session:
        third = await shops.settle(session, "Север", "Europe/Moscow")
        assert {shop.id for shop in await shops.list_all(session)} == {east, west, third.id}


@pytest.mark.parametrize(
    ("name", "zone", "says"),
    [
        (" ", EAST, "a shop's name must have 1 to 64 characters"),
        ("ВОСТОК", EAST, "a shop is called Восток already"),
        (" ALL", EAST, "a shop's name cannot be 'ALL', which stands for all shops at once"),
        ("Сеть", EAST, "a shop's name cannot be 'Сеть', which stands for all shops at once"),
        ("Север", "Mars/Olympus", "no time zone is called 'Mars/Olympus'"),
    ],
)
async def test_what_cannot_be_a_shop_is_said(database, east, name, zone, says) -> None:
    async with database.session() as session:
        with pytest.raises(shops.ShopError, match=says):
            await shops.add(session, name, zone)


async def test_a_shop_that_has_a_word_for_all_shops_as_its_name_keeps_it(database, east) -> None:
    async with database.session() as session:
        with pytest.raises(shops.ShopError, match=r"store\.name in config\.yaml is 'Все'"):
            await shops.require_askable(session, "Все")
        with pytest.raises(shops.ShopError, match="a shop's name cannot be 'Все'"):
            await shops.rename(session, east, "Все")
        shop = await shops.get(session, east)
        shop.name, shop.name_key = "Все", "все"  # as an earlier version let it be called
        await session.flush()
        await shops.require_askable(session, "Все")
        assert (await shops.settle(session, "Все", EAST)).id == east


async def test_nothing_is_written_for_nobodys_shop(database, east, west, make_visit) -> None:
    async with database.session() as session:
        with pytest.raises(shops.ShopError, match="has several shops; say which one is meant"):
            await visits.record(session, make_visit(), notify=False)
        with pytest.raises(shops.ShopError, match="'Север', and no shop of this database is called so"):
            await shops.of_config(session, "Север")


async def test_only_a_shop_that_nothing_belongs_to_can_be_removed(database, east, west, hire) -> None:
    await hire("Anna", west)
    async with database.session() as session:
        with pytest.raises(shops.ShopError, match="cannot be removed: people belong to it"):
            await shops.remove(session, west)
        assert (await shops.remove(session, east)).name == "Восток"
        with pytest.raises(shops.ShopError, match="is the only shop"):
            await shops.remove(session, west)


async def test_a_visit_is_offered_in_its_own_shop_alone(database, east, west, hire, make_visit) -> None:
    for name, shop_id in (("Anna", east), ("Boris", east), ("Carla", west)):
        await hire(name, shop_id)

    assert await asked(database, await recorded(database, make_visit, east)) == {"Anna", "Boris"}
    assert await asked(database, await recorded(database, make_visit, west)) == {"Carla"}


async def test_who_waits_elsewhere_saves_no_visit_from_being_missed(database, east, west, hire, make_visit) -> None:
    await hire("Carla", west)
    visit = await recorded(database, make_visit, east)
    async with database.reading() as session:
        (told,) = await visits.told(session, [visit.id])
    assert (told.state, told.receipts) == ("missed", ())


async def test_working_hours_are_meant_on_each_shops_own_clock(database, east, west, hire) -> None:
    for name, shop_id in (("Anna", east), ("Carla", west)):
        await hire(name, shop_id, hours={"mon": ["09:00", "18:00"]})

    async def available(shop_id: int, now: datetime) -> list[str]:
        async with database.reading() as session:
            people = await availability.available(session, shop_id=shop_id, camera="Вход", department="kids", now=now)
        return [person.name for person in people]

    morning = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)  # 10:00 in Vladivostok, 02:00 in Kaliningrad
    assert (await available(east, morning), await available(west, morning)) == (["Anna"], [])
    noon = morning + timedelta(hours=10)  # 20:00 and 12:00
    assert (await available(east, noon), await available(west, noon)) == ([], ["Carla"])


async def test_managers_are_asked_about_visits_of_their_own_shop(database, east, west, hire, make_visit) -> None:
    await hire("Anna", east)
    for name, shop_id, role in (
        ("Vera", east, "manager"),
        ("Olga", west, "manager"),
        ("Chief", west, "chain_manager"),
        ("Head", east, "chain_manager"),
    ):
        await hire(name, shop_id, role)
    visit = await recorded(database, make_visit, east)
    async with database.session() as session:
        assert await offering.escalate(session, visit.id, datetime.now(UTC))
    assert await asked(database, visit) == {"Anna", "Vera", "Head"}


@pytest.mark.parametrize("mode", ["all", "turn"])
async def test_a_visit_that_is_passed_on_stays_in_its_shop(database, east, west, hire, make_visit, mode) -> None:
    anna = await hire("Anna", east)
    await hire("Carla", west)
    visit = await recorded(database, make_visit, east)
    await hire("Boris", east)
    async with database.session() as session:
        assert await lifecycle.claim(session, visit.id, anna.id)
        assert await lifecycle.pass_on(session, visit.id, anna.id, Offer(mode, 20), then="waiting")
    assert await asked(database, visit) == {"Anna", "Boris"}


async def test_a_card_in_the_wrong_hands_takes_no_visit(database, east, west, hire, make_visit) -> None:
    await hire("Anna", east)
    carla = await hire("Carla", west)
    visit = await recorded(database, make_visit, east)
    async with database.session() as session:
        session.add(Delivery(visit_id=visit.id, visit_seen=visit.first_seen, staff_id=carla.id, state="sent"))
        await session.flush()
        assert not await lifecycle.claim(session, visit.id, carla.id)


async def test_who_moves_leaves_the_cards_of_the_old_shop_behind(database, east, west, hire, make_visit) -> None:
    anna = await hire("Anna", east, cameras=["Вход"])
    visit = await recorded(database, make_visit, east, camera="Вход")
    async with database.session() as session:
        await notices.tell(session, anna.id, "reminder", {})
        moved = await staff.move(session, anna.id, west)
        assert (moved.shop_id, moved.status, moved.cameras) == (west, "off", [])
    async with database.session() as session:
        assert list(await session.scalars(select(Delivery.state))) == ["expired"]
        assert list(await session.scalars(select(Notice.id))) == []
        assert not await lifecycle.claim(session, visit.id, anna.id)


async def test_nobody_moves_away_from_a_visitor(database, east, west, hire, make_visit) -> None:
    anna = await hire("Anna", east)
    visit = await recorded(database, make_visit, east)
    async with database.session() as session:
        assert await lifecycle.claim(session, visit.id, anna.id)
        with pytest.raises(staff.StaffError, match="Anna has taken a visitor"):
            await staff.move(session, anna.id, west)


async def test_the_last_manager_of_a_shop_stays_one_however_many_others_have(database, east, west, hire) -> None:
    vera = await hire("Vera", east, "manager")
    await hire("Olga", west, "manager")
    async with database.session() as session:
        for change in (
            staff.set_role(session, vera.id, "assistant"),
            staff.move(session, vera.id, west),
            staff.forget(session, vera.id),
        ):
            with pytest.raises(staff.LastManagerError, match="Vera is the only manager"):
                await change
        await staff.set_role(session, vera.id, "chain_manager")


async def test_a_till_asks_its_own_shop_for_documents(database, east, west, hire) -> None:
    for name, shop_id, role in (("Anna", east, "assistant"), ("Vera", east, "manager"), ("Olga", west, "manager")):
        await hire(name, shop_id, role)
    await hire("Carla", west, cameras=["till"])
    async with database.session() as session:
        number = await age_checks.tell(
            session, shop_id=east, camera="till", band="likely", decided_at=MONDAY, now=MONDAY
        )
    assert (number, await noticed(database)) == (2, ["Anna", "Vera"])


async def test_cameras_may_be_called_alike_and_are_told_apart(database, east, west) -> None:
    def report(state) -> cameras.CameraReport:
        return cameras.CameraReport("Вход", state, 8.0, 0, 0, None, MONDAY)

    async with database.session() as session:
        await cameras.write(session, [report("running")], east)
        await cameras.write(session, [report("failed")], west)
        assert await cameras.fall_silent(session, "Вход", MONDAY, west)
        assert not await cameras.come_back(session, "Вход", east)
    async with database.reading() as session:
        states = [(await cameras.statuses(session, ["Вход"], shop))["Вход"] for shop in (east, west)]
    assert [(status.report.state, status.alerted_at is None) for status in states] == [
        ("running", True),
        ("failed", False),
    ]

    async with database.session() as session:
        await cameras.forget_others(session, west, [])
        assert [shop_id for shop_id, _ in await cameras.everywhere(session)] == [east]


async def test_managers_are_noticed_of_their_own_shop(database, east, west, hire) -> None:
    await hire("Vera", east, "manager")
    await hire("Chief", west, "chain_manager")
    async with database.session() as session:
        assert await notices.tell_managers(session, east, "camera_silent", {}) == 1
    assert await noticed(database) == ["Vera"]


async def test_a_stranger_asks_one_shop_and_gets_into_that_one(database, east, west, hire) -> None:
    olga = await hire("Olga", west, "manager")
    who = {"telegram_id": 5, "chat_id": 5, "username": None, "name": "Dan", "now": MONDAY}
    async with database.session() as session:
        assert await applicants.ask(session, **who, shop_id=east) == "nobody"
        assert await applicants.ask(session, **who, shop_id=west) == "asked"
        assert await applicants.ask(session, **who, shop_id=west) == "again"
        person = await applicants.approve(session, 5, olga)
        assert person is not None
        assert person.shop_id == west


async def test_an_invitation_lets_into_its_shop(database, east, west) -> None:
    async with database.session() as session:
        token = await invites.create(session, name="Dan", role="assistant", hours=1, now=MONDAY, shop_id=west)
        used = await invites.use(session, token, telegram_id=5, chat_id=5, now=MONDAY)
        assert used is not None
        assert used[0].shop.name == "Запад"


async def test_each_shop_is_counted_for_itself_and_all_by_their_own_clocks(database, east, west) -> None:
    day = datetime(2026, 5, 3, 14, 0, tzinfo=UTC)  # midnight in Vladivostok
    later = timedelta(hours=8)  # midnight in Kaliningrad
    for minutes in (30, 90, 95):
        await came(database, day + timedelta(minutes=minutes), shop_id=east, department="kids")
    await came(database, day + later + timedelta(minutes=45), shop_id=west)
    await came(database, day + timedelta(minutes=45), shop_id=west)  # of the day before there

    def span(start: datetime, *ids: int) -> Span:
        return Span([start + timedelta(hours=n) for n in range(25)], ids)

    async with database.reading() as session:
        mine = await figures(session, [span(day, east)])
        both = await figures(session, [span(day, east), span(day + later, west)])
    assert (mine.visits, mine.slots[:3], mine.departments) == (3, (1, 2, 0), {"kids": 3})
    assert (both.visits, both.slots[:3]) == (4, (2, 2, 0))


async def test_a_glance_counts_today_on_each_clock(database, east, west, hire) -> None:
    now = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)  # 02:00 of the 5th in Vladivostok, 18:00 in Kaliningrad
    for hours in (1, 3):  # the second was yesterday in Vladivostok
        for shop_id in (east, west):
            await came(database, now - timedelta(hours=hours), shop_id=shop_id, taken_after=10 if hours == 1 else None)
    await hire("Anna", east)
    await hire("Carla", west, status="busy")
    async with database.session() as session:
        seen = cameras.CameraReport("Вход", "running", 8.0, 0, 0, None, now - timedelta(seconds=5))
        await cameras.write(session, [seen, cameras.CameraReport("Двор", "failed", 0.0, 0, 0, None, None)], west)
    async with database.reading() as session:
        found = await glances(session, await shops.list_all(session), now, 60)
    assert [(g.shop.name, g.visits, g.taken, g.free, g.at_work, g.seeing, g.cameras) for g in found] == [
        ("Восток", 1, 1, 1, 1, 0, 0),
        ("Запад", 2, 1, 0, 1, 1, 2),
    ]
