"""How many predictions a second `amiko api` gives, and how long one takes: `python benchmarks/api.py [--data DIR]`.

The service is the real process, with the database and the model that the command line makes of a folder of sessions (a
generated shop without --data). The clients are processes of their own, with the standard library's HTTP client and one
connection each: first one of them, then several at once. Which sessions are asked for is drawn at random from all.
Goals on two cores: 1,000 predictions a second, and one alone within 20 ms (p99).
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_spawn = multiprocessing.get_context("spawn")


def amiko(folder: Path, *arguments: object) -> None:
    """Run one of amiko's commands in a folder of its own."""
    subprocess.run([sys.executable, "-m", "amiko", *map(str, arguments)], cwd=folder, check=True, stdout=sys.stderr)


@contextmanager
def service(folder: Path) -> Iterator[tuple[int, int]]:
    """`amiko api` on a free port: its process id and the port."""
    log = folder / "api.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "amiko", "api"],
            cwd=folder,
            stderr=errors,
            env=os.environ | {"AMIKO_API__PORT": "0"},
        )
    try:
        while not (found := re.search(r"listens on http://127\.0\.0\.1:(\d+)", log.read_text())):
            if process.poll() is not None:
                sys.exit(f"amiko api did not start: {log.read_text()}")
            time.sleep(0.05)
        yield process.pid, int(found[1])
    finally:
        process.terminate()
        process.wait()


def ask(port: int, sessions: Sequence[str]) -> list[float]:
    """Predict each of these sessions, one after the other; milliseconds of each."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took = []
    for session in sessions:
        began = time.perf_counter()
        connection.request("GET", f"/predict/{session}")
        answer = connection.getresponse()
        body = answer.read()
        took.append(1000 * (time.perf_counter() - began))
        if answer.status != 200 or json.loads(body)["SESSION_ID"] != session:
            sys.exit(f"/predict/{session}: {answer.status} {body.decode()}")
    return took


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(pid: int, port: int, sessions: Sequence[str], number: int, clients: int) -> None:
    """Measure and print."""
    ask(port, random.choices(sessions, k=200))
    alone = sorted(ask(port, random.choices(sessions, k=number)))
    print(f"one client, {number} predictions")
    print(
        f"  p50 {alone[number // 2]:.2f} ms  p99 {alone[int(number * 0.99)]:.2f} ms (goal 20)  worst {alone[-1]:.1f} ms"
    )
    shares = [(port, random.choices(sessions, k=number)) for _ in range(clients)]
    with _spawn.Pool(clients) as pool:
        pool.starmap(ask, [(port, sessions[:1])] * clients, chunksize=1)
        used, began = cpu_seconds(pid), time.perf_counter()
        took = sorted(one for share in pool.starmap(ask, shares, chunksize=1) for one in share)
        seconds, used = time.perf_counter() - began, cpu_seconds(pid) - used
    print(f"{clients} clients at once, {len(took)} predictions")
    print(f"  {len(took) / seconds:.0f} a second (goal 1000)  p50 {took[len(took) // 2]:.2f} ms", end="  ")
    print(f"p99 {took[int(len(took) * 0.99)]:.2f} ms  the service's CPU {1000 * used / len(took):.2f} ms each")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with session.csv and product.csv")
    parser.add_argument("--predictions", type=int, default=3000, help="of each client")
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = options.data.resolve() if options.data else folder / "shop"
        if options.data is None:
            amiko(folder, "customers", "demo-data", data)
        amiko(folder, "customers", "import-sessions", data / "session.csv", data / "product.csv")
        amiko(folder, "customers", "train", "session-gender")
        with (data / "session.csv").open(encoding="utf-8", newline="") as file:
            sessions = [row["session_id"] for row in csv.DictReader(file)]
        print(f"{os.cpu_count()} CPU cores, load {os.getloadavg()[0]:.1f} before the start; {len(sessions)} sessions")
        with service(folder) as (pid, port):
            measure(pid, port, sessions, options.predictions, options.clients)


if __name__ == "__main__":
    main()
