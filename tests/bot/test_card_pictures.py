"""A card shows its visitor's picture from the disk, and arrives without one where that cannot be read."""

from __future__ import annotations

import pytest

from db.engine import Database
from db.sealing import Seal, new_key
from db.snapshots import NoSeal

ANNA = 1001


@pytest.fixture
async def sealed(shop):
    """The shop with encrypted pictures."""
    await shop.database.close()
    shop.database = Database(shop.config.database.url, sealing=Seal(new_key()))
    yield shop
    await shop.database.close()


async def test_an_encrypted_picture_is_clear_on_the_card_only(sealed) -> None:
    async with sealed.bot():
        await sealed.hire("Анна", ANNA)
        visit = await sealed.enters()
        assert (await sealed.card(ANNA)).photo == visit.snapshot
    (file,) = sealed.database.snapshots.folder.iterdir()
    assert b"\xff\xd8" not in file.read_bytes()


@pytest.mark.parametrize("sealing", [Seal(new_key()), NoSeal("there is no key"), None], ids=["other", "no", "plain"])
async def test_without_its_key_a_card_arrives_without_its_picture(sealed, sealing, caplog) -> None:
    await sealed.hire("Анна", ANNA)
    visit = await sealed.enters()
    await sealed.database.close()
    sealed.database = Database(sealed.config.database.url, sealing=sealing)
    async with sealed.bot():
        card = await sealed.card(ANNA)
        assert (card.photo, "Косметика" in card.text) == (None, True)
        await sealed.takes(ANNA)
    assert f"the picture of visit {visit.id} cannot be shown" in caplog.text


async def test_a_lost_file_costs_a_card_only_its_picture(shop) -> None:
    await shop.hire("Анна", ANNA)
    visit = await shop.enters()
    (shop.database.snapshots.folder / f"{visit.id}.jpg").unlink()
    async with shop.bot():
        assert (await shop.card(ANNA)).photo is None
        await shop.takes(ANNA)
