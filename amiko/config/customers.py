"""The online shop: how its customers and sessions are worked on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from amiko.config.section import Section


class CustomersConfig(Section):
    """How the online shop's customers and sessions are worked on."""

    engine: Literal["duckdb", "spark"] = Field(
        "duckdb", description="What computes the features of sessions: DuckDB within Amiko, or PySpark for big logs."
    )
