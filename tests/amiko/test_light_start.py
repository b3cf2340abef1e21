"""What every process of ours imports at its start stays light: workers and bots run for months on small machines."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("torch", "pandas", "scipy", "sklearn", "pyarrow", "matplotlib", "openvino", "fastapi", "ibis", "shap")


def test_the_command_line_loads_nothing_that_only_some_commands_need() -> None:
    code = f"import sys, amiko.cli; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
