"""A small export of a shop, which tests spoil in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

FILES = {
    "market_file.csv": """\
id,Покупательская активность,Тип сервиса,Разрешить сообщать,Маркет_актив_6_мес,Маркет_актив_тек_мес,Длительность,\
Акционные_покупки,Популярная_категория,Средний_просмотр_категорий_за_визит,Неоплаченные_продукты_штук_квартал,\
Ошибка_сервиса,Страниц_за_визит
11,Снизилась,премиум,да,3.4,5,121,0.0,Товары для детей,6,2,1,5
12,Прежний уровень,стандарт,нет,4.4,4,819,0.75,Домашний текстиль,4,4,2,5
13,Прежний уровень,стандарт,да,4.9,3,539,0.14,Кухонная посуда,5,2,1,5
""",
    "market_money.csv": """\
id,Период,Выручка
11,препредыдущий_месяц,0.0
11,текущий_месяц,3293.1
11,предыдущий_месяц,0.0
12,препредыдущий_месяц,4472.0
12,текущий_месяц,4971.6
12,предыдущий_месяц,5216.0
13,препредыдущий_месяц,4826.0
13,текущий_месяц,5058.4
13,предыдущий_месяц,5457.5
""",
    "market_time.csv": """\
id,Период,минут
11,текущий_месяц,14
11,предыдущий_месяц,13
12,текущий_месяц,10
12,предыдущий_месяц,12
13,текущий_месяц,13
13,предыдущий_месяц,8
""",
    "money.csv": """\
id,Прибыль
11,0.98
12,4.16
13,3.13
""",
}


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
