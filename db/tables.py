"""All tables there are, for whoever wants the whole schema: migrations, copies, backups."""

from __future__ import annotations

from db import models, rollup_models, routing_models, shop_models  # noqa: F401  (they declare the tables)
from db.base import Base

METADATA = Base.metadata
