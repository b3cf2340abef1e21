"""Our pipeline on one file, as the worker runs it: frames in, visits committed to a real SQLite database."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.recipes.process import hold_one_core, peak_mb, report


async def measure(path: Path, started: float) -> dict[str, object]:
    """Replay one file.

    Args:
        started: when this process was started, as time.time() tells it.

    Returns:
        frames: analysed; visits; faces: tracked ones, summed over the frames; video: length (s); size: of a frame (px);
        wall, cpu: of the replay without its first frame (s);
        start: from the process's start to the first analysed frame (s); peak: memory (MB);
        latencies: of each visit, from the first good face to the commit (s);
        decisions: the same from when they had also come in by the camera's rule, as nobody is decided on before (s).
    """
    from amiko import assemble
    from amiko.config import Camera, Config
    from worker.recorder import Recorder
    from worker.replay import Replay, Step
    from worker.visitor import Visitor

    with tempfile.TemporaryDirectory() as folder:
        config = Config.model_validate({"database": {"url": f"sqlite+aiosqlite:///{folder}/benchmark.db"}})
        camera = Camera(name="benchmark", url=str(path))
        database = await assemble.database(config)
        recorder = Recorder(database, "camera", assemble.offer(config))
        job = Replay(path, camera, config, config.routing.as_departments(), assemble.networks(config))
        began = datetime.now(UTC)
        good: dict[Visitor, float] = {}
        who: dict[str, Visitor] = {}
        came: dict[str, float] = {}
        job.pipeline.witness = lambda visitor, visit: who.update({visit.id: visitor})
        latencies: list[float] = []
        decisions: list[float] = []
        faces = 0

        async def take(step: Step, called: float) -> None:
            """Commit what was decided at this step, whose analysis began at `called`."""
            nonlocal faces
            if step.frame is not None:
                faces += len(job.pipeline.outside)
                for visitor in job.pipeline.visitors.values():
                    if visitor.last_seen == step.frame.at:
                        faces += 1
                        if visitor.quality >= config.worker.min_quality:
                            good.setdefault(visitor, visitor.last_seen)
            for event in step.events:
                if event.kind == "new":
                    came[event.visit_id] = event.at
                    continue
                await recorder.write(event, lambda at: began + timedelta(seconds=at))
                first = good.get(who[event.visit.id])
                if event.kind == "decided" and first is not None:
                    now = step.frame.at if step.frame else event.visit.decided
                    committed = now + time.perf_counter() - called
                    latencies.append(committed - first)
                    decisions.append(committed - max(first, came[event.visit.id]))

        steps = job.steps()
        step = next(steps)
        start = time.time() - started
        assert step.frame is not None
        height, width = step.frame.image.shape[:2]
        await take(step, time.perf_counter())
        wall, cpu, last = time.perf_counter(), time.process_time(), 0.0
        called = wall
        for step in steps:
            await take(step, called)
            last = step.frame.at if step.frame else last
            called = time.perf_counter()
        figures: dict[str, object] = {
            "frames": job.pipeline.analysed,
            "visits": len(who),
            "faces": faces,
            "video": last,
            "size": [height, width],
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "start": start,
            "peak": peak_mb(),
            "latencies": latencies,
            "decisions": decisions,
        }
        await database.close()
    return figures


if __name__ == "__main__":
    hold_one_core()
    report(asyncio.run(measure(Path(sys.argv[1]), float(sys.argv[2]))))
