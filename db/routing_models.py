"""The table of what routing has learnt from outcomes, one row for each time that something was tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class RoutingModel(Base):
    """A correction of one shop's rules, and whether it answers now: at most one of each shop does.

    `contents` is JSON of plain numbers, `sha256` of it in hex; both are empty where the model was refused, and the row
    stands for what was tried. `outcomes` is how many it learnt from, `learnt_until` when the newest of them came.
    `fingerprint` is the SHA-256 of those outcomes. `activated_at` is when it last became the active one.
    """

    __tablename__ = "routing_models"
    __table_args__ = (
        Index(
            "uq_routing_models_active_shop_id",
            "shop_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), index=True)
    contents: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    outcomes: Mapped[int]
    learnt_until: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    trained_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(server_default=false(), default=False)
    activated_at: Mapped[datetime | None]
