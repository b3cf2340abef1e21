"""Which shops of the chain a manager asks about: their own, or, for chain managers, any by its name, or all."""

from __future__ import annotations

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from bot.periods import Period, PeriodError, read, today
from bot.shop import Shop
from bot.texts import Speech
from db import models, shops
from db.models import Staff

ALL = "all"
"""What stands for the whole chain in the callback data of a button."""


class NotYoursError(Exception):
    """A shop that this manager may not see, or that is not there; the message says so in HTML."""


async def asked_for(shop: Shop, manager: Staff, name: str) -> models.Shop | str:
    """The shop called `name`, the manager's own for an empty name; else a sentence of HTML that says why not."""
    t = shop.speech(manager.language)
    if not name:
        return manager.shop
    try:
        async with shop.database.reading() as session:
            found = await _named(session, manager, name, t)
    except NotYoursError as refusal:
        return str(refusal)
    return found or _unknown(name, t)


async def read_request(shop: Shop, manager: Staff, words: list[str]) -> tuple[Shop, Period, date]:
    """Which shops, which period and whose day somebody has written: "7d", "Dom 7d", "all yesterday".

    A shop's day is by its own clock; for all of them it is the manager's.

    Raises:
        NotYoursError: the shop is not theirs to see.
        PeriodError: no shop is called so, and it is no period either.
    """
    t = shop.speech(manager.language)
    own = shop.at(manager.shop)
    day = today(own.timezone)
    try:
        return own, read(" ".join(words), day, t), day
    except PeriodError as error:
        neither = error
    for end in range(len(words), 0, -1):
        there = await _called(own, manager, " ".join(words[:end]), t)
        if there is None:
            continue
        day = today(there.timezone)
        try:
            return there, read(" ".join(words[end:]), day, t), day
        except PeriodError:
            continue
    raise neither


async def pressed(shop: Shop, manager: Staff, of: str) -> Shop | None:
    """The shops that a button stands for: nothing for the presser's own, an id, or ALL; None where it may not be."""
    own = shop.at(manager.shop)
    if not of or of == str(manager.shop_id):
        return own
    if not manager.sees_all:
        return None
    if of == ALL:
        return own.everywhere()
    async with shop.database.reading() as session:
        try:
            return shop.at(await shops.get(session, int(of)))
        except (shops.ShopError, ValueError):
            return None


def mark(shop: Shop, manager: Staff) -> str:
    """What `pressed` reads: empty for the manager's own shop."""
    if shop.whole_chain:
        return ALL
    assert shop.branch is not None
    return "" if shop.branch.id == manager.shop_id else str(shop.branch.id)


async def _called(own: Shop, manager: Staff, name: str, t: Speech) -> Shop | None:
    if name.casefold() in shops.WHOLE_CHAIN:
        if not manager.sees_all:
            raise NotYoursError(_refusal(manager, t))
        return own.everywhere()
    async with own.database.reading() as session:
        found = await _named(session, manager, name, t)
    return None if found is None else own.at(found)


async def _named(session: AsyncSession, manager: Staff, name: str, t: Speech) -> models.Shop | None:
    found = await shops.find(session, name)
    if found is not None and found.id != manager.shop_id and not manager.sees_all:
        raise NotYoursError(_refusal(manager, t))
    return found


def _refusal(manager: Staff, t: Speech) -> str:
    return t("You see your own shop, {shop}. The others are for chain managers.", shop=manager.shop.name)


def _unknown(name: str, t: Speech) -> str:
    return t("No shop is called {name}. /shops lists them.", name=name[:64])
