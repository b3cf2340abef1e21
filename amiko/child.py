"""How a supervised process begins: `python -m amiko.child ARGUMENTS` is `amiko ARGUMENTS`, but ends with its parent.

Its standard input is a pipe whose other end the parent alone holds. The system closes that however the parent went, by
SIGKILL as well, and on every platform; this process then ends as if it had been asked to.
"""

from __future__ import annotations

import os
import signal
import threading
import time

from amiko import systemd

GRACE_SECONDS = 8.0
"""What is under way may take so long after the parent has gone."""


def main() -> None:
    """Run amiko's command line until it ends, or its parent does."""
    for variable in systemd.VARIABLES:
        os.environ.pop(variable, None)
    threading.Thread(target=_end_with_parent, name="end with the parent", daemon=True).start()
    from amiko.cli import main as amiko

    amiko()


def _end_with_parent() -> None:
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
