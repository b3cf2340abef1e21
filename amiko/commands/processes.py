"""`amiko run`, `worker`, `bot` and `standby`: the processes of a shop; `amiko api` is in a file of its own."""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext
from zoneinfo import ZoneInfo

from amiko import assemble, systemd
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.logs import set_up_logging
from amiko.options import ConfigOption, DatabaseOption
from amiko.signals import on_end
from db import cameras
from db.errors import DatabaseError, UnreachableError
from db.shops import ShopError

log = logging.getLogger(__name__)


def run(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Run the shop: the camera worker, the bot and the API, each restarted when it dies. Ctrl-C ends them all."""
    from amiko.supervisor import Supervisor
    from api.access import require_key
    from bot.application import require_token
    from bot.standby.service import require_link
    from worker.live import require_cameras

    loaded = with_database(load(config), db)
    set_up_logging(loaded.log.level, loaded.log.format)
    # What no restart would mend is said at once.
    require_token(loaded)
    require_cameras(loaded)
    if loaded.api.enabled:
        require_key(loaded.api)
    if loaded.link.serve_locally:
        require_link(loaded)
    options = [*(["--config", str(config)] if config else []), *(["--db", db] if db else [])]
    others = {"api": loaded.api.enabled, "standby": loaded.link.serve_locally}
    children = ["worker", "bot", *(name for name, wanted in others.items() if wanted)]
    supervisor = Supervisor({name: [name, *options] for name in children})

    async def supervised() -> None:
        # Upgraded once here, so that the children do not do it at the same time.
        database = assemble.unopened(loaded)
        try:
            await database.upgrade()
            await assemble.settle(loaded, database)
        except UnreachableError as error:
            log.warning("the shop begins without its database, and its visits wait: %s", error)
        finally:
            await database.close()
        on_end(supervisor.stop)
        async with systemd.served():
            await supervisor.run()

    asyncio.run(supervised())


def worker(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Watch the configured cameras and record the visits."""
    loaded = with_database(load(config), db)
    set_up_logging(loaded.log.level, loaded.log.format)
    asyncio.run(_worker(loaded))


def bot(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Serve assistants and managers in Telegram."""
    loaded = with_database(load(config), db)
    set_up_logging(loaded.log.level, loaded.log.format)
    asyncio.run(_bot(loaded))


def standby(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Serve the shop from this machine while PostgreSQL cannot be reached, by a second bot (link.serve_locally)."""
    loaded = with_database(load(config), db)
    set_up_logging(loaded.log.level, loaded.log.format)
    asyncio.run(_standby(loaded))


async def _worker(config: Config) -> None:
    from worker.learned import LearnedRouting, kept_up
    from worker.link import Link
    from worker.live import Watch
    from worker.pulse import NAME, written_down
    from worker.recorder import Recorder
    from worker.standby import Standby

    # It tries again anyway, and a driver that waits for a lock would keep the process from ending in time.
    database = assemble.unopened(config, patience_seconds=2)

    async def prepare() -> int:
        await database.upgrade()
        try:
            shop = await assemble.settle(config, database)
        except ShopError as error:
            # Where the database comes only when visits wait already, they go on waiting, for another name.
            raise DatabaseError(str(error)) from None
        async with database.session() as session:
            await cameras.forget_others(session, shop.id, [camera.name for camera in config.cameras])
        return shop.id

    link = Link(prepare)
    offer, name, max_age = assemble.offer(config), config.store.name, config.bot.max_age
    local = assemble.standby(config) if config.link.serve_locally else None
    serving = Standby(local, Recorder(local, "camera", offer, name, max_age), link, max_age) if local else None
    try:
        try:
            await link.shop_id()
        except UnreachableError as error:
            link.lost(NAME, error)
        assemble.warn_of_pictures(config, database)
        departments = config.routing.as_departments()
        recorder = Recorder(database, "camera", offer, name, max_age, serving)
        learned = LearnedRouting(database, link, departments, ZoneInfo(config.store.timezone))
        watch = Watch(config, departments, assemble.networks(config), recorder, learned, link, serving)
        on_end(watch.stop)
        async with (
            kept_up(learned),
            written_down(watch.pulses.values(), database, link),
            serving or nullcontext(),
            systemd.served(),
        ):
            await watch.run()
    finally:
        await database.close()
        if local:
            await local.close()


async def _bot(config: Config) -> None:
    from bot.service import serve
    from bot.standing import leave_standing

    stop = asyncio.Event()
    on_end(stop.set)
    database = await assemble.database(config)
    assemble.warn_of_pictures(config, database)
    leave_standing()
    try:
        async with systemd.served():
            await serve(config, database, stop)
    finally:
        await database.close()


async def _standby(config: Config) -> None:
    from bot.standby.service import require_link, serve

    require_link(config)
    stop = asyncio.Event()
    on_end(stop.set)
    chain, local = assemble.unopened(config, patience_seconds=2), assemble.standby(config)
    try:
        await local.upgrade()
        async with systemd.served():
            await serve(config, chain, local, stop)
    finally:
        await chain.close()
        await local.close()
