"""Session logs of the online shop: features of millions of sessions, and answers about one at a time.

    python -m benchmarks.sessions features --sessions 5000000 --memory 4GB
    python -m benchmarks.sessions features-with-past --sessions 500000 --memory 4GB
    python -m benchmarks.sessions answers

The sessions are generated (customers/generated). `features` computes every session's features, `features-with-past`
those with its visitor's past, in a process of its own with DuckDB's memory limited, and prints seconds, rows, and the
most memory that the process held (RSS: DuckDB, Python and everything else). Figures per second of CPU time are what an
idle core does; those by the clock fall with whatever else the machine is doing. `answers` trains on a generated shop,
stores it in SQLite, and asks: one session after the other, and many at once as the REST service does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import numpy as np

from customers.generated.files import write_shop
from customers.generated.sessions import generate_sessions
from customers.sessions.active import keep
from customers.sessions.answers import SessionGender
from customers.sessions.checked import CheckedLog
from customers.sessions.engines import engine
from customers.sessions.features import features, features_with_past
from customers.sessions.files import CsvTable
from customers.sessions.importing import import_sessions
from customers.sessions.log import Log
from customers.sessions.rows import SESSION_COLUMNS, VIEW_COLUMNS
from customers.sessions.stored import frames_of_database
from customers.sessions.training import train
from db.engine import Database

PORTION = 250_000
ASKED = 1_000
AT_ONCE = 100


def write_log(folder: Path, sessions: int) -> None:
    """A log of so many sessions as parquet files, each portion of visitors of its own."""
    for number, first in enumerate(range(0, sessions, PORTION)):
        count = min(PORTION, sessions - first)
        found, views = generate_sessions(count, seed=number)
        for frame in (found, views):
            frame["session_id"] = f"{number}-" + frame["session_id"].astype(str)
        found["visitor"] = f"{number}-" + found["visitor"].astype(str)
        found = found.rename(columns={"start_time": "started_at", "end_time": "ended_at"})
        found.to_parquet(folder / f"sessions-{number:03d}.parquet")
        views.rename(columns={"sequence_order": "position"}).to_parquet(folder / f"views-{number:03d}.parquet")


def measure_features(folder: str, memory: str, with_past: bool, results: Any) -> None:
    """Compute all features and add them up, so that nothing is left uncomputed and nothing has to be kept."""
    with engine("duckdb", memory) as backend:
        log = Log(
            backend.read_parquet(f"{folder}/sessions-*.parquet"), backend.read_parquet(f"{folder}/views-*.parquet")
        )
        began = time.perf_counter()
        found = features_with_past(log) if with_past else features(log)
        total = backend.to_pandas(found.aggregate(rows=found.count(), value=found.value.sum()))
        seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    results.put(
        {
            "rows": int(total["rows"][0]),
            "seconds": round(seconds, 1),
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
            "rss_gib": round(used.ru_maxrss / 1024**2, 2),
        }
    )


def benchmark_features(sessions: int, memory: str, with_past: bool) -> dict[str, Any]:
    spawn = multiprocessing.get_context("spawn")
    figures: dict[str, Any] = {"sessions": sessions, "duckdb_memory_limit": memory}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        write_log(Path(folder), sessions)
        figures["generated_in_seconds"] = round(time.perf_counter() - began, 1)
        results = spawn.Queue()
        process = spawn.Process(target=measure_features, args=(folder, memory, with_past, results))
        process.start()
        process.join()
        if process.exitcode != 0:
            raise SystemExit(f"the measured process ended with {process.exitcode}")
        return {**figures, **results.get(timeout=1)}


async def benchmark_answers(sessions: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        now = datetime.now(UTC)
        write_shop(folder / "shop", customers=20, sessions=sessions, seed=1)
        files = (folder / "shop" / "session.csv", folder / "shop" / "product.csv")
        log = CheckedLog(CsvTable(files[0], SESSION_COLUMNS), CsvTable(files[1], VIEW_COLUMNS), now)
        database = Database(f"sqlite+aiosqlite:///{folder}/shop.db")
        await database.upgrade()
        await import_sessions(database, log, now, synthetic=True)
        async with database.reading() as session:
            frames, synthetic = await frames_of_database(session)
        trained = train(frames, "duckdb", synthetic=synthetic)
        async with database.session() as session:
            await keep(session, folder / "models", trained, now)
        answers = await SessionGender.load(database, folder / "models")
        ids = random.Random(1).choices(list(log.sessions), k=ASKED)
        return {"sessions": sessions, **await _one_by_one(answers, ids), **await _many_at_once(answers, ids)}


async def _one_by_one(answers: SessionGender, ids: list[str]) -> dict[str, float]:
    milliseconds = []
    cpu = time.process_time()
    for session_id in ids:
        began = time.perf_counter()
        assert await answers.gender_of(session_id) is not None
        milliseconds.append((time.perf_counter() - began) * 1000)
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return {
        "p50_ms": round(p50, 2),
        "p99_ms": round(p99, 2),
        "one_by_one_per_s": round(1000 / np.mean(milliseconds)),
        "one_by_one_per_cpu_s": round(len(ids) / (time.process_time() - cpu)),
    }


async def _many_at_once(answers: SessionGender, ids: list[str]) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(ids), AT_ONCE):
        await answers.genders_of(ids[first : first + AT_ONCE])
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return {
        f"by_{AT_ONCE}_per_s": round(len(ids) / seconds),
        f"by_{AT_ONCE}_per_cpu_s": round(len(ids) / cpu_seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["features", "features-with-past", "answers"])
    parser.add_argument("--sessions", type=int)
    parser.add_argument("--memory", default="4GB")
    arguments = parser.parse_args()
    if arguments.what.startswith("features"):
        with_past = arguments.what == "features-with-past"
        figures = benchmark_features(arguments.sessions or 5_000_000, arguments.memory, with_past)
    else:
        figures = asyncio.run(benchmark_answers(arguments.sessions or 20_000))
    print(json.dumps({"ibis": ibis.__version__, **figures}, indent=2))


if __name__ == "__main__":
    main()
