"""Session logs in the shop's own database, whichever SQLAlchemy can open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, MetaData, Table, create_engine, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError

from customers.errors import CustomersError
from db.engine import sqlite_file

SESSIONS, VIEWS = "session", "product"
"""The two tables, as the first system named them."""

_DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "sqlite+aiosqlite": "sqlite",
    "postgresql+asyncpg": "postgresql",
}
"""What is written in a URL, and the driver that reads it here."""


def open_log(url: str) -> Engine:
    """The shop's database; nothing is read yet.

    Raises:
        CustomersError: it is no URL, its driver is not installed, or it is a SQLite file that is not there.
    """
    try:
        parsed = make_url(url)
        parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
        file = sqlite_file(parsed.render_as_string(hide_password=False))
        if file is not None and not file.is_file():
            raise CustomersError(f"--url: there is no file {file}")  # SQLite would make an empty one
        return create_engine(parsed)
    except (ArgumentError, NoSuchModuleError) as error:
        raise CustomersError(
            "--url: is no SQLAlchemy URL of a known database, such as mysql://user:password@host/shop"
        ) from error
    except ModuleNotFoundError as error:
        raise CustomersError(
            f"--url: reading this database needs {error.name}; for MySQL and MariaDB: pip install 'amiko[mysql]'"
        ) from error


class DatabaseTable:
    """One of the two tables.

    Args:
        engine: of the shop's database.
        table: its name there.
        columns: that it must have.
        optional: that are read where it has them.
        order: the columns that its rows are read in order of.
    """

    def __init__(
        self, engine: Engine, table: str, columns: Sequence[str], optional: Sequence[str], order: Sequence[str]
    ) -> None:
        self.name = table
        self._engine = engine
        self._columns = columns
        self._optional = optional
        self._order = order

    def rows(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Each row with its number; the server sends them in portions.

        Raises:
            CustomersError: the database cannot be read, or has no such table, or the table lacks a column.
        """
        where = self._engine.url.render_as_string(hide_password=True)
        try:
            with self._engine.connect() as connection:
                table = Table(self.name, MetaData(), autoload_with=connection)
                if missing := [column for column in self._columns if column not in table.c]:
                    raise CustomersError(f"the table {self.name} of {where} lacks the column {', '.join(missing)}")
                wanted = [*self._columns, *(column for column in self._optional if column in table.c)]
                query = select(*(table.c[column] for column in wanted)).order_by(*(table.c[c] for c in self._order))
                result = connection.execution_options(yield_per=10_000).execute(query)
                for number, row in enumerate(result.mappings(), 1):
                    yield number, dict(row)
        except NoSuchTableError as error:
            raise CustomersError(
                f"{where} has no table {self.name}; the log is read from the tables {SESSIONS} and {VIEWS}"
            ) from error
        except DBAPIError as error:
            raise CustomersError(f"{where} cannot be read ({error.orig})") from error
