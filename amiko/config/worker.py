"""How frames become visits."""

from __future__ import annotations

from pydantic import Field

from amiko.config.section import Fraction, Section


class WorkerConfig(Section):
    """How frames become visits."""

    fps: float = Field(8, gt=0, le=60, description="Frames analysed per second and camera.")
    stall_seconds: float = Field(
        10, ge=0.5, le=600, description="A camera without a frame for so long is killed and opened again (s)."
    )
    good_faces: int = Field(3, ge=1, le=50, description="Good faces that agree before an early decision.")
    best_faces: int = Field(5, ge=1, le=50, description="Best faces kept of one visitor for the networks.")
    min_quality: Fraction = Field(0.45, description="Least quality of a good face, 0 to 1.")
    decide_within: float = Field(1.5, gt=0, le=60, description="Latest decision after the first good face (s).")
    lost_after: float = Field(2.0, gt=0, le=60, description="A visitor unseen for so long has left (s).")
    min_seen: int = Field(3, ge=1, le=100, description="Frames a face must be seen in to be a visitor.")
    revisit_minutes: float = Field(
        30, ge=0, le=24 * 60, description="Staff who stay in view make one visit in so long (minutes)."
    )
