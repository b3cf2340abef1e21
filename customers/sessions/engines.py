"""The engines that compute features: DuckDB within this process, or Spark for logs that outgrow one machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import ibis

from customers.errors import CustomersError

EngineName = Literal["duckdb", "spark"]


@contextmanager
def engine(name: EngineName, memory: str | None = None) -> Iterator[Any]:
    """An Ibis backend, closed afterwards.

    Args:
        name: which.
        memory: that DuckDB may take, such as "2GB"; what does not fit goes through its folder for temporary files.

    Raises:
        CustomersError: Spark, or the Java that it needs, is not installed.
    """
    backend = _duckdb(memory) if name == "duckdb" else _spark()
    try:
        yield backend
    finally:
        backend.disconnect()


def _duckdb(memory: str | None) -> Any:
    settings: dict[str, Any] = {} if memory is None else {"memory_limit": memory, "preserve_insertion_order": False}
    return ibis.duckdb.connect(**settings)


def _spark() -> Any:
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise CustomersError(
            f"customers.engine is spark, which needs {error.name}; install it: pip install 'amiko[spark]'"
        ) from None
    builder = SparkSession.builder.appName("amiko").config("spark.ui.enabled", "false")
    try:
        # Time stamps are of the log's clock, which no zone of this machine may move.
        session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    except PySparkRuntimeError as error:
        raise CustomersError(
            "customers.engine is spark, which needs Java 17 or later; install a JRE or set customers.engine: duckdb"
        ) from error
    return ibis.pyspark.connect(session)
