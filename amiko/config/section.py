"""What every part of config.yaml is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(gt=0, le=100)]
Point = tuple[Fraction, Fraction]
Trait = Literal["formal", "casual", "sport", "outerwear", "dress"]
Language = Literal["ru", "en"]

WHOLE_FRAME: tuple[Point, ...] = ((0, 0), (1, 0), (1, 1), (0, 1))


class Section(BaseModel):
    """A part of config.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
