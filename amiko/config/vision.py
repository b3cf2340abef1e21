"""How faces are found and read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from amiko.config.section import Fraction, Section


class VisionConfig(Section):
    """How faces are found and read."""

    backend: Literal["auto", "openvino", "pytorch"] = Field(
        "auto", description="auto: PyTorch where CUDA is there, otherwise OpenVINO."
    )
    weights: Literal["open", "research"] = Field(
        "open", description="Age and gender: open may be used by a shop; research is for non-commercial use only."
    )
    precision: Literal["f32", "bf16"] = Field(
        "bf16", description="Of the three networks with OpenVINO: bf16 is faster where the processor has it."
    )
    detector_long_side: int = Field(
        640, ge=128, le=4096, description="Longer side, at most, of the picture that the face detector sees (px)."
    )
    detector_threshold: float = Field(0.4, gt=0, lt=1, description="Least confidence of a face.")
    min_face: int = Field(
        16, ge=8, le=1000, description="Smallest useful face: width of its box in the frame (px); more takes less time."
    )
    gender_unknown: tuple[Fraction, Fraction] = Field(
        (0.35, 0.65), description="P(female) strictly between these is told as unknown."
    )

    @field_validator("gender_unknown")
    @classmethod
    def _ordered(cls, band: tuple[float, float]) -> tuple[float, float]:
        if not band[0] <= 0.5 <= band[1]:
            raise ValueError("must be [low, high] with low <= 0.5 <= high")
        return band
