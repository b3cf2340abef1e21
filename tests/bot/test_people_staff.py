"""/staff: who waits since when and how they do, and managers' power over roles, never the last one's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete

from db import staff
from db.models import Delivery, Outcome, Visit
from tests.bot.people import ANNA, BORIS, VERA, answer, manager, shown


async def change(shop, person_id: int, **values) -> None:
    async with shop.database.session() as session:
        person = await staff.by_telegram(session, person_id)
        for name, value in values.items():
            setattr(person, name, value)


async def served(shop, person, *, seconds: float) -> None:
    """A visit of today that this person took so long after the card, and served."""
    now = datetime.now(UTC)
    visit = await shop.enters(nudged=False, snapshot=None)
    async with shop.database.session() as session:
        row = await session.get_one(Visit, visit.id)
        row.state, row.claimed_by, row.claimed_at = "served", person.id, now
        await session.execute(delete(Delivery).where(Delivery.visit_id == visit.id))
        session.add(
            Delivery(
                visit_id=visit.id,
                visit_seen=visit.first_seen,
                staff_id=person.id,
                state="sent",
                message_id=1,
                sent_at=now - timedelta(seconds=seconds),
            )
        )
        session.add(Outcome(visit_id=visit.id, visit_seen=visit.first_seen, staff_id=person.id, kind="served", at=now))


async def test_the_list_says_who_waits_and_how_everybody_does(open_shop) -> None:
    await manager(open_shop)
    anna = await open_shop.hire("Анна", ANNA)
    await open_shop.hire("Борис", BORIS, status="busy")
    await open_shop.hire("Глеб", 2000, status="off")
    await open_shop.hire("Дина", 2001)
    await open_shop.hire("Егор", 2002)
    async with open_shop.database.session() as session:
        await staff.add(session, "Жанна", "assistant", telegram_id=2003)
    since = datetime.now(UTC) - timedelta(minutes=1)
    await change(open_shop, ANNA, waiting_since=since)
    await change(open_shop, 2001, unreachable_since=since)
    await change(open_shop, 2002, muted_until=datetime.now(UTC) + timedelta(days=2))
    for seconds in (10, 14, 40):
        await served(open_shop, anna, seconds=seconds)

    told = await answer(open_shop, VERA, "/staff")

    clock = since.astimezone(ZoneInfo(open_shop.config.store.timezone)).strftime("%H:%M")
    blocks = told.text.split("\n\n")
    assert blocks[0] == "Сотрудники"
    assert blocks[1] == f"Анна\n🟢 ждёт с {clock}; сегодня обслужено 3 посетителя, берёт карточку за 14 с"
    assert blocks[2].startswith("Егор\n🔕 без карточек до ")
    assert blocks[3] == "Борис\n🟡 не может; сегодня обслужено 0 посетителей"
    assert blocks[4].startswith("Глеб\n⚪ не на смене")
    assert blocks[5].startswith(f"Дина\n⛔ нет связи с {clock}")
    assert blocks[6].startswith("Жанна\n✉️ ещё не входил(а)")
    assert blocks[7] == "Вера\n🗝 управляющий"
    assert told.buttons == ["Анна", "Егор", "Борис", "Глеб", "Дина", "Жанна", "Вера"]


async def test_more_than_eight_people_stand_on_pages(open_shop) -> None:
    await manager(open_shop)
    for number in range(17):
        await open_shop.hire(f"Продавец {number}", 2000 + number, status="off")

    told = await answer(open_shop, VERA, "/staff")
    assert told.buttons == [f"Продавец {n}" for n in range(8)] + ["◀", "1/3", "▶"]

    await open_shop.simulator.press(VERA, told.message_id, "▶")
    await shown(open_shop, VERA, "Продавец 8")
    await open_shop.simulator.press(VERA, told.message_id, "▶")
    last = await shown(open_shop, VERA, "Продавец 16")
    assert last.message_id == told.message_id
    assert last.buttons == ["Продавец 16", "Вера", "◀", "3/3", "▶"]


async def test_a_role_is_changed_in_place_after_a_question(open_shop) -> None:
    await manager(open_shop)
    await open_shop.hire("Анна", ANNA)
    told = await answer(open_shop, VERA, "/staff")

    await open_shop.simulator.press(VERA, told.message_id, "Анна")
    one = await shown(open_shop, VERA, "Анна, продавец")
    assert one.buttons == ["Сделать управляющим", "Убрать из списка", "◀ Назад"]
    await open_shop.simulator.press(VERA, told.message_id, "Сделать управляющим")
    asked = await shown(open_shop, VERA, "Сделать управляющим: Анна?")
    assert (await open_shop.person(ANNA)).role == "assistant"
    assert await open_shop.press(VERA, asked.message_id, "Да") == "Готово."

    assert (await shown(open_shop, VERA, "Анна\n🗝 управляющий")).message_id == told.message_id
    assert "Теперь вы управляющий." in (await shown(open_shop, ANNA, "Теперь вы")).text
    assert open_shop.simulator.keyboard(ANNA) == []
    assert "Сотрудники" in (await answer(open_shop, ANNA, "/staff")).text


async def test_a_person_is_removed_and_learns_it(open_shop) -> None:
    await manager(open_shop)
    anna = await open_shop.hire("Анна", ANNA)
    told = await answer(open_shop, VERA, "/staff")
    await open_shop.simulator.press(VERA, told.message_id, "Анна")
    await shown(open_shop, VERA, "Анна, продавец")
    await open_shop.simulator.press(VERA, told.message_id, "Убрать из списка")
    asked = await shown(open_shop, VERA, "Убрать из списка: Анна?")
    await open_shop.simulator.press(VERA, asked.message_id, "Нет")
    await shown(open_shop, VERA, "Анна, продавец")

    assert (
        await open_shop.press_forged(VERA, f"p:staff:remove!:{anna.id}:0") == "Анна: в списке сотрудников больше нет."
    )

    assert "Управляющий убрал вас из списка" in (await shown(open_shop, ANNA, "убрал")).text
    assert open_shop.simulator.keyboard(ANNA) == []
    assert "Вы ещё не вошли" in (await answer(open_shop, ANNA, "/wait")).text
    assert "решили вас не впускать" in (await answer(open_shop, ANNA, "/login")).text


@pytest.mark.parametrize("action", ["remove!", "assistant!"])
async def test_the_last_manager_stays(open_shop, action) -> None:
    vera = await manager(open_shop)
    async with open_shop.database.session() as session:
        await staff.add(session, "Борис", "manager", telegram_id=BORIS)  # who has not signed in is no help

    notice = await open_shop.press_forged(VERA, f"p:staff:{action}:{vera.id}:0")
    assert notice == "Вера: единственный управляющий. Сначала сделайте управляющим кого-нибудь ещё."
    assert (await open_shop.person(VERA)).role == "manager"

    await open_shop.ask(BORIS, "/login")
    await open_shop.press_forged(VERA, f"p:staff:{action}:{vera.id}:0")
    async with open_shop.database.reading() as session:
        left = await staff.by_telegram(session, VERA)
    assert left is None or left.role == "assistant"


@pytest.mark.parametrize("action", ["list", "see", "remove", "remove!", "manager!", "assistant!"])
async def test_an_assistant_and_a_stranger_press_in_vain(open_shop, action) -> None:
    await manager(open_shop)
    anna = await open_shop.hire("Анна", ANNA)
    boris = await open_shop.hire("Борис", BORIS)
    await answer(open_shop, 2000, "/start")

    assert await open_shop.press_forged(ANNA, f"p:staff:{action}:{boris.id}:0") == "Это могут только управляющие."
    assert await open_shop.press_forged(ANNA, f"p:staff:{action}:{anna.id}:0") == "Это могут только управляющие."
    assert await open_shop.press_forged(2000, f"p:staff:{action}:{boris.id}:0") == "Вас нет в списке сотрудников."
    assert (await open_shop.person(BORIS)).role == "assistant"


async def test_who_is_a_manager_no_more_loses_the_buttons_of_old_messages(open_shop) -> None:
    vera = await manager(open_shop)
    await manager(open_shop, BORIS, "Борис")
    anna = await open_shop.hire("Анна", ANNA)
    told = await answer(open_shop, VERA, "/staff")
    async with open_shop.database.session() as session:
        await staff.set_role(session, vera.id, "assistant")

    assert await open_shop.press(VERA, told.message_id, "Анна") == "Это могут только управляющие."
    assert await open_shop.press_forged(VERA, f"p:staff:remove!:{anna.id}:0") == "Это могут только управляющие."
    assert (await answer(open_shop, VERA, "/staff")).text == "Список сотрудников видят только управляющие."


@pytest.mark.parametrize(
    "data", ["p:staff:remove!:x:0", "p:staff:fire!:1:0", "p:staff:remove!:1", "p:staff:list:0:9999"]
)
async def test_garbage_is_answered(open_shop, data) -> None:
    await manager(open_shop)
    assert await open_shop.press_forged(VERA, data) == "Эта кнопка больше не работает."


async def test_somebody_who_is_gone_is_said_to_be_gone(open_shop) -> None:
    await manager(open_shop)
    for action in ("see", "remove", "remove!", "manager!"):
        notice = await open_shop.press_forged(VERA, f"p:staff:{action}:4711:0")
        assert notice == "Этого человека в списке сотрудников уже нет."


async def test_two_managers_cannot_demote_each_other_at_once(open_shop, until) -> None:
    vera, boris = await manager(open_shop), await manager(open_shop, BORIS, "Борис")
    hers, his = await answer(open_shop, VERA, "/staff"), await answer(open_shop, BORIS, "/staff")
    for who, message, whom in ((VERA, hers, boris), (BORIS, his, vera)):
        await open_shop.simulator.press(who, message.message_id, f"p:staff:see:{whom.id}:0")
        await shown(open_shop, who, f"{whom.name}, управляющий")
        await open_shop.simulator.press(who, message.message_id, f"p:staff:assistant:{whom.id}:0")
        await shown(open_shop, who, f"Сделать продавцом: {whom.name}?")
    for who, message, whom in ((VERA, hers, boris), (BORIS, his, vera)):
        await open_shop.simulator.press(who, message.message_id, f"p:staff:assistant!:{whom.id}:0")
    await until(lambda: all(any(t.text for t in open_shop.simulator.toasts(who)) for who in (VERA, BORIS)))

    roles = sorted([(await open_shop.person(VERA)).role, (await open_shop.person(BORIS)).role])
    assert roles == ["assistant", "manager"]
