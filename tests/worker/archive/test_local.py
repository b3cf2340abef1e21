"""Archives on this machine: what its processes hear."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# In a process of its own: in that of the tests, Spark and others have handlers, threads and signals of theirs.
INTERRUPTED = """
import signal, subprocess, sys
from worker.archive.local import _deaf_to_ctrl_c

try:
    with _deaf_to_ctrl_c():
        deaf = [sys.executable, "-c", "input(); print('child: deaf')"]
        child = subprocess.Popen(deaf, stdin=-1, stdout=-1, text=True)
        child.send_signal(signal.SIGINT)
        print(child.communicate("\\n")[0], end="")
        signal.raise_signal(signal.SIGINT)
        print("parent: not yet")
    print("parent: deaf")
except KeyboardInterrupt:
    print("parent: heard")
"""


def test_ctrl_c_while_a_process_starts_is_for_the_parent_alone_and_not_lost() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["child: deaf", "parent: not yet", "parent: heard"], done.stderr
