"""The generated shop: the same for the same seed, learnable but not trivial, and never taken for a real one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from typer.testing import CliRunner, Result

from amiko.cli import app
from customers.generated.people import generate_customers
from customers.generated.sessions import generate_sessions
from customers.importing.customer_files import read_customer_files


def demo_data(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["customers", "demo-data", str(folder), *options])


def test_the_files_come_back_as_the_customers_who_were_generated(tmp_path: Path) -> None:
    said = demo_data(tmp_path / "shop", "--customers", "300", "--sessions", "100", "--seed", "7").stdout

    reading = read_customer_files(tmp_path / "shop")

    assert said.startswith("SYNTHETIC: 300 customers and 100 sessions who never lived stand in ")
    pd.testing.assert_frame_equal(reading.customers, generate_customers(300, 7))
    assert {mend.was for mend in reading.mends} == {"'стандартт'", "'Косметика и аксесуары'", "'предыдцщий_месяц'"}
    assert reading.untrusted == []
    assert "nobody in it ever lived" in (tmp_path / "shop" / "SYNTHETIC").read_text(encoding="utf-8")


def test_the_same_seed_writes_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    def written(name: str, seed: str) -> list[bytes]:
        demo_data(tmp_path / name, "--customers", "50", "--sessions", "50", "--seed", seed)
        return [(tmp_path / name / file).read_bytes() for file in ("market_file.csv", "money.csv", "product.csv")]

    assert written("a", "1") == written("b", "1")
    assert not set(written("a", "1")) & set(written("c", "2"))


def test_leaving_can_be_learnt_and_not_all_of_it() -> None:
    frame = generate_customers(1000, seed=3)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    numbers = frame.select_dtypes("number")
    auc = cross_val_score(model, numbers, frame["dropped"].astype(bool), cv=5, scoring="roc_auc").mean()
    assert 0.8 < auc < 0.95


def test_ids_give_the_label_away_and_some_stand_twice_as_in_real_exports() -> None:
    frame = generate_customers(1000, seed=3)
    assert roc_auc_score(frame["dropped"].astype(bool), -frame.index.to_numpy()) > 0.97
    assert frame.duplicated().sum() == 10


def test_gender_can_be_learnt_from_what_strangers_look_at() -> None:
    sessions, views = generate_sessions(3000, seed=3)
    seen = views["category_a"] + " " + views["category_b"] + " " + views["category_c"]
    texts = seen.groupby(views["session_id"]).agg(" ".join).loc[sessions["session_id"]].to_numpy()
    model = make_pipeline(CountVectorizer(), LogisticRegression(C=0.3, class_weight="balanced"))
    folds = GroupKFold(5)
    auc = cross_val_score(
        model, texts, sessions["gender"] == "female", groups=sessions["visitor"], cv=folds, scoring="roc_auc"
    ).mean()
    assert 0.75 < auc < 0.95


def test_categories_form_a_hierarchy_and_views_are_counted_from_one() -> None:
    _, views = generate_sessions(500, seed=3)
    for wide, narrow in (("category_a", "category_b"), ("category_b", "category_c"), ("category_c", "category_d")):
        assert (views.groupby(narrow)[wide].nunique() == 1).all()
    places = views.groupby("session_id")["sequence_order"].agg(list)
    assert all(place == list(range(1, len(place) + 1)) for place in places)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "money.csv").write_text("mine")

    refused = demo_data(tmp_path)

    assert "holds something else; name a new or empty folder" in str(refused.exception)
    assert [file.name for file in tmp_path.iterdir()] == ["money.csv"]


@pytest.mark.parametrize("option", [["--customers", "5"], ["--sessions", "0"], ["--seed", "-1"]])
def test_a_shop_of_nobody_is_bad_usage(tmp_path: Path, option: list[str]) -> None:
    assert demo_data(tmp_path / "shop", *option).exit_code == 2
