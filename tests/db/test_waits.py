"""Quantiles from counts alone are those of the waits, within the accuracy that is promised."""

from __future__ import annotations

import math
import random
from collections import Counter
from statistics import median

import pytest
from sqlalchemy import text

from db.waits import ACCURACY, GROWTH, SHORTEST_SECONDS, bucket_of, quantile
from tests.databases import ON_POSTGRES


def bucket(seconds: float) -> int:
    return math.ceil(math.log(max(seconds, SHORTEST_SECONDS)) / math.log(GROWTH))


@pytest.mark.parametrize("number", [1, 2, 3, 10, 999])
def test_a_quantile_is_nearly_that_of_the_waits(number: int) -> None:
    chance = random.Random(number)
    waits = sorted(chance.lognormvariate(3, 2) for _ in range(number))
    counts = Counter(bucket(seconds) for seconds in waits)

    assert quantile(counts, 0.5) == pytest.approx(median(waits), rel=ACCURACY)
    assert quantile(counts, 0.0) == pytest.approx(waits[0], rel=ACCURACY)
    assert quantile(counts, 1.0) == pytest.approx(waits[-1], rel=ACCURACY)
    place = 0.9 * (number - 1)
    low, high = waits[math.floor(place)], waits[math.ceil(place)]
    assert quantile(counts, 0.9) == pytest.approx(low + (high - low) * (place % 1), rel=ACCURACY)


def test_nobody_taken_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({3: 1, 4: -1}, 0.5) is None


@ON_POSTGRES
async def test_the_server_finds_the_same_buckets(database) -> None:
    waits = [-5.0, 0.0, 1e-9, 0.001, 0.9999, 1.0, 7.25, 3600.0, 3e8]
    find = text(f"SELECT {bucket_of('seconds')} FROM unnest(CAST(:waits AS float8[])) AS seconds")
    async with database.reading() as session:
        assert list(await session.scalars(find, {"waits": waits})) == [bucket(seconds) for seconds in waits]
        assert list(await session.scalars(find, {"waits": [None]})) == [None]
