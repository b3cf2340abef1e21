"""All customers as one table in memory, whether they come from the database or straight from a folder of files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from sqlalchemy.ext.asyncio import AsyncSession

from customers.columns import FRAME, typed
from customers.importing.customer_files import read_customer_files
from db import customers


async def customers_frame(session: AsyncSession) -> pd.DataFrame:
    """Every customer of the database, with the columns FRAME, by id; empty where none was imported."""
    rows = await customers.rows(session)
    return typed(pd.DataFrame.from_records([tuple(row) for row in rows], columns=["id", *FRAME], index="id"))


def read_frame(folder: Path) -> pd.DataFrame:
    """Every customer of a folder's four files who can be trusted, with the columns FRAME, by id.

    Raises:
        CustomersError: a file is missing, empty or no such table, or no customer in it can be trusted.
    """
    return read_customer_files(folder).customers
