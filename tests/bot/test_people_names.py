"""Names as hostile as they come: cut or refused, shown as they are, never broken."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.server import Person, Simulator
from db.names import cleaned, shortened
from tests.bot.people import ANNA, BORIS, VERA, answer, invited, manager, shown

HOSTILE = {
    3001: "А" * 4096,
    3002: "👩‍🚒" * 40,
    3003: "\u202eשלום עולם\u202c",
    3004: "<b>Анна</b> & <script>",
    3005: "\u200b\u200c\u200d\u2060\ufeff",
    3006: "a\n\n\u0000b\tc",
    3007: "Z" + "\u0301" * 300,
    3008: "{name} %s \\ `*_[",
    3009: "\u3164\u2800",
}


@pytest.fixture
async def simulator():
    people = [Person(ANNA, "Анна", "anna"), Person(BORIS, "Борис", "boris"), Person(VERA, "Вера", "vera", "manager")]
    async with Simulator(people + [Person(number, name) for number, name in HOSTILE.items()]) as simulator:
        yield simulator


@pytest.mark.parametrize("number", HOSTILE)
async def test_a_stranger_of_any_name_asks_gets_in_works_and_is_listed(open_shop, number) -> None:
    await manager(open_shop)
    await answer(open_shop, number, "/login")
    request = await shown(open_shop, VERA, "просит впустить")
    await open_shop.press(VERA, request.message_id, "Впустить")
    await shown(open_shop, number, "Вы вошли")
    person = await open_shop.person(number)

    assert 1 <= len(person.name) <= 64
    assert person.name.isprintable() or "\u200d" in person.name
    assert f"Здравствуйте, {person.name}!" in (await answer(open_shop, number, "/start")).text
    listed = await answer(open_shop, VERA, "/staff")
    assert f"{person.name}\n⚪" in listed.text
    await open_shop.simulator.press(VERA, listed.message_id, listed.buttons[0])
    await shown(open_shop, VERA, f"{person.name}, продавец")
    await answer(open_shop, number, "/wait")
    await open_shop.enters()
    card = await open_shop.card(number)
    assert await open_shop.press(number, card.message_id, card.buttons[0]) == "Посетитель ваш."


@pytest.mark.parametrize("name", [name for name in HOSTILE.values() if 0 < len(cleaned(name)) <= 64])
async def test_a_manager_may_invite_under_any_name_that_can_be_seen(open_shop, name) -> None:
    await manager(open_shop)
    token = await invited(open_shop, name.replace("\x00", ""))
    assert f"Здравствуйте, {cleaned(name)}!" in (await answer(open_shop, ANNA, f"/start {token}")).text


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("  Анна \n Петрова\t", "Анна Петрова"),
        ("\u202eаннА\u202c", "аннА"),
        ("An\u200bna", "Anna"),
        ("👩‍🚒 Anna", "👩‍🚒 Anna"),
        ("Anna \u200d\u0301", "Anna"),
        ("Z" + "\u0301" * 50, "Z" + "\u0301" * 3),
        ("\u3164\u2800\ufeff", ""),
        ("\ud83d", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_left_out(name, clean) -> None:
    assert cleaned(name) == clean


@given(st.text(alphabet=st.characters()))
def test_any_name_is_either_empty_or_can_be_seen_and_sent(name) -> None:
    clean = cleaned(name)
    assert clean == cleaned(clean)
    assert clean == clean.strip()
    assert len(clean.encode()) >= len(clean)  # no half characters, which Telegram refuses
    assert not clean or any(unicodedata.category(character)[0] in "LNPS" for character in clean)


def test_long_names_are_cut() -> None:
    assert shortened("А" * 64) == "А" * 64
    assert shortened("А" * 65) == "А" * 63 + "…"


async def test_a_notice_with_the_longest_name_is_shown(open_shop) -> None:
    vera = await manager(open_shop, VERA, "👩" * 64)
    notice = await open_shop.press_forged(VERA, f"p:staff:remove!:{vera.id}:0")
    assert notice.startswith("👩" * 64 + ": единственный управляющий.")
