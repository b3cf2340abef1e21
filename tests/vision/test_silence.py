"""Nobody outside hears that a shop's cameras are read: OpenVINO's report of its use stays off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_openvino_reports_to_nobody(tmp_path: Path) -> None:
    # Its report would begin with a number for this account, in its home, unless CI is set.
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "TF_BUILD", "JENKINS_URL"}}
    program = (
        "import sys, vision.detector, vision.backends.openvino\n"
        "assert 'openvino.tools.ovc' in sys.modules\n"
        "print([name for name, found in sys.modules.items() if found and name.startswith('openvino_telemetry')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment | {"HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert list(tmp_path.iterdir()) == []
