"""Whatever stands in a file: customers, or one sentence that names it."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from customers.errors import CustomersError
from customers.importing.customer_files import Reading, read_customer_files
from tests.shop_files import FILES

CELL = st.one_of(
    st.sampled_from(["11", "12", "99", "", "4.16", "4,16", "1e308", "-1", "nan", "текущий_месяц", '"', "\u00a0"]),
    st.text(max_size=8),
)
NAMES = sorted(FILES)


def read(name: str, data: bytes) -> Reading | str:
    with tempfile.TemporaryDirectory() as folder:
        for file, text in FILES.items():
            (Path(folder) / file).write_text(text, encoding="utf-8")
        (Path(folder) / name).write_bytes(data)
        try:
            return read_customer_files(Path(folder))
        except CustomersError as error:
            return str(error)


def holds(answer: Reading | str) -> None:
    if isinstance(answer, str):
        assert re.search(r"\.csv|no customer can be trusted", answer)
        assert "\n" not in answer
    else:
        assert set(answer.customers.index) <= {11, 12, 13}
        assert answer.customers.drop(columns="dropped").notna().all(axis=None)
        assert all(row.reason and row.line > 1 for row in answer.untrusted)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=200))
@example("money.csv", b"\xff\xfe\x00")
@example("money.csv", b"\r\r\r")
@example("money.csv", b"a\rb")
@example("money.csv", b"a" * 140_000)
@example("money.csv", b'id,\xcf\xf0\xe8\xe1\xfb\xeb\xfc\n11,1\n"')
def test_any_bytes(name: str, data: bytes) -> None:
    holds(read(name, data))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from([",", ";"]), st.lists(st.lists(CELL, max_size=14), max_size=6))
def test_any_rows_below_a_right_first_line(name: str, delimiter: str, rows: list[list[str]]) -> None:
    header = FILES[name].splitlines()[0].replace(",", delimiter)
    text = "\n".join([header, *(delimiter.join(row) for row in rows)])
    holds(read(name, text.encode("utf-8", errors="surrogatepass")))
