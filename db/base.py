"""What every table is declared on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, MetaData
from sqlalchemy.orm import DeclarativeBase

from db.types import UtcDateTime


class Base(DeclarativeBase):
    """The tables of Amiko; constraints are named so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, list[Any]: JSON, dict[str, Any]: JSON}


def one_of(column: str, *values: str) -> CheckConstraint:
    """The rule that a column holds one of these values."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)
