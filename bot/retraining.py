"""Every night, the online shop's models and routing learn from what came since, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from datetime import time
from typing import Any, NoReturn

from telegram.ext import ContextTypes, JobQueue

from bot.shop import Shop
from customers.model_folder import model_folder

AT = time(3, 30)
"""On the shop's clock: after the last customer, before the first assistant."""

_ROUTING = "routing"
_PROGRAMS = {
    "churn": "customers.churn.retraining",
    "session-gender": "customers.sessions.retraining",
    _ROUTING: "bot.learning.nightly",
}
_LONGEST_SECONDS = 2 * 3600.0
_log = logging.getLogger(__name__)


class Retraining:
    """Starts the trainings when it is time; `run` does them, so that a bot that stops waits for none."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._due = asyncio.Event()

    def schedule(self, jobs: JobQueue[Any]) -> None:
        """Be due every night."""

        async def due(context: ContextTypes.DEFAULT_TYPE) -> None:
            self._due.set()

        jobs.run_daily(due, AT.replace(tzinfo=self._shop.timezone), name="retraining")

    async def run(self) -> NoReturn:
        """Train whenever it is due, until cancelled; what is being trained then is given up."""
        while True:
            await self._due.wait()
            self._due.clear()
            for kind, program in _PROGRAMS.items():
                await self._train(kind, program)

    async def _train(self, kind: str, program: str) -> None:
        training = await asyncio.create_subprocess_exec(
            sys.executable, "-m", program, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                answer, complaint = await training.communicate(json.dumps(self._told(kind)).encode())
        except TimeoutError:
            _log.error("retraining %s: not done within %g s, and given up", kind, _LONGEST_SECONDS)
            return
        finally:
            if training.returncode is None:
                # Its group: what trains has workers of its own.
                with suppress(ProcessLookupError):
                    os.killpg(training.pid, signal.SIGKILL)
                await training.wait()
        if training.returncode != 0:
            _log.error("retraining %s failed: %s", kind, _why(training.returncode, complaint))
            return
        _log.info("retraining %s: %s", kind, json.loads(answer)["sentence"])

    def _told(self, kind: str) -> dict[str, Any]:
        """What a training has to know."""
        config = self._shop.config
        if kind == _ROUTING:
            return {"database": config.database.url, "routing": config.routing.model_dump(mode="json")}
        return {
            "database": config.database.url,
            "models": str(model_folder(config.customers.models, config.database.url)),
        }


def _why(code: int | None, complaint: bytes) -> str:
    """What a training that failed said, or, where it could say nothing, what ended it."""
    if code == -signal.SIGKILL:
        return "it was killed, as systems do when memory runs out; what answered goes on, and the next night tries"
    return complaint.decode(errors="replace").strip()[-2000:] or f"it ended with {code} and said nothing"
