"""A small export of a shop, which tests spoil in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.shop_files import FILES


@dataclass(frozen=True)
class Export:
    """A folder with the four files of customers 11, 12 and 13."""

    folder: Path

    def text(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")

    def replace(self, file: str, old: str, new: str) -> None:
        """Change what stands once in a file."""
        assert self.text(file).count(old) == 1
        (self.folder / file).write_text(self.text(file).replace(old, new), encoding="utf-8")

    def append(self, file: str, line: str) -> None:
        (self.folder / file).write_text(self.text(file) + line + "\n", encoding="utf-8")

    def encode(self, encoding: str, *, decimal_commas: bool = False) -> None:
        """Save all four anew, perhaps in the other dialect."""
        for file in FILES:
            text = self.text(file)
            if decimal_commas:
                text = text.replace(",", ";").replace(".", ",")
            (self.folder / file).write_bytes(text.replace("\n", "\r\n").encode(encoding))


@pytest.fixture
def export(tmp_path: Path) -> Export:
    folder = tmp_path / "export"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Export(folder)
