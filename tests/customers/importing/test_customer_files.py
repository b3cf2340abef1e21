"""The shop's four files: read in either dialect, mended aloud, doubted by line."""

from __future__ import annotations

import pytest

from customers.importing.customer_files import read_customer_files


def told(export) -> list[tuple[str, int, str]]:
    return [(row.file, row.line, row.reason) for row in read_customer_files(export.folder).untrusted]


def ids(export) -> list[int]:
    return list(read_customer_files(export.folder).customers.index)


def test_a_customer_is_joined_of_all_four_files(export) -> None:
    reading = read_customer_files(export.folder)

    assert reading.customers.loc[12].to_dict() == {
        "dropped": False,
        "service": "standard",
        "may_notify": False,
        "marketing_6_months": 4.4,
        "marketing_current_month": 4.0,
        "days_registered": 819,
        "promo_share": 0.75,
        "favourite_category": "textiles",
        "categories_per_visit": 4.0,
        "unpaid_products": 4,
        "service_errors": 2,
        "pages_per_visit": 5.0,
        "profit": 4.16,
        "synthetic": False,
        "revenue_before_previous": 4472.0,
        "revenue_previous": 5216.0,
        "revenue_current": 4971.6,
        "minutes_previous": 12.0,
        "minutes_current": 10.0,
    }
    assert (reading.mends, reading.untrusted) == ([], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("decimal_commas", [False, True])
def test_every_dialect_says_the_same(export, encoding: str, decimal_commas: bool) -> None:
    plain = read_customer_files(export.folder)

    export.encode(encoding, decimal_commas=decimal_commas)

    again = read_customer_files(export.folder)
    assert again.customers.equals(plain.customers)
    assert (again.mends, again.untrusted) == ([], [])


def test_a_customer_of_whom_the_label_is_not_known_yet_is_as_good_as_others(export) -> None:
    export.replace("market_file.csv", "11,Снизилась", "11,")

    assert read_customer_files(export.folder).customers["dropped"].isna().to_list() == [True, False, False]


def test_a_file_may_have_no_labels_at_all(export) -> None:
    for old, new in (
        ("id,Покупательская активность", "id"),
        ("11,Снизилась", "11"),
        ("12,Прежний уровень", "12"),
        ("13,Прежний уровень", "13"),
    ):
        export.replace("market_file.csv", old, new)

    assert read_customer_files(export.folder).customers["dropped"].isna().all()


@pytest.mark.parametrize(
    ("file", "old", "new", "mend"),
    [
        (
            "market_file.csv",
            "12,Прежний уровень,стандарт,",
            "12,Прежний уровень,стандартт,",
            "market_file.csv, Тип сервиса: 'стандартт' → 'стандарт', once (line 3)",
        ),
        (
            "market_time.csv",
            "12,предыдущий_месяц",
            "12,предыдцщий_месяц",
            "market_time.csv, Период: 'предыдцщий_месяц' → 'предыдущий_месяц', once (line 5)",
        ),
        (
            "market_file.csv",
            "Кухонная посуда",
            " кухонная  посуда",
            "market_file.csv, Популярная_категория: ' кухонная  посуда' → 'Кухонная посуда', once (line 4)",
        ),
        ("money.csv", "4.16", '"4,16"', "money.csv, Прибыль: a decimal comma → a dot, once (line 3)"),
        (
            "market_money.csv",
            "4971.6",
            "4\u00a0971.6",
            "market_money.csv, Выручка: a space within a number → none, once (line 6)",
        ),
    ],
)
def test_a_mend_is_told_and_changes_nothing_else(export, file: str, old: str, new: str, mend: str) -> None:
    plain = read_customer_files(export.folder)
    export.replace(file, old, new)

    mended = read_customer_files(export.folder)

    assert [str(one) for one in mended.mends] == [mend]
    assert mended.customers.equals(plain.customers)
    assert mended.untrusted == []


def test_a_mend_of_many_rows_is_told_once_with_its_first_lines(export) -> None:
    text = export.text("market_time.csv").replace("предыдущий_месяц", "предыдцщий_месяц")
    text += "".join(f"{id},предыдцщий_месяц,9\n" for id in (14, 15))
    (export.folder / "market_time.csv").write_text(text, encoding="utf-8")

    (mend,) = read_customer_files(export.folder).mends

    assert str(mend).endswith("5 times (line 3, 5, 7, …)")


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "reason"),
    [
        ("market_file.csv", "Кухонная посуда", "Кухоная посуда", 4, "unknown 'Кухоная посуда'; is 'Кухонная посуда' m"),
        ("market_file.csv", "Кухонная посуда", "Оружие", 4, "Популярная_категория: unknown 'Оружие'; known are Товары"),
        ("market_file.csv", "Кухонная посуда", "", 4, "Популярная_категория: empty"),
        ("market_file.csv", "13,Прежний уровень,стандарт", "13,Выросла,стандарт", 4, "активность: unknown 'Выросла'"),
        ("market_file.csv", "4.9,3,539", "4.9,3,-539", 4, "Длительность: -539 is negative"),
        ("market_file.csv", "4.9,3,539", "4.9,3,539.5", 4, "Длительность: 539.5 is no whole number"),
        ("market_file.csv", "539,0.14", "539,14", 4, "Акционные_покупки: 14 is implausible: more than 1"),
        ("market_file.csv", "539,0.14", "539,nan", 4, "Акционные_покупки: nan is no number"),
        ("market_file.csv", "539,0.14", "539,inf", 4, "Акционные_покупки: inf is no number"),
        ("market_file.csv", "539,0.14", "539,0.1.4", 4, "Акционные_покупки: 0.1.4 is no number"),
        ("market_file.csv", "13,Прежний", "A13,Прежний", 4, "id: A13 is no id (a whole number from 1)"),
        ("market_file.csv", "13,Прежний", "0,Прежний", 4, "id: 0 is no id"),
        ("market_file.csv", "13,Прежний", "99999999999999999999,Прежний", 4, "is no id"),
        ("market_file.csv", "13,Прежний уровень", "13,Прежний,уровень", 4, "14 cells instead of 13"),
        ("market_money.csv", "5457.5", "-5457.5", 10, "Выручка: -5457.5 is negative"),
        ("market_money.csv", "5457.5", "1e308", 10, "Выручка: 1e308 is implausible: more than 1,000,000,000"),
        ("market_money.csv", "5457.5", "1e999", 10, "Выручка: 1e999 is implausible"),
        ("market_money.csv", "13,предыдущий_месяц", "13,предыдущий месец", 10, "unknown 'предыдущий месец'"),
        ("market_time.csv", "13,предыдущий_месяц,8", "13,предыдущий_месяц,50000", 7, "more than 44,640"),
        ("money.csv", "3.13", "-3.13", 4, "Прибыль: -3.13 is negative"),
        ("money.csv", "3.13", "", 4, "Прибыль: empty"),
    ],
)
def test_a_row_that_cannot_be_trusted_is_named_and_takes_its_customer_with_it(
    export, file: str, old: str, new: str, line: int, reason: str
) -> None:
    export.replace(file, old, new)

    named = [said for name, where, said in told(export) if (name, where) == (file, line)]
    assert len(named) == 1
    assert reason in named[0]
    assert ids(export) == [11, 12]


def test_what_was_doubted_is_kept_as_it_stood_in_the_file(export) -> None:
    export.replace("market_money.csv", "13,предыдущий_месяц,5457.5", "13,предыдущий_месяц, -5457.5 \x1b[2J")

    row = next(row for row in read_customer_files(export.folder).untrusted if row.file == "market_money.csv")

    assert row.content == "13,предыдущий_месяц, -5457.5 \N{REPLACEMENT CHARACTER}[2J"


@pytest.mark.parametrize(
    ("file", "row", "gap"),
    [
        ("market_money.csv", "12,текущий_месяц,4971.6\n", "revenue_current (market_money.csv)"),
        ("market_time.csv", "12,предыдущий_месяц,12\n", "minutes_previous (market_time.csv)"),
        ("money.csv", "12,4.16\n", "profit (money.csv)"),
    ],
)
def test_a_customer_without_a_period_or_profit_is_left_out_and_the_gap_named(
    export, file: str, row: str, gap: str
) -> None:
    export.replace(file, row, "")

    assert told(export) == [("market_file.csv", 3, f"nothing that can be trusted is known of: {gap}")]
    assert ids(export) == [11, 13]


def test_of_two_equal_rows_the_second_is_left_out(export) -> None:
    export.append("money.csv", "12,4.16")
    export.append("market_file.csv", export.text("market_file.csv").splitlines()[2])

    assert told(export) == [
        ("money.csv", 5, "the same row stands on line 3 already"),
        ("market_file.csv", 5, "the same row stands on line 3 already"),
    ]
    assert ids(export) == [11, 12, 13]


def test_of_two_rows_that_contradict_each_other_neither_is_trusted(export) -> None:
    export.append("market_file.csv", export.text("market_file.csv").splitlines()[2].replace("819", "820"))

    reason = "id 12 stands on lines 3 and 5 with different values"
    assert told(export) == [("market_file.csv", 3, reason), ("market_file.csv", 5, reason)]
    assert ids(export) == [11, 13]


def test_a_month_told_twice_differently_is_no_month(export) -> None:
    export.append("market_money.csv", "12,текущий_месяц,1.0")

    assert [(file, line) for file, line, _ in told(export)] == [
        ("market_money.csv", 6),
        ("market_money.csv", 11),
        ("market_file.csv", 3),
    ]


def test_money_of_a_stranger_is_left_out_and_harms_nobody(export) -> None:
    export.append("market_money.csv", "99,текущий_месяц,1.0")

    assert told(export) == [("market_money.csv", 11, "no customer 99 in market_file.csv")]
    assert ids(export) == [11, 12, 13]


def test_a_sum_far_above_all_others_is_doubted_where_there_are_enough_to_compare(export) -> None:
    for file, row in (("market_money.csv", "{},текущий_месяц,5000.0"), ("money.csv", "{},4.0")):
        for id in range(100, 250):
            export.append(file, row.format(id))
    export.replace("market_money.csv", "4971.6", "106862.2")

    doubted = [reason for _, _, reason in told(export) if "106862.2" in reason]

    assert doubted == ["Выручка: 106862.2 is implausible: more than 10 times what 99 % of the file stay below"]


def test_rows_without_anything_in_them_are_no_rows(export) -> None:
    export.append("money.csv", "\n,\n")

    assert told(export) == []
    assert ids(export) == [11, 12, 13]


def test_a_folder_that_says_it_was_generated_makes_synthetic_customers(export) -> None:
    (export.folder / "SYNTHETIC").touch()

    reading = read_customer_files(export.folder)

    assert reading.synthetic
    assert reading.customers["synthetic"].all()
