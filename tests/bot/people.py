"""Words for the tests about people: ask and be answered, also with buttons; see a message change."""

from __future__ import annotations

from bot.simulator.server import Message

ANNA, BORIS, VERA = 1001, 1002, 1003


async def answer(shop, person_id: int, words: str) -> Message:
    """Say something; the first message that comes back, with buttons or without."""
    mine = await shop.simulator.say(person_id, words)
    return await shop.simulator.wait_for(person_id, lambda m: m.from_bot and m.message_id > mine.message_id)


async def shown(shop, person_id: int, contains: str, after: int = 0) -> Message:
    """The newest message that says this, as soon as there is one."""
    return await shop.simulator.wait_for(
        person_id, lambda m: m.from_bot and m.message_id > after and contains in m.text
    )


async def manager(shop, person_id: int = VERA, name: str = "Вера"):
    """A manager who is signed in."""
    return await shop.hire(name, person_id, role="manager", status="off")


async def invited(shop, words: str, by: int = VERA) -> str:
    """The token of a new invitation."""
    mine = await shop.simulator.say(by, f"/invite {words}")
    told = await shown(shop, by, "https://t.me/", after=mine.message_id)
    return told.text.rpartition("?start=")[2]
