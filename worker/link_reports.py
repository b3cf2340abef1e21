"""Says on this machine how the link to the database is doing, for as long as a worker runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

from db import link_report
from db.link_report import LinkReport

EVERY_SECONDS = 2.0
log = logging.getLogger(__name__)


@asynccontextmanager
async def reported(path: Path, report: Callable[[], LinkReport]) -> AsyncIterator[None]:
    """Write reports to a file while the block runs, and a last one when it has ended."""
    reporting = asyncio.create_task(_report(path, report), name="link reports")
    try:
        yield
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        _write(path, report())


async def _report(path: Path, report: Callable[[], LinkReport]) -> NoReturn:
    while True:
        _write(path, report())
        await asyncio.sleep(EVERY_SECONDS)


def _write(path: Path, report: LinkReport) -> None:
    try:
        link_report.write(path, report)
    except OSError as error:  # a disk that is full is told by who needs it more
        log.debug("%s is not written: %s", path, error.strerror)
