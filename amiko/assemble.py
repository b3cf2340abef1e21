"""Puts the parts together as the configuration says."""

from __future__ import annotations

import logging
from pathlib import Path

from amiko.config import Camera, Config
from amiko.errors import AmikoError
from db import shops
from db.engine import PATIENCE_SECONDS, Database
from db.models import Shop
from db.offering import Offer
from db.snapshots import NoSeal, Sealing, SnapshotError
from vision.runtime import TraitNetworks

log = logging.getLogger(__name__)


def networks(config: Config, weights: Path | None = None) -> TraitNetworks:
    """The three networks on the configured backend, of the configured set or from a folder.

    Raises:
        WeightsError: their weights are missing or damaged.
    """
    if weights is None:
        warn_of_terms(config)
    return TraitNetworks.load(config.vision.backend, weights or config.vision.weights, config.vision.precision)


def warn_of_terms(config: Config) -> None:
    """Say what the configured weights may be used for, where that is not everything."""
    if config.vision.weights == "research":
        log.warning(
            "vision.weights is research: these weights learnt from UTKFace and began as InsightFace's, whose terms "
            "allow non-commercial research only; a shop uses open"
        )


async def database(config: Config, patience_seconds: float = PATIENCE_SECONDS) -> Database:
    """The database, brought to the newest schema.

    Raises:
        DatabaseError: it cannot be opened, written or upgraded.
    """
    opened = unopened(config, patience_seconds)
    await opened.upgrade()
    return opened


def unopened(config: Config, patience_seconds: float = PATIENCE_SECONDS) -> Database:
    """The database as it is, for who begins before it can be reached."""
    return Database(config.database.url, patience_seconds, sealing(config), config.database.pictures)


def standby(config: Config) -> Database:
    """The local database of a shop that is served while it is cut off; not opened yet."""
    return Database("sqlite+aiosqlite:///data/standby.db", patience_seconds=2, sealing=sealing(config))


def sealing(config: Config) -> Sealing | None:
    """What encrypts the pictures, None where they are plain. Without a good key nothing is kept, rather than plain."""
    privacy = config.privacy
    if privacy.snapshot_files == "plain":
        return None
    if privacy.key is None:
        return NoSeal(
            "privacy.snapshot_files is encrypted, and there is no key; amiko config key makes one, set it as "
            "AMIKO_PRIVACY__KEY"
        )
    # Imported here: `cryptography` costs a twentieth of a second, and few need it.
    from db.sealing import Seal

    try:
        return Seal(privacy.key.get_secret_value())
    except SnapshotError as error:
        return NoSeal(str(error))


def warn_of_pictures(config: Config, database: Database) -> None:
    """Say at the start of a program why cards will be without pictures, if they will."""
    if config.privacy.snapshots != "off" and (why := database.snapshots.trouble()):
        log.warning("cards go without pictures: %s", why)


def offer(config: Config) -> Offer:
    """How waiting assistants are told of visits."""
    return Offer(config.bot.offer, config.bot.turn_seconds, config.routing.by_lot)


async def settle(config: Config, database: Database) -> Shop:
    """The shop that config.yaml names, written down where it is new; to be called when a process of it starts.

    Raises:
        DatabaseError: the database cannot be written.
        ShopError: nobody could ask for that shop by its name.
    """
    async with database.session() as session:
        await shops.require_askable(session, config.store.name)
        return await shops.settle(session, config.store.name, config.store.timezone)


def camera_for(config: Config, name: str | None, file: Path) -> Camera:
    """The camera as which a file is replayed: the configured one of that name, or the whole frame.

    Raises:
        AmikoError: cameras are configured, and none is called `name`.
    """
    for camera in config.cameras:
        if camera.name == name:
            return camera
    if name is not None and config.cameras:
        known = ", ".join(camera.name for camera in config.cameras)
        raise AmikoError(f"--camera {name}: no such camera; config.yaml has {known}")
    return Camera(name=(name or file.stem)[:64], url=str(file))
