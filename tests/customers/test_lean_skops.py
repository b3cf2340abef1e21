"""A process that asks a model does not load PyTorch for it, and can load it afterwards."""

from __future__ import annotations

import subprocess
import sys

SEEN = "import customers.model_file, sys; a = 'torch' in sys.modules; import torch; print(a, torch.zeros(1).item())"


def test_reading_models_loads_no_pytorch_and_keeps_nobody_from_it() -> None:
    told = subprocess.run([sys.executable, "-c", SEEN], capture_output=True, text=True, timeout=120, check=True)
    assert told.stdout.split() == ["False", "0.0"]
