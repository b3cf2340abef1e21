"""PyTorch's random numbers, from the seed of a training."""

from __future__ import annotations

import numpy as np
import torch


def follow_seed(seed: int, *further: int) -> None:
    """Let what PyTorch draws from now on follow from a seed of any size, and from further numbers, such as an epoch."""
    torch.manual_seed(int(np.random.SeedSequence([seed, *further]).generate_state(1, np.uint64)[0]))
