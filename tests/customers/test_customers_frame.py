"""One table of customers, the same from the database as straight from the files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from customers.columns import FRAME
from customers.frame import customers_frame, read_frame
from customers.generated.files import write_shop
from customers.importing.customer_files import read_customer_files
from customers.importing.store import store
from db.engine import Database


async def test_the_database_gives_back_what_the_files_said(database_url: str, tmp_path: Path) -> None:
    write_shop(tmp_path / "shop", customers=60, sessions=20, seed=1)
    labels = (tmp_path / "shop" / "market_file.csv").read_text(encoding="utf-8").replace("900001,Снизилась", "900001,")
    (tmp_path / "shop" / "market_file.csv").write_text(labels, encoding="utf-8")
    database = Database(database_url)
    try:
        async with database.session() as session:
            await store(session, read_customer_files(tmp_path / "shop"), datetime(2026, 5, 4, tzinfo=UTC))
        async with database.reading() as session:
            frame = await customers_frame(session)
    finally:
        await database.close()

    pd.testing.assert_frame_equal(frame, read_frame(tmp_path / "shop"))
    assert frame["dropped"].isna().sum() == 1


async def test_a_shop_without_customers_is_an_empty_table_with_all_columns(database_url: str) -> None:
    database = Database(database_url)
    try:
        async with database.reading() as session:
            frame = await customers_frame(session)
    finally:
        await database.close()

    assert (len(frame), dict(frame.dtypes.astype(str))) == (0, FRAME)
