"""`python -m bot.simulator`: the simulator alone, for a bot that is started by hand."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from bot.simulator.server import Simulator


async def _serve(port: int) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with Simulator(port=port) as simulator:
        sys.stdout.write(
            f"Telegram on your machine: open {simulator.url} and stop it with Ctrl-C. Point a bot here with\n"
            f"AMIKO_TELEGRAM__BASE_URL={simulator.base_url} AMIKO_TELEGRAM__BASE_FILE_URL={simulator.base_file_url} "
            f"AMIKO_TELEGRAM__TOKEN={simulator.token}\n"
        )
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m bot.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="port on 127.0.0.1, 0 for any free one (default 8081)")
    try:
        asyncio.run(_serve(parser.parse_args().port))
    except OSError as error:
        sys.exit(f"The simulator cannot start: {error.strerror}")
    except ValueError as error:
        sys.exit(f"The simulator cannot start: {error}")


if __name__ == "__main__":
    main()
