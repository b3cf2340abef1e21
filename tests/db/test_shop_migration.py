"""The migration to shops: what was there belongs to the first, and a chain can become one shop again."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import select, text

from db import applicants, invites, migrate, shops, staff, visits
from db.models import Applicant, Camera, Invite, Staff, Visit
from tests.db.test_migrations import with_connection
from tests.visits import new_visit

SEEN = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


async def filled(database, shop_id: int, start: int) -> str:
    """A manager, an invitation, a request and a visit of one shop; the visit's id."""
    visit = new_visit(SEEN)
    async with database.session() as session:
        await staff.add(session, f"Vera {start}", "manager", telegram_id=start, shop_id=shop_id)
        await staff.login(session, telegram_id=start, username=None, chat_id=start)
        await invites.create(session, name="Dan", role="assistant", hours=1, now=SEEN, shop_id=shop_id)
        await applicants.ask(
            session, telegram_id=start + 1, chat_id=1, username=None, name="Eve", now=SEEN, shop_id=shop_id
        )
        await visits.record(session, visit, notify=False, shop_id=shop_id)
    return visit.id


async def test_what_was_there_before_belongs_to_the_first_shop(database, url) -> None:
    await filled(database, 1, 100)
    await with_connection(url, lambda c: command.downgrade(migrate.configuration(c), "0004"))
    await database.upgrade()

    async with database.session() as session:
        for table in (Visit, Camera, Staff, Invite, Applicant):
            assert list(await session.scalars(select(table.shop_id))) == [1], table
        shop = await shops.settle(session, "Дом & сад", "Europe/Moscow")
        assert (shop.id, [one.name for one in await shops.list_all(session)]) == (1, ["Дом & сад"])
        assert (await shops.add(session, "Восток", "Asia/Vladivostok")).id == 2


async def test_a_chain_becomes_one_shop_again_and_loses_nobody(database, url) -> None:
    async with database.session() as session:
        east = (await shops.add(session, "Восток", "Asia/Vladivostok")).id
        await shops.settle(session, "shop", "Europe/Moscow")
    first, second = await filled(database, 1, 100), await filled(database, east, 200)
    async with database.session() as session:
        await staff.set_role(session, 2, "chain_manager")

    await with_connection(url, lambda c: command.downgrade(migrate.configuration(c), "0004"))

    def told(connection) -> tuple[list, list, list]:
        return tuple(
            list(connection.execute(text(query)).scalars())
            for query in (
                "SELECT name FROM cameras ORDER BY id",
                "SELECT role FROM staff ORDER BY id",
                "SELECT id FROM visits",
            )
        )

    cameras, roles, ids = await with_connection(url, told)
    assert cameras == ["Entrance", "Entrance (Восток)"]
    assert roles == ["manager", "manager"]
    assert set(ids) == {first, second}

    await database.upgrade()
    async with database.reading() as session:
        assert set(await session.scalars(select(Visit.shop_id))) == {1}
