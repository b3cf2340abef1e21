"""A retraining as a program of its own: told what to do on standard input, it prints what came of it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from customers.errors import CustomersError
from db.engine import Database


@dataclass(frozen=True)
class Verdict:
    """What came of it: whether a new model answers, and a sentence that says why."""

    promoted: bool
    sentence: str


def run(retrain: Callable[[Database, Path], Awaitable[Verdict]]) -> None:
    """Retrain as told ({"database": URL, "models": folder}), and print the verdict; both JSON."""
    if hasattr(os, "nice"):
        os.nice(10)  # cards go first
    asyncio.run(_run(retrain))


async def _run(retrain: Callable[[Database, Path], Awaitable[Verdict]]) -> None:
    told = json.loads(sys.stdin.buffer.read())
    database = Database(told["database"])
    try:
        verdict = await retrain(database, Path(told["models"]))
    except CustomersError as error:
        verdict = Verdict(False, str(error))
    finally:
        await database.close()
    sys.stdout.write(json.dumps(asdict(verdict), ensure_ascii=False))
