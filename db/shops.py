"""The shops of the chain: what each is called, and the clock that its people live by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from db import time_zones
from db.conditional import moved
from db.models import Applicant, Camera, Invite, Shop, Staff, Visit
from db.names import LONGEST_NAME, cleaned, shortened

WHOLE_CHAIN = frozenset({"all", "все", "всё", "сеть"})
"""Words that stand for every shop at once where a shop's name may stand, so that none can be called so."""


class ShopError(Exception):
    """A shop that is not there, or cannot be changed so; the message says why and what to do."""


def key_of(name: str) -> str:
    """A name as it is looked up: without what cannot be seen, and whatever letters are large."""
    return shortened(cleaned(name)).casefold()


async def settle(session: AsyncSession, name: str, time_zone: str) -> Shop:
    """The shop that a config.yaml names, with the clock that stands there; it is written down where it is new.

    The shop that a new database begins with becomes this one. So does the only shop of a SQLite file: there, another
    name in config.yaml is a new name for the shop, and no new shop.

    Args:
        session: a writing transaction.
        name: cut to 64 characters.
        time_zone: an IANA name.
    """
    named = _named_so(name, time_zone)
    shown = str(named["name"])
    if await find(session, shown) is None and not await begin(session, name, time_zone):
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        renamed = update(Shop).where(Shop.id == _alone()).values(named)
        if not (on_sqlite and await moved(session, renamed)):
            insert = sqlite.insert if on_sqlite else postgresql.insert
            await session.execute(insert(Shop).values(named).on_conflict_do_nothing(index_elements=["name_key"]))
    shop = await find(session, shown)
    assert shop is not None
    if (shop.name, shop.time_zone) != (shown, time_zone) or shop.settled_at is None:
        shop.name, shop.time_zone, shop.settled_at = shown, time_zone, named["settled_at"]
        await session.flush()
    return shop


async def begin(session: AsyncSession, name: str, time_zone: str) -> bool:
    """Give the shop that a new database begins with its name and its clock, unless it has them; whether that was now.

    Of two that begin at once, one does.
    """
    nameless = update(Shop).where(Shop.id == _alone(), Shop.settled_at.is_(None))
    return await moved(session, nameless.values(_named_so(name, time_zone)))


async def require_askable(session: AsyncSession, name: str) -> None:
    """Refuse the name that a config.yaml gives a new shop, where nobody could ask for that shop by it.

    Raises:
        ShopError: it stands for every shop at once, and no shop has had it before.
    """
    if await find(session, name) is None:
        _require_askable(name, "store.name in config.yaml is")


async def find(session: AsyncSession, name: str) -> Shop | None:
    """The shop called so, whatever letters are large; None where there is none."""
    # Read afresh, as `settle` changes rows beside the session.
    fresh = select(Shop).where(Shop.name_key == key_of(name)).execution_options(populate_existing=True)
    return (await session.scalars(fresh)).first()


async def named(session: AsyncSession, name: str) -> Shop:
    """The shop called so.

    Raises:
        ShopError: there is none; the message lists those that there are.
    """
    shop = await find(session, name)
    if shop is None:
        known = ", ".join(other.name for other in (await list_all(session))[:20])
        raise ShopError(f"no shop is called {name!r}; there is {known} (amiko shops list shows all)")
    return shop


async def of_config(session: AsyncSession, name: str) -> Shop:
    """The shop of a process whose config.yaml says `name`: the one called so, or the only one there is.

    Raises:
        ShopError: there are several, and none is called so.
    """
    if (shop := await find(session, name)) is not None:
        return shop
    if await number(session) == 1:
        return (await list_all(session))[0]
    raise ShopError(
        f"store.name in config.yaml is {name!r}, and no shop of this database is called so; amiko shops list shows them"
    )


async def only(session: AsyncSession) -> int:
    """The id of the one shop there is.

    Raises:
        ShopError: there are several, and somebody must say which.
    """
    ids = list(await session.scalars(select(Shop.id).limit(2)))
    if len(ids) != 1:
        raise ShopError("this database has several shops; say which one is meant")
    return ids[0]


async def get(session: AsyncSession, shop_id: int) -> Shop:
    """The shop of this id.

    Raises:
        ShopError: there is none.
    """
    shop = await session.get(Shop, shop_id)
    if shop is None:
        raise ShopError(f"no shop has the number {shop_id}; amiko shops list shows them")
    return shop


async def list_all(session: AsyncSession) -> list[Shop]:
    """Every shop, by name."""
    return list(await session.scalars(select(Shop).order_by(Shop.name_key)))


async def number(session: AsyncSession) -> int:
    """How many shops there are."""
    return await session.scalar(select(func.count()).select_from(Shop)) or 0


async def add(session: AsyncSession, name: str, time_zone: str) -> Shop:
    """Write down a shop.

    Raises:
        ShopError: the name is none, is taken or stands for every shop, or there is no such time zone.
    """
    shop = Shop(time_zone=_require_time_zone(time_zone))
    await _call(session, shop, name)
    session.add(shop)
    await session.flush()
    return shop


async def rename(session: AsyncSession, shop_id: int, name: str) -> Shop:
    """Call a shop otherwise; its config.yaml has to say the same.

    Raises:
        ShopError: there is no such shop, or the name is none, is taken or stands for every shop.
    """
    shop = await get(session, shop_id)
    await _call(session, shop, name)
    await session.flush()
    return shop


async def set_time_zone(session: AsyncSession, shop_id: int, time_zone: str) -> Shop:
    """Set the clock of a shop, until a process whose config.yaml names it starts with another.

    Raises:
        ShopError: there is no such shop, or no such time zone.
    """
    shop = await get(session, shop_id)
    shop.time_zone = _require_time_zone(time_zone)
    await session.flush()
    return shop


async def remove(session: AsyncSession, shop_id: int) -> Shop:
    """Delete a shop that nothing belongs to; returns which it was.

    Raises:
        ShopError: there is no such shop, it is the last one, or something belongs to it.
    """
    shop = await get(session, shop_id)
    if await number(session) == 1:
        raise ShopError(f"{shop.name} is the only shop; amiko shops rename gives it another name")
    for what, table in (("people", Staff), ("cameras", Camera), ("visits", Visit)):
        if await session.scalar(select(exists().where(table.shop_id == shop_id))):
            raise ShopError(f"{shop.name} cannot be removed: {what} belong to it")
    for rest in (Invite, Applicant):
        await session.execute(delete(rest).where(rest.shop_id == shop_id))
    await session.delete(shop)
    await session.flush()
    return shop


async def _call(session: AsyncSession, shop: Shop, name: str) -> None:
    shown = cleaned(name)
    if not shown or len(shown) > LONGEST_NAME:
        raise ShopError(f"a shop's name must have 1 to {LONGEST_NAME} characters, this one has {len(shown)}")
    _require_askable(shown, "a shop's name cannot be")
    other = await find(session, shown)
    if other is not None and other is not shop:
        raise ShopError(f"a shop is called {other.name} already; choose another name")
    shop.name, shop.name_key = shown, key_of(shown)


def _require_askable(name: str, begin: str) -> None:
    if key_of(name) in WHOLE_CHAIN:
        raise ShopError(f"{begin} {name!r}, which stands for all shops at once, as in /stats all; choose another name")


def _alone() -> ColumnElement[int]:
    """The id of the only shop, null where there are several."""
    return select(func.min(Shop.id)).having(func.count() == 1).scalar_subquery()


def _named_so(name: str, time_zone: str) -> dict[str, Any]:
    shown = shortened(cleaned(name)) or "shop"
    return {"name": shown, "name_key": key_of(shown), "time_zone": time_zone, "settled_at": datetime.now(UTC)}


def _require_time_zone(name: str) -> str:
    try:
        return time_zones.checked(name)
    except ValueError as error:
        raise ShopError(str(error)) from None
