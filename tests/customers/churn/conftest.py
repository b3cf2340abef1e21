"""A generated shop, and a churn model trained on it once for all tests, with less effort than a shop would take."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pandas as pd
import pytest

from customers.churn.training import Trained, train
from customers.generated.people import generate_customers
from db.engine import Database
from tests.customers.churn.people import QUICK


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    return generate_customers(240, seed=3)


@pytest.fixture(scope="session")
def trained(people: pd.DataFrame) -> Trained:
    return train(people, QUICK)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()
