"""`amiko api`: the REST service."""

from __future__ import annotations

import asyncio

from amiko import assemble, systemd
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.logs import set_up_logging
from amiko.options import ConfigOption, DatabaseOption
from amiko.signals import on_end


def api(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Answer other programs over HTTP: sessions, customers, health and metrics; see api: in config.yaml."""
    from api.access import require_key

    loaded = with_database(load(config), db)
    set_up_logging(loaded.log.level, loaded.log.format)
    require_key(loaded.api)
    asyncio.run(_api(loaded))


async def _api(config: Config) -> None:
    from api.server import serve

    stop = asyncio.Event()
    on_end(stop.set)
    database = await assemble.database(config)
    try:
        async with systemd.served():
            await serve(config, database, stop)
    finally:
        await database.close()
