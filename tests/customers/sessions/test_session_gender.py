"""Session gender from training to answers: what is learnt, stored, measured, answered and taken back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app
from customers.errors import CustomersError
from customers.generated.files import write_shop
from customers.sessions.answers import SessionGender
from customers.sessions.engines import engine
from customers.sessions.frames import Frames
from customers.sessions.model import GenderModel, Head
from customers.sessions.scoring import probabilities
from customers.sessions.stored import frames_of_database, frames_of_folder
from customers.sessions.training import train
from db.engine import Database
from tests.conftest import SHARED_DATA
from tests.customers.sessions.logs import generated


@dataclass(frozen=True)
class OnlineShop:
    """A generated shop: the database that has learnt, the files it learnt from, and those of other visitors."""

    url: str
    models: Path
    files: Path
    others: Path


def amiko(shop: OnlineShop, *arguments: object) -> Result:
    command = ["customers", *map(str, arguments), "--db", shop.url]
    environment = {"AMIKO_CUSTOMERS__MODELS": str(shop.models)}
    return CliRunner().invoke(app, command, env=environment, catch_exceptions=False)


@pytest.fixture(scope="module")
def shop(module_folder: Path, module_database_url: str) -> OnlineShop:
    folder = module_folder
    shop = OnlineShop(module_database_url, folder / "models", folder / "files", folder / "others")
    write_shop(folder / "all", customers=20, sessions=2500, seed=1)
    for part, sessions in ((shop.files, slice(None, 1500)), (shop.others, slice(1500, None))):
        split(folder / "all", part, sessions)
    amiko(shop, "import-sessions", shop.files / "session.csv", shop.files / "product.csv")
    told = amiko(shop, "train", "session-gender")
    assert "SYNTHETIC" in told.stdout
    assert "Session-gender model 1 answers from now on; it learnt from 1500 sessions" in told.stdout
    return shop


def split(folder: Path, into: Path, part: slice) -> None:
    """Some of the sessions of a log; ids follow the visitors."""
    into.mkdir()
    (into / "SYNTHETIC").touch()
    header, *sessions = (folder / "session.csv").read_text(encoding="utf-8").splitlines()
    chosen = sessions[part]
    ids = {row.split(",")[0] for row in chosen}
    view_header, *views = (folder / "product.csv").read_text(encoding="utf-8").splitlines()
    seen = [row for row in views if row.split(",")[0] in ids]
    (into / "session.csv").write_text("\n".join([header, *chosen]) + "\n", encoding="utf-8")
    (into / "product.csv").write_text("\n".join([view_header, *seen]) + "\n", encoding="utf-8")


def evaluated(shop: OnlineShop, data: Path) -> dict[str, object]:
    figures: dict[str, object] = json.loads(amiko(shop, "evaluate", "session-gender", "--data", data, "--json").stdout)
    return figures


async def answering(shop: OnlineShop) -> tuple[Database, SessionGender]:
    database = Database(shop.url)
    return database, await SessionGender.load(database, shop.models)


def test_the_model_tells_men_from_women_on_sessions_it_has_never_seen(shop: OnlineShop) -> None:
    figures = evaluated(shop, shop.others)
    assert figures["n"] == 1000
    assert figures["learnt_from"] == 0
    assert figures["synthetic"]
    assert isinstance(figures["roc_auc"], float)
    assert figures["roc_auc"] > 0.7
    assert set(figures) >= {"pr_auc", "f1", "balanced_accuracy", "brier", "unknown", "alone"}


def test_sessions_that_were_learnt_from_are_counted_under_any_id(shop: OnlineShop, tmp_path: Path) -> None:
    for name in ("session.csv", "product.csv"):
        text = (shop.files / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("\nu", "\nother-"), encoding="utf-8")
    assert evaluated(shop, tmp_path)["learnt_from"] == 1500


async def test_one_answer_has_the_probability_that_the_engine_computes_for_all(shop: OnlineShop) -> None:
    database, answers = await answering(shop)
    try:
        async with database.reading() as session:
            frames, _ = await frames_of_database(session)
        model = answers._model
        with engine("duckdb") as backend:
            expected = probabilities(model, frames.log(), backend)
        ids = list(frames.sessions["session_id"][::10])
        found = await answers.genders_of(ids)
        with_past = [answer for answer in found.values() if answer.past_sessions]
        assert len(with_past) > 20
        assert [found[one].p_male for one in ids] == pytest.approx(expected.loc[ids, "p_male"].tolist(), abs=1e-9)
    finally:
        await database.close()


async def test_an_answer_is_male_or_female_for_who_must_have_one_and_gives_reasons(shop: OnlineShop) -> None:
    database, answers = await answering(shop)
    try:
        found = list((await answers.genders_of([f"u{10_001 + n}" for n in range(300)])).values())
        assert {answer.likelier for answer in found} == {"male", "female"}
        assert {answer.label for answer in found} == {"male", "female", "unknown"}
        for answer in found:
            assert 0 < answer.p_male < 1
            assert answer.label in ("unknown", answer.likelier)
            assert answer.synthetic
        assert all(answer.reasons for answer in found)
        assert await answers.gender_of("nobody") is None
    finally:
        await database.close()


async def test_views_of_a_category_are_counted_whatever_its_level(shop: OnlineShop) -> None:
    database, answers = await answering(shop)
    try:
        lines = (shop.files / "product.csv").read_text(encoding="utf-8").splitlines()[1:]
        session_id, _, *levels = lines[0].split(",")
        for category in levels:
            expected = sum(line.startswith(f"{session_id},") and category in line.split(",") for line in lines)
            assert await answers.count_of(session_id, category) == expected > 0
        assert await answers.count_of(session_id, "B99999") == 0
        assert await answers.count_of("nobody", levels[0]) == 0
    finally:
        await database.close()


def test_a_model_can_be_taken_back(shop: OnlineShop) -> None:
    assert "Session-gender model 2 answers" in amiko(shop, "train", "session-gender").stdout
    assert "session-gender model 1, trained on" in amiko(shop, "rollback", "session-gender").stdout
    assert evaluated(shop, shop.files)["model"] == 1


async def test_without_a_model_the_answer_says_how_to_get_one(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    with pytest.raises(CustomersError, match="amiko customers train session-gender"):
        await SessionGender.load(database, tmp_path)
    await database.close()


def test_too_few_sessions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CustomersError, match="needs 50 sessions of each gender"):
        train(generated(tmp_path / "shop", 60), "duckdb", synthetic=True)


def test_sessions_of_too_few_visitors_are_refused(tmp_path: Path) -> None:
    log = generated(tmp_path / "shop", 600)
    same = Frames(log.sessions.assign(visitor=np.where(log.sessions["gender"] == "male", "he", "she")), log.views)
    with pytest.raises(CustomersError, match="10 visitors who are men, and there are 1"):
        train(same, "duckdb", synthetic=True)


def test_a_folder_whose_genders_are_unknown_cannot_be_measured_by(shop: OnlineShop, tmp_path: Path) -> None:
    for name in ("session.csv", "product.csv"):
        text = (shop.files / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(",male,", ",,").replace(",female,", ",,"), encoding="utf-8")
    with pytest.raises(CustomersError, match="some of these sessions must be known to be men's"):
        evaluated(shop, tmp_path)


def test_rare_men_are_found_all_the_same_and_thin_evidence_is_unknown() -> None:
    model = GenderModel(Head({}, 0.0), Head({}, 0.0), male_share=0.2)
    told = {p: (model.likelier(p), model.label(p)) for p in (0.02, 0.15, 0.19, 0.21, 0.26, 0.35)}
    assert told == {
        0.02: ("female", "female"),
        0.15: ("female", "unknown"),
        0.19: ("female", "unknown"),
        0.21: ("male", "unknown"),
        0.26: ("male", "unknown"),
        0.35: ("male", "male"),
    }


def test_on_the_real_log_it_beats_the_levels_known_of_it() -> None:
    folder = SHARED_DATA / "sessions"
    if not folder.is_dir():
        pytest.skip("the sessions in ../shared/data/sessions are not here")
    frames, log = frames_of_folder(folder, datetime.now(UTC))
    assert not log.untrusted
    trained = train(frames, "duckdb", synthetic=False)
    apart = trained.figures["visitors kept apart"]
    assert apart["alone"]["roc_auc"] > 0.803
    assert apart["with past"]["roc_auc"] > 0.827
    assert trained.figures["random folds, visitors leak"]["with past"]["roc_auc"] > 0.852
    assert trained.figures["unseen visitors"]["brier"] < 0.11
    assert trained.protocol["seconds"] < 300
